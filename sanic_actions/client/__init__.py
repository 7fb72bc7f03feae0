"""Calls actions: clients, results and errors for people, transports for those who write their own.

Importing this loads neither pydantic nor an HTTP client; both come at the first call.
"""

from __future__ import annotations

from .._door import lazy_names
from .._errors import ActionError as ActionError
from .._errors import CallError as CallError
from .._errors import InputError as InputError
from .._errors import Issue as Issue
from .._literals import Code as Code
from .._observers import ObservedCall as ObservedCall
from .._observers import Observer as Observer
from .._results import Err as Err
from .._results import Ok as Ok
from .._results import Redirect as Redirect
from .._results import Result as Result
from ._builtin_transports import AsyncHttpx2Transport as AsyncHttpx2Transport
from ._builtin_transports import AsyncPyqwestTransport as AsyncPyqwestTransport
from ._builtin_transports import Httpx2Transport as Httpx2Transport
from ._builtin_transports import PyqwestTransport as PyqwestTransport
from ._calls import AsyncCall as AsyncCall
from ._calls import Call as Call
from ._clients import AsyncClient as AsyncClient
from ._clients import Client as Client
from ._contract_changed import ContractChanged as ContractChanged
from ._declared import Declared as Declared
from ._declared import DeclaredDownload as DeclaredDownload
from ._declared import DeclaredStream as DeclaredStream
from ._decorators import call as call
from ._decorators import download as download
from ._decorators import raises as raises
from ._decorators import stream as stream
from ._file import File as File
from ._namespaces import Async as Async
from ._namespaces import Calls as Calls
from ._namespaces import Sync as Sync
from ._transport import AsyncOpenResponse as AsyncOpenResponse
from ._transport import AsyncStreamingTransport as AsyncStreamingTransport
from ._transport import AsyncTransport as AsyncTransport
from ._transport import BadResponse as BadResponse
from ._transport import Body as Body
from ._transport import NotSent as NotSent
from ._transport import OpenResponse as OpenResponse
from ._transport import Request as Request
from ._transport import Response as Response
from ._transport import StreamingTransport as StreamingTransport
from ._transport import Transport as Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._async_downloads import AsyncDownload as AsyncDownload
    from ._async_downloads import AsyncDownloadCall as AsyncDownloadCall
    from ._async_downloads import AsyncSafeDownload as AsyncSafeDownload
    from ._downloads import Download as Download
    from ._downloads import DownloadCall as DownloadCall
    from ._downloads import SafeDownload as SafeDownload
    from ._streams import AsyncStream as AsyncStream
    from ._streams import AsyncStreamCall as AsyncStreamCall
    from ._streams import Stream as Stream
    from ._streams import StreamCall as StreamCall
# Streams and downloads are for those who have some. The rest is imported here by packages that version 0.1.0
# generated; later ones have a door of their own.
_HOMES = {
    "AsyncDownload": "._async_downloads",
    "AsyncDownloadCall": "._async_downloads",
    "AsyncSafeDownload": "._async_downloads",
    "AsyncStream": "._streams",
    "AsyncStreamCall": "._streams",
    "Download": "._downloads",
    "DownloadCall": "._downloads",
    "Options": "._options",
    "Revealed": "._secret",
    "SafeDownload": "._downloads",
    "Stream": "._streams",
    "StreamCall": "._streams",
    "circle": "._circle",
    "lazy": ".._lazy",
    "submodules": "._lazy",
}
if not TYPE_CHECKING:  # checkers would take any name for one of this module
    __getattr__, __dir__ = lazy_names(__name__, _HOMES)

__all__ = [
    "ActionError",
    "Async",
    "AsyncCall",
    "AsyncClient",
    "AsyncDownload",
    "AsyncDownloadCall",
    "AsyncHttpx2Transport",
    "AsyncOpenResponse",
    "AsyncPyqwestTransport",
    "AsyncSafeDownload",
    "AsyncStream",
    "AsyncStreamCall",
    "AsyncStreamingTransport",
    "AsyncTransport",
    "BadResponse",
    "Body",
    "Call",
    "CallError",
    "Calls",
    "Client",
    "Code",
    "ContractChanged",
    "Declared",
    "DeclaredDownload",
    "DeclaredStream",
    "Download",
    "DownloadCall",
    "Err",
    "File",
    "Httpx2Transport",
    "InputError",
    "Issue",
    "NotSent",
    "ObservedCall",
    "Observer",
    "Ok",
    "OpenResponse",
    "PyqwestTransport",
    "Redirect",
    "Request",
    "Response",
    "Result",
    "SafeDownload",
    "Stream",
    "StreamCall",
    "StreamingTransport",
    "Sync",
    "Transport",
    "call",
    "download",
    "raises",
    "stream",
]
