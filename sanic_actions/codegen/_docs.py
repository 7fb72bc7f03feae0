"""The docstrings of generated code: what the author wrote, the facts in the types, the file of the handler."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from .._actions import Action
from .._definition import underlying_function
from .._entry import Entry
from .._errors import ActionError
from .._types.annotations import is_annotated
from .._types.constraints import constraints
from .._types.fields import Field
from ._constraint_words import described
from ._field_marks import is_unmarked
from ._snippets import INDENT, Snippet
from ._text import docstring, plain_str


def documentation(text: str | None) -> list[Snippet]:
    """Return a docstring as lines of a file."""
    return list(map(_doc_line, docstring(text)))


def _doc_line(text: str) -> Snippet:
    return Snippet(text, is_doc=True)


def field_doc(field: Field) -> str:
    """Return the description of a field and the facts in its type; empty without any."""
    if field.info.description is None and is_unmarked(field):
        return ""
    return _sentences(plain_str(field.info.description or "").strip(), field_facts(field))


def field_facts(field: Field) -> str:
    """Return the constraints of a field and its deprecation in words."""
    if is_unmarked(field):
        return ""
    metadata = _metadata(field.annotation)
    words = described(constraints([*metadata, field.info]), metadata)
    return f"{words} {_deprecation(field)}".strip()


def _deprecation(field: Field) -> str:
    if field.info.deprecated is True:
        return "Deprecated."
    reason = deprecation_of(field)
    if reason:
        return f"Deprecated: {reason}"
    return ""


def deprecation_of(field: Field) -> str:
    """Return the deprecation message of a field; empty if it is not deprecated."""
    return plain_str(field.info.deprecation_message or "")


def _sentences(text: str, words: str) -> str:
    """Return a text with a sentence behind it."""
    if text and words and text[-1] not in ".!?":
        text += "."
    return f"{text} {words}".strip()


def _metadata(annotation: Any) -> list[Any]:
    if not is_annotated(annotation):
        return []
    # An alias of an annotated type adds a layer; its own marks come first.
    inner, *metadata = get_args(annotation)
    return [*_metadata(inner), *metadata]


def action_doc(entry: Entry) -> str:
    """Return the handler's docstring with its parameters, errors and deprecation, and its file."""
    definition = entry.definition
    lines = plain_str(definition.doc or "").splitlines()
    source = definition.input
    if source is not None and source.fields:
        lines = _with_parameters(lines, source.fields)
    lines = _with_section(lines, _RAISES, _raised(entry.raises))
    if definition.deprecated:
        lines += ["", f"Deprecated: {plain_str(definition.deprecated)}"]
    lines += ["", f"Defined in {defined_in(entry.action)}."]
    return "\n".join(lines).strip("\n")


_ARGS: Final = ("Args:", "Arguments:", "Parameters:")
_RAISES: Final = ("Raises:",)


def _with_parameters(lines: list[str], fields: Iterable[Field]) -> list[str]:
    """Add the descriptions and constraints of parameters, in the author's section if there."""
    start, end = _section(lines, _ARGS)
    missing: dict[str, str] = {}
    for field in fields:
        item = _item(lines[start:end], field.name)
        if item is None:
            if doc := _one_line(field_doc(field)):
                missing[field.name] = doc
        elif words := _one_line(field_facts(field)):
            # The author has described the parameter, so only the facts are added.
            last = start + item
            line = _indent(lines[last]) + _sentences(lines[last].strip(), words)
            lines = [*lines[:last], line, *lines[last + 1 :]]
    return _with_section(lines, _ARGS, missing)


def _raised(errors: Iterable[type[ActionError]]) -> dict[str, str]:
    """Return for each error the first line of its docstring, or its code."""
    sentences: dict[str, str] = {}
    for error in errors:
        sentence = ""
        doc = error.__dict__.get("__doc__")
        if isinstance(doc, str):
            sentence = plain_str(doc).strip().partition("\n")[0]
        sentences[plain_str(error.__name__)] = sentence or f"{plain_str(error._class_code or '')}."
    return sentences


def _with_section(lines: list[str], titles: tuple[str, ...], items: Mapping[str, str]) -> list[str]:
    """Add items to a section of a docstring in Google's style; a missing section is added too."""
    start, end = _section(lines, titles)
    is_missing = start == end
    if is_missing:
        indent = INDENT
    else:
        indent = _indent(lines[start])
    new_items: list[str] = []
    for name, words in items.items():
        if _item(lines[start:end], name) is None:
            new_items.append(f"{indent}{name}: {words}")
    if not is_missing:
        return [*lines[:end], *new_items, *lines[end:]]
    if not new_items:
        return lines
    if lines:
        lines = [*lines, ""]
    return [*lines, titles[0], *new_items]


def _section(lines: list[str], titles: tuple[str, ...]) -> tuple[int, int]:
    """Return where the items of a section begin and end; the end twice without a section."""
    # A section ends at an empty line, or at a line that is not indented below its title.
    for number, line in enumerate(lines):
        if line.strip() in titles:
            start = number + 1
            end = start
            while end < len(lines) and lines[end].strip() and _is_deeper(lines[end], line):
                end += 1
            return start, end
    return len(lines), len(lines)


def _item(lines: list[str], name: str) -> int | None:
    """Return the index of the last line of an item; None if the section does not have it."""
    for number, line in enumerate(lines):
        # "name:", "*args:" or "name (int):", as Google's style has them.
        if re.match(rf"\s*\*{{0,2}}{re.escape(name)}\s*(\(.*\))?:", line):
            last = number
            while last + 1 < len(lines) and _is_deeper(lines[last + 1], line):
                last += 1
            return last
    return None


def _is_deeper(line: str, title: str) -> bool:
    return len(_indent(line)) > len(_indent(title))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def defined_in(action: Action[..., Any]) -> str:
    """Return the file of a handler by its module, so that it is the same on every machine."""
    function = underlying_function(action.handler)
    module = plain_str(str(getattr(function, "__module__", "") or ""))
    if module in ("", "__main__", "__mp_main__"):
        return _script(function)
    path = module.replace(".", "/")
    if hasattr(sys.modules.get(module), "__path__"):
        return f"{path}/__init__.py"
    return f"{path}.py"


def _script(function: Any) -> str:
    """Return the file of a handler in the script that is run, whose module is ``__main__``."""
    function = inspect.unwrap(function)
    if not hasattr(function, "__code__"):
        return "an unknown file"
    return Path(function.__code__.co_filename).name
