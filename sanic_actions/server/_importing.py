"""Import an app without serving it, for commands that only read it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final

from sanic import Sanic


class ServerStarted(Exception):  # not an error of the app when it is run
    """A module starts its server when it is imported."""


@contextlib.contextmanager
def nothing_served() -> Iterator[None]:
    """Refuse to start a server in this block: a module that calls ``app.run()`` on import would never return.

    Sanic has no option for that, so its methods are replaced meanwhile. An ASGI server is told that
    the startup failed, and exits in its own way, whatever that is.

    Raises:
        ServerStarted: The module has started one.
    """
    has_started = False

    def refuse(*args: object, **kwargs: object) -> None:
        raise ServerStarted

    async def refuse_asgi(app: object, scope: Mapping[str, object], receive: Receive, send: Send) -> None:
        nonlocal has_started
        if scope["type"] == "lifespan":
            has_started = True
            await receive()
            await send({"type": "lifespan.startup.failed", "message": _NOT_NOW})

    own = {name: vars(Sanic)[name] for name in _ENTRANCES if name in vars(Sanic)}
    for name in _ENTRANCES:
        setattr(Sanic, name, refuse_asgi if name == "__call__" else refuse)
    try:
        yield
    except BaseException as error:
        if has_started:
            raise ServerStarted from error
        raise
    finally:
        for name in _ENTRANCES:
            # Most are inherited from a mixin, and found there again once ours is deleted.
            delattr(Sanic, name)
            if name in own:
                setattr(Sanic, name, own[name])
    if has_started:
        raise ServerStarted


Receive = Callable[[], Awaitable[object]]
Send = Callable[[Mapping[str, object]], Awaitable[None]]

_ENTRANCES: Final = ("run", "prepare", "serve", "serve_single", "create_server", "__call__")
_NOT_NOW: Final = "A command only imports the app: start the server under 'if __name__ == \"__main__\":'."
