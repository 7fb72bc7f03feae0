"""Runs the action that a form was posted to: once for each form, however often the form is sent.

The outcome is bytes from the start, so that the first answer and all later ones are the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sanic import Request

from ..._errors import NO_SUCH_ACTION, ActionError
from ..._results import Redirect
from .._call.body import body_chunks, media_type
from .._call.context import ActionContext
from .._call.endpoint import Endpoint
from .._call.fingerprint import form_fingerprint
from .._call.limiter import CallLimiter
from .._call.outcome import failure, success
from .._dispatch import Settings, call, ends_the_task
from .._form_body import FormBody, read_form
from .._inject import run_guards
from .._once import once
from .._state.store import StateStore
from .redirects import checked_location

Pair = tuple[str, str]

TOKEN: Final = "_action.token"  # noqa: S105  # a control's name
"""Control by which a repeated post of one form is known."""

PATIENCE: Final = 20.0
"""Seconds that a repeated post waits for the outcome of the first one."""

GRACE: Final = 5.0
"""Seconds that a server which stops waits for what still runs."""


@dataclass(frozen=True, slots=True)
class Post:
    """A form that is read and may run."""

    action: Endpoint
    settings: Settings
    context: ActionContext
    form: FormBody
    injected: Mapping[str, object]

    async def run(self) -> bytes:
        """Decode, call the handler and write the outcome, whatever it is."""
        request = self.context.request
        try:
            value = self.action.decode_form(self.form.fields, self.form.files)
            # Sanic's own limit ends with the connection, which a form with a token outlives.
            gate = CallLimiter(self.action.name, seconds=request.app.config.RESPONSE_TIMEOUT, concurrent=None)
            start = partial(call, self.action, value, request, self.context, self.injected)
            output = await gate.call(start, self.context)
            if isinstance(output, Redirect):
                checked_location(output.to, request, self.settings.redirects)
            return success(self.action, output)
        except BaseException as error:
            if ends_the_task(error):
                raise
            return failure(error, self.action)


class Runs:
    """Runs forms with what they need to run once.

    Attributes:
        store: Where repeated posts meet.
    """

    def __init__(self, store: StateStore) -> None:
        self.store = store
        self._running: set[asyncio.Task[bytes]] = set()

    async def run(
        self, action: Endpoint | None, settings: Settings, context: ActionContext
    ) -> tuple[Sequence[Pair], bytes]:
        """What was submitted, and the outcome as bytes."""
        fields: Sequence[Pair] = ()
        try:
            if action is None:
                raise ActionError("NOT_FOUND", NO_SUCH_ACTION)
            injected = await run_guards(action.entry, context)
            if action.gate is not None:
                action.gate.check(context)
            form = await _read(action, context.request, settings)
            fields = form.fields
            written = await self._run(Post(action, settings, context, form, injected))
        except BaseException as error:
            if ends_the_task(error):
                raise
            written = failure(error, action)
        return fields, written

    async def drain(self) -> None:
        """Wait for what still runs, though not for long."""
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE)

    async def _run(self, post: Post) -> bytes:
        token = dict(post.form.fields).get(TOKEN)
        if not token:
            return await _and_close(post)
        # A second click closes the first connection, and Sanic then cancels the first request: the handler goes on for
        # the sake of the second one, which waits for its outcome.
        task = asyncio.ensure_future(self._once(post, token))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _once(self, post: Post, token: str) -> bytes:
        try:
            key = f"form:{post.action.name}:{token[:100]}:{(await form_fingerprint(post.form)).hex()}"
            written = await once(self.store, key, post.run, PATIENCE)
        finally:
            post.form.close()
        if written is None:
            raise ActionError("CONFLICT", "This form was sent twice, and the first time is not yet done.")
        return written


async def _and_close(post: Post) -> bytes:
    try:
        return await post.run()
    finally:
        post.form.close()


async def _read(action: Endpoint, request: Request[Any, Any], settings: Settings) -> FormBody:
    if "form" not in action.accepts:
        message = "This action takes JSON only; forms can be posted to it when it is declared with accept='form'."
        raise ActionError("UNSUPPORTED_MEDIA_TYPE", message)
    encoding, content_type = media_type(request, ("form",))
    if encoding is None:
        return FormBody()
    return await read_form(body_chunks(request, action.limit, settings.seconds), content_type, action.form_limits)
