"""Say which argument of ``form`` and ``form_fields`` is of another kind, where making the form has failed.

Nothing is checked before: a page makes its form for each visitor, and its arguments stand in its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeGuard

from sanic import Request

from ..._actions import Action
from ..._server_mistakes import type_error


def check_kinds(label: str, action: object, options: Mapping[str, object]) -> None:
    """Refuse what no form can be made of.

    Raises:
        TypeError: The action is not one, or an option has another kind of value.
    """
    if not isinstance(action, Action):
        raise type_error(
            f"{label}() takes an action, not {action!r:.60}. Pass the action itself, not its name or its function."
        )
    for name, value in options.items():
        kind = _KINDS.get(name)
        if kind is not None and value is not None and not kind.fits(value):
            raise type_error(
                f"{label}({name}=...) is {value!r:.60}. Write {kind.noun}: {label}(..., {name}={kind.example})."
            )


class _FormOption(NamedTuple):
    """What an option takes."""

    fits: Callable[[object], bool]
    noun: str
    example: str


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_mapping_of_attributes(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_attributes, value.values()))


def _is_attributes(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    return not any(isinstance(content, list | set | dict) for content in value.values())


def _is_iterable(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def _is_iterable_of_paths(value: object) -> bool:
    return _is_iterable(value) and all(isinstance(path, str) for path in value)


def _is_mapping_of_choices(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_iterable, value.values()))


_KINDS: Final[Mapping[str, _FormOption]] = {
    "attributes": _FormOption(_is_mapping, "a dict", "{'class': 'wide'}"),
    "classes": _FormOption(_is_attributes, "a dict of strings", "{'field': 'wide'}"),
    "hidden": _FormOption(_is_mapping, "a dict", "{'post_id': 3}"),
    "choices": _FormOption(_is_mapping_of_choices, "a dict of lists", "{'size': ['S', 'M']}"),
    "controls": _FormOption(
        _is_mapping_of_attributes, "a dict of dicts", "{'email': {'placeholder': 'ann@example.org'}}"
    ),
    "exclude": _FormOption(_is_iterable_of_paths, "a list", "['note']"),
    "id": _FormOption(lambda value: isinstance(value, str), "a string", "'order'"),
    "rows": _FormOption(lambda value: isinstance(value, int), "a number", "2"),
    "request": _FormOption(lambda value: isinstance(value, Request), "the request of the page", "request"),
}
