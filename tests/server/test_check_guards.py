"""The fixture that finds guards that let everybody in."""

from __future__ import annotations

from typing import Any

import pytest
from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.http import Http
from sanic.response import redirect, text

from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionContext, ActionsBlueprint

ran: list[str] = []


def members(context: ActionContext) -> None:
    if "authorization" not in context.headers:
        raise ActionError("UNAUTHORIZED", "Sign in first.")


def forgetful(context: ActionContext) -> None:
    context.state.seen = True


def broken(context: ActionContext) -> None:
    raise KeyError("user")


@action
def open_action() -> str:
    ran.append("open")
    return "open"


@action
def closed() -> str:
    ran.append("closed")
    return "closed"


def app_of(tree: Namespace, **options: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("guarded")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(tree, **options))
    return app


def test_guards_that_refuse(check_guards: Any) -> None:
    """An app whose guards refuse everybody without credentials passes, and no handler runs."""
    ran.clear()

    check_guards(app_of(Namespace(closed=closed, inner=Namespace(closed=closed)), default_guard=members))

    assert ran == []


@pytest.mark.parametrize(("guard", "status"), [(forgetful, "415"), (broken, "500")])
def test_guards_that_let_in(check_guards: Any, guard: Any, status: str) -> None:
    """A guard that lets everybody in, or that breaks, is told with path and status."""
    tree = Namespace(a=Namespace(closed=closed).with_options(guard=guard), b=closed)

    with pytest.raises(pytest.fail.Exception, match=rf"/_actions/a\.closed answered {status}"):
        check_guards(app_of(tree))


def test_guards_that_are_open_by_intention(check_guards: Any) -> None:
    """Actions that are named are left out; a name that does not exist is a mistake."""
    tree = Namespace(a=Namespace(closed=closed).with_options(guard=forgetful), b=closed)
    app = app_of(tree.with_options(guard=members))

    check_guards(app, open_to_all=["a.closed"])
    with pytest.raises(ValueError, match=r"no action 'a\.none'"):
        check_guards(app, open_to_all=["a.none"])
    with pytest.raises(ValueError, match=r"no action 'a\.close' in app .* Did you mean 'a\.closed'\?"):
        check_guards(app, open_to_all=["a.close"])


def test_nothing_to_check(check_guards: Any) -> None:
    """An app without guards does not pass by having none."""
    with pytest.raises(ValueError, match="no guarded actions"):
        check_guards(app_of(Namespace(open=open_action)))
    with pytest.raises(ValueError, match=r"Nothing guards 'closed'\. Write guard=.*, or public=True for what"):
        check_guards(app_of(Namespace(closed=closed)))


@pytest.mark.parametrize("rounds", [1, 2])
def test_app_is_left_as_it_was(check_guards: Any, rounds: int) -> None:
    """An app that was checked is checked again and called by sanic-testing as if it never had been."""
    app = app_of(Namespace(closed=closed), default_guard=members)

    for _ in range(rounds):
        check_guards(app)
        _, response = app.test_client.post("/_actions/closed")
        assert response.status == 401
    assert not app.asgi


def test_after_the_asgi_client_of_sanic_testing(check_guards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """That client replaces ``Sanic.__call__`` for good by one without a lifespan; nothing waits for it."""
    monkeypatch.setattr(Sanic, "__call__", Sanic.__call__)
    app = app_of(Namespace(closed=closed), default_guard=members)
    assert app.asgi_client is not None

    check_guards(app)


def test_process_is_left_as_it_was(check_guards: Any) -> None:
    """The check rewrites none of Sanic's methods, which outside of its test mode can be done once in a process."""
    before = Http.http1_request_header

    check_guards(app_of(Namespace(closed=closed), default_guard=members))

    assert Http.http1_request_header is before


def test_app_that_does_not_start(check_guards: Any) -> None:
    """An app whose listener fails is told with the reason, and can be tried again."""
    app = app_of(Namespace(closed=closed), default_guard=members)

    @app.before_server_start
    def connect(_: object) -> None:
        raise OSError("no database")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="does not start: no database"):
            check_guards(app)


# ---- Actions that nobody guards


def test_action_without_a_guard(check_guards: Any) -> None:
    """An action without a guard fails beside guarded ones, unless it is public or named."""
    tree = Namespace(
        closed=Namespace(closed=closed).with_options(guard=members),
        forgotten=closed,
        welcome=Namespace(open=open_action).with_options(public=True),
    )

    with pytest.raises(pytest.fail.Exception) as caught:
        check_guards(app_of(tree))

    assert "/_actions/forgotten has no guard" in str(caught.value)
    assert "welcome" not in str(caught.value)
    check_guards(app_of(tree), open_to_all=["forgotten"])


def test_every_mistake_is_told(check_guards: Any) -> None:
    """All open actions of all blueprints are told at once."""
    app = app_of(Namespace(a=Namespace(closed=closed).with_options(guard=forgetful), b=closed))
    app.blueprint(ActionsBlueprint({"c": closed}, prefix="/inside", default_guard=broken))
    app.blueprint(ActionsBlueprint({"d": closed}, prefix="/public"))

    with pytest.raises(pytest.fail.Exception) as caught:
        check_guards(app)

    for sentence in (
        "/_actions/a.closed answered 415",
        "/_actions/b has no guard",
        "/inside/c answered 500",
        "/public/d has no guard",
    ):
        assert sentence in str(caught.value)


# ---- Where actions are mounted

MOUNTS: dict[str, dict[str, Any]] = {
    "host": {"host": "admin.example"},
    "host and port": {"host": "admin.example:8443"},
    "two hosts": {"host": ["admin.example", "intern.example"]},
    "prefix": {"url_prefix": "/shop", "prefix": "/api/v1"},
    "parameter": {"url_prefix": "/t/<tenant>"},
    "number": {"url_prefix": "/t/<tenant:int>"},
    "several parameters": {"url_prefix": "/<lang:[a-z]{2}>/<tenant:slug>/<id:uuid>/<x:float>"},
    "letters": {"url_prefix": "/<lang:alpha>/<word:str>/<maybe:strorempty>"},
    "pattern": {"url_prefix": r"/<lang:[a-z]{2,3}\d?>"},
    "version": {"version": 2},
    "version prefix": {"version": 2, "version_prefix": "/api/v"},
    "host, version and parameter": {"host": "admin.example", "version": 3, "url_prefix": "/t/<tenant:int>"},
    "strict slashes": {"strict_slashes": True},
}


@pytest.mark.parametrize("mount", MOUNTS)
def test_mount_that_is_guarded(check_guards: Any, mount: str) -> None:
    """Guards that refuse are seen to refuse, wherever their actions are mounted."""
    ran.clear()

    check_guards(app_of(Namespace(closed=closed), default_guard=members, **MOUNTS[mount]))

    assert ran == []


@pytest.mark.parametrize("mount", MOUNTS)
def test_mount_that_lets_in(check_guards: Any, mount: str) -> None:
    """A guard that lets in is found out wherever its action is mounted, and told once for each host."""
    hosts = MOUNTS[mount].get("host")

    with pytest.raises(pytest.fail.Exception) as caught:
        check_guards(app_of(Namespace(closed=closed), default_guard=forgetful, **MOUNTS[mount]))

    assert str(caught.value).count("answered 415") == (len(hosts) if isinstance(hosts, list) else 1)


def test_groups_and_copies(check_guards: Any) -> None:
    """Actions in groups of blueprints, and in copies, are called in each of their places."""
    app: Sanic[Any, Any] = Sanic("groups")
    app.config.AUTO_EXTEND = False
    inner = ActionsBlueprint({"closed": closed}, default_guard=forgetful)
    app.blueprint(Blueprint.group(inner, url_prefix="/g/<team:int>", version=1))
    app.blueprint(inner.copy("again", url_prefix="/again"))

    with pytest.raises(pytest.fail.Exception) as caught:
        check_guards(app)

    assert "/v1/g/<team:int>/_actions/closed answered 415" in str(caught.value)
    assert "/again/_actions/closed answered 415" in str(caught.value)


UNKNOWN: dict[str, tuple[str, dict[str, object]]] = {
    "pattern": ("/<code:[A-Z]{3}-[0-9]{5}>", {"code": "ABC-12345"}),
    "pattern with a group": (r"/<file:(?P<file>[a-z]+)\.jpeg>", {"file": "a.jpeg"}),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_parameter_that_cannot_be_made_up(check_guards: Any, kind: str) -> None:
    """A parameter for which no value is known fails, and says how to pass one."""
    prefix, parameters = UNKNOWN[kind]
    app = app_of(Namespace(closed=closed), default_guard=members, url_prefix=prefix)

    with pytest.raises(pytest.fail.Exception, match=r"Pass parameters=\{\.\.\.\}"):
        check_guards(app)
    check_guards(app, parameters=parameters)


async def answer_401(request: Request) -> HTTPResponse | None:
    return None if "x-proxy" in request.headers else text("no", 401)


async def answer_405(request: Request) -> HTTPResponse | None:
    return None if "x-proxy" in request.headers else text("no", 405)


async def answer_415(request: Request) -> HTTPResponse | None:
    return None if "x-proxy" in request.headers else text("no", 415)


async def to_https(request: Request) -> HTTPResponse | None:
    return None if "x-proxy" in request.headers else redirect(f"https://{request.host}{request.path}")


@pytest.mark.parametrize("middleware", [answer_401, answer_405, answer_415, to_https])
@pytest.mark.parametrize("guard", [members, forgetful])
def test_answers_of_others(check_guards: Any, guard: Any, middleware: Any) -> None:
    """What a middleware answers proves nothing of a guard; headers that it asks for lead past it."""
    app = app_of(Namespace(closed=closed), default_guard=guard)
    app.register_middleware(middleware, "request")

    with pytest.raises(pytest.fail.Exception, match="was not reached: something before it answered"):
        check_guards(app)
    if guard is members:
        check_guards(app, headers={"X-Proxy": "1"})


def hidden(context: ActionContext) -> None:
    raise ActionError("NOT_FOUND", "There is no such page.")


def strange(context: ActionContext) -> None:
    raise ActionError("UNSUPPORTED_MEDIA_TYPE", "Not this type.")


def busy(context: ActionContext) -> None:
    raise ActionError("SERVICE_UNAVAILABLE", "Later.")


@pytest.mark.parametrize("guard", [hidden, strange])
def test_refusals_of_other_codes(check_guards: Any, guard: Any) -> None:
    """A guard refuses with whichever code below 500 it likes."""
    check_guards(app_of(Namespace(closed=closed), default_guard=guard))

    assert ran == []


def test_guard_that_is_out_of_order(check_guards: Any) -> None:
    """A guard that answers with a failure of the server proves nothing."""
    with pytest.raises(pytest.fail.Exception, match="answered 503"):
        check_guards(app_of(Namespace(closed=closed), default_guard=busy))


def test_guards_of_everything_run_on(check_guards: Any) -> None:
    """After the check, guards are what they were."""
    app = app_of(Namespace(closed=closed), default_guard=members)
    blueprint: Any = app.blueprints["actions"]
    before = blueprint.entries["closed"].plan.calls

    check_guards(app)

    assert blueprint.entries["closed"].plan.calls is before
