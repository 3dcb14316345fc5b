"""The part of scripts/transfer-histories that all histories share: a vendor with states of two
suites, the depots as they are when they know each other and hold nothing, and a clock."""

import json
import os
import shutil
import subprocess

from transfer_histories.basics import (BEGIN, EXPORTERS, OTHER, OTHER_STATES, SITES, STATES, SUITES,
                                       VOUCHED_AT, must)
from transfer_histories.vendors import Vendors

CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
time_t time(time_t *place) {
  const char *text = getenv("HISTORY_CLOCK");
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time_t moment = text ? (time_t)atoll(text) : now.tv_sec;
  if (place) *place = moment;
  return moment;
}
"""


class World(Vendors):
    """Made once for a run; histories only read it."""

    def __init__(self, root, program):
        self.root, self.program = root, program
        self.environment = {"PATH": os.environ["PATH"], "HOME": root, "LC_ALL": "C.UTF-8"}
        if "LD_LIBRARY_PATH" in os.environ:
            self.environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        with open(root + "/clock.c", "w", encoding="ascii") as file:
            file.write(CLOCK)
        must([shutil.which("cc") or "clang", "-shared", "-fPIC", "-O1", "-o", root + "/clock.so",
              root + "/clock.c"])
        self.environment["LD_PRELOAD"] = root + "/clock.so"
        self.vendors = {name: self.make_vendor(name) for name in ("vendor", "other")}
        # What each state of each suite has: path -> SHA-256, and its places of indexes.
        self.files, self.places, self.packages = {}, {}, {}
        for suite in SUITES:
            for state in range(STATES):
                self.build(suite, state)
            for state in range(OTHER_STATES):
                self.build(OTHER + suite, state)
        for name in self.vendors:
            must(["gpgconf", "--homedir", self.keys(name), "--kill", "all"])
        self.fingerprints = {}
        self.make_depots()

    def gpg(self, home, *words, at=BEGIN - 86400 * 30):
        return must(["gpg", "--homedir", home, "--batch", "--quiet", "--yes", "--passphrase",
                     "", *words], env={**self.environment, "HISTORY_CLOCK": str(at)})

    def run(self, depot, words, clock):
        """One command at one moment: the result, whatever it is."""
        environment = {**self.environment, "HISTORY_CLOCK": str(clock)}
        return subprocess.run([self.program, *words, "--depot", depot], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=120)

    def template(self, name):
        """The depot that each history gets a copy of."""
        return f"{self.root}/templates/{name}"

    def make_depots(self):
        """Every depot, with the keys of those that it must know."""
        os.mkdir(self.root + "/templates")

        def ferry(name, *words):
            result = self.run(self.template(name), words, BEGIN - 3600)
            if result.returncode != 0:
                raise RuntimeError(f"{words}: {result.stdout}{result.stderr}")
            return result.stdout

        for name in EXPORTERS + SITES:
            self.init(ferry, name, name, f"{self.root}/{name}.asc")
        for name in SITES:
            # What clients of a site verify with.
            must(["gpg", "--homedir", self.keys("vendor"), "--batch", "--yes", "--output",
                  f"{self.root}/{name}.gpg", "--dearmor", f"{self.root}/{name}.asc"])
        for name in EXPORTERS:
            # Another identity, for the day on which somebody has the first one's key.
            self.init(ferry, name + "-new", name, f"{self.root}/{name}-new.asc")
        for name in EXPORTERS + SITES:
            for vendor, fingerprint in self.vendors.items():
                self.pin(ferry, name, f"{self.root}/{vendor}.asc", "upstream", vendor, fingerprint)
            others, role = (SITES, "site") if name in EXPORTERS else (EXPORTERS, "exporter")
            for other in others:
                self.pin(ferry, name, f"{self.root}/{other}.asc", role, other,
                         self.fingerprints[other], *self.may_vouch(name, other))

    def init(self, ferry, name, site, key):
        """A new depot, with its key in a file."""
        ferry(name, "init", "--site", site, "--quiet")
        ferry(name, "key", "export", key)
        self.fingerprints[name] = json.loads(ferry(name, "key", "show", "--json"))["fingerprint"]

    @staticmethod
    def may_vouch(depot, other):
        """What a depot lets another one vouch for."""
        return ["--may-vouch", f"{other}-own-*/*"] if depot in VOUCHED_AT and other in EXPORTERS else []

    @staticmethod
    def pin(ferry, depot, key, role, name, fingerprint, *more):
        ferry(depot, "trust", "add", key, "--role", role, "--name", name, "--fingerprint",
              fingerprint, *more)
