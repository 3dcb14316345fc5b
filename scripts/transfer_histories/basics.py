"""The part of scripts/transfer-histories that everything else uses: who there is, and small things."""

import hashlib
import subprocess
import time

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
# The day on which every history begins.
BEGIN = 1_900_000_000


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
