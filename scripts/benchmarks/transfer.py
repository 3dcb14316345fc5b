"""The main job against plain copies and against what people do today."""

import os
import shutil
import statistics
import subprocess
import threading
import time

from benchmarks.measuring import Run, pairs, report


class TransferBench:
    """Export, verify, import and publish of real packages, beside what else does the same."""

    def __init__(self, bench):
        self.bench = bench
        self.runs_made = 0

    def measure(self):
        """The main job, each step in turn with what it is compared with."""
        tree = self.bench.packages()
        files = sum(len(names) for _, _, names in os.walk(tree))
        size = sum(os.path.getsize(os.path.join(folder, name))
                   for folder, _, names in os.walk(tree) for name in names)
        print(f"\n{files} files, {size / 1e9:.2f} GB; medians of {self.bench.options.runs}, warm cache")
        runs = self.bench.options.runs
        copy = lambda: self.copy(tree)
        outside, _ = self.bench.outside(tree, "outside")
        frozen, copied = pairs(runs, lambda: self.freeze(tree), copy)
        report("snapshot create", frozen, copied, 1.5, "cp -r; sync")

        exported, copied = pairs(runs, lambda: self.export(outside), copy)
        report("export", exported, copied, 1.25, "cp -r; sync")
        today, _ = self.today(tree, runs)
        report("export", exported, today, 3, "tar|split; sha256sum; gpg; sync", at_least=True)

        medium = self.bench.fresh("medium")
        self.bench.ferry(outside, "export", "bench", "--to", medium)
        bundle = next(medium.iterdir())
        key = self.bench.work / "exporter.asc"
        inside = self.bench.inside(outside, "inside")
        template = self.bench.work / "inside-template"
        inside.rename(template)

        verified, summed = pairs(
            runs,
            lambda: Run([self.bench.program, "verify", str(medium), "--keyring", str(key), "--quiet"]),
            lambda: Run("sha256sum chunks/*", cwd=bundle))
        report("verify", verified, summed, 0.25, "sha256sum chunks/*")

        imported, copied = pairs(runs, lambda: self.take_in(template, medium), copy)
        report("import, durable", imported, copied, 1.25, "cp -r; sync")
        unpacked = self.unpack_today(runs)
        report("import, durable", imported, unpacked, 5, "gpg; sha256sum -c; cat|tar x; sync",
               at_least=True)

        depot = self.bench.work / "inside"
        published, linked = pairs(
            runs, lambda: self.publish(depot), lambda: self.link(tree))
        report("publish", published, linked, 1.5, "cp -al")

        print("\npeak memory (limit 150 MB):")
        for name, taken in [("snapshot create", frozen), ("export", exported),
                            ("verify", verified), ("import", imported), ("publish", published)]:
            print(f"  {name:<16} {max(run.memory for run in taken):6.0f} MiB, "
                  f"{statistics.median(run.cpu for run in taken):.2f} s CPU")
        self.disk(template, medium, size)

    def copy(self, tree):
        target = self.bench.fresh("copy")
        return Run(f"cp -r '{tree}' '{target}/' && sync")

    def freeze(self, tree):
        name = f"frozen-{self.runs_made}"
        self.runs_made += 1
        depot, run = self.bench.outside(tree, name)
        # Not removed before the end: ext4 goes round inodes that were freed in the last minute, at
        # the expense of whoever makes files next.
        return run

    def export(self, depot):
        medium = self.bench.fresh("medium")
        # A sequence of its own for each run: the ledger only goes forward.
        return self.bench.ferry(depot, "export", "bench", "--to", medium)

    def take_in(self, template, medium):
        """An import into a copy of a depot that has nothing yet."""
        depot = self.bench.work / "inside"
        if depot.exists():
            depot.rename(self.bench.work / f"imported-{self.runs_made}")
            self.runs_made += 1
        shutil.copytree(template, depot)
        os.sync()
        return self.bench.ferry(depot, "import", medium)

    def publish(self, depot):
        self.unpublish(depot)
        return self.bench.ferry(depot, "publish", "bench", "--at", "debian")

    def unpublish(self, depot):
        """Back to a depot that never published: what is measured is the first generation."""
        subprocess.run(["sqlite3", depot / "catalogue.sqlite",
                        "PRAGMA foreign_keys = ON; DELETE FROM generation;"], check=True)
        shutil.rmtree(depot / "public")
        (depot / "public").mkdir(mode=0o755)
        os.sync()

    def link(self, tree):
        target = self.bench.fresh("links")
        return Run(["cp", "-al", str(tree), str(target) + "/"])

    def today(self, tree, runs):
        """What people do: tar in pieces, checksums, a signature."""
        taken = []
        for index in range(runs + 1):
            target = self.bench.fresh("today")
            run = Run(
                f"tar -C '{tree}' -cf - . | split -b 1G - '{target}/part.' && cd '{target}' && "
                f"sha256sum part.* > SUMS && gpg --homedir '{self.bench.home}' --batch --quiet --armor "
                f"--detach-sign SUMS && sync")
            if index > 0:
                taken.append(run)
        return taken, self.bench.work / "today"

    def unpack_today(self, runs):
        """What people do inside: signature, checksums, tar."""
        taken = []
        for index in range(runs + 1):
            target = self.bench.fresh("unpacked")
            run = Run(
                f"cd '{self.bench.work}/today' && gpg --homedir '{self.bench.home}' --batch --quiet --verify "
                f"SUMS.asc SUMS && sha256sum --quiet -c SUMS && cat part.* | tar -xf - -C '{target}'"
                " && sync")
            if index > 0:
                taken.append(run)
        return taken

    def disk(self, template, medium, size):
        """The largest that the depot ever is during an import, beside the bytes it takes in."""
        depot = self.bench.work / "inside"
        shutil.rmtree(depot, ignore_errors=True)
        shutil.copytree(template, depot)
        os.sync()
        before = os.statvfs(depot)
        peak, stop = [0], threading.Event()

        def watch():
            while not stop.is_set():
                now = os.statvfs(depot)
                peak[0] = max(peak[0], (before.f_bfree - now.f_bfree) * now.f_frsize)
                time.sleep(0.02)

        watcher = threading.Thread(target=watch)
        watcher.start()
        self.bench.ferry(depot, "import", medium)
        stop.set()
        watcher.join()
        print(f"\ndisk: the import used at most {peak[0] / 1e9:.3f} GB of the file system for "
              f"{size / 1e9:.3f} GB new bytes: {100 * (peak[0] / size - 1):+.1f} % (limit: 2 % and "
              "one chunk)")
