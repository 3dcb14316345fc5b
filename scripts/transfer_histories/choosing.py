"""The part of scripts/transfer-histories that chooses packages as docs/guides/release-engineer.md,
Composing snapshots, and docs/reference/queries.md say; a pure model that asks no program."""

import collections
import fnmatch
import re

# A package and the state of a vendor's suite whose list has it; `source` counts from the left.
Chosen = collections.namedtuple("Chosen", "package source proof")


def order_of(version):
    """What a version is compared by: ours are numbers, dots and one hyphen."""
    return [int(part) for part in re.findall(r"[0-9]+", version)]


class Query:
    """A query in words, and what it means."""

    def __init__(self, text, matches):
        self.text, self.matches = text, matches


def named(name):
    return Query(name, lambda one: one.name == name)


def at_least(name, major):
    return Query(f"{name} (>= {major})",
                 lambda one: one.name == name and order_of(one.version)[0] >= major)


def called(pattern, but=None):
    """Packages by a pattern of the shell, but for one of them."""
    text = f"Name (% {pattern})" + (f", !{but}" if but else "")
    return Query(text, lambda one: fnmatch.fnmatchcase(one.name, pattern) and one.name != but)


def some(chance):
    """A few queries as people ask them; now and then nothing answers one."""
    makers = (lambda: named(f"crate{chance.randrange(6)}"),
              lambda: at_least(f"crate{chance.randrange(6)}", chance.randrange(1, 10)),
              lambda: called("crate*", chance.choice((None, "crate0", "crate5"))),
              lambda: called("crate[0-2]"),
              lambda: called("guest*"),
              lambda: named("barnacle"),
              lambda: named("buoy"),
              lambda: named("site-agent"))
    return [chance.choices(makers, (6, 3, 4, 3, 2, 1, 2, 2))[0]()
            for _ in range(chance.choice((1, 1, 2)))]


def filtered(packages, queries):
    """What any of the queries asks for, in every version."""
    found = [one for one in packages if any(query.matches(one.package) for query in queries)]
    return merged(found, "--all")


def merged(packages, rule):
    """What stays of packages of several sources; without a rule those of the last source that has one."""
    names = {}
    for one in packages:
        names.setdefault(one.package.name, []).append(one)
    kept = []
    for same in names.values():
        same = of_each_version(same, rule == "--left-first")
        if rule == "--all":
            kept += same
        elif rule == "--latest":
            kept.append(max(same, key=lambda one: order_of(one.package.version)))
        else:
            source = (min if rule == "--left-first" else max)(one.source for one in same)
            kept += [one for one in same if one.source == source]
    return sorted(kept, key=lambda one: (one.package.name, order_of(one.package.version)))


def of_each_version(packages, prefers_left):
    """One package of each version: of the last source, or of the first."""
    versions = {}
    for one in packages:
        other = versions.get(one.package.version)
        if other is None or (one.source < other.source if prefers_left else one.source >= other.source):
            versions[one.package.version] = one
    return list(versions.values())
