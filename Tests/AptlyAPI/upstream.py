#!/usr/bin/env python3
"""Makes a signed repository of a few suites and serves it until its standard input ends.

    upstream.py DIRECTORY

It prints its address and the file with its public key, each in a line.
"""
import functools
import gzip
import hashlib
import http.server
import pathlib
import subprocess
import sys
import threading

import packages


def stanza(path, pool):
    control = subprocess.run(["dpkg-deb", "-f", path], check=True, capture_output=True, text=True)
    content = path.read_bytes()
    sums = "".join(f"{field}: {hashlib.new(kind, content).hexdigest()}\n"
                   for field, kind in (("MD5sum", "md5"), ("SHA256", "sha256")))
    return f"{control.stdout}Filename: {pool}/{path.name}\nSize: {len(content)}\n{sums}\n"


# Each suite with what it has; all that `deps` needs is there, of `up` something lacks.
SUITES = {"up": ("a1", "g"), "deps": ("b1", "x", "ba", "g")}


def index(pool, shorts, place):
    """The packages built into a pool, as an index says it."""
    text = ""
    for short in shorts:
        name, version, architecture, fields = packages.BINARIES[short]
        text += stanza(packages.build(pool, name, version, architecture, fields), place)
    return {"Packages": text.encode(), "Packages.gz": gzip.compress(text.encode(), mtime=0)}


def sign(gpg, place, suite, files, architectures):
    """Writes files and a signed Release about them."""
    lines = ""
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
        lines += f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n"
    date = subprocess.run(["date", "-uR"], check=True, capture_output=True, text=True).stdout
    (place / "Release").write_text(
        f"Origin: Vendor\nLabel: Vendor\nSuite: {suite}\nCodename: {suite}\nDate: {date}"
        f"{architectures}SHA256:\n{lines}")
    subprocess.run([*gpg, "--clearsign", "-o", place / "InRelease", place / "Release"], check=True)


def make(directory):
    """Builds the tree; answers it and the file with its key."""
    tree = directory / "tree"
    home = directory / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode",
           "loopback"]
    subprocess.run([*gpg, "--quick-gen-key", "Vendor <vendor@example.org>", "rsa3072", "sign"],
                   check=True, stderr=subprocess.DEVNULL)
    for suite, shorts in SUITES.items():
        pool = tree / "pool" / suite
        pool.mkdir(parents=True)
        files = index(pool, shorts, f"pool/{suite}")
        sign(gpg, tree / "dists" / suite, suite,
             {f"main/binary-amd64/{name}": content for name, content in files.items()},
             "Architectures: amd64\nComponents: main\n")
    flat = tree / "flat"
    flat.mkdir()
    sign(gpg, flat, "flat", index(flat, ("c",), "."), "")
    key = directory / "vendor.asc"
    with open(key, "wb") as file:
        subprocess.run([*gpg, "--armor", "--export"], check=True, stdout=file)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    return tree, key


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(exist_ok=True)
    tree, key = make(directory)
    handler = functools.partial(Quiet, directory=tree)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}\n{key}", flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
