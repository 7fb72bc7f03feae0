"""What the guides on migrating, authentication and layout show runs as it stands there."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from conftest import running
from pages import DOCS, named
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Download, Namespace, action
from sanic_actions.server import ActionsBlueprint, form


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write the files of a guide, and import one of them; all are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def import_file(guide: str, module: str) -> ModuleType:
        files = named(DOCS / "guides" / f"{guide}.md")
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content)
        return importlib.import_module(module)

    yield import_file
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def served(app: Any) -> Any:
    app.config.AUTO_EXTEND = False
    return running(app)


def test_migrated_handler_answers_as_before(load: Any) -> None:
    """The old route over an action gives what the handler by hand gave."""
    requests = [{"sku": "tea", "count": 2}, {"sku": "tea", "count": 2}]
    answers = []
    for module in ("before", "after"):
        with served(load("migrating", module).app) as url:
            responses = [httpx2.post(f"{url}/api/reserve", json=request) for request in requests]
            answers.append([(response.status_code, response.json()) for response in responses])

    assert answers[0] == answers[1]
    assert [status for status, _ in answers[1]] == [200, 409]


@pytest.mark.parametrize("source", ["bytes", "path", "iterator", "plain iterator"])
def test_old_routes_send_files(load: Any, tmp_path: Path, source: str) -> None:
    """An old route sends the file of an action, whatever it is made from."""
    module = load("migrating", "old_routes")
    (tmp_path / "books.csv").write_bytes(b"Emma,1815\n")

    async def parts() -> AsyncIterator[bytes]:
        yield b"Emma,"
        yield b"1815\n"

    sources: dict[str, Any] = {
        "bytes": b"Emma,1815\n",
        "path": tmp_path / "books.csv",
        "iterator": parts(),
        "plain iterator": iter([b"Emma,1815\n"]),
    }
    app: Sanic[Any, Any] = Sanic("files")

    @app.get("/file")
    async def route(request: Request) -> HTTPResponse | None:
        response: HTTPResponse | None = await module.send(request, Download(sources[source], name="Bücher.csv"))
        return response

    with served(app) as url:
        answer = httpx2.get(f"{url}/file")

    assert (answer.status_code, answer.content) == (200, b"Emma,1815\n")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''B%C3%BCcher.csv"


def test_login_guards_pages_whose_post_names_a_public_action(load: Any) -> None:
    """The middleware of the page lets calls pass, and the form of the login; no failed form opens another page."""
    app: Sanic[Any, Any] = load("migrating", "login_required").app

    @action(accept=("json", "form"))
    async def sign_in(name: str) -> None: ...

    @app.get("/login", name="login")
    @app.get("/secret", name="secret")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(sign_in)))

    app.blueprint(ActionsBlueprint(Namespace(sign_in=sign_in)))
    with served(app) as url:
        call = httpx2.post(f"{url}/_actions/sign_in", json={"name": "ada"})
        posts = [
            httpx2.post(url + path, data={"name": ""}) for path in ("/login?_action=sign_in", "/secret?_action=sign_in")
        ]
        old = httpx2.post(f"{url}/login", data={"name": "ada"})

    assert call.status_code == 204
    assert [(post.status_code, post.headers.get("location")) for post in posts] == [(400, None), (302, "/login")]
    assert old.status_code == 405


def test_old_route_takes_a_file(load: Any) -> None:
    """An old route passes on the file that it was sent, and says so where there is none."""
    with served(load("migrating", "old_upload").app) as url:
        kept = httpx2.post(f"{url}/photos", files={"photo": ("a.png", b"12345", "image/png")})
        missing = httpx2.post(f"{url}/photos", files={"other": b"1"})

    assert (kept.status_code, kept.json()) == (200, {"size": 5})
    assert missing.status_code == 400


def test_old_routes_send_what_actions_give(load: Any) -> None:
    """The old routes for a file and for a stream answer in the form that their callers know."""
    with served(load("migrating", "old_routes").app) as url:
        table, lines = httpx2.get(f"{url}/books.csv"), httpx2.get(f"{url}/books.ndjson")

    assert table.text == "Emma,1815\nUlysses,1922\n"
    assert [json.loads(line)["title"] for line in lines.text.splitlines()] == ["Emma", "Ulysses"]


def test_refusal_of_a_guard_in_own_words(load: Any) -> None:
    """The sentence of a guard passes through ``messages`` with the type ``unauthorized`` on its way to a page."""
    module = load("authentication", "worded")
    app: Sanic[Any, Any] = Sanic("worded_page")

    @action(accept="form")
    async def rename(name: str) -> None: ...

    tree = Namespace(rename=rename)
    app.blueprint(ActionsBlueprint(tree, default_guard=module.who, messages=module.in_words))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        return html(str(form(rename)))

    with served(app) as url:
        answer = httpx2.post(f"{url}/?_action=rename", data={"name": "Ada"})

    assert answer.status_code == 401
    assert "Please sign in." in answer.text
    assert "cookie" not in answer.text


def test_each_credential_says_who_calls(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session, a token and a key are taken, and nobody else is."""
    monkeypatch.setenv("ROBOT_TOKEN", "a-secret")
    with served(load("authentication", "credentials").app) as url:

        def whoami(**headers: str) -> tuple[int, Any]:
            response = httpx2.post(f"{url}/_actions/whoami", headers=headers)
            return response.status_code, response.json()

        assert whoami(cookie="session=a-random-session-id") == (200, "Ada")
        assert whoami(authorization="Bearer a-secret") == (200, "robot")
        assert whoami(**{"x-api-key": "a-secret"}) == (200, "robot")
        assert whoami(authorization="Bearer another")[0] == 401


def test_guarded_app_passes_its_check(load: Any, check_guards: Any) -> None:
    """The app of the page on guards is guarded, as its own test says."""
    check_guards(load("authentication", "guarded").app)


def test_layout_serves_what_its_tree_names(load: Any) -> None:
    """The files of the layout make an app that serves ``stock.look_up``."""
    with served(load("layout", "shop.app").create_app()) as url:
        answer = httpx2.post(f"{url}/_actions/stock.look_up", json={"sku": "tea"}).json()

    assert answer == {"sku": "tea", "left": 3}
