"""The connection to a server, and tasks that last."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, Sequence

import requests

from . import errors
from .crossing import Bundles, Gate, Receipts
from .files import Files
from .mirrors import Mirrors
from .publications import Publish
from .repos import Repos
from .snapshots import Snapshots

Progress = Callable[[Mapping[str, Any]], None]


class Aptly:
    """A server with aptly's API.

    ``url`` is its address, with or without ``/api``. ``auth`` is a pair of name and password, or
    whatever ``requests`` takes; ``token`` one of ``aptferry token create``. ``verify_ssl`` is False,
    or the file of an authority. ``progress`` is called with what a task says of itself while it lasts.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        auth: Any = None,
        verify_ssl: bool | str = True,
        *,
        token: str | None = None,
        timeout: float = 60,
        progress: Progress | None = None,
        architectures: list[str] | None = None,
    ) -> None:
        url = url.rstrip("/")
        self.url = url if url.endswith("/api") else url + "/api"
        self.timeout = timeout
        self.progress = progress
        #: The architectures of publications where nobody names any; nil leaves it to the server.
        self.architectures = architectures
        self._session = requests.Session()
        self._session.auth = auth
        # With each request: for a session, a variable such as REQUESTS_CA_BUNDLE counts more.
        self._verify = verify_ssl
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self.mirrors = Mirrors(self)
        self.snapshots = Snapshots(self)
        self.repos = Repos(self)
        self.files = Files(self)
        self.publish = Publish(self)
        self.bundles = Bundles(self)
        self.receipts = Receipts(self)
        self.gate = Gate(self)

    def version(self) -> str:
        """The version of aptly whose API the server speaks."""
        return str(self.get("version")["Version"]).strip()

    def is_ready(self) -> bool:
        """Whether the server answers."""
        try:
            self.get("ready")
            return True
        except (errors.AptferryError, requests.RequestException):
            return False

    def export(
        self, snapshots: str | Sequence[str], medium: str, **more: Any
    ) -> dict[str, Any]:
        """Writes snapshots to a medium as a signed bundle: ``bundles.export``."""
        return self.bundles.export(snapshots, medium, **more)

    def metrics(self) -> str:
        """What the server counts of itself, in Prometheus' text format."""
        return str(self.get("metrics"))

    def cleanup(self) -> None:
        """Removes what nothing needs any more."""
        self.task("POST", "db/cleanup")

    def package(self, key: str) -> dict[str, Any]:
        """A package by its key."""
        from .names import segment
        return dict(self.get(f"packages/{segment(key)}"))

    # Requests.

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET."""
        return self.request("GET", path, query=query)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        files: Any = None,
    ) -> Any:
        """The answer to any request, as what its JSON means."""
        answer = self._session.request(
            method,
            f"{self.url}/{path}",
            json=body,
            params={name: value for name, value in (query or {}).items() if value is not None},
            files=files,
            verify=self._verify,
            # Uploads and synchronous work take as long as they take.
            timeout=None if files or method != "GET" else self.timeout,
        )
        return self._result(answer)

    @staticmethod
    def _result(answer: requests.Response) -> Any:
        try:
            content = answer.json() if answer.content else None
        except ValueError:
            content = answer.text
        if answer.status_code < 400:
            return content
        first = content[0] if isinstance(content, list) and content else content
        fields = first if isinstance(first, dict) else {}
        message = fields.get("error") or str(first or answer.reason)
        raise errors.of(answer.status_code)(
            f"{answer.request.method} {answer.request.path_url}: {message}", answer.status_code,
            str(fields.get("code", "")), fields.get("meta", content))

    # Tasks.

    def task(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """What the server does as a task, when it has done it; tells of its progress meanwhile."""
        begun = self.request(method, path, body, {**(query or {}), "_async": 1})
        if not isinstance(begun, dict) or "ID" not in begun:
            return begun
        number, pause = begun["ID"], 0.05
        while begun["State"] < 2:
            if self.progress is not None:
                self.progress({**begun, **(self.get(f"tasks/{number}/detail") or {})})
            time.sleep(pause)
            pause = min(pause * 1.5, 2)
            begun = self.get(f"tasks/{number}")
        output = self.get(f"tasks/{number}/output")
        answer = self.get(f"tasks/{number}/return_value")
        if begun["State"] == 2:
            return answer.get("Value") if isinstance(answer, dict) else answer
        status = answer.get("Code", 0) if isinstance(answer, dict) else 0
        # The last line says why, as "Task failed with error: TEXT".
        last = str(output).strip().splitlines()[-1:] or [begun["Name"]]
        kind = errors.of(status) if 400 <= status < 500 else errors.TaskFailed
        raise kind(last[0].partition("with error: ")[2] or last[0], status, "", output)
