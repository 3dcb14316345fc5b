"""The commands that are disturbed, and what each of them makes."""

import dataclasses
import typing

from fault_matrix.world import CHUNKS


@dataclasses.dataclass(frozen=True)
class Command:
    """What is run in a copy of the state of the same name."""

    # Which oracles apply: init, trust, snapshot, export, resend, set, import, publish, sign, gc,
    # backup, restore, receipt-add or receipt-create.
    kind: str
    words: typing.Callable
    # What clients see before and after; None where nothing is published.
    shown: tuple = (None, None)
    # The snapshot that is there afterwards.
    makes: typing.Optional[str] = None
    # The directory of the bundle on the medium.
    bundle: typing.Optional[str] = None
    # Whether this site signs Release files, so that they differ from run to run.
    is_signed: bool = False
    # Whether it leaves island.receipt.
    is_receipted: bool = False


BOTH = ("first", "second")
COMMANDS = {
    "init": Command("init", lambda world: ["init", "--site", "mainland"]),
    "trust": Command("trust", lambda world: [
        "trust", "add", world.vendor.key, "--role", "upstream", "--name", "vendor",
        "--fingerprint", world.fingerprint(world.vendor.key)]),
    "snapshot": Command("snapshot", lambda world: [
        "snapshot", "create", "first", "--tree", world.vendor.trees[0], "--suite", "stable",
        "--upstream", "vendor"], makes="first"),
    "export": Command("export", lambda world: ["export", "first", "--to", "medium", *CHUNKS],
                      bundle="mainland-000001"),
    # Two media, both of which are needed; each is a directory below the one that is named.
    "export-set": Command("set", lambda world: [
        "export", "large", "--media-dir", "medium", "--media", "1MB×2", *CHUNKS]),
    "import": Command("import", lambda world: ["import", world.media["first"]], makes="first"),
    "import-second": Command("import", lambda world: ["import", world.media["second"]],
                             ("first", "first"), makes="second"),
    "publish-first": Command("publish", lambda world: ["publish", "first", "--at", "debian"],
                             (None, "first")),
    "publish": Command("publish", lambda world: ["publish", "second", "--at", "debian"], BOTH),
    "publish-signed-first": Command("publish", lambda world: [
        "publish", "first", "--at", "debian", "--mode", "resigned"], (None, "first"),
        is_signed=True),
    "publish-signed": Command("publish", lambda world: [
        "publish", "second", "--at", "debian", "--mode", "resigned"], BOTH, is_signed=True),
    "rollback": Command("publish", lambda world: [
        "publication", "rollback", "debian", "--reason", "matrix", "--to", "1"],
        ("second", "first")),
    "publish-back": Command("publish", lambda world: [
        "publication", "rollback", "debian", "--mode", "resigned", "--reason", "matrix", "--to",
        "1"], ("second", "first"), is_signed=True),
    "publication-sign": Command("sign", lambda world: [
        "publication", "sign", "debian", "--reason", "matrix"], ("second", "second"),
        is_signed=True),
    "import-publish": Command("publish", lambda world: [
        "import", world.media["second"], "--publish", "debian"], BOTH),
    "gc": Command("gc", lambda world: ["depot", "gc"], ("second", "second")),
    "gc-keep": Command("gc", lambda world: ["depot", "gc", "--keep", "1"], ("second", "second"),
                       is_signed=True),
    "gc-outside": Command("gc", lambda world: ["depot", "gc"]),
    "backup": Command("backup", lambda world: ["depot", "backup", "--to", "backup"],
                      ("first", "first")),
    "backup-again": Command("backup", lambda world: ["depot", "backup", "--to", "backup"],
                            ("second", "second")),
    "restore": Command("restore", lambda world: [
        "depot", "restore", "backup", "--reason", "matrix"], (None, "first")),
    "receipt-create": Command("receipt-create", lambda world: [
        "receipt", "create", "--to", "island.receipt"], is_receipted=True),
    "receipt-add": Command("receipt-add", lambda world: ["receipt", "add", world.receipt]),
    "export-site": Command("export", lambda world: [
        "export", "second", "--site", "island", "--new-site", "--to", "medium", *CHUNKS],
        bundle="mainland-000002"),
    "import-increment": Command("import", lambda world: [
        "import", world.media["increment"], "--receipt", "island.receipt"], ("first", "first"),
        makes="second", is_receipted=True),
    "resend": Command("resend", lambda world: [
        "export", "--resend", world.request, "--to", "medium"], bundle="mainland-000002"),
    "import-resent": Command("import", lambda world: ["import", world.media["resent"]],
                             makes="second"),
}


def words(name, world):
    """The whole command line behind the program's name."""
    return COMMANDS[name].words(world) + ["--depot", "depot", "--json"]
