"""The values that a control offers: of enums, Literals and bools, or those that a page gives."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

from ..._forms.names import control_text
from .field_types import FieldType, in_words, is_a
from .words import NO, YES

Choices = Iterable[object] | Mapping[Any, object]
"""What a page may pass: values, pairs of value and label, or a mapping, of groups if nested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that can be chosen."""

    value: str
    label: object
    """A string, or an object that is turned into one when the form is shown."""
    group: object = ""


class MemberLabel:
    """The label of an enum's member, read each time the form is shown: languages may differ."""

    __slots__ = ("_member",)

    def __init__(self, member: enum.Enum) -> None:
        self._member = member

    def __str__(self) -> str:
        member: Any = self._member  # of an enum with labels, or it would have no such label
        return str(member.label)


def choices_of(type_: FieldType) -> tuple[Choice, ...] | None:
    """Return the values of an enum or a Literal, with their labels; None for other types."""
    choices = _declared_choices(type_)
    labels = type_.form.get("options")
    if choices is None or not isinstance(labels, Mapping):
        return choices
    return tuple(_labelled(choices, labels))


def _declared_choices(type_: FieldType) -> tuple[Choice, ...] | None:
    target = type_.target
    # A flag's value may combine members, which a choice of one cannot send.
    if is_a(target, enum.Enum) and not is_a(target, enum.Flag):
        return tuple(Choice(value=control_text(member.value), label=_member_label(member)) for member in target)
    if get_origin(target) is Literal:
        return tuple(Choice(value=text, label=text) for text in map(control_text, _literal_values(target)))
    if target is bool and (type_.nullable or type_.widget in ("radio", "select")):
        return Choice(value="true", label=YES), Choice(value="false", label=NO)
    return None


def offered_choices(type_: FieldType) -> Iterator[Choice]:
    """Yield the choices of a type without fixed values: the field's own, or a short range."""
    options = type_.form.get("options")
    if options:
        yield from read_choices(options)
        return
    if is_a(type_.target, int):
        yield from read_choices(_numbers_within(type_.constraints))


def _numbers_within(constraints: Mapping[str, Any]) -> Sequence[int]:
    """Return the whole numbers that constraints allow; none if they are too many to choose."""
    limits = {name: limit for name, limit in constraints.items() if isinstance(limit, int)}
    lows = [limits[name] + inside for name, inside in (("ge", 0), ("gt", 1)) if name in limits]
    highs = [limits[name] - inside for name, inside in (("le", 0), ("lt", 1)) if name in limits]
    step = limits.get("multiple_of", 1)
    if not lows or not highs or step < 1:
        return ()
    low, high = max(lows), min(highs)
    if high - low > MOST_NUMBERS * step:
        return ()
    # From the first multiple of the step that is not below the limit.
    return range(low + -low % step, high + 1, step)


MOST_NUMBERS: Final = 200
"""The longest range of numbers that is offered as choices."""


def _labelled(choices: Sequence[Choice], labels: Mapping[Any, object]) -> Iterator[Choice]:
    """Yield choices with the labels that the field declares; groups come in its order."""
    by_value = {choice.value: choice for choice in choices}
    if any(isinstance(label, Mapping) for label in labels.values()):
        for choice in read_choices(labels):
            if by_value.pop(choice.value, None) is not None:
                yield choice
        yield from by_value.values()
        return
    texts = {control_text(value): label for value, label in labels.items()}
    for choice in choices:
        yield Choice(value=choice.value, label=texts.get(choice.value, choice.label))


def read_choices(choices: Choices, group: object = "") -> Iterator[Choice]:
    """Yield the choices that a page offers.

    Raises:
        TypeError: One is neither a value nor a pair of a value and a label.
    """
    pairs = choices.items() if isinstance(choices, Mapping) else map(_pair, choices)
    for value, label in pairs:
        if isinstance(label, Mapping) or (isinstance(label, list | tuple) and not group):
            yield from read_choices(label, value)
        else:
            yield Choice(value=_text_of(value), label=label, group=group)


def _pair(choice: object) -> tuple[object, object]:
    if isinstance(choice, tuple):
        if len(choice) != 2:
            raise TypeError(f"{choice!r} is not a choice; write a value, or a pair of a value and its label.")
        return choice
    if isinstance(choice, enum.Enum):
        return choice, _member_label(choice)
    return choice, _text_of(choice)


def _text_of(value: object) -> str:
    return control_text(value.value if isinstance(value, enum.Enum) else value)


def _literal_values(target: Any) -> Iterator[object]:
    for value in get_args(target):
        if value is not None:
            yield value.value if isinstance(value, enum.Enum) else value


def _member_label(member: enum.Enum) -> object:
    # On the class first: a property is asked each time a form is shown, as languages may differ.
    label = getattr(type(member), "label", None)
    if label is None and not hasattr(member, "label"):
        return in_words(member.name)
    if isinstance(label, property):
        return MemberLabel(member)
    label = getattr(member, "label", None)
    if isinstance(label, str):
        return label
    return in_words(member.name)
