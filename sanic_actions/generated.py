"""The door for generated client packages: all that their code imports, nothing for people.

People and authors of transports have ``sanic_actions.client``. Importing this loads neither
pydantic nor an HTTP client; both come at the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import ActionError
from ._lazy import lazy
from ._results import Redirect
from .client._circle import circle
from .client._clients import AsyncClient, Client
from .client._decorators import call, download, raises, stream
from .client._file import File
from .client._lazy import submodules
from .client._namespaces import Async, Calls, Sync
from .client._secret import Revealed
from .client._unknown_values import is_unknown, server_only, server_only_fields, uncomputed, unknown

__all__ = [
    "ActionError",
    "Async",
    "AsyncClient",
    "Calls",
    "Client",
    "File",
    "Redirect",
    "Revealed",
    "Sync",
    "call",
    "circle",
    "download",
    "is_unknown",
    "lazy",
    "raises",
    "server_only",
    "server_only_fields",
    "stream",
    "submodules",
    "uncomputed",
    "unknown",
]

if not TYPE_CHECKING:  # or type checkers would accept any name of this module

    def __getattr__(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"This version of sanic-actions has no {name!r}: the client package that asks for it "
            "was generated with another version. Install that one, or run 'sanic-actions generate' "
            "again."
        )
