"""The part of scripts/transfer-histories that looks at what clients see: a snapshot that an exporter made,
under its vendor's signature or the site's, and nothing else."""

import lzma
import os

from transfer_histories.basics import SUITES, sha256, sha256_of
from transfer_histories.releases import SIGNED, release_fields, verified


class Clients:
    """What the publications of a site must be."""

    def prefix_for(self, site, name):
        """Where a snapshot is published: composed ones, which the site signs, have a place of their own,
        unless clients have the site's signature already."""
        stream = name.split("-")[0]
        modes = self.models[site].modes.get(stream)
        if self.facts[self.names[name]].is_composed and (not modes or modes[-1] == "verbatim"):
            return stream + "-chosen"
        return stream

    def publishes(self, site, prefix, name, mode=None):
        """Notes a generation; what clients see must be just that snapshot."""
        model = self.models[site]
        names, modes = model.generations.setdefault(prefix, []), model.modes.setdefault(prefix, [])
        fact = self.facts[self.names[name]]
        is_composed = fact.is_composed
        mode = mode or (modes[-1] if modes else "resigned" if is_composed else "verbatim")
        if not names or (names[-1], modes[-1]) != (name, mode):
            names.append(name)
            modes.append(mode)
            model.behind.setdefault(prefix, []).append(model.behind_of(name, fact))
        self.counts["published"] += 1
        self.counts["published: composed"] += is_composed
        self.seen(site, prefix)

    def seen(self, site, prefix):
        """What clients see is the newest snapshot, whole, and nothing of another one."""
        model = self.models[site]
        names, mode = model.generations[prefix], model.modes[prefix][-1]
        fact = self.facts[self.names[names[-1]]]
        root, base = f"{self.depot(site)}/public/{prefix}", f"dists/{fact.distribution}"
        files = fact.shown() if fact.is_composed else fact.files
        if mode == "resigned":
            files = {path: digest for path, digest in files.items() if path != base + "/InRelease"}
        for path, digest in files.items():
            self.must(os.path.exists(f"{root}/{path}"), f"{site}: {prefix} lacks {path}")
            self.must(sha256_of(f"{root}/{path}") == digest, f"{site}: {prefix}: {path} is not that "
                      f"of {names[-1]}")
        made = set().union(*(self.lists[self.names[one]] for one in names))
        if mode == "resigned":
            self.must_be_signed_here(site, f"{root}/{base}", files, base)
            made |= {sha256_of(f"{root}/{base}/{one}") for one in SIGNED}
        if fact.is_composed:
            self.must_be_packages_of(site, root, fact)
        for place, _, listed in os.walk(root + "/", followlinks=False):
            for one in listed:
                if "/keys" not in place:
                    digest = sha256_of(f"{place}/{one}")
                    self.must(digest in made, f"{site}: {place}/{one} is of no snapshot")
        dists = set(os.listdir(root + "/dists"))
        self.must(dists <= set(SUITES), f"{site}: {prefix} has {dists}")
        self.must(not os.path.exists(root + "/provenance"), f"{site}: {prefix} shows proofs to clients")

    def tells_clients(self, site, prefix):
        """A machine is told the suite, its components and whose key signs it; nothing of it lacks."""
        model = self.models[site]
        fact = self.facts[self.names[model.generations[prefix][-1]]]
        mode = model.modes[prefix][-1]
        keys = ({self.world.fingerprints[site]} if mode == "resigned"
                else {self.world.vendors[vendor] for vendor in fact.vendors})
        (source,) = self.told(site, "client-config", prefix, "--url", "http://apt.example")["sources"]
        found = (source["mode"], source["suites"], sorted(source["components"]), set(source["keys"]))
        wanted = (mode, [fact.distribution], sorted(fact.places), keys)
        self.must(found == wanted, f"{site}: client-config says {found}, should say {wanted}")
        self.ferry(site, "publication", "check", prefix)

    def must_be_signed_here(self, site, place, files, base):
        """The site signed a Release file that lists the indexes of the snapshot, each under its own name
        and by its hash, and no other."""
        text = verified(self.world, site, self.clock, place + "/InRelease")
        self.must(text is not None, f"{site} did not sign {place}/InRelease")
        plain = verified(self.world, site, self.clock, place + "/Release.gpg", place + "/Release")
        self.must(plain == text, f"{site} did not sign {place}/Release, or another one")
        fields, listed = release_fields(text.decode())
        self.must(fields["Acquire-By-Hash"] == "yes", f"{place}: Release offers no names by hash")
        indexes = {path.removeprefix(base + "/"): digest for path, digest in files.items()
                   if path.startswith(base + "/")}
        plains = {path.removesuffix(".xz") for path in indexes}
        self.must(set(listed) == indexes.keys() | plains, f"{place}: Release lists {sorted(listed)}")
        for path, digest in indexes.items():
            with open(f"{place}/{path}", "rb") as file:
                packed = file.read()
            content = lzma.decompress(packed)
            self.must(listed[path] == (digest, len(packed)), f"{place}: Release is wrong about {path}")
            self.must(listed[path.removesuffix(".xz")] == (sha256(content), len(content)),
                      f"{place}: Release is wrong about {path} unpacked")
            by_hash = f"{place}/{os.path.dirname(path)}/by-hash/SHA256/{digest}"
            self.must(os.path.exists(by_hash) and sha256_of(by_hash) == digest,
                      f"{place}: {path} has no name by hash")

    def must_be_packages_of(self, site, root, fact):
        """Clients of a composed suite find the vendor's stanzas, and the vendor's packages behind them:
        those that were chosen, and none that was not."""
        for component in fact.places:
            path = f"{root}/dists/{fact.distribution}/{component}/binary-amd64/Packages.xz"
            with lzma.open(path, "rt", encoding="utf-8") as file:
                found = file.read().split("\n\n")
            wanted = fact.stanzas(component)
            self.must([one.strip("\n") + "\n" for one in found if one.strip()] == wanted,
                      f"{site}: {path} has other packages than were chosen")
        for one in fact.chosen:
            wanted = (self.world.files[one.proof][one.package.path] if one.proof
                      else one.package.digest)
            self.must(sha256_of(f"{root}/{one.package.path}") == wanted,
                      f"{site}: {one.package.path} is not what its vendor signed")
