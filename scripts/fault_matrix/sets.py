"""A bundle on two media: each stands for itself, and what is missing is written later."""

import glob
import os

from fault_matrix.files import Trouble, run

BUNDLE = "mainland-000001"


class SetOracles:
    """What can be asked of a place in which a set was exported."""

    def set_media(self):
        """The media that are finished."""
        return sorted(os.path.dirname(path) for path in glob.glob(f"{self.path}/medium/*/{BUNDLE}"))

    def is_set_recorded(self):
        """Whether the ledger has the bundle: from then on its media are written one by one."""
        return self.catalogue().get("export", 0) == 1

    def check_set(self):
        """What is finished verifies, and the ledger knows of it; whether the ledger has the bundle."""
        finished, is_recorded = self.set_media(), self.is_set_recorded()
        if finished and not is_recorded:
            raise Trouble("torn: a medium is finished, and the ledger has no bundle")
        for medium in finished:
            for words in (["gpgv", "--quiet", "--keyring", self.world.keys + "/exporter.gpg",
                           "MANIFEST.asc", "MANIFEST"],
                          ["sha256sum", "--quiet", "--strict", "--ignore-missing", "-c",
                           "SHA256SUMS"]):
                if run(words, cwd=f"{medium}/{BUNDLE}").returncode != 0:
                    raise Trouble(f"torn: {medium} is finished and does not verify ({words[0]})")
        answer = self.ferry("verify", "medium", "--keyring", self.world.exporter_key)
        # Whether the second one has its name matters, not what is on it.
        wanted = (0,) if len(finished) == 2 else (12, 2)
        if answer.returncode not in wanted:
            raise Trouble(f"torn: verify says {answer.returncode}, finished are {finished}: "
                          f"{answer.stdout}{answer.stderr}")
        return is_recorded

    def check_set_whole(self):
        """Both media are there."""
        if not self.check_set() or len(self.set_media()) != 2:
            raise Trouble(f"not converged: finished are {self.set_media()}")

    def is_part_of_set(self, answer):
        """Whether a command said that the bundle is made and media are missing."""
        return (self.command.kind == "set" and answer.returncode == 12
                and "E-INCOMPLETE-MEDIA-MISSING" in answer.stderr and self.is_set_recorded())

    def finished_chunks(self):
        """The stored chunks that are whole, by what changes when one is written again."""
        found = [os.stat(path) for path in glob.glob(self.path + "/medium/*/*/chunks/*.tar")]
        return {(about.st_ino, about.st_mtime_ns) for about in found}

    def converge_set(self, reference):
        """The same command again, or --continue once the ledger has the bundle, ends it."""
        kept = self.finished_chunks() if self.is_set_recorded() else set()
        if self.is_set_recorded():
            words = ["export", "--continue", BUNDLE, "--media-dir", "medium"]
            again = self.ferry(*words, "--json", "--depot", "depot")
        else:
            again = self.run()
        if again.returncode != 0:
            raise Trouble(f"not converged: status {again.returncode}: {again.stderr}")
        self.check_audit(unfinished=False)
        lost = kept - self.finished_chunks()
        if lost:
            raise Trouble(f"not converged: {len(lost)} of {len(kept)} finished chunks written again")
        self.check_outcome(reference)
