"""Publications: what clients get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Sequence, Union

from .names import also, prefix as coded, segment

if TYPE_CHECKING:
    from .client import Aptly

Source = Union[str, Mapping[str, str]]
Sources = Union[Source, Sequence[Source]]


class Publish:
    """The publications of a server."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def list(self) -> List[dict[str, Any]]:
        """All publications."""
        return list(self._aptly.get("publish"))

    def show(self, prefix: str, distribution: str) -> dict[str, Any]:
        """One publication."""
        return dict(self._aptly.get(f"publish/{coded(prefix)}/{segment(distribution)}"))

    @also(sources=("snapshots", "snapshot", "snapshot_name", "source", "name", "names"))
    def publish(
        self,
        sources: Sources,
        prefix: str = "",
        distribution: str = "",
        source_kind: str = "snapshot",
        architectures: Sequence[str] | None = None,
        label: str = "",
        origin: str = "",
        acquire_by_hash: bool = True,
        force_overwrite: bool = False,
        signing: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Publishes snapshots, or a repository with ``source_kind="local"``.

        A source is a name, or a mapping of ``Name`` and ``Component``.
        """
        body: dict[str, Any] = {
            "SourceKind": source_kind, "Sources": named(sources), "Distribution": distribution,
            "Label": label, "Origin": origin, "AcquireByHash": acquire_by_hash,
            "ForceOverwrite": force_overwrite, **more,
        }
        wanted = architectures if architectures is not None else self._aptly.architectures
        if wanted:
            body["Architectures"] = list(wanted)
        if signing is not None:
            body["Signing"] = dict(signing)
        return dict(self._aptly.task("POST", f"publish/{coded(prefix)}", body))

    @also(snapshots=("sources", "snapshot", "snapshot_name", "source"))
    def update(
        self,
        prefix: str = "",
        distribution: str = "",
        snapshots: Sources | None = None,
        force_overwrite: bool = False,
        signing: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Switches to other snapshots; without any, takes what the repository has now."""
        body: dict[str, Any] = {"ForceOverwrite": force_overwrite, **more}
        if snapshots is not None:
            body["Snapshots"] = named(snapshots)
        if signing is not None:
            body["Signing"] = dict(signing)
        return dict(self._aptly.task(
            "PUT", f"publish/{coded(prefix)}/{segment(distribution)}", body))

    switch = update

    def drop(self, prefix: str = "", distribution: str = "", force: bool = False) -> None:
        """Takes it away from clients."""
        self._aptly.task("DELETE", f"publish/{coded(prefix)}/{segment(distribution)}",
                         query={"force": int(force)})

    delete = drop


def named(sources: Sources) -> List[dict[str, str]]:
    """Sources as the API wants them."""
    if isinstance(sources, str) or isinstance(sources, Mapping):
        sources = [sources]
    result = []
    for source in sources:
        if isinstance(source, str):
            result.append({"Name": source})
        else:
            result.append({key[:1].upper() + key[1:]: value for key, value in source.items()})
    return result
