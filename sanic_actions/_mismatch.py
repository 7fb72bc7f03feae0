"""Describe for the log an output that does not fit its declared type, without any value: it may be secret."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from ._errors import InputError
from ._results import Err, Ok
from ._types.annotations import bare
from ._types.fields import fields_of
from ._types.type_names import name_of

MOST_KEYS: Final = 12
"""How many keys of a dictionary are named."""


def mismatch(result: object, annotation: Any, error: InputError) -> str:
    """Return a sentence with the type that was returned, the declared type, and where they differ."""
    where = "; ".join(f"{issue.path or 'the value'}: {issue.message}" for issue in error.issues)
    short = _MODULES.sub("", name_of(annotation))
    return f"returned {_described(result)} where it declares {short}: {where}{_remedy(result)}"


def _remedy(result: object) -> str:
    for is_such, remedy in _REMEDIES:
        if is_such(result):
            return f". {remedy}"
    return ""


def _is_pair(result: object) -> bool:
    """Return whether a handler returned a value with a status, as in Flask: ``return body, 404``."""
    return isinstance(result, tuple) and len(result) > 1 and result[1] in STATUS_CODES


def _is_response(result: object) -> bool:
    # By name: this file is a part of the model, which does not import Sanic.
    return any(kind.__name__ == "BaseHTTPResponse" for kind in type(result).__mro__)


STATUS_CODES: Final = range(100, 600)

_REMEDIES: Final[tuple[tuple[Callable[[object], bool], str], ...]] = (
    (inspect.isawaitable, "Await it."),
    (lambda result: isinstance(result, Ok | Err), "Return result.data, and raise result.error."),
    (lambda result: isinstance(result, BaseException), "Raise it."),
    (_is_response, "Return the value itself: the library makes the response of it."),
    (_is_pair, "Return the value alone: a status is that of an error which is raised."),
)
"""What to write instead, where it can be known from what was returned."""


def unexpected_values(value: object, error: Exception) -> str:
    """Return a sentence for each field that holds another type than it declares; pydantic's words where none is found.

    pydantic names the field alone, and shows its value.
    """
    # Of a union pydantic complains once for each member.
    complaints = {complaint["field"]: complaint for complaint in _COMPLAINT.finditer(str(error))}
    if not complaints:
        return str(error)
    places = list(islice(_places(value), MOST_PLACES))
    first = islice(complaints.values(), MOST_COMPLAINTS)
    sentences = [_unexpected(places, *complaint.group("core_type", "field", "kind")) for complaint in first]
    return f"{' '.join(sentences)} {_UNCHECKED}"


class _Place(NamedTuple):
    """A field of an object, somewhere in a value."""

    owner: object
    name: str
    path: str
    content: object


def _unexpected(places: list[_Place], core_type: str, name: str | None, kind: str) -> str:
    article = _article(kind)
    fields = [place for place in places if place.name == name]
    exact = [place for place in fields if type(place.content).__name__ == kind]
    for place in (*exact, *fields):
        annotations = [field.annotation for field in fields_of(type(place.owner)) or () if field.name == name]
        if annotations:
            field = f"{name_of(type(place.owner))}.{name}"
            annotation = _MODULES.sub("", name_of(bare(annotations[0])))
            where = f"The field {field}, at {place.path!r}, is written from {article} {kind}"
            return f"{where}, where it declares {annotation} (pydantic: Expected `{core_type}`)."
    return f"It is or holds {article} {kind} where another type is declared (pydantic: Expected `{core_type}`)."


def _places(value: object) -> Iterator[_Place]:
    """Yield the fields of all objects in a value, each object once."""
    waiting: list[tuple[str, object]] = [("", value)]
    visits: set[int] = set()
    while waiting:
        path, content = waiting.pop()
        if id(content) in visits or isinstance(content, str | bytes):
            continue
        visits.add(id(content))
        fields = getattr(content, "__dict__", {})
        if fields_of(type(content)) is None:
            fields = {}
        for name, item in fields.items():
            yield _Place(content, name, f"{path}{name}", item)
        if isinstance(content, Mapping):
            fields = content
        elif isinstance(content, Collection):
            fields = dict(enumerate(content))
        waiting += [(f"{path}{name}.", item) for name, item in fields.items()]


MOST_COMPLAINTS: Final = 5
MOST_PLACES: Final = 10_000
"""How many fields of a value are looked at for the one that pydantic names."""
_COMPLAINT: Final = re.compile(
    r"Expected `(?P<core_type>[^`]*)`[^\[]*"
    r"\[(?:field_name='(?P<field>[^']*)', )?input_value=.*?, input_type=(?P<kind>\w+)\]",
    re.DOTALL,
)
_UNCHECKED: Final = (
    "Give it a value of the type: what is assigned, or made by model_construct, is not validated. "
    "If a serializer wrote it, let it return what it declares."
)

_MODULES: Final = re.compile(r"\b(?:\w+\.|<locals>\.)+(?=\w)")
"""The modules before the names of classes."""


def _described(result: object) -> str:
    # Names of keys and classes only: the log of a server is read by more people than its data.
    kind = type(result).__name__
    if isinstance(result, Mapping):
        keys = [str(key) for key in result if isinstance(key, str)]
        return f"a {kind} with the keys {', '.join(map(repr, keys[:MOST_KEYS])) or '(none)'}"
    if isinstance(result, list | tuple) and result:
        return f"a {kind} that begins with {_described(result[0])}"
    return f"{_article(kind)} {kind}"


def _article(kind: str) -> str:
    return "an" if kind[:1] in "AEIOUaeiou" else "a"
