"""The part of scripts/transfer-histories that happens at a site: each step is predicted by the model
before, and looked at after."""

import json
import os
import shutil

from transfer_histories_model import Medium, Receipt
from transfer_histories_world import EXPORTERS, SITES, SUITES, sha256_of


class Isolated:
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
        if why in ("rollback", "older suite", "vanished") and not (final and why == "rollback"):
            if may == {13} and (final or self.chance.random() < 0.3):
                words, older = ["--accept-older", "--reason", f"ticket {self.clock}"], True
                may, why = decide()
            if 19 in may and (final or self.chance.random() < 0.5):
                words, removal = [*words, "--allow-removal"], True
                may, why = decide()
        if publish is None and self.chance.random() < 0.15:
            publish = bundle.stream
        if publish and self.publishable(bundle, site, why):
            words += ["--publish", publish]
        result = self.ferry(site, "import", *places, *words, "--json", may=may, why=why)
        self.counts["imports: " + why] += 1
        after = self.objects(site)
        for digest, file in before.items():
            self.must(after.get(digest) == file, f"{site}: {digest} was written again or is gone")
        if why == "imported":
            answer = json.loads(result.stdout)
            answer = answer["imported"] if "--publish" in words else answer
            self.must(answer[0]["outcome"] == "imported", f"{site}: {answer[0]['outcome']}")
            model.take(bundle, older)
            missing = bundle.contents.keys() - after.keys()
            self.must(not missing, f"{site} took {bundle.name} in without {missing}")
            for other in [key for key in self.wanting if key == (site, bundle.digest)]:
                del self.wanting[other]
            self.noticed(site, bundle, answer[0]["notes"])
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
        if "--publish" in words and result.returncode == 0:
            answer = json.loads(result.stdout)["published"]
            self.publishes(site, publish, answer["distributions"][0]["snapshot"])
        return why

    def noticed(self, site, bundle, notes):
        """An exporter that was restored and went on is seen where its two stories meet."""
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
        if why == "imported":
            return True
        held = self.models[site].snapshots
        return why == "already" and all(held.get(name) == digest
                                        for name, digest in bundle.snapshots.items())

    def ask(self):
        """A request for what is lacking of a bundle that did not come in whole."""
        if not self.wanting:
            return self.carry()
        site, digest = self.chance.choice(list(self.wanting))
        return self.request(site, digest)

    def request(self, site, digest):
        places, bundle = self.wanting[site, digest], self.bundles[digest]
        medium, model = Medium(places, bundle), self.models[site]
        chunks, contents = model.lacks(bundle, medium, self.objects(site).keys())
        path = self.path("request")
        answer = self.told(site, "receipt", "request", *places, "--to", path)
        self.must((answer["chunks"], answer["files"]) == (len(chunks), len(contents)),
                  f"{site} asks for {answer}, lacking are {chunks} and {contents}")
        if not chunks and not contents:
            del self.wanting[site, digest]
            return None
        with open(path, encoding="ascii") as file:
            fields = dict(line.strip().split(": ", 1) for line in file)

        def numbers(text):
            found = set()
            for part in text.split():
                low, _, high = part.partition("-")
                found |= set(range(int(low), int(high or low) + 1))
            return found
        asked = {bundle.lines[number - 1] for number in numbers(fields.get("Entries", ""))}
        self.must((numbers(fields.get("Chunks", "")), asked) == (chunks, contents),
                  f"{site} asks for {fields}, lacking are {chunks} and {contents}")
        self.counts["requests"] += 1
        self.requests.append((bundle.stream, site, digest, path, chunks, contents))
        return path

    def acknowledge(self, site=None):
        at_once = site is None and self.chance.random() < 0.6
        site = site or self.chance.choice(self.busy if self.chance.random() < 0.7 else SITES)
        model = self.models[site]
        path = self.path("receipt")
        answer = self.told(site, "receipt", "create", "--to", path)
        model.number += 1
        receipt = Receipt(path, model.accepted)
        highest = {stream: (model.highest(stream), model.accepted[stream, model.highest(stream)])
                   for stream, _ in model.accepted}
        gaps = {stream: {number for number in range(1, highest[stream][0])
                         if (stream, number) not in model.accepted} for stream in highest}
        self.must(receipt.streams == highest, f"{site}: Streams: {receipt.streams} not {highest}")
        self.must(receipt.gaps == {key: value for key, value in gaps.items() if value},
                  f"{site}: Gaps: {receipt.gaps} not {gaps}")
        self.must(receipt.snapshots == set(model.snapshots.items()),
                  f"{site}: Snapshots: {receipt.snapshots}")
        self.must(receipt.older == model.older, f"{site}: Older: {receipt.older}")
        self.must(receipt.number == model.number, f"{site}: Number: {receipt.number}")
        for digest in model.snapshots.values():
            for content in self.lists[digest]:
                self.must(receipt.has(content), f"{site}: the inventory lacks {content}")
        self.letters.append((site, "receipt", receipt, path))
        if answer["typed"] and self.chance.random() < 0.3:
            line = self.chance.choice(answer["typed"]).split()
            self.must(model.highest(line[1]) == int(line[2]), f"{site}: {line}")
            digest = model.accepted[line[1], int(line[2])]
            self.letters.append((site, "typed", (*line, digest), None))
            if self.chance.random() < 0.6:
                self.letters = [one for one in self.letters if one[3] != path]
        if at_once:
            self.admit(self.letters[-1], self.chance.choice(EXPORTERS))
        return self.letters[-1]

    def retire(self):
        site = self.chance.choice(SITES)
        model = self.models[site]
        self.ferry(site, "snapshot", "remove", "--retired")
        left = {one["name"]: one["digest"] for one in self.told(site, "snapshot", "list")}
        told = {name for name, digest in model.retired if model.snapshots.get(name) == digest}
        gone = model.snapshots.keys() - left.keys()
        recent = {name for names in model.generations.values() for name in names[-3:]}
        self.must(gone <= told, f"{site} removed {gone}, retired are {told}")
        self.must(not gone & recent, f"{site} removed {gone & recent}, which are published")
        stays = told - gone - model.published()
        self.must(not stays, f"{site} still has {stays}, which are retired and not published")
        self.counts["retired removed"] += len(gone)
        model.snapshots = left

    def publish(self):
        site = self.chance.choice(SITES)
        model = self.models[site]
        if not model.snapshots:
            return self.carry()
        name = self.chance.choice(list(model.snapshots)[-3:])
        prefix = name.split("-")[0]
        self.ferry(site, "publish", name, "--at", prefix)
        return self.publishes(site, prefix, name)

    def roll_back(self):
        site = self.chance.choice(SITES)
        model = self.models[site]
        if not model.generations:
            return self.publish()
        prefix = self.chance.choice(list(model.generations))
        names = model.generations[prefix]
        enough = len(names) > 1
        self.ferry(site, "publication", "rollback", prefix, "--reason", "crane",
                   may={0 if enough else 2})
        if enough:
            self.counts["rolled back"] += 1
            self.publishes(site, prefix, names[-2])
        return None

    def publishes(self, site, prefix, name):
        """What clients see must be a snapshot that an exporter made, byte for byte."""
        model = self.models[site]
        names = model.generations.setdefault(prefix, [])
        if not names or names[-1] != name:
            names.append(name)
        self.counts["published"] += 1
        self.seen(site, prefix)

    def seen(self, site, prefix):
        names = self.models[site].generations[prefix]
        suite, state, _ = self.facts[self.names[names[-1]]]
        files = self.world.files[suite, state]
        root = f"{self.depot(site)}/public/{prefix}"
        for path, digest in files.items():
            self.must(os.path.exists(f"{root}/{path}"), f"{site}: {prefix} lacks {path}")
            self.must(sha256_of(f"{root}/{path}") == digest, f"{site}: {prefix}: {path} is not that "
                      f"of {names[-1]}")
        made = set().union(*(self.lists[self.names[one]] for one in names))
        for place, _, listed in os.walk(root + "/", followlinks=False):
            for one in listed:
                if "/keys" not in place:
                    digest = sha256_of(f"{place}/{one}")
                    self.must(digest in made, f"{site}: {place}/{one} is of no snapshot")
        dists = set(os.listdir(root + "/dists"))
        self.must(dists <= set(SUITES), f"{site}: {prefix} has {dists}")
