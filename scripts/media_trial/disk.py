"""A disk that lies: less room than it says, lost writes, sectors that cannot be read, or slow."""

import errno
import struct
import time

from fault_matrix.recording import OPEN, READ, WRITE, RecordingDisk

MODES = ("honest", "wrap", "drop", "lose", "no-writes")


class LyingDisk(RecordingDisk):
    """A file `disk` on FUSE, to be mounted through a loop device or given to another kernel."""

    def __init__(self, mounted, content):
        # How it lies, which may change at any time.
        self.mode = "honest"
        # What it really has, for wrap and drop.
        self.real = len(content)
        # From that write on, for lose and no-writes.
        self.limit = 0
        self.writes = self.written = 0
        # Ranges of bytes that cannot be read until they are written again.
        self.unreadable = []
        # Bytes a second; None is as fast as it goes.
        self.rate = None
        # Somebody pulled it.
        self.is_gone = False
        super().__init__(mounted, content)
        self.path = mounted + "/disk"

    def answer(self, call, node, body):
        if call == OPEN:
            # FOPEN_DIRECT_IO: this system keeps nothing of it in its memory.
            return struct.pack("<QII", 1, 1, 0)
        if call in (READ, WRITE):
            if self.is_gone:
                raise OSError(errno.EIO, "")
            offset, size = struct.unpack_from("<8xQI", body)
            if self.rate:
                time.sleep(size / self.rate)
            if call == READ:
                return self.read(offset, min(size, len(self.content) - offset))
            self.write(offset, body[40:40 + size])
            return struct.pack("<II", size, 0)
        return super().answer(call, node, body)

    def read(self, offset, size):
        for start, length in self.unreadable:
            if offset < start + length and offset + size > start:
                raise OSError(errno.EIO, "")
        return b"".join(bytes(self.content[at:at + count]) if at is not None else bytes(count)
                        for at, count in self.pieces(offset, size))

    def write(self, offset, data):
        self.writes += 1
        self.written += len(data)
        if self.mode == "no-writes" and self.writes >= self.limit:
            raise OSError(errno.EIO, "")
        if self.mode == "lose" and self.writes >= self.limit:
            return
        # A sector that is written anew can be read again.
        self.unreadable = [(start, length) for start, length in self.unreadable
                           if not (offset <= start and start + length <= offset + len(data))]
        done = 0
        for at, count in self.pieces(offset, len(data)):
            if at is not None:
                self.content[at:at + count] = data[done:done + count]
            done += count

    def pieces(self, offset, size):
        """Where bytes really lie; None where there is nothing."""
        while size > 0:
            if self.mode in ("wrap", "drop") and offset >= self.real:
                if self.mode == "drop":
                    yield None, size
                    return
                at, count = offset % self.real, min(size, self.real - offset % self.real)
            else:
                end = self.real if self.mode in ("wrap", "drop") else len(self.content)
                at, count = offset, min(size, end - offset)
            yield at, count
            offset, size = offset + count, size - count

    def find(self, content):
        """Where some bytes lie on it, be it several times."""
        found, at = [], self.content.find(content)
        while at >= 0:
            found.append(at)
            at = self.content.find(content, at + 1)
        return found
