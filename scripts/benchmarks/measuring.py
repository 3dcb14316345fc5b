"""What is measured: whole processes, in turn, and how it is told."""

import mmap
import statistics
import subprocess
import sys
import tempfile
import time


def fail(text):
    sys.exit(f"bench: {text}")


def warm_memory(most=4 << 30):
    """Touches memory that is free, in bytes at most `most`.

    A virtual machine hands free memory back to its host. Whoever takes it first then waits for the
    host, up to 2 s for 2 GB, which would be measured as the time of whatever runs next.
    """
    with open("/proc/meminfo") as figures:
        free = next(int(line.split()[1]) for line in figures if line.startswith("MemFree:")) << 10
    size = min(most, free - (512 << 20)) & ~0x1FFFFF
    if size <= 0:
        return
    with mmap.mmap(-1, size) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for place in range(0, size, 4096):
            memory[place] = 1


class Run:
    """One finished process: seconds and the peak memory of its largest process in MiB."""

    def __init__(self, command, cwd=None):
        if isinstance(command, str):
            command = ["sh", "-c", command]
        warm_memory()
        # Between this process and the measured one stands a small one: the kernel counts the
        # memory of whoever forked to the peak of what is executed.
        with tempfile.NamedTemporaryFile("r") as figures:
            began = time.monotonic()
            done = subprocess.run(
                ["/usr/bin/time", "-o", figures.name, "-f", "%U %S %M", *command], cwd=cwd,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.seconds = time.monotonic() - began
            if done.returncode != 0:
                fail(f"{command}: exit {done.returncode}\n{done.stdout.decode(errors='replace')}")
            user, system, memory = figures.read().split()
        self.cpu = float(user) + float(system)
        self.memory = int(memory) / 1024


def pairs(runs, ours, other):
    """Ours and the other in turn; answers both lists, without the first, warming pair."""
    first, second = [], []
    for index in range(runs + 1):
        a, b = ours(), other()
        if index > 0:
            first.append(a)
            second.append(b)
    return first, second


def report(name, ours, other, limit, other_name, at_least=False):
    """One line: both medians, the ratio of the pairs, and whether it is within the limit."""
    a = statistics.median(run.seconds for run in ours)
    b = statistics.median(run.seconds for run in other)
    ratio = statistics.median(
        (y.seconds / x.seconds if at_least else x.seconds / y.seconds)
        for x, y in zip(ours, other))
    good = ratio >= limit if at_least else ratio <= limit
    sign = ">=" if at_least else "<="
    print(f"{name:<42} {a:7.2f} s  {other_name:<34} {b:7.2f} s  ratio {ratio:5.2f} ({sign} {limit})"
          f"  {'met' if good else 'MISSED'}", flush=True)
