"""Calls actions: what generated client packages are made of, and what their users may pass to them.

Importing this loads neither pydantic nor an HTTP client; both come at the first call.
"""

from __future__ import annotations

from .._errors import ActionError as ActionError
from .._errors import CallError as CallError
from .._errors import InputError as InputError
from .._errors import Issue as Issue
from .._lazy import lazy as lazy
from .._results import Err as Err
from .._results import Ok as Ok
from .._results import Redirect as Redirect
from .._results import Result as Result
from ._clients import AsyncClient as AsyncClient
from ._clients import Client as Client
from ._declared import Async as Async
from ._declared import AsyncCall as AsyncCall
from ._declared import Call as Call
from ._declared import Calls as Calls
from ._declared import Declared as Declared
from ._declared import Sync as Sync
from ._declared import call as call
from ._declared import raises as raises
from ._file import File as File
from ._lazy import submodules as submodules
from ._secret import Revealed as Revealed
from ._transport import AsyncTransport as AsyncTransport
from ._transport import BadResponse as BadResponse
from ._transport import Body as Body
from ._transport import NotSent as NotSent
from ._transport import Request as Request
from ._transport import Response as Response
from ._transport import Transport as Transport
from ._transports import AsyncHttpx2Transport as AsyncHttpx2Transport
from ._transports import AsyncPyqwestTransport as AsyncPyqwestTransport
from ._transports import Httpx2Transport as Httpx2Transport
from ._transports import PyqwestTransport as PyqwestTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._literals import Code as Code
    from ._circle import circle as circle
    from ._options import Options as Options

# These import typing, so they come on first use (PEP 562).
_HOMES = {
    "Code": ".._literals",
    "circle": "._circle",
    "Options": "._options",
}

__all__ = [
    "ActionError",
    "Async",
    "AsyncCall",
    "AsyncClient",
    "AsyncHttpx2Transport",
    "AsyncPyqwestTransport",
    "AsyncTransport",
    "BadResponse",
    "Body",
    "Call",
    "CallError",
    "Calls",
    "Client",
    "Code",
    "Declared",
    "Err",
    "File",
    "Httpx2Transport",
    "InputError",
    "Issue",
    "NotSent",
    "Ok",
    "Options",
    "PyqwestTransport",
    "Redirect",
    "Request",
    "Response",
    "Result",
    "Revealed",
    "Sync",
    "Transport",
    "call",
    "circle",
    "lazy",
    "raises",
    "submodules",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
