#!/usr/bin/env python3
"""Makes a signed repository of two packages and serves it until its standard input ends.

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


def make(directory):
    """Builds the tree; answers it and the file with its key."""
    tree = directory / "tree"
    pool = tree / "pool/main"
    index = tree / "dists/up/main/binary-amd64"
    pool.mkdir(parents=True)
    index.mkdir(parents=True)
    text = ""
    for short in ("a1", "g"):
        name, version, architecture, fields = packages.BINARIES[short]
        text += stanza(packages.build(pool, name, version, architecture, fields), "pool/main")
    files = {"Packages": text.encode(), "Packages.gz": gzip.compress(text.encode(), mtime=0)}
    lines = ""
    for name, content in files.items():
        (index / name).write_bytes(content)
        lines += (f" {hashlib.sha256(content).hexdigest()} {len(content)} "
                  f"main/binary-amd64/{name}\n")
    date = subprocess.run(["date", "-uR"], check=True, capture_output=True, text=True).stdout
    release = tree / "dists/up/Release"
    release.write_text(
        f"Origin: Vendor\nLabel: Vendor\nSuite: up\nCodename: up\nDate: {date}"
        f"Architectures: amd64\nComponents: main\nSHA256:\n{lines}")
    home = directory / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode",
           "loopback"]
    subprocess.run([*gpg, "--quick-gen-key", "Vendor <vendor@example.org>", "rsa3072", "sign"],
                   check=True, stderr=subprocess.DEVNULL)
    subprocess.run([*gpg, "--clearsign", "-o", tree / "dists/up/InRelease", release], check=True)
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
