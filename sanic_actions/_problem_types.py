"""Errors of the library itself: each has a ``type`` for programs, so that its sentence can change (RFC 9457).

In the layer of words: the standard library only.
"""

from __future__ import annotations

from ._errors import ActionError
from ._literals import Code

__all__ = ["NO_SUCH_ACTION", "PROBLEM_TYPES", "issue_type", "problem_type", "refusal"]

NO_SUCH_ACTION = "There is no action of this name."
"""The message for an unknown action; older clients know it by it, so it must not change."""

PROBLEM_TYPES = "urn:sanic-actions:"
"""The beginning of each ``type`` (RFC 9457, section 3.1.1) of an error of the library itself."""


def refusal(kind: str, code: Code, message: str) -> ActionError:
    """Return an error of the library itself, with a ``type`` by which programs recognise it.

    Args:
        kind: What happened, in words joined by hyphens: ``no-such-action``.
        code: The code, as of any error.
        message: A sentence for people, which may change.
    """
    error = ActionError(code, message)
    # Under a name that no field of a typed error can have.
    error.__dict__["_problem_type"] = f"{PROBLEM_TYPES}{kind}"
    return error


def issue_type(error: ActionError) -> str:
    """Return the type of an error as a sentence for visitors: ``sent_before`` of the library, ``conflict`` of an app.

    An app's own error of the same code says something else, and must not be translated as ours.
    """
    kind = problem_type(error)
    if kind.startswith(PROBLEM_TYPES):
        return kind.removeprefix(PROBLEM_TYPES).replace("-", "_")
    return error.code.lower()


def problem_type(error: ActionError) -> str:
    """Return the ``type`` of an error as a problem; ``about:blank`` if the code says it all."""
    kind: str = error.__dict__.get("_problem_type", "about:blank")
    return kind
