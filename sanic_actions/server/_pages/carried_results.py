"""Carries a result across one redirect: the result in the state store, a random id in a cookie.

The id is valid once, for one path and for a short time. If the store fails, the page shows no
result; the action has run all the same.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json, to_json
from sanic import HTTPResponse, Request

from .._call.entrance import ServerCall
from .._host import TokenCookie
from .._once import LIFETIME as LIFETIME_OF_RUNS
from .._own_address import is_https
from .._state.store import StateError, StateStore

logger: Final = logging.getLogger("sanic_actions")

COOKIE: Final = "sanic-actions"
"""The cookie's name; over https it is prefixed with ``__Host-`` (RFC 6265bis, 4.1.3.2)."""

LIFETIME: Final = 60
"""Seconds within which the page must be requested."""

MOST_AGAIN: Final = 2
"""How often a result waits once more: the script asks for a page that fails, and then visits it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedResult:
    """A result that waits for its page: action, key of the form, and the outcome as stored.

    Attributes:
        again: The key and the record under which it waits once more; None after ``MOST_AGAIN`` times.
    """

    name: str
    key: str
    record: bytes
    again: tuple[str, bytes] | None = None


async def leave_result(
    store: StateStore, call: ServerCall, response: HTTPResponse, *, path: str, key: str, record: bytes
) -> None:
    """Keep a result for the next GET of a path, and put its id on the response that leads there."""
    identity = secrets.token_urlsafe(24)  # 32 characters, which the expressions below look for
    try:
        head = to_json([call.name, key, *([call.run_key] if call.run_key else [])])
        # The line break cannot occur in the head: in JSON it is escaped.
        await store.put(_stored(identity, path), head + b"\n" + record, LIFETIME)
    except StateError as error:
        extra = {"action": call.name}
        logger.warning("The result of %r cannot be shown after the redirect: %s", call.name, error, extra=extra)
        return
    https = is_https(call.request)
    # Another host of the domain cannot set a cookie with this prefix, which needs https (RFC
    # 6265bis, 4.1.3.2).
    name = f"__Host-{COOKIE}" if https else COOKIE
    cookie = TokenCookie.of_site(name, identity, max_age=LIFETIME, secure=https)
    response.headers.add("set-cookie", cookie)


async def find_result(store: StateStore, request: Request[Any, Any]) -> CarriedResult | None:
    """Return the result that waits for this request; it is gone afterwards."""
    cookies = request.headers.get("cookie", "")
    match = (_HOST_COOKIE if is_https(request) else _PLAIN_COOKIE).search(cookies)
    if match is None or _is_prefetch(request):  # a prefetch would use up the result before the visit
        return None
    store_key = _stored(match[1], request.path)
    try:
        record = await store.pop(store_key)
    except StateError as error:
        logger.warning("A result cannot be shown after its redirect: %s", error)
        return None
    if record is None:
        return None
    again = None if record.startswith(_AGAIN * MOST_AGAIN) else (store_key, _AGAIN + record)
    head, _, body = record.lstrip(_AGAIN).partition(b"\n")
    name, key, *run_keys = from_json(head)
    for run_key in run_keys:
        await _mark_shown(store, run_key)
    return CarriedResult(name=name, key=key, record=body, again=again)


async def leave_again(store: StateStore, result: CarriedResult) -> None:
    """Keep a result whose page could not be shown, for a reload.

    A few times only: a page that fails because of the result can then be seen without it.
    """
    if result.again is None:
        return
    store_key, record = result.again
    try:
        await store.put(store_key, record, LIFETIME)
    except StateError as error:
        extra = {"action": result.name}
        logger.warning("The result of %r cannot be shown after a reload: %s", result.name, error, extra=extra)


async def _mark_shown(store: StateStore, run_key: str) -> None:
    try:
        await store.put(_SHOWN_KEY + run_key, b"1", LIFETIME_OF_RUNS)
    except StateError as error:
        logger.warning("A form that is sent from Back will not be known as sent before: %s", error)


async def was_shown(store: StateStore, run_key: str) -> bool:
    """Return whether the result of a run has been shown.

    A form that comes again after that was sent from a page that the visitor went back to; before
    that, it is a second click.
    """
    try:
        mark = await store.pop(_SHOWN_KEY + run_key)
        # Put back, as the protocol has no method that only reads: of two posts at once, one may
        # miss it.
        if mark is not None:
            await store.put(_SHOWN_KEY + run_key, mark, LIFETIME_OF_RUNS)
    except StateError:
        return False
    return mark is not None


def _stored(identity: str, path: str) -> str:
    # With the path, so that a picture or a script that is requested meanwhile does not use it up.
    return f"result:{identity}:{path}"


def _is_prefetch(request: Request[Any, Any]) -> bool:
    # Older browsers send Purpose, which no standard has.
    purpose: str = request.headers.get("sec-purpose") or request.headers.get("purpose") or ""
    return "prefetch" in purpose


_AGAIN: Final = b"+"
"""Stands before a record for each time that its result waits once more; a record begins with a bracket."""

_SHOWN_KEY: Final = "result:shown:"
_PLAIN_COOKIE: Final = re.compile(rf"(?:^|[;\s]){COOKIE}=([A-Za-z0-9_-]{{32}})(?=[;\s]|$)")
_HOST_COOKIE: Final = re.compile(rf"(?:^|[;\s])__Host-{COOKIE}=([A-Za-z0-9_-]{{32}})(?=[;\s]|$)")
"""Finds one cookie: parsing the whole header would cost five times as much."""
