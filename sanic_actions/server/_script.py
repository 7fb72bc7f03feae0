"""The script for browsers: ``client.js`` to be read, ``client.min.js`` to be served; likewise its further modules.

A minifier makes the served file of the source (``nox -s script``), and it is committed. Its first
line, which is not served, has the digest of its source. The script has one address for good, since
pages import it by hand and two addresses would be two modules. Browsers therefore keep it but ask
each time whether it has changed (``no-cache`` and an ``ETag``, RFC 9111 and 9110), which costs an
answer without a body. Code that only some pages need is in modules of its own, which the script
imports from beside itself.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from sanic import HTTPResponse, Request

SCRIPT_NAME: Final = "client.js"
"""The last part of the script's path; the actions that it calls stand beside it."""

SCRIPT_NAMES: Final = frozenset({SCRIPT_NAME, "client.forms.js", "client.streams.js"})
"""The script, and the modules that it asks for where a page needs them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The script in one encoding."""

    body: bytes
    headers: dict[str, str]

    @property
    def etag(self) -> str:
        return self.headers["etag"]


def script_response(request: Request[Any, Any], name: str = SCRIPT_NAME) -> HTTPResponse:
    """Return the answer to GET and HEAD of a module."""
    script = scripts(name)[bool(_GZIP.search(request.headers.get("accept-encoding", "")))]
    # A 304 has the headers that the 200 would have had (RFC 9110, 15.4.5).
    if _knows(request, script.etag):
        return HTTPResponse(status=304, headers=script.headers)
    length = {"content-length": str(len(script.body))}
    return HTTPResponse(script.body, 200, {**script.headers, **length}, "text/javascript; charset=utf-8")


@cache
def scripts(name: str) -> tuple[Script, Script]:
    """Return a module plain and compressed."""
    file = Path(__file__).with_name(f"{name.removesuffix('.js')}.min.js")
    _, _, body = file.read_bytes().partition(b"\n")
    digest = hashlib.sha256(body).hexdigest()[:16]
    # Without `vary`, a cache would give the compressed module to a client that cannot read it.
    headers = {"cache-control": "no-cache", "vary": "accept-encoding", "x-content-type-options": "nosniff"}
    return (
        Script(body=body, headers={**headers, "etag": f'"{digest}"'}),
        Script(
            body=gzip.compress(body, 9, mtime=0),
            headers={**headers, "etag": f'"{digest}-gzip"', "content-encoding": "gzip"},
        ),
    )


def _knows(request: Request[Any, Any], etag: str) -> bool:
    # Weak comparison: a proxy that compresses makes tags weak (RFC 9110, 13.1.2).
    tags = request.headers.get("if-none-match", "")
    return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))


_GZIP: Final = re.compile(r"(?:^|[\s,])(?:gzip|\*)\s*(?:,|$|;\s*q=(?:1|0?\.\d*[1-9]))", re.IGNORECASE)
