"""What a browser does with a form: reads it from markup, refuses what it must, and makes what it would send.

Follows the HTML standard, "constructing the entry list" and "constraint validation", as far as our forms go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

Pair = tuple[str, str]


def parsed(markup: object) -> Element:
    """The elements of a piece of markup, as an HTML5 parser sees them; broken markup is an error."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree: Any = parser.parse(f"<!doctype html><title>t</title><body><main>{markup}</main>")
    assert not [error for _, error, _ in parser.errors if error not in _TOLERATED], parser.errors
    main: Element = tree.find(".//main")
    return main


_TOLERATED = {"invalid-codepoint"}  # control characters other than NUL


def named(markup: object, name: str) -> Element:
    """The one visible control of a name."""
    elements = [element for element in parsed(markup).iter() if element.get("name") == name]
    controls = [element for element in elements if element.get("type") != "hidden"]
    assert len(controls) == 1, f"{len(controls)} controls are called {name!r}"
    return controls[0]


def sent(markup: object) -> list[Pair]:
    """The pairs that a browser sends for a form that nobody has touched; files are none."""
    return list(_sent(parsed(markup)))


def _sent(root: Element) -> Iterator[Pair]:
    for element in root.iter():
        name = element.get("name")
        if name is not None and element.tag in _SENDERS:
            for value in _SENDERS[element.tag](element):
                yield name, re.sub(r"\r\n|\r|\n", "\r\n", value)


def refused(markup: object) -> list[str]:
    """The names of the controls whose values a browser does not let pass."""
    return [e.get("name", "") for e in parsed(markup).iter() if e.tag in _SENDERS and _refused(e)]


def _refused(element: Element) -> bool:
    values = list(_SENDERS[element.tag](element))
    if "required" in element.attrib and not any(values) and element.get("type") not in ("radio", "file", "password"):
        return True
    text = values[0] if values else ""
    if element.get("type") == "number" and text:
        return _number_refused(element, text)
    low, high = element.get("min", ""), element.get("max", "")
    return (
        bool(text)
        and element.get("type") in ("date", "time", "datetime-local")
        and not ((not low or low <= text) and (not high or text <= high))
    )


def _number_refused(element: Element, text: str) -> bool:
    value, step = Decimal(text), element.get("step", "1")
    base = Decimal(element.get("min") or element.get("value") or "0")
    if not Decimal(element.get("min", "-Infinity")) <= value <= Decimal(element.get("max", "Infinity")):
        return True
    return step != "any" and (value - base) % Decimal(step) != 0


def _input(element: Element) -> Iterator[str]:
    kind, value = element.get("type", "text"), element.get("value", "")
    if kind in ("checkbox", "radio"):
        if "checked" in element.attrib:
            yield element.get("value", "on")
    elif kind != "file":
        yield _sanitized(kind, value)


def _sanitized(type: str, value: str) -> str:
    if type in _GRAMMARS:
        return value if re.fullmatch(_GRAMMARS[type], value, re.ASCII) else ""
    if type in ("text", "search", "tel", "password", "email", "url"):
        value = re.sub(r"[\r\n]", "", value)
    return value.strip(" \t\f") if type in ("email", "url") else value


_TIME = r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?"
_GRAMMARS = {
    "number": r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?",
    "date": r"\d{4,}-\d\d-\d\d",
    "time": _TIME,
    "datetime-local": rf"\d{{4,}}-\d\d-\d\d[T ]{_TIME}",
}


def _select(element: Element) -> Iterator[str]:
    options = list(element.iter("option"))
    choices = [option for option in options if "selected" in option.attrib]
    if "multiple" not in element.attrib:
        choices = choices[-1:] or options[:1]
    for option in choices:
        yield option.get("value", option.text or "")


def _textarea(element: Element) -> Iterator[str]:
    yield element.text or ""


_SENDERS = {"input": _input, "select": _select, "textarea": _textarea}


def settled(pairs: list[Pair], files: tuple[str, ...] = ()) -> list[Pair]:
    """What a form says when its hidden marks have been applied, place by place; files aside."""
    from sanic_actions._forms.markers import TEXT
    from sanic_actions._forms.read_tree import read_tree

    trees = read_tree(pairs, files).below.items()
    return [pair for name, tree in trees for pair in tree.pairs(name) if pair[0] != TEXT]
