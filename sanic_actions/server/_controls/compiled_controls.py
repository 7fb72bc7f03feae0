"""Nodes of a single value: a text, a check box, a choice, or a hidden value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from ..._forms.markers import ABSENT, FALSE, LINES, NULL, Marker
from ..._types.widgets import ALWAYS_FILLED
from .autofill import autofill
from .blank_marks import line_marks
from .choices import Choice, offered_choices
from .compiled_node import CompiledNode, FormParts
from .field_types import TEXTS, control_type, takes_blank
from .html_limits import first_text, fits, in_range, limit_attributes, on_step
from .place import Place
from .templates import ControlTemplate

INPUTS: Final = frozenset(
    {
        *("text", "email", "url", "tel", "search", "password", "number", "range", "date", "time", "datetime-local"),
        *("month", "week", "color", "file", "textarea"),
    }
)
"""The kinds of controls that hold one text."""


class HiddenNode(CompiledNode):
    """A value of any type that is sent without being shown."""


class ConstantControl(HiddenNode):
    """The only value of a type, which is sent without being shown: there is nothing to choose."""

    def __init__(self, form: FormParts, place: Place, value: str) -> None:
        super().__init__(form, place)
        self.value = value


class TextControl(CompiledNode):
    """One value as text: an input, or a text area."""

    @cached_property
    def kind(self) -> str:
        widget = self.place.type.widget
        # A slider or a colour always sends a value, and could never say None.
        if widget not in INPUTS or (widget in ALWAYS_FILLED and self.place.type.nullable):
            return control_type(self.place.type)
        return widget

    @cached_property
    def limits(self) -> Mapping[str, object]:
        return limit_attributes(self.place.type, self.kind)

    @cached_property
    def heads(self) -> dict[tuple[ControlTemplate, bool], str]:
        """The beginnings of its markup, by template and by whether it is left blank on purpose."""
        return {}

    def marks(self, template: ControlTemplate, *, is_left_blank: bool) -> tuple[Marker, ...]:
        """Return the marks that go with one of its templates."""
        marks = self.blank_marks
        if is_left_blank and not self.place.type.is_secret:
            marks = self.place.marks or ()
        if template.tag == "textarea":
            return marks + self.line_marks
        return marks

    @cached_property
    def holds_nothing(self) -> bool:
        """Whether it never shows its value."""
        return self.place.type.is_secret or self.kind in ("file", "password")

    @cached_property
    def first_text(self) -> str:
        """The text that a browser puts in before anybody has chosen one."""
        return first_text(self.kind, {**self.limits, **self.place.type.form})

    def template(self, kind: str, *, any_step: bool = False) -> ControlTemplate:
        """Return the template of the type's own input, or of another that can show a text."""
        if kind == self.kind and not any_step:
            return self.usual
        return self.template_for(f"{kind} {any_step}", lambda: self._template(kind, any_step=any_step))

    @cached_property
    def usual(self) -> ControlTemplate:
        """The template of the type's own kind of input."""
        return self._template(self.kind, any_step=False)

    def _template(self, kind: str, *, any_step: bool) -> ControlTemplate:
        attributes: dict[str, object] = {"required": self.place.is_required}
        # Another kind is taken for a text that the type's own kind cannot show. Its attributes
        # differ: ``min`` and ``step`` mean nothing to a text control.
        if kind in (self.kind, "textarea"):
            attributes |= self.limits
        if any_step:
            attributes["step"] = "any"
        attributes |= autofill(self.place.path, kind, self.place.type, signs_in=self.form.signs_in)
        if kind != "textarea":
            return self.form.control(self.place, "input", kind, attributes)
        attributes.pop("pattern", None)  # not an attribute of a textarea (HTML standard, 4.10.11)
        return self.form.control(self.place, "textarea", kind, attributes)

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        """The marks of a blank one; none where the server reads a blank control correctly."""
        place = self.place
        if place.stated_marks is not None:
            return place.stated_marks
        if place.type.is_secret:
            if place.required and not place.type.nullable:
                return ()
            return ((ABSENT, place.name),)
        if self.kind == "file":
            return ()
        return self._blank_text_marks()

    def _blank_text_marks(self) -> tuple[Marker, ...]:
        place, keeps_blank = self.place, self.kind in TEXTS or takes_blank(self.place.type)
        if place.type.nullable and (keeps_blank or not place.absent_is_none):
            return ((NULL, place.name),)
        if keeps_blank and not place.required and place.default is None:
            return ((ABSENT, place.name),)
        return ()

    @cached_property
    def line_marks(self) -> tuple[Marker, ...]:
        return ((LINES, self.place.name),)


class CheckboxControl(CompiledNode):
    """A bool; ``must`` for one that has to be ticked."""

    def __init__(self, form: FormParts, place: Place, *, must: bool = False) -> None:
        super().__init__(form, place)
        attributes = {"value": "true", "required": must and place.is_required}
        self.template = form.control(place, "input", "checkbox", attributes)

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        place = self.place
        if place.stated_marks is not None:
            return place.stated_marks
        if place.absent_is_false:
            return ()
        return ((FALSE, place.name),)


class ChoiceControl(CompiledNode):
    """One of several values: a select, radio buttons, or buttons that send the form."""

    def __init__(self, form: FormParts, place: Place, choices: tuple[Choice, ...], kind: str) -> None:
        super().__init__(form, place)
        self.choices = choices
        self.kind = kind
        self.values = frozenset(choice.value for choice in choices)
        self.line_marks = line_marks((place.name, value) for value in self.values)

    @cached_property
    def has_two_blanks(self) -> bool:
        """Whether a blank choice may mean None or an empty text: only the held one is offered."""
        return self.place.type.nullable and "" in self.values

    @property
    def template_of_blank(self) -> ControlTemplate:
        """The template where the empty text is chosen that is one of its values."""
        return self.template_for("empty text", lambda: self._template(has_blank=False))

    def template(self, *, is_chosen: bool) -> ControlTemplate:
        """Return the template, without a blank choice once a required value is chosen."""
        place = self.place
        # A select without a blank option would begin with its first value, which nobody has chosen;
        # of radio buttons none is chosen at first.
        may_be_blank = place.type.nullable or place.optional or not (is_chosen or self.kind == "radio")
        has_blank = may_be_blank and self.kind != "submit"
        return self.template_for(f"{has_blank}", lambda: self._template(has_blank=has_blank))

    def _template(self, *, has_blank: bool) -> ControlTemplate:
        tag = "fieldset"
        if self.kind == "select":
            tag = "select"
        attributes = {"required": self.place.is_required}
        return self.form.control(self.place, tag, self.kind, attributes, self.choices, has_blank=has_blank)

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        place = self.place
        if place.stated_marks is not None:
            return place.stated_marks
        keeps_blank = takes_blank(place.type)
        if self.has_two_blanks or (place.type.nullable and (keeps_blank or not place.absent_is_none)):
            return ((NULL, place.name),)
        if keeps_blank and not place.required:
            return ((ABSENT, place.name),)
        return ()


def choice_node(form: FormParts, place: Place, choices: tuple[Choice, ...]) -> CompiledNode:
    """Return the node of a place of fixed values."""
    widget = place.type.widget
    if len(choices) == 1 and not place.type.nullable and widget != "submit":
        # Literal[True] is how a type says that a box has to be ticked: the terms of use, for one.
        if choices[0].value == "true":
            return CheckboxControl(form, place, must=True)
        return ConstantControl(form, place, choices[0].value)
    kind = "select"
    if widget in ("radio", "submit"):
        kind = widget
    return ChoiceControl(form, place, choices, kind)


def scalar_node(form: FormParts, place: Place) -> CompiledNode:
    """Return the node of a place of a single value."""
    widget = place.type.widget
    if widget == "checkbox" or (widget is None and control_type(place.type) == "checkbox"):
        return CheckboxControl(form, place)
    if widget in ("select", "radio"):
        choices = tuple(offered_choices(place.type))
        if choices:
            return ChoiceControl(form, place, choices, widget)
    # Also for a select without choices, until the page offers some for a request.
    return TextControl(form, place)


def text_template(node: TextControl, text: str) -> ControlTemplate:
    """Return the template that can show a text, of another kind if its own would drop the text."""
    kind = node.kind
    if not text or (kind == "text" and "\n" not in text):
        return node.template(kind)
    if "\n" in text:  # all other controls drop line breaks
        return node.template("textarea")
    if not fits(kind, text):
        return node.template("text")
    if kind == "range" and not in_range(node.limits, text):
        return node.template("number", any_step=True)  # a slider would move to its nearest end
    if not on_step(node.limits, text):
        return node.template(kind, any_step=True)  # or the browser would count the steps from it
    return node.template(kind)
