"""What an input costs an action: to read, to refuse, and to show again in its form; counted, never timed.

``lines`` counts the lines of Python that run, and ``peak`` the bytes that are allocated at once. Neither sees how long
one step of C takes, pydantic's or Python's own: ``cpu`` does, on a machine that is calm enough to compare.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from sanic_actions import ActionError, InputError, action
from sanic_actions._error_facts import http_status
from sanic_actions._namespace import entries
from sanic_actions.server._call.endpoint import Endpoint
from sanic_actions.server._call.problems import written_problem
from sanic_actions.server._call.settings import Settings
from sanic_actions.server._controls.form import form_fields
from sanic_actions.server._form_body import read_form

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
JSON = "application/json"


def endpoint_of(annotation: Any) -> Endpoint:
    """Return an action that takes a ``value`` of a type, ready to be called.

    Raises:
        DefinitionError: No action takes such a type.
    """

    def handler(value: Any) -> str:
        return type(value).__name__

    handler.__annotations__["value"] = annotation
    (entry,) = entries({"handler": action(accept=("json", "form"))(handler)}).values()
    return Endpoint(entry, Settings())


def call(endpoint: Endpoint, content_type: str, body: bytes) -> str:
    """Do all that a call does with its input, and all that a page does with one that is refused; say how it ended."""
    try:
        if content_type == JSON:
            endpoint.decode_json(body)
        else:
            asyncio.run(_call_with_form(endpoint, content_type, body))
    except ActionError as error:
        written_problem(error, http_status(error))
        return error.code
    return "read"


async def _call_with_form(endpoint: Endpoint, content_type: str, body: bytes) -> None:
    form = await read_form(_chunks(body), content_type, endpoint.form_limits)
    try:
        endpoint.decode_form(form.fields, form.files)
    except InputError as error:
        shown = form_fields(endpoint.entry.action, values=form.fields, issues=error.issues)
        "".join([shown.summary_html(), *(str(node.__html__()) for node in shown)])
        raise
    finally:
        form.close()


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@dataclass(frozen=True)
class Cost:
    """What something took: lines of Python that ran, bytes that were allocated at once."""

    lines: int
    peak: int


def cost(work: Callable[[], object]) -> Cost:
    """Return what some work costs."""
    lines = 0

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    # What something else in the process allocates meanwhile, once, is not the work's.
    return Cost(lines, min(_peak(work) for _ in range(3)))


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start(1)
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def cpu(work: Callable[[], object]) -> float:
    """Return the seconds that this thread computes for some work, at best of three."""

    def once() -> float:
        started = time.thread_time()
        with contextlib.suppress(ActionError):
            work()
        return time.thread_time() - started

    gc.disable()  # it looks at all objects each time that there are so many more: json.loads grows as fast
    try:
        return min(once() for _ in range(3))
    finally:
        gc.enable()
