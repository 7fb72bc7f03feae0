"""The result that crosses a redirect: who sees it, how often, and what happens without a store."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Sanic
from server.page_site import TREE, page, ran

from sanic_actions.server import ActionsBlueprint, SQLiteStore, StateStore
from sanic_actions.server._pages.carried_results import COOKIE

AnySanic = Sanic[Any, Any]
HI = {"body": "Hi"}
SHOWN = {"ok": {"body": "Hi", "size": 0}}


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.forget()


def site(name: str, store: StateStore | None) -> AnySanic:
    """The site, with results in a store."""
    app: AnySanic = Sanic(name)
    app.config.AUTO_EXTEND = False
    app.config.PROXIES_COUNT = 1
    app.blueprint(ActionsBlueprint(TREE, state=store))
    app.add_route(page, "/", name="home")
    app.add_route(page, "/post/<post_id>", name="page")
    return app


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site's store lies."""
    return tmp_path_factory.mktemp("flash") / "state.db"


@pytest.fixture(scope="module")
def url(file: Path) -> Iterator[str]:
    with running(site("flash", SQLiteStore(file))) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, timeout=60) as client:
        yield client


def comment(client: httpx2.Client, path: str = "/", **options: Any) -> httpx2.Response:
    return client.post(f"{path}?_action=comment", data=HI, **options)


def shown(client: httpx2.Client, path: str = "/", **options: Any) -> Any:
    return client.get(path, **options).json()["comment"]


def identity(answer: httpx2.Response) -> str:
    """The id in the cookie of an answer."""
    found: str = answer.cookies[COOKIE]
    return found


# ---- The cookie


def test_cookie_over_http(client: httpx2.Client) -> None:
    """Over http the cookie has no prefix, is for the server only, lasts a minute and holds nothing but an id."""
    cookies = [c for c in comment(client).headers.get_list("set-cookie") if c.startswith(COOKIE)]

    (name, _, value), *attributes = (part.strip().partition("=") for part in cookies[0].split(";"))
    assert len(cookies) == 1
    assert name == COOKIE
    assert len(value) == 32
    assert {key.lower(): text for key, _, text in attributes} == {
        "path": "/",
        "max-age": "60",
        "samesite": "Lax",
        "httponly": "",
    }


def test_cookie_over_https(client: httpx2.Client) -> None:
    """Over https the cookie is bound to the host and to https, and only such a cookie is believed."""
    https = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1"}
    answer = comment(client, headers=https)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if COOKIE in c)
    value = cookie.split(";")[0].split("=")[1]
    client.cookies.clear()

    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "secure" in cookie.lower()
    assert "domain" not in cookie.lower()
    assert shown(client, headers={**https, "cookie": f"{COOKIE}={value}"}) is None
    assert shown(client, headers={**https, "cookie": f"__Host-{COOKIE}={value}"}) == SHOWN


# ---- Who sees it


def test_id_is_good_once(client: httpx2.Client) -> None:
    """A result is taken out by whoever comes first with its id; all others get none."""
    cookie = {"cookie": f"{COOKIE}={identity(comment(client))}"}

    async def main() -> list[Any]:
        async with httpx2.AsyncClient(base_url=client.base_url) as many:
            answers = await asyncio.gather(*(many.get("/", headers=cookie) for _ in range(8)))
        return [answer.json()["comment"] for answer in answers]

    assert sorted(asyncio.run(main()), key=bool) == [None] * 7 + [SHOWN]


FORGED = ["", "x", "A" * 32, "A" * 100_0, "../../etc/passwd", "'; DROP TABLE state; --", "%00" * 10, "é" * 32, '"']


@pytest.mark.parametrize("value", FORGED, ids=range(len(FORGED)))
def test_forged_id_is_ignored(client: httpx2.Client, value: str) -> None:
    """An id that the server did not give shows nothing, whatever it is made of."""
    answer = client.get("/", headers={b"cookie": f"{COOKIE}={value}".encode()})

    assert answer.status_code == 200
    assert answer.json()["comment"] is None


class Recording:
    """A store that keeps nothing, and says what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def put(self, key: str, value: bytes, ttl: float) -> None: ...

    async def pop(self, key: str) -> bytes | None:
        self.asked.append(key)
        return None

    async def claim(self, key: str, value: bytes, ttl: float) -> bytes | None: ...

    async def renew(self, key: str, ttl: float) -> bool:
        return True

    async def count(self, key: str, window: float) -> int:
        return 0

    async def close(self) -> None: ...


def test_forged_id_does_not_reach_the_store(serve: Callable[[AnySanic], str]) -> None:
    """The store is asked for what could be an id of ours only, not for texts of any length and form."""
    store = Recording()
    url = serve(site("recording", store))

    for value in [*FORGED, "B" * 32]:
        httpx2.get(url, headers={b"cookie": f"{COOKIE}={value}".encode()})

    assert store.asked == [f"result:{letter * 32}:/" for letter in "AB"]


def test_id_belongs_to_one_page(client: httpx2.Client) -> None:
    """The id of one page's result shows and takes nothing on another."""
    comment(client, "/post/1")

    assert shown(client, "/post/2") is None
    assert shown(client, "/post/1") == SHOWN


def test_two_visitors(url: str) -> None:
    """Each visitor sees the own result."""
    with httpx2.Client(base_url=url) as one, httpx2.Client(base_url=url) as other:
        comment(one)

        assert shown(other) is None
        assert shown(one) == SHOWN


def test_keys_of_other_uses_are_out_of_reach(client: httpx2.Client) -> None:
    """An id reaches nothing else that is in the store."""
    token = secrets.token_urlsafe(24)
    client.post("/?_action=comment", data={**HI, "_action.token": token})

    assert shown(client, headers={"cookie": f"{COOKIE}={token}"}) is None


def test_expired_result_is_not_shown(client: httpx2.Client, file: Path) -> None:
    """A result whose time is over is not shown."""
    comment(client)
    with sqlite3.connect(file) as db:
        db.execute("UPDATE state SET expires = 1")
    db.close()

    assert shown(client) is None


def test_outcome_of_another_version_is_not_shown(
    client: httpx2.Client, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A result that the running code cannot read is left out with a warning; the page is there."""
    comment(client)
    with sqlite3.connect(file) as db:
        db.execute("""UPDATE state SET value = CAST('["comment", ""]' || char(10) || '+{"other": 1}' AS BLOB)""")
    db.close()

    with caplog.at_level(logging.WARNING, "sanic_actions"):
        answer = client.get("/")

    assert (answer.status_code, answer.json()["comment"]) == (200, None)
    assert "type has changed" in caplog.text


# ---- Stores that fail


def gone(folder: Path) -> SQLiteStore:
    return SQLiteStore(folder / "no such folder" / "state.db", timeout=0.2)


def locked(folder: Path) -> SQLiteStore:
    db = sqlite3.connect(folder / "state.db", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE x (y)")
    db.execute("BEGIN EXCLUSIVE")
    LOCKS.append(db)
    return SQLiteStore(folder / "state.db", timeout=0.2)


def full(folder: Path) -> SQLiteStore:
    return SQLiteStore(folder / "state.db", max_bytes=40)


LOCKS: list[sqlite3.Connection] = []


@pytest.mark.parametrize("broken", [gone, locked, full])
def test_store_that_fails_costs_the_message_only(
    broken: Callable[[Path], SQLiteStore],
    serve: Callable[[AnySanic], str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a store that is gone, locked or full the action runs and its answer is the same; it only shows nothing."""
    app = site("broken", broken(tmp_path))
    with caplog.at_level(logging.WARNING, "sanic_actions"), httpx2.Client(base_url=serve(app), timeout=60) as client:
        plain = comment(client)
        with_token = client.post("/?_action=comment", data={"body": "Again", "_action.token": "t"})
        failed = client.post("/?_action=comment", data={"body": "", "_action.token": "u"})
        page = client.get("/", headers={"cookie": f"{COOKIE}={'A' * 32}"})
    while LOCKS:
        LOCKS.pop().close()

    assert [plain.status_code, with_token.status_code, failed.status_code, page.status_code] == [303, 303, 400, 200]
    assert ran.handlers == ["Hi", "Again"]
    assert COOKIE not in plain.cookies
    assert page.json()["comment"] is None
    assert "cannot be shown" in caplog.text
    assert len(caplog.records) <= 6
