"""What a call costs in the client itself: the generated client with a transport that answers at once.

The bar is what the client adds to its transport: encoding the arguments, decoding the answer, all checks.
"""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._measure import Row, compare, per_await, per_call, table
from sanic_actions.client import Request, Response

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


def generated() -> Any:
    """The client package of the benchmark's own actions."""
    from benchmarks.apps.sanics import ACTIONS
    from sanic_actions.codegen import generate

    folder = Path(tempfile.mkdtemp())
    for path, text in generate(ACTIONS, package="bench_client").items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    sys.path.insert(0, str(folder))
    return importlib.import_module("bench_client")


def measure(*, rounds: int = 30, times: int = 1_000) -> dict[str, list[Row]]:
    """Microseconds of CPU per call."""
    package, loop = generated(), asyncio.new_event_loop()
    bare, async_bare = Null(), AsyncNull()
    sync = package.Client("http://localhost", transport=Null())
    later = package.AsyncClient("http://localhost", transport=AsyncNull())
    calls = {"transport alone": lambda: bare.send(REQUEST), "client": lambda: sync.spread(**ARGUMENTS)}
    calls["client, .safe"] = lambda: sync.spread.safe(**ARGUMENTS)
    awaits = {"transport alone": lambda: async_bare.send(REQUEST), "client": lambda: later.spread(**ARGUMENTS)}
    return {
        "Client, blocking": compare({name: per_call(call, times) for name, call in calls.items()}, rounds),
        "Client, async": compare(
            {name: per_await(call, times, loop.run_until_complete) for name, call in awaits.items()}, rounds
        ),
    }


def import_cost(rounds: int = 9) -> float:
    """Milliseconds of CPU that ``import bench_client`` takes over an empty interpreter; the median of pairs."""
    folder = str(Path(generated().__file__).parent.parent)
    ours = f"import sys; sys.path.insert(0, {folder!r}); from bench_client import actions"
    pairs = [(_cpu("import sys; sys.path.insert(0, 'x')"), _cpu(ours)) for _ in range(rounds)]
    return sorted(mine - empty for empty, mine in pairs)[rounds // 2]


def _cpu(code: str) -> float:
    told = f"{code}\nimport time; print(time.process_time())"
    made = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    return float(made.stdout) * 1e3


if __name__ == "__main__":
    for part, rows in measure().items():
        print(f"\n{part}\n\n{table(rows)}")
    print(f"\nimport of the package: {import_cost():.1f} ms of CPU over an empty interpreter")
