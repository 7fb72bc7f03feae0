"""What callers import from a package stays, or the contract says that it went."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from conftest import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from sanic_actions import Action, Namespace
from sanic_actions._namespace import entries
from sanic_actions.codegen._package import generate_entries
from sanic_actions.contract import Change, Contract, LockError, breaks, compare, describe, locked, parse_lock

HEAD = """
import enum
from typing import Annotated, Any, Literal, NewType
from pydantic import BaseModel, PlainSerializer
from typing_extensions import TypeAliasType
from sanic_actions import ActionError, action
class Plain(BaseModel):
    x: int
"""
ITEM = "class Item(BaseModel):\n    x: int"
CAT = "class Cat(BaseModel):\n    kind: Literal['cat']\n    toy: two.Toy"
DOG = "class Dog(BaseModel):\n    kind: Literal['dog']"
TOY = "class Toy(BaseModel):\n    size: int"
GONE = "class Gone(ActionError, code='GONE'):\n    left: int"
COLOUR = "class Colour(str, enum.Enum):\n    RED = 'red'"
SKU = "Sku = TypeAliasType('Sku', str)"
CODE = "Code = TypeAliasType('Code', str)"
NESTED = "class Outer:\n    class Item(BaseModel):\n        x: int"
LOCAL = "def make():\n    class Item(BaseModel):\n        x: int\n    return Item\nItem = make()"


class Version(NamedTuple):
    """A version of a server: its contract, and the files of its package."""

    contract: Contract
    texts: Mapping[str, str]


def version_of(sources: Mapping[str, str]) -> Version:
    """Return the version whose modules have these sources; the actions are in the last one, ``api``."""
    modules: dict[str, ModuleType] = {}
    try:
        for name, source in sources.items():
            module = ModuleType(name)
            sys.modules[name] = modules[name] = module
            exec(HEAD, vars(module))
            vars(module).update(modules)
            exec(source, vars(module))
        actions = {name: value for name, value in vars(modules["api"]).items() if isinstance(value, Action)}
        tree = entries(Namespace(**actions))
        return Version(describe(tree), generate_entries(tree, package="client"))
    finally:
        for name in modules:
            del sys.modules[name]


def returns(first: str, second: str = "", *, raises: tuple[str, str] = ("", "")) -> str:
    """Return the source of two actions, or of one, with their outputs and errors."""
    source = f"@action(raises=[{raises[0]}])\ndef first() -> {first}: ...\n"
    if second:
        source += f"@action(raises=[{raises[1]}])\ndef second() -> {second}: ...\n"
    return source


def takes(type_: str) -> str:
    """Return the source of an action with a parameter."""
    return f"@action\ndef first(value: {type_}) -> None: ...\n"


def offered(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the names that a package offers, each with the place of what it means."""
    names: dict[str, str] = {}
    modules = {}
    for path, text in texts.items():
        module = path.removeprefix("client/").removesuffix(".pyi").removesuffix("/__init__").replace("/", ".")
        if path.endswith(".pyi") and module.startswith("models"):
            modules[module] = text
    for module, text in modules.items():
        own = re.search(r"^__all__ = (\[.*\])$", text, re.MULTILINE)
        for name in eval(own[1]) if own else []:
            names[f"{module}.{name}"] = f"{module}.{name}"
        for source, name in re.findall(r"^from \.(\S+) import (\w+) as \w+$", text, re.MULTILINE):
            names[f"{module}.{name}"] = f"{module}.{source}.{name}"
    return {name: place for name, place in names.items() if name not in modules}


def changed(old: Version, new: Version) -> set[str]:
    """Return the names of a package that are not in another one, or mean another place there."""
    new_names = offered(new.texts)
    return {name for name, place in offered(old.texts).items() if new_names.get(name) != place}


def lines(changes: list[Change]) -> str:
    return "\n".join(map(str, changes))


TWO_ITEMS = {"one": ITEM, "two": ITEM}
BOTH = "so one.Item is imported from models.one only (breaking in source)"
IS_GONE = "is not in the package any more, so whoever imports it has to change that line"
ROWS = {
    "a class of the same name joins": (
        {"one": ITEM, "api": returns("one.Item")},
        {**TWO_ITEMS, "api": returns("one.Item", "two.Item")},
        f"first models.Item: two.Item has that name too, {BOTH}",
    ),
    "a class of the same name joins inside another one": (
        {"one": ITEM, "api": takes("one.Item")},
        {**TWO_ITEMS, "api": takes("one.Item") + "@action\ndef second(*, by: list[two.Item]) -> None: ...\n"},
        f"first models.Item: two.Item has that name too, {BOTH}",
    ),
    "an error of the same name joins": (
        {"one": GONE, "api": returns("int", raises=("one.Gone", ""))},
        {"one": GONE, "two": GONE, "api": returns("int", "int", raises=("one.Gone", "two.Gone"))},
        "first models.Gone: two.Gone has that name too, so one.Gone is imported from models.one only",
    ),
    "an error of the name of a class joins": (
        {"one": ITEM, "api": returns("one.Item")},
        {"one": ITEM, "two": GONE.replace("Gone", "Item"), "api": returns("one.Item", "int", raises=("", "two.Item"))},
        f"first models.Item: two.Item has that name too, {BOTH}",
    ),
    "an alias of the name of a class joins": (
        {"one": ITEM, "api": returns("one.Item")},
        {"one": ITEM, "two": SKU.replace("Sku", "Item"), "api": returns("one.Item", "two.Item")},
        f"first models.Item: two.Item has that name too, {BOTH}",
    ),
    "a class around of the same name joins": (
        {"one": "class Outer(BaseModel):\n    x: int", "api": returns("one.Outer")},
        {"one": "class Outer(BaseModel):\n    x: int", "two": NESTED, "api": returns("one.Outer", "two.Outer.Item")},
        "first models.Outer: two.Outer has that name too, so one.Outer is imported from models.one only",
    ),
    "a package of the name of a class joins": (
        {"one": ITEM, "api": returns("one.Item")},
        {"one": ITEM, "Item": TOY, "api": returns("one.Item", "Item.Toy")},
        f"first models.Item: Item is a package of models too, {BOTH}",
    ),
    "an alias is renamed": (
        {"one": SKU, "api": takes("one.Sku")},
        {"one": CODE, "api": takes("one.Code")},
        f"first models.Sku: one.Sku {IS_GONE} (breaking in source)",
    ),
    "an alias inside a class is renamed": (
        {"one": SKU, "two": "class Toy(BaseModel):\n    sku: one.Sku | None", "api": returns("list[two.Toy]")},
        {"one": CODE, "two": "class Toy(BaseModel):\n    sku: one.Code | None", "api": returns("list[two.Toy]")},
        f"first models.Sku: one.Sku {IS_GONE} (breaking in source)",
    ),
    "an alias goes": (
        {"one": SKU, "api": returns("one.Sku")},
        {"api": returns("str")},
        f"first models.Sku: one.Sku {IS_GONE} (breaking in source)",
    ),
    "a nested class moves out": (
        {"one": NESTED, "api": returns("one.Outer.Item")},
        {"one": ITEM, "api": returns("one.Item")},
        "first output: one.Outer.Item became one.Item (breaking in source)",
    ),
    "a class around is renamed": (
        {"one": NESTED, "api": returns("one.Outer.Item")},
        {"one": NESTED.replace("Outer", "Around"), "api": returns("one.Around.Item")},
        "first output: one.Outer.Item became one.Around.Item (breaking in source)",
    ),
    "a class moves to where the name is taken": (
        {**TWO_ITEMS, "three": "", "api": returns("one.Item", "two.Item")},
        {"two": ITEM, "three": ITEM, "api": returns("three.Item", "two.Item")},
        "first output: one.Item became three.Item (breaking in source)",
    ),
    "a class hides from the package of models": (
        {"one": ITEM, "api": returns("one.Item")},
        {"two": ITEM.replace("Item", "_Item"), "api": returns("two._Item")},
        "first output: one.Item became two._Item (breaking in source)",
    ),
}
"""The older version, the newer one, and a line of what separates them, which breaks in source."""


@pytest.mark.parametrize("name", ROWS)
def test_a_name_that_callers_lose(name: str) -> None:
    """A name that cannot be imported any more, or means another class, breaks in source, and a line says which."""
    old, new = map(version_of, ROWS[name][:2])
    changes = compare(old.contract, new.contract)

    assert ROWS[name][2] in lines(changes)
    assert changed(old, new)
    assert any(breaks(change, "source") for change in changes)
    assert not any(breaks(change, "wire") for change in changes if change.kind != "type changed")
    assert locked("shop", new.contract, locked("shop", old.contract, None)).version == "0.2.0"


def test_a_caller_of_a_name_that_is_lost(tmp_path: Path) -> None:
    """The import that works with the older package is the one that fails with the newer one."""
    codes = []
    for number, sources in enumerate(ROWS["a class of the same name joins"][:2]):
        for path, text in version_of(sources).texts.items():
            file = tmp_path / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-c", "from client.models import Item"]
        codes.append(subprocess.run(command, cwd=tmp_path / str(number), check=False, timeout=60).returncode)

    assert codes == [0, 1]


FINE = {
    "an error goes": (
        {"one": GONE, "api": returns("int", raises=("one.Gone", ""))},
        {"one": GONE, "api": returns("int")},
        f"first error Gone: the error was removed; one.Gone {IS_GONE} (fine)",
    ),
    "an error goes that another action has": (
        {"one": GONE, "api": returns("int", "int", raises=("one.Gone", "one.Gone"))},
        {"one": GONE, "api": returns("int", "int", raises=("one.Gone", ""))},
        "second error Gone: the error was removed (fine)",
    ),
    "an error goes with its class of values": (
        {"one": GONE + "\n    at: Plain\n", "api": returns("int", raises=("one.Gone", ""))},
        {"one": GONE, "api": returns("int")},
        "the error was removed; one.Gone and one.Plain are not in the package any more, so whoever imports them",
    ),
    "a member of a union goes": (
        {"two": TOY, "one": f"{CAT}\n{DOG}", "api": returns("one.Cat | one.Dog")},
        {"two": TOY, "one": f"{CAT}\n{DOG}", "api": returns("one.Dog")},
        "first output: Cat was removed; one.Cat and two.Toy are not in the package any more, so whoever imports them",
    ),
    "the last value of an enum goes": (
        {"one": COLOUR, "api": returns("Literal[one.Colour.RED, 'blue']")},
        {"one": COLOUR, "api": returns("Literal['blue']")},
        f"one.Colour.RED was removed; one.Colour {IS_GONE} (fine)",
    ),
    "a new type goes": (
        {"one": "Id = NewType('Id', int)", "api": returns("one.Id | str")},
        {"one": "Id = NewType('Id', int)", "api": returns("str")},
        f"first output: Id was removed; one.Id {IS_GONE} (fine)",
    ),
    "an alias moves": (
        {"one": SKU, "api": takes("one.Sku")},
        {"two": SKU, "api": takes("two.Sku")},
        "first models.Sku: one.Sku became two.Sku (fine)",
    ),
    "an alias joins": (
        {"one": SKU, "api": takes("str")},
        {"one": SKU, "api": takes("one.Sku")},
        "first models.Sku: one.Sku is there too (fine)",
    ),
    "a class moves": (
        {"one": ITEM, "api": returns("one.Item")},
        {"two": ITEM, "api": returns("two.Item")},
        "first output: one.Item became two.Item (fine)",
    ),
    "the copy of a local class moves out": (
        {"one": LOCAL, "api": returns("one.Item")},
        {"one": ITEM, "api": returns("one.Item")},
        "first output: one.make.<locals>.Item became one.Item (fine)",
    ),
    "an action joins that has an alias": (
        {"one": SKU, "api": returns("int")},
        {"one": SKU, "api": returns("int", "one.Sku")},
        "second: the action was added (fine)",
    ),
}
"""The older version, the newer one, and a line of what separates them, all of which is fine."""


@pytest.mark.parametrize("name", FINE)
def test_a_name_that_goes_with_what_callers_can_do_without(name: str) -> None:
    """The verdict is that of the part that went, and its line names the classes that callers have to let go of."""
    old, new = map(version_of, FINE[name][:2])
    changes = compare(old.contract, new.contract)

    assert FINE[name][2] in lines(changes)
    assert not any(breaks(change, "source") for change in changes)
    assert locked("shop", new.contract, locked("shop", old.contract, None)).version == "0.1.1"
    assert all(name.rpartition(".")[2] in lines(changes) for name in changed(old, new))


CASES = ("blog", "circle", "streams", "types", "zoo")


@pytest.mark.filterwarnings("ignore:.* is using the `ReadOnly` qualifier")
@pytest.mark.parametrize("case", CASES)
def test_a_contract_says_what_its_package_offers(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names in a lock are those of the package, also after they were written and read."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "codegen" / "cases"))
    tree = entries(importlib.import_module(f"case_{case}").server)
    contract = describe(tree)
    lock = locked("shop", contract, None)
    names = offered(generate_entries(tree, package="client"))

    assert parse_lock(lock.as_text(), "lock").contract == contract
    assert contract.modules is not None
    for module, tops in contract.modules.items():
        assert {f"models.{module}.{top}" for top in tops} <= names.keys()
    places = {f"models.{module}.{top}" for module, tops in contract.modules.items() for top in tops}
    assert {place for name, place in names.items() if name.count(".") == 1 and place != name} <= places


def test_a_reason_for_an_earlier_change_excuses_no_lost_name() -> None:
    """A reason stays in the lock while nothing breaks, and goes with a name that callers lose."""
    old = version_of({"one": SKU, "api": returns("one.Sku")}).contract
    renamed = version_of({"one": CODE, "api": returns("one.Code")}).contract
    first = locked("shop", old, None, {"first": "nobody calls it"})

    assert locked("shop", old, first).allowed == {"first": "nobody calls it"}
    assert locked("shop", renamed, first).allowed == {}


def test_a_lock_without_names_says_nothing_of_them() -> None:
    """A lock of an earlier version has no names: no name counts as lost or new, and the version stays."""
    old, new = map(version_of, ROWS["a class of the same name joins"][:2])
    lock = locked("shop", dataclasses.replace(old.contract, modules=None, aliases={}), None)

    assert "modules" not in json.loads(lock.as_text())
    assert lines(compare(lock.contract, new.contract)) == "second: the action was added (fine)"
    assert compare(lock.contract, old.contract) == []
    assert lock.contract.is_like(old.contract)
    assert locked("shop", old.contract, lock).version == lock.version


@pytest.mark.parametrize("key", ["modules", "aliases"])
@pytest.mark.parametrize("value", [None, [], {"one": "Item"}, {"one": [1]}, "one"])
def test_names_that_somebody_has_made_up(key: str, value: object) -> None:
    """What stands in the place of names in a lock, and is not names, makes it no lock."""
    data = json.loads(locked("shop", version_of({"one": SKU, "api": returns("one.Sku")}).contract, None).as_text())
    holder = data if key == "modules" else data["actions"]["first"]
    holder[key] = value
    if key == "aliases" and value == []:
        assert parse_lock(json.dumps(data), "lock").contract.aliases == {"first": ()}
        return

    with pytest.raises(LockError, match="is not a lock of sanic-actions"):
        parse_lock(json.dumps(data), "lock")


PIECES = {
    "Item": (ITEM, GONE.replace("Gone", "Item"), "Item = TypeAliasType('Item', int)", "Item = NewType('Item', int)"),
    "Toy": (TOY, "Toy = TypeAliasType('Toy', str)", "class Toy:\n    class Item(BaseModel):\n        x: int"),
}
OUTPUTS = ("int", "one.Item | int", "two.Item | int", "list[one.Toy]", "tuple[one.Toy, two.Toy]", "two.Toy")


@st.composite
def servers(draw: st.DrawFn) -> dict[str, str]:
    """Draw the sources of a version of a server."""
    sources: dict[str, str] = {}
    errors: list[str] = []
    for module in ("one", "two"):
        pieces = [draw(st.sampled_from(piece)) for piece in PIECES.values()]
        sources[module] = "\n".join(pieces)
        if pieces[0] == PIECES["Item"][1]:
            errors.append(f"{module}.Item")
    outputs = [draw(st.sampled_from(OUTPUTS)) for _ in range(2)]
    for module in ("one", "two"):
        if "class Toy:" in sources[module]:
            outputs = [output.replace(f"{module}.Toy", f"{module}.Toy.Item") for output in outputs]
        if f"{module}.Item" in errors:
            outputs = [output.replace(f"{module}.Item | ", "") for output in outputs]
    errors = [draw(st.sampled_from([error, ""])) for error in [*errors, "", ""]]
    sources["api"] = returns(*outputs, raises=(errors[0], errors[1]))
    return sources


@settings(max_examples=examples(50))
@given(servers(), servers())
def test_whatever_changes_no_name_goes_silently(old_sources: dict[str, str], new_sources: dict[str, str]) -> None:
    """A name that callers can import from the older package is in the newer one, or a change says that it is not."""
    old, new = map(version_of, [old_sources, new_sources])
    changes = compare(old.contract, new.contract)

    if not any(breaks(change, "source") for change in changes):
        text = lines(changes)
        for name in changed(old, new):
            assert re.search(rf"\b{name.removeprefix('models.')}\b", text), text
    if old.contract == new.contract:
        assert not changes
