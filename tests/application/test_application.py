"""A real application: generated, served over a socket, and called by both clients."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from codegen import golden
from conftest import running

from application.app import create_app, server
from sanic_actions._namespace import entries
from sanic_actions.codegen import generate
from sanic_actions.server import ObservedCall
from sanic_actions.testing import local


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Return the caller of the application, which imports the package that is generated here."""
    folder = tmp_path_factory.mktemp("application")
    golden.put(folder, generate(server, package="shop_client"))
    sys.path.insert(0, str(folder))
    yield importlib.import_module("application.caller")
    sys.path.remove(str(folder))


ALL_ACTIONS = set(entries(server))
SOME_ACTIONS = {"catalog.create", "catalog.patch", "catalog.search", "customers.register", "orders.place"}


class Calls:
    """The names of the actions that are called."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def on_start(self, call: ObservedCall) -> None:
        self.names.add(call.name)

    def on_end(self, token: object, call: ObservedCall, outcome: object, exception: BaseException | None) -> None: ...


def test_blocking_client(caller: ModuleType) -> None:
    """Every action gives a blocking caller, over a socket, what its handler returned, in the declared types."""
    calls = Calls()

    with running(create_app([calls])) as url, caller.Client(url) as client:
        caller.blocking(client, "ada@shop.example")

    assert calls.names == ALL_ACTIONS


def test_asynchronous_client(caller: ModuleType) -> None:
    """The same for an asynchronous caller."""
    calls = Calls()

    async def main(url: str) -> None:
        async with caller.AsyncClient(url) as client:
            await caller.awaiting(client, "bob@shop.example")

    with running(create_app([calls])) as url:
        asyncio.run(main(url))

    assert calls.names == SOME_ACTIONS


def test_in_process(caller: ModuleType) -> None:
    """It is the same without a socket."""
    calls = Calls()

    with local(create_app([calls]), caller.Client) as client:
        caller.blocking(client, "eve@shop.example")

    assert calls.names == ALL_ACTIONS


def test_size() -> None:
    """The application is as large as it is said to be: twenty actions, over twenty-five classes, four modules."""
    texts = generate(server, package="shop_client")
    stubs = [text for path, text in texts.items() if path.endswith(".pyi") and "/models/application/" in path]
    calls = [text for path, text in texts.items() if path.endswith(".pyi") and "/_calls/" in path]

    assert sum(text.count("\nclass ") for text in stubs) >= 25
    assert sum(text.count("@_client.") for text in calls) >= 20
    assert sum("\nclass " in text for text in stubs) == 4
