"""The vendor whose repository the matrix carries: two states of a small suite, signed."""

import hashlib
import os
import re
import shutil

from fault_matrix.files import must, sha256


class Vendor:
    """Five packages, then one more; one is split over several chunks, and there are by-hash names.

    `large` has more than fits on a medium of 1 MB.
    """

    def __init__(self, root):
        self.root = root
        self.home = os.path.join(root, "g")
        self.key = os.path.join(root, "vendor.asc")
        self.trees = [os.path.join(root, "vendor1"), os.path.join(root, "vendor2")]
        os.mkdir(self.home, mode=0o700)
        self.gpg("--quick-generate-key", "Vendor <archive@vendor.example>", "ed25519", "sign", "never")
        self.gpg("--armor", "--output", self.key, "--export")
        first, second = self.trees
        for name, size in (("anchor", 300), ("bollard", 2000), ("crate", 9000), ("hawser", 150_000),
                           ("pier", 400)):
            self.package(first, name, size)
        self.index(first, "Sun, 01 Nov 2026 08:00:00 +0000")
        must(["cp", "-a", first, second])
        self.package(second, "quay", 70_000)
        self.index(second, "Sun, 08 Nov 2026 08:00:00 +0000")
        self.large = os.path.join(root, "vendor-large")
        must(["cp", "-a", first, self.large])
        for number in range(8):
            self.package(self.large, f"barge{number}", 150_000)
        self.index(self.large, "Sun, 15 Nov 2026 08:00:00 +0000")
        must(["gpgconf", "--homedir", self.home, "--kill", "all"])

    def package(self, tree_, name, size):
        """Builds a package of some bytes into the pool of a tree."""
        stage = os.path.join(self.root, "stage")
        os.makedirs(stage + "/DEBIAN")
        os.makedirs(stage + "/usr/share/" + name)
        with open(stage + "/DEBIAN/control", "w") as control:
            control.write(
                f"Package: {name}\nVersion: 1.0-1\nArchitecture: all\n"
                f"Maintainer: Matrix <matrix@vendor.example>\nDescription: {name}\n"
            )
        content = b"".join(
            hashlib.sha256(f"{name} {index}".encode()).digest() for index in range(size // 32)
        )
        with open(f"{stage}/usr/share/{name}/cargo", "wb") as cargo:
            cargo.write(content)
        pool = tree_ + "/pool/main"
        os.makedirs(pool, exist_ok=True)
        must(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", stage, pool])
        shutil.rmtree(stage)

    def index(self, tree_, date):
        """Makes indexes and Release of a tree anew, and signs them."""
        suite = tree_ + "/dists/stable"
        shutil.rmtree(suite, ignore_errors=True)
        binary = suite + "/main/binary-amd64"
        os.makedirs(binary)
        packages = must(["apt-ftparchive", "packages", "pool/main"], cwd=tree_)
        with open(binary + "/Packages", "w") as index:
            index.write(packages)
        must(["xz", "-k", binary + "/Packages"])
        options = {"Origin": "Vendor", "Suite": "stable", "Codename": "stable",
                   "Components": "main", "Architectures": "amd64"}
        words = [f"APT::FTPArchive::Release::{key}={value}" for key, value in options.items()]
        release = must(["apt-ftparchive", *[w for o in words for w in ("-o", o)], "release", suite])
        release = re.sub(r"(?m)^Date: .*$", "Date: " + date, release)
        with open(suite + "/Release", "w") as file:
            file.write(release)
        # The same content under several names: hard links in the bundle and one object here.
        for name in ("Packages", "Packages.xz"):
            place = binary + "/by-hash/SHA256"
            os.makedirs(place, exist_ok=True)
            shutil.copy(f"{binary}/{name}", f"{place}/{sha256(f'{binary}/{name}')}")
        self.gpg("--clear-sign", "--output", suite + "/InRelease", suite + "/Release")

    def gpg(self, *words):
        must(["gpg", "--homedir", self.home, "--batch", "--quiet", "--passphrase", "", *words])

    def fingerprint(self, key):
        """The fingerprint of the key in a file."""
        listing = must(["gpg", "--homedir", self.home, "--batch", "--quiet", "--with-colons",
                        "--show-keys", key])
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
