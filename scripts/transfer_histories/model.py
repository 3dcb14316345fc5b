"""The part of scripts/transfer-histories that knows how it should be: bundles and receipts as
docs/formats/bundle-format.md and docs/formats/receipt-format.md describe them, and what an exporter's ledger must say."""

import base64
import calendar
import os
import subprocess
import time

from transfer_histories.basics import sha256, sha256_of


def moment(text):
    """The seconds of a time as our formats write it."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def stanzas(text):
    """Fields of each stanza; a list field is a list."""
    found = []
    for block in text.split("\n\n"):
        fields = {}
        name = None
        for line in block.splitlines():
            if line.startswith(" "):
                fields[name].append(line[1:])
            else:
                name, _, value = line.partition(":")
                fields[name] = value[1:] if value else []
        found.append(fields)
    return found


class Bundle:
    """A bundle as it was made."""

    def __init__(self, path, key):
        self.path, self.name, self.key = path, os.path.basename(path), key
        with open(path + "/MANIFEST", "rb") as file:
            manifest = file.read()
        self.digest = sha256(manifest)
        head, *others = stanzas(manifest.decode())
        self.stream, self.sequence = head["Stream"], int(head["Sequence"])
        self.sites = head.get("Site", "").split()
        self.previous = head.get("Previous")
        self.retired = [tuple(line.split()) for line in head.get("Retired", [])]
        self.chunks = {int(line.split()[3].split(".")[0]): line.split() for line in head["Chunks"]}
        self.snapshots = {stanza["Snapshot"]: stanza["Digest"] for stanza in others}
        entries = subprocess.run(["zstd", "-dcq", path + "/ENTRIES.zst"], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout
        # Content -> the chunks that it lies in; none when the receiver is relied on to have it.
        self.contents, self.sizes, self.lines = {}, {}, []
        self.files = {name: {} for name in self.snapshots}
        for line in entries.splitlines():
            digest, size, where, path = line.split(" ", 3)
            chunks = frozenset() if where == "-" else frozenset(
                int(part.split(":")[0]) for part in where.split(","))
            if self.contents.setdefault(digest, chunks) != chunks:
                raise ValueError(f"{self.name}: {digest} lies in two places")
            self.sizes[digest] = int(size)
            self.lines.append(digest)
            name, _, path = path.partition("/")
            self.files[name][path] = digest

    def placed(self):
        """The contents that the bundle itself carries."""
        return {digest for digest, chunks in self.contents.items() if chunks}


class Medium:
    """What some directories really have of a bundle, by the bundle's own MANIFEST."""

    def __init__(self, places, bundle):
        self.good, self.damaged, self.files = set(), set(), set()
        self.signed, self.listed = True, False
        for place in places:
            self.signed &= sha256_of(place + "/MANIFEST") == bundle.digest
            # As with a chunk: one undamaged copy will do.
            self.listed |= (sha256_of(place + "/ENTRIES.zst")
                            == sha256_of(bundle.path + "/ENTRIES.zst"))
            for number, (digest, *_, name) in bundle.chunks.items():
                path = f"{place}/chunks/{name}"
                if os.path.exists(path):
                    (self.good if sha256_of(path) == digest else self.damaged).add(number)
            if os.path.isdir(place + "/files"):
                self.files |= {name for name in os.listdir(place + "/files")
                               if sha256_of(f"{place}/files/{name}") == name}
        self.damaged -= self.good


class Receipt:
    """A receipt as it was made, and what was true then."""

    def __init__(self, path, accepted):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        body = self.text.split("\n\n", 1)[1].split("-----BEGIN PGP SIGNATURE")[0]
        fields = stanzas(body)[0]
        self.site, self.number = fields["Site"], int(fields["Number"])
        self.created = moment(fields["Created"])
        self.streams = {line.split()[0]: (int(line.split()[1]), line.split()[2])
                        for line in fields.get("Streams", [])}
        self.lower = {(line.split()[0], int(line.split()[1])): line.split()[2]
                      for line in fields.get("Lower", [])}
        self.gaps = {}
        for line in fields.get("Gaps", []):
            stream, *ranges = line.split()
            for part in ranges:
                low, _, high = part.partition("-")
                self.gaps.setdefault(stream, set()).update(range(int(low), int(high or low) + 1))
        self.snapshots = {tuple(line.split()) for line in fields.get("Snapshots", [])}
        self.older = [tuple(line.split()[:3]) for line in fields.get("Older", [])]
        self.heads = [line.split() for line in fields.get("Known-Audit", [])]
        # What was true when it was made: no part of the receipt.
        self.accepted = dict(accepted)
        self.count = int(fields["Objects"])
        text = "".join(fields.get("Inventory", []))
        self.values = self.decode(base64.b64decode(text + "=" * (-len(text) % 4)))

    def decode(self, content):
        """The values of an inventory, which are coded as Golomb–Rice differences."""
        bits = "".join(f"{byte:08b}" for byte in content)
        values, place, value = set(), 0, 0
        for _ in range(self.count):
            end = bits.index("0", place)
            value += (end - place) * 65536 + int(bits[end + 1:end + 17], 2)
            place = end + 17
            values.add(value)
        return values

    def has(self, digest):
        """Whether the inventory has a content; now and then by chance."""
        return self.count > 0 and int(digest[:16], 16) * 65536 * self.count >> 64 in self.values


class Exporter:
    """What the ledger of a depot that exports must say."""

    def __init__(self, key):
        self.key = key        # the fingerprint that it signs with
        self.made = {}        # sequence -> payload digest
        self.snapshots = {}   # name -> digest
        self.own = []         # packages of its own repository
        self.acks = {}        # (site, sequence) -> (how, learned)
        self.receipts = {}    # site -> Receipt
        self.retracted = set()
        self.floor = 0     # up to here sequences may have been used twice

    def next(self):
        """The sequence of the next bundle."""
        return max([self.floor, *self.made]) + 1

    def add(self, receipt, stream, bundles, now):
        """Takes a receipt: the status, and whether it changes the ledger."""
        kept = self.receipts.get(receipt.site)
        if kept and ((receipt.created, receipt.number) < (kept.created, kept.number)
                     or receipt.text == kept.text):
            return 0, False
        highest, digest = receipt.streams.get(stream, (0, None))
        if highest in self.made and self.made[highest] != digest:
            self.floor = max(self.floor, highest)
            return 13, False
        if highest > max(self.made, default=0):
            self.floor = max(self.floor, highest)
        others = [number for number, made in self.made.items()
                  if receipt.lower.get((stream, number), made) != made]
        self.floor = max(self.floor, *others, 0)
        self.receipts[receipt.site] = receipt
        before = self.acks
        self.acks = {key: value for key, value in self.acks.items()
                     if key[0] != receipt.site
                     or value[0] == "typed" and value[1] > receipt.created}
        for sequence in self.made:
            bundle, sites = bundles[self.made[sequence]], bundles[self.made[sequence]].sites
            # Of a sequence that was used twice only a digest says which bundle came.
            named = receipt.lower.get((stream, sequence))
            sure = (sequence > self.floor or named or (receipt.site, sequence) in before
                    or {one for _, one in receipt.snapshots} >= set(bundle.snapshots.values()))
            if (sure and sequence <= highest and sequence not in receipt.gaps.get(stream, ())
                    and named in (None, self.made[sequence])
                    and (not sites or receipt.site in sites)):
                self.acks[receipt.site, sequence] = ("receipt", now)
        return 0, True

    def bundles_for(self, site, bundles):
        """The bundles that were meant for a site, by sequence."""
        return {sequence: bundles[digest] for sequence, digest in self.made.items()
                if not bundles[digest].sites or site in bundles[digest].sites}

    def known(self, site, bundles, delivered):
        """The snapshots that a site holds as far as is known, by digest."""
        found = set()
        for sequence, bundle in self.bundles_for(site, bundles).items():
            how = self.acks.get((site, sequence), ("", 0))[0]
            if how == "typed" or delivered and sequence not in self.retracted:
                found |= set(bundle.snapshots.values())
        if site in self.receipts:
            found |= {digest for _, digest in self.receipts[site].snapshots}
        return found

    def holds(self, site, contents, bundles, lists, objects, delivered):
        """Those of some contents that a site is known to hold."""
        known = self.known(site, bundles, delivered)
        found = set()
        for snapshot in known & objects & set(lists):
            found |= contents & lists[snapshot]
        receipt = self.receipts.get(site)
        if receipt:
            found |= {digest for digest in contents if receipt.has(digest)}
        return found
