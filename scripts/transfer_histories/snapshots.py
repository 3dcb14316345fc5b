"""The part of scripts/transfer-histories that knows what a snapshot has: what its vendor signed, or what
an exporter chose of that."""

from transfer_histories.basics import distribution_of, vendor_of

# Where a composed snapshot has what vouches for its packages.
PROOFS = "provenance/"


class Verbatim:
    """A state of a vendor's suite, byte for byte."""

    is_composed = has_own = False

    def __init__(self, suite, state, files, places):
        self.suite, self.state, self.files, self.places = suite, state, files, places
        # The states of vendors' suites that a reader sees in it.
        self.seen = frozenset({(suite, state)})
        self.vendors = frozenset({vendor_of(suite)})
        self.distribution = distribution_of(suite)


class Composed:
    """Packages that an exporter chose, each with the list of a vendor that has it."""

    is_composed = True
    state = None

    def __init__(self, distribution, chosen, proofs, files):
        self.distribution = distribution
        # Nobody signs a composed suite: one takes the place of another composed one only.
        self.suite = "composed " + distribution
        self.chosen = chosen   # Chosen packages, as the index has them
        self.proofs = proofs   # (suite, state) -> components whose index is carried
        self.files = files     # path -> SHA-256
        self.seen = frozenset(proofs)
        self.vendors = frozenset(vendor_of(suite) for suite, _ in proofs)
        # Whether it has packages that no vendor vouches for.
        self.has_own = any(one.proof is None for one in chosen)
        # An index of nothing is one of main.
        self.places = frozenset(one.package.component for one in chosen) or frozenset({"main"})

    def stanzas(self, component):
        """The stanzas that the index of a component must have, in its order."""
        return [one.package.stanza for one in self.chosen if one.package.component == component]

    def shown(self):
        """The files that clients of it get, but for its Release file, which the site replaces."""
        return {path: digest for path, digest in self.files.items() if not path.startswith(PROOFS)
                and path != f"dists/{self.distribution}/Release"}
