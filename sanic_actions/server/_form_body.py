"""Read forms of either encoding: bounded, strict, UTF-8 only.

The rule of this file: a form is read completely or refused with a reason. Nothing of it is guessed,
skipped or left on disk.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from multipart import parse_options_header  # type: ignore[import-untyped]  # it has no py.typed

from .._errors import ActionError
from ._bounded_form import (
    DEFAULT_LIMITS,
    FIELDS,
    NAMES,
    TEXT,
    FormBody,
    FormLimits,
    check_charset,
    form_error,
    too_large_error,
)
from ._multipart_body import MultipartReader, TextsReader

__all__ = [
    "URLENCODED",
    "FormBody",
    "FormLimits",
    "FormTexts",
    "read_form",
    "read_texts",
    "urlencoded_form",
]

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


async def read_form(
    chunks: AsyncIterator[bytes],
    content_type: str,
    limits: FormLimits = DEFAULT_LIMITS,
) -> FormBody:
    """Read a form of either encoding.

    Raises:
        ActionError: BAD_REQUEST for what is malformed, CONTENT_TOO_LARGE beyond a limit,
            UNSUPPORTED_MEDIA_TYPE when it is not a form. Nothing is left open.
    """
    if content_type == URLENCODED:  # as browsers write it
        return await _read_urlencoded(chunks, limits)
    kind, options = parse_options_header(content_type)
    check_charset(options.get("charset"), "The form")
    if kind == URLENCODED:
        return await _read_urlencoded(chunks, limits)
    if kind == MULTIPART:
        return await MultipartReader(_boundary(options), limits).read(chunks)
    raise ActionError("UNSUPPORTED_MEDIA_TYPE", f"A form is {URLENCODED} or {MULTIPART}")


@dataclass(frozen=True, slots=True)
class FormTexts:
    """The texts of a form and the sizes of its files, whose content is dropped."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    sizes: list[tuple[str, int]] = field(default_factory=list)
    """The size of each file by the name of its control, in their order."""


async def read_texts(chunks: AsyncIterator[bytes], content_type: str, limits: FormLimits) -> FormTexts:
    """Read the texts of a form and drop its files as they arrive.

    Raises:
        ActionError: As ``read_form`` does.
    """
    kind, options = parse_options_header(content_type)
    if kind != MULTIPART:
        return FormTexts((await read_form(chunks, content_type, limits)).fields)
    reader = TextsReader(_boundary(options), limits)
    form = await reader.read(chunks)
    return FormTexts(form.fields, reader.sizes)


def _boundary(options: dict[str, str]) -> str:
    """Return the boundary, of the length and characters that RFC 2046, 5.1.1 allows."""
    boundary = options.get("boundary", "")
    if not re.fullmatch(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", boundary):
        raise form_error("The Content-Type has no valid boundary; send it as 'multipart/form-data; boundary=...'")
    return boundary


async def _read_urlencoded(chunks: AsyncIterator[bytes], limits: FormLimits) -> FormBody:
    body = bytearray()
    async for chunk in chunks:  # no more than limits.text_bytes and one chunk is kept
        body += chunk
        if len(body) > limits.text_bytes:
            break  # refused below
    return urlencoded_form(bytes(body), limits)


def urlencoded_form(body: bytes, limits: FormLimits) -> FormBody:
    """Return the urlencoded form in a body that has arrived.

    Raises:
        ActionError: As ``read_form`` does.
    """
    if len(body) > limits.text_bytes:
        raise too_large_error(TEXT, limits.text_bytes)
    if body.count(b"&") >= limits.fields:
        raise too_large_error(FIELDS, limits.fields)
    fields = _parsed(body)
    if len(body) > limits.header_bytes and any(len(name) > limits.header_bytes for name, _ in fields):
        raise too_large_error(NAMES, limits.header_bytes)
    return FormBody(fields, text_bytes=len(body))


def _parsed(body: bytes) -> list[tuple[str, str]]:
    """Return the pairs of a urlencoded body (URL Standard, 5.1), blank ones included.

    The caller has counted its bytes and its ampersands.

    Raises:
        ActionError: BAD_REQUEST when it is not UTF-8.
    """
    try:
        source = body.decode().replace("+", " ")
    except UnicodeDecodeError as error:
        raise form_error(f"The form is not UTF-8 at byte {error.start}") from None
    pairs = [pair.partition("=") for pair in source.split("&") if pair]
    # Most forms have nothing to decode, and a call for each name and text would cost more than all
    # else.
    if "%" not in source:
        return [(name, text) for name, _, text in pairs]
    fields: list[tuple[str, str]] = []
    for number, pair in enumerate(pairs, 1):
        name, _, text = pair
        if "%" in name:
            name = _unquote(name, number)
        if "%" in text:
            text = _unquote(text, number)
        fields.append((name, text))
    return fields


def _unquote(text: str, number: int) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise form_error(f"Field {number} of the form is not UTF-8") from None
