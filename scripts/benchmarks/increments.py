"""The part `increments` of scripts/bench: what one round costs when little has changed, beside
rsync in batch mode, restic, and tar of the changed files."""

import os
import re
import shutil
import statistics
import subprocess
import time

from benchmarks.publish import large_suite

NEEDED = {"rsync": "rsync", "restic": "restic", "strace": "strace"}
# What the issue of increments asks for.
PLAN, UNCHANGED, MEMORY, COPYING, BYTES, LINE = 1.0, 0.5, 150, 1.5, 1.01, 60


class IncrementBench:
    """The plan alone, and a whole round with real packages."""

    def __init__(self, bench, run, report, fail):
        for command, package in NEEDED.items():
            if not shutil.which(command):
                fail(f"{command} is missing: apt-get install {package}")
        self.bench, self.run, self.report, self.fail = bench, run, report, fail
        self.runs = bench.options.runs

    def ferry(self, *words):
        return self.bench.ferry(*words)

    @staticmethod
    def median(taken):
        return statistics.median(run.seconds for run in taken)

    @staticmethod
    def say(text, good, limit):
        """One line with a limit, and whether it was met."""
        print(f"{text} (<= {limit})  {'met' if good else 'MISSED'}", flush=True)

    def measure(self):
        self.planning()
        self.round()

    # The plan alone.

    def pair(self, tree, name):
        """An exporter, and a site of which it has a receipt; what the tree has has arrived."""
        outside, _ = self.bench.outside(tree, f"outside-{name}")
        inside = self.bench.inside(outside, f"inside-{name}")
        self.trust(outside, inside)
        medium = self.bench.fresh("medium")
        self.ferry(outside, "export", "bench", "--to", medium, "--site", inside.name)
        self.ferry(inside, "import", medium)
        self.acknowledge(outside, inside)
        shutil.rmtree(medium)
        return outside, inside

    def trust(self, outside, inside):
        """Pins the key of the site inside at the exporter."""
        key = self.bench.work / "site.asc"
        self.ferry(inside, "key", "export", key)
        text = subprocess.run([self.bench.program, "key", "show", "--json", "--depot", inside],
                              text=True, check=True, capture_output=True).stdout
        self.ferry(outside, "trust", "add", key, "--role", "site", "--name", inside.name,
                   "--fingerprint", re.search(r"[0-9A-F]{40}", text)[0])

    def acknowledge(self, outside, inside):
        """Carries a receipt out: both measured commands, and the receipt's size."""
        receipt = self.bench.work / "receipt"
        receipt.unlink(missing_ok=True)
        made = self.ferry(inside, "receipt", "create", "--to", receipt)
        added = self.ferry(outside, "receipt", "add", receipt)
        return made, added, receipt.stat().st_size

    def plan(self, outside, snapshot, site):
        """Dry runs of an export for one site."""
        taken = []
        medium = self.bench.fresh("medium")
        for index in range(self.runs + 1):
            run = self.ferry(outside, "export", snapshot, "--to", medium, "--site", site,
                             "--dry-run")
            if index > 0:
                taken.append(run)
        return taken

    def told(self, name, taken, limit):
        """Time and peak memory of some runs, each with its limit."""
        self.say(f"{name}: {self.median(taken):.2f} s", self.median(taken) <= limit, f"{limit} s")
        memory = max(run.memory for run in taken)
        self.say(f"{name}: {memory:.0f} MiB", memory <= MEMORY, f"{MEMORY} MiB")

    def planning(self):
        """How long it takes to know what must be carried."""
        count = self.bench.options.packages
        first = large_suite(self.bench, count, False)
        second = large_suite(self.bench, count, True)
        print(f"\n{count} packages, 500 changed; medians of {self.runs}; whole processes")
        outside, inside = self.pair(first, "plan")
        self.ferry(outside, "snapshot", "create", "changed", "--tree", second, "--suite", "bench")
        self.told("plan of the increment", self.plan(outside, "changed", inside.name), PLAN)
        self.told("plan with nothing changed", self.plan(outside, "bench", inside.name), UNCHANGED)
        for depot in [outside, inside]:
            shutil.rmtree(depot)
        outside, inside = self.pair(self.bench.small_files(200_000), "receipt")
        # As if the exporter had no list of what the site has, only the receipt's inventory.
        self.ferry(outside, "snapshot", "create", "again", "--tree",
                   self.bench.small_files(200_000), "--suite", "bench")
        made, added, size = self.acknowledge(outside, inside)
        print(f"receipt of 200000 objects: {size / 200_000:.2f} bytes an object, made in "
              f"{made.seconds:.2f} s with {made.memory:.0f} MiB, added in {added.seconds:.2f} s "
              f"with {added.memory:.0f} MiB")
        self.told("plan with a receipt of 200000 objects",
                  self.plan(outside, "again", inside.name), PLAN)
        for depot in [outside, inside]:
            shutil.rmtree(depot)

    # A whole round with real packages.

    def trees(self):
        """The real packages, and a state before in which every tenth of them was not there yet."""
        after = self.bench.packages()
        before = self.bench.data / "tree-before"
        if (before / "dists/bench/InRelease").exists():
            return before, after
        shutil.rmtree(before, ignore_errors=True)
        (before / "pool").mkdir(parents=True)
        for number, path in enumerate(sorted((after / "pool").iterdir())):
            if number % 10:
                os.link(path, before / "pool" / path.name)
        index = before / "dists/bench/main/binary-amd64"
        index.mkdir(parents=True)
        packages = subprocess.run(["apt-ftparchive", "packages", "pool"], cwd=before, check=True,
                                  capture_output=True).stdout
        (index / "Packages").write_bytes(packages)
        subprocess.run(["xz", "-k", index / "Packages"], check=True)
        self.bench.sign(before)
        # The state after it must not be older: an import refuses that.
        time.sleep(1)
        (after / "dists/bench/InRelease").unlink()
        self.bench.sign(after)
        return before, after

    @staticmethod
    def files(tree):
        """The size of each file below a directory."""
        return {path.relative_to(tree): path.stat().st_size
                for path in sorted(tree.rglob("*")) if path.is_file()}

    def round(self):
        """One increment out and in by each of the programs, in turn."""
        before, after = self.trees()
        outside, inside = self.pair(before, "round")
        self.ferry(outside, "snapshot", "create", "after", "--tree", after, "--suite", "bench")
        old, new = self.files(before), self.files(after)
        changed = [path for path in new if path not in old or not path.parts[0] == "pool"]
        size = sum(new[path] for path in changed)
        listing = self.bench.work / "changed"
        listing.write_text("".join(f"{path}\n" for path in changed))
        print(f"\n{len(new)} files, {sum(new.values()) / 1e9:.2f} GB; {len(changed)} changed, "
              f"{size / 1e9:.3f} GB; medians of {self.runs}, in turn; whole processes")
        template = self.bench.work / "inside-template"
        shutil.rmtree(template, ignore_errors=True)
        inside.rename(template)
        names = ["ours out", "ours in", "copy out", "copy in", "tar out", "tar in", "rsync out",
                 "rsync in", "restic out", "restic in"]
        taken = {name: [] for name in names}
        carried = {}
        restic = self.restic(before)
        for index in range(self.runs + 1):
            one = {}
            self.ours(one, carried, outside, template)
            self.copied(one, carried, after, listing, template)
            self.tarred(one, carried, after, listing)
            self.rsynced(one, carried, before, after)
            self.resticked(one, carried, restic, after)
            for name in names:
                if index > 0:
                    taken[name].append(one[name])
        self.compare(taken, carried, size, len(new))
        self.untouched(outside, template)

    def carry(self, carried, name, place):
        """Notes how many bytes lie on a medium."""
        carried[name] = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())

    def ours(self, one, carried, outside, template):
        """One round of aptferry."""
        # Two gigabytes are written before each of the four that are compared: pages that the kernel
        # has at hand are several times faster than those that it has to look for.
        self.inside(template)
        medium = self.bench.fresh("medium")
        one["ours out"] = self.ferry(outside, "export", "after", "--to", medium, "--site",
                                     "inside-round")
        self.carry(carried, "ours", medium)
        one["ours in"] = self.ferry(self.inside(template), "import", medium)

    def inside(self, template):
        """The depot inside as it was before; what it takes is in no run's time."""
        depot = self.bench.work / "inside"
        shutil.rmtree(depot, ignore_errors=True)
        subprocess.run(["cp", "-a", template, depot], check=True)
        os.sync()
        return depot

    def copied(self, one, carried, after, listing, template):
        """One round of cp."""
        self.inside(template)
        medium, target = self.bench.fresh("medium-copy"), self.bench.fresh("copy")
        one["copy out"] = self.run(
            f"cd '{after}' && xargs -d '\\n' cp --parents -t '{medium}' < '{listing}' && sync")
        self.carry(carried, "copy", medium)
        self.inside(template)
        one["copy in"] = self.run(f"cp -r '{medium}/.' '{target}/' && sync")

    def tarred(self, one, carried, after, listing):
        """One round of tar and sha256sum."""
        medium, target = self.bench.fresh("medium-tar"), self.bench.fresh("untarred")
        one["tar out"] = self.run(
            f"tar -C '{after}' -cf '{medium}/part.tar' -T '{listing}' && cd '{medium}' && "
            "sha256sum part.tar > SUMS && sync")
        self.carry(carried, "tar", medium)
        one["tar in"] = self.run(
            f"cd '{medium}' && sha256sum --quiet -c SUMS && tar -xf part.tar -C '{target}' && sync")

    def rsynced(self, one, carried, before, after):
        """One round of rsync in batch mode."""
        medium = self.bench.fresh("medium-rsync")
        target = self.bench.work / "rsynced"
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-al", before, target], check=True)
        os.sync()
        # Times differ in both trees, so that only contents can say what changed.
        one["rsync out"] = self.run(
            f"rsync -a --checksum --only-write-batch='{medium}/batch' '{after}/' '{target}/' && "
            "sync")
        self.carry(carried, "rsync", medium)
        one["rsync in"] = self.run(
            f"rsync -a --checksum --read-batch='{medium}/batch' '{target}/' && sync")

    RESTIC = "RESTIC_PASSWORD=bench RESTIC_CACHE_DIR={cache} restic --quiet"

    def restic(self, before):
        """A repository that has the state before, kept by both sides."""
        place = self.bench.fresh("restic-template")
        self.words = self.RESTIC.format(cache=self.bench.fresh("restic-cache"))
        for words in ["init", "backup ."]:
            self.run(f"cd '{before}' && {self.words} -r '{place}' {words}")
        return place

    def resticked(self, one, carried, template, after):
        """One round of restic."""
        outside = self.bench.work / "restic-outside"
        inside = self.bench.work / "restic-inside"
        target = self.bench.fresh("restored")
        for place in [outside, inside]:
            shutil.rmtree(place, ignore_errors=True)
            subprocess.run(["cp", "-al", template, place], check=True)
        known = set(self.files(inside))
        medium = self.bench.fresh("medium-restic")
        os.sync()
        one["restic out"] = self.run(f"cd '{after}' && {self.words} -r '{outside}' backup . && "
                                     "sync")
        news = [path for path in self.files(outside) if path not in known]
        for path in news:
            (medium / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(outside / path, medium / path)
        self.carry(carried, "restic", medium)
        one["restic in"] = self.run(
            f"cp -r '{medium}/.' '{inside}/' && {self.words} -r '{inside}' restore latest "
            f"--target '{target}' && sync")

    def compare(self, taken, carried, size, count):
        """Limits, and the table of all programs."""
        limit = BYTES * size + LINE * count
        self.say(f"bytes carried: {carried['ours'] / 1e6:.2f} MB, {carried['ours'] / size:.4f} "
                 f"of the changed files", carried["ours"] <= limit, f"{limit / 1e6:.2f} MB")
        for step, theirs in [("export", "out"), ("import", "in")]:
            self.report(f"{step} of the increment", taken[f"ours {theirs}"],
                        taken[f"copy {theirs}"], COPYING, "cp of the changed files; sync")
        print("\n| | out | in | carried | peak memory |\n|---|---|---|---|---|")
        for name in ["ours", "copy", "tar", "rsync", "restic"]:
            out, back = taken[f"{name} out"], taken[f"{name} in"]
            memory = max(run.memory for run in out + back)
            print(f"| {name} | {self.median(out):.2f} s | {self.median(back):.2f} s | "
                  f"{carried[name] / 1e6:.1f} MB | {memory:.0f} MiB |")

    def untouched(self, outside, template):
        """Which objects of before an import opens, links or renames: none should be."""
        depot = self.inside(template)
        known = {path.name for path in (depot / "objects").rglob("*") if path.is_file()}
        trace = self.bench.work / "trace"
        subprocess.run(
            ["strace", "-f", "-qq", "-o", trace, "-e",
             "trace=openat,linkat,renameat2,unlinkat,fchmodat", self.bench.program, "import",
             self.bench.work / "medium", "--depot", depot, "--quiet"], check=True,
            stdout=subprocess.DEVNULL)
        touched = set(re.findall(r"[0-9a-f]{64}", trace.read_text())) & known
        print(f"earlier objects that the import opened, linked or removed: {len(touched)} of "
              f"{len(known)}")
