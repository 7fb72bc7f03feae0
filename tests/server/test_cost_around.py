"""What stands around a call costs little, and nothing where nothing stands there: counted in calls of functions."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from sanic import Sanic

from sanic_actions import ActionContext, Proceed, action
from sanic_actions.client import AsyncClient, call
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local


class Caller(AsyncClient):
    @call()
    def double(self, number: int) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


class Silent:
    """An observer that does nothing."""

    def on_start(self, call: object) -> None: ...

    def on_end(self, *what: object) -> None: ...


async def proceeding(context: ActionContext, proceed: Proceed[None]) -> object:
    return await proceed()


def functions_called(**options: Any) -> Counter[str]:
    """Return which functions of ours a call runs, server and client, by their files, once all is warm."""

    @action
    async def double(number: int) -> int:
        return number * 2

    app: Sanic[Any, Any] = Sanic("costs")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"double": double}, **options))
    names: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and "sanic_actions" in path.parts:
            names[path.name] += 1

    async def main() -> None:
        async with local(app, Caller) as client:
            for _ in range(3):
                await client.double(number=1)
            sys.setprofile(note)
            await client.double(number=1)
            sys.setprofile(None)

    asyncio.run(main())
    return names


def test_nothing_runs_where_nothing_stands() -> None:
    """Without interceptors and observers, none of their code is called."""
    names = functions_called()

    assert names["call.py"] > 0
    assert {"interceptors.py", "_observers.py", "_observed.py"} & names.keys() == set()


def test_each_adds_few_calls() -> None:
    """An interceptor that only proceeds, and an observer that does nothing, are a handful of calls."""
    plain = sum(functions_called().values())
    intercepted = sum(functions_called(interceptors=[proceeding]).values())
    observed = sum(functions_called(observers=[Silent()]).values())

    assert 0 < intercepted - plain <= 12
    assert 0 < observed - plain <= 12


def test_nothing_is_imported_where_no_observer_is() -> None:
    """OpenTelemetry is loaded by who asks for it."""
    code = "import sys, sanic_actions.server, sanic_actions.client; print('opentelemetry' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert process.stdout == "False\n"
