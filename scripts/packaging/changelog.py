"""docs/changelog.md is the one source of versions and their dates."""

import calendar
import dataclasses
import re
import sys
import time


@dataclasses.dataclass
class Release:
    """A version, the day it is of, and what it brought."""

    version: str
    date: str
    changes: list

    @property
    def seconds(self):
        return calendar.timegm(time.strptime(self.date, "%Y-%m-%d"))


def newest(root):
    """The release at the top of the changelog."""
    text = (root / "docs/changelog.md").read_text(encoding="utf-8")
    heads = list(re.finditer(r"^## (\d+\.\d+\.\d+), (\d{4}-\d\d-\d\d)$", text, re.M))
    if not heads:
        sys.exit("docs/changelog.md: no heading like `## 1.2.3, 2026-01-31`")
    end = heads[1].start() if len(heads) > 1 else len(text)
    changes = re.findall(r"^- (.*(?:\n  .*)*)", text[heads[0].end():end], re.M)
    return Release(heads[0][1], heads[0][2], [" ".join(change.split()) for change in changes])


def check_program(root, release):
    """The program says the version that the changelog has."""
    source = (root / "Sources/Commands/Version.swift").read_text(encoding="utf-8")
    found = re.search(r'number = "([^"]+)"', source)
    if not found or found[1] != release.version:
        sys.exit(f"Sources/Commands/Version.swift says {found and found[1]}, docs/changelog.md "
                 f"{release.version}")


def debian(release):
    """The release as debian/changelog has it."""
    changes = "\n".join(f"  * {wrapped(change)}" for change in release.changes)
    day = time.strftime("%a, %d %b %Y 00:00:00 +0000", time.gmtime(release.seconds))
    return (f"aptferry ({release.version}) bookworm; urgency=medium\n\n{changes}\n\n"
            f" -- aptferry maintainers <maintainers@aptferry.invalid>  {day}\n")


def wrapped(text):
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 72:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "\n    ".join(lines + [line])
