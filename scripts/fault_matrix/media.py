"""A medium that is pulled in the moment of success: everything that a command wrote is on it.

Each command writes to a file system of its own in an image, which is copied when the command has
ended and before anything else is synced: that is what a pulled stick would hold. vfat and udf are
mounted by User-Mode Linux, which needs no root; ext4 and exfat through a loop device by root."""

import contextlib
import glob
import json
import os
import shutil
import sys
import tempfile

from fault_matrix.commands import COMMANDS
from fault_matrix.files import Trouble, must, run, tree
from fault_matrix.jobs import Jobs
from fault_matrix.table import Table
from fault_matrix.world import CHUNKS

# Where the makers of file systems are, which a user's PATH may lack.
os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KERNEL = "linux.uml"
MODULES = "nls_base nls_cp437 nls_ascii nls_iso8859-1 nls_utf8 fat vfat cdrom crc-itu-t udf loop".split()
# Every command that writes outside the depot, with the state it begins in; M is the medium.
WRITERS = {
    "export": ("export", lambda world: ["export", "first", "--to", "M", *CHUNKS]),
    "resend": ("resend", lambda world: ["export", "--resend", world.request, "--to", "M"]),
    "receipt-create": ("receipt-create", lambda world: ["receipt", "create", "--to", "M/receipt"]),
    "receipt-request": ("import", lambda world: [
        "receipt", "request", world.media["relying"], "--to", "M/request.txt"]),
    "import-receipt": ("import", lambda world: [
        "import", world.media["first"], "--receipt", "M/receipt"]),
    "key-export": ("import", lambda world: ["key", "export", "M/key.asc"]),
    "key-statements": ("key-statements", lambda world: ["key", "statements", "M/keys.asc"]),
    "inspect": ("import", lambda world: [
        "inspect", world.media["first"], "--against-depot", "--html", "M/review.html"]),
}
MAKE = {
    "vfat": ["mkfs.vfat", "-n", "MEDIUM"],
    "udf": ["mkudffs", "--media-type=hd", "--blocksize=512"],
    "ext4": ["mkfs.ext4", "-q", "-F", "-m", "0"],
    "exfat": ["mkfs.exfat"],
}
# What User-Mode Linux mounts; the others need root.
IN_MACHINE = ("vfat", "udf")


class MediaFaults(Jobs):
    """Media that are pulled when a command has said that it is done."""

    def media(self):
        """Each command that writes outside the depot, on each file system."""
        self.failed = pull_media(self.world, self.options.filesystems.split(",")) or self.failed


def pull_media(world, filesystems):
    """Whether anything was lost."""
    table = Table()
    for name in filesystems:
        lacks = lacking(name)
        if lacks:
            print(f"\nskipped: {name}: {lacks}")
            continue
        place = tempfile.mkdtemp(prefix=name + "-", dir=world.root)
        jobs = [make_job(world, name, writer, place) for writer in WRITERS]
        (in_machine if name in IN_MACHINE else in_loops)(jobs, place)
        for job in jobs:
            table.add(name, "points")
            try:
                judge(job)
                table.add(name, "whole")
            except Trouble as trouble:
                table.problem(name, job["name"], str(trouble))
    table.show("The medium is pulled after success:", ["points", "whole", "torn", "wrong"])
    return bool(table.problems)


def lacking(name):
    """Why this file system cannot be tried here; None when it can."""
    tools = [MAKE[name][0]]
    if name in IN_MACHINE:
        tools.append(KERNEL)
    elif os.geteuid() != 0 or os.environ.get("FAULT_MATRIX_MOUNTS") != "own":
        return "mounting it needs root"
    elif run(["losetup", "--find"]).returncode != 0:
        return "there is no loop device"
    if name == "exfat":
        tools.append("mount.exfat-fuse")
    lacks = [tool for tool in tools if not shutil.which(tool)]
    return f"{', '.join(lacks)} is not installed" if lacks else None


def make_job(world, filesystem, name, place):
    """What a command needs to run with a medium of its own, as values that JSON can carry."""
    state, words = WRITERS[name]
    image = os.path.join(place, name + ".img")
    must(["truncate", "-s", "16M", image])
    must([*MAKE[filesystem], image])
    return {
        "name": name, "filesystem": filesystem, "image": image,
        "state": os.path.join(world.states, state), "words": [world.program, *words(world)],
        "cut": os.path.join(place, name + ".cut"), "seen": os.path.join(place, name + ".seen"),
        "found": os.path.join(place, name + ".found"),
        "answer": os.path.join(place, name + ".answer"), "env": world.environment(world.root),
    }


def carry_out(job, device):
    """Runs one command with its medium, and copies what a pulled medium would hold."""
    with tempfile.TemporaryDirectory(prefix="m-") as place:
        mounted, home = os.path.join(place, "medium"), os.path.join(place, "w")
        os.mkdir(mounted)
        must(["cp", "-a", job["state"], home])
        os.makedirs(home + "/t", mode=0o700, exist_ok=True)
        mount(job["filesystem"], device, mounted)
        try:
            words = [mounted + word[1:] if word == "M" or word.startswith("M/") else word
                     for word in job["words"]]
            answer = run([*words, "--depot", "depot"], cwd=home,
                         env={**job["env"], "HOME": home, "XDG_RUNTIME_DIR": home + "/t",
                              "TMPDIR": home + "/t"})
            # Nothing may come between: whatever lists or reads could make the kernel write.
            must(["cp", "--sparse=always", job["image"], job["cut"]])
            must(["cp", "-r", mounted, job["seen"]])
            with open(job["answer"], "w") as file:
                json.dump([answer.returncode, answer.stdout + answer.stderr], file)
        finally:
            run(["gpgconf", "--homedir", home + "/depot/gnupg", "--kill", "all"])
            must(["umount", mounted])


def mount(filesystem, device, where):
    """Mounts so that nothing is written out by itself."""
    if filesystem == "exfat":
        must(["mount.exfat-fuse", device, where])
    else:
        # Nothing is written out unless it was asked for.
        options = {"ext4": ["-o", "noauto_da_alloc,commit=300"]}.get(filesystem, [])
        must(["mount", "-t", filesystem, *options, device, where])


def read_pulled(job):
    """Copies what the pulled medium has, as far as it can be read."""
    os.mkdir(job["found"])
    with loop(job["cut"]) as device, tempfile.TemporaryDirectory(prefix="m-") as mounted:
        mount(job["filesystem"], device, mounted)
        try:
            run(["cp", "-r", mounted + "/.", job["found"]])
        finally:
            must(["umount", mounted])


@contextlib.contextmanager
def loop(image):
    """A loop device over an image, for as long as the scope lasts."""
    device = must(["losetup", "--find", "--show", image]).strip()
    try:
        yield device
    finally:
        must(["losetup", "-d", device])


def in_loops(jobs, place):
    """Carries the jobs out here, which root may."""
    for job in jobs:
        with loop(job["image"]) as device:
            carry_out(job, device)
        read_pulled(job)


def in_machine(jobs, place):
    """Carries the jobs out in User-Mode Linux, whose root is this system's."""
    note = os.path.join(place, "jobs")
    with open(note, "w") as file:
        json.dump([jobs, os.environ["PATH"]], file)
    init = os.path.join(place, "init")
    with open(init, "w") as file:
        file.write(f"#!/bin/sh\nexport PYTHONPATH='{SCRIPTS}'\nexec '{sys.executable}' -B -m "
                   f"fault_matrix.media '{note}' > '{place}/said' 2>&1\n")
    os.chmod(init, 0o700)
    disks = [f"ubd{letter}={job['image']}" for letter, job in zip("abcdefgh", jobs)]
    answer = run(["linux.uml", "mem=384M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/",
                  "rw", "quiet", "uml_dir=" + place + "/", "init=" + init, "con=null", "con0=null,fd:2", "con1=null", *disks],
                 timeout=600)
    if not all(os.path.exists(job["answer"]) for job in jobs):
        said = open(place + "/said").read() if os.path.exists(place + "/said") else ""
        raise RuntimeError(f"User-Mode Linux: {said}{answer.stdout[-2000:]}{answer.stderr[-2000:]}")


def judge(job):
    """What the pulled medium has is what the command left."""
    with open(job["answer"]) as file:
        status, said = json.load(file)
    if status != 0:
        raise Trouble(f"wrong: exit {status}: {said}")
    pulled, seen = tree(job["found"]), tree(job["seen"])
    for both in (pulled, seen):
        both.pop("lost+found", None)
    if not any(len(what) == 64 for what in seen.values()):
        raise Trouble("wrong: the command wrote nothing")
    if pulled != seen:
        odd = sorted(set(pulled.items()) ^ set(seen.items()))
        raise Trouble(f"torn: not what the command left: {odd[:4]}")


def machine_main(note):
    """The first and only process of a User-Mode Linux."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        with open(note) as file:
            jobs, os.environ["PATH"] = json.load(file)
        for kind, where in (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"),
                            ("tmpfs", "/tmp"), ("devtmpfs", "/dev")):
            run(["mount", "-t", kind, "none", where])
        for module in MODULES:
            for path in glob.glob(f"/usr/lib/uml/modules/*/kernel/**/{module}.ko", recursive=True):
                descriptor = os.open(path, os.O_RDONLY)
                libc.syscall(313, descriptor, b"", 0)  # finit_module
                os.close(descriptor)
        os.environ["TMPDIR"] = tempfile.tempdir = "/run"
        for letter, job in zip("abcdefgh", jobs):
            carry_out(job, "/dev/ubd" + letter)
            read_pulled(job)
    except BaseException as error:  # it must end, or the one who waits would wait for long
        print(f"{type(error).__name__}: {error}")
    finally:
        sys.stdout.flush()
        os.sync()
        libc.reboot(0x4321FEDC)


if __name__ == "__main__":
    machine_main(sys.argv[1])
