"""Writes HTML elements and attributes, and is the one place where text is escaped.

The rule of this file: text is escaped as it is written; an object with ``__html__`` is markup
already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal

from html5tagger import HTML

Attribute = str | Literal[True]
Attributes = dict[str, Attribute]

VOID: Final = frozenset({"input", "br", "hr", "img", "link", "meta"})


class Rendered:
    """An object that renders itself, also in a template without autoescape, which calls ``str``."""

    __slots__ = ()

    def __html__(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.__html__()


def escaped(value: object) -> str:
    """Return text as HTML, and markup of any library as it is."""
    if type(value) is not str:
        markup = getattr(value, "__html__", None)
        if markup is not None:
            return str(markup())
        value = str(value)
    if not value.isascii() or "\0" in value:  # a call less for nearly all
        value = readable(value)
    return value.replace("&", "&amp;").replace("<", "&lt;")


def readable(text: str) -> str:
    """Return text with replacements for what HTML and UTF-8 forbid: NUL, lone surrogates."""
    if text.isascii():
        if "\0" in text:
            return text.replace("\0", "\ufffd")
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def attribute_text(attributes: Mapping[str, object]) -> str:
    """Return attributes as markup in a tag; None and False are left out, True has no value."""
    parts = []
    for key, value in attributes.items():
        if value is True:
            parts.append(f" {key}")
        elif value is not None and value is not False:
            parts.append(f" {key}={quoted(value)}")
    return "".join(parts)


def quoted(value: object) -> str:
    """Return the value of an attribute as markup, in quotes if it needs them."""
    if type(value) is str:
        text = value
    else:
        markup = getattr(value, "__html__", None)
        text = str(value if markup is None else markup())
        if markup is not None and not text.isalnum():
            # Markup is escaped already, except for quotes, which are allowed between tags.
            return '"' + text.replace('"', "&quot;") + '"'
    if text.isalnum():
        return text
    if not text.isascii() or "\0" in text:  # a call less for nearly all
        text = readable(text)
    return '"' + text.replace("&", "&amp;").replace('"', "&quot;") + '"'


def by_keywords(attributes: Mapping[str, object]) -> dict[str, object]:
    """Return keyword arguments as attributes: ``class_`` is ``class``, ``data_id`` ``data-id``."""
    return {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}


def element(tag: str, attributes: Mapping[str, object], *content: object) -> HTML:
    """Return an element."""
    opening = f"<{tag}{attribute_text(attributes)}>"
    if tag in VOID:
        return HTML(opening)
    return HTML(f"{opening}{''.join(map(escaped, content))}</{tag}>")


def linked_list(items: Iterable[tuple[str, str]]) -> str:
    """Return a list of texts, each a link to its URL if it has one."""
    markup = ""
    for url, text in items:
        content = escaped(text)
        if url:
            content = f"<a href={quoted(url)}>{content}</a>"
        markup += f"<li>{content}</li>"
    return f"<ul>{markup}</ul>"


def hidden_input(name: str, value: str) -> str:
    """Return a hidden control."""
    return f"{_hidden_start(name)}{quoted(value)}>"


def hidden_inputs(pairs: Iterable[tuple[str, str]]) -> str:
    """Return hidden controls with these names and values."""
    markup = ""
    for name, value in pairs:
        markup += f"{_hidden_start(name)}{quoted(value)}>"
    return markup


def marks_markup(marks: Iterable[tuple[str, str]], form: object) -> str:
    """Return hidden controls, with the form's name if the control around is outside of it."""
    if form is None:
        return hidden_inputs(marks)
    attributes = [{"type": "hidden", "name": name, "value": value, "form": form} for name, value in marks]
    return "".join(element("input", each) for each in attributes)


def in_form(markup: str, form: object) -> str:
    """Return markup whose controls and buttons name their form, unless they name another."""
    attribute = attribute_text({"form": form})

    def named(match: re.Match[str]) -> str:
        tag = match[0]
        control = _CONTROL.match(tag)
        if control is None or _FORM.search(_VALUE.sub("", tag)):
            return tag
        return f"{control[0]}{attribute}{tag[control.end() :]}"

    # Every tag, with what is quoted in it: a value may look like a tag, and text is escaped.
    return _TAG.sub(named, markup)


_VALUE: Final = re.compile(r"""(?:'[^']*'|"[^"]*")""")
_TAG: Final = re.compile(r"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_CONTROL: Final = re.compile(r"<(?:input|select|textarea|button)\b")
_FORM: Final = re.compile(r"\sform=")


@lru_cache(maxsize=1024)
def _hidden_start(name: str) -> str:
    return f"<input type=hidden name={quoted(name)} value="
