"""The part of scripts/transfer-histories in which somebody attacks: with an exporter's key, or as a
vendor in another one's place. Each attack is predicted by the model before, and looked at after."""

import os
import shutil

from transfer_histories.basics import (EXPORTERS, OTHER, OTHER_STATES, SITES, STATES, SUITES,
                                      date_of, moment_text)
from transfer_histories.false_choices import FALSE_CHOICES, FalseChoices, text_of
from transfer_histories.forge import Forged, retire

NOBODY = "AB" * 20
# What a stolen key is used for, and how the vendor's chain ends it; without a status it is followed
# to its end, and only the claim is false.
LIES = {"new date": None, "date far ahead": None, "no date": None, "signer who did not": None,
        "signer unknown": None, "one signer more": None, "unsigned": 10, "called unsigned": 10,
        "package changed": 11, "index changed": 11, "file more": 11, "signed by the thief": 10,
        "signed by nobody": 10}


class Attacks(FalseChoices):
    """The steps of somebody who wants in, and the answers to them."""

    # --- a stolen key --------------------------------------------------------------------------

    def steal(self):
        """Somebody with an exporter's key sends bundles that lie; in the end that is found out."""
        name = self.chance.choice(EXPORTERS)
        if name not in self.stolen:
            self.stolen[name] = f"{self.root}/thief-{name}"
            shutil.copytree(self.world.template(name) + "/gnupg", self.stolen[name],
                            ignore=shutil.ignore_patterns("S.*", "*.lock"))
            os.chmod(self.stolen[name], 0o700)
        for _ in range(self.chance.choice((1, 1, 2))):
            site = self.chance.choice(self.busy if self.chance.random() < 0.8 else SITES)
            lies = FALSE_CHOICES if self.chance.random() < 0.35 else LIES
            self.attack(name, site, self.chance.choice(list(lies)))
        if name not in self.renewed and self.chance.random() < 0.25:
            self.renew(name)

    def attack(self, name, site, lie):
        """One bundle by a stolen key, with one lie, carried to one site."""
        suite = self.suites[name] if self.chance.random() < 0.8 else self.chance.choice(SUITES)
        newest = self.models[site].newest.get(suite, STATES - 2)
        state = self.chance.randrange(STATES) if self.chance.random() < 0.4 else max(
            0, newest - self.chance.choice((0, 1, 2, 3)))
        stream, sequence = name, max(self.models[site].mark(name), self.models[name].next() - 1) + 1
        if self.chance.random() < 0.3:
            stream, sequence = f"{name}-{self.count}", self.chance.choice((1, 7))
        elif self.chance.random() < 0.1 and sequence > 2:
            sequence -= 2
        self.clock += 600
        if lie in FALSE_CHOICES:
            return self.choose_falsely(name, site, stream, sequence, suite, state, lie)
        bundle = Forged(self.world.fingerprints[name], stream, sequence, self.clock)
        files, line, claim = self.lie(name, suite, state, lie)
        snapshot, medium = f"{name}-stolen-{self.count}", self.path("stolen")
        bundle.write(medium, snapshot, files, line, lambda *words: self.world.gpg(
            self.stolen[name], *words, at=self.clock))
        retire(self.stolen[name])
        self.note(f"{lie}: {suite} {state}, {line}: {bundle.path}")
        places = self.world.places[suite, state]
        for older in (False, True):
            why = self.models[site].lied_to(bundle, suite, state, places, claim, LIES[lie], site,
                                            self.facts, self.bundles, older)
            self.forged(site, bundle, medium, snapshot, why, older)
            if why != 13 or self.chance.random() < 0.5:
                break
        return None

    def forged(self, site, bundle, medium, snapshot, status, older):
        """Nothing of it stays, whatever an operator is talked into."""
        before, words = self.objects(site), []
        if older:
            words = ["--accept-older", "--reason", "they said it is urgent"]
        if self.chance.random() < 0.3 and bundle.stream in self.models[site].generations:
            words += ["--publish", bundle.stream]
        self.ferry(site, "import", medium, *words, may={status}, why=f"a stolen key: {bundle.path}")
        self.counts[f"stolen key: refused with {status}"] += 1
        if status == 10 and bundle.key not in self.models[site].pins.values():
            self.counts["stolen key: no longer pinned"] += 1
        self.must(self.objects(site) == before, f"{site}: a stolen key changed the objects")
        self.must(not os.path.exists(f"{self.depot(site)}/incoming/import-{bundle.digest}"),
                  f"{site}: {bundle.path} left something")
        self.must(all(one["name"] != snapshot for one in self.told(site, "snapshot", "list")["snapshots"]),
                  f"{site} has {snapshot}, of a stolen key")
        for prefix in self.models[site].generations:
            self.seen(site, prefix)

    def lie(self, name, suite, state, lie):
        """The files, the line of `Suites`, and whose suite of which moment that claims to be."""
        tree = self.world.tree(suite, state)
        files = {}
        for path in self.world.files[suite, state]:
            with open(f"{tree}/{path}", "rb") as file:
                files[path] = file.read()
        vendor, other = self.world.vendors["vendor"], self.world.vendors["other"]
        signers, date, owner = vendor, date_of(state), suite
        if lie in ("new date", "date far ahead", "no date"):
            date = {"new date": self.clock, "date far ahead": self.clock * 2}.get(lie)
        elif lie == "signer who did not":
            signers, owner = other, OTHER + suite
        elif lie == "signer unknown":
            signers, owner = NOBODY, None
        elif lie == "one signer more":
            signers = f"{vendor},{NOBODY}"
        elif "unsigned" in lie:
            signers, owner = None, None
        self.change(files, name, suite, lie)
        moment = "-" if date is None else moment_text(date)
        how = f"signed {signers}" if signers else "unsigned -"
        return files, f"{suite} {how} {moment}", (owner, date)

    def change(self, files, name, suite, lie):
        """What somebody can change below the vendor's signature."""
        release, index = f"dists/{suite}/InRelease", f"dists/{suite}/main/binary-amd64/Packages.xz"
        package = next(path for path in sorted(files) if path.endswith(".deb"))
        if lie == "package changed":
            files[package] = bytes(reversed(files[package]))
        elif lie == "index changed":
            files[index] += b"\n"
        elif lie == "file more":
            files["pool/main/stowaway_1.0_amd64.deb"] = b"stowaway\n"
        elif lie == "unsigned":
            files[f"dists/{suite}/Release"] = text_of(files.pop(release))
        elif lie == "signed by nobody":
            files[release] = text_of(files[release])
        elif lie == "signed by the thief":
            files[release] = self.signed_by_thief(name, files[release])

    # --- the answer to it ----------------------------------------------------------------------

    def renew(self, name):
        """The exporter gets a new key, and every site removes the stolen one and pins that."""
        self.note(f"the theft of {name}'s key is found out")
        self.renewed.add(name)
        self.counts["keys renewed"] += 1
        self.take_new_key(name)
        for site in SITES:
            self.pin_new_key(site, name)
        # What the stolen key signed comes in no more: nobody asks for the rest of it.
        own = {digest for digest, bundle in self.bundles.items() if bundle.stream == name}
        self.wanting = {key: value for key, value in self.wanting.items() if key[1] not in own}
        self.requests = [one for one in self.requests if one[2] not in own]
        self.transit = [one for one in self.transit
                        if one[2] not in own or self.chance.random() < 0.3]

    def take_new_key(self, name):
        """Puts another identity into an exporter's depot."""
        source, depot = self.world.template(name + "-new"), self.depot(name)
        shutil.rmtree(depot + "/gnupg")
        shutil.copytree(source + "/gnupg", depot + "/gnupg", ignore=shutil.ignore_patterns("S.*"))
        shutil.copy(source + "/signing-key", depot + "/signing-key")
        self.commands.append(f"cp -r {source}/gnupg {source}/signing-key {depot}")
        self.models[name].key = self.world.fingerprints[name + "-new"]

    def pin_new_key(self, site, name):
        """A site removes an exporter's old key and pins the new one."""
        new = self.world.fingerprints[name + "-new"]
        self.ferry(site, "trust", "remove", "--yes", self.world.fingerprints[name])
        self.ferry(site, "trust", "add", f"{self.world.root}/{name}-new.asc", "--role", "exporter",
                   "--name", name, "--fingerprint", new, *self.world.may_vouch(site, name))
        self.models[site].pins[name] = new

    def bring_up_to_date(self, depot):
        """A depot that was put back from a backup trusts, or signs with, the stolen key again."""
        for name in sorted(self.renewed):
            if depot == name and self.models[name].key == self.world.fingerprints[name]:
                self.take_new_key(name)
            if depot in SITES and self.models[depot].pins[name] == self.world.fingerprints[name]:
                self.pin_new_key(depot, name)

    # --- a vendor in another's place -------------------------------------------------------------

    def impersonate(self):
        """An honest exporter carries a suite of another vendor that calls itself as the first one's."""
        name = self.chance.choice(EXPORTERS)
        snapshot = self.freeze_state(name, OTHER + self.suites[name],
                                     self.chance.randrange(OTHER_STATES))
        site = self.chance.choice(self.busy)
        bundle = self.export(name, [snapshot], [site])
        if bundle is None:
            return
        self.counts["suites of another vendor carried"] += 1
        del self.transit[-1]
        why = self.bring(site, [bundle.path], bundle, publish=self.chance.choice((name, name, "")))
        if why == "another vendor":
            why = self.bring(site, [bundle.path], bundle, publish="")
        if why == "imported":
            self.publish_at(site, name, snapshot, self.chance.random() < 0.3)
