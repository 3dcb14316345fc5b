#!/usr/bin/env python3
"""Has schemathesis ask a server of its own whatever docs/reference/openapi.json lets it ask.

    schema.py PROGRAM DIRECTORY [EXAMPLES]

No answer may be a fault of the server, or have a status or a body that is not described; what does not fit
the description must be refused. Exit status 77 says that PyPI cannot be reached.
"""
import os
import pathlib
import subprocess
import sys
import venv

import packages
from judge import Server
from wire import Wire

HERE = pathlib.Path(__file__).parent
DESCRIPTION = HERE.parent.parent / "docs/reference/openapi.json"
SCHEMATHESIS = "schemathesis==4.32.5"


def prepare(directory):
    """Installs schemathesis; answers its program."""
    place = directory / "schemathesis"
    venv.create(place, with_pip=True)
    done = subprocess.run([place / "bin/pip", "install", "-q", "--retries", "1", SCHEMATHESIS],
                          capture_output=True, text=True)
    if done.returncode:
        print(f"PyPI does not give schemathesis: {done.stderr[-500:]}", file=sys.stderr)
        raise SystemExit(77)
    return place / "bin/schemathesis"


def fill(wire, directory, upstream):
    """Something of everything, by the names that hooks.py gives to half of the requests."""
    for number, short in enumerate(("a1", "g", "b1")):
        name, version, architecture, fields = packages.BINARIES[short]
        path = packages.build(directory, name, version, architecture, fields)
        repo = f"repo{number}"
        wire.post("/api/repos", {"Name": repo, "DefaultDistribution": "stable"})
        wire.upload(repo, [("file", path.name, path.read_bytes())])
        wire.post(f"/api/repos/{repo}/file/{repo}?noRemove=1")
        wire.post(f"/api/repos/{repo}/snapshots", {"Name": f"snap{number}"})
        wire.status("publish", wire.post(f"/api/publish/pub{number}", {
            "SourceKind": "snapshot", "Sources": [{"Name": f"snap{number}"}],
            "Architectures": ["amd64"]}), 201)
    wire.status("mirror", wire.post("/api/mirrors", {
        "Name": "mirror0", "ArchiveURL": upstream, "Distribution": "up"}), 201)
    wire.status("update", wire.put("/api/mirrors/mirror0", {}), 204)
    wire.post("/api/repos/repo0/snapshots?_async=1", {"Name": "later"})
    wire.get("/api/tasks-wait")


def main():
    program, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    examples = sys.argv[3] if len(sys.argv) > 3 else "15"
    schemathesis = prepare(directory)
    upstream = subprocess.Popen([sys.executable, HERE / "upstream.py", directory / "upstream"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    server = Server(program, directory)
    try:
        address, key = (upstream.stdout.readline().strip() for _ in range(2))
        server.ferry("trust", "add", key, "--role", "upstream", "--name", "vendor", "--all")
        url = server.start()
        work = directory / "packages"
        work.mkdir()
        wire = Wire(url)
        fill(wire, work, address)
        done = subprocess.run(
            [schemathesis, "--config-file", HERE / "schemathesis.toml", "run", DESCRIPTION, "--url", url,
             "--max-examples", examples, "--mode", "all", "--seed", "1", "--generation-deterministic",
             "--request-timeout", "60", "--continue-on-failure", "--no-color"],
            cwd=directory, env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)})
        wire.same("schemathesis finds nothing", done.returncode, 0)
        wire.status("the server goes on", wire.get("/api/version"), 200)
        wire.same("a signal ends it", server.stop(), 0)
        server.ferry("audit", "verify")
        server.ferry("depot", "check")
        raise SystemExit(1 if wire.failed else 0)
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
        upstream.stdin.close()
        upstream.wait(20)


if __name__ == "__main__":
    main()
