"""Failures of handlers: whatever is raised or returned, the caller learns an id, and the log has one line."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from attacks.arena import log_records
from attacks.site import SECRET
from conftest import running
from pydantic import BaseModel, ConfigDict
from sanic import Sanic

from sanic_actions import ActionError, InputError, Redirect, action
from sanic_actions.server import ActionContext, ActionsBlueprint


class Node(BaseModel):
    name: str
    next: Node | None = None


class Public(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class Row:
    """A row of a database, with a column that nobody is to see."""

    def __init__(self) -> None:
        self.name = "Ada"
        self.password_hash = SECRET


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError(SECRET)

    __repr__ = __str__


class Limit(ActionError, code="CONFLICT"):
    left: int


class WithSecret(Exception):
    def __init__(self) -> None:
        super().__init__(SECRET, {"password": SECRET})
        self.add_note(SECRET)
        self.__cause__ = ValueError(SECRET)


def circle() -> Node:
    node = Node(name="a")
    node.next = node
    return node


def raises(kind: str) -> Any:
    match kind:
        case "secret":
            raise WithSecret
        case "unprintable":
            raise Unprintable
        case "base":
            raise BaseException(SECRET)
        case "group":
            raise BaseExceptionGroup(SECRET, [ValueError(SECRET), BaseException(SECRET)])
        case "recursion":
            return raises(kind)
        case "memory":
            raise MemoryError(SECRET)
        case "unicode":
            raise UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET)
        case "error data":
            raise Limit(SECRET, left=SECRET)  # type: ignore[arg-type]  # what a test is about
        case _:
            raise AssertionError(SECRET)


@action(raises=[Limit])
async def fail(kind: str) -> None:
    raises(kind)


@action(raises=[Limit])
async def tell(kind: str) -> None:
    """Raise an error whose message is an exception."""
    error: Any = WithSecret()
    if kind == "typed":
        raise Limit(error, left=1)
    if kind == "plain":
        raise ActionError("CONFLICT", error)
    if kind == "issue":
        raise InputError.on("kind", error)
    raise InputError([], error)


@action
async def row() -> Public:
    return Row()  # type: ignore[return-value]  # what a test is about


@action
async def cycle() -> Node:
    return circle()


@action
async def wrong() -> int:
    return SECRET  # type: ignore[return-value]  # what a test is about


@action
async def redirect(to: str) -> Redirect[None]:
    return Redirect(to)


@action
async def header(context: ActionContext, value: str) -> None:
    context.set_header("x-value", value)


TREE = {"fail": fail, "tell": tell, "row": row, "cycle": cycle, "wrong": wrong, "redirect": redirect, "header": header}

CASES = [
    *(("fail", {"kind": kind}) for kind in ("secret", "unprintable", "base", "group", "recursion", "memory")),
    *(("fail", {"kind": kind}) for kind in ("unicode", "error data", "other")),
    *(("tell", {"kind": kind}) for kind in ("typed", "plain", "issue", "summary")),
    *(("cycle", {}), ("wrong", {}), ("header", {"value": "a\r\nset-cookie: b=c"}), ("header", {"value": "a\x00b"})),
]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("name", "input"), CASES)
def test_failures_say_nothing(name: str, input: dict[str, str], debug: bool) -> None:
    """The answer to any failure is one sentence and an id, in debug mode too, and the id is in the one line logged."""
    app: Sanic[Any, Any] = Sanic("failing")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))
    with log_records() as records, running(app, debug=debug) as url, httpx2.Client(base_url=url) as client:
        answer = client.post(f"/_actions/{name}", json=input)
        alive = client.post("/_actions/fail", json={"kind": 1})

    assert answer.status_code == 500
    assert SECRET not in answer.text + str(answer.headers)
    assert "set-cookie" not in answer.headers
    assert [answer.json()["id"] in record.getMessage() for record in records] == [True]
    assert alive.status_code == 400


def test_rows_travel_as_declared() -> None:
    """Of an object with more attributes than the output declares, only the declared ones travel."""
    app: Sanic[Any, Any] = Sanic("rows")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE))
    with running(app) as url:
        answer = httpx2.post(f"{url}/_actions/row")

    assert json.loads(answer.content) == {"name": "Ada"}
