"""Posts that run nothing: a button only changes a form, or the form is only to be checked.

The rule of this file holds for all entrances: a call asks it after its input is read, whatever the
entrance has asked before. ``_action.add`` adds a row, wherever it is posted to, and never runs an
action.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from multidict import istr
from sanic import Request

from ..._errors import ActionError
from ..._forms.edits import edit_of
from ..._forms.names import steps_of
from ..._forms.tree import Pair
from .entrance import ServerCall

HEADER: Final = istr("sanic-action")
"""Says what a post is for: ``validate`` only asks if it is valid; ``script`` is ours.

Any other value is refused: a misspelled ``validate`` must not run the action.
"""

TOUCHED: Final = "_action.touched"
"""Control that names a field which is to be checked, where ``validate`` asks for no more."""


def asks_only(request: Request[Any, Any]) -> bool:
    """Return whether an input is to be checked without running anything."""
    return HEADER in request.headers and _purpose(request) == "validate"


def is_from_script(request: Request[Any, Any]) -> bool:
    """Return whether a script has posted a form, which cannot see where a redirect leads."""
    return _purpose(request) == "script"


def refuse_unsubmitted(call: ServerCall) -> None:
    """Refuse to run what was not submitted to be run.

    Raises:
        ActionError: ``BAD_REQUEST``; the call says why, as ``unsubmitted``.
    """
    if call.form is not None:
        refuse_changed(call, call.form.fields)
    # A header is of the call that a request brings, not of those that the server makes meanwhile.
    if HEADER in call.request.headers and not call.is_local:
        purpose = _purpose(call.request)
        if purpose == "validate":
            call.unsubmitted = "checked"
            raise ActionError("BAD_REQUEST", "The input was checked, not sent.")
        if purpose != "script":
            raise ActionError("BAD_REQUEST", "The header Sanic-Action is neither 'validate' nor 'script'.")


def _purpose(request: Request[Any, Any]) -> str:
    value: str = request.headers.get(HEADER, "")
    return value.strip().lower()


def refuse_changed(call: ServerCall, fields: Iterable[Pair]) -> None:
    """Refuse to run a form whose button only changes it, unvalidated: it may be half empty.

    Raises:
        ActionError: ``BAD_REQUEST``; the call says why, as ``unsubmitted``.
    """
    edit = edit_of(fields)
    if edit is None:
        return
    call.unsubmitted = "changed"
    raise ActionError("BAD_REQUEST", f"The form was changed, not sent: {edit[0]!r} runs nothing.")


def touched_fields(fields: Iterable[Pair]) -> set[str]:
    """Return the fields that the visitor has filled in so far, where only these are checked."""
    return {".".join(steps_of(value)) for name, value in fields if name == TOUCHED}
