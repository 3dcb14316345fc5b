"""A vendor with packages of random sizes, the depot that exports them, and one that imports."""

import json
import os
import random
import re

from fault_matrix.files import must, run
from fault_matrix.vendor import Vendor


class Freight(Vendor):
    """Packages of a few hundred bytes up to some megabytes, which do not compress."""

    def __init__(self, root, seed, megabytes):
        self.root = root
        self.home = os.path.join(root, "g")
        self.key = os.path.join(root, "vendor.asc")
        self.tree = os.path.join(root, "vendor")
        os.mkdir(self.home, mode=0o700)
        self.gpg("--quick-generate-key", "Vendor <archive@vendor.example>", "ed25519", "sign", "never")
        self.gpg("--armor", "--output", self.key, "--export")
        for number, size in enumerate(sizes(seed, megabytes * 1_000_000)):
            self.package(self.tree, f"crate{seed}x{number}", size)
        self.index(self.tree, "Sun, 01 Nov 2026 08:00:00 +0000")
        must(["gpgconf", "--homedir", self.home, "--kill", "all"])


def sizes(seed, total):
    """Many small contents and a few large ones, as in a real archive."""
    chance = random.Random(seed)
    found = []
    while sum(found) < total:
        # Half are below 60 kB; the largest is a sixth of all.
        size = int(min(chance.lognormvariate(11, 1.7), total / 6))
        found.append(max(200, min(size, total - sum(found))))
    return found


class Ferry:
    """The program with a depot in a directory of its own."""

    def __init__(self, program, home):
        self.program, self.home = program, home
        os.makedirs(home + "/t", mode=0o700, exist_ok=True)

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, "HOME": self.home, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "XDG_RUNTIME_DIR": self.home + "/t", "TMPDIR": self.home + "/t"}

    def words(self, *words):
        return [self.program, *map(str, words), "--depot", self.home + "/depot"]

    def run(self, *words):
        """One command, however it ends."""
        return run(self.words(*words), env=self.environment(), timeout=600)

    def must(self, *words):
        return must(self.words(*words), env=self.environment(), timeout=600)

    def json(self, *words):
        return json.loads(self.must(*words, "--json"))

    def look(self, *words):
        """A command that needs no depot."""
        return run([self.program, *map(str, words)], env=self.environment(), timeout=600)

    def copy(self, home):
        """A copy with a life of its own."""
        self.end()
        must(["cp", "-a", self.home, home])
        return Ferry(self.program, home)

    def end(self):
        """Ends what gpg left running."""
        run(["gpgconf", "--homedir", self.home + "/depot/gnupg", "--kill", "all"])


class Lab:
    """Both sides of the gap before the first bundle."""

    def __init__(self, root, program, seed, megabytes):
        self.root = os.path.join(root, f"lab{seed}-{megabytes}")
        os.mkdir(self.root)
        self.vendor = Freight(self.root, seed, megabytes)
        self.outside = Ferry(program, self.root + "/outside")
        self.inside = Ferry(program, self.root + "/inside")
        self.key, self.ring = self.root + "/exporter.asc", self.root + "/exporter.gpg"
        for side, site in ((self.outside, "mainland"), (self.inside, "island")):
            side.must("init", "--site", site)
            self.pin(side, self.vendor.key, "upstream", "vendor")
        for file in (self.key, self.ring):
            self.outside.must("key", "export", file)
        self.pin(self.inside, self.key, "exporter", "mainland")
        self.outside.must("snapshot", "create", "first", "--tree", self.vendor.tree, "--suite",
                          "stable", "--upstream", "vendor")
        for side in (self.outside, self.inside):
            side.end()

    def pin(self, side, key, role, name):
        side.must("trust", "add", key, "--role", role, "--name", name, "--fingerprint",
                  self.vendor.fingerprint(key))

    def about(self):
        """What a job in another machine needs, as values that JSON can carry."""
        return {"program": self.outside.program, "outside": self.outside.home,
                "inside": self.inside.home, "key": self.key, "ring": self.ring}


def numbers(spoken):
    """The numbers that “1-3, 7” stands for."""
    found = []
    for part in re.findall(r"(\d+)(?:-(\d+))?", spoken):
        found += range(int(part[0]), int(part[1] or part[0]) + 1)
    return found
