"""Controls and groups of controls, as pages use them: their values, and how they render themselves.

The rule of this file: markup that is the same for all requests is taken from the template, and a
control adds its value and messages. Objects that render themselves have ``__html__``, which Jinja,
markupsafe and html5tagger do not escape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from html5tagger import HTML

from ..._forms.markers import Marker
from .choices import Choice
from .markup import (
    VOID,
    Attribute,
    Attributes,
    Rendered,
    attribute_text,
    by_keywords,
    element,
    escaped,
    in_form,
    marks_markup,
    quoted,
)
from .row_numbers import Rows, bound, bound_all
from .templates import ControlTemplate, Template, kept
from .words import BLANK, Translate, translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value that a control offers."""

    value: str
    label: str
    selected: bool = False
    group: str = ""


class _Node(Rendered):
    """The base of controls and groups."""

    __slots__ = ("_more", "_rows", "_translate", "errors", "marks", "template")

    tag: Literal["input", "textarea", "select", "fieldset"]

    def __init__(
        self,
        template: Template,
        rows: Rows,
        errors: tuple[str, ...],
        marks: tuple[Marker, ...],
        translate: Translate | None,
    ) -> None:
        self.template: Template = template
        self.errors: tuple[str, ...] = errors
        """The messages."""
        self.marks: tuple[Marker, ...] = marks
        """Hidden controls that give the value of a blank one."""
        self._rows = rows
        self._translate = translate
        self._more = ""

    def add(self, markup: str) -> None:
        """Add buttons at the end."""
        self._more += markup

    @property
    def name(self) -> str:
        """The name that is sent; a field path."""
        return bound(self.template.name, self._rows)

    @property
    def id(self) -> str:
        """The id that its label, help and messages refer to."""
        return bound(self.template.id, self._rows)

    @property
    def label(self) -> str:
        """The label."""
        return bound(str(self.template.label), self._rows)

    @property
    def help(self) -> str:
        """The text that explains it."""
        return str(self.template.help)

    @property
    def type(self) -> str:
        """The type of an input; or ``textarea``, ``select``, ``radio``, ``checkbox``, ``submit``, ``group``."""
        return self.template.kind

    def help_html(self, **attributes: object) -> HTML:
        """Return the help text, under the id that the control refers to; empty without one."""
        if not self.template.help:
            return HTML("")
        library_attributes = {
            "id": f"{self.id}-help",
            "class": self.template.look.css("help"),
            **by_keywords(attributes),
        }
        return element("div", library_attributes, self.help)

    def errors_html(self, **attributes: object) -> HTML:
        """Return the list of messages, under the id that the control refers to; empty without any."""
        if not self.errors:
            return HTML("")
        library_attributes = {
            "id": f"{self.id}-errors",
            "class": self.template.look.css("errors"),
            **by_keywords(attributes),
        }
        return element("ul", library_attributes, *(element("li", {}, message) for message in self.errors))

    def marks_html(self) -> HTML:
        """Return the hidden controls that go with this one."""
        return self._marks_html(self.template.attributes.get("form"))

    def _marks_html(self, form: object) -> HTML:
        return HTML(marks_markup(self.marks, form) if self.marks else "")


class Control(_Node):
    """One control: a label, something to fill in or choose from, a help text and messages."""

    __slots__ = ("_choices", "_chosen", "_has_focus", "_is_checked", "value")

    template: ControlTemplate

    def __init__(
        self,
        template: ControlTemplate,
        *,
        rows: Rows = (),
        errors: tuple[str, ...] = (),
        marks: tuple[Marker, ...] = (),
        translate: Translate | None = None,
        value: str = "",
        chosen: tuple[str, ...] = (),
        choices: tuple[Choice, ...] | None = None,
        is_checked: bool = False,
        has_focus: bool = False,
    ) -> None:
        super().__init__(template, rows, errors, marks, translate)
        self.value: str = value
        """The text that it holds; never that of a secret or a file."""
        self._chosen = chosen
        if choices is None:
            self._choices = template.choices
        else:
            self._choices = choices
        self._is_checked = is_checked
        self._has_focus = has_focus

    @property
    def tag(self) -> Literal["input", "textarea", "select", "fieldset"]:  # type: ignore[override]  # it is read only
        """The element; ``fieldset`` for radio buttons and check boxes to choose from."""
        return self.template.tag  # type: ignore[return-value]  # a template has one of these

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """The attributes of its element."""
        rows, template = self._rows, self.template
        constants: Attributes = {**template.attributes, **template.aria(bool(self.errors))}
        if rows:
            constants = bound_all(constants, rows)
        return kept({**constants, **self._holding(), **template.overrides})

    def _holding(self) -> Attributes:
        """Return the attributes that depend on the request."""
        attributes: Attributes = {}
        if self.template.tag == "input" and self.value:
            attributes["value"] = self.value
        if self._is_checked:
            attributes["checked"] = True
        if self._has_focus:
            attributes["autofocus"] = True
        return attributes

    @property
    def options(self) -> tuple[Option, ...]:
        """What there is to choose from."""
        translate = self._translate
        options = [
            Option(
                value=choice.value,
                label=translated(choice.label, translate),
                selected=choice.value in self._chosen,
                group=str(choice.group),
            )
            for choice in self._choices
        ]
        if self.template.has_blank:
            blank = not any(option.selected for option in options)
            options.insert(0, Option(value="", label=translated(BLANK, translate), selected=blank))
        return tuple(options)

    def __html__(self) -> str:
        template = self.template
        if template.kind == "hidden":
            return self.control_html()
        if template.tag == "fieldset":
            return self._fieldset()
        before, after = template.frame()
        if self._rows:
            before, after = bound(before, self._rows), bound(after, self._rows)
        errors = ""
        if self.errors:
            errors = self.errors_html()
        return f"{before}{self.marks_html() if self.marks else ''}{self._own_markup()}{after}{errors}{self._more}</div>"

    def _own_markup(self) -> str:
        """Return the control without further attributes, if possible from its template."""
        template = self.template
        if template.tag == "fieldset":
            return self._boxes(self.attributes)
        has_errors = bool(self.errors)
        if template.has_held or (has_errors and "invalid" in template.look.classes):
            return self._markup(self.attributes)
        rows = self._rows
        parts = [bound(template.opening(), rows) if rows else template.opening()]
        if self.value and template.tag == "input":
            parts.append(f" value={quoted(self.value)}")
        if self._is_checked:
            parts.append(" checked")
        aria = template.described(has_errors)
        parts.append(bound(aria, rows) if rows else aria)
        if self._has_focus:
            parts.append(" autofocus")
        parts.append(self._content())
        return "".join(parts)

    def _markup(self, attributes: Mapping[str, object]) -> str:
        return f"<{self.template.tag}{attribute_text(attributes)}{self._content()}"

    def _content(self) -> str:
        """Return the rest of the element, from the end of its tag."""
        tag = self.template.tag
        if tag in VOID:
            return ">"
        if tag == "select":
            return f">{self.template.options_html(self._chosen, self._choices, self._translate)}</select>"
        return textarea_content(self.value)

    def _fieldset(self) -> str:
        attributes = self.attributes
        outer: dict[str, object] = {"class": self.template.look.css("field")}
        if self.template.kind == "radio":
            outer["role"] = "radiogroup"
        outer |= {key: value for key, value in attributes.items() if _is_of_group(key)}
        parts = (
            self.label_html(),
            self.marks_html(),
            HTML(self._boxes(attributes)),
            self.help_html(),
            self.errors_html(),
        )
        return element("fieldset", outer, *parts, HTML(self._more))

    def label_html(self, **attributes: object) -> HTML:
        """Return the label; the legend of radio buttons and check boxes to choose from."""
        look, more = self.template.look, by_keywords(attributes)
        if self.template.tag == "fieldset":
            return element("legend", {"class": look.css("legend"), **more}, self.label)
        return element("label", {"for": self.id, "class": look.css("label"), **more}, self.label)

    def control_html(self, **attributes: object) -> HTML:
        """Return the control alone, with more attributes: ``control_html(rows=8, class_="w")``."""
        more = by_keywords(attributes)
        marks = self._marks_html(more.get("form", self.template.attributes.get("form")))
        if not more:
            return HTML(f"{marks}{self._own_markup()}")
        all_attributes = {**self.attributes, **more}
        if self.template.tag == "fieldset":
            markup = self._boxes(all_attributes)
        else:
            markup = self._markup(all_attributes)
        return HTML(f"{marks}{markup}")

    def _boxes(self, attributes: Mapping[str, object]) -> str:
        """Return radio buttons, check boxes or buttons to choose from."""
        common = {key: value for key, value in attributes.items() if key != "id" and not _is_of_group(key)}
        look, boxes = self.template.look, []
        has_focus = bool(common.pop("autofocus", False))
        options = self.options
        at = next((number for number, option in enumerate(options) if self._is_entered_at(option)), 0)
        for number, option in enumerate(options):
            if number:
                own_id = f"{self.id}-{number}"
            else:
                own_id = self.id
            option_attributes = {"id": own_id, "value": option.value, "checked": option.selected}
            option_attributes["autofocus"] = has_focus and number == at
            box = element("input", {**common, **option_attributes})
            label = element("label", {"for": own_id, "class": look.css("option-label")}, option.label)
            boxes.append(element("div", {"class": look.css("option")}, box, label))
        return "".join(boxes)

    def _is_entered_at(self, option: Option) -> bool:
        """Return whether the keyboard enters radio buttons at an option: the chosen one."""
        return self.template.kind == "radio" and option.selected


def textarea_content(text: str) -> str:
    """Return the rest of a text area, from the end of its tag."""
    # The HTML parser drops a line break right after the tag.
    first = ""
    if text.startswith(("\r", "\n")):
        first = "\n"
    return f">{first}{escaped(text)}</textarea>"


class SubmitButtons(Control):
    """A choice whose options are buttons that send the form: the one pressed is the choice."""

    __slots__ = ()

    def __html__(self) -> str:
        return f"{self._own_markup()}{self.errors_html()}"

    def _boxes(self, attributes: Mapping[str, object]) -> str:
        buttons = []
        for number, option in enumerate(self.options):
            if number:
                own_id = f"{self.id}-{number}"
            else:
                own_id = self.id
            option_attributes = {"type": "submit", "name": self.name, "id": own_id, "value": option.value}
            buttons.append(
                element("button", {**option_attributes, "class": self.template.look.css("submit")}, option.label)
            )
        return "".join(buttons)


def _is_of_group(attribute: str) -> bool:
    return attribute.startswith("aria-") or attribute == "role"


class Group(_Node):
    """Several controls under a legend, of an object or of a list; iterating gives them."""

    __slots__ = ("_has_focus", "controls")

    def __init__(
        self,
        template: Template,
        *,
        rows: Rows = (),
        errors: tuple[str, ...] = (),
        marks: tuple[Marker, ...] = (),
        translate: Translate | None = None,
        controls: tuple[Control | Group, ...] = (),
        more: str = "",
        has_focus: bool = False,
    ) -> None:
        super().__init__(template, rows, errors, marks, translate)
        self._has_focus = has_focus
        self.controls: tuple[Control | Group, ...] = controls
        """Its members."""
        self.add(bound(more, rows))

    @property
    def tag(self) -> Literal["fieldset"]:  # type: ignore[override]  # it is read only
        """The element."""
        return "fieldset"

    @property
    def options(self) -> tuple[Option, ...]:
        """Always empty: only controls have options."""
        return ()

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """The attributes of the fieldset."""
        template = self.template
        group_attributes: dict[str, object] = {
            "id": template.id,
            "class": template.look.css("group"),
            "tabindex": "-1",
        }
        group_attributes |= template.attributes
        if template.help:
            ids = [f"{template.id}-help"]
        else:
            ids = []
        ids += [f"{template.id}-errors"] if self.errors else []
        group_attributes["aria-describedby"] = " ".join(ids) or None
        group_attributes["autofocus"] = self._has_focus
        return bound_all(kept(group_attributes), self._rows)

    def __iter__(self) -> Iterator[Control | Group]:
        return iter(self.controls)

    def __len__(self) -> int:
        return len(self.controls)

    def __html__(self) -> str:
        if not (self.controls or self.errors or self._more):
            return str(self.marks_html())  # a mapping without keys, for one: there is nothing to fill in
        members = HTML("".join(map(str, self.controls)))
        parts = self.label_html(), self.marks_html(), self.help_html(), self.errors_html(), members, self.buttons_html()
        return element("fieldset", self.attributes, *parts)

    def label_html(self, **attributes: object) -> HTML:
        """Return the legend."""
        return element("legend", {"class": self.template.look.css("legend"), **by_keywords(attributes)}, self.label)

    def control_html(self, **attributes: object) -> HTML:
        """Return the members alone, without the fieldset around them."""
        form = by_keywords(attributes).get("form")
        markup = f"{self._marks_html(form)}{''.join(map(str, self.controls))}"
        if form is not None:
            markup = in_form(markup, form)
        return HTML(markup)

    def buttons_html(self, form: str | None = None) -> HTML:
        """Return the buttons for rows and kinds, which run nothing; empty without any.

        Args:
            form: The id of their form, for buttons outside it.
        """
        if form is None:
            return HTML(self._more)
        return HTML(in_form(self._more, form))


ControlOrGroup = Control | Group
"""What stands at a place of a form."""
