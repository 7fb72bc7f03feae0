"""Exceptions that end a program, raised in a handler or a guard: masked like any other, and the worker goes on."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Proceed, action
from sanic_actions.server import ActionContext, ActionsBlueprint, SQLiteStore, call_action

AnyRequest = Request[Any, Any]

ENDS: dict[str, type[BaseException]] = {
    "SystemExit": SystemExit,
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "BaseException": BaseException,
}


class Ends(BaseException):
    """One of an app's own."""


def end(kind: str) -> None:
    raise ENDS.get(kind, Ends)


def guard(context: ActionContext) -> None:
    if kind := context.headers.get("x-end"):
        end(kind)


BOTH: Final = ("json", "form")


@action(accept=BOTH)
def sync(kind: str) -> None:
    end(kind)


@action(accept=BOTH)
async def waiting(kind: str) -> None:
    end(kind)


@action(accept=BOTH, once=True)
async def keyed(kind: str) -> None:
    end(kind)


@action(accept=BOTH, guard=guard)
async def guarded(kind: str) -> None: ...


@action(accept=BOTH)
async def nested(kind: str, request: Request) -> None:
    await call_action(request, waiting, kind=kind)


async def in_a_task(context: ActionContext, proceed: Proceed[None]) -> object:
    return await asyncio.wait_for(proceed(), 60)


async def ending(context: ActionContext, proceed: Proceed[None]) -> object:
    end(context.input["kind"])
    return await proceed()


@action(accept=BOTH, interceptors=[in_a_task])
async def surrounded(kind: str) -> None:
    end(kind)


@action(accept=BOTH, interceptors=[in_a_task, ending])
async def doubly_surrounded(kind: str) -> None: ...


@action(accept=BOTH)
async def gathered(kind: str, request: Request) -> None:
    await asyncio.gather(call_action(request, waiting, kind=kind))


@action(accept=BOTH, thread=True)
def in_a_thread(kind: str) -> None:
    end(kind)


@action
async def items(kind: str) -> AsyncIterator[int]:
    yield 1
    end(kind)


@action(thread=True)
def items_in_a_thread(kind: str) -> Iterator[int]:
    yield 1
    end(kind)


@action(interceptors=[in_a_task])
async def surrounded_items(kind: str) -> AsyncIterator[int]:
    yield 1
    end(kind)


@action(accept=BOTH)
async def reading(kind: str, request: Request) -> list[int]:
    outcome = await call_action(request, items, kind=kind)
    return [item async for item in outcome.data or ()]  # type: ignore[union-attr]  # the first item is there


@action
def fine() -> str:
    return "fine"


STREAMS = {"items": items, "items_in_a_thread": items_in_a_thread, "surrounded_items": surrounded_items}
CALLS = {
    "sync": sync,
    "waiting": waiting,
    "keyed": keyed,
    "guarded": guarded,
    "nested": nested,
    "surrounded": surrounded,
    "doubly_surrounded": doubly_surrounded,
    "reading": reading,
    "in_a_thread": in_a_thread,
}
TREE = {**CALLS, **STREAMS, "gathered": gathered, "fine": fine}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("state") / "state.sqlite3"
    app: Sanic[Any, Any] = Sanic("exits")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, state=SQLiteStore(path)))

    @app.get("/page")
    async def page(request: AnyRequest) -> HTTPResponse:
        return html("page")

    with running(app) as url:
        yield url


@pytest.mark.parametrize("path", ["/_actions/", "/page?_action="])
@pytest.mark.parametrize("kind", [*ENDS, "Ends"])
@pytest.mark.parametrize("name", CALLS)
def test_worker_goes_on(url: str, name: str, kind: str, path: str) -> None:
    """The caller gets 500, and the next one is served."""
    headers = {"x-end": kind, "idempotency-key": secrets.token_hex(16)}
    data = {"kind": kind, "_action.token": secrets.token_urlsafe(16)}

    answer = httpx2.post(f"{url}{path}{name}", data=data, headers=headers)

    assert answer.status_code == 500
    assert httpx2.post(f"{url}/_actions/fine").json() == "fine"


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "BaseException", "Ends"])
def test_worker_goes_on_after_tasks_of_handlers(url: str, kind: str) -> None:
    """A handler may call another action in a task of its own. Python itself does not let one end with GeneratorExit."""
    answer = httpx2.post(f"{url}/_actions/gathered", data={"kind": kind})

    assert answer.status_code == 500
    assert httpx2.post(f"{url}/_actions/fine").json() == "fine"


@pytest.mark.parametrize("kind", [*ENDS, "Ends"])
@pytest.mark.parametrize("name", STREAMS)
def test_worker_goes_on_after_streams(url: str, name: str, kind: str) -> None:
    """The caller gets what there was, and the error as the last event."""
    answer = httpx2.post(f"{url}/_actions/{name}", json={"kind": kind})

    assert answer.text.startswith("data: 1\n\nevent: error\n")
    assert httpx2.post(f"{url}/_actions/fine").json() == "fine"


def ends(*arguments: object) -> Any:
    raise SystemExit


async def ends_later(*arguments: object) -> None:
    raise SystemExit


@action
async def failing() -> None:
    raise ValueError


@pytest.mark.parametrize(
    ("options", "name", "status"),
    [
        ({"on_error": ends}, "failing", 500),
        ({"on_error": ends_later}, "failing", 500),
        ({"errors": {ValueError: lambda error: ends()}}, "failing", 500),
        ({"messages": ends}, "waiting", 400),
    ],
    ids=["on_error", "on_error that is awaited", "errors", "messages"],
)
def test_worker_goes_on_after_options(options: dict[str, Any], name: str, status: int) -> None:
    """What an app passes to look at failures does not end its worker either."""
    app: Sanic[Any, Any] = Sanic("options")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"failing": failing, "waiting": waiting, "fine": fine}, **options))

    with running(app) as url:
        answer = httpx2.post(f"{url}/_actions/{name}", json={})

        assert answer.status_code == status
        assert httpx2.post(f"{url}/_actions/fine").json() == "fine"
