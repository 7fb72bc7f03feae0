"""What a change means to callers: the table of verdicts, each row with the change that it is about."""

from __future__ import annotations

import dataclasses
import enum
from inspect import signature
from types import GenericAlias
from typing import Annotated, Any, Generic, Literal, NewType, NotRequired, TypeVar, cast
from uuid import UUID

import pytest
from pydantic import (
    UUID4,
    UUID7,
    AnyUrl,
    Base64Str,
    Base64UrlStr,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    RootModel,
    StringConstraints,
    UrlConstraints,
    create_model,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

from sanic_actions import ActionError, Namespace, action, define_action
from sanic_actions._namespace import entries
from sanic_actions.contract import compare, describe


def takes(type_: Any, default: Any = ...) -> Any:
    """An action whose input is an object with the field ``value``."""
    model = create_model("Input", value=(type_, default))

    def handler(input: Any) -> None: ...

    return define_action(input=model, handler=handler)


def gives(type_: Any, default: Any = ...) -> Any:
    """An action whose output is an object with the field ``value``."""
    model = create_model("Output", value=(type_, default))

    def handler() -> Any: ...

    handler.__annotations__["return"] = model
    return action(handler)


def nothing() -> Any:
    def handler() -> None: ...

    return action(handler)


def enum_of(**members: Any) -> Any:
    return enum.Enum("Color", members)


def model(name: str = "Item", module: str = "shop", **fields: Any) -> Any:
    return create_model(name, __module__=module, **fields)


class Gone(ActionError, code="GONE"):
    left: int


def raising(*errors: type[ActionError]) -> Any:
    def handler() -> None: ...

    return action(raises=errors)(handler)


def verdicts(old: Any, new: Any) -> list[tuple[str, str]]:
    older, newer = (describe(entries(Namespace(act=act))) for act in (old, new))
    return [(change.kind, str(change.verdict)) for change in compare(older, newer)]


@pytest.mark.parametrize(
    ("old", "new", "as_input", "as_output"),
    [
        (int, int, None, None),
        (int, float, "input widened", "output widened"),
        (float, int, "input narrowed", "output narrowed"),
        (int, str, "type changed", "type changed"),
        (int, int | None, "input widened", "output widened"),
        (int | None, int, "input narrowed", "output narrowed"),
        (Literal["a"], Literal["a", "b"], "input widened", "output widened"),
        (Literal["a", "b"], Literal["b"], "input narrowed", "output narrowed"),
        (Literal["a", "b"], Literal["b", "a"], None, None),
        (Literal["a"], str, "input widened", "output widened"),
        (list[int], list[str], "type changed", "type changed"),
        (list[int], list[int | None], "input widened", "output widened"),
        (list[int], set[int], "type changed", "type changed"),
        (dict[str, int], dict[str, int | None], "input widened", "output widened"),
        (tuple[int, str], tuple[int, str, int], "type changed", "type changed"),
        (Annotated[int, Field(ge=1)], Annotated[int, Field(ge=2)], "input narrowed", "output narrowed"),
        (Annotated[int, Field(ge=1)], int, "input widened", "output widened"),
        (int, Annotated[int, Field(lt=9)], "input narrowed", "output narrowed"),
        (
            Annotated[str, Field(max_length=5)],
            Annotated[str, Field(max_length=9)],
            "input widened",
            "output widened",
        ),
        (Annotated[str, Field(pattern="a")], Annotated[str, Field(pattern="b")], "type changed", "type changed"),
        (enum_of(A="a"), enum_of(A="a", B="b"), "input widened", "output widened"),
        (enum_of(A="a", B="b"), enum_of(A="a"), "input narrowed", "output narrowed"),
        (enum_of(A="a", B="b"), enum_of(B="b", A="a"), None, None),
        (enum_of(A="a"), enum_of(A="x"), "encoding changed", "encoding changed"),
        (enum_of(A="a"), enum_of(Z="a"), "member renamed", "member renamed"),
        (model(x=(int, ...)), model(x=(int, ...), module="store"), "class moved", "class moved"),
        (model(x=(int, ...)), model("Thing", x=(int, ...)), "class renamed", "class renamed"),
        (model(x=(int, ...)), model(x=(str, ...)), "type changed", "type changed"),
        (
            model(x=(int, Field(alias="a"))),
            model(x=(int, Field(alias="b"))),
            "alias changed",
            "alias changed",
        ),
        (model(x=(int, ...)), model(x=(int, ...), y=(int, 0)), "input field added, optional", "output field added"),
        (model(x=(int, ...)), model(x=(int, ...), y=(int, ...)), "input field added, required", "output field added"),
        (model(x=(int, ...), y=(int, 0)), model(x=(int, ...)), "input field removed", "output field removed"),
        (model(x=(int, 1)), model(x=(int, 2)), "default changed", "default changed"),
        (model(x=(int, ...)), model(x=(int, 2)), "input became optional", "default added"),
        (model(x=(int, 2)), model(x=(int, ...)), "input became required", "default removed"),
    ],
    ids=str,
)
def test_a_type_that_changed_is_judged_by_who_writes_its_values(
    old: Any, new: Any, as_input: str | None, as_output: str | None
) -> None:
    """Callers write inputs and read outputs, so the same change can break the one and not the other."""
    assert [kind for kind, _ in verdicts(takes(old), takes(new))] == ([as_input] if as_input else [])
    assert [kind for kind, _ in verdicts(gives(old), gives(new))] == ([as_output] if as_output else [])


def kinds_of(*names: str, by: str | None = "kind") -> Any:
    """Return a union of models, told apart by a field if one is named."""
    members: list[Any] = []
    for name in names:
        fields = {key: (Literal[(name.lower() + key,)], ...) for key in ("kind", "sort")}
        members.append(model(name, **cast("Any", fields)))
    union: Any = members[0]
    for member in members[1:]:
        union |= member
    if by is None:
        return union
    kinds: Any = Annotated
    return kinds[union, Field(discriminator=by)]


@pytest.mark.parametrize(
    "around",
    [lambda pet: pet | None, lambda pet: GenericAlias(list, (pet | int,)), lambda pet: pet],
    ids=["or None", "in a list", "alone"],
)
@pytest.mark.parametrize(
    ("old", "new", "as_input", "as_output"),
    [
        (kinds_of("Cat", "Dog"), kinds_of("Cat", "Dog"), None, None),
        (kinds_of("Cat", "Dog"), kinds_of("Cat", "Dog", "Cow"), "input widened", "output widened"),
        (kinds_of("Cat", "Dog", "Cow"), kinds_of("Cow", "Cat"), "input narrowed", "output narrowed"),
        (kinds_of("Cat", by=None), kinds_of("Cat", "Dog"), "input widened", "output widened"),
        (kinds_of("Cat", "Dog"), kinds_of("Cat", by=None), "input narrowed", "output narrowed"),
        (kinds_of("Cat", "Dog"), kinds_of("Cat", "Dog", by="sort"), "discriminator changed", "discriminator changed"),
    ],
    ids=["the same", "one more", "one less", "one became two", "two became one", "by another field"],
)
def test_members_of_a_union_inside_another_are_its_members(
    old: Any, new: Any, as_input: str | None, as_output: str | None, around: Any
) -> None:
    """``Pet | None`` changes as ``Pet`` does, whose members a discriminator tells apart."""
    inputs = [kind for kind, _ in verdicts(takes(around(old)), takes(around(new)))]
    outputs = [kind for kind, _ in verdicts(gives(around(old)), gives(around(new)))]

    assert inputs == ([as_input] if as_input else [])
    assert outputs == ([as_output] if as_output else [])


def point(*names: str, make: Any = dataclasses.dataclass, bases: tuple[type, ...] = (), **options: Any) -> Any:
    """Return a dataclass, of the standard library or of pydantic, whose fields stand in an order."""
    namespace = {"__annotations__": dict.fromkeys(names, int), "__module__": "shop"}
    return make(**options)(type("Point", bases, namespace))


FROZEN = ("frozen turned on", "frozen turned off")


def fixed(kind: type, is_frozen: bool) -> Any:
    return type("Item", (kind,), {"model_config": ConfigDict(frozen=is_frozen), "__module__": "shop"})


def derived(base: Any) -> Any:
    return create_model("Item", __base__=base, __module__="shop")


T = TypeVar("T")


class Paged(BaseModel, Generic[T]):
    items: list[T]


class Shelf(Paged[int]): ...


class Rack(BaseModel):
    items: list[int]


Rack.__module__ = Shelf.__module__ = "shop"
Rack.__qualname__ = Rack.__name__ = "Shelf"


@pytest.mark.parametrize(
    ("old", "new", "forth", "back"),
    [
        (enum.Enum("E", {"A": "a"}), enum.StrEnum("E", {"A": "a"}), "base class added", "base class removed"),
        (enum.Enum("E", {"A": "a"}), enum.Enum("E", {"A": "a"}, type=str), "base class added", "base class removed"),
        (enum.Enum("E", {"A": 1}), enum.IntEnum("E", {"A": 1}), "base class added", "base class removed"),
        (enum.Flag("E", {"A": 1}), enum.IntFlag("E", {"A": 1}), "base class added", "base class removed"),
        (model(x=(int, ...)), derived(model("Thing", x=(int, ...))), "base class added", "base class removed"),
        (derived(model("Thing")), derived(model("Thing", module="store")), "class moved", "class moved"),
        (Rack, Shelf, "base class added", "base class removed"),
        (point("x"), point(bases=(point("x"),)), "base class added", "base class removed"),
        (point("x", "y"), point("y", "x"), "field order changed", "field order changed"),
        (
            point("x", "y", make=pydantic_dataclass),
            point("y", "x", make=pydantic_dataclass),
            *["field order changed"] * 2,
        ),
        (point("x", "y"), point("x", "y", kw_only=True), "field order changed", None),
        (point("x", kw_only=True), point("x", kw_only=True), None, None),
        (point("x"), point("x", frozen=True), "frozen turned on", "frozen turned off"),
        (point("x", make=pydantic_dataclass), point("x", make=pydantic_dataclass, frozen=True), *FROZEN),
        (fixed(BaseModel, False), fixed(BaseModel, True), *FROZEN),
        (fixed(RootModel[int], False), fixed(RootModel[int], True), *FROZEN),
        (point("x"), point("x", order=True), "order turned on", "order turned off"),
        (point("x"), point("x", unsafe_hash=True), "hash turned on", "hash turned off"),
        (point("x"), point("x", eq=False), "hash turned on", "hash turned off"),
    ],
    ids=str,
)
def test_what_code_can_do_with_a_class_is_a_part_of_the_contract(
    old: Any, new: Any, forth: str | None, back: str | None
) -> None:
    """Bases, places of fields, assignment, order and hash are seen in both directions, in inputs and outputs."""
    for act in (takes, gives):
        assert [kind for kind, _ in verdicts(act(old), act(new))] == [kind for kind in [forth] if kind]
        assert [kind for kind, _ in verdicts(act(new), act(old))] == [kind for kind in [back] if kind]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ((int, 1), "value.x: the field was removed; clients that have it read its default (breaking on the wire)"),
        ((int, ...), "value.x: the field was removed (breaking on the wire)"),
        ((int, Field(default_factory=lambda: 1)), "value.x: the field was removed (breaking on the wire)"),
    ],
)
def test_a_client_reads_the_default_of_a_field_that_is_gone(field: Any, words: str) -> None:
    """No call fails where a copy knows the default, and the line says what callers have in place of the value."""
    old, new = (describe(entries(Namespace(act=gives(model(y=(int, ...), **more))))) for more in ({"x": field}, {}))

    assert [str(change) for change in compare(old, new)] == [f"act output.{words}"]


def paged(item: Any) -> Any:
    return Paged[item]


class Boxed(BaseModel, Generic[T]):
    items: list[T]


def test_a_generic_class_is_known_by_its_own_name() -> None:
    """``Box[Item]`` and ``Page[Item]`` are two classes, though both end in the same argument."""
    assert [kind for kind, _ in verdicts(gives(Paged[Rack]), gives(Boxed[Rack]))] == ["class renamed"]
    assert verdicts(gives(paged(model())), gives(paged(model(module="store"))))[0] == ("class moved", "fine")


class Crate(BaseModel, Generic[T], extra="forbid"):
    item: T


class CrateNow(BaseModel, Generic[T], extra="forbid"):
    item: T
    count: int = 0


CrateNow.__qualname__ = "Crate"


def test_a_generic_class_has_one_copy() -> None:
    """What one of its uses refuses the others refuse too, since callers have one copy for all."""
    rival = model("Rival", code=(int, ...))
    old = {"both": gives(Crate[int] | rival), "words": gives(Crate[str])}
    new = {"both": gives(CrateNow[int] | rival), "words": gives(CrateNow[str])}
    changes = compare(describe(entries(old)), describe(entries(new)))
    kinds = {change.action: change.kind for change in changes}
    assert kinds["words"] == kinds["both"] == "output field added, extra forbidden"


@pytest.mark.parametrize(
    "default",
    [{"union": True, "closed": False}, {"union": [1], "closed": [1]}, {"union": ["int"], "closed": None}],
    ids=str,
)
def test_a_default_is_not_read_as_a_type(default: Any) -> None:
    """A default is any data, which may have the keys of a description."""
    fields: dict[str, Any] = {"flags": (dict[str, JsonValue], default)}
    old, new = model(**fields), model(**fields, count=(int, 0))
    assert verdicts(gives(old), gives(new)) == [("output field added", "fine")]


POSITIVE = Annotated[int, Field(gt=0)]
LARGE = Annotated[int, Field(gt=5)]
Positive, Large = NewType("Positive", POSITIVE), NewType("Large", LARGE)


@pytest.mark.parametrize(
    ("old", "new", "as_input", "as_output"),
    [
        (POSITIVE, Positive, ["class renamed"], ["output narrowed"]),
        (Positive, POSITIVE, ["input widened", "class renamed"], ["class renamed"]),
        (POSITIVE | None, Positive | None, ["class renamed"], ["output narrowed"]),
        (POSITIVE, Large, ["class renamed", "input narrowed"], ["output narrowed", "output narrowed"]),
        (int, Positive, ["class renamed", "input narrowed"], ["output narrowed", "output narrowed"]),
        (Positive, int, ["input widened", "input widened", "class renamed"], ["class renamed", "output widened"]),
    ],
    ids=str,
)
def test_a_new_type_has_the_constraints_of_the_type_behind_it(
    old: Any, new: Any, as_input: list[str], as_output: list[str]
) -> None:
    """Between a constrained type and its ``NewType`` the values are the same; other constraints are other values."""
    assert [kind for kind, _ in verdicts(takes(old), takes(new))] == as_input
    assert [kind for kind, _ in verdicts(gives(old), gives(new))] == as_output


def test_a_field_that_is_gone_does_not_count_as_another_order() -> None:
    """Fields that stand behind one that was removed, or before ones that were added, keep their order."""
    assert verdicts(gives(point("x", "y", "z")), gives(point("x", "z"))) == [
        ("output field removed", "breaking on the wire")
    ]
    assert verdicts(gives(point("x")), gives(point("x", "y"))) == [("output field added", "fine")]
    kinds = [kind for kind, _ in verdicts(gives(point("x", "y")), gives(point("x", "z", "y")))]
    assert kinds == ["output field added", "field order changed"]


class Refused(ActionError, code="CONFLICT"):
    """What callers catch."""


class Late(Refused, code="CONFLICT"):
    """One of what they catch."""


class Early(ActionError, code="CONFLICT"):
    """One that they do not catch so."""


Early.__name__, Early.__qualname__ = Late.__name__, Late.__qualname__


@pytest.mark.parametrize(
    ("older", "newer", "text"),
    [
        ({"fx": {"rates": takes(int)}}, {"rates": takes(int)}, "the action was removed (or renamed to 'rates')"),
        ({"rates": takes(int)}, {"rates": takes(int), "fx": takes(int)}, None),
        ({"rates": takes(int)}, {"one": takes(int), "other": takes(int)}, "the action was removed"),
        ({"rates": takes(int)}, {"fx": takes(str)}, "the action was removed"),
    ],
    ids=["moved", "stays", "two candidates", "changed"],
)
def test_action_of_another_name_is_named_as_a_hint(older: Any, newer: Any, text: str | None) -> None:
    """Where the only new action has the contract of one that is gone, callers learn its name; the verdict stays."""
    changes = compare(describe(entries(older)), describe(entries(newer)))

    removals = [change for change in changes if change.kind == "action removed"]
    assert [change.text for change in removals] == ([] if text is None else [text])


def test_an_error_that_leaves_its_family_is_not_caught_any_more() -> None:
    """``except`` names a base: an error that loses one passes by, and one that gains one is caught."""
    assert verdicts(raising(Late), raising(Early)) == [("base class removed", "breaking in source")]
    assert verdicts(raising(Early), raising(Late)) == [("base class added", "fine")]


Full = TypedDict("Full", {"x": int})  # noqa: UP013  # two of one name
Partial = TypedDict("Full", {"x": NotRequired[int]})  # type: ignore[name-match]  # noqa: UP013  # two of one name


def test_an_optional_key_that_is_read_may_be_absent() -> None:
    """A server leaves out optional keys of typed dicts, so a key that becomes optional breaks who reads it."""
    assert verdicts(gives(Full), gives(Partial)) == [("output became optional", "breaking on the wire")]


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        (raising(), raising(Gone), ("error added", "breaking in source")),
        (raising(Gone), raising(), ("error removed", "fine")),
        (nothing(), takes(int), ("input appeared", "breaking on the wire")),
        (nothing(), takes(int, 1), ("optional input appeared", "fine")),
        (takes(int), nothing(), ("input disappeared", "breaking in source")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_rest_of_an_action_counts_too(old: Any, new: Any, row: tuple[str, str]) -> None:
    """Errors and the input itself may come and go."""
    assert verdicts(old, new) == [row]


# Constraints.


def bounded(**limits: Any) -> Any:
    return Annotated[int, Field(**limits)]


def real(**limits: Any) -> Any:
    return Annotated[float, Field(**limits)]


def text(**limits: Any) -> Any:
    return Annotated[str, StringConstraints(**limits)]


# Not every version of pydantic that is supported has it.
HAS_ASCII = "ascii_only" in signature(StringConstraints).parameters
ASCII = [(str, text(ascii_only=True))] if HAS_ASCII else []


def url(**limits: Any) -> Any:
    return Annotated[AnyUrl, UrlConstraints(**limits)]


def configured(**config: Any) -> Any:
    return create_model("Item", __module__="shop", __config__=cast("ConfigDict", config), value=(str, ...))


NARROWER = [
    *((UUID, UUID4), (AnyUrl, url(max_length=5)), (url(max_length=9), url(max_length=5))),
    *((AnyUrl, url(allowed_schemes=["a"])), (url(allowed_schemes=["a", "b"]), url(allowed_schemes=["b"]))),
    *((AnyUrl, url(host_required=True)), (list[AnyUrl], list[url(host_required=True)])),  # type: ignore[misc]  # made here
    *ASCII,
    *((str, text(min_length=1)), (UUID | None, UUID4 | None)),
    *((bounded(ge=1), bounded(gt=1)), (bounded(gt=0), bounded(ge=2)), (bounded(lt=5), bounded(le=3))),
    *((real(ge=0), real(gt=0)), (real(le=1), real(lt=1)), (real(gt=0), real(ge=0.5))),
    *((bounded(multiple_of=2), bounded(multiple_of=4)), (real(multiple_of=0.1), real(multiple_of=0.5))),
    *((int, bounded(strict=True)), (bounded(strict=False), bounded(strict=True))),
    *((configured(), configured(str_min_length=3)), (configured(str_max_length=9), configured(str_max_length=3))),
    *((configured(), configured(strict=True)), (configured(allow_inf_nan=True), configured())),
]


@pytest.mark.parametrize(("wide", "narrow"), NARROWER, ids=str)
def test_every_constraint_narrows_and_widens(wide: Any, narrow: Any) -> None:
    """A constraint that lets fewer values through breaks who sends them, and one that lets more, who reads them."""
    assert [kind for kind, _ in verdicts(takes(wide), takes(narrow))] == ["input narrowed"]
    assert [kind for kind, _ in verdicts(takes(narrow), takes(wide))] == ["input widened"]
    assert [kind for kind, _ in verdicts(gives(wide), gives(narrow))] == ["output narrowed"]
    assert [kind for kind, _ in verdicts(gives(narrow), gives(wide))] == ["output widened"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *((str, Annotated[str, Field(min_length=0)]), (float, FiniteFloat), (int, bounded(strict=False))),
        *((bounded(ge=1), bounded(gt=0)), (bounded(le=4), bounded(lt=5))),
        *((str, text(strip_whitespace=True)), (AnyUrl, url(default_port=80)), (AnyUrl, url(host_required=False))),
        *((configured(), configured(str_min_length=0)), (configured(), configured(strict=False))),
    ],
    ids=str,
)
def test_constraints_that_say_the_same(old: Any, new: Any) -> None:
    """A constraint that changes no value's fate is not a change, in either direction."""
    for one, other in ((old, new), (new, old)):
        assert verdicts(takes(one), takes(other)) == verdicts(gives(one), gives(other)) == []


def coded(encoding: Any) -> Any:
    return create_model("Item", __module__="shop", value=(encoding, ...))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (UUID4, UUID7),
        (url(allowed_schemes=["a"]), url(allowed_schemes=["b"])),
        (bounded(multiple_of=4), bounded(multiple_of=6)),
        (text(pattern="a"), text(pattern="b")),
        (coded(Base64Str), coded(Base64UrlStr)),
        (coded(Base64Str), coded(str)),
    ],
    ids=str,
)
def test_constraints_that_let_other_values_through(old: Any, new: Any) -> None:
    """Where some values are won and others lost, or all are written otherwise, both directions break."""
    for one, other in ((old, new), (new, old)):
        assert verdicts(takes(one), takes(other)) == [("type changed", "breaking on the wire")]
