"""The part `publish` of scripts/bench: publishing a large suite, a changed one and the same one
again, against `cp -al` of the tree and against aptly and reprepro with the same packages."""

import hashlib
import os
import shutil
import statistics
import subprocess
import time

from debian.deb_file import archive, deb

NEEDED = {"aptly": "aptly", "reprepro": "reprepro"}
CHANGED = 500
# What the issue of publishing asks for.
OF_COPY, SECONDS, SIGNING, MEMORY = 1.5, 3.0, 0.2, 150


DATA = archive([])


def large_suite(bench, count, changed):
    """Real packages without content, two of each source; some of them in another version."""
    tree = bench.data / f"suite-{count}-{'changed' if changed else 'first'}"
    if (tree / "dists/bench/InRelease").exists():
        return tree
    shutil.rmtree(tree, ignore_errors=True)
    index = tree / "dists/bench/main/binary-amd64"
    index.mkdir(parents=True)
    step = max(1, count // CHANGED)
    with open(index / "Packages", "w", encoding="ascii") as packages:
        for number in range(count):
            version = "2.0-1" if changed and number % step == 0 else "1.0-1"
            name, source = f"package-{number:06d}", f"source-{number // 2:06d}"
            fields = (f"Package: {name}\nSource: {source}\nVersion: {version}\n"
                      "Architecture: amd64\nMaintainer: bench <bench@example.org>\n"
                      f"Installed-Size: 1\nSection: misc\nPriority: optional\n"
                      f"Description: package {number} of a large suite\n")
            content = deb(fields.encode(), DATA)
            path = f"pool/main/{source[-2:]}/{source}/{name}_{version}_amd64.deb"
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            head, description = fields.rsplit("Description:", 1)
            packages.write(
                f"{head}Filename: {path}\nSize: {len(content)}\n"
                f"SHA256: {hashlib.sha256(content).hexdigest()}\nDescription:{description}\n")
    subprocess.run(["xz", "-k", "-1", index / "Packages"], check=True)
    subprocess.run(["gzip", "-k", "-1", "-n", index / "Packages"], check=True)
    bench.sign(tree)
    return tree


class PublishBench:
    """Generations of a large suite: first, changed, unchanged, signed anew."""

    def __init__(self, bench, run, report, fail):
        for command, package in NEEDED.items():
            if not shutil.which(command):
                fail(f"{command} is missing: apt-get install {package}")
        self.bench, self.run, self.report, self.fail = bench, run, report, fail
        self.count = bench.options.packages
        self.peers = min(bench.options.peer_packages, self.count)
        self.rows = []

    # Ours.

    def ferry(self, *words):
        return self.bench.ferry(self.depot, *words)

    def publish(self, snapshot, *more):
        return self.ferry("publish", snapshot, "--at", "bench", *more)

    def remove(self):
        """Removes the publication, so that the next one is the first again."""
        self.ferry("publication", "remove", "--yes", "bench", "--reason", "bench")
        os.sync()

    def measure(self):
        runs = self.bench.options.runs
        first = large_suite(self.bench, self.count, False)
        second = large_suite(self.bench, self.count, True)
        self.depot, freeze = self.bench.outside(first, "publisher")
        self.ferry("snapshot", "create", "changed", "--tree", second, "--suite", "bench")
        print(f"\n{self.count} packages; medians of {runs}, in turn, warm cache; whole processes")
        names = ["first", "copy", "changed", "again", "resigned", "changed resigned"]
        taken = {name: [] for name in names}
        for index in range(runs + 1):
            one = {"first": self.publish("bench", "--mode", "verbatim")}
            one["copy"] = self.copy(first)
            one["changed"] = self.publish("changed")
            one["again"] = self.publish("changed")
            self.remove()
            one["resigned"] = self.publish("bench", "--mode", "resigned")
            one["changed resigned"] = self.publish("changed")
            self.remove()
            for name, run in one.items():
                if index > 0:
                    taken[name].append(run)
        self.ours(taken)
        self.others()
        print("\n| | seconds | beside it | seconds | ratio | limit | |\n|---|---|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")

    def ours(self, taken):
        """What was measured of this program, against its limits."""
        self.report("publish, first generation", taken["first"], taken["copy"], OF_COPY, "cp -al")
        self.row("publish, first generation", taken["first"], "`cp -al`", taken["copy"], OF_COPY)
        own = self.median(taken["first"])
        self.say(f"publish, first generation: {own:.2f} s", own <= SECONDS, f"{SECONDS} s")
        # Only the indexes and the pool's 500 files are new.
        self.report(f"publish, {CHANGED} packages changed", taken["changed"], taken["first"], 0.5,
                    "the first generation")
        self.row(f"publish, {CHANGED} packages changed", taken["changed"], "the first generation",
                 taken["first"], 0.5)
        self.row("publish, nothing changed", taken["again"], "", [], None)
        self.row("publish resigned, first generation", taken["resigned"], "verbatim",
                 taken["first"], None)
        name = f"publish resigned, {CHANGED} packages changed"
        self.row(name, taken["changed resigned"], "verbatim", taken["changed"], None)
        signing = self.median(taken["changed resigned"]) - self.median(taken["changed"])
        self.say(f"composing and signing Release: {signing:.2f} s", signing <= SIGNING,
                 f"{SIGNING} s")
        memory = max(run.memory for name in taken if name != "copy" for run in taken[name])
        self.say(f"peak memory: {memory:.0f} MiB", memory <= MEMORY, f"{MEMORY} MiB")
        cpu = statistics.median(run.cpu for run in taken["first"])
        print(f"processor time of the first generation: {cpu:.2f} s")

    def copy(self, tree):
        """A tree of hard links, as `cp -al` makes it."""
        target = self.bench.fresh("links")
        run = self.run(["cp", "-al", str(tree), str(target) + "/"])
        shutil.rmtree(target)
        os.sync()
        return run

    @staticmethod
    def median(taken):
        return statistics.median(run.seconds for run in taken)

    @staticmethod
    def say(text, good, limit):
        """One line with a limit, and whether it was met."""
        print(f"{text} (<= {limit})  {'met' if good else 'MISSED'}", flush=True)

    def row(self, name, ours, other_name, others, limit):
        """One row of the table in the end."""
        if not others:
            self.rows.append([name, f"{self.median(ours):.2f}", "", "", "", "", ""])
            return
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(ours, others))
        verdict = "" if limit is None else "met" if ratio <= limit else "**missed**"
        self.rows.append([name, f"{self.median(ours):.2f}", other_name,
                          f"{self.median(others):.2f}", f"{ratio:.2f}",
                          "" if limit is None else f"<= {limit}", verdict])

    # Others.

    def others(self):
        """The same change by aptly and reprepro, whose databases are filled before."""
        runs = self.bench.options.runs
        first = large_suite(self.bench, self.peers, False)
        second = large_suite(self.bench, self.peers, True)
        print(f"\n{self.peers} packages, {CHANGED} of them changed, beside aptly and reprepro")
        self.depot, _ = self.bench.outside(first, "publisher-beside")
        self.ferry("snapshot", "create", "changed", "--tree", second, "--suite", "bench")
        self.publish("bench", "--mode", "resigned")
        self.fill_aptly(first, second)
        self.fill_reprepro(first, second)
        ours, aptly, reprepro = [], [], []
        for index in range(2 * ((runs + 1) // 2) + 2):
            # There and back, so that each run changes the same packages.
            name = ["changed", "bench"][index % 2]
            one = [self.publish(name), self.aptly("publish", "switch", *self.APTLY, "bench", name),
                   self.reprepro(name)]
            if index > 1:
                for run, all_runs in zip(one, [ours, aptly, reprepro]):
                    all_runs.append(run)
        for name, label, theirs in [("aptly publish switch", "`aptly publish switch`", aptly),
                                    ("reprepro export", "`reprepro export`", reprepro)]:
            self.report(f"publish, {CHANGED} of {self.peers} changed", ours, theirs, 1.0, name)
            self.row(f"publish resigned, {CHANGED} of {self.peers} changed", ours, label, theirs,
                     1.0)
        for name, theirs in [("ours", ours), ("aptly", aptly), ("reprepro", reprepro)]:
            print(f"peak memory, {name}: {max(run.memory for run in theirs):.0f} MiB")

    # As far as it has them, what is published is what ours has: by-hash, no Contents, no bz2.
    APTLY = ["-batch", "-skip-contents", "-skip-bz2"]

    def aptly(self, *words):
        """One measured aptly command; a publishing one signs with the same key."""
        key = f"-gpg-key={self.bench.fingerprint}"
        signing = [key] if words[0] == "publish" else []
        return self.run(["env", f"GNUPGHOME={self.bench.home}", "aptly",
                         f"-config={self.place}/aptly.conf", *words[:2], *signing, *words[2:]])

    def fill_aptly(self, first, second):
        """Takes both suites into aptly's database."""
        self.place = self.bench.fresh("aptly")
        (self.place / "aptly.conf").write_text(
            f'{{"rootDir": "{self.place}/root", "architectures": ["amd64"]}}')
        began = time.monotonic()
        for name, tree in [("bench", first), ("changed", second)]:
            self.aptly("repo", "create", name)
            self.aptly("repo", "add", name, f"{tree}/pool")
            self.aptly("snapshot", "create", name, "from", "repo", name)
        self.aptly("publish", "snapshot", *self.APTLY, "-acquire-by-hash", "-component=main",
                   "-distribution=bench", "bench")
        print(f"(aptly took {time.monotonic() - began:.0f} s to take the packages in)", flush=True)

    def reprepro(self, name):
        """Two distributions of one base: what is measured writes one of them out anew."""
        return self.run(["env", f"GNUPGHOME={self.bench.home}", "reprepro", "--silent", "-b",
                         str(self.base), "export", name])

    def fill_reprepro(self, first, second):
        """Takes both suites into reprepro's database."""
        self.base = self.bench.fresh("reprepro")
        (self.base / "conf").mkdir()
        (self.base / "conf/distributions").write_text("\n".join(
            f"Codename: {name}\nArchitectures: amd64\nComponents: main\n"
            f"SignWith: {self.bench.fingerprint}\n" for name in ["bench", "changed"]))
        began = time.monotonic()
        for name, tree in [("bench", first), ("changed", second)]:
            debs = sorted(str(path) for path in tree.rglob("*.deb"))
            for start in range(0, len(debs), 2000):
                self.run(["env", f"GNUPGHOME={self.bench.home}", "reprepro", "--silent",
                          "--export=silent-never", "-b", str(self.base), "includedeb", name,
                          *debs[start:start + 2000]])
        print(f"(reprepro took {time.monotonic() - began:.0f} s to take the packages in)",
              flush=True)
