"""The part `serve` of scripts/bench: the program's own server against nginx, over one published
tree; both stand at once and are asked in turn."""

import os
import re
import shutil
import socket
import statistics
import subprocess
import time

from debian.deb_file import archive, deb

NEEDED = {"nginx": "nginx-light", "wrk": "wrk", "openssl": "openssl"}
# What the issue of serving asks for: requests a second as a share of nginx's.
SIZES = {"10 kB": (10_000, 16, 0.45), "1 MB": (1_000_000, 16, 0.8), "100 MB": (100_000_000, 4, 0.8)}
TLS, SLOW_CLIENTS, SLOW_MEMORY = 0.6, 200, 32


class ServeBench:
    """Two servers over one tree."""

    def __init__(self, bench, fail):
        for command, package in NEEDED.items():
            if not shutil.which(command):
                fail(f"{command} is missing: apt-get install {package}")
        self.bench, self.fail = bench, fail
        self.depot = bench.work / "depot"
        self.processes = []

    def publish(self):
        """A publication with a package of each size; answers the path of each below the root."""
        tree = self.bench.work / "served"
        index = tree / "dists/bench/main/binary-amd64"
        index.mkdir(parents=True)
        paths = {}
        for label, (size, _, _) in SIZES.items():
            name = "file-" + label.replace(" ", "").lower()
            path = f"pool/{name}_1_amd64.deb"
            control = (f"Package: {name}\nVersion: 1\nArchitecture: amd64\n"
                       "Maintainer: bench <bench@example.org>\nDescription: some bytes\n").encode()
            (tree / path).parent.mkdir(exist_ok=True)
            (tree / path).write_bytes(deb(control, archive([("./bytes", os.urandom(size))])))
            paths[label] = "/bench/" + path
        packages = subprocess.run(["apt-ftparchive", "packages", "pool"], cwd=tree, check=True,
                                  capture_output=True).stdout
        (index / "Packages").write_bytes(packages)
        self.bench.sign(tree)
        ferry = self.bench.ferry
        ferry(self.depot, "init", "--site", "bench")
        ferry(self.depot, "trust", "add", self.bench.data / "vendor.asc", "--role", "upstream", "--name",
              "bench", "--fingerprint", self.bench.fingerprint)
        ferry(self.depot, "snapshot", "create", "one", "--tree", tree, "--suite", "bench",
              "--upstream", "bench")
        ferry(self.depot, "publish", "one", "--at", "bench", "--mode", "verbatim")
        return paths

    def start(self):
        """Both servers, each without and with TLS; answers their addresses."""
        place = self.bench.work / "servers"
        place.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-days",
                        "2", "-keyout", place / "key.pem", "-out", place / "certificate.pem"],
                       check=True, capture_output=True)
        os.chmod(place / "key.pem", 0o600)
        ports = free_ports(4)
        public = self.depot / "public"
        (place / "nginx.conf").write_text(
            f"daemon off; pid {place}/pid; error_log {place}/errors; user root;\n"
            "worker_processes auto; worker_rlimit_nofile 8192;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; sendfile on; keepalive_requests 1000000; root {public};\n"
            f"client_body_temp_path {place}; proxy_temp_path {place}; fastcgi_temp_path {place};\n"
            f"uwsgi_temp_path {place}; scgi_temp_path {place};\n"
            f"server {{ listen 127.0.0.1:{ports[0]}; }}\n"
            f"server {{ listen 127.0.0.1:{ports[1]} ssl; ssl_certificate {place}/certificate.pem;\n"
            f"ssl_certificate_key {place}/key.pem; }} }}\n")
        self.run(["nginx", "-c", place / "nginx.conf", "-e", place / "errors"], ports[0], ports[1])
        serve = [self.bench.program, "serve", "--depot", self.depot, "--quiet", "--listen"]
        self.ours = self.run([*serve, f"127.0.0.1:{ports[2]}"], ports[2])
        self.run([*serve, f"127.0.0.1:{ports[3]}", "--tls-certificate", place / "certificate.pem",
                  "--tls-key", place / "key.pem"], ports[3])
        self.port = ports[2]
        return [f"{'https' if number % 2 else 'http'}://127.0.0.1:{port}"
                for number, port in enumerate(ports)]

    def run(self, command, *ports):
        """Starts a server and waits until it takes connections."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.processes.append(process)
        for port in ports:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            else:
                self.fail(f"{command[0]} does not listen")
        return process

    def rate(self, url, connections):
        """Requests a second."""
        text = subprocess.run(["wrk", "-t2", f"-c{connections}", "-d4s", "--timeout", "30s", url],
                              check=True, capture_output=True, text=True).stdout
        if re.search(r"Non-2xx|Socket errors: connect [1-9]", text):
            self.fail(f"{url}:\n{text}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])

    def measure(self):
        paths = self.publish()
        try:
            theirs, theirs_tls, ours, ours_tls = self.start()
            for label, (_, connections, limit) in SIZES.items():
                self.compare(label, theirs + paths[label], ours + paths[label], connections, limit)
            for label in ("1 MB", "100 MB"):
                self.compare(f"{label}, TLS", theirs_tls + paths[label], ours_tls + paths[label],
                             SIZES[label][1], TLS)
            self.slow_clients(paths["100 MB"])
        finally:
            for process in self.processes:
                process.terminate()
                process.wait()

    def compare(self, label, theirs, ours, connections, limit):
        """One line: medians of requests a second, and the ratio of the pairs."""
        pairs = [(self.rate(ours, connections), self.rate(theirs, connections))
                 for _ in range(self.bench.options.runs + 1)][1:]
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"serve {label:<14} {statistics.median(a for a, _ in pairs):9.1f}/s  nginx "
              f"{statistics.median(b for _, b in pairs):9.1f}/s  ratio {ratio:5.2f} (>= {limit})  "
              f"{'met' if ratio >= limit else 'MISSED'}", flush=True)

    def slow_clients(self, path):
        """What many clients that read hardly anything cost the server."""
        before = self.memory()
        clients = []
        for _ in range(SLOW_CLIENTS):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", self.port))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            clients.append(client)
        for _ in range(10):
            for client in clients:
                client.recv(2048)
            time.sleep(0.5)
        more = self.memory() - before
        for client in clients:
            client.close()
        print(f"serve {SLOW_CLIENTS} slow clients: {more:+.1f} MiB (<= {SLOW_MEMORY})  "
              f"{'met' if more <= SLOW_MEMORY else 'MISSED'}", flush=True)

    def memory(self):
        """The resident memory of our server in MiB."""
        with open(f"/proc/{self.ours.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024


def free_ports(count):
    """Ports of this machine that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
