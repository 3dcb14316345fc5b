"""The part “filled”: which file systems, clusters, chunks and contents."""

import os
import shutil
import tempfile

from fault_matrix.files import Trouble, must
from media_trial import filled, machine, mounts
from media_trial.filled import SABOTAGE  # noqa: F401
from media_trial.freight import Lab
from media_trial.images import Images

# For each file system: the unit in bytes, the chunk size, parity, and MB of contents.
CASES = {
    "vfat": [(512, "64KiB", None), (4096, "512KiB", "10%"), (32768, "64KiB", None)],
    "udf": [(512, "64KiB", None), (2048, "512KiB", "10%"), (2048, "256KiB", None)],
    "ext4": [(1024, "64KiB", None), (4096, "512KiB", "10%"), (4096, "256KiB", None)],
    "exfat": [(4096, "64KiB", None), (8192, "512KiB", "10%"), (32768, "64KiB", None)],
}
# Of the room of a medium, in percent. A program gives exfat here, and does not say that it is exfat:
# the plan keeps what NTFS would need.
LEAST = {"vfat": 99, "udf": 99, "ext4": 99, "exfat": 97}
MEGABYTES = (40, 20, 28)


def run(trial):
    options = trial.options
    seeds = [options.seed] if options.short else [options.seed + step for step in range(3)]
    for step, seed in enumerate(seeds):
        lab = Lab(trial.root, options.program, seed, MEGABYTES[step % 3])
        for name in options.filesystems.split(","):
            if name == "iso":
                discs(trial, lab, seed)
            elif mounts.lacking(name):
                print(f"skipped: {name}: {mounts.lacking(name)}")
            else:
                one(trial, lab, name, seed, step)


def one(trial, lab, name, seed, step):
    """One file system with the contents of a lab."""
    place = f"{trial.root}/{name}-{seed}"
    os.mkdir(place)
    # Twice what the content needs: others take the rest.
    disks = [f"{place}/{letter}.img" for letter in "ab"]
    for disk in disks:
        must(["truncate", "-s", f"{2 * MEGABYTES[step % 3] + 40}M", disk])
    cases = CASES[name][step % 3:step % 3 + 1] if trial.options.short else CASES[name]
    if trial.options.cases:
        cases = [case for case in CASES[name] if str(case[0]) in trial.options.cases.split(",")]
    for unit, chunk, parity in cases:
        job = {**lab.about(), "filesystem": name, "least": LEAST[name],
               "sabotage": trial.options.sabotage,
               "cases": [{"unit": unit, "chunk": chunk, "parity": parity}]}
        if name in mounts.IN_MACHINE:
            found = machine.call("media_trial.filled", "fill", job, disks, place, seconds=3600)
        else:
            with mounts.loop(disks[0]) as first, mounts.loop(disks[1]) as second:
                found = filled.fill(job, [first, second], tempfile.mkdtemp(dir=place))
        show(trial, f"{name} seed {seed}", found)
    shutil.rmtree(place)


def show(trial, where, found):
    """The numbers of each step, and what went wrong."""
    for row in found["rows"]:
        print(f"{where} unit {row['unit']} chunks {row['chunk']}"
              f"{' parity ' + row['parity'] if row['parity'] else ''}: {row['what']}: "
              f"{row['fill']} % of {row['free']} bytes, {row['blocks']} blocks left", flush=True)
    for trouble in found["troubles"]:
        trial.note(f"{where}: {trouble}")


def discs(trial, lab, seed):
    """Images, by size and by preset."""
    images = Images(lab, f"{trial.root}/iso-{seed}", trial.options.sabotage)
    for what in (lambda: images.exactly("128KiB"), lambda: images.several(9_000_000, "64KiB"),
                 images.preset):
        try:
            for row in what():
                print(f"iso seed {seed}: {row['what']}: discs of {row['size']} bytes filled to "
                      f"{row['images']} %", flush=True)
        except Trouble as trouble:
            trial.note(f"iso seed {seed}: {trouble}")
