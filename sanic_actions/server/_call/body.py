"""Reads one input from a request: media type, size and time are settled before anything is decoded.

Sanic's own readers are never used: ``request.form`` and ``request.json`` hide errors and know no
limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from multidict import istr
from sanic import Request
from sanic.exceptions import SanicException

from ..._actions import Encoding
from ..._errors import CODE_OF, ActionError
from ..._server_mistakes import runtime_error
from .._form_body import URLENCODED, FormBody, FormLimits, read_form, urlencoded_form
from .._host import (
    ReadChunk,
    chunk_reader,
    consumed_size,
    hang_up,
    has_arrived,
    is_body_over,
    is_connection_lost,
    read_at_hand,
)
from .endpoint import Endpoint

JSON: Final = "application/json"
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")

_USUAL: Final[dict[str, Encoding]] = {JSON: "json", FORMS[0]: "form"}
"""What most senders write, letter by letter."""

_ENCODING: Final = istr("content-encoding")
_LENGTH: Final = istr("content-length")
_TYPE: Final = istr("content-type")
"""Header names as ``istr``, as the header mapping stores them; others would be converted."""

SLOWEST: Final = 16_384
"""Bytes per second that a sender has to keep up with, after the time for a small body."""

MAX_TYPE: Final = 100
"""Characters of a Content-Type that a message repeats."""

PARTS: Final = 4_096
PART: Final = 64
"""A body may come in 4,096 parts plus one for every 64 bytes.

A part costs the worker as much as a small call, so tiny ones would be a cheap attack.
"""

YIELD: Final = 64
"""Parts after which the event loop gets a turn."""


def media_type(request: Request[Any, Any], encodings: tuple[Encoding, ...]) -> tuple[Encoding | None, str]:
    """Return how the body is encoded, and its Content-Type; None if there is neither.

    Raises:
        ActionError: ``UNSUPPORTED_MEDIA_TYPE``, or ``BAD_REQUEST`` for a compressed body.
    """
    headers = request.headers
    # Refused, not decompressed: a few kilobytes can stand for gigabytes.
    if _ENCODING in headers and headers[_ENCODING].strip().lower() not in ("", "identity"):
        raise ActionError("BAD_REQUEST", "The body is compressed (Content-Encoding), which is not read; send it plain.")
    content_types: list[str] = headers.getall(_TYPE, [])
    if len(content_types) == 1:
        usual = _USUAL.get(content_types[0])
    else:
        usual = None
    if usual in encodings:
        return usual, content_types[0]
    if not content_types:
        if headers.get(_LENGTH, "0") != "0":
            raise no_content_type(encodings)
        return None, ""
    if len(content_types) == 1:
        encoding = _encoding(content_types[0])
    else:
        encoding = None
    if encoding is None or encoding not in encodings:
        sent = ", ".join(content_types)[:MAX_TYPE]
        message = f"The Content-Type is not one of this action. {_accepts(encodings)} It was {sent!r}."
        raise ActionError("UNSUPPORTED_MEDIA_TYPE", message)
    return encoding, content_types[0]


def no_content_type(encodings: tuple[Encoding, ...]) -> ActionError:
    """Return the refusal of a body that does not say what it is."""
    return ActionError("UNSUPPORTED_MEDIA_TYPE", f"The body has no Content-Type. {_accepts(encodings)}")


def _encoding(content_type: str) -> Encoding | None:
    # Types are compared without their case (RFC 9110, 8.3.1).
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    if media in FORMS:
        return "form"
    if media == JSON and _is_utf8(parameters):
        return "json"
    return None


def _is_utf8(parameters: str) -> bool:
    # JSON is always UTF-8 and has no charset parameter (RFC 8259, 8.1 and 11), but some clients send one.
    pairs = [parameter.partition("=") for parameter in parameters.split(";")]
    charsets = [value.strip().strip('"').lower() for key, _, value in pairs if key.strip().lower() == "charset"]
    return all(charset in ("utf-8", "utf8") for charset in charsets)


def _accepts(encodings: tuple[Encoding, ...]) -> str:
    return f"It accepts {' or '.join(name for encoding in encodings for name in _NAMES[encoding])}."


_NAMES: Final[dict[Encoding, tuple[str, ...]]] = {"json": (f"{JSON} in UTF-8",), "form": FORMS}


async def read_sent_form(
    request: Request[Any, Any], endpoint: Endpoint, content_type: str, limits: FormLimits
) -> FormBody:
    """Read the controls of a form.

    Most are small and have arrived: reading them in steps makes the call 6 % slower.
    """
    if content_type == URLENCODED and has_arrived(request, endpoint.form_limit):
        return urlencoded_form(await read_at_hand(request) or b"", limits)
    chunks = body_chunks(request, endpoint.form_limit, endpoint.settings.seconds)
    return await read_form(chunks, content_type, limits)


async def read_body(request: Request[Any, Any], limit: int, seconds: float) -> bytes:
    """Read the whole body; see ``body_chunks``."""
    return b"".join([chunk async for chunk in body_chunks(request, limit, seconds)])


async def body_chunks(request: Request[Any, Any], limit: int, seconds: float) -> AsyncIterator[bytes]:
    """Yield the body as it comes in.

    Raises:
        ActionError: ``CONTENT_TOO_LARGE`` beyond ``limit`` bytes, as early as it is known;
            ``REQUEST_TIMEOUT`` when it takes longer than ``seconds`` plus the time that its bytes
            are worth; ``BAD_REQUEST`` when it is cut short, or comes in too many parts.
        RuntimeError: A middleware has read it and keeps nothing of it, or something else.
    """
    if has_arrived(request, limit):
        yield await read_at_hand(request) or b""
        return
    length = _declared_length(request)
    if length is not None and length > limit:
        raise _too_large(limit)
    # A middleware has read some of it, or the connection was lost while one ran.
    if request.body or consumed_size(request) or is_connection_lost(request):
        yield _read_by_middleware(request, length, limit)
        return
    size, parts = 0, 0
    next_chunk, start = chunk_reader(request), asyncio.get_running_loop().time()
    # The deadline moves with each chunk: a large file on a slow line arrives, a trickle is cut off.
    while chunk := await _before(start + seconds + size / SLOWEST, next_chunk, request):
        size += len(chunk)
        parts += 1
        if size > limit:
            raise _too_large(limit)
        if parts > PARTS + size // PART:
            raise ActionError("BAD_REQUEST", "The body comes in too many small parts.")
        if parts % YIELD == 0:  # reading what has arrived does not wait, and others would
            await asyncio.sleep(0)
        yield chunk
    if length is not None and size != length:
        raise _cut_short(size, length)


def _read_by_middleware(request: Request[Any, Any], length: int | None, limit: int) -> bytes:
    body: bytes = request.body
    if len(body) > limit:
        raise _too_large(limit)
    if is_connection_lost(request):
        raise ActionError("BAD_REQUEST", _LOSS)
    size, is_over = consumed_size(request), is_body_over(request, length)
    if length is None:
        is_whole = body != b"" and (is_over or size == 0)
    else:
        is_whole = len(body) == length
    if is_whole:
        return body
    if length is not None and is_over and 0 < size < length:
        raise _cut_short(size, length)
    raise runtime_error(_CONSUMED_BODY.format(size=size, kept=len(body)))  # which is not the sender's fault


_CONSUMED_BODY: Final = (
    "A middleware read {size} bytes of the body from request.stream, and request.body has {kept}. Write "
    "'await request.receive_body()' there: it keeps all of them in request.body. A middleware that puts another body "
    "in its place sets the Content-Length too."
)


def _cut_short(size: int, length: int) -> ActionError:
    return ActionError("BAD_REQUEST", f"The body ended after {size} of {length} bytes.")


def _declared_length(request: Request[Any, Any]) -> int | None:
    codings: list[str] = request.headers.getall("transfer-encoding", [])
    if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
        raise ActionError("BAD_REQUEST", "The Transfer-Encoding is another than 'chunked', the one that is read.")
    length = request.headers.get(_LENGTH)
    # With both headers, Transfer-Encoding counts (RFC 9112, 6.3).
    if length is None or codings:
        return None
    # int() would take signs, spaces and digits of other scripts (RFC 9110, 8.6), and its time grows with
    # the square of the length.
    if not length.isascii() or not length.isdigit() or len(length) > 18:
        raise ActionError("BAD_REQUEST", "The Content-Length is not a number of bytes.")
    return int(length)


async def _before(deadline: float, next_chunk: ReadChunk, request: Request[Any, Any]) -> bytes | None:
    try:
        async with asyncio.timeout_at(deadline):
            return await next_chunk()
    except TimeoutError:
        # Or Sanic would wait for the rest of the body after the answer.
        hang_up(request)
        raise ActionError("REQUEST_TIMEOUT", "The body did not arrive in time.") from None
    except EOFError:
        raise ActionError("BAD_REQUEST", _LOSS) from None
    except SanicException as error:  # malformed chunks, for example
        code = CODE_OF.get(error.status_code, "BAD_REQUEST")
        raise ActionError(code, "The body could not be read to its end.") from None


def _too_large(limit: int) -> ActionError:
    return ActionError("CONTENT_TOO_LARGE", f"The body has more than {limit} bytes, the most that this action takes.")


_LOSS: Final = "The connection was lost before the body was complete."
