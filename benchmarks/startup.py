"""What actions add to the start of a server: CPU of ``ActionsBlueprint(...)``, in a fresh process for each count.

Beside it stands what reading the same handlers with ``inspect.signature`` and ``typing.get_type_hints`` costs in that
process, so that a slow moment of the machine shows in both.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

COUNTS = (20, 1_000)
SHAPES = {
    "parameters, no model": ("async def act{n}(post_id: str, count: int = 1) -> int: ...", ""),
    "one model in, one out": (
        "async def act{n}(item: In{n}) -> Out{n}: ...",
        "class In{n}(BaseModel):\n    a: int\n    b: Annotated[str, Field(min_length=1)] = 'x'\n    c: list[str] = []\n"
        "class Out{n}(BaseModel):\n    x: In{n}\n    y: float = 1.5\n    z: dict[str, int] = {{}}",
    ),
}
HEAD = "from typing import Annotated\nfrom pydantic import BaseModel, Field\nfrom sanic_actions import action\n"


def measure(*, rounds: int = 5, counts: tuple[int, ...] = COUNTS) -> list[tuple[str, int, float, float]]:
    """Shape, number of actions, milliseconds for the blueprint, milliseconds for the yardstick; medians."""
    found = []
    for shape in SHAPES:
        for count in counts:
            runs = [_in_fresh_process(shape, count) for _ in range(rounds)]
            ours, yardstick = (statistics.median(run[key] for run in runs) for key in ("blueprint", "yardstick"))
            found.append((shape, count, ours, yardstick))
    return found


def _in_fresh_process(shape: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.startup", shape, str(count)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _measure_here(shape: str, count: int) -> dict[str, float]:
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
    ActionsBlueprint(tree)
    middle = time.process_time()
    for made in tree.values():
        inspect.signature(made.handler)
        typing.get_type_hints(made.handler, include_extras=True)
    return {"blueprint": (middle - start) * 1e3, "yardstick": (time.process_time() - middle) * 1e3}


def table(rows: list[tuple[str, int, float, float]]) -> str:
    """The rows as Markdown."""
    lines = ["| handlers | actions | blueprint, ms | signature + type hints, ms |", "| --- | ---: | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {shape} | {n:,} | {ms:.1f} | {yard:.1f} |" for shape, n, ms, yard in rows)])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(_measure_here(sys.argv[1], int(sys.argv[2]))))
    else:
        print(table(measure()))
