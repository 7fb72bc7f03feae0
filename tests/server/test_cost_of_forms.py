"""What a page with a form costs grows as its fields and its rows do: counted in bytecodes, not timed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel, Field, create_model
from sanic import HTTPResponse, Request, Sanic, html

from sanic_actions import define_action
from sanic_actions._testing.app import LocalApp
from sanic_actions.server import ActionsBlueprint, form

ROOT = Path(__file__).parents[2]
Text = Annotated[str, Field(min_length=1)]


class Line(BaseModel):
    """A row."""

    sku: Text
    count: int


class Order(BaseModel):
    """A form with rows."""

    lines: list[Line]


def _take(input: BaseModel) -> None: ...


def _with_fields(count: int) -> tuple[type[BaseModel], dict[str, str]]:
    fields: dict[str, Any] = {f"field{number}": (Text, ...) for number in range(count)}
    return create_model("Wide", **fields), dict.fromkeys(fields, "Ada <Lovelace>")


def _with_rows(count: int) -> tuple[type[BaseModel], dict[str, str]]:
    values: dict[str, str] = {}
    for number in range(count):
        values |= {f"lines.{number}.sku": "tea", f"lines.{number}.count": "3"}
    return Order, values


def _app(model: type[BaseModel], values: Mapping[str, str]) -> Sanic[Any, Any]:
    take = define_action(input=model, handler=_take, accept="form")
    app: Sanic[Any, Any] = Sanic("costs")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"take": take}))

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return html(form(take))

    @app.get("/edit")
    async def edit(request: Request[Any, Any]) -> HTTPResponse:
        return html(form(take, values=values))

    return app


async def _status(app: Sanic[Any, Any], path: str, body: bytes | None) -> int:
    """Ask for a page, or post to it, and return the status of its answer."""
    target, _, query = path.partition("?")
    headers = [(b"host", b"localhost")]
    if body is not None:
        headers += [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"%d" % len(body))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    status: int = messages[0]["status"]
    return status


def _bytecodes(work: Callable[[], object]) -> int:
    """Return how many bytecodes some work runs, whoever's they are."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    # Python 3.12 counts none unless some frame has asked for them before.
    sys._getframe().f_trace_opcodes = True
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _cost(kind: Callable[[int], tuple[type[BaseModel], dict[str, str]]], request: str, count: int) -> int:
    model, values = kind(count)
    app = _app(model, values)
    body, path, status = None, "/", 200
    if request == "edit":
        path = "/edit"
    elif request != "asked for":
        # Every second field is wrong, or all of them.
        wrong = {name: "" for number, name in enumerate(values) if number % 2 or request == "all wrong"}
        body, path, status = urlencode(values | wrong).encode(), "/?_action=take", 400
    with asyncio.Runner() as runner:
        local = LocalApp(app)
        runner.run(local.start())
        for _ in range(2):  # what is kept is made
            assert runner.run(_status(app, path, body)) == status
        bytecodes = _bytecodes(lambda: runner.run(_status(app, path, body)))
        runner.run(local.stop())
    return bytecodes


@pytest.mark.parametrize("request_", ["asked for", "edit", "half wrong", "all wrong"])
@pytest.mark.parametrize("kind", [_with_fields, _with_rows])
def test_cost_grows_as_the_form_does(
    kind: Callable[[int], tuple[type[BaseModel], dict[str, str]]], request_: str
) -> None:
    """Each further field and each further row costs what the one before it did, in whatever state a form is shown."""
    small, middle, large = (_cost(kind, request_, count) for count in (15, 30, 60))

    assert small > 300  # a page of text that is ready runs the fewest
    assert large - middle <= 2.2 * (middle - small) + 200


def test_a_failed_post_is_read_in_few_changes_of_file() -> None:
    """Who follows a failed post to its page changes files at most half as often as in the first version."""
    run = [sys.executable, "-m", "benchmarks.hops"]
    process = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    line = next(line for line in process.stdout.splitlines() if line.startswith("a page post that fails"))

    assert int(line.split()[-2]) <= 93
