"""Check the number of types in a collection's brackets, which Python does not."""

from __future__ import annotations

from collections import Counter, OrderedDict, abc, defaultdict
from typing import Any, Final, TypeVar, Unpack, get_args, get_origin

from .._definition_error import Problem
from .annotations import bare, class_of
from .containers import ONE_ARGUMENT, is_container, is_mapping
from .type_names import name_of


def arguments_problem(annotation: Any) -> Problem | None:
    """Return why a collection cannot have the types in its brackets, or lacks them; else None."""
    arguments = get_args(annotation)
    if not is_container(annotation):
        return None
    target = class_of(annotation)[0]
    if not hasattr(annotation, "__args__"):
        remedy = (
            f"Write it like {target.__name__}{_usual(annotation)}; JsonValue of pydantic is whatever JSON can hold."
        )
        return Problem(f"{target.__name__} does not say what it holds.", remedy)
    if not arguments:
        return None  # tuple[()], which is the empty tuple
    if target is tuple:
        return _tuple_problem(annotation, arguments)
    count = 1
    if is_mapping(annotation) and target not in ONE_ARGUMENT:
        count = 2
    if len(arguments) == count and Ellipsis not in arguments:
        return _factory_problem(annotation, target)
    reason = f"{annotation!r} is not a type: {target.__name__}[...] takes {_TYPES[count]}."
    return Problem(reason, f"Write it like {target.__name__}{_usual(annotation)}.")


def _usual(annotation: Any) -> str:
    """Return an example of the brackets of such a collection."""
    target = class_of(annotation)[0]
    if target is tuple:
        return "[int, ...]"
    if target in ONE_ARGUMENT:
        return "[str]"
    if is_mapping(annotation):
        return "[str, int]"
    return "[int]"


def _factory_problem(annotation: Any, target: Any) -> Problem | None:
    """Return why the default of a defaultdict is unknown to callers; None for other collections.

    A factory (``Field(default_factory=...)``) is code of the server, which callers do not have.
    """
    if target is not defaultdict:
        return None
    values = get_args(annotation)[1]
    kind = class_of(bare(values))[0]
    if isinstance(kind, TypeVar) or kind in _WITH_FACTORY:
        return None
    remedy = (
        f"Write dict[{name_of(get_args(annotation)[0])}, {name_of(values)}], and make a defaultdict of it yourself."
    )
    return Problem(f"a missing key of {annotation!r} has no value that both sides know.", remedy)


def _is_unpacked(argument: Any) -> bool:
    """Return whether this is ``*tuple[str, ...]``, which stands for any number of places."""
    return get_origin(argument) is Unpack or getattr(argument, "__unpacked__", False) is True


def _tuple_problem(annotation: Any, arguments: tuple[Any, ...]) -> Problem | None:
    if any(map(_is_unpacked, arguments)):
        remedy = "Write the type of each place, or tuple[str, ...] for any number of one type."
        return Problem("Unpack has no form in JSON.", remedy)
    if Ellipsis not in arguments or (len(arguments) == 2 and arguments[0] is not Ellipsis):
        return None
    reason = f"{annotation!r} is not a type: '...' stands after one type, and says that there are any number of it."
    return Problem(reason, "Write tuple[int, ...] for any number of one type, or the type of each place.")


_WITH_FACTORY: Final = frozenset(
    {
        *(float, int, str, bool, tuple, list, set, frozenset, dict, OrderedDict, Counter),
        *(abc.Sequence, abc.MutableSequence, abc.Set, abc.MutableSet, abc.Mapping, abc.MutableMapping),
    }
)
"""The types of which pydantic, in whatever process, makes an empty value for a missing key."""
_TYPES: Final = {1: "one type", 2: "the types of keys and values"}
