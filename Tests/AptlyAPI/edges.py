"""What the reference says beside the plain way of each route: encodings, fields, refusals, guesses.

Each part makes what it needs, with names of its own.
"""
import email.utils
import gzip
import re
import socket
import threading
import urllib.parse

import packages

REPO = {"Name", "Comment", "DefaultDistribution", "DefaultComponent"}
SNAPSHOT = {"Name", "CreatedAt", "SourceKind", "Description", "Origin", "NotAutomatic", "ButAutomaticUpgrades"}
PUBLICATION = {"AcquireByHash", "Architectures", "ButAutomaticUpgrades", "Distribution", "Label",
               "NotAutomatic", "Origin", "Path", "Prefix", "SkipContents", "SourceKind", "Sources", "Storage",
               "Suite"}
MIRROR = {"UUID", "Name", "ArchiveRoot", "Distribution", "Components", "Architectures", "Meta",
          "LastDownloadDate", "Filter", "Status", "WorkerPID", "FilterWithDeps", "SkipComponentCheck",
          "SkipArchitectureCheck", "DownloadSources", "DownloadUdebs", "DownloadInstaller"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Edges:
    """More checks of the server that `checks` has asked."""

    def __init__(self, checks):
        self.checks, self.wire = checks, checks.wire
        self.is_aptly, self.keys = checks.is_aptly, checks.keys

    def repo(self, name, *shorts, **fields):
        self.wire.post("/api/repos", {"Name": name, **fields})
        if shorts:
            self.checks.put(name, *shorts, directory=name)

    def publish(self, prefix, body):
        return self.wire.post(f"/api/publish/{prefix}", {**body, **self.checks.signing()})

    def packages(self, path, **query):
        return self.checks.listed(path, **query)

    # --- Paths, bodies and flags

    def paths(self):
        w = self.wire
        for path in ("/api/snapshots/", "/api/publish/", "/api/files/", "/api/mirrors/"):
            w.status(f"{path} with its slash", w.get(path), 200, 301)
        w.status("a double slash", w.get("/api//repos"), 404)
        w.status("POST with a slash", w.post("/api/repos/", {"Name": "e-slash"}), 201, 307)
        self.repo("e-paths", "c")
        key = self.keys["c"]
        for name, text in (("quoted", urllib.parse.quote(key)), ("plain plus", key.replace(" ", "%20"))):
            w.status(f"a key, {name}", w.get("/api/packages/" + text), 200)
        w.same("a plus in a query is a space", self.packages("/api/repos/e-paths/packages?q=c%2B%2Blib+(%3E%3D+1)"),
               [key])
        for text in ("e-paths", "e%2Dpaths", "%65-paths"):
            w.status(f"a name as {text}", w.get(f"/api/repos/{text}"), 200)
        w.status("a name with a coded slash", w.get("/api/repos/e%2Fpaths"), 404)
        w.status("decoded once", w.get("/api/repos/e%252Dpaths"), 404)

    def bodies(self):
        w = self.wire
        self.repo("e-body", Comment="c", DefaultDistribution="d")
        if not self.is_aptly:
            w.status("an empty body", w.put("/api/repos/e-body", raw=b"", headers=FORM), 200)
            w.status("an empty body said to be JSON", w.put("/api/repos/e-body", raw=b"", headers=JSON),
                     200, 400)
            w.same("null is absent", w.put("/api/repos/e-body", {"Name": None, "Comment": None}).json,
                   {"Name": "e-body", "Comment": "c", "DefaultDistribution": "d", "DefaultComponent": ""})
            w.status("an empty name changes none", w.put("/api/repos/e-body", {"Name": ""}), 200, 400)
        w.status("a list where an object belongs", w.post("/api/repos", ["Name"]), 400)
        w.status("a text where an object belongs", w.post("/api/repos", "Name"), 400)
        empty = w.post("/api/repos", raw=b"", headers=JSON)
        w.same("nothing, said to be JSON", (empty.status, empty.error), (400, "EOF"))
        lacking = w.post("/api/repos", {"Comment": "x"})
        w.check("a field that lacks, in words", "failed on the 'required' tag" in lacking.error, lacking)
        for name, path, body in (
                ("Name", "/api/snapshots", {"Name": ["x"]}),
                ("SourceSnapshots", "/api/snapshots", {"Name": "e-x", "SourceSnapshots": "s"}),
                ("PackageRefs", "/api/repos/e-body/packages", {"PackageRefs": "P"}),
                ("Sources", "/api/publish/e-x", {"SourceKind": "snapshot", "Sources": {"Name": "x"}}),
                ("Sources' Name", "/api/publish/e-x", {"SourceKind": "snapshot", "Sources": [{"Name": 1}]}),
                ("Signing", "/api/publish/e-x", {"SourceKind": "snapshot", "Sources": [{"Name": "x"}],
                                                 "Signing": "x"}),
                ("ForceOverwrite", "/api/publish/e-x", {
                    "SourceKind": "snapshot", "Sources": [{"Name": "x"}], "ForceOverwrite": "yes"})):
            w.status(f"{name} of a wrong type", w.post(path, body), 400, *([404] if "pub" in path else []))

    def flags(self):
        w = self.wire
        self.repo("e-flags", "g")
        w.post("/api/repos/e-flags/snapshots", {"Name": "e-flags-1"})
        for value in ("true", "yes", "0", ""):
            refused = w.delete(f"/api/repos/e-flags?force={value}")
            w.status(f"force={value} is none", refused, 409)
        w.check("has snapshots, in words", "local repo has snapshots" in refused.error, refused)
        w.status("force=1", w.delete("/api/repos/e-flags?force=1"), 200)
        w.status("its snapshot stays", w.get("/api/snapshots/e-flags-1"), 200)
        w.same("its packages stay", self.packages("/api/snapshots/e-flags-1/packages"), [self.keys["g"]])
        for value in ("n", "NO", "f", "False", "0", "off"):
            w.status(f"_async={value} waits", w.put(
                f"/api/snapshots/e-flags-1?_async={value}", {"Description": value}), 200)
        for value in ("1", "y", "true", "", "anything"):
            begun = w.put(f"/api/snapshots/e-flags-1?_async={value}", {"Description": value or "x"})
            w.status(f"_async={value} does not wait", begun, 202)
            w.get("/api/tasks-wait")

    # --- Repositories and files

    def repositories(self):
        w = self.wire
        self.repo("e-src", "a1", "g")
        w.post("/api/repos/e-src/snapshots", {"Name": "e-from"})
        w.same("four fields", set(w.get("/api/repos/e-src").json), REPO)
        if self.is_aptly:
            return
        made = w.post("/api/repos", {"Name": "e-copy", "FromSnapshot": "e-from"})
        w.status("of a snapshot", made, 201)
        w.same("its packages", self.packages("/api/repos/e-copy/packages"),
               sorted([self.keys["a1"], self.keys["g"]]))
        w.status("of no snapshot", w.post("/api/repos", {"Name": "e-no", "FromSnapshot": "none"}), 404)
        w.status("nothing was made", w.get("/api/repos/e-no"), 404)
        listed = {one["Name"]: one for one in w.get("/api/repos").json}
        w.same("how many packages", listed["e-copy"].get("NumPackages"), 2)
        begun = w.post("/api/repos?_async=1", {"Name": "e-task"})
        w.status("made by a task", begun, 202)
        w.get(f"/api/tasks/{begun.json['ID']}/wait")
        w.same("what the task made", w.get(f"/api/tasks/{begun.json['ID']}/return_value").json["Code"], 201)
        w.status("it is there", w.get("/api/repos/e-task"), 200)
        w.status("changed by a task", w.put("/api/repos/e-task?_async=1", {"Comment": "t"}), 202)
        w.get("/api/tasks-wait")
        w.same("changed", w.get("/api/repos/e-task").json["Comment"], "t")
        w.status("no refs", w.post("/api/repos/e-task/packages", {}), 200, 400)

    def additions(self):
        w = self.wire
        self.repo("e-add")
        for name in ("..", "."):
            coded = name.replace(".", "%2E")
            for route in ("file", "include"):
                answer = w.post(f"/api/repos/e-add/{route}/{coded}")
                w.status(f"{route} of {name}", answer, 400)
        deb = self.checks.paths["a1"][0]
        w.upload("e-deep%2Finner", [("f", deb.name, deb.read_bytes())])
        w.upload("e-deep", [("f", "note.txt", b"x"), ("f", "a_1_all.ddeb", self.checks.paths["g"][0].read_bytes())])
        named = w.post("/api/repos/e-add/file/e-deep/note.txt")
        w.check("an unknown ending fails", named.status == 200 and "note.txt" in str(named.json["FailedFiles"]),
                named)
        absent = w.post("/api/repos/e-add/file/e-deep/absent.deb")
        w.check("a file that is not there fails", absent.status == 200 and absent.json["FailedFiles"], absent)
        report = w.post("/api/repos/e-add/file/e-deep")
        w.same("directories inside are read", sorted(report.json["Report"]["Added"]),
               ["alpha_1.0-1_amd64 added", "gamma_0.9_all added"])
        w.same("nothing failed", report.json["FailedFiles"], [])
        # Aptly lists the directory inside, too.
        left = w.get("/api/files/e-deep").json
        w.check("what is no package stays", left in (["note.txt"], ["inner", "note.txt"]), left)
        w.upload("e-deep", [("f", "note.txt", b"longer")])
        w.same("written over", w.get("/api/files/e-deep").json, left)
        w.delete("/api/files/e-deep")
        dsc = self.checks.paths["xs"][0]
        w.upload("e-dsc", [("f", dsc.name, dsc.read_bytes())])
        alone = w.post("/api/repos/e-add/file/e-dsc?noRemove=1")
        if "xsrc" in str(self.packages("/api/repos/e-add/packages")):
            w.check("a source finds its files in the pool", not alone.json["FailedFiles"], alone)
        else:
            w.check("a source without its files fails", alone.json["FailedFiles"], alone)
        w.delete("/api/files/e-dsc")
        self.checks.put("e-add", "xs", directory="e-dsc")
        w.check("a source with its files", self.keys["xs"] in self.packages("/api/repos/e-add/packages"))
        w.status("its files are taken", w.get("/api/files/e-dsc"), 404)
        bad = w.ask("POST", "/api/files/e-bad", raw=b"--b\r\nContent-Disposition: form-data; name=\"x\"; "
                    b"filename=\"\"\r\n\r\nx\r\n--b--\r\n", headers={
                        "Content-Type": "multipart/form-data; boundary=b"})
        w.check("a part without a name", bad.status >= 400 or bad.json == [], bad)

    def including(self):
        w = self.wire
        deb = self.checks.paths["g"][0]
        changes = ("Format: 1.8\nSource: gamma\nDistribution: e-stable\nFiles:\n"
                   f" d41d8cd98f00b204e9800998ecf8427e {deb.stat().st_size} misc optional {deb.name}\n")
        w.upload("e-inc", [("f", deb.name, deb.read_bytes()), ("f", "g.changes", changes.encode())])
        w.status("into no repository", w.post("/api/repos/e-none/include/e-inc"), 404)
        w.status("a broken template", w.post(
            "/api/repos/" + urllib.parse.quote("inc-{{.Distribution") + "/include/e-inc"), 400)
        self.repo("inc-e-stable")
        for name in ("inc-e-stable", urllib.parse.quote("inc-{{.Distribution}}")):
            answer = w.post(f"/api/repos/{name}/include/e-inc")
            w.check(f"unsigned into {name}", answer.status == 200
                    and "g.changes" in str(answer.json["FailedFiles"]), answer)
        w.same("nothing came", self.packages("/api/repos/inc-e-stable/packages"), [])
        nothing = w.post("/api/repos/inc-e-stable/include/e-absent")
        w.check("of no directory", nothing.status == 200 and nothing.json["FailedFiles"], nothing)
        if not self.is_aptly:
            for flag in ("acceptUnsigned", "ignoreSignature"):
                refused = w.post(f"/api/repos/inc-e-stable/include/e-inc?{flag}=1")
                w.check(f"{flag} is refused with a reason", refused.status == 403 and refused.error, refused)
        w.delete("/api/files/e-inc")

    # --- Snapshots

    def snapshots(self):
        w = self.wire
        self.repo("e-snap", "a1", "a2", "b1", "g")
        w.post("/api/repos/e-snap/snapshots", {"Name": "e-s1", "Description": "own words"})
        shown = w.get("/api/snapshots/e-s1").json
        w.same("seven fields", set(shown), SNAPSHOT)
        w.same("its description", shown["Description"], "own words")
        w.check("all are texts", all(isinstance(value, str) for value in shown.values()), shown)
        empty = w.post("/api/snapshots", {"Name": "e-empty"})
        if not self.is_aptly:
            w.same("described as empty", empty.json["Description"], "Created as empty")
        w.same("an unknown order", w.get("/api/snapshots?sort=size").json, [])
        w.same("an empty change", w.put("/api/snapshots/e-s1", {"Name": "", "Description": ""}).json["Description"],
               "own words")
        derived = w.post("/api/snapshots", {"Name": "e-s2", "SourceSnapshots": ["e-s1"],
                                            "PackageRefs": [self.keys["a1"]]})
        w.status("made of another", derived, 201)
        refused = w.delete("/api/snapshots/e-s1")
        w.check("source of another, in words", refused.status == 409
                and "used as source for other snapshots" in refused.error, refused)
        w.status("by force", w.delete("/api/snapshots/e-s1?force=1"), 200)
        w.status("what was made of it stays", w.get("/api/snapshots/e-s2"), 200)
        w.post("/api/repos/e-snap/snapshots", {"Name": "e-s1"})
        w.same("another's name", w.put("/api/snapshots/e-s2", {"Name": "e-s1"}).status, 409)
        details = w.get("/api/snapshots/e-s1/packages?format=details&q=gamma").json
        w.same("details", [one["Package"] for one in details], ["gamma"])
        w.same("no needs without a query", len(self.packages("/api/snapshots/e-s1/packages", withDeps="1")), 4)
        diff = w.get("/api/snapshots/e-s1/diff/e-s2")
        w.check("difference's fields", all(set(one) == {"Left", "Right"} for one in diff.json), diff)
        if self.is_aptly:
            return
        for body in ({}, {"Sources": None}):
            w.status(f"merge of {body}", w.post("/api/snapshots/e-m/merge", body), 400)
        again = w.post("/api/snapshots/e-s2/merge", {"Sources": ["e-s1"]})
        w.check("merge into a taken name, in words", again.status == 400 and "already exists" in again.error, again)
        one = w.post("/api/snapshots/e-m1/merge", {"Sources": ["e-s1"]})
        w.same("merge of one", (one.status, len(self.packages("/api/snapshots/e-m1/packages"))), (201, 4))
        body = {"Source": "e-s1", "Destination": "e-p", "Queries": ["gamma"]}
        for name, change, wanted in (("a bad query", {"Queries": ["a b"]}, (400, 500)),
                                     ("no source", {"Source": "none"}, (404,)),
                                     ("a taken name", {"Destination": "e-s2"}, (400, 409, 500))):
            w.status(f"pull with {name}", w.post("/api/snapshots/e-s2/pull", {**body, **change}), *wanted)
        w.status("pull into nothing", w.post("/api/snapshots/e-empty/pull", body), 400, 500)
        given = w.post("/api/snapshots/e-empty/pull", {**body, "Architectures": ["amd64"]})
        w.same("pull with architectures", (given.status, self.packages("/api/snapshots/e-p/packages")),
               (201, [self.keys["g"]]))
        body.update({"Queries": ["alpha"], "Destination": "e-all"})
        w.post("/api/snapshots/e-s2/pull?all-matches=1&no-deps=1", body)
        w.same("pull of all that match", self.packages("/api/snapshots/e-all/packages"),
               sorted([self.keys["a1"], self.keys["a2"]]))
        body.update({"Queries": ["alpha (>= 1.2)"], "Destination": "e-keep"})
        w.post("/api/snapshots/e-s2/pull?no-remove=1&no-deps=1", body)
        w.same("pull that removes nothing", self.packages("/api/snapshots/e-keep/packages"),
               sorted([self.keys["a1"], self.keys["a2"]]))

    # --- Publications

    def prefixes(self):
        w = self.wire
        self.repo("e-pub", "a1", "g", DefaultDistribution="e/stable", DefaultComponent="contrib")
        w.post("/api/repos/e-pub/snapshots", {"Name": "e-pub-1"})
        for written, shown in (("e-a_b", "e-a/b"), (":e-colon", "e-colon"), ("%3Ae-coded", "e-coded"),
                               ("e-s%2Ft", "e-s/t"), ("e__u", "e_u"), (":e-x_y__z", "e-x/y_z")):
            made = self.publish(written, {"SourceKind": "snapshot", "Sources": [{"Name": "e-pub-1"}],
                                          "Distribution": "d"})
            w.same(f"the prefix {written}", (made.status, made.json.get("Prefix"), made.json.get("Path")),
                   (201, shown, f"{shown}/d"))
            w.status(f"dropped as {written}", w.delete(f"/api/publish/{written}/d"), 200)
        for written in ("e-x_pool", "e-x_dists", *([] if self.is_aptly else ["e_.._x", "e%2F..%2Fx"])):
            refused = self.publish(written, {"SourceKind": "snapshot", "Sources": [{"Name": "e-pub-1"}],
                                             "Distribution": "d"})
            w.status(f"the prefix {written} is none", refused, 400, 500)
        if not self.is_aptly:
            for written in ("filesystem:alt:e", "s3:x:"):
                w.status(f"the storage {written}", self.publish(written, {
                    "SourceKind": "snapshot", "Sources": [{"Name": "e-pub-1"}], "Distribution": "d"}), 400, 404)
        guessed = self.publish("e-guess", {"SourceKind": "snapshot", "Sources": [{"Name": "e-pub-1"}]})
        w.same("guesses", (guessed.status, guessed.json.get("Distribution"), guessed.json.get("Sources")),
               (201, "e-stable", [{"Component": "contrib", "Name": "e-pub-1"}]))
        w.same("fields", PUBLICATION - set(guessed.json), set())
        self.repo("e-all", "g")
        w.post("/api/repos/e-all/snapshots", {"Name": "e-all-1"})
        body = {"SourceKind": "snapshot", "Sources": [{"Name": "e-all-1"}], "Distribution": "d"}
        refused = self.publish("e-arch", body)
        w.check("no architecture", refused.status in (400, 500)
                and "unable to figure out list of architectures" in refused.error, refused)
        made = self.publish("e-arch", {**body, "Architectures": ["arm64", "amd64"]})
        w.same("architectures given", (made.status, made.json.get("Architectures")), (201, ["amd64", "arm64"]))
        for prefix, distribution in (("e-guess", "e-stable"), ("e-arch", "d")):
            w.same("dropped", w.delete(f"/api/publish/{prefix}/{distribution}").json, {})

    def distributions(self):
        """Two distributions of one prefix, and what a switch may change."""
        w = self.wire
        self.repo("e-two", "a1", "x", "b1")
        w.post("/api/repos/e-two/snapshots", {"Name": "e-two-1"})
        self.checks.put("e-two", "py", directory="e-two")
        w.post("/api/repos/e-two/snapshots", {"Name": "e-two-2"})
        body = {"SourceKind": "snapshot", "Sources": [{"Component": "main", "Name": "e-two-1"}],
                "NotAutomatic": "yes", "ButAutomaticUpgrades": "yes", "Suite": "ignored", "Codename": "ignored"}
        for name in ("one", "two"):
            w.status(f"publish {name}", self.publish("e-two", {**body, "Distribution": name}), 201)
        shown = [one for one in w.get("/api/publish").json if one["Prefix"] == "e-two"]
        w.same("both are listed", [one["Path"] for one in shown], ["e-two/one", "e-two/two"])
        w.same("Suite is not taken", (shown[0]["Suite"], shown[0].get("Codename", "")), ("", ""))
        w.same("NotAutomatic", (shown[0]["NotAutomatic"], shown[0]["ButAutomaticUpgrades"]), ("yes", "yes"))
        w.status("null is no signing", w.put("/api/publish/e-two/one", {
            "Signing": None, **self.checks.signing()}), 200)
        if not self.is_aptly:
            added = w.put("/api/publish/e-two/one", {"Snapshots": [{"Component": "extra", "Name": "e-two-2"}]})
            w.check("a component that was not there", added.status == 404 or added.status == 200
                    and {"Component": "extra", "Name": "e-two-2"} in added.json["Sources"], added)
            named = w.put("/api/publish/e-two/two", {"Label": "New", "Origin": "Here"})
            w.same("another label", (named.status, named.json["Label"], named.json["Origin"]), (200, "New", "Here"))
            for signing in ({"Keyring": "none.gpg"}, {"SecretKeyring": "x"}):
                w.status(f"signing with {signing}", w.put("/api/publish/e-two/one", {"Signing": signing}), 400, 500)
            w.status("a passphrase is passed over", w.put("/api/publish/e-two/one", {
                "Signing": {"Batch": True, "Passphrase": "x"}}), 200)
            self.released()
        w.status("drop one", w.delete("/api/publish/e-two/one"), 200)
        w.same("the other stays", [one["Path"] for one in w.get("/api/publish").json
                                   if one["Prefix"] == "e-two"], ["e-two/two"])
        if not self.is_aptly:
            w.status("and is served", w.get("/e-two/dists/two/Release"), 200)
            w.status("what was dropped is not", w.get("/e-two/dists/one/Release"), 404)
        w.status("drop the other", w.delete("/api/publish/e-two/two?force=1&SkipCleanup=1"), 200)
        if not self.is_aptly:
            w.status("nothing is left", w.get("/e-two/dists/two/Release"), 404)

    def released(self):
        w = self.wire
        release = w.get("/e-two/dists/two/Release")
        for line in ("Origin: Here", "Label: New", "Suite: two", "Codename: two", "NotAutomatic: yes",
                     "ButAutomaticUpgrades: yes", "Components: main", "Description: Generated by aptly",
                     "SHA256:", "Acquire-By-Hash: yes"):
            w.check(f"Release has {line}", f"\n{line}\n" in "\n" + release.text, release.text[:600])
        for name in ("InRelease", "Release.gpg"):
            w.status(name, w.get(f"/e-two/dists/two/{name}"), 200)
        index = gzip.decompress(w.get("/e-two/dists/two/main/binary-amd64/Packages.gz").body).decode()
        w.check("the pool", "Filename: pool/main/x/xsrc/libx_2.0-3_amd64.deb\n" in index
                and "Filename: pool/main/a/alpha/alpha_1.0-1_amd64.deb\n" in index,
                re.findall("Filename: .*", index))
        before = release.headers["Last-Modified"]
        for _ in range(2):
            w.put("/api/publish/e-two/two", {})
        again = w.get("/e-two/dists/two/Release", headers={"If-Modified-Since": before})
        same = again.status == 304 and w.get("/e-two/dists/two/Release").body == release.body
        w.check("a publish within a second is seen", again.status == 200 or same, again)
        dates = [email.utils.parsedate_to_datetime(one) for one in
                 (before, w.get("/e-two/dists/two/Release").headers["Last-Modified"])]
        w.check("time does not go back", dates[0] <= dates[1], dates)

    def staging(self):
        if self.is_aptly:
            return
        w = self.wire
        self.repo("e-stage", "a1")
        w.post("/api/repos/e-stage/snapshots", {"Name": "e-st1"})
        w.post("/api/repos/e-stage/snapshots", {"Name": "e-st2"})
        self.publish("e-stage", {"SourceKind": "snapshot", "Distribution": "d",
                                 "Sources": [{"Component": "main", "Name": "e-st1"}]})
        place = "/api/publish/e-stage/d"
        whole = w.put(place + "/sources", [{"Component": "z", "Name": "e-st2"}, {"Component": "a", "Name": "e-st1"}])
        w.same("the whole list, sorted", (whole.status, [one["Component"] for one in whole.json]), (200, ["a", "z"]))
        w.same("it is staged", w.get(place + "/sources").json, whole.json)
        w.same("not published yet", w.get(place).json["Sources"], [{"Component": "main", "Name": "e-st1"}])
        w.same("dropped", w.delete(place + "/sources").json, {})
        w.status("dropped, nothing is staged", w.get(place + "/sources"), 404)
        for body in ({"Component": "x"}, {"Name": "e-st1"}, {}):
            w.status(f"stage {body}", w.post(place + "/sources", body), 400)
        w.status("stage no list", w.put(place + "/sources", {"Component": "x"}), 400)
        w.same("rename a component", w.put(place + "/sources/main", {"Component": "other"}).json, {})
        w.same("renamed", w.get(place + "/sources").json, [{"Component": "other", "Name": "e-st1"}])
        w.status("a name that is not there", w.post(place + "/sources", {"Component": "bad", "Name": "none"}), 201)
        w.status("shows at the update", w.post(place + "/update", {}), 404, 500)
        w.status("and changes nothing", w.get(place), 200)
        w.status("drop it", w.delete(place + "/sources/bad"), 200)
        done = w.post(place + "/update?_async=1", {})
        w.status("update by a task", done, 202)
        w.get(f"/api/tasks/{done.json['ID']}/wait")
        w.same("updated", w.get(place).json["Sources"], [{"Component": "other", "Name": "e-st1"}])
        for method, tail in (("GET", "/sources"), ("POST", "/sources"), ("POST", "/update"), ("DELETE", "/sources")):
            w.status(f"{method} {tail} of none", w.ask(
                method, "/api/publish/e-stage/none" + tail, {"Component": "x", "Name": "e-st1"}), 404)
        w.delete(place)

    # --- Mirrors, tasks, keys, what is served

    # --- What breaks off, comes at once, or was made up

    def broken(self):
        w = self.wire
        if self.is_aptly:
            return
        w.status("a file", w.put("/api/files/e-cut/whole.deb", raw=b"x" * 700), 200)
        for label, head, body in (
                ("a length", "Content-Length: 700", b"y" * 300),
                ("chunks", "Transfer-Encoding: chunked", b"100\r\n" + b"y" * 256 + b"\r\n")):
            for name in ("whole.deb", "new.deb"):
                with socket.create_connection((w.host, w.port), timeout=60) as connection:
                    connection.sendall(f"PUT /api/files/e-cut/{name} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n"
                                       .encode() + body)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1000)
            w.same(f"an upload with {label} that breaks off leaves what was there",
                   w.get("/api/files/e-cut").json, ["whole.deb"])
        with socket.create_connection((w.host, w.port), timeout=60) as connection:
            connection.sendall(b"POST /api/repos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               b"Content-Length: 90\r\n\r\n" + b'{"Name": "e-broke-off"}')
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
        w.status("a body that breaks off does nothing", w.get("/api/repos/e-broke-off"), 404)
        self.repo("e-cut")
        for name in ("bad%5Cdir", "blank%20"):
            answer = w.put(f"/api/files/{name}/x", raw=b"x")
            w.same(f"{name} is refused or there", answer.status == 200,
                   w.get(f"/api/files/{name}").status == 200)
        w.status("no part at all", w.ask("POST", "/api/files/e-cut", raw=b"rubbish", headers={
            "Content-Type": "multipart/form-data; boundary=b"}), 400)
        for query in ("q=%ff", "q=alpha%00", "q=%zz"):
            w.status(f"a query of {query}", w.get("/api/repos/e-cut/packages?" + query), 400)

    def together(self):
        w = self.wire
        if self.is_aptly:
            return
        self.repo("e-t1", "a1")
        self.repo("e-t2", "c")
        for number in (1, 2):
            w.post(f"/api/repos/e-t{number}/snapshots", {"Name": f"e-t{number}"})
        wanted = {"SourceKind": "snapshot", "Distribution": "d", "Architectures": ["amd64"], "Sources": [
            {"Component": name, "Name": "e-t1"} for name in ("main", "contrib")]}
        w.status("published", self.publish("e-together", wanted), 201)
        place = "/api/publish/e-together/d"
        for _ in range(3):
            threads = [threading.Thread(target=w.put, args=(place, {
                "Snapshots": [{"Component": name, "Name": "e-t2"}], **self.checks.signing()}))
                for name in ("main", "contrib")]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            w.same("both switches count", {(one["Component"], one["Name"]) for one in w.get(place).json["Sources"]},
                   {("main", "e-t2"), ("contrib", "e-t2")})
            w.put(place, {"Snapshots": [{"Component": name, "Name": "e-t1"} for name in ("main", "contrib")],
                          **self.checks.signing()})
        tasks = [w.put(place + "?_async=1", {**self.checks.signing()}).json["ID"],
                 w.delete(place + "?_async=1").json["ID"],
                 w.put(place + "?_async=1", {**self.checks.signing()}).json["ID"]]
        for task in tasks:
            w.get(f"/api/tasks/{task}/wait")
        w.status("what was dropped stays so", w.get(place), 404)
        w.status("the root's own name", self.publish("__root", wanted), 400)
        w.status("a component with a blank", w.put(place, {"Snapshots": [{"Component": "a b", "Name": "e-t1"}]}),
                 400, 404)

    def mirrors(self):
        if not self.checks.upstream:
            return
        w = self.wire
        body = {"Name": "e-m1", "ArchiveURL": self.checks.upstream + "/", "Distribution": "up",
                "Components": ["main"], "Architectures": ["amd64"]}
        if self.checks.keyring:
            body["Keyrings"] = [self.checks.keyring]
        made = w.post("/api/mirrors", body)
        w.same("fields", (made.status, MIRROR - set(made.json)), (201, set()))
        w.check("one slash at the end", made.json["ArchiveRoot"] == self.checks.upstream + "/", made)
        w.check("Meta has no lists", not {"SHA256", "MD5Sum"} & set(made.json["Meta"]), made.json["Meta"])
        w.same("flags are off", [made.json[name] for name in sorted(MIRROR) if isinstance(made.json[name], bool)],
               [False] * 6)
        begun = w.put("/api/mirrors/e-m1?_async=1", {"ForceUpdate": True, "IgnoreChecksums": False})
        w.status("update by a task", begun, 202)
        number = begun.json["ID"]
        w.same("it is done", w.get(f"/api/tasks/{number}/wait").json["State"], 2)
        w.same("what it answers", w.get(f"/api/tasks/{number}/return_value").json, {"Code": 204, "Value": None})
        if not self.is_aptly:
            w.check("sizes", "TotalDownloadSize" in w.get(f"/api/tasks/{number}/detail").json)
        w.same("a query", self.packages("/api/mirrors/e-m1/packages", q="gamma"), [self.keys["g"]])
        details = w.get("/api/mirrors/e-m1/packages?format=details").json
        w.same("details", sorted(one["Package"] for one in details), ["alpha", "gamma"])
        w.status("a bad query", w.get("/api/mirrors/e-m1/packages?q=a%20b"), 400)
        w.status("renamed to a taken name", w.post("/api/mirrors", {**body, "Name": "e-m2"}), 201)
        w.status("taken", w.put("/api/mirrors/e-m2", {"Name": "e-m1"}), 409)
        w.status("an edit with a bad filter", w.put("/api/mirrors/e-m2", {"Filter": "a b"}), 400, 500)
        if not self.is_aptly:
            edited = w.post("/api/mirrors/e-m2", {"Filter": "gamma", "FilterWithDeps": True})
            w.same("edit", (edited.status, edited.json["Filter"], edited.json["FilterWithDeps"]),
                   (200, "gamma", True))
            w.status("edit of none", w.post("/api/mirrors/e-none", {}), 404)
            listed = {one["Name"]: one for one in w.get("/api/mirrors").json}
            w.check("how many packages", listed["e-m1"].get("NumPackages") == 2, listed)
        described = w.post("/api/mirrors/e-m1/snapshots", {"Name": "e-ms", "Description": "mine"})
        w.same("own words", (described.status, described.json["Description"], described.json["Origin"]),
               (201, "mine", "Vendor"))
        w.status("a taken name", w.post("/api/mirrors/e-m1/snapshots", {"Name": "e-ms"}), 400)
        w.status("no name", w.post("/api/mirrors/e-m1/snapshots", {}), 400)
        self.filtered(body)
        for name in ("e-m1", "e-m2"):
            gone = w.delete(f"/api/mirrors/{name}?force=1")
            w.same(f"drop {name}", (gone.status, gone.body), (204, b""))

    def filtered(self, body):
        """Filters with what packages need, and a flat repository."""
        w = self.wire
        needed = sorted(self.keys[one] for one in ("b1", "x", "ba"))
        for name, suite, query, wanted in (("e-f1", "deps", "beta", needed),
                                           ("e-f2", "up", "alpha", sorted([self.keys["a1"], self.keys["g"]]))):
            w.post("/api/mirrors", {**body, "Name": name, "Distribution": suite, "Filter": query,
                                    "FilterWithDeps": True})
            w.status(f"update {name}", w.put(f"/api/mirrors/{name}", {}), 204)
            w.same(f"{name} has what {query} needs", self.packages(f"/api/mirrors/{name}/packages"), wanted)
            made = w.post(f"/api/mirrors/{name}/snapshots", {"Name": f"{name}-s"})
            w.same(f"a snapshot of {name}", (made.status, self.packages(f"/api/snapshots/{name}-s/packages")),
                   (201, wanted))
        w.status("update without needs", w.put("/api/mirrors/e-f1", {"FilterWithDeps": False}), 204)
        w.same("beta alone", self.packages("/api/mirrors/e-f1/packages"), [self.keys["b1"]])
        made = w.post("/api/mirrors", {**body, "Name": "e-flat", "ArchiveURL": self.checks.upstream + "/flat",
                                       "Distribution": "./", "Components": [], "Architectures": []})
        w.same("a flat repository", (made.status, made.json.get("Components"), made.json.get("Distribution")),
               (201, None, "./"))
        w.status("update it", w.put("/api/mirrors/e-flat", {}), 204)
        w.same("its packages", self.packages("/api/mirrors/e-flat/packages"), [self.keys["c"]])
        for name in ("e-f1", "e-f2", "e-flat"):
            w.status(f"drop {name}", w.delete(f"/api/mirrors/{name}?force=1"), 204)

    def services(self):
        w = self.wire
        if self.is_aptly:
            return
        keys = w.get("/api/gpg/keys").json["Keys"]
        w.check("keys' fields", keys and all(set(one) == {"KeyID", "Fingerprint", "Validity", "UserIDs", "CreatedAt"}
                                             for one in keys), keys)
        w.status("an unknown keyring", w.get("/api/gpg/keys?keyring=none.gpg"), 400)
        vertical = w.get("/api/graph.dot?layout=vertical").text
        w.check("vertical", "rankdir=LR;" in vertical and 'label="{' not in vertical, vertical[:300])
        for path in ("/repos/", "/repos/-/"):
            w.status(f"the directory {path}", w.get(path), 200)
        details = w.get("/api/packages?format=details&q=c%2B%2Blib").json
        w.same("all packages in detail", {one["Package"] for one in details}, {"c++lib"})
        w.status("a bad query of all", w.get("/api/packages?q=a%20b"), 400)
        w.status("a task's word that is none", w.get("/api/tasks/1/none"), 404)

    def run(self):
        for part in (self.paths, self.bodies, self.flags, self.repositories, self.additions, self.including,
                     self.snapshots, self.prefixes, self.distributions, self.staging, self.broken,
                     self.together, self.mirrors, self.services):
            try:
                part()
            except Exception as error:  # A part that breaks must not hide the others.
                self.wire.check(f"edges: {part.__name__}", False, f"{type(error).__name__}: {error}")
