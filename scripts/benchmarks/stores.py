"""The part `s3` of scripts/bench: a publication in a real object store, beside rclone's copy of the
same files into the same store."""

import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
from pathlib import Path

from benchmarks.measuring import Run, fail, report
from debian.deb_file import archive, deb
from store_trial.world import Store

# What the issue of object stores asks for.
OF_RCLONE, CHANGED_SECONDS, UNCHANGED_REQUESTS, MEMORY = 1.3, 3.0, 5, 100
PACKAGES, CHANGED = 2000, 5


def tree_of(bench, changed):
    """2,000 packages of some 2 to 200 kB; with `changed`, five of them in another version."""
    tree = bench.data / f"store-suite-{'changed' if changed else 'first'}"
    if (tree / "dists/bench/InRelease").exists():
        return tree
    shutil.rmtree(tree, ignore_errors=True)
    index = tree / "dists/bench/main/binary-amd64"
    index.mkdir(parents=True)
    chance = random.Random(18)
    with open(index / "Packages", "w", encoding="ascii") as packages:
        for number in range(PACKAGES):
            data = archive([("./cargo", chance.randbytes(chance.randrange(2_000, 200_000)))])
            version = "2.0-1" if changed and number % (PACKAGES // CHANGED) == 0 else "1.0-1"
            name = f"package-{number:04d}"
            fields = (f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
                      "Maintainer: bench <bench@example.org>\nDescription: one of many\n")
            content = deb(fields.encode(), data)
            path = f"pool/main/{name[-2:]}/{name}/{name}_{version}_amd64.deb"
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content)
            packages.write(f"{fields}Filename: {path}\nSize: {len(content)}\n"
                           f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n")
    subprocess.run(["xz", "-k", "-1", index / "Packages"], check=True)
    bench.sign(tree)
    return tree


class StoreBench:
    """First publish, five packages changed, nothing changed; each beside rclone."""

    def __init__(self, bench):
        for program in ("rclone", "curl"):
            if not shutil.which(program):
                fail(f"{program} is missing: apt-get install {program}")
        if not bench.options.store:
            fail("the part s3 wants --store DIR: a store that scripts/s3-lab/s3-start started")
        self.bench = bench
        self.store = Store(bench.options.store)
        os.environ.update({name: value for name, value in self.store.values.items()
                           if name.startswith("AWS_")})
        # rclone takes no authorities of its own from there, and the store here has none.
        os.environ.pop("AWS_CA_BUNDLE", None)
        os.environ.update({"RCLONE_CONFIG_S_TYPE": "s3", "RCLONE_CONFIG_S_PROVIDER": "Ceph",
                           "RCLONE_CONFIG_S_ENV_AUTH": "true", "RCLONE_CONFIG": "/dev/null",
                           "RCLONE_CONFIG_S_ENDPOINT": self.store.endpoint})

    def rclone(self, view, place):
        """A copy of what a publication has, 16 at a time; the pool first, as a reader wants it."""
        return Run(["rclone", "copy", "--copy-links", "--transfers", "16", "--checkers", "16",
                    "--s3-no-check-bucket", str(view), f"s:{self.store.bucket}/{place}"])

    def measure(self):
        first, second = tree_of(self.bench, False), tree_of(self.bench, True)
        depot, _ = self.bench.outside(first, "stores")
        self.bench.ferry(depot, "snapshot", "create", "changed", "--tree", second, "--suite",
                         "bench")
        self.bench.ferry(depot, "target", "create", "s", f"s3://{self.store.bucket}", "--endpoint",
                         self.store.endpoint, "--region", self.store.values["S3_REGION"])
        firsts, copies, changes, changed_copies, again = [], [], [], [], []
        requests = []
        for turn in range(self.bench.options.runs):
            prefix = f"p{turn}"
            self.bench.ferry(depot, "publish", "bench", "--at", prefix, "--mode", "verbatim")
            firsts.append(self.bench.ferry(depot, "publish", "bench", "--at", prefix, "--target",
                                           "s"))
            view = self.view(depot, prefix)
            copies.append(self.rclone(view, f"rclone{turn}"))
            changes.append(self.bench.ferry(depot, "publish", "changed", "--at", prefix))
            changed_copies.append(self.rclone(view, f"rclone{turn}"))
            again.append(self.bench.ferry(depot, "publish", "changed", "--at", prefix))
            told = subprocess.run([self.bench.program, "target", "update", "s", prefix, "--json",
                                   "--depot", depot], check=True, capture_output=True).stdout
            requests.append(json.loads(told)["targets"][0]["requests"])
        print(f"\n{PACKAGES} packages in {self.store.endpoint}; medians of {len(firsts)}, in turn")
        report("first publish to the store", firsts, copies, OF_RCLONE, "rclone copy")
        report(f"{CHANGED} packages changed", changes, changed_copies, 1.0, "rclone copy")
        self.say(f"{CHANGED} packages changed", self.median(changes), CHANGED_SECONDS, "s")
        self.say("nothing changed", self.median(again), CHANGED_SECONDS, "s")
        self.say("requests with nothing changed", max(requests), UNCHANGED_REQUESTS, "")
        self.say("peak memory", max(run.memory for run in firsts + changes), MEMORY, "MiB")
        print(f"rclone's peak memory: {max(run.memory for run in copies):.0f} MiB; processor time of "
              f"the first: {self.median(firsts, 'cpu'):.1f} s, of rclone "
              f"{self.median(copies, 'cpu'):.1f} s")

    def view(self, depot, prefix):
        """A directory of what clients find at the prefix, without the links of the tree itself."""
        view = self.bench.work / f"view-{prefix}"
        view.mkdir()
        for top in ("dists", "pool", "keys"):
            place = Path(depot) / "public" / prefix / top
            if place.exists():
                (view / top).symlink_to(place)
        return view

    @staticmethod
    def median(runs, what="seconds"):
        return statistics.median(getattr(run, what) for run in runs)

    @staticmethod
    def say(name, value, limit, unit):
        good = "met" if value <= limit else "MISSED"
        print(f"{name}: {value:.2f} {unit} (<= {limit})  {good}", flush=True)
