"""Asynchronous tests of users: ``local`` and ``Fake`` under pytest-asyncio and under anyio, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import asyncio

import pytest
from sanic import Request, Sanic

from sanic_actions import ActionError, action
from sanic_actions.client import AsyncClient, Client, call
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import Fake, local as serve

Sanic.test_mode = True


@action
async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


class AsyncShop(AsyncClient):
    @call()
    def double(self, number: int) -> int: ...


class Shop(Client):
    @call()
    def double(self, number: int) -> int: ...


def create_app() -> Sanic:
    app = Sanic("shop")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"double": double}))

    @app.before_server_start
    async def note(app: Sanic) -> None:
        app.ctx.loop = asyncio.get_running_loop()

    return app


FIXTURE
async def shop():
    async with serve(create_app(), AsyncShop) as client:
        yield client


@pytest.mark.parametrize("number", range(3))
async def test_a_fixture(shop, number):
    assert await shop.double(number=number) == number * 2


async def test_many_calls_at_once(shop):
    assert await asyncio.gather(*(shop.double(number=n) for n in range(20))) == [2 * n for n in range(20)]


async def test_the_loop_of_the_test(local):
    app = create_app()
    async with local(app, AsyncShop) as shop:
        assert await shop.double(number=4) == 8
        assert app.ctx.loop is asyncio.get_running_loop()


async def test_a_blocking_client_in_a_thread(local):
    def ask() -> int:
        with local(create_app(), Shop) as shop:
            return shop.double(number=5)

    assert await asyncio.to_thread(ask) == 10


async def test_a_fake(Fake):
    fake = Fake(AsyncShop)
    fake.on(fake.client.double).returns(7)
    assert await fake.client.double(number=1) == 7


async def test_a_listener_that_fails(local):
    app = create_app()

    @app.before_server_start
    async def fail(app: Sanic) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with local(app, AsyncShop):
            pass


def test_a_plain_test_between_them(local):
    with local(create_app(), Shop) as shop:
        assert shop.double(number=6) == 12


async def test_sanic_testing_beside_it(shop, monkeypatch):
    from sanic_testing.testing import SanicASGITestClient

    monkeypatch.setattr(Sanic, "__call__", Sanic.__call__)
    _, response = await SanicASGITestClient(create_app()).post("/_actions/double", json={"number": 3})
    assert response.json == 6
    assert await shop.double(number=3) == 6
    async with serve(create_app(), AsyncShop) as second:
        assert await second.double(number=3) == 6
"""

PLUGINS = {
    "pytest-asyncio": (
        "import pytest_asyncio\n@pytest_asyncio.fixture",
        ["-p", "asyncio", "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"],
        "",
    ),
    "one loop for a module": (
        "import pytest_asyncio\n@pytest_asyncio.fixture(scope='module', loop_scope='module')",
        ["-p", "asyncio", "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=module"],
        "\npytestmark = pytest.mark.asyncio(loop_scope='module')\n",
    ),
    "anyio": (
        "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n\n\n@pytest.fixture",
        ["-p", "no:asyncio"],
        "\npytestmark = pytest.mark.anyio\n",
    ),
}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_under_each_plugin(plugin: str, tmp_path: Path) -> None:
    """The same suite passes under each, with fixtures that start apps, tests of all kinds between each other."""
    fixture, options, mark = PLUGINS[plugin]
    (tmp_path / "test_suite.py").write_text(SUITE.replace("FIXTURE", fixture) + mark)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider", *options]
    process = subprocess.run(
        [*command, "test_suite.py"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "10 passed" in process.stdout, process.stdout + process.stderr
    assert "skipped" not in process.stdout
