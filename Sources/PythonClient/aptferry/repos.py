"""Local repositories: a site's own packages."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any, List, Sequence

from . import errors
from .names import also, segment

if TYPE_CHECKING:
    from .client import Aptly


class Repos:
    """The repositories of a server."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def list(self) -> List[dict[str, Any]]:
        """All repositories."""
        return list(self._aptly.get("repos"))

    @also(name=("repo_name", "repo"))
    def show(self, name: str) -> dict[str, Any]:
        """One repository."""
        return dict(self._aptly.get(f"repos/{segment(name)}"))

    @also(name=("repo_name", "repo"), default_distribution=("distribution",),
          default_component=("component",))
    def create(
        self,
        name: str,
        comment: str = "",
        default_distribution: str = "",
        default_component: str = "",
    ) -> dict[str, Any]:
        """Makes an empty one."""
        return dict(self._aptly.request("POST", "repos", {
            "Name": name, "Comment": comment, "DefaultDistribution": default_distribution,
            "DefaultComponent": default_component}))

    @also(name=("repo_name", "repo"))
    def edit(self, name: str, **fields: Any) -> dict[str, Any]:
        """Changes ``comment``, ``default_distribution``, ``default_component`` or ``new_name``.

        aptly's own names (``Comment``, ``DefaultDistribution``, ``DefaultComponent``, ``Name``) do too.
        """
        known = {"comment": "Comment", "default_distribution": "DefaultDistribution",
                 "default_component": "DefaultComponent", "new_name": "Name"}
        fields = {known.get(key, key): value for key, value in fields.items()}
        unknown = sorted(set(fields) - set(known.values()))
        if unknown:
            raise TypeError(f"a repository has no {', '.join(unknown)}")
        return dict(self._aptly.request("PUT", f"repos/{segment(name)}", fields))

    @also(name=("repo_name", "repo"), query=("package_query", "q"))
    def packages(self, name: str, query: str | None = None, with_deps: bool = False) -> List[str]:
        """The keys of its packages, or of those that a query takes."""
        return list(self._aptly.get(
            f"repos/{segment(name)}/packages", q=query, withDeps=1 if with_deps else None))

    @also(name=("repo_name", "repo"), directory=("dir", "upload_directory"))
    def add_packages_from_dir(
        self,
        name: str,
        directory: str,
        force_replace: bool = False,
        no_remove: bool = False,
    ) -> dict[str, Any]:
        """Takes in what was uploaded into a directory of the server, or lies in one of this machine.

        The repository is made when it is not there. Raises `FilesRefused` when a file was not taken.
        """
        try:
            self.show(name)
        except errors.NotFound:
            self.create(name)
        if os.path.isdir(directory):
            paths = [os.path.join(directory, file) for file in sorted(os.listdir(directory))]
            # Nobody else's, nor what an earlier call left there because it was refused.
            directory = f"upload-{uuid.uuid4().hex}"
            self._aptly.files.upload(directory, *[path for path in paths if os.path.isfile(path)])
            try:
                return self._add_uploaded(name, directory, force_replace, no_remove)
            finally:
                self._aptly.files.delete(directory)
        return self._add_uploaded(name, directory, force_replace, no_remove)

    def _add_uploaded(
        self, name: str, directory: str, force_replace: bool, no_remove: bool
    ) -> dict[str, Any]:
        report = self._aptly.task(
            "POST", f"repos/{segment(name)}/file/{segment(directory)}",
            query={"forceReplace": int(force_replace), "noRemove": int(no_remove)})
        return self._checked(report)

    @also(name=("repo_name", "repo"), directory=("dir",), filename=("file",))
    def add_uploaded_file(
        self, name: str, directory: str, filename: str, force_replace: bool = False
    ) -> dict[str, Any]:
        """Takes in one uploaded file."""
        report = self._aptly.task(
            "POST", f"repos/{segment(name)}/file/{segment(directory)}/{segment(filename)}",
            query={"forceReplace": int(force_replace)})
        return self._checked(report)

    @also(name=("repo_name", "repo"), keys=("package_refs", "packages"))
    def add_packages_by_key(self, name: str, keys: Sequence[str]) -> dict[str, Any]:
        """Adds packages that the server has."""
        return dict(self._aptly.task(
            "POST", f"repos/{segment(name)}/packages", {"PackageRefs": list(keys)}))

    @also(name=("repo_name", "repo"), keys=("package_refs", "packages"))
    def delete_packages_by_key(self, name: str, keys: Sequence[str]) -> dict[str, Any]:
        """Takes packages out."""
        return dict(self._aptly.task(
            "DELETE", f"repos/{segment(name)}/packages", {"PackageRefs": list(keys)}))

    @also(name=("repo_name", "repo"))
    def drop(self, name: str, force: bool = False) -> None:
        """Removes it; with ``force`` also when snapshots came from it."""
        self._aptly.task("DELETE", f"repos/{segment(name)}", query={"force": int(force)})

    delete = drop

    @staticmethod
    def _checked(report: Any) -> dict[str, Any]:
        """The server answers 200 also when it took nothing."""
        failed = report.get("FailedFiles") or []
        if failed:
            warnings = "; ".join(report.get("Report", {}).get("Warnings") or [])
            raise errors.FilesRefused(
                f"not taken: {', '.join(failed)}" + (f": {warnings}" if warnings else ""), failed,
                report)
        return dict(report)
