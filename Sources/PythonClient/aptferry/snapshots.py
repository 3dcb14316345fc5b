"""Snapshots: frozen states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Sequence

from .names import also, segment

if TYPE_CHECKING:
    from .client import Aptly


class Snapshots:
    """The snapshots of a server."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def list(self, sort: str = "name") -> List[dict[str, Any]]:
        """All snapshots, by ``name`` or by ``time`` of their making."""
        return list(self._aptly.get("snapshots", sort=sort))

    @also(name=("snapshot_name", "snapshot"))
    def show(self, name: str) -> dict[str, Any]:
        """One snapshot."""
        return dict(self._aptly.get(f"snapshots/{segment(name)}"))

    @also(mirror_name=("mirror", "mirrorname", "source"),
          snapshot_name=("name", "snapshot", "snapshotname", "destination"))
    def create_from_mirror(
        self, mirror_name: str, snapshot_name: str, description: str = ""
    ) -> dict[str, Any]:
        """Freezes what a mirror has."""
        return self._create("mirrors", mirror_name, snapshot_name, description)

    @also(repo_name=("repo", "reponame", "source"),
          snapshot_name=("name", "snapshot", "snapshotname", "destination"))
    def create_from_repo(
        self, repo_name: str, snapshot_name: str, description: str = ""
    ) -> dict[str, Any]:
        """Freezes what a repository has."""
        return self._create("repos", repo_name, snapshot_name, description)

    @also(snapshot_name=("name", "snapshot", "destination"),
          package_refs=("packages", "keys", "refs"), source_snapshots=("sources", "snapshots"))
    def create_from_packages(
        self,
        snapshot_name: str,
        package_refs: Sequence[str],
        description: str = "",
        source_snapshots: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Makes one of the packages with these keys; the sources are only noted."""
        body = {"Name": snapshot_name, "Description": description,
                "PackageRefs": list(package_refs), "SourceSnapshots": list(source_snapshots)}
        return dict(self._aptly.task("POST", "snapshots", body))

    @also(name=("snapshot_name", "snapshot"), query=("package_query", "q"))
    def packages(self, name: str, query: str | None = None, with_deps: bool = False) -> List[str]:
        """The keys of its packages, or of those that a query takes."""
        return list(self._aptly.get(
            f"snapshots/{segment(name)}/packages", q=query, withDeps=1 if with_deps else None))

    @also(destination=("name", "snapshot_name", "new_snapshot", "target"),
          sources=("snapshots", "source_snapshots"))
    def merge(
        self,
        destination: str,
        sources: Sequence[str],
        description: str = "",
        latest: bool = False,
        no_remove: bool = False,
    ) -> dict[str, Any]:
        """Puts several together, from left to right."""
        made = self._aptly.task(
            "POST", f"snapshots/{segment(destination)}/merge", {"Sources": list(sources)},
            {"latest": int(latest), "no-remove": int(no_remove)})
        return self.update(destination, description=description) if description else dict(made)

    @also(source=("snapshot", "source_snapshot", "name", "snapshot_name"),
          destination=("new_snapshot", "target", "destination_snapshot"),
          queries=("packages", "package_queries", "filter", "query", "package_query"))
    def filter(
        self,
        source: str,
        destination: str,
        queries: str | Sequence[str],
        with_deps: bool = False,
        description: str = "",
    ) -> dict[str, Any]:
        """Makes one of what queries take of another, with all that it needs when asked for."""
        words = [queries] if isinstance(queries, str) else list(queries)
        # A query that is empty takes everything: no query at all must not.
        if not words or not all(word.strip() for word in words):
            raise ValueError("name at least one query, and none that is empty")
        keys = self.packages(source, " | ".join(f"({word})" for word in words), with_deps)
        text = description or f"Filtered '{source}', query was: '{', '.join(words)}'"
        # Without sources: a server of aptly 1.6.3 would add all of their packages.
        return self.create_from_packages(destination, keys, text)

    @also(left=("first", "a", "snapshot_a", "left_snapshot"),
          right=("second", "b", "snapshot_b", "right_snapshot"))
    def diff(self, left: str, right: str, only_matching: bool = False) -> List[dict[str, Any]]:
        """What two have not in common, as pairs of keys."""
        return list(self._aptly.get(
            f"snapshots/{segment(left)}/diff/{segment(right)}",
            onlyMatching=1 if only_matching else None))

    @also(name=("snapshot_name", "snapshot"))
    def update(
        self, name: str, new_name: str | None = None, description: str | None = None
    ) -> dict[str, Any]:
        """Gives it another name or description."""
        body = {key: value for key, value in
                {"Name": new_name, "Description": description}.items() if value is not None}
        return dict(self._aptly.request("PUT", f"snapshots/{segment(name)}", body))

    @also(name=("snapshot_name", "snapshot"))
    def drop(self, name: str, force: bool = False) -> None:
        """Removes it; with ``force`` also when others came from it."""
        self._aptly.task("DELETE", f"snapshots/{segment(name)}", query={"force": int(force)})

    delete = drop

    def _create(self, kind: str, source: str, name: str, description: str) -> dict[str, Any]:
        body: dict[str, Any] = {"Name": name}
        if description:
            body["Description"] = description
        return dict(self._aptly.task("POST", f"{kind}/{segment(source)}/snapshots", body))
