"""The part of scripts/transfer-histories that breaks one promise from outside, so that the oracle
for it can be seen to fail. Each is called after a command, with the history, the depot's name and
the command's words."""

import json
import os
import shutil
import sqlite3

from transfer_histories.basics import EXPORTERS, SITES


def change(history, name, text, *values):
    """Changes the catalogue of a depot behind its back."""
    catalogue = sqlite3.connect(history.depot(name) + "/catalogue.sqlite")
    catalogue.execute("PRAGMA foreign_keys = ON")
    with catalogue:
        catalogue.execute(text, values)
    catalogue.close()


def imported(name, words, result):
    """Whether this command took something in."""
    return name in SITES and words[0] == "import" and result.returncode == 0


def forgets_receipts(history, name, words, result):
    """The ledger loses each receipt: what was acknowledged is carried again."""
    if words[:2] == ("receipt", "add"):
        change(history, name, "DELETE FROM site_receipt")


def forgets_bundles(history, name, words, result):
    """The ledger loses each bundle: sequences are used twice."""
    if words[0] == "export" and name in EXPORTERS:
        change(history, name, "DELETE FROM export")


def forgets_imports(history, name, words, result):
    """A site loses what it has accepted: the same bundle is taken in twice."""
    if imported(name, words, result):
        change(history, name, "DELETE FROM accepted")


def believes_everything(history, name, words, result):
    """Every bundle counts as acknowledged by a receipt."""
    if words[:2] == ("receipt", "add") and name in EXPORTERS:
        for sequence, digest in history.models[name].made.items():
            change(history, name, "INSERT OR IGNORE INTO acknowledgement VALUES (?, ?, ?, ?, ?, ?)",
                   history.chance.choice(SITES), name, sequence, bytes.fromhex(digest),
                   history.clock, "receipt")


def writes_objects_again(history, name, words, result):
    """An import writes an object that was there before."""
    if imported(name, words, result):
        root, _, names = max(os.walk(history.depot(name) + "/objects"), key=lambda one: len(one[2]))
        path = f"{root}/{names[0]}"
        shutil.copy2(path, path + ".new")
        os.utime(path + ".new", (history.clock, history.clock))
        os.rename(path + ".new", path)


def publishes_other_files(history, name, words, result):
    """A byte of what clients see is another one than the exporter's."""
    if name in SITES and (words[0] == "publish" or "--publish" in words):
        for root, _, names in os.walk(history.depot(name) + "/public"):
            for one in names:
                if one.endswith("Packages.xz"):
                    path = f"{root}/{one}"
                    with open(path, "rb") as file:
                        content = file.read()
                    os.remove(path)
                    with open(path, "wb") as file:
                        file.write(content + b"\n")


def loses_files(history, name, words, result):
    """gc takes an object that a snapshot needs."""
    if words[:2] == ("depot", "gc"):
        for digest in history.models[name].snapshots.values():
            for content in history.lists[digest]:
                os.remove(f"{history.depot(name)}/objects/{content[:2]}/{content}")
                return


def cuts_the_log(history, name, words, result):
    """The audit log loses its newest records."""
    if words[0] in ("export", "import"):
        path = history.depot(name) + "/audit.log"
        with open(path, "rb") as file:
            lines = file.readlines()
        with open(path, "wb") as file:
            file.writelines(lines[:-2])


def takes_nothing_in(history, name, words, result):
    """What one site takes in is gone again."""
    if imported(name, words, result) and name == history.busy[0]:
        change(history, name, "DELETE FROM snapshot")


def makes_one_vendor(history, name, words, result):
    """Every vendor's key is the first vendor's: another one's suite takes its place unseen."""
    if name in SITES:
        change(history, name, "UPDATE pinned_key SET name = 'vendor' WHERE role = 'upstream'")


def forgets_dates(history, name, words, result):
    """A site loses the newest Date of each suite: an old state comes back in another stream."""
    if imported(name, words, result):
        change(history, name, "DELETE FROM suite_seen")


def lets_exporters_vouch(history, name, words, result):
    """Whatever no vendor signed comes in on an exporter's word."""
    if name in SITES:
        change(history, name, "UPDATE pinned_key SET may_vouch = '*' WHERE role = 'exporter'")


def keeps_stolen_keys(history, name, words, result):
    """A key that was removed is pinned again."""
    if name in SITES and words[:2] == ("trust", "remove"):
        with sqlite3.connect(history.world.template(name) + "/catalogue.sqlite") as before:
            for row in before.execute("SELECT * FROM pinned_key WHERE fingerprint = ?", words[-1:]):
                change(history, name, "INSERT INTO pinned_key VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row)
        before.close()


def chooses_otherwise(history, name, words, result):
    """A filter takes everything, and says that it did what it was asked for."""
    if words[:2] == ("snapshot", "filter") and result.returncode == 0:
        answer = json.loads(result.stdout)
        snapshot = answer["snapshot"]["name"]
        history.world.run(history.depot(name), ["snapshot", "remove", "--yes", snapshot], history.clock)
        made = history.world.run(history.depot(name), ["snapshot", "merge", snapshot, words[2], "--json"],
                                 history.clock)
        answer["snapshot"] = json.loads(made.stdout)["snapshot"]
        result.stdout = json.dumps(answer)


def resigned(history, name, words):
    """The directories of suites that a site may have signed just now."""
    if name in SITES and (words[0] in ("publish", "publication") or "--publish" in words):
        for root, _, names in os.walk(history.depot(name) + "/public"):
            if "Release.gpg" in names:
                yield root


def signs_with_another_key(history, name, words, result):
    """What a site should sign, somebody else does."""
    for place in resigned(history, name, words):
        os.remove(place + "/InRelease")
        history.world.gpg(history.world.keys("other"), "--clear-sign", "--output", place + "/InRelease",
                          place + "/Release", at=history.clock)


def drops_names_by_hash(history, name, words, result):
    """Clients are promised names by hash, and do not find them."""
    for place in resigned(history, name, words):
        for root, _, _ in os.walk(place):
            if root.endswith("/by-hash"):
                shutil.rmtree(root)


def tells_other_keys(history, name, words, result):
    """Machines are told to believe a vendor where the site signs."""
    if words[0] == "client-config":
        own = history.world.fingerprints[name]
        result.stdout = result.stdout.replace(own, history.world.vendors["vendor"])


SABOTAGE = {function.__name__.replace("_", "-"): function for function in (
    forgets_receipts, forgets_bundles, forgets_imports, believes_everything, writes_objects_again,
    publishes_other_files, loses_files, cuts_the_log, takes_nothing_in, makes_one_vendor, forgets_dates,
    lets_exporters_vouch, keeps_stolen_keys, chooses_otherwise, signs_with_another_key, drops_names_by_hash,
    tells_other_keys)}
