"""The part `composing` of scripts/bench: filters, merges and verdicts of a real suite, beside aptly and
`xz -T2` of the same text.

The stanzas, descriptions and lists of files are those of the host's own archive; the packages have no
content, so that their files are small."""

import functools
import hashlib
import http.server
import os
import random
import re
import shutil
import statistics
import subprocess
import threading
from pathlib import Path

NEEDED = {"aptly": "aptly", "xz": "xz-utils"}
ROOTS, CHANGED, LIMIT_MB = 50, 2000, 150
# In seconds, and as a ratio.
FILTER, MERGE, VERIFY, OF_XZ = 0.6, 1.0, 3.0, 1.2
COMPANIONS = ["i18n/Translation-en.xz", "Contents-amd64.gz", "Contents-all.gz"]


def index_of_host(fail):
    """The text of the largest index that the host's own apt has, and where its suite lies."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(FILENAME) $(REPO_URI)dists/$(RELEASE)/$(COMPONENT)",
         "Created-By: Packages"], check=True, capture_output=True, text=True).stdout
    found = [line.split(" ") for line in listing.splitlines() if os.path.exists(line.split(" ")[0])]
    if not found:
        fail("this host's apt has no lists: apt-get update")
    path, place = max(found, key=lambda line: os.stat(line[0]).st_size)
    text = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], check=True,
                          capture_output=True).stdout.decode()
    return text, place


def real_suite(bench, fail, changed):
    """The stanzas of the host's suite over small files; some of them in a newer version."""
    tree = bench.data / f"real-{'changed' if changed else 'first'}"
    if (tree / "dists/bench/InRelease").exists():
        return tree
    shutil.rmtree(tree, ignore_errors=True)
    index = tree / "dists/bench/main/binary-amd64"
    index.mkdir(parents=True)
    text, place = index_of_host(fail)
    stanzas = [stanza for stanza in text.split("\n\n") if stanza.strip()]
    chosen = set(random.Random(15).sample(range(len(stanzas)), CHANGED))
    with open(index / "Packages", "w", encoding="utf-8") as packages:
        for number, stanza in enumerate(stanzas):
            if changed:
                if number not in chosen:
                    continue
                stanza = re.sub(r"^(Version: .*)$", r"\1+bench1", stanza, flags=re.M)
                stanza = re.sub(r"^(Filename: .*)\.deb$", r"\1+bench1.deb", stanza, flags=re.M)
            path = re.search(r"^Filename: (.*)$", stanza, re.M)[1]
            content = (path + "\n").encode()
            stanza = re.sub(r"^MD5sum: .*\n", "", stanza, flags=re.M)
            stanza = re.sub(r"^Size: .*$", f"Size: {len(content)}", stanza, flags=re.M)
            digest = hashlib.sha256(content).hexdigest()
            stanza = re.sub(r"^SHA256: .*$", f"SHA256: {digest}", stanza, flags=re.M)
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content)
            packages.write(stanza.strip("\n") + "\n\n")
    subprocess.run(["xz", "-k", "-T2", index / "Packages"], check=True)
    if not changed:
        for path in COMPANIONS:
            add_companion(tree / "dists/bench/main" / path, f"{place}/{path}")
    bench.sign(tree)
    return tree


def add_companion(path, address):
    """One index of the host's archive, with its plain form, which Release has to list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["/usr/lib/apt/apt-helper", "download-file", address, path], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    unpack = {".xz": "xz", ".gz": "gzip"}[path.suffix]
    subprocess.run([unpack, "-dk", path], check=True)


class Served:
    """A directory, served on this machine for a while."""

    def __init__(self, directory):
        handler = functools.partial(Quiet, directory=str(directory))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Connections stay open, and nothing is said of requests."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


class ComposingBench:
    """What composing costs: whole processes on a depot that has the suites as snapshots."""

    def __init__(self, bench, run, fail):
        for command, package in NEEDED.items():
            if not shutil.which(command):
                fail(f"{command} is missing: apt-get install {package}")
        self.bench, self.run, self.fail = bench, run, fail
        self.rows = []

    def ferry(self, *words):
        return self.bench.ferry(self.depot, *words)

    def measure(self):
        first = real_suite(self.bench, self.fail, False)
        second = real_suite(self.bench, self.fail, True)
        self.depot, _ = self.bench.outside(first, "composer")
        self.ferry("snapshot", "create", "changed", "--tree", second, "--suite", "bench")
        # A suite of which nothing but packages is known.
        bare = self.without_companions(first)
        self.ferry("snapshot", "create", "bare", "--tree", bare, "--suite", "bench")
        index = (first / "dists/bench/main/binary-amd64/Packages").read_text(encoding="utf-8")
        names = sorted(set(re.findall(r"^Package: (\S+)$", index, re.M)))
        roots = random.Random(15).sample(names, ROOTS)
        print(f"\ncomposing {len(names)} names; medians of {self.bench.options.runs}; whole processes")
        self.fill_aptly(bare, second)
        self.filters(roots)
        self.merges()
        self.verdicts()
        self.whole(bare)
        print("\n| | seconds | CPU | MiB | beside it | seconds | limit | |\n|---|---|---|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")

    def without_companions(self, first):
        tree = self.bench.data / "real-bare"
        if not (tree / "dists/bench/InRelease").exists():
            shutil.rmtree(tree, ignore_errors=True)
            tree.mkdir()
            subprocess.run(["cp", "-al", first / "pool", tree / "pool"], check=True)
            index = Path("dists/bench/main/binary-amd64")
            (tree / index).mkdir(parents=True)
            for name in ["Packages", "Packages.xz"]:
                os.link(first / index / name, tree / index / name)
            self.bench.sign(tree)
        return tree

    def composed(self, command, *words, sources, more=()):
        """One composition, which is made anew each time."""
        run = self.ferry("snapshot", command, *(["new", *sources] if command == "merge" else [*sources, "new"]),
                         *words, *more)
        self.ferry("snapshot", "remove", "--yes", "new")
        return run

    def several(self, ours, theirs=None):
        """Ours and theirs in turn, without the first, warming runs."""
        taken, others = [], []
        for number in range(self.bench.options.runs + 1):
            one, other = ours(), theirs() if theirs else None
            if number > 0:
                taken.append(one)
                others.append(other)
        return taken, others

    def filters(self, roots):
        for name, source in [("filter", "bare"), ("filter, with descriptions and files", "bench")]:
            def ours(source=source):
                return self.composed("filter", *roots, sources=[source], more=["--with-deps"])

            def theirs():
                run = self.aptly("snapshot", "filter", "-with-deps", "first", "new", " | ".join(roots))
                self.aptly("snapshot", "drop", "new")
                return run
            taken, others = self.several(ours, theirs if source == "bare" else None)
            self.row(f"{name} of {ROOTS} roots with dependencies", taken,
                     "`aptly snapshot filter -with-deps`", others,
                     FILTER if source == "bare" else None)

    def merges(self):
        for form, limit in [("none", MERGE), ("zst", None), ("xz", None)]:
            def ours(form=form):
                return self.composed("merge", "--latest", sources=["bare", "changed"],
                                     more=["--compression", form])

            def theirs():
                run = self.aptly("snapshot", "merge", "-latest", "new", "first", "second")
                self.aptly("snapshot", "drop", "new")
                return run
            taken, others = self.several(ours, theirs if form == "none" else None)
            self.row(f"merge of two suites, {form}", taken, "`aptly snapshot merge`", others, limit)

    def verdicts(self):
        taken, _ = self.several(lambda: self.verify("bare"))
        self.row("verify of the whole suite", taken, "", [None], VERIFY)

    def verify(self, name):
        """Its status is another when something cannot be installed, as in each real suite."""
        words = [self.bench.program, "snapshot", "verify", name, "--depot", self.depot, "--quiet"]
        return self.run("; ".join([" ".join(map(str, words)) + " >/dev/null", "test $? -le 19"]))

    def whole(self, bare):
        """All indexes of a suite, beside the compressor alone with the same text."""
        plain = bare / "dists/bench/main/binary-amd64/Packages"

        def ours():
            return self.composed("merge", sources=["bare"], more=["--compression", "xz"])

        taken, others = self.several(ours, lambda: self.run(f"xz -T2 -c {plain} >/dev/null"))
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(taken, others))
        self.row("the whole suite's index, xz", taken, "`xz -T2`", others, None,
                 f"{ratio:.2f} <= {OF_XZ}", ratio <= OF_XZ)
        taken, _ = self.several(lambda: self.composed(
            "merge", sources=["bench"], more=["--compression", "zst"]))
        self.row("the whole suite with descriptions and files, zst", taken, "", [None], None)

    # aptly.

    def aptly(self, *words):
        return self.run(["aptly", f"-config={self.place}/aptly.conf", *words])

    def fill_aptly(self, first, second):
        self.place = self.bench.fresh("aptly")
        (self.place / "aptly.conf").write_text(
            f'{{"rootDir": "{self.place}", "architectures": ["amd64"]}}')
        # It fetches by HTTP only.
        with Served(self.bench.data) as address:
            for name, tree in [("first", first), ("second", second)]:
                self.aptly("mirror", "create", "-ignore-signatures", name, f"{address}/{tree.name}",
                           "bench", "main")
                self.aptly("mirror", "update", "-ignore-signatures", name)
                self.aptly("snapshot", "create", name, "from", "mirror", name)

    # Rows.

    def row(self, name, ours, other_name, others, limit, ratio="", good=True):
        seconds = statistics.median(run.seconds for run in ours)
        memory = max(run.memory for run in ours)
        beside = [run.seconds for run in others if run]
        good = good and (limit is None or seconds <= limit) and (memory <= LIMIT_MB)
        self.rows.append([
            name, f"{seconds:.2f}", f"{statistics.median(run.cpu for run in ours):.2f}", f"{memory:.0f}",
            other_name if beside else "", f"{statistics.median(beside):.2f}" if beside else "",
            ratio or (f"<= {limit} s" if limit else ""), "met" if good else "**missed**"])
        print(" | ".join(self.rows[-1]), flush=True)
