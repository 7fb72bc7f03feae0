"""Headers and cookies of an answer: of a success and of every error, for whoever asks the result or catches."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import pytest
from conftest import running
from sanic import Sanic

from sanic_actions import ActionContext, ActionError, Download, Event, InputError, Limits, action
from sanic_actions.client import (
    Async,
    AsyncClient,
    AsyncHttpx2Transport,
    AsyncPyqwestTransport,
    CallError,
    Calls,
    Client,
    Err,
    Httpx2Transport,
    Ok,
    PyqwestTransport,
    Request,
    Response,
    Sync,
    call,
    download,
    raises,
    stream,
)
from sanic_actions.server import ActionsBlueprint, Bearer
from sanic_actions.testing import local

M_co = TypeVar("M_co", covariant=True)


class Busy(ActionError, code="SERVICE_UNAVAILABLE"):
    seconds: int


class Upstream(ActionError, code="BAD_GATEWAY"):
    """Its fields have the names of what every error of a call has."""

    response: str
    headers: list[str]


def fail(context: ActionContext, kind: str) -> None:
    context.set_header("x-why", kind)
    context.set_header("retry-after", "7")
    context.set_cookie("seen", kind)
    match kind:
        case "declared":
            raise Busy("Later", seconds=7)
        case "same-names":
            raise Upstream("No", response="theirs", headers=["a"])
        case "input":
            raise InputError.on("kind", "is taken")
        case "undeclared":
            raise ActionError("LOCKED", "Not now")
        case "masked":
            raise RuntimeError("secret")
        case _:
            pass


@action(raises=[Busy, Upstream])
async def act(context: ActionContext, kind: str) -> int:
    fail(context, kind)
    return 4


@action(raises=[Busy, Upstream])
async def items(context: ActionContext, kind: str) -> AsyncIterator[int]:
    fail(context, kind)
    yield 4


@action(raises=[Busy, Upstream])
async def file(context: ActionContext, kind: str) -> Download:
    fail(context, kind)
    return Download(b"4", name="four.txt")


@action(guard=Bearer(lambda token: None))
async def guarded() -> int:
    return 4


@action(limits=Limits(rate="1/hour"))
async def counted() -> int:
    return 4


class _Root(Calls[M_co]):
    """What ``generate`` writes for these actions."""

    @raises(Busy, Upstream)
    def act(self, /, *, kind: str) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @stream(Busy, Upstream)
    def items(self, /, *, kind: str) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @download(Busy, Upstream)
    def file(self, /, *, kind: str) -> bytes: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @call
    def guarded(self, /) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called

    @call
    def counted(self, /) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called


class Shop(_Root[Sync], Client):
    pass


class AsyncShop(_Root[Async], AsyncClient):
    pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app: Sanic[Any, Any] = Sanic("heads")
    tree = {"act": act, "items": items, "file": file, "guarded": guarded, "counted": counted}
    app.blueprint(ActionsBlueprint(tree))
    with running(app) as url:
        yield url


def blocking(url: str, name: str, kind: str) -> Any:
    with Shop(url) as client:
        match name:
            case "items":
                return list(client.items(kind=kind).safe())[-1]
            case "file":
                return client.file(kind=kind).safe().read()
            case _:
                return client.act.safe(kind=kind)


def awaiting(url: str, name: str, kind: str) -> Any:
    async def main() -> Any:
        async with AsyncShop(url) as client:
            match name:
                case "items":
                    return [result async for result in client.items(kind=kind).safe()][-1]
                case "file":
                    return await client.file(kind=kind).safe().read()
                case _:
                    return await client.act.safe(kind=kind)

    return asyncio.run(main())


KINDS = ("declared", "same-names", "input", "undeclared", "masked")


@pytest.mark.parametrize("ask", [blocking, awaiting])
@pytest.mark.parametrize("name", ["act", "file"])
@pytest.mark.parametrize("kind", KINDS)
def test_head_of_an_error(url: str, ask: Callable[..., Any], name: str, kind: str) -> None:
    """An ``Err`` has the headers and cookies of its answer as an ``Ok`` has them, whatever the error is."""
    result = ask(url, name, kind)

    assert isinstance(result, Err)
    assert (result.headers["x-why"], result.headers["retry-after"]) == (kind, "7")
    assert result.headers["content-type"] == "application/problem+json"
    assert result.cookies["seen"] == kind
    assert Err(result.error).headers == result.headers


@pytest.mark.parametrize("kind", KINDS)
def test_response_of_an_error(url: str, kind: str) -> None:
    """A caught error has the answer that it came from, and a field of that name stays what the action said."""
    with Shop(url) as client, pytest.raises(ActionError) as caught:
        client.act(kind=kind)

    error: Any = caught.value
    if kind == "same-names":
        assert (error.response, error.headers) == ("theirs", ["a"])
        assert error.data == {"response": "theirs", "headers": ["a"]}
    else:
        assert (error.response.headers["x-why"], error.headers["x-why"]) == (kind, kind)
        assert error.response.status == error.status


def test_heads_of_the_library(url: str) -> None:
    """What the library itself says in a header can be read: how to sign in, and when to come again."""
    with Shop(url) as client:
        client.counted.safe()  # counted, or too many already
        refused, late = client.guarded.safe(), client.counted.safe()

    assert isinstance(refused, Err)
    assert isinstance(late, Err)
    assert isinstance(late.error, CallError)
    assert refused.headers["www-authenticate"] == "Bearer"
    assert late.headers["retry-after"] == late.error.headers["retry-after"]
    assert 0 < int(late.headers["retry-after"]) <= 3600


def test_error_without_an_answer() -> None:
    """An error that no answer brought has neither headers nor cookies."""
    wrong: Any = 3
    with Shop("http://127.0.0.1:1") as client:
        nobody, unsent = client.act.safe(kind="x"), client.act.safe(kind=wrong)

    for result in (nobody, unsent, Err(Busy("Later", seconds=1)), Err(InputError())):
        assert (result.headers, result.cookies) == ({}, {})
    assert isinstance(unsent.error, InputError)
    assert (unsent.error.response, dict(unsent.error.headers)) == (None, {})


@pytest.mark.parametrize("kind", KINDS)
def test_copy_of_an_error_has_no_answer(url: str, kind: str) -> None:
    """Errors travel between processes, and answers stay, since a transport's may hold locks and sockets."""
    error = blocking(url, "act", kind).error

    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert (type(twin), twin.data, str(twin)) == (type(error), error.data, str(error))
        assert dict(Err(twin).headers) == {}
        assert "Response" not in repr(twin)


@pytest.mark.parametrize("ask", [blocking, awaiting])
def test_error_of_a_stream(url: str, ask: Callable[..., Any]) -> None:
    """An error in a stream came with an item, and the head of the stream was there before it."""
    result = ask(url, "items", "declared")

    assert isinstance(result, Err)
    assert result.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("ask", [blocking, awaiting])
@pytest.mark.parametrize("name", ["act", "items", "file"])
def test_head_of_a_success(url: str, ask: Callable[..., Any], name: str) -> None:
    """An ``Ok`` has them too, each item of a stream and a file likewise, and is equal to one without."""
    result = ask(url, name, "none")

    assert result == Ok(b"4" if name == "file" else 4)
    assert (result.headers["x-why"], result.cookies) == ("none", {"seen": "none"})


@pytest.mark.parametrize("transport", [Httpx2Transport, PyqwestTransport])
def test_names_of_headers_in_any_case(url: str, transport: Callable[[], Any]) -> None:
    """A header is found however its name is written, in results, errors and files, whatever has sent the call."""
    with Shop(url, transport=transport()) as client, client.file(kind="none") as file:
        failed = client.act.safe(kind="undeclared")
        assert isinstance(failed.error, CallError)
        heads = [client.act.safe(kind="none").headers, failed.headers, failed.error.headers, file.headers]

    for headers in heads:
        assert headers["X-Why"] == headers["x-why"] == headers.get("X-WHY")
        assert "X-Why" in headers
        assert ("X-Wherefore" in headers, headers.get("X-Wherefore", "no")) == (False, "no")
        assert set(headers) == set(map(str.lower, headers))


class Shouting:
    """A transport of the user's that gives header names as they came."""

    def send(self, request: Request, /) -> Response:
        return Response(200, {"Content-Type": "application/json"}, b"4")

    def close(self) -> None: ...


def test_transport_with_names_in_capitals() -> None:
    """A transport that gives header names otherwise than it should is named as the reason."""
    result = Shop("http://x", transport=Shouting()).act.safe(kind="none")

    assert result.error is not None
    assert "gives the header 'Content-Type', and a transport gives names in lower case" in str(result.error)
    assert result.headers["content-type"] == "application/json"


@pytest.mark.parametrize("transport", [Httpx2Transport, PyqwestTransport])
def test_head_of_a_download(url: str, transport: Callable[[], Any]) -> None:
    """A file that is open has the head of its answer beside its name and size."""
    with Shop(url, transport=transport()) as client, client.file(kind="none") as file:
        assert (file.headers["x-why"], file.cookies, file.size) == ("none", {"seen": "none"}, 1)


def test_head_of_an_async_download(url: str) -> None:
    """Likewise for an ``AsyncClient``, with either transport; before it is open there is nothing to read."""

    async def main(transport: Any) -> None:
        async with AsyncShop(url, transport=transport) as client:
            with pytest.raises(RuntimeError, match="async with"):
                _ = client.file(kind="none").headers
            async with client.file(kind="none") as file:
                assert (file.headers["x-why"], file.cookies) == ("none", {"seen": "none"})
            [item] = [item async for item in client.items(kind="none").safe()]
            assert (item.headers["x-why"], item.cookies) == ("none", {"seen": "none"})

    for transport in (AsyncHttpx2Transport(), AsyncPyqwestTransport()):
        asyncio.run(main(transport))


@action(idempotent=True)
async def numbers(context: ActionContext) -> AsyncIterator[Event[int]]:
    """Break off once after the first item."""
    start = int(context.last_event_id or 0)
    context.set_header("x-start", str(start))
    yield Event(start + 1, id=str(start + 1))
    if not start:
        await asyncio.sleep(0.1)
        context.request.transport.abort()  # type: ignore[attr-defined]  # as a network that fails
        await asyncio.sleep(5)


class _Numbers(Calls[M_co]):
    @stream(idempotent=True)
    def numbers(self, /) -> int: ...  # type: ignore[empty-body]  # a declaration, which is not called


class Numbers(_Numbers[Sync], Client):
    pass


def test_head_of_a_stream_that_was_resumed() -> None:
    """An item has the head of the answer that it came in."""
    app: Sanic[Any, Any] = Sanic("resumed")
    app.blueprint(ActionsBlueprint({"numbers": numbers}))
    with running(app) as url, Numbers(url, retries=1) as client:
        results = list(client.numbers().safe())

    assert [(result.data, result.headers["x-start"]) for result in results] == [(1, "0"), (2, "1")]


def test_heads_in_process() -> None:
    """Without a socket an answer has the same head, of streams and downloads too."""
    app: Sanic[Any, Any] = Sanic("in_process")
    app.blueprint(ActionsBlueprint({"act": act, "items": items, "file": file}))

    with local(app, Shop) as client:
        results = [
            client.act.safe(kind="né"),
            *client.items(kind="né").safe(),
            client.file(kind="né").safe().read(),
        ]

    assert [(result.headers["x-why"], result.cookies["seen"]) for result in results] == [("né", "né")] * 3
