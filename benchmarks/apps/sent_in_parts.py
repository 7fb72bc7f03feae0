"""Streams and files, as actions and as a careful author would send them by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Any, Final

from sanic import Request, Sanic
from sanic.response import file_stream

from benchmarks.apps.models import Comment
from sanic_actions import Download, action
from sanic_actions.server import ActionsBlueprint

ITEMS: Final = 10_000
MEGABYTES: Final = 100
TURN: Final = 0.010
ITEM: Final = Comment(id=1, post_id="p1", author="Ada", body="Hello there, this is a comment of usual length.")


@cache
def large_file() -> str:
    """Write the file that is sent, and return where it is."""
    with NamedTemporaryFile(delete=False) as file:
        for _ in range(MEGABYTES):
            file.write(b"x" * 1_000_000)
        return file.name


@action
async def stream() -> AsyncIterator[Comment]:
    """Yield comments."""
    for _ in range(ITEMS):
        yield ITEM


@action
async def download() -> Download:
    """Give the file."""
    return Download(large_file(), name="large.bin")


def make_app() -> Sanic[Any, Any]:
    """Serve both beside each other."""
    app: Sanic[Any, Any] = Sanic("parts", configure_logging=False)
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"stream": stream, "download": download}, prefix="/_parts"))

    @app.post("/stream", name="stream_by_hand")
    async def stream_by_hand(request: Request[Any, Any]) -> None:
        response: Any = await request.respond(content_type="text/event-stream")
        check, write = Comment.model_validate, Comment.__pydantic_serializer__.to_json
        loop = asyncio.get_running_loop()
        turn = loop.time()
        for _ in range(ITEMS):
            await response.send(b"data: %b\n\n" % write(check(ITEM)))  # each item is checked, as ours are
            if loop.time() - turn > TURN:  # others get their turn
                await asyncio.sleep(0)
                turn = loop.time()

    @app.post("/download", name="download_by_hand")
    async def download_by_hand(request: Request[Any, Any]) -> Any:
        return await file_stream(large_file(), chunk_size=256 * 1024, filename="large.bin")

    return app
