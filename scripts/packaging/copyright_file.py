"""The licences of everything that is linked into the program."""

import re
import sys


# By the name of the package; what is not named is under Apache-2.0.
OTHER = {"grdb.swift": "MIT"}


def licence(identity):
    """The SPDX identifier of a Swift package's licence."""
    return OTHER.get(identity.lower(), "Apache-2.0")


def found(text):
    """The SPDX identifier that a licence's text shows; None for one that nobody has looked at."""
    if "Apache License" in text and "Version 2.0" in text:
        return "Apache-2.0"
    if "Permission is hereby granted, free of charge" in text:
        return "MIT"
    return None


def check(path, root):
    """Every checkout is named in the copyright file, under the licence that it came with."""
    text = path.read_text(encoding="utf-8")
    stanzas = re.findall(r"^Files: (.*)\n(?:.*\n)*?License: (.*)$", text, re.M)
    named = {name: licence for files, licence in stanzas for name in files.split()}
    checkouts = root / ".build/checkouts"
    if not checkouts.is_dir():
        print("licences: not compared, nothing has been fetched yet")
        return
    for place in sorted(checkouts.iterdir()):
        files = sorted(place.glob("LICENSE*"))
        its = found(files[0].read_text(encoding="utf-8")) if files else None
        if its is None:
            sys.exit(f"{place.name}: find out what its licence is, and name it in {path.name}")
        if named.get(f"{place.name}/*") != its or licence(place.name) != its:
            sys.exit(f"{path.name}: {place.name}/* is under {its}, and the file says "
                     f"{named.get(f'{place.name}/*')}")
