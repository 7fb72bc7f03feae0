"""Describe headers: those that an action reads, and those of its refusals."""

from __future__ import annotations

from typing import Final

from ..._credential import Credential
from ..._entry import Entry
from ..._limits import Limits
from .schemas import Json

Refusals = dict[str, tuple[str, Json | None]]
"""The answers of the library itself, by status: a description, and headers."""


def parameters_of(entry: Entry) -> list[Json]:
    """Return the headers for sending a call again, and for resuming a stream."""
    parameters: list[Json] = []
    if entry.action.once:
        parameters.append(_IDEMPOTENCY_KEY)
    # A stream is resumed by calling it again, which clients do only with idempotent actions.
    if entry.definition.has_ids and entry.action.idempotent:
        parameters.append(_LAST_EVENT_ID)
    return parameters


def refusals_of(entry: Entry, limits: Limits) -> Refusals:
    """Return the refusals of an action's guards and limits.

    Args:
        entry: The action.
        limits: The limits of its blueprint, for those that the action does not set.
    """
    refusals: Refusals = {}
    credentials = [guard for guard in entry.guards if isinstance(guard, Credential)]
    if credentials:
        has_challenge = any(part.challenge for guard in credentials for part in guard.parts())
        refusals["401"] = "The credentials are missing or nobody's.", _CHALLENGE if has_challenge else None
        refusals["403"] = "Whose the credentials are may not do this.", None
    own_limits = entry.limits.within(limits)
    if own_limits.rate is not None:
        refusals["429"] = f"One caller has called too often: the most is {own_limits.rate}.", _RETRY_AFTER
    if own_limits.concurrent is not None:
        refusals["503"] = "Too many calls are under way, or the call took too long.", _RETRY_AFTER
    return refusals


_CHALLENGE: Final[Json] = {
    "WWW-Authenticate": {"description": "How to sign in (RFC 9110, section 11.6.1).", "schema": {"type": "string"}},
}
_RETRY_AFTER: Final[Json] = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
}
_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Chosen at random for each call; sent again with the same key, the call runs once.",
    "schema": {"type": "string", "minLength": 16, "maxLength": 255},
}
_LAST_EVENT_ID: Final[Json] = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The id of the last item that arrived, to take up a stream that broke off behind it.",
    "schema": {"type": "string"},
}
