"""The description of a contract: as each side sees the types, the same under every Python."""

from __future__ import annotations

import enum
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, PlainSerializer, computed_field, create_model, field_serializer, model_serializer

from sanic_actions import DefinitionError, Namespace, action, define_action
from sanic_actions._namespace import entries
from sanic_actions.contract import Contract, compare, describe, locked
from sanic_actions.contract._lock_file import parse_lock

HERE = Path(__file__).parent
ZOO = HERE / "zoo.lock.json"


class Written(BaseModel):
    hidden: str = Field("", exclude=True)
    size: int

    @field_serializer("size")
    def as_words(self, size: int) -> str:
        return str(size)

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def doubled(self) -> float:
        return self.size * 2


class Point(BaseModel):
    x: int

    @model_serializer
    def as_list(self) -> list[int]:
        return [self.x]


class Sparse(BaseModel):
    note: str | None = Field(None, exclude_if=lambda value: value is None)


class Pair(NamedTuple):
    left: int
    right: str = "r"


Words = Annotated[int, PlainSerializer(str, return_type=str)]


def takes(type_: Any) -> Any:
    """Return the description of an input and of the classes that it leads to."""
    model = create_model("Input", value=(type_, ...))

    def handler(input: Any) -> None: ...

    contract = describe(entries(Namespace(act=define_action(input=model, handler=handler))))
    return contract.actions["act"]["input"]["fields"]["value"]["type"], contract.inputs


def gives(type_: Any) -> Any:
    """Return the description of an output and of the classes that it leads to."""

    def handler() -> Any: ...

    handler.__annotations__["return"] = type_
    contract = describe(entries(Namespace(act=action(handler))))
    return contract.actions["act"]["output"], contract.outputs


def test_an_output_is_what_serializers_write() -> None:
    """Callers read what a serializer declares to return, computed fields too, and no excluded ones."""
    _, classes = gives(Written)

    (members,) = classes.values()
    assert members["fields"] == {"size": {"type": "str"}, "doubled": {"type": "float"}}
    assert gives(Words)[0] == "str"
    assert gives(Point) == ({"list": "int"}, {})


def test_an_input_is_what_validators_read() -> None:
    """Callers write the declared types: serializers, computed and excluded fields belong to outputs."""
    _, classes = takes(Written)

    (members,) = classes.values()
    assert {name: field["type"] for name, field in members["fields"].items()} == {"hidden": "str", "size": "int"}
    assert takes(Words)[0] == "int"
    assert list(takes(Point)[1]) == [f"{__name__}.Point"]


def test_a_field_that_may_be_left_out_is_optional_to_readers() -> None:
    """A condition under which a field is not written makes it optional in outputs."""
    _, classes = gives(Sparse)

    (members,) = classes.values()
    assert members["fields"]["note"]["optional"] is True


def test_places_of_a_named_tuple_have_defaults() -> None:
    """A named tuple says which places at its end can be left out."""
    _, classes = takes(Pair)

    assert classes[f"{__name__}.Pair"]["defaults"] == {"right": "r"}


def test_the_description_does_not_depend_on_the_python_that_reads_it() -> None:
    """A lock that one version of Python wrote is the lock of every other: no hash changes.

    ``python -m tests.contract.test_describe`` writes the file anew.
    """
    assert zoo_text() == ZOO.read_text(encoding="utf-8")


def zoo_text() -> str:
    cases = str(HERE.parent / "codegen" / "cases")
    if cases not in sys.path:
        sys.path.insert(0, cases)
    import case_zoo

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is using the `ReadOnly` qualifier")
        return locked("zoo", describe(entries(case_zoo.server)), None).as_text()


SCALARS = st.sampled_from([int, str, bool, float, bytes, Literal["a", "b"], Literal[1], Written, Pair, Words])
TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(lambda item: list[item]),  # type: ignore[valid-type]  # made at run time
        inner.map(lambda item: dict[str, item]),  # type: ignore[valid-type]  # made at run time
        inner.map(lambda item: item | None),
        inner.map(lambda item: Annotated[list[item], Field(max_length=3)]),  # type: ignore[valid-type]  # made at run time
        st.tuples(inner, inner).map(lambda items: tuple[items]),  # type: ignore[valid-type]  # made at run time
        st.tuples(inner, inner).map(lambda items: create_model("Model", a=(items[0], ...), b=(items[1], None))),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(TYPES)
def test_a_contract_is_equal_to_itself_and_to_its_text(type_: Any) -> None:
    """Whatever the types: a lock is read as it was written, and nothing separates a contract from itself."""

    model = create_model("Input", value=(type_, ...))

    def handler(input: Any) -> Any: ...

    handler.__annotations__ |= {"input": model, "return": type_}
    try:
        tree = entries(Namespace(act=define_action(input=model, handler=handler)))
    except DefinitionError:
        assume(False)  # bytes in a model, unions that cannot be told apart
    contract = describe(tree)
    text = locked("app", contract, None).as_text()

    assert parse_lock(text, "text").contract == contract
    assert parse_lock(text, "text").as_text() == text
    assert compare(contract, parse_lock(text, "text").contract) == []


def described(type_: Any) -> Any:
    def handler() -> Any: ...

    handler.__annotations__["return"] = type_
    return describe(entries(Namespace(act=action(handler))))


@settings(max_examples=60, deadline=None)
@given(TYPES, TYPES)
def test_contracts_of_two_hashes_are_told_apart(one: Any, other: Any) -> None:
    """Whatever changes a hash is a change that ``diff`` tells: nothing gets another hash in silence."""
    try:
        older, newer = described(one), described(other)
    except DefinitionError:
        assume(False)

    assert (older.hashes != newer.hashes) == bool(compare(older, newer))


@pytest.mark.parametrize(("one", "other"), [(Literal[1], Literal[True]), (Literal[0, "a"], Literal[False, "a"])])
def test_values_that_are_equal_to_python_only_are_told_apart(one: Any, other: Any) -> None:
    """One is not true on the wire."""
    assert [change.kind for change in compare(described(one), described(other))] == [
        "output narrowed",
        "output widened",
    ]


def test_a_chain_of_classes_is_compared_however_long_it_is() -> None:
    """A comparison is not as deep as what it compares."""
    names = [f"shop.C{number}" for number in range(2000)]

    def chain(end: str) -> Any:
        types = [*({"class": name} for name in names[1:]), end]
        classes = {n: {"kind": "model", "fields": {"next": {"type": t}}} for n, t in zip(names, types, strict=True)}
        act: dict[str, Any] = {"accept": ["json"], "errors": {}, "input": None, "once": False, "stream": False}
        return Contract({"act": act | {"output": {"class": names[0]}}}, {}, classes)

    (change,) = compare(chain("int"), chain("str"))

    assert (change.kind, change.place.count("next")) == ("type changed", 2000)


if __name__ == "__main__":
    ZOO.write_text(zoo_text(), encoding="utf-8")


class Place(NamedTuple):
    options: dict[str, str] = {"class": "shop.Gone"}


class Choice(enum.Enum):
    NONE = "none"


class Named(BaseModel):
    default: Place
    kind: Choice
    options: dict[str, str] = {"class": "shop.Gone"}
    lists: dict[str, list[str]] = {"union": [], "closed": ["shop.Item"]}


def test_data_that_looks_like_a_type_is_not_read_as_one() -> None:
    """A default may have the keys of a description, and a field may have the names of its keys."""

    def handler() -> Named:
        raise NotImplementedError

    contract = describe(entries({"act": action(handler)}))

    assert contract.dangling() == []
    assert contract.closed_members == frozenset()
    assert {name.rpartition(".")[2] for name in contract.only("act").outputs} == {"Named", "Place", "Choice"}
