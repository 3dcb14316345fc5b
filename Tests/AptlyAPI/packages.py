"""The packages that the checks use, built with dpkg-deb and dpkg-source."""
import hashlib
import os
import pathlib
import subprocess

# The same package is the same file, whoever builds it.
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"

MAINTAINER = "Tester <tester@example.org>"

# Name, version, architecture, further fields, kind: the fixed set of the query examples.
BINARIES = {
    "a1": ("alpha", "1.0-1", "amd64", {"Section": "utils", "Depends": "beta (>= 1.0), gamma | delta"}),
    "a2": ("alpha", "1.2-1", "amd64", {"Section": "utils", "Depends": "beta (>= 2.0~)"}),
    "a2r": ("alpha", "1.2-1", "arm64", {"Section": "utils"}),
    "b1": ("beta", "1.5", "amd64", {"Depends": "libx (= 1:2.0-3)"}),
    "b2": ("beta", "2.0~rc1", "amd64", {"Priority": "extra"}),
    "g": ("gamma", "0.9", "all", {"Provides": "virt"}),
    "d": ("delta", "3.0", "all", {"Provides": "virt, virt-ver (= 5)", "Priority": "important"}),
    "x": ("libx", "1:2.0-3", "amd64",
          {"Source": "xsrc (1:2.0.2)", "Pre-Depends": "base", "Section": "libs"}),
    "ba": ("base", "1", "amd64", {"Essential": "yes", "Priority": "required"}),
    "au": ("any-user", "1.0", "amd64", {"Depends": "py:any"}),
    "py": ("py", "3.11", "amd64", {"Multi-Arch": "allowed"}),
    "n1": ("needver", "1", "all", {"Depends": "virt (>= 0.5)"}),
    "n2": ("needver2", "1", "all", {"Depends": "virt-ver (>= 4)"}),
    "r": ("rec", "1", "amd64", {"Recommends": "delta", "Suggests": "gamma"}),
    "mi": ("mini", "1", "amd64", {}),
    "c": ("c++lib", "1.0+b1", "amd64", {}),
    "e1": ("epsilon", "4.3.5-rc1-1", "amd64", {}),
    "e2": ("epsilon", "4.3.5a", "amd64", {"Homepage": "https://example.org/e"}),
}


def build(directory, name, version, architecture, fields=None, ending="deb", content=""):
    """Builds one binary package; answers its path."""
    directory = pathlib.Path(directory)
    plain = version.split(":", 1)[-1]
    path = directory / f"{name}_{plain}_{architecture}.{ending}"
    tree = directory / f".tree-{name}-{plain}-{architecture}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/share/test").mkdir(parents=True)
    (tree / "usr/share/test" / name).write_text(f"{name} {version} {content}\n")
    control = {"Package": name, "Version": version, "Architecture": architecture,
               "Maintainer": MAINTAINER, "Section": "misc", "Priority": "optional"}
    control.update(fields or {})
    text = "".join(f"{key}: {value}\n" for key, value in control.items())
    text += f"Description: test package {name}\n Long text of {name}.\n"
    (tree / "DEBIAN/control").write_text(text)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-b", tree, path], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["rm", "-rf", tree], check=True)
    return path


def build_source(directory):
    """Builds the source package xsrc 1:2.0.2; answers its files, the .dsc first."""
    directory = pathlib.Path(directory)
    tree = directory / "xsrc-2.0.2"
    (tree / "debian/source").mkdir(parents=True)
    (tree / "debian/source/format").write_text("3.0 (native)\n")
    (tree / "debian/control").write_text(
        f"Source: xsrc\nMaintainer: {MAINTAINER}\nSection: misc\nPriority: optional\n"
        "Build-Depends: debhelper-compat (= 13)\nStandards-Version: 4.6.2\n\n"
        "Package: libx\nArchitecture: any\nDescription: test\n long\n")
    (tree / "debian/changelog").write_text(
        "xsrc (1:2.0.2) unstable; urgency=low\n\n  * First.\n\n"
        f" -- {MAINTAINER}  Sat, 28 Nov 2026 00:00:00 +0000\n")
    (tree / "debian/rules").write_text("#!/usr/bin/make -f\n%:\n\tdh $@\n")
    subprocess.run(["dpkg-source", "-b", tree.name], cwd=directory, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["rm", "-rf", tree], check=True)
    return sorted(directory.glob("xsrc_2.0.2*"), key=lambda path: path.suffix != ".dsc")


def files_hash(paths):
    """The hash of a package's files, as aptly's clients make it."""
    value = 14695981039346656037
    for path in sorted(paths, key=lambda path: path.name):
        content = path.read_bytes()
        data = path.name.encode() + len(content).to_bytes(8, "big")
        for kind in ("md5", "sha1", "sha256"):
            data += hashlib.new(kind, content).hexdigest().encode()
        for byte in data:
            value = (value ^ byte) * 1099511628211 % 2**64
    return f"{value:08x}"


def key(name, version, architecture, paths):
    return f"P{architecture} {name} {version} {files_hash(paths)}"
