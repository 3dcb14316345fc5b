#!/usr/bin/env python3
"""Writes the vectors of suites: one directory a scenario, with the verdict that a reader must reach
that has vendors' keys pinned.

    Tests/Vectors/suites/generate.py              writes every scenario anew
    Tests/Vectors/suites/generate.py --new-keys   makes the test keys anew first

The bundles are made by ../bundle/generate.py, the second exporter; the suites below are made here, as
a vendor would. The keys sign nothing but these vectors; their secret parts are public.
"""

import importlib.util, re, shutil, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
module = importlib.util.spec_from_file_location("bundles", HERE.parent / "bundle/generate.py")
bundles = importlib.util.module_from_spec(module)
module.loader.exec_module(bundles)
sha = bundles.sha

OLD, NEW = ("Wed, 10 May 2023 08:00:00 UTC", "2023-05-10T08:00:00Z"), ("Fri, 10 Nov 2023 08:00:00 UTC", "2023-11-10T08:00:00Z")
LATER = "2024-02-20T08:00:00Z"
NOBODY = "AB" * 20

# --- keys --------------------------------------------------------------------------------------

gpg = bundles.gpg
gpg.names, gpg.keys = ["exporter", "vendor", "vendor2", "other"], HERE / "keys"
gpg.born, gpg.now = "20230101T000000!", "20240301T120000!"

def key(name): return gpg.fingerprints.get(name, NOBODY)

def clear_sign(text, *names):
    options = [word for name in names for word in ("--local-user", key(name))]
    return gpg.run("--digest-algo", "SHA512", *options, "--clear-sign", input=text)

# --- a vendor's suite --------------------------------------------------------------------------

def suite(name="stable", date=NEW, signers=("vendor",), version="1.0", label=None, sign=clear_sign, flat=False):
    """The files of a suite with one package; without signers a Release alone."""
    root, place = ("", "") if flat else (f"dists/{name}/", "main/binary-all/")
    package = bundles.junk(f"{name} {version}", 200)
    path = f"pool/quay_{version}_all.deb"
    packages = (f"Package: quay\nVersion: {version}\nArchitecture: all\nMaintainer: Vectors <vectors@repository.example>\n"
                f"Filename: {path}\nSize: {len(package)}\nSHA256: {sha(package)}\nDescription: test\n").encode()
    names = "Origin: Vectors\n" + (f"Label: {label}\n" if label else "")
    release = (names + f"Suite: {name}\nCodename: {name}\n" + (f"Date: {date[0]}\n" if date else "")
               + f"Architectures: all\nComponents: main\nSHA256:\n {sha(packages)} {len(packages)} {place}Packages\n").encode()
    files = {f"{root}{place}Packages": packages, path: package}
    if signers: files[f"{root}InRelease"] = sign(release, *signers)
    else: files[f"{root}Release"] = release
    return files

def claim(name="stable", date=NEW, signers=("vendor",)):
    """A line of Suites."""
    moment = date if isinstance(date, str) else date[1] if date else "-"
    return f"{name} signed {','.join(map(key, signers))} {moment}" if signers else f"{name} unsigned - {moment}"

def bundle(snapshots, stream="acme", sequence=1):
    """A bundle: snapshot -> (files, lines of Suites)."""
    made = bundles.Bundle({name: files for name, (files, _) in snapshots.items()}, stream=stream, sequence=sequence)
    made.created = "2024-03-01T12:00:00Z"
    made.suites = {name: lines for name, (_, lines) in snapshots.items()}
    made.pack()
    # Short: nobody unpacks these by hand.
    bundles.readme = lambda *_: b"A vector.\n"
    made.describe()
    made.sign()
    return {f"{stream}-{sequence:06}/{name}": data for name, data in {**made.side_files(), **made.chunk_files()}.items()}

def one(files=None, line=None, **more):
    return bundle({"s-2": (suite() if files is None else files, [line or claim()])}, **more)

# --- scenarios ---------------------------------------------------------------------------------

scenarios = []

def scenario(name, make, expect="success", comment="", **fields):
    scenarios.append((name, make, expect, comment, fields))

EXITS = {"success": 0, "trust": 10, "integrity": 11, "incomplete": 12, "freshness": 13}
BOTH = "vectors=vendor vectors=vendor2"
FALSE, AGED = "E-INTEGRITY-FALSE-CLAIM", "E-FRESHNESS-OLDER-SUITE"

def two(): return suite(signers=("vendor", "vendor2"))

# Who signed.
scenario("true-claim", lambda: one(), comment="What MANIFEST says is so.")
scenario("two-signers", lambda: one(two(), claim(signers=("vendor", "vendor2"))), Vendors=BOTH, Suite="stable vendor,vendor2 " + NEW[1], comment="Both keys of the vendor are pinned.")
scenario("two-signers-one-pinned", lambda: one(two(), claim(signers=("vendor", "vendor2"))), comment="The site has pinned one of the vendor's keys. The other's name is a claim, and not stored.")
scenario("two-signers-one-claimed", lambda: one(two()), Vendors=BOTH, Suite="stable vendor,vendor2 " + NEW[1], comment="The exporter knows one of the vendor's keys; the lists need not be equal.")
scenario("two-signers-the-other-pinned", lambda: one(two()), Vendors="vectors=vendor2", Suite="stable vendor2 " + NEW[1], comment="The exporter knows one of the vendor's keys, the site the other.")
scenario("signer-unknown", lambda: one(line=claim(signers=("nobody",))), "integrity", Code=FALSE, comment="T170: nobody has the key that is named, and somebody else signed.")
scenario("signer-unknown-beside", lambda: one(line=claim(signers=("vendor", "nobody"))), "integrity", Code=FALSE, comment="T170: a second signer is named, and there is one signature.")
scenario("signer-pinned", lambda: one(line=claim(signers=("other",))), "integrity", Vendors="vectors=vendor acme=other", Code=FALSE, comment="T170: the key that is named is pinned, and did not sign.")
scenario("signer-pinned-beside", lambda: one(line=claim(signers=("vendor", "other"))), "integrity", Vendors="vectors=vendor acme=other", Code=FALSE, comment="T170: a pinned key is named beside the one that signed.")
scenario("signer-pinned-in-place", lambda: one(two(), claim(signers=("vendor", "other"))), "integrity", Vendors="vectors=vendor acme=other", Code=FALSE, comment="T170: as many as signed, but the second one is pinned and did not.")
scenario("vendor-not-pinned", lambda: one(), "trust", Vendors="acme=other", Code="E-TRUST-UPSTREAM-NOT-PINNED", comment="True, but this site does not know the vendor.")
scenario("vendor-not-pinned-false-signer", lambda: one(line=claim(signers=("other",))), "trust", Vendors="acme=other", Code="E-TRUST-UPSTREAM-NOT-PINNED", comment="A pinned key is named; the one that signed is not pinned.")
scenario("vendor-of-other-suites", lambda: one(), "trust", Vendors="vectors=vendor", Origin="Acme", Code="E-TRUST-OTHER-SUITE", comment="T176: the vendor's key is pinned for suites of another Origin.")
scenario("signature-of-other-text", lambda: one(suite(sign=lambda text, *names: clear_sign(text, *names).replace(b"Codename", b"Codenamf"))), "trust", Code="E-TRUST-BAD-SIGNATURE", comment="The vendor's signature does not fit.")

# Its Date.
scenario("date-newer", lambda: one(line=claim(date=LATER)), "integrity", Code=FALSE, comment="T171")
scenario("date-far-ahead", lambda: one(line=claim(date="2099-01-01T00:00:00Z")), "integrity", Code=FALSE, comment="T171")
scenario("date-older", lambda: one(line=claim(date=OLD)), "integrity", Code=FALSE, comment="T171")
scenario("date-missing", lambda: one(line=claim(date=None)), "integrity", Code=FALSE, comment="T171: no Date is claimed, and the suite has one.")
scenario("date-of-undated", lambda: one(suite(date=None)), "integrity", Code=FALSE, comment="T171: a Date is claimed, and the suite has none.")
scenario("undated", lambda: one(suite(date=None), claim(date=None)), Suite="stable vendor -", comment="The suite has no Date, and none is claimed.")

# Older than what came before.
def aged(line, **more): return lambda: one(suite(date=OLD, version="0.9"), line() if callable(line) else line, **{"sequence": 2, **more})
OLDER = dict(expect="freshness", Before="stable", Code=AGED)
scenario("same-date", lambda: one(sequence=2), Before="stable", comment="As new as what came before.")
scenario("older", aged(lambda: claim(date=OLD)), **OLDER, comment="An older state, honestly.")
scenario("older-with-new-date", aged(lambda: claim(date=LATER)), **OLDER, comment="T172: an older state under a new Date.")
scenario("older-with-same-date", aged(lambda: claim()), **OLDER, comment="T172: an older state under the Date of the one before.")
scenario("older-without-date", aged(lambda: claim(date=None)), **OLDER, comment="T172: an older state under no Date.")
scenario("older-of-unknown-signer", aged(lambda: claim(date=LATER, signers=("nobody",))), **OLDER, comment="T172: an older state, said to be signed by somebody else.")
scenario("older-in-other-stream", aged(lambda: claim(date=OLD), stream="harbour", sequence=1), **OLDER, comment="T172: the newer state came in another stream.")
scenario("older-with-new-date-in-other-stream", aged(lambda: claim(date=LATER), stream="harbour", sequence=1), **OLDER, comment="T172")
scenario("older-by-other-key-of-vendor", lambda: one(suite(date=OLD, version="0.9", signers=("vendor2",)), claim(date=OLD, signers=("vendor2",)), sequence=2), Vendors=BOTH, **OLDER, comment="The same suite, since both keys are the vendor's.")
scenario("older-of-other-vendor", lambda: one(suite(date=OLD, version="0.9", signers=("other",)), claim(date=OLD, signers=("other",)), sequence=2), Vendors="vectors=vendor acme=other", Before="stable", Suite="stable other " + OLD[1], comment="Another vendor's suite of the same name is another suite.")
scenario("older-of-other-label", lambda: one(suite(date=OLD, version="0.9", label="Backports"), claim(date=OLD), stream="harbour"), Before="stable", Suite="stable vendor " + OLD[1], comment="Another Label is another suite.")
scenario("older-of-other-flat-repository", lambda: one(suite("piers", date=OLD, version="0.9", flat=True), claim("./", date=OLD), sequence=2), Before="flat", Suite="./ vendor " + OLD[1], comment="Flat repositories of a vendor are told apart by Suite and Codename.")
scenario("older-of-flat-repository", lambda: one(suite("quays", date=OLD, version="0.9", flat=True), claim("./", date=OLD), sequence=2), **{**OLDER, "Before": "flat"}, comment="The same flat repository.")
scenario("older-beside-its-newer-state", lambda: bundle({"s-2": (suite(), [claim()]), "s-2-old": (suite(date=OLD, version="0.9"), [claim(date=OLD)])}, sequence=2), Before="stable", comment="An older state may come beside one that is as new as what came before.")
scenario("older-beside-other-suite", lambda: bundle({"s-2": (suite(date=OLD, version="0.9"), [claim(date=OLD)]), "t-2": (suite("testing"), [claim("testing")])}, sequence=2), **OLDER, comment="T173: another suite beside it makes it no newer.")
scenario("older-in-snapshot-of-two", lambda: bundle({"s-2": ({**suite(date=OLD, version="0.9"), **suite("testing", version="2.0")}, [claim(date=LATER), claim("testing")])}, sequence=2), **OLDER, comment="T173: two suites in one snapshot.")

# Unsigned.
def bare(signed=False): return suite(signers=("vendor",) if signed else ())
UNSIGNED = lambda: claim(signers=())
scenario("unsigned", lambda: one(bare(), UNSIGNED()), "trust", Code="E-TRUST-MAY-NOT-VOUCH", comment="T180: an exporter carries; it does not vouch.")
scenario("unsigned-other-right", lambda: one(bare(), UNSIGNED()), "trust", Vouch="s-2/testing t-*/*", Code="E-TRUST-MAY-NOT-VOUCH", comment="T180: it may vouch for other suites.")
scenario("unsigned-with-right", lambda: one(bare(), UNSIGNED()), Vouch="s-*/sta*", Suite="stable vouched " + NEW[1], comment="T180: it may vouch for this one.")
scenario("unsigned-false-date", lambda: one(bare(), claim(date=LATER, signers=())), "integrity", Vouch="*", Code=FALSE, comment="T171: nobody signed its Date, and it is another one.")
scenario("unsigned-called-signed", lambda: one(bare()), "trust", Vouch="*", Code="E-TRUST-UNSIGNED", comment="T181")
scenario("signed-called-unsigned", lambda: one(bare(True), UNSIGNED()), "integrity", Vouch="*", Code=FALSE, comment="T181: the vendor's signature is there.")
scenario("signed-by-stranger-called-unsigned", lambda: one(suite(signers=("other",)), UNSIGNED()), "trust", Vouch="*", Code="E-TRUST-UPSTREAM-NOT-PINNED", comment="T181: a signature is there, and nobody here knows whose.")

# Streams.
scenario("stream-pinned", lambda: one(), Streams="harbour ac*", comment="T182")
scenario("stream-not-pinned", lambda: one(), "trust", Streams="harbour acme-*", Code="E-TRUST-OTHER-STREAM", comment="T182: the exporter's key is pinned for other streams.")

# Below the signature.
def altered(change):
    def make():
        files = suite()
        change(files)
        return one(files)
    return make
INDEX, PACKAGE = "dists/stable/main/binary-all/Packages", "pool/quay_1.0_all.deb"
scenario("package-changed", altered(lambda f: f.update({PACKAGE: f[PACKAGE][::-1]})), "integrity", comment="ENTRIES and MANIFEST say so, the vendor's index does not.")
scenario("index-changed", altered(lambda f: f.update({INDEX: f[INDEX].replace(b"test", b"TEST")})), "integrity", comment="The vendor's Release lists another index.")
scenario("package-missing", altered(lambda f: f.pop(PACKAGE)), "incomplete", comment="The vendor's index lists a package that the snapshot lacks.")
scenario("file-more", altered(lambda f: f.update({"pool/stowaway.deb": b"x"})), "integrity", Code="E-INTEGRITY-NOT-REACHED", comment="Nothing that the vendor signed speaks of it.")

# --- writing -------------------------------------------------------------------------------------

def main():
    try:
        if "--new-keys" in sys.argv: gpg.make_keys()
        gpg.load()
        for old in HERE.iterdir():
            if (old / "VERDICT").exists(): shutil.rmtree(old)
        shutil.rmtree(HERE / "before", ignore_errors=True)
        bundles.write(HERE / "before/stable", bundle({"s-1": (suite(), [claim()])}))
        bundles.write(HERE / "before/flat", bundle({"s-1": (suite("quays", flat=True), [claim("./")])}))
        for name, make, expect, comment, fields in scenarios:
            bundles.write(HERE / name / "medium", make())
            lines = [f"Expect: {expect}", f"Exit: {EXITS[expect]}", f"Vendors: {fields.pop('Vendors', 'vectors=vendor')}"]
            if expect == "success": fields.setdefault("Suite", "stable vendor " + NEW[1])
            lines += [f"{field}: {value}" for field, value in fields.items()]
            (HERE / name / "VERDICT").write_text("\n".join(lines + [f"Comment: {comment}"]) + "\n")
        assert len({name for name, *_ in scenarios}) == len(scenarios)
        print(f"{len(scenarios)} scenarios")
    finally:
        gpg.close()

if __name__ == "__main__":
    main()
