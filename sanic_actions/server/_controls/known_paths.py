"""The field paths that a form can have: of all members of its unions, of rows by number or star.

A page names fields in its code, so a path that leads to no field is a mistake, and raises an error
when the form is first made. A path that is known may still be absent from a form, since the fields
of a union's member come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from ..._definition import Input
from ..._types.containers import is_container, is_mapping, items_of, places_of
from ..._types.fields import fields_of
from ..._types.unions import members_of
from .field_types import unwrap

EACH: Final = "*"
"""The step of a path that means each row."""


def check_paths(option: str, paths: Iterable[str], input: Input) -> None:
    """Raise ``ValueError`` for the first path that leads to no field.

    Args:
        option: What the page wants of these fields.
        paths: The paths, as the page gives them.
        input: The input of the action.

    Raises:
        ValueError: There is no such field.
    """
    for path in paths:
        remedy = _remedy(path, input)
        if remedy is not None:
            raise ValueError(f"There is no field {path!r} to be {option} in this form.{remedy}")


def may_be_absent(path: str, input: Input) -> bool:
    """Return whether a field comes and goes with the member of a union that is shown."""
    steps = path.split(".")
    return any(_is_choice(_types_at(tuple(steps[:depth]), input)) for depth in range(len(steps)))


@lru_cache(maxsize=1024)
def _remedy(path: str, input: Input) -> str | None:
    """Return what to write in place of a path that leads to no field; None for one that does."""
    if any(field.name == path for field in input.fields or ()):
        return None  # a name may have a dot
    steps = tuple(path.split("."))
    for depth in range(len(steps)):  # of a path in the code of a page
        above = steps[:depth]
        if _types_at((*above, steps[depth]), input):
            continue
        names = get_close_matches(steps[depth], _names(_types_at(above, input), input, is_top=not above), 1)
        attempts = [(*above, EACH, *steps[depth:])]
        attempts += [(*above, name, *steps[depth + 1 :]) for name in names]
        attempts += [(*above, name) for name in names]
        for attempt in attempts:
            if _types_at(attempt, input):
                return f" Did you mean {'.'.join(attempt)!r}?"
        return ""
    return None


def _types_at(steps: tuple[str, ...], input: Input) -> list[Any]:
    """Return the types that a path can lead to: several if there are unions on the way."""
    types = [input.annotation]
    for number, step in enumerate(steps):
        if number == 0 and input.fields is not None:
            types = [field.annotation for field in input.fields if field.name == step]
        else:
            types = [inner for type_ in types for inner in _inside(type_, step)]
    return types


def _inside(annotation: Any, step: str) -> Iterator[Any]:
    """Yield the types that a step leads to."""
    for member in members_of(unwrap(annotation).target):
        target = unwrap(member).target
        places = places_of(target)
        fields = fields_of(target)
        if fields is not None:
            yield from (field.annotation for field in fields if field.name == step)
        elif places is not None:
            yield from (place for number, place in enumerate(places) if str(number) == step)
        elif is_container(target) and (step != EACH if is_mapping(target) else step == EACH or step.isdigit()):
            yield items_of(target)[-1]


def _names(types: Iterable[Any], input: Input, *, is_top: bool) -> list[str]:
    """Return the names of the fields below a path, for a proposal."""
    if is_top and input.fields is not None:
        return [field.name for field in input.fields]
    targets = [unwrap(member).target for type_ in types for member in members_of(unwrap(type_).target)]
    return [field.name for target in targets for field in fields_of(target) or ()]


def _is_choice(types: Iterable[Any]) -> bool:
    """Return whether there are several objects to choose from."""
    for type_ in types:
        members = [unwrap(member).target for member in members_of(unwrap(type_).target)]
        if sum(fields_of(member) is not None for member in members) > 1:
            return True
    return False
