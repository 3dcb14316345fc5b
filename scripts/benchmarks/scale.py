"""Growing numbers of small files."""

import shutil

from benchmarks.measuring import Run


class ScaleBench:
    """Memory and time of each step of the main job."""

    def __init__(self, bench):
        self.bench = bench

    def measure(self):
        """Each step for growing numbers of small files: peak memory, and time for each file."""
        print("\nsmall files (limit: 150 MB; time for each file as with few)")
        for count in self.bench.options.files:
            tree = self.bench.small_files(count)
            outside, freeze = self.bench.outside(tree, f"outside-{count}")
            medium = self.bench.fresh(f"medium-{count}")
            planned = self.bench.ferry(outside, "export", "bench", "--to", medium, "--dry-run")
            exported = self.bench.ferry(outside, "export", "bench", "--to", medium)
            inside = self.bench.inside(outside, f"inside-{count}")
            verified = Run([self.bench.program, "verify", str(medium), "--keyring",
                            str(self.bench.work / "exporter.asc"), "--quiet"])
            imported = self.bench.ferry(inside, "import", medium)
            published = self.bench.ferry(inside, "publish", "bench", "--at", "debian")
            for name, run in [("snapshot create", freeze), ("export, plan", planned),
                              ("export", exported), ("verify", verified), ("import", imported),
                              ("publish", published)]:
                verdict = "" if run.memory * 1.048576 <= 150 else "  MISSED: limit 150 MB"
                print(f"  {count:>9,} files: {name:<16} {run.memory * 1.048576:6.0f} MB "
                      f"{run.seconds:8.2f} s  {run.cpu:8.2f} s CPU "
                      f"{1e6 * run.seconds / count:7.1f} us/file{verdict}", flush=True)
            for place in [outside, inside, medium]:
                shutil.rmtree(place)
