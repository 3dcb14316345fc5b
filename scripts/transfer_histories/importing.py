"""The part of scripts/transfer-histories that brings media to a site: each import is predicted by the
model before, and looked at after."""

import json
import os
import shutil
import sqlite3

from transfer_histories.basics import SITES, distribution_of, vendor_of
from transfer_histories.model import Medium

# Why an import needs --accept-older: its sequence; a Date that MANIFEST states; a Date behind the chain.
OLD = ("rollback", "older suite", "older state")


class Importing:
    """The steps that bring media to a site."""

    def carry(self):
        """One medium comes in: late, twice, in any order, harmed, in part; or never."""
        if not self.transit:
            return self.export()
        index = self.chance.randrange(len(self.transit))
        site, places, digest = self.transit[index]
        bundle, roll = self.bundles[digest], self.chance.random()
        if self.chance.random() < 0.65:
            del self.transit[index]
        if roll < 0.12:
            self.counts["media lost"] += 1
            return self.note(f"lost: {bundle.name} for {site}")
        if roll < 0.22:
            site = self.chance.choice(SITES)
        elif roll < 0.5 and bundle.chunks:
            places = self.harm(bundle, places, roll)
        return self.bring(site, places, bundle)

    def harm(self, bundle, places, roll):
        """A copy of a medium that is damaged, lacks chunks, or is two media."""
        place = self.path("harmed") + "/" + bundle.name
        shutil.copytree(places[-1], place)
        names = sorted(os.listdir(place + "/chunks"))
        if roll < 0.34 or not names:
            files = ["MANIFEST", "ENTRIES.zst"] + ["chunks/" + name for name in names] * 3
            path = place + "/" + self.chance.choice(files)
            with open(path, "r+b") as file:
                position = self.chance.randrange(os.path.getsize(path))
                file.seek(position)
                byte = file.read(1)[0]
                file.seek(position)
                file.write(bytes([byte ^ 1 << self.chance.randrange(8)]))
            self.note(f"damaged: {path}, byte {position}")
            self.counts["media damaged"] += 1
            return places[:-1] + [place]
        lost = self.chance.sample(names, self.chance.randrange(1, len(names) + 1))
        for name in lost:
            os.remove(f"{place}/chunks/{name}")
        self.note(f"without {lost}: {place}")
        self.counts["media in part"] += 1
        if roll < 0.42:
            return places[:-1] + [place]
        rest = self.path("rest") + "/" + bundle.name
        shutil.copytree(places[-1], rest)
        for name in set(names) - set(lost):
            os.remove(f"{rest}/chunks/{name}")
        if roll < 0.46:
            return [rest, *places[:-1], place]
        self.transit.append(("island", [rest], bundle.digest))
        return places[:-1] + [place]

    def bring(self, site, places, bundle, publish=None, final=False):
        """An import of one bundle; answers the reason of its outcome."""
        model, before = self.models[site], self.objects(site)
        medium = Medium(places, bundle)
        older = removal = False

        def decide():
            return model.decide(bundle, medium, site, before, self.facts, self.bundles, older,
                                removal)
        may, why = decide()
        words = []
        for _ in range(2):
            if why == "vanished" and not removal and (final or self.chance.random() < 0.5):
                words, removal = [*words, "--allow-removal"], True
            elif why in OLD and not older and not (final and why == "rollback") and (
                    final or self.chance.random() < 0.3):
                words, older = [*words, "--accept-older", "--reason", f"ticket {self.clock}"], True
            else:
                break
            may, why = decide()
        if publish is None and self.chance.random() < 0.15:
            publish = self.prefix_for(site, max(bundle.snapshots))
        if publish and self.publishable(bundle, site, why):
            words += ["--publish", publish]
            if why == "already" and bundle.sequence < model.highest(bundle.stream):
                may, why = {13}, "clients would go back"
            elif self.clashes(site, publish, bundle, why):
                may, why = {10}, "another vendor"
        result = self.ferry(site, "import", *places, *words, "--json", may=may, why=why)
        self.counts["imports: " + why] += 1
        after = self.objects(site)
        for digest, file in before.items():
            self.must(after.get(digest) == file, f"{site}: {digest} was written again or is gone")
        if why == "imported":
            answer = json.loads(result.stdout)
            answer = answer["imported"]
            self.must(answer[0]["outcome"] == "imported", f"{site}: {answer[0]['outcome']}")
            strangers = model.strangers(bundle, self.facts)
            model.take(bundle, older, self.facts)
            missing = bundle.contents.keys() - after.keys()
            self.must(not missing, f"{site} took {bundle.name} in without {missing}")
            for other in [key for key in self.wanting if key == (site, bundle.digest)]:
                del self.wanting[other]
            self.noticed(site, bundle, answer[0]["notes"], strangers)
        elif why == "already":
            self.must('"already imported"' in result.stdout or "already" in result.stdout,
                      f"{site}: {result.stdout}")
        elif why in ("incomplete", "damaged"):
            self.must(after.keys() == before.keys(), f"{site}: a refused import changed objects")
            model.arrived[bundle.digest] = model.at_hand(bundle, medium, before)
            self.wanting[site, bundle.digest] = places
        else:
            self.must(after.keys() == before.keys(), f"{site}: a refused import changed objects")
            if why == "equivocation":
                self.must("ALARM" in result.stderr and bundle.stream in self.restored,
                          f"{site}: {result.stderr}")
                self.alarmed.add(bundle.stream)
            if why in ("older state", "another vendor", "nobody vouches"):
                self.keeps(site, bundle)
            if why == "another vendor":
                self.seen(site, publish)
        if "--publish" in words and result.returncode == 0:
            answer = json.loads(result.stdout)["published"]
            self.publishes(site, publish, answer["distributions"][0]["snapshot"])
        if why == "another vendor" and final:
            # It comes in alone then, and somebody says that the vendor changes.
            why = self.bring(site, places, bundle, publish="", final=True)
            if why in ("imported", "already"):
                self.publish_at(site, publish, max(bundle.snapshots), True)
        return why

    def clashes(self, site, prefix, bundle, why):
        """Whether an import with --publish is refused for a vendor: for any snapshot of a bundle that
        comes in, of one that is here for that which would be published."""
        names = bundle.snapshots if why == "imported" else [max(bundle.snapshots)]
        return self.models[site].changes_vendor(prefix, names, self.facts, self.names,
                                                bundle.key if why == "imported" else None)

    def keeps(self, site, bundle):
        """What a refusal behind the vendor's chain leaves: nothing when it was the first attempt, else
        what had arrived. How much of this one that is depends on where the chain could be followed."""
        model, digest = self.models[site], bundle.digest
        place = f"{self.depot(site)}/incoming/import-{digest}"
        if digest not in model.arrived:
            self.must(not os.path.exists(place), f"{site}: {place} was left")
            return
        self.must(os.path.isdir(place), f"{site}: {place} is gone")
        self.counts["refused behind the chain, and kept"] += 1
        catalogue = sqlite3.connect(f"{self.depot(site)}/catalogue.sqlite")
        rows = catalogue.execute("SELECT chunk FROM arrival WHERE manifest = ?",
                                 [bytes.fromhex(digest)]).fetchall()
        catalogue.close()
        chunks, kept = {number for number, in rows}, set(os.listdir(place))
        before = model.arrived[digest][0]
        self.must(before <= chunks <= set(bundle.chunks), f"{site}: {before} had arrived, now {chunks}")
        model.arrived[digest] = (chunks, {one for one, where in bundle.contents.items()
                                          if not where and one in kept})

    def noticed(self, site, bundle, notes, strangers):
        """A vendor that calls itself as another one does is an alarm. An exporter that was restored
        and went on is seen where its two stories meet."""
        notes = [("ALARM: " if note["severity"] == "alarm" else "") + note["text"] for note in notes]
        alarms = [note for note in notes if "uses the same Origin as suites from" in note]
        wanted = [f"ALARM: {name}: {distribution_of(suite)}, signed by {vendor_of(suite)},"
                  for name, suite in strangers]
        self.must(len(alarms) == len(wanted) and all(
            any(alarm.startswith(text) for alarm in alarms) for text in wanted),
                  f"{site}: {bundle.name}: alarms of vendors are {alarms}, should be {wanted}")
        self.counts["alarms: vendors of one name"] += len(alarms)
        known = self.models[site].accepted.get((bundle.stream, bundle.sequence - 1))
        forked = known is not None and bundle.previous != known
        if forked:
            self.must(bundle.stream in self.restored, f"{bundle.name} forks, and nobody restored")
            self.must(any("ALARM" in note for note in notes),
                      f"{site}: {bundle.name} follows another bundle than the one taken in, and "
                      f"nobody says so: {notes}")
            self.alarmed.add(bundle.stream)
            self.counts["forks seen at an import"] += 1

    def publishable(self, bundle, site, why):
        """Whether an import may publish: what is in the bundle is here under its names."""
        if why == "imported":
            return True
        held = self.models[site].snapshots
        return why == "already" and all(held.get(name) == digest
                                        for name, digest in bundle.snapshots.items())
