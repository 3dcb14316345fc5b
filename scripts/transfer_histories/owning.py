"""The part of scripts/transfer-histories in which exporters have packages of their own, which no vendor
signed: they come in where a site lets the exporter vouch for them, and nowhere else."""

from transfer_histories.basics import EXPORTERS, SITES, sha256
from transfer_histories.choosing import Chosen
from transfer_histories.snapshots import Composed
from transfer_histories.vendors import Package, package

REPO, AGENT = "tools", "site-agent"


class Owning:
    """The steps of an exporter that builds."""

    def own(self):
        """The newest package that an exporter built, alone or put beside a vendor's."""
        name = self.chance.choice(EXPORTERS)
        others = list(self.models[name].snapshots)
        snapshot = self.freeze_own(name)
        if others and self.chance.random() < 0.6:
            snapshot = self.merge(name, [others[-1], snapshot], None)
        sites = self.chance.sample(self.busy if self.chance.random() < 0.8 else SITES, 1)
        return self.export(name, [snapshot], sites)

    def freeze_own(self, name):
        """Builds a package, adds it to the exporter's repository, and freezes that."""
        model = self.models[name]
        if not model.own:
            self.ferry(name, "repo", "create", REPO, "--suite", self.suites[name])
        model.own.append(self.build(name, f"{1 + len(model.own)}.{self.count}-1"))
        self.count += 1
        snapshot = self.name_for(name, True)
        digest = self.told(name, "snapshot", "create", snapshot, "--repo", REPO)["snapshot"]["digest"]
        chosen = [Chosen(one, 0, None) for one in model.own]
        return self.made(name, snapshot, Composed(self.suites[name], chosen, {},
                                                  self.listing(name, digest)), digest)

    def build(self, name, version):
        """A package of the exporter's own; its repository says where it lies."""
        control, content = package(AGENT, version, 600)
        built = f"{AGENT}_{version}_amd64.deb"
        path = f"{self.path('built')}-{built}"
        with open(path, "wb") as file:
            file.write(content)
        answer = self.told(name, "repo", "add", REPO, path)
        self.must(answer["added"] == [f"{AGENT} {version} amd64"], f"{name} added {answer['added']}")
        place = f"pool/main/s/{AGENT}/{built}"
        stanza = f"{control}Filename: {place}\nSize: {len(content)}\nSHA256: {sha256(content)}\n"
        return Package("main", AGENT, version, stanza, place, sha256(content))

    def name_for(self, name, has_own):
        """What a composed snapshot is called: sites let an exporter vouch for what is called its own. Now
        and then somebody forgets.

        Of a bundle the last name is published: half of the choices stand before whole suites."""
        if has_own and self.chance.random() < 0.85:
            return f"{name}-own-{self.count}"
        return f"{name}-{self.chance.choice(('', '0'))}{self.count}"
