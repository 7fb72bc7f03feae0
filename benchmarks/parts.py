"""Streams and downloads: CPU of the server for an item and for a megabyte, beside the same by hand."""

from __future__ import annotations

import statistics
from http.client import HTTPConnection
from typing import Final, NamedTuple

from benchmarks.apps.sent_in_parts import ITEMS, MEGABYTES
from benchmarks.load import cpu_seconds, server

PATHS: Final = {
    "a stream of 10,000 items, us of CPU an item": ("/stream", "/_parts/stream", ITEMS),
    "a download of 100 MB, us of CPU a megabyte": ("/download", "/_parts/download", MEGABYTES),
}


class Cost(NamedTuple):
    """What one thing costs by hand and as an action, in microseconds."""

    name: str
    by_hand: float
    action: float

    @property
    def ratio(self) -> float:
        """How many times the cost by hand."""
        return self.action / self.by_hand


def measure(*, rounds: int = 10) -> list[Cost]:
    """Return the medians, measured in turns."""
    rows: list[Cost] = []
    with server("parts") as (pid, port):
        for name, (by_hand, action, count) in PATHS.items():
            costs: dict[str, list[float]] = {by_hand: [], action: []}
            for path in (by_hand, action) * (rounds + 1):
                costs[path].append(_cost(pid, port, path, repeats=1_000_000 // count // 10 or 1) / count)
            medians = [statistics.median(each[1:]) for each in costs.values()]
            rows.append(Cost(name, *medians))
    return rows


def _cost(pid: int, port: int, path: str, repeats: int) -> float:
    """Return the microseconds of CPU that one answer costs; several, since the clock of a process is coarse."""
    repeats = min(repeats, 10)
    start = cpu_seconds(pid)
    for _ in range(repeats):
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("POST", path)
        response = connection.getresponse()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}")
        while response.read(262_144):
            pass
        connection.close()
    return (cpu_seconds(pid) - start) * 1_000_000 / repeats


def table(rows: list[Cost]) -> str:
    """Return the rows as Markdown."""
    lines = ["| | by hand | action | times by hand |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {row.name} | {row.by_hand:.1f} | {row.action:.1f} | {row.ratio:.2f} |" for row in rows]
    return "\n".join(lines)
