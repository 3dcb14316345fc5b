"""Mirrors of upstreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Sequence

from .names import also, segment

if TYPE_CHECKING:
    from .client import Aptly


class Mirrors:
    """The mirrors of a server."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def list(self) -> List[dict[str, Any]]:
        """All mirrors."""
        return list(self._aptly.get("mirrors"))

    @also(name=("mirror_name", "mirror"))
    def show(self, name: str) -> dict[str, Any]:
        """One mirror."""
        return dict(self._aptly.get(f"mirrors/{segment(name)}"))

    @also(name=("mirror_name", "mirror"), archive_url=("url", "archive", "uri"),
          filter=("package_query", "query"), filter_with_deps=("with_deps",))
    def create(
        self,
        name: str,
        archive_url: str,
        distribution: str = "",
        components: Sequence[str] = (),
        architectures: Sequence[str] = (),
        filter: str = "",
        filter_with_deps: bool = False,
        download_sources: bool = False,
        download_udebs: bool = False,
        keyrings: Sequence[str] = (),
        **more: Any,
    ) -> dict[str, Any]:
        """Records an upstream; its Release is fetched and checked now, and no package.

        Its vendor's keys must be pinned at the server, or lie in one of the ``keyrings``.
        """
        body = {
            "Name": name, "ArchiveURL": archive_url, "Distribution": distribution,
            "Components": list(components), "Architectures": list(architectures), "Filter": filter,
            "FilterWithDeps": filter_with_deps, "DownloadSources": download_sources,
            "DownloadUdebs": download_udebs, "Keyrings": list(keyrings), **more,
        }
        return dict(self._aptly.request("POST", "mirrors", body))

    @also(name=("mirror_name", "mirror"))
    def update(self, name: str, **changes: Any) -> None:
        """Fetches what is new upstream; fields of aptly, such as ``Filter``, change it before."""
        self._aptly.task("PUT", f"mirrors/{segment(name)}", changes)

    @also(name=("mirror_name", "mirror"), query=("package_query",))
    def packages(self, name: str, query: str | None = None, with_deps: bool = False) -> List[str]:
        """The keys of its packages, or of those that a query takes."""
        return list(self._aptly.get(
            f"mirrors/{segment(name)}/packages", q=query, withDeps=1 if with_deps else None))

    @also(name=("mirror_name", "mirror"))
    def drop(self, name: str, force: bool = False) -> None:
        """Removes it; with ``force`` also when snapshots came from it."""
        self._aptly.task("DELETE", f"mirrors/{segment(name)}", query={"force": int(force)})

    delete = drop
