"""The power is cut after every single write that reaches the disk, with and without those that the
disk had not been told to keep."""

import os
import random

from fault_matrix.commands import COMMANDS
from fault_matrix.disks import may_mount
from fault_matrix.files import Trouble, must
from fault_matrix.jobs import Jobs
from fault_matrix.place import Place
from fault_matrix.recording import RecordingDisk
from fault_matrix.points import sample
from fault_matrix.table import Table

EXT4 = "noauto_da_alloc,commit=300"


class WriteFaults(Jobs):
    """A disk whose every write is known."""

    def writes(self):
        """A cut after each write of those commands that make something durable."""
        if not may_mount() or not os.path.exists("/dev/fuse"):
            print("\nskipped: a disk that records needs root, mounts and /dev/fuse")
            return
        table = Table()
        names = [name for name in self.options.commands
                 if COMMANDS[name].kind in ("trust", "import", "publish", "receipt-add")]

        def work(place):
            base, events = self.recorded_writes(place)
            # What was not flushed may be on the disk in any part: one part for each write, too.
            chance = random.Random(place.name)
            cuts = [(end, None) for end in range(len(events) + 1)]
            cuts += [(end, chance.random()) for end in range(len(events)) if events[end]]
            cuts = sample(cuts, self.options.write_points)
            again = {id(cut) for cut in sample(cuts, 16)}
            for cut in cuts:
                self.cut(place, base, events, cut, id(cut) in again, table)

        self.each([(name,) for name in names], work, table)
        table.show("The power is cut after each write to the disk (ext4, noauto_da_alloc):",
                   ["points", "old", "new", "run again", "torn", "not converged", "wrong"])

    def recorded_writes(self, place):
        """An image with the command's state, and what the command did to it until it had said so."""
        image, mounted, disk = place.path + ".img", place.path + ".m", place.path + ".d"
        os.mkdir(mounted)
        os.mkdir(disk)
        must(["truncate", "-s", "16M", image])
        must(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard", image])
        must(["mount", "-o", "loop," + EXT4, image, mounted])
        Place(self.world, place.name, mounted + "/w")
        must(["umount", mounted])
        with open(image, "rb") as file:
            base = file.read()
        os.remove(image)
        recording = RecordingDisk(disk, base)
        try:
            must(["mount", "-o", "loop," + EXT4, disk + "/disk", mounted])
            try:
                inside = Place(self.world, place.name, mounted + "/w", on=True)
                answer = inside.run()
                events = list(recording.events)
                inside.end_agent()
            finally:
                must(["umount", "-l", mounted])
        finally:
            recording.close()
        if answer.returncode != 0 or not events:
            raise RuntimeError(f"{place.name}: {answer.stderr}, {len(events)} writes")
        return base, events

    def cut(self, place, base, events, cut, is_again, table):
        """What is there when the power goes after so many events."""
        end, chance = cut
        image, mounted = place.path + ".cut", place.path + ".n"
        flushed = max((index for index in range(end) if events[index] is None), default=-1)
        kept = random.Random(chance)
        with open(image, "wb") as file:
            file.write(base)
            for index, event in enumerate(events[:end]):
                if event is None or (chance and index > flushed and kept.random() < 0.5):
                    continue
                file.seek(event[0])
                file.write(event[1])
        os.makedirs(mounted, exist_ok=True)
        must(["mount", "-o", "loop", image, mounted])
        try:
            after = Place(self.world, place.name, mounted + "/w", on=True)
            is_quick = COMMANDS[place.name].kind == "publish" and not is_again
            state = after.glance() if is_quick else after.state()
            table.add(place.name, "points", state)
            if end == len(events) and state != "new":
                raise Trouble("not converged: success was printed, and is gone")
            if is_again:
                table.add(place.name, "run again")
                after.converge(self.recorded[place.name][1])
            after.end_agent()
        except Trouble as trouble:
            table.problem(place.name, f"cut after event {end} of {len(events)}, {chance}",
                          str(trouble))
        finally:
            must(["umount", "-l", mounted])
            os.remove(image)
