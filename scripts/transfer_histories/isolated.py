"""The part of scripts/transfer-histories that happens at a site, but for imports: each step is predicted by the model
before, and looked at after."""


from transfer_histories.basics import EXPORTERS, SITES
from transfer_histories.model import Medium, Receipt


class Isolated:
    """The steps at a site."""

    def ask(self):
        """A request for what is missing of a bundle that did not come in whole."""
        if not self.wanting:
            return self.carry()
        site, digest = self.chance.choice(list(self.wanting))
        return self.request(site, digest)

    def request(self, site, digest):
        """Asks for what a bundle lacks, and compares the request with the model."""
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
        """A receipt, compared with the model, and perhaps a line to be typed; one of them travels."""
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
        lower = {key: digest for key, digest in model.accepted.items() if key[1] != highest[key[0]][0]}
        self.must(receipt.lower == lower, f"{site}: Lower: {receipt.lower} not {lower}")
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
        """Removes what exporters have retired, but nothing that clients need."""
        site = self.chance.choice(SITES)
        model = self.models[site]
        self.ferry(site, "snapshot", "remove", "--yes", "--retired")
        left = {one["name"]: one["digest"] for one in self.told(site, "snapshot", "list")["snapshots"]}
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
        """Publishes one of the newest snapshots."""
        site = self.chance.choice(SITES)
        model = self.models[site]
        if not model.snapshots:
            return self.carry()
        name = self.chance.choice(list(model.snapshots)[-3:])
        prefix = self.prefix_for(site, name)
        if prefix.endswith("-chosen") and self.chance.random() < 0.2:
            prefix = name.split("-")[0]
        return self.publish_at(site, prefix, name, self.chance.random() < 0.3)

    def publish_at(self, site, prefix, name, insists):
        """Another vendor takes the place of the one that clients have, and the site's signature that of the
        vendor, only when somebody insists."""
        model, words = self.models[site], []
        modes = model.modes.get(prefix)
        if self.facts[self.names[name]].is_composed and modes and modes[-1] == "verbatim":
            self.ferry(site, "publish", name, "--at", prefix, may={2})
            self.seen(site, prefix)
            self.counts["publishes refused: composed, and clients have the vendor's signature"] += 1
            if not insists:
                return
            words = ["--mode", "resigned"]
        if model.changes_vendor(prefix, [name], self.facts, self.names):
            self.ferry(site, "publish", name, "--at", prefix, *words, may={10})
            self.seen(site, prefix)
            self.counts["publishes refused: another vendor"] += 1
            if not insists:
                return
            words += ["--change-vendor", "--reason", "moored there now"]
            self.counts["vendors changed"] += 1
        self.ferry(site, "publish", name, "--at", prefix, *words)
        self.publishes(site, prefix, name, "resigned" if "--mode" in words else None)

    def roll_back(self):
        """Goes back by one generation, where there is one."""
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
            self.publishes(site, prefix, names[-2], model.modes[prefix][-2])
        return None
