"""Every type of the zoo, over a real socket: what a caller sends comes back equal and of the same types."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from codegen import golden
from conftest import running
from kinds import same
from sanic import Sanic

from sanic_actions.client import Ok
from sanic_actions.server import ActionsBlueprint

sys.path[:0] = [str(golden.CASES), str(golden.PACKAGES)]  # for this process: the rows name the parameters below
case: Any = importlib.import_module("case_types")
package: Any = importlib.import_module("golden_types")
copies: Any = importlib.import_module("golden_types.models.case_types")
NAMES = {
    **{
        name: value for name, value in vars(case).items() if type(value) is type(sys) or name in ("Literal", "Optional")
    },
    **{name: getattr(copies, name) for name in copies.__all__},
    "case_other": importlib.import_module("golden_types.models.case_other"),
}
VALUES = [(name, source) for name, row in case.ROWS.items() for source in row[1:]]

pytestmark = pytest.mark.filterwarnings("ignore:Item 'c' on TypedDict class 'Options' is using the `ReadOnly`")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server of the zoo."""
    app: Sanic[Any, Any] = Sanic("types")
    app.blueprint(ActionsBlueprint(case.server))
    with running(app) as url:
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Any]:
    """The generated client of that server."""
    with package.Client(url) as client:
        yield client


def made(source: str) -> Any:
    """A value as a caller writes it, with the client's own classes."""
    return eval(source, dict(NAMES))


@pytest.mark.parametrize(("name", "source"), VALUES)
def test_value_comes_back_equal_and_of_the_same_types(client: Any, name: str, source: str) -> None:
    """The handler's value is the caller's value."""
    value = made(source)

    assert same(getattr(client, name)(value=value), value)


@pytest.mark.parametrize(("name", "source"), [(name, source) for name, source in VALUES if name in case.BARE])
def test_bare_value_comes_back_equal_and_of_the_same_types(client: Any, name: str, source: str) -> None:
    """So does an input that is no object, which is given by position."""
    value = made(source)

    assert same(getattr(client.bare, name)(value), value)


def test_object_inputs_are_given_by_their_fields(client: Any) -> None:
    """An input that is an object is written as keyword arguments, whatever its fields are called."""
    names = {"self": 1, "cls": 2, "json": "j", "list": 3, "str": 4, "type": "t"}

    assert client.bare.page(items=[made("Page[int](items=[1])")]) == made(
        "Page[Page[int]](items=[Page[int](items=[1])])"
    )
    assert client.bare.options(a=1, c=2) == {"a": 1, "c": 2}
    assert client.bare.point(x=1, tags=["a"]) == made("Point(1, 0, ['a'])")
    assert client.bare.names(**names) == copies.Names(**names)


def test_async_client_gives_the_same(url: str) -> None:
    """The same declarations serve both clients."""

    async def main() -> list[str]:
        async with package.AsyncClient(url) as client:
            results = [await getattr(client, name).safe(value=made(source)) for name, source in VALUES]
        pairs = zip(VALUES, results, strict=True)
        return [name for (name, source), result in pairs if not same(result, Ok(made(source)))]

    assert asyncio.run(main()) == []


def test_value_that_the_server_read_is_of_its_own_classes(client: Any) -> None:
    """The client's classes are copies, known to the server by nothing but their fields."""
    assert copies.Person is not case.Person
    assert type(client.model(value=copies.Person(name="a", nick=None))) is copies.Person


def test_default_that_the_server_makes_comes_back(client: Any) -> None:
    """A field that only the server knows the default of is filled in by it."""
    sent = copies.Person(name="a", nick=None)
    back = client.model(value=sent)

    assert back.made == case.Person(name="a", nick=None).made
    assert back.home == copies.Address(city="Here")


def test_computed_field_comes_back(client: Any) -> None:
    """The caller reads what the server computed."""
    assert client.square(side=3).area == 9


@pytest.mark.parametrize("first", ["case_types", "case_other"])
def test_modules_that_need_each_other_load_in_any_order(first: str) -> None:
    """Models are complete whichever module of a circle is imported first."""
    code = (
        f"import golden_types.models.{first}\n"
        "from golden_types.models import case_other, case_types\n"
        "far = case_other.Far(back=case_types.Near(far=None))\n"
        "assert case_types.Near.model_validate_json(case_types.Near(far=far).model_dump_json()).far == far\n"
        "assert case_types.Near.__pydantic_complete__ and case_other.Far.__pydantic_complete__\n"
    )
    done = golden.run(code)

    assert done.returncode == 0, done.stderr
