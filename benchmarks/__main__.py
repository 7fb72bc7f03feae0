"""Runs the measurements and prints them as Markdown: ``python -m benchmarks [--quick] [part ...]``."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from importlib.metadata import version

from benchmarks import calls, client, in_process, load, startup
from benchmarks._measure import table

PACKAGES = (
    "sanic",
    "pydantic",
    "uvloop",
    "fastapi",
    "litestar",
    "uvicorn",
    "sanic-ext",
    "httpx2",
    "pyqwest",
    "openapi-python-client",
)


def _in_process(quick: bool) -> None:
    for part, rows in in_process.measure(rounds=4 if quick else 30).items():
        print(f"\n### {part}, in process\n\n{table(rows)}")


def _load(quick: bool) -> None:
    print(f"\n### Servers under wrk\n\n{table(load.measure(rounds=1 if quick else 6))}")


def _client(quick: bool) -> None:
    for part, rows in client.measure(rounds=4 if quick else 30).items():
        print(f"\n### {part}\n\n{table(rows)}")
    for kind, (low, middle, high) in client.import_cost(3 if quick else 25).items():
        print(f"\nImport of 1,000 actions, {kind} interpreter: {middle:.1f} ms of CPU, {low:.1f} to {high:.1f}.")


def _calls(quick: bool) -> None:
    for part in calls.measure(rounds=1 if quick else 5):
        print(f"\n### {part.name}\n\n{calls.table(part)}", flush=True)


def _startup(quick: bool) -> None:
    print(f"\n### Start-up\n\n{startup.table(startup.measure(rounds=1 if quick else 7))}")


PARTS: dict[str, Callable[[bool], None]] = {
    "in-process": _in_process,
    "load": _load,
    "client": _client,
    "calls": _calls,
    "startup": _startup,
}


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all when left out")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works, not what it costs")
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    print(f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in PACKAGES)}")
    for part in given.parts or PARTS:
        PARTS[part](given.quick)


if __name__ == "__main__":
    main()
