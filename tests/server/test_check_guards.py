"""The fixture that finds guards that let everybody in."""

from __future__ import annotations

from typing import Any

import pytest
from sanic import Sanic
from sanic.http import Http

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
    app = app_of(tree.with_options(guard=members), default_guard=None)

    check_guards(app, open_to_all=["a.closed"])
    with pytest.raises(ValueError, match=r"no action 'a\.none'"):
        check_guards(app, open_to_all=["a.none"])


def test_nothing_to_check(check_guards: Any) -> None:
    """An app without guards does not pass by having none."""
    with pytest.raises(ValueError, match="no guarded actions"):
        check_guards(app_of(Namespace(open=open_action)))


@pytest.mark.parametrize("rounds", [1, 2])
def test_app_is_left_as_it_was(check_guards: Any, rounds: int) -> None:
    """An app that was checked is checked again and called by sanic-testing as if it never had been."""
    app = app_of(Namespace(closed=closed), default_guard=members)

    for _ in range(rounds):
        check_guards(app)
        _, response = app.test_client.post("/_actions/closed")
        assert response.status == 401
    assert not app.asgi


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
