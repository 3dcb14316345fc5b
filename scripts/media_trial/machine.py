"""User-Mode Linux: another kernel in a process of its own, for file systems that this one lacks.

It needs no root. It is also what that kernel starts: python3 -m media_trial.machine NOTE."""

import contextlib
import ctypes
import glob
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback

from fault_matrix.files import run

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULES = "nls_base nls_cp437 nls_ascii nls_iso8859-1 nls_utf8 fat vfat cdrom crc-itu-t udf loop".split()


def call(module, function, values, disks, place, seconds=900):
    """What a function answers there, which gets the values and the devices of the disks."""
    note, init, answer = place + "/note", place + "/init", place + "/answer"
    for path in (answer, place + "/said"):
        if os.path.exists(path):
            os.remove(path)
    with open(note, "w") as file:
        json.dump([module, function, values, len(disks), answer, os.environ["PATH"]], file)
    with open(init, "w") as file:
        file.write(f"#!/bin/sh\nexport PYTHONPATH='{SCRIPTS}'\nexec '{sys.executable}' -B -m "
                   f"media_trial.machine '{note}' > '{place}/said' 2>&1\n")
    os.chmod(init, 0o700)
    devices = [f"ubd{letter}={disk}" for letter, disk in zip("abcdefgh", disks)]
    words = ["linux.uml", "mem=512M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/",
             "rw", "quiet", "uml_dir=" + place + "/", "init=" + init, "con=null",
             "con0=null,fd:2", "con1=null", *devices]
    console = carry_out(words, seconds)
    if not os.path.exists(answer):
        said = open(place + "/said").read() if os.path.exists(place + "/said") else ""
        raise RuntimeError(f"User-Mode Linux: {said[-2000:]}{console[-2000:]}")
    with open(answer) as file:
        return json.load(file)


def carry_out(words, seconds):
    """What it says on its console; none of its processes is left, however this ends."""
    kernel = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, errors="replace",
                              start_new_session=True)
    try:
        return kernel.communicate(timeout=seconds)[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kernel.pid, signal.SIGKILL)


def begin():
    """Mounts what every program expects, and loads the file systems."""
    for kind, where in (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"),
                        ("tmpfs", "/tmp"), ("devtmpfs", "/dev")):
        run(["mount", "-t", kind, "none", where])
    libc = ctypes.CDLL(None, use_errno=True)
    for module in MODULES:
        for path in glob.glob(f"/usr/lib/uml/modules/*/kernel/**/{module}.ko", recursive=True):
            descriptor = os.open(path, os.O_RDONLY)
            libc.syscall(313, descriptor, b"", 0)  # finit_module
            os.close(descriptor)
    os.environ["TMPDIR"] = tempfile.tempdir = "/run"


def main(note):
    """The first and only process of that kernel."""
    try:
        with open(note) as file:
            module, function, values, count, answer, os.environ["PATH"] = json.load(file)
        begin()
        devices = ["/dev/ubd" + letter for letter in "abcdefgh"[:count]]
        result = getattr(importlib.import_module(module), function)(values, devices, "/run")
        with open(answer + ".part", "w") as file:
            json.dump(result, file)
        os.rename(answer + ".part", answer)
    except BaseException:  # it must end, or the one who waits would wait for long
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os.sync()
        ctypes.CDLL(None).reboot(0x4321FEDC)


if __name__ == "__main__":
    main(sys.argv[1])
