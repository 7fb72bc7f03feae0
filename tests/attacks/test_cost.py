"""The cost of an input grows no faster than its bytes: for types and hostile inputs that nobody thought of.

Twice as many bytes cost at most ``GROWTH`` times as much, whether they are read, refused, or shown again in a form.
``nox -s fuzz`` searches long, and compares CPU too, which shows what C does for itself.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import urllib.parse
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal

import pytest
from attacks.cost import JSON, MULTIPART, URLENCODED, call, cost, cpu, endpoint_of
from conftest import PROFILE, examples
from hypothesis import HealthCheck, assume, given, note, settings, target
from hypothesis import strategies as st
from pydantic import BaseModel, Field, JsonValue, SecretStr, create_model
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import DefinitionError, UploadedFile
from sanic_actions._forms.edits import EDITS
from sanic_actions._forms.markers import MARKERS

SIZE = 6_000
"""Bytes of the smaller input: enough that what is quadratic in it outweighs what is fixed."""

GROWTH = 2.6
LINES = 2_000
BYTES = 200_000
"""What is not compared: less than this may have been built once, or be a buffer."""

bounded = settings(max_examples=examples(60, full=1_000), suppress_health_check=list(HealthCheck), deadline=None)


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Reply(BaseModel):
    text: str
    replies: list[Reply] = []


class Not(BaseModel):
    kind: Literal["not"]
    of: Expression


class All(BaseModel):
    kind: Literal["all"]
    of: list[Expression]


class Is(BaseModel):
    kind: Literal["is"]
    amount: Decimal


Expression = Not | All | Is
Data = TypeAliasType("Data", "list[Data] | dict[str, Data] | str | int | None")


@dataclasses.dataclass
class Branch:
    text: str
    replies: dict[str, Branch] = dataclasses.field(default_factory=dict)


class Row(TypedDict):
    text: str
    amount: int


SCALARS: list[Any] = [
    *(str, int, float, bool, bytes, Decimal, datetime.date, datetime.datetime, datetime.timedelta, uuid.UUID),
    *(IPv4Address, SecretStr, Color, Literal["red", 1], JsonValue, Reply, Expression, Data, Branch, Row),
    Annotated[str, Field(min_length=2, max_length=20, pattern="^[a-z]+$")],
    Annotated[int, Field(ge=0, le=100, multiple_of=5)],
    Annotated[Decimal, Field(max_digits=5, decimal_places=2, ge=0)],
]
NAMES = ["value", "text", "replies", "of", "kind", "amount", "a", "b"]


COLLECTIONS: list[Any] = [list, set, frozenset]
TUPLE: Any = tuple
DICT: Any = dict


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Types that hold others."""
    lists = st.tuples(st.sampled_from(COLLECTIONS), inner).map(lambda parts: parts[0][parts[1]])
    return st.one_of(
        lists,
        lists.map(lambda collection: Annotated[collection, Field(max_length=5)]),
        inner.map(lambda item: TUPLE[item, ...]),
        st.tuples(inner, inner).map(lambda items: TUPLE[items]),
        st.tuples(st.sampled_from([str, int]), inner).map(lambda parts: DICT[parts]),
        inner.map(lambda item: item | None),
        st.tuples(inner, inner).map(lambda items: items[0] | items[1]),
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3).map(model_of),
    )


def model_of(fields: dict[str, Any]) -> type[BaseModel]:
    """A model of these fields."""
    specs: dict[str, Any] = {name: (annotation, ...) for name, annotation in fields.items()}
    return create_model("Made", **specs)


types = st.recursive(st.sampled_from(SCALARS), containers, max_leaves=4)
form_types = types | st.sampled_from([UploadedFile, list[UploadedFile], dict[str, UploadedFile]])

Make = Callable[[int], bytes]
"""Makes an input of about so many bytes, the same in kind for any number."""

LEAVES = ["", "1", "a", "1.5", "null", "-", "\x00", "é", "red", "2020-01-01", "true", "9" * 30, "1e999", "\\u0000"]
GROWING = ["9", "9.", "1e", "-", "a", "\x00", "é", " ", "[", "0.", "%", "&", "1_", "٣", "<", "'"]
STEPS = [*NAMES, "0", "1", "99999", "-1", "", "~", "_action.null", "_action.empty", "_action.key", "a b", "é"]
WRAPS = [
    ("[", "]"),
    ('{"a":', "}"),
    ('{"text":"a","replies":[', "]}"),
    ('{"text":"a","replies":{"b":', "}}"),
    ('{"kind":"not","of":', "}"),
    ('{"kind":"all","of":[', "]}"),
    ('{"kind":"no","of":[', "]}"),
    ("[[],", "]"),
    ('{"a":1,"a":', "}"),
]


Wrap = tuple[str, str]


def many(item: str, size: int) -> str:
    """A list of as many of an item as fit."""
    return f"[{','.join([item] * (size // (len(item) + 1)))}]"


def deep(wrap: Wrap, leaf: str, depth: int) -> str:
    """A leaf inside as many of a wrap."""
    return wrap[0] * depth + leaf + wrap[1] * depth


SHAPES: dict[str, Callable[[Wrap, str, str, int], str]] = {
    "deep": lambda wrap, leaf, text, size: deep(wrap, leaf, size // len("".join(wrap))),
    "many": lambda wrap, leaf, text, size: many(deep(wrap, leaf, 1), size),
    "many that are deep": lambda wrap, leaf, text, size: many(deep(wrap, leaf, 20), size),
    "keys": lambda wrap, leaf, text, size: (
        "{" + ",".join(f'"{n}":{leaf}' for n in range(size // (len(leaf) + 9))) + "}"
    ),
    "numbers": lambda wrap, leaf, text, size: f"[{','.join(str(n) for n in range(size // 6))}]",
    "equal hashes": lambda wrap, leaf, text, size: f"[{','.join(str(n * (2**61 - 1)) for n in range(1, size // 21))}]",
    "text": lambda wrap, leaf, text, size: json.dumps(text * (size // len(text))),
    "digits": lambda wrap, leaf, text, size: "9" * size,
    "decimals": lambda wrap, leaf, text, size: f"0.{'1' * size}",
}


@st.composite
def json_inputs(draw: st.DrawFn) -> Make:
    """JSON that is deep, or holds many, or one long thing, in a shape that some types have."""
    wrap, shape = draw(st.sampled_from(WRAPS)), SHAPES[draw(st.sampled_from(list(SHAPES)))]
    leaf = draw(st.sampled_from([*map(json.dumps, LEAVES), "1.5", "{}", "[]"]))
    text, outside = draw(st.sampled_from(GROWING)), draw(st.lists(st.sampled_from(WRAPS), max_size=2))

    def make(size: int) -> bytes:
        body = shape(wrap, leaf, text, size)
        for before, after in outside:
            body = before + body + after
        return f'{{"value":{body}}}'.encode()

    return make


KINDS = ["deep", "rows", "same", "text", "deep rows", "marked rows", "marked text", "long step", "words"]


@st.composite
def form_pairs(draw: st.DrawFn) -> Callable[[int], list[tuple[str, str]]]:
    """Controls whose names are deep, many, long or the same, or whose text is long."""
    steps = draw(st.lists(st.sampled_from(STEPS), max_size=4))
    growing = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3))
    leaf, brackets = draw(st.sampled_from(LEAVES)), draw(st.booleans())
    long = draw(st.sampled_from(GROWING))
    last = draw(st.lists(st.sampled_from(STEPS), max_size=2))
    kind = draw(
        st.sampled_from(
            ["deep", "rows", "same", "text", "deep rows", "marked rows", "marked text", "long step", "words"]
        )
    )
    mark = draw(st.sampled_from(sorted(MARKERS | EDITS)))

    def name(*more: str) -> str:
        parts = ["value", *steps, *more]
        return parts[0] + "".join(f"[{part}]" for part in parts[1:]) if brackets else ".".join(parts)

    def make(size: int) -> list[tuple[str, str]]:
        if kind == "deep":
            return [(name(*growing * max(size // len(".".join(growing) + "."), 1), *last), leaf)]
        if kind == "marked text":
            marks = [(mark, name())] * (size // 2 // (len(mark) + len(name()) + 2))
            return [(name(), long * (size // 2 // len(long.encode()))), *marks]
        if kind == "text":
            return [(name(), long * (size // len(long.encode())))]
        if kind == "long step":
            return [(name(long * size, *last), leaf)]
        if kind == "same":
            return [(name(*last), leaf)] * (size // (len(name(*last)) + len(leaf) + 2))
        deep = growing * 8 if kind == "deep rows" else []
        rows = [name(str(n), *deep, *last) for n in range(size // (len(name("000", *deep, *last)) + len(leaf) + 2))]
        if kind == "marked rows":
            return [(mark, row) for row in rows]
        if kind == "words":
            return [(name(f"w{row}", *last), leaf) for row in range(len(rows))]
        return [(row, leaf) for row in rows]

    return make


def urlencoded(pairs: list[tuple[str, str]]) -> bytes:
    """Controls as a browser sends them."""
    return urllib.parse.urlencode(pairs).encode()


def multipart(pairs: list[tuple[str, str]], *, files: bool) -> bytes:
    """Controls as parts, each a text or a file."""
    suffix = '; filename="f"' if files else ""
    parts = []
    for name, text in pairs:
        escaped = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        parts.append(f'--b\r\nContent-Disposition: form-data; name="{escaped}"{suffix}\r\n\r\n{text}\r\n')
    return "".join([*parts, "--b--\r\n"]).encode()


def check_growth(annotation: Any, content_type: str, make: Make) -> None:
    """Compare what an input costs with what one twice its size does."""
    try:
        endpoint = endpoint_of(annotation)
    except DefinitionError:
        assume(False)
    bodies = [make(SIZE * times) for times in (1, 2)]
    assume(1.5 * len(bodies[0]) <= len(bodies[1]) <= 2.2 * len(bodies[0]))
    call(endpoint, content_type, bodies[0])  # builds what is built once
    endings = [call(endpoint, content_type, body) for body in bodies]
    one, two = (cost(partial(call, endpoint, content_type, body)) for body in bodies)
    note(f"{annotation} {content_type} {endings} {one} {two} {bodies[0][:300]!r}")
    if PROFILE == "full":
        target(two.lines / max(one.lines, LINES), label="lines")
        target(two.peak / max(one.peak, BYTES), label="bytes")
    # What only the larger input came to had no smaller one to be compared with: it costs what its bytes may.
    if endings[0] == endings[1]:
        assert two.lines <= GROWTH * max(one.lines, LINES), f"{one} {two}"
        assert two.peak <= GROWTH * max(one.peak, BYTES), f"{one} {two}"
    if PROFILE == "full":
        check_cpu(endpoint, content_type, make)


def check_cpu(endpoint: Any, content_type: str, make: Make) -> None:
    """Compare the CPU for inputs of one and four times 60 KB, where there is enough of it to compare."""
    one, four = (cpu(partial(call, endpoint, content_type, make(size))) for size in (60_000, 240_000))
    assert four < 0.1 or four <= 12 * max(one, 0.005), f"{one:.4f} s, four times as many bytes {four:.4f} s"


FOUND: list[tuple[Any, str, bytes]] = [
    (dict[str, UploadedFile], URLENCODED, b"value.a="),
    (dict[str, UploadedFile], MULTIPART, multipart([("value.a", "a")], files=False)),
    (list[list[Data]], URLENCODED, b"value.0.a=1"),
    (list[JsonValue], URLENCODED, b"value.a.b=1"),
]
"""Small inputs that were masked failures."""


def test_json_of_a_form_is_read() -> None:
    """So was this one: any form is JSON of some shape."""
    assert call(endpoint_of(JsonValue), URLENCODED, b"x=1") == "read"


@pytest.mark.parametrize(("annotation", "content_type", "body"), FOUND)
def test_input_is_refused(annotation: Any, content_type: str, body: bytes) -> None:
    """What does not fit a type is refused with its issues, and shown again in its form."""
    assert call(endpoint_of(annotation), content_type, body) == "BAD_REQUEST"


@pytest.mark.parametrize("mark", sorted(MARKERS | EDITS))
def test_repeated_mark_costs_no_more(mark: str) -> None:
    """A mark that is sent again and again for one long text costs about what the text costs."""
    endpoint = endpoint_of(str)
    words = b"value=" + b"x" * 900_000
    marks = f"&{mark}=value".encode() * 900

    ordinary = cpu(partial(call, endpoint, URLENCODED, words))

    assert cpu(partial(call, endpoint, URLENCODED, words + marks)) <= 20 * max(ordinary, 0.001)


def test_keys_cost_about_what_rows_cost() -> None:
    """A form of very many keys costs no more than some times what one of as many rows costs, though keys may be any."""

    def seconds(annotation: Any, name: str) -> float:
        body = "&".join(f"value.{name}{number}.0.0.0=x" for number in range(900)).encode()
        return cpu(partial(call, endpoint_of(annotation), URLENCODED, body))

    assert seconds(dict[str, JsonValue], "k") <= 8 * seconds(list[JsonValue], "")


@bounded
@given(annotation=types, make=json_inputs())
def test_json_costs_its_bytes(annotation: Any, make: Make) -> None:
    """JSON of twice the size costs about twice as much, whatever type reads it."""
    check_growth(annotation, JSON, make)


@bounded
@given(annotation=form_types, make=form_pairs())
def test_urlencoded_form_costs_its_bytes(annotation: Any, make: Callable[[int], list[tuple[str, str]]]) -> None:
    """A form of twice the size costs about twice as much to read, to refuse and to show again."""
    check_growth(annotation, URLENCODED, lambda size: urlencoded(make(size)))


@bounded
@given(annotation=form_types, make=form_pairs(), files=st.booleans())
def test_multipart_form_costs_its_bytes(
    annotation: Any, make: Callable[[int], list[tuple[str, str]]], files: bool
) -> None:
    """A form in parts, of texts or of files, costs about twice as much when it is twice the size."""
    check_growth(annotation, MULTIPART, lambda size: multipart(make(size), files=files))
