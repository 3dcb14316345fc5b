"""Media that were good when they were written, and are read where sectors are gone, or slowly."""

import os
import re
import signal
import subprocess
import time

from fault_matrix.files import Trouble, must
from media_trial import judge
from media_trial.freight import numbers
from media_trial.lying_disks import UNITS, inserted


def export_alone(trial, lab, place, lying, medium, *more):
    """A bundle on this medium, which does not lie yet."""
    ferry = lab.outside.copy(place + "/outside")
    judge.expect(ferry.run("export", "first", "--chunk-size", "1MiB", "--to", medium.place,
                           *more), 0)
    ferry.end()
    must(["cp", "-r", medium.place + "/mainland-000001", place + "/copy"])
    return medium.place + "/mainland-000001"


def spoil(trial, lying, medium, paths):
    """A sector in the middle of each of these files cannot be read any more."""
    places = []
    for path in paths:
        with open(path, "rb") as file:
            content = file.read()
        at = len(content) // 2 // 4096 * 4096 if len(content) > 8192 else 0
        # The same bytes may lie there twice, in another file.
        for place in lying.find(content[at:at + 4096]):
            lying.unreadable = [(place, 512)]
            medium.again()
            if not is_readable(path):
                places.append((place, 512))
                break
        else:
            raise RuntimeError(f"{path} is nowhere on the disk")
    lying.unreadable = [] if trial.options.sabotage == "reads-well" else places
    medium.again()


def is_readable(path):
    try:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
        return True
    except OSError:
        return False


def pick(bundle):
    """Two stored chunks, and their numbers."""
    names = sorted(name for name in os.listdir(bundle + "/chunks") if name.endswith(".tar"))
    chosen = [names[len(names) // 3], names[len(names) // 2]]
    return [f"{bundle}/chunks/{name}" for name in chosen], [int(name[:6]) for name in chosen]


def damaged(filesystem, said, chunks):
    """The chunks that were called damaged: those with bad sectors, and few others."""
    found = numbers(re.search(r"damaged: ([\d, -]+)\n", said).group(1))
    # Where a program gives the file system, the kernel reads megabytes around a bad sector at once.
    most = 2 if filesystem == "ext4" else 10
    if not set(chunks) <= set(found) or len(found) > most:
        raise Trouble(f"{chunks} cannot be read, and {found} are called damaged")
    return found


def unreadable(trial, lab, place, filesystem, mode):
    """Sectors of two chunks are gone: both are named, and all else is taken in."""
    with inserted(place, filesystem, 96 << 20) as (lying, medium):
        bundle = export_alone(trial, lab, place, lying, medium)
        paths, chunks = pick(bundle)
        spoil(trial, lying, medium, paths)
        named = [f"DAMAGED: +{path}\n +unreadable at byte \\d+: .*Input/output error"
                 for path in paths]
        said = judge.expect(lab.outside.look("verify", medium.place, "--keyring", lab.key), 11,
                            "E-INTEGRITY-CHUNKS-DAMAGED", *named)
        damaged(filesystem, said, chunks)
        site = lab.inside.copy(place + "/site")
        said = judge.expect(site.run("import", medium.place), 11, "to bring again: chunks", *paths)
        again = numbers(re.search("to bring again: chunks (.*)", said).group(1))
        # The rest has arrived: these chunks alone end it.
        for name in os.listdir(place + "/copy/chunks"):
            if int(name[:6]) not in again:
                os.remove(f"{place}/copy/chunks/{name}")
        judge.expect(site.run("import", place + "/copy"), 0)
        judge.expect(site.run("depot", "check"), 0)
        site.end()
        return f"chunks {again} named by verify and import ({chunks} were bad), the rest taken in"


def with_parity(trial, lab, place, filesystem, mode):
    """The same with parity: the import makes them again, and repair on another medium."""
    with inserted(place, filesystem, 96 << 20) as (lying, medium):
        bundle = export_alone(trial, lab, place, lying, medium, "--parity", "10%")
        paths, chunks = pick(bundle)
        spoil(trial, lying, medium, paths)
        said = judge.expect(lab.outside.look("verify", medium.place, "--keyring", lab.key), 11,
                            "repair: +chunks .* can be made again", *paths)
        damaged(filesystem, said, chunks)
        os.mkdir(place + "/repaired")
        judge.expect(lab.outside.look("repair", medium.place, "--to", place + "/repaired",
                                      "--keyring", lab.key), 0, "repaired: +chunks ")
        judge.expect(lab.outside.look("verify", medium.place, place + "/repaired", "--keyring",
                                      lab.key), 0, "complete: ")
        for path in paths:
            name = os.path.basename(path)
            must(["cmp", f"{place}/copy/chunks/{name}",
                  f"{place}/repaired/mainland-000001/chunks/{name}"])
        judge.arrives(lab.inside, place + "/both", [medium.place, place + "/repaired"])
        site = lab.inside.copy(place + "/site")
        said = judge.expect(site.run("import", medium.place), 0, "made again from parity: chunks ")
        judge.expect(site.run("depot", "check"), 0)
        site.end()
        return f"chunks {chunks} made again by repair and import"


def unreadable_lists(trial, lab, place, filesystem, mode):
    """MANIFEST and ENTRIES cannot be read; the second ones, beside parity, are taken."""
    with inserted(place, filesystem, 96 << 20) as (lying, medium):
        bundle = export_alone(trial, lab, place, lying, medium, "--parity", "10%")
        spoil(trial, lying, medium, [bundle + "/MANIFEST", bundle + "/ENTRIES.zst"])
        words = ["verify", medium.place, "--keyring", lab.key]
        said = judge.expect(lab.outside.look(*words), 0, "ALTERED: .*MANIFEST")
        judge.expect(lab.outside.look(*words, "--strict"), 11, "MANIFEST")
        judge.arrives(lab.inside, place + "/site", [medium.place])
        return f"verify says {said[-300:]!r}, the import takes it"


def unreadable_names(trial, lab, place, filesystem, mode):
    """What says where chunks lie cannot be read: they are named or missing, and the rest is taken in."""
    with inserted(place, filesystem, 96 << 20) as (lying, medium):
        bundle = export_alone(trial, lab, place, lying, medium)
        paths, _ = pick(bundle)
        where = inode(lying, medium, paths[0]) if filesystem == "ext4" else lying.find(
            os.path.basename(paths[0]).encode("utf-16-le"))
        if not where:
            raise RuntimeError("the name is nowhere on the disk")
        # What is written when it is removed would heal it.
        medium.remove()
        if trial.options.sabotage != "reads-well":
            lying.unreadable = [(at // 512 * 512, 512) for at in where]
        medium.insert()
        site = lab.inside.copy(place + "/site")
        try:
            verified = lab.outside.look("verify", medium.place, "--keyring", lab.key)
            imported = site.run("import", medium.place)
            if [verified.returncode, imported.returncode] not in ([11, 11], [12, 12]):
                raise Trouble(f"verify ends with {verified.returncode}: {verified.stdout}"
                              f"{verified.stderr}; import with {imported.returncode}: "
                              f"{imported.stderr}")
            # What is behind it has arrived: the chunks that were named end it.
            judge.expect(site.run("import", place + "/copy"), 0)
        finally:
            site.end()
        return f"verify and import end with {verified.returncode} and go on with the rest"


def inode(lying, medium, path):
    """Where the inode of a file lies."""
    said = must(["debugfs", "-R", f"imap <{os.stat(path).st_ino}>", lying.path])
    block, offset = re.search(r"located at block (\d+), offset (0x[0-9a-f]+)", said).groups()
    return [int(block) * UNITS["ext4"] + int(offset, 16)]


def slow(trial, lab, place, filesystem, mode):
    """4 MB a second: Ctrl-C is heard while it is written, and what is finished is used again."""
    with inserted(place, filesystem, 96 << 20) as (lying, medium):
        ferry = lab.outside.copy(place + "/outside")
        words = ferry.words("export", "first", "--chunk-size", "1MiB", "--to", medium.place)
        lying.rate = 4e6
        process = subprocess.Popen(words, env=ferry.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(5)
        began = time.monotonic()
        if trial.options.sabotage != "honest-disk":
            process.send_signal(signal.SIGINT)
        said = process.communicate()[0]
        waited = time.monotonic() - began
        if process.returncode != 130 or waited > 10:
            raise Trouble(f"SIGINT: status {process.returncode} after {waited:.0f} s: {said}")
        lying.rate = None
        said = judge.expect(ferry.run("export", "first", "--chunk-size", "1MiB", "--to",
                                      medium.place), 0, "finished chunks? of an interrupted run")
        medium.again()
        judge.whole(ferry, lab.key, lab.ring, [medium.place])
        ferry.end()
        line = next(line for line in said.splitlines() if "finished chunk" in line)
        return f"stopped {waited:.1f} s after Ctrl-C; {line}"


def wrap_alone(trial, lab, place, filesystem, mode):
    """A single medium is not read back: what verify says when it is inserted again."""
    with inserted(place, filesystem, 64 << 20) as (lying, medium):
        ferry = lab.outside.copy(place + "/outside")
        lying.real = 30 << 20
        lying.mode = "honest" if trial.options.sabotage == "honest-disk" else "wrap"
        answer = ferry.run("export", "first", "--chunk-size", "1MiB", "--to", medium.place)
        ferry.end()
        if answer.returncode != 0:
            return f"the export says {answer.returncode}: {answer.stderr.splitlines()[0]}"
        try:
            medium.again()
        except RuntimeError as error:
            return f"THE EXPORT SAYS THAT ALL IS WELL, then {str(error).splitlines()[-1]}"
        answer = ferry.look("verify", medium.place, "--keyring", lab.key)
        if answer.returncode == 0:
            raise Trouble("an export on a medium of half the room is well, and verify too")
        return f"THE EXPORT SAYS THAT ALL IS WELL, verify {answer.returncode}"


READERS = {"unreadable": unreadable, "unreadable with parity": with_parity,
           "unreadable lists": unreadable_lists, "unreadable names": unreadable_names,
           "slow": slow, "wrap alone": wrap_alone}
