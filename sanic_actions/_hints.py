"""Reads the annotations of a function one by one, so that each mistake in them is found at once."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from types import SimpleNamespace
from typing import Any, get_type_hints

Reason = tuple[str, str]
"""Reason and remedy."""


def read_hints(function: Any, names: Mapping[str, Any] | None) -> tuple[dict[str, Any], dict[str, Reason]]:
    """The types of parameters and of ``return``, and why those of others cannot be read.

    Args:
        function: The function whose annotations they are.
        names: The local names around it, if it stands inside a function.
    """
    try:
        return get_type_hints(function, localns=dict(names) if names else None, include_extras=True), {}
    except Exception:  # any of them can fail in any way; which ones?
        return _one_by_one(function, names or {})


def _one_by_one(function: Any, names: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Reason]]:
    hints: dict[str, Any] = {}
    wrong: dict[str, Reason] = {}
    around = {**getattr(function, "__globals__", {}), **names}
    for name, annotation in inspect.get_annotations(function).items():
        alone = SimpleNamespace(__annotations__={name: annotation})
        try:
            hints |= get_type_hints(alone, globalns=around, include_extras=True)
        except NameError as error:
            wrong[name] = _missing(str(error.name), around)
        except Exception as error:
            wrong[name] = f"the annotation {annotation!r} cannot be read: {error}", "Write it as a type."
    return hints, wrong


def _missing(name: str, around: Mapping[str, Any]) -> Reason:
    near = get_close_matches(name, around, 1, cutoff=0.75)
    typo = f" Or did you mean {near[0]!r}?" if near else ""
    remedy = "Import it for real, not only under TYPE_CHECKING: actions are read at run time."
    return f"the annotation names {name!r}, which is not defined.", remedy + typo
