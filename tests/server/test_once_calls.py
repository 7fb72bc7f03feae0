"""Calls with an idempotency key: one run for each, whatever becomes of connections, workers and stores."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from descriptors import UNNAMED, open_files, wait_until_closed

from sanic_actions import ActionError, UploadedFile, action
from sanic_actions.server import ActionContext, SQLiteStore, StateError


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str


class Shop:
    """Actions that count their runs; ``gate`` holds those that wait."""

    def __init__(self) -> None:
        self.runs = 0
        self.gate = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    def wait_for_a_run(self) -> None:
        ends = time.monotonic() + 30
        while not self.runs:
            assert time.monotonic() < ends, "no call has arrived"
            time.sleep(0.01)

    def open(self) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.gate.set)

    def tree(self) -> dict[str, Any]:
        @action(once=True, raises=[OutOfStock])
        async def pay(kind: str = "", context: ActionContext | None = None) -> int:
            self.runs += 1
            self.loop = asyncio.get_running_loop()
            if kind == "wait":
                await self.gate.wait()
            if kind == "typed":
                raise OutOfStock("None left", sku="A-1")
            if kind == "masked":
                raise ValueError("secret")
            if kind == "slow":
                await asyncio.sleep(30)
            return self.runs

        @action(once=True)
        async def nothing() -> None:
            self.runs += 1

        @action(once=True, accept="form")
        async def upload(title: str, file: UploadedFile | None = None) -> int:
            self.runs += 1
            return self.runs

        @action
        async def plain() -> int:
            self.runs += 1
            return self.runs

        return {"pay": pay, "nothing": nothing, "upload": upload, "plain": plain}


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def client(shop: Shop, plain_app: Any, connect: Any, tmp_path: Path) -> httpx2.Client:
    client: httpx2.Client = connect(plain_app(shop.tree(), state=SQLiteStore(tmp_path / "state.sqlite3")))
    return client


def key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


@pytest.mark.parametrize(("kind", "status"), [("", 200), ("typed", 409), ("masked", 500)])
def test_same_key(client: httpx2.Client, shop: Shop, kind: str, status: int) -> None:
    """A call sent again gives the first outcome, byte for byte, errors too; with another key it is another call."""
    headers = key()

    first, again = (client.post("/pay", json={"kind": kind}, headers=headers) for _ in range(2))
    client.post("/pay", json={"kind": kind}, headers=key())

    assert (first.status_code, first.content, dict(first.headers)) == (status, again.content, dict(again.headers))
    assert again.status_code == status
    assert shop.runs == 2


def test_output_of_none(client: httpx2.Client, shop: Shop) -> None:
    """An action without output answers 204 each time."""
    headers = key()

    assert [client.post("/nothing", headers=headers).status_code for _ in range(2)] == [204, 204]
    assert shop.runs == 1


def test_other_input(client: httpx2.Client, shop: Shop) -> None:
    """A key that comes with another input is refused; of forms, the fields and files count, not the boundary."""
    headers = key()
    form, more = key(), {"file": ("a.txt", b"a")}

    assert client.post("/pay", json={"kind": "a"}, headers=headers).status_code == 200
    assert client.post("/pay", json={"kind": "b"}, headers=headers).json()["code"] == "UNPROCESSABLE_CONTENT"
    assert client.post("/upload", data={"title": "t"}, files=more, headers=form).json() == 2
    assert client.post("/upload", data={"title": "t"}, files=more, headers=form).json() == 2
    assert client.post("/upload", data={"title": "t"}, headers=form).status_code == 422
    assert client.post("/upload", data={"title": "t"}, files={"file": ("a.txt", b"b")}, headers=form).status_code == 422
    assert shop.runs == 2


def test_files_of_a_keyed_call_are_closed(client: httpx2.Client) -> None:
    """A file that is on disk is gone when its call is done, the first time and each time that the key comes again."""
    headers, large = key(), {"file": ("a.bin", b"a" * 600_000)}
    before = len(open_files(UNNAMED))

    for _ in range(2):
        assert client.post("/upload", data={"title": "t"}, files=large, headers=headers).json() == 1

    assert len(wait_until_closed(UNNAMED, but=before)) <= before


def test_invalid_input(client: httpx2.Client, shop: Shop) -> None:
    """An input that is no good uses up no key."""
    headers = key()

    assert client.post("/pay", json={"kind": 3}, headers=headers).status_code == 400
    assert client.post("/pay", json={"kind": "a"}, headers=headers).status_code == 200


def test_still_running(client: httpx2.Client, shop: Shop) -> None:
    """While the first call runs, the same key gives 409 with a time to ask again, and another input 422."""
    headers = key()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/pay", json={"kind": "wait"}, headers=headers)
        shop.wait_for_a_run()
        again = client.post("/pay", json={"kind": "wait"}, headers=headers)
        other = client.post("/pay", json={"kind": "x"}, headers=headers)
        shop.open()

    assert (again.status_code, again.headers["retry-after"]) == (409, "1")
    assert other.status_code == 422
    assert first.result().json() == client.post("/pay", json={"kind": "wait"}, headers=headers).json() == 1


def test_hung_up(client: httpx2.Client, shop: Shop) -> None:
    """A caller who hangs up ends nothing: whoever asks again gets the outcome of the first run."""
    headers = key()
    request = client.build_request("POST", "/pay", json={"kind": "wait"}, headers=headers)
    lines = [b"%b: %b" % pair for pair in request.headers.raw]
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as caller:
        caller.sendall(b"\r\n".join([b"POST /_actions/pay HTTP/1.1", *lines, b"", request.read()]))
        shop.wait_for_a_run()
    shop.open()

    answer = client.post("/pay", json={"kind": "wait"}, headers=headers)
    while answer.status_code == 409:
        answer = client.post("/pay", json={"kind": "wait"}, headers=headers)

    assert (answer.json(), shop.runs) == (1, 1)


def test_deadline(client: httpx2.Client, shop: Shop) -> None:
    """A run that its deadline ends is not run again: nobody knows what it did."""
    headers = {**key(), "Request-Timeout": "0.2"}

    answers = [client.post("/pay", json={"kind": "slow"}, headers=headers) for _ in range(2)]
    while answers[-1].status_code == 409:
        answers.append(client.post("/pay", json={"kind": "slow"}, headers=headers))

    assert (answers[0].json()["code"], answers[-1].json()["code"]) == ("GATEWAY_TIMEOUT", "GATEWAY_TIMEOUT")
    assert shop.runs == 1


def test_bad_key(client: httpx2.Client, shop: Shop) -> None:
    """A key that somebody else could come upon is refused."""
    for given in ("", "short", "x" * 256, "ä" * 20):
        answer = client.post("/pay", headers=[(b"idempotency-key", given.encode())])
        assert (answer.status_code, shop.runs) == (400, 0), given


def test_without_key(client: httpx2.Client, shop: Shop) -> None:
    """Without a key each call is a call of its own; actions that promise nothing do not look at keys."""
    headers = key()

    assert [client.post("/pay", json={}).json() for _ in range(2)] == [1, 2]
    assert [client.post("/plain", headers=headers).json() for _ in range(2)] == [3, 4]


class Broken:
    """A store that is gone, from the start or after the claim."""

    def __init__(self, *, claims: bool) -> None:
        self.claims = claims

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        raise StateError("gone")

    async def pop(self, key: str) -> bytes | None:
        raise StateError("gone")

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None:
        if not self.claims:
            raise StateError("gone")
        return None

    async def close(self) -> None: ...


def test_store_that_fails(shop: Shop, plain_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Without a store there is no run; when only the outcome cannot be kept, its caller gets it all the same."""
    caplog.set_level(logging.WARNING)
    refused = connect(plain_app(shop.tree(), state=Broken(claims=False))).post("/pay", json={}, headers=key())

    assert (refused.json()["code"], shop.runs) == ("SERVICE_UNAVAILABLE", 0)
    assert "'pay' was refused" in caplog.text

    answered = connect(plain_app(shop.tree(), state=Broken(claims=True))).post("/pay", json={}, headers=key())

    assert (answered.json(), shop.runs) == (1, 1)
    assert "wait in vain" in caplog.text


def test_a_passing_failure_of_the_handler_is_kept_and_one_of_a_guard_is_not(plain_app: Any, connect: Any) -> None:
    """What ``errors=`` makes of a handler's exception is the outcome of its key; a guard refuses before that."""
    failures = {"guard": 1, "handler": 1}

    def fail_once(place: str) -> None:
        failures[place] -= 1
        if failures[place] >= 0:
            raise ConnectionError("the database is locked")

    async def guard(context: ActionContext) -> None:
        fail_once("guard")

    async def guarded_run() -> int:
        return 1

    async def plain_run() -> int:
        fail_once("handler")
        return 1

    errors = {ConnectionError: lambda error: ActionError("SERVICE_UNAVAILABLE", "Try again soon")}
    tree = {"guarded": action(once=True, guard=guard)(guarded_run), "plain": action(once=True)(plain_run)}
    client = connect(plain_app(tree, errors=errors))

    for name, statuses in (("guarded", [503, 200, 200]), ("plain", [503, 503, 503])):
        attempt = key()
        assert [client.post(f"/{name}", json={}, headers=attempt).status_code for _ in statuses] == statuses
