"""The part of scripts/transfer-histories that happens at an exporter: each step is predicted by the
model before, and looked at after."""

import copy
import json
import os

from transfer_histories.basics import (EXPORTERS, SITES, STATES, distribution_of, sha256,
                                      sha256_of, vendor_of)
from transfer_histories.model import Bundle
from transfer_histories.snapshots import Verbatim


class Connected:
    """The steps at an exporter."""

    def freeze(self, name=None, newest=False):
        """A snapshot of what the vendor has now."""
        name = name or self.chance.choice(EXPORTERS)
        return self.freeze_state(name, self.suites[name], self.next_state(name, newest))

    def next_state(self, name, newest):
        """The vendor goes on; now and then its mirror goes back."""
        if newest:
            self.states[name] = STATES - 1
        else:
            self.states[name] = min(STATES - 2, self.states[name] + self.chance.choice(self.paces[name]))
        state = self.states[name]
        if not newest and self.chance.random() < 0.08:
            state = max(0, state - self.chance.choice((1, 2)))
        return state

    def freeze_state(self, name, suite, state):
        """A snapshot of one state, which must have exactly what the vendor has."""
        self.count += 1
        snapshot, tree = f"{name}-{self.count}", self.world.tree(suite, state)
        made = self.told(name, "snapshot", "create", snapshot, "--tree", tree, "--suite",
                         distribution_of(suite), "--upstream", vendor_of(suite))["snapshot"]
        files = self.world.files[suite, state]
        text = "".join(f"{files[path]} {os.path.getsize(f'{tree}/{path}')} {path}\n"
                       for path in sorted(files))
        self.must(sha256(text.encode()) == made["digest"], f"{snapshot} is not what the vendor has")
        self.models[name].snapshots[snapshot] = self.names[snapshot] = made["digest"]
        self.facts[made["digest"]] = Verbatim(suite, state, files, self.world.places[suite, state])
        self.lists[made["digest"]] = set(files.values())
        return snapshot

    def export(self, name=None, snapshots=None, sites=None, base=None):
        """Some snapshots to some sites; what the bundle leaves out must be known to be there."""
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
            words += ["--site", site, "--new-site"] if site == sites[0] else ["--site", site]
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
        return self.look_at(name, Bundle(answer["bundle"], self.models[name].key), snapshots, sites, held)

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
            self.must(bundle.files[one] == self.facts[digest].files,
                      f"{bundle.name}: {one} lists other files than the snapshot has")
            self.counts["bundles with a composed snapshot"] += self.facts[digest].is_composed
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
        if bundle.sites or not all(bundle.contents.values()):
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
        if any(note["severity"] == "alarm" for note in answer["notes"]):
            self.alarmed.add(name)
            self.must(self.restored, f"an alarm, but nothing was restored:\n{answer['notes']}")
        if not changes:
            self.counts["receipts ignored"] += 1
            return None
        self.counts["receipts"] += 1
        model.add(what, name, self.bundles, self.clock)
        return None

    def admit_typed(self, name, site, line):
        """A line that somebody read off a screen is typed in instead of a receipt."""
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
        """Answers a request: exactly what was asked for, and byte for byte the same."""
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
        """An operator says that a bundle never got anywhere."""
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
        """Removes any snapshot but the newest one."""
        name = self.chance.choice(EXPORTERS)
        model = self.models[name]
        if len(model.snapshots) > 1:
            snapshot = self.chance.choice(list(model.snapshots)[:-1])
            self.ferry(name, "snapshot", "remove", "--yes", snapshot)
            del model.snapshots[snapshot]
