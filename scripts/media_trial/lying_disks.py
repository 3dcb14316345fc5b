"""Disks that do not lie yet, with a new file system, mounted by a loop device or not."""

import contextlib
import os

from fault_matrix.files import must
from media_trial import mounts
from media_trial.disk import LyingDisk

UNITS = {"ext4": 4096, "exfat": 4096, "vfat": 4096}


@contextlib.contextmanager
def disk(place, filesystem, size):
    """A disk that does not lie yet, with a new file system."""
    image = place + "/image"
    must(["truncate", "-s", str(size), image])
    mounts.make(filesystem, UNITS[filesystem], image)
    with open(image, "rb") as file:
        content = file.read()
    os.remove(image)
    os.mkdir(place + "/disk")
    lying = LyingDisk(place + "/disk", content)
    try:
        yield lying
    finally:
        lying.is_gone = False
        lying.close()


@contextlib.contextmanager
def inserted(place, filesystem, size):
    """The same, mounted by a loop device."""
    with disk(place, filesystem, size) as lying, mounts.loop(lying.path) as device:
        medium = mounts.Medium(filesystem, device, place + "/medium")
        medium.insert()
        try:
            yield lying, medium
        finally:
            # What was lost in its metadata may keep it from being unmounted cleanly.
            if medium.is_mounted:
                must(["umount", "-l", medium.place])
