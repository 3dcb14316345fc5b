"""The world before each command: an exporter, its media, a site inside, and their depots."""

import json
import os

from fault_matrix.files import must, run, tree, visible
from fault_matrix.vendor import Vendor

CREATED = "2026-11-22T12:00:00Z"
CHUNKS = ["--chunk-size", "64KiB", "--created", CREATED]


class World:
    """Everything that the commands begin with; made once.

    Each state is a directory with a depot, and with a medium where the command writes one.
    """

    def __init__(self, root, program):
        self.root = root
        self.program = program
        self.preload = None
        self.states = os.path.join(root, "states")
        self.keys = os.path.join(root, "keys")
        os.mkdir(self.states)
        os.mkdir(self.keys)
        self.vendor = Vendor(root)
        self.expected = [visible(each) for each in self.vendor.trees]
        self.media = {}
        self.needed = {}
        self.receipt = os.path.join(root, "island.receipt")
        self.request = os.path.join(root, "request.txt")
        self.make_exports()
        self.make_sets()
        self.make_imports()
        self.make_publications()
        self.make_signings()
        self.make_collections()
        self.make_backups()
        self.make_increments()
        self.make_resends()
        self.media_digest = {medium: tree(medium) for medium in self.media.values()}

    def environment(self, place):
        """The environment of commands in a place, with the sabotage that was asked for."""
        runtime = os.path.join(place, "t")
        os.makedirs(runtime, mode=0o700, exist_ok=True)
        return {
            "PATH": os.environ["PATH"], "HOME": place, "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "XDG_RUNTIME_DIR": runtime,
            **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
            **({"LD_PRELOAD": self.preload} if self.preload else {}),
        }

    def ferry(self, place, *words):
        return must([self.program, *words, "--depot", "depot"], cwd=place,
                    env=self.environment(place))

    def shown(self, place, *words):
        """What a command answers as JSON."""
        return json.loads(self.ferry(place, *words, "--json"))

    def save(self, place, name):
        """Keeps a place as the state that a command begins with."""
        must(["cp", "-a", place, os.path.join(self.states, name)])

    def begin(self, state, name):
        """A place to go on from a state that was saved."""
        place = os.path.join(self.root, name)
        must(["cp", "-a", os.path.join(self.states, state), place])
        return place

    def medium(self, name):
        """A new, empty medium."""
        self.media[name] = os.path.join(self.root, "medium-" + name)
        os.mkdir(self.media[name])
        return self.media[name]

    def fingerprint(self, key):
        return self.vendor.fingerprint(key)

    def pin(self, place, key, role, name):
        self.ferry(place, "trust", "add", key, "--role", role, "--name", name, "--fingerprint",
                   self.fingerprint(key))

    def freeze(self, place, number):
        """The snapshot of one of the two states of the vendor."""
        self.ferry(place, "snapshot", "create", ("first", "second")[number], "--tree",
                   self.vendor.trees[number], "--suite", "stable", "--upstream", "vendor")

    # --- outside

    def make_exports(self):
        """The states of the connected side, and two bundles."""
        out = os.path.join(self.root, "c")
        os.mkdir(out)
        self.save(out, "init")
        self.ferry(out, "init", "--site", "mainland")
        self.save(out, "trust")
        self.pin(out, self.vendor.key, "upstream", "vendor")
        self.save(out, "snapshot")
        self.freeze(out, 0)
        os.mkdir(out + "/medium")
        self.save(out, "export")
        self.ferry(out, "export", "first", "--to", self.medium("first"), *CHUNKS)
        self.save(out, "exported")
        stated = self.begin("exported", "o")
        self.ferry(stated, "key", "rotate", "--reason", "matrix")
        self.save(stated, "key-statements")
        self.freeze(out, 1)
        self.ferry(out, "export", "second", "--to", self.medium("second"), *CHUNKS)
        self.exporter_key = self.keys + "/exporter.asc"
        self.ferry(out, "key", "export", self.exporter_key)
        # gpgv wants keys without armor.
        self.ferry(out, "key", "export", self.keys + "/exporter.gpg")

    def make_sets(self):
        """The state before an export on two media."""
        out = self.begin("snapshot", "m")
        self.ferry(out, "snapshot", "create", "large", "--tree", self.vendor.large, "--suite",
                   "stable", "--upstream", "vendor")
        os.mkdir(out + "/medium")
        self.save(out, "export-set")

    # --- inside

    def make_imports(self):
        inside = os.path.join(self.root, "i")
        os.mkdir(inside)
        self.ferry(inside, "init", "--site", "island")
        self.pin(inside, self.vendor.key, "upstream", "vendor")
        self.pin(inside, self.exporter_key, "exporter", "mainland")
        self.save(inside, "import")
        self.ferry(inside, "import", self.media["first"])
        self.site_key = self.keys + "/site.asc"
        self.ferry(inside, "key", "export", self.site_key)
        self.ferry(inside, "key", "export", self.keys + "/site.gpg")
        self.save(inside, "publish-first")
        self.save(inside, "publish-signed-first")
        self.save(inside, "receipt-create")
        self.ferry(inside, "publish", "first", "--at", "debian")
        self.save(inside, "import-second")
        self.save(inside, "import-publish")
        self.save(inside, "import-increment")

    def make_publications(self):
        """The states in which something is published already."""
        inside = self.begin("import-second", "p")
        self.ferry(inside, "import", self.media["second"])
        self.save(inside, "publish")
        self.save(inside, "publish-signed")
        self.ferry(inside, "publish", "second", "--at", "debian")
        self.save(inside, "publish-back")
        self.save(inside, "rollback")

    def make_signings(self):
        """Generations that were signed by a key which the depot has replaced since."""
        inside = self.begin("publish-first", "n")
        self.ferry(inside, "import", self.media["second"])
        for snapshot in ("first", "second"):
            self.ferry(inside, "publish", snapshot, "--at", "debian", "--mode", "resigned")
        self.ferry(inside, "key", "rotate", "--overlap", "0", "--reason", "matrix")
        self.new_site_key = self.keys + "/site-new.gpg"
        self.ferry(inside, "key", "export", self.new_site_key)
        with open(self.keys + "/site.gpg", "ab") as ring, open(self.new_site_key, "rb") as new:
            # Clients that have both files.
            ring.write(new.read())
        self.save(inside, "publication-sign")

    def make_backups(self):
        """A depot without a backup, one whose backup is old, and a backup whose depot is lost."""
        inside = self.begin("import-second", "b")
        self.save(inside, "backup")
        self.ferry(inside, "depot", "backup", "--to", "backup")
        self.ferry(inside, "import", self.media["second"], "--publish", "debian")
        self.save(inside, "backup-again")
        lost = self.begin("backup", "l")
        self.ferry(lost, "depot", "backup", "--to", "backup")
        must(["rm", "-rf", lost + "/depot"])
        self.save(lost, "restore")

    def make_collections(self):
        """The states that leave something to gc, and what it must keep."""
        # Clients see the second snapshot; nothing needs what only the first one had.
        inside = self.begin("publish-first", "j")
        self.ferry(inside, "import", self.media["second"])
        self.ferry(inside, "publish", "second", "--at", "debian")
        self.ferry(inside, "snapshot", "remove", "--yes", "first")
        os.mkdir(inside + "/depot/incoming/freeze")
        with open(inside + "/depot/incoming/freeze/left", "w") as left:
            left.write("by a freeze that was killed")
        self.save(inside, "gc")
        self.needed["gc"] = self.needed_objects(inside)
        # Generations that nobody may roll back to any more, each with a Release of its own.
        inside = self.begin("publish-first", "k")
        self.ferry(inside, "import", self.media["second"])
        for snapshot in ("first", "second", "first", "second"):
            self.ferry(inside, "publish", snapshot, "--at", "debian", "--mode", "resigned",
                       "--keep", "4", "--grace", "none")
        self.save(inside, "gc-keep")
        self.needed["gc-keep"] = self.needed_objects(inside)

    def needed_objects(self, place):
        """The objects that the snapshots and what clients see need, by what the program says."""
        lists = {each["digest"] for each in self.shown(place, "snapshot", "list")["snapshots"]}
        if os.path.exists(place + "/depot/public/debian"):
            lists.add(self.shown(place, "publication", "show", "debian")["current"]["listing"])
        needed = set(lists)
        for digest in lists:
            with open(f"{place}/depot/objects/{digest[:2]}/{digest}") as lines:
                needed |= {line.split(" ")[0] for line in lines}
        return needed

    # --- what the two sides know of each other

    def make_increments(self):
        """The states in which the two sides know of each other by receipts."""
        inside = self.begin("receipt-create", "r")
        self.ferry(inside, "receipt", "create", "--to", self.receipt)
        out = self.begin("exported", "x")
        self.pin(out, self.site_key, "site", "island")
        self.freeze(out, 1)
        self.save(out, "receipt-add")
        self.ferry(out, "receipt", "add", self.receipt)
        self.save(out, "export-site")
        self.ferry(out, "export", "second", "--site", "island", "--new-site", "--to", self.medium("increment"),
                   *CHUNKS)
        # Only the list of what the first bundle had is left to nobody.
        self.ferry(out, "snapshot", "remove", "--yes", "first")
        self.save(out, "gc-outside")
        self.needed["gc-outside"] = self.needed_objects(out)

    def make_resends(self):
        """An increment that relies on what never came, and has lost its first chunk."""
        out = self.begin("receipt-add", "s")
        relying = self.medium("relying")
        self.ferry(out, "export", "second", "--since", "first", "--site", "island", "--new-site", "--to", relying,
                   *CHUNKS)
        self.save(out, "resend")
        os.remove(relying + "/mainland-000002/chunks/000001.tar")
        inside = self.begin("import", "a")
        refused = run([self.program, "import", relying, "--depot", "depot"], cwd=inside,
                      env=self.environment(inside))
        if refused.returncode != 12:
            raise RuntimeError(f"status {refused.returncode} instead of 12: {refused.stderr}")
        self.ferry(inside, "receipt", "request", relying, "--to", self.request)
        self.ferry(out, "export", "--resend", self.request, "--to", self.medium("resent"))
        self.save(inside, "import-resent")
