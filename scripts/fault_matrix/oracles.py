"""What must hold after each fault, and what shows whether a command's result is there."""

import json
import os
import re

from fault_matrix.files import Trouble, indexes, run, sha256, tree, unsigned, visible


class Oracles:
    """What can be asked of a place: a directory with a depot in which a command was run."""

    def check_audit(self, unfinished=True):
        """The audit log verifies; and says of every command how it ended, once another came."""
        if not os.path.exists(self.path + "/depot/depot.conf"):
            return
        answer = self.ferry("audit", "verify", "--depot", "depot", "--json")
        if answer.returncode != 0:
            raise Trouble(f"torn: audit verify: {answer.stdout}{answer.stderr}")
        report = json.loads(answer.stdout)
        if report["running"] or (report["unfinished"] and not unfinished) or report["notes"]:
            raise Trouble(f"not converged: the audit log: {answer.stdout}")
        if report["tornBytes"] and not unfinished:
            raise Trouble(f"not converged: the audit log is torn: {answer.stdout}")

    def check_objects(self):
        """Every object has the content that its name says."""
        for path, digest in tree(self.path + "/depot/objects").items():
            if digest != "directory" and os.path.basename(path) != digest:
                raise Trouble(f"torn: the object {path} has other content")

    def objects(self):
        """The digests of all objects."""
        return {os.path.basename(path) for path, digest in tree(self.path + "/depot/objects").items()
                if digest != "directory"}

    def publication(self):
        """Which snapshot clients see; torn when what they see is neither old nor new."""
        link = self.path + "/depot/public/debian"
        if not os.path.lexists(link):
            return None
        seen = visible(link)
        for number, expected in enumerate(self.world.expected):
            # Packages of generations before stay for clients that still ask for them.
            if indexes(seen) == indexes(expected) and expected.items() <= seen.items():
                return ("first", "second")[number]
        # Under this site's signature: what that covers must be what is there.
        for number, expected in enumerate(self.world.expected):
            if unsigned(indexes(seen)) == unsigned(indexes(expected)):
                if self.is_signed_here(link) and unsigned(expected).items() <= seen.items():
                    return ("first", "second")[number]
        raise Trouble(f"torn: clients see {len(seen)} files that are no snapshot")

    def is_signed_here(self, link):
        """Whether gpgv takes the Release files, and they list what lies beside them."""
        suite = link + "/dists/stable"
        keyring = self.world.keys + "/site.gpg"
        for words in (["InRelease"], ["Release.gpg", "Release"]):
            if run(["gpgv", "--quiet", "--keyring", keyring, *words], cwd=suite).returncode != 0:
                return False
        with open(suite + "/Release") as file:
            lines = file.read().split("\nSHA256:\n")[1].splitlines()
        for line in lines:
            if not line.startswith(" "):
                break
            digest, _, name = line.split()
            if os.path.exists(f"{suite}/{name}") and sha256(f"{suite}/{name}") != digest:
                return False
        return True

    def is_signed_anew(self):
        """Whether all generations have the signatures of the new key; torn where one verifies with
        neither, or clients of the old or the new key get a file that does not fit Release."""
        done = []
        home = self.path + "/depot/public/.publications/debian/generations"
        for generation in sorted(os.listdir(home)):
            suite = f"{home}/{generation}/dists/stable"
            if not self.is_signed_here(f"{home}/{generation}"):
                raise Trouble(f"torn: generation {generation} verifies with neither key")
            for words in (["InRelease"], ["Release.gpg", "Release"]):
                done.append(run(["gpgv", "--quiet", "--keyring", self.world.new_site_key, *words],
                                cwd=suite).returncode == 0)
        return all(done)

    def check_bundles(self):
        """What has the name of a finished bundle must verify, with stock tools."""
        finished = []
        medium = self.path + "/medium"
        for name in sorted(os.listdir(medium)):
            if not re.fullmatch(r"mainland-\d{6}", name):
                continue
            bundle = medium + "/" + name
            # What was resent has only some of the chunks.
            some = ["--ignore-missing"] if self.command.kind == "resend" else []
            for words in (["gpgv", "--quiet", "--keyring", self.world.keys + "/exporter.gpg",
                           "MANIFEST.asc", "MANIFEST"],
                          ["sha256sum", "--quiet", "--strict", *some, "-c", "SHA256SUMS"]):
                if run(words, cwd=bundle).returncode != 0:
                    raise Trouble(f"torn: {name} has its final name and does not verify ({words[0]})")
            finished.append(name)
        if self.command.kind == "resend":
            for name in finished:
                self.check_resent(medium + "/" + name)
            return finished
        answer = self.ferry("verify", "medium", "--keyring", self.world.exporter_key)
        if (answer.returncode == 0) != bool(finished):
            raise Trouble(f"torn: verify says {answer.returncode}, finished are {finished}")
        return finished

    def check_resent(self, bundle):
        """Every file that was asked for is there, byte for byte as an undisturbed run writes it."""
        wanted = self.world.media["resent"] + "/" + os.path.basename(bundle)
        if tree(bundle) != tree(wanted):
            odd = sorted(set(tree(bundle).items()) ^ set(tree(wanted).items()))
            raise Trouble(f"torn: what was resent is not what was asked for: {odd[:4]}")
        for name in os.listdir(bundle + "/files"):
            if sha256(f"{bundle}/files/{name}") != name:
                raise Trouble(f"torn: the resent file {name} has other content")

    def receipt_text(self):
        """The receipt that this place has written; None before. One that is not whole is torn."""
        path = self.path + "/island.receipt"
        if not os.path.exists(path):
            return None
        if run(["gpgv", "--quiet", "--keyring", self.world.keys + "/site.gpg", path]).returncode != 0:
            raise Trouble("torn: the receipt does not verify with gpgv")
        with open(path) as file:
            return file.read()

    def check_receipt(self):
        """A receipt says what the site holds, under a number that is never given again."""
        text = self.receipt_text()
        if text is None:
            return False
        number = int(re.search(r"(?m)^Number: (\d+)$", text).group(1))
        if number > self.largest("own_receipt", "number"):
            raise Trouble(f"torn: the depot knows nothing of its receipt {number}")
        held = json.loads(self.ferry("snapshot", "list", "--json", "--depot", "depot").stdout)
        for each in held["snapshots"]:
            if f"\n {each['name']} {each['digest']}\n" not in text:
                raise Trouble(f"torn: the receipt lacks the snapshot {each['name']}")
        return True

    def is_restored(self):
        """Whether a restore has come to its end; until then nothing else takes it for a depot."""
        depot = self.path + "/depot"
        if os.path.exists(depot + "/depot.conf") and not os.path.exists(depot + "/restoring"):
            return True
        if os.path.exists(depot):
            with self.copy() as twin:
                answer = twin.ferry("depot", "check", "--depot", "depot")
                if answer.returncode != 18:
                    raise Trouble(f"torn: half of a depot is one: {answer.stdout}{answer.stderr}")
        return False

    def is_backed_up(self):
        """Whether there is a new state; torn where the newest one cannot be restored."""
        place = self.path + "/backup/states"
        names = [] if not os.path.isdir(place) else [each for each in os.listdir(place) if each.isdigit()]
        before = os.path.isdir(self.world.states + "/" + self.name + "/backup")
        if before and not names:
            raise Trouble("torn: the backup of before has gone")
        if not names:
            return False
        with self.copy() as twin:
            for words in (["restore", "backup", "--reason", "matrix"], ["check"]):
                answer = twin.ferry("depot", *words, "--depot", "other")
                if answer.returncode != 0:
                    raise Trouble(f"torn: the backup: {answer.stdout}{answer.stderr}")
        return not before or max(names) != "000001"

    def is_acknowledged(self):
        """Whether the ledger says that the first bundle has arrived; both halves or none."""
        ledger = self.ferry("ledger", "show", "--json", "--depot", "depot")
        if ledger.returncode != 0:
            raise Trouble(f"torn: ledger show: {ledger.stderr}")
        shown = json.loads(ledger.stdout)
        knows = [site for site in shown["sites"] if site["receipt"] is not None]
        bundles = [each for each in shown["made"] if each["acknowledged"]]
        rows = self.catalogue()
        if not (len(knows) == len(bundles) == rows["site_receipt"] == rows["acknowledgement"]):
            raise Trouble(f"torn: a receipt and no acknowledgement, or none: {ledger.stdout}")
        return bool(knows)
