"""Whole calls to a real server, one at a time and 32 at once: our client, another generated one, and one by hand.

The other is what openapi-python-client writes from our own OpenAPI document of the same actions. By hand is httpx2 with
the models of the server: what a careful author would write without any generator.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx2

from benchmarks._measure import Round, Row, compare
from benchmarks.apps.models import Comment, CommentInput
from benchmarks.client import ARGUMENTS, generated
from benchmarks.load import server
from sanic_actions.client import AsyncPyqwestTransport, PyqwestTransport

AT_ONCE = (1, 32)
HEADERS = {"content-type": "application/json"}

Call = Callable[..., Any]
Clock = Callable[[], int]
"""Nanoseconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """How the clients of one kind compare."""

    name: str
    time: list[Row]
    """Microseconds per call by a clock on the wall."""
    cpu: list[Row]
    """Microseconds of CPU per call, of all threads of the client's process."""
    latency: dict[str, list[float]]
    """Milliseconds that each call took, in order of size."""


def other_generated() -> None:
    """Make ``other_client`` importable, which openapi-python-client writes for the benchmark's own actions."""
    folder = Path(tempfile.mkdtemp())
    document = [sys.executable, "-m", "sanic_actions", "openapi", "benchmarks.apps.sanics:ACTIONS"]
    (folder / "openapi.json").write_bytes(subprocess.run(document, check=True, capture_output=True).stdout)
    options = ["--path", f"{folder}/openapi.json", "--output-path", f"{folder}/other_client", "--meta", "none"]
    subprocess.run([sys.executable, "-m", "openapi_python_client", "generate", *options], check=True)
    sys.path.insert(0, str(folder))


def blocking(url: str) -> dict[str, Call]:
    """One call with each blocking client."""
    other, spread = _other(url, "sync")
    ours, fast = generated().Client(url), generated().Client(url, transport=PyqwestTransport())
    client = httpx2.Client(base_url=url)

    def by_hand() -> Comment:
        response = client.post("/_actions/json", content=_body(), headers=HEADERS)
        return Comment.model_validate_json(response.raise_for_status().content)

    return {
        "openapi-python-client": lambda: spread(client=other, body=_other_body()),
        "by hand, httpx2": by_hand,
        "ours": lambda: ours.spread(**ARGUMENTS),
        "ours, [fast]": lambda: fast.spread(**ARGUMENTS),
    }


def awaited(url: str) -> dict[str, Call]:
    """One call with each asynchronous client."""
    other, spread = _other(url, "asyncio")
    ours, fast = generated().AsyncClient(url), generated().AsyncClient(url, transport=AsyncPyqwestTransport())
    client = httpx2.AsyncClient(base_url=url)

    async def by_hand() -> Comment:
        response = await client.post("/_actions/json", content=_body(), headers=HEADERS)
        return Comment.model_validate_json(response.raise_for_status().content)

    return {
        "openapi-python-client": lambda: spread(client=other, body=_other_body()),
        "by hand, httpx2": by_hand,
        "ours": lambda: ours.spread(**ARGUMENTS),
        "ours, [fast]": lambda: fast.spread(**ARGUMENTS),
    }


def _body() -> str:
    return CommentInput(**ARGUMENTS).model_dump_json()


def _other(url: str, kind: str) -> tuple[Any, Call]:
    call: Call = getattr(import_module("other_client.api.default.spread"), kind)
    return import_module("other_client").Client(base_url=url), call


def _other_body() -> Any:
    return import_module("other_client.models").Spread(**ARGUMENTS)


def in_threads(call: Call, at_once: int, times: int, clock: Clock) -> Round:
    """Calls from as many threads."""
    threads = ThreadPoolExecutor(at_once)

    def repeat(times: int) -> None:
        for _ in range(times):
            call()

    return _round(lambda: list(threads.map(repeat, [times // at_once] * at_once)), times, clock)


def in_tasks(loop: asyncio.AbstractEventLoop, call: Call, at_once: int, times: int, clock: Clock) -> Round:
    """Calls from as many tasks of one event loop."""

    async def repeat() -> None:
        for _ in range(times // at_once):
            await call()

    async def all_of_them() -> None:
        await asyncio.gather(*(repeat() for _ in range(at_once)))

    return _round(lambda: loop.run_until_complete(all_of_them()), times, clock)


def timed(call: Call, into: list[float]) -> Call:
    """The same blocking call, which notes how many milliseconds it took."""

    def noted() -> None:
        start = time.perf_counter()
        call()
        into.append((time.perf_counter() - start) * 1e3)

    return noted


def timed_async(call: Call, into: list[float]) -> Call:
    """The same for an asynchronous call."""

    async def noted() -> None:
        start = time.perf_counter()
        await call()
        into.append((time.perf_counter() - start) * 1e3)

    return noted


def _round(run: Callable[[], object], times: int, clock: Clock) -> Round:
    def measured() -> float:
        start = clock()
        run()
        return (clock() - start) / times / 1000

    return measured


def measure(*, rounds: int = 5, times: int = 320) -> Iterator[Part]:
    """Both kinds of clients, each at every number at once."""
    other_generated()
    with server("sanic") as (_, port):
        url, loop = f"http://127.0.0.1:{port}", asyncio.new_event_loop()
        kinds: dict[str, tuple[dict[str, Call], Callable[..., Round], Callable[[Call, list[float]], Call]]] = {
            "Async": (awaited(url), lambda *given: in_tasks(loop, *given), timed_async),
            "Blocking": (blocking(url), in_threads, timed),
        }
        for kind, (calls, run, noted) in kinds.items():
            for at_once in reversed(AT_ONCE):
                by_time, by_cpu = (
                    compare({name: run(call, at_once, times, clock) for name, call in calls.items()}, rounds)
                    for clock in (time.perf_counter_ns, time.process_time_ns)
                )
                found: dict[str, list[float]] = {name: [] for name in calls}
                for _ in range(rounds):
                    for name, call in calls.items():
                        run(noted(call, found[name]), at_once, times, time.perf_counter_ns)()
                latency = {name: sorted(all_of_it) for name, all_of_it in found.items()}
                yield Part(f"{kind} calls, {at_once} at once", by_time, by_cpu, latency)


def table(part: Part) -> str:
    """One part as Markdown: calls per second, how long one takes, and CPU."""
    lines = [
        "| | calls/s | ratio | quartiles | p50, ms | p99, ms | CPU, µs | ratio | quartiles |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for time_, cpu in zip(part.time, part.cpu, strict=True):
        each = part.latency[time_.name]
        middle, slow = (f"{each[len(each) * percent // 100]:.1f}" for percent in (50, 99))
        speed = f"{1e6 / time_.cost:,.0f} | {_ratio(time_)} | {middle} | {slow}"
        lines.append(f"| {time_.name} | {speed} | {cpu.cost:,.0f} | {_ratio(cpu)} |")
    return "\n".join(lines)


def _ratio(row: Row) -> str:
    return f"{row.ratio:.2f} | {row.spread[0]:.2f} to {row.spread[1]:.2f}"


if __name__ == "__main__":
    for part in measure():
        print(f"\n{part.name}\n\n{table(part)}", flush=True)
