"""Import an app without serving it, for commands that only read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from sanic import Sanic


class ServerStarted(Exception):  # noqa: N818  # not an error of the app when it is run
    """A module starts its server when it is imported."""


@contextlib.contextmanager
def nothing_served() -> Iterator[None]:
    """Refuse to start a server: a module that calls ``app.run()`` when it is imported would keep a command for ever.

    Sanic has no switch for that, so its entrances are closed meanwhile.
    """

    def refuse(*args: object, **kwargs: object) -> None:
        raise ServerStarted

    own = {name: vars(Sanic)[name] for name in _ENTRANCES if name in vars(Sanic)}
    for name in _ENTRANCES:
        setattr(Sanic, name, refuse)
    try:
        yield
    finally:
        for name in _ENTRANCES:
            # Most are defined in a mixin, and are found again once ours is deleted.
            delattr(Sanic, name)
            if name in own:
                setattr(Sanic, name, own[name])


_ENTRANCES: Final = ("run", "prepare", "serve", "serve_single", "create_server")
