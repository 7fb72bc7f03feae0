"""``local``: the generated client over an app in the same process, and all that a wire has."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import weakref
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse, text
from zoo import AsyncClient, Client

from sanic_actions import ActionContext, ActionError, InputError, Namespace, UploadedFile, action
from sanic_actions._testing.exchange import Exchange
from sanic_actions.client import CallError, Err, Ok
from sanic_actions.client import Request as ClientRequest
from sanic_actions.server import ActionsBlueprint
from sanic_actions.testing import local

AnySanic = Sanic[Any, Any]
events: list[str] = []


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str
    left: int
    since: str


@action
def like(post_id: str, context: ActionContext) -> dict[str, int | str]:
    context.set_cookie("seen", post_id)
    return {"post_id": post_id, "likes": int(context.request.app.ctx.likes)}


@action(raises=[OutOfStock])
def buy(sku: str, count: int = 1) -> dict[str, int | str]:
    if count > 2:
        raise OutOfStock("Only two", sku=sku, left=2, since="2026-01-02")
    return {"sku": sku, "left": 2 - count}


@action(accept="form")
async def upload(title: str, photo: UploadedFile) -> list[str]:
    return [title, photo.name, str(len(await photo.read()))]


@action
async def price(sku: str) -> int:
    await asyncio.sleep(float(sku))
    return 1


@action
def ping() -> None:
    events.append(threading.current_thread().name)


@action
def fails(context: ActionContext) -> int:
    raise RuntimeError("secret")


def shop(name: str = "shop") -> AnySanic:
    app: AnySanic = Sanic(name)
    app.config.AUTO_EXTEND = False
    tree = {"like": like, "buy": buy, "price": price, "ping": ping, "any": fails}
    app.blueprint(ActionsBlueprint({**tree, "blog": Namespace(upload=upload)}))

    @app.before_server_start
    async def open_likes(app: AnySanic) -> None:
        app.ctx.likes = 7
        events.append("started")

    @app.after_server_stop
    async def close_likes(app: AnySanic) -> None:
        del app.ctx.likes
        events.append("stopped")

    @app.get("/page")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        return text("a page")

    return app


@pytest.fixture(autouse=True)
def _forget() -> None:
    events.clear()


def test_blocking_client() -> None:
    """A blocking client calls an app whose listeners have run, on an event loop in a thread."""
    with local(shop(), Client) as client:
        likes = client.like(post_id="p")
        client.ping()

        assert (type(client), type(likes).__name__, likes.likes) == (Client, "Likes", 7)
        assert events == ["started", "sanic-actions-local"]
    assert events[-1] == "stopped"


def test_asynchronous_client() -> None:
    """An asynchronous client calls it on the loop that runs."""

    async def main() -> None:
        async with local(shop(), AsyncClient) as client:
            assert (await client.like(post_id="p")).likes == 7
            await client.ping()
            assert await asyncio.gather(*(client.price(sku="0") for _ in range(20))) == [1] * 20

    asyncio.run(main())

    assert events == ["started", "MainThread", "stopped"]


def test_errors() -> None:
    """Errors travel as over HTTP: declared ones with their fields, invalid inputs, and masked ones."""
    with local(shop(), Client) as client:
        error = client.buy.safe(sku="tea", count=3).error
        assert (type(error).__name__, error and error.data["left"]) == ("OutOfStock", 2)
        assert isinstance(client.like.safe(post_id=3).error, InputError)  # type: ignore[arg-type]  # the mistake under test
        with pytest.raises(CallError, match="The action failed") as raised:
            client.any(value=1)
        assert "secret" not in str(raised.value)
        missing = client.area.safe(None).error  # type: ignore[arg-type]  # never sent
        assert isinstance(missing, InputError)


def test_headers_cookies_and_options() -> None:
    """Results carry the headers and cookies of the answer; ``with_options`` sends headers and limits the time."""
    with local(shop(), Client) as client:
        result = client.like.safe(post_id="p")
        assert isinstance(result, Ok)
        assert (result.cookies, result.headers["content-type"]) == ({"seen": "p"}, "application/json")
        late = client.with_options(timeout=0.05).price.safe(sku="5")
        assert isinstance(late, Err)
        assert late.error.code == "GATEWAY_TIMEOUT"


class TenantClient(Client):
    """Says the host and the part of the path that vary."""

    def __init__(self, base_url: str | None = None, **options: Any) -> None:
        super().__init__("http://blog.example/acme", **options)


def test_base_url_of_a_client() -> None:
    """A subclass calls an app whose path has a parameter, or which serves one host."""

    @action
    def tell(post_id: str, context: ActionContext) -> dict[str, int | str]:
        return {"post_id": f"{context.request.match_info['tenant']} of {context.request.host}", "likes": 1}

    app: AnySanic = Sanic("tenants")
    app.blueprint(ActionsBlueprint({"like": tell}, url_prefix="/<tenant:str>", host="blog.example"))

    with local(app, TenantClient) as client:
        assert client.like(post_id="p").post_id == "acme of blog.example"


def test_files(tmp_path: Path) -> None:
    """Files are streamed to the app, with a known length and without."""
    (tmp_path / "cat.png").write_bytes(b"x" * 200_000)

    with local(shop(), Client) as client:
        assert client.blog.upload(title="t", photo=tmp_path / "cat.png") == ["t", "cat.png", "200000"]


def own_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("sanic-actions")}


def test_hundreds_of_apps() -> None:
    """Hundreds of apps of one name start in one process, one app many times, and none of it stays behind."""
    before = own_threads()
    mode = Sanic.test_mode
    app = shop()
    try:
        for _ in range(100):
            with local(app, Client) as client:
                client.ping()
        Sanic.test_mode = False
        for number in range(100):
            with local(shop(f"shop-{number}"), Client) as client:
                client.ping()
        assert Sanic.test_mode is False
    finally:
        Sanic.test_mode = mode

    assert own_threads() <= before
    assert events.count("started") == events.count("stopped") == 200


def test_app_that_has_ended() -> None:
    """An app that was called and has ended is not kept for as long as the process lives."""
    app = shop("ended")
    router = weakref.ref(app.router)
    with local(app, Client) as client:
        client.ping()
    Sanic.unregister_app(app)
    del app, client
    gc.collect()

    assert router() is None


def test_beside_other_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that has been served here is served by the clients of sanic-testing too, and the other way round."""
    monkeypatch.setattr(Sanic, "__call__", Sanic.__call__)  # the ASGI client leaves its own there
    app = shop()

    async def ask() -> str:
        _, response = await app.asgi_client.get("/page")
        body: str = response.text
        return body

    def like() -> int:
        with local(app, Client) as client:
            return client.like(post_id="p").likes

    assert like() == 7
    assert app.test_client.get("/page")[1].text == "a page"
    assert like() == 7
    assert app.test_client.get("/page")[1].text == "a page"
    assert asyncio.run(ask()) == "a page"
    assert like() == 7
    assert asyncio.run(ask()) == "a page"


def test_failing_listener() -> None:
    """What a listener raises at the start is raised as it is, and the app can be started again."""
    app = shop()
    broken = [True]

    @app.before_server_start
    async def check(app: AnySanic) -> None:
        if broken:
            raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"), local(app, Client):
        pass
    assert "sanic-actions-local" not in [thread.name for thread in threading.enumerate()]
    broken.clear()
    with local(app, Client) as client:
        assert client.buy(sku="tea").left == 1


@pytest.mark.parametrize("exit", [SystemExit("no DATABASE_URL"), KeyboardInterrupt()], ids=["SystemExit", "Ctrl-C"])
@pytest.mark.parametrize(
    "when", ["before_server_start", "after_server_start", "before_server_stop", "after_server_stop"]
)
def test_listener_that_ends_the_program(when: str, exit: BaseException) -> None:
    """A listener that does not find its configuration says so and exits: the test gets that, and does not wait."""
    app = shop()

    @app.listener(when)
    async def configure(app: AnySanic) -> None:
        raise exit

    with ThreadPoolExecutor() as threads:
        outcome = threads.submit(liked, app)
        with pytest.raises(type(exit)):
            outcome.result(timeout=60)


def liked(app: AnySanic) -> object:
    with local(app, Client) as client:
        return client.like(post_id="p1")


def test_middleware_that_ends_the_program() -> None:
    """The call gets no answer, as from a server that has ended, and says why; the next one is served."""
    app = shop()
    exits = [SystemExit()]

    @app.on_request
    async def leave(request: Request[Any, Any]) -> None:
        if exits:
            raise exits.pop()

    with local(app, Client) as client:
        outcome = client.ping.safe()
        assert client.ping() is None

    assert isinstance(outcome.error, CallError)
    assert outcome.error.__cause__ is not None
    assert isinstance(outcome.error.__cause__.__cause__, SystemExit)


def test_started_twice() -> None:
    """An app is not started a second time while it is."""
    app = shop()

    with local(app, Client):
        with pytest.raises(RuntimeError, match="started by another local"), local(app, Client):
            pass
        assert events == ["started"]


def test_wrong_arguments() -> None:
    """What is no app and no class of clients is refused with what to write."""
    with pytest.raises(TypeError, match=r"call it: local\(create_app\(\), Client\)"):
        local(shop, Client)  # type: ignore[call-overload]  # the mistake under test
    with pytest.raises(TypeError, match="the class Client or AsyncClient of a generated package"):
        local(shop(), Client())  # type: ignore[call-overload]  # the mistake under test


def test_other_loop() -> None:
    """A client that is used on another event loop than its app says so."""

    async def main() -> None:
        async with local(shop(), AsyncClient) as client:
            result = await asyncio.to_thread(lambda: asyncio.run(client.ping.safe()))
            assert "another event loop" in str(result.error)

    asyncio.run(main())


def test_tasks_end() -> None:
    """What the app still does when it stops is cancelled, on either loop; the rest of the test's loop goes on."""

    def busy() -> AnySanic:
        app = shop()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                events.append("cancelled")

        @app.after_server_start
        async def begin(app: AnySanic) -> None:
            app.add_task(work(), name="work")

        return app

    with local(busy(), Client) as client:
        client.ping()
    assert events.count("cancelled") == 1

    async def main() -> None:
        own = asyncio.create_task(asyncio.sleep(60))
        async with local(busy(), AsyncClient) as client:
            await client.ping()
        assert events.count("cancelled") == 2
        assert not own.cancelled()
        own.cancel()

    asyncio.run(main())
    gc.collect()


async def never_ends() -> None:
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(20)


def test_tasks_that_never_end() -> None:
    """One that swallows its cancellation is waited for as long as Sanic's server would, and is named in a warning."""

    def stubborn() -> AnySanic:
        app = shop()
        app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 0.05

        @app.after_server_start
        async def begin(app: AnySanic) -> None:
            app.add_task(never_ends(), name="never")

        return app

    ended: list[str] = []

    async def main() -> None:
        async with local(stubborn(), AsyncClient) as client:
            await client.ping()
        ended.append("asynchronous")

    def block() -> None:
        with local(stubborn(), Client) as client:
            client.ping()
        ended.append("blocking")

    with pytest.warns(RuntimeWarning, match=r"did not end within 0\.05 s .*never_ends"):
        block()
    loop = asyncio.new_event_loop()  # asyncio.run would wait for the task
    with pytest.warns(RuntimeWarning, match="never_ends"):
        loop.run_until_complete(main())
    loop.close()

    assert ended == ["blocking", "asynchronous"]


def test_handler_that_calls_its_own_app() -> None:
    """A handler that calls its own app with the blocking client gets an error, where it would wait for ever."""
    calls: list[Any] = []

    @action
    async def again() -> None:
        calls.append(calls[0].ping.safe().error)

    app: AnySanic = Sanic("again")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"ping": again}))

    with local(app, Client) as client:
        calls.append(client)
        with pytest.warns(RuntimeWarning, match="stops the event loop"):
            client.ping()

    assert "would wait for itself" in str(calls[1])


def test_fixtures_of_async_plugins() -> None:
    """Entering in one task and leaving in another works, as fixtures of asynchronous plugins do."""

    @asynccontextmanager
    async def fixture() -> AsyncIterator[AsyncClient]:
        async with local(shop(), AsyncClient) as client:
            yield client

    async def main() -> None:
        context = fixture()
        client = await asyncio.create_task(anext_of(context))
        assert (await asyncio.create_task(call(client))) == 1
        await asyncio.create_task(leave(context))

    async def anext_of(context: Any) -> AsyncClient:
        client: AsyncClient = await context.__aenter__()
        return client

    async def call(client: AsyncClient) -> int:
        return (await client.buy(sku="tea")).left

    async def leave(context: Any) -> None:
        await context.__aexit__(None, None, None)

    asyncio.run(main())

    assert events == ["started", "stopped"]


def test_answers_come_in_chunks() -> None:
    """An answer comes as the app sends it: the first chunk is there while the app waits to send the second."""
    app = shop()
    go = asyncio.Event()

    @app.post("/slow")
    async def slow(request: Request[Any, Any]) -> None:
        response = await request.respond(content_type="text/plain")
        assert response is not None
        await response.send("one")
        await go.wait()
        await response.send("two")
        await response.eof()

    async def main() -> list[bytes]:
        async with local(app, AsyncClient):
            chunks: list[bytes] = []
            request = ClientRequest("http://127.0.0.1/slow", {}, b"", 5)
            async with Exchange(app, request) as exchange:
                async for chunk in exchange.chunks():
                    chunks.append(chunk)
                    go.set()
            return chunks

    assert asyncio.run(main()) == [b"one", b"two"]


def test_app_without_an_answer() -> None:
    """An app that ends without an answer is a failed call, not one that waits."""

    class Mute(Sanic[Any, Any]):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            return None

    with local(Mute("mute"), Client) as client:
        error = client.ping.safe().error

    assert isinstance(error, CallError)
    assert (error.code, error.cause) == ("BAD_GATEWAY", "protocol")


def test_what_is_not_entered_says_what_to_write() -> None:
    """A forgotten ``with``, or the wrong one of two, is told with the line to write."""
    app: AnySanic = Sanic("not_entered")

    with pytest.raises(AttributeError, match=r"write 'with local\(app, Client\) as client:', and client\.like in it"):
        _ = local(app, Client).like  # type: ignore[attr-defined]  # the slip
    with (
        pytest.raises(TypeError, match=r"write 'async with local\(app, AsyncClient\) as client:', or pass Client"),
        local(app, AsyncClient),  # type: ignore[attr-defined]  # the slip
    ):
        pass

    async def main() -> None:
        async with local(app, Client):  # type: ignore[attr-defined]  # the slip
            pass

    with pytest.raises(TypeError, match=r"write 'with local\(app, Client\) as client:', or pass AsyncClient"):
        asyncio.run(main())
