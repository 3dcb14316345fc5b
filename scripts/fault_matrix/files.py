"""Running programs, and what lies in a directory."""

import hashlib
import os
import subprocess


class Trouble(Exception):
    """An oracle says no."""


def run(words, cwd=None, env=None, timeout=120):
    """One program with its output, and no input."""
    return subprocess.run(
        words, cwd=cwd, env=env, timeout=timeout, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
    )


def must(words, **more):
    """The output of a program that has to succeed."""
    result = run(words, **more)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: status {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def tree(root, skip=()):
    """Every path below root with what it is: a digest, a link's target, or a directory."""
    found = {}
    for where, directories, files in os.walk(root):
        below = os.path.relpath(where, root)
        for name in directories + files:
            path = os.path.normpath(os.path.join(below, name))
            if any(path == one or path.startswith(one + "/") for one in skip):
                continue
            full = os.path.join(where, name)
            if os.path.islink(full):
                found[path] = "link " + os.readlink(full)
            elif os.path.isdir(full):
                found[path] = "directory"
            elif os.path.isfile(full):
                found[path] = sha256(full)
            else:
                found[path] = "special"
    return found


def followed(root):
    """The files that a client sees below root, through links."""
    found = {}
    for where, _, files in os.walk(root, followlinks=True):
        for name in files:
            full = os.path.join(where, name)
            found[os.path.relpath(full, root)] = sha256(full)
    return found


def visible(root):
    """What a client can ask for, without names by hash and other generations."""
    return {path: digest for path, digest in followed(root).items()
            if not path.startswith((".tree/", "snapshots/")) and "/by-hash/" not in path}


def indexes(files):
    """Those of some files that a suite consists of."""
    return {path: digest for path, digest in files.items() if path.startswith("dists/")}


def unsigned(files):
    """Some files without those that a signature makes different each time."""
    return {path: digest for path, digest in files.items()
            if os.path.basename(path) not in ("InRelease", "Release", "Release.gpg")}
