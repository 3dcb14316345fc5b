"""The part of scripts/transfer-histories that judges a history as a whole: everybody who receives
enough converges, the ledgers say what is true, and the logs are whole."""

import collections
import json

from transfer_histories.basics import EXPORTERS, SITES, sha256
from transfer_histories.choosing import called


class End:
    """What must be true when a history is over."""

    def __init__(self, history):
        self.history = history

    def judge(self):
        """All of it, for every depot."""
        self.converge()
        for name in EXPORTERS:
            self.ledger(name)
        for name in EXPORTERS + SITES:
            self.log(name)
        self.witnesses()
        history = self.history
        for site in SITES:
            for prefix in history.models[site].generations:
                history.seen(site, prefix)
        history.ferry(history.chance.choice(SITES), "depot", "check")

    def converge(self):
        """All receipts come out, the newest state goes to all sites: everybody has it then."""
        history = self.history
        history.note("the end: everybody receives enough")
        # Those that took part: the others have nothing, as they had in the beginning.
        quiet = [site for site in SITES if site not in history.busy
                 and history.models[site].accepted]
        takers = history.busy + history.chance.sample(quiet, min(1, len(quiet)))
        letters = {}
        for site in takers:
            history.acknowledge(site)
            letters[site] = next((one for one in reversed(history.letters)
                                  if one[:2] == (site, "receipt")), None)
        for name in EXPORTERS:
            for site in takers:
                if letters[site]:
                    history.admit(letters[site], name)
            snapshots = [history.freeze(name, newest=True)]
            snapshots.append(history.filter(name, snapshots, [called("crate*", "crate0")]))
            for sites in (takers[:1], takers[1:]):
                missing = set(sites)
                for attempt in range(12):
                    if not missing:
                        break
                    self.round(name, snapshots, missing, attempt)
                history.must(not missing, f"{missing} did not converge on {snapshots} of {name}")
            for site in takers:
                self.show(site, snapshots)

    def show(self, site, snapshots):
        """Clients of a site get each of these, as the vendor made it or chosen, and are told how."""
        history = self.history
        for snapshot in snapshots:
            prefix = history.prefix_for(site, snapshot)
            if history.models[site].generations.get(prefix, [None])[-1] != snapshot:
                history.publish_at(site, prefix, snapshot, True)
            history.tells_clients(site, prefix)

    def round(self, name, snapshots, missing, attempt):
        """One attempt to bring snapshots to everybody who lacks one."""
        history = self.history
        sites = sorted(missing)
        bundle = history.export(name, snapshots, sites, "--full" if attempt > 0 else None)
        if bundle is None:
            for site in sites:
                held = history.models[site].snapshots
                history.must(held.keys() >= set(snapshots), f"nothing to carry, but {site} lacks one of "
                             f"{snapshots}")
            missing.clear()
            return
        for site in sites:
            why = history.bring(site, [bundle.path], bundle, final=True,
                                publish=history.prefix_for(site, max(snapshots)))
            if why in ("incomplete", "damaged"):
                why = self.heal(name, site, bundle)
            if why == "imported":
                missing.discard(site)
                held = history.models[site].snapshots
                history.must(all(held.get(one) == history.names[one] for one in snapshots),
                             f"{site} took {bundle.name} in and lacks one of {snapshots}")
            else:
                # Only an exporter that was restored can be behind its own stream.
                history.must(name in history.restored and why in ("rollback", "equivocation"),
                             f"{site} should take {bundle.name} in: {why}")

    def heal(self, name, site, bundle):
        """What the receipt's inventory found by chance, or what a restored site has no more."""
        history = self.history
        history.request(site, bundle.digest)
        history.requests = history.requests[-1:]
        history.counts["healed in the end"] += 1
        for _ in range(3):
            roll, history.chance.random = history.chance.random, lambda: 0.99
            try:
                place = history.resend()
            finally:
                history.chance.random = roll
            if place:
                break
        history.must(place, f"nobody sends again what {site} lacks of {bundle.name}")
        return history.bring(site, [bundle.path, place], bundle, final=True,
                             publish=history.prefix_for(site, max(bundle.snapshots)))

    def ledger(self, name):
        """The ledger of an exporter says what the model says."""
        history = self.history
        model, shown = history.models[name], history.told(name, "ledger", "show")
        found = {one["sequence"]: one for one in shown["made"]}
        history.must({key: one["digest"] for key, one in found.items()} == model.made,
                     f"{name}: the ledger has made {sorted(found)}")
        for sequence, one in found.items():
            bundle = history.bundles[one["digest"]]
            claims = {(ack["site"], ack["how"]) for ack in one["acknowledged"]}
            wanted = {(site, how) for (site, number), (how, _) in model.acks.items()
                      if number == sequence}
            text = f"{name}: {one['bundle']} is acknowledged by {claims}, should be {wanted}"
            history.must(claims <= wanted, text)
            for site, how in claims:
                if how == "receipt":
                    receipt = model.receipts[site]
                    true = (receipt.accepted.get((name, sequence)) == bundle.digest
                            or set(bundle.snapshots.values())
                            <= {digest for _, digest in receipt.snapshots})
                    history.must(true, f"{name}: {one['bundle']} never came to {site}, and its "
                                 f"receipt is said to acknowledge it")
            history.must(claims == wanted or name in history.restored, text)
            history.must((one["retracted"] is not None) == (sequence in model.retracted),
                         f"{name}: {one['bundle']}: retracted")
            waiting = set() if one["retracted"] else set(bundle.sites) - {
                site for site, _ in claims}
            history.must(set(one["waitingFor"]) == waiting, f"{name}: {one['bundle']} waits for "
                         f"{one['waitingFor']}, should be {waiting}")
        for one in shown["sites"]:
            receipt = model.receipts.get(one["site"])
            history.must(one["receipt"] == (receipt and receipt.number),
                         f"{name}: receipt of {one['site']} is {one['receipt']}")

    def log(self, name):
        """The chain of a log, read with nothing but SHA-256; and that nothing came in twice."""
        history = self.history
        previous, imported = "0" * 64, collections.Counter()
        with open(history.depot(name) + "/audit.log", "rb") as file:
            for number, line in enumerate(file, 1):
                record = json.loads(line)
                history.must((record["seq"], record["prev"]) == (number, previous),
                             f"{name}: record {number} of the audit log breaks the chain")
                history.must(record["kind"] in ("begun", "noted", "done", "refused"),
                             f"{name}: record {number} is {record['kind']}")
                previous = sha256(line)
                for fact in record["facts"]:
                    if fact["fact"] == "accepted" and not fact.get("again"):
                        bundle = f"{fact['stream']} {fact['sequence']}"
                        imported[bundle, fact["manifest"]] += 1
        for (bundle, _), count in imported.items():
            # Once more where the catalogue was put back and the log was not.
            history.must(count == 1 or name in history.restored, f"{name}: {bundle} {count} times")
        if name in SITES:
            model = history.models[name]
            known = {digest for _, digest in imported}
            history.must(known == {*model.accepted.values(), *model.logged.values()},
                         f"{name}: the log and the model have other bundles")

    def witnesses(self):
        """`audit verify`, with the newest receipts: a restored exporter is named, nobody else."""
        history = self.history
        site = history.chance.choice(SITES)
        history.ferry(site, "audit", "verify")
        letters = [one for one in history.letters if one[1] == "receipt"]
        for name in EXPORTERS:
            letter = history.chance.choice(letters) if letters else None
            own = history.models[name].key
            heads = [head for head in letter[2].heads if head[0] == own] if letter else []
            if not heads:
                history.ferry(name, "audit", "verify")
                continue
            with open(history.depot(name) + "/audit.log", "rb") as file:
                records = {(str(number), sha256(line)) for number, line in enumerate(file, 1)}
            fits = all((number, digest) in records for _, number, digest in heads)
            history.must(fits or name in history.restored,
                         f"{name}: the log lacks what a receipt knows, and nobody restored it")
            history.counts["forks named by audit verify"] += not fits
            history.ferry(name, "audit", "verify", "--with", letter[3], may={0 if fits else 11})
