"""Read the return annotation of a generator: the type of its items, and whether they have ids."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from .._definition_error import Problem
from .._results import Event
from .annotations import bare, is_union

_ITERATORS: Final = frozenset({AsyncIterator, AsyncGenerator, Iterator, Generator})
_ITERABLES: Final = frozenset({AsyncIterable, Iterable})
"""Types that a generator may have too, though without ``yield`` they are no sign of a stream."""


class StreamItems(NamedTuple):
    """What a stream yields.

    Attributes:
        item: The type of an item; None if it is unknown.
        has_ids: Whether each item is an ``Event``, which may have an id.
        problem: The problem of the annotation, if it has one.
    """

    item: Any
    has_ids: bool = False
    problem: Problem | None = None


def stream_items(output: Any, *, is_generator: bool) -> StreamItems | None:
    """Return the items of a handler with this return annotation; None if it is not a stream."""
    annotation = bare(output)
    origin = get_origin(annotation) or annotation
    if not (is_generator or _is_iterator(origin)):
        return None
    if origin not in _ITERATORS and not (is_generator and origin in _ITERABLES):
        reason = f"the handler yields, and its annotation {_shown(output)} does not say what."
        remedy = "Annotate it '-> AsyncIterator[...]', or '-> Iterator[...]' without async."
        return StreamItems(None, problem=Problem(reason, remedy))
    arguments = get_args(annotation)
    if not arguments:
        reason = f"the handler yields, and its annotation {_shown(output)} does not say what."
        return StreamItems(None, problem=Problem(reason, f"Write the type of an item: '-> {origin.__name__}[...]'."))
    item, *others = arguments
    if any(other not in _NOTHING for other in others):
        reason = f"the annotation {_shown(output)} sends or returns a value, which no caller could send or see."
        return StreamItems(None, problem=Problem(reason, "Annotate it with the items alone: '-> AsyncIterator[...]'."))
    return _without_event(item)


def _without_event(item: Any) -> StreamItems:
    kind = bare(item)
    if kind is Event:
        return StreamItems(
            None, problem=Problem("an Event without its type says nothing of its data.", "Write 'Event[...]'.")
        )
    if get_origin(kind) is Event:
        return StreamItems(get_args(kind)[0], has_ids=True)
    if is_union(kind) and any((get_origin(member) or member) is Event for member in get_args(kind)):
        reason = "some items are an Event and others are not."
        return StreamItems(None, problem=Problem(reason, "Yield Event[...] always; Event(data) is one without an id."))
    return StreamItems(item)


def _is_iterator(origin: Any) -> bool:
    if not isinstance(origin, type) or issubclass(origin, BaseModel):
        # Most outputs are models. The first issubclass() of a class with an abstract one is slow:
        # it asks all registered subclasses, and caches the answer.
        return False
    return issubclass(origin, AsyncIterator | Iterator)


def _shown(annotation: Any) -> str:
    if get_args(annotation):
        return repr(annotation)
    return getattr(annotation, "__name__", repr(annotation))


_NOTHING: Final = (None, NoneType, Any)
