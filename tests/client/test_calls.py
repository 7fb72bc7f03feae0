"""Calls that succeed: what goes out for the arguments, and what comes back for the answer."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sanic import Request, Sanic
from sanic.response import HTTPResponse, empty, raw

from sanic_actions import InputError, Ok, Redirect

Ask = Callable[..., Any]
Serve = Callable[[Sanic[Any, Any]], str]


def mirror(answer: Callable[[Any], object] = lambda request: request) -> tuple[Sanic[Any, Any], list[dict[str, Any]]]:
    """An app that answers each call with what ``answer`` makes of its JSON, and the list of the requests it gets."""
    app: Sanic[Any, Any] = Sanic("mirror")
    seen: list[dict[str, Any]] = []

    @app.post("/_actions/<name>", strict_slashes=True)
    async def handle(request: Request[Any, Any], name: str) -> HTTPResponse:
        seen.append({"name": name, "headers": dict(request.headers), "body": request.body})
        body = answer(json.loads(request.body) if request.body else None)
        if body is empty:
            return empty()
        return raw(json.dumps(body).encode(), content_type="application/json")

    return app, seen


def test_rich_values(ask: Ask, serve: Serve) -> None:
    """Every value comes back equal and of the same Python type, and travels under its name on the wire."""
    from zoo.models.shop import Colour, Zoo

    app, seen = mirror()
    values: dict[str, Any] = {
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        "price": decimal.Decimal("0.10"),
        "tags": {"a"},
        "span": datetime.timedelta(hours=1, microseconds=3),
        "by_id": {7: Colour.RED},
    }

    zoo = ask(serve(app), lambda c: c.echo(**values, raw=b"\x00\xff", wire=3))

    assert zoo == Zoo(**values)
    assert type(zoo.price) is decimal.Decimal
    sent = json.loads(seen[0]["body"])
    assert (sent["raw"], sent["wireOut"]) == ("AP8=", 3)


def test_request(ask: Ask, serve: Serve) -> None:
    """A call is one POST to the action's dotted name, with JSON, asking for no content coding."""
    app, seen = mirror(lambda _: 3)

    assert ask(serve(app), lambda c: c.blog.admin.remove.safe(post_id="p1")) == Ok(3)

    assert [(r["name"], r["body"]) for r in seen] == [("blog.admin.remove", b'{"post_id":"p1"}')]
    headers = seen[0]["headers"]
    assert headers["content-type"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"] == "sanic-actions"
    assert "origin" not in headers


def test_no_input(ask: Ask, serve: Serve) -> None:
    """An action without input gets no body and no content type."""
    app, seen = mirror(lambda _: empty)

    ask(serve(app), lambda c: c.ping())

    assert seen[0]["body"] == b""
    assert "content-type" not in seen[0]["headers"]
    assert seen[0]["headers"]["content-length"] == "0"


def test_defaults_are_not_sent(ask: Ask, serve: Serve) -> None:
    """What the caller leaves out is left to the server."""
    app, seen = mirror(lambda _: None)

    ask(serve(app), lambda c: c.maybe())

    assert seen[0]["body"] == b"{}"


def test_bare_value(ask: Ask, serve: Serve) -> None:
    """An input that is no object of fields travels as the value itself."""
    from zoo.models.shop import Square

    app, seen = mirror(lambda shape: shape["side"] ** 2)

    assert ask(serve(app), lambda c: c.area(Square(side=3))) == 9.0

    assert json.loads(seen[0]["body"]) == {"kind": "square", "side": 3.0}


def test_extra_fields(ask: Ask, serve: Serve) -> None:
    """Extra fields are sent along and checked, and a parameter may be called self."""
    app, _ = mirror()
    url = serve(app)

    assert ask(url, lambda c: c.keep(self="me", other=3)) == {"self": "me", "other": 3}
    assert ask(url, lambda c: c.keep.safe(self="me", other="x")).error.fields.keys() == {"other"}


def test_secret(ask: Ask, serve: Serve) -> None:
    """A secret reaches the server in clear."""
    app, seen = mirror(lambda _: True)

    ask(serve(app), lambda c: c.login(password=SecretStr("hunter2")))

    assert json.loads(seen[0]["body"]) == {"password": "hunter2"}


def test_redirect_as_outcome(ask: Ask, serve: Serve) -> None:
    """A Redirect that the handler returned is a value, and followed by nobody."""
    from zoo.models.shop import Likes

    app, _ = mirror(lambda _: {"location": "/p/7", "data": {"post_id": "p", "likes": 1}})

    assert ask(serve(app), lambda c: c.move(to="x")) == Redirect("/p/7", Likes(post_id="p", likes=1))


@pytest.mark.parametrize(
    ("use", "path"),
    [
        (lambda c: c.like.safe(post_id=1), "post_id"),
        (lambda c: c.buy.safe(sku="s", count=0), "count"),
        (lambda c: c.area.safe({"kind": "round"}), "kind"),
        (lambda c: c.like.safe(post_id="\ud800"), ""),
        (lambda c: c.blog.note.safe(text="t", attachment="notes.txt"), "attachment"),
        (lambda c: c.blog.note.safe(text="t", attachment=3), "attachment"),
        (lambda c: c.blog.upload.safe(title="t", photo=b"", more=[b"", object()]), "more.1"),
    ],
)
def test_input_that_cannot_be_sent(ask: Ask, serve: Serve, use: Callable[[Any], Any], path: str) -> None:
    """An argument of the wrong kind is an InputError, and no request is made."""
    app, seen = mirror()

    error = ask(serve(app), use).error

    assert isinstance(error, InputError)
    assert error.issues[0].path == path
    assert seen == []


@pytest.mark.parametrize(
    "use",
    [
        lambda c: c.like(),
        lambda c: c.like.safe(),
        lambda c: c.like.safe("p1"),
        lambda c: c.like.safe(post_id="p", nope=1),
        lambda c: c.area.safe(),
        lambda c: c.area.safe(shape={}),
    ],
)
def test_wrong_arguments(ask: Ask, use: Callable[[Any], Any]) -> None:
    """Missing and unknown arguments are a TypeError, as for any function, with ``.safe`` too."""
    with pytest.raises(TypeError, match=r"like\(\)|area\(\)"):
        ask("http://127.0.0.1:1", use)


def test_namespace_that_does_not_exist() -> None:
    """An unknown action is an AttributeError that names it in full; ``dir`` lists those that exist."""
    import zoo

    with zoo.Client("http://x") as client:
        with pytest.raises(AttributeError, match=r"blog\.coment"):
            client.blog.coment  # type: ignore[attr-defined]  # noqa: B018  # the mistake under test
        with pytest.raises(AttributeError, match=r"no action comment\. Did you mean blog\.comment\?"):
            client.comment  # type: ignore[attr-defined]  # noqa: B018  # the mistake under test

        assert {"admin", "comment", "upload"} <= set(dir(client.blog))
        assert repr(client.blog.comment) == "<action blog.comment of http://x>"


def test_declaration_keeps_its_docstring() -> None:
    """The docstring of the action is that of its attribute on the class."""
    import zoo

    assert inspect.getdoc(zoo.Client.like) == "Like a post."


def test_many_at_once(serve: Serve) -> None:
    """One AsyncClient serves many tasks, each with its own answer."""
    import zoo

    app, _ = mirror(lambda data: int(data["post_id"]))

    async def main() -> list[int]:
        async with zoo.AsyncClient(serve(app)) as client:
            return await asyncio.gather(*(client.blog.admin.remove(post_id=str(n)) for n in range(200)))

    assert asyncio.run(main()) == list(range(200))
