"""The message for an object whose class is not the package's: mostly it is the server's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .._errors import InputError, Issue, replace_issues

_OF_A_CLASS: Final = frozenset({"model_type", "model_attributes_type", "dataclass_type", "enum"})
"""Types of issues that an object of another class has."""


def with_foreign_classes(error: InputError, value: object) -> InputError:
    """Return an error whose issues name the class of an object that is not of the declared one.

    Args:
        error: What validation says; its paths have a step for each level of the value.
        value: What was validated.
    """
    try:
        return replace_issues(error, [_with_class(issue, value) for issue in error.issues])
    except Exception:  # looking into an object runs its own code
        return error


def _with_class(issue: Issue, value: object) -> Issue:
    if issue.type not in _OF_A_CLASS:
        return issue
    kind = type(_at(issue.path, value))
    if kind.__module__ in ("builtins", __name__):
        return issue
    name = f"{kind.__module__}.{kind.__qualname__}"
    sentence = f"{issue.message}, not a {name}: import the class from this package"
    return Issue(issue.path, sentence, issue.type, issue.values)


def _at(path: str, value: Any) -> object:
    """Return the value at a field path; None if there is none."""
    for step in filter(None, path.split(".")):
        if isinstance(value, Mapping):
            value = value.get(step, None)
        elif isinstance(value, Sequence) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = getattr(value, step, None)
    return value
