"""Exceptions that end a program, raised in a handler or a guard: masked like any other, and the worker goes on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import action
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


@action
def fine() -> str:
    return "fine"


TREE = {"sync": sync, "waiting": waiting, "keyed": keyed, "guarded": guarded, "nested": nested, "fine": fine}


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
@pytest.mark.parametrize("name", [name for name in TREE if name != "fine"])
def test_worker_goes_on(url: str, name: str, kind: str, path: str) -> None:
    """The caller gets 500, and the next one is served."""
    headers = {"x-end": kind, "idempotency-key": secrets.token_hex(16)}
    data = {"kind": kind, "_action.token": secrets.token_urlsafe(16)}

    answer = httpx2.post(f"{url}{path}{name}", data=data, headers=headers)

    assert answer.status_code == 500
    assert httpx2.post(f"{url}/_actions/fine").json() == "fine"
