"""Names in addresses, and the names that people give to arguments."""

from __future__ import annotations

import functools
from typing import Any, Callable, TypeVar
from urllib.parse import quote

Call = TypeVar("Call", bound=Callable[..., Any])


def segment(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def prefix(text: str | None) -> str:
    """A prefix of a publication as a part of a path: ``a/b_c`` is ``a_b__c``, the root is ``:.``."""
    text = (text or "").strip("/")
    if text in ("", "."):
        return ":."
    return segment(text.replace("_", "__").replace("/", "_"))


def also(**others: tuple[str, ...]) -> Callable[[Call], Call]:
    """Lets arguments be named in other ways too: ``also(name=("mirror_name",))``."""
    known = {other: name for name, all_ in others.items() for other in all_}

    def wrap(call: Call) -> Call:
        @functools.wraps(call)
        def wrapped(*words: Any, **named: Any) -> Any:
            for other in list(named):
                name = known.get(other)
                if name is not None and name not in named:
                    named[name] = named.pop(other)
            return call(*words, **named)
        return wrapped  # type: ignore[return-value]

    return wrap
