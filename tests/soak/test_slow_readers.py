"""Slow readers and idle ones: the memory of a server stays flat however much it sends, and however many wait.

A stream or a file has 32 MiB, and 100 MB under ``nox -s soak``.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

LONG = float(os.environ.get("SOAK_SECONDS", "4")) > 60
BYTES = 1_600 * 65_536 if LONG else 512 * 65_536
STREAMS = 1_000 if LONG else 200
MOST = 16 * 2**20
"""Bytes that a server may grow by while it sends, whatever it sends: buffers, threads, modules that load late."""
KINDS = ("sanic", "uvicorn", "granian")


@dataclass
class Server:
    """A server in a process of its own."""

    url: str
    pid: int

    def memory(self) -> int:
        """Return the bytes that it holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[Server]:
    (folder / "large.bin").write_bytes(b"x" * BYTES)
    script = Path(__file__).with_name("files.py")
    command = [sys.executable, str(script), kind, str(BYTES), str(folder / "large.bin")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = next((line for line in iter(process.stdout.readline, b"") if line.startswith(b"http://")), b"")
        assert url, (folder / "log").read_text()
        yield Server(url.decode().strip(), process.pid)
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_stays_flat_while_a_reader_is_slow(kind: str, tmp_path: Path) -> None:
    """A reader who stalls, and then reads all, makes no server hold what it sends."""
    with serving(kind, tmp_path) as server, httpx2.Client(base_url=f"{server.url}/_actions", timeout=60) as client:
        client.post("/count")
        for name in ("rows", "file", "parts"):
            before, peak, size = server.memory(), 0, 0
            with client.stream("POST", f"/{name}") as response:
                assert response.status_code == 200
                for chunk in response.iter_raw(65_536):
                    if size == 0 or size // (BYTES // 4) < (size + len(chunk)) // (BYTES // 4):
                        time.sleep(0.3)  # a stall, in which a server without backpressure would read all
                        peak = max(peak, server.memory())
                    size += len(chunk)
            peak = max(peak, server.memory())

            assert size >= BYTES
            assert peak - before < MOST, f"{name} took {(peak - before) / 2**20:.1f} MiB"


def test_idle_streams_on_one_worker(tmp_path: Path) -> None:
    """Very many streams that wait take little, hold nobody up, and end with their callers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    try:
        with serving("sanic", tmp_path) as server, httpx2.Client(base_url=server.url, timeout=60) as client:
            client.post("/_actions/count")
            before = server.memory()
            with ExitStack() as stack:
                for number in range(STREAMS):
                    connection = stack.enter_context(_idle(server.url, number))
                    assert b"data: %d" % number in _until(connection, b"data: %d" % number)
                answer = client.post("/_actions/count")
                growth = server.memory() - before
            deadline = time.monotonic() + 30
            while client.post("/_actions/count").json() < STREAMS:
                assert time.monotonic() < deadline, "streams go on without their callers"
                time.sleep(0.05)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert answer.json() == 0
    assert growth < STREAMS * 100_000


@contextmanager
def _idle(url: str, number: int) -> Iterator[socket.socket]:
    host, _, port = url.removeprefix("http://").partition(":")
    body = b'{"number": %d}' % number
    head = b"POST /_actions/idle HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head % len(body) + body)
        yield connection


def _until(connection: socket.socket, mark: bytes) -> bytes:
    received = b""
    while mark not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            break
        received += chunk
    return received
