"""Where actions stand: names, methods, prefixes, and nothing else reachable."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.response import text
from sanic_routing.exceptions import RouteExists

from sanic_actions import DefinitionError, Namespace, action
from sanic_actions.server import ActionContext, ActionsBlueprint, call_action, call_url, mounts

ran: list[str] = []


@action
def like() -> str:
    ran.append("like")
    return "liked"


@action
def auth() -> str:
    ran.append("auth")
    return "known"


TREE = Namespace(like=like, user=Namespace(admins=Namespace(auth=auth)))


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


def test_nested_names(make_app: Any, connect: Any) -> None:
    """A nested action is reached by its dotted name."""
    client = connect(make_app(TREE))

    assert client.post("/user.admins.auth").json() == "known"


NAMES = [
    *(
        "",
        "/",
        "//",
        "/unknown",
        "/user",
        "/user.admins",
        "/user.admins.auth.handler",
        "/like.handler",
        "/like.",
        "/.like",
    ),
    *("/user..admins.auth", "/user/admins/auth", "/like/like", "/__class__", "/__init__", "/_private", "/constructor"),
    *(
        "/like%2e",
        "/user%2eadmins%2eauth",
        "/%6cike",
        "/%256cike",
        "/like%00",
        "/like%2f",
        "/like%20",
        "/LIKE",
        "/Like",
    ),
    *(
        "/lik%D0%B5",
        "//like",
        "/./like/x",
        "/like;x=1",
        "/like//",
        "/" + "a" * 5_000,
        "/" + "a/" * 2_000,
        "/like%0d%0ax",
    ),
]


def test_names_that_are_none(make_app: Any, serve: Any, exchange: Any, subtests: pytest.Subtests) -> None:
    """Only a registered name in its exact spelling is an action; all else below the prefix is 404 of ours."""
    url = serve(make_app(TREE))

    for name in NAMES:
        with subtests.test(name[:50]):
            answer = exchange(url, f"POST /_actions{name} HTTP/1.1\r\nhost: x\r\n\r\n".encode())

            assert answer.startswith(b"HTTP/1.1 404")
            assert b"application/problem+json" in answer
            assert b'"code":"NOT_FOUND"' in answer
    assert ran == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_other_methods(make_app: Any, connect: Any, method: str) -> None:
    """Any method but POST is 405 with ``Allow: POST``, whatever the path below the prefix."""
    client = connect(make_app(TREE))

    for path in ("/like", "/like/", "/unknown", "", "/a/b"):
        answer = client.request(method, path)

        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.headers["content-type"] == "application/problem+json"
        assert bool(answer.content) is (method != "HEAD")
    assert ran == []


def test_options(make_app: Any, connect: Any) -> None:
    """OPTIONS tells the method and runs nothing."""
    answer = connect(make_app(TREE)).options("/like")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "POST", b"")
    assert ran == []


def test_method_override_means_nothing(make_app: Any, connect: Any) -> None:
    """A header that asks for another method is not heard."""
    assert connect(make_app(TREE)).get("/like", headers={"x-http-method-override": "POST"}).status_code == 405
    assert ran == []


PLACES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "plain": ({}, {}, "/_actions"),
    "prefix": ({"prefix": "/api"}, {}, "/api"),
    "prefix with a slash": ({"prefix": "/api/"}, {}, "/api"),
    "two segments": ({"prefix": "/api/actions"}, {}, "/api/actions"),
    "own url_prefix": ({"url_prefix": "/api"}, {}, "/api/_actions"),
    "own version": ({"version": 2}, {}, "/v2/_actions"),
    "version prefix": ({"version": 2, "version_prefix": "/api/v"}, {}, "/api/v2/_actions"),
    "registered url_prefix": ({}, {"url_prefix": "/late"}, "/late/_actions"),
    "registered version": ({}, {"version": 3}, "/v3/_actions"),
    "all": ({"prefix": "/acts", "url_prefix": "/api", "version": 1}, {}, "/v1/api/acts"),
}


@pytest.mark.parametrize(("own", "late", "prefix"), PLACES.values(), ids=PLACES)
def test_prefixes(make_app: Any, connect: Any, own: dict[str, Any], late: dict[str, Any], prefix: str) -> None:
    """The prefix that ``mounts`` and ``call_url`` tell is the one at which the actions answer."""
    app = make_app()
    app.blueprint(ActionsBlueprint(TREE, **own), **late)

    (mount,) = mounts(app)
    assert mount.prefix == prefix
    assert list(mount.entries) == ["like", "user.admins.auth"]
    assert call_url(auth, app=app) == f"{prefix}/user.admins.auth"
    assert connect(app, prefix).post("/user.admins.auth").json() == "known"


def test_group(make_app: Any, connect: Any) -> None:
    """A blueprint group puts its prefix and version before the blueprint's own."""
    app = make_app()
    app.blueprint(Blueprint.group(ActionsBlueprint(TREE, url_prefix="/inner"), url_prefix="/outer", version=1))

    assert mounts(app)[0].prefix == "/v1/outer/inner/_actions"
    assert connect(app, "/v1/outer/inner/_actions").post("/like").json() == "liked"


def test_several_blueprints(make_app: Any, connect: Any) -> None:
    """Several blueprints of one app serve a tree each."""
    app = make_app({"like": like})
    app.blueprint(ActionsBlueprint({"auth": auth}, prefix="/admin/_actions"))
    client = connect(app, "")

    assert [mount.prefix for mount in mounts(app)] == ["/_actions", "/admin/_actions"]
    assert client.post("/_actions/like").json() == "liked"
    assert client.post("/admin/_actions/auth").json() == "known"
    assert client.post("/_actions/auth").status_code == 404
    assert client.post("/admin/_actions/like").status_code == 404


def test_two_apps(make_app: Any, connect: Any) -> None:
    """One blueprint on two apps serves both, each at its own place."""
    blueprint = ActionsBlueprint(TREE)
    first, second = make_app(), Sanic[Any, Any]("second")
    first.blueprint(blueprint)
    second.blueprint(blueprint, url_prefix="/api")

    assert call_url(like, app=first) == "/_actions/like"
    assert call_url(like, app=second) == "/api/_actions/like"
    assert connect(first).post("/like").json() == "liked"
    assert connect(second, "/api/_actions").post("/like").json() == "liked"


class Opinion:
    """A guard that is no function; deep copies of it would be seen."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, context: ActionContext) -> None:
        self.asked += 1


def test_copy(make_app: Any, connect: Any) -> None:
    """A copied blueprint serves the same actions under the same guards."""
    opinion = Opinion()
    original = ActionsBlueprint(TREE.with_options(guard=opinion.ask))
    app = make_app()
    app.blueprint(original)
    app.blueprint(original.copy("second", version=2))
    client = connect(app, "")

    assert [mount.prefix for mount in mounts(app)] == ["/_actions", "/v2/_actions"]
    assert client.post("/_actions/like").json() == "liked"
    assert client.post("/v2/_actions/like").json() == "liked"
    assert client.post("/v2/_actions/none").status_code == 404
    assert opinion.asked == 2


def test_trailing_slash(make_app: Any, connect: Any) -> None:
    """A slash at the end changes nothing, unless slashes are strict."""
    app = make_app(TREE)
    app.blueprint(ActionsBlueprint(TREE, prefix="/own", strict_slashes=True))
    app.blueprint(Blueprint.group(ActionsBlueprint(TREE, prefix="/group"), strict_slashes=True))
    client = connect(app, "")

    assert client.post("/_actions/like/").json() == "liked"
    for prefix in ("/own", "/group"):
        assert client.post(f"{prefix}/like").json() == "liked"
        assert client.post(f"{prefix}/like/").status_code == 404


def test_middleware_sees_the_name(make_app: Any, connect: Any) -> None:
    """Middleware sees the canonical name before anything runs, and can refuse there."""
    app = make_app(TREE)
    seen: list[str] = []

    async def look(request: Request[Any, Any]) -> HTTPResponse | None:
        seen.append(request.match_info["name"])
        return text("no", status=403) if request.match_info["name"] == "like" else None

    app.on_request(look)
    client = connect(app)

    assert client.post("/like").status_code == 403
    assert client.post("/like/").status_code == 403
    assert client.post("/user.admins.auth?_action=like").json() == "known"
    assert seen == ["like", "like", "user.admins.auth"]
    assert ran == ["auth"]


def test_host(make_app: Any, connect: Any) -> None:
    """A blueprint bound to hosts answers for these hosts only, and is one mount."""
    app = make_app(TREE, host=["a.example", "b.example"])
    client = connect(app)

    assert [mount.prefix for mount in mounts(app)] == ["/_actions"]
    assert client.post("/like", headers={"host": "a.example"}).json() == "liked"
    assert client.post("/like", headers={"host": "c.example"}).status_code == 404


def test_neighbours_stay_reachable(make_app: Any, connect: Any) -> None:
    """Routes of the app around the prefix are not touched, and a catch-all of the app does not hide the actions."""
    app = make_app(TREE)

    async def page(request: Request[Any, Any], path: str) -> HTTPResponse:
        return text(f"page {path}")

    app.add_route(page, "/<path:path>", methods=["GET", "POST"])
    client = connect(app, "")

    assert client.get("/about/us").text == "page about/us"
    assert client.post("/_actions/like").json() == "liked"
    assert client.post("/_actions/none").status_code == 404


def test_call_url_of_the_current_request(make_app: Any, connect: Any) -> None:
    """Within a request the app needs no naming."""
    app = make_app(TREE)

    async def where(request: Request[Any, Any]) -> HTTPResponse:
        return text(call_url(auth))

    app.add_route(where, "/where")

    assert connect(app, "").get("/where").text == "/_actions/user.admins.auth"


def test_call_url_of_an_action_with_two_names(make_app: Any) -> None:
    """An action mounted under two names needs the name, and an unknown one says what there is."""
    app = make_app({"like": like, "love": like})

    assert call_url(like, app=app, name="love") == "/_actions/love"
    with pytest.raises(LookupError, match="'like', 'love'"):
        call_url(like, app=app)
    with pytest.raises(LookupError, match="not mounted as 'hate'"):
        call_url(like, app=app, name="hate")
    with pytest.raises(LookupError, match="not mounted on app"):
        call_url(auth, app=app)


@pytest.mark.parametrize(("first", "second"), [({}, {}), ({}, {"host": "a.example"}), ({"host": "a.example"}, {})])
def test_two_trees_at_one_path(first: dict[str, Any], second: dict[str, Any]) -> None:
    """An app that has the path already says who else may have it, and what to write instead."""
    app: Sanic[Any, Any] = Sanic("twice")
    app.blueprint(ActionsBlueprint(TREE, name="one", **first))

    with pytest.raises(RouteExists, match=r"^Route already registered: .*give this blueprint another path: prefix="):
        app.blueprint(ActionsBlueprint(TREE, name="two", **second))


def test_definition_errors_come_at_once() -> None:
    """A blueprint is refused with every mistake in its tree."""

    @action
    def bad(a) -> None: ...  # type: ignore[no-untyped-def]  # the mistake under test

    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint({"bad": bad, "plain": test_options, "_hidden": like})

    assert {problem.action for problem in caught.value.problems} == {"bad", "plain", "_hidden"}


@pytest.mark.parametrize("prefix", ["", "/", "api", "/a b", "/<x>", "/a//b", "/a?b"])
def test_prefixes_that_are_none(prefix: str) -> None:
    """A prefix is a path of at least one segment."""
    with pytest.raises(ValueError, match="prefix="):
        ActionsBlueprint(TREE, prefix=prefix)


def over(app: Sanic[Any, Any], function: Any) -> Any:
    decorate: Any = action
    return app.post("/a")(decorate(function))


def under(app: Sanic[Any, Any], function: Any) -> Any:
    decorate: Any = action
    return decorate(app.post("/a")(function))


@pytest.mark.parametrize("decorated", [over, under])
def test_route_that_calls_an_action_is_refused_at_start(decorated: Any) -> None:
    """Sanic would give it a request, and the first caller would get an error that says nothing."""

    async def number(count: int = 1) -> int:
        return count

    app: Sanic[Any, Any] = Sanic("routed")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"number": decorated(app, number)}))

    message = r"route 'a' of app 'routed' calls the action 'number'.*Remove @app.post"
    with pytest.raises(TypeError, match=message), running(app):
        raise AssertionError("it started")


def test_routes_of_other_functions_start() -> None:
    """Whatever they call themselves."""
    app: Sanic[Any, Any] = Sanic("routed")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"like": like}))

    @app.post("/like")
    async def by_hand(request: Request) -> HTTPResponse:
        result = await call_action(request, like)
        return text(str(result.data))

    with running(app) as url:
        assert httpx2.post(f"{url}/like").text == "liked"


@pytest.mark.parametrize("tenant", ["acme", "a%20b", "%C3%A9", "7"])
@pytest.mark.parametrize("kind", ["str", "ext", "strorempty"])
def test_url_below_a_parameter_is_that_of_the_request(tenant: str, kind: str) -> None:
    """A path of the app may have parameters above the actions; a request below it says what they are."""
    if kind == "ext":
        kind = r"[A-Za-z0-9%]+"
    app: Sanic[Any, Any] = Sanic("tenants")
    app.config.AUTO_EXTEND = False
    pages = Blueprint("pages")

    @pages.get("/url")
    async def url(request: Request, tenant: str) -> HTTPResponse:
        return text(call_url(like))

    @app.get("/elsewhere")
    async def elsewhere(request: Request) -> HTTPResponse:
        with pytest.raises(LookupError) as error:
            call_url(like)
        return text(str(error.value))

    app.blueprint(Blueprint.group(pages, ActionsBlueprint({"like": like}), url_prefix=f"/t/<tenant:{kind}>"))

    with running(app) as base:
        path = httpx2.get(f"{base}/t/{tenant}/url").text
        assert path == f"/t/{tenant}/_actions/like"
        assert httpx2.post(f"{base}{path}").text == '"liked"'
        assert "nothing says what 'tenant' is" in httpx2.get(f"{base}/elsewhere").text


def test_url_below_an_empty_parameter_is_of_this_site() -> None:
    """A path that begins with two slashes would be the address of another host, which a visitor's link has chosen."""
    app: Sanic[Any, Any] = Sanic("empty")
    app.config.AUTO_EXTEND = False
    pages = Blueprint("pages")

    @pages.get("/url")
    async def url(request: Request, **parameters: str) -> HTTPResponse:
        return text(call_url(like))

    group = Blueprint.group(pages, ActionsBlueprint({"like": like}), url_prefix="/<lang:strorempty>/<tenant>")
    app.blueprint(group)

    with running(app) as base:
        assert httpx2.get(f"{base}//evil.example/url").text == "/evil.example/_actions/like"
        assert httpx2.get(f"{base}/de/shop/url").text == "/de/shop/_actions/like"
