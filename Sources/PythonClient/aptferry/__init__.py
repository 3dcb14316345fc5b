"""A client of aptferry's API, which is the one that automation for aptly speaks."""

from .client import Aptly
from .errors import (
    AptferryError,
    BadRequest,
    Conflict,
    FilesRefused,
    Forbidden,
    NotFound,
    ServerFailed,
    TaskFailed,
    Unauthorized,
)

__all__ = [
    "Aptly", "AptferryError", "BadRequest", "Conflict", "FilesRefused", "Forbidden", "NotFound",
    "ServerFailed", "TaskFailed", "Unauthorized",
]
