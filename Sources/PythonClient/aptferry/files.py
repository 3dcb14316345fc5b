"""Uploads: what lies at the server before a repository takes it in."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, List

from .names import also, segment

if TYPE_CHECKING:
    from .client import Aptly


class Files:
    """The uploaded files of a server, in directories."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    @also(directory=("dir", "destination"))
    def upload(self, directory: str, *paths: str, files: Any = ()) -> List[str]:
        """Uploads files of this machine; answers where they lie, as ``directory/name``.

        Each is streamed: its size does not matter.
        """
        uploaded: list[str] = []
        for path in [*paths, *([files] if isinstance(files, str) else files)]:
            with ExitStack() as stack:
                file = stack.enter_context(open(path, "rb"))
                uploaded += self._aptly.request(
                    "POST", f"files/{segment(directory)}",
                    files={"file": (os.path.basename(path), file)})
        return uploaded

    @also(directory=("dir",))
    def list(self, directory: str | None = None) -> List[str]:
        """The directories, or the files in one."""
        return list(self._aptly.get("files" if directory is None else f"files/{segment(directory)}"))

    @also(directory=("dir",))
    def delete(self, directory: str, filename: str | None = None) -> None:
        """Removes a directory, or one file in it."""
        path = f"files/{segment(directory)}" + (f"/{segment(filename)}" if filename else "")
        self._aptly.request("DELETE", path)

    drop = delete
