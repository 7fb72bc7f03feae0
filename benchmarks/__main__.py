"""Runs the measurements and prints them as Markdown: ``python -m benchmarks [--quick] [--write FILE] [part ...]``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import _bars as tables
from benchmarks import _report as report
from benchmarks import (
    calls,
    client,
    contract,
    generator,
    in_process,
    instructions,
    load,
    page_load,
    parts,
    plots,
    prepare,
    startup,
    uploads,
)
from benchmarks._bars import COST, CPU, RATIO, TIMES
from benchmarks._measure import Row, table
from benchmarks._report import Columns, Results, Section

Part = Callable[[bool], Iterator[Section]]
"""Measures, quickly or well."""


def _compared(rows: list[Row]) -> Columns:
    return {COST: {row.name: row.cost for row in rows}, RATIO: {row.name: row.ratio for row in rows}}


def _in_process(quick: bool) -> Iterator[Section]:
    for name, rows in in_process.measure(rounds=2 if quick else 12).items():
        yield Section(f"{name}, in process", table(rows), _compared(rows))


def _instructions(_: bool) -> Iterator[Section]:
    for name, rows in instructions.measure().items():
        yield Section(f"{name}, instructions", instructions.table(rows))


def _load(quick: bool) -> Iterator[Section]:
    rows = load.measure(rounds=1 if quick else 4, seconds=1 if quick else 2)
    compared = [row for row, *_ in rows]
    costs = {row.name: row.cost for row in compared}
    drawing = plots.bars(costs, "CPU of the server per call, in microseconds")
    yield Section("Servers under wrk", load.table(rows), _compared(compared), drawing)


def _pages(quick: bool) -> Iterator[Section]:
    for name, rows in page_load.measure(rounds=1 if quick else 4, seconds=1 if quick else 2).items():
        yield Section(f"{name}, under wrk", table(rows), _compared(rows))


def _client(quick: bool) -> Iterator[Section]:
    for name, rows in client.measure(rounds=4 if quick else 30).items():
        yield Section(name, table(rows), _compared(rows))
    costs = client.import_cost(3 if quick else 25)
    lines = [
        f"- {kind} interpreter: {middle:.1f} ms of CPU, {low:.1f} to {high:.1f}"
        for kind, (low, middle, high) in costs.items()
    ]
    medians = {kind: middle for kind, (_, middle, _) in costs.items()}
    yield Section("Import of 1,000 actions", "\n".join(lines), {COST: medians})


def _calls(quick: bool) -> Iterator[Section]:
    for part in calls.measure(rounds=1 if quick else 4):
        columns = {
            RATIO: {row.name: row.ratio for row in part.time},
            CPU: {row.name: row.ratio for row in part.cpu},
        }
        yield Section(part.name, calls.table(part), columns)


def _startup(quick: bool) -> Iterator[Section]:
    rows = startup.measure(rounds=1 if quick else 3)
    costs = {f"{row.shape}, {row.count:,}": row.blueprint for row in rows}
    yield Section("Start-up", startup.table(rows), {COST: costs})


def _uploads(quick: bool) -> Iterator[Section]:
    rows = uploads.measure(rounds=1 if quick else 3)
    memory = {row.name: row.memory for row in rows}
    drawing = plots.bars(memory, "Memory over the idle server, in MB")
    yield Section("Uploads of 150 MB", uploads.table(rows), {"memory": memory}, drawing)


def _parts(quick: bool) -> Iterator[Section]:
    rows = parts.measure(rounds=2 if quick else 10)
    times = {kind: row.ratio for kind, row in zip(("stream", "download"), rows, strict=True)}
    yield Section("Streams and downloads", parts.table(rows), {TIMES: times})


def _generator(quick: bool) -> Iterator[Section]:
    rounds, counts = (1, (10, 100)) if quick else (3, generator.COUNTS)
    lines = generator.growth(rounds=rounds, counts=counts)
    columns = {f"{count:,}": {line.what: line.seconds[count] * 1e3 for line in lines} for count in counts}
    yield Section("Generator and checkers", generator.table(lines), columns)
    checked = generator.yardsticks(rounds=rounds)
    yield Section("mypy --strict, cold, one line", generator.listed(checked), {COST: _milliseconds(checked)})
    peers = generator.peers(rounds=rounds)
    yield Section(f"{generator.PEERS} actions, whole command", generator.listed(peers))


def _contract(quick: bool) -> Iterator[Section]:
    costs = contract.measure(rounds=1 if quick else 3)
    yield Section("The contract over time", contract.table(costs), {COST: contract.in_units(costs)})


def _milliseconds(costs: dict[str, float]) -> dict[str, float]:
    return {what: seconds * 1e3 for what, seconds in costs.items()}


PARTS: dict[str, Part] = {
    "in-process": _in_process,
    "load": _load,
    "pages": _pages,
    "client": _client,
    "calls": _calls,
    "startup": _startup,
    "uploads": _uploads,
    "parts": _parts,
    "contract": _contract,
    "generator": _generator,
    "instructions": _instructions,
}


class Run:
    """The results so far, and the page that they stand in."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.sections: list[Section] = []
        self._start = time.monotonic()
        self._head = f"Begun at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {report.load()}. {report.machine()}"

    def add(self, section: Section) -> None:
        """Print a section, and put it on the page at once: a later part may fail."""
        print(f"\n{section.text}", flush=True)
        self.sections.append(section)
        if self.file is None:
            return
        if section.draw is not None:
            section.draw(self.file.parent / "images" / section.image)
        self.file.write_text(report.page(self.file.read_text(), self._blocks()))

    def _blocks(self) -> dict[str, str]:
        results = Results(self.sections)
        minutes = (time.monotonic() - self._start) / 60
        machine = f"{self._head} The run took {minutes:.0f} minutes; load as it ended, {report.load()}.\n"
        return {
            "machine": machine,
            "bars": tables.bars(results),
            "others": tables.others(results),
            "results": report.results(self.sections),
        }


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all of them when left out")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works, not what it costs")
    parser.add_argument(
        "--write", type=Path, help="write the figures of this page, and its images beside it: those of this run alone"
    )
    parser.add_argument(
        "--prepare", action="store_true", help="measure nothing, but fetch and build what a run needs beside Python"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if options.prepare:
        prepare.prepare()
        return
    run = Run(options.write)
    for part in options.parts or PARTS:
        start = time.monotonic()
        for section in PARTS[part](options.quick):
            run.add(section)
        print(f"{part}: {time.monotonic() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
