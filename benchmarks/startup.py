"""What actions add to the start of a server: CPU of ``ActionsBlueprint(...)``, in a fresh process for each count.

Beside it stands what reading the same handlers with ``inspect.signature`` and ``typing.get_type_hints`` costs in that
process, so that a slow moment of the machine shows in both; and what the whole process has cost, its imports and the
making of the handlers and models included, when the first call is answered.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

COUNTS = (20, 1_000)
SHAPES = {
    "parameters, no model": ("async def act{n}(post_id: str, count: int = 1) -> int: return 1", ""),
    "one model in, one out": (
        "async def act{n}(item: In{n}) -> Out{n}: return Out{n}(x=item)",
        "class In{n}(BaseModel):\n    a: int\n    b: Annotated[str, Field(min_length=1)] = 'x'\n    c: list[str] = []\n"
        "class Out{n}(BaseModel):\n    x: In{n}\n    y: float = 1.5\n    z: dict[str, int] = {{}}",
    ),
}
ALONE = "Sanic alone"
BODIES = {ALONE: b"", "parameters, no model": b'{"post_id":"p1"}', "one model in, one out": b'{"item":{"a":1}}'}
HEAD = "from typing import Annotated\nfrom pydantic import BaseModel, Field\nfrom sanic_actions import action\n"


@dataclass(frozen=True, slots=True)
class Start:
    """Medians of one kind of app; milliseconds of CPU."""

    shape: str
    count: int
    blueprint: float
    yardstick: float
    answer: float
    """Of the whole process until it has answered a call."""
    memory: float
    """Megabytes of the process then."""


def measure(*, rounds: int = 5, counts: tuple[int, ...] = COUNTS) -> list[Start]:
    """Sanic without any actions, then each shape in each number."""
    kinds = [(ALONE, 0), *((shape, count) for shape in SHAPES for count in counts)]
    return [_medians(shape, count, [_in_fresh_process(shape, count) for _ in range(rounds)]) for shape, count in kinds]


def _medians(shape: str, count: int, runs: list[dict[str, float]]) -> Start:
    return Start(shape, count, **{key: statistics.median(run[key] for run in runs) for key in runs[0]})


def _in_fresh_process(shape: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.startup", shape, str(count)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _measure_here(shape: str, count: int) -> dict[str, float]:
    from sanic import HTTPResponse, Sanic

    app: Any = Sanic("startup", configure_logging=False)
    app.config.AUTO_EXTEND = False
    spent = {"blueprint": 0.0, "yardstick": 0.0}
    if count:
        spent = _with_actions(app, shape, count)
    else:
        app.post("/_actions/act0")(_by_hand(HTTPResponse))
    from benchmarks.in_process import Sender, request
    from benchmarks.load import memory

    answer = Sender(app).send(request("/_actions/act0", BODIES[shape]))
    if b" 200 " not in answer[:16]:
        raise SystemExit(f"The first call was answered with\n{answer!r}")
    cpu = time.process_time() * 1e3 - spent["yardstick"]
    return {**spent, "answer": cpu, "memory": memory(os.getpid(), "VmHWM")}


def _by_hand(response: Any) -> Any:
    async def handler(request: Any) -> Any:
        return response(b"1", content_type="application/json")

    return handler


def _with_actions(app: Any, shape: str, count: int) -> dict[str, float]:
    import inspect
    import types
    import typing

    from sanic_actions.server import ActionsBlueprint

    act, models = SHAPES[shape]
    module = types.ModuleType("bench_actions")
    sys.modules[module.__name__] = module
    source = [HEAD, *(f"{models}\n@action\n{act}\n".format(n=n) for n in range(count))]
    exec(compile("\n".join(source), "bench_actions.py", "exec"), module.__dict__)
    tree = {f"act{n}": getattr(module, f"act{n}") for n in range(count)}
    start = time.process_time()
    blueprint = ActionsBlueprint(tree)
    middle = time.process_time()
    for made in tree.values():
        inspect.signature(made.handler)
        typing.get_type_hints(made.handler, include_extras=True)
    end = time.process_time()
    app.blueprint(blueprint)
    return {"blueprint": (middle - start) * 1e3, "yardstick": (end - middle) * 1e3}


def table(rows: list[Start]) -> str:
    """The rows as Markdown."""
    lines = [
        "| handlers | actions | blueprint, ms | signature + type hints, ms | process to first answer, ms | MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        numbers = f"{row.blueprint:.1f} | {row.yardstick:.1f} | {row.answer:,.0f} | {row.memory:.0f}"
        lines.append(f"| {row.shape} | {row.count:,} | {numbers} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(_measure_here(sys.argv[1], int(sys.argv[2]))))
    else:
        print(table(measure()))
