"""The part of scripts/transfer-histories that knows what a site must hold, and what it must make of a
bundle: the rules of docs/formats/bundle-format.md, Acceptance, and Suites and their vendors."""

import copy

from transfer_histories.continuity import Continuity
from transfer_histories.distrust import Distrust


class Site(Distrust, Continuity):
    """What an isolated depot must hold."""

    def __init__(self, pins, lets_vouch):
        self.pins = dict(pins)  # exporter -> fingerprint of its key
        # Whether exporters may vouch for what they call their own.
        self.lets_vouch = lets_vouch
        self.brought = {}      # snapshot's name -> the key of the last bundle that brought it
        self.newest = {}       # suite -> newest state that was ever taken in
        self.accepted = {}     # (stream, sequence) -> payload digest
        self.logged = {}       # the same, where only the audit log still knows it
        self.older = []        # (stream, sequence, digest)
        self.snapshots = {}    # name -> digest
        self.retired = set()   # (name, digest)
        self.arrived = {}      # payload digest -> (chunks, resent files)
        self.generations = {}  # prefix -> names of snapshots, in order
        self.modes = {}        # prefix -> verbatim or resigned, of each generation
        self.behind = {}       # prefix -> who stands behind each generation
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
        """The highest sequence that was taken in of a stream."""
        return max((number for name, number in self.accepted if name == stream), default=0)

    def mark(self, stream):
        """Below this nothing comes in."""
        known = {**self.logged, **self.accepted}
        return max((number for name, number in known if name == stream), default=0)

    def predecessor(self, stream, suite, places, facts, bundles):
        """The snapshot of a stream that one of this suite takes the place of; None when there is
        none."""
        best = None
        for (name, sequence), digest in self.accepted.items():
            if name != stream:
                continue
            for known, content in bundles[digest].snapshots.items():
                if self.snapshots.get(known) != content or facts[content].suite != suite:
                    continue
                rank = (len(facts[content].places & places), sequence)
                if best is None or rank > best[0]:
                    best = (rank, facts[content])
        return best and best[1]

    def order_of(self, bundle, facts, bundles, older, removal):
        """The statuses that may refuse before anything is read; empty when none does."""
        refusals = set()
        for content in bundle.snapshots.values():
            new = facts[content]
            known = self.predecessor(bundle.stream, new.suite, new.places, facts, bundles)
            if known is None:
                continue
            # Of a composed suite MANIFEST claims no date.
            newest = None if new.is_composed else max(
                facts[other].state for other in bundle.snapshots.values()
                if facts[other].suite == new.suite)
            if newest is not None and newest < known.state and not older:
                refusals.add(13)
            if known.places - new.places and not removal:
                refusals.add(19)
        return refusals

    def is_behind(self, bundle, facts):
        """Whether it has an older state of some suite than one that came before, in whatever stream: of
        whole suites its newest state counts; of the lists that vouch for chosen packages each one does."""
        brought, lists = {}, set()
        for fact in (facts[content] for content in bundle.snapshots.values()):
            if fact.is_composed:
                lists |= fact.seen
            else:
                brought[fact.suite] = max(fact.state, brought.get(fact.suite, fact.state))
        return self.is_older({*brought.items(), *lists})

    def found_behind(self, bundle, facts, older):
        """What refuses a bundle once the vendors' chains are followed: composed snapshots come first, one
        after the other."""
        for name, content in sorted(bundle.snapshots.items()):
            fact = facts[content]
            if fact.has_own and not (self.lets_vouch and name.startswith(bundle.stream + "-own-")):
                return {10}, "nobody vouches"
            if fact.is_composed and not older and self.is_older(fact.seen):
                return {13}, "older state"
        return ({13}, "older state") if self.is_behind(bundle, facts) and not older else None

    def is_older(self, states):
        """Whether one of some states of suites is older than one that came before."""
        return any(state < self.newest.get(suite, state) for suite, state in states)

    def admission(self, bundle, signed, site, older):
        """What signature, records and sequence say: the statuses and why, or None."""
        if not signed or bundle.key not in self.pins.values():
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
        return None

    def decide(self, bundle, medium, site, objects, facts, bundles, older=False, removal=False):
        """The statuses that an import may end with, and why."""
        settled = self.admission(bundle, medium.signed, site, older)
        if settled:
            return settled
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
        refusal = self.found_behind(bundle, facts, older)
        if refusal and self.chain_can_be_followed(bundle, chunks, lacking):
            return refusal
        if not lacking:
            return {0}, "imported"
        harmed = {number for digest in lacking for number in bundle.contents[digest]} - chunks
        return ({11}, "damaged") if harmed & medium.damaged else ({12}, "incomplete")

    def chain_can_be_followed(self, bundle, chunks, lacking):
        """Whether an import comes to the vendor's chain: at its end, when nothing is missing; or
        behind a chunk that was read, when nothing relied on and no file outside of pool/ is."""
        if not lacking:
            return True
        if any(not bundle.contents[digest] for digest in lacking):
            return False
        before = self.arrived.get(bundle.digest, (set(), set()))[0]
        indexes = {digest for files in bundle.files.values() for path, digest in files.items()
                   if not path.startswith("pool/")}
        return chunks > before and all(bundle.contents[digest] <= chunks for digest in indexes)

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

    def take(self, bundle, older, facts):
        """Notes what taking a bundle in changes."""
        if older and (bundle.sequence < self.mark(bundle.stream) or self.is_behind(bundle, facts)):
            self.older.append((bundle.stream, str(bundle.sequence), bundle.digest))
        self.accepted[bundle.stream, bundle.sequence] = bundle.digest
        self.logged.pop((bundle.stream, bundle.sequence), None)
        self.snapshots.update(bundle.snapshots)
        self.brought.update((name, bundle.key) for name in bundle.snapshots)
        for content in bundle.snapshots.values():
            for suite, state in facts[content].seen:
                self.newest[suite] = max(state, self.newest.get(suite, state))
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
