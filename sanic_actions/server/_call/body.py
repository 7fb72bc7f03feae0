"""Reads one input from a request: media type, size and time are settled before anything is decoded.

Sanic's own readers are never used: ``request.form`` and ``request.json`` hide errors and know no limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from multidict import istr
from sanic import Request
from sanic.exceptions import SanicException

from ..._actions import Encoding
from ..._errors import CODE_OF, ActionError

JSON: Final = "application/json"
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")

_USUAL: Final[dict[str, Encoding]] = {JSON: "json", FORMS[0]: "form"}
"""What most senders write, letter by letter."""

_ENCODING: Final = istr("content-encoding")
_LENGTH: Final = istr("content-length")
_TYPE: Final = istr("content-type")
"""Names in the form that headers are kept by; any other is brought to it by each look-up."""

SLOWEST: Final = 16_384
"""Bytes per second that a sender must keep up with on average, once the time for a small body has run out."""

ReadChunk = Callable[[], Awaitable[bytes | None]]


def media_type(request: Request[Any, Any], accepted: tuple[Encoding, ...]) -> tuple[Encoding | None, str]:
    """How the body is encoded, and the Content-Type as sent; None without a body and without a Content-Type.

    Raises:
        ActionError: ``UNSUPPORTED_MEDIA_TYPE``, or ``BAD_REQUEST`` for a compressed body.
    """
    headers = request.headers
    if _ENCODING in headers and headers[_ENCODING].strip().lower() != "identity":
        raise ActionError("BAD_REQUEST", "The body is compressed (Content-Encoding), which is not read; send it plain.")
    given: list[str] = headers.getall(_TYPE, [])
    usual = _USUAL.get(given[0]) if len(given) == 1 else None
    if usual in accepted:
        return usual, given[0]
    if not given:
        if headers.get(_LENGTH, "0") != "0":
            raise no_content_type(accepted)
        return None, ""
    encoding = _encoding(given[0]) if len(given) == 1 else None
    if encoding is None or encoding not in accepted:
        raise ActionError("UNSUPPORTED_MEDIA_TYPE", f"The Content-Type is not one of this action. {_accepts(accepted)}")
    return encoding, given[0]


def no_content_type(accepted: tuple[Encoding, ...]) -> ActionError:
    """The refusal of a body that does not say what it is."""
    return ActionError("UNSUPPORTED_MEDIA_TYPE", f"The body has no Content-Type. {_accepts(accepted)}")


def _encoding(content_type: str) -> Encoding | None:
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    if media in FORMS:
        return "form"
    return "json" if media == JSON and _is_utf8(parameters) else None


def _is_utf8(parameters: str) -> bool:
    pairs = [parameter.partition("=") for parameter in parameters.split(";")]
    charsets = [value.strip().strip('"').lower() for key, _, value in pairs if key.strip().lower() == "charset"]
    return all(charset in ("utf-8", "utf8") for charset in charsets)


def _accepts(accepted: tuple[Encoding, ...]) -> str:
    return f"It accepts {' or '.join(name for encoding in accepted for name in _NAMES[encoding])}."


_NAMES: Final[dict[Encoding, tuple[str, ...]]] = {"json": (f"{JSON} in UTF-8",), "form": FORMS}


async def read_body(request: Request[Any, Any], limit: int, seconds: float) -> bytes:
    """The whole body; see ``body_chunks``."""
    if has_arrived(request, limit):
        return await arrived_body(request)
    return b"".join([chunk async for chunk in body_chunks(request, limit, seconds)])


def has_arrived(request: Request[Any, Any], limit: int) -> bool:
    """Whether the body came along with its head, as small ones do: nothing to wait for, so no clock is needed."""
    length = request.headers.get(_LENGTH)
    arrived = getattr(request.stream, "recv_buffer", None)
    if arrived is None or length is None or len(length) > 8 or not (length.isascii() and length.isdigit()):
        return False  # int() reads '1_0' and the digits of other scripts too
    return len(arrived) >= int(length) <= limit


async def arrived_body(request: Request[Any, Any]) -> bytes:
    """A body of which ``has_arrived`` says so."""
    stream: Any = request.stream
    body: bytes = await stream.read() or b""
    if not stream.request_bytes_left:
        stream.request_body = None  # as at the end of a body, which Sanic looks for afterwards otherwise
    return body or request.body


async def body_chunks(request: Request[Any, Any], limit: int, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes in.

    Raises:
        ActionError: ``CONTENT_TOO_LARGE`` beyond ``limit`` bytes, as early as it is known; ``REQUEST_TIMEOUT`` when it
            takes longer than ``seconds`` plus the time that its bytes are worth; ``BAD_REQUEST`` when it is cut short.
    """
    if has_arrived(request, limit):
        yield await arrived_body(request)
        return
    expected = _declared_length(request)
    received = 0
    if expected is not None and expected > limit:
        raise _too_large(limit)
    if request.body:  # a middleware has read it
        if len(request.body) > limit:
            raise _too_large(limit)
        yield request.body
        return
    read, started = _reader(request), asyncio.get_running_loop().time()
    while chunk := await _before(started + seconds + received / SLOWEST, read, request):
        received += len(chunk)
        if received > limit:
            raise _too_large(limit)
        yield chunk
    if expected is not None and received != expected:
        raise ActionError("BAD_REQUEST", f"The body ended after {received} of {expected} bytes.")


def _declared_length(request: Request[Any, Any]) -> int | None:
    codings: list[str] = request.headers.getall("transfer-encoding", [])
    if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
        raise ActionError("BAD_REQUEST", "The Transfer-Encoding is another than 'chunked', the one that is read.")
    length = request.headers.get(_LENGTH)
    if length is None or codings:
        return None
    if not length.isascii() or not length.isdigit() or len(length) > 18:
        raise ActionError("BAD_REQUEST", "The Content-Length is no number of bytes.")
    return int(length)


async def _before(deadline: float, read: ReadChunk, request: Request[Any, Any]) -> bytes | None:
    try:
        async with asyncio.timeout_at(deadline):
            return await read()
    except TimeoutError:
        _hang_up(request)
        raise ActionError("REQUEST_TIMEOUT", "The body did not arrive in time.") from None
    except SanicException as error:  # chunks that are none, for one
        code = CODE_OF.get(error.status_code, "BAD_REQUEST")
        raise ActionError(code, "The body could not be read to its end.") from None


def _reader(request: Request[Any, Any]) -> ReadChunk:
    """Gives the next non-empty chunk, then None."""
    stream: Any = request.stream
    if request.app.asgi:
        return lambda: _read_asgi(stream)
    chunks = aiter(stream)
    return lambda: anext(chunks, None)


async def _read_asgi(stream: Any) -> bytes | None:
    # Sanic takes http.disconnect for the end of the body, so that a body cut short would look complete.
    while stream.request_body:
        message = await stream.transport.receive()
        if message["type"] == "http.disconnect":
            raise ActionError("BAD_REQUEST", "The connection was lost before the body was complete.")
        stream.request_body = message.get("more_body", False)
        if chunk := message.get("body", b""):
            return bytes(chunk)
    return None


def _hang_up(request: Request[Any, Any]) -> None:
    """Have Sanic's own server close the connection after the answer instead of waiting for the rest of the body."""
    stream: Any = request.stream
    if hasattr(stream, "keep_alive"):
        stream.keep_alive, stream.request_body = False, None


def _too_large(limit: int) -> ActionError:
    return ActionError("CONTENT_TOO_LARGE", f"The body has more than {limit} bytes, the most that this action takes.")
