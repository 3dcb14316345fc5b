#!/usr/bin/env python3
"""Runs the conformance checks against a server process of its own, and what needs its process.

    judge.py PROGRAM DIRECTORY [clients]
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

from conformance import Checks
from wire import Wire

HERE = pathlib.Path(__file__).parent


class Server:
    """One depot and the program that serves it."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.depot = directory / "depot"
        self.process = None
        self.ferry("init", "--site", "judge")

    def ferry(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--depot", self.depot],
                              capture_output=True, text=True,
                              env={**os.environ, "HOME": str(self.directory)})
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stderr}")
        return done.stdout

    def start(self):
        messages = self.directory / "messages"
        with open(messages, "w") as file:
            self.process = subprocess.Popen(
                [self.program, "serve", "--depot", self.depot, "--listen", "127.0.0.1:0"],
                stderr=file, env={**os.environ, "HOME": str(self.directory)})
        for _ in range(200):
            found = re.search(r"listening at (http://\S+)/", messages.read_text())
            if found:
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(messages.read_text())

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(40)

    @property
    def memory(self):
        """The most memory that it has had, in KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def upload(wire, url):
    """A large upload, chunked, whose client waits for 100 Continue."""
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(b"POST /api/files/large HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
                       b"Transfer-Encoding: chunked\r\n"
                       b"Content-Type: multipart/form-data; boundary=end\r\n\r\n")
    connection.settimeout(10)
    first = connection.recv(4096)
    wire.check("100 Continue", first.startswith(b"HTTP/1.1 100 "), first)
    connection.settimeout(120)

    def chunk(data):
        connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    chunk(b'--end\r\nContent-Disposition: form-data; name="f"; filename="big.bin"\r\n\r\n')
    block = os.urandom(1 << 20)
    for _ in range(300):
        chunk(block)
    chunk(b"\r\n--end--\r\n")
    connection.sendall(b"0\r\n\r\n")
    answer = connection.recv(65536)
    wire.check("a large upload", b'["large/big.bin"]' in answer, answer)
    connection.close()


def survival(server, wire):
    """What a new server knows of an earlier one."""
    wire.post("/api/repos", {"Name": "life"})
    begun = wire.post("/api/repos/life/snapshots?_async=1", {"Name": "life-1"}).json
    wire.get(f"/api/tasks/{begun['ID']}/wait")
    server.stop(signal.SIGKILL)
    again = Wire(server.start())
    again.failed, again.passed = wire.failed, wire.passed
    task = again.get(f"/api/tasks/{begun['ID']}")
    again.same("the task is there", (task.status, (task.json or {}).get("State")), (200, 2))
    again.check("its output, too", again.get(f"/api/tasks/{begun['ID']}/output").json.endswith(
        "Task succeeded"))
    later = again.post("/api/repos/life/snapshots?_async=1", {"Name": "life-2"}).json
    again.check("numbers go on", later["ID"] > begun["ID"], later)
    again.get("/api/tasks-wait")
    again.status("and work goes on", again.get("/api/snapshots/life-2"), 200)
    return again


def record(server, wire):
    """Every change is in the audit log, with who asked."""
    lines = (server.depot / "audit.log").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    asked = [one for one in records if one.get("who", {}).get("address") == "127.0.0.1"]
    commands = {one["command"] for one in asked if one["kind"] == "done" or "command" in one
                and one.get("command")}
    for command in ("repo create", "repo add", "repo remove", "repo edit", "snapshot create",
                    "snapshot remove", "publish", "publication remove", "mirror create",
                    "mirror update", "depot gc"):
        wire.check(f"the log has {command}", command in commands, sorted(commands))
    server.ferry("audit", "verify")
    wire.check("the log is whole", True)
    server.ferry("depot", "check")
    wire.check("the depot is whole", True)


def main():
    program, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    upstream = subprocess.Popen([sys.executable, HERE / "upstream.py", directory / "upstream"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    server = Server(program, directory)
    try:
        address, key = (upstream.stdout.readline().strip() for _ in range(2))
        server.ferry("trust", "add", key, "--role", "upstream", "--name", "vendor", "--all")
        url = server.start()
        if "clients" in sys.argv[3:]:
            raise SystemExit(subprocess.run(
                [sys.executable, HERE / "clients.py", url, directory / "clients"]).returncode)
        work = directory / "packages"
        work.mkdir()
        checks = Checks(url, work, False, address, "vendor.gpg")
        checks.run()
        before = server.memory
        upload(checks.wire, url)
        grown = server.memory - before
        checks.wire.check("an upload takes no memory", grown < 48 << 10, f"{grown} KiB more")
        wire = survival(server, checks.wire)
        wire.same("a signal ends it", server.stop(), 0)
        record(server, wire)
        print(f"{wire.passed} passed, {len(wire.failed)} failed")
        raise SystemExit(1 if wire.failed else 0)
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
        upstream.stdin.close()
        upstream.wait(20)


if __name__ == "__main__":
    main()
