"""What an app adds to failures: translations of issues, and an error tracker for what is masked."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ..._errors import InputError, Issue, replace_issues
from ..._server_mistakes import EXITS
from .log_once import LogOnce

logger: Final = logging.getLogger("sanic_actions")

MAX_REPORTED: Final = 100
"""How many types of issues without words are logged in an hour: validators make types up."""

Messages = Callable[[Issue], str]
"""The message of an issue in other words: by its ``type``, ``values`` and ``message``."""

OnError = Callable[[BaseException, str, str], object]
"""Called with a masked exception, the name of the action, and the id that the caller was given."""


class Hooks:
    """The hooks of one blueprint.

    Args:
        messages: Returns the message of an issue in other words.
        on_error: Called with each masked exception; may be async.
    """

    __slots__ = ("_messages", "_on_error", "_reported", "_running", "translate")

    translate: Callable[..., str] | None
    """Translates a sentence by its type and its English; None without ``messages=``."""

    def __init__(self, messages: Messages | None = None, on_error: OnError | None = None) -> None:
        self._messages = messages
        self._on_error = on_error
        self._reported = LogOnce(MAX_REPORTED)
        self._running: set[asyncio.Task[None]] = set()
        self.translate = None
        if messages is not None:
            self.translate = self._translate

    def _translate(self, type: str, sentence: str, values: Mapping[str, object] = {}) -> str:  # only read
        if self._messages is None:
            return sentence
        return self._words_of(Issue("", sentence, type, values), self._messages)

    def translated(self, error: InputError) -> InputError:
        """Return the error with the messages that the app gives its issues."""
        if self._messages is None:
            return error
        # No more issues than validation collects (MAX_ISSUES), or than the action itself has
        # raised.
        issues = []
        for issue in error.issues:
            words = self._words_of(issue, self._messages)
            issues.append(Issue(issue.path, words, issue.type, issue.values))
        return replace_issues(error, issues)

    def _words_of(self, issue: Issue, messages: Messages) -> str:
        """Return the words of the app; ours where its function fails, which is logged once."""
        try:
            return messages(issue)
        except BaseException:
            if self._reported.is_new(issue.type):
                logger.exception(_NO_WORDS, issue.type, ", ".join(issue.values) or "no values")
            return issue.message

    def masked(self, error: BaseException, name: str, identity: str) -> None:
        """Tell the tracker. The answer neither waits for it nor depends on it."""
        if self._on_error is None:
            return
        try:
            report = self._on_error(error, name, identity)
        except BaseException:
            _report_failure(name, identity)
            return
        if inspect.isawaitable(report):
            task = asyncio.ensure_future(_wait(report, name, identity))
            self._running.add(task)
            task.add_done_callback(self._running.discard)


async def _wait(report: Awaitable[object], name: str, identity: str) -> None:
    try:
        await report
    except (Exception, *EXITS):
        _report_failure(name, identity)


def _report_failure(name: str, identity: str) -> None:
    logger.exception(_FAILURE, identity, extra={"action": name, "error_id": identity})


_NO_WORDS: Final = (
    "messages= failed for an issue of the type %r, which is said in English. Its values are: %s. They differ between "
    "issues of one type: return issue.message where one is missing."
)

_FAILURE: Final = "on_error itself failed when it was told of the failure with id %s."
