"""What people see of a client: errors that say what failed, wrong calls that say what to write, help in the REPL."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import pickle
import pydoc
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel
from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from sanic_actions import CallError, Err, InputError, Ok
from sanic_actions.client import Request as ClientRequest
from sanic_actions.client import Response
from sanic_actions.client._declaration import Declaration

T = TypeVar("T")
Ask = Callable[..., Any]
Serve = Callable[[Sanic[Any, Any]], str]
Script = Callable[[socket.socket], None]
Misbehave = Callable[[Script], str]

ID = "35de0a1b"
MEMBERS: dict[str, tuple[int, dict[str, Any]]] = {
    "masked": (500, {"code": "INTERNAL_SERVER_ERROR", "detail": "It failed.", "id": ID}),
    "declared": (
        409,
        {
            "code": "CONFLICT",
            "detail": "Only two",
            "error": "OutOfStock",
            "data": {"sku": "s", "left": 2, "since": "2026-01-02"},
        },
    ),
    "undeclared": (423, {"code": "LOCKED", "detail": "Not now"}),
    "input": (400, {"code": "BAD_REQUEST", "detail": "No", "issues": [{"path": "sku", "message": "x", "type": "y"}]}),
    "foreign": (404, {"title": "Not Found"}),
    "without a message": (410, {"code": "GONE"}),
}


def problem(status: int, members: object) -> Script:
    body = json.dumps(members).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


@pytest.mark.parametrize(("status", "members"), MEMBERS.values(), ids=MEMBERS)
def test_errors_name_the_call(ask: Ask, misbehave: Misbehave, status: int, members: Any) -> None:
    """An error of a call says which action failed, with which status and code, under which id, and where."""
    url = misbehave(problem(status, members))

    error = ask(url, lambda c: c.buy.safe(sku="s")).error

    for text in (str(error), repr(error)):
        assert f"buy failed: {status} {error.code}" in text
        assert f"{url}/_actions/buy" in text
        assert (f"(id {ID})" in text) == ("id" in members)
    assert error.message in str(error)
    assert str(error).startswith("buy failed: ")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_errors_without_an_answer_name_the_call(ask: Ask) -> None:
    """An error of a call that got no answer says which action and where, and has a code instead of a status."""
    error = ask("http://127.0.0.1:1", lambda c: c.blog.admin.remove.safe(post_id="p")).error

    assert str(error).startswith("blog.admin.remove failed: SERVICE_UNAVAILABLE: No answer from http://127.0.0.1:1/")


def test_errors_before_a_request_name_the_call(ask: Ask) -> None:
    """An input that the client itself refuses is refused in the action's name."""
    error = ask("http://127.0.0.1:1", lambda c: c.buy.safe(sku=3)).error

    assert isinstance(error, InputError)
    assert str(error).startswith("buy failed: 400 BAD_REQUEST: The input is invalid: sku: ")
    assert str(error).endswith(". Nothing was sent.")


def test_an_error_that_no_call_raised_is_its_message() -> None:
    """Errors of a handler are shown as they were raised."""
    error = CallError("LOCKED", "Not now")

    assert (str(error), repr(error)) == ("Not now", "CallError('LOCKED', 'Not now')")


def test_no_url_is_a_matter_of_configuration(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without a URL says which variable it reads, and nobody takes it for a server that is down."""
    monkeypatch.delenv("ZOO_URL", raising=False)
    monkeypatch.setenv("ACTIONS_URL", "http://127.0.0.1:1")

    error = ask(None, lambda c: c.like.safe(post_id="p")).error

    assert (error.code, error.status, error.cause) == ("PRECONDITION_FAILED", None, "configuration")
    assert "ZOO_URL" in str(error)
    assert "like failed" in str(error)


def test_variable_of_a_derived_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named after the generated package, whatever users derive from its classes."""
    import zoo

    class Mine(zoo.Client):
        pass

    monkeypatch.delenv("ZOO_URL", raising=False)

    assert "ZOO_URL" in str(Mine().like.safe(post_id="p").error)
    assert "ZOO_URL" in repr(Mine())


def answering(value: object) -> tuple[Sanic[Any, Any], list[Request[Any, Any]]]:
    app: Sanic[Any, Any] = Sanic(f"people_{value}")
    requests: list[Request[Any, Any]] = []

    @app.post("/_actions/<name>")
    async def handle(request: Request[Any, Any], name: str) -> HTTPResponse:
        requests.append(request)
        return json_response(value)

    return app, requests


def test_url_of_the_environment_is_followed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is read at each call: what a test or a program sets later counts."""
    import zoo

    with zoo.Client() as client:
        for number in (1, 2):
            monkeypatch.setenv("ZOO_URL", serve(answering(number)[0]))
            assert client.blog.admin.remove(post_id="p") == number


@pytest.mark.parametrize("prefix", ["/_actions", "/app/_actions"])
def test_base_url_with_the_prefix(ask: Ask, serve: Serve, prefix: str) -> None:
    """A base URL that already holds the path of the actions is found out when nothing is there."""
    url = serve(answering(1)[0])

    error = ask(f"{url}{prefix}", lambda c: c.blog.admin.remove.safe(post_id="p")).error

    assert error.status == 404
    assert "'/_actions' twice" in error.message
    assert f"{url}{prefix}/_actions/blog.admin.remove" in error.message


WRONG: list[tuple[Callable[[Any], Any], str]] = [
    (lambda c: c.like("p"), r"like\(\) takes keyword arguments only: write like\(post_id=...\)"),
    (lambda c: c.like.safe("p"), r"like\(\) takes keyword arguments only: write like\(post_id=...\)"),
    (lambda c: c.blog.comment("a", "b"), r"blog.comment\(\) .* write blog.comment\(author=..., body=...\)"),
    (lambda c: c.buy("s", 2), r"write buy\(sku=..., count=...\)"),
    (lambda c: c.like(), r"like\(\) missing 1 required keyword-only argument: 'post_id'"),
    (lambda c: c.like(post_id="p", pots_id="q"), r"like\(\) [^?]*'pots_id'\. Did you mean 'post_id'\?$"),
    (lambda c: c.ping(1), r"ping\(\) takes no arguments"),
    (lambda c: c.area(), r"area\(\) missing 1 required positional argument: 'shape'"),
]


@pytest.mark.parametrize(("use", "words"), WRONG)
def test_wrong_call(ask: Ask, use: Callable[[Any], Any], words: str) -> None:
    """A call with other arguments than the action's is a TypeError that says what to write."""
    with pytest.raises(TypeError, match=words):
        ask("http://127.0.0.1:1", use)


def forget(client: Any) -> None:
    client.blog.admin.remove(post_id="p")
    gc.collect()


def test_forgotten_await() -> None:
    """A call that is not awaited names its action and says what to write."""
    import zoo

    client = zoo.AsyncClient("http://127.0.0.1:1")
    with pytest.warns(RuntimeWarning, match=r"blog.admin.remove was never awaited: write 'await client.blog.admin"):
        forget(client)
    call = client.like(post_id="p")
    with pytest.raises(AttributeError, match=r"write \(await client.like\(...\)\).likes"):
        _ = call.likes  # type: ignore[attr-defined]  # the mistake under test
    call.close()


def test_calls_are_coroutines() -> None:
    """What an AsyncClient gives is taken wherever a coroutine is."""
    import zoo

    class Transport:
        async def send(self, request: ClientRequest, /) -> Response:
            await asyncio.sleep(0)
            return Response(200, {"content-type": "application/json"}, b"4")

        async def close(self) -> None: ...

    client = zoo.AsyncClient("http://x", transport=Transport())

    async def main() -> list[Any]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(client.blog.admin.remove(post_id="p"))
        gathered = await asyncio.gather(
            client.blog.admin.remove(post_id="p"), client.blog.admin.remove.safe(post_id="p")
        )
        waited = await asyncio.wait_for(client.blog.admin.remove(post_id="p"), 5)
        return [task.result(), *gathered, waited]

    assert asyncio.run(main()) == [4, 4, Ok(4), 4]
    assert asyncio.run(client.blog.admin.remove(post_id="p")) == 4


def test_blocking_call_in_an_event_loop(serve: Serve) -> None:
    """A blocking call where an event loop runs warns once for a client, and works."""
    import zoo

    url = serve(answering(3)[0])

    async def main() -> list[int]:
        with zoo.Client(url) as client:
            return [client.blog.admin.remove(post_id="p") for _ in range(3)]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert asyncio.run(main()) == [3, 3, 3]

    messages = [str(w.message) for w in caught if w.category is RuntimeWarning]
    assert len(messages) == 1
    assert "blocking call of blog.admin.remove" in messages[0]
    assert "await client.blog.admin.remove(...)" in messages[0]


def test_no_warning_outside_of_an_event_loop(serve: Serve) -> None:
    """Threads of a program that runs a loop may block."""
    import zoo

    async def main() -> int:
        with zoo.Client(serve(answering(5)[0])) as client:
            return await asyncio.to_thread(lambda: client.blog.admin.remove(post_id="p"))

    assert asyncio.run(main()) == 5


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_actions_present_themselves(kind: str) -> None:
    """Signature, name, docstring and help of an action are its own."""
    import zoo

    client = getattr(zoo, kind)("http://x")

    assert str(inspect.signature(client.like)) == "(*, post_id: str) -> zoo.models.shop.Likes"
    assert str(inspect.signature(client.buy)) == "(*, sku: str, count: int = 1) -> zoo.models.shop.Receipt"
    assert (client.blog.comment.__name__, client.blog.comment.__qualname__) == ("comment", "blog.comment")
    assert client.like.__doc__.startswith("Like a post.")
    page = pydoc.plain(pydoc.render_doc(client.buy))
    for words in ("action buy", "sku: str, count: int = 1", "Buy something.", "OutOfStock", "Forbidden"):
        assert words in page
    assert "_session" not in page
    assert inspect.signature(type(client.like)) is not None
    assert "An action of" in str(type(client.like).__doc__)


def test_help_of_a_client_lists_actions() -> None:
    """``help`` of a client or a namespace shows each action with its signature, and the namespaces; nothing inner."""
    import zoo

    client = zoo.Client("http://x")
    pages = [pydoc.plain(pydoc.render_doc(calls)) for calls in (client, client.blog)]

    for words in ("like(*, post_id: str) -> zoo.models.shop.Likes", "Like a post.", "help() of its own: blog", "close"):
        assert words in pages[0]
    for words in ("blog.comment(*, ", "help() of its own: blog.admin"):
        assert words in pages[1]
    assert not [page for page in pages if "_session" in page or "Generic" in page]
    assert zoo.Client.__doc__ is None
    assert "Method resolution order" in pydoc.plain(pydoc.render_doc(zoo.Client))


def test_help_names_the_module_of_a_generic_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """``Page[int]`` is shown with the module of ``Page``, wherever its brackets are written."""
    module = ModuleType("elsewhere")
    monkeypatch.setitem(sys.modules, "elsewhere", module)
    vars(module)["Page"] = Page
    exec("def act(self, page: list[Page[int] | None]) -> Page[Page[str]]: ...", vars(module))
    declaration = Declaration(module.act, (), {})

    assert "elsewhere" in str(declaration.signature())
    assert declaration.signature_text() == (f"(page: list[{__name__}.Page[int] | None]) -> {__name__}.Page[Page[str]]")


class Page(BaseModel, Generic[T]):
    items: list[T]


def test_ipython_shows_a_signature_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython shows that of ``call.__call__`` as well where it is another; a call through it is a call."""
    import zoo

    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    with zoo.Client(serve(answering(5)[0])) as client:
        remove = client.blog.admin.remove

        assert str(inspect.signature(remove.__call__)) == str(inspect.signature(remove))
        assert inspect.getdoc(remove.__call__) is None
        assert remove.__call__(post_id="p") == remove(post_id="p") == 5


def test_namespaces_present_themselves() -> None:
    """``dir`` and ``repr`` show actions and namespaces, and where they are called."""
    import zoo

    client = zoo.Client("http://x")

    assert dir(client.blog) == ["admin", "comment", "note", "upload"]
    assert {"like", "blog", "with_options", "close"} <= set(dir(client))
    assert not [name for name in dir(client) if name.startswith("_")]
    assert (repr(client), repr(client.blog), repr(client.blog.admin)) == (
        "<zoo.Client of http://x>",
        "<namespace blog of http://x>",
        "<namespace blog.admin of http://x>",
    )


def test_what_is_shown_costs_nothing_at_import(packages: Path) -> None:
    """``dir`` and ``repr`` load no models, and nothing of what shows signatures."""
    program = (
        f"import sys; sys.path.insert(0, {str(packages)!r})\nbefore = set(sys.modules)\n"
        "from zoo import actions; dir(actions); repr(actions.like); repr(actions.blog)\n"
        "print('inspect' in set(sys.modules) - before, 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["False", "False"]


class Guarded:
    """Answers 401 unless the header has one of the values, for both kinds of clients."""

    def __init__(self, *values: str) -> None:
        self.values = values
        self.headers: list[str | None] = []

    def answer(self, request: ClientRequest) -> Response:
        value = request.headers.get("authorization")
        self.headers.append(value)
        if value in self.values:
            return Response(200, {"content-type": "application/json"}, b"4")
        body = b'{"code":"UNAUTHORIZED","detail":"Who are you?"}'
        return Response(401, {"content-type": "application/problem+json"}, body)


class Blocking(Guarded):
    def send(self, request: ClientRequest, /) -> Response:
        return self.answer(request)

    def close(self) -> None: ...


class Awaiting(Guarded):
    async def send(self, request: ClientRequest, /) -> Response:
        return self.answer(request)

    async def close(self) -> None: ...


def guarded(auth: Any, *values: str, **options: Any) -> list[tuple[Any, list[str | None]]]:
    """Make a call over each kind of client; gives the result and the headers that were sent."""
    import zoo

    blocking, awaiting = Blocking(*values), Awaiting(*values)
    client = zoo.Client("http://x", auth=auth(), transport=blocking, **options)
    results: list[Any] = [client.blog.admin.remove.safe(post_id="p")]
    asynchronous = zoo.AsyncClient("http://x", auth=auth(), transport=awaiting, **options)
    results.append(asyncio.run(asynchronous.blog.admin.remove.safe(post_id="p")))
    return list(zip(results, [blocking.headers, awaiting.headers], strict=True))


def test_auth() -> None:
    """The function gives the value of the header of each call."""
    for result, headers in guarded(lambda: lambda: "Bearer a", "Bearer a"):
        assert result == Ok(4)
        assert headers == ["Bearer a"]


def test_auth_after_a_401() -> None:
    """After a 401 the function is asked again, once, and the call is made with what it gives."""

    def fresh() -> Callable[[], str]:
        values = iter(["old", "new"])
        return lambda: next(values)

    for result, headers in guarded(fresh, "new"):
        assert result == Ok(4)
        assert headers == ["old", "new"]
    for result, headers in guarded(fresh, "newer", retries=3):
        assert result.error.code == "UNAUTHORIZED"
        assert headers == ["old", "new"]


@pytest.mark.parametrize("auth", [lambda request: "Bearer a", str.lower, "Bearer a", {}.get])
def test_auth_that_nobody_can_call(auth: Any) -> None:
    """It is refused where the client is made, and not by each call."""
    import zoo

    for kind in (zoo.Client, zoo.AsyncClient):
        with pytest.raises(ValueError, match=r"^auth= takes a function that returns the header; "):
            kind("http://x", auth=auth)


def test_auth_is_not_remembered() -> None:
    """Each call asks anew, so that one client may serve several users."""
    import zoo

    users = iter(["ada", "bob"])
    transport = Blocking("ada", "bob")
    client = zoo.Client("http://x", auth=lambda: next(users), transport=transport)
    client.blog.admin.remove(post_id="p")
    client.with_options(timeout=3).blog.admin.remove(post_id="p")

    assert transport.headers == ["ada", "bob"]


def test_auth_of_an_async_function() -> None:
    """An AsyncClient awaits a function that is asynchronous."""
    import zoo

    async def token() -> str:
        await asyncio.sleep(0)
        return "Bearer a"

    transport = Awaiting("Bearer a")

    async def main() -> int:
        return await zoo.AsyncClient("http://x", auth=token, transport=transport).blog.admin.remove(post_id="p")

    assert asyncio.run(main()) == 4


def test_auth_of_an_async_function_for_a_client_that_blocks() -> None:
    """The error says which client awaits it."""
    import zoo

    async def token() -> str:
        return "Bearer a"

    auth: Any = token
    transport = Blocking("Bearer a")
    result = zoo.Client("http://x", auth=auth, transport=transport).blog.admin.remove.safe(post_id="p")

    assert "only an AsyncClient awaits it" in str(result.error)
    assert transport.headers == []


def test_header_of_a_call_stands_before_auth() -> None:
    """Who passes the header to a call is not overruled."""
    for _, headers in guarded(lambda: lambda: "a", "b", headers={"Authorization": "b"}):
        assert headers == ["b"]


def broken() -> str:
    raise LookupError("no token")


@pytest.mark.parametrize(
    ("auth", "words"),
    [(broken, "no token"), (lambda: None, "gave NoneType"), (lambda: "a\r\nb", "header"), (lambda: "ü", "header")],
)
def test_auth_that_fails(auth: Callable[[], Any], words: str) -> None:
    """A function that gives nothing to send is an Err that says so; nothing is sent, and nothing is tried again."""
    for result, headers in guarded(lambda: auth, "a", retries=2):
        assert isinstance(result, Err)
        assert isinstance(result.error, CallError)
        assert (result.error.code, result.error.cause) == ("PRECONDITION_FAILED", "configuration")
        assert words in str(result.error)
        assert headers == []


def test_headers_and_cookies_of_a_success(ask: Ask, serve: Serve) -> None:
    """An ``Ok`` has the headers and the cookies of its answer, and is equal to one without."""
    app: Sanic[Any, Any] = Sanic("headers")

    @app.post("/_actions/<name>")
    async def handle(request: Request[Any, Any], name: str) -> HTTPResponse:
        response = json_response(4, headers={"X-Total": "17"})
        response.add_cookie("a", "1", secure=False, max_age=60)
        response.add_cookie("b", "2, 3", secure=False)
        return response

    result = ask(serve(app), lambda c: c.blog.admin.remove.safe(post_id="p"))

    assert result == Ok(4)
    assert result.headers["x-total"] == "17"
    assert result.cookies == {"a": "1", "b": "2, 3"}
    assert (Ok(1).headers, Ok(1).cookies) == ({}, {})


def test_proxies_of_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of httpx2 brings the proxies of the environment along, and its exceptions."""
    import httpx2
    import zoo

    from sanic_actions.client import Httpx2Transport

    proxied: list[str] = []
    app: Sanic[Any, Any] = Sanic("proxy")

    @app.on_request
    async def note(request: Request[Any, Any]) -> HTTPResponse:
        proxied.append(request.headers["host"])
        return json_response(7)

    monkeypatch.setenv("HTTP_PROXY", serve(app))
    with httpx2.Client() as mine:
        assert zoo.Client("http://far.invalid", transport=Httpx2Transport(mine)).blog.admin.remove(post_id="p") == 7
    monkeypatch.setenv("NO_PROXY", "far.invalid")
    with httpx2.Client() as mine:
        result = zoo.Client("http://far.invalid", transport=Httpx2Transport(mine)).blog.admin.remove.safe(post_id="p")

    assert proxied == ["far.invalid"]
    assert isinstance(result, Err)
