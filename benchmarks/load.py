"""Real servers under wrk: CPU of the server process per request, against peers that do the same work.

Requests per second depend on what else the machine does; the CPU that a server needs for one request much less.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._measure import Round, Row, compare
from benchmarks.in_process import BODY

SERVERS = {
    "by hand, Sanic": ("sanic", "/json"),
    "action": ("sanic", "/_actions/json"),
    "bare Sanic": ("sanic", "/bare"),
    "sanic-ext loaded, by hand": ("sanic-ext", "/json"),
    "sanic-ext @validate": ("sanic-ext", "/validate"),
    "sanic-ext loaded, action": ("sanic-ext", "/_actions/json"),
    "FastAPI, uvicorn": ("fastapi", "/json"),
    "Litestar, uvicorn": ("litestar", "/json"),
}
TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def server(kind: str) -> Iterator[tuple[int, int]]:
    """Process id and port of a started server."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.apps.serve", kind, str(port)])
    try:
        wait_for(port, process)
        yield process.pid, port
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server, one that waits for its connections too."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when a server listens."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("The server did not start; see its output above.")


def cpu_seconds(pid: int) -> float:
    """What a process has taken so far, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int, kind: str) -> float:
    """Megabytes of a process: ``VmRSS`` at the moment, ``VmHWM`` at most so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(_found(rf"{kind}:\s+(\d+) kB", status)[0]) / 1024


def _script(folder: str) -> str:
    path = Path(folder) / "post.lua"
    body = BODY.decode().replace("\\", "\\\\").replace("'", "\\'")
    path.write_text(f"wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['Content-Type'] = 'application/json'\n")
    return str(path)


@dataclass(slots=True)
class Load:
    """What one server did under load."""

    pid: int
    url: str
    threads: int = 1
    connections: int = 16
    requests: int = 1
    """How many requests are one unit of what is measured."""
    fails: bool = False
    """Whether answers are refusals, as they should be."""
    told: list[str] = field(default_factory=list)
    """What wrk said of each round."""

    def round(self, script: str, seconds: int) -> Round:
        """A round of calls, many at once; gives microseconds of CPU of the server per call."""

        def run() -> float:
            before = cpu_seconds(self.pid)
            options = [f"-t{self.threads}", f"-c{self.connections}", f"-d{seconds}s", "--latency", "-s", script]
            command = ["wrk", *options, self.url]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            # A machine that is busy with other work lets a connection wait; nothing else may go wrong.
            is_broken = "Socket errors" in told and "connect 0, read 0, write 0" not in told
            if ("Non-2xx" in told) is not self.fails or is_broken:
                raise SystemExit(f"{self.url} failed:\n{told}")
            self.told.append(told)
            count = int(_found(r"(\d+) requests in", told)[0]) / self.requests
            return (cpu_seconds(self.pid) - before) / count * 1e6

        return run

    def median(self, pattern: str) -> float:
        """The median over all rounds of a number with its unit, in wrk's words; times in milliseconds."""
        found = [_found(pattern, told) for told in self.told]
        return statistics.median(float(number) * _UNITS.get("".join(unit), 1.0) for number, *unit in found)


_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def _found(pattern: str, told: str) -> tuple[str, ...]:
    found = re.search(pattern, told)
    if found is None:
        raise SystemExit(f"wrk said nothing of {pattern}:\n{told}")
    return found.groups()


def measure(*, rounds: int = 4, seconds: int = 2) -> list[tuple[Row, float, float, float, float]]:
    """CPU per request; then requests per second, the times in which 50 % and 99 % were answered, and memory in MB."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, the load tool of these measurements. Install it: apt-get install wrk")
    with ExitStack() as stack:
        script = _script(stack.enter_context(tempfile.TemporaryDirectory()))
        started = {kind: stack.enter_context(server(kind)) for kind in dict.fromkeys(k for k, _ in SERVERS.values())}
        loads = {
            name: Load(started[k][0], f"http://127.0.0.1:{started[k][1]}{path}") for name, (k, path) in SERVERS.items()
        }
        rows = compare({name: load.round(script, seconds) for name, load in loads.items()}, rounds)
        return [(row, *_numbers(loads[row.name])) for row in rows]


def _numbers(load: Load) -> tuple[float, float, float, float]:
    latency = r"%\s+([\d.]+)(us|ms|s)"
    return (
        load.median(r"Requests/sec:\s+([\d.]+)"),
        load.median(f"50{latency}"),
        load.median(f"99{latency}"),
        memory(load.pid, "VmRSS"),
    )


def table(rows: list[tuple[Row, float, float, float, float]]) -> str:
    """The rows as Markdown."""
    head = "| | µs of CPU | ratio | quartiles | requests/s | p50, ms | p99, ms | MB after |"
    lines = [head, "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |"]
    for row, rate, half, most, size in rows:
        spread = f"{row.spread[0]:.2f} to {row.spread[1]:.2f}"
        told = f"{row.cost:,.1f} | {row.ratio:.2f} | {spread} | {rate:,.0f} | {half:.1f} | {most:.1f} | {size:.0f}"
        lines.append(f"| {row.name} | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))
