"""Every row of the table of verdicts: an old client against a new server, over a socket.

What the table calls served works and nobody is told anything. What it does not call served breaks, or is told.
"""

from __future__ import annotations

import contextlib
import enum
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

import pytest
from conftest import running
from contract.clients import lock_of, package
from pydantic import ConfigDict, Field, create_model
from sanic import Sanic
from typing_extensions import TypedDict

from sanic_actions import ActionError, Namespace, action, define_action
from sanic_actions.client import ContractChanged
from sanic_actions.contract import Lock, compare
from sanic_actions.contract._verdicts import VERDICTS
from sanic_actions.server import ActionsBlueprint


def model(name: str = "Item", module: str = "", config: ConfigDict | None = None, **fields: Any) -> Any:
    """Return a class, in a module of its own unless one is named."""
    return create_model(name, __module__=module or "shop", __config__=config, **fields)


def takes(*, config: ConfigDict | None = None, **fields: Any) -> Any:
    """Return an action that takes fields."""
    form = create_model("Input", __module__="shop", __config__=config, **fields)

    def handler(input: Any) -> None: ...

    handler.__annotations__["input"] = form
    return define_action(input=form, handler=handler)


def gives(type_: Any, value: Any) -> Any:
    """Return an action that returns a value."""

    def handler() -> Any:
        return value

    handler.__annotations__["return"] = type_
    return action(handler)


def plain(**options: Any) -> Any:
    """Return an action without input and output."""

    def handler() -> None: ...

    return action(**options)(handler)


def stream() -> Any:
    async def handler() -> AsyncIterator[int]:
        yield 1

    return action(handler)


def word(**options: Any) -> Any:
    """Return an action that takes a word."""

    def handler(value: str = "") -> None: ...

    return action(**options)(handler)


class Gone(ActionError, code="GONE"):
    left: int


class GoneNow(ActionError, code="CONFLICT"):
    left: int


GoneNow.__name__ = GoneNow.__qualname__ = "Gone"


def raising(declared: tuple[type[ActionError], ...], error: ActionError | None) -> Any:
    """Return an action that declares errors and raises one."""

    def handler() -> None:
        if error is not None:
            raise error

    return action(raises=declared)(handler)


def of(**members: Any) -> Any:
    return enum.Enum("Color", members, module="shop")


Full = TypedDict("Full", {"x": int})  # noqa: UP013
Partial = TypedDict("Full", {"x": NotRequired[int]})  # type: ignore[name-match]  # noqa: UP013

Red, Crimson, Scarlet = of(RED="red"), of(RED="crimson"), of(SCARLET="red")
Plain, More = model(x=(int, ...)), model(x=(int, ...), y=(int, ...))
Moved, Renamed = model(module="store", x=(int, ...)), model("Thing", x=(int, ...))
Other = model(x=(int, Field(serialization_alias="z")))
One, Two = model(x=(int, 1)), model(x=(int, 2))
Cat = model("Cat", kind=(Literal["cat"], "cat"), sort=(Literal["c"], "c"))
Dog = model("Dog", kind=(Literal["dog"], "dog"), sort=(Literal["d"], "d"))
ByKind, BySort = Annotated[Cat | Dog, Field(discriminator="kind")], Annotated[Cat | Dog, Field(discriminator="sort")]


class Row(NamedTuple):
    """A row of the table: what changed, and a call that a client of before makes."""

    kind: str
    old: Any
    new: Any
    call: dict[str, Any] = {}
    works: bool = True
    """Whether the call gets an answer that the client can read, whatever it is told."""


ROWS = [
    Row("action removed", plain(), None, works=False),
    Row("encoding added", word(accept="json"), word(accept=("json", "form")), {"value": "a"}),
    Row("encoding removed", word(accept=("json", "form")), word(accept="form"), {"value": "a"}, works=False),
    Row("once turned on", plain(), plain(once=True)),
    Row("once turned off", plain(once=True), plain()),
    Row("stream changed", gives(int, 1), stream(), works=False),
    Row("input appeared", plain(), takes(value=(int, ...)), works=False),
    Row("optional input appeared", plain(), takes(value=(int, 1))),
    Row("input disappeared", takes(value=(int, ...)), plain(), {"value": 1}),
    Row("input field added, required", takes(a=(int, ...)), takes(a=(int, ...), b=(int, ...)), {"a": 1}, works=False),
    Row("input field added, optional", takes(a=(int, ...)), takes(a=(int, ...), b=(int, 1)), {"a": 1}),
    Row("input field removed", takes(a=(int, ...), b=(int, 1)), takes(a=(int, ...)), {"a": 1, "b": 2}),
    Row(
        "input field removed, extra forbidden",
        takes(config=ConfigDict(extra="forbid"), a=(int, ...), b=(int, 1)),
        takes(config=ConfigDict(extra="forbid"), a=(int, ...)),
        {"a": 1, "b": 2},
        works=False,
    ),
    Row("input became required", takes(a=(int, 1)), takes(a=(int, ...)), works=False),
    Row("input became optional", takes(a=(int, ...)), takes(a=(int, 1)), {"a": 1}),
    Row("input narrowed", takes(a=(int, ...)), takes(a=(int, Field(ge=5))), {"a": 1}, works=False),
    Row("input widened", takes(a=(int, ...)), takes(a=(int | None, ...)), {"a": 1}),
    Row("output field added", gives(Plain, Plain(x=1)), gives(More, More(x=1, y=2))),
    Row("output field removed", gives(More, None), gives(Plain, Plain(x=1)), works=False),
    Row("output became required", gives(Partial, None), gives(Full, {"x": 1})),
    Row("output became optional", gives(Full, None), gives(Partial, {}), works=False),
    Row("output narrowed", gives(int | None, None), gives(int, 1)),
    Row("output widened", gives(int, 1), gives(int | None, None), works=False),
    Row("type changed", gives(int, 1), gives(str, "a"), works=False),
    Row("alias changed", gives(Plain, None), gives(Other, Other(x=1)), works=False),
    Row("discriminator changed", gives(ByKind, None), gives(BySort, Cat())),
    Row("encoding changed", gives(Red, None), gives(Crimson, Crimson.RED), works=False),
    Row("default changed", takes(a=(int, 1)), takes(a=(int, 2))),
    Row("default added", gives(Plain, None), gives(One, One(x=1))),
    Row("default removed", gives(One, None), gives(Plain, Plain(x=1))),
    Row("error added", raising((), None), raising((Gone,), None)),
    Row("error removed", raising((Gone,), None), raising((), None)),
    Row("error code changed", raising((Gone,), None), raising((GoneNow,), None)),
    Row("class moved", gives(Plain, None), gives(Moved, Moved(x=1))),
    Row("class renamed", gives(Plain, None), gives(Renamed, Renamed(x=1))),
    Row("member renamed", gives(Red, None), gives(Scarlet, Scarlet.SCARLET)),
]


def name_of(row: Row) -> str:
    return "act_" + row.kind.replace(" ", "_").replace(",", "")


def locks_of(row: Row) -> tuple[Lock, Lock | None]:
    older = lock_of({name_of(row): row.old})
    return older, None if row.new is None else lock_of({name_of(row): row.new}, older)


@contextlib.contextmanager
def serving(row: Row, lock: Lock | None) -> Iterator[str]:
    """Serve the newer action of a row, with the lock that knows the older one."""
    tree = {"other": plain()} if row.new is None else {name_of(row): row.new}
    app = Sanic("matrix")
    app.blueprint(ActionsBlueprint(Namespace(**tree), lock=lock))
    with running(app) as url:
        yield url


def test_every_row_of_the_table_is_here() -> None:
    """An action that was added is the only change that no older client can meet."""
    assert [row.kind for row in ROWS] == [kind for kind in VERDICTS if kind != "action added"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
def test_an_old_client_meets_a_new_server(tmp_path: Path, row: Row) -> None:
    """What is served works without a word; all else breaks, or the client says that it may."""
    older, newer = locks_of(row)
    kinds = {"action removed"}
    if newer is not None:
        kinds = {change.kind for change in compare(older.contract, newer.contract)}
    module = package(tmp_path, {name_of(row): row.old}, older)

    with serving(row, newer) as url, warnings.catch_warnings(record=True) as seen, module.Client(url) as client:
        warnings.simplefilter("always")
        result = getattr(client, name_of(row)).safe(**row.call)

    is_told = any(warning.category is ContractChanged for warning in seen)
    assert kinds == {row.kind}
    assert (result.error is None) == row.works, result.error
    if VERDICTS[row.kind].served:
        assert row.works
        assert not is_told
    else:
        assert is_told or not row.works
