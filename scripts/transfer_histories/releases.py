"""The part of scripts/transfer-histories that reads Release files, and verifies them as apt would."""

import os
import subprocess

SIGNED = ("InRelease", "Release", "Release.gpg")


def release_fields(text):
    """The fields of a Release file, and what it lists: path -> SHA-256 and size."""
    fields, listed, name = {}, {}, None
    for line in text.splitlines():
        if line.startswith(" "):
            digest, size, path = line.split()
            listed[path] = (digest, int(size))
        else:
            name, _, value = line.partition(":")
            if name != "SHA256":
                fields[name] = value.strip()
    return fields, listed


def verified(world, site, clock, *files):
    """The text that a site signed, with nothing but gpgv and the site's key; None where it is not."""
    text = f"{world.root}/{site}-{os.path.basename(files[0])}-{abs(hash(files[0]))}.text"
    words = ["gpgv", "--keyring", f"{world.root}/{site}.gpg"]
    if len(files) == 1:
        words += ["--output", text]
    # A signature of a clock that is ahead is a wrong one for gpgv.
    result = subprocess.run([*words, *files], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, check=False,
                            env={**world.environment, "HISTORY_CLOCK": str(clock)})
    if result.returncode != 0:
        return None
    with open(text if len(files) == 1 else files[1], "rb") as file:
        found = file.read()
    if len(files) == 1:
        os.remove(text)
    return found
