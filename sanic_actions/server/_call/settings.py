"""What a blueprint was configured with, for all of its actions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sanic import Request

from ..._auth import Bearer
from ..._credential import Credential
from ..._limits import DEFAULTS, Limits
from ..._observers import Observer
from .._upload_folder import UploadFolder
from .hooks import Hooks
from .origin import NOBODY, Origins

OnceScope = Callable[[Request[Any, Any]], str | None]
"""Says whose a request is, so that different callers' keys and tokens never meet."""


def caller_of(request: Request[Any, Any]) -> str | None:
    """Return the credentials of a request as far as HTTP knows them: its Authorization header."""
    header: str | None = request.headers.get("authorization")
    return header


RateKey = Callable[[Request[Any, Any]], str | None]
"""Says for whom a rate counts a request; None for its address."""


def scope_with(credentials: Iterable[Credential]) -> OnceScope:
    """Return what tells callers apart if guards read more than the Authorization header."""
    # Bearer tokens are in the Authorization header, which caller_of reads.
    readers = [credential.read for credential in credentials if not isinstance(credential, Bearer)]
    if not readers:
        return caller_of

    def caller_with_credentials(request: Request[Any, Any]) -> str | None:
        cookies = {name: values[0] for name, values in dict.items(request.cookies)}
        parts = [caller_of(request) or "", *(reader(request.headers, cookies) for reader in readers)]
        # As JSON, since joined parts of two callers could make the same string.
        if any(parts):
            return json.dumps(parts)
        return None

    return caller_with_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a blueprint.

    Attributes:
        trusted: Foreign origins that may call.
        redirects: Foreign origins that a page may be redirected to.
        seconds: How long a small body may take to arrive.
        openapi: Whether the actions are described to everybody.
        forms: Whether pages may post to the actions that accept forms.
        limits: What a call may cost, where its action says nothing else.
        hooks: Other words for issues, and the tracker of masked exceptions.
        observer: Who is told when calls start and end.
        once_scope: Whose an idempotency key or a form token is.
        rate_key: For whom ``Limits(rate=...)`` counts; the address where there is none.
        uploads: Where valid uploads of forms that failed wait; None where they are not kept.
    """

    trusted: Origins = NOBODY
    redirects: Origins = NOBODY
    seconds: float = 30.0
    openapi: bool = False
    forms: bool = True
    limits: Limits = DEFAULTS
    hooks: Hooks = field(default_factory=Hooks)
    observer: Observer | None = None
    once_scope: OnceScope = caller_of
    rate_key: RateKey | None = None
    uploads: UploadFolder | None = None


UNCONFIGURED: Final = Settings()
"""The settings of a call that reached no action."""
