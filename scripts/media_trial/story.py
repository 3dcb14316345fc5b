"""One bundle on five media: exported on questions, gone on with, and imported."""

import json
import os
import random
import shutil

from fault_matrix.files import Trouble
from media_trial import judge
from media_trial.drawer import BUNDLE_NAME, Drawer, Terminal

MEDIA = "6MB×5"


class Story:
    """One bundle on five media."""

    def __init__(self, trial, lab, place):
        self.sabotage, self.lab, self.place = trial.options.sabotage, lab, place
        self.chance = random.Random(trial.options.seed)
        self.ferry = lab.outside.copy(place + "/outside")
        self.drawer = Drawer(place)
        self.terminals = []

    def close(self):
        for terminal in self.terminals:
            terminal.end()
        self.ferry.end()
        self.drawer.close()
        shutil.rmtree(self.place, ignore_errors=True)

    def terminal(self, *words):
        self.terminals.append(Terminal(self.ferry, *words))
        return self.terminals[-1]

    def export(self):
        return self.terminal("export", "first", "--chunk-size", "64KiB", "--media", MEDIA, "--to",
                             self.drawer.slot)

    def go_on(self):
        """--continue asks for nothing: the medium that is in the slot is the next one."""
        return self.ferry.run("export", "--continue", BUNDLE_NAME.format(1), "--to",
                              self.drawer.slot)

    def answer(self, terminal, *numbers):
        """The media as they are asked for."""
        for number in numbers:
            terminal.asked(number)
            self.drawer.insert(number)
            terminal.type("")

    def arrives(self, names):
        """All media are good; they come in one by one, in any order, and only the last one ends it."""
        ledger = json.loads(self.ferry.must("ledger", "show", "--json"))
        if len(ledger["made"]) != 1:
            raise Trouble(f"the ledger has {len(ledger['made'])} bundles")
        places = self.drawer.all(names)
        try:
            judge.whole(self.ferry, self.lab.key, self.lab.ring, places)
        finally:
            self.drawer.put_back(places)
        if self.sabotage == "loses-a-medium":
            names = names[1:]
        site = self.lab.inside.copy(self.place + "/site")
        order = self.chance.sample(names, len(names))
        try:
            for name in order[:-1]:
                self.drawer.insert(name)
                judge.expect(site.run("import", self.drawer.slot), 12,
                             "E-INCOMPLETE-CHUNKS-MISSING")
            self.drawer.insert(order[-1])
            if self.sabotage == "flips-a-bit":
                flip(self.drawer.slot)
            judge.expect(site.run("import", self.drawer.slot), 0)
            judge.expect(site.run("depot", "check"), 0)
            judge.expect(site.run("snapshot", "show", "first"), 0)
        finally:
            site.end()
        shutil.rmtree(self.place + "/site", ignore_errors=True)
        return f"imported in the order {', '.join(map(str, order))}"


def flip(medium):
    """One bit of a chunk is another one."""
    place = judge.bundle(medium) + "/chunks"
    path = os.path.join(place, sorted(os.listdir(place))[-1])
    with open(path, "r+b") as file:
        file.seek(600)
        byte = file.read(1)
        file.seek(600)
        file.write(bytes([byte[0] ^ 1]))
