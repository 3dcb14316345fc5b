"""The part of scripts/transfer-histories that knows how it should be: bundles and receipts as
docs/bundle-format.md and docs/receipt-format.md describe them, and what each depot must hold."""

import base64
import calendar
import copy
import os
import subprocess
import time

from transfer_histories_world import sha256, sha256_of


def moment(text):
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

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
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
    def __init__(self, path, accepted):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        body = self.text.split("\n\n", 1)[1].split("-----BEGIN PGP SIGNATURE")[0]
        fields = stanzas(body)[0]
        self.site, self.number = fields["Site"], int(fields["Number"])
        self.created = moment(fields["Created"])
        self.streams = {line.split()[0]: (int(line.split()[1]), line.split()[2])
                        for line in fields.get("Streams", [])}
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
        bits = "".join(f"{byte:08b}" for byte in content)
        values, place, value = set(), 0, 0
        for _ in range(self.count):
            end = bits.index("0", place)
            value += (end - place) * 65536 + int(bits[end + 1:end + 17], 2)
            place = end + 17
            values.add(value)
        return values

    def has(self, digest):
        return self.count > 0 and int(digest[:16], 16) * 65536 * self.count >> 64 in self.values


class Site:
    """What an isolated depot must hold."""

    def __init__(self):
        self.accepted = {}     # (stream, sequence) -> payload digest
        self.logged = {}       # the same, where only the audit log still knows it
        self.older = []        # (stream, sequence, digest)
        self.snapshots = {}    # name -> digest
        self.retired = set()   # (name, digest)
        self.arrived = {}      # payload digest -> (chunks, resent files)
        self.generations = {}  # prefix -> names of snapshots, in order
        self.number = 0

    def with_log_of(self, now):
        """This state, as a backup had it, beside what the audit log has since."""
        model = copy.deepcopy(self)
        model.logged = {key: digest for key, digest in {**now.logged, **now.accepted}.items()
                        if key not in model.accepted}
        model.arrived = {digest: (set(model.arrived.get(digest, (set(), set()))[0]), set(files))
                         for digest, (_, files) in now.arrived.items()}
        return model

    def highest(self, stream):
        return max((number for name, number in self.accepted if name == stream), default=0)

    def mark(self, stream):
        """Below this nothing comes in."""
        known = {**self.logged, **self.accepted}
        return max((number for name, number in known if name == stream), default=0)

    def predecessor(self, bundle, name, facts, bundles):
        """The snapshot of the stream that this one takes the place of; None when there is none."""
        suite, _, places = facts[bundle.snapshots[name]]
        best = None
        for (stream, sequence), digest in self.accepted.items():
            if stream != bundle.stream:
                continue
            for known, content in bundles[digest].snapshots.items():
                if self.snapshots.get(known) != content or facts[content][0] != suite:
                    continue
                rank = (len(facts[content][2] & places), sequence)
                if best is None or rank > best[0]:
                    best = (rank, facts[content])
        return best and best[1]

    def order_of(self, bundle, facts, bundles, older, removal):
        """The statuses by which rules 7 and 8 may refuse; empty when they accept."""
        refusals = set()
        for name, content in bundle.snapshots.items():
            suite, _, places = facts[content]
            known = self.predecessor(bundle, name, facts, bundles)
            if known is None:
                continue
            newest = max(facts[other][1] for other in bundle.snapshots.values()
                         if facts[other][0] == suite)
            if newest < known[1] and not older:
                refusals.add(13)
            if known[2] - places and not removal:
                refusals.add(19)
        return refusals

    def decide(self, bundle, medium, site, objects, facts, bundles, older=False, removal=False):
        """The statuses that an import may end with, and why."""
        if not medium.signed:
            return {10}, "signature"
        known = self.accepted.get((bundle.stream, bundle.sequence))
        if known == bundle.digest:
            return {0}, "already"
        if known:
            return {13}, "equivocation"
        if bundle.sites and site not in bundle.sites:
            return {19}, "other site"
        mark = self.mark(bundle.stream)
        if bundle.sequence == mark and self.logged[bundle.stream, mark] != bundle.digest:
            return {13}, "equivocation"
        if bundle.sequence < mark and not older:
            return {13}, "rollback"
        if not medium.listed:
            return {11}, "entries"
        refusals = self.order_of(bundle, facts, bundles, older, removal)
        if refusals:
            return refusals, "vanished" if 19 in refusals else "older suite"
        chunks, files = self.at_hand(bundle, medium, objects)
        lacking = set()
        for digest, places in bundle.contents.items():
            if digest in objects:
                continue
            if places and not places <= chunks or not places and digest not in files:
                lacking.add(digest)
        if not lacking:
            return {0}, "imported"
        harmed = {number for digest in lacking for number in bundle.contents[digest]} - chunks
        return ({11}, "damaged") if harmed & medium.damaged else ({12}, "incomplete")

    def at_hand(self, bundle, medium, objects):
        """The chunks and the resent files that arrived, now or before."""
        chunks, files = self.arrived.get(bundle.digest, (set(), set()))
        held = {number for number in bundle.chunks
                if all(digest in objects for digest, places in bundle.contents.items()
                       if number in places)}
        return chunks | medium.good | held, files | medium.files

    def lacks(self, bundle, medium, objects):
        """What a request must ask for: chunks, and contents without a place."""
        chunks, files = self.at_hand(bundle, medium, objects)
        relied = {digest for digest, places in bundle.contents.items() if not places}
        return set(bundle.chunks) - chunks, relied - files - objects

    def take(self, bundle, older):
        if older and bundle.sequence < self.mark(bundle.stream):
            self.older.append((bundle.stream, str(bundle.sequence), bundle.digest))
        self.accepted[bundle.stream, bundle.sequence] = bundle.digest
        self.logged.pop((bundle.stream, bundle.sequence), None)
        self.snapshots.update(bundle.snapshots)
        self.retired |= set(bundle.retired)
        self.arrived.pop(bundle.digest, None)

    def may_need(self, bundles):
        """The most that gc may leave."""
        names = set(self.snapshots.values())
        contents = set(names)
        for digest in set(self.accepted.values()) | set(self.arrived):
            bundle = bundles[digest]
            kept = set(self.published()) & set(bundle.snapshots)
            for name, content in bundle.snapshots.items():
                if content in names or name in kept or digest in self.arrived:
                    contents |= {content, *bundle.files[name].values()}
        return contents

    def published(self):
        return {name for names in self.generations.values() for name in names}


class Exporter:
    """What the ledger of a depot that exports must say."""

    def __init__(self):
        self.made = {}        # sequence -> payload digest
        self.snapshots = {}   # name -> digest
        self.acks = {}        # (site, sequence) -> (how, learned)
        self.receipts = {}    # site -> Receipt
        self.retracted = set()
        self.floor = 0     # up to here sequences may have been used twice

    def next(self):
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
        self.receipts[receipt.site] = receipt
        before = self.acks
        self.acks = {key: value for key, value in self.acks.items()
                     if key[0] != receipt.site
                     or value[0] == "typed" and value[1] > receipt.created}
        for sequence in self.made:
            bundle, sites = bundles[self.made[sequence]], bundles[self.made[sequence]].sites
            # Of a sequence that was used twice the receipt does not say which bundle came.
            sure = (sequence > self.floor or (receipt.site, sequence) in before
                    or {one for _, one in receipt.snapshots} >= set(bundle.snapshots.values()))
            if (sure and sequence <= highest and sequence not in receipt.gaps.get(stream, ())
                    and (not sites or receipt.site in sites)):
                self.acks[receipt.site, sequence] = ("receipt", now)
        return 0, True

    def bundles_for(self, site, bundles):
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
