"""The part of scripts/transfer-histories that knows who stands behind what a site has and publishes: clients
get nobody else's packages unasked."""

import collections

from transfer_histories.basics import vendor_of

# Who stands behind what clients have: vendors, and keys of exporters that vouch for their own packages.
Behind = collections.namedtuple("Behind", "vendors vouchers")


def behind(fact, key):
    """Who stands behind a snapshot that a bundle of this key brought."""
    return Behind(fact.vendors, frozenset({key} if fact.has_own else ()))


def goes_on(before, after, is_composed):
    """Whether clients of what some stand behind may get a snapshot unasked: composed ones where they know
    all who stand behind it, a vendor's own where they know the vendor."""
    if not before.vendors and not before.vouchers:
        return True
    if is_composed and after.vendors:
        return after.vendors <= before.vendors and after.vouchers <= before.vouchers
    if before.vendors and after.vendors:
        return bool(before.vendors & after.vendors)
    # Where no vendor is, an exporter goes on as itself.
    return not before.vendors and bool(before.vouchers & after.vouchers)


class Continuity:
    """What a site must say of vendors and exporters that were not there before."""

    def strangers(self, bundle, facts):
        """Snapshots with suites whose vendor was not seen with them, while another vendor has suites
        of the same Origin here: each is an alarm."""
        seen = {vendor_of(suite) for suite in self.newest}
        return [(name, suite) for name, content in bundle.snapshots.items()
                for suite, _ in facts[content].seen
                if suite not in self.newest and seen - {vendor_of(suite)}]

    def behind_of(self, name, fact):
        """Who stands behind a snapshot that is here."""
        return behind(fact, self.brought.get(name))

    def changes_vendor(self, prefix, names, facts, digests, key=None):
        """Whether snapshots, here or in a bundle of a key, would put somebody else's packages where clients
        have some."""
        known = self.behind.get(prefix)
        if not known:
            return False
        found = {name: facts[digests[name]] for name in names}
        return any(not goes_on(known[-1], behind(fact, key or self.brought.get(name)), fact.is_composed)
                   for name, fact in found.items())

    def published(self):
        """The names of all snapshots that clients have ever seen."""
        return {name for names in self.generations.values() for name in names}
