"""Idempotency keys and form tokens: whose they are, and what is never taken for an outcome."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionError, InputError, Namespace, action
from sanic_actions.server import ActionContext, ActionsBlueprint, Limits, SQLiteStore
from sanic_actions.server._once import BRIEFLY

AnyRequest = Request[Any, Any]
AnySanic = Sanic[Any, Any]
Serve = Callable[[AnySanic], str]

ran: list[str] = []


@action(once=True, accept=("json", "form"))
async def create(context: ActionContext, text: str = "") -> str:
    ran.append(f"{context.request.path} {text}")
    return f"made by call {len(ran)}"


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(running(app))


def app_of(*blueprints: ActionsBlueprint, name: str = "keyed") -> AnySanic:
    app: AnySanic = Sanic(name)
    app.config.AUTO_EXTEND = False
    for blueprint in blueprints:
        app.blueprint(blueprint)

    @app.get("/page/<number>")
    @app.get("/other", name="other")
    async def page(request: AnyRequest, number: str = "") -> HTTPResponse:
        return html("page")

    return app


def key() -> dict[str, str]:
    return {"idempotency-key": secrets.token_hex(16)}


def store(folder: Path) -> SQLiteStore:
    return SQLiteStore(folder / "state.sqlite3")


# ---- Whose a key is


SCOPES: dict[str, tuple[str, str, dict[str, str]]] = {
    "two mounts": ("/_actions/create", "/open/create", {}),
    "two tenants": ("/t/1/_tenant/create", "/t/2/_tenant/create", {}),
    "two names": ("/_actions/create", "/_actions/again.create", {}),
    "two callers": ("/_actions/create", "/_actions/create", {"authorization": "Bearer two"}),
    "a caller and nobody": ("/_actions/create", "/_actions/create", {"authorization": ""}),
    "two hosts": ("/_actions/create", "/_actions/create", {"host": "two.example"}),
}


@pytest.mark.parametrize("case", SCOPES)
def test_keys_of_others(case: str, serve: Serve, tmp_path: Path) -> None:
    """A key that came to another path, action, host or from another caller is another key: the handler runs."""
    first, second, headers = SCOPES[case]
    tree = Namespace(create=create, again=Namespace(create=create))
    mounts = [
        ActionsBlueprint(tree, state=store(tmp_path)),
        ActionsBlueprint(tree, prefix="/open"),
        ActionsBlueprint(tree, prefix="/_tenant", url_prefix="/t/<tenant:int>"),
    ]
    url, once = serve(app_of(*mounts)), {**key(), "authorization": "Bearer one"}

    answers = [httpx2.post(f"{url}{first}", headers=once).json() for _ in range(2)]
    other = httpx2.post(f"{url}{second}", headers={**once, **headers}).json()

    assert answers == ["made by call 1"] * 2
    assert other == "made by call 2"


def test_keys_of_two_apps(serve: Serve, tmp_path: Path) -> None:
    """Two apps that share a store share no keys."""
    headers = key()
    urls = [serve(app_of(ActionsBlueprint({"create": create}, state=store(tmp_path)), name=n)) for n in ("one", "two")]

    for url in urls:
        httpx2.post(f"{url}/_actions/create", headers=headers)

    assert len(ran) == 2


def test_keys_of_two_handlers(serve: Serve, tmp_path: Path) -> None:
    """Two actions of one name at one path, in two apps of one name that share a store, share no keys."""

    @action(once=True)
    def another() -> str:
        ran.append("another")
        return "another"

    headers = key()
    answers = []
    for handler in (create, another):
        url = serve(app_of(ActionsBlueprint({"create": handler}, state=store(tmp_path))))
        answers.append(httpx2.post(f"{url}/_actions/create", headers={**headers, "host": "same.example"}).json())

    assert answers == ["made by call 1", "another"]


def test_scope_of_ones_own(serve: Serve, tmp_path: Path) -> None:
    """``once_scope`` says whose a request is, where credentials change between two attempts."""

    def tenant(request: AnyRequest) -> str | None:
        return request.headers.get("x-tenant")

    url = serve(app_of(ActionsBlueprint({"create": create}, state=store(tmp_path), once_scope=tenant)))
    headers = key()

    def made(tenant: str, token: str) -> str:
        more = {"x-tenant": tenant, "authorization": f"Bearer {token}"}
        answer: str = httpx2.post(f"{url}/_actions/create", headers={**headers, **more}).json()
        return answer

    assert made("a", "1") == made("a", "2") == "made by call 1"
    assert made("b", "2") == "made by call 2"


def test_tokens_of_forms(serve: Serve, tmp_path: Path) -> None:
    """A form's token counts for one page, and one caller, too."""
    url = serve(app_of(ActionsBlueprint({"create": create}, state=store(tmp_path))))
    data = {"text": "x", "_action.token": secrets.token_urlsafe(16)}

    def post(path: str, **headers: str) -> None:
        assert httpx2.post(f"{url}{path}?_action=create", data=data, headers=headers).status_code == 303

    for _ in range(2):
        post("/page/1", authorization="Bearer one")
    assert len(ran) == 1
    post("/page/2", authorization="Bearer one")
    post("/page/1", authorization="Bearer two")
    assert len(ran) == 3


# ---- What is no outcome


@pytest.mark.parametrize("path", ["/_actions/busy", "/other?_action=busy"])
def test_refusal_for_number_is_no_outcome(path: str, serve: Serve, tmp_path: Path) -> None:
    """A call that ``concurrent`` refuses, before its body is read or after, may run when it is sent again."""
    gates: list[tuple[asyncio.Event, asyncio.AbstractEventLoop]] = []

    @action(once=True, accept=("json", "form"), limits=Limits(concurrent=1))
    async def busy(text: str = "") -> str:
        ran.append(text)
        if text == "wait":
            gate = asyncio.Event()
            gates.append((gate, asyncio.get_running_loop()))
            await gate.wait()
        return text

    url = serve(app_of(ActionsBlueprint({"busy": busy}, state=store(tmp_path))))
    headers = {**key(), "content-type": FORM}
    body = f"text=x&_action.token={secrets.token_urlsafe(16)}".encode()

    def post(content: Any) -> int:
        return httpx2.post(f"{url}{path}", content=content, headers=headers, timeout=60).status_code

    def slowly() -> Iterator[bytes]:
        """A body whose end comes when another call has taken the place."""
        yield body[:3]
        first.append(pool.submit(httpx2.post, f"{url}/_actions/busy", json={"text": "wait"}, timeout=60))
        while not gates:
            time.sleep(0.01)
        yield body[3:]

    first: list[Any] = []
    with ThreadPoolExecutor() as pool:
        assert post(slowly()) == 503
        assert post(body) == 503
        gate, loop = gates[0]
        loop.call_soon_threadsafe(gate.set)
        assert first[0].result().json() == "wait"
        assert post(body) in (200, 303)
    assert ran == ["wait", "x"]


FORM = "application/x-www-form-urlencoded"

REFUSED: dict[str, tuple[bytes, dict[str, str], int]] = {
    "guard": (b"text=x", {"x-refuse": "1"}, 401),
    "size": (b"text=" + b"x" * 2_000, {}, 413),
    "media type": (b"text=x", {"content-type": "text/plain"}, 415),
    "origin": (b"text=x", {"origin": "https://evil.example"}, 403),
    "invalid": (b"text=x&number=many", {}, 400),
    "malformed": (b"text=%ff", {}, 400),
    "a deadline that is none": (b"text=x", {"request-timeout": "soon"}, 400),
}


@pytest.mark.parametrize("path", ["/_actions/guarded", "/other?_action=guarded"])
@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_no_outcome(case: str, path: str, serve: Serve, tmp_path: Path) -> None:
    """What a check refuses uses up no key and no token, and nothing is kept of it."""

    def guard(context: ActionContext) -> None:
        if "x-refuse" in context.headers:
            raise ActionError("UNAUTHORIZED", "Sign in first.")

    @action(once=True, accept=("json", "form"), guard=guard, max_body_size=1_000)
    def guarded(text: str, number: int = 0) -> str:
        ran.append(text)
        return text

    content, more, status = REFUSED[case]
    state = store(tmp_path)
    url = serve(app_of(ActionsBlueprint({"guarded": guarded}, state=state)))
    headers, token = {**key(), "content-type": FORM}, f"&_action.token={secrets.token_urlsafe(16)}".encode()

    refused = httpx2.post(f"{url}{path}", content=content + token, headers={**headers, **more})
    good = httpx2.post(f"{url}{path}", content=b"text=good" + token, headers=headers)

    assert refused.status_code == status
    assert good.status_code in (200, 303)
    assert ran == ["good"]


@pytest.mark.parametrize("kind", ["refused", "masked"])
def test_failures_of_forms_are_shared_and_dropped(kind: str, serve: Serve, tmp_path: Path) -> None:
    """Two clicks share one failure, be it masked; it is dropped then, so that the form may be sent again."""

    @action(accept="form")
    async def fail(text: str) -> None:
        ran.append(text)
        await asyncio.sleep(0.3)
        if kind == "refused":
            raise InputError.on("text", "is taken")
        raise RuntimeError("secret")

    kept: list[tuple[str, float]] = []

    class Recording(SQLiteStore):
        async def put(self, key: str, value: bytes, ttl: float) -> None:
            kept.append((key, ttl))
            await super().put(key, value, ttl)

    url = serve(app_of(ActionsBlueprint({"fail": fail}, state=Recording(tmp_path / "state.sqlite3"))))
    data = {"text": "x", "_action.token": secrets.token_urlsafe(16)}

    def post(*_: object) -> int:
        return httpx2.post(f"{url}/other?_action=fail", data=data, timeout=60).status_code

    with ThreadPoolExecutor() as pool:
        statuses = list(pool.map(post, range(2)))

    assert statuses == [400 if kind == "refused" else 500] * 2
    assert ran == ["x"]
    assert [lifetime for name, lifetime in kept if name.startswith("form:")] == [BRIEFLY]
