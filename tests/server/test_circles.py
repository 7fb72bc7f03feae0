"""A call leaves nothing in a circle of references, which would stay until the collector comes by."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Annotated, Any

import httpx2
import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionError, ApiKey, Bearer, Injected, Limits, Proceed, action
from sanic_actions.server import ActionContext, ActionsBlueprint, call_action
from sanic_actions.server._call.entrance import ServerCall

Serve = Callable[[Sanic[Any, Any]], str]


def nobody(credential: str) -> str | None:
    return None


async def around(context: ActionContext, proceed: Proceed[None]) -> object:
    return await proceed()


@action(accept=("json", "form"))
async def double(number: int = 1) -> int:
    return number * 2


@action(limits=Limits(seconds=30))
async def limited() -> int:
    return 1


@action(once=True)
async def kept() -> int:
    return 1


@action(interceptors=[around, around])
async def surrounded() -> int:
    return 1


@action
async def refused() -> int:
    raise ActionError("CONFLICT", "Not now.")


@action(errors={LookupError: lambda error: ActionError("NOT_FOUND")})
async def mapped() -> int:
    raise LookupError


@action(guard=Bearer(nobody) | ApiKey("X-Key", nobody))
async def guarded(user: Annotated[str, Injected]) -> str:
    return user


@action
async def inner(request: Request) -> bool:
    return (await call_action(request, refused)).error is not None  # a variable would be one of the handler's circles


ACTIONS = (double, limited, kept, surrounded, refused, mapped, guarded, inner)
TREE: dict[str, Any] = {each.handler.__name__: each for each in ACTIONS}
HEADERS = {"idempotency-key": "0123456789abcdef", "authorization": "Bearer a", "request-timeout": "30"}
STATUSES = {"refused": 409, "mapped": 404, "guarded": 401, "page": 303}


@pytest.mark.parametrize("way", [*TREE, "page"])
def test_a_call_leaves_nothing_in_a_circle(serve: Serve, way: str) -> None:
    """Neither the call, with its request and its input, nor what was raised in it."""
    app: Sanic[Any, Any] = Sanic("circles")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    url = serve(app)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        if way == "page":
            response = httpx2.post(f"{url}/page?_action=double", data={"number": "2"})
        else:
            response = httpx2.post(f"{url}/_actions/{way}", json={}, headers=HEADERS)
        httpx2.get(f"{url}/page")  # by its answer, the call is over
        gc.collect()
        circles = [each for each in gc.garbage if isinstance(each, ServerCall | ActionError)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert response.status_code == STATUSES.get(way, 200)
    assert circles == []
