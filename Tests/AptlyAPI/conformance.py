#!/usr/bin/env python3
"""Asks a server what aptly's clients ask, and checks the answers.

Run it against this program's server, or against aptly's own: what both pass is what clients see.

    conformance.py URL [--aptly] [--upstream URL --keyring NAME]
"""
import argparse
import gzip
import pathlib
import re
import tempfile
import urllib.parse

import packages
from edges import Edges
from queries import EXAMPLES
from wire import Wire


class Checks:
    """All checks of one server, in the order in which they build on each other."""

    def __init__(self, url, directory, is_aptly, upstream=None, keyring=None):
        self.wire = Wire(url)
        self.directory = pathlib.Path(directory)
        self.is_aptly = is_aptly
        self.upstream, self.keyring = upstream, keyring
        self.paths, self.keys = {}, {}

    def build(self):
        for short, (name, version, architecture, fields) in packages.BINARIES.items():
            ending = "udeb" if short == "mi" else "deb"
            path = packages.build(self.directory, name, version, architecture, fields, ending)
            self.paths[short] = [path]
            self.keys[short] = packages.key(name, version, architecture, [path])
        self.paths["xs"] = packages.build_source(self.directory)
        self.keys["xs"] = packages.key("xsrc", "1:2.0.2", "source", self.paths["xs"])

    def put(self, repo, *shorts, query="", directory="up"):
        """Uploads packages and adds them to a repository."""
        files = [("file", path.name, path.read_bytes())
                 for short in shorts for path in self.paths[short]]
        self.wire.upload(directory, files)
        return self.wire.post(f"/api/repos/{repo}/file/{directory}{query}")

    def listed(self, path, **query):
        answer = self.wire.get(path, query=query or None)
        return sorted(answer.json) if answer.status == 200 else answer

    # --- Service and routing

    def routing(self):
        w = self.wire
        version = w.get("/api/version")
        w.status("version", version, 200)
        w.check("version's form", re.match(r"\d+\.\d+\.\d+", version.json["Version"]), version)
        w.check("type", version.headers["Content-Type"].startswith("application/json"),
                version.headers)
        w.status("trailing slash", w.get("/api/repos/"), 200, 301)
        w.status("trailing slash of version", w.get("/api/version/"), 200, 301)
        unknown = w.get("/api/nope")
        w.status("unknown route", unknown, 404)
        w.same("unknown route's text", unknown.text, "404 page not found")
        w.check("unknown route's type", unknown.headers["Content-Type"].startswith("text/plain"))
        w.status("wrong method", w.ask("PATCH", "/api/repos"), 404)
        w.status("HEAD", w.ask("HEAD", "/api/version"), 404)
        w.status("OPTIONS", w.ask("OPTIONS", "/api/version"), 404)
        w.status("POST to a list of one", w.post("/api/version", {}), 404)
        w.status("foreign credentials",
                 w.get("/api/version", headers={"Authorization": "Basic Tm9uZTpOb25l"}), 200)
        w.status("type without body",
                 w.get("/api/repos", headers={"Content-Type": "application/json"}), 200)
        if not self.is_aptly:
            w.same("ready", w.get("/api/ready").json, {"Status": "Aptly is ready"})
            w.same("healthy", w.get("/api/healthy").json, {"Status": "Aptly is healthy"})
            w.same("storage", sorted(w.get("/api/storage").json), ["Free", "PercentFull", "Total"])
            for name in ("s3", "gcs", "jfrog"):
                w.same(name, w.get(f"/api/{name}").json, [])

    # --- Repositories

    def repos(self):
        w = self.wire
        w.same("no repos", w.get("/api/repos").json, [])
        made = w.post("/api/repos", {"Name": "r1", "Comment": "c", "Unknown": 1})
        w.status("create", made, 201)
        wanted = {"Name": "r1", "Comment": "c", "DefaultDistribution": "", "DefaultComponent": ""}
        w.same("created", made.json, wanted)
        w.same("shown", w.get("/api/repos/r1").json, wanted)
        again = w.post("/api/repos", {"Name": "r1"})
        w.status("exists", again, 400, 409)
        w.check("exists, in words", "already exists" in again.error, again)
        w.status("no name", w.post("/api/repos", {}), 400)
        w.status("no body", w.post("/api/repos"), 400)
        w.status("wrong type", w.post("/api/repos", {"Name": 5}), 400)
        w.status("no JSON", w.post("/api/repos", raw=b"{", headers={
            "Content-Type": "application/json"}), 400)
        w.status("JSON without its type", w.post("/api/repos", raw=b'{"Name":"x"}'), 400)
        lower = w.post("/api/repos", raw=b'{"name":"r2","defaultdistribution":"d"} rest', headers={
            "Content-Type": "application/json; charset=utf-8"})
        w.status("names in any case", lower, 201)
        w.same("names in any case, taken", lower.json["DefaultDistribution"], "d")
        own = {} if self.is_aptly else {"Name": "r2"}
        w.status("edit", w.put("/api/repos/r2", {**own, "Comment": "x"}), 200)
        w.same("edit keeps", w.get("/api/repos/r2").json["DefaultDistribution"], "d")
        edited = w.put("/api/repos/r2", {**own, "DefaultDistribution": "",
                                         "DefaultComponent": "contrib"})
        w.same("edit clears", (edited.json["DefaultDistribution"], edited.json["Comment"]), ("", "x"))
        if not self.is_aptly:
            w.status("edit without name", w.put("/api/repos/r2", {"Comment": "y"}), 200)
        renamed = w.put("/api/repos/r2", {"Name": "r3"})
        w.status("rename", renamed, 200)
        w.same("renamed", renamed.json["Name"], "r3")
        w.status("old name", w.get("/api/repos/r2"), 404)
        w.status("rename to a taken one", w.put("/api/repos/r3", {"Name": "r1"}), 404, 409)
        missing = w.get("/api/repos/none")
        w.status("missing", missing, 404)
        w.same("missing, in words", missing.error, "local repo with name none not found")
        w.status("edit missing", w.put("/api/repos/none", {"Name": "z"}), 404)
        w.status("drop missing", w.delete("/api/repos/none"), 404)
        w.status("packages of missing", w.get("/api/repos/none/packages"), 404)
        w.same("list", sorted(repo["Name"] for repo in w.get("/api/repos").json), ["r1", "r3"])
        dropped = w.delete("/api/repos/r3")
        w.status("drop", dropped, 200)
        w.same("drop's answer", dropped.json, {})

    # --- Uploads

    def uploads(self):
        w = self.wire
        w.same("no uploads", w.get("/api/files").json, [])
        path = self.paths["a1"][0]
        content = path.read_bytes()
        sent = w.upload("d1", [("file", path.name, content), ("a/b/c", "/x/" + path.name, content),
                               ("file", "other.txt", b"")])
        w.status("upload", sent, 200)
        w.same("upload's names", sorted(set(sent.json)), sorted(
            {f"d1/{path.name}", "d1/other.txt"}))
        w.same("directories", w.get("/api/files").json, ["d1"])
        w.same("files", sorted(w.get("/api/files/d1").json), sorted([path.name, "other.txt"]))
        w.same("no parts", w.upload("d1", []).json, [])
        w.status("no multipart", w.post("/api/files/d1", {"a": 1}), 400)
        for name in ("..", "."):
            w.status(f"upload to {name}", w.ask(
                "POST", f"/api/files/{urllib.parse.quote(name).replace('.', '%2E')}", raw=b""),
                400, 404)
        w.same("delete file", w.delete("/api/files/d1/other.txt").json, {})
        w.status("delete it again", w.delete("/api/files/d1/other.txt"), 200)
        w.same("one left", w.get("/api/files/d1").json, [path.name])
        w.status("delete directory", w.delete("/api/files/d1"), 200)
        w.status("delete it again, too", w.delete("/api/files/d1"), 200)
        w.status("gone", w.get("/api/files/d1"), 404)
        nested = w.upload("n1%2Fn2", [("file", "x.deb", content)])
        w.same("nested", nested.json, ["n1/n2/x.deb"])
        w.status("delete nested", w.delete("/api/files/n1"), 200)
        if not self.is_aptly:
            put = w.ask("PUT", "/api/files/d2/y.deb", raw=content)
            w.same("put", put.json, ["d2/y.deb"])
            w.delete("/api/files/d2")
        large = bytes(range(256)) * 40000 + b"\r\n--end\r\n--"
        w.upload("big", [("file", "big.bin", large)])
        w.same("large", w.get("/api/files/big").json, ["big.bin"])
        w.delete("/api/files/big")

    # --- Adding files

    def adding(self):
        w = self.wire
        report = self.put("r1", "a1", "g")
        w.status("add", report, 200)
        w.same("failed", report.json["FailedFiles"], [])
        w.same("lists", sorted(report.json["Report"]), ["Added", "Removed", "Warnings"])
        w.same("added", sorted(report.json["Report"]["Added"]),
               ["alpha_1.0-1_amd64 added", "gamma_0.9_all added"])
        w.status("files are taken", w.get("/api/files/up"), 404)
        w.same("keys", self.listed("/api/repos/r1/packages"),
               sorted([self.keys["a1"], self.keys["g"]]))
        again = self.put("r1", "a1", query="?noRemove=1")
        w.same("again", again.json["Report"]["Added"], ["alpha_1.0-1_amd64 added"])
        w.status("kept", w.get("/api/files/up"), 200)
        one = w.post(f"/api/repos/r1/file/up/{self.paths['a1'][0].name}")
        w.same("a file", one.json["Report"]["Added"], ["alpha_1.0-1_amd64 added"])
        nothing = w.post("/api/repos/r1/file/none")
        w.status("no directory", nothing, 200)
        w.check("no directory fails", nothing.json["FailedFiles"], nothing)
        w.status("no repo", w.post("/api/repos/none/file/up"), 404)
        w.upload("up", [("f", "bad.deb", b"no package"), ("f", "read.me", b"x"),
                        ("f", "a.buildinfo", b"x")])
        bad = w.post("/api/repos/r1/file/up")
        w.status("bad file", bad, 200)
        w.check("bad file fails", [path for path in bad.json["FailedFiles"] if "bad.deb" in path], bad)
        w.check("it has a warning", bad.json["Report"]["Warnings"], bad)
        w.same("others stay", sorted(w.get("/api/files/up").json), ["bad.deb", "read.me"])
        w.delete("/api/files/up")
        other = self.directory / "other"
        other.mkdir()
        twin = packages.build(other, "alpha", "1.0-1", "amd64", content="twin")
        w.upload("up", [("f", twin.name, twin.read_bytes())])
        clash = w.post("/api/repos/r1/file/up")
        w.check("clash", clash.status == 200 and len(clash.json["FailedFiles"]) == 1, clash)
        w.check("clash, in words", "Unable to add package" in str(clash.json["Report"]), clash)
        forced = w.post("/api/repos/r1/file/up?forceReplace=1")
        w.same("replaced", forced.json["Report"]["Removed"],
               ["alpha_1.0-1_amd64 removed due to conflict with package being added"])
        self.twin = packages.key("alpha", "1.0-1", "amd64", [twin])
        w.check("the new one", self.twin in self.listed("/api/repos/r1/packages"))
        self.put("r1", "a1", query="?forceReplace=1")

    def keyed(self):
        w = self.wire
        w.post("/api/repos", {"Name": "k"})
        refs = {"PackageRefs": [self.keys["a1"], self.keys["g"], self.keys["g"]]}
        added = w.post("/api/repos/k/packages", refs)
        w.status("add by key", added, 200)
        w.same("add by key answers", added.json["Name"], "k")
        w.same("added by key", self.listed("/api/repos/k/packages"),
               sorted([self.keys["a1"], self.keys["g"]]))
        w.status("again", w.post("/api/repos/k/packages", refs), 200)
        unknown = w.post("/api/repos/k/packages", {"PackageRefs": ["Pamd64 no 1 0123456789abcdef"]})
        w.status("unknown key", unknown, 404)
        w.check("unknown key, in words", "key not found" in unknown.error, unknown)
        clash = w.post("/api/repos/k/packages", {"PackageRefs": [self.twin]})
        w.status("clash by key", clash, 400)
        w.status("delete by key", w.delete("/api/repos/k/packages",
                                           {"PackageRefs": [self.keys["g"]]}), 200)
        w.same("deleted", self.listed("/api/repos/k/packages"), [self.keys["a1"]])
        w.status("delete what is not there", w.delete(
            "/api/repos/k/packages", {"PackageRefs": [self.keys["g"]]}), 200)
        w.status("delete unknown", w.delete(
            "/api/repos/k/packages", {"PackageRefs": ["Pamd64 no 1 0123456789abcdef"]}), 404)
        shown = w.get("/api/packages/" + urllib.parse.quote(self.keys["a1"]))
        w.status("package", shown, 200)
        self.details(shown.json)
        w.status("no package", w.get("/api/packages/" + urllib.parse.quote("Pamd64 no 1 00")), 404)
        w.status("short key", w.get("/api/packages/" + urllib.parse.quote("Pamd64 alpha 1.0-1")), 404)

    def details(self, shown):
        w = self.wire
        w.same("details: key", shown["Key"], self.keys["a1"])
        w.same("details: short key", shown["ShortKey"], "Pamd64 alpha 1.0-1")
        w.same("details: hash", shown["FilesHash"], self.keys["a1"].split()[-1])
        w.same("details: file", shown["Filename"], self.paths["a1"][0].name)
        w.same("details: size", shown["Size"], str(self.paths["a1"][0].stat().st_size))
        w.same("details: depends", shown["Depends"], "beta (>= 1.0), gamma | delta")
        w.same("details: description", shown["Description"],
               " test package alpha\n Long text of alpha.\n")
        for name in ("MD5sum", "SHA1", "SHA256", "SHA512", "Package", "Version", "Architecture"):
            w.check(f"details: {name}", shown.get(name), shown)
        w.check("details: strings", all(isinstance(value, str) for value in shown.values()))

    def queries(self):
        w = self.wire
        w.post("/api/repos", {"Name": "q"})
        report = self.put("q", *packages.BINARIES, "xs")
        w.same("all are added", len(report.json["Report"]["Added"]), 19)
        w.same("all keys", self.listed("/api/repos/q/packages"), sorted(self.keys.values()))
        names = {key: short for short, key in self.keys.items()}
        for query, deps, answers in EXAMPLES:
            parameters = {"q": query, "withDeps": "1"} if deps else {"q": query}
            got = w.get("/api/repos/q/packages", query=parameters)
            label = f"query {query!r} {'+deps' if deps else ''}"
            if answers[0].startswith("400"):
                w.check(label, got.status == 400 and got.error.startswith(
                    "parsing failed: " + answers[0][4:]), f"{got}")
                continue
            shorts = sorted(names[key] for key in got.json) if got.status == 200 else str(got)
            w.check(label, shorts in [sorted(answer.split()) for answer in answers],
                    f"got {shorts}, wanted {answers}")
        w.same("empty query", len(w.get("/api/repos/q/packages?q=").json), 19)
        w.same("not a flag", len(w.get("/api/repos/q/packages?q=alpha&withDeps=true").json), 3)
        details = w.get("/api/repos/q/packages", query={"q": "xsrc", "format": "details"}).json
        source = [one for one in details if one["Key"] == self.keys["xs"]]
        if w.check("source", len(source) == 1, details):
            w.same("source's architecture", source[0]["Architecture"], "any")
            w.same("source's package", source[0]["Package"], "xsrc")
            w.check("no Source", "Source" not in source[0], source)
            w.same("source's files", source[0]["Files"].count("xsrc_2.0.2"), 2)
            w.check("source's sums", " " in source[0].get("Checksums-Sha256", ""), source)
        if not self.is_aptly:
            newest = self.listed("/api/repos/q/packages", q="alpha", maximumVersion="1")
            w.same("newest", newest, sorted([self.keys["a2"], self.keys["a2r"]]))
            copied = w.post("/api/repos/k/copy/q/" + urllib.parse.quote("alpha (= 1.2-1)", safe=""),
                            {"dry-run": True})
            w.same("copy, tried", len(copied.json["Report"]["Added"]), 2)
            copied = w.post("/api/repos/k/copy/q/" + urllib.parse.quote("alpha (= 1.2-1) {amd64}",
                                                                        safe=""),
                            {"with-deps": True})
            w.same("copy with deps", sorted(copied.json["Report"]["Added"]),
                   ["added alpha-1.2-1(amd64)", "added beta-2.0~rc1(amd64)"])
            w.status("copy nothing", w.post("/api/repos/k/copy/q/nosuch", {}), 422)
            w.status("copy badly", w.post("/api/repos/k/copy/q/a%20b", {}), 422)
            w.status("copy to itself", w.post("/api/repos/k/copy/k/alpha", {}), 400)
            w.status("copy from nowhere", w.post("/api/repos/k/copy/none/alpha", {}), 400)
            everything = w.get("/api/packages").json
            w.check("all packages", self.twin in everything and self.keys["xs"] in everything)

    # --- Snapshots

    def snapshots(self):
        w = self.wire
        w.same("no snapshots", w.get("/api/snapshots").json, [])
        made = w.post("/api/repos/r1/snapshots", {"Name": "s1"})
        w.status("of a repo", made, 201)
        w.same("fields", sorted(made.json), sorted([
            "Name", "CreatedAt", "SourceKind", "Description", "Origin", "NotAutomatic",
            "ButAutomaticUpgrades"]))
        w.same("kind", made.json["SourceKind"], "local")
        w.same("description", made.json["Description"], "Snapshot from local repo [r1]: c")
        w.check("time", re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", made.json["CreatedAt"]))
        again = w.post("/api/repos/r1/snapshots", {"Name": "s1"})
        w.status("taken", again, 400)
        w.same("taken, in words", again.error, "snapshot with name s1 already exists")
        w.status("of no repo", w.post("/api/repos/none/snapshots", {"Name": "x"}), 404)
        w.status("without name", w.post("/api/repos/r1/snapshots", {}), 400)
        w.post("/api/repos/q/snapshots", {"Name": "sq", "Description": "all of q"})
        w.same("keys", self.listed("/api/snapshots/sq/packages"), sorted(self.keys.values()))
        w.same("query", self.listed("/api/snapshots/sq/packages", q="alpha (= 1.0-1)"),
               [self.keys["a1"]])
        w.status("bad query", w.get("/api/snapshots/sq/packages?q=a%20b"), 400)
        empty = w.post("/api/snapshots", {"Name": "empty"})
        w.status("empty", empty, 201)
        w.same("empty has nothing", w.get("/api/snapshots/empty/packages").json, [])
        w.check("empty has no architectures", w.get(
            "/api/snapshots/empty/packages?q=x&withDeps=1").status == 400)
        refs = {"Name": "refs", "SourceSnapshots": ["s1"], "Description": "by key",
                "PackageRefs": [self.keys["x"], self.keys["x"], self.keys["xs"]]}
        made = w.post("/api/snapshots", refs)
        w.status("of keys", made, 201)
        w.same("contents are the keys", self.listed("/api/snapshots/refs/packages"),
               sorted([self.keys["x"], self.keys["xs"]]))
        if not self.is_aptly:
            w.same("of keys, kind", made.json["SourceKind"], "snapshot")
        w.status("unknown source", w.post("/api/snapshots", {
            "Name": "n", "SourceSnapshots": ["none"]}), 404)
        w.status("unknown key", w.post("/api/snapshots", {
            "Name": "n", "PackageRefs": ["Pamd64 no 1 0123456789abcdef"]}), 404)
        w.status("two of a kind", w.post("/api/snapshots", {
            "Name": "n", "PackageRefs": [self.keys["a1"], self.twin]}), 400)
        w.status("taken", w.post("/api/snapshots", {"Name": "s1"}), 400)
        w.same("by name", [one["Name"] for one in w.get("/api/snapshots").json],
               ["empty", "refs", "s1", "sq"])
        w.same("by time", [one["Name"] for one in w.get("/api/snapshots?sort=time").json],
               ["s1", "sq", "empty", "refs"])
        renamed = w.put("/api/snapshots/refs", {"Name": "refs2", "Description": "new"})
        w.same("edit", (renamed.status, renamed.json["Name"], renamed.json["Description"]),
               (200, "refs2", "new"))
        w.status("to a taken name", w.put("/api/snapshots/refs2", {"Name": "s1"}), 409)
        w.status("to its own name", w.put("/api/snapshots/refs2", {"Name": "refs2"}), 409)
        w.status("edit missing", w.put("/api/snapshots/none", {"Name": "x"}), 404)
        odd = w.post("/api/repos/r1/snapshots", {"Name": "_odd"})
        w.same("a name with a line before it", (odd.status, odd.json.get("Name")), (201, "_odd"))
        w.status("it is there", w.get("/api/snapshots/_odd"), 200)
        w.status("it goes", w.delete("/api/snapshots/_odd"), 200)
        missing = w.get("/api/snapshots/none")
        w.same("missing", (missing.status, missing.error),
               (404, "snapshot with name none not found"))
        w.status("source of another", w.delete("/api/snapshots/s1"), 409)
        w.status("drop missing", w.delete("/api/snapshots/none"), 404)
        diff = w.get("/api/snapshots/s1/diff/empty").json
        w.check("diff", {"Left": self.keys["g"], "Right": None} in diff, diff)
        w.same("no diff", w.get("/api/snapshots/s1/diff/s1").json, [])
        w.same("diff, matching", w.get("/api/snapshots/s1/diff/empty?onlyMatching=1").json, [])
        w.status("diff of missing", w.get("/api/snapshots/s1/diff/none"), 404)
        w.post("/api/snapshots", {"Name": "v1", "PackageRefs": [self.keys["b1"], self.keys["g"]]})
        w.post("/api/snapshots", {"Name": "v2", "PackageRefs": [self.keys["b2"], self.keys["g"]]})
        diff = w.get("/api/snapshots/v1/diff/v2").json
        # Aptly 1.5 sometimes lists a change as two entries.
        w.check("diff of versions", diff == [{"Left": self.keys["b1"], "Right": self.keys["b2"]}]
                or self.is_aptly and len(diff) == 2, diff)

    def choices(self):
        """Merge and pull."""
        if self.is_aptly:
            return
        w = self.wire
        merged = w.post("/api/snapshots/m1/merge", {"Sources": ["v2", "v1"]})
        w.status("merge", merged, 201)
        w.same("merge's description", merged.json["Description"], "Merged from sources: 'v2', 'v1'")
        w.same("rightmost", self.listed("/api/snapshots/m1/packages"),
               sorted([self.keys["b1"], self.keys["g"]]))
        w.post("/api/snapshots/m2/merge?latest=1", {"Sources": ["v2", "v1"]})
        w.same("latest", self.listed("/api/snapshots/m2/packages"),
               sorted([self.keys["b2"], self.keys["g"]]))
        w.post("/api/snapshots/m3/merge?no-remove=1", {"Sources": ["v2", "v1"]})
        w.same("union", self.listed("/api/snapshots/m3/packages"),
               sorted([self.keys["b1"], self.keys["b2"], self.keys["g"]]))
        w.status("merge nothing", w.post("/api/snapshots/m4/merge", {"Sources": []}), 400)
        w.status("merge both ways", w.post("/api/snapshots/m4/merge?latest=1&no-remove=1",
                                           {"Sources": ["v1"]}), 400)
        w.status("merge missing", w.post("/api/snapshots/m4/merge", {"Sources": ["none"]}), 404)
        w.status("merge taken", w.post("/api/snapshots/m1/merge", {"Sources": ["v1"]}), 400, 500)
        body = {"Source": "sq", "Destination": "p1", "Queries": ["beta (>= 2.0~)"]}
        tried = w.post("/api/snapshots/v1/pull?dry-run=1", body)
        w.same("pull, tried", (tried.status, tried.json), (200, {
            "added_packages": ["beta_2.0~rc1_amd64"], "removed_packages": ["beta_1.5_amd64"]}))
        pulled = w.post("/api/snapshots/v1/pull", body)
        w.same("pull", pulled.status, 201)
        w.same("pull's description", pulled.json["Description"],
               "Pulled into 'v1' with 'sq' as source, pull request was: 'beta (>= 2.0~)'")
        w.same("pulled", self.listed("/api/snapshots/p1/packages"),
               sorted([self.keys["b2"], self.keys["g"]]))
        body.update({"Destination": "p2", "Queries": ["needver2"]})
        w.post("/api/snapshots/v1/pull", body)
        w.same("pulled with needs", self.listed("/api/snapshots/p2/packages"),
               sorted([self.keys[one] for one in ("b1", "g", "n2", "d")]))
        body.update({"Destination": "p3"})
        w.post("/api/snapshots/v1/pull?no-deps=1", body)
        w.same("pulled without", self.listed("/api/snapshots/p3/packages"),
               sorted([self.keys[one] for one in ("b1", "g", "n2")]))
        for lacking in ("Source", "Destination", "Queries"):
            less = {name: value for name, value in body.items() if name != lacking}
            w.status(f"pull without {lacking}", w.post("/api/snapshots/v1/pull", less), 400)
        w.status("pull from missing", w.post("/api/snapshots/none/pull", body), 404)

    # --- Publications

    def signing(self):
        return {"Signing": {"Skip": True}} if self.is_aptly else {}

    def publications(self):
        w = self.wire
        w.check("nothing else is published", all(
            one["Prefix"] == "mirrored" for one in w.get("/api/publish").json))
        made = w.post("/api/publish", {"SourceKind": "snapshot", "Sources": [{"Name": "sq"}],
                                       "Distribution": "d1", **self.signing()})
        w.status("publish at the root", made, 201)
        shown = made.json
        w.same("prefix", (shown["Prefix"], shown["Path"], shown["Storage"]), (".", "./d1", ""))
        w.same("architectures", shown["Architectures"], ["amd64", "arm64", "source"])
        w.same("sources", shown["Sources"], [{"Component": "main", "Name": "sq"}])
        for name in ("Distribution", "SourceKind", "Label", "Origin", "AcquireByHash",
                     "NotAutomatic", "ButAutomaticUpgrades", "SkipContents"):
            w.check(f"publication has {name}", name in shown, shown)
        again = w.post("/api/publish/:.", {"SourceKind": "snapshot", "Sources": [{"Name": "sq"}],
                                           "Distribution": "d1", **self.signing()})
        w.status("in use", again, 400)
        w.check("in use, in words", "already used by another published repo" in again.error, again)
        made = w.post("/api/publish/a_b__c", {
            "SourceKind": "local", "Sources": [{"Component": "contrib", "Name": "r1"}],
            "Distribution": "d2", "Label": "L", "Origin": "O", **self.signing()})
        w.status("publish a repo", made, 201)
        w.same("its prefix", made.json["Prefix"], "a/b_c")
        w.same("its label", (made.json["Label"], made.json["Origin"]), ("L", "O"))
        several = w.post("/api/publish/:two", {
            "SourceKind": "snapshot", "Distribution": "d3", "Architectures": ["amd64"],
            "Sources": [{"Component": "main", "Name": "v1"}, {"Component": "extra", "Name": "s1"}],
            **self.signing()})
        w.status("two components", several, 201)
        w.same("its components", sorted(one["Component"] for one in several.json["Sources"]),
               ["extra", "main"])
        w.same("its architectures", several.json["Architectures"], ["amd64"])
        w.same("its prefix, with a colon", several.json["Prefix"], "two")
        for name, body, wanted in [
                ("no kind", {"Sources": [{"Name": "s1"}]}, (400,)),
                ("no sources", {"SourceKind": "snapshot"}, (400,)),
                ("empty sources", {"SourceKind": "snapshot", "Sources": []}, (400,)),
                ("unknown kind", {"SourceKind": "x", "Sources": [{"Name": "s1"}]}, (400,)),
                ("unknown snapshot", {"SourceKind": "snapshot", "Sources": [{"Name": "none"}]}, (404,)),
                ("unknown repo", {"SourceKind": "local", "Sources": [{"Name": "none"}]}, (404,)),
                ("component twice", {"SourceKind": "snapshot", "Distribution": "x", "Sources": [
                    {"Component": "m", "Name": "s1"}, {"Component": "m", "Name": "v1"}]}, (400, 500)),
                ("no distribution", {"SourceKind": "snapshot", "Sources": [{"Name": "s1"}]},
                 (400, 500)),
        ]:
            w.status(name, w.post("/api/publish/x", {**body, **self.signing()}), *wanted)
        if not self.is_aptly:
            w.status("unsigned", w.post("/api/publish/x", {
                "SourceKind": "snapshot", "Sources": [{"Name": "s1"}], "Distribution": "x",
                "Signing": {"Skip": True}}), 403)
            w.status("unknown key", w.post("/api/publish/x", {
                "SourceKind": "snapshot", "Sources": [{"Name": "s1"}], "Distribution": "x",
                "Signing": {"GpgKey": "0123456789ABCDEF"}}), 400, 500)
            w.status("shown", w.get("/api/publish/a_b__c/d2"), 200)
            w.status("not shown", w.get("/api/publish/a_b__c/none"), 404)
        w.status("invalid prefix", w.post("/api/publish/x_dists", {
            "SourceKind": "snapshot", "Sources": [{"Name": "s1"}], "Distribution": "x",
            **self.signing()}), 400, 500)
        w.status("drop a published repo", w.delete("/api/repos/r1?force=1"), 409)
        w.status("drop a published snapshot", w.delete("/api/snapshots/sq?force=1"), 409)
        self.switching()
        self.served()
        w.status("drop", w.delete("/api/publish/two/d3"), 200)
        w.status("drop again", w.delete("/api/publish/two/d3"), 404, 500)

    def switching(self):
        w = self.wire
        switched = w.put("/api/publish/two/d3", {
            "Snapshots": [{"Component": "main", "Name": "v2"}], **self.signing()})
        w.status("switch", switched, 200)
        w.check("switched", {"Component": "main", "Name": "v2"} in switched.json["Sources"]
                and {"Component": "extra", "Name": "s1"} in switched.json["Sources"], switched)
        w.status("to a missing one", w.put("/api/publish/two/d3", {
            "Snapshots": [{"Component": "main", "Name": "none"}], **self.signing()}), 404)
        w.status("of a missing one", w.put("/api/publish/two/none", self.signing()), 404)
        w.status("repo with snapshots", w.put("/api/publish/a_b__c/d2", {
            "Snapshots": [{"Component": "contrib", "Name": "v2"}], **self.signing()}), 400)
        self.put("r1", "py")
        w.status("repo anew", w.put("/api/publish/a_b__c/d2", self.signing()), 200)
        w.status("the root anew", w.put("/api/publish//d1", self.signing()), 200)
        w.status("the root anew, by a colon", w.put("/api/publish/:./d1", self.signing()), 200)
        w.status("the root anew, coded", w.put("/api/publish/%3A./d1", self.signing()), 200)
        if self.is_aptly:
            return
        staged = "/api/publish/two/d3/sources"
        w.status("nothing staged", w.get(staged), 404)
        w.status("stage", w.post(staged, {"Component": "more", "Name": "sq"}), 201)
        w.status("stage twice", w.post(staged, {"Component": "more", "Name": "sq"}), 400)
        w.same("staged", [one["Component"] for one in w.get(staged).json],
               ["extra", "main", "more"])
        w.status("stage a change", w.put(staged + "/main", {"Name": "v1"}), 200)
        w.status("stage no change", w.put(staged + "/none", {"Name": "v1"}), 404)
        w.status("stage a removal", w.delete(staged + "/extra"), 200)
        updated = w.post("/api/publish/two/d3/update", {})
        w.same("update", (updated.status, updated.json["Sources"]), (200, [
            {"Component": "main", "Name": "v1"}, {"Component": "more", "Name": "sq"}]))
        w.status("staged no more", w.get(staged), 404)
        w.status("drop staged", w.delete(staged), 200)

    def served(self):
        if self.is_aptly:
            return
        w = self.wire
        for top in ("", "/repos/-", "/_root"):
            w.status(f"InRelease at {top}", w.get(f"{top}/dists/d1/InRelease"), 200)
        release = w.get("/a/b_c/dists/d2/Release").text
        w.check("Release", "Label: L\n" in release and "Origin: O\n" in release
                and "Codename: d2\n" in release and "Components: contrib\n" in release, release)
        index = w.get("/a/b_c/dists/d2/contrib/binary-amd64/Packages.gz")
        text = gzip.decompress(index.body).decode()
        w.check("the repo's packages", "Package: py\n" in text and "Package: gamma\n" in text, text)
        for path in re.findall(r"Filename: (.*)", text):
            w.status(f"file {path}", w.get("/a/b_c/" + urllib.parse.quote(path)), 200)
        w.status("HEAD of a file", w.ask("HEAD", "/repos/-/dists/d1/Release"), 200)
        w.status("no such storage", w.get("/repos/none/dists/d1/Release"), 404)

    # --- Tasks, graph, care

    def tasks(self):
        w = self.wire
        begun = w.post("/api/repos/q/snapshots?_async=1", {"Name": "later"})
        w.status("begun", begun, 202)
        w.same("task", sorted(begun.json), ["ID", "Name", "State"])
        number = begun.json["ID"]
        waited = w.get(f"/api/tasks/{number}/wait")
        w.same("waited", (waited.status, waited.json["State"]), (200, 2))
        w.status("made", w.get("/api/snapshots/later"), 200)
        w.check("output", w.get(f"/api/tasks/{number}/output").json.endswith("Task succeeded"))
        w.status("detail", w.get(f"/api/tasks/{number}/detail"), 200)
        result = w.get(f"/api/tasks/{number}/return_value").json
        w.same("result", (result["Code"], result["Value"]["Name"]), (201, "later"))
        w.check("listed", number in [task["ID"] for task in w.get("/api/tasks").json])
        w.status("checked first", w.post("/api/repos/none/snapshots?_async=1", {"Name": "x"}), 404)
        failing = w.delete("/api/snapshots/sq?_async")
        if w.status("begun without value", failing, 202):
            number = failing.json["ID"]
            w.same("failed", w.get(f"/api/tasks/{number}/wait").json["State"], 3)
            w.same("failed code", w.get(f"/api/tasks/{number}/return_value").json["Code"], 409)
            w.check("failed output", "Task failed with error: " in w.get(
                f"/api/tasks/{number}/output").json)
            w.status("forget", w.delete(f"/api/tasks/{number}"), 200)
        w.status("not asynchronous", w.delete("/api/snapshots/later?_async=no&force=1"), 200)
        w.status("unknown task", w.get("/api/tasks/9999"), 404)
        w.status("wait for unknown", w.get("/api/tasks/9999/wait"), 400)
        w.status("forget unknown", w.delete("/api/tasks/9999"), 400)
        w.status("no number", w.get("/api/tasks/abc"), 500)
        w.same("wait for all", w.get("/api/tasks-wait").json, {})
        w.same("clear", w.post("/api/tasks-clear").json, {})
        w.check("cleared", not w.get("/api/tasks").json)

    def graph(self):
        w = self.wire
        graph = w.get("/api/graph.dot")
        w.status("graph", graph, 200)
        w.check("graph's type", graph.headers["Content-Type"].startswith("text/plain"),
                graph.headers)
        label = r'[ \t]+"([^"]+)".*label="{(Repo|Snapshot|Published) ([^|]+)[^\}"]+}'
        nodes = {match[1]: (match[2], match[3]) for match in re.finditer(label, graph.text)}
        edges = re.findall(r'"([^"]+)"->"([^"]+)";', graph.text)
        w.check("nodes", ("Snapshot", "sq") in nodes.values() and ("Repo", "q") in nodes.values()
                and ("Published", "./d1") in nodes.values(), nodes)
        named = [(nodes.get(one), nodes.get(other)) for one, other in edges]
        w.check("edges", (("Repo", "q"), ("Snapshot", "sq")) in named
                and (("Snapshot", "sq"), ("Published", "./d1")) in named, named)
        w.status("unknown drawing", w.get("/api/graph.nope"), 500)
        w.status("vertical", w.get("/api/graph.gv?layout=vertical"), 200)

    def care(self):
        w = self.wire
        before = self.listed("/api/repos/q/packages")
        cleaned = w.post("/api/db/cleanup")
        w.status("cleanup", cleaned, 200)
        w.same("what is needed stays", self.listed("/api/repos/q/packages"), before)
        if not self.is_aptly:
            for method, body in (("POST", {"GpgKeyArmor": "x"}), ("DELETE", {"GpgKeyID": "x"})):
                refused = w.ask(method, "/api/gpg/key", body)
                w.status(f"{method} of a key", refused, 403)
                w.check("with a reason", refused.error)
            w.status("keys", w.get("/api/gpg/keys"), 200)

    def mirrors(self):
        w = self.wire
        w.same("no mirrors", w.get("/api/mirrors").json, [])
        w.status("no mirror", w.get("/api/mirrors/none"), 404)
        w.status("update no mirror", w.put("/api/mirrors/none", {}), 404)
        w.status("drop no mirror", w.delete("/api/mirrors/none"), 404)
        w.status("packages of none", w.get("/api/mirrors/none/packages"), 404)
        w.status("snapshot of none", w.post("/api/mirrors/none/snapshots", {"Name": "x"}), 404)
        w.status("no name", w.post("/api/mirrors", {"ArchiveURL": "http://127.0.0.1:9/"}), 400)
        w.status("no address", w.post("/api/mirrors", {"Name": "m"}), 400)
        w.status("unreachable", w.post("/api/mirrors", {
            "Name": "m", "ArchiveURL": "http://127.0.0.1:9/", "Distribution": "d"}), 400)
        w.status("bad filter", w.post("/api/mirrors", {
            "Name": "m", "ArchiveURL": "http://127.0.0.1:9/", "Distribution": "d",
            "Filter": "a b"}), 400)
        if not self.is_aptly:
            w.status("unsigned", w.post("/api/mirrors", {
                "Name": "m", "ArchiveURL": "http://127.0.0.1:9/", "Distribution": "d",
                "IgnoreSignatures": True}), 403)
            w.status("unknown keyring", w.post("/api/mirrors", {
                "Name": "m", "ArchiveURL": "http://127.0.0.1:9/", "Distribution": "d",
                "Keyrings": ["none.gpg"]}), 400)
        if self.upstream:
            self.mirroring()

    def mirroring(self):
        w = self.wire
        body = {"Name": "m1", "ArchiveURL": self.upstream, "Distribution": "up"}
        if self.keyring:
            body["Keyrings"] = [self.keyring]
        made = w.post("/api/mirrors", body)
        w.status("mirror", made, 201)
        w.same("not updated", made.json["LastDownloadDate"], "0001-01-01T00:00:00Z")
        w.same("its components", made.json["Components"], ["main"])
        w.check("its root", made.json["ArchiveRoot"].endswith("/"), made)
        w.check("its Meta", made.json["Meta"].get("Codename") == "up", made)
        w.status("taken", w.post("/api/mirrors", body), 400, 409, 500)
        for name, more in (("component", {"Components": ["none"]}),
                           ("architecture", {"Architectures": ["riscv64"]})):
            w.status(f"no such {name}", w.post("/api/mirrors", {**body, "Name": "mx", **more}), 400)
        w.status("not there yet", w.get("/api/mirrors/m1/packages"), 404)
        w.status("no snapshot yet", w.post("/api/mirrors/m1/snapshots", {"Name": "ms"}), 400)
        updated = w.put("/api/mirrors/m1", {})
        w.same("update", (updated.status, updated.body), (204, b""))
        w.check("type of nothing", updated.headers["Content-Type"] is not None or self.is_aptly)
        w.check("updated", w.get("/api/mirrors/m1").json["LastDownloadDate"] > "2000")
        keys = self.listed("/api/mirrors/m1/packages")
        w.same("same file, same key", keys, sorted([self.keys["a1"], self.keys["g"]]))
        snapshot = w.post("/api/mirrors/m1/snapshots", {"Name": "ms"})
        w.same("snapshot", (snapshot.status, snapshot.json.get("SourceKind")), (201, "repo"))
        w.same("its description", snapshot.json["Description"],
               f"Snapshot from mirror [m1]: {made.json['ArchiveRoot']} up")
        w.same("its packages", self.listed("/api/snapshots/ms/packages"), keys)
        w.status("drop with snapshots", w.delete("/api/mirrors/m1"), 403, 500)
        w.same("edit", w.put("/api/mirrors/m1", {"Filter": "alpha"}).status, 204)
        w.same("filtered", self.listed("/api/mirrors/m1/packages"), [self.keys["a1"]])
        w.status("rename a mirror", w.put("/api/mirrors/m1", {"Name": "m2"}), 204)
        w.same("renamed", (w.get("/api/mirrors/m1").status, w.get("/api/mirrors/m2").status),
               (404, 200))
        w.status("still its snapshot", w.delete("/api/mirrors/m2"), 403, 500)
        w.status("renamed back", w.put("/api/mirrors/m2", {"Name": "m1", "Filter": ""}), 204)
        w.same("no filter", self.listed("/api/mirrors/m1/packages"), keys)
        published = w.post("/api/publish/mirrored", {
            "SourceKind": "snapshot", "Sources": [{"Name": "ms"}], **self.signing()})
        w.same("guessed", (published.status, published.json.get("Distribution"),
                           published.json.get("Sources")),
               (201, "up", [{"Component": "main", "Name": "ms"}]))
        w.status("drop by force", w.delete("/api/mirrors/m1?force=1"), 204)
        w.status("its snapshot stays", w.get("/api/snapshots/ms"), 200)

    def run(self):
        for part in (self.build, self.routing, self.repos, self.uploads, self.adding, self.keyed,
                     self.queries, self.snapshots, self.choices, self.mirrors, self.publications,
                     self.tasks, self.graph, self.care, Edges(self).run):
            try:
                part()
            except Exception as error:  # A part that breaks must not hide the others.
                self.wire.check(part.__name__, False, f"{type(error).__name__}: {error}")
        print(f"{self.wire.passed} passed, {len(self.wire.failed)} failed")
        return not self.wire.failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--aptly", action="store_true", help="the server is aptly 1.5")
    parser.add_argument("--upstream", help="a repository to mirror: suite up, with alpha and gamma")
    parser.add_argument("--keyring", help="what its key is known as")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        checks = Checks(options.url, directory, options.aptly, options.upstream, options.keyring)
        raise SystemExit(0 if checks.run() else 1)


if __name__ == "__main__":
    main()
