"""Rates: how often one caller calls, counted in the state store by all workers together."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse, html
from server.state.conftest import RedisServer

from sanic_actions import ActionContext, ActionError, Limits, Namespace, Ok, action
from sanic_actions.server import ActionsBlueprint, RedisStore, SQLiteStore, StateStore, call_action
from sanic_actions.server._call.rate import address_of
from sanic_actions.server._state.store import StateError

Serve = Callable[[Sanic[Any, Any]], str]
OpenStore = Callable[..., StateStore]


async def guard(context: ActionContext) -> None:
    if context.headers.get("x-password") != "right":
        raise ActionError("UNAUTHORIZED", "wrong")


@action(accept=("json", "form"), limits=Limits(rate="2/minute"))
async def login(name: str = "") -> str:
    return name


@action(limits=Limits(rate="2/minute", before_guards=True), guard=guard)
async def guarded() -> str:
    return "in"


@action(limits=Limits(rate="2/minute"), guard=guard)
async def guarded_first() -> str:
    return "in"


@action
async def free() -> str:
    return "free"


@action
async def outer(request: Request) -> int:
    return sum([isinstance(await call_action(request, login, name="x"), Ok) for _ in range(5)])


TREE = {"login": login, "guarded": guarded, "guarded_first": guarded_first, "free": free, "outer": outer}


def app_of(open_store: OpenStore, name: str = "rated", **options: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(name)
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, state=open_store(), **options))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    return app


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A redis-server, where it is installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed (apt-get install -y redis-server)")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "redis"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Makes a store, each time another one at the same place: the tests hold on all of them."""
    if request.param == "sqlite":
        return lambda **options: SQLiteStore(tmp_path / "state", **options)
    server: RedisServer = request.getfixturevalue("redis_server")
    server.ask("FLUSHALL")
    return lambda **options: RedisStore(server.url, timeout=30, **options)


def statuses(url: str, times: int, **options: Any) -> list[int]:
    return [httpx2.post(url, **{"json": {}, **options}).status_code for _ in range(times)]


def test_one_call_too_many_is_refused(serve: Serve, open_store: OpenStore) -> None:
    """With 429 and the seconds after which it is let in again, without its body being read."""
    url = serve(app_of(open_store))
    assert statuses(f"{url}/_actions/login", 2) == [200, 200]

    response = httpx2.post(f"{url}/_actions/login", content=b"no JSON", headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(response.headers["retry-after"]) <= 60
    assert httpx2.post(f"{url}/_actions/free", json={}).status_code == 200


def test_a_refused_caller_waits_for_the_end_of_the_window(serve: Serve, open_store: OpenStore) -> None:
    """Not for a whole one: who is refused later has less to wait, as the header and the message say."""
    url = f"{serve(app_of(open_store))}/_actions/login"
    statuses(url, 2)
    early = httpx2.post(url, json={})
    time.sleep(1.1)
    late = httpx2.post(url, json={})

    assert 0 < int(late.headers["retry-after"]) < int(early.headers["retry-after"]) <= 60
    for refusal in (early, late):
        assert f"Wait {refusal.headers['retry-after']} s" in refusal.json()["detail"]


class Counter:
    """A store of a user, with what the protocol asks for and no more."""

    def __init__(self) -> None:
        self.number = 0

    async def count(self, key: str, window: float) -> int:
        self.number += 1
        return self.number

    async def put(self, key: str, value: bytes, ttl: float) -> None: ...
    async def pop(self, key: str) -> bytes | None: ...
    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None: ...
    async def renew(self, key: str, ttl: float) -> bool:
        return False

    async def close(self) -> None: ...


LEFT: dict[str, tuple[float | None, str]] = {
    "not asked": (None, "60"),
    "cannot say": (float("nan"), "60"),
    "over": (0.0, "1"),
    "long over": (-1.0, "1"),
    "a while": (7.2, "8"),
    "too long": (1e9, "60"),
}


@pytest.mark.parametrize("case", LEFT)
def test_a_store_need_not_know_when_a_window_ends(serve: Serve, case: str) -> None:
    """Then callers wait for a whole one, as they do where the store cannot be asked; never for none, nor for more."""

    left, expected = LEFT[case]

    class Knowing(Counter):
        async def window_left(self, key: str) -> float:
            assert left is not None
            if left != left:
                raise StateError("lost")
            return left

    store = Counter() if left is None else Knowing()
    url = serve(app_of(lambda: store))
    statuses(f"{url}/_actions/login", 2)

    response = httpx2.post(f"{url}/_actions/login", json={})

    assert (response.status_code, response.headers["retry-after"]) == (429, expected)


def test_invalid_calls_count(serve: Serve, open_store: OpenStore) -> None:
    """What is counted is the call, whatever its body says."""
    url = serve(app_of(open_store))

    assert statuses(f"{url}/_actions/login", 3, json={"name": 3}) == [400, 400, 429]


def test_pages_and_calls_count_together(serve: Serve, open_store: OpenStore) -> None:
    """A page renders with the status and the header of the refusal."""
    url = serve(app_of(open_store))
    statuses(f"{url}/_actions/login", 1)
    first = httpx2.post(f"{url}/page?_action=login", data={"name": "a"})
    second = httpx2.post(f"{url}/page?_action=login", data={"name": "a"})

    assert first.status_code == 303
    assert (second.status_code, second.text) == (429, "<p>page</p>")
    assert int(second.headers["retry-after"]) > 0


def test_guesses_count_where_the_action_says_so(serve: Serve, open_store: OpenStore) -> None:
    """With ``before_guards`` what guards refuse counts too; without it only who was let in is counted."""
    url = serve(app_of(open_store))
    right = {"x-password": "right"}

    assert statuses(f"{url}/_actions/guarded", 3) == [401, 401, 429]
    assert statuses(f"{url}/_actions/guarded", 1, headers=right) == [429]
    assert statuses(f"{url}/_actions/guarded_first", 3) == [401, 401, 401]
    assert statuses(f"{url}/_actions/guarded_first", 3, headers=right) == [200, 200, 429]


def test_workers_count_together(serve: Serve, open_store: OpenStore) -> None:
    """Two servers of one app over one store."""
    first, second = serve(app_of(open_store)), serve(app_of(open_store))

    assert statuses(f"{first}/_actions/login", 1) + statuses(f"{second}/_actions/login", 2) == [200, 200, 429]


def test_code_of_the_server_is_not_counted(serve: Serve, open_store: OpenStore) -> None:
    """``call_action`` is nobody's call from outside."""
    url = serve(app_of(open_store))

    assert httpx2.post(f"{url}/_actions/outer", json={}).json() == 5


def test_a_forwarded_address_counts_where_it_is_believed(serve: Serve, open_store: OpenStore) -> None:
    """Sanic's own settings say whether a proxy is believed; without them the header changes nothing."""
    app = app_of(open_store, "behind")
    app.config.PROXIES_COUNT = 1
    behind = serve(app)
    naked = serve(app_of(open_store))

    def forwarded(url: str) -> list[int]:
        return [
            statuses(f"{url}/_actions/login", 1, headers={"x-forwarded-for": f"203.0.113.{number}"})[0]
            for number in range(3)
        ]

    assert forwarded(behind) == [200, 200, 200]
    assert forwarded(naked) == [200, 200, 429]


def test_the_blueprint_says_for_whom_a_rate_counts(serve: Serve, open_store: OpenStore) -> None:
    """Where its function gives None the address counts."""
    url = serve(app_of(open_store, rate_key=lambda request: request.headers.get("x-team")))

    assert statuses(f"{url}/_actions/login", 3, headers={"x-team": "a"}) == [200, 200, 429]
    assert statuses(f"{url}/_actions/login", 1, headers={"x-team": "b"}) == [200]
    assert statuses(f"{url}/_actions/login", 3) == [200, 200, 429]


async def later(request: Request) -> str:
    return "a"


KEYS: dict[str, tuple[Callable[[Request], object], list[int]]] = {
    "number": (lambda request: 7, [200, 200, 429]),
    "bytes": (lambda request: b"a", [200, 200, 429]),
    "uuid": (lambda request: UUID(int=3), [200, 200, 429]),
    "no text": (lambda request: "", [200, 200, 429]),
    "not in Unicode": (lambda request: "\ud800", [200, 200, 429]),
    "coroutine": (lambda request: later(request), [500, 500, 500]),  # noqa: PLW0108  # a coroutine function is refused
    "generator": (lambda request: (letter for letter in "a"), [500, 500, 500]),
    "object": (lambda request: object(), [500, 500, 500]),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_no_two_calls_have_in_common_lets_nobody_in(
    serve: Serve, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It would limit nothing, so it is a fault of the server, which the log names."""
    rate_key, expected = KEYS[kind]
    url = serve(app_of(lambda: SQLiteStore(tmp_path / "state"), rate_key=rate_key))

    assert statuses(f"{url}/_actions/login", 3) == expected
    assert ("rate_key returned a" in caplog.text) == (500 in expected)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_without_a_store_nothing_is_let_in(serve: Serve, tmp_path: Path, kind: str) -> None:
    """Who cannot count refuses."""
    stores: dict[str, StateStore] = {
        "sqlite": SQLiteStore(tmp_path / "missing" / "state"),
        "redis": RedisStore("redis://127.0.0.1:9/0"),
    }
    url = serve(app_of(lambda: stores[kind]))

    assert statuses(f"{url}/_actions/login", 1) == [503]


class _Sent:
    def __init__(self, client_ip: str) -> None:
        self.client_ip = client_ip


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("::ffff:198.51.100.1", "::ffff:198.51.100.2", False),
        ("64:ff9b::c633:6401", "198.51.100.1", True),
        ("64:ff9b::c633:6401", "64:ff9b::c633:6402", False),
        ("64:ff9b::1:c633:6401", "64:ff9b::2:c633:6401", True),
        ("2002:c633:6401::1", "2002:c633:6401:7::1", True),
        ("2002:c633:6401::1", "198.51.100.1", True),
        ("2002:c633:6401::1", "2002:c633:6402::1", False),
        ("unix", "_hidden", False),
        ("198.51.100.1:1024", "198.51.100.1:1025", True),
        ("198.51.100.1:1024", "198.51.100.1", True),
        ("198.51.100.1:1024", "198.51.100.2:1024", False),
        ("[2001:db8::1]:1024", "[2001:db8::2]:1025", True),
        ("[2001:db8:0:1::1]:1024", "[2001:db8:0:2::1]:1024", False),
        ("_hidden:1024", "_hidden:1025", True),
        ("_hidden", "_other", False),
        ("::1", "::1", True),
        ("", "198.51.100.1", False),
    ],
)
def test_addresses_of_one_customer_are_one(first: str, second: str, are_one: bool) -> None:
    """A network of IPv6 is one customer's, and the port that a proxy may write is that of one connection."""
    request: Any = _Sent

    assert (address_of(request(first)) == address_of(request(second))) is are_one


@pytest.mark.parametrize("rate", ["", "5", "0/minute", "-1/minute", "5/week", "5/minutes", "1e9/day", "\u0665/minute"])
def test_what_is_not_a_rate_is_refused(rate: str) -> None:
    """Where it is written, with what to write."""
    with pytest.raises(ValueError, match="'5/minute'"):
        Limits(rate=rate)


@pytest.mark.parametrize(
    ("outer_limits", "own", "rate", "before"),
    [
        (Limits(rate="1/day", before_guards=True), Limits(), "1/day", True),
        (Limits(rate="1/day", before_guards=True), Limits(rate="2/day"), "2/day", False),
        (Limits(rate="1/day"), Limits(rate="2/day", before_guards=True), "2/day", True),
        (Limits(rate="1/day"), Limits(body=5), "1/day", False),
    ],
)
def test_where_a_rate_counts_goes_with_the_rate(outer_limits: Limits, own: Limits, rate: str, before: bool) -> None:
    """An action that says nothing of rates has both from further out."""
    merged = own.within(outer_limits)

    assert (merged.rate, merged.before_guards) == (rate, before)


def test_a_namespace_limits_each_of_its_actions(serve: Serve, open_store: OpenStore) -> None:
    """Each action counts apart."""
    app: Sanic[Any, Any] = Sanic("rated")
    app.config.AUTO_EXTEND = False
    tree = Namespace(a=free, b=free).with_options(limits=Limits(rate="1/hour"))
    app.blueprint(ActionsBlueprint(tree, state=open_store()))
    url = serve(app)

    assert statuses(f"{url}/_actions/a", 2) == [200, 429]
    assert statuses(f"{url}/_actions/b", 1) == [200]


def test_a_flood_of_callers_fills_no_memory(open_store: OpenStore, caplog: pytest.LogCaptureFixture) -> None:
    """Counts have a share of the store, of which the oldest go first; whoever calls now is counted all the same."""

    async def flood(store: StateStore) -> list[int]:
        for number in range(2_000):
            await store.count(f"rate:{number}", 60)
        again = [await store.count("rate:1999", 60), await store.count("rate:0", 60)]
        await store.close()
        return again

    with caplog.at_level(logging.WARNING):
        last, first = asyncio.run(flood(open_store(max_bytes=400_000)))

    assert (last, first) == (2, 1)
    assert "max_bytes" in caplog.text


def test_a_flood_of_callers_fills_no_redis(redis_server: RedisServer) -> None:
    """What the server holds does not grow with the number of callers."""
    redis_server.ask("FLUSHALL")
    sizes = []

    async def flood(first: int) -> None:
        store = RedisStore(redis_server.url, max_bytes=400_000)
        for number in range(first, first + 2_000):
            await store.count(f"rate:{number}", 60)
        await store.close()

    for first in (0, 2_000, 4_000):
        asyncio.run(flood(first))
        keys = int(redis_server.ask("DBSIZE")[0])
        sizes.append(keys)

    assert 100 < min(sizes) <= max(sizes) < 1_000


def test_before_guards_belongs_to_a_rate() -> None:
    """Without a rate of its own it would say nothing, and is refused where it is written."""
    with pytest.raises(ValueError, match="beside rate="):
        Limits(before_guards=True)
