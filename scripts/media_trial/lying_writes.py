"""An export on a medium that lies and a good one: the first is named, the second is whole."""

import contextlib
import os
import shutil

from fault_matrix.files import Trouble, must
from media_trial import judge, machine, mounts
from media_trial.freight import Ferry
from media_trial.lying_disks import disk, inserted

# What they claim to have, and what they have.
CLAIM, REAL = 24 << 20, 14 << 20


def written(trial, lab, place, filesystem, mode):
    """An export on a lying medium and a good one."""
    job = {**lab.about(), "filesystem": filesystem, "good": place + "/good",
           "fresh": place + "/fresh", "sabotage": trial.options.sabotage}
    os.mkdir(job["good"])
    os.mkdir(job["fresh"])
    if filesystem in mounts.IN_MACHINE:
        with disk(place, filesystem, CLAIM) as lying:
            lie(lying, mode, job)
            found = machine.call("media_trial.lying_writes", "written_there", job, [lying.path], place)
        if "trouble" in found:
            raise Trouble(found["trouble"])
        return found["said"]
    with inserted(place, filesystem, CLAIM) as (lying, medium):
        lie(lying, mode, job)
        return export(job, medium.place, place)


def lie(lying, mode, job):
    lying.real, lying.limit = REAL, lying.writes + 40
    lying.mode = "honest" if job["sabotage"] == "honest-disk" else mode


def written_there(job, devices, place):
    """The same in User-Mode Linux."""
    medium = mounts.Medium(job["filesystem"], devices[0], place + "/medium")
    medium.insert()
    try:
        return {"said": export(job, medium.place, place)}
    except Trouble as trouble:
        return {"trouble": str(trouble)}
    finally:
        must(["umount", "-l", medium.place])


def export(job, lying, place):
    """What is said of the lying medium; the good one is whole, and another one replaces the other."""
    shutil.copytree(job["outside"], place + "/outside", symlinks=True)
    ferry = Ferry(job["program"], place + "/outside")
    inside = Ferry(job["program"], job["inside"])
    try:
        said = judge.expect(
            ferry.run("export", "first", "--chunk-size", "64KiB", "--to", lying, "--to",
                      job["good"]),
            12, r"medium 1 \(MAINLAN-1-1\): ", "E-INCOMPLETE-MEDIA-MISSING",
            "export --continue mainland-000001")
        if job["sabotage"] == "loses-the-other":
            shutil.rmtree(job["good"] + "/mainland-000001/chunks")
        judge.stock_tools(job["good"], job["ring"], is_part=True)
        chunks = os.listdir(job["good"] + "/mainland-000001/chunks")
        judge.expect(ferry.look("verify", job["good"], "--keyring", job["key"]), 12, "all good")
        with contextlib.suppress(OSError):
            if job["sabotage"] == "names-it-finished":
                os.mkdir(lying + "/mainland-000001")
            if "mainland-000001" in os.listdir(lying):
                raise Trouble("what is not good has the name of a finished bundle")
        judge.expect(ferry.run("export", "--continue", "mainland-000001", "--to", job["fresh"]), 0)
        judge.whole(ferry, job["key"], job["ring"], [job["fresh"], job["good"]])
        judge.arrives(inside, place + "/site", [job["fresh"], job["good"]])
        line = next(line for line in said.splitlines() if "medium 1 (" in line)
        return f"“{line}”; {len(chunks)} chunks on the other medium, the rest written again"
    finally:
        ferry.end()
