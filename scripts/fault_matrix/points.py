"""The calls of an undisturbed run: where it can be disturbed."""

import collections
import os
import re

from fault_matrix.place import Place

# What changes files, or makes them durable. `close` is left out: a kill on entry to it leaves what
# a kill on entry to the next call leaves, and the children of gpgme close hundreds before exec.
CALLS = """openat openat2 write writev pwrite64 pwritev copy_file_range fsync fdatasync syncfs
sync_file_range rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat rmdir mkdir
mkdirat ftruncate fallocate fchmod fchmodat chmod utimensat flock""".split()

LINE = re.compile(r"^(\d+)\s+(\w+)\((.*)$")


def strace(log, names, inject=None):
    """The words that run a program under strace, with a fault when one is given."""
    # -b execve: gpg and its agent are let go, only threads of the program itself are followed.
    words = ["strace", "-f", "-qq", "-b", "execve", "-y", "-o", log, "-e", "signal=none",
             "-e", "trace=" + ",".join(names)]
    return words + (["-e", "inject=" + inject] if inject else [])


class Point:
    """One system call of a command, where a fault can strike."""

    def __init__(self, call, number, text):
        self.call, self.number, self.text = call, number, text

    def __str__(self):
        return f"{self.call} #{self.number} {self.text[:70]}"


def record(world, name, path):
    """The calls of an undisturbed run that change something, and what the run makes.

    strace counts per thread, so a point is the k-th call of a name in any thread; the first thread
    that gets there is hit.
    """
    place = Place(world, name, path)
    log = path + ".log"
    answer = place.run(strace(log, CALLS))
    if answer.returncode != 0:
        raise RuntimeError(f"{name}: {answer.stdout}{answer.stderr}")
    counts = collections.Counter()
    points = {}
    order = []
    with open(log, errors="replace") as lines:
        for line in lines:
            match = LINE.match(line)
            if not match:
                continue
            thread, call, rest = match.groups()
            counts[thread, call] += 1
            if call.startswith("openat") and not ("O_CREAT" in rest or "O_TMPFILE" in rest):
                continue
            key = (call, counts[thread, call])
            if key not in points:
                points[key] = Point(*key, rest.strip())
                order.append(points[key])
    reference = place.outcome()
    place.check_outcome(reference)
    state = place.state()
    if state != "new":
        raise RuntimeError(f"{name}: an undisturbed run leaves {state}")
    place.remove()
    os.remove(log)
    return order, reference


def sample(points, count):
    """So many, spread evenly."""
    if count is None or len(points) <= count:
        return points
    return [points[(2 * index + 1) * len(points) // (2 * count)] for index in range(count)]
