"""Calls every guarded action of an app as somebody who has no credentials, in process, and sees who is let in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from typing import Any, Final

from sanic import Sanic

from ._blueprint import mounts

Message = dict[str, Any]

NO_TYPE: Final = "application/x-nothing"
"""A media type that no action accepts, so that no handler runs whatever the guards say."""

_PAST_GUARDS: Final = 415


async def anonymous_answers(app: object, open_to_all: Collection[str] = ()) -> dict[str, int | None]:
    """By path, the status with which a guarded action let an anonymous call in; None where it refused.

    Raises:
        TypeError: It is no app.
        ValueError: There is nothing to check, or an action that is said to be open does not exist.
        RuntimeError: The app does not start.
    """
    if not isinstance(app, Sanic):
        raise TypeError(f"{app!r} is no Sanic app.")
    found = [(mount.prefix, entry) for mount in mounts(app) for entry in mount.entries.values()]
    if unknown := set(open_to_all) - {entry.name for _, entry in found}:
        raise ValueError(f"There is no action {min(unknown)!r} in app {app.name!r}.")
    paths = [f"{prefix}/{entry.name}" for prefix, entry in found if entry.guards and entry.name not in open_to_all]
    if not paths:
        raise ValueError(f"App {app.name!r} has no guarded actions.")
    answers = await _statuses(app, paths)
    return {path: None if _is_refusal(status) else status for path, status in answers.items()}


def _is_refusal(status: int) -> bool:
    return 400 <= status < 500 and status != _PAST_GUARDS


async def _statuses(app: Any, paths: list[str]) -> dict[str, int]:
    started, asgi, touch_up = app.state.is_started, app.asgi, app.config.TOUCHUP
    app.config.TOUCHUP = False  # it rewrites Sanic's own methods, for every app of the process, and only once
    try:
        async with _lifespan(app):
            return {path: await _status(app, path) for path in paths}
    finally:
        # A started app takes no listener outside of a loop, and the first use of ``app.test_client`` adds one.
        app.router.reset()
        app.signal_router.reset()
        app.state.is_started, app.asgi, app.config.TOUCHUP = started, asgi, touch_up


@contextlib.asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    """The app with its listeners run, as an ASGI server runs them."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    lifespan = asyncio.create_task(app({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    started = await from_app.get()
    if started["type"] != "lifespan.startup.complete":
        lifespan.cancel()  # Sanic would go on to wait for its shutdown
        raise RuntimeError(f"The app does not start: {started.get('message')}")
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await lifespan


async def _status(app: Any, path: str) -> int:
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = {"host": "localhost", "content-type": NO_TYPE, "content-length": "1"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    return statuses[0]
