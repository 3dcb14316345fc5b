"""What is measured on: trees, depots, keys."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import Run

ROOT = Path(__file__).resolve().parent.parent.parent


class Bench:
    """Trees, depots and keys that are measured on."""

    def __init__(self, options):
        self.options = options
        self.data = Path(options.data)
        self.data.mkdir(parents=True, exist_ok=True)
        self.work = self.data / "work"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.program = options.program or self.build()
        self.home = self.data / "gnupg"
        self.fingerprint = self.vendor_key()

    def build(self):
        """The release binary, built anew."""
        subprocess.run(["swift", "build", "-c", "release", "--product", "aptferry"], cwd=ROOT,
                       check=True, stdout=subprocess.DEVNULL)
        where = subprocess.run(["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT,
                               check=True, capture_output=True, text=True).stdout.strip()
        return where + "/aptferry"

    def gpg(self, *arguments, **more):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--yes", "--quiet", "--pinentry-mode",
             "loopback", "--passphrase", "", *arguments], check=True, capture_output=True, **more)

    def vendor_key(self):
        """The fingerprint of the key that signs the trees; it lies in `vendor.asc` too."""
        if not self.home.is_dir():
            self.home.mkdir(mode=0o700)
            self.gpg("--quick-generate-key", "bench vendor <bench@example.org>", "ed25519", "sign",
                     "never")
        self.gpg("--armor", "--output", self.data / "vendor.asc", "--export")
        listing = self.gpg("--with-colons", "--list-keys", text=True).stdout
        return re.search(r"^fpr:+([0-9A-F]{40}):", listing, re.M)[1]

    def ferry(self, depot, *arguments):
        """One measured command on a depot."""
        return Run([self.program, *map(str, arguments), "--depot", str(depot), "--quiet"])

    # What is measured on.

    def packages(self):
        """A tree of real packages, chosen by the hash of their names: large and small as they come."""
        tree = self.data / "tree"
        if (tree / "dists/bench/InRelease").exists():
            return tree
        pool = tree / "pool"
        pool.mkdir(parents=True, exist_ok=True)
        available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True,
                                   check=True).stdout
        sizes = {}
        for stanza in available.split("\n\n"):
            name = re.search(r"^Package: (\S+)", stanza, re.M)
            size = re.search(r"^Size: (\d+)", stanza, re.M)
            if name and size and int(size[1]) < 150_000_000:
                sizes.setdefault(name[1], int(size[1]))
        names, total = [], 0
        for name in sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
            if total > self.options.bytes:
                break
            names.append(name)
            total += sizes[name]
        print(f"fetching {len(names)} packages, {total / 1e9:.1f} GB", file=sys.stderr)
        for start in range(0, len(names), 400):
            subprocess.run(["apt-get", "-qq", "download", *names[start:start + 400]], cwd=pool,
                           check=True, stderr=subprocess.DEVNULL)
        for path in pool.glob("*%3a*"):
            # As archives have it: without the epoch, which only apt's cache keeps in a name.
            name, version = path.name.split("_", 1)
            path.rename(pool / f"{name}_{version.split('%3a', 1)[1]}")
        index = tree / "dists/bench/main/binary-amd64"
        index.mkdir(parents=True)
        packages = subprocess.run(["apt-ftparchive", "packages", "pool"], cwd=tree, check=True,
                                  capture_output=True).stdout
        (index / "Packages").write_bytes(packages)
        subprocess.run(["xz", "-k", index / "Packages"], check=True)
        self.sign(tree)
        return tree

    def sign(self, tree):
        """Makes and signs the Release file of a tree."""
        release = subprocess.run(
            ["apt-ftparchive", "-o", "APT::FTPArchive::Release::Suite=bench", "-o",
             "APT::FTPArchive::Release::Codename=bench", "-o",
             "APT::FTPArchive::Release::Components=main", "-o",
             "APT::FTPArchive::Release::Architectures=amd64", "release", "dists/bench"],
            cwd=tree, check=True, capture_output=True).stdout
        (tree / "dists/bench/Release").write_bytes(release)
        self.gpg("--clearsign", "--output", tree / "dists/bench/InRelease",
                 tree / "dists/bench/Release")

    def small_files(self, count):
        """A repository of `count` files whose headers are real and whose payload is tiny."""
        tree = self.data / f"small-{count}"
        if (tree / "dists/bench/InRelease").exists():
            return tree
        shutil.rmtree(tree, ignore_errors=True)
        index = tree / "dists/bench/main/binary-amd64"
        index.mkdir(parents=True)
        with open(index / "Packages", "w", encoding="ascii") as packages:
            for number in range(count):
                name = f"small-package-{number:06d}"
                path = f"pool/main/{number % 100:02d}/{name}/{name}_1.0-{number}_amd64.deb"
                content = f"!<arch>\n{name}\n".encode()
                file = tree / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                packages.write(
                    f"Package: {name}\nVersion: 1.0-{number}\nArchitecture: amd64\n"
                    f"Maintainer: bench <bench@example.org>\nFilename: {path}\n"
                    f"Size: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
                    f"Description: small package {number}\n\n")
        self.sign(tree)
        return tree

    def depot(self, name):
        depot = self.work / name
        self.ferry(depot, "init", "--site", name)
        return depot

    def outside(self, tree, name):
        """A depot that has the tree as the snapshot `bench`."""
        depot = self.depot(name)
        self.ferry(depot, "trust", "add", self.data / "vendor.asc", "--role", "upstream",
                   "--name", "vendor", "--fingerprint", self.fingerprint)
        run = self.ferry(depot, "snapshot", "create", "bench", "--tree", tree, "--suite", "bench")
        return depot, run

    def inside(self, outside, name):
        """A depot that trusts the key of the depot outside, and the vendor."""
        depot = self.depot(name)
        key = self.work / "exporter.asc"
        self.ferry(outside, "key", "export", key)
        fingerprint = re.search(
            r"[0-9A-F]{40}",
            subprocess.run([self.program, "key", "show", "--json", "--depot", outside], text=True,
                           check=True, capture_output=True).stdout)[0]
        self.ferry(depot, "trust", "add", key, "--role", "exporter", "--fingerprint", fingerprint)
        self.ferry(depot, "trust", "add", self.data / "vendor.asc", "--role", "upstream",
                   "--name", "vendor", "--fingerprint", self.fingerprint)
        return depot

    def fresh(self, name):
        """An empty directory; what was written before is on the disk."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        os.sync()
        return path
