"""What a page sees while it renders in place of an answer, and what its answer has whatever middleware does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel
from sanic import Request, Sanic
from sanic.response import HTTPResponse, html
from sanic.response import json as json_response

from sanic_actions import ActionError, action
from sanic_actions.server import ActionsBlueprint, action_name

Serve = Callable[[Sanic[Any, Any]], str]


@action(accept="form")
async def fail(text: str = "") -> str:
    raise ActionError("CONFLICT", "no")


def app_of() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("rendering")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"fail": fail}))
    return app


@pytest.mark.parametrize(
    ("query", "seen", "args"),
    [
        ("_action=fail", "", {}),
        ("a=1&_action=fail&b=2", "a=1&b=2", {"a": ["1"], "b": ["2"]}),
        ("_action=fail&a=%26&a=2", "a=%26&a=2", {"a": ["&", "2"]}),
    ],
)
def test_a_page_sees_its_own_query(serve: Serve, query: str, seen: str, args: Any) -> None:
    """Without the parameter that names the action, also where middleware has read the query before."""
    app = app_of()

    @app.on_request
    async def look(request: Request) -> None:
        assert "_action" in request.args
        assert request.query_args

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return json_response([request.query_string, dict(request.args), len(request.query_args)])

    names: list[str | None] = []

    async def label(request: Request, response: HTTPResponse) -> None:
        names.append(action_name(request))

    app.on_response(label)

    response = httpx2.post(f"{serve(app)}/page?{query}", data={"text": "a"})

    assert response.json() == [seen, args, sum(map(len, args.values()))]
    assert names == ["fail"]


class Query(BaseModel, extra="forbid"):
    tab: str = "first"


def test_a_page_that_validates_its_query_renders_after_a_failed_form(serve: Serve) -> None:
    """With sanic-ext's own decorator."""
    from sanic_ext import Extend, validate

    app = app_of()
    Extend(app, config={"oas": False})

    @app.get("/page")
    @validate(query=Query)
    async def page(request: Request, query: Query) -> HTTPResponse:
        return html(f"<p>{query.tab}</p>")

    response = httpx2.post(f"{serve(app)}/page?tab=second&_action=fail", data={"text": "a"})

    assert (response.status_code, response.text) == (409, "<p>second</p>")


def test_a_filled_page_is_private_though_middleware_fails(serve: Serve) -> None:
    """Its header does not depend on the middleware of the app."""
    app = app_of()

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    async def broken(request: Request, response: HTTPResponse) -> None:
        raise RuntimeError("broken")

    app.on_response(broken)

    response = httpx2.post(f"{serve(app)}/page?_action=fail", data={"text": "a"})

    assert response.status_code == 409
    assert response.headers["cache-control"].startswith("private")
