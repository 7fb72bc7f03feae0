"""A call leaves nothing in a circle of references, which would stay until the collector comes by."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import httpx2
import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionError, ApiKey, Bearer, Download, Injected, Limits, Ok, Proceed, action
from sanic_actions.server import ActionContext, ActionsBlueprint, ObservedCall, call_action
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


@action
async def masked() -> int:
    raise KeyError("secret")


@action(errors={KeyError: lambda error: ActionError("BAD_GATEWAY")})
async def failing() -> int:
    raise KeyError("secret")


@action
async def wrong() -> int:
    return "one"  # type: ignore[return-value]  # the mistake


@action
async def items() -> AsyncIterator[int]:
    yield 1


@action
def plain_items() -> Iterator[int]:
    yield 1


@action(interceptors=[around])
async def surrounded_items() -> AsyncIterator[int]:
    yield 1


@action(limits=Limits(seconds=30))
async def broken_items() -> AsyncIterator[int]:
    yield 1
    raise KeyError("secret")


@action
async def refused_items() -> AsyncIterator[int]:
    yield 1
    raise ActionError("CONFLICT", "Not now.")


@action
async def file() -> Download:
    return Download(b"1", name="a.txt")


@action
async def broken_file() -> Download:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"1"
        raise KeyError("secret")

    return Download(chunks(), name="a.txt")


@action
async def local_items(request: Request) -> list[int]:
    result = await call_action(request, items)
    return [item async for item in result.data] if isinstance(result, Ok) else []


STREAMS = (items, plain_items, surrounded_items, broken_items, refused_items, file, broken_file, local_items)
ACTIONS = (masked, failing, wrong, *STREAMS, double, limited, kept, surrounded, refused, mapped, guarded, inner)
TREE: dict[str, Any] = {each.handler.__name__: each for each in ACTIONS}
HEADERS = {"idempotency-key": "0123456789abcdef", "authorization": "Bearer a", "request-timeout": "30"}
STATUSES = {"refused": 409, "mapped": 404, "guarded": 401, "page": 303, "masked": 500, "wrong": 500, "failing": 502}


class Listener:
    """Hears of each call, and keeps nothing."""

    def on_start(self, call: ObservedCall) -> None: ...

    def on_end(self, token: None, call: ObservedCall, outcome: object, exception: BaseException | None) -> None: ...


def app_of(observers: list[Listener]) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("circles")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, observers=observers))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    return app


def status_of(url: str, way: str) -> int:
    """Call once, and return the status of the answer, be it whole or broken off."""
    if way == "page":
        return httpx2.post(f"{url}/page?_action=double", data={"number": "2"}).status_code
    with httpx2.stream("POST", f"{url}/_actions/{way}", json={}, headers=HEADERS) as response:
        with contextlib.suppress(httpx2.RemoteProtocolError):
            response.read()
        return response.status_code


def is_of_a_call(garbage: object) -> bool:
    return isinstance(garbage, ServerCall | ActionError) or getattr(garbage, "args", None) == ("secret",)


@pytest.mark.parametrize("observers", [[], [Listener()]], ids=["", "observed"])
@pytest.mark.parametrize("way", [*TREE, "page"])
def test_a_call_leaves_nothing_in_a_circle(serve: Serve, way: str, observers: list[Listener]) -> None:
    """Neither the call, with its request and its input, nor what was raised in it."""
    url = serve(app_of(observers))
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        status = status_of(url, way)
        httpx2.get(f"{url}/page")  # by its answer, the call is over
        gc.collect()
        circles = [each for each in gc.garbage if is_of_a_call(each)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert status == STATUSES.get(way, 200)
    assert circles == []
