"""What the copy of a model cannot know: defaults that only the server makes, and computed values of objects made here.

Nothing stands in for such a value. It is left out when the object is written, and reading it raises a sentence.
"""

from __future__ import annotations

from .._typing import abc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Unknown:
    """Keeps the place of a value that only the server knows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<known to the server>"

    def __reduce__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


class Uncomputed(Unknown):
    """Keeps the place of a computed value: objects with and without it are equal if all else is."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "UNCOMPUTED"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


UNKNOWN = Unknown()
UNCOMPUTED = Uncomputed()


def unknown() -> object:
    """Return the mark of a default that only the server knows."""
    return UNKNOWN


def uncomputed() -> object:
    """Return the mark of a computed value that the server has not sent."""
    return UNCOMPUTED


def is_unknown(value: object) -> bool:
    """Return whether a value is one of the marks, which are never written."""
    return isinstance(value, Unknown)


class ServerOnly:
    """A field of a copy whose value may be unknown; reading it then is an AttributeError."""

    __slots__ = ("name", "sentence")

    def __init__(self, name: str, sentence: str) -> None:
        self.name = name
        self.sentence = sentence

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        # On the class there is nothing, as for any other field of a model: pydantic takes what is there for a default.
        if instance is None:
            raise AttributeError(self.name)
        value = instance.__dict__.get(self.name, UNKNOWN)
        if is_unknown(value):
            raise AttributeError(self.sentence)
        return value

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__[self.name] = value


def server_only(model: type, sentences: abc.Mapping[str, str]) -> None:
    """Make reading a field that is unknown an error.

    Args:
        model: The copy of a model.
        sentences: What the error says, by the name of the field.
    """
    for name, sentence in sentences.items():
        setattr(model, name, ServerOnly(name, sentence))
    inherited: abc.Callable[[object, str], Any] = getattr(model, "__getattr__")  # noqa: B009

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807  # it is one
        # Python asks here when a descriptor raises, and pydantic's own answer would hide the sentence.
        if name in sentences:
            raise AttributeError(sentences[name])
        return inherited(self, name)

    setattr(model, "__getattr__", __getattr__)  # noqa: B010  # a checker knows no such attribute of a class
