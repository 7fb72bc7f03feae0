"""Form fields to values and back: what the declared type makes of what a browser or a client sends."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import decimal
import enum
import uuid
from collections import Counter, OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from io import BytesIO
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin
from urllib.parse import urlencode

import httpx2
import pydantic.dataclasses
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kinds import same
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    StringConstraints,
    create_model,
    model_validator,
)
from pydantic_core import from_json
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import InputError, MaxBytes, UploadedFile
from sanic_actions._definition import Input
from sanic_actions._forms.encode import encode_fields, mixes_texts
from sanic_actions._forms.names import MAX_DEPTH, steps_of
from sanic_actions._forms.plan import FormPlan
from sanic_actions._forms.read_tree import read_tree
from sanic_actions._types.fields import fields_of
from sanic_actions._wire import Codec
from sanic_actions.server._form_body import read_form

BASE64 = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def plan(annotation: Any) -> FormPlan[Any]:
    return FormPlan(Input(annotation=annotation, fields=fields_of(annotation), spread=False), Codec(annotation))


def decode(annotation: Any, *fields: tuple[str, str], files: Sequence[tuple[str, UploadedFile]] = ()) -> Any:
    return plan(annotation).decode(fields, files)


def refused(annotation: Any, *fields: tuple[str, str], files: Sequence[tuple[str, UploadedFile]] = ()) -> Any:
    """The issues of a form that must be refused: path to type."""
    with pytest.raises(InputError) as caught:
        decode(annotation, *fields, files=files)
    return {issue.path: issue.type for issue in caught.value.issues}


def one(annotation: Any, *texts: str, default: Any = ...) -> Any:
    """What a field called ``x`` becomes."""
    model = create_model("One", __config__=BASE64, x=(annotation, default))
    return decode(model, *(("x", text) for text in texts)).x


def one_refused(annotation: Any, *texts: str) -> Any:
    return refused(create_model("One", x=(annotation, ...)), *(("x", text) for text in texts))


class Colour(enum.Enum):
    RED = "red"
    TWO = 2
    HALF = 0.5


class Perm(enum.IntFlag):
    READ = 1
    WRITE = 2


class Address(BaseModel):
    city: str
    zip: int | None = None


class Item(BaseModel):
    title: str
    count: int = 1


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"]
    side: float


Shape = Annotated[Circle | Square, Field(discriminator="kind")]


class Tree(BaseModel):
    value: int
    children: list[Tree] = []
    left: Tree | None = None


class Point(NamedTuple):
    x: int
    y: int = 0


@dataclasses.dataclass
class Size:
    width: int
    tags: list[str] = dataclasses.field(default_factory=list)


class Options(TypedDict, total=False):
    loud: bool
    name: str


# One field (F1, F2, F3, F8)


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (str, "x", "x"),
        (str, "  a ", "  a "),
        (str | None, "", ""),
        (bytes, "aGk=", b"hi"),
        (int, "25", 25),
        (int, "-3", -3),
        (float, "1e3", 1000.0),
        (decimal.Decimal, "1.50", decimal.Decimal("1.50")),
        (int | None, "", None),
        (datetime.date | None, "", None),
        (datetime.date, "2024-02-29", datetime.date(2024, 2, 29)),
        (datetime.time, "09:30", datetime.time(9, 30)),
        (datetime.datetime, "2024-02-29T09:30", datetime.datetime(2024, 2, 29, 9, 30)),
        (datetime.timedelta, "PT1H", datetime.timedelta(hours=1)),
        (uuid.UUID, "12345678-1234-5678-1234-567812345678", uuid.UUID("12345678-1234-5678-1234-567812345678")),
        (Colour, "red", Colour.RED),
        (Colour, "2", Colour.TWO),
        (Colour, "0.5", Colour.HALF),
        (Perm, "3", Perm.READ | Perm.WRITE),
        (Literal["a", 1], "1", 1),
        (Literal["", "a"], "", ""),
        (Literal["a", None], "", None),
        (Literal[True], "on", True),
        (int | str, "5", 5),
        (int | str, "five", "five"),
        (bool | str, "true", True),
        (bool | str, "on", "on"),
        (int | Literal["all"], "all", "all"),
        (Annotated[int, Field(strict=True)], "7", 7),
        (Annotated[bool, Field(strict=True)], "on", True),
        (Annotated[float, Field(strict=True)], "7.5", 7.5),
        (bool | None, "", None),
    ],
)
def test_one_text_becomes_what_the_type_says(annotation: Any, text: str, value: Any) -> None:
    """The declared type decides what a text means, and a blank one is text only for types of text."""
    found = one(annotation, text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "annotation", [int, float, decimal.Decimal, datetime.date, datetime.datetime, uuid.UUID, Colour]
)
def test_blank_value_of_a_required_field_is_missing(annotation: Any) -> None:
    """An empty control counts as absent: never as zero or 1970."""
    assert one_refused(annotation, "") == {"x": "missing"}
    assert one(annotation | None, "") is None
    assert one(annotation | None, "", default="unset") == "unset"


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("on", "true", "1", "yes", "ON")] + [(t, False) for t in ("off", "false", "0", "no", "")],
)
def test_truth_values_are_read_from_words(text: str, value: bool) -> None:
    """A checkbox sends 'on'; the other words for true and false are read as well, and blank is false."""
    assert one(bool, text) is value


@pytest.mark.parametrize("text", ["maybe", "y", "t", "2", " on"])
def test_other_words_are_no_truth_values(text: str) -> None:
    """A text that is no truth value is an issue on its field."""
    assert one_refused(bool, text) == {"x": "bool_parsing"}


def test_absent_fields_are_what_the_type_says() -> None:
    """What was not sent is the default if there is one, else None, False or empty where the type has that."""

    class Model(BaseModel):
        on: bool
        ticked: bool = True
        nickname: str | None
        tags: list[str]
        labels: dict[str, int]
        seen: set[int] = {1}
        address: Address | None
        options: Options

    found = decode(Model)

    assert found.model_dump() == {
        "on": False,
        "ticked": True,
        "nickname": None,
        "tags": [],
        "labels": {},
        "seen": {1},
        "address": None,
        "options": {},
    }


def test_absent_required_fields_are_issues_on_their_controls() -> None:
    """Each control that lacks a value gets its own issue, inside required objects too."""

    class Model(BaseModel):
        name: str
        address: Address

    assert refused(Model) == {"name": "missing", "address.city": "missing"}


@pytest.mark.parametrize("second", ["a", "", "b"])
def test_repeated_scalar_is_an_issue(second: str) -> None:
    """A field of one value that is sent twice is an issue, not a guess."""
    assert one_refused(str, "a", second) == {"x": "repeated"}


@pytest.mark.parametrize(
    ("annotation", "text"), [(int, "twenty-five"), (int, "1e999"), (float, "nan"), (Colour, "blue")]
)
def test_wrong_text_is_an_issue_that_does_not_repeat_it(annotation: Any, text: str) -> None:
    """A complaint is on its field and never holds what was submitted."""
    with pytest.raises(InputError) as caught:
        one(annotation, text)

    assert [issue.path for issue in caught.value.issues] == ["x"]
    assert text not in str(caught.value)


# Lists, objects, unions (F4 to F7)


@pytest.mark.parametrize(
    "fields",
    [
        [("x", "1"), ("x", "2")],
        [("x[]", "1"), ("x[]", "2")],
        [("x.0", "1"), ("x.1", "2")],
        [("x[1]", "2"), ("x[0]", "1")],
        [("x.40", "2"), ("x.7", "1")],
    ],
)
def test_lists_are_repeated_or_numbered(fields: list[tuple[str, str]]) -> None:
    """The items of a list share a name, or are numbered; numbers may have gaps."""
    for annotation, value in (
        (list[int], [1, 2]),
        (set[int], {1, 2}),
        (tuple[int, ...], (1, 2)),
        (list[str], ["1", "2"]),
    ):
        assert decode(create_model("One", x=(annotation, ...)), *fields).x == value


def test_items_follow_the_rules_of_their_type() -> None:
    """Each item is read as a field of its type would be: truth values, blanks and all."""
    assert one(list[bool], "on", "", "0") == [True, False, False]
    assert one(list[str], "", "a") == ["", "a"]
    assert one(list[int | None], "1", "") == [1, None]
    assert one_refused(list[int], "1", "") == {"x.1": "missing"}
    assert one(list[Colour], "2", "red") == [Colour.TWO, Colour.RED]


def test_one_blank_control_is_no_item() -> None:
    """A single empty control under the list's own name, as a page's placeholder is, leaves the list absent."""
    assert one(list[int], "") == []
    assert one(list[int], "", default=[7]) == [7]
    assert one(list[str], "") == [""]


@pytest.mark.parametrize("name", ["address.city", "address[city]"])
def test_nested_objects_are_named_by_dots_or_brackets(name: str) -> None:
    """Fields of nested objects are found by either notation, and an optional object that was not sent is absent."""

    class Model(BaseModel):
        address: Address | None = None

    assert decode(Model, (name, "Bern"), ("address.zip", "")).address == Address(city="Bern")
    assert decode(Model).address is None


def test_lists_of_objects_keep_the_numbers_of_the_sender() -> None:
    """Rows that a page removed leave gaps; an issue is on the control that was sent, not on its place in the list."""

    class Model(BaseModel):
        items: list[Item]

    found = decode(Model, ("items[3][title]", "b"), ("items.0.title", "a"), ("items.3.count", "2"))
    issues = refused(Model, ("items.4.title", "a"), ("items.9.count", "x"))

    assert found.items == [Item(title="a"), Item(title="b", count=2)]
    assert issues == {"items.9.title": "missing", "items.9.count": "int_parsing"}


@pytest.mark.parametrize("number", ["-1", "1.5", "1000", "99999999999999999999", "01", "x", "²", " 1"])
def test_numbers_of_items_are_bounded(number: str) -> None:
    """An index that is negative, fractional, huge or no number is an issue on the list."""

    class Model(BaseModel):
        items: list[Item]

    assert refused(Model, (f"items[{number}][title]", "a")) == {"items": "index"}


def test_items_without_numbers_cannot_be_objects() -> None:
    """'items[][title]' does not say which item is meant."""

    class Model(BaseModel):
        items: list[Item]

    assert refused(Model, ("items[][title]", "a")) == {"items": "index_missing"}


def test_depth_is_bounded() -> None:
    """A name of too many steps is an issue; a name as long that the model does not have is ignored."""
    deep = ".".join(["left"] * 40)

    assert refused(Tree, ("value", "1"), (f"{deep}.value", "1")) == {"left": "too_deep"}
    assert decode(Tree, ("value", "1"), (deep.replace("left", "x"), "1")) == Tree(value=1)


def test_recursive_models_are_read() -> None:
    """A model may contain itself."""
    found = decode(Tree, ("value", "1"), ("children.0.value", "2"), ("children.0.left.value", "3"))

    assert found == Tree(value=1, children=[Tree(value=2, left=Tree(value=3))])


def test_models_that_need_themselves_end() -> None:
    """A model that cannot exist is refused in bounded time."""

    class Endless(BaseModel):
        one: Endless
        two: Endless

    assert refused(Endless)


@pytest.mark.parametrize("prefix", ["", "shape."])
def test_discriminated_unions_follow_the_tag(prefix: str) -> None:
    """The tag chooses the member, at the root and nested; an unknown or missing tag is an issue that lists the tags."""
    annotation: Any = create_model("Model", shape=(Shape, ...)) if prefix else Shape
    tag = f"{prefix}kind"

    found = decode(annotation, (tag, "square"), (f"{prefix}side", "2"))
    with pytest.raises(InputError) as caught:
        decode(annotation, (tag, "triangle"), (f"{prefix}side", "2"))

    assert (found.shape if prefix else found) == Square(kind="square", side=2)
    assert caught.value.fields == {tag: ["Choose one of: 'circle', 'square'"]}
    assert refused(annotation, (f"{prefix}side", "2")) == {tag: "union_tag_not_found"}
    assert refused(annotation) == {tag: "union_tag_not_found"}


def test_optional_unions_left_blank_are_absent() -> None:
    """A choice among objects of which every control is empty was not made."""
    model = create_model("Model", shape=(Shape | None, None))

    assert decode(model, ("shape.kind", ""), ("shape.side", "")).shape is None


def test_plain_unions_follow_what_was_sent() -> None:
    """Members of a union are told apart by their fields, or by being one value, a list or an object."""
    either = Circle | Square

    assert decode(either, ("kind", "square"), ("side", "2")) == Square(kind="square", side=2)
    assert one(list[int] | str, "a") == "a"
    assert one(list[int] | str, "1", "2") == [1, 2]

    class Model(BaseModel):
        x: Address | list[Item] | int

    assert decode(Model, ("x.city", "a")).x == Address(city="a")
    assert decode(Model, ("x.0.title", "a")).x == [Item(title="a")]
    assert decode(Model, ("x", "3")).x == 3


def test_other_object_types_are_read_like_models() -> None:
    """Dataclasses, typed dicts, named and plain tuples, root models and mappings are read by their members."""

    class Model(BaseModel):
        size: Size
        options: Options
        point: Point
        pair: tuple[int, str]
        names: RootModel[list[str]]
        ages: dict[str, int]

    found = decode(
        Model,
        *(("size.width", "3"), ("size.tags", "a"), ("options.loud", "on"), ("point.0", "1"), ("pair", "2")),
        *(("pair", "b"), ("names", "n"), ("ages[a.b]", "4"), ("ages.c", "5")),
    )

    assert (found.size, found.options, found.point) == (Size(3, ["a"]), {"loud": True}, Point(1))
    assert (found.pair, found.names.root, found.ages) == ((2, "b"), ["n"], {"a.b": 4, "c": 5})


def test_a_position_of_a_tuple_that_was_not_sent_is_missing() -> None:
    """The positions of a tuple are fields of their own."""
    assert refused(create_model("One", x=(tuple[int, str], ...)), ("x.1", "a")) == {"x.0": "missing"}


def test_aliases_and_names_are_both_accepted() -> None:
    """A field is found by its validation aliases and by its own name; issues have the name."""

    class Model(BaseModel):
        user_name: str = Field(validation_alias="user-name")
        age: int = Field(validation_alias=AliasChoices("years", "how.old"))
        one: str = Field(default="", alias="two")
        two: str = Field(default="", alias="one")

    assert decode(Model, ("user-name", "a"), ("how.old", "3")).age == 3
    assert decode(Model, ("user_name", "a"), ("age", "3")).user_name == "a"
    assert decode(Model, ("user_name", "a"), ("age", "3"), ("one", "1")).two == "1"
    assert refused(Model, ("user-name", "a"), ("years", "x")) == {"age": "int_parsing"}
    assert refused(Model, ("user-name", "a"), ("years", "1"), ("age", "2")) == {"age": "repeated"}


# Names the model does not have, and conflicts (F10, F11)


@pytest.mark.parametrize("name", ["__proto__", "__class__", "x.__class__.y", "a..b", "a[", "]", "..", "0", "a.b[c]d"])
def test_unknown_fields_are_as_the_model_says(name: str) -> None:
    """Names that the model does not have are ignored, unless it forbids them or keeps them as texts."""
    ignoring = create_model("Ignoring", a1=(str, ...))
    forbidding = create_model("Forbidding", __config__=ConfigDict(extra="forbid"), a1=(str, ...))
    allowing = create_model("Allowing", __config__=ConfigDict(extra="allow"), a1=(str, ...))

    assert decode(ignoring, ("a1", "b"), (name, "v")).model_dump() == {"a1": "b"}
    assert list(refused(forbidding, ("a1", "b"), (name, "v")).values()) == ["extra_forbidden"]
    assert "v" in decode(allowing, ("a1", "b"), (name, "v")).model_extra.values()


def test_controls_of_the_library_never_reach_the_model() -> None:
    """Names that begin with '_action' are ours, whatever the model says of unknown names."""
    forbidding = create_model("Forbidding", __config__=ConfigDict(extra="forbid"), a=(str, ...))

    assert decode(forbidding, ("_action.token", "t"), ("a", "b"), ("_action", "x"), ("_actions", "y")).a == "b"


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("annotation", [str, Address, list[str], dict[str, str], Shape, int | Address])
def test_one_name_as_value_and_as_prefix_is_an_issue(annotation: Any, order: tuple[int, ...]) -> None:
    """A name that is both one value and a group is refused in every order of its controls."""
    fields = [("a", "1"), ("a.b", "2"), ("a[0]", "3")]

    issues = refused(create_model("One", a=(annotation, ...)), *(fields[i] for i in order))

    assert issues
    assert all(path.partition(".")[0] == "a" for path in issues)


@pytest.mark.parametrize("annotation", [Address, dict[str, str], Shape])
def test_a_value_for_a_group_is_an_issue(annotation: Any) -> None:
    """A text where fields below are expected is an issue that says how to name them; a blank one is nothing."""
    assert one_refused(annotation, "a") == {"x": "shape"}
    assert one(annotation | None, "") is None or annotation is dict


def test_many_issues_come_together() -> None:
    """One answer has every complaint: those of the form and those of validation, in the order of the fields."""

    class Model(BaseModel):
        a: int
        b: bool
        c: list[Item]
        d: Address

    with pytest.raises(InputError) as caught:
        decode(Model, ("d.zip", "x"), ("c.0.count", "0"), ("b", "perhaps"), ("a", "one"))

    assert [i.path for i in caught.value.issues] == ["a", "b", "c.0.title", "d.city", "d.zip"]


def test_the_number_of_issues_is_bounded() -> None:
    """A thousand bad fields give a hundred issues."""
    with pytest.raises(InputError) as caught:
        decode(create_model("One", x=(list[bool], ...)), *(("x", "perhaps") for _ in range(1000)))

    assert len(caught.value.issues) == 100


@pytest.mark.parametrize("count", [99, 100, 101, 1000])
def test_form_with_too_many_issues_says_that_there_are_more(count: int) -> None:
    """No more are listed than of a call, and the last says so where there are more: nobody takes them for all."""
    model = create_model("Many", x=(list[int], ...), last=(int, ...))
    with pytest.raises(InputError) as caught:
        decode(model, *((f"x.{number}", "zz") for number in range(min(count - 1, 999))), ("last", "zz"))

    types = [issue.type for issue in caught.value.issues]
    assert types.count("int_parsing") == min(count, 100)
    assert ("too_many_issues" in types) == (count > 100)


def test_validators_of_the_whole_model_are_form_errors() -> None:
    """A complaint of a model validator belongs to no field."""

    class Model(BaseModel):
        a: str
        b: str

        @model_validator(mode="after")
        def same(self) -> Model:
            if self.a != self.b:
                raise ValueError("a and b differ")
            return self

    with pytest.raises(InputError) as caught:
        decode(Model, ("a", "1"), ("b", "2"))

    assert caught.value.form_errors == ["a and b differ"]


# Files (F9)


def upload(content: bytes = b"abc", name: str = "a.txt") -> UploadedFile:
    return UploadedFile(BytesIO(content), name=name, content_type="text/plain", size=len(content))


class Upload(BaseModel):
    title: str
    file: Annotated[UploadedFile, MaxBytes("1KB")]
    more: list[UploadedFile] = []
    extra: UploadedFile | None = None


def test_files_are_found_by_their_names() -> None:
    """A file, an optional file and a list of files reach the model as they were sent."""
    first, second, third = upload(b"1"), upload(b"2"), upload(b"3")

    found = decode(Upload, ("title", "t"), files=[("file", first), ("more", second), ("more[]", third)])

    assert found.file is first
    assert found.more == [second, third] or found.more == [third, second]
    assert found.extra is None


def test_missing_and_misplaced_files_are_issues() -> None:
    """A required file that was not chosen, a text for a file and a file for a text are issues on their fields."""
    assert refused(Upload, ("title", "t")) == {"file": "missing"}
    assert refused(Upload, ("title", "t"), ("file", "")) == {"file": "missing"}
    assert refused(Upload, ("title", "t"), ("file", "0"), files=[("more", upload())]) == {"file": "file_expected"}
    assert refused(Upload, files=[("file", upload()), ("title", upload())]) == {"title": "text_expected"}
    assert refused(Upload, ("title", "t"), files=[("file", upload(b"x" * 1001))]) == {"file": "file_too_large"}


def test_files_of_unknown_names_are_ignored_or_refused() -> None:
    """A file that the model does not have is treated as any other unknown field; it is never kept as a number."""
    allowing = create_model("Allowing", __config__=ConfigDict(extra="allow"), a=(str, ...))

    assert decode(Address, ("city", "a"), files=[("x", upload())]) == Address(city="a")
    assert refused(allowing, ("a", "b"), files=[("x", upload())]) == {"x": "text_expected"}


# Inputs that are no object (F15)


def test_bare_inputs_are_read_from_the_empty_name() -> None:
    """An input that is no object has the empty path."""
    assert decode(list[int], ("", "1"), ("", "2")) == [1, 2]
    assert decode(int, ("", "5")) == 5
    assert decode(str, ("", "")) == ""
    assert decode(list[int]) == []
    assert decode(int | None, ("", "")) is None
    assert decode(Address | None) is None
    assert refused(int) == {"": "missing"}


def test_the_raw_form_is_a_list_of_pairs() -> None:
    """An input of pairs of text gets the controls of the form in their order, whatever they are called."""
    fields = [("b", "1"), ("a.b", ""), ("b", "2"), ("_action.token", "t")]

    assert decode(list[tuple[str, str]], *fields) == fields[:3]
    assert decode(list[tuple[str, str]]) == []


# Values to fields and back (F12, F14)


def test_fields_of_a_value_are_named_by_their_paths() -> None:
    """Control names are field paths; what no control can say is said by two controls of ours."""
    value = {"address": {"city": "Bern"}, "items": [{"title": "a", "on": True}], "none": None, "tags": [], "n": 1.5}

    assert encode_fields(value) == [
        ("address.city", "Bern"),
        ("items.0.title", "a"),
        ("items.0.on", "true"),
        ("_action.null", "none"),
        ("_action.empty", "tags"),
        ("n", "1.5"),
    ]


def test_none_and_empty_override_defaults() -> None:
    """A field that is said to be None or empty is that, whatever its default; a value besides wins."""

    class Model(BaseModel):
        a: int | None = 5
        b: list[int] = [1]
        c: Address | None = Address(city="x")

    assert decode(Model, ("_action.null", "a"), ("_action.empty", "b"), ("_action.null", "c")) == Model(
        a=None, b=[], c=None
    )
    assert decode(Model, ("_action.null", "a"), ("a", "1")).a == 1
    assert refused(Address, ("_action.null", "city")) == {"city": "string_type"}


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1))
numerals = st.sampled_from(["1", "-7", "1.5", "1e5", "007", "true", "false", "on", "nan", " 1", "", "1_0"])


class Numeral(enum.Enum):
    NUMBER = 1
    TEXT = "1"
    TRUTH = True
    WORD = "true"


LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, texts),
    (Annotated[str, AfterValidator(lambda text: text)], texts),
    (bytes, st.binary(max_size=20)),
    (int, st.integers()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (decimal.Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (datetime.date, st.dates()),
    (
        datetime.datetime,
        moments | st.datetimes(timezones=st.just(datetime.UTC), min_value=datetime.datetime(1900, 1, 1)),
    ),
    (datetime.time, st.times()),
    (datetime.timedelta, st.timedeltas(datetime.timedelta(-999), datetime.timedelta(999))),
    (uuid.UUID, st.uuids()),
    (Colour, st.sampled_from(Colour)),
    (Perm, st.sampled_from([Perm.READ, Perm.WRITE, Perm.READ | Perm.WRITE])),
    (Literal["a", "", 1], st.sampled_from(["a", "", 1])),
    (int | None, st.none() | st.integers()),
    (int | Literal["all"], st.just("all") | st.integers()),
    (int | str, st.integers() | numerals | texts),
    (bool | float | str, st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | numerals),
    (decimal.Decimal | int, st.integers() | st.decimals(allow_nan=False, allow_infinity=False)),
    (bytes | int | None, st.none() | st.integers() | st.sampled_from([b"", b"\xd7m\xf8"])),
    (Literal["1", 1, "true", True, None], st.sampled_from(["1", 1, "true", True, None])),
    (Numeral, st.sampled_from(Numeral)),
]
Typed = tuple[Any, st.SearchStrategy[Any]]


def fields_named(names: Sequence[str]) -> Callable[[Sequence[Typed]], Typed]:
    """Makes a model of some types, and a strategy for its instances."""

    def make(members: Sequence[Typed]) -> Typed:
        types: dict[str, Any] = {name: (kind, ...) for name, (kind, _) in zip(names, members, strict=False)}
        model = create_model("Made", __config__=BASE64, **types)
        values = {name: value for name, (_, value) in zip(names, members, strict=False)}
        return model, st.builds(model, **values)

    return make


def subscribed(container: Any, *arguments: Any) -> Any:
    """A generic type made at run time."""
    return container[arguments if len(arguments) > 1 else arguments[0]]


def extended(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return st.one_of(
        inner.map(lambda t: (subscribed(list, t[0]), st.lists(t[1], max_size=3))),
        inner.map(lambda t: (t[0] | None, st.none() | t[1])),
        inner.map(lambda t: (subscribed(dict, str, t[0]), st.dictionaries(texts, t[1], max_size=3))),
        st.tuples(inner, inner).map(
            lambda two: (subscribed(tuple, two[0][0], two[1][0]), st.tuples(two[0][1], two[1][1]))
        ),
        st.lists(inner, min_size=1, max_size=4).map(fields_named(["one", "two_", "x3", "default"])),
    )


kinds = st.recursive(st.sampled_from(LEAVES), extended, max_leaves=6)
models = st.lists(kinds, min_size=1, max_size=5).map(fields_named(["a", "b", "items", "text", "z9"]))


@st.composite
def instances(draw: st.DrawFn) -> tuple[Any, Any]:
    model, values = draw(models)
    return model, draw(values)


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


def posted(fields: list[tuple[str, str]], *, multipart: bool) -> list[tuple[str, str]]:
    """The fields after a trip as a body."""
    parts: list[tuple[str, Any]] = [(name, (None, text)) for name, text in fields]
    if multipart and parts:
        request = httpx2.Request("POST", "http://x", files=parts)
        body, content_type = request.read(), request.headers["content-type"]
    else:
        body, content_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    return asyncio.run(read_form(_one(body), content_type)).fields


@given(instances())
@example((Tree, Tree(value=1, children=[Tree(value=2, left=Tree(value=3))], left=Tree(value=0))))
@example(
    (
        RootModel[dict[str, list[str]]],
        RootModel[dict[str, list[str]]]({"": [], "_action.null": [""], 'a.b[~%"]': ["x"]}),
    )
)
def test_any_instance_returns_equal_from_a_form(case: tuple[Any, Any]) -> None:
    """Whatever an input holds, sent as a form of either encoding it is read back equal."""
    model, value = case
    codec: Codec[Any] = Codec(model)
    fields = encode_fields(from_json(codec.encode(value)), marks_texts=mixes_texts(codec.schema))

    for multipart in (False, True):
        assert same(plan(model).decode(posted(fields, multipart=multipart), ()), value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((int | str, value) for value in ("1", 1, "", "a")),
        *((list[bool | str], value) for value in (["true", True, "on"], [])),
        *((pydantic.JsonValue, value) for value in ("1", 1, {"a": ["1", 1, "true", True, None, "", " "]})),
    ],
)
def test_texts_that_look_like_numbers_stay_texts(kind: Any, value: Any) -> None:
    """A string that its type would read as something else has a mark beside it."""
    codec: Codec[Any] = Codec(kind)

    fields = encode_fields(value, marks_texts=mixes_texts(codec.schema))

    assert same(plan(kind).decode(fields, ()), value)
    assert sorted(fields) == sorted(read_tree(fields).pairs(""))


T = TypeVar("T")


class Nothing(BaseModel):
    kind: Literal[None] = None


class Something(BaseModel):
    kind: Literal["some"] = "some"


class Boxed(BaseModel, Generic[T]):
    data: T


ITEM_AND_ADDRESS = [Item(title="a"), Address(city="a")]
BOXED_TWICE = Boxed[Boxed[Address]](data=Boxed[Address](data=Address(city="a")))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((Nothing | Something, value) for value in (Nothing(), Something())),
        (Boxed[list[Item]] | Boxed[Item], Boxed[list[Item]](data=[Item(title="a")])),
        (Boxed[list[Item]] | Boxed[Item], Boxed[Item](data=Item(title="a"))),
        (Boxed[bool] | Boxed[Literal["x"]], Boxed[Literal["x"]](data="x")),
        (Boxed[Item] | Boxed[Address], Boxed[Item](data=Item(title="a"))),
        (Boxed[Item] | Boxed[Address], Boxed[Address](data=Address(city="a"))),
        (Boxed[Boxed[Item]] | Boxed[Boxed[Address]], BOXED_TWICE),
        *((list[Item] | list[Address], [value]) for value in ITEM_AND_ADDRESS),
        *((dict[str, Item] | dict[str, Address], {"a": value}) for value in ITEM_AND_ADDRESS),
        *((tuple[Item, int] | tuple[Address, int], (value, 1)) for value in ITEM_AND_ADDRESS),
    ],
)
def test_members_are_told_apart_by_values_and_shapes(kind: Any, value: Any) -> None:
    """Two members with fields of the same names are told apart by what these fields can be."""
    for union in (kind, Union[tuple(reversed(get_args(kind)))]):  # noqa: UP007  # made at run time
        codec: Codec[Any] = Codec(union)
        fields = encode_fields(from_json(codec.encode(value)), marks_texts=mixes_texts(codec.schema))

        assert same(plan(union).decode(fields, ()), value)


@pytest.mark.parametrize("kind", [str, list[int], dict[str, decimal.Decimal], Tree, int | None, Perm, Address])
def test_texts_that_nobody_confuses_have_no_mark(kind: Any) -> None:
    """A type without places for both strings and numbers sends as many controls as it has values."""
    assert not mixes_texts(Codec[Any](kind).schema)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "a.b", "a[0]", "a[]", "c.0.title", "c[1][x]", "d", "_action.null", "e"]), texts)
    )
)
def test_any_fields_are_a_value_or_issues(fields: list[tuple[str, str]]) -> None:
    """No form makes the plan fail in another way than with issues."""

    class Model(BaseModel):
        a: list[str] | Address | None
        c: list[Item]
        d: bool | int
        e: SecretStr | None = None

    with contextlib.suppress(InputError):
        assert isinstance(decode(Model, *fields), Model)


# Names of any length


@given(name=st.text(alphabet=".[]a~0", max_size=400))
def test_any_name_has_few_steps(name: str) -> None:
    """However long a name is, whoever walks it takes no more than one step beyond the most that a path may have."""
    assert len(steps_of(name)) <= MAX_DEPTH + 1


Rows = TypeAliasType("Rows", "list[Rows | None]")
Boxes = TypeAliasType("Boxes", "list[Boxes]")


@pytest.mark.parametrize(("type_", "rows"), [(Rows, [None]), (Boxes, [])])
def test_lists_of_themselves(type_: Any, rows: list[Any]) -> None:
    """One empty control for a list of itself ends."""

    assert one(type_, "") == rows


class Holder(BaseModel, Generic[T]):
    x: T


@pytest.mark.parametrize("type_", [str, bytes, int | str])
def test_required_text_has_to_be_filled_in(type_: Any) -> None:
    """A blank control of a required text counts as not filled in, as in the page; a mark says otherwise."""
    assert refused(Holder[type_], ("x", "")) == {"x": "missing"}
    assert decode(Holder[type_], ("x", ""), ("_action.text", "x")).x in ("", b"")
    assert decode(dict[str, type_], ("x", "")) == {"x": type_() if isinstance(type_, type) else ""}


class Stripped(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)
    x: str
    y: str = "y"


@pydantic.dataclasses.dataclass(config=ConfigDict(str_strip_whitespace=True))
class StrippedDataclass:
    x: str
    y: str = "y"


LINE = Annotated[str, StringConstraints(strip_whitespace=True)]


@pytest.mark.parametrize("type_", [Holder[LINE], Stripped, StrippedDataclass])
def test_spaces_alone_are_blank_where_they_are_removed(type_: Any) -> None:
    """A required text of which validation removes the spaces is not filled in by spaces; any other text is."""

    class Rows(BaseModel):
        row: type_
        rows: list[type_] = []

    for spaces in (" ", " \t", "\u2003"):
        assert refused(type_, ("x", spaces)) == {"x": "missing"}
        assert refused(Rows, ("row.x", spaces), ("rows.0.x", spaces)) == {"row.x": "missing", "rows.0.x": "missing"}
    assert decode(type_, ("x", " a ")).x == "a"
    assert decode(Holder[str], ("x", " ")).x == " "
    assert decode(Holder[LINE | None], ("x", " ")).x == ""


@pytest.mark.parametrize("type_", [OrderedDict[str, int], Counter[str], defaultdict[str, int], dict[str, int]])
def test_mappings_of_each_class_are_read_by_their_keys(type_: Any) -> None:
    """Mappings of Python's own classes are read like dicts."""
    value = decode(Holder[type_], ("x.a", "1"), ("x.b", "2")).x

    assert (type(value), dict(value)) == (get_origin(type_), {"a": 1, "b": 2})
    assert decode(Holder[type_], ("_action.empty", "x")).x == {}


class Task(BaseModel):
    title: str
    hours: int


class Sized(BaseModel):
    size: Literal["s", "m"]
    title: str | None = None


class Anything(BaseModel):
    other: str | None = None


class Open(BaseModel, extra="allow"): ...


class Card(BaseModel):
    number: str
    check: int = 0
    kind: Literal["low", "high"] = "low"


class Cash(BaseModel):
    payer: str
    tip: decimal.Decimal = decimal.Decimal("1.50")


UNTOUCHED = [("it.number", ""), ("it.check", "0"), ("it.kind", "low")]
BLANK = [("it.payer", ""), ("it.tip", "1.50")]


@pytest.mark.parametrize(
    ("annotation", "pairs", "value"),
    [
        (Card | Cash, [*UNTOUCHED, ("it.payer", "z"), ("it.tip", "1.50")], Cash(payer="z")),
        (Cash | Card, [*UNTOUCHED, ("it.payer", "z"), ("it.tip", "1.50")], Cash(payer="z")),
        (Cash | Card, [("it.number", "4"), ("it.check", "0"), ("it.kind", "low"), *BLANK], Card(number="4")),
        (list[Card | Cash], [("it.0.number", ""), ("it.0.check", "0"), ("it.0.payer", "z")], [Cash(payer="z")]),
        (Task | Anything, [("it.title", ""), ("it.hours", ""), ("it.other", "typed")], Anything(other="typed")),
        (Anything | Task, [("it.title", "t"), ("it.hours", "1"), ("it.other", "")], Task(title="t", hours=1)),
    ],
)
def test_a_form_with_the_controls_of_all_members_is_the_one_that_was_filled_in(
    annotation: Any, pairs: list[tuple[str, str]], value: Any
) -> None:
    """Controls that are blank, or hold their default, do not count: nobody has entered anything there."""
    model = pydantic.create_model("Input", it=(annotation, ...))

    assert decode(model, *pairs).it == value


@pytest.mark.parametrize(
    ("annotation", "pairs", "issues"),
    [
        (Task | Anything, [("it.title", "typed"), ("it.hours", "")], ["it.hours missing"]),
        (Task | Anything, [("it.title", "typed"), ("it.hours", "x")], ["it.hours int_parsing"]),
        (Anything | Task | None, [("it.title", "typed"), ("it.hours", "")], ["it.hours missing"]),
        (list[Task | Anything], [("it.0.title", "typed"), ("it.1.other", "y")], ["it.0.hours missing"]),
        (dict[str, Task | Anything], [("it.k.hours", "1")], ["it.k.title missing"]),
        (Sized | Anything, [("it.title", "typed"), ("it.size", "")], ["it.size missing"]),
        (Sized | Anything, [("it.title", "typed"), ("it.size", "xl")], []),
        (Task | Anything, [("it.title", ""), ("it.hours", "")], []),
        (Task | Anything, [("it.other", "typed")], []),
        (Task | Open, [("it.title", "typed"), ("it.hours", "x")], []),
        (Task | dict[str, str], [("it.title", "typed"), ("it.hours", "x")], []),
        (Card | Cash, [*UNTOUCHED, ("it.payer", ""), ("it.tip", "2")], ["it.payer missing"]),
        (Card | Cash, [*UNTOUCHED, ("it.payer", ""), ("it.tip", "x")], ["it.payer missing", "it.tip decimal_parsing"]),
        (Cash | Card, [("it.number", ""), ("it.check", "7"), ("it.kind", "low"), *BLANK], ["it.number missing"]),
    ],
)
def test_what_was_entered_for_one_member_is_not_dropped_for_another(
    annotation: Any, pairs: list[tuple[str, str]], issues: list[str]
) -> None:
    """A union without a tag is the member that has what was entered; another one without it is not taken instead."""
    model = pydantic.create_model("Input", it=(annotation, ...))
    messages: list[str] = []
    try:
        decode(model, *pairs)
    except InputError as error:
        messages = [f"{issue.path} {issue.type}" for issue in error.issues]

    assert messages == issues
