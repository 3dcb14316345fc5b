"""Faults at a system call: the process is killed, the call fails, a signal arrives."""

import collections
import os
import re
import signal

from fault_matrix.commands import COMMANDS
from fault_matrix.files import Trouble
from fault_matrix.jobs import Jobs
from fault_matrix.points import sample, strace
from fault_matrix.table import Table


class CallFaults(Jobs):
    """Kills, errors and signals, each at a system call."""

    def kill(self):
        """SIGKILL at each call that changes something."""
        table = Table()
        for name in self.options.commands:
            table.rows[name] = collections.Counter()

        def work(place, point):
            log = place.path + ".log"
            killed = place.run(strace(
                log, [point.call], f"{point.call}:signal=KILL:when={point.number}"))
            os.remove(log)
            table.add(place.name, "points")
            if killed.returncode not in (-9, 137):
                table.add(place.name, "not reached")
                if killed.returncode != 0:
                    raise Trouble(f"wrong: status {killed.returncode}: {killed.stderr}")
            table.add(place.name, place.state())
            place.converge(self.recorded[place.name][1])

        self.each([(name, point) for name in self.options.commands
                   for point in sample(self.recorded[name][0], self.options.kill_points)],
                  work, table)
        table.show("Killed at a system call, then the same command again:",
                   ["points", "not reached", "old", "new", "torn", "not converged", "wrong"])

    def errors(self):
        """Each such call fails, with the errors that it can have."""
        table = Table()
        for name in self.options.commands:
            table.rows[name] = collections.Counter()
        kinds = {"write": "EIO ENOSPC EINTR", "pwrite64": "EIO ENOSPC", "fsync": "EIO ENOSPC",
                 "fdatasync": "EIO", "syncfs": "EIO ENOSPC", "renameat": "EIO ENOSPC",
                 "renameat2": "EIO ENOSPC", "linkat": "EIO ENOSPC EMFILE", "symlinkat": "ENOSPC",
                 "openat": "EIO ENOSPC EMFILE", "openat2": "EIO ENOSPC EINTR EMFILE",
                 "mkdirat": "ENOSPC EIO", "ftruncate": "EIO", "unlinkat": "EIO", "flock": "EINTR"}
        jobs = []
        for name in self.options.commands:
            chosen = [(name, point, error) for point in self.recorded[name][0]
                      for error in kinds.get(point.call, "").split()]
            jobs += sample(chosen, self.options.error_points)

        def work(place, point, error):
            log = place.path + ".log"
            names = sorted({point.call, "fsync", "fdatasync", "syncfs", "close"})
            answer = place.run(strace(
                log, names, f"{point.call}:error={error}:when={point.number}"))
            with open(log, errors="replace") as lines:
                text = lines.read()
            os.remove(log)
            table.add(place.name, "points")
            if "(INJECTED)" not in text:
                table.add(place.name, "not reached")
            state = place.state()
            table.add(place.name, state)
            if answer.returncode == 0:
                # Either the error does not matter or another way was found: all must be there.
                table.add(place.name, "exit 0")
                # (SQLite does fdatasync on its directory and does not mind.)
                if point.call in ("fsync", "syncfs") and "(INJECTED)" in text:
                    raise Trouble("wrong: success although nothing was made durable")
                if "audit-head" in answer.stdout + answer.stderr:
                    # It warned that the catalogue does not know how far the log is: the next
                    # command notes it.
                    place.run()
                place.check_outcome(self.recorded[place.name][1])
                return
            wanted = (15, 16) if error in ("ENOSPC", "EMFILE") else (16,)
            # strace may tell the end of a call in a line of its own, without the file. /dev/null is
            # opened between the fork and the start of gpg.
            if "<pipe:" in point.text or any(
                    "(INJECTED)" in line and ("<pipe:" in line or '"/dev/null"' in line)
                    for line in text.splitlines()):
                # What gpg never got to read: to the program, gpg has died, and a backup has no key.
                wanted += (3, 11)
            if any("(INJECTED)" in line and "aptferry.conf" in line for line in text.splitlines()):
                # The settings of this machine are what cannot be read.
                wanted += (3,)
            table.add(place.name, f"exit {answer.returncode}")
            is_part = place.is_part_of_set(answer)
            if answer.returncode not in wanted and not is_part:
                raise Trouble(f"wrong: exit {answer.returncode}: {answer.stderr}")
            if answer.stdout.strip() and not is_part:
                raise Trouble(f"wrong: a result and exit {answer.returncode}: {answer.stdout}")
            check_sync_not_repeated(text)
            place.converge(self.recorded[place.name][1])

        self.each(jobs, work, table)
        table.show("A system call fails, then the same command again:",
                   ["points", "not reached", "exit 0", "exit 12", "exit 15", "exit 16", "old", "new",
                    "torn", "not converged", "wrong"])

    def signals(self):
        """Each signal that asks to stop, at such calls."""
        table = Table()
        jobs = []
        for name in self.options.commands:
            if COMMANDS[name].kind in ("init", "trust"):
                continue
            points = [point for point in self.recorded[name][0] if point.call != "flock"]
            for kind in ("TERM",) if self.options.short else ("TERM", "INT", "HUP"):
                jobs += [(name, point, kind)
                         for point in sample(points, self.options.signal_points)]

        def work(place, point, kind):
            log = place.path + ".log"
            answer = place.run(strace(
                log, [point.call], f"{point.call}:signal={kind}:when={point.number}"))
            with open(log, errors="replace") as lines:
                calls = collections.Counter(
                    line.split()[0] for line in lines if f" {point.call}(" in line)
            os.remove(log)
            status = answer.returncode
            table.add(place.name, "points", place.state())
            if status == 0:
                table.add(place.name, "came too late")
                place.check_outcome(self.recorded[place.name][1])
                return
            table.add(place.name, "stopped")
            # strace counts per thread: the call may be one of the loader's, before the program begins.
            is_early = status == -getattr(signal, "SIG" + kind) and point.call.startswith("open")
            # It counts per thread: with two threads that got so far there were two signals, and the
            # second one ends the program at once.
            number = 128 + getattr(signal, "SIG" + kind)
            is_second = status == number and sum(
                count >= point.number for count in calls.values()) > 1
            if status != (130 if kind == "INT" else 143) and not is_early and not is_second:
                raise Trouble(f"wrong: exit {status} after {kind}: {answer.stderr}")
            if answer.stdout.strip():
                raise Trouble(f"wrong: a result and exit {status}: {answer.stdout}")
            place.converge(self.recorded[place.name][1])

        self.each(jobs, work, table)
        table.show("SIGTERM, SIGINT or SIGHUP at a system call, then the same command again:",
                   ["points", "stopped", "came too late", "old", "new", "torn", "not converged",
                    "wrong"])


def check_sync_not_repeated(text):
    """After a failed fsync the kernel has forgotten the pages: asking again would be believed.

    SQLite's own files are left to SQLite, which rolls back from its journal.
    """
    failed = set()
    for line in text.splitlines():
        match = re.match(r"^\d+\s+(fsync|fdatasync|syncfs|close)\((\d+)<([^>]*)>", line)
        if not match:
            continue
        call, number, path = match.groups()
        if call == "close":
            failed.discard((number, path))
        elif (number, path) in failed and "catalogue.sqlite" not in path:
            raise Trouble(f"wrong: {call} again on a descriptor whose sync failed: {path}")
        elif "(INJECTED)" in line:
            failed.add((number, path))
