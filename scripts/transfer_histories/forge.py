"""The part of scripts/transfer-histories that makes bundles as somebody would who has an exporter's
key and no scruples: written from docs/formats/bundle-format.md alone. Everything lies in one stored chunk."""

import os
import subprocess

from transfer_histories.basics import moment_text, must, sha256

README = b"Made by hand.\n"


def split(name):
    """What of a long name stands before the other fields, and what behind them."""
    if len(name) <= 100:
        return name, ""
    end = next(place for place, letter in enumerate(name) if letter == "/" and len(name) - place <= 101)
    return name[end + 1:], name[:end]


def header(name, size, link=""):
    """A ustar block."""
    block = bytearray(512)
    octal = b"%011o" % size
    name, prefix = split(name)
    for place, value in ((0, name.encode()), (345, prefix.encode()), (100, b"0000644"), (108, b"0000000"), (116, b"0000000"),
                         (124, octal), (136, b"0" * 11), (148, b" " * 8),
                         (156, b"1" if link else b"0"), (157, link.encode()),
                         (257, b"ustar\x0000"), (329, b"0000000"), (337, b"0000000")):
        block[place:place + len(value)] = value
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def compressed(content):
    """Compressed as the format wants it."""
    return subprocess.run(["zstd", "-6", "-q", "-c", "--check", f"--stream-size={len(content)}"],
                          input=content, stdout=subprocess.PIPE, check=True).stdout


def layout(files):
    """The archive of all files, and the lines of ENTRIES by path."""
    groups, archive, lines = {}, b"", {}
    for path in sorted(files):
        groups.setdefault(sha256(files[path]), []).append(path)
    for digest, paths in groups.items():
        content = files[paths[0]]
        archive += header(paths[0], len(content))
        for path in paths:
            lines[path] = f"{digest} {len(content)} 1:{len(archive)} {path}\n"
        archive += content + bytes(-len(content) % 512)
        for path in paths[1:]:
            archive += header(path, 0, paths[0])
    return archive + bytes(1024), lines


class Forged:
    """A bundle of one snapshot that claims what it likes of its suite."""

    sites = ()
    kind = "verbatim"

    def __init__(self, key, stream, sequence, created):
        self.key, self.stream, self.sequence, self.created = key, stream, sequence, created
        self.name = f"{stream}-{sequence:06}"

    def write(self, medium, snapshot, files, suite, gpg):
        """Writes it to a medium; `gpg` signs a file."""
        self.path = f"{medium}/{self.name}"
        os.makedirs(self.path + "/chunks")
        archive, lines = layout({f"{snapshot}/{path}": content for path, content in files.items()})
        entries = "".join(lines[path] for path in sorted(lines)).encode()
        packed = compressed(entries)
        sums = f"{sha256(archive)}  chunks/000001.tar\n".encode()
        listing = "".join(f"{sha256(files[path])} {len(files[path])} {path}\n"
                          for path in sorted(files))
        manifest = "\n".join((
            "Format: aptferry-bundle 1", f"Stream: {self.stream}", f"Sequence: {self.sequence}",
            f"Created: {moment_text(self.created)}",
            *(["Requires: composed"] if self.kind == "composed" else []),
            f"Entries: {sha256(packed)} {len(packed)} {sha256(entries)} {len(entries)}",
            f"Sums: {sha256(sums)} {len(sums)}", f"Readme: {sha256(README)} {len(README)}",
            "Chunks:", f" {sha256(archive)} {len(archive)} {len(archive)} 000001.tar", "",
            f"Snapshot: {snapshot}", f"Digest: {sha256(listing.encode())}", f"Files: {len(files)}",
            f"Bytes: {sum(map(len, files.values()))}", f"Kind: {self.kind}", "Suites:", f" {suite}",
            "")).encode()
        self.digest = sha256(manifest)
        for name, content in (("MANIFEST", manifest), ("ENTRIES.zst", packed), ("SHA256SUMS", sums),
                              ("README.txt", README), ("chunks/000001.tar", archive)):
            with open(f"{self.path}/{name}", "wb") as file:
                file.write(content)
        gpg("--armor", "--local-user", self.key, "--output", self.path + "/MANIFEST.asc",
            "--detach-sign", self.path + "/MANIFEST")


def retire(home):
    """Ends the agent of a GnuPG home."""
    must(["gpgconf", "--homedir", home, "--kill", "all"])
