"""Fingerprints of inputs: one key with one fingerprint is a retry, with two it is an error."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Final

from .._form_body import FormBody

CHUNK: Final = 1024 * 1024


async def body_fingerprint(body: bytes) -> bytes:
    """Return the fingerprint of a body, 32 bytes."""
    return hashlib.sha256(body).digest()


async def form_fingerprint(form: FormBody) -> bytes:
    """Return a form's fingerprint of 32 bytes; the body's would change with each boundary."""
    if form.files:
        return await asyncio.to_thread(_of_form, form)
    return _of_form(form)


def _of_form(form: FormBody) -> bytes:
    digest = hashlib.sha256(json.dumps(form.fields).encode())
    # The files of a form that was read within its limits of files and bytes; large ones in a
    # thread, chunk by chunk.
    for name, file in form.files:
        digest.update(json.dumps([name, file.name, file.content_type, file.size]).encode())
        while chunk := file.file.read(CHUNK):
            digest.update(chunk)
        file.file.seek(0)
    return digest.digest()
