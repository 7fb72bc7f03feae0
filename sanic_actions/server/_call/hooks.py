"""What an app adds to failures: other words for issues, and a tracker that is told of masked exceptions."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ..._errors import InputError, Issue, replace_issues

logger: Final = logging.getLogger("sanic_actions")

Messages = Callable[[Issue], str]
"""The message of an issue in other words: by its ``type``, what it speaks of in ``values``, and its ``message``."""

OnError = Callable[[BaseException, str, str], object]
"""Told of a masked exception: the exception, the name of the action, and the id that the caller was given."""


class Hooks:
    """The hooks of one blueprint.

    Args:
        messages: Says issues in other words.
        on_error: Told of each masked exception; may be async.
    """

    __slots__ = ("_messages", "_on_error", "_running")

    def __init__(self, messages: Messages | None = None, on_error: OnError | None = None) -> None:
        self._messages = messages
        self._on_error = on_error
        self._running: set[asyncio.Task[None]] = set()

    @property
    def say(self) -> Callable[..., str] | None:
        """Says a sentence of ours that is not an issue, by its type and its English; None where nobody wants to."""
        if self._messages is None:
            return None
        return self._say

    def _say(self, type: str, sentence: str, values: Mapping[str, object] = {}) -> str:  # only read
        if self._messages is None:
            return sentence
        return self._messages(Issue("", sentence, type, values))

    def in_words(self, error: InputError) -> InputError:
        """The error as the caller is to read it."""
        if self._messages is None:
            return error
        # No more issues than validation collects (MAX_ISSUES), or than the action itself has
        # raised.
        issues = [Issue(issue.path, self._messages(issue), issue.type, issue.values) for issue in error.issues]
        return replace_issues(error, issues)

    def masked(self, error: BaseException, name: str, identity: str) -> None:
        """Tell the tracker. The answer neither waits for it nor depends on it."""
        if self._on_error is None:
            return
        try:
            report = self._on_error(error, name, identity)
        except Exception:
            logger.exception(_FAILURE, identity)
            return
        if inspect.isawaitable(report):
            task = asyncio.ensure_future(_wait(report, identity))
            self._running.add(task)
            task.add_done_callback(self._running.discard)


async def _wait(report: Awaitable[object], identity: str) -> None:
    try:
        await report
    except Exception:
        logger.exception(_FAILURE, identity)


_FAILURE: Final = "on_error itself failed when it was told of the failure with id %s."
