"""File systems on block devices: made, mounted, filled by others, and taken off."""

import contextlib
import os
import shutil

from fault_matrix.files import must, run

# Where the makers of file systems are, which a user's PATH may lack.
os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
MAKERS = {"vfat": "mkfs.vfat", "udf": "mkudffs", "ext4": "mkfs.ext4", "exfat": "mkfs.exfat"}
# What User-Mode Linux mounts; the others need root.
IN_MACHINE = ("vfat", "udf")


def make(filesystem, unit, device):
    """A new file system with clusters or blocks of so many bytes."""
    must({
        "vfat": ["mkfs.vfat", "-F", "32", "-s", str(unit // 512), "-n", "MEDIUM", device],
        "udf": ["mkudffs", "--media-type=hd", f"--blocksize={unit}", device],
        # Without a journal nothing but the files is written.
        "ext4": ["mkfs.ext4", "-q", "-F", "-b", str(unit), "-O", "^has_journal", device],
        "exfat": ["mkfs.exfat", "-c", str(unit), device],
    }[filesystem])


def lacking(filesystem):
    """Why this file system cannot be tried here; None when it can."""
    tools = [MAKERS[filesystem]]
    if filesystem in IN_MACHINE:
        tools.append("linux.uml")
    elif os.geteuid() != 0 or run(["losetup", "--find"]).returncode != 0:
        return "mounting it needs root and a loop device"
    if filesystem == "exfat":
        tools.append("mount.exfat-fuse")
    lacks = [tool for tool in tools if not shutil.which(tool)]
    return f"{', '.join(lacks)} is not installed" if lacks else None


@contextlib.contextmanager
def loop(file):
    """A loop device over a file, for as long as the scope lasts."""
    device = must(["losetup", "--find", "--show", file]).strip()
    try:
        yield device
    finally:
        run(["losetup", "-d", device])


class Medium:
    """A file system that is mounted now and then."""

    def __init__(self, filesystem, device, place):
        self.filesystem, self.device, self.place = filesystem, device, place
        self.is_mounted = False
        os.makedirs(place, exist_ok=True)

    def fresh(self, unit):
        """Empty again."""
        self.remove()
        make(self.filesystem, unit, self.device)
        self.insert()

    def insert(self, *options):
        if self.filesystem == "exfat":
            must(["mount.exfat-fuse", self.device, self.place])
        else:
            must(["mount", "-t", self.filesystem, *options, self.device, self.place])
        self.is_mounted = True

    def remove(self):
        if self.is_mounted:
            must(["umount", self.place])
            self.is_mounted = False

    def again(self):
        """Pulled and inserted: what is read then comes from the device."""
        self.remove()
        self.insert()

    def free(self):
        """The unit, and how many of them are free, once all is written."""
        must(["sync", "-f", self.place])
        about = os.statvfs(self.place)
        return about.f_frsize, about.f_bavail

    def occupy(self, units):
        """Somebody else's file takes so many units more, or gives them back."""
        unit, _ = self.free()
        path = self.place + "/OTHERS"
        size = os.path.getsize(path) if os.path.exists(path) else 0
        with open(path, "ab") as file:
            if units < 0:
                file.truncate(size + units * unit)
            for done in range(0, max(0, units), 1024):
                file.write(b"\xa5" * (unit * min(1024, units - done)))
        self.free()
