"""What crosses the gap: aptferry's own words, which aptly has not.

The results are the documents that the commands write with ``--json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Sequence

if TYPE_CHECKING:
    from .client import Aptly


class Bundles:
    """Bundles that are made here, and those that come in."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def ledger(self) -> dict[str, Any]:
        """What was made here, what was taken in, what each site lacks."""
        return dict(self._aptly.get("aptferry/ledger"))

    def list(self) -> List[dict[str, Any]]:
        """The bundles that were made here."""
        return list(self.ledger()["made"])

    def media(self) -> List[str]:
        """The mounted directories of the server that have bundles."""
        return list(self._aptly.get("aptferry/media"))

    def export(
        self,
        snapshots: str | Sequence[str],
        medium: str,
        *,
        stream: str | None = None,
        sites: Sequence[str] = (),
        new_sites: bool = False,
        full: bool = False,
        assume_delivered: bool = False,
    ) -> dict[str, Any]:
        """Writes snapshots to a medium as a signed bundle.

        ``medium`` is a directory of the server, below one where media are mounted.
        """
        body: dict[str, Any] = {
            "Snapshots": [snapshots] if isinstance(snapshots, str) else list(snapshots),
            "Medium": medium, "Sites": list(sites), "NewSites": new_sites, "Full": full,
            "AssumeDelivered": assume_delivered}
        if stream is not None:
            body["Stream"] = stream
        return dict(self._aptly.task("POST", "aptferry/export", body))

    def take_in(
        self, medium: str, prefix: str | None = None, older_reason: str | None = None
    ) -> dict[str, Any]:
        """Takes a medium in; with ``prefix`` what comes in is published there.

        ``older_reason`` says why content may come in that is older than what is there.
        """
        body = {"Medium": medium, "Prefix": prefix, "OlderReason": older_reason}
        return dict(self._aptly.task("POST", "aptferry/import", body))


class Gate:
    """The check at the gap, before anything is taken in."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def verify(self, medium: str) -> dict[str, Any]:
        """Verifies all of a medium as an import would, and takes nothing in."""
        return dict(self._aptly.task("POST", "aptferry/verify", {"Medium": medium}))


class Receipts:
    """What a site says that it holds, and what it is told of others."""

    def __init__(self, aptly: Aptly) -> None:
        self._aptly = aptly

    def lines(self) -> List[dict[str, Any]]:
        """Of each stream the line that a person can carry out."""
        return list(self._aptly.get("aptferry/receipts"))

    def create(self) -> str:
        """A signed receipt of everything that this site holds."""
        return str(self._aptly.task("POST", "aptferry/receipts")["Receipt"])

    def add(self, receipt: str) -> dict[str, Any]:
        """Takes a site's signed receipt into the ledger."""
        return dict(self._aptly.task("POST", "aptferry/receipts/take", {"Receipt": receipt}))

    def add_line(self, line: str) -> dict[str, Any]:
        """Takes a line that a person carried into the ledger."""
        return dict(self._aptly.task("POST", "aptferry/receipts/take", {"Line": line}))
