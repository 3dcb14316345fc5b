"""The part of scripts/transfer-histories that goes through one history: steps as its seed says,
those of both sides, and how a command is run."""

import collections
import copy
import json
import os
import random
import shutil
import subprocess

from transfer_histories.attacks import Attacks
from transfer_histories.basics import BEGIN, EXPORTERS, SITES, SUITES, VOUCHED_AT, Failed
from transfer_histories.clients import Clients
from transfer_histories.composing import Composing
from transfer_histories.connected import Connected
from transfer_histories.importing import Importing
from transfer_histories.isolated import Isolated
from transfer_histories.model import Exporter
from transfer_histories.owning import Owning
from transfer_histories.site import Site

WEIGHTS = {"freeze": 14, "compose": 12, "own": 4, "export": 18, "carry": 38, "acknowledge": 14, "admit": 16, "ask": 8,
           "resend": 8, "retract": 3, "remove": 3, "retire": 3, "collect": 5, "back_up": 4,
           "put_back": 5, "publish": 6, "roll_back": 4, "steal": 10, "impersonate": 8}
# How many of the vendor's states go by from one snapshot to the next.
PACES = ((0, 1, 1, 2), (0, 0, 0, 1), (1, 2, 3))


class History(Connected, Composing, Owning, Importing, Isolated, Clients, Attacks):
    """One random history: its depots, its model, and everything on its way."""

    def __init__(self, world, seed, sabotage=None):
        self.world, self.seed, self.sabotage = world, seed, sabotage
        self.chance = random.Random(f"history {seed}")
        self.root = f"{world.root}/history-{seed}"
        os.mkdir(self.root)
        self.clock, self.count = BEGIN, 0
        self.commands, self.counts = [], collections.Counter()
        keys = {name: world.fingerprints[name] for name in EXPORTERS}
        self.models = {name: Exporter(keys[name]) for name in EXPORTERS}
        self.models |= {name: Site(keys, name in VOUCHED_AT) for name in SITES}
        for name in self.models:
            subprocess.run(["cp", "-a", world.template(name), self.depot(name)], check=True)
        # The other exporter may mirror the same suite or another one of the same vendor.
        self.suites = {"mainland": "stable", "harbour": self.chance.choice(("stable", *SUITES))}
        # Two sites get most of what there is, so that much happens to them.
        self.busy = self.chance.sample(SITES, 2)
        self.states = {name: self.chance.randrange(8) for name in EXPORTERS}
        # Where one is slower than the other, its states are older than what came before.
        self.paces = {name: self.chance.choice(PACES) for name in EXPORTERS}
        self.facts = {}      # snapshot's digest -> Verbatim or Composed
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
        self.stolen = {}     # exporter -> GnuPG home of who has its key too
        self.renewed = set() # exporters that have another key since

    # --- running ------------------------------------------------------------------------------

    def depot(self, name):
        return f"{self.root}/{name}"

    def path(self, what):
        """A path that nobody has used yet."""
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
        """What a command answers as JSON."""
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
        """Ends the history with this text when the fact is not true."""
        if not fact:
            raise Failed(text)

    # --- both sides ---------------------------------------------------------------------------

    def collect(self):
        """gc removes what nothing needs, and nothing else."""
        name = self.chance.choice(EXPORTERS + SITES)
        before = self.objects(name).keys()
        self.ferry(name, "depot", "gc")
        after, model = self.objects(name).keys(), self.models[name]
        needed = set()
        for digest in model.snapshots.values():
            needed |= {digest, *self.lists[digest]}
        if name in EXPORTERS:
            needed |= {one.digest for one in model.own}
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
        """Copies a depot, and what the model says of it."""
        name = name or self.chance.choice(EXPORTERS * 2 + SITES)
        path = self.path("backup-" + name)
        subprocess.run(["cp", "-a", self.depot(name), path], check=True)
        self.commands.append(f"cp -a {self.depot(name)} {path}")
        self.backups[name] = (path, copy.deepcopy(self.models[name]))

    def put_back(self):
        """Restores a depot from its backup, or its catalogue alone."""
        if not self.backups:
            return self.back_up()
        name = self.chance.choice(list(self.backups))
        path, model = self.backups[name]
        now = self.models[name]
        self.restored.add(name)
        if (name in SITES and (now.generations, now.modes) == (model.generations, model.modes)
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
        self.bring_up_to_date(name)
        return None

    def go(self, steps, first=()):
        """Some steps, and so many more, each chosen by its weight."""
        rest = steps - len(first)
        for step in [*first, *self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=max(0, rest))]:
            self.note(f"step: {step}")
            getattr(self, step)()
