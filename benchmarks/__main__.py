"""Runs the measurements and prints them as Markdown: ``python -m benchmarks [--quick] [--write FILE] [part ...]``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

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
    startup,
    uploads,
)
from benchmarks._measure import table
from benchmarks._report import Section, machine, rewritten

Part = Callable[[bool], Iterator[Section]]
"""Measures, quickly or well."""


def _in_process(quick: bool) -> Iterator[Section]:
    for name, rows in in_process.measure(rounds=4 if quick else 12).items():
        yield Section(f"{name}, in process", table(rows))


def _instructions(quick: bool) -> Iterator[Section]:
    for name, rows in instructions.measure().items():
        yield Section(f"{name}, instructions", instructions.table(rows))


def _load(quick: bool) -> Iterator[Section]:
    rows = load.measure(rounds=1 if quick else 4)
    costs = {row.name: row.cost for row, *_ in rows}
    drawing = plots.bars(costs, "CPU of the server per call, in microseconds")
    yield Section("Servers under wrk", load.table(rows), drawing)


def _pages(quick: bool) -> Iterator[Section]:
    for name, rows in page_load.measure(rounds=1 if quick else 4).items():
        yield Section(f"{name}, under wrk", table(rows))


def _client(quick: bool) -> Iterator[Section]:
    for name, rows in client.measure(rounds=4 if quick else 30).items():
        yield Section(name, table(rows))
    costs = client.import_cost(3 if quick else 25).items()
    lines = [
        f"- {kind} interpreter: {middle:.1f} ms of CPU, {low:.1f} to {high:.1f}" for kind, (low, middle, high) in costs
    ]
    yield Section("Import of 1,000 actions", "\n".join(lines))


def _calls(quick: bool) -> Iterator[Section]:
    for part in calls.measure(rounds=1 if quick else 5):
        yield Section(part.name, calls.table(part))


def _startup(quick: bool) -> Iterator[Section]:
    yield Section("Start-up", startup.table(startup.measure(rounds=1 if quick else 3)))


def _uploads(quick: bool) -> Iterator[Section]:
    rows = uploads.measure(rounds=1 if quick else 3)
    drawing = plots.bars({row.name: row.memory for row in rows}, "Memory over the idle server, in MB")
    yield Section("Uploads of 150 MB", uploads.table(rows), drawing)


def _parts(quick: bool) -> Iterator[Section]:
    yield Section("Streams and downloads", parts.table(parts.measure(rounds=2 if quick else 10)))


def _generator(quick: bool) -> Iterator[Section]:
    rounds, counts = (1, (10, 100)) if quick else (3, generator.COUNTS)
    yield Section("Generator and checkers", generator.table(generator.growth(rounds=rounds, counts=counts)))
    yield Section("mypy --strict, cold, one line", generator.listed(generator.yardsticks(rounds=rounds)))
    yield Section(f"{generator.PEERS} actions, whole command", generator.listed(generator.peers(rounds=rounds)))


def _contract(quick: bool) -> Iterator[Section]:
    yield Section("The contract over time", contract.table(contract.measure(rounds=1 if quick else 5)))


PARTS: dict[str, Part] = {
    "in-process": _in_process,
    "load": _load,
    "pages": _pages,
    "client": _client,
    "calls": _calls,
    "startup": _startup,
    "uploads": _uploads,
    "parts": _parts,
    "generator": _generator,
    "contract": _contract,
}
OPTIONAL: dict[str, Part] = {"instructions": _instructions}
"""What runs only when it is named: it needs valgrind, and two minutes."""


def main() -> None:
    """Read the arguments and measure."""
    known = PARTS | OPTIONAL
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(known)}; all but the last when left out")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works, not what it costs")
    parser.add_argument("--write", type=Path, help="put the results into this file, and images beside it")
    given = parser.parse_args()
    if unknown := set(given.parts) - known.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    _publish(Section("Machine", machine()), given.write)
    for part in given.parts or PARTS:
        for section in known[part](given.quick):
            _publish(section, given.write)


def _publish(section: Section, file: Path | None) -> None:
    """Print a section, and put it into the file at once: a later part may fail."""
    print(f"\n{section.text}", flush=True)
    if file is not None:
        file.write_text(rewritten(file.read_text(), section, file.parent / "images"))


if __name__ == "__main__":
    main()
