"""Forms on pages that need no script: ``POST /post/1?_action=blog.comment``, where the page has a GET route only.

The post runs the action. When that fails, the page's own GET handler renders in place, with the error's status. When it
succeeds the answer is 303, and the result waits in the state store for the GET that follows. Whatever rendering does,
the action is not run again.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from sanic import HTTPResponse, Request, Sanic

from .._errors import NO_SUCH_ACTION, ActionError
from .._results import Err, Redirect
from ._body import body_chunks, media_type
from ._context import ActionContext, put_on
from ._dispatch import Settings, call, ends_the_task
from ._flash import COOKIE, find_result, leave_result
from ._form_body import FormBody, read_form
from ._inject import admit
from ._once import once
from ._origin import check_origin
from ._outcome import Outcome, failure, read_result, success
from ._redirects import checked_location
from ._responses import error_response
from ._served import Served
from ._state import StateStore

PageHandler = Callable[..., Any]
Pair = tuple[str, str]

ACTION: Final = "_action"
"""Query parameter that names the action; controls that begin with it belong to the library."""

KEY: Final = "_action.key"
"""Control that tells two forms of one action apart."""

TOKEN: Final = "_action.token"  # noqa: S105  # a control's name
"""Control by which a repeated post of one form is known."""

PATIENCE: Final = 20.0
"""Seconds that a repeated post waits for the outcome of the first one."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a page shows of the form that led to it.

    Attributes:
        outcome: The result, and whose it is.
        fields: What was submitted, to be shown again; nothing after a redirect.
    """

    outcome: Outcome
    fields: Sequence[Pair] = ()


class Pages:
    """Answers form posts to the pages of one app.

    Attributes:
        app: The app.
        store: Where results wait and repeated posts meet.
    """

    def __init__(self, app: Sanic[Any, Any], store: StateStore) -> None:
        self.app = app
        self.store = store
        self._targets: dict[str, tuple[Served, Settings]] = {}

    def add(self, actions: Mapping[str, Served], settings: Settings) -> None:
        """Let pages post to these actions; of several of one name, the first one stays."""
        for name, action in actions.items():
            self._targets.setdefault(name, (action, settings))

    async def submit(self, request: Request[Any, Any], page: PageHandler, parameters: Mapping[str, Any]) -> Any:
        """Run the action that the query names, then show the page or lead back to it."""
        name = _only_action(request)
        action, settings = self._targets.get(name, (None, Settings()))
        try:
            check_origin(request, settings.trusted)
        except ActionError as error:
            return error_response(error, None)
        context = ActionContext(request, name=name, called_from="form")
        fields, written = await self._run(action, settings, context)
        result = read_result(written, action)
        own = dict(fields)
        if isinstance(result, Err):
            request.ctx.sanic_actions = Posted(Outcome(name, own.get(KEY, ""), result), fields)
            response = await _render(request, page, parameters, result.error.status or 500)
        else:
            target = result.data.to if isinstance(result.data, Redirect) else _own_location(request)
            location = checked_location(target, request, settings.redirects)
            headers = {"location": location, "cache-control": "no-store"}
            response = HTTPResponse(status=303, headers=headers, content_type="text/plain; charset=utf-8")
            path = urlsplit(urljoin(request.path, location)).path
            key = own.get(KEY, "")
            await leave_result(self.store, response, path=path, context=context, key=key, written=written)
        if isinstance(response, HTTPResponse):
            put_on(response, context)
        return response

    async def _run(
        self, action: Served | None, settings: Settings, context: ActionContext
    ) -> tuple[Sequence[Pair], bytes]:
        """What was submitted, and the outcome as bytes."""
        form = FormBody()
        try:
            if action is None:
                raise ActionError("NOT_FOUND", NO_SUCH_ACTION)
            injected = await admit(action.entry, context)
            form = await _read(action, context.request, settings)
            written = await self._call(action, settings, context, form, injected)
        except BaseException as error:
            if ends_the_task(error):
                raise
            written = failure(error, action)
        finally:
            form.close()
        return form.fields, written

    async def _call(
        self, action: Served, settings: Settings, context: ActionContext, form: FormBody, injected: dict[str, object]
    ) -> bytes:
        async def run() -> bytes:
            try:
                value = action.decode_form(form.fields, form.files)
                output = await call(action, value, context.request, context, injected)
                if isinstance(output, Redirect):
                    checked_location(output.to, context.request, settings.redirects)
                return success(action, output)
            except BaseException as error:
                if ends_the_task(error):
                    raise
                return failure(error, action)

        token = dict(form.fields).get(TOKEN)
        if not token:
            return await run()
        key = f"once:{action.name}:{token[:100]}:{await _digest(form)}"
        written = await once(self.store, key, run, PATIENCE)
        if written is None:
            raise ActionError("CONFLICT", "This form was sent twice, and the first time is not yet done.")
        return written


def posted(request: Request[Any, Any]) -> Posted | None:
    """The form that led to this page, if one did."""
    found: Posted | None = getattr(request.ctx, "sanic_actions", None)
    return found


def take_result(pages: Pages) -> Callable[[Request[Any, Any]], Coroutine[Any, Any, None] | None]:
    """Middleware for the GET of pages: finds the result of the form that led here. Costs a look at the cookies."""

    def take(request: Request[Any, Any]) -> Coroutine[Any, Any, None] | None:
        cookies = request.headers.get("cookie")
        return load(request) if cookies and COOKIE in cookies and request.method == "GET" else None

    async def load(request: Request[Any, Any]) -> None:
        found = await find_result(pages.store, request)
        if found is not None:
            name, key, written = found
            action, _ = pages._targets.get(name, (None, None))
            request.ctx.sanic_actions = Posted(Outcome(name, key, read_result(written, action)))

    return take


def without_ours(query: str) -> list[Pair]:
    """The parameters of a query that are not the library's."""
    return [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not name.startswith(ACTION)]


def _only_action(request: Request[Any, Any]) -> str:
    """The name that the query gives; no name at all where it gives several."""
    names = [value for name, value in parse_qsl(request.query_string, keep_blank_values=True) if name == ACTION]
    return names[0] if len(names) == 1 else ""


def _own_location(request: Request[Any, Any]) -> str:
    """The page itself, as a path; two slashes at its beginning would make it another site."""
    query = urlencode(without_ours(request.query_string))
    return "/" + request.path.lstrip("/\\") + (f"?{query}" if query else "")


async def _read(action: Served, request: Request[Any, Any], settings: Settings) -> FormBody:
    if "form" not in action.accepts:
        message = "This action takes JSON only; forms can be posted to it when it is declared with accept='form'."
        raise ActionError("UNSUPPORTED_MEDIA_TYPE", message)
    encoding, content_type = media_type(request, ("form",))
    if encoding is None:
        return FormBody()
    return await read_form(body_chunks(request, action.limit, settings.seconds), content_type)


async def _render(
    request: Request[Any, Any], page: PageHandler, parameters: Mapping[str, Any], status: int
) -> HTTPResponse | None:
    """The page, as for a GET; it keeps a status of its own, such as that of a redirect."""
    request.method = "GET"  # class-based views look at it
    try:
        response = page(request, **parameters)
        if inspect.isawaitable(response):
            response = await response
    finally:
        request.method = "POST"
    if isinstance(response, HTTPResponse) and response.status == 200:
        response.status = status
    found: HTTPResponse | None = response
    return found


async def _digest(form: FormBody) -> str:
    """What the form holds, in short: the same form sent again is a repetition, another text in it is not."""
    return await asyncio.to_thread(_hash, form) if form.files else _hash(form)


def _hash(form: FormBody) -> str:
    digest = hashlib.sha256(json.dumps(form.fields).encode())
    for name, file in form.files:
        digest.update(f"{name}\0{file.name}\0{file.content_type}\0{file.size}\0".encode())
        while chunk := file.file.read(_CHUNK):
            digest.update(chunk)
        file.file.seek(0)
    return digest.hexdigest()


_CHUNK: Final = 1024 * 1024
