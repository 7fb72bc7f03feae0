"""Send the file of an action as the answer to a POST.

The head is sent with the first bytes, so that a failure before them is an ordinary error response.
A later failure breaks the transfer: the answer ends before its promised length, or without the last
chunk of the chunked encoding, and clients see that the file is not whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final

from sanic import HTTPResponse

from .._context import ActionContext, put_on, put_success_on
from .._types.disposition import disposition
from .._types.output_file import Download
from ._call.entrance import FileHead, ServerCall
from ._call.outcome import Outcome
from ._call.run import LONGEST_MARGIN
from ._call.site import site_of
from ._host import Answer, FileAnswer, cut_connection
from ._outside import out_of_time
from ._sink import AnswerSink

GRACE: Final = 2.0
"""Seconds that a caller has to hang up by itself after its deadline. Cut off at the same moment, it
would see a broken file instead of a timeout."""


class FileSink(AnswerSink):
    """Sends the bytes of one file; see ``AnswerSink``."""

    def __init__(self, call: ServerCall, mark: Callable[[HTTPResponse], None]) -> None:
        super().__init__(call, mark, site_of(call.request.app).files)
        self._head: FileHead | None = None
        self._left: int | None = None
        self._last = b""
        self._is_late = False
        if not call.ends_with_request and not call.request.app.asgi:
            # Before Sanic does: its error page has nothing of what a visitor has typed.
            self._patience -= min(self._patience / 10, LONGEST_MARGIN)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._write(self._last)
        finally:
            await super().__aexit__(kind, error, trace)
        if self._is_late and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise out_of_time(self._request, self._call.endpoint) from None

    def keeps(self, download: Download) -> bool:
        """Return False: a file over HTTP is always sent as bytes."""
        return False

    def announce(self, head: FileHead) -> None:
        """Keep the name, type and size of the file, for the head of the answer."""
        self._head, self._left = head, head.size

    async def send(self, item: object, body: bytes, identity: str | None, now: float) -> None:
        """Send some bytes of the file; see ``Sink``.

        If the length is known, the last bytes wait until the interceptors have returned. With them
        the file is complete, and an error could no longer be reported.
        """
        if self._left is not None:
            self._left -= len(body)
            if self._left == 0:
                self._last = body
                return
        await self._write(body)

    async def end(self, outcome: Outcome) -> None:
        """Break off an answer that has failed."""
        if outcome.error is not None:
            self._response.is_broken = True
            cut_connection(self._request)

    def _add_to(self, head: Answer, context: ActionContext) -> None:
        """Add the ``Cache-Control`` too, as to any other result of a call over HTTP."""
        if context.called_from == "rpc":
            put_success_on(head, context)
        else:
            put_on(head, context)

    def _break_silence(self) -> None:
        """End a call whose next bytes take longer than the server allows, as Sanic's own does.

        An action with ``Limits(seconds=...)`` has its own limit for each part.
        """
        endpoint = self._call.endpoint
        has_own_time = endpoint is not None and endpoint.limits.seconds is not None
        if not has_own_time and not self._is_late:
            self._is_late = True
            self._task.cancel()

    async def _write(self, body: bytes) -> None:
        self._sent_at, self._is_sending = self._clock(), True
        if self._response is None:
            head = self._head
            assert head is not None  # noqa: S101  # announced before there are bytes
            response = FileAnswer(head.content_type, head.size)
            response.headers["content-disposition"] = disposition(head.name)
            self._response = await self._begin(response)
            if self._call.gap is not None and self._call.deadline is not None:
                self._call.gap.lengthen(GRACE)
        await self._response.send(body)
        self._sent_at, self._is_sending = self._clock(), False
