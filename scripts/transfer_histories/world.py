"""The part of scripts/transfer-histories that all histories share: a vendor with states of two
suites, the depots as they are when they know each other and hold nothing, and a clock."""

import collections
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import time

from debian.deb_file import archive, deb

EXPORTERS = ("mainland", "harbour")
SITES = ("island", "oilrig", "skerry", "atoll", "reef")
# Sites that let exporters vouch for what these call their own.
VOUCHED_AT = SITES[:3]
SUITES = ("stable", "testing")
STATES = 12
# A second vendor has suites of the same names and Origin, older than most of the first one's. In the
# model they are called `other stable` and `other testing`.
OTHER = "other "
OTHER_STATES = 3
# Some files are larger than a chunk of 64 KiB.
SIZES = (700, 3000, 9000, 21000, 40000, 90000)
# A package as an index of the vendor has it.
Package = collections.namedtuple("Package", "component name version stanza path digest")
# The day on which every history begins.
BEGIN = 1_900_000_000

CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
time_t time(time_t *place) {
  const char *text = getenv("HISTORY_CLOCK");
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time_t moment = text ? (time_t)atoll(text) : now.tv_sec;
  if (place) *place = moment;
  return moment;
}
"""


def vendor_of(suite):
    """The vendor of a suite."""
    return "other" if suite.startswith(OTHER) else "vendor"


def distribution_of(suite):
    """What a suite is called in its tree."""
    return suite.removeprefix(OTHER)


def date_of(state):
    """When the vendor made a state."""
    return BEGIN - 86400 * (STATES + 1 - state)


def moment_text(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Failed(Exception):
    """An oracle says no."""


def must(words, **more):
    """The output of a program that has to succeed."""
    result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace", **more)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: status {result.returncode}\n{result.stdout}")
    return result.stdout


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sha256_of(path):
    with open(path, "rb") as file:
        return sha256(file.read())


def noise(name, length):
    """Bytes that do not compress, the same for the same name."""
    blocks = []
    for number in range(length // 64 + 1):
        blocks.append(hashlib.sha512(f"{name} {number}".encode()).digest())
    return b"".join(blocks)[:length]


def package(name, version, size):
    """The control file of a package, and the package."""
    control = (f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
               f"Maintainer: Histories <histories@repository.example>\nDescription: {name}\n")
    data = archive([(f"./usr/share/{name}", noise(name + version, size))])
    return control, deb(control.encode(), data)


class World:
    """Made once for a run; histories only read it."""

    def __init__(self, root, program):
        self.root, self.program = root, program
        self.environment = {"PATH": os.environ["PATH"], "HOME": root, "LC_ALL": "C.UTF-8"}
        if "LD_LIBRARY_PATH" in os.environ:
            self.environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        with open(root + "/clock.c", "w", encoding="ascii") as file:
            file.write(CLOCK)
        must([shutil.which("cc") or "clang", "-shared", "-fPIC", "-O1", "-o", root + "/clock.so",
              root + "/clock.c"])
        self.environment["LD_PRELOAD"] = root + "/clock.so"
        self.vendors = {name: self.make_vendor(name) for name in ("vendor", "other")}
        # What each state of each suite has: path -> SHA-256, and its places of indexes.
        self.files, self.places, self.packages = {}, {}, {}
        for suite in SUITES:
            for state in range(STATES):
                self.build(suite, state)
            for state in range(OTHER_STATES):
                self.build(OTHER + suite, state)
        for name in self.vendors:
            must(["gpgconf", "--homedir", self.keys(name), "--kill", "all"])
        self.fingerprints = {}
        self.make_depots()

    def keys(self, vendor):
        """The GnuPG home of a vendor."""
        return f"{self.root}/keys-{vendor}"

    def make_vendor(self, name):
        """The fingerprint of a vendor's new key, which lies in `<name>.asc` too."""
        os.mkdir(self.keys(name), 0o700)
        self.gpg(self.keys(name), "--quick-generate-key",
                 f"{name} <{name}@repository.example>", "ed25519", "sign", "never")
        with open(f"{self.root}/{name}.asc", "w", encoding="ascii") as file:
            file.write(self.gpg(self.keys(name), "--armor", "--export"))
        listing = self.gpg(self.keys(name), "--with-colons", "--list-keys")
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))

    def gpg(self, home, *words, at=BEGIN - 86400 * 30):
        return must(["gpg", "--homedir", home, "--batch", "--quiet", "--yes", "--passphrase",
                     "", *words], env={**self.environment, "HISTORY_CLOCK": str(at)})

    def tree(self, suite, state):
        """Where a state of a suite lies."""
        return f"{self.root}/{vendor_of(suite)}-{state}"

    @staticmethod
    def plan(suite, state):
        """Component, name, version and size of what a state has; the suites share some."""
        if suite.startswith(OTHER):
            return [("main", "crate0", f"9.{state}-1", 1100), ("main", "barnacle", "1.0-1", 800)]
        found = []
        for number, size in enumerate(SIZES):
            step = 1 + (number * 3 + (5 if suite == "testing" else 0)) % 6
            shared = number % 2 == 0
            version = f"{1 + state // step}.0-{'1' if shared or suite == 'stable' else '2'}"
            found.append(("main", f"crate{number}", version, size))
        if state % 3 == 1:
            found.append(("main", f"guest{state}", "1.0-1", 1500))
        # A component that comes and goes.
        if suite == "stable" and 3 <= state <= 7:
            found.append(("contrib", "buoy", f"{state // 2}.0-1", 2000))
        return found

    def build(self, suite, state):
        """Makes and signs one state of a suite."""
        tree, listed, indexes, packages = self.tree(suite, state), {}, {}, []
        for component, part, version, size in self.plan(suite, state):
            control, content = package(part, version, size)
            path = f"pool/{component}/{part}_{version}_amd64.deb"
            os.makedirs(os.path.dirname(f"{tree}/{path}"), exist_ok=True)
            with open(f"{tree}/{path}", "wb") as file:
                file.write(content)
            listed[path] = sha256(content)
            stanza = f"{control}Filename: {path}\nSize: {len(content)}\nSHA256: {listed[path]}\n"
            indexes.setdefault(component, []).append(stanza)
            packages.append(Package(component, part, version, stanza, path, listed[path]))
        name = distribution_of(suite)
        base, sums = f"dists/{name}", []
        for component, stanzas in sorted(indexes.items()):
            text = "\n".join(sorted(stanzas)).encode()
            packed = lzma.compress(text, preset=0)
            path = f"{component}/binary-amd64/Packages"
            os.makedirs(f"{tree}/{base}/{component}/binary-amd64")
            with open(f"{tree}/{base}/{path}.xz", "wb") as file:
                file.write(packed)
            listed[f"{base}/{path}.xz"] = sha256(packed)
            sums += [f" {sha256(text)} {len(text)} {path}", f" {sha256(packed)} {len(packed)} {path}.xz"]
        date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(date_of(state)))
        release = (f"Origin: Vendor\nSuite: {name}\nCodename: {name}\nDate: {date}\n"
                   f"Architectures: amd64\nComponents: {' '.join(sorted(indexes))}\nSHA256:\n"
                   + "\n".join(sums) + "\n")
        with open(self.root + "/Release", "w", encoding="ascii") as file:
            file.write(release)
        self.gpg(self.keys(vendor_of(suite)), "--clear-sign", "--output", f"{tree}/{base}/InRelease",
                 self.root + "/Release")
        listed[base + "/InRelease"] = sha256_of(f"{tree}/{base}/InRelease")
        self.files[suite, state] = listed
        self.places[suite, state], self.packages[suite, state] = frozenset(indexes), packages

    def run(self, depot, words, clock):
        """One command at one moment: the result, whatever it is."""
        environment = {**self.environment, "HISTORY_CLOCK": str(clock)}
        return subprocess.run([self.program, *words, "--depot", depot], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=120)

    def template(self, name):
        """The depot that each history gets a copy of."""
        return f"{self.root}/templates/{name}"

    def make_depots(self):
        """Every depot, with the keys of those that it must know."""
        os.mkdir(self.root + "/templates")

        def ferry(name, *words):
            result = self.run(self.template(name), words, BEGIN - 3600)
            if result.returncode != 0:
                raise RuntimeError(f"{words}: {result.stdout}{result.stderr}")
            return result.stdout

        for name in EXPORTERS + SITES:
            self.init(ferry, name, name, f"{self.root}/{name}.asc")
        for name in SITES:
            # What clients of a site verify with.
            must(["gpg", "--homedir", self.keys("vendor"), "--batch", "--yes", "--output",
                  f"{self.root}/{name}.gpg", "--dearmor", f"{self.root}/{name}.asc"])
        for name in EXPORTERS:
            # Another identity, for the day on which somebody has the first one's key.
            self.init(ferry, name + "-new", name, f"{self.root}/{name}-new.asc")
        for name in EXPORTERS + SITES:
            for vendor, fingerprint in self.vendors.items():
                self.pin(ferry, name, f"{self.root}/{vendor}.asc", "upstream", vendor, fingerprint)
            others, role = (SITES, "site") if name in EXPORTERS else (EXPORTERS, "exporter")
            for other in others:
                self.pin(ferry, name, f"{self.root}/{other}.asc", role, other,
                         self.fingerprints[other], *self.may_vouch(name, other))

    def init(self, ferry, name, site, key):
        """A new depot, with its key in a file."""
        ferry(name, "init", "--site", site, "--quiet")
        ferry(name, "key", "export", key)
        self.fingerprints[name] = json.loads(ferry(name, "key", "show", "--json"))["fingerprint"]

    @staticmethod
    def may_vouch(depot, other):
        """What a depot lets another one vouch for."""
        return ["--may-vouch", f"{other}-own-*/*"] if depot in VOUCHED_AT and other in EXPORTERS else []

    @staticmethod
    def pin(ferry, depot, key, role, name, fingerprint, *more):
        ferry(depot, "trust", "add", key, "--role", role, "--name", name, "--fingerprint",
              fingerprint, *more)
