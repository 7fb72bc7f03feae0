"""One control of a form, or a group of them: what it is, and how it renders itself.

The law of this file: all text is written by html5tagger, which escapes it. What renders gives itself as ``__html__``,
so that Jinja, markupsafe and html5tagger take it as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from html5tagger import HTML, Builder, E

from .values import Marks

Attribute = str | Literal[True]
Attributes = Mapping[str, Attribute]

VOID: Final = frozenset({"input", "br", "hr", "img", "link", "meta"})


def element(tag: str, attributes: Mapping[str, object], *content: object) -> Builder:
    """An element; attributes that are None or False are left out, those that are True have no value."""
    plain = {_attribute_name(key): _readable(value) for key, value in attributes.items()}
    opened: Builder = getattr(E, tag)(**plain)
    return opened if tag in VOID else opened("", *map(_content, content))


def _content(part: object) -> object:
    """Markup of any library as it is, text made readable."""
    return part if hasattr(part, "__html__") else _readable(part)


def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _readable(value: object) -> object:
    """Text without what HTML and UTF-8 have no place for: NUL and lone surrogates."""
    if not isinstance(value, str) or isinstance(value, HTML):
        return value
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value that a control offers."""

    value: str
    label: str
    selected: bool = False


class Rendered:
    """What renders itself; in a template without autoescape, too."""

    __slots__ = ()

    def __html__(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.__html__()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described(Rendered):
    """What controls and groups have in common."""

    name: str
    """The name that is sent; a field path."""
    id: str
    label: str = ""
    help: str = ""
    errors: tuple[str, ...] = ()
    marks: Marks = ()
    """Hidden controls that say what a blank one stands for."""

    def help_html(self, **attributes: object) -> HTML:
        """The help text, under the id that the control refers to; empty without one."""
        given = {"id": f"{self.id}-help", "class": "help", **_named(attributes)}
        return _html(element("div", given, self.help)) if self.help else HTML("")

    def errors_html(self, **attributes: object) -> HTML:
        """The messages as a list, under the id that the control refers to; empty without any."""
        given = {"id": f"{self.id}-errors", "class": "errors", **_named(attributes)}
        items = [element("li", {}, message) for message in self.errors]
        return _html(element("ul", given, *items)) if items else HTML("")

    def marks_html(self) -> HTML:
        """The hidden controls that go with this one."""
        return HTML("".join(str(hidden_input(name, value)) for name, value in self.marks))


def hidden_input(name: str, value: str) -> Builder:
    """A hidden control."""
    return element("input", {"type": "hidden", "name": name, "value": value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Control(_Described):
    """One control: a label, something to fill in or choose from, a help text and messages."""

    tag: Literal["input", "textarea", "select", "fieldset"]
    """The element; ``fieldset`` for radio buttons and check boxes to choose from."""
    type: str
    """The type of an input; ``textarea``, ``select``, ``radio`` or ``checkbox`` for the other elements."""
    attributes: Attributes
    options: tuple[Option, ...] = ()
    value: str = ""
    """The text that it holds; never that of a secret or a file."""

    def __html__(self) -> str:
        if self.type == "hidden":
            return str(self.control_html())
        if self.tag == "fieldset":
            group = {key: value for key, value in self.attributes.items() if _of_group(key)}
            role = {"role": "radiogroup"} if self.type == "radio" else {}
            return str(element("fieldset", {"class": "field", **role, **group}, *self._parts()))
        return str(element("div", {"class": "field"}, *self._parts()))

    def _parts(self) -> tuple[HTML, ...]:
        label, control = self.label_html(), self.control_html()
        first = (control, label) if self.tag == "input" and self.type == "checkbox" else (label, control)
        return *first, self.help_html(), self.errors_html()

    def label_html(self, **attributes: object) -> HTML:
        """The label; the legend of radio buttons and check boxes to choose from."""
        if self.tag == "fieldset":
            return _html(element("legend", _named(attributes), self.label))
        return _html(element("label", {"for": self.id, **_named(attributes)}, self.label))

    def control_html(self, **attributes: object) -> HTML:
        """The control alone, with further attributes if need be: ``field.control_html(rows=8, class_="wide")``."""
        return HTML(f"{self.marks_html()}{self._control({**self.attributes, **_named(attributes)})}")

    def _control(self, attributes: Mapping[str, object]) -> Builder | HTML:
        match self.tag:
            case "input":
                return element("input", attributes)
            case "textarea":
                # The HTML parser drops a line break right after the tag.
                return element(
                    "textarea", attributes, f"\n{self.value}" if self.value.startswith(("\r", "\n")) else self.value
                )
            case "select":
                return element("select", attributes, *map(_option, self.options))
            case "fieldset":
                return HTML("".join(str(box) for box in self._boxes(attributes)))

    def _boxes(self, attributes: Mapping[str, object]) -> Iterator[Builder]:
        shared = {key: value for key, value in attributes.items() if key != "id" and not _of_group(key)}
        for number, option in enumerate(self.options):
            own = f"{self.id}-{number}" if number else self.id
            box = element("input", {**shared, "id": own, "value": option.value, "checked": option.selected})
            yield element("div", {"class": "option"}, box, element("label", {"for": own}, option.label))
            shared.pop("autofocus", None)


def _of_group(attribute: str) -> bool:
    return attribute.startswith("aria-") or attribute == "role"


def _option(option: Option) -> Builder:
    return element("option", {"value": option.value, "selected": option.selected}, option.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(_Described):
    """Several controls under a legend: the fields of an object, the items of a list. Iterating gives its members."""

    controls: tuple[Control | Group, ...] = ()
    tag: Literal["fieldset"] = "fieldset"
    type: Literal["group"] = "group"
    attributes: Attributes
    options: tuple[Option, ...] = ()

    def __iter__(self) -> Iterator[Control | Group]:
        return iter(self.controls)

    def __len__(self) -> int:
        return len(self.controls)

    def __html__(self) -> str:
        parts = self.label_html(), self.marks_html(), self.help_html(), self.errors_html(), *self.controls
        return str(element("fieldset", self.attributes, *parts))

    def label_html(self, **attributes: object) -> HTML:
        """The legend."""
        return _html(element("legend", _named(attributes), self.label))

    def control_html(self, **attributes: object) -> HTML:
        """The members alone, without the fieldset around them."""
        return HTML(f"{self.marks_html()}{''.join(map(str, self.controls))}")


def _named(attributes: Mapping[str, object]) -> dict[str, object]:
    """Keyword arguments as attributes: ``class_`` and ``data_id`` are ``class`` and ``data-id``."""
    return {_attribute_name(key): value for key, value in attributes.items()}


def _html(builder: Builder) -> HTML:
    return HTML(str(builder))
