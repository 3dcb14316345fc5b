"""Bundles and receipts through a store, while everything around it fails."""

import json
import re
import signal
import threading

from .world import Site

FAULTS = ("before", "after", "half", "500", "503", "500-after", "twice")


class Crossing:
    """A hub and an island that know each other's keys, with a store between."""

    def __init__(self, trial):
        self.trial, self.proxy, self.hub = trial, trial.proxy, trial.site
        self.island = Site(trial.options.program, f"{trial.root}/island", trial.store,
                           trial.vendor).found("island")
        self.island.target("s", trial.proxy.url)
        self.place = f"s3://{trial.store.bucket}/exchange"
        self.receipts = f"s3://{trial.store.bucket}/receipts"
        for giver, taker, role, name in ((self.hub, self.island, "exporter", "hub"),
                                         (self.island, self.hub, "site", "island")):
            file = f"{trial.root}/{name}.asc"
            giver.ferry("key", "export", file)
            text = giver.ferry("key", "show", "--json")
            fingerprint = re.search(r'"fingerprint": "([0-9A-F]{40})"', text).group(1)
            taker.ferry("trust", "add", file, "--role", role, "--name", name, "--fingerprint",
                        fingerprint)
        self.sequence = 0
        self.kills = 0

    def export(self, name):
        return ["export", name, "--to", self.place, "--site", "island", "--chunk-size", "64KiB",
                "--quiet"]

    def take(self):
        return ["import", self.place, "--receipt", self.receipts, "--quiet"]

    def collect(self):
        return ["hub", "collect", self.receipts, "--quiet"]

    def killed(self, site, words, step, late):
        """Runs a command that is killed before or behind its request number `step`."""
        holder, ready = {}, threading.Event()

        def shoot():
            ready.wait(10)
            holder["process"].send_signal(signal.SIGKILL)
            holder["process"].wait()

        def plan(number, method, path):
            return shoot if number == step else None

        def behind(number, method, path):
            if number == step:
                shoot()

        self.proxy.reset(None if late else plan, behind if late else None)
        process = site.start(*words)
        holder["process"] = process
        ready.set()
        process.communicate()
        self.kills += process.returncode == -signal.SIGKILL
        self.proxy.reset()

    def count(self, site, words):
        """How many requests a command makes that goes well."""
        self.proxy.reset()
        site.ferry(*words)
        return self.proxy.count

    def again(self, when, site, words):
        self.proxy.reset()
        status, text = site.run(*words)
        if status != 0:
            self.trial.note(f"{when}: the same command again: {status} {text}")

    def look(self, when):
        """No reader sees a part of a bundle."""
        status, text = self.island.run("verify", self.place, "--json")
        if status != 0 and "E-INCOMPLETE-NO-BUNDLE" not in text:
            self.trial.note(f"{when}: readers see {status} {text[:2000]}")

    def settle(self, when, name):
        """What the hub made is one bundle, whole, and arrives."""
        self.sequence += 1
        made = json.loads(self.hub.ferry("ledger", "show", "--json"))["made"]
        if made[-1]["sequence"] != self.sequence or made[-1]["snapshots"] != [name]:
            self.trial.note(f"{when}: the ledger has {made[-1]}")
            self.sequence = made[-1]["sequence"]
        self.look(when + ", in the end")
        self.again(when + ", import", self.island, self.take())
        self.again(when + ", collect", self.hub, self.collect())
        snapshots = self.island.ferry("snapshot", "list", "--json")
        if f'"{name}"' not in snapshots:
            self.trial.note(f"{when}: {name} did not arrive")
        status = json.loads(self.hub.ferry("hub", "status", "--receipts", self.receipts, "--json"))
        stream = status["sites"][0]["streams"][0]
        if stream["acknowledged"] != self.sequence or stream["missing"]:
            self.trial.note(f"{when}: {status}")


def carry(trial):
    """Kills and faults at each request of export, import, receipt and collect."""
    crossing = Crossing(trial)
    steps = trial.options.steps
    name = trial.next()
    counts = {"export": crossing.count(crossing.hub, crossing.export(name)),
              "import": crossing.count(crossing.island, crossing.take()),
              "collect": crossing.count(crossing.hub, crossing.collect())}
    crossing.settle("first", name)
    # An increment is what the rest is about.
    name = trial.next()
    counts = {"export": crossing.count(crossing.hub, crossing.export(name)),
              "import": crossing.count(crossing.island, crossing.take()),
              "collect": crossing.count(crossing.hub, crossing.collect())}
    crossing.settle("second", name)
    print(f"carry: requests {counts}", flush=True)
    parties = {"export": (crossing.hub, crossing.export),
               "import": (crossing.island, lambda name: crossing.take()),
               "collect": (crossing.hub, lambda name: crossing.collect())}

    def before(part, name):
        """What has to be there before a part."""
        if part != "export":
            crossing.again("before", crossing.hub, crossing.export(name))
        if part == "collect":
            crossing.again("before", crossing.island, crossing.take())

    for part, (site, words) in parties.items():
        for step in range(1, counts[part] + 1, steps):
            for late in (False, True):
                name = trial.next()
                when = f"{part} killed {'behind' if late else 'before'} request {step}"
                before(part, name)
                crossing.killed(site, words(name), step, late)
                crossing.look(when)
                crossing.again(when, site, words(name))
                crossing.settle(when, name)
    print(f"carry: {crossing.kills} kills, {len(trial.troubles)} troubles", flush=True)
    well = 0
    for fault in FAULTS:
        print(f"carry: {fault}, {len(trial.troubles)} troubles so far", flush=True)
        for part, (site, words) in parties.items():
            for step in range(1, counts[part] + 1, steps):
                name = trial.next()
                when = f"{fault} at request {step} of {part}"
                before(part, name)
                crossing.proxy.reset(
                    lambda number, method, path: fault if number == step else None)
                status, text = site.run(*words(name))
                crossing.look(when)
                well += status == 0
                if status != 0:
                    print(f"{when}: {status} {text.strip()[:300]}", flush=True)
                    crossing.again(when, site, words(name))
                crossing.settle(when, name)
    print(f"carry: {crossing.kills} kills, {well} faults that nobody noticed, "
          f"{len(trial.troubles)} troubles", flush=True)
