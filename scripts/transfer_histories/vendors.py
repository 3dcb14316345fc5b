"""The part of scripts/transfer-histories that is the vendors: their keys, and the states of their suites."""

import collections
import hashlib
import lzma
import os
import time

from debian.deb_file import archive, deb
from transfer_histories.basics import OTHER, date_of, distribution_of, sha256, sha256_of, vendor_of

# Some files are larger than a chunk of 64 KiB.
SIZES = (700, 3000, 9000, 21000, 40000, 90000)
# A package as an index of the vendor has it.
Package = collections.namedtuple("Package", "component name version stanza path digest")


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


class Vendors:
    """What the vendors have made, once for a run."""

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

    @staticmethod
    def padding(suite, part, version):
        """Makes the index of one suite longer than a chunk, so that it arrives in parts."""
        if (suite, part) != ("testing", "crate5"):
            return ""
        digits = noise(f"index {version}", 90000).hex()
        lines = [f" {digits[at:at + 100]}\n" for at in range(0, len(digits), 100)]
        return "X-Padding:\n" + "".join(lines)

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
            stanza = (f"{control}Filename: {path}\nSize: {len(content)}\nSHA256: {listed[path]}\n"
                      + self.padding(suite, part, version))
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
