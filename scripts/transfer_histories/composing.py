"""The part of scripts/transfer-histories in which exporters choose: snapshots of packages of other
snapshots, each predicted by the model to the last stanza before it is made, and carried like any other."""

import lzma

from transfer_histories.basics import EXPORTERS, SITES, distribution_of, sha256
from transfer_histories.choosing import Chosen, filtered, merged, some
from transfer_histories.releases import release_fields
from transfer_histories.snapshots import PROOFS, Composed

RULES = (None, None, "--latest", "--left-first", "--all")


class Composing:
    """The steps of an exporter that chooses."""

    def compose(self):
        """A filter or a merge of what an exporter has; most are carried at once."""
        name = self.chance.choice(EXPORTERS)
        if not self.models[name].snapshots or self.chance.random() < 0.3:
            self.freeze(name)
        snapshot = self.choose(name)
        if self.chance.random() < 0.2:
            return None
        names = [snapshot]
        if self.chance.random() < 0.3:
            # Beside what it was chosen from, or beside anything else.
            names.insert(0, self.chance.choice(list(self.models[name].snapshots)))
            names = list(dict.fromkeys(names))
        sites = self.chance.sample(self.busy if self.chance.random() < 0.8 else SITES,
                                   self.chance.choice((1, 1, 2)))
        return self.export(name, names, sites, self.chance.choice((None,) * 6 + ("--full",)))

    def choose(self, name):
        """Makes a composed snapshot of some that an exporter has."""
        held = list(self.models[name].snapshots)
        sources = [held[-1] if self.chance.random() < 0.7 else self.chance.choice(held)]
        if self.chance.random() < 0.35:
            sources = list(dict.fromkeys([self.chance.choice(held), *sources]))
        if self.chance.random() < (0.25 if len(sources) == 1 else 0.6):
            return self.merge(name, sources, self.chance.choice(RULES))
        return self.filter(name, sources, some(self.chance))

    def filter(self, name, sources, queries):
        """A snapshot of what some queries ask for."""
        chosen = filtered(self.packages_of(name, sources), queries)
        return self.composed(name, sources, chosen, lambda snapshot: (
            "filter", *sources, snapshot, *(query.text for query in queries)))

    def merge(self, name, sources, rule):
        """A snapshot of all packages of others."""
        chosen = merged(self.packages_of(name, sources), rule)
        return self.composed(name, sources, chosen, lambda snapshot: (
            "merge", snapshot, *sources, *([rule] if rule else [])))

    def packages_of(self, name, sources):
        """The packages of snapshots, each with the vendor's list that vouches for it."""
        found = []
        for number, source in enumerate(sources):
            fact = self.facts[self.models[name].snapshots[source]]
            if fact.is_composed:
                found += [Chosen(one.package, number, proof) for one, proof in
                          zip(fact.chosen, self.vouching(fact))]
            else:
                found += [Chosen(package, number, (fact.suite, fact.state))
                          for package in self.world.packages[fact.suite, fact.state]]
        return found

    def vouching(self, fact):
        """Which proof of a composed snapshot goes on vouching for each of its packages: the first, by
        its place, that lists it."""
        places = sorted(fact.proofs, key=lambda proof: self.proof_place(*proof))
        found = []
        for one in fact.chosen:
            found.append(one.proof and next(
                proof for proof in places if one.package.component in fact.proofs[proof]
                and one.package in self.world.packages[proof]))
        return found

    def proof_place(self, suite, state):
        """Where a composed snapshot has a state of a vendor's suite."""
        files = self.world.files[suite, state]
        return PROOFS + files[f"dists/{distribution_of(suite)}/InRelease"] + "/"

    def composed(self, name, sources, chosen, words_for):
        """Makes it, and compares it with what was predicted."""
        self.count += 1
        own = sum(one.proof is None for one in chosen)
        snapshot = self.name_for(name, own > 0)
        answer = self.told(name, "snapshot", *words_for(snapshot))
        self.must((answer["packages"], answer["ownPackages"]) == (len(chosen), own),
                  f"{snapshot} has {answer['packages']} packages, {answer['ownPackages']} of them its "
                  f"own; should have {len(chosen)}, {own}")
        digest = answer["snapshot"]["digest"]
        distribution = self.facts[self.models[name].snapshots[sources[0]]].distribution
        proofs = {}
        for one in chosen:
            if one.proof:
                proofs.setdefault(one.proof, set()).add(one.package.component)
        self.counts["composed: " + words_for(snapshot)[0]] += 1
        self.counts["composed: of several states"] += len(proofs) > 1
        return self.made(name, snapshot, Composed(distribution, chosen, proofs,
                                                  self.listing(name, digest)), digest)

    def made(self, name, snapshot, fact, digest):
        """Notes a composed snapshot, which must be what was chosen."""
        self.must_be_as_chosen(name, snapshot, fact)
        self.models[name].snapshots[snapshot] = self.names[snapshot] = digest
        self.facts[digest], self.lists[digest] = fact, set(fact.files.values())
        self.counts["composed: with packages of the exporter's own"] += fact.has_own
        return snapshot

    def listing(self, name, digest):
        """The files of a snapshot of a depot, as its listing has them."""
        lines = self.content(name, digest).decode().splitlines()
        return {path: content for content, _, path in (line.split(" ", 2) for line in lines)}

    def content(self, name, digest):
        """An object of a depot."""
        with open(f"{self.depot(name)}/objects/{digest[:2]}/{digest}", "rb") as file:
            return file.read()

    def must_be_as_chosen(self, name, snapshot, fact):
        """Its packages, proofs and indexes are what was chosen, and it has nothing else."""
        wanted = {one.package.path: one.package.digest for one in fact.chosen}
        for proof, components in fact.proofs.items():
            wanted |= self.proof_files(*proof, components)
        base, indexes = f"dists/{fact.distribution}/", {}
        for component in fact.places:
            path = f"{component}/binary-amd64/Packages"
            packed = self.content(name, fact.files.get(f"{base}{path}.xz", ""))
            text = lzma.decompress(packed)
            self.must(text.decode() == "".join(one + "\n" for one in fact.stanzas(component)),
                      f"{snapshot}: {path} is not what was chosen")
            indexes |= {path: text, path + ".xz": packed}
            wanted[f"{base}{path}.xz"] = sha256(packed)
        wanted[base + "Release"] = fact.files.get(base + "Release")
        self.must(fact.files == wanted, f"{snapshot} has {sorted(fact.files.items())}, should have "
                  f"{sorted(wanted.items())}")
        fields, listed = release_fields(self.content(name, wanted[base + "Release"]).decode())
        self.must(fields == {"Suite": fact.distribution, "Codename": fact.distribution,
                             "Architectures": "amd64", "Components": " ".join(sorted(fact.places))},
                  f"{snapshot}: Release says {fields}")
        self.must(listed == {path: (sha256(text), len(text)) for path, text in indexes.items()},
                  f"{snapshot}: Release lists {listed}")

    def proof_files(self, suite, state, components):
        """The files that vouch for packages of some components of a state."""
        files, place = self.world.files[suite, state], self.proof_place(suite, state)
        base = f"dists/{distribution_of(suite)}/"
        paths = [base + "InRelease"] + [f"{base}{one}/binary-amd64/Packages.xz" for one in components]
        return {place + path: files[path] for path in paths}
