"""What came out of a kind of fault."""

import collections
import sys
import threading


class Table:
    """What came out, and everything that went wrong."""

    def __init__(self):
        self.rows = collections.OrderedDict()
        self.problems = []
        self.lock = threading.Lock()

    def add(self, row, *columns):
        """Counts one in each of these columns of a command."""
        with self.lock:
            counter = self.rows.setdefault(row, collections.Counter())
            for column in columns:
                counter[column] += 1

    def problem(self, row, what, text):
        """Notes what went wrong and says it at once; its first word decides the column."""
        kind = "torn" if text.startswith("torn") else "not converged" if text.startswith(
            "not converged") else "wrong"
        self.add(row, kind)
        with self.lock:
            self.problems.append(f"{row}: {what}\n    {text}")
            print(f"PROBLEM {row}: {what}\n    {text[:1500]}", file=sys.stderr, flush=True)

    def line(self, row):
        """What is known of a command so far, for whoever waits."""
        counts = ", ".join(f"{count} {column}" for column, count in sorted(
            self.rows.get(row, {}).items(), key=lambda pair: pair[0] != "points"))
        return f"{row}: {counts}"

    def show(self, title, columns):
        print(f"\n{title}")
        print("  " + "command".ljust(22) + "".join(column.rjust(15) for column in columns))
        total = collections.Counter()
        for row, counter in self.rows.items():
            print("  " + row.ljust(22) + "".join(str(counter[c]).rjust(15) for c in columns))
            total += counter
        print("  " + "all".ljust(22) + "".join(str(total[c]).rjust(15) for c in columns), flush=True)
