"""A copy of a command's state, in which the command is run, disturbed, and run again."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time

from fault_matrix.commands import COMMANDS, words
from fault_matrix.files import Trouble, must, run, tree
from fault_matrix.oracles import Oracles
from fault_matrix.sets import SetOracles


def without_heads(manifest):
    """What MANIFEST says, but for the heads of audit logs: no two runs make the same records."""
    with open(manifest) as file:
        return re.sub(r"(?m)^(Known-)?Audit:.*\n(?: .*\n)*", "", file.read())


def without_place(record):
    """What MEDIA says, but for where and when: how much was free there too, and whether that is a
    file system of its own, which is read back."""
    with open(record) as file:
        return re.sub(r"(?m)^(Kind|Capacity|Written|Place|Read-Back):.*\n", "", file.read())


class Place(Oracles, SetOracles):
    """A fresh copy of a command's state, in which it is run."""

    def __init__(self, world, name, path, on=None):
        self.world, self.name, self.path = world, name, path
        self.command = COMMANDS[name]
        if on is None:
            must(["cp", "-a", os.path.join(world.states, name), path])
        self.env = world.environment(path)
        self.words = [world.program, *words(name, world)]

    def run(self, tracer=()):
        """The command itself, under a tracer when one is given."""
        return run([*tracer, *self.words], cwd=self.path, env=self.env)

    def ferry(self, *words):
        """Any other command in this place."""
        return run([self.world.program, *words], cwd=self.path, env=self.env)

    def end_agent(self):
        """Ends the gpg-agent that a killed command left behind."""
        home = self.path + "/depot/gnupg"
        if os.path.exists(home + "/S.gpg-agent"):
            # The agent of a command that was killed.
            run(["gpgconf", "--homedir", home, "--kill", "all"])

    def remove(self):
        self.end_agent()
        shutil.rmtree(self.path, ignore_errors=True)

    @contextlib.contextmanager
    def copy(self):
        """A copy to look at with the program, which may tidy up while it looks."""
        other = self.path + "c"
        for attempt in range(10):
            # gpg and its agent may live on for a moment, and remove their locks meanwhile.
            self.end_agent()
            if run(["cp", "-a", self.path, other]).returncode == 0:
                break
            shutil.rmtree(other, ignore_errors=True)
            time.sleep(0.2)
        else:
            must(["cp", "-a", self.path, other])
        twin = Place(self.world, self.name, other, on=True)
        try:
            yield twin
        finally:
            shutil.rmtree(other, ignore_errors=True)

    @contextlib.contextmanager
    def database(self):
        """A copy of the catalogue to read, since reading may roll back; None without one."""
        if not os.path.exists(self.path + "/depot/catalogue.sqlite"):
            yield None
            return
        with tempfile.TemporaryDirectory(dir=self.world.root) as place:
            for name in ("catalogue.sqlite", "catalogue.sqlite-journal"):
                if os.path.exists(f"{self.path}/depot/{name}"):
                    shutil.copy(f"{self.path}/depot/{name}", place)
            with contextlib.closing(sqlite3.connect(place + "/catalogue.sqlite")) as base:
                yield base

    def catalogue(self):
        """How many rows each table has."""
        with self.database() as base:
            names = [] if base is None else [row[0] for row in base.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                    for name in names}

    def largest(self, table, column):
        """The largest value in a column of the catalogue."""
        with self.database() as base:
            return base.execute(f'SELECT max("{column}") FROM "{table}"').fetchone()[0] or 0

    def outcome(self):
        """Everything that the command made, as it must be whatever happened on the way.

        The signature and the signing key differ from run to run; keys are checked by using them.
        """
        found = tree(self.path, skip=("t", "depot/gnupg", "depot/catalogue.sqlite", "depot/catalogue.mark",
                                      "depot/catalogue.sqlite-journal", "depot/lock",
                                      "depot/backup.lock", "depot/import.lock", "depot/reserve",
                                      "backup/lock", "backup/states",
                                      "depot/audit.log", "depot/audit.lock", ".gnupg", ".cache"))
        for path in found:
            if path.endswith("/MANIFEST"):
                found[path] = without_heads(os.path.join(self.path, path))
            if path.endswith("/MEDIA"):
                found[path] = without_place(os.path.join(self.path, path))
            if path.endswith("MANIFEST.asc") or path in ("depot/signing-key", "island.receipt"):
                found[path] = "differs"
        if self.command.is_signed:
            # What was signed before a fault and is no part of anything waits for “depot gc”.
            found = {path: "differs" if os.path.basename(path) in
                     ("InRelease", "Release", "Release.gpg") else what
                     for path, what in found.items() if not path.startswith("depot/objects/")}
        rows = self.catalogue()
        if self.command.is_receipted:
            # A number is used once it was taken, whether its receipt came to be or not.
            rows["own_receipt"] = "some" if rows["own_receipt"] else "none"
        return found, rows

    def state(self):
        """Old or new, as everybody sees it after the fault; torn raises."""
        command = self.command
        if os.path.isdir(self.path + "/depot/objects"):
            self.check_objects()
        if command.kind == "init":
            with self.copy() as twin:
                twin.check_audit()
            return "new" if os.path.exists(self.path + "/depot/depot.conf") else "old"
        is_new = False
        if command.kind == "restore" and not self.is_restored():
            return "old"
        if command.kind in ("export", "resend"):
            is_new = bool(self.check_bundles())
        if command.kind == "set":
            is_new = self.check_set()
        seen = self.publication()
        if seen not in command.shown:
            raise Trouble(f"torn: clients see {seen}")
        if command.kind == "restore":
            is_new = True
        elif command.kind == "backup":
            is_new = self.is_backed_up()
        elif command.kind == "publish":
            is_new = seen == command.shown[1]
        elif command.kind == "sign":
            is_new = self.is_signed_anew()
        elif command.kind == "gc":
            needed, here = self.world.needed[self.name], self.objects()
            if not needed <= here:
                raise Trouble("torn: something that is needed is gone")
            is_new = needed == here and self.catalogue()["generation"] <= 1
        # Any command may be next, not only the same one: it must find a clean depot too.
        with self.copy() as twin:
            twin.check_audit()
            answer = twin.ferry("depot", "check", "--depot", "depot")
            if answer.returncode != 0:
                raise Trouble(f"torn: depot check: {answer.stdout}{answer.stderr}")
            if is_new and command.kind == "publish" and twin.publication() != seen:
                # What clients have seen is never taken back.
                raise Trouble("torn: depot check took the publication back")
            if command.kind == "trust":
                is_new = "vendor" in twin.ferry("trust", "list", "--depot", "depot").stdout
            if command.makes:
                is_new = twin.ferry("snapshot", "show", command.makes, "--depot",
                                    "depot").returncode == 0
            if command.kind == "receipt-add":
                is_new = twin.is_acknowledged()
            if command.is_receipted:
                is_written = twin.check_receipt()
                if command.kind == "receipt-create":
                    is_new = is_written
                elif is_written and not is_new:
                    raise Trouble("torn: a receipt of an import that did not come to be")
        return "new" if is_new else "old"

    def glance(self):
        """What clients of a publication see: old or new, without running anything."""
        self.check_objects()
        seen = self.publication()
        if seen not in self.command.shown:
            raise Trouble(f"torn: clients see {seen}")
        return "new" if seen == self.command.shown[1] else "old"

    def stored_chunks(self):
        """The finished stored chunks that an interrupted export left."""
        place = f"{self.path}/medium/{self.command.bundle}.partial/chunks"
        if not os.path.isdir(place):
            return 0
        return sum(1 for name in os.listdir(place) if name.endswith(".tar"))

    def is_finished_for_good(self, reference):
        """Whether the same words again would ask for something else than what was disturbed."""
        bundle = f"{self.path}/medium/{self.command.bundle}"
        if self.command.kind == "export":
            return os.path.isdir(bundle) and self.catalogue()["export"] == reference[1]["export"]
        if self.command.kind == "restore":
            return self.is_restored()
        # What was resent is not written over.
        return self.command.kind == "resend" and os.path.isdir(bundle)

    def converge(self, reference):
        """The same command again ends well, with what an undisturbed run makes; then nothing."""
        kind = self.command.kind
        if kind == "set":
            return self.converge_set(reference)
        if self.is_finished_for_good(reference):
            # Any command rolls back what the catalogue was about to write.
            self.ferry("ledger", "show", "--depot", "depot")
            self.check_outcome(reference)
            return
        chunks = self.stored_chunks() if kind == "export" else 0
        again = self.run()
        if again.returncode != 0:
            raise Trouble(f"not converged: status {again.returncode}: {again.stderr}")
        self.check_audit(unfinished=False)
        if kind == "export":
            reused = json.loads(again.stdout)["reusedChunks"]
            is_finished = os.path.isdir(f"{self.path}/medium/{self.command.bundle}")
            if not is_finished or reused < chunks:
                raise Trouble(f"not converged: {reused} of {chunks} finished chunks used again")
        self.check_outcome(reference)
        if kind not in ("export", "resend", "restore"):
            third = self.run()
            if third.returncode != 0:
                raise Trouble(f"not converged: third run: {third.returncode}: {third.stderr}")
            self.check_same(reference)

    def check_same(self, reference):
        """What is there is what an undisturbed run leaves: files, and rows of the catalogue."""
        self.check_objects()
        (files, rows), (wanted_files, wanted_rows) = self.outcome(), reference
        if files != wanted_files:
            odd = sorted(set(files.items()) ^ set(wanted_files.items()))
            raise Trouble(f"not converged: not as after an undisturbed run: {odd[:6]}")
        if rows != wanted_rows:
            raise Trouble(f"not converged: catalogue rows {rows} instead of {wanted_rows}")

    def check_outcome(self, reference):
        """As an undisturbed run leaves it, and every oracle of that command is content."""
        self.check_same(reference)
        answer = self.ferry("depot", "check", "--json", "--depot", "depot")
        if answer.returncode != 0 or json.loads(answer.stdout)["unfinished"]:
            raise Trouble(f"not converged: depot check: {answer.stdout}{answer.stderr}")
        if self.command.kind == "init":
            shown = self.ferry("key", "show", "--depot", "depot")
            if shown.returncode != 0:
                raise Trouble(f"not converged: key show: {shown.stderr}")
            keys = os.listdir(self.path + "/depot/gnupg/private-keys-v1.d")
            if len(keys) != 1:
                raise Trouble(f"not converged: {len(keys)} secret keys")
        if self.command.bundle:
            self.check_bundles()
        if self.command.kind == "set":
            self.check_set_whole()
        if self.command.kind == "backup":
            names = os.listdir(self.path + "/backup/states")
            if len(names) != 1 or not self.is_backed_up():
                raise Trouble(f"not converged: the states {names}")
        if self.command.kind == "sign" and not self.is_signed_anew():
            raise Trouble("not converged: a generation is signed by the old key")
        if self.command.is_receipted and not self.check_receipt():
            raise Trouble("not converged: there is no receipt")
        if self.command.kind == "receipt-add" and not self.is_acknowledged():
            raise Trouble("not converged: the receipt is not in the ledger")
        if self.command.shown[1] and self.publication() != self.command.shown[1]:
            raise Trouble("not converged: clients see the old snapshot")
