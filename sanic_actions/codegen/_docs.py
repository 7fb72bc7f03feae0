"""The docstrings of generated code: what the server's authors wrote, what their types add, and where to look."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any, get_args

from .._actions import Action
from .._definition import underlying_function
from .._namespace import Entry
from .._types.annotations import is_annotated
from .._types.constraints import constraints
from .._types.fields import Field
from ._aliases import is_plain
from ._constraints import told
from ._text import docstring, exact


def field_lines(field: Field, at_run_time: bool) -> list[str]:
    """The docstring of a field, for stubs: nothing at run time can show it."""
    return [] if at_run_time else docstring(field_doc(field))


def field_doc(field: Field) -> str:
    """The description of a field and its constraints; empty if there is nothing to say."""
    if field.info.description is None and is_plain(field):
        return ""
    metadata = _metadata(field.annotation)
    words = told(constraints([*metadata, field.info]), metadata)
    description = exact(field.info.description or "").strip()
    if description and words and description[-1] not in ".!?":
        description += "."
    return f"{description} {words}".strip()


def _metadata(annotation: Any) -> list[Any]:
    if not is_annotated(annotation):
        return []
    inner, *metadata = get_args(annotation)
    return [*_metadata(inner), *metadata]


def action_doc(entry: Entry) -> str:
    """The handler's docstring, what its parameters add to it, and where it is defined."""
    definition = entry.definition
    parts = [exact(definition.doc or "")]
    fields = definition.input.fields if definition.input else None
    if lines := [f"    {field.name}: {doc}" for field in fields or () if (doc := _one_line(field_doc(field)))]:
        head = "Constraints:" if "Args:" in parts[0].split() else "Args:"
        parts.append("\n".join([head, *lines]))
    if definition.deprecated:
        parts.append(f"Deprecated: {exact(definition.deprecated)}")
    parts.append(f"Defined in {defined_in(entry.action)}.")
    return "\n\n".join(filter(None, parts))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def defined_in(action: Action[..., Any]) -> str:
    """The file of a handler by its module, which is the same on every machine."""
    function = underlying_function(action.handler)
    module = str(getattr(function, "__module__", "") or "")
    loaded = sys.modules.get(module)
    if module in ("", "__main__", "__mp_main__"):
        code = inspect.unwrap(function).__code__ if hasattr(function, "__code__") else None
        return Path(code.co_filename).name if code else "an unknown file"
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if hasattr(loaded, "__path__") else f"{path}.py"
