"""Five media that are asked for one by one, and what people do then."""

import os
import time
import traceback

from fault_matrix.files import Trouble, must
from media_trial import judge
from media_trial.drawer import BUNDLE_NAME, STOP, has_terminals
from media_trial.freight import Lab
from media_trial.story import Story

SABOTAGE = ("forgets-to-swap", "flips-a-bit", "exports-again", "loses-a-medium")
MEGABYTES = 24


def run(trial):
    """Each story, with media and a depot of its own."""
    if has_terminals():
        print(f"skipped: {has_terminals()}")
        return
    lab = Lab(trial.root, trial.options.program, trial.options.seed, MEGABYTES)
    stories = {"swapped": Stories.swapped, "wrong": Stories.wrong, "unmounted": Stories.unmounted,
               "pulled": Stories.pulled, "interrupted": Stories.interrupted,
               "skipped": Stories.skipped, "unrecorded": Stories.unrecorded,
               "pulled while importing": Stories.pulled_while_importing}
    wanted = trial.options.cases.split(",") if trial.options.cases else stories
    for name, tell in stories.items():
        if name not in wanted:
            continue
        place = f"{trial.root}/{name.replace(' ', '-')}"
        os.mkdir(place)
        story = Stories(trial, lab, place)
        try:
            print(f"{name}: {tell(story)}", flush=True)
        except Trouble as trouble:
            trial.note(f"{name}: {trouble}")
        except Exception:  # the other stories are still of use
            trial.note(f"{name}: {traceback.format_exc(limit=-4)}")
        finally:
            story.close()


class Stories(Story):
    """What happens to them."""

    def swapped(self):
        """Each as it is asked for."""
        terminal = self.export()
        self.answer(terminal, 1, 2)
        terminal.asked(3)
        if self.sabotage != "forgets-to-swap":
            self.drawer.insert(3)
        terminal.type("")
        self.answer(terminal, 4, 5)
        said = terminal.ends(0)
        if "digest:" not in said:
            raise Trouble(f"no digest to be read out: {said}")
        return self.arrives([1, 2, 3, 4, 5])

    def wrong(self):
        """The one before, a full one, one that cannot be written, and one of somebody else."""
        terminal = self.export()
        terminal.asked(1)
        self.drawer.stick("full", 9)
        self.drawer.insert("full")
        with open(self.drawer.slot + "/holidays", "wb") as file:
            file.write(b"x" * 4_000_000)
        terminal.type("")
        terminal.asked(1, "the medium is too small")
        self.drawer.insert(1)
        terminal.type("")
        terminal.asked(2)
        if self.sabotage == "forgets-to-swap":
            self.drawer.insert(2)
        terminal.type("")
        terminal.asked(2, "another medium of this set?")
        self.drawer.insert(2, "-o", "ro")
        terminal.type("")
        terminal.asked(2, "ead-only")
        self.drawer.insert(2)
        terminal.type("")
        terminal.asked(3)
        self.drawer.insert("strange")
        os.mkdir(self.drawer.slot + "/mainland-000001.partial")
        with open(self.drawer.slot + "/mainland-000001.partial/letter", "w") as file:
            file.write("mine")
        terminal.type("")
        terminal.asked(3, "not an unfinished bundle")
        self.drawer.insert(3)
        terminal.type("")
        self.answer(terminal, 4, 5)
        terminal.ends(0)
        return ("too small, twice the same, read-only and strange ones were named; "
                + self.arrives([1, 2, 3, 4, 5]))

    def unmounted(self):
        """Enter, and nothing is mounted: what is there is the disk of this machine."""
        terminal = self.export()
        self.answer(terminal, 1)
        terminal.asked(2)
        self.drawer.remove()
        if self.sabotage == "forgets-to-swap":
            self.drawer.insert(2)
        terminal.type("")
        start = len(terminal.said)
        terminal.until("Insert medium")
        said = terminal.said[start:]
        found = os.listdir(self.drawer.slot)
        must(["rm", "-rf", self.drawer.slot + "/mainland-000001"])
        terminal.until(STOP)
        terminal.type("q")
        terminal.ends(12)
        if "root file system" not in said:
            raise Trouble(f"no medium is there, nobody says so, and it has {found} now: {said}")
        return f"“{said.strip().splitlines()[0]}”"

    def slow(self, name):
        """A stick that is written for some seconds."""
        self.drawer.insert(name)
        self.drawer.sticks[name].disk.rate = 1e6

    def half_way(self, name):
        """Waits until about a third of that one is written."""
        disk = self.drawer.sticks[name].disk
        began = disk.written
        for _ in range(1200):
            if disk.written - began > 2_000_000:
                return
            time.sleep(0.05)
        raise Trouble(f"only {disk.written - began} bytes were written")

    def pulled(self):
        """The third is pulled while it is written: it costs only itself."""
        terminal = self.export()
        self.answer(terminal, 1, 2)
        terminal.asked(3)
        self.slow("torn")
        terminal.type("")
        self.half_way("torn")
        if self.sabotage != "forgets-to-swap":
            self.drawer.pull()
        terminal.asked(3, "Input/output error")
        self.drawer.take_away()
        self.drawer.insert(3)
        terminal.type("")
        self.answer(terminal, 4, 5)
        terminal.ends(0)
        return "the one that was pulled is asked for again; " + self.arrives([1, 2, 3, 4, 5])

    def interrupted(self):
        """Ctrl-C at a question, and in the middle of a medium; gone on with later."""
        terminal = self.export()
        self.answer(terminal, 1)
        terminal.asked(2)
        terminal.child.sendintr()
        terminal.ends(130)
        if self.sabotage == "exports-again":
            self.ferry.must("export", "first", "--full", "--chunk-size", "64KiB", "--to", self.place)
        self.slow(2)
        terminal = self.terminal("export", "--continue", BUNDLE_NAME.format(1), "--to",
                                 self.drawer.slot)
        self.half_way(2)
        terminal.child.sendintr()
        terminal.ends(130)
        chunks = self.drawer.slot + "/mainland-000001.partial/chunks"
        kept = {name: os.stat(f"{chunks}/{name}").st_ino for name in os.listdir(chunks)
                if name.endswith(".tar")}
        self.drawer.sticks[2].disk.rate = None
        judge.expect(self.go_on(), 12, "3 of 5 media")
        chunks = chunks.replace(".partial", "")
        again = [name for name in kept if os.stat(f"{chunks}/{name}").st_ino != kept[name]]
        if again or not kept:
            raise Trouble(f"of {len(kept)} finished chunks {len(again)} were written again")
        for number in (3, 4):
            self.drawer.insert(number)
            judge.expect(self.go_on(), 12, f"{5 - number} of 5 media")
        self.drawer.insert(5)
        judge.expect(self.go_on(), 0)
        return (f"Ctrl-C twice, {len(kept)} finished chunks were used again; "
                + self.arrives([1, 2, 3, 4, 5]))

    def skipped(self):
        """Two are not there now, and the rest another day; the fourth is wanted twice."""
        terminal = self.export()
        self.answer(terminal, 1)
        terminal.asked(2)
        terminal.type("s")
        self.answer(terminal, 3)
        terminal.asked(4)
        terminal.type("q")
        said = terminal.ends(12)
        if "3 of 5 media" not in said:
            raise Trouble(f"what is missing is not said: {said}")
        for number in (2, 4, 5):
            self.drawer.insert(number)
            judge.expect(self.go_on(), 0 if number == 5 else 12)
        self.drawer.insert("twin")
        judge.expect(self.ferry.run("export", "--continue", BUNDLE_NAME.format(1), "--again", "4",
                                    "--to", self.drawer.slot), 0)
        return "with the second copy of 4: " + self.arrives([1, 2, 3, "twin", 5])

    def unrecorded(self):
        """The last one is written, and the depot cannot keep that: it is not written for anybody."""
        terminal = self.export()
        self.answer(terminal, 1, 2, 3, 4)
        terminal.asked(5)
        self.drawer.insert(5)
        # Something is in the way of the record.
        blocked = f"{self.ferry.home}/depot/exports/{BUNDLE_NAME.format(1)}/MEDIA.part"
        if self.sabotage != "forgets-to-swap":
            os.makedirs(blocked + "/x")
        terminal.type("")
        terminal.asked(5, "medium 5: ")
        must(["rm", "-r", blocked])
        terminal.type("s")
        terminal.ends(12)
        judge.expect(self.go_on(), 0)
        return self.arrives([1, 2, 3, 4, 5])

    def pulled_while_importing(self):
        """A medium is pulled while it is read, and comes back another day."""
        self.answer(self.export(), 1, 2, 3, 4, 5)
        self.terminals[-1].ends(0)
        site = self.lab.inside.copy(self.place + "/torn-site")
        try:
            for number in (5, 2):
                self.drawer.insert(number)
                judge.expect(site.run("import", self.drawer.slot), 12)
            self.drawer.insert(4)
            disk = self.drawer.sticks[4].disk
            # A third can be read, and then nothing more.
            disk.unreadable = [(len(disk.content) // 3, len(disk.content))]
            if self.sabotage == "forgets-to-swap":
                disk.unreadable = []
            said = judge.expect(site.run("import", self.drawer.slot), 11, "Input/output error",
                                "to bring again: chunks")
            disk.unreadable = []
            for number in (1, 3):
                self.drawer.insert(number)
                judge.expect(site.run("import", self.drawer.slot), 12)
            self.drawer.insert(4)
            judge.expect(site.run("import", self.drawer.slot), 0)
            judge.expect(site.run("depot", "check"), 0)
        finally:
            site.end()
        line = next(line for line in said.splitlines() if "to bring again" in line)
        return f"“{line.strip()}”; " + self.arrives([1, 2, 3, 4, 5])
