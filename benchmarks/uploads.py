"""A large file to a server: what it keeps in memory, and how much CPU a megabyte costs it, beside Sanic's own parser.

Each upload has a server of its own, since what a process once had in memory it rarely gives back.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

from benchmarks.load import cpu_seconds, memory, server

BOUNDARY = "benchmark"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
MEGABYTE = b"\x5a" * 1_000_000
PATHS = {"by hand (request.files)": "/upload", "action": "/_uploads/upload"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload."""

    name: str
    seconds: float
    cpu: float
    """Milliseconds of CPU of the server for each megabyte."""
    memory: float
    """Megabytes over what the idle server had, at most."""


def measure(*, rounds: int = 3, megabytes: int = 150) -> list[Upload]:
    """The medians, of a server by hand and of ours, in turns."""
    found: dict[str, list[Upload]] = {name: [] for name in PATHS}
    for _ in range(rounds):
        for name, path in PATHS.items():
            found[name].append(_upload(name, path, megabytes))
    return [_median(runs) for runs in found.values()]


def _upload(name: str, path: str, megabytes: int) -> Upload:
    with server("sanic") as (pid, port):
        _send(port, path, 1)  # what is loaded on first use
        idle, cpu, start = memory(pid, "VmRSS"), cpu_seconds(pid), time.perf_counter()
        _send(port, path, megabytes)
        seconds = time.perf_counter() - start
        spent = (cpu_seconds(pid) - cpu) * 1000 / megabytes
        return Upload(name, seconds, spent, memory(pid, "VmHWM") - idle)


def _send(port: int, path: str, megabytes: int) -> None:
    size = len(HEAD) + megabytes * len(MEGABYTE) + len(TAIL)
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}", "content-length": str(size)}
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", path, body=_body(megabytes), headers=headers)
    response = connection.getresponse()
    if (answer := response.read()) != str(megabytes * len(MEGABYTE)).encode():
        raise SystemExit(f"{path} answered {response.status}:\n{answer[:500]!r}")
    connection.close()


def _body(megabytes: int) -> Iterator[bytes]:
    yield HEAD
    for _ in range(megabytes):
        yield MEGABYTE
    yield TAIL


def _median(runs: list[Upload]) -> Upload:
    seconds, cpu, most = ([getattr(run, what) for run in runs] for what in ("seconds", "cpu", "memory"))
    return Upload(runs[0].name, statistics.median(seconds), statistics.median(cpu), statistics.median(most))


def table(rows: list[Upload]) -> str:
    """The rows as Markdown."""
    lines = ["| | seconds | ms of CPU per MB | MB of memory over idle |", "| --- | ---: | ---: | ---: |"]
    return "\n".join(
        [*lines, *(f"| {row.name} | {row.seconds:.2f} | {row.cpu:.2f} | {row.memory:.0f} |" for row in rows)]
    )
