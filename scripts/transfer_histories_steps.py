"""The part of scripts/transfer-histories that goes through one history: steps as its seed says,
each predicted by the model before, and looked at after."""

import collections
import copy
import json
import os
import random
import shutil
import subprocess

from transfer_histories_model import Bundle, Exporter, Medium, Receipt, Site
from transfer_histories_world import (BEGIN, EXPORTERS, SITES, STATES, SUITES, Failed, sha256,
                                    sha256_of)

WEIGHTS = {"freeze": 10, "export": 18, "carry": 38, "acknowledge": 14, "admit": 16, "ask": 8,
           "resend": 8, "retract": 3, "remove": 3, "retire": 3, "collect": 5, "back_up": 4,
           "put_back": 5, "publish": 6, "roll_back": 4}


class History:
    def __init__(self, world, seed, sabotage=None):
        self.world, self.seed, self.sabotage = world, seed, sabotage
        self.chance = random.Random(f"history {seed}")
        self.root = f"{world.root}/history-{seed}"
        os.mkdir(self.root)
        self.clock, self.count = BEGIN, 0
        self.commands, self.counts = [], collections.Counter()
        self.models = {name: Exporter() for name in EXPORTERS}
        self.models |= {name: Site() for name in SITES}
        for name in self.models:
            subprocess.run(["cp", "-a", world.template(name), self.depot(name)], check=True)
        # The other exporter may mirror the same suite or another one of the same vendor.
        self.suites = {"mainland": "stable", "harbour": self.chance.choice(SUITES)}
        # Two sites get most of what there is, so that much happens to them.
        self.busy = self.chance.sample(SITES, 2)
        self.states = {name: self.chance.randrange(4) for name in EXPORTERS}
        self.facts = {}      # snapshot's digest -> suite, state, components
        self.lists = {}      # snapshot's digest -> contents
        self.names = {}      # snapshot's name -> digest
        self.bundles = {}    # payload digest -> Bundle: all that were ever made
        self.transit = []    # (site, places, payload digest)
        self.wanting = {}    # (site, payload digest) -> places
        self.requests = []   # (exporter, site, payload digest, file, chunks, contents)
        self.letters = []    # (site, "receipt" or "typed", Receipt or line, path)
        self.backups = {}    # name -> (path, model)
        self.restored = set()
        self.alarmed = set()

    # --- running ------------------------------------------------------------------------------

    def depot(self, name):
        return f"{self.root}/{name}"

    def path(self, what):
        self.count += 1
        return f"{self.root}/{self.count:03}-{what}"

    def note(self, text):
        self.commands.append("# " + text)

    def ferry(self, name, *words, may=(0,), why=""):
        """A command, which must end with one of these statuses."""
        self.clock += self.chance.randrange(600, 30000)
        result = self.world.run(self.depot(name), words, self.clock)
        if self.sabotage:
            self.sabotage(self, name, words, result)
        self.commands.append(f"HISTORY_CLOCK={self.clock} aptferry {' '.join(words)} --depot "
                             f"{self.depot(name)}    # {result.returncode}")
        self.counts["commands"] += 1
        if result.returncode not in may:
            raise Failed(f"{name}: {' '.join(words)}: status {result.returncode}, expected "
                         f"{sorted(may)} {why}\n{result.stdout}{result.stderr}")
        return result

    def told(self, name, *words):
        return json.loads(self.ferry(name, *words, "--json").stdout)

    def objects(self, name):
        """The objects of a depot, each with the file that it is."""
        found = {}
        place = self.depot(name) + "/objects"
        for bucket in os.scandir(place):
            for entry in os.scandir(bucket.path):
                status = entry.stat()
                found[entry.name] = (status.st_ino, status.st_mtime_ns, status.st_size)
        return found

    def must(self, fact, text):
        if not fact:
            raise Failed(text)

    # --- the connected side -------------------------------------------------------------------

    def freeze(self, name=None, newest=False):
        name = name or self.chance.choice(EXPORTERS)
        if newest:
            self.states[name] = STATES - 1
        else:
            self.states[name] = min(STATES - 2, self.states[name] + self.chance.choice((0, 1, 1, 2)))
        state = self.states[name]
        if not newest and self.chance.random() < 0.08:
            state = max(0, state - self.chance.choice((1, 2)))
        suite = self.suites[name]
        self.count += 1
        snapshot = f"{name}-{self.count}"
        made = self.told(name, "snapshot", "create", snapshot, "--tree", self.world.tree(state),
                         "--suite", suite, "--upstream", "vendor")["snapshot"]
        files = self.world.files[suite, state]
        text = "".join(f"{files[path]} {os.path.getsize(self.world.tree(state) + '/' + path)} {path}\n"
                       for path in sorted(files))
        self.must(sha256(text.encode()) == made["digest"], f"{snapshot} is not what the vendor has")
        self.models[name].snapshots[snapshot] = self.names[snapshot] = made["digest"]
        self.facts[made["digest"]] = (suite, state, self.world.places[suite, state])
        self.lists[made["digest"]] = set(files.values())
        return snapshot

    def export(self, name=None, snapshots=None, sites=None, base=None):
        name = name or self.chance.choice(EXPORTERS)
        model, roll = self.models[name], self.chance.random()
        if snapshots is None:
            if not model.snapshots:
                self.freeze(name)
            held = list(model.snapshots)
            snapshots = [held[-1] if roll < 0.85 else self.chance.choice(held)]
            if roll > 0.75 and len(held) > 1:
                snapshots = list(dict.fromkeys([self.chance.choice(held), *snapshots]))
            count = self.chance.choice((1, 1, 1, 1, 2, 2, 3, 5, 0))
            sites = self.chance.sample(self.busy if count == 1 and roll < 0.8 else SITES, count)
            base = self.chance.choice((None,) * 10 + ("--since", "--assume-delivered", "--full"))
        words, may = [], {0}
        since = None
        if base == "--since":
            names = list(model.snapshots) + [self.bundles[digest].name
                                             for digest in model.made.values()]
            since = self.chance.choice(names)
            words = [base, since]
        elif base:
            words = [base]
        held, objects = self.held(name, snapshots, sites, base, since)
        if held is None:
            may = {18}
        for site in sites:
            words += ["--site", site]
        medium = self.path("medium")
        os.mkdir(medium)
        result = self.ferry(name, "export", *snapshots, "--to", medium, "--chunk-size", "64KiB",
                            *words, "--json", may=may)
        if result.returncode != 0:
            return None
        answer = json.loads(result.stdout)
        if answer["bundle"] is None:
            for site in sites:
                known = model.known(site, self.bundles, base == "--assume-delivered")
                self.must(all(self.names[one] in known for one in snapshots),
                          f"nothing to carry, but {site} is not known to have it")
            self.counts["nothing to carry"] += 1
            return None
        return self.look_at(name, Bundle(answer["bundle"]), snapshots, sites, held)

    def held(self, name, snapshots, sites, base, since):
        """The contents that an export may leave out; None when its base is gone."""
        model, objects = self.models[name], set(self.objects(name))
        contents = set().union(*(self.lists[self.names[one]] for one in snapshots))
        if base == "--full":
            return set(), objects
        if base == "--since":
            if since in model.snapshots:
                return contents & self.lists[model.snapshots[since]], objects
            bundle = next(self.bundles[digest] for digest in model.made.values()
                          if self.bundles[digest].name == since)
            if not objects.issuperset(bundle.snapshots.values()):
                return None, objects
            return contents & set(bundle.contents), objects
        if not sites:
            known = set()
            if base == "--assume-delivered":
                for sequence, digest in model.made.items():
                    if not self.bundles[digest].sites and sequence not in model.retracted:
                        known |= set(self.bundles[digest].snapshots.values())
            return contents & set().union(*(self.lists[one] for one in known & objects)), objects
        for site in sites:
            contents &= model.holds(site, contents, self.bundles, self.lists, objects,
                                    base == "--assume-delivered")
        return contents, objects

    def look_at(self, name, bundle, snapshots, sites, held):
        """Whether a new bundle is the one that the ledger and the receipts ask for."""
        model = self.models[name]
        self.must((bundle.stream, bundle.sequence) == (name, model.next()),
                  f"{bundle.name}: the sequence should be {model.next()}")
        last = max(model.made, default=None)
        self.must(bundle.previous == (last and model.made[last]),
                  f"{bundle.name}: Previous is {bundle.previous}")
        self.must(bundle.sites == list(sites) or set(bundle.sites) == set(sites),
                  f"{bundle.name} is for {bundle.sites}")
        wanted = {one: self.names[one] for one in snapshots}
        self.must(bundle.snapshots == wanted, f"{bundle.name} has {bundle.snapshots}")
        for one, digest in wanted.items():
            suite, state, _ = self.facts[digest]
            self.must(bundle.files[one] == self.world.files[suite, state],
                      f"{bundle.name}: {one} lists other files than the vendor has")
        contents = set(bundle.contents)
        twice = bundle.placed() & held
        self.must(not twice, f"{bundle.name} carries again what {sites} acknowledged: {twice}")
        missing = contents - held - bundle.placed()
        self.must(not missing, f"{bundle.name} leaves out what nobody acknowledged: {missing}")
        size = sum(bundle.sizes[digest] for digest in bundle.placed())
        chunks = sum(int(line[2]) for line in bundle.chunks.values())
        files = sum(len(listed) for listed in bundle.files.values()) + 3 * len(bundle.chunks)
        self.must(chunks <= size + 2048 * files, f"{bundle.name}: {chunks} bytes of chunks for "
                  f"{size} of contents")
        if bundle.sites:
            gone = {(one, digest) for made in model.made.values()
                    for one, digest in self.bundles[made].snapshots.items()
                    if model.snapshots.get(one) != digest}
            self.must(set(bundle.retired) == gone, f"{bundle.name}: Retired is {bundle.retired}")
        if any(other.name == bundle.name for other in self.bundles.values()):
            self.counts["sequences used twice"] += 1
        self.counts["bundles"] += 1
        self.counts["bytes carried"] += size
        self.counts["bytes left out"] += sum(bundle.sizes.values()) - size
        self.bundles[bundle.digest] = bundle
        model.made[bundle.sequence] = bundle.digest
        for site in sites or self.chance.sample(SITES, 2):
            self.transit.append((site, [bundle.path], bundle.digest))
        return bundle

    def admit(self, letter=None, name=None):
        """A receipt or a typed line comes out, in whatever order; or is lost."""
        if letter is None:
            if not self.letters:
                return self.acknowledge()
            index = self.chance.randrange(len(self.letters))
            letter, roll = self.letters[index], self.chance.random()
            if roll < 0.7:
                del self.letters[index]
            if roll < 0.12:
                self.counts["receipts lost"] += 1
                return self.note(f"lost: a receipt of {letter[0]}")
            name = self.chance.choice(EXPORTERS)
        site, kind, what, path = letter
        model = self.models[name]
        if kind == "typed":
            return self.admit_typed(name, site, what)
        trial = copy.copy(model)
        trial.receipts, trial.acks = dict(model.receipts), dict(model.acks)
        words = ("receipt", "add", path, "--json")
        status, changes = trial.add(what, name, self.bundles, 0)
        result = self.ferry(name, *words, may={status})
        if status != 0:
            model.add(what, name, self.bundles, self.clock)
            self.alarmed.add(name)
            self.counts["alarms at a receipt"] += 1
            return None
        answer = json.loads(result.stdout)
        self.must(answer["changed"] == changes, f"{name}: changed is {answer['changed']}")
        if "ALARM" in result.stderr:
            self.alarmed.add(name)
            self.must(self.restored, f"an alarm, but nothing was restored:\n{result.stderr}")
        if not changes:
            self.counts["receipts ignored"] += 1
            return None
        self.counts["receipts"] += 1
        model.add(what, name, self.bundles, self.clock)
        return None

    def admit_typed(self, name, site, line):
        model = self.models[name]
        _, stream, sequence, _, digest = line
        made = model.made.get(int(sequence)) if stream == name else None
        good = made == digest and (not self.bundles[digest].sites
                                   or site in self.bundles[digest].sites)
        self.ferry(name, "receipt", "add", *line[:4], may={0 if good else 18})
        if good:
            self.counts["typed lines"] += 1
            model.acks.setdefault((site, int(sequence)), ("typed", self.clock))

    def resend(self):
        if not self.requests:
            return self.ask()
        name, site, digest, path, chunks, contents = self.requests.pop(
            self.chance.randrange(len(self.requests)))
        bundle, model = self.bundles[digest], self.models[name]
        if self.chance.random() < 0.15:
            return self.note(f"lost: the request of {site}")
        medium = self.path("resent")
        os.mkdir(medium)
        needed = chunks and {one for one, places in bundle.contents.items() if places & chunks}
        if model.made.get(bundle.sequence) != digest:
            may = {18}
        elif bundle.sites and site not in bundle.sites:
            may = {19}
        elif self.objects(name).keys() >= {*(needed or ()), *contents, *bundle.snapshots.values()}:
            may = {0}
        else:
            may = {11, 12, 18}
        if may == {0} and not os.path.exists(f"{self.depot(name)}/exports/{bundle.name}/MANIFEST"):
            may = {18}
        result = self.ferry(name, "export", "--resend", path, "--to", medium, may=may)
        if result.returncode != 0:
            return None
        place = f"{medium}/{bundle.name}"
        found = {int(one.split(".")[0]) for one in os.listdir(place + "/chunks")}
        files = set(os.listdir(place + "/files")) if contents else set()
        self.must((found, files) == (chunks, contents), f"resent are {found} and {files}, asked for "
                  f"were {chunks} and {contents}")
        for one in ["MANIFEST", "ENTRIES.zst", *(f"chunks/{bundle.chunks[n][3]}" for n in chunks)]:
            self.must(sha256_of(f"{place}/{one}") == sha256_of(f"{bundle.path}/{one}"),
                      f"resent {one} is another one")
        for one in files:
            self.must(sha256_of(f"{place}/files/{one}") == one, f"resent file {one} is another one")
        self.counts["resent"] += 1
        places = self.wanting.get((site, digest), [])
        self.transit.append((site, [*places, place], digest))
        return place

    def retract(self):
        name = self.chance.choice(EXPORTERS)
        model = self.models[name]
        if not model.made:
            return
        sequence = self.chance.choice(list(model.made))
        bundle = self.bundles[model.made[sequence]]
        self.ferry(name, "ledger", "retract", bundle.name, "--reason", "burnt")
        model.retracted.add(sequence)
        model.acks = {key: value for key, value in model.acks.items()
                      if key[1] != sequence or value[0] != "typed"}
        self.transit = [one for one in self.transit if one[2] != bundle.digest]

    def remove(self):
        name = self.chance.choice(EXPORTERS)
        model = self.models[name]
        if len(model.snapshots) > 1:
            snapshot = self.chance.choice(list(model.snapshots)[:-1])
            self.ferry(name, "snapshot", "remove", snapshot)
            del model.snapshots[snapshot]

    # --- the isolated side --------------------------------------------------------------------

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

    # --- both sides ---------------------------------------------------------------------------

    def collect(self):
        name = self.chance.choice(EXPORTERS + SITES)
        before = self.objects(name).keys()
        self.ferry(name, "depot", "gc")
        after, model = self.objects(name).keys(), self.models[name]
        needed = set()
        for digest in model.snapshots.values():
            needed |= {digest, *self.lists[digest]}
        if name in EXPORTERS:
            most = set(needed)
            for sequence, bundle in ((key, self.bundles[digest]) for key, digest
                                     in model.made.items()):
                acked = {site: max((number for one, number in model.acks if one == site),
                                   default=0) for site in bundle.sites}
                waits = any(number < sequence for number in acked.values())
                if not waits or sequence in model.retracted:
                    continue
                for digest in bundle.snapshots.values():
                    most |= {digest, *self.lists[digest]}
                    if digest in before:
                        needed |= {digest, *self.lists[digest]} & before
        else:
            most = model.may_need(self.bundles)
            for names in model.generations.values():
                for one in names[-3:]:
                    needed |= self.lists[self.names[one]]
        self.must(needed <= after, f"{name}: gc removed {needed - after}")
        everything = set().union(*self.lists.values(), self.lists)
        self.must(not (after & everything) - most, f"{name}: gc left {(after & everything) - most}")
        self.counts["collected"] += len(before - after)

    def back_up(self, name=None):
        name = name or self.chance.choice(EXPORTERS * 2 + SITES)
        path = self.path("backup-" + name)
        subprocess.run(["cp", "-a", self.depot(name), path], check=True)
        self.commands.append(f"cp -a {self.depot(name)} {path}")
        self.backups[name] = (path, copy.deepcopy(self.models[name]))

    def put_back(self):
        if not self.backups:
            return self.back_up()
        name = self.chance.choice(list(self.backups))
        path, model = self.backups[name]
        now = self.models[name]
        self.restored.add(name)
        if (name in SITES and now.generations == model.generations
                and self.chance.random() < 0.4):
            # Only the catalogue is old; the audit log still says what was taken in.
            shutil.copy(path + "/catalogue.sqlite", self.depot(name))
            self.commands.append(f"cp {path}/catalogue.sqlite {self.depot(name)}")
            self.models[name] = model.with_log_of(now)
            self.counts["catalogues restored"] += 1
        else:
            shutil.rmtree(self.depot(name))
            subprocess.run(["cp", "-a", path, self.depot(name)], check=True)
            self.commands.append(f"rm -rf {self.depot(name)}; cp -a {path} {self.depot(name)}")
            self.models[name] = copy.deepcopy(model)
            self.counts["exporters restored" if name in EXPORTERS else "sites restored"] += 1
        self.wanting = {key: value for key, value in self.wanting.items() if key[0] != name}
        return None

    def go(self, steps):
        for _ in range(steps):
            step = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            self.note(f"step: {step}")
            getattr(self, step)()
