"""The typed fields of a form, as the page may show them in the lines that call the action.

The rule of this file: what a form leaves blank when it is shown again, such as a secret, is nowhere
else in the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .._call.endpoint import Endpoint
from .._controls.control import Control, Group
from .._controls.form import form_fields
from .._pages.page_query import Pair

PLACEHOLDER: Final = "SECRET"
"""The text in place of a secret in the lines that call an action."""

_OWN: Final = "_action."
"""The beginning of the names of controls that are not fields of the input."""


def shown_fields(endpoint: Endpoint, fields: Sequence[Pair]) -> list[Pair]:
    """Return the controls that were sent and are in the form; secrets have placeholders."""
    controls: dict[str, Control] = {}
    # Bounded by what was read: there is a control for each field that was sent, and for those of
    # the action.
    for control in _controls(form_fields(endpoint.entry.action, values=fields)):
        controls[control.name] = control
        controls |= {name: control for name, _ in control.marks}  # of an object that goes along unseen
    pairs: list[Pair] = []
    for name, value in fields:
        control_of_value = controls.get(name)
        if name.startswith(_OWN):
            pairs.append((name, value))
        elif control_of_value is not None:
            is_blank = bool(value) and _is_left_blank(control_of_value)
            pairs.append((name, PLACEHOLDER if is_blank else value))
    return pairs


def _controls(nodes: Iterable[Control | Group]) -> Iterator[Control]:
    for node in nodes:
        if isinstance(node, Group):
            yield from _controls(node)
        else:
            yield node


def _is_left_blank(control: Control) -> bool:
    """Return whether a control that holds a value shows none."""
    return control.tag in ("input", "textarea") and control.type not in ("checkbox", "hidden") and not control.value
