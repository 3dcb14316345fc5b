"""The part of scripts/transfer-histories that knows how a site refuses what somebody made with a stolen
exporter's key: the rules of docs/formats/bundle-format.md in the order in which they are asked."""

from transfer_histories.basics import date_of


class Distrust:
    """What a site says of a bundle that lies."""

    def lied_to(self, bundle, suite, state, places, claim, chain, site, facts, bundles, older):
        """The status that refuses a bundle of somebody who has an exporter's key.

        `claim` is whose suite of which moment MANIFEST says it is, `chain` how the vendor's chain ends
        it, if it does."""
        settled = self.admission(bundle, True, site, older)
        if settled:
            (status,) = settled[0]
            return status
        owner, date = claim
        if owner is None and chain == 10:
            return 10
        known = owner and self.predecessor(bundle.stream, owner, places, facts, bundles)
        if known and not older and date is not None and date < date_of(known.state):
            return 13
        if known and known.places - places:
            return 19
        if chain:
            return chain
        return 13 if state < self.newest.get(suite, state) and not older else 11

    def chosen_falsely(self, bundle, fact, chain, site, facts, bundles):
        """The same of a composed snapshot, of which MANIFEST claims nothing: its lists alone say what it is.

        `chain` is how these end it; None where all is true and only older than what came before."""
        settled = self.admission(bundle, True, site, False)
        if settled:
            (status,) = settled[0]
            return status
        known = self.predecessor(bundle.stream, fact.suite, fact.places, facts, bundles)
        if known and known.places - fact.places:
            return 19
        return chain or 13
