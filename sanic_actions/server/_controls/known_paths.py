"""The field paths that a form can have: of all members of its unions, of rows by number or star.

A page names fields in its code, so a path that leads to no field is a mistake, and raises an error
when the form is first made. A path that is known may still be absent from a form, since the fields
of a union's member come and go.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from ..._definition import Input
from ..._types.containers import is_container, is_mapping, items_of, places_of
from ..._types.fields import fields_of
from ..._types.unions import members_of
from .field_types import unwrap

logger: Final = logging.getLogger("sanic_actions")

EACH: Final = "*"
"""The step of a path that means each row."""


def check_paths(option: str, paths: Iterable[str], input: Input) -> None:
    """Raise ``ValueError`` for the first path that leads to no field.

    Args:
        option: What the page asks for, as it is read after "to be": "hidden", "left out".
        paths: The paths, as the page gives them.
        input: The input of the action.

    Raises:
        ValueError: There is no such field.
    """
    for path in paths:
        remedy = remedy_for(path, input)
        if remedy is not None:
            raise ValueError(f"There is no field {path!r} to be {option} in this form.{remedy}")


def check_values(option: str, values: Mapping[Any, object], input: Input, above: tuple[str, ...] = ()) -> None:
    """Refuse paths to no field, and keys like a misspelt name; log such keys of a record.

    A record may have more members than the form has fields, of any names. One that is spelt almost
    like a field that has no value may be a mistake: the form would be blank there, and what is
    stored be lost.

    Args:
        option: The option with the values.
        values: What the page gives.
        input: The input of the action.
        above: The steps to these values.

    Raises:
        ValueError: A path of several steps leads to no field, or a key of what is not a record is
            misspelt.
    """
    for key, value in values.items():  # the page's own
        path = ".".join((*above, str(key)))
        if remedy_for(path, input) is not None:
            _check_name(option, path, values, input, is_path=not above and "." in path)
            continue
        if type(value) is dict:
            check_values(option, value, input, (*above, str(key)))
        elif type(value) is list and value and remedy_for(f"{path}.{EACH}", input) is None:
            for row in value:
                if type(row) is dict:
                    check_values(option, row, input, (*above, str(key), EACH))


def _check_name(option: str, path: str, values: Mapping[Any, object], input: Input, *, is_path: bool) -> None:
    """Refuse a path that leads to no field, if it is meant to, and log a key that may be."""
    if is_path and _types_at((path.partition(".")[0],), input):
        raise ValueError(
            f"There is no field {path!r} to be shown in this form, as {option} says.{remedy_for(path, input)}"
        )
    name = _misspelling(path, input)
    if name is None or name in values:
        return
    if option == RECORD:
        _warn(path, name)
        return
    raise ValueError(f"There is no field {path!r} to be shown in this form, as {option} says. Did you mean {name!r}?")


RECORD: Final = "values="
"""The option whose values are often a record of a database, which has keys of its own."""


@lru_cache(maxsize=1024)
def _warn(path: str, name: str) -> None:
    """Log a name that may be misspelt, once."""
    message = (
        "There is no field %r to be shown in a form, as %s says. Did you mean %r? If not, leave it out of the values."
    )
    logger.warning(message, path, RECORD, name)


@lru_cache(maxsize=1024)
def _misspelling(path: str, input: Input) -> str | None:
    """Return the name of the field that a name is almost equal to; else None."""
    *above, last = path.split(".")
    names = _names(_types_at(tuple(above), input), input, is_top=not above)
    # "author" and "author_id" are two names, "author" and "auhtor" are one.
    alike = [name for name in names if name.count("_") == last.count("_")]
    return next(iter(get_close_matches(last, alike, 1, LIKENESS)), None)


LIKENESS: Final = 0.75
"""How equal two names are where one is the other misspelt: ``titel`` and ``title`` have 0.8."""


def may_be_absent(path: str, input: Input) -> bool:
    """Return whether a field comes and goes with the member of a union that is shown."""
    steps = path.split(".")
    return any(_is_choice(_types_at(tuple(steps[:depth]), input)) for depth in range(len(steps)))


@lru_cache(maxsize=1024)
def remedy_for(path: str, input: Input) -> str | None:
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
