"""Attacks a running site and judges the outcome: refused with a clear body, at a bounded cost, and nothing ran.

What an attack may cost is measured against an ordinary request of the same kind and size in the same run.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from attacks.site import ran

TIMES_SLOWER = 30
"""How many times the time of an ordinary request an attack may take."""

TIMES_LARGER = 10
"""How many times its own size, or the memory of an ordinary request, an attack may add to the peak of memory."""

SLACK = 16 * 1024 * 1024
"""Bytes by which the peak of a process differs between two equal requests."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int | None
    """None where the connection was closed without a word."""
    head: str
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The body of a refusal of ours."""
        assert "application/problem+json" in self.head, (self.head, self.body[:200])
        data: dict[str, Any] = json.loads(self.body)
        return data


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request took."""

    seconds: float
    memory: int


@dataclass
class Arena:
    """A running site under attack."""

    server: str
    url: str
    records: list[logging.LogRecord]
    _ordinary: dict[bytes, list[Cost]] = field(default_factory=dict)

    def send(self, data: bytes, seconds: float = 10) -> Answer:
        """Send bytes over a connection of their own."""
        where = httpx2.URL(self.url)
        answer_bytes = b""
        with socket.create_connection((where.host, where.port or 80), timeout=seconds) as sock:
            with contextlib.suppress(TimeoutError, ConnectionError):
                sock.sendall(data)
            with contextlib.suppress(TimeoutError, ConnectionError):
                while not _is_whole(answer_bytes) and (chunk := sock.recv(65536)):
                    answer_bytes += chunk
        head, _, body = answer_bytes.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head else None
        return Answer(status, head.decode("latin-1").lower(), body)

    def cost(self, data: bytes) -> tuple[Answer, Cost]:
        """Send bytes and measure what that took of this process, which serves them too."""
        before = _reset_peak()
        start = time.perf_counter()
        answer = self.send(data)
        return answer, Cost(time.perf_counter() - start, max(0, _memory("VmHWM") - before))

    def attack(self, data: bytes, *, like: bytes, ours: bool = True, times: int = TIMES_SLOWER) -> Answer:
        """Send an attack, and check that it is refused, at the cost of a few ordinary requests ``like`` this one."""
        if like not in self._ordinary:
            self._measure(like)
        ran.clear()
        self.records.clear()
        answer, cost = self.cost(data)
        messages = [record.getMessage() for record in self.records]
        assert ran == []
        assert answer.status is not None or not ours
        assert answer.status is None or 400 <= answer.status < 500, answer
        if ours:
            assert answer.problem["status"] == answer.status
            assert len(answer.problem["detail"]) > 10
        assert len(messages) <= 1, messages
        self._check_cost(data, like, cost, times)
        assert self.send(CALL).status == 200
        return answer

    def _measure(self, like: bytes) -> None:
        answers = [self.cost(like) for _ in range(3)]
        assert all(answer.status == 200 for answer, _ in answers), answers[0][0]
        self._ordinary[like] = [cost for _, cost in answers]

    def _check_cost(self, data: bytes, like: bytes, cost: Cost, times: int) -> None:
        ordinary = self._ordinary[like]
        slow = times * max(one.seconds for one in ordinary)
        for _ in range(4):  # other work on the machine may hold one up, or all that is sent now
            if cost.seconds <= slow:
                break
            slow = max(slow, times * self.cost(like)[1].seconds)
            ran.clear()
            cost = self.cost(data)[1]
        assert cost.seconds <= slow, f"{cost.seconds:.3f} s, an ordinary request {slow / times:.3f} s"
        large = TIMES_LARGER * max(len(data), *(one.memory for one in ordinary)) + SLACK
        assert cost.memory <= large, f"{cost.memory} bytes for an attack of {len(data)}"


CALL = b"POST /_actions/plain HTTP/1.1\r\nhost: x\r\n\r\n"
"""A call that any server must answer."""


def post(
    name: str, body: bytes = b"", content_type: str | None = "application/json", *headers: str, path: str = "/_actions/"
) -> bytes:
    """A request as bytes."""
    lines = [f"POST {path}{name} HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers]
    if content_type is not None:
        lines.append(f"content-type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def log_records() -> Iterator[list[logging.LogRecord]]:
    """What is logged as a warning or worse, by whomever but asyncio, whose debug mode tells of all that is slow."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: records.append(record) if _counts(record, records) else None  # type: ignore[method-assign]  # a handler that keeps records
    loggers = [logging.getLogger(name) for name in (None, "sanic.root", "sanic.error", "sanic.server", "uvicorn")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield records
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _counts(record: logging.LogRecord, records: list[logging.LogRecord]) -> bool:
    return record not in records and record.name != "asyncio"


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return bool(end) and bool(length) and len(body) >= int(length[0])


def _reset_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmHWM")


def _memory(field: str) -> int:
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition(f"{field}:")[2].split()[0])
