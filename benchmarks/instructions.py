"""Instructions per request, counted by valgrind: the same number on a busy machine as on an idle one.

One process loads the app; then each candidate runs in forks of it, which send another number of requests each. What the
one with more requests needed more than the other is what those requests cost.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

MANY = 100
WARM = 50
"""Requests before any are counted: what is built on first use, and what Python specializes after some runs."""


def measure() -> dict[str, list[tuple[str, float]]]:
    """Thousands of instructions per request: part, candidate, count."""
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is missing, which counts instructions. Install it: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        counter = ["valgrind", "-q", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/%p"]
        run = [*counter, sys.executable, "-m", "benchmarks.instructions", folder]
        # Under valgrind, Python does not find out that it runs in a virtual environment.
        told = {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        subprocess.run(run, check=True, env={**os.environ, **told})
        return _read(Path(folder))


def _read(folder: Path) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for line in (folder / "forks").read_text().splitlines():
        part, name, few, many = line.split("\t")
        found.setdefault(part, []).append((name, (_total(folder / many) - _total(folder / few)) / MANY / 1000))
    return found


def _total(counts: Path) -> int:
    summary = re.search(r"^summary: *(\d+)", counts.read_text(), re.MULTILINE)
    if summary is None:
        raise SystemExit(f"valgrind wrote no summary into {counts}.")
    return int(summary[1])


def _run_forks(folder: str) -> None:
    from benchmarks.apps.sanics import make_app
    from benchmarks.in_process import FOLLOWED, PARTS, Sender

    sender = Sender(make_app("instructions"))
    with Path(folder, "forks").open("w") as forks:
        for part, candidates in PARTS.items():
            for name, (raw, _) in candidates.items():
                pids = [_forked(partial(sender.repeat, raw, WARM + more)) for more in (0, MANY)]
                forks.write("\t".join([part, name, *map(str, pids)]) + "\n")
        for name, raw in FOLLOWED.items():
            pids = [_forked(partial(sender.repeat_followed, raw, WARM + more)) for more in (0, MANY)]
            forks.write("\t".join(["Page post, and the page after it", name, *map(str, pids)]) + "\n")


def _forked(work: Callable[[], None]) -> int:
    """Work in a fork, and give its number, under which valgrind writes what it counted there."""
    if pid := os.fork():
        if os.waitpid(pid, 0)[1] != 0:
            raise SystemExit("A fork failed; see its output above.")
        return pid
    work()
    os._exit(0)


def table(rows: list[tuple[str, float]]) -> str:
    """The rows as Markdown; above 1 is cheaper than the first."""
    lines = ["| | thousands of instructions | ratio |", "| --- | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {name} | {count:,.1f} | {rows[0][1] / count:.3f} |" for name, count in rows)])


if __name__ == "__main__":
    _run_forks(sys.argv[1])
