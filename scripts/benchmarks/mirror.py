"""The part `mirror` of scripts/bench: fetching real packages from a server on this machine,
against plain downloaders with hashing, and against other mirroring tools."""

import os
import shutil
import socket
import statistics
import subprocess
import time

NEEDED = {"nginx": "nginx-light", "curl": "curl", "aria2c": "aria2", "debmirror": "debmirror",
          "apt-mirror": "apt-mirror", "aptly": "aptly"}


class Server:
    """nginx, serving one tree on loopback; `requests` reads and forgets its log."""

    def __init__(self, tree, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "access.log"
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;\n"
            "worker_processes 1; events { worker_connections 512; }\n"
            f"http {{ access_log {self.log}; sendfile on; tcp_nopush on;\n"
            f"  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
            f"  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;\n"
            f"  scgi_temp_path {folder}/scgi; keepalive_requests 100000;\n"
            f"  server {{ listen 127.0.0.1:{self.port}; root {tree}; }} }}\n")
        self.process = subprocess.Popen(["nginx", "-c", configuration, "-e", folder / "error.log"],
                                        stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise SystemExit("bench: nginx did not start")

    def requests(self):
        """How many requests came since it was asked before."""
        lines = self.log.read_text().splitlines()
        os.truncate(self.log, 0)
        return len(lines)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class MirrorBench:
    """One tree of real packages, fetched from loopback by everybody in turn."""

    def __init__(self, bench, run, report, fail):
        for command, package in NEEDED.items():
            if not shutil.which(command):
                fail(f"{command} is missing: apt-get install {package}")
        self.bench, self.run, self.report = bench, run, report
        self.tree = bench.packages()
        self.debs = sorted(path.relative_to(self.tree) for path in self.tree.rglob("*.deb"))
        self.server = Server(self.tree, bench.fresh("server"))

    def measure(self):
        try:
            self.all()
        finally:
            self.server.stop()

    def all(self):
        """Everybody in turn, then an update with nothing new, and a snapshot."""
        size = sum((self.tree / path).stat().st_size for path in self.debs)
        runs = self.bench.options.runs
        print(f"\n{len(self.debs)} packages, {size / 1e9:.2f} GB from nginx on loopback; medians of "
              f"{runs}, in turn, warm cache")
        self.prepare()
        others = [("curl --parallel; sha256sum; sync", self.curl, 1.3),
                  ("aria2c; sha256sum; sync", self.aria2c, 1.3),
                  ("debmirror; sync", self.debmirror, 1.0),
                  ("apt-mirror; sync", self.apt_mirror, 1.0),
                  ("aptly mirror update; sync", self.aptly, 1.0)]
        ours, theirs = [], {name: [] for name, _, _ in others}
        for index in range(runs + 1):
            mine = self.update()
            if index > 0:
                ours.append(mine)
            for name, command, _ in others:
                run = command()
                if index > 0:
                    theirs[name].append(run)
        for name, _, limit in others:
            self.report("mirror update", ours, theirs[name], limit, name)
        print(f"mirror update: peak memory {max(run.memory for run in ours):.0f} MiB, "
              f"{statistics.median(run.cpu for run in ours):.2f} s CPU")
        self.server.requests()
        again = [self.bench.ferry(self.depot, "mirror", "update", "bench") for _ in range(runs)]
        print(f"nothing new: {statistics.median(run.seconds for run in again):.2f} s, "
              f"{self.server.requests() / runs:.0f} requests")
        frozen = self.bench.ferry(self.depot, "snapshot", "create", "one", "--mirror", "bench")
        print(f"snapshot create --mirror: {frozen.seconds:.2f} s")

    def prepare(self):
        """Lists for those that do not read indexes themselves."""
        self.sums = self.bench.work / "SUMS"
        with open(self.sums, "w", encoding="utf-8") as sums:
            subprocess.run(["sha256sum", *map(str, self.debs)], cwd=self.tree, stdout=sums, check=True)
        self.curl_list = self.bench.work / "curl.conf"
        self.curl_list.write_text("".join(
            f'url = "{self.server.url}/{self.quoted(path)}"\noutput = "{path}"\n'
            for path in self.debs))
        self.aria_list = self.bench.work / "aria.list"
        self.aria_list.write_text("".join(
            f"{self.server.url}/{self.quoted(path)}\n  out={path}\n" for path in self.debs))

    @staticmethod
    def quoted(path):
        """A path as it stands in a URL."""
        return str(path).replace("%", "%25").replace("+", "%2B")

    def update(self):
        """A new depot that mirrors the tree: the first update is what is measured."""
        self.depot = self.bench.fresh("mirror-depot") / "depot"
        self.bench.ferry(self.depot, "init", "--site", "bench")
        self.bench.ferry(self.depot, "mirror", "create", "bench", self.server.url, "bench",
                         "--keyring", self.bench.data / "vendor.asc")
        os.sync()
        return self.bench.ferry(self.depot, "mirror", "update", "bench")

    def curl(self):
        target = self.bench.fresh("curl")
        return self.run(f"cd '{target}' && curl --parallel --parallel-max 8 --create-dirs --fail "
                        f"--silent --show-error -K '{self.curl_list}' && "
                        f"sha256sum --quiet -c '{self.sums}' && sync")

    def aria2c(self):
        target = self.bench.fresh("aria2c")
        return self.run(f"cd '{target}' && aria2c --quiet --no-conf -j 8 -x 1 --file-allocation=none "
                        f"--dir '{target}' -i '{self.aria_list}' && "
                        f"sha256sum --quiet -c '{self.sums}' && sync")

    def debmirror(self):
        target = self.bench.fresh("debmirror")
        return self.run(f"debmirror '{target}/tree' --method=http --host=127.0.0.1:{self.server.port} "
                        "--root=/ --dist=bench --section=main --arch=amd64 --nosource --checksums "
                        "--no-check-gpg --rsync-extra=none --diff=none && sync")

    def apt_mirror(self):
        target = self.bench.fresh("apt-mirror")
        configuration = target / "mirror.list"
        configuration.write_text(
            f"set base_path {target}\nset nthreads 8\nset _tilde 0\nset run_postmirror 0\n"
            f"deb [arch=amd64] {self.server.url} bench main\n")
        for name in ["mirror", "skel", "var"]:
            (target / name).mkdir()
        return self.run(f"apt-mirror '{configuration}' && sync")

    def aptly(self):
        target = self.bench.fresh("aptly")
        configuration = target / "aptly.conf"
        configuration.write_text(f'{{"rootDir": "{target}/root", "downloadConcurrency": 8}}')
        self.run(f"aptly -config='{configuration}' mirror create -ignore-signatures "
                 f"-architectures=amd64 bench {self.server.url} bench main")
        os.sync()
        return self.run(f"aptly -config='{configuration}' mirror update -ignore-signatures bench "
                        "&& sync")
