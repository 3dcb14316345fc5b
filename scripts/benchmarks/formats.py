"""Reading indexes, beside apt's own library."""

import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.lab import ROOT
from benchmarks.measuring import fail

# The same listing by apt's library: name, version, architecture, file, size, SHA-256.
APT_LISTING = """
import apt_pkg, sys
apt_pkg.init_config()
for s in apt_pkg.TagFile(open(sys.argv[1], "rb")):
    path = s["Filename"]
    while path.startswith("./"):
        path = path[2:]
    print(s["Package"], s["Version"], s["Architecture"], path, s["Size"], s.get("SHA256", ""),
          sep="\\t")
"""


def formats(options):
    """Parsing alone, in memory: what a whole index costs."""
    scratch = ".build/proofs"
    subprocess.run(["swift", "build", "-c", "release", "--disable-default-traits", "--product",
                    "measure-formats", "--scratch-path", scratch], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "APTFERRY_PROOFS": "1"})
    program = ROOT / scratch / "release/measure-formats"
    lists = sorted(Path("/var/lib/apt/lists").glob("*_Packages*"))
    lists += sorted(Path("/var/lib/apt/lists").glob("*_Sources*"))
    if not lists:
        fail("this host's apt has no lists: apt-get update")
    print(f"\nreading indexes; medians of {options.runs}")
    with tempfile.TemporaryDirectory() as work:
        for number, path in enumerate(lists):
            kind = "Packages" if "_Packages" in path.name else "Sources"
            plain = f"{work}/{number}-{kind}"
            with open(plain, "wb") as file:
                subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], check=True,
                               stdout=file)
            answer = subprocess.run([program, str(options.runs), plain], check=True, text=True,
                                    capture_output=True).stdout.split("\t")
            seconds = statistics.median(map(float, answer[-1].split()))
            suite = re.sub(r".*_dists_|\.[a-z0-9]+$", "", path.name)
            verdict = ""
            if kind == "Packages":
                ours = subprocess.run([program, "list", plain], check=True,
                                      capture_output=True).stdout
                began = time.monotonic()
                theirs = subprocess.run(["/usr/bin/python3", "-c", APT_LISTING, plain], check=True,
                                        capture_output=True).stdout
                if ours != theirs:
                    fail(f"{suite}: apt lists something else")
                verdict = f"apt lists the same (python3-apt: {time.monotonic() - began:.2f} s)"
            limit = "" if seconds <= 0.3 else "  MISSED: limit 0.3 s"
            print(f"{suite:<50} {int(answer[2]):>6} stanzas {int(answer[1]) / 1e6:6.1f} MB "
                  f"{seconds:.3f} s  {verdict}{limit}", flush=True)
