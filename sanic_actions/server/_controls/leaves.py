"""The controls for single values, and for several values in one control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .ask import Ask, choice_marks, list_marks, text_marks
from .control import Control, Option
from .limits import autofill, constraints, fits, on_step
from .sheet import Attributes, Sheet
from .types import Choice, Peeled, control_type
from .values import FALSE, LINES, Given, Marks

BLANK: Final = "—"
"""The label of a choice that stands for none."""


def single(sheet: Sheet, ask: Ask) -> Control:
    """The control for one value of a type that HTML may know something about."""
    kind = str(ask.peeled.form.get("widget") or control_type(ask.peeled))
    if kind == "checkbox":
        return checkbox(sheet, ask)
    text = "" if ask.peeled.secret or kind in ("file", "password") else ask.given.text
    limits = constraints(ask.peeled, kind)
    if not fits(kind, text):
        kind, limits = "text", {}  # rather another control than a lost text
    if not on_step(limits, text):
        limits["step"] = "any"  # or the browser would count the steps from it
    if kind == "text" and "\n" in text:
        kind = "textarea"
    attributes = {**_required(ask), **limits, **autofill(ask.path.rpartition(".")[2], kind, ask.peeled)}
    marks = text_marks(ask, kind)
    if kind == "textarea":
        attributes.pop("pattern", None)
        return sheet.control(ask, "textarea", kind, attributes, marks=(*marks, (LINES, ask.name)), value=text)
    filled: Attributes = {"value": text} if text else {}
    return sheet.control(ask, "input", kind, {**filled, **attributes}, marks=marks, value=text)


def checkbox(sheet: Sheet, ask: Ask, *, must: bool = False) -> Control:
    """A check box; ``must`` for one that has to be ticked."""
    marks = ask.marks
    if marks is None:
        marks = () if ask.absent_is_false else ((FALSE, ask.name),)
    attributes: Attributes = {"value": "true"}
    if ask.given.text.lower() in ("true", "on", "1", "yes"):
        attributes["checked"] = True
    if must:
        attributes |= _required(ask)
    return sheet.control(ask, "input", "checkbox", attributes, marks=marks)


def choice(sheet: Sheet, ask: Ask, choices: Sequence[Choice]) -> Control:
    """One of several values: a select, or radio buttons; a single value goes along unseen."""
    if len(choices) == 1 and not ask.peeled.nullable:
        if choices[0].value == "true":
            return checkbox(sheet, ask, must=True)
        return sheet.hidden(ask, ((ask.name, choices[0].value),))
    options = _options(choices, [ask.given.text])
    chosen = any(option.selected for option in options)
    radio = ask.peeled.form.get("widget") == "radio"
    if ask.peeled.nullable or ask.optional or not (chosen or radio):
        options.insert(0, Option(value="", label=BLANK, selected=not chosen))
    return sheet.control(
        ask,
        "fieldset" if radio else "select",
        "radio" if radio else "select",
        _required(ask),
        marks=choice_marks(ask),
        options=options,
    )


def several(sheet: Sheet, ask: Ask, choices: Sequence[Choice]) -> Control:
    """Some of several values: a select, or check boxes."""
    options = _options(choices, ask.given.all_texts)
    if ask.peeled.form.get("widget") == "checkbox":
        return sheet.control(ask, "fieldset", "checkbox", {}, marks=list_marks(ask), options=options)
    attributes: Attributes = {"multiple": True, **_at_least_one(ask)}
    return sheet.control(ask, "select", "select", attributes, marks=list_marks(ask), options=options)


def files(sheet: Sheet, ask: Ask, item: Peeled) -> Control:
    """Several files in one control."""
    attributes: Attributes = {"multiple": True, **_at_least_one(ask), **constraints(item, "file")}
    return sheet.control(ask, "input", "file", attributes, marks=list_marks(ask))


def hidden(sheet: Sheet, ask: Ask, given: Given) -> Control:
    """A value of any type that goes along unseen.

    Raises:
        ValueError: It is a secret or a file.
    """
    if ask.peeled.secret or ask.peeled.file:
        raise ValueError(f"{ask.path!r} is a secret or a file: it cannot be written into a page as a hidden value.")
    pairs: Marks = tuple(given.pairs(ask.name))
    return sheet.hidden(ask, pairs)


def _options(choices: Sequence[Choice], given: Sequence[str]) -> list[Option]:
    return [Option(value=one.value, label=one.label, selected=one.value in given) for one in choices]


def _required(ask: Ask) -> Attributes:
    return {"required": True} if ask.needed else {}


def _at_least_one(ask: Ask) -> Attributes:
    return _required(ask) if ask.peeled.facts.get("min_length") else {}
