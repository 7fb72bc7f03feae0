"""Describe for the log an output of a wrong type without any value, which may be secret."""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from types import NoneType
from typing import Any, Final, NamedTuple

from ._errors import InputError
from ._results import Err, Ok
from ._types.annotations import bare
from ._types.fields import fields_of
from ._types.type_names import name_of, short_name_of

MOST_KEYS: Final = 12
"""How many keys of a dictionary are named."""


def mismatch(result: object, annotation: Any, error: InputError, *, is_item: bool = False) -> str:
    """Return the rest of a sentence: its type, the declared one, and where they differ.

    Args:
        result: What a handler returned, or an item that it yielded.
        annotation: The declared type.
        error: Where they differ.
        is_item: Whether it was yielded.
    """
    where = "; ".join(f"{issue.path or 'the value'}: {issue.message}" for issue in error.issues)
    short = short_name_of(annotation)
    return f"{_described(result)} where it declares {short}: {where}{_remedy(result, is_item=is_item)}"


def _remedy(result: object, *, is_item: bool) -> str:
    for is_such, remedy, remedy_of_item in _REMEDIES:
        if is_such(result):
            return f". {remedy_of_item if is_item else remedy}"
    return ""


def _is_pair(result: object) -> bool:
    """Return whether a handler returned a value with a status, as Flask's ``return body, 404``."""
    return isinstance(result, tuple) and len(result) > 1 and result[1] in STATUS_CODES


def _is_response(result: object) -> bool:
    # By name: this file is a part of the model, which does not import Sanic.
    return any(kind.__name__ == "BaseHTTPResponse" for kind in type(result).__mro__)


STATUS_CODES: Final = range(100, 600)

_REMEDIES: Final[tuple[tuple[Callable[[object], bool], str, str], ...]] = (
    (
        lambda result: result is None,
        "A function without 'return' returns None.",
        "Each 'yield' sends an item: leave out those that are None.",
    ),
    (inspect.isawaitable, "Await it.", "Await it."),
    (
        lambda result: isinstance(result, Ok | Err),
        "Return result.data, and raise result.error.",
        "Yield result.data, and raise result.error.",
    ),
    (lambda result: isinstance(result, BaseException), "Raise it.", "Raise it."),
    (
        _is_response,
        "Return the value itself: the library makes the response of it.",
        "Yield the value itself: the library makes the response of all of them.",
    ),
    (
        _is_pair,
        "Return the value alone: a status is that of an error which is raised.",
        "Yield the value alone: a status is that of an error which is raised.",
    ),
)
"""What to write instead, where it can be known from what was returned, or was yielded as an item of a stream."""


def unexpected_values(value: object, error: Exception) -> str:
    """Return a sentence for each field of another type than declared; else pydantic's words.

    pydantic names the field alone, and shows its value.
    """
    complaints = _complaints(str(error))
    if not complaints:
        return str(error)
    try:
        return _sentences(value, complaints)
    except Exception:
        # An exception of a class that the app declares nowhere would be taken for the handler's own.
        return f"It is or holds a value of another type than is declared. {_UNCHECKED}"


def _sentences(value: object, complaints: Mapping[str | None, re.Match[str]]) -> str:
    places = list(_places(value))
    first = islice(complaints.values(), MOST_COMPLAINTS)
    sentences = [_unexpected(places, *complaint.group("core_type", "field", "kind")) for complaint in first]
    return f"{' '.join(sentences)} {_UNCHECKED}"


def _complaints(text: str) -> dict[str | None, re.Match[str]]:
    """Return what pydantic complains of, by the names of the fields."""
    complaints = {}
    # pydantic complains of each item of a list, and of a union once for each member.
    for part in _START.split(text[:MOST_TEXT]):
        complaint = _COMPLAINT.fullmatch(part.strip())
        if complaint is not None:
            complaints[complaint["field"]] = complaint
    return complaints


class _ValuePlace(NamedTuple):
    """A field of an object, somewhere in a value."""

    owner: object
    name: str
    path: str
    content: object


def _unexpected(places: list[_ValuePlace], core_type: str, name: str | None, kind: str) -> str:
    article = _article(kind)
    fields = [place for place in places if place.name == name]
    exact = [place for place in fields if type(place.content).__name__ == kind]
    for place in (*exact, *fields):
        annotations = [field.annotation for field in fields_of(type(place.owner)) or () if field.name == name]
        if annotations:
            field = f"{name_of(type(place.owner))}.{name}"
            annotation = short_name_of(bare(annotations[0]))
            where = f"The field {field}, at {place.path!r}, is written from {article} {kind}"
            return f"{where}, where it declares {annotation} (pydantic: Expected `{core_type}`)."
    return f"It is or holds {article} {kind} where another type is declared (pydantic: Expected `{core_type}`)."


def _places(value: object) -> Iterator[_ValuePlace]:
    """Yield the fields of the objects in a value, the outer ones first, each object once."""
    waiting: deque[tuple[str, object]] = deque([("", value)])
    visits: set[int] = set()
    rest = MOST_PLACES
    # Each turn takes one item, and no more than MOST_PLACES are ever added.
    while waiting:
        path, content = waiting.popleft()
        if id(content) in visits or isinstance(content, _WITHOUT_PLACES):
            continue
        visits.add(id(content))
        try:
            fields = _declared_fields(content)
            items = [(f"{path}{name}.", item) for name, item in islice(_items(content, fields), rest)]
        except Exception:  # noqa: S112  # classes of the app are asked: the mistake to be named is another one
            continue
        rest -= len(items)
        for name, item in fields.items():
            yield _ValuePlace(content, name, f"{path}{name}", item)
        waiting += items


def _declared_fields(content: object) -> Mapping[str, object]:
    """Return what an object of declared fields holds; nothing for any other value."""
    if fields_of(type(content)) is None:
        return {}
    fields: Mapping[str, object] = getattr(content, "__dict__", {})
    return fields


def _items(content: object, fields: Mapping[str, object]) -> Iterator[tuple[object, object]]:
    if isinstance(content, Mapping):
        return iter(content.items())
    if isinstance(content, Collection):
        return enumerate(content)
    return iter(fields.items())


MOST_COMPLAINTS: Final = 5
MOST_PLACES: Final = 10_000
"""How many values inside a value are looked at for the field that pydantic names."""
MOST_TEXT: Final = 100_000
"""How many characters of pydantic's complaints are read."""

_WITHOUT_PLACES: Final = (str, bytes, int, float, NoneType)
_START: Final = re.compile(r"\n\s*(?=PydanticSerializationUnexpectedValue\()")
_COMPLAINT: Final = re.compile(
    # To the last type: the value before it is a caller's, and may look like the rest of a complaint.
    r"[^`]*Expected `(?P<core_type>[^`]*)`[^\[]*"
    r"\[(?:field_name='(?P<field>[^']*)', )?input_value=.*, input_type=(?P<kind>\w+)\]\)?",
    re.DOTALL,
)
_UNCHECKED: Final = (
    "Give it a value of the type: what is assigned, or made by model_construct, is not validated. "
    "If a serializer wrote it, let it return what it declares."
)


def _described(result: object) -> str:
    # Names of keys and classes only: the log of a server is read by more people than its data.
    if result is None:
        return "None"
    kind = type(result).__name__
    if isinstance(result, Mapping):
        keys = [str(key) for key in result if isinstance(key, str)]
        return f"a {kind} with the keys {', '.join(map(repr, keys[:MOST_KEYS])) or '(none)'}"
    if isinstance(result, list | tuple) and result:
        return f"a {kind} that begins with {_described(result[0])}"
    return with_article(kind)


def with_article(name: str) -> str:
    """Return the name of a type as it stands in a sentence."""
    return f"{_article(name)} {name}"


def _article(kind: str) -> str:
    return "an" if _VOWEL.match(kind) else "a"


_VOWEL: Final = re.compile(r"(?!us|uni|uu|ur[il]|eu|one)[aeiou]", re.IGNORECASE)
"""How a name begins that is spoken with a vowel: not User, Unit, UUID and URL."""
