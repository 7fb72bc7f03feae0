"""Mistakes between the two clients, and in the use of a fake: each says what to write."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic
from zoo import AsyncClient, Client

from sanic_actions.client import CallError
from sanic_actions.testing import Fake, local

streams: Any = import_module("golden_streams")

URL = "http://127.0.0.1:9"
"""Nobody listens there."""


def iterate(value: Any) -> None:
    for _ in value:
        pass


async def iterate_later(value: Any) -> None:
    async for _ in value:
        pass


def enter(value: Any) -> None:
    with value:
        pass


async def enter_later(value: Any) -> None:
    async with value:
        pass


FORGOTTEN: dict[str, Callable[[Any], Any]] = {
    "for": iterate,
    "async for": iterate_later,
    "with": enter,
    "async with": enter_later,
    "len": len,
    "in": lambda call: 1 in call,
    "index": lambda call: call[0],
    "unpack": lambda call: [*call],
    "attribute": lambda call: call.likes,
    "set an item": lambda call: call.__setitem__(0, 1),
}


@pytest.fixture(params=["real", "fake"])
def zoo(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client whose calls are awaited, real or of a fake."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a coroutine was never awaited, which is the mistake
        yield AsyncClient(URL) if request.param == "real" else Fake(AsyncClient).client
        gc.collect()  # the calls that nobody awaited, while nothing is said of them


async def misuse(mistake: Callable[[Any], Any], value: Any) -> None:
    result = mistake(value)
    if result is not None:
        await result


@pytest.mark.parametrize("mistake", FORGOTTEN)
def test_forgotten_await(zoo: Any, mistake: str) -> None:
    """What is done with a call that was not awaited says where the await belongs."""

    async def main() -> None:
        await misuse(FORGOTTEN[mistake], zoo.like(post_id="1"))

    with pytest.raises((TypeError, AttributeError), match=r"was not awaited: write .*await client\.like\(\.\.\.\)"):
        asyncio.run(main())


def test_forgotten_await_of_operands(zoo: Any) -> None:
    """Operators, whose mistakes Python words itself, name the type: a call that was not awaited."""

    async def main() -> None:
        zoo.like(post_id="1") + 1

    with pytest.raises(TypeError, match="'UnawaitedCall' and 'int'"):
        asyncio.run(main())


@pytest.mark.parametrize("kind", ["task", "gather", "wait_for", "shield", "group", "threadsafe", "Sanic"])
def test_calls_are_coroutines(kind: str) -> None:
    """Whatever takes coroutines takes a call that is not awaited yet."""
    fake = Fake(AsyncClient)
    fake.on(fake.client.ping).returns(None)

    async def main() -> None:
        call = fake.client.ping()
        if kind == "task":
            await asyncio.create_task(call)
        elif kind == "gather":
            await asyncio.gather(call)
        elif kind == "wait_for":
            await asyncio.wait_for(call, 10)
        elif kind == "shield":
            await asyncio.shield(call)
        elif kind == "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(call)
        elif kind == "threadsafe":
            loop = asyncio.get_running_loop()
            await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(call, loop).result(10))
        else:
            await Sanic._prep_task(call, None, asyncio.get_running_loop())  # type: ignore[no-untyped-call]  # Sanic's

    asyncio.run(main())

    assert fake.on(fake.client.ping).calls == [{}]


@pytest.mark.parametrize("kind", ["real", "fake"])
@pytest.mark.parametrize("action", ["answer", "report"])
@pytest.mark.parametrize("mistake", ["for", "with", "unpack"])
def test_streams_and_downloads_read_without_async(kind: str, action: str, mistake: str) -> None:
    """A stream or a download of an asynchronous client that is read like a blocking one says how it is read."""
    client = streams.AsyncClient(URL) if kind == "real" else Fake(streams.AsyncClient).client
    part = rf"of {action} is asynchronous: write 'async for ... in client.{action}\(...\)' or 'async with"

    with pytest.raises(TypeError, match=part):
        FORGOTTEN[mistake](getattr(client, action)(**ARGUMENTS[action]))


ARGUMENTS: dict[str, dict[str, Any]] = {"answer": {"question": "why"}, "report": {"month": "May"}}

KEYWORDS = {"answer": "async for ... in", "report": "async with"}


@pytest.mark.parametrize("action", KEYWORDS)
def test_blocking_streams_in_a_loop(action: str) -> None:
    """A stream or a download of a blocking client in a coroutine says what stands before that of the other one."""

    async def main() -> None:
        getattr(streams.Client(URL), action)(**ARGUMENTS[action])

    with pytest.warns(RuntimeWarning) as caught:
        asyncio.run(main())

    assert f"write '{KEYWORDS[action]} client.{action}(...)' with an AsyncClient" in str(caught[0].message)


KINDS = [
    *((name, cls) for name in ARGUMENTS for cls in (streams.Client, streams.AsyncClient)),
    *(("ping", cls) for cls in (Client, AsyncClient)),
]
"""A stream, a download and an action of the usual kind, of both clients."""


@pytest.mark.parametrize("kind", ["real", "fake"])
@pytest.mark.parametrize(("action", "make"), KINDS)
@pytest.mark.parametrize("mistake", ["for", "async for", "with", "async with", "unpack", "index"])
def test_action_that_is_used_without_a_call(action: str, make: Any, kind: str, mistake: str) -> None:
    """Whoever forgets the parentheses is told where they belong, by every kind of action of both clients."""
    client = make(URL) if kind == "real" else Fake(make).client

    async def use() -> None:
        result = FORGOTTEN[mistake](getattr(client, action))
        if asyncio.iscoroutine(result):
            await result

    with pytest.raises(TypeError, match=rf"^{action} is an action, which is called first: .*client\.{action}\("):
        asyncio.run(use())


@pytest.mark.parametrize(("action", "make"), KINDS)
def test_attribute_of_an_action(action: str, make: Any) -> None:
    """So is whoever asks it for what its answer has; an action stays a plain function to whoever looks at it."""
    call = getattr(make(URL), action)

    with pytest.raises(AttributeError, match=rf"'text': {action} is an action, which is called first: .*\.{action}\("):
        _ = call.text
    assert callable(call)
    assert bool(call)
    assert not inspect.isawaitable(call)
    for name in ("__wrapped__", "__deprecated__", "__text_signature__", "__await__"):
        assert not hasattr(call, name)


@pytest.mark.parametrize("make", [streams.Client, streams.AsyncClient])
@pytest.mark.parametrize("kind", ["real", "fake"])
def test_download_in_place_of_its_bytes(make: Any, kind: str, tmp_path: Path) -> None:
    """A download that is written as if it were the bytes says what gives them."""
    client = make(URL) if kind == "real" else Fake(make).client
    file = client.report(month="May")

    with pytest.raises(TypeError, match=r"report is a download.*\.read\(\).*\.save\("):
        bytes(file)
    with (tmp_path / "report").open("wb") as target, pytest.raises(TypeError, match=r"(?i)download") as caught:
        target.write(file)
    if sys.version_info >= (3, 12):
        assert ".save(" in str(caught.value)


@pytest.mark.parametrize("action", ARGUMENTS)
def test_safe_of_a_stream_follows_the_call(action: str) -> None:
    """``safe`` of a stream or a download stands behind the call, and says so before it."""
    for client in (streams.Client(URL), streams.AsyncClient(URL), Fake(streams.Client).client):
        with pytest.raises(AttributeError, match=rf"write client.{action}\(...\).safe\(\)"):
            _ = getattr(client, action).safe


def test_closing_the_other_client() -> None:
    """``close`` and ``aclose`` of the other client say what closes this one."""
    with pytest.raises(AttributeError, match=r"closed with 'await client\.aclose"):
        _ = AsyncClient(URL).close  # type: ignore[attr-defined]  # the mistake under test
    with pytest.raises(AttributeError, match=r"closed with 'client\.close"):
        _ = Client(URL).aclose  # type: ignore[attr-defined]  # the mistake under test


@pytest.mark.parametrize("method", ["returns", "raises", "runs", "calls"])
def test_methods_of_the_fake_on_its_client(method: str) -> None:
    """What belongs to ``fake.on(...)`` and is looked for at the client says what to write, for every kind of action."""
    fakes: list[Any] = [Fake(Client), Fake(AsyncClient), Fake(streams.Client), Fake(streams.AsyncClient)]
    actions: list[Any] = [fakes[0].client.blog.admin.remove, fakes[1].client.like]
    actions += [getattr(fake.client, name) for fake in fakes[2:] for name in ARGUMENTS]

    for action in actions:
        name = action.faked.name
        with pytest.raises(AttributeError, match=rf"write fake.on\(fake.client.{name}\).{method}"):
            getattr(action, method)


def test_actions_of_the_fake_itself() -> None:
    """An action that is looked for at the fake is at its client; what neither has is not suggested."""
    fake: Any = Fake(Client)

    for name in ("like", "blog"):
        with pytest.raises(AttributeError, match=f"'{name}': write fake.client.{name}"):
            getattr(fake, name)
    with pytest.raises(AttributeError, match=r"'lke'$"):
        _ = fake.lke
    with pytest.raises(AttributeError, match="has no attribute 'lke'"):
        _ = fake.client.like.lke


def test_event_loops_of_others() -> None:
    """Under trio, which drives coroutines without asyncio, ``local`` and the asynchronous client say what they need."""
    block = local(Sanic("of_others"), AsyncClient)
    client = AsyncClient(URL)

    with pytest.raises(RuntimeError, match=r"Sanic runs on asyncio.*use its asyncio backend, or pass Client"):
        block.__aenter__().send(None)
    with pytest.raises(CallError, match=r"needs asyncio.*: call a Client in a thread"):
        client.ping().send(None)
    with pytest.raises(StopIteration):  # how a coroutine ends that has nothing to wait for
        client.aclose().send(None)
