"""A disk that remembers every write and every flush: one file of a FUSE file system."""

import ctypes
import errno
import os
import struct
import threading

from fault_matrix.files import must

FORGET, BATCH_FORGET, INTERRUPT, INIT, LOOKUP, GETATTR, SETATTR = 2, 42, 36, 26, 1, 3, 4
OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, OPENDIR, READDIR, RELEASEDIR = (
    14, 15, 16, 17, 18, 20, 25, 27, 28, 29)
ROOT, DISK = 1, 2
LARGEST_WRITE = 1 << 17


class RecordingDisk:
    """The file `disk` below a mount point; what is written to it is kept in the order it came.

    Speaks the kernel's protocol itself, so that no library is needed. Without a write-back cache
    each write of the loop device above comes here at once, and each flush as an fsync.
    """

    def __init__(self, mounted, content):
        self.mounted = mounted
        self.content = bytearray(content)
        # (offset, bytes) of a write, None for a flush.
        self.events = []
        self.device = os.open("/dev/fuse", os.O_RDWR)
        libc = ctypes.CDLL(None, use_errno=True)
        data = f"fd={self.device},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"disk", mounted.encode(), b"fuse", 6, data) != 0:
            raise OSError(ctypes.get_errno(), "mount of a FUSE file system")
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        must(["umount", "-l", self.mounted])
        self.thread.join(timeout=10)
        os.close(self.device)

    def serve(self):
        """Answers the kernel's requests until it is unmounted."""
        while True:
            try:
                request = os.read(self.device, LARGEST_WRITE + (1 << 16))
            except InterruptedError:
                continue
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR):
                    continue
                return
            if len(request) < 40:
                # It was unmounted meanwhile.
                return
            _, call, unique, node = struct.unpack_from("<IIQQ", request)
            if call in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                answer, failed = self.answer(call, node, request[40:]), 0
            except OSError as error:
                answer, failed = b"", error.errno
            try:
                os.write(self.device, struct.pack("<IiQ", 16 + len(answer), -failed, unique) + answer)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    return

    def answer(self, call, node, body):
        """The answer to one request; writes and flushes are noted."""
        if call == INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 16, 12, LARGEST_WRITE, 1, 32, 0, 0)
        if call == LOOKUP:
            if body.rstrip(b"\0") != b"disk":
                raise OSError(errno.ENOENT, "")
            return struct.pack("<QQQQII", DISK, 0, 3600, 3600, 0, 0) + self.attributes(DISK)
        if call in (GETATTR, SETATTR):
            return struct.pack("<QII", 3600, 0, 0) + self.attributes(node)
        if call in (OPEN, OPENDIR):
            return struct.pack("<QII", 1, 0, 0)
        if call == READ:
            offset, size = struct.unpack_from("<8xQI", body)
            return bytes(self.content[offset:offset + size])
        if call == WRITE:
            offset, size = struct.unpack_from("<8xQI", body)
            data = body[40:40 + size]
            self.content[offset:offset + size] = data
            self.events.append((offset, data))
            return struct.pack("<II", size, 0)
        if call == FSYNC:
            self.events.append(None)
            return b""
        if call == STATFS:
            return struct.pack("<QQQQQIIII24x", 1 << 20, 1 << 19, 1 << 19, 9, 9, 4096, 255, 4096, 0)
        if call in (RELEASE, RELEASEDIR, FLUSH, READDIR):
            return b""
        raise OSError(errno.ENOSYS, "")

    def attributes(self, node):
        """What a file system says of a file: its size and mode."""
        size, mode = (len(self.content), 0o100600) if node == DISK else (0, 0o040700)
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1,
                           0, 0, 0, 4096, 0)
