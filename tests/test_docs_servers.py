"""The servers of the pages start as they stand there, and their callers get what the pages say."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from pages import Project, flat, projects, write_all
from sanic import HTTPResponse, Sanic
from sanic.response import html

from examples.blog.app import app as blog
from sanic_actions.server import ActionsBlueprint, form

PROJECTS = projects()


def servers(project: Project) -> list[str]:
    """Return the modules of a page that make an app."""
    return [
        name.removesuffix(".py").replace("/", ".")
        for name, text in flat(project).items()
        if "Sanic(" in text and "app.blueprint(" in text
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files and packages of all pages, from which they are imported."""
    folder = tmp_path_factory.mktemp("site")
    assert write_all(folder, PROJECTS.values()) == ""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        patch.setattr(Sanic, "test_mode", True)
        before = set(sys.modules)
        yield folder
        for name in set(sys.modules) - before:
            del sys.modules[name]


def load(name: str) -> Any:
    """Import a module of a page; what stands in it is run once."""
    return importlib.import_module(name)


def served(name: str) -> Any:
    """Serve the app of a module, or the one that its function makes."""
    module = load(name)
    app = module.create_app() if hasattr(module, "create_app") else module.app
    app.config.AUTO_EXTEND = False
    return running(app)


@pytest.mark.parametrize("name", [name for project in PROJECTS.values() for name in servers(project)])
def test_each_server_starts(site: Path, name: str) -> None:
    """A server of a page starts, and its actions are where callers look for them."""
    with served(name) as url:
        answer = httpx2.get(f"{url}/_actions/anything")

    assert answer.status_code in (404, 405), answer.text


def test_the_first_page(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller of the first page gets the list that it speaks of."""
    with served("index__hello") as url:
        monkeypatch.setenv("INDEX__ACTIONS_URL", url)

        assert load("index__caller").lines == ["Hello Ada", "Hello Ada"]
        load("index__actions").actions.close()


def test_clients_of_the_blog(site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The programs of the page on clients call the blog: with a header of the answer, from a page, in a task."""
    with running(blog) as url, ExitStack() as servers:
        for path in site.glob("clients__*.py"):
            path.write_text(path.read_text().replace("https://blog.example", url))
        monkeypatch.setenv("CLIENTS__ACTIONS_URL", url)
        monkeypatch.setenv("BLOG_TOKEN", "a-secret")
        capsys.readouterr()
        load("clients__total")
        asyncio.run(load("clients__login").main())
        counted = httpx2.get(servers.enter_context(served("clients__reader"))).text
        posts = load("clients__blog").blog.blog.posts()
    for client in (load("clients__blog").blog, load("clients__logged_in").blog, load("clients__actions").actions):
        client.close()

    printed = capsys.readouterr().out
    assert counted == f"{len(posts)} posts"
    assert printed.startswith(f"{len(posts)} ")
    assert "Post(" in printed


def test_uploads(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path and a tuple of name, bytes and type are both uploaded."""
    (site / "tea.jpg").write_bytes(b"\xff\xd8\xff\xe0 tea")
    with served("clients__photos") as url:
        program = site / "clients__uploading.py"
        picture = 'b"\\xff\\xd8\\xff\\xe0"'
        text = program.read_text().replace("http://127.0.0.1:8000", url).replace('b"..."', picture)
        program.write_text(
            "sizes = []\n" + re.sub(r"(photos\.add\(.*\))$", r"sizes.append(\1)", text, flags=re.MULTILINE)
        )

        assert load("clients__uploading").sizes == [8, 4]  # it closes its client itself


def test_signing_in(site: Path) -> None:
    """The handlers that sign in and out set the cookie and take it back, on a page."""
    module = load("authentication__signing_in")
    app: Sanic[Any, Any] = Sanic("signing_in")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"sign_in": module.sign_in, "sign_out": module.sign_out}))

    @app.get("/")
    async def page(_: object) -> HTTPResponse:
        return html(f"{form(module.sign_in)}{form(module.sign_out)}")

    with running(app) as url:
        wrong = httpx2.post(f"{url}/?_action=sign_in", data={"name": "ada", "password": "guess"})
        right = httpx2.post(f"{url}/?_action=sign_in", data={"name": "ada", "password": "correct horse"})
        cookies = [header.partition(";")[0] for header in right.headers.get_list("set-cookie")]
        cookie = next(pair for pair in cookies if pair.startswith("__Host-session="))
        signed_in = dict(module.SESSIONS)
        httpx2.post(f"{url}/?_action=sign_out", headers={"cookie": cookie})

    assert (wrong.status_code, "guess" in wrong.text) == (403, False)
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert list(signed_in.values()) == ["ada"]
    assert module.SESSIONS == {}


def test_traces(site: Path) -> None:
    """A traced caller reaches a traced server."""
    with served("observability__traced") as url:
        caller = site / "observability__traced_caller.py"
        caller.write_text(caller.read_text().replace("http://127.0.0.1:8000", url))

        shop = load("observability__traced_caller").shop

        async def main() -> Any:
            async with shop:
                return await shop.reserve(sku="tea")

        assert asyncio.run(main()) == 1


def test_tracked(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The hook of the page on error trackers is told of an exception that the caller does not see."""
    with served("observability__tracked") as url:
        answer = httpx2.post(f"{url}/_actions/price", json={"sku": "coal"})

    assert answer.status_code == 500
    assert f"tracked: price KeyError {answer.json()['id']}" in capsys.readouterr().out


def test_logs(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The handler of the page on logs writes one line of JSON with the action and the id."""
    logger = logging.getLogger("sanic_actions")
    before = list(logger.handlers)
    load("observability__json_logs")
    logger.error("%r failed", "buy", extra={"action": "buy", "error_id": "35de0a1b"})
    for handler in set(logger.handlers) - set(before):
        logger.removeHandler(handler)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])

    assert (line["message"], line["action"], line["error_id"]) == ("'buy' failed", "buy", "35de0a1b")


def test_moved_caller(site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The script that was moved to the package prints what is left, and then what is too little."""
    with served("migrating__after") as url:
        monkeypatch.setenv("MIGRATING__AFTER_CLIENT_URL", url)
        load("migrating__nightly")
        importlib.reload(load("migrating__nightly"))

    assert capsys.readouterr().out.split("\n")[-3:] == ["1", "only 1", ""]


def test_mounted(site: Path) -> None:
    """Below another app the actions are called, and described, with the path of that app."""
    mounted = load("deployment__mounted")
    inner = load("deployment__stateful").app
    inner.config.AUTO_EXTEND = False
    transport = httpx2.ASGITransport(mounted.below, root_path="/shop")

    async def main() -> httpx2.Response:
        async with mounted.lifespan(None), httpx2.AsyncClient(transport=transport, base_url="http://host") as client:
            return await client.post("/shop/_actions/subscribe", json={"email": "ada@example.org"})

    assert asyncio.run(main()).status_code == 204
