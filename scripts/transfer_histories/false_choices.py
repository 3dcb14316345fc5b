"""The part of scripts/transfer-histories in which somebody with an exporter's key chooses packages: puts
one in that no vendor signed, changes or renames one, or lets the lists be others than the vendor's."""

from transfer_histories.basics import distribution_of, sha256
from transfer_histories.choosing import Chosen
from transfer_histories.forge import Forged, retire
from transfer_histories.snapshots import Composed
from transfer_histories.vendors import package

# What somebody does, and how docs/formats/bundle-format.md, Composed snapshots, ends it; without a status
# everything is the vendor's, and older than what came before.
FALSE_CHOICES = {"a package put in": 10, "a package changed": 11, "a package renamed": 11,
                 "a version changed": 11, "a package in another's place": 11, "no lists": 10,
                 "lists by the thief": 10, "a list changed": 11, "a signed choice": 11,
                 "a release that says more": 11, "a stray proof": 11, "older lists": None}


def text_of(message):
    """The text of a clearsigned message."""
    body = message.split(b"\n\n", 1)[1].split(b"-----BEGIN PGP SIGNATURE")[0]
    return body[:-1]


class FalseChoices:
    """Bundles of a stolen key with a composed snapshot."""

    def choose_falsely(self, name, site, stream, sequence, suite, state, lie):
        """One bundle with one lie about a choice, carried to one site."""
        newest = self.models[site].newest.get(suite, 0)
        if FALSE_CHOICES[lie] is None:
            if newest == 0:
                lie = "a package put in"
            else:
                state = self.chance.randrange(newest)
        bundle = Forged(self.world.fingerprints[name], stream, sequence, self.clock)
        bundle.kind = "composed"
        fact, files = self.false_choice(name, suite, state, lie)
        snapshot, medium = f"{name}-stolen-{self.count}", self.path("stolen")
        bundle.write(medium, snapshot, files, f"{fact.distribution} unsigned - -",
                     lambda *words: self.world.gpg(self.stolen[name], *words, at=self.clock))
        retire(self.stolen[name])
        self.note(f"{lie}: chosen of {suite} {state}: {bundle.path}")
        why = self.models[site].chosen_falsely(bundle, fact, FALSE_CHOICES[lie], site, self.facts,
                                               self.bundles)
        self.counts["stolen key: false choices"] += 1
        self.forged(site, bundle, medium, snapshot, why, False)

    def false_choice(self, name, suite, state, lie):
        """What the model takes it for, and its files."""
        listed = [one for one in self.world.packages[suite, state] if one.component == "main"]
        chosen = [Chosen(one, 0, (suite, state)) for one in self.chance.sample(listed, 2)]
        fact = Composed(distribution_of(suite), chosen, {(suite, state): {"main"}}, {})
        packages = [[one.package.stanza, one.package.path, self.file(suite, state, one.package.path)]
                    for one in chosen]
        self.alter(packages, lie)
        files = {path: content for _, path, content in packages}
        proofs = {path: self.file(suite, state, path.split("/", 2)[2])
                  for path in self.proof_files(suite, state, {"main"})}
        files |= self.altered_proofs(name, proofs, lie)
        return fact, files | self.suite_of(fact, [one for one, _, _ in packages], lie)

    def file(self, suite, state, path):
        """A file of the vendor's tree."""
        with open(f"{self.world.tree(suite, state)}/{path}", "rb") as file:
            return file.read()

    def alter(self, packages, lie):
        """What somebody can do to packages: each is a stanza, a path and a file."""
        stanza, path, content = packages[0]
        if lie == "a package put in":
            packages.append(self.stranger("stowaway", "pool/main/stowaway_1.0-1_amd64.deb"))
        elif lie == "a package in another's place":
            packages[0] = self.stranger("stowaway", path)
        elif lie == "a package changed":
            packages[0][0] = stanza.replace("Architecture:", "Depends: stowaway\nArchitecture:")
        elif lie == "a package renamed":
            own = stanza.split("\n", 1)[0]
            packages[0][0] = stanza.replace(own, "Package: openssh-server")
        elif lie == "a version changed":
            packages[0][0] = stanza.replace("Version: ", "Version: 9")

    @staticmethod
    def stranger(name, path):
        """A package that no vendor has ever seen."""
        control, content = package(name, "1.0-1", 300)
        return [f"{control}Filename: {path}\nSize: {len(content)}\nSHA256: {sha256(content)}\n",
                path, content]

    def altered_proofs(self, name, proofs, lie):
        """What somebody can do to the vendor's lists."""
        release = next(path for path in proofs if path.endswith("/InRelease"))
        index = next(path for path in proofs if path.endswith("/Packages.xz"))
        if lie == "no lists":
            return {}
        if lie == "a list changed":
            proofs[index] += b"\n"
        elif lie == "a stray proof":
            proofs[release.replace("InRelease", "notes")] = b"nothing\n"
        elif lie == "lists by the thief":
            content = self.signed_by_thief(name, proofs[release])
            place = release.split("/")[1]
            return {path.replace(place, sha256(content)): content if path == release else old
                    for path, old in proofs.items()}
        return proofs

    def signed_by_thief(self, name, message):
        """The text of a clearsigned message, signed with the stolen key."""
        path = self.path("Release")
        with open(path, "wb") as file:
            file.write(text_of(message))
        self.world.gpg(self.stolen[name], "--clear-sign", "--output", path + ".asc", path,
                       at=self.clock)
        with open(path + ".asc", "rb") as file:
            return file.read()

    @staticmethod
    def suite_of(fact, stanzas, lie):
        """The suite that somebody makes of stanzas."""
        base, path = f"dists/{fact.distribution}/", "main/binary-amd64/Packages"
        index = "".join(one + "\n" for one in stanzas).encode()
        release = (f"Suite: {fact.distribution}\nCodename: {fact.distribution}\nArchitectures: amd64\n"
                   "Components: main\n" + ("Origin: Vendor\n" if "says more" in lie else "")
                   + f"SHA256:\n {sha256(index)} {len(index)} {path}\n").encode()
        files = {base + "Release": release, base + path: index}
        if lie == "a signed choice":
            files[base + "InRelease"] = b"signed\n"
        return files
