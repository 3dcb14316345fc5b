"""Media filled to the last block: what the plan promises has room, and a block less has not."""

import glob
import json
import os
import shutil
import signal
import subprocess
import time

from fault_matrix.files import Trouble
from media_trial import judge
from media_trial.freight import Ferry
from media_trial.mounts import Medium

# What each case breaks when somebody wants to see its check fail.
SABOTAGE = ("steals-a-block", "wastes", "flips", "plans-blindly")


def fill(job, devices, place):
    """All cases of one file system; what was found, as values that JSON can carry."""
    home = place + "/outside"
    shutil.copytree(job["outside"], home, symlinks=True)
    ferry = Ferry(job["program"], home)
    media = [Medium(job["filesystem"], device, f"{place}/{name}")
             for name, device in zip("ab", devices)]
    rows, troubles = [], []
    try:
        for number, case in enumerate(job["cases"]):
            filling = Filling(job, case, ferry, media, f"{place}/{number}")
            for step in (filling.exactly, filling.stopped, filling.a_block_less,
                         filling.more_than_fits, filling.alone):
                try:
                    rows.append({"what": step.__name__.replace("_", " "), **case, **step()})
                except Trouble as trouble:
                    troubles.append(f"{case}: {step.__name__}: {trouble}")
    finally:
        for medium in media:
            medium.remove()
        ferry.end()
    return {"rows": rows, "troubles": troubles}


class Filling:
    """One size of clusters and chunks, on two media."""

    def __init__(self, job, case, ferry, media, place):
        self.job, self.case, self.ferry, self.place = job, case, ferry, place
        self.first, self.second = media
        self.inside = Ferry(job["program"], job["inside"])
        self.sabotage = job.get("sabotage")
        # How many units others take when everything fits to the last one.
        self.others = None

    def begin(self):
        for medium in (self.first, self.second):
            medium.fresh(self.case["unit"])

    def words(self, *media):
        parity = ["--parity", self.case["parity"]] if self.case.get("parity") else []
        places = [word for medium in media for word in ("--to", medium.place)]
        return ["export", "first", "--full", "--chunk-size", self.case["chunk"], *parity, *places]

    def plan(self):
        """What each medium would get."""
        return self.ferry.json(*self.words(self.first, self.second), "--dry-run")["set"]["media"]

    def exactly(self):
        """Others take so much that the bundle has just room."""
        self.begin()
        unit, _ = self.first.free()
        for _ in range(40):
            plan = self.plan()
            if len(plan) == 1 and plan[0]["left"] < unit:
                break
            self.first.occupy(plan[0]["left"] // unit if len(plan) == 1 else -1)
        else:
            raise Trouble(f"no size was found that just fits: {plan}")
        self.others = os.path.getsize(self.first.place + "/OTHERS") // unit
        if self.sabotage == "steals-a-block":
            self.first.occupy(3 + self.first.free()[1] // 100)
        return self.write([self.first])

    def stopped(self):
        """Stopped in the middle of a medium that has just room, and gone on with: it has room still."""
        self.begin()
        self.first.occupy(self.others)
        unit, free = self.first.free()
        words = self.ferry.words(*self.words(self.first, self.second))
        process = subprocess.Popen(words, env=self.ferry.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and not self.is_half_way(free):
            time.sleep(0.01)
        # Files of parity are copied too fast for Ctrl-C, which would find the medium finished.
        how, status = (signal.SIGKILL, -9) if self.case["parity"] else (signal.SIGINT, 130)
        process.send_signal(how)
        said = process.communicate()[1]
        if process.returncode != status:
            raise Trouble(f"stopped, and status {process.returncode}: {said}")
        if self.sabotage == "steals-a-block":
            self.first.occupy(3 + self.first.free()[1] // 2)
        made = self.ferry.json("ledger", "show")["made"][-1]
        bundle = f"mainland-{made['sequence']:06}"
        judge.expect(self.ferry.run("export", "--continue", bundle, "--to", self.first.place), 0)
        self.first.again()
        judge.whole(self.ferry, self.job["key"], self.job["ring"], [self.first.place])
        return self.filled(unit, free)

    def is_half_way(self, free):
        """Whether a third is written; with parity, the first file of it."""
        if self.case["parity"]:
            return bool(glob.glob(self.first.place + "/*.partial/parity/*.par"))
        return free - os.statvfs(self.first.place).f_bavail > free // 3

    def filled(self, unit, free):
        """How much of what was free is used now."""
        _, left = self.first.free()
        return {"free": free * unit, "left": left * unit, "blocks": left,
                "fill": round(100 * (free - left) / free, 2)}

    def a_block_less(self):
        """One block less, and something goes on the next medium."""
        self.begin()
        self.first.occupy(self.others + (0 if self.sabotage == "plans-blindly" else 1))
        if len(self.plan()) != 2:
            raise Trouble("a block less, and all of it is still planned for the first medium")
        return self.write([self.first, self.second])

    def more_than_fits(self):
        """Two thirds of what is needed are there: the first medium is filled to its end."""
        self.begin()
        _, free = self.first.free()
        self.first.occupy(self.others + (free - self.others) // 3)
        if self.sabotage == "wastes":
            self.case = {**self.case, "chunk": "3MiB"}
        row = self.write([self.first, self.second])
        # Files of parity are large: they fill no gaps. The media here are small: of large clusters what is kept
        # for side files and directories is more than a part in a hundred.
        if row["fill"] < self.job["least"] and row["blocks"] > 64 and not self.case["parity"]:
            raise Trouble(f"the first medium is filled to {row['fill']} % only")
        return row

    def alone(self):
        """A single medium (--to once): a block less than it asks for is refused, and that is enough."""
        self.begin()
        self.leave(-1)
        before = os.listdir(self.first.place)
        judge.expect(self.ferry.run(*self.words(self.first)), 15, "MEDIUM-TOO-SMALL")
        if self.sabotage == "flips":
            os.mkdir(self.first.place + "/mainland-000001.partial")
        if os.listdir(self.first.place) != before:
            raise Trouble(f"refused, and something was written: {os.listdir(self.first.place)}")
        self.leave(-40 if self.sabotage == "plans-blindly" else 0)
        unit, free = self.first.free()
        judge.expect(self.ferry.run(*self.words(self.first)), 0)
        self.first.again()
        judge.whole(self.ferry, self.job["key"], self.job["ring"], [self.first.place])
        return self.filled(unit, free)

    def leave(self, more):
        """Others take all but what a single medium needs, and so many blocks more."""
        for _ in range(20):
            answer = self.ferry.run(*self.words(self.first), "--dry-run", "--json")
            needed = json.loads(answer.stdout)["needed"]
            unit, free = self.first.free()
            # Somebody else's file may take a block for its name, too.
            odd = free - -(-needed // unit) - more
            if odd == 0:
                return
            self.first.occupy(odd)
        raise Trouble(f"what is needed changes all the time: {needed}")

    def write(self, expected):
        """Exports, inserts the media again, and judges them; how full the first one is."""
        unit, free = self.first.free()
        planned = self.plan()[0]["left"]
        judge.expect(self.ferry.run(*self.words(self.first, self.second)), 0)
        media = [each.place for each in (self.first, self.second)
                 if any(name.startswith("mainland-") for name in os.listdir(each.place))]
        if media != [each.place for each in expected]:
            raise Trouble(f"written were {media}")
        for medium in (self.first, self.second):
            medium.again()
        if self.sabotage == "flips":
            flip(media[0])
        judge.whole(self.ferry, self.job["key"], self.job["ring"], media)
        judge.arrives(self.inside, self.place, media)
        shutil.rmtree(self.place, ignore_errors=True)
        if self.sabotage == "plans-blindly":
            planned += 1 << 24
        judge.first_fit(media[1:], planned, unit)
        return self.filled(unit, free)


def flip(medium):
    """One bit of a chunk is another one."""
    place = judge.bundle(medium) + "/chunks"
    path = os.path.join(place, sorted(os.listdir(place))[0])
    with open(path, "r+b") as file:
        file.seek(600)
        byte = file.read(1)
        file.seek(600)
        file.write(bytes([byte[0] ^ 1]))
