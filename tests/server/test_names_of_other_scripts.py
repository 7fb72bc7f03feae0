"""Names of actions in letters that no URL has: Python's identifiers may, and so may actions."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from contextlib import AbstractContextManager
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from attacks.conftest import UNDER as ASGI_SERVERS
from conftest import running
from contract.clients import package
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text

from sanic_actions import Action, Namespace, action
from sanic_actions.server import ActionsBlueprint, action_name, call_url
from sanic_actions.testing import local

NAMES = ["größe", "é", "名前", "ñandú.Ωmega", "a.ß"]


@action
async def size() -> int:
    """Return a size."""
    return 3


def tree_of(name: str) -> dict[str, Any]:
    """A tree with one action of a name."""
    tree: Action[..., Any] | Namespace = size
    first, *rest = name.split(".")
    for part in reversed(rest):
        tree = Namespace(**{part: tree})
    return {first: tree}


def app_of(name: str) -> Sanic[Any, Any]:
    """An app with one action of a name, that says the name of what is called in each answer."""
    app: Sanic[Any, Any] = Sanic("names")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(tree_of(name), openapi=True))

    async def name_it(request: Request, response: HTTPResponse) -> None:
        response.headers["x-name"] = quote(action_name(request) or "")

    app.on_response(name_it)

    @app.get("/url")
    async def url(request: Request) -> HTTPResponse:
        return text(call_url(size))

    return app


def answer(base: str, path: str, method: str = "POST") -> tuple[int, str, str]:
    """Status, body and the name of what was called, for a path as it is written."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    connection.request(method, path, headers={"content-length": "0"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body, response.headers["x-name"]


Served = Callable[[Sanic[Any, Any]], AbstractContextManager[str]]


@pytest.mark.parametrize("served", [running, *ASGI_SERVERS.values()], ids=lambda served: served.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_name_is_escaped_in_urls(served: Served, name: str) -> None:
    """By call_url, by the client and in OpenAPI; the server reads it in either case of the escapes."""
    with served(app_of(name)) as base:
        path = f"/_actions/{quote(name)}"
        assert answer(base, "/url", "GET")[1] == path
        assert answer(base, path) == (200, "3", quote(name))
        assert answer(base, path.replace("%C3", "%c3").replace("%E5", "%e5"))[:2] == (200, "3")
        assert f'"{path}"' in answer(base, "/_actions/openapi.json", "GET")[1]


@pytest.mark.parametrize(
    "escaped", ["a%2e%C3%9F", "%61.%C3%9F", "a.%C3%9f%2f", "a.%25C3%259F", "a.%DF", "a.SS", "a.%E1%BA%9E"]
)
def test_other_spellings_are_other_names(escaped: str) -> None:
    """What could stand unescaped has to, and nothing is folded: a proxy that guards a path compares its letters."""
    with running(app_of("a.ß")) as base:
        assert answer(base, f"/_actions/{escaped}")[0] == 404


@pytest.mark.parametrize("name", NAMES)
def test_client_calls_it(tmp_path: Path, name: str) -> None:
    """A generated client escapes the name, over a socket and inside the process."""
    call = attrgetter(name)
    client = package(tmp_path, tree_of(name))
    with running(app_of(name)) as base, client.Client(base) as shop:
        assert call(shop)() == 3
    with local(app_of(name), client.Client) as shop:
        assert call(shop)() == 3
