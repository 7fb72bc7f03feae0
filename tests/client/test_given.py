"""What was not given is not sent: the server sees the fields that its caller gave, and no other."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic

from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint

CASES = Path(__file__).parent / "cases"

Serve = Callable[[Sanic[Any, Any]], str]


@pytest.fixture(params=["copied", "shared"])
def patch(
    request: pytest.FixtureRequest, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Any, Any]]:
    """A client of the case, whose models are copies or the server's own, and the module of its models."""
    monkeypatch.syspath_prepend(str(CASES))
    monkeypatch.syspath_prepend(str(tmp_path))
    case = importlib.import_module("case_patch")
    package = f"patch_{request.param}"
    share = ["case_patch"] if request.param == "shared" else []
    for path, text in generate(case.server, package=package, share=share).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    app: Sanic[Any, Any] = Sanic(package)
    app.blueprint(ActionsBlueprint(case.server))
    models = case if share else importlib.import_module(f"{package}.models.case_patch")
    with importlib.import_module(package).Client(serve(app)) as client:
        yield client, models
    for name in [name for name in sys.modules if name.split(".")[0] in (package, "case_patch")]:
        del sys.modules[name]


def user(**fields: object) -> dict[str, object]:
    return {"": "UserUpdate", **fields}


def address(**fields: object) -> dict[str, object]:
    return {"": "Address", **fields}


def seen(answer: str) -> object:
    return ast.literal_eval(answer)


@pytest.mark.parametrize("action", ["one", "form"])
def test_fields(patch: tuple[Any, Any], action: str) -> None:
    """A model arrives with the fields that it was made with, nested ones too, as JSON and as a form."""
    client, m = patch
    call = getattr(client, action)

    assert seen(call(changes=m.UserUpdate(name="Bob"))) == user(name="Bob")
    assert seen(call(changes=m.UserUpdate(name="Bob", age=None))) == user(age=None, name="Bob")
    assert seen(call(changes=m.UserUpdate(address=m.Address(floor=2)))) == user(address=address(floor=2))
    assert seen(call(changes=m.UserUpdate(is_admin=False))) == user(is_admin=False)
    assert seen(call(changes=m.UserUpdate(nickName="B"))) == user(nick="B")


def test_fields_that_the_server_never_writes(patch: tuple[Any, Any]) -> None:
    """A field with ``exclude=True`` arrives if it was given, whether the class is a copy or the server's own."""
    client, m = patch

    answer = client.account(account=m.Account(name="a", password="p", codes=[1]))
    again = client.account(account=answer)

    assert seen(answer.name) == {"": "Account", "name": "a", "password": "p", "codes": [1]}
    assert seen(again.name) == {"": "Account", "name": answer.name}


def test_nothing_given(patch: tuple[Any, Any]) -> None:
    """A model without any field given arrives so."""
    client, m = patch

    assert seen(client.one(changes=m.UserUpdate())) == user()


def test_fields_set_later(patch: tuple[Any, Any]) -> None:
    """What is assigned later is given, and so is a default that is changed in its place."""
    client, m = patch
    changes = m.UserUpdate()
    changes.age = 3
    changes.tags.append("x")
    changes.home.city = "Rome"

    assert seen(client.one(changes=changes)) == user(age=3, home=address(city="Rome"), tags=["x"])


def test_containers(patch: tuple[Any, Any]) -> None:
    """The same holds for the members of lists and dicts, and for models inside themselves."""
    client, m = patch

    many = client.many(changes=[m.UserUpdate(age=1), m.UserUpdate()], named={"a": m.UserUpdate(name=None)})
    tree = client.tree(tree=m.Tree(kids=[m.Tree(label="x"), m.Tree(kids=[m.Tree()])]))

    assert seen(many) == [[user(age=1), user()], {"a": user(name=None)}]
    assert seen(tree) == {"": "Tree", "kids": [
        {"": "Tree", "label": "x"}, {"": "Tree", "kids": [{"": "Tree"}]}
    ]}  # fmt: skip


def test_members_of_unions(patch: tuple[Any, Any]) -> None:
    """A tag is always sent, whether the union declares its discriminator or not."""
    client, m = patch

    assert seen(client.shape(shape=m.Square(label="x"))) == {"": "Square", "kind": "square", "label": "x"}
    assert seen(client.shape(shape=m.Circle())) == {"": "Circle", "kind": "circle"}
    assert seen(client.pets(pets=[m.Dog(), m.Cat(), m.Cat(sort="kitten", label=None)])) == [
        {"": "Dog", "sort": "dog"},
        {"": "Cat", "sort": "cat"},
        {"": "Cat", "label": None, "sort": "kitten"},
    ]


def test_typed_dicts_and_dataclasses(patch: tuple[Any, Any]) -> None:
    """A typed dict arrives with its keys; in a dataclass, models arrive with what was given."""
    client, m = patch

    assert seen(client.note(note={"user": m.UserUpdate(age=2)})) == {"user": user(age=2)}
    assert seen(client.note(note={})) == {}
    assert seen(client.batch(batch=m.Batch(user=m.UserUpdate(age=2)))) == {"user": user(age=2), "size": 3}


def test_dicts_for_models(patch: tuple[Any, Any]) -> None:
    """A dict in the place of a model gives its keys."""
    client, _ = patch

    assert seen(client.one(changes={"name": "Bob", "address": {"city": None}})) == user(
        address=address(city=None), name="Bob"
    )
