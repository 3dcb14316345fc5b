"""Parts of scripts/store-trial: a store that has no more room, and a clock that is wrong."""

import re
import shutil
import subprocess
import time
import urllib.request

CLOCK = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <time.h>
time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time_t moment = now.tv_sec + atoll(getenv("CLOCK_OFFSET"));
  if (place) *place = moment;
  return moment;
}
"""


class Quota:
    """How many objects the bucket may have."""

    def __init__(self, store):
        self.store = store

    def set(self, count):
        """None for no limit."""
        if self.store.is_ceph:
            words = ["--quota-scope=bucket", "--bucket=" + self.store.bucket]
            if count is None:
                self.admin("disable", *words)
            else:
                self.admin("set", *words, f"--max-objects={count}")
                self.admin("enable", *words)
            return
        # Tokens would need memcached: the server of containers is told itself.
        request = urllib.request.Request(self.container(), method="POST", headers={
            "X-Timestamp": f"{time.time():.5f}",
            "X-Container-Meta-Quota-Count": "" if count is None else str(count)})
        urllib.request.urlopen(request, timeout=60).close()

    def admin(self, word, *words):
        subprocess.run(["radosgw-admin", "-c", str(self.store.directory / "ceph.conf"), "quota", word,
                        *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def container(self):
        """Where Swift's server of containers has the bucket."""
        said = subprocess.run(
            ["swift-get-nodes", self.store.directory / "container.ring.gz", "AUTH_test", self.store.bucket],
            check=True, capture_output=True, text=True).stdout
        return re.search(r'curl .*"(http://[^"]*)"', said)[1]


def full(trial):
    """Each time one object more has room, until a publish has room enough."""
    quota = Quota(trial.store)
    trial.publish(trial.next())
    trial.publish(trial.next())
    refused, room = 0, 0
    name = trial.next()
    while True:
        before = trial.state
        quota.set(len(trial.keys("")) + room)
        trial.proxy.reset()
        status, text = trial.site.run("publish", name, "--at", "debian", "--quiet")
        if status == 0:
            break
        refused += 1
        if status != 15 or "store-full" not in text.lower() or "quota" not in text.lower():
            trial.note(f"room for {room}: {status} {text}")
        # What is there already stays, so that every try has less to do; the names of before are whole.
        trial.look(f"room for {room}", before, name)
        if refused > 60:
            trial.note("it never has room")
            break
        room = 1
    quota.set(None)
    trial.finish("with room again", name)
    if not refused:
        trial.note("the quota was not heard of")
    status, text = trial.site.run("target", "check", "s", "--whole")
    if status != 0 or "0 wrong" not in text:
        trial.note(f"check: {status} {text}")
    print(f"full: {refused} times no room, {len(trial.troubles)} troubles", flush=True)


def skew(trial):
    """The publisher's clock is wrong by more than the store lets pass."""
    with open(trial.root + "/clock.c", "w", encoding="ascii") as file:
        file.write(CLOCK)
    library = trial.root + "/clock.so"
    subprocess.run([shutil.which("cc") or "clang", "-shared", "-fPIC", "-O1", "-o", library,
                    trial.root + "/clock.c"], check=True)
    trial.publish(trial.next())
    plain = trial.site.environment
    for offset in (-3600, 3600):
        before, name = trial.state, trial.next()
        trial.site.environment = lambda offset=offset: {
            **plain(), "LD_PRELOAD": library, "CLOCK_OFFSET": str(offset)}
        trial.proxy.reset()
        status, text = trial.site.run("publish", name, "--at", "debian", "--quiet")
        trial.site.environment = plain
        print(f"clock off by {offset} s: {status} {text.strip()[:400]}", flush=True)
        if status != 13 or "store-clock" not in text.lower():
            trial.note(f"clock off by {offset} s: {status} {text}")
        trial.look(f"clock off by {offset} s", before)
        trial.finish(f"clock off by {offset} s", name)
    print(f"skew: {len(trial.troubles)} troubles", flush=True)
