"""Five sticks in a drawer, one slot, and a person at a terminal."""

import os
import sys

from fault_matrix.files import Trouble, must
from media_trial import mounts
from media_trial.disk import LyingDisk

BUNDLE_NAME = "mainland-{:06}"
PROMPT = r"Insert medium (\d) of 5, label \S+, for [^\r\n]+"
STOP = "q: stop here. "
UNIT = 4096


class Stick:
    """A medium with a file system of its own; an honest disk that may be pulled or slow."""

    def __init__(self, place, name, megabytes):
        self.name = name
        image = f"{place}/{name}.img"
        must(["truncate", "-s", f"{megabytes}M", image])
        mounts.make("ext4", UNIT, image)
        with open(image, "rb") as file:
            content = file.read()
        os.remove(image)
        os.mkdir(f"{place}/{name}.disk")
        self.disk = LyingDisk(f"{place}/{name}.disk", content)
        self.device = must(["losetup", "--find", "--show", self.disk.path]).strip()

    def close(self):
        self.disk.is_gone, self.disk.rate = False, None
        must(["losetup", "-d", self.device])
        self.disk.close()


class Drawer:
    """The sticks, and the slot in which one of them is at a time."""

    def __init__(self, place):
        self.place, self.slot = place, place + "/slot"
        os.mkdir(self.slot)
        self.sticks, self.inserted = {}, None

    def stick(self, name, megabytes=9):
        """A new one."""
        self.sticks[name] = Stick(self.place, str(name), megabytes)
        return self.sticks[name]

    def insert(self, name, *options):
        """The stick in the slot comes out, and another one goes in."""
        self.remove()
        if name not in self.sticks:
            self.stick(name)
        must(["mount", "-t", "ext4", *options, self.sticks[name].device, self.slot])
        self.inserted = name

    def remove(self):
        if self.inserted is not None:
            must(["umount", self.slot])
            self.inserted = None

    def pull(self):
        """Out, while it is written to: it comes back as a device that knows nothing."""
        self.sticks[self.inserted].disk.is_gone = True

    def take_away(self):
        """What was pulled is taken off; it will never be whole again."""
        must(["umount", "-l", self.slot])
        self.inserted = None

    def all(self, names):
        """Every one of these mounted at a place of its own."""
        self.remove()
        places = []
        for name in names:
            where = f"{self.place}/at-{name}"
            os.makedirs(where, exist_ok=True)
            must(["mount", "-t", "ext4", "-o", "ro", self.sticks[name].device, where])
            places.append(where)
        return places

    def put_back(self, places):
        for where in places:
            must(["umount", where])

    def close(self):
        try:
            self.remove()
        finally:
            for stick in self.sticks.values():
                stick.close()


class Terminal:
    """A command in a terminal of its own, and what it says there."""

    def __init__(self, ferry, *words):
        import pexpect
        self.pexpect = pexpect
        line = ferry.words(*words)
        self.child = pexpect.spawn(line[0], line[1:], env={**ferry.environment(), "TERM": "xterm"},
                                   encoding="utf-8", codec_errors="replace", timeout=180,
                                   dimensions=(50, 240))
        self.said = ""

    def until(self, *patterns):
        """Waits for one of these, and answers which."""
        choices = [*patterns, self.pexpect.EOF]
        try:
            which = self.child.expect(choices)
        except self.pexpect.TIMEOUT:
            raise Trouble(f"nothing came of {patterns}: {self.child.before[-1500:]}") from None
        after = "" if which == len(patterns) else self.child.after
        self.said += self.child.before + after
        if which == len(patterns):
            self.child.close()
            raise Trouble(f"it ended before {patterns}: {self.said[-1500:]}")
        return which

    def asked(self, number, *before):
        """Waits until a medium is asked for; all of these were said before."""
        start = len(self.said)
        self.until(PROMPT)
        if int(self.child.match.group(1)) != number:
            raise Trouble(f"asked for {self.child.match.group(0)} instead of {number}")
        self.until(STOP)
        for text in before:
            if text not in self.said[start:]:
                raise Trouble(f"nothing said “{text}”: {self.said[start:]}")

    def type(self, text):
        self.child.sendline(text)

    def ends(self, status):
        """Waits for the end, and what it says."""
        start = len(self.said)
        try:
            self.child.expect(self.pexpect.EOF)
        except self.pexpect.TIMEOUT:
            raise Trouble(f"it does not end: {self.child.before[-1500:]}") from None
        self.said += self.child.before
        self.child.close()
        if self.child.exitstatus != status:
            raise Trouble(f"status {self.child.exitstatus}, signal {self.child.signalstatus} instead "
                          f"of {status}: {self.said[-1500:]}")
        return self.said[start:]

    def end(self):
        """Ends it whatever it does."""
        if self.child.isalive():
            self.child.terminate(force=True)


def has_terminals():
    """Why there is no terminal to be had; None when there is."""
    try:
        import pexpect  # noqa: F401
    except ImportError:
        return f"{os.path.basename(sys.executable)} has no pexpect (python3-pexpect)"
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        return "mounting media needs root, loop devices and /dev/fuse"
    return None
