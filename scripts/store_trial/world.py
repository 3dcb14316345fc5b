"""A vendor, depots that publish, a bucket in a real store, and a reader that believes nothing."""

import hashlib
import hmac
import importlib.machinery
import importlib.util
import json
import lzma
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load(name):
    """A script of this directory as a module."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(ROOT / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


SOAK = load("publish-soak")


class Store:
    """A real store that scripts/s3-lab started, and one bucket in it."""

    def __init__(self, directory, bucket=None):
        """`bucket` is one that is there; else a new one is made."""
        self.directory = Path(directory)
        self.values = dict(re.findall(r"^export (\w+)=(.*)$",
                                      (self.directory / "env").read_text(), re.M))
        self.endpoint = self.values["S3_ENDPOINT"]
        self.bucket = bucket or "t" + uuid.uuid4().hex
        if not bucket:
            self.ask("PUT", "/" + self.bucket)

    def ask(self, method, path, query="", body=b""):
        """One signed request; for what the program itself never does."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        host = self.endpoint.split("//")[1]
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        plain = "\n".join([method, path, query, lines, names, digest])
        scope = [now[:8], self.values["S3_REGION"], "s3", "aws4_request"]
        text = "\n".join(["AWS4-HMAC-SHA256", now, "/".join(scope),
                          hashlib.sha256(plain.encode()).hexdigest()])
        key = ("AWS4" + self.values["AWS_SECRET_ACCESS_KEY"]).encode()
        for word in [*scope, text]:
            key = hmac.new(key, word.encode(), hashlib.sha256).digest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.values['AWS_ACCESS_KEY_ID']}/{'/'.join(scope)}, "
            f"SignedHeaders={names}, Signature={key.hex()}")
        url = self.endpoint + path + ("?" + query if query else "")
        request = urllib.request.Request(url, data=body or None, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def open_to_all(self):
        """Lets clients without credentials read, and hear 404."""
        everything = f"arn:aws:s3:::{self.bucket}"
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"],
             "Resource": [everything + "/*"]},
            {"Effect": "Allow", "Principal": "*", "Action": ["s3:ListBucket"],
             "Resource": [everything]}]}
        self.ask("PUT", "/" + self.bucket, "policy=", json.dumps(policy).encode())

    @property
    def is_ceph(self):
        """Whether it is Ceph's gateway; else OpenStack Swift."""
        return (self.directory / "ceph.conf").exists()

    @property
    def starter(self):
        return "s3-start" if self.is_ceph else "s3-start-openstack"

    def gateway(self):
        """The process that answers."""
        return int((self.directory / ("rgw.pid" if self.is_ceph else "proxy.pid")).read_text())


class Site:
    """One depot and its commands."""

    def __init__(self, program, root, store, vendor):
        self.program, self.root, self.store, self.vendor = program, Path(root), store, vendor
        self.depot = self.root / "depot"
        self.states = {}

    def found(self, name="hub"):
        self.root.mkdir(parents=True, exist_ok=True)
        self.ferry("init", "--site", name, "--quiet")
        self.ferry("trust", "add", self.vendor.key, "--role", "upstream", "--name", "vendor",
                   "--fingerprint", self.vendor.fingerprint)
        return self

    def copy(self, name):
        """A copy of the whole depot: another machine that believes to be this one."""
        other = Site(self.program, self.root.parent / name, self.store, self.vendor)
        shutil.rmtree(other.root, ignore_errors=True)
        other.root.mkdir()
        SOAK.must(["cp", "-a", str(self.depot), str(other.depot)])
        other.states = dict(self.states)
        return other

    def environment(self):
        kept = {name: value for name, value in os.environ.items()
                if name in ("PATH", "LD_LIBRARY_PATH")}
        keys = {name: value for name, value in self.store.values.items()
                if name.startswith("AWS_")}
        return {**kept, **keys, "HOME": str(self.root), "LC_ALL": "C.UTF-8"}

    def start(self, *words):
        return subprocess.Popen([self.program, *map(str, words), "--depot", str(self.depot)],
                                env=self.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                errors="replace")

    def run(self, *words):
        process = self.start(*words)
        text, _ = process.communicate()
        return process.returncode, text

    def ferry(self, *words):
        status, text = self.run(*words)
        if status != 0:
            raise RuntimeError(f"aptferry {' '.join(map(str, words))}: status {status}\n{text}")
        return text

    def target(self, name, endpoint, prefix=""):
        self.ferry("target", "create", name, f"s3://{self.store.bucket}{prefix}", "--endpoint",
                   endpoint, "--region", self.store.values["S3_REGION"])

    def change(self, name, count=5):
        """A snapshot of a vendor's state with some packages of another version."""
        names = sorted(self.vendor.versions)
        turn = len(self.states) * count
        self.vendor.build([names[(turn + step) % len(names)] for step in range(count)])
        self.take(name)

    def take(self, name):
        self.ferry("snapshot", "create", name, "--tree", self.vendor.tree, "--suite", "stable",
                   "--upstream", "vendor", "--quiet")
        self.states[name] = dict(self.vendor.versions)


class Reader:
    """Reads a publication as apt does, and more: every file that its Release leads to."""

    def __init__(self, url, signing=None):
        """Through the store's own account where it lets nobody else read."""
        self.url, self.signing = url, signing

    def get(self, path):
        try:
            if self.signing:
                place = self.url.removeprefix(self.signing.endpoint)
                return self.signing.ask("GET", place + "/" + urllib.parse.quote(path, safe="/-_.~"))
            with urllib.request.urlopen(self.url + "/" + urllib.parse.quote(path), timeout=60) as one:
                return one.read()
        except urllib.error.HTTPError as trouble:
            raise AssertionError(f"{path}: {trouble.code}") from trouble

    def versions(self, whole=True):
        """The version of each package that clients are offered; all that leads there is right."""
        release = self.get("dists/stable/InRelease").decode()
        digest, size = re.search(r"^ ([0-9a-f]{64}) +(\d+) main/binary-amd64/Packages\.xz$", release,
                                 re.M).groups()
        packed = self.get(f"dists/stable/main/binary-amd64/by-hash/SHA256/{digest}")
        assert hashlib.sha256(packed).hexdigest() == digest and len(packed) == int(size), "index"
        found = {}
        for stanza in lzma.decompress(packed).decode().split("\n\n"):
            if not stanza.strip():
                continue
            fields = dict(re.findall(r"^(\w+): (.*)$", stanza, re.M))
            found[fields["Package"]] = int(fields["Version"])
            if whole:
                content = self.get(fields["Filename"])
                assert hashlib.sha256(content).hexdigest() == fields["SHA256"], fields["Filename"]
        return found
