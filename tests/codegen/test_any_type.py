"""Whatever types a server declares, a package generated from them brings their values there and back."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from codegen import golden
from conftest import examples
from hypothesis import given, settings
from kinds import kinds_with_values, same

from sanic_actions import Action, action
from sanic_actions._wire import Codec
from sanic_actions.client import Request, Response
from sanic_actions.codegen import generate

numbers = itertools.count()


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
        if not request.url.endswith("/give"):
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


def forget(package: Any) -> None:
    """Thousands of packages need their memory."""
    for name in [name for name in sys.modules if name.partition(".")[0] == package.__name__]:
        del sys.modules[name]


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # Hypothesis, of the strategies of some types
@settings(max_examples=examples(30))
@given(case=kinds_with_values())
def test_any_type_goes_there_and_back(folder: Path, case: tuple[Any, list[Any]]) -> None:
    """The handler gets the value that it once gave, and the caller what it sent, each in classes of their own."""
    kind, values = case

    def give() -> Any: ...
    def echo(value: Any) -> Any: ...

    give.__annotations__ = {"return": kind}
    echo.__annotations__ = {"value": kind, "return": kind}
    actions: dict[str, Action[..., Any]] = {"give": action(give), "echo": action(echo)}
    package = imported(folder, actions)

    for value in values:
        server = Echo(kind, actions["echo"], value)
        with package.Client("http://here", transport=server) as client:
            here = client.give()
            back = client.echo(value=here)
        assert same(server.read, [value])
        assert same(back, here)
    forget(package)
