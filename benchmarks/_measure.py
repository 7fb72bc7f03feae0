"""How everything here is measured: CPU time, in short rounds, each candidate next to each other, forward and backward.

Other work on a machine moves all candidates of one round alike, so ratios within a round are what is compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

Round = Callable[[], float]
"""Runs a candidate for a moment; gives what one unit of it cost."""

RunUntil = Callable[[Awaitable[None]], object]
"""``loop.run_until_complete``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate: its cost, and how it compares with the first one."""

    name: str
    cost: float
    """Median of all rounds."""
    ratio: float
    """Median of the ratios of pairs: the cost of the first candidate to the cost of this one. Above 1 is cheaper."""
    spread: tuple[float, float]
    """The quartiles of these ratios."""


def compare(candidates: Mapping[str, Round], rounds: int) -> list[Row]:
    """Run the candidates in turns, ``rounds`` times in each direction."""
    for run in candidates.values():
        run()  # what is built on first use
    costs: dict[str, list[float]] = {name: [] for name in candidates}
    for order in _orders(list(candidates), rounds):
        for name in order:
            costs[name].append(candidates[name]())
    first = costs[next(iter(candidates))]
    return [_row(name, found, first) for name, found in costs.items()]


def _orders(names: list[str], rounds: int) -> Iterator[list[str]]:
    for _ in range(rounds):
        yield names
        yield names[::-1]


def _row(name: str, costs: list[float], first: list[float]) -> Row:
    ratios = sorted(one / other for one, other in zip(first, costs, strict=True))
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return Row(name, statistics.median(costs), middle, (low, high))


def per_call(call: Callable[[], object], times: int) -> Round:
    """Microseconds of CPU of this process per call."""

    def run() -> float:
        start = time.process_time_ns()
        for _ in range(times):
            call()
        return (time.process_time_ns() - start) / times / 1000

    return run


def per_await(call: Callable[[], Awaitable[object]], times: int, run_until: RunUntil) -> Round:
    """Microseconds of CPU of this process per awaited call, on one event loop."""

    async def repeat() -> None:
        for _ in range(times):
            await call()

    def run() -> float:
        start = time.process_time_ns()
        run_until(repeat())
        return (time.process_time_ns() - start) / times / 1000

    return run


def table(rows: list[Row], unit: str = "µs") -> str:
    """The rows as Markdown."""
    lines = [f"| | {unit} | ratio | quartiles |", "| --- | ---: | ---: | --- |"]
    lines += [
        f"| {row.name} | {row.cost:,.1f} | {row.ratio:.2f} | {row.spread[0]:.2f} to {row.spread[1]:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)
