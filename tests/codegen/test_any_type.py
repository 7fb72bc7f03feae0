"""Whatever types a server declares, a package generated from them brings their values there and back."""

from __future__ import annotations

import datetime
import decimal
import importlib
import itertools
import json
import sys
import uuid
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from codegen import golden, modules
from conftest import AnySanic, examples, running
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from kinds import kinds_with_values, same
from pydantic import PydanticUserError, ValidationError
from sanic import Sanic

from sanic_actions import Action, DefinitionError, action
from sanic_actions._wire import Codec
from sanic_actions.client import Request, Response
from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint

numbers = itertools.count()
STANDARD = {"datetime": datetime, "decimal": decimal, "uuid": uuid}
of_others = pytest.mark.filterwarnings(
    "ignore:Generating overly large repr",  # Hypothesis, of the strategies of some types
    "ignore:__int__ returned non-int",  # ipaddress, when pydantic tries a network of a union with a bool
)


class Echo:
    """A server without a socket: it reads with the handler's types, and writes with them what it read.

    The action ``give`` answers with the value that it is to give.
    """

    def __init__(self, kind: Any, echo: Action[..., Any], value: Any) -> None:
        assert echo.definition.input is not None
        self.input: Codec[Any] = Codec(echo.definition.input.annotation)
        self.output: Codec[Any] = Codec(kind)
        self.given = value
        self.read: list[Any] = []

    def send(self, request: Request, /) -> Response:
        if not request.url.endswith("give"):
            assert isinstance(request.body, bytes)
            self.read.append(self.input.decode(request.body)["value"])
        body = self.output.encode(self.read[-1] if self.read else self.given)
        return Response(200, {"content-type": "application/json"}, body) if body != b"null" else Response(204, {}, b"")

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that packages are imported from."""
    folder = tmp_path_factory.mktemp("any_type")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def imported(folder: Path, server: Any) -> Any:
    """The package of a server."""
    name = f"any_type_{next(numbers)}"
    golden.put(folder, generate(server, package=name))
    importlib.invalidate_caches()
    return importlib.import_module(name)


def echoing(kind: Any, values: list[Any], *, read: list[Any]) -> dict[str, Action[..., Any]]:
    """An action that gives a value of the type, and one that reads what it is sent and answers with it."""

    def give(number: int) -> Any:
        return values[number]

    def echo(value: Any) -> Any:
        read.append(value)
        return value

    give.__annotations__ = {"number": int, "return": kind}
    echo.__annotations__ = {"value": kind, "return": kind}
    return {"give": action(give), "echo": action(echo)}


def imported_if_defined(folder: Path, server: Any) -> Any:
    """The same, unless a name in an annotation is that of the class around it, and its default is of another one."""
    try:
        return imported(folder, server)
    except DefinitionError as error:
        if "another type" not in str(error):
            raise
    return reject()


def made(source: str, servers: dict[str, Any]) -> Any:
    """A value of the server's, unless a default factory makes one of a class that its name hides."""
    try:
        return eval(source, {**STANDARD, **servers})
    except ValidationError:
        return reject()


def forget(package: Any) -> None:
    """Thousands of packages need their memory."""
    for name in [name for name in sys.modules if name.partition(".")[0] == package.__name__]:
        del sys.modules[name]


@of_others
@settings(max_examples=examples(30, full=5_000))
@given(case=kinds_with_values())
def test_any_type_goes_there_and_back(folder: Path, case: tuple[Any, list[Any]]) -> None:
    """The handler gets the value that it once gave, and the caller what it sent, each in classes of their own."""
    kind, values = case
    actions = echoing(kind, values, read=[])
    package = imported(folder, actions)

    for value in values:
        server = Echo(kind, actions["echo"], value)
        with package.Client("http://here", transport=server) as client:
            here = client.give(number=0)
            back = client.echo(value=here)
        assert same(server.read, [value])
        assert same(back, here)
    forget(package)


@of_others
@settings(max_examples=examples(4, full=500))
@given(cases=st.lists(kinds_with_values(), min_size=8, max_size=8))
def test_any_type_goes_over_http(folder: Path, cases: list[tuple[Any, list[Any]]]) -> None:
    """It is the same from a real client to a real server, eight types to each, over a socket."""
    read: list[Any] = []
    tree = {f"type{n}": echoing(kind, values, read=read) for n, (kind, values) in enumerate(cases)}
    app: AnySanic = Sanic("any_type")
    app.blueprint(ActionsBlueprint(tree))
    package = imported(folder, tree)

    with running(app) as url, package.Client(url) as client:
        for number, (_, values) in enumerate(cases):
            actions = getattr(client, f"type{number}")
            for place, value in enumerate(values):
                here = actions.give(number=place)
                assert same(actions.echo(value=here), here)
                assert same(read.pop(), value)
    forget(package)


@of_others
@settings(max_examples=examples(40, full=2_500))
@given(data=st.data())
def test_any_module_goes_there_and_back(folder: Path, data: st.DataObject) -> None:
    """Classes of any configuration, in any place, bring over what they hold, and what was not given is not sent."""
    drawing = data.draw(modules.drawings(f"any{next(numbers)}"))
    for name, source in drawing.sources.items():
        (folder / f"{name}.py").write_text(source)
    importlib.invalidate_caches()
    try:
        servers = {name: importlib.import_module(name) for name in drawing.sources}
    except (AttributeError, NameError, TypeError, PydanticUserError, ValidationError):
        reject()  # names hide what the class itself needs: it is no class for its server either
    models = [model for model in drawing.models if "." not in model.path]
    classes = [attrgetter(model.path)(servers[model.module]) for model in models]
    tree = {f"type{number}": echoing(cls, [], read=[]) for number, cls in enumerate(classes)}
    for number, model in enumerate(models):
        if model.is_output_only:
            del tree[f"type{number}"]["echo"]
    package = imported_if_defined(folder, tree)

    for number, (model, cls) in enumerate(zip(models, classes, strict=True)):
        for _ in range(2):
            source = modules.expression(data.draw, model)
            value = made(source, servers)
            sent = Codec(cls).encode(value)
            exchange = Echo(cls, next(reversed(tree[f"type{number}"].values())), value)
            with package.Client("http://here", transport=exchange) as client:
                actions = getattr(client, f"type{number}")
                assert json.loads(actions.give(number=0).model_dump_json(by_alias=True)) == json.loads(sent)
                if model.is_output_only:
                    continue
                copies = {name: getattr(package.models, name) for name in servers}
                actions.echo(value=eval(source, {**STANDARD, **copies}))
            (read,) = exchange.read
            assert read.model_fields_set == value.model_fields_set
            assert Codec(cls).encode(read) == sent
    forget(package)
    for name in servers:
        del sys.modules[name]
