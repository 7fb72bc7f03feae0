"""Real servers under wrk: CPU of the server process per request, against peers that do the same work.

Requests per second depend on what else the machine does; the CPU that a server needs for one request much less.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks._measure import Round, Row, compare, table
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.apps.serve", kind, str(port)])
    try:
        _wait_for(port, process)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("The server did not start; see its output above.")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _script(folder: str) -> str:
    path = Path(folder) / "post.lua"
    body = BODY.decode().replace("\\", "\\\\").replace("'", "\\'")
    path.write_text(f"wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['Content-Type'] = 'application/json'\n")
    return str(path)


def _round(pid: int, url: str, script: str, seconds: int) -> Round:
    def run() -> float:
        before = _cpu_seconds(pid)
        command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", script, url]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in told or "Socket errors" in told:
            raise SystemExit(f"{url} failed:\n{told}")
        found = re.search(r"(\d+) requests in", told)
        if found is None:
            raise SystemExit(f"wrk said nothing of requests:\n{told}")
        return (_cpu_seconds(pid) - before) / int(found[1]) * 1e6

    return run


def measure(*, rounds: int = 4, seconds: int = 2) -> list[Row]:
    """Microseconds of CPU per request, in user and system mode."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, the load tool of these measurements. Install it: apt-get install wrk")
    with ExitStack() as stack:
        script = _script(stack.enter_context(tempfile.TemporaryDirectory()))
        started = {kind: stack.enter_context(server(kind)) for kind in dict.fromkeys(k for k, _ in SERVERS.values())}
        runs = {}
        for name, (kind, path) in SERVERS.items():
            pid, port = started[kind]
            runs[name] = _round(pid, f"http://127.0.0.1:{port}{path}", script, seconds)
        return compare(runs, rounds)


if __name__ == "__main__":
    print(table(measure()))
