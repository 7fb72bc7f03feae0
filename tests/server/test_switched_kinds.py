"""Another kind is chosen: the fields of it hold what they hold in an untouched form, and nothing typed is lost."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic import BaseModel, Field, SecretStr
from visitor import Visitor


class Part(BaseModel):
    city: str
    zip: str = "1010"
    main: bool = True


class A(BaseModel):
    """A kind with a field of each type, each with a default that is not blank."""

    kind: Literal["a"] = "a"
    x: str
    unit: str = "pcs"
    note: str | None = "none given"
    taxed: bool = True
    qty: int = 3
    maybe: bool | None = True
    k: Literal["p", "q"] = "q"
    pay: Annotated[Literal["p", "q"], Field(json_schema_extra={"form": {"widget": "radio"}})] = "q"
    some: list[Literal["p", "q"]] = ["q"]
    boxes: Annotated[list[Literal["p", "q"]], Field(json_schema_extra={"form": {"widget": "checkbox"}})] = ["q"]
    tags: list[str] = ["t"]
    pair: tuple[int, str] = (1, "one")
    by: dict[str, int] = {"k": 1}
    part: Part = Part(city="Wien", zip="1020", main=False)
    parts: list[Part] = [Part(city="Linz")]
    text: Annotated[str, Field(json_schema_extra={"form": {"widget": "textarea"}})] = "a\nb"


class B(BaseModel):
    kind: Literal["b"] = "b"
    y: str = "yy"
    taxed: bool = False
    qty: int = 8
    name: str = ""


class C(BaseModel):
    kind: Literal["c"] = "c"
    name: str = ""
    taxed: bool = True
    secret: Annotated[str, Field(json_schema_extra={"form": {"widget": "password"}})] = ""


class Holder(BaseModel):
    title: str = "held"
    of: A | B | C


class Maybe(BaseModel):
    title: str = "held"
    of: A | B | C | None = None


def _first(value: Any) -> Any:
    return value[0]


def _of(value: Any) -> Any:
    return value.of


def _of_first(value: Any) -> Any:
    return value[0].of


def _itself(value: Any) -> Any:
    return value


PLACES = {
    "required": (A | B | C, ..., "it", _itself),
    "other first": (B | A | C, ..., "it", _itself),
    "optional": (A | B | C | None, None, "it", _itself),
    "with a default": (A | B | C, B(), "it", _itself),
    "optional with a default": (A | B | C | None, B(), "it", _itself),
    "row": (list[A | B | C], ..., "it.0", _first),
    "given row": (list[A | B | C], [B()], "it.0", _first),
    "field of a group": (Holder, ..., "it.of", _of),
    "field of an optional group": (Maybe | None, None, "it.of", _of),
    "field of a row": (list[Maybe], ..., "it.0.of", _of_first),
    "by a discriminator": (Annotated[A | B | C, Field(discriminator="kind")], ..., "it", _itself),
}

EDITED = ["pressed", "pressed, back and again", "sent"]


@pytest.mark.parametrize("how", EDITED)
@pytest.mark.parametrize("place", PLACES)
def test_kind_that_is_chosen_holds_its_defaults(place: str, how: str) -> None:
    """The fields of a kind show its defaults when it is chosen, and they are sent, whatever was shown before."""
    annotation, default, name, of = PLACES[place]
    visitor = Visitor(annotation, default)
    visitor.enter(f"{name}.kind", "b")
    visitor.press("_action.switch", name)

    visitor.enter(f"{name}.kind", "a")
    if how == "sent":
        visitor.refused()
    else:
        visitor.press("_action.switch", name)
    if how == "pressed, back and again":
        for kind in ("b", "a"):
            visitor.enter(f"{name}.kind", kind)
            visitor.press("_action.switch", name)

    assert visitor.holds(f"{name}.unit") == ["pcs"]
    assert visitor.holds(f"{name}.boxes") == ["q"]
    visitor.enter(f"{name}.x", "X")
    visitor.refused()
    value = of(visitor.accepted())
    if how == "sent":  # what both kinds have was seen and sent as it stood
        assert value == A(x="X", taxed=False, qty=8)
    else:
        assert value == A(x="X")


def test_what_was_typed_comes_back_with_its_kind() -> None:
    """What was typed into the fields of a kind is there again when it is chosen again; secrets are not."""
    visitor = Visitor(A | B | C, ...)
    visitor.enter("it.x", "typed")
    visitor.enter("it.note", "")
    visitor.enter("it.tags.0", "one")
    visitor.enter("it.tags.1", "two")
    visitor.enter("it.parts.0.city", "Graz")
    visitor.enter("it.boxes", "p", "q")
    for kind in ("c", "b", "c"):
        visitor.enter("it.kind", kind)
        visitor.press("_action.switch", "it")
        if kind == "c":
            visitor.enter("it.name", "Ada")
            visitor.enter("it.secret", "hush")
            visitor.refused()
    assert "hush" not in visitor.markup
    assert visitor.holds("it.name") == ["Ada"]
    visitor.enter("it.kind", "a")
    visitor.press("_action.switch", "it")
    visitor.refused()

    expected = A(x="typed", note=None, tags=["one", "two"], parts=[Part(city="Graz")])
    assert visitor.accepted() == expected.model_copy(update={"boxes": ["p", "q"]})


def test_what_was_changed_in_a_shared_field_stays() -> None:
    """A field that two kinds have keeps what the visitor changed, and is else what it is in the kind chosen."""
    visitor = Visitor(C | B, ...)
    visitor.enter("it.name", "Ada")
    visitor.enter("it.kind", "b")
    visitor.press("_action.switch", "it")
    assert (visitor.holds("it.name"), visitor.holds("it.taxed")) == (["Ada"], [])
    visitor.enter("it.taxed", "true")
    visitor.enter("it.kind", "c")
    visitor.press("_action.switch", "it")
    visitor.enter("it.taxed")
    visitor.enter("it.kind", "b")
    visitor.press("_action.switch", "it")

    assert visitor.accepted() == B(name="Ada", taxed=False)


@pytest.mark.parametrize("ticks", [False, True])
def test_box_that_two_kinds_share_stays_as_it_was_left(*, ticks: bool) -> None:
    """A box that was unticked in one kind stays so when its kind is chosen again, unless it was ticked meanwhile."""
    visitor = Visitor(C | B | A, ...)
    visitor.enter("it.taxed")
    for kind in ("b", "a", "b", "c"):
        visitor.enter("it.kind", kind)
        visitor.press("_action.switch", "it")
        visitor.refused()
        assert visitor.holds("it.taxed") == []
    for kind in ("b", "c") if ticks else ():
        visitor.enter("it.kind", kind)
        visitor.press("_action.switch", "it")
        if kind == "b":
            visitor.enter("it.taxed", "true")

    assert visitor.accepted() == C(taxed=ticks)


def test_kind_of_the_default_holds_the_default() -> None:
    """Choosing the kind of a union's own default shows that default, not those of its class."""
    visitor = Visitor(A | B | C, B(y="mine", qty=4))
    visitor.enter("it.kind", "c")
    visitor.press("_action.switch", "it")
    visitor.enter("it.kind", "b")
    visitor.press("_action.switch", "it")

    assert visitor.accepted() == B(y="mine", qty=4)


def test_what_a_visitor_emptied_stays_empty() -> None:
    """Fields of the kind that is shown stay as they were left, through failures and other buttons."""
    visitor = Visitor(A | B | C, ...)
    visitor.enter("it.x", "X")
    visitor.enter("it.unit", "")
    visitor.enter("it.some")
    visitor.enter("it.boxes")
    visitor.enter("it.taxed")
    visitor.press("_action.remove", "it.tags.0")
    visitor.press("_action.remove", "it.tags.1")
    visitor.press("_action.remove", "it.parts.0")
    visitor.press("_action.remove", "it.parts.1")
    visitor.press("_action.switch", "it")
    visitor.refused()

    assert visitor.accepted() == A(x="X", unit="", some=[], boxes=[], taxed=False, tags=[], parts=[])


class Shared(BaseModel):
    pin: Annotated[str, Field(json_schema_extra={"form": {"widget": "password"}})] = ""


class Login(BaseModel):
    """A kind with strings that are asked for like passwords, wherever they stand."""

    kind: Literal["login"] = "login"
    one: Annotated[str, Field(json_schema_extra={"form": {"widget": "password"}})] = ""
    secret: SecretStr | None = None
    several: list[Annotated[str, Field(json_schema_extra={"form": {"widget": "password"}})]] = []
    by: dict[str, SecretStr] = {"k": SecretStr("")}
    same: Annotated[str, Field(json_schema_extra={"form": {"widget": "password"}})] = ""
    group: Shared | None = None


class Open(BaseModel):
    pin: str = ""


class Guest(BaseModel):
    kind: Literal["guest"] = "guest"
    same: str = ""
    group: Open | None = None


@pytest.mark.parametrize("how", ["pressed", "sent"])
def test_secrets_are_never_written_into_a_page(how: str) -> None:
    """What was typed into a control that hides it is not kept for another kind, nor shown in a field of its name."""
    visitor = Visitor(Login | Guest, ...)
    for number, name in enumerate(["one", "secret", "several.0", "by.k", "same", "group.pin"]):
        visitor.enter(f"it.{name}", f"hush{number}")
    visitor.enter("it.kind", "guest")
    if how == "pressed":
        visitor.press("_action.switch", "it")
    visitor.refused()

    assert "hush" not in visitor.markup


@pytest.mark.parametrize("leaves_blank_row", [False, True])
@pytest.mark.parametrize(
    ("annotation", "default", "expected"),
    [
        (list[str], ["x"], []),
        (list[str] | None, ["x"], []),
        (list[str] | None, None, None),
        (list[Part], [Part(city="Linz")], []),
        (list[Part] | None, None, None),
        (list[Part], ..., []),
    ],
)
def test_rows_that_were_all_removed_do_not_come_back(
    annotation: Any, default: Any, expected: Any, *, leaves_blank_row: bool
) -> None:
    """Whoever removes each row of a list gets none, and rows added after that and left blank are none."""
    visitor = Visitor(annotation, default)
    while any(name.startswith("it.") for name in visitor.names):
        first = min(name for name in visitor.names if name.startswith("it."))
        visitor.press("_action.remove", ".".join(first.split(".")[:2]))
        if leaves_blank_row:
            break
    visitor.refused()
    for _ in range(2):
        visitor.press("_action.add", "it")
    assert len({name.split(".")[1] for name in visitor.names if name.startswith("it.")}) >= 2

    assert visitor.accepted() == expected


@pytest.mark.parametrize(
    ("annotation", "default", "value", "expected"),
    [
        (list[int] | None, [5], None, None),
        (list[int] | None, [5], [], []),
        (list[int] | None, None, None, None),
        (list[int], [5], [], []),
    ],
)
@pytest.mark.parametrize("presses", [0, 1, 2])
def test_blank_rows_are_not_the_default(annotation: Any, default: Any, value: Any, expected: Any, presses: int) -> None:
    """A list that a page shows without values does not get its default by rows that are added and stay blank."""
    visitor = Visitor(annotation, default, values={"it": value})
    for _ in range(presses):
        visitor.press("_action.add", "it")
        visitor.refused()

    assert visitor.accepted() == expected


class Pins(BaseModel):
    pins: list[SecretStr] = []
    pair: tuple[int, SecretStr] = (1, SecretStr(""))


class D(BaseModel):
    kind: Literal["d"] = "d"
    inner: Pins = Pins()
    other: Pins | None = None


@pytest.mark.parametrize("name", ["it.inner", "it.inner.pins", "it.inner.pair", "it.other", "it.other.pair"])
def test_text_in_the_place_of_an_object_is_not_kept(name: str) -> None:
    """What was sent as a text where an object or a tuple belongs may be a secret of it, and no page keeps it."""
    visitor = Visitor(D | B, ...)
    visitor.make_up([("it.kind", "b"), ("_action.kind", "it=d"), (name, "hush")])
    visitor.press("_action.switch", "it")

    assert "hush" not in visitor.markup


class Red(BaseModel):
    tone: Literal["red"] = "red"
    dark: str = "dd"
    depths: list[int] = [1]


class Blue(BaseModel):
    tone: Literal["blue"] = "blue"
    pale: str = ""


class Paint(BaseModel):
    kind: Literal["paint"] = "paint"
    size: int = 1
    color: Red | Blue = Red()
    colors: list[Red | Blue] = [Red()]


@pytest.mark.parametrize("field", ["color", "colors.0"])
def test_what_is_kept_of_a_union_in_a_union_does_not_grow(field: str) -> None:
    """Choosing kinds again and sending again keeps each text once, inside another union and in its rows too."""
    visitor = Visitor(Paint | B, Paint())
    name = f"it.{field}"

    def choose(union: str, tag: str, kind: str) -> None:
        visitor.enter(f"{union}.{tag}", kind)
        visitor.press("_action.switch", union)

    visitor.enter(f"{name}.dark", "typed")
    choose(name, "tone", "blue")
    visitor.enter(f"{name}.pale", "light")
    choose("it", "kind", "b")
    choose("it", "kind", "paint")
    counts = []
    for _ in range(4):
        choose(name, "tone", "red")
        visitor.refused()
        choose(name, "tone", "blue")
        visitor.refused()
        counts.append(visitor.markup.count("_action.kept"))

    assert visitor.holds(f"{name}.pale") == ["light"]
    assert counts[1:] == counts[:-1]


class Wire(BaseModel):
    via: Literal["wire"] = "wire"
    code: str = "w"
    tags: list[str] = ["t"]


class Post(BaseModel):
    via: Literal["post"] = "post"
    street: str = ""
    fast: bool = True


class Way(BaseModel):
    by: Wire | Post = Wire()


class Bill(BaseModel):
    """A kind that holds other unions in each way."""

    kind: Literal["bill"] = "bill"
    by: Annotated[Wire | Post, Field(discriminator="via")] = Wire()
    way: Way = Way()
    maybe: Wire | Post | None = None
    ways: list[Wire | Post] = [Post(street="S")]
    named: dict[str, Wire | Post] = {"a.b": Wire()}
    pair: tuple[int, Wire | Post] = (1, Post())


class Deep(BaseModel):
    kind: Literal["deep"] = "deep"
    of: Bill | Wire = Bill()


INNER_UNIONS = ["by", "way.by", "maybe", "ways.0", "pair.1"]

NESTED: dict[str, tuple[Any, Any, str, list[str]]] = {
    "union": (Bill | B, ..., "it", INNER_UNIONS),
    "row": (list[Bill | B], ..., "it.0", INNER_UNIONS),
    "optional": (Bill | B | None, None, "it", INNER_UNIONS),
    "union of unions": (Deep | B, ..., "it", ["of", *(f"of.{name}" for name in INNER_UNIONS)]),
    "row of unions": (list[Deep | B], ..., "it.0", ["of", *(f"of.{name}" for name in INNER_UNIONS)]),
}


@pytest.mark.parametrize("place", NESTED)
def test_kept_texts_of_unions_in_unions_do_not_grow(place: str) -> None:
    """A press or a failed send of a form with unions in unions leaves as many controls as there were."""
    annotation, default, name, unions = NESTED[place]
    visitor = Visitor(annotation, default)
    first = "bill"
    if "unions" in place:
        first = "deep"
    counts: list[int] = []
    for _ in range(4):
        for kind in ("b", first):
            visitor.enter(f"{name}.kind", kind)
            visitor.press("_action.switch", name)
        for union in unions:
            for via in ("post", "wire") if union != "of" else ():
                visitor.enter(f"{name}.{union}.via", via)
                visitor.press("_action.switch", f"{name}.{union}")
                assert visitor.sends < 500, "they double with each press"
            if union != "of":
                visitor.enter(f"{name}.{union}.code", "typed")
        visitor.refused()
        counts.append(visitor.sends)
        assert counts[1:] == counts[1:2] * (len(counts) - 1), counts


def test_text_that_was_typed_last_comes_back_to_a_union_in_a_union() -> None:
    """What an inner union keeps is what was typed last, also after the kind around it was chosen anew."""
    visitor = Visitor(Bill | B, ...)
    for text in ("one", "two"):
        visitor.enter("it.by.code", text)
        for kind in ("b", "bill"):
            visitor.enter("it.kind", kind)
            visitor.press("_action.switch", "it")
        assert visitor.holds("it.by.code") == [text]
    visitor.enter("it.by.code", "three")
    for via in ("post", "wire"):
        visitor.enter("it.by.via", via)
        visitor.press("_action.switch", "it.by")

    assert visitor.holds("it.by.code") == ["three"]


class Inner(BaseModel):
    k: Literal["inner"] = "inner"
    text: str = ""
    tags: list[str] = ["tag"]


class Other(BaseModel):
    k: Literal["other"] = "other"
    word: str = ""


class Outer(BaseModel):
    kind: Literal["outer"] = "outer"
    of: Inner | Other = Inner()
    rows: list[Inner | Other] = [Inner()]


class Plain(BaseModel):
    kind: Literal["plain"] = "plain"
    note: str = ""


def _switch(visitor: Visitor, name: str, tag: str, kind: str) -> None:
    visitor.enter(f"{name}.{tag}", kind)
    visitor.press("_action.switch", name)


@pytest.mark.parametrize("union", ["of", "rows.0"])
@pytest.mark.parametrize("fails", [False, True])
def test_what_was_typed_into_kinds_inside_comes_back(union: str, *, fails: bool) -> None:
    """A union that goes with the kind around it keeps the texts of all its kinds, and which rows were removed."""
    visitor = Visitor(Outer | Plain, ...)
    name = f"it.{union}"
    visitor.enter(f"{name}.text", "one")
    visitor.press("_action.remove", f"{name}.tags.0")
    _switch(visitor, name, "k", "other")
    visitor.enter(f"{name}.word", "two")
    for kind in ("plain", "outer", "plain", "outer"):
        _switch(visitor, "it", "kind", kind)
        if fails:
            visitor.refused()

    assert visitor.holds(f"{name}.word") == ["two"]
    _switch(visitor, name, "k", "inner")
    assert visitor.holds(f"{name}.text") == ["one"]
    value = visitor.accepted()
    assert (value.rows[0] if union == "rows.0" else value.of) == Inner(text="one", tags=[])


def test_row_that_was_removed_keeps_no_kind() -> None:
    """What was typed into a kind of a row is gone with the row, and does not bring it back."""
    visitor = Visitor(Outer | Plain, ...)
    visitor.enter("it.rows.0.text", "one")
    _switch(visitor, "it.rows.0", "k", "other")
    visitor.press("_action.remove", "it.rows.0")
    for kind in ("plain", "outer"):
        _switch(visitor, "it", "kind", kind)

    assert visitor.accepted() == Outer(rows=[])


@pytest.mark.parametrize(("default", "left"), [(..., []), (None, None), (["x"], [])])
def test_list_without_rows_comes_back_without_rows(default: Any, left: Any) -> None:
    """Whoever removes each row of a list finds none when its kind is chosen again, whatever the list's default."""
    fields: dict[str, Any] = {"kind": (Literal["k"], "k")}
    fields["rows"] = (list[str] if default is ... else list[str] | None, default)
    cls: Any = pydantic.create_model("Kind", **fields)
    visitor = Visitor(cls | Plain, ...)
    visitor.press("_action.remove", "it.rows.0")
    if default == ["x"]:
        visitor.press("_action.remove", "it.rows.1")
    for kind in ("plain", "k"):
        _switch(visitor, "it", "kind", kind)

    assert visitor.accepted().rows == left


class Text(BaseModel):
    kind: Literal["text"] = "text"
    value: str = ""


class Texts(BaseModel):
    kind: Literal["texts"] = "texts"
    value: list[str] = []


class Either(BaseModel):
    kind: Literal["either"] = "either"
    value: Inner | Other = Inner()


def test_fields_of_one_name_and_several_shapes_keep_their_texts() -> None:
    """Kinds whose fields of one name are a text, a list and a union show each what was typed into it."""
    visitor = Visitor(Text | Texts | Either, ...)
    visitor.enter("it.value", "one")
    _switch(visitor, "it", "kind", "texts")
    visitor.enter("it.value.0", "two")
    _switch(visitor, "it", "kind", "either")
    visitor.enter("it.value.text", "three")
    _switch(visitor, "it.value", "k", "other")
    visitor.enter("it.value.word", "four")

    _switch(visitor, "it", "kind", "text")
    assert visitor.holds("it.value") == ["one"]
    _switch(visitor, "it", "kind", "texts")
    assert visitor.holds("it.value.0") == ["two"]
    _switch(visitor, "it", "kind", "either")
    assert visitor.holds("it.value.word") == ["four"]
    _switch(visitor, "it.value", "k", "inner")
    assert visitor.accepted() == Either(value=Inner(text="three"))


def test_what_was_typed_comes_back_after_no_kind_was_chosen() -> None:
    """What was typed into a kind is there again when the kind is chosen again, also after none was chosen."""
    visitor = Visitor(Deep | B | None, None)
    visitor.enter("it.kind", "deep")
    visitor.press("_action.switch", "it")
    visitor.enter("it.of.way.by.code", "typed")
    visitor.enter("it.kind", "")
    visitor.press("_action.switch", "it")

    visitor.enter("it.kind", "deep")
    visitor.refused()

    assert visitor.holds("it.of.way.by.code") == ["typed"]


@pytest.mark.parametrize("how", ["pressed", "sent"])
def test_kinds_that_are_chosen_at_once_in_each_other_keep_what_was_typed(how: str) -> None:
    """A union inside a kind that is left keeps what was typed into its kind, though another one was chosen in both."""
    visitor = Visitor(Deep | B, ...)
    visitor.enter("it.of.by.code", "typed")
    visitor.enter("it.of.by.via", "post")
    visitor.enter("it.kind", "b")
    if how == "pressed":
        visitor.press("_action.switch", "it")
    else:
        visitor.refused()

    visitor.enter("it.kind", "deep")
    visitor.press("_action.switch", "it")
    visitor.enter("it.of.by.via", "wire")
    visitor.press("_action.switch", "it.of.by")

    assert visitor.holds("it.of.by.code") == ["typed"]


class Unsealed(BaseModel):
    kind: Literal["unsealed"] = "unsealed"
    code: str = ""


class Sealed(BaseModel):
    kind: Literal["sealed"] = "sealed"
    code: SecretStr = SecretStr("")


class Envelope(BaseModel):
    kind: Literal["envelope"] = "envelope"
    of: Sealed | Unsealed = Sealed()


def test_secret_is_not_kept_as_the_text_of_another_kind() -> None:
    """A secret of a kind is not written into a page, though a kind without secrets was chosen with it."""
    visitor = Visitor(Envelope | B, ...)
    visitor.enter("it.of.code", "hush")
    visitor.enter("it.of.kind", "unsealed")
    visitor.enter("it.kind", "b")
    visitor.press("_action.switch", "it")

    assert "hush" not in visitor.markup


class Strict(BaseModel, extra="forbid"):
    kind: Literal["strict"] = "strict"
    x: str
    n: int = 3


class Bare(BaseModel, extra="forbid"):
    kind: Literal["bare"] = "bare"
    note: str = ""


class Loose(BaseModel, extra="allow"):
    kind: Literal["loose"] = "loose"
    note: str = ""


EXACT: dict[str, tuple[Any, Any]] = {
    "forbidden": (Strict | Bare, Bare()),
    "forbidden, by a discriminator": (Annotated[Strict | Bare, Field(discriminator="kind")], Bare()),
    "allowed": (Strict | Loose, Loose()),
    "allowed, by a discriminator": (Annotated[Strict | Loose, Field(discriminator="kind")], Loose()),
    "none": (Strict | Bare | None, None),
    "none, by a discriminator": (Annotated[Strict | Bare, Field(discriminator="kind")] | None, None),
}


@pytest.mark.parametrize("case", EXACT)
def test_fields_of_the_kind_that_was_left_are_not_of_the_one_that_was_chosen(case: str) -> None:
    """Without a script another kind is sent with the fields of the one that was shown, and has none of them."""
    annotation, expected = EXACT[case]
    visitor = Visitor(annotation, values={"it": Strict(x="")})
    visitor.enter("it.x", "typed")
    visitor.enter("it.kind", getattr(expected, "kind", ""))

    assert visitor.accepted() == expected


class Parcel(BaseModel):
    name: str
    shape: Strict | Bare


class Marked(BaseModel):
    name: str
    shape: Annotated[Strict | Bare, Field(discriminator="kind")]


@pytest.mark.parametrize(("row", "path"), [(Parcel, "it.0.shape"), (Marked, "it.0.shape.kind")])
def test_kind_that_was_not_chosen_is_missing(row: Any, path: str) -> None:
    """In a row that was filled in, a kind has to be chosen: none is taken for having no required field."""
    visitor = Visitor(list[row], ...)
    visitor.enter("it.0.name", "n")

    assert [message.partition(": ")[0] for message in visitor.refused()] == [path]


class Keyed(BaseModel):
    kind: Literal["keyed"] = "keyed"
    x: dict[str, int] = {"q": 1}


class Fielded(BaseModel):
    kind: Literal["fielded"] = "fielded"
    x: Part | None = None


def test_keys_of_a_mapping_are_not_fields_of_an_object() -> None:
    """A mapping and an object of one name in two kinds take nothing from each other, and each gets its own back."""
    visitor = Visitor(Keyed | Fielded, ...)

    def choose(kind: str) -> None:
        visitor.enter("it.kind", kind)
        visitor.press("_action.switch", "it")

    visitor.enter("it.x.q", "7")
    choose("fielded")
    assert {"it.x.city", "it.x.zip"} < visitor.names
    visitor.enter("it.x.city", "Wien")
    choose("keyed")
    assert visitor.names == {"it.kind", "it.x.q", "gate"}
    assert visitor.holds("it.x.q") == ["7"]
    choose("fielded")

    assert visitor.holds("it.x.city") == ["Wien"]
    choose("keyed")
    assert visitor.accepted() == Keyed(x={"q": 7})


class Abroad(BaseModel):
    kind: Literal["abroad"] = "abroad"
    country: str


class Home(BaseModel):
    kind: Literal["home"] = "home"
    country: Literal["AT"] = "AT"


@pytest.mark.parametrize("annotation", [Abroad | Home | B, Annotated[Abroad | Home | B, Field(discriminator="kind")]])
def test_only_value_of_a_kind_is_not_taken_over_by_another(annotation: Any) -> None:
    """What a kind has without a choice neither replaces what was typed into another, nor is sent for it."""
    visitor = Visitor(annotation, ...)
    visitor.enter("it.country", "typed")
    for kind in ("home", "b", "home", "abroad"):
        visitor.enter("it.kind", kind)
        visitor.press("_action.switch", "it")
    assert visitor.holds("it.country") == ["typed"]

    visitor = Visitor(annotation, Home())
    visitor.enter("it.kind", "abroad")

    assert visitor.refused() == ["it.country: This field is required"]
    assert visitor.holds("it.country") == [""]


class Chosen(BaseModel):
    kind: Literal["chosen"] = "chosen"
    size: list[Literal[1, 2]] = [1, 2]


class Typed(BaseModel):
    kind: Literal["typed"] = "typed"
    size: int | None = None


@pytest.mark.parametrize("sizes", [[], [2], [1, 2]])
def test_choices_that_nobody_changed_are_no_text_of_another_kind(sizes: list[int]) -> None:
    """What a kind offers from the start is not typed into a field of one name in another kind."""
    visitor = Visitor(Chosen | Typed, Chosen(size=sizes))  # type: ignore[arg-type]  # they are such numbers
    visitor.enter("it.kind", "typed")
    visitor.press("_action.switch", "it")

    assert visitor.holds("it.size") == [""]
    assert visitor.accepted() == Typed()


class Counted(BaseModel):
    code: str
    count: int = 1


class Big(BaseModel):
    size: Literal["big"] = "big"
    code: str | None = "none"
    count: int | None = 2


class Small(BaseModel):
    size: Literal["small"] = "small"


class Grouped(BaseModel):
    kind: Literal["grouped"] = "grouped"
    of: Counted


class Sized(BaseModel):
    kind: Literal["sized"] = "sized"
    of: Big | Small


def test_group_with_defaults_that_nobody_changed_is_not_of_another_kind() -> None:
    """What a group shows at first by the defaults of its fields is not typed into a group of one name."""
    visitor = Visitor(Grouped | Sized)
    visitor.enter("it.kind", "sized")
    visitor.press("_action.switch", "it")

    assert visitor.accepted() == Sized(of=Big())


class Sorted(BaseModel):
    kind: Literal["sorted"] = "sorted"
    on: Literal["day", "week"]


class Dated(BaseModel):
    kind: Literal["dated"] = "dated"
    on: datetime.date | None = None


def test_choice_is_not_the_text_of_another_kind() -> None:
    """What was chosen in one kind is not typed into another, and comes back with its own."""
    visitor = Visitor(Sorted | Dated)
    visitor.enter("it.on", "week")
    visitor.enter("it.kind", "dated")
    visitor.press("_action.switch", "it")
    assert visitor.holds("it.on") == [""]
    assert visitor.refused() == []
    visitor.enter("it.kind", "sorted")
    visitor.press("_action.switch", "it")

    assert visitor.accepted() == Sorted(on="week")
