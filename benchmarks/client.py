"""What a call costs in the client itself: the generated client with a transport that answers at once.

The bar is what the client adds to its transport: encoding the arguments, decoding the answer, all checks.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks._measure import Row, compare, per_await, per_call, table
from sanic_actions import Namespace
from sanic_actions.client import Request, Response
from sanic_actions.codegen import generate

ROOT = Path(__file__).parent.parent

ANSWER = Response(
    200, {"content-type": "application/json"}, b'{"id":1,"post_id":"p1","author":"Ada","body":"Hello, world!"}'
)
REQUEST = Request("http://localhost/_actions/spread", {}, b"{}", 30.0)
ARGUMENTS = {"post_id": "p1", "author": "Ada", "body": "Hello, world!"}


class Null:
    """Answers at once."""

    def send(self, request: Request) -> Response:
        return ANSWER

    def close(self) -> None: ...


class AsyncNull:
    """Answers at once."""

    async def send(self, request: Request) -> Response:
        return ANSWER

    async def close(self) -> None: ...


@cache
def generated() -> Any:
    """The client package of the benchmark's own actions."""
    from benchmarks.apps.sanics import ACTIONS

    _written(ACTIONS, "bench_client")
    return importlib.import_module("bench_client")


def _written(actions: Namespace, package: str) -> str:
    """The folder of a client package, which can be imported from then on."""
    folder = Path(tempfile.mkdtemp())
    for path, text in generate(actions, package=package).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    sys.path.insert(0, str(folder))
    return str(folder)


def measure(*, rounds: int = 30, times: int = 1_000) -> dict[str, list[Row]]:
    """Microseconds of CPU per call."""
    package, loop = generated(), asyncio.new_event_loop()
    bare, async_bare = Null(), AsyncNull()
    sync = package.Client("http://localhost", transport=Null())
    later = package.AsyncClient("http://localhost", transport=AsyncNull())
    calls = {"transport alone": lambda: bare.send(REQUEST), "client": lambda: sync.spread(**ARGUMENTS)}
    calls["client, .safe"] = lambda: sync.spread.safe(**ARGUMENTS)
    awaits = {"transport alone": lambda: async_bare.send(REQUEST), "client": lambda: later.spread(**ARGUMENTS)}
    awaits["client, .safe"] = lambda: later.spread.safe(**ARGUMENTS)
    return {
        "Client, blocking": compare({name: per_call(call, times) for name, call in calls.items()}, rounds),
        "Client, async": compare(
            {name: per_await(call, times, loop.run_until_complete) for name, call in awaits.items()}, rounds
        ),
    }


def import_cost(rounds: int = 9) -> dict[str, tuple[float, float, float]]:
    """Milliseconds of CPU of ``from many_actions import actions``, 1,000 in 50 namespaces, over an empty interpreter.

    Quartiles of pairs, from compiled bytecode. A bare interpreter has loaded nothing; one that is started as usual has
    ``os`` and what it needs, for ``site``.
    """
    from benchmarks.apps.sanics import spread

    group = Namespace({f"act{number}": spread for number in range(20)})
    folder = _written(Namespace({f"group{number}": group for number in range(50)}), "many_actions")
    return {kind: _import_cost(folder, flags, rounds) for kind, flags in {"bare": ["-I", "-S"], "usual": []}.items()}


def _import_cost(folder: str, flags: list[str], rounds: int) -> tuple[float, float, float]:
    empty = f"import sys; sys.path[:0] = {[folder, str(ROOT)]!r}"
    ours = f"{empty}; from many_actions import actions"
    with tempfile.TemporaryDirectory() as compiled:
        command = [sys.executable, *flags, "-X", f"pycache_prefix={compiled}"]
        pairs = [(_cpu(command, empty), _cpu(command, ours)) for _ in range(rounds + 1)]
    low, middle, high = statistics.quantiles((mine - other for other, mine in pairs[1:]), n=4)
    return low, middle, high


def _cpu(command: list[str], code: str) -> float:
    told = [*command, "-c", f"{code}\nimport time; print(time.process_time())"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.run(told, check=True, capture_output=True, text=True, env=environment).stdout) * 1e3


if __name__ == "__main__":
    for part, rows in measure().items():
        print(f"\n{part}\n\n{table(rows)}")
    for kind, (low, middle, high) in import_cost().items():
        print(f"\nimport into a {kind} interpreter: {middle:.1f} ms of CPU ({low:.1f} to {high:.1f})")
