"""Requests as they go over the wire, and checks that are counted."""
import http.client
import json
import sys
import urllib.parse
import uuid


class Answer:
    """What a server said."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def error(self):
        value = self.json
        if isinstance(value, list) and value:
            value = value[0]
        return value.get("error", "") if isinstance(value, dict) else ""

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


class Wire:
    """One server."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.failed, self.passed = [], 0

    def ask(self, method, path, body=None, *, raw=None, headers=None, query=None):
        """Sends one request; `body` becomes JSON, `raw` is sent as it is."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        headers = dict(headers or {})
        if body is not None:
            raw = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        try:
            connection.request(method, path, raw, headers)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.ask("PUT", path, body, **more)

    def delete(self, path, body=None, **more):
        return self.ask("DELETE", path, body, **more)

    def upload(self, directory, files):
        """Posts files as multipart; `files` are pairs of a field's name and a path."""
        boundary = uuid.uuid4().hex
        parts = b""
        for field, name, content in files:
            parts += (
                f"--{boundary}\r\nContent-Disposition: form-data; "
                f'name="{field}"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            ).encode() + content + b"\r\n"
        parts += f"--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.ask("POST", f"/api/files/{directory}", raw=parts, headers=kind)

    def check(self, name, condition, shown=""):
        """Counts a check, and tells of one that failed."""
        if condition:
            self.passed += 1
        else:
            self.failed.append(name)
            print(f"FAILED {name}: {shown}", file=sys.stderr)
        return condition

    def same(self, name, got, wanted):
        return self.check(name, got == wanted, f"got {got!r}, wanted {wanted!r}")

    def status(self, name, answer, *wanted):
        return self.check(name, answer.status in wanted, f"{answer}, wanted {wanted}")
