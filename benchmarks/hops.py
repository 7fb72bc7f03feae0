"""How far a reader walks to follow one request: files of the package entered in turn, seen by a profiler.

A hop is a call of the package's own code that stands in another file than the one before it. Run it with
``python -m benchmarks.hops``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

from pydantic import Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

import sanic_actions
from benchmarks.in_process import BAD_FORM, BODY, FORM, URLENCODED, Sender, request
from sanic_actions import action
from sanic_actions.server import ActionsBlueprint, action_result, form

ROOT = str(Path(sanic_actions.__file__).parent)


@dataclass
class Walk:
    """The functions of the package that ran, in order, each with its file."""

    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """The file of each step."""
        return [file for file, _ in self.steps]

    @property
    def hops(self) -> int:
        """Steps into another file than the one before."""
        return sum(1 for here, there in zip(self.files, self.files[1:], strict=False) if here != there)


@contextmanager
def walked() -> Iterator[Walk]:
    """Record what runs in the block."""
    walk = Walk()

    def record(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # A comprehension and a generator that goes on are a part of the function that is read already.
        if event == "call" and code.co_filename.startswith(ROOT) and not code.co_name.startswith("<"):
            walk.steps.append((code.co_filename.removeprefix(ROOT), code.co_qualname))

    sys.setprofile(record)
    try:
        yield walk
    finally:
        sys.setprofile(None)


@action(accept=("json", "form"))
async def comment(post_id: str, author: Annotated[str, Field(min_length=1)], body: str) -> str:
    """Comment on a post."""
    return body


def make_app() -> Sanic[Any, Any]:
    """An app with one action and a page that shows its form and its result."""
    app: Sanic[Any, Any] = Sanic("hops", configure_logging=False)
    app.config.AUTO_EXTEND = False
    app.config.ACCESS_LOG = False
    app.blueprint(ActionsBlueprint({"comment": comment}))

    @app.get("/page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return html(f"{action_result(request, comment) is None}{form(comment, request=request)}")

    return app


FLOWS = {
    "a JSON call": request("/_actions/comment", BODY),
    "a JSON call that fails": request("/_actions/comment", b"{}"),
    "a page post that fails, with its page": request(
        "/page?_action=comment", BAD_FORM.replace(b"body", b"x"), URLENCODED
    ),
    "a page post that succeeds": request("/page?_action=comment", FORM, URLENCODED),
}


def measure() -> dict[str, Walk]:
    """Each flow, the second time that it is walked."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    sender = Sender(make_app())
    walks: dict[str, Walk] = {}
    for flow, raw in FLOWS.items():
        sender.send(raw)
        with walked() as walk:
            sender.send(raw)
        walks[flow] = walk
    return walks


if __name__ == "__main__":
    for flow, walk in measure().items():
        print(f"{flow}: {len(set(walk.files))} files, {len(walk.steps)} calls, {walk.hops} hops")
        if "--steps" in sys.argv:
            print("\n".join(f"    {file}  {name}" for file, name in walk.steps))
