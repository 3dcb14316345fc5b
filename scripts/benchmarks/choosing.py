"""Choosing packages with all that they need, and verifying a whole suite, in memory and time."""

import os
import random
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.lab import ROOT
from benchmarks.measuring import fail

ROOTS = 50
LIMIT_MB = 150


def choosing(options):
    """Whole processes: reading the plain index is in the time."""
    scratch = ".build/proofs"
    subprocess.run(["swift", "build", "-c", "release", "--disable-default-traits", "--product",
                    "measure-closures", "--scratch-path", scratch], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "APTFERRY_PROOFS": "1"})
    program = ROOT / scratch / "release/measure-closures"
    lists = list(Path("/var/lib/apt/lists").glob("*_main_binary-*_Packages*"))
    if not lists:
        fail("this host's apt has no lists: apt-get update")
    largest = max(lists, key=lambda path: path.stat().st_size)
    print(f"\nchoosing packages; medians of {options.runs}")
    with tempfile.TemporaryDirectory() as work:
        plain = Path(work) / "Packages"
        with plain.open("wb") as file:
            subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", largest], check=True, stdout=file)
        with plain.open(encoding="utf-8") as file:
            names = sorted({line[9:].strip() for line in file if line.startswith("Package: ")})
        roots = random.Random(15).sample(names, ROOTS)
        # What is measured, its limit in seconds, and the arguments.
        measures = [
            (f"{ROOTS} roots of {len(names)}", 0.6, [plain, "--", *roots]),
            (f"{ROOTS} roots with Recommends", 0.6, ["--recommends", plain, "--", *roots]),
            ("verify of the whole suite", 3.0, ["--verify", plain]),
        ]
        for title, limit, arguments in measures:
            seconds, memory = [], 0
            for _ in range(options.runs):
                answer = subprocess.run([program, *arguments], check=True, text=True,
                                        capture_output=True).stdout
                found = re.search(r"in all: ([0-9.]+) seconds, (\d+) MB", answer)
                seconds.append(float(found[1]))
                memory = max(memory, int(found[2]))
            middle = statistics.median(seconds)
            missed = "" if middle <= limit and memory <= LIMIT_MB else "  MISSED"
            print(f"{title:<40} {middle:.3f} s (limit {limit} s), {memory} MB "
                  f"(limit {LIMIT_MB} MB){missed}", flush=True)
