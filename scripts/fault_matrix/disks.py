"""Faults of a disk: it is full, or the power is cut. Both need root, for mounts."""

import collections
import os
import shutil

from fault_matrix.commands import COMMANDS
from fault_matrix.files import Trouble, must
from fault_matrix.jobs import Jobs
from fault_matrix.place import Place
from fault_matrix.points import sample, strace
from fault_matrix.table import Table


# So many KiB are free.
SIZES = (0, 8, 32, 64, 128, 256, 512, 1024, 1300, 1500, 2048, 4096, 4500, 6000)
# So often a command must have had room enough before more room is not tried.
ENOUGH = 3


class DiskFaults(Jobs):
    """A small file system, and one whose power is cut."""

    def full(self):
        """A file system with so much room and so many names left."""
        if not may_mount():
            print("\nskipped: a full disk needs root and mounts")
            return
        table = Table()
        jobs = []
        for name in self.options.commands:
            kind = COMMANDS[name].kind
            if kind in ("init", "trust", "snapshot"):
                continue
            where = "medium" if kind in ("export", "resend", "set") else "depot"
            sizes, inodes = SIZES, range(0, 40, 3)
            if kind in ("backup", "restore"):
                # All of it is written anew.
                sizes, inodes = [*range(0, 2048, 128), 4096, 8192, 16384], range(0, 1200, 40)
            if kind == "publish":
                # At every step: a block more each time, and one file more.
                sizes, inodes = range(0, 2000, 4), range(0, 200)
                if name.startswith("import"):
                    # It needs 4 MiB and 1,000 inodes beside its objects before it begins.
                    sizes, inodes = range(0, 10_000, 20), [*range(0, 1000, 50), *range(1000, 1400)]
            if self.options.short:
                sizes, inodes = (16,), (4,)
            for place in ("backup", "depot") if kind == "backup" else (where,):
                jobs += [(name, place, extra, None) for extra in sizes]
                jobs += [(name, place, None, extra) for extra in inodes]

        enough = collections.Counter()

        def is_wanted(name, where, size, inodes):
            return enough[name, where, size is None] < ENOUGH

        def work(place, where, size, inodes):
            target = place.path + "/" + where
            if os.path.exists(target):
                os.rename(target, target + ".full")
            else:
                os.mkdir(target + ".full")
            os.mkdir(target)
            options = mount_options(target + ".full", size, inodes)
            must(["mount", "-t", "tmpfs", "-o", options, "none", target])
            try:
                must(["cp", "-a", target + ".full/.", target])
                shutil.rmtree(target + ".full")
                answer = place.run()
                table.add(place.name, "points", f"exit {answer.returncode}")
                enough[place.name, where, size is None] += answer.returncode == 0
                is_part = place.is_part_of_set(answer)
                if answer.returncode not in (0, 15) and not is_part:
                    raise Trouble(f"wrong: exit {answer.returncode}: {answer.stderr}")
                if answer.returncode != 0 and answer.stdout.strip() and not is_part:
                    raise Trouble(f"wrong: a result and exit {answer.returncode}")
                state = place.state()
                table.add(place.name, state)
                if answer.returncode == 0 and state != "new":
                    raise Trouble("wrong: success without a result")
                must(["mount", "-o", "remount,size=64M,nr_inodes=100000", target])
                if answer.returncode != 0:
                    place.converge(self.recorded[place.name][1])
            finally:
                must(["umount", "-l", target])

        self.each(jobs, work, table, is_wanted)
        table.show("The disk is full (so many KiB or inodes free), then there is room again:",
                   ["points", "exit 0", "exit 12", "exit 15", "old", "new", "torn", "not converged", "wrong"])

    def power(self):
        """The power goes at a call, and right after success."""
        if not may_mount():
            print("\nskipped: a power cut needs root and mounts")
            return
        table = Table()
        jobs = [(name, None) for name in self.options.commands]
        for name in self.options.commands:
            points = self.recorded[name][0]
            chosen = sample(points, self.options.power_points)
            if COMMANDS[name].kind == "publish" and not self.options.short:
                # Every call around the switch, from what is made durable before it.
                at = switch(points)
                around = points[max(0, at - 8):at + 12]
                chosen = [point for point in chosen if point not in around] + around
            jobs += [(name, point) for point in chosen]

        def work(place, point):
            # The place itself is not used: what counts lies in an image.
            image, mounted = place.path + ".img", place.path + ".m"
            cut_image = place.path + ".cut"
            os.mkdir(mounted)
            must(["truncate", "-s", "48M", image])
            must(["mkfs.ext4", "-q", "-F", "-m", "0", image])
            # These options hide nothing: nothing is written out unless it was asked for.
            must(["mount", "-o", "loop,noauto_da_alloc,commit=300", image, mounted])
            try:
                inside = Place(self.world, place.name, mounted + "/w")
                must(["sync", "-f", mounted])
                tracer = () if point is None else strace(
                    "/dev/null", [point.call], f"{point.call}:signal=KILL:when={point.number}")
                answer = inside.run(tracer)
                must(["cp", "--sparse=always", image, cut_image])
                inside.remove()
            finally:
                must(["umount", "-l", mounted])
                os.remove(image)
            # Where it was: a restore knows itself by its paths.
            must(["mount", "-o", "loop", cut_image, mounted])
            try:
                after = Place(self.world, place.name, mounted + "/w", on=True)
                state = after.state()
                table.add(place.name, "points", state)
                if answer.returncode == 0:
                    table.add(place.name, "after success")
                    if state != "new":
                        raise Trouble("not converged: success was printed, and is gone")
                    after.check_outcome(self.recorded[place.name][1])
                elif answer.returncode in (-9, 137):
                    after.converge(self.recorded[place.name][1])
                else:
                    raise Trouble(f"wrong: exit {answer.returncode}: {answer.stderr}")
                after.remove()
            finally:
                must(["umount", "-l", mounted])
                os.remove(cut_image)

        self.each(jobs, work, table)
        table.show("The power is cut (ext4, noauto_da_alloc, commit=300), then the command again:",
                   ["points", "after success", "old", "new", "torn", "not converged", "wrong"])


def may_mount():
    """Whether this process may mount: root, with mounts of its own that go with it."""
    return os.geteuid() == 0 and os.environ.get("FAULT_MATRIX_MOUNTS") == "own"


def switch(points):
    """Where clients begin to see the new generation: the last time that “current” is replaced."""
    places = [index for index, point in enumerate(points)
              if point.call.startswith("renameat") and '"current"' in point.text]
    if not places:
        raise RuntimeError("no call replaces “current”")
    return places[-1]


def mount_options(content, size, inodes):
    """A memory file system that holds this content and has so much room beside it."""
    used = count = 0
    seen = set()
    for where, directories, files in os.walk(content):
        # This file system takes one for every name, further hard links too.
        count += len(directories) + len(files)
        for name in files:
            about = os.lstat(os.path.join(where, name))
            if about.st_ino not in seen:
                seen.add(about.st_ino)
                used += (about.st_size + 4095) // 4096 * 4
    room = f"size={max(4, used + size)}k" if size is not None else "size=64M"
    return room + (f",nr_inodes={count + 2 + inodes}" if inodes is not None else "")
