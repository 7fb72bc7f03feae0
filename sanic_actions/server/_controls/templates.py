"""The parts of controls and groups that are the same for all requests, written once, with the form.

Little in a control depends on a request, so most of a page is copied from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from html5tagger import HTML

from .choices import Choice
from .look import Look
from .markup import Attributes, attribute_text, element, escaped
from .words import BLANK, Translate, Word, is_plain, translated

HELD: Final = frozenset({"value", "checked", "autofocus", "aria-invalid", "aria-describedby"})
"""The attributes that depend on a request, unless the field itself declares one of them."""


class Template:
    """What a control or a group has in all requests, with placeholders for numbers of rows."""

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
        """Whether its label or help differs between requests."""

    def help_text(self) -> str:
        """Return the help as markup."""
        if not self.help:
            return ""
        attributes = {"id": f"{self.id}-help", "class": self.look.css("help")}
        return element("div", attributes, str(self.help))


class ControlTemplate(Template):
    """The template of one control.

    Attributes:
        attributes: The attributes of its element that do not depend on the value.
        overrides: The attributes that the field itself declares, which win over all others.
        choices: The choices that it offers.
        has_blank: Whether a blank choice comes before them.
        has_held: Whether the field declares an attribute that otherwise depends on the request.
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
        """Return the markup before and after the control."""
        label = element("label", {"for": self.id, "class": self.look.css("label")}, str(self.label))
        opening = f"<div{attribute_text({'class': self.look.css('field')})}>"
        # The label of a check box follows the box, as everywhere on the web.
        if self.kind == "checkbox":
            return opening, f"{label}{self.help_text()}"
        return f"{opening}{label}", self.help_text()

    def frame(self) -> tuple[str, str]:
        """Return the markup before and after the control, in the language of the request."""
        if self.is_lazy:
            return self._frame()
        return (self._before, self._after)

    def opening(self) -> str:
        """Return the beginning of the tag, with the attributes that all requests have alike."""
        return self._opening

    def described(self, has_errors: bool) -> str:
        """Return the attributes that point to help and messages; both cases are kept."""
        if self._described is None:
            self._described = attribute_text(self.aria(False)), attribute_text(self.aria(True))
        return self._described[has_errors]

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

    def options_html(self, values: tuple[str, ...], choices: tuple[Choice, ...], translate: Translate | None) -> str:
        """Return the options of a select.

        They are kept for each value that is chosen, if they are the same for all requests. Hence
        the bound: a control with one choice of many keeps one string for each of its choices, and
        no more.
        """
        keeps = choices is self.choices and translate is None and self.has_plain_choices
        if keeps:
            markup = self._options.get(values)
        else:
            markup = None
        if markup is None:
            markup = _written_options(choices, values, translate, has_blank=self.has_blank)
            # One choice of many; there are too many sets of several.
            if keeps and len(values) < 2 and len(self._options) <= len(choices):
                self._options[values] = markup
        return markup


def kept(attributes: Mapping[str, object]) -> Attributes:
    """Return attributes as strings, without those that are None or False."""
    texts: Attributes = {}
    for key, value in attributes.items():
        if value is True:
            texts[key] = True
        elif value is not None and value is not False:
            texts[key] = str(value)
    return texts


def _is_plain(choice: Choice) -> bool:
    return (is_plain(choice.label) or isinstance(choice.label, Word)) and is_plain(choice.group)


def _written_options(
    choices: tuple[Choice, ...], values: tuple[str, ...], translate: Translate | None, *, has_blank: bool
) -> str:
    parts = []
    if has_blank:
        blank = not any(choice.value in values for choice in choices)
        parts.append(element("option", {"value": "", "selected": blank}, translated(BLANK, translate)))
    group = ""
    for choice in choices:
        if str(choice.group) != group:
            if group:
                parts.append(HTML("</optgroup>"))
            group = str(choice.group)
            if group:
                parts.append(HTML(f"<optgroup{attribute_text({'label': group})}>"))
        attributes = {"value": choice.value, "selected": choice.value in values}
        parts.append(element("option", attributes, translated(choice.label, translate)))
    if group:
        parts.append(HTML("</optgroup>"))
    return "".join(parts)
