#!/usr/bin/env python3
"""Runs unchanged clients from PyPI against a server.

    clients.py URL DIRECTORY

It makes virtual environments in the directory; exit status 77 says that PyPI cannot be reached.
"""
import json
import os
import pathlib
import subprocess
import sys
import venv

import packages
from wire import Wire

ENVIRONMENTS = {
    "one": ["aptly-api-client==0.4.0", "python-aptly==0.11.2", "PyYAML"],
    "two": ["aptly-ctl==0.10", "setuptools<81"],
    "three": ["aptly-uploader==0.3.2", "python3-cyberfusion-aptly-apicli==1.1"],
}


def prepare(directory):
    """Installs the clients; answers the directories of their programs."""
    places = {}
    for name, wanted in ENVIRONMENTS.items():
        place = directory / name
        if not (place / ".ready").exists():
            venv.create(place, with_pip=True)
            done = subprocess.run([place / "bin/pip", "install", "-q", "--retries", "1", *wanted],
                                  capture_output=True, text=True)
            if done.returncode:
                print(f"PyPI does not give the clients: {done.stderr[-500:]}", file=sys.stderr)
                raise SystemExit(77)
            (place / ".ready").touch()
        places[name] = place / "bin"
    return places


API_CLIENT = """
import sys
from aptly_api import Client, AptlyAPIException
url, deb = sys.argv[1:]
client = Client(url)
assert client.misc.version().startswith("1.")
client.repos.create("ac", comment="c", default_distribution="stable")
assert [repo.name for repo in client.repos.list()].count("ac") == 1
assert client.repos.edit("ac", comment="d").comment == "d"
assert client.files.upload("acdir", deb)
assert "acdir" in client.files.list()
report = client.repos.add_uploaded_file("ac", "acdir")
assert report.failed_files == [], report
found = client.repos.search_packages("ac", "alpha", detailed=True, with_deps=False)
assert len(found) == 1 and found[0].fields["Package"] == "alpha", found
client.snapshots.create_from_repo("ac", "acs1", description="x")
client.snapshots.create_from_packages("acs2", package_refs=[found[0].key], source_snapshots=["acs1"])
assert [one.key for one in client.snapshots.list_packages("acs2")] == [found[0].key]
assert client.snapshots.diff("acs1", "acs2") == []
assert client.snapshots.update("acs2", newname="acs3").name == "acs3"
shown = client.publish.publish(source_kind="snapshot", sources=[{"Name": "acs1"}], prefix="ac/x",
                               distribution="stable", architectures=["amd64"])
assert shown.prefix == "ac/x", shown
assert client.publish.update(prefix="ac/x", distribution="stable", snapshots=[
    {"Name": "acs3", "Component": "main"}]).sources[0]["Name"] == "acs3"
assert any(one.prefix == "ac/x" for one in client.publish.list())
client.publish.drop(prefix="ac/x", distribution="stable")
assert client.packages.show(found[0].key).key == found[0].key
try:
    client.snapshots.create_from_repo("ac", "acs1")
    raise SystemExit("a taken name was taken")
except AptlyAPIException as error:
    assert error.status_code == 400
client.snapshots.delete("acs3", force=True)
client.snapshots.delete("acs1", force=True)
client.files.delete("acdir")
client.repos.delete("ac", force=True)
assert client.mirrors.list() == [] or client.mirrors.list()
"""

# The package's own loader of YAML needs a PyYAML of before 6; this is how its program calls it.
PUBLISHER = """
import sys
from aptly.client import Aptly
from aptly.publisher import PublishManager, Publish
url = sys.argv[1]
client = Aptly(url)
publish = Publish(client, "pp/stage")
publish.add("pa-1", component="main")
publish.do_publish(architectures=["amd64"])
again = Publish(client, "pp/stage", load=True)
assert again.components == {"main": ["pa-1"]}, again.components
publish = Publish(client, "pp/stage")
publish.add("pa-2", component="main")
publish.do_publish(architectures=["amd64"])
again = Publish(client, "pp/stage", load=True)
assert again.components == {"main": ["pa-2"]}, again.components
both = Publish(client, "pp/both")
both.add("pa-1", component="main")
both.add("pa-2", component="main")
both.do_publish(architectures=["amd64"])
merged = Publish(client, "pp/both", load=True).components["main"]
# It reads the sources of what it merged out of the description.
assert merged == ["pa-1", "pa-2"], merged
assert any(one["Name"].startswith("_") for one in client.do_get("/snapshots"))
PublishManager(client).cleanup_snapshots()
names = [one["Name"] for one in client.do_get("/snapshots")]
assert "pa-unused" not in names, names
"""


# Its program reads a file in /etc; this is what it does with another one.
CYBERFUSION = """
import sys
from cyberfusion.AptlyApiCli import AptlyApiRequest
from cyberfusion.AptlyApiCli import package_upload_add as client
config, path = sys.argv[1:]
request = AptlyApiRequest(config)
place = client.upload_temporary_file(request, directory_name="cybdir", path=path)
client.add_package(request, repository_name="cyb", temporary_file_path=place)
request.GET("/api/repos/cyb")
assert request.execute()["Name"] == "cyb"
request.DELETE("/api/files/cybdir")
request.execute()
"""


def main():
    url, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    places = prepare(directory)
    wire = Wire(url)
    work = directory / "work"
    subprocess.run(["rm", "-rf", work], check=True)
    work.mkdir()
    deb = packages.build(work, "alpha", "1.0-1", "amd64")
    newer = packages.build(work, "alpha", "1.1-1", "amd64")
    key = packages.key("alpha", "1.0-1", "amd64", [deb])

    def run(name, command, **more):
        environment = {**os.environ, "HOME": str(work), **more.pop("env", {})}
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              env=environment, cwd=work, timeout=120)
        wire.check(name, done.returncode == 0, f"{done.stdout[-500:]}\n{done.stderr[-1500:]}")
        return done.stdout

    run("aptly-api-client", [places["one"] / "python", "-c", API_CLIENT, url, deb])

    for name in ("pa", "pb"):
        wire.post("/api/repos", {"Name": name})
    wire.upload("pa", [("f", deb.name, deb.read_bytes())])
    wire.post("/api/repos/pa/file/pa")
    wire.post("/api/repos/pa/snapshots", {"Name": "pa-1"})
    wire.upload("pa", [("f", newer.name, newer.read_bytes())])
    wire.post("/api/repos/pa/file/pa")
    wire.post("/api/repos/pa/snapshots", {"Name": "pa-2"})
    wire.post("/api/repos/pa/snapshots", {"Name": "pa-unused"})
    run("python-aptly", [places["one"] / "python", "-c", PUBLISHER, url])
    run("aptly-publisher promote", [places["one"] / "aptly-publisher", "--url", url, "--source",
                                    "pp/stage", "--target", "pp/prod", "promote"])
    published = [one["Path"] for one in wire.get("/api/publish").json]
    wire.check("promoted", "pp/prod" in published, published)
    run("aptly-publisher cleanup", [places["one"] / "aptly-publisher", "--url", url, "cleanup"])

    (work / "aptly-ctl.conf").write_text(json.dumps({"profiles": [
        {"name": "here", "url": url, "signing": {"gpgkey": "ABCD", "passphrase": "x"}}]}))
    ctl = [places["two"] / "aptly-ctl", "-c", work / "aptly-ctl.conf", "-p", "here"]
    run("aptly-ctl repo create", [*ctl, "repo", "create", "ctl", "--dist", "stable"])
    run("aptly-ctl repo list", [*ctl, "repo", "list"])
    put = run("aptly-ctl put", [*ctl, "put", "ctl", deb])
    wire.check("aptly-ctl's key is ours", key in put, put)
    found = run("aptly-ctl search", [*ctl, "search", "-n", "alpha"])
    wire.check("aptly-ctl finds it", key in found, found)
    run("aptly-ctl remove", [*ctl, "remove", f"ctl/{key}"])
    wire.check("aptly-ctl removed it", wire.get("/api/repos/ctl/packages").json == [])
    run("aptly-ctl repo delete", [*ctl, "repo", "delete", "ctl"])

    wire.post("/api/repos", {"Name": "upl", "DefaultDistribution": "trusty"})
    wire.upload("upl", [("f", deb.name, deb.read_bytes())])
    wire.post("/api/repos/upl/file/upl")
    wire.post("/api/publish/upl", {"SourceKind": "local", "Sources": [{"Name": "upl"}],
                                   "Distribution": "trusty"})
    run("aptly-uploader", [places["three"] / "aptly-upload", "--aptly-url", url, "--repo", "upl",
                           newer], env={"APTLY_UNAME": "u", "APTLY_PASSWD": "p"})
    wire.check("aptly-uploader's package is there",
               len(wire.get("/api/repos/upl/packages").json) == 2)

    config = work / "cyberfusion.cfg"
    config.write_text(f"[aptly-api]\nserverurl = {url}\nusername = u\napikey = k\n")
    wire.post("/api/repos", {"Name": "cyb"})
    run("cyberfusion", [places["three"] / "python", "-c", CYBERFUSION, config, deb])
    wire.check("cyberfusion's package is there", wire.get("/api/repos/cyb/packages").json == [key])
    print(f"{wire.passed} passed, {len(wire.failed)} failed")
    raise SystemExit(1 if wire.failed else 0)


if __name__ == "__main__":
    main()
