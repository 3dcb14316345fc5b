"""The points of all commands, and the places in which they are tried."""

import concurrent.futures
import os
import sys
import threading
import traceback

from fault_matrix.files import Trouble
from fault_matrix.place import Place
from fault_matrix.points import record


class Jobs:
    """Runs faults, each in a place of its own."""

    def __init__(self, world, options):
        self.world, self.options = world, options
        self.counter = 0
        self.lock = threading.Lock()
        self.recorded = {}
        self.failed = False

    def path(self):
        """A path that nobody has used yet."""
        with self.lock:
            self.counter += 1
            return os.path.join(self.world.root, str(self.counter))

    def record(self):
        """The points of every command, from a run that nothing disturbs."""
        for name in self.options.commands:
            self.recorded[name] = record(self.world, name, self.path())

    def each(self, jobs, work, table, is_wanted=None):
        """Runs the jobs on so many threads; each in a place of its own that is removed after."""
        def one(job):
            name, what = job[0], job[1:]
            if is_wanted and not is_wanted(*job):
                return
            place = Place(self.world, name, self.path())
            try:
                work(place, *what)
            except Trouble as trouble:
                table.problem(name, " ".join(str(part) for part in what), str(trouble))
            except Exception:  # the rest of the matrix is still of use
                table.problem(name, " ".join(str(part) for part in what),
                              f"wrong: {traceback.format_exc(limit=-4)}")
            finally:
                place.remove()
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            names = [job[0] for job in jobs]
            for index, _ in enumerate(pool.map(one, jobs)):
                if index + 1 == len(jobs) or names[index + 1] != names[index]:
                    print(table.line(names[index]), file=sys.stderr, flush=True)
        self.failed = self.failed or bool(table.problems)
