"""`type` statements, classes with type parameters and their defaults: declared, generated, called, type-checked.

The sources are strings: Python 3.11 cannot read them.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from codegen import golden
from codegen.test_any_type import Echo, echoing
from kinds import same

from sanic_actions import DefinitionError
from sanic_actions.codegen import generate

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="the server's syntax needs Python 3.12")

SERVER = """
import dataclasses, datetime, decimal
from collections.abc import AsyncIterator
from typing import Annotated, Literal, NamedTuple, NotRequired, Self, TYPE_CHECKING, TypedDict
from pydantic import BaseModel, Field, RootModel
from sanic_actions import ActionError, action

if TYPE_CHECKING:
    from elsewhere import OnlyForCheckers

type UserId = int
type Name = Annotated[str, Field(min_length=1)]
type Ids = list[UserId]
type Maybe[T] = T | None
type Json = dict[str, Json] | list[Json] | str | int | None
type Tree[T] = dict[str, Tree[T]] | T
type Rows[T] = list[tuple[T, T]]
type Pair[K, V] = tuple[K, V]
type Kind = Literal["a", "b"]
type Shape = Annotated[Circle | Square, Field(discriminator="kind")]
type Later = list[Point]
type Deep[T] = dict[str, Maybe[Rows[T]]]
type PageOf[T] = Page[T] | None

class Circle(BaseModel):
    kind: Literal["circle"] = "circle"
    r: float

class Square(BaseModel):
    kind: Literal["square"] = "square"
    side: float

class Page[T](BaseModel):
    items: list[T]
    next: Maybe[UserId] = None

class Box[K: (int, str), V: BaseModel](BaseModel, frozen=True):
    key: K
    value: V

class Point(NamedTuple):
    x: int
    y: Maybe[int] = None

class Cell[T](NamedTuple):
    value: T
    note: str = ""

class Options[T](TypedDict):
    value: T
    hint: NotRequired[Maybe[str]]

@dataclasses.dataclass
class Line[T]:
    item: T
    count: int = 1

class Roots[T](RootModel[list[T]]):
    pass

class Node[T](BaseModel):
    value: T
    children: "list[Node[T]]" = []

class Linked[T](BaseModel):
    value: T
    next: Self | None = None

class IntPage(Page[int]):
    total: int = 0

class Sub[T](Page[list[T]]):
    extra: Maybe[T] = None

class Money[C: str](BaseModel):
    amount: decimal.Decimal
    currency: C

@dataclasses.dataclass
class Near[T: "Circle"](Line[T]):
    item: T
    count: int = 2

@dataclasses.dataclass
class Far[T: OnlyForCheckers]:
    item: T

class Order(BaseModel):
    id: UserId
    name: Name = "x"
    kind: Kind = "a"
    shape: Shape | None = None
    tree: Tree[int] = 3

class Gone(ActionError, code="NOT_FOUND"):
    id: UserId
    kind: Maybe[Kind] = None

@action(raises=[Gone])
def find(id: UserId, kind: Kind = "a", *, page: Maybe[Page[Maybe[int]]] = None) -> PageOf[Order]:
    raise Gone("gone", id=id, kind=kind)

@action
async def watch(ids: Ids) -> AsyncIterator[Page[UserId]]:
    yield Page[UserId](items=ids)
"""
DEFAULTS = """
class Held[T = datetime.date](BaseModel):
    value: T

class Both[K, V = datetime.date](BaseModel):
    key: K
    value: V

type Listed[T = datetime.date] = list[T]
"""
# A type, and values of it as the server and its callers write them.
ROWS = {
    "user_id": ("UserId", "1"),
    "name": ("Name", "'a'"),
    "ids": ("Ids", "[1, 2]"),
    "maybe": ("Maybe[int]", "None", "3"),
    "json": ("Json", "{'a': [1, None, 'x']}"),
    "tree": ("Tree[int]", "{'a': {'b': 1}}", "2"),
    "tree_of_rows": ("Tree[Rows[int]]", "{'a': [(1, 2)]}"),
    "rows": ("Rows[Point]", "[(Point(1), Point(2, 3))]"),
    "pair": ("Pair[int, datetime.date]", "(1, datetime.date(2020, 1, 2))"),
    "kind": ("Kind", "'a'"),
    "shape": ("Shape", "Circle(r=1)"),
    "later": ("Later", "[Point(1)]"),
    "deep": ("Deep[int]", "{'a': None, 'b': [(1, 2)]}"),
    "page_of": ("PageOf[int]", "None", "Page[int](items=[1])"),
    "page": ("Page[UserId]", "Page[UserId](items=[1], next=3)"),
    "page_of_circles": ("Page[Circle]", "Page[Circle](items=[Circle(r=1)])"),
    "page_of_pages": ("Page[Page[int]]", "Page[Page[int]](items=[Page[int](items=[1])])"),
    "maybe_page": ("Maybe[Page[Maybe[int]]]", "Page[Maybe[int]](items=[None])"),
    "box": ("Box[int, Circle]", "Box[int, Circle](key=1, value=Circle(r=2))"),
    "point": ("Point", "Point(1)"),
    "cell": ("Cell[datetime.date]", "Cell(datetime.date(2020, 1, 2))"),
    "options": ("Options[int]", "{'value': 1}", "{'value': 1, 'hint': None}"),
    "line": ("Line[Circle]", "Line(Circle(r=1))"),
    "near": ("Near[Circle]", "Near(Circle(r=1))"),
    "far": ("Far[Circle]", "Far(Circle(r=1))"),
    "roots": ("Roots[int]", "Roots[int]([1])"),
    "node": ("Node[int]", "Node[int](value=1, children=[Node[int](value=2)])"),
    "linked": ("Linked[int]", "Linked[int](value=1, next=Linked[int](value=2))"),
    "int_page": ("IntPage", "IntPage(items=[1], total=3)"),
    "sub": ("Sub[int]", "Sub[int](items=[[1]], extra=3)"),
    "money": ("Money[Literal['EUR']]", "Money[Literal['EUR']](amount=decimal.Decimal(1), currency='EUR')"),
    "order": ("Order", "Order(id=1, tree={'a': 1}, shape=Square(side=1))"),
    "by_kind": ("dict[Kind, Maybe[int]]", "{'a': None}"),
    "either": ("UserId | Name", "1", "'a'"),
    "limited": ("Annotated[UserId, Field(gt=3)]", "4"),
}
if sys.version_info >= (3, 13):
    SERVER += DEFAULTS
    ROWS |= {
        "held": ("Held[int]", "Held[int](value=1)"),
        "both": ("Both[int]", "Both[int](key=1, value=datetime.date(2020, 1, 2))"),
        "both_said": ("Both[int, int]", "Both[int, int](key=1, value=2)"),
        "listed": ("Listed[str]", "['a']"),
    }
CASES = [(name, number) for name, row in ROWS.items() for number in range(len(row) - 1)]
TARGETS = [(3, minor) for minor in range(11, sys.version_info.minor + 1)]


class Served:
    """A server of new syntax, what it gives, and the client package for one target."""

    def __init__(self, folder: Path, target: tuple[int, int]) -> None:
        self.name, self.package = f"syntax_server_{target[1]}", f"syntax_client_{target[1]}"
        rows = "".join(f"{name!r}: ({kind}, [{', '.join(values)}]),\n" for name, (kind, *values) in ROWS.items())
        (folder / f"{self.name}.py").write_text(f"{SERVER}\nROWS = {{{rows}}}\n")
        importlib.invalidate_caches()
        server = importlib.import_module(self.name)
        self.rows: dict[str, tuple[Any, list[Any]]] = server.ROWS
        self.actions = {name: echoing(kind, values, read=[]) for name, (kind, values) in self.rows.items()}
        actions = {**self.actions, "find": server.find, "watch": server.watch}
        golden.put(folder, generate(actions, package=self.package, target=target))
        importlib.invalidate_caches()
        self.client: Any = importlib.import_module(self.package)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that servers and packages are imported from."""
    folder = tmp_path_factory.mktemp("new_syntax")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module", params=TARGETS, ids=str)
def served(request: pytest.FixtureRequest, folder: Path) -> Served:
    """A server, and its client for the target."""
    return Served(folder, request.param)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_values_of_new_syntax_go_there_and_back(served: Served, name: str, number: int) -> None:
    """The handler gets the value that it once gave, and the caller what it sent, for each target."""
    kind, values = served.rows[name]
    server = Echo(kind, served.actions[name]["echo"], values[number])

    with served.client.Client("http://here", transport=server) as client:
        here = getattr(client, name).give(number=0)
        back = getattr(client, name).echo(value=here)

    assert same(server.read, [values[number]])
    assert same(back, here)


GOOD = """
from __future__ import annotations
import datetime
import decimal
from typing import Annotated, Literal
from pydantic import Field
from {package} import Client
from {package}.models.{name} import *

client = Client("http://here")
pages: list[Page[UserId]] = list(client.watch(ids=[1]))
order: Order | None = None
if (found := client.find(id=1, kind="b", page=Page[Maybe[int]](items=[1, None]))) is not None:
    order = found.items[0]
try:
    client.find(id=1)
except Gone as error:
    number: int = error.id
"""
BAD = """
client.page.echo(value=Page[str](items=["a"]))
client.pair.echo(value=("a", 1))
client.kind.echo(value="c")
client.maybe.echo(value="c")
client.tree.echo(value={{"a": 1.5}})
client.box.echo(value=Box[str, Circle](key="a", value=Circle(r=2)))
client.linked.echo(value=Linked[str](value="a"))
client.find(id="a")
"""


def test_callers_of_new_syntax_are_checked(served: Served, folder: Path) -> None:
    """What callers write of these types passes mypy, and what does not fit is an error in its line."""
    lines = GOOD.format(package=served.package, name=served.name).splitlines()
    for name, (kind, *values) in ROWS.items():
        for number, value in enumerate(values):
            lines.append(f"{name}_{number}: {kind} = client.{name}.give(number=0)")
            lines.append(f"client.{name}.echo(value={value})")
    good = len(lines)
    lines += BAD.format().strip().splitlines()
    use = folder / f"use_{served.package}.py"
    use.write_text("\n".join(lines) + "\n")

    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", use.name]
    env = {**os.environ, "MYPY_CACHE_DIR": str(folder / "cache")}
    checked = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=200, check=False)

    errors = [line for line in checked.stdout.splitlines() if ": error: " in line]
    assert {int(line.split(":")[1]) for line in errors} == set(range(good + 1, len(lines) + 1)), checked.stdout


@pytest.mark.skipif(sys.version_info < (3, 13), reason="defaults of type parameters came with Python 3.13")
@pytest.mark.parametrize(("kind", "said"), [("Held", "Held[int]"), ("Listed", "Listed[int]"), ("list[Held]", "Ids")])
def test_type_that_a_default_stands_for_is_to_be_written(folder: Path, kind: str, said: str) -> None:
    """A generic whose type nobody wrote is refused, default or not, and the remedy is to write it."""
    name = f"bare_{abs(hash(kind))}"
    (folder / f"{name}.py").write_text(f"{SERVER}\nBARE, SAID = {kind}, {said}\n")
    importlib.invalidate_caches()
    server = importlib.import_module(name)

    with pytest.raises(DefinitionError, match=r"T stands for its default, .*\n +Write the type, for example"):
        generate(echoing(server.BARE, [], read=[]), package="bare_client")
    assert generate(echoing(server.SAID, [], read=[]), package="said_client")
