"""Page posts reach actions that accept forms, on the hosts of their blueprint, past its middleware, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.response import empty, html

from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionContext, ActionsBlueprint, action_name, action_result, form_action

AnyRequest = Request[Any, Any]
AnySanic = Sanic[Any, Any]

ran: list[str] = []


@action(accept=("json", "form"))
def save(context: ActionContext, text: str = "") -> None:
    ran.append("save")


@action
def reset() -> None:
    ran.append("reset")


@action
def json_only(text: str = "") -> None:
    ran.append("json_only")


def closed(context: ActionContext) -> None:
    raise ActionError("UNAUTHORIZED", "Sign in first.")


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


async def page(request: AnyRequest) -> HTTPResponse:
    return html("page")


def site(*blueprints: ActionsBlueprint, extend: bool = False) -> AnySanic:
    app: AnySanic = Sanic("posted")
    app.config.AUTO_EXTEND = extend
    for blueprint in blueprints:
        app.blueprint(blueprint)
    app.add_route(page, "/page")
    app.add_route(page, "/health", name="health")
    return app


def post(app: AnySanic, path: str, **headers: str) -> int:
    """Post an empty form, and give the status."""
    with running(app) as url:
        return httpx2.post(f"{url}{path}", headers=headers, data={"text": "x"}).status_code


@pytest.mark.parametrize("name", ["reset", "json_only", "admin.reset"])
def test_actions_that_accept_no_forms(name: str) -> None:
    """An action that does not say that it accepts forms runs for none, with input or without."""
    tree = Namespace(reset=reset, json_only=json_only, admin=Namespace(reset=reset))

    assert post(site(ActionsBlueprint(tree)), f"/health?_action={name}") == 415
    assert ran == []


GENERATED = ["/static/page.html", "/file.html", "/docs", "/docs/openapi.json", "/docs/redoc", "/_actions/client.js"]


@pytest.mark.parametrize("path", [*GENERATED, "/_actions/openapi.json"])
def test_routes_that_are_no_pages(path: str, tmp_path: Path) -> None:
    """Files, the documents of sanic-ext and our own routes take no forms."""
    (tmp_path / "page.html").write_text("static")
    app = site(ActionsBlueprint({"save": save}, openapi=True), extend=True)
    app.static("/static", tmp_path, name="files")
    app.static("/file.html", tmp_path / "page.html", name="file")

    with running(app) as url:
        assert httpx2.get(f"{url}{path}").status_code == 200
        assert httpx2.post(f"{url}{path}?_action=save", data={"text": "x"}).status_code in (404, 405)
    assert ran == []


@pytest.mark.parametrize("hosts", ["admin.example", ["admin.example", "other.example"]])
def test_hosts(hosts: str | list[str]) -> None:
    """A page of another host than those of the blueprint reaches none of its actions; its own pages do."""
    app = site(ActionsBlueprint({"save": save}, host=hosts))

    with running(app) as url:

        def status(host: str) -> int:
            return httpx2.post(f"{url}/page?_action=save", data={"text": "x"}, headers={"host": host}).status_code

        assert status("public.example") == 404
        assert ran == []
        assert status("admin.example") == 303
    assert ran == ["save"]


def test_one_name_on_two_hosts() -> None:
    """Where two hosts have an action of one name, each page reaches that of its own host."""

    @action(accept="form")
    def other(text: str = "") -> None:
        ran.append("other")

    first = ActionsBlueprint({"save": save}, host="one.example", name="one")
    second = ActionsBlueprint({"save": other}, host="two.example", name="two")

    assert post(site(first, second), "/page?_action=save", host="two.example") == 303
    assert ran == ["other"]


def test_forms_turned_off() -> None:
    """``forms=False`` leaves an action to calls alone, and says so where a page writes a form for it."""
    app = site(ActionsBlueprint({"save": save}, forms=False))

    with running(app) as url:
        assert httpx2.post(f"{url}/page?_action=save", data={"text": "x"}).status_code == 404
        assert ran == []
        assert httpx2.post(f"{url}/_actions/save", json={"text": "x"}).status_code == 204
    with pytest.raises(LookupError, match="forms=False"):
        form_action(save, app=app)


def test_forms_turned_off_in_one_blueprint() -> None:
    """A blueprint whose forms are off hides no action of that name in another one."""
    app = site(ActionsBlueprint({"save": reset}, forms=False), ActionsBlueprint({"save": save}, prefix="/second"))

    assert post(app, "/page?_action=save") == 303
    assert ran == ["save"]


@pytest.mark.parametrize("kind", ["blueprint", "group", "class-based"])
def test_middleware_of_the_blueprint(kind: str) -> None:
    """Request middleware that guards a blueprint's calls guards the posts of pages to its actions too."""
    blueprint = ActionsBlueprint({"save": save})
    group = Blueprint.group(blueprint)
    guarded: Any = group if kind == "group" else blueprint

    class Refuse:
        async def __call__(self, request: AnyRequest) -> HTTPResponse | None:
            return None if "x-member" in request.headers else empty(403)

    async def refuse(request: AnyRequest) -> HTTPResponse | None:
        return await Refuse()(request)

    if kind == "class-based":
        guarded.on_request(Refuse().__call__)
    else:
        guarded.on_request(refuse)
    app: AnySanic = Sanic("posted")
    app.config.AUTO_EXTEND = False
    app.blueprint(group if kind == "group" else blueprint)
    app.add_route(page, "/page")

    with running(app) as url:
        assert httpx2.post(f"{url}/page?_action=save").status_code == 403
        assert httpx2.get(f"{url}/page").status_code == 200
        assert ran == []
        assert httpx2.post(f"{url}/page?_action=save", headers={"x-member": "1"}).status_code == 303
    assert ran == ["save"]


def test_middleware_runs_once_and_around() -> None:
    """Middleware that page and blueprint share runs once; what a blueprint's middleware opens, it closes."""
    calls: list[str] = []
    blueprint = ActionsBlueprint({"save": save})

    @blueprint.on_request
    async def opened(request: AnyRequest) -> None:
        calls.append("opened")

    @blueprint.on_response  # type: ignore[untyped-decorator]  # Sanic has no types for it
    async def closed(request: AnyRequest, response: HTTPResponse) -> None:
        calls.append("closed")

    app = site(blueprint)

    @app.on_request
    async def shared(request: AnyRequest) -> None:
        calls.append(f"shared {action_name(request)}")

    with running(app) as url:
        httpx2.post(f"{url}/page?_action=save")
        httpx2.post(f"{url}/page?_action=save", content=b"%ff", headers={"content-type": "text/plain"})
        httpx2.get(f"{url}/page")

    assert calls == ["shared save", "opened", "closed"] * 2 + ["shared None"]


NAMES: dict[str, tuple[str, str, str | None]] = {
    "a call": ("POST", "/_actions/admin.save", "admin.save"),
    "a call with a slash behind it": ("POST", "/_actions/admin.save/", "admin.save"),
    "a page post": ("POST", "/page?_action=admin.save&tab=2", "admin.save"),
    "an unknown call": ("POST", "/_actions/nothing", None),
    "an unknown page post": ("POST", "/page?_action=nothing", None),
    "several names": ("POST", "/page?_action=admin.save&_action=admin.save", None),
    "a namespace": ("POST", "/_actions/admin", None),
    "a page": ("GET", "/page?_action=admin.save", None),
    "another method": ("GET", "/_actions/admin.save", None),
    "the script": ("GET", "/_actions/client.js", None),
    "a post to a static name": ("POST", "/_actions/client.js", None),
}


@pytest.mark.parametrize("case", NAMES)
def test_name_for_middleware(case: str) -> None:
    """Middleware, a handler and response middleware are told the action's name; None where there is none."""
    method, path, name = NAMES[case]
    names: list[str | None] = []
    app = site(ActionsBlueprint({"admin": Namespace(save=save)}))

    @app.on_request
    async def before(request: AnyRequest) -> None:
        names.append(action_name(request))

    @app.on_response  # type: ignore[untyped-decorator]  # Sanic has no types for it
    async def after(request: AnyRequest, response: HTTPResponse) -> None:
        names.append(action_name(request))

    with running(app) as url:
        httpx2.request(method, f"{url}{path}")

    assert names == [name, name]


def test_name_while_the_page_renders() -> None:
    """While a page shows a failure its request names the action, and its route is that of the page."""
    seen: list[tuple[str | None, str, dict[str, Any]]] = []
    app = site(ActionsBlueprint({"save": save}))

    async def show(request: AnyRequest, number: int) -> HTTPResponse:
        result = action_result(request, save)
        assert result is not None
        assert request.route is not None
        seen.append((action_name(request), request.route.path, request.match_info))
        return html("")

    app.add_route(show, "/shown/<number:int>")
    with running(app) as url:
        httpx2.post(f"{url}/shown/3?_action=save", content=b"text=%ff", headers={"content-type": FORM})

    assert seen == [("save", "shown/<number:int>", {"number": 3})]


FORM = "application/x-www-form-urlencoded"


def test_name_without_a_blueprint() -> None:
    """An app without actions has no name for any request."""
    app: AnySanic = Sanic("plain")
    app.config.AUTO_EXTEND = False
    names: list[str | None] = []

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        names.append(action_name(request))
        return empty()

    with running(app) as url:
        httpx2.get(url)

    assert names == [None]
