"""Controls and groups of controls, as pages use them: what they hold, and how they render themselves.

The rule of this file: what is the same for all requests stands in a template, as text that is ready; a control adds
what it holds. What renders gives itself as ``__html__``, so that Jinja, markupsafe and html5tagger take it as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

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
    hidden_input,
    quoted,
)
from .words import BLANK, Say, Word

Rows = tuple[tuple[str, str], ...]
"""The numbers that stand for the placeholders of rows in names, ids and paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value that a control offers."""

    value: str
    label: str
    selected: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The classes of the parts of a form, and further attributes of its controls.

    Attributes:
        classes: By part: ``field``, ``label``, ``control``, a kind of control (``select``, ``checkbox``, ``text``),
            ``invalid``, ``help``, ``errors``, ``group``, ``legend``, ``option``, ``summary``, ``button``, ``submit``.
        attributes: By field path, ``lines.*.sku`` for all rows, ``*`` for all controls.
    """

    classes: Mapping[str, str]
    attributes: Mapping[str, Mapping[str, object]]

    def css(self, part: str) -> str | None:
        """Return the class of a part, None for none."""
        return self.classes.get(part, DEFAULT_CLASSES.get(part))

    def of_control(self, tag: str, kind: str) -> str | None:
        """Return the class of a control."""
        for part in (kind, tag, "control"):
            if part in self.classes:
                return self.classes[part]
        return None


DEFAULT_CLASSES: Final = {
    **{part: part for part in ("field", "help", "errors", "group", "option")},
    "summary": "form-errors",
}
"""The classes of a form whose page says nothing of them."""

PLAIN: Final = Look({}, {})


def bound_all(attributes: Attributes, rows: Rows) -> Attributes:
    """Return attributes with the numbers of rows in their values."""
    with_numbers: Attributes = {}
    for key, value in attributes.items():
        if value is True:
            with_numbers[key] = value
        else:
            with_numbers[key] = bound(value, rows)
    return with_numbers


def bound(text: str, rows: Rows) -> str:
    """Return a text with the numbers of rows in place of their placeholders."""
    for placeholder, number in rows:
        text = text.replace(placeholder, number)
    return text


def spoken(text: object, say: Say | None) -> str:
    """Return a text as the visitor reads it; lazy texts become what they are for this request."""
    if say is not None and isinstance(text, Word):
        return say(text.type, text.english)
    return str(text)


def is_plain(text: object) -> bool:
    """Return whether a text is the same for all requests; a lazy one may well be a kind of ``str``."""
    return type(text) is str


class Template:
    """What is the same for all requests of a control or a group. Names, ids and paths hold placeholders for rows."""

    __slots__ = ("attributes", "help", "id", "is_lazy", "kind", "label", "look", "name", "path", "tag")

    def __init__(
        self, *, path: str, name: str, id: str, label: object, help: object, tag: str, kind: str, look: Look
    ) -> None:
        self.path: str = path
        self.name: str = name
        self.id: str = id
        self.label: object = label
        self.help: object = help
        self.tag: str = tag
        self.kind: str = kind
        self.look: Look = look
        self.attributes: Attributes = {}
        self.is_lazy: bool = not (is_plain(label) and is_plain(help))
        """Whether its texts are another for each request."""

    def help_text(self) -> str:
        """Return the help as markup."""
        if not self.help:
            return ""
        attributes = {"id": f"{self.id}-help", "class": self.look.css("help")}
        return element("div", attributes, str(self.help))


class ControlTemplate(Template):
    """The template of one control.

    Attributes:
        attributes: What its element has whatever it holds.
        overrides: What the field itself says of its attributes, which wins over all else.
        choices: What there is to choose from.
        has_blank: Whether a choice of nothing stands before them.
        has_held: Whether the field itself says something of what depends on a request.
    """

    __slots__ = (
        *("_after", "_before", "_described", "_list_tag", "_opening", "_options"),
        *("choices", "has_blank", "has_held", "has_plain_choices", "overrides"),
    )

    def __init__(
        self,
        *,
        path: str,
        name: str,
        id: str,
        label: object,
        help: object,
        tag: str,
        kind: str,
        look: Look,
        attributes: Mapping[str, object],
        overrides: Mapping[str, object],
        choices: tuple[Choice, ...] = (),
        has_blank: bool = False,
    ) -> None:
        super().__init__(path=path, name=name, id=id, label=label, help=help, tag=tag, kind=kind, look=look)
        first: dict[str, object] = {} if tag in ("select", "textarea") else {"type": kind}
        first |= {"name": name, "id": id, "class": look.of_control(tag, kind), **attributes, **overrides}
        self.attributes: Attributes = kept(first)
        self.overrides = overrides
        self.has_held: bool = not HELD.isdisjoint(overrides)
        self.choices = choices
        self.has_blank = has_blank
        self._opening = ""
        self._options: dict[tuple[str, ...], str] = {}
        self.has_plain_choices: bool = all(_is_plain(choice) for choice in choices)
        self._described: tuple[str, str] | None = None
        self._before = self._after = self._list_tag = ""
        self._write()

    def _write(self) -> None:
        """Write the parts that are the same for all requests."""
        if self.tag != "fieldset":
            self._opening = f"<{self.tag}{attribute_text(self.attributes)}"
        if not self.is_lazy:
            self._before, self._after = self._frame()

    def _frame(self) -> tuple[str, str]:
        """Return what stands before and after the control."""
        label = element("label", {"for": self.id, "class": self.look.css("label")}, str(self.label))
        opening = f"<div{attribute_text({'class': self.look.css('field')})}>"
        if self.kind == "checkbox":
            return opening, f"{label}{self.help_text()}"
        return f"{opening}{label}", self.help_text()

    def frame(self) -> tuple[str, str]:
        """Return what stands before and after the control, in the language of the request."""
        if self.is_lazy:
            return self._frame()
        return (self._before, self._after)

    def opening(self) -> str:
        """Return the beginning of the tag, without what depends on the request."""
        return self._opening

    def described(self, has_errors: bool) -> str:
        """Return the attributes that point to help and messages."""
        if self._described is None:
            self._described = tuple(attribute_text(self.aria(wrong)) for wrong in (False, True))  # type: ignore[assignment]  # two
        return self._described[has_errors]  # type: ignore[index]  # made above

    def aria(self, has_errors: bool) -> Attributes:
        """Return the attributes that point to help and messages."""
        attributes: Attributes = {}
        if self.help:
            ids = [f"{self.id}-help"]
        else:
            ids = []
        if has_errors:
            attributes["aria-invalid"] = "true"
            ids.append(f"{self.id}-errors")
            invalid = self.look.classes.get("invalid")
            if invalid:
                attributes["class"] = " ".join(filter(None, (str(self.attributes.get("class", "")), invalid)))
        if ids:
            attributes["aria-describedby"] = " ".join(ids)
        return {key: value for key, value in attributes.items() if key not in self.overrides}

    def messages_html(self, messages: Iterable[str]) -> HTML:
        """Return the messages of the control as a list."""
        if not self._list_tag:
            attributes = {"id": f"{self.id}-errors", "class": self.look.css("errors")}
            self._list_tag = f"<ul{attribute_text(attributes)}>"
        items = "".join([f"<li>{escaped(message)}</li>" for message in messages])
        return HTML(f"{self._list_tag}{items}</ul>")

    def options_html(self, values: tuple[str, ...], choices: tuple[Choice, ...], say: Say | None) -> str:
        """Return the options of a select; kept for each choice where they are the same for all requests."""
        keeps = choices is self.choices and say is None and self.has_plain_choices
        if keeps:
            markup = self._options.get(values)
        else:
            markup = None
        if markup is None:
            markup = _written_options(choices, values, say, has_blank=self.has_blank)
            if keeps and len(values) < 2 and len(self._options) <= len(choices):
                self._options[values] = markup
        return markup


def _is_plain(choice: Choice) -> bool:
    return (is_plain(choice.label) or isinstance(choice.label, Word)) and is_plain(choice.group)


def kept(attributes: Mapping[str, object]) -> Attributes:
    """Return attributes as strings; what is None or False is left out."""
    texts: Attributes = {}
    for key, value in attributes.items():
        if value is True:
            texts[key] = True
        elif value is not None and value is not False:
            texts[key] = str(value)
    return texts


def _written_options(choices: tuple[Choice, ...], values: tuple[str, ...], say: Say | None, *, has_blank: bool) -> str:
    parts = []
    if has_blank:
        blank = not any(choice.value in values for choice in choices)
        parts.append(element("option", {"value": "", "selected": blank}, spoken(BLANK, say)))
    group = ""
    for choice in choices:
        if str(choice.group) != group:
            if group:
                parts.append(HTML("</optgroup>"))
            group = str(choice.group)
            if group:
                parts.append(HTML(f"<optgroup{attribute_text({'label': group})}>"))
        attributes = {"value": choice.value, "selected": choice.value in values}
        parts.append(element("option", attributes, spoken(choice.label, say)))
    if group:
        parts.append(HTML("</optgroup>"))
    return "".join(parts)


class _Node(Rendered):
    """What controls and groups have in common."""

    __slots__ = ("_more", "_rows", "_say", "errors", "marks", "template")

    tag: Literal["input", "textarea", "select", "fieldset"]

    def __init__(
        self,
        template: Template,
        rows: Rows,
        errors: tuple[str, ...],
        marks: tuple[Marker, ...],
        say: Say | None,
    ) -> None:
        self.template: Template = template
        self.errors: tuple[str, ...] = errors
        """The messages."""
        self.marks: tuple[Marker, ...] = marks
        """Hidden controls that say what a blank one stands for."""
        self._rows = rows
        self._say = say
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
        """What its label, help and messages refer to."""
        return bound(self.template.id, self._rows)

    @property
    def label(self) -> str:
        """What it is called."""
        return bound(str(self.template.label), self._rows)

    @property
    def help(self) -> str:
        """The text that explains it."""
        return str(self.template.help)

    @property
    def type(self) -> str:
        """The type of an input; ``textarea``, ``select``, ``radio``, ``checkbox`` or ``group`` for other elements."""
        return self.template.kind

    def help_html(self, **attributes: object) -> HTML:
        """Return the help text, under the id that the control refers to; empty without one."""
        if not self.template.help:
            return HTML("")
        own = {"id": f"{self.id}-help", "class": self.template.look.css("help"), **by_keywords(attributes)}
        return element("div", own, self.help)

    def errors_html(self, **attributes: object) -> HTML:
        """Return the messages as a list, under the id that the control refers to; empty without any."""
        if not self.errors:
            return HTML("")
        own = {"id": f"{self.id}-errors", "class": self.template.look.css("errors"), **by_keywords(attributes)}
        return element("ul", own, *(element("li", {}, message) for message in self.errors))

    def marks_html(self) -> HTML:
        """Return the hidden controls that go with this one."""
        return self._marks_html(None)

    def _marks_html(self, form: object) -> HTML:
        if not self.marks:
            return HTML("")
        if form is None:
            return HTML("".join(hidden_input(name, value) for name, value in self.marks))
        # A control outside of its form says so itself, and its marks have to go with it.
        attributes = [{"type": "hidden", "name": name, "value": value, "form": form} for name, value in self.marks]
        return HTML("".join(element("input", each) for each in attributes))


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
        say: Say | None = None,
        value: str = "",
        chosen: tuple[str, ...] = (),
        choices: tuple[Choice, ...] | None = None,
        is_checked: bool = False,
        has_focus: bool = False,
    ) -> None:
        super().__init__(template, rows, errors, marks, say)
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
        """Return the attributes that say what it holds."""
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
        say = self._say
        options = [
            Option(
                value=choice.value,
                label=spoken(choice.label, say),
                selected=choice.value in self._chosen,
                group=str(choice.group),
            )
            for choice in self._choices
        ]
        if self.template.has_blank:
            blank = not any(option.selected for option in options)
            options.insert(0, Option(value="", label=spoken(BLANK, say), selected=blank))
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
        """Return the control as its template has it."""
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
            return f">{self.template.options_html(self._chosen, self._choices, self._say)}</select>"
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
        """Return the control alone, with further attributes if need be: ``control_html(rows=8, class_="wide")``."""
        more = by_keywords(attributes)
        marks = self._marks_html(more.get("form", self.template.attributes.get("form")))
        if not more:
            return HTML(f"{marks}{self._own_markup()}")
        all_attributes = {**self.attributes, **more}
        if self.template.tag == "fieldset":
            own = self._boxes(all_attributes)
        else:
            own = self._markup(all_attributes)
        return HTML(f"{marks}{own}")

    def _boxes(self, attributes: Mapping[str, object]) -> str:
        """Return radio buttons, check boxes or buttons to choose from."""
        common = {key: value for key, value in attributes.items() if key != "id" and not _is_of_group(key)}
        look, boxes = self.template.look, []
        for number, option in enumerate(self.options):
            if number:
                own_id = f"{self.id}-{number}"
            else:
                own_id = self.id
            own = {"id": own_id, "value": option.value, "checked": option.selected}
            box = element("input", {**common, **own})
            label = element("label", {"for": own_id, "class": look.css("option-label")}, option.label)
            boxes.append(element("div", {"class": look.css("option")}, box, label))
            common.pop("autofocus", None)
        return "".join(boxes)


def textarea_content(text: str) -> str:
    """Return the rest of a text area, from the end of its tag."""
    # The HTML parser drops a line break right after the tag.
    first = ""
    if text.startswith(("\r", "\n")):
        first = "\n"
    return f">{first}{escaped(text)}</textarea>"


class SubmitButtons(Control):
    """A choice whose options are buttons that send the form: what was pressed is what was chosen."""

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
            own = {"type": "submit", "name": self.name, "id": own_id, "value": option.value}
            buttons.append(element("button", {**own, "class": self.template.look.css("submit")}, option.label))
        return "".join(buttons)


HELD: Final = frozenset({"value", "checked", "autofocus", "aria-invalid", "aria-describedby"})
"""The attributes that depend on a request; a field that gives one itself wins."""


def _is_of_group(attribute: str) -> bool:
    return attribute.startswith("aria-") or attribute == "role"


class Group(_Node):
    """Several controls under a legend: the fields of an object, the items of a list. Iterating gives its members."""

    __slots__ = ("controls",)

    def __init__(
        self,
        template: Template,
        *,
        rows: Rows = (),
        errors: tuple[str, ...] = (),
        marks: tuple[Marker, ...] = (),
        say: Say | None = None,
        controls: tuple[Control | Group, ...] = (),
        more: str = "",
    ) -> None:
        super().__init__(template, rows, errors, marks, say)
        self.controls: tuple[Control | Group, ...] = controls
        """Its members."""
        self.add(bound(more, rows))

    @property
    def tag(self) -> Literal["fieldset"]:  # type: ignore[override]  # it is read only
        """The element."""
        return "fieldset"

    @property
    def options(self) -> tuple[Option, ...]:
        """None: a group offers nothing itself."""
        return ()

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """The attributes of the fieldset."""
        template = self.template
        own: dict[str, object] = {"id": template.id, "class": template.look.css("group"), "tabindex": "-1"}
        own |= template.attributes
        if template.help:
            ids = [f"{template.id}-help"]
        else:
            ids = []
        ids += [f"{template.id}-errors"] if self.errors else []
        own["aria-describedby"] = " ".join(ids) or None
        return bound_all(kept(own), self._rows)

    def __iter__(self) -> Iterator[Control | Group]:
        return iter(self.controls)

    def __len__(self) -> int:
        return len(self.controls)

    def __html__(self) -> str:
        members = HTML("".join(map(str, self.controls)))
        parts = self.label_html(), self.marks_html(), self.help_html(), self.errors_html(), members, self.buttons_html()
        return element("fieldset", self.attributes, *parts)

    def label_html(self, **attributes: object) -> HTML:
        """Return the legend."""
        return element("legend", {"class": self.template.look.css("legend"), **by_keywords(attributes)}, self.label)

    def control_html(self, **attributes: object) -> HTML:
        """Return the members alone, without the fieldset around them."""
        marks = self._marks_html(by_keywords(attributes).get("form"))
        return HTML(f"{marks}{''.join(map(str, self.controls))}")

    def buttons_html(self) -> HTML:
        """Return the buttons that add and remove rows and choose among kinds; they run nothing. Empty without any."""
        return HTML(self._more)
