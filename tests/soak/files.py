"""Serves large streams and downloads, and says where: ``python tests/soak/files.py KIND BYTES FILE``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.conftest import UNDER
from conftest import running
from sanic import Sanic

from sanic_actions import Download, action
from sanic_actions.server import ActionsBlueprint

KIND: Final = sys.argv[1]
COUNT: Final = int(sys.argv[2]) // 65_536
FILE: Final = sys.argv[3]
PART: Final = "x" * 65_536
ended: list[int] = []


@action
async def rows() -> AsyncIterator[str]:
    for _ in range(COUNT):
        yield PART


@action
async def file() -> Download:
    return Download(FILE)


@action
async def parts() -> Download:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(COUNT):
            yield PART.encode()

    return Download(chunks(), size=COUNT * 65_536)


@action
async def idle(number: int) -> AsyncIterator[int]:
    try:
        yield number
        await asyncio.sleep(600)
    finally:
        ended.append(number)


@action
async def count() -> int:
    return len(ended)


app: Sanic[Any, Any] = Sanic("files")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"rows": rows, "file": file, "parts": parts, "idle": idle, "count": count}))

if __name__ == "__main__":
    with {"sanic": running, **UNDER}[KIND](app) as url:
        print(url, flush=True)
        sys.stdin.read()
