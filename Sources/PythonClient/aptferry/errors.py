"""What can go wrong, as exceptions."""

from __future__ import annotations

from typing import Any, Sequence


class AptferryError(Exception):
    """The server refused, or could not do, what was asked for.

    ``status`` is the status of the answer, ``code`` the stable code of the refusal where the server
    gave one, such as ``E-USAGE-NO-SNAPSHOT``, and ``meta`` the rest of the answer.
    """

    def __init__(self, message: str, status: int = 0, code: str = "", meta: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.meta = meta


class BadRequest(AptferryError):
    """The request has a fault (400, 422)."""


class Unauthorized(AptferryError):
    """The server wants another name, password or token (401)."""


class Forbidden(AptferryError):
    """The caller may not do this, or this site allows it to nobody (403)."""


class NotFound(AptferryError):
    """There is no such thing (404)."""


class Conflict(AptferryError):
    """Something with that name is there, or needs what was to go (409)."""


class ServerFailed(AptferryError):
    """The server could not do it (5xx)."""


class TaskFailed(AptferryError):
    """A task that the server took on came to no good end; ``meta`` is its output."""


class FilesRefused(AptferryError):
    """Files were uploaded, and did not come into the repository; ``files`` are their paths."""

    def __init__(self, message: str, files: Sequence[str], meta: Any = None) -> None:
        super().__init__(message, 200, "", meta)
        self.files = list(files)


def of(status: int) -> type[AptferryError]:
    """The exception for a status."""
    if status >= 500:
        return ServerFailed
    return {401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict}.get(status, BadRequest)
