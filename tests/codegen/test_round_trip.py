"""Generated packages at work: what a handler returns is what the caller gets."""

from __future__ import annotations

import collections
import datetime
import decimal
import importlib
import ipaddress
import pathlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydantic
import pytest
from codegen import golden
from sanic import Sanic

from sanic_actions import Redirect, action
from sanic_actions.client import Err, Ok
from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint

AnySanic = Sanic[Any, Any]


@pytest.fixture
def client(serve: Callable[[AnySanic], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the zoo, from the golden package, against a real server."""
    monkeypatch.syspath_prepend(golden.PACKAGES)
    monkeypatch.syspath_prepend(golden.CASES)
    app: AnySanic = Sanic("zoo")
    app.blueprint(ActionsBlueprint(importlib.import_module("case_zoo").server))
    with importlib.import_module("golden_zoo").Client(serve(app)) as made:
        yield made


@pytest.fixture
def zoo(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client's copies."""
    monkeypatch.syspath_prepend(golden.PACKAGES)
    return importlib.import_module("golden_zoo.models.case_zoo")


def test_scalars_come_back_equal_and_of_the_same_types(client: Any) -> None:
    """A scalar of any type survives the way to the handler and back."""
    sent = {
        "a": "ä\x00",
        "b": 2**70,
        "c": 0.1,
        "d": True,
        "e": b"\xff\x00",
        "f": datetime.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC),
        "g": datetime.date(2020, 1, 2),
        "h": datetime.time(1, 2, 3),
        "i": datetime.timedelta(days=1, microseconds=3),
        "j": decimal.Decimal("1.50"),
        "k": uuid.UUID(int=7),
        "l": pathlib.Path("/x/y"),
        "m": ipaddress.IPv4Address("127.0.0.1"),
        "n": pydantic.AnyUrl("http://example.com/"),
    }
    got = client.scalars(**sent)

    assert got == tuple(sent.values())
    assert [type(value) for value in got] == [type(value) for value in sent.values()]


def test_collections_come_back_equal_and_of_the_same_types(client: Any, zoo: Any) -> None:
    """So does every collection, with what it holds."""
    sent = {
        "a": [1],
        "b": {"x"},
        "c": frozenset({1}),
        "d": (1, "x"),
        "e": (1, 2, 3),
        "f": {1: "one"},
        "g": {uuid.UUID(int=1): zoo.Colour.RED},
        "h": collections.deque([1, 2]),
        "i": None,
    }
    got = client.collections(**sent)

    assert got == tuple(sent.values())
    assert [type(value) for value in got] == [type(value) for value in sent.values()]


def test_models_of_every_kind_come_back_equal(client: Any, zoo: Any) -> None:
    """Copies of models, dataclasses, dicts, tuples, enums and aliases are built by field name and come back equal."""
    here = zoo.Address(street="s")
    made = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)
    sent = {
        "a": here,
        "b": zoo.Tree(value=1, children=[zoo.Tree(value=2)]),
        "c": zoo.Page[zoo.Address](items=[here], total=1),
        "d": zoo.Addresses(items=[here], more=True),
        "e": zoo.Frozen(x=1),
        "f": zoo.Derived(id=1, made=made),
        "g": zoo.Aliased(a=1, b="z"),
        "h": zoo.Open(a=1, other=2),
        "i": zoo.Closed(a=1),
        "j": zoo.Raw(data=b"\xff"),
        "k": zoo.Tags(["x"]),
        "l": {"a": 1},
        "m": zoo.Point(1, tags=["t"]),
        "n": zoo.Deep(item=5),
        "o": zoo.Checked(a=1, b="B"),
        "p": zoo.Pair(1),
        "q": zoo.Outer(inner=zoo.Outer.Inner(z=1)),
        "r": zoo.Space.Star(name="sun"),
        "s": zoo.Dog(age=3),
        "t": {"a": [1, "b", {"c": None}]},
        "u": zoo.Left(right=zoo.RightSide(left=zoo.Left())),
        "v": zoo.Kind.A,
    }
    got = client.models(**sent)

    assert got == tuple(sent.values())
    assert [type(value) for value in got] == [type(value) for value in sent.values()]


def test_default_that_only_the_server_knows_is_not_sent(zoo: Any) -> None:
    """A field that was not given stays away, so that the server makes its default; others have theirs here too."""
    here = zoo.Derived(id=1)

    assert here.address == zoo.Address(street="x")
    assert "made" not in here.model_dump(mode="json")


def test_parameter_defaults_are_the_servers(client: Any) -> None:
    """An argument that is left out is not sent, so the handler's own default holds."""
    assert client.defaults() == [
        repr('it\'s "q" \\ \n \x00'),
        "-1.5",
        "None",
        "<Colour.BLUE: 'blue'>",
        "<Level.HIGH: 2>",
        "<Right.READ|WRITE: 3>",
        "'root'",
        "[1]",
        "'a'",
    ]


def test_computed_field_is_read_and_never_made_up(client: Any, zoo: Any) -> None:
    """A copy holds what the server computed; one that was made by the caller says that it does not know."""
    cube = client.computed()

    assert (cube.area, cube.volume) == (4, 8)
    with pytest.raises(AttributeError, match="computed by the server"):
        _ = zoo.Cube(side=2).area


def test_parameter_called_self_and_secrets_reach_the_handler(client: Any) -> None:
    """A parameter keeps its name, and a secret is sent in clear."""
    assert client.self_(self=3, password=pydantic.SecretStr("open")) == "3 open"


def test_nested_namespaces_bare_inputs_extras_and_aliases(client: Any, zoo: Any) -> None:
    """An input that is no object is positional, extra fields are keywords, and names are the fields' own."""
    assert client.shapes.either(zoo.Cat(lives=9)) == [zoo.Cat(lives=9)]
    assert client.shapes.open(a=1, more=2) == zoo.Open(a=1, more=2)
    assert client.shapes.aliased(a=1) == zoo.Aliased(a=1)
    assert client.shapes.Shapes.nothing() is None
    assert client.shapes.Shapes.upload(file=b"abc", title="t") == 3


def test_declared_error_is_raised_as_the_copy(
    serve: Callable[[AnySanic], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typed error arrives as the client's own class, with its fields."""
    monkeypatch.syspath_prepend(golden.PACKAGES)
    monkeypatch.syspath_prepend(golden.CASES)
    app: AnySanic = Sanic("blog")
    app.blueprint(ActionsBlueprint(importlib.import_module("case_blog").server))
    package: Any = importlib.import_module("golden_blog")
    errors: Any = importlib.import_module("golden_blog.models.case_blog")
    with package.Client(serve(app)) as client:
        assert client.like(post_id="p1").likes == 1
        assert client.blog.comment.safe(post_id="p1", author="Ada", times=2) == Ok("AdaAda")
        result = client.blog.comment.safe(post_id="closed", author="Ada")

    assert isinstance(result, Err)
    assert isinstance(result.error, errors.Closed)
    assert (result.error.since, result.error.why, result.error.code) == (1999, "old", "CONFLICT")


def test_importing_a_package_loads_no_pydantic_and_no_http_client() -> None:
    """Both come at the first call."""
    code = (
        "import sys, golden_zoo; print(sorted({'pydantic', 'httpx2', 'sanic', 'typing_extensions'} & set(sys.modules)))"
    )
    done = golden.run(code)

    assert done.stdout.strip() == "[]", done.stderr


def test_shared_module_is_imported_and_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `share`, the client's class is the server's, under the name that a copy would have."""
    monkeypatch.syspath_prepend(golden.CASES)
    monkeypatch.syspath_prepend(tmp_path)
    case = importlib.import_module("case_blog")
    texts = generate(case.server, share=["case_blog"], package="shared_blog")
    golden.put(tmp_path, texts)

    assert "class" not in texts["shared_blog/models/case_blog.py"]
    assert "-> _models_case_blog.Likes:" in texts["shared_blog/__init__.pyi"]
    models: Any = importlib.import_module("shared_blog.models.case_blog")
    assert models.Likes is case.Likes
    assert models.Closed is case.Closed


def test_shared_module_that_no_action_uses_is_refused() -> None:
    """A slip of the pen in `--share` would copy what should be imported."""

    @action
    def ping() -> None: ...

    with pytest.raises(ValueError, match=r"No action uses a type of 'blog.modles'"):
        generate({"ping": ping}, share=["blog.modles"])


def test_redirect_is_typed_by_what_it_carries() -> None:
    """`Redirect` is the client's own."""

    @action
    def move(to: str) -> Redirect[int]:
        return Redirect(to, 1)

    assert "-> _client.Redirect[int]:" in generate({"move": move})["actions/__init__.pyi"]
