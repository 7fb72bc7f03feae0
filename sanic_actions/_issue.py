"""One complaint about an input, as an answer lists it; and how a message becomes printable.

In the layer of words, like ``_errors``: every generated client imports this file.
"""

from __future__ import annotations

from collections.abc import Mapping


class Issue:
    """One complaint about the input. It never holds the submitted value.

    Attributes:
        path: Field path such as ``items.0.title``; empty for a complaint about the whole input.
        message: A sentence for people.
        type: A stable word for programs, such as ``missing`` (pydantic's error types).
        values: The numbers and names in the message, such as ``{"min_length": 3}``, for writing it
            in other words. They stay on the server, and do not count when issues are compared.
    """

    __slots__ = ("message", "path", "type", "values")
    __match_args__ = ("path", "message", "type")

    path: str
    message: str
    type: str
    values: Mapping[str, object]

    def __init__(
        self, path: str, message: str, type: str = "value_error", values: Mapping[str, object] | None = None
    ) -> None:
        self.path = path
        self.message = message
        self.type = type
        self.values = values or {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Issue):
            return NotImplemented
        return (self.path, self.message, self.type) == (other.path, other.message, other.type)

    def __hash__(self) -> int:
        return hash((self.path, self.message, self.type))

    def __reduce__(self) -> tuple[object, ...]:
        # Protocols 0 and 1 of pickle refuse classes with slots.
        return type(self), (self.path, self.message, self.type, self.values)

    def __repr__(self) -> str:
        return f"Issue(path={self.path!r}, message={self.message!r}, type={self.type!r})"

    def __str__(self) -> str:
        if self.path:
            return printable(f"{self.path}: {self.message}")
        return printable(self.message)


def printable(message: str) -> str:
    """Return a message with escaped control characters, but for lines and tabs."""
    if message.isprintable():
        return message
    return message.translate(_CONTROLS)


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}
"""The control characters of ASCII and of ISO 8859-1 (ECMA-48): 0x9b begins one as ESC does."""
