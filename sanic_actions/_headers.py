"""The header fields of an answer, as callers see them.

In the layer of words: results and errors show them alike, whatever library has sent the call.
"""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Headers(dict[str, str]):
    """Header fields by their names in lower case, which are found by their names in any case."""

    __slots__ = ()

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__((name.lower(), value) for name, value in headers.items())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or else the default."""
        return super().get(name.lower(), default)


def headers_of_response(response: Any) -> Mapping[str, str]:
    """Return the header fields of a response; empty without one."""
    if response is None:
        return {}
    return Headers(response.headers)
