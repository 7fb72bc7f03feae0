"""The kinds of controls that a field may ask for, and the types that each can show.

A field asks for one in ``json_schema_extra={"form": {"widget": "textarea"}}``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import SecretBytes, SecretStr

from .._definition_error import Problem
from .._files import UploadedFile
from .annotations import bare, class_of, is_union
from .containers import is_container, is_mapping, items_of, places_of
from .fields import fields_of
from .scalars import Scalar, nearest_scalar
from .unions import members_of

NUMBER: Final = "a number"
TRUTH: Final = "a truth value"
CHOICE: Final = "a Literal or an enum"
FILE: Final = "an UploadedFile"
FILES: Final = "a list of files"
PRIVATE: Final = "a secret"
TEXT: Final = "a single value"
DATE: Final = "a date"
TIME: Final = "a time"
MOMENT: Final = "a date with a time"
ADDRESS: Final = "an email address"
URL: Final = "a URL"
OTHER: Final = "a value of this type"
SEVERAL: Final = "a list of values"
ROWS: Final = "a list of values with several parts"
POSITIONS: Final = "a list of values with a type for each position"
OBJECT: Final = "an object"

_WRITTEN: Final = frozenset({TEXT, DATE, TIME, MOMENT, ADDRESS, URL, OTHER})
_SINGLE: Final = _WRITTEN | {NUMBER, TRUTH, CHOICE}
# Without CHOICE: fixed values are chosen, whatever the control.
_TYPED_IN: Final = _WRITTEN | {NUMBER, PRIVATE}

WIDGETS: Final[Mapping[str, frozenset[str]]] = {
    "hidden": _SINGLE | {SEVERAL, ROWS, POSITIONS, OBJECT},
    **dict.fromkeys(("text", "search", "tel", "password", "textarea"), _TYPED_IN),
    # A browser refuses or drops a value that is not of the control's own kind.
    "url": frozenset({TEXT, URL, PRIVATE}),
    "email": frozenset({TEXT, ADDRESS, PRIVATE}),
    "date": frozenset({TEXT, DATE, MOMENT}),
    "time": frozenset({TEXT, TIME}),
    "datetime-local": frozenset({TEXT, MOMENT}),
    **dict.fromkeys(("month", "week", "color"), frozenset({TEXT})),
    **dict.fromkeys(("number", "range"), frozenset({NUMBER})),
    "checkbox": frozenset({TRUTH, SEVERAL}),
    "select": _SINGLE | {SEVERAL},
    "radio": _SINGLE,
    "submit": frozenset({CHOICE, TRUTH}),
    "file": frozenset({FILE, FILES}),
}
"""The kinds of controls, and the kinds of types that they can show."""

ALWAYS_FILLED: Final = frozenset({"range", "color"})
"""The kinds of controls that always have a value, even before a visitor has chosen one."""

_NO_NONE: Final = "the widget {widget!r} always holds a value, and cannot show None."


def widget_problem(annotation: Any, extra: object) -> Problem | None:
    """Return why a field cannot have the control that it asks for; None if it can."""
    widget = _widget(extra)
    if widget is None:
        return None
    if not isinstance(widget, str) or widget not in WIDGETS:
        return _unknown_widget(widget)
    kind = _kind(annotation)
    is_filled = widget in ALWAYS_FILLED or (widget == "checkbox" and kind == TRUTH)
    if is_filled and NoneType in members_of(annotation):
        remedy = "Leave out None and give the field a default, or leave out the widget."
        return Problem(_NO_NONE.format(widget=widget), remedy)
    if kind in WIDGETS[widget]:
        return None
    names = [name for name, kinds in WIDGETS.items() if kind in kinds]
    return Problem(f"the widget {widget!r} cannot show {kind}.", f"Use one of {', '.join(names)}, or leave it out.")


def _widget(extra: object) -> object:
    """Return the widget that ``json_schema_extra`` asks for; None where it asks for none."""
    if not isinstance(extra, Mapping):
        return None
    form = extra.get("form")
    if not isinstance(form, Mapping):
        return None
    return form.get("widget")


def _unknown_widget(widget: object) -> Problem:
    near = get_close_matches(str(widget), WIDGETS, 1)
    remedy = f"Use one of {', '.join(WIDGETS)}."
    if near:
        remedy = f"Did you mean {near[0]!r}?"
    return Problem(f"there is no widget {widget!r}.", remedy)


def _kind(annotation: Any) -> str:
    target = bare(annotation)
    if is_union(target):
        kinds = {_kind(member) for member in get_args(target) if member is not NoneType}
        if len(kinds) == 1:
            return kinds.pop()
        return _of_mixed(kinds)
    cls = class_of(target)[0]
    if get_origin(target) is Literal or (isinstance(cls, type) and issubclass(cls, enum.Enum)):
        return CHOICE
    return _kind_of_parts(target) or _single_kind(cls)


def _kind_of_parts(target: Any) -> str | None:
    """Return the kind of a type with parts; None for one of single values."""
    if fields_of(target) is not None or is_mapping(target):
        return OBJECT
    if places_of(target) is not None:
        return POSITIONS
    if is_container(target):
        return _kind_of_list(items_of(target)[0])
    return None


def _kind_of_list(item: Any) -> str:
    """Return the kind of a list; its items are not looked into, as lists may hold themselves."""
    if class_of(bare(item))[0] is UploadedFile:
        return FILES
    for member in map(bare, members_of(item)):
        if fields_of(member) is not None or is_container(member):
            return ROWS
    return SEVERAL


def _single_kind(cls: Any) -> str:
    if not isinstance(cls, type):
        return TEXT
    if issubclass(cls, UploadedFile):
        return FILE
    if issubclass(cls, (SecretStr, SecretBytes)):
        return PRIVATE
    return _kind_of_scalar(nearest_scalar(cls))


def _kind_of_scalar(scalar: Scalar | None) -> str:
    if scalar is None or scalar.type is str:
        return TEXT  # an unknown class may read any text
    if scalar.is_family:
        return URL
    if scalar.type is timedelta:
        return TIME  # a time control sends "08:30", which pydantic reads as a duration
    return _BY_CONTROL.get(scalar.control, OTHER)


def _of_mixed(kinds: set[str]) -> str:
    for kind in (OBJECT, ROWS, POSITIONS, SEVERAL, PRIVATE, TEXT):
        if kind in kinds:
            return kind
    return MOMENT if kinds <= {DATE, MOMENT} else OTHER


_BY_CONTROL: Final[Mapping[str, str]] = {
    "checkbox": TRUTH,
    "number": NUMBER,
    "date": DATE,
    "time": TIME,
    "datetime-local": MOMENT,
    "email": ADDRESS,
}
"""The kinds of scalars by their control; all other scalars are typed in as text."""
