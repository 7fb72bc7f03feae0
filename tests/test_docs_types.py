"""What docs/reference/types.md says is true: its files run, its tables accept and refuse what they say."""

from __future__ import annotations

import collections
import dataclasses
import datetime  # the tables name it
import decimal
import enum
import importlib.util
import ipaddress
import pathlib
import re
import subprocess
import sys
import typing
import uuid
import zoneinfo
from typing import Annotated, Any, Literal

import pydantic
import pytest
import typing_extensions
from conftest import printed_by, running
from pydantic import (
    AliasPath,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    Tag,
    computed_field,
    field_serializer,
)
from pydantic_core import CoreSchema, core_schema

from sanic_actions import DefinitionError, action
from sanic_actions._types.configuration import COPIED, LOCAL, REFUSED_KEYS
from sanic_actions.codegen import generate

TEXT = (pathlib.Path(__file__).parents[1] / "docs" / "reference" / "types.md").read_text()
SURVIVES, REFUSED, UNIONS = (
    TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    for title in ("What survives", "What does not, and what to write instead", "Which unions can be told apart")
)


class Colour(enum.Enum):
    RED = "red"


class WithBytes(BaseModel):
    data: bytes


class Titled(BaseModel):
    name: str = Field(alias="title")
    title: str = Field(alias="heading")


class WithPath(BaseModel):
    first: int = Field(validation_alias=AliasPath("numbers", 0))


class ClosedWithComputed(BaseModel, extra="forbid"):
    side: int

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator on a property
    @property
    def area(self) -> int:
        return self.side**2


class Short(BaseModel):
    nick: typing.Annotated[str, Field(min_length=3)] = ""


class Unset(BaseModel):
    name: str = None  # type: ignore[assignment]  # the mistake under test


class Milliseconds(BaseModel):
    model_config = ConfigDict(ser_json_temporal="milliseconds")
    span: datetime.timedelta


class Unsaid(BaseModel):
    amount: int

    @field_serializer("amount")
    def write(self, amount):  # type: ignore[no-untyped-def]  # the mistake under test
        return str(amount)


class One(BaseModel):
    number: int


class Other(BaseModel):
    number: int
    more: int = 0


ByFunction = typing.Annotated[
    typing.Annotated[One, Tag("one")] | typing.Annotated[Other, Tag("other")], Discriminator(lambda value: "one")
]


@dataclasses.dataclass
class Seeded:
    number: int
    seed: dataclasses.InitVar[int] = 0


@pydantic.dataclasses.dataclass
class ComputedArea:
    side: int

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator on a property
    @property
    def area(self) -> int:
        return self.side**2


class Loose(typing_extensions.TypedDict, extra_items=int):  # type: ignore[call-arg]  # mypy does not know it yet
    number: int


class Left(BaseModel):
    parts: list[Left | Right]


class Right(BaseModel):
    parts: list[Left | Right]
    right: int


class Money:
    """A class with a schema of its own."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda value: value)


CLASSES: dict[str, str] = {
    "a union with `Discriminator(function)`": "ByFunction",
    'a model with `ser_json_temporal="milliseconds"`': "Milliseconds",
    "a field with a `field_serializer` that has no return annotation": "-> Unsaid",
    '`nick: Annotated[str, Field(min_length=3)] = ""`': "Short",
    "`name: str = None` in a model": "Unset",
    "`data: bytes` in a class without a configuration for it": "WithBytes",
    '`name: str = Field(alias="title")` beside a field `title`': "Titled",
    '`Field(validation_alias=AliasPath("numbers", 0))`': "WithPath",
    'an input with a computed field and `extra="forbid"`': "ClosedWithComputed",
    "a union of models whose fields hold the union again, and have no `Literal`": "Left | Right",
    "a class with a `__get_pydantic_core_schema__` of its own": "Money",
    "`Literal[10**20]`, and an enum with such a value": "Literal[10**20]",
    "`seed: dataclasses.InitVar[int]`": "Seeded",
    "a dataclass of pydantic with a `computed_field`": "ComputedArea",
    "a `TypedDict` with `extra_items`": "Loose",
}
"""What the table calls the classes above: a reader looks for what stands in his own code."""


def problems(kind: str) -> str:
    """What is said of a type, as an output and, unless it says that it is one, as an input."""
    here: Any = eval(kind.removeprefix("-> "))

    def given(value: int) -> None: ...

    given.__annotations__ |= {"return": here} if kind.startswith("-> ") else {"value": here}
    try:
        generate({"given": action(given)})
    except DefinitionError as error:
        return str(error)
    return ""


def module(path: pathlib.Path) -> Any:
    """A file of the page as a module, under a name that no other test uses."""
    spec = importlib.util.spec_from_file_location(f"types_guide_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_example_runs_as_shown(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server, the generated client and the caller work together, and mypy has no complaint about the caller."""
    for name, block in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(block)
    (shown,) = re.findall(r"^\$ ACTIONS_URL=\S+ python keeper\.py\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    monkeypatch.setitem(sys.modules, "zoo", module(tmp_path / "zoo.py"))
    zoo_app = module(tmp_path / "zoo_app.py")

    printed_by(tmp_path, "-m", "sanic_actions", "generate", "zoo_app:app")
    with running(zoo_app.app) as url:
        assert printed_by(tmp_path, "keeper.py", ACTIONS_URL=url) == shown
    printed_by(tmp_path, "-m", "mypy", "--strict", "keeper.py")


def types_in(text: str) -> list[str]:
    """What stands in code spans and is a type that can be evaluated here."""
    spans = (span.replace("\\|", "|") for span in re.findall(r"`([^`]+)`", text))
    return [
        span
        for span in spans
        if re.match(r"(-> |str|int|float|bool|None|bytes|complex|[a-zA-Z][a-zA-Z.0-9]*[.\[])", span)
    ]


FINE = [kind for kind in types_in(SURVIVES + UNIONS) if not re.search(r"=|enum\.Enum|int_fields|^extra", kind)]


@pytest.mark.parametrize("kind", FINE)
def test_type_that_is_said_to_survive_does(kind: str) -> None:
    """Each type of the table can be an input."""
    assert problems(kind) == ""


@pytest.mark.parametrize(("cell", "reason"), re.findall(r"^\| (?!type |---)(.+?) \| (.+?) \|", REFUSED, re.MULTILINE))
def test_type_that_is_said_to_be_refused_is(cell: str, reason: str) -> None:
    """Each type of the other table is a definition error, for the reason that is given."""
    kind = CLASSES.get(cell, cell.strip("`"))

    assert reason in problems(kind.replace("\\|", "|"))


def test_each_class_is_in_the_table() -> None:
    """What the tests above name is what the table names."""
    assert CLASSES.keys() <= set(re.findall(r"^\| (.+?) \|", REFUSED, re.MULTILINE))


MISSPELT = """
import sys
from actions import Client
from actions.models import Line, Loose
from orders import app
from sanic_actions.testing import local

with local(app, Client) as client:
    print(client.loosely(lines=[{"sku": "tea", "cuont": 3}]), client.loosely(lines=[Loose(sku="tea", cuont=3)]))
    result = client.order.safe(lines=[{"sku": "tea", "cuont": 3}])
    print(type(result.error).__name__, result.error.issues[0].type, "Nothing was sent" in str(result.error))
    try:
        Line(sku="tea", cuont=3)
    except ValueError as error:
        print(type(error).__name__)
    try:
        client.order(line=[])
    except TypeError as error:
        print(error)
"""
ORDERS = """
from pydantic import BaseModel
from sanic import Sanic
from sanic_actions import action
from sanic_actions.server import ActionsBlueprint

class Loose(BaseModel):
    sku: str
    count: int = 1

{closed}

@action
async def order(lines: list[Line]) -> int:
    return sum(line.count for line in lines)

@action
async def loosely(lines: list[Loose]) -> int:
    return sum(line.count for line in lines)

app = Sanic("orders")
app.blueprint(ActionsBlueprint({{"order": order, "loosely": loosely}}))
"""


def test_fields_that_nobody_declared(tmp_path: pathlib.Path) -> None:
    """A misspelt field of a class is ignored, unless the class forbids it; a misspelt parameter names the nearest."""
    part = TEXT.partition("## Fields that nobody declared\n")[2]
    closed = re.findall(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "orders.py").write_text(ORDERS.format(closed=closed))
    (tmp_path / "misspelt.py").write_text(MISSPELT)
    outputs = []
    for command in (["-m", "sanic_actions", "generate", "orders:app"], ["misspelt.py"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
        outputs.append(done.stdout)

    assert outputs[1].splitlines()[-4:] == [
        "1 1",
        "InputError extra_forbidden True",
        "ValidationError",
        "order() got an unexpected keyword argument 'line'. Did you mean 'lines'?",
    ]


def test_each_key_of_a_configuration_is_in_the_table() -> None:
    """The table of keys holds all that pydantic has, each where the library has it."""
    rows = re.findall(r"^\| (`.+?) \| (\w+)", TEXT.partition("## Configuration\n")[2], re.MULTILINE)
    table = {key: word for keys, word in rows for key in re.findall(r"`(\w+)`", keys)}

    assert {key for key, word in table.items() if word == "copied"} == set(COPIED)
    assert {key for key, word in table.items() if word == "says"} == LOCAL
    assert {key for key, word in table.items() if word == "refused"} == REFUSED_KEYS
    assert set(ConfigDict.__annotations__) <= table.keys()


def test_tables_are_read() -> None:
    """The tests above have something to test."""
    assert {"-> re.Pattern[str]", "tuple[int, ...]", "pydantic.SecretStr", "Literal['a'] | str"} <= set(FINE)
    assert typing.get_args(pydantic.JsonValue) is not None
