"""Form fields: names that mean something elsewhere, places that cannot be, and secrets that must not come back."""

from __future__ import annotations

import itertools
import json
from typing import Annotated, Any
from urllib.parse import quote_plus

import html5lib
import pytest
from attacks.arena import Arena, post
from attacks.cost import endpoint_of
from attacks.site import SECRET, ran
from browser_form import parsed, sent
from pydantic import BaseModel, Field, JsonValue, RootModel, SecretBytes, SecretStr
from typing_extensions import TypeAliasType

from sanic_actions import InputError
from sanic_actions._forms.names import control_under
from sanic_actions._forms.read_tree import read_tree
from sanic_actions.server._controls.form import form_fields

FORM = "application/x-www-form-urlencoded"
ORDINARY = post("listed", b"a=1&a=2", FORM)

CLASHES = ["a=1", "a.b=2", "a[0]=3"]


@pytest.mark.parametrize("action", ["scalar", "nested", "listed"])
@pytest.mark.parametrize("order", list(itertools.permutations(CLASHES)))
def test_one_name_in_two_shapes(arena: Arena, action: str, order: tuple[str, ...]) -> None:
    """A name that is a value, an object and a list at once is refused, in whatever order it comes."""
    answer = arena.send(post(action, "&".join(order).encode(), FORM))

    assert answer.status == 400
    assert answer.problem["issues"]
    assert ran == []


PLACES = [
    *("a[99999999999]=1", "a.99999999999=1", "a[-1]=1", "a[1.5]=1", "a[1e3]=1", "a[0x1]=1", "a[٣]=1", "a[ 1]=1"),
    *("a[0][0]=1", "a.0.0=1", "a[0]=1&a[0]=2", "a[__class__]=1", "a.__proto__=1", "a[]=1&a[5]=2"),
]


@pytest.mark.parametrize("place", PLACES)
def test_places_that_cannot_be(arena: Arena, place: str) -> None:
    """An index that is huge, negative, no number or given twice is refused, and costs no memory."""
    answer = arena.attack(post("listed", quote_plus(place, safe="=&").encode(), FORM), like=ORDINARY)

    assert answer.status == 400
    assert answer.problem["issues"]


UNKNOWN = ["__proto__", "__class__", "constructor.prototype", "__init__.__globals__", "_private", "age", "admin"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_fields_that_the_input_does_not_have(arena: Arena, name: str) -> None:
    """A field that the input does not have is dropped, or an issue where nothing more is allowed."""
    assert arena.send(post("scalar", f"a=1&{name}=2".encode(), FORM)).body == b"1"
    refused = arena.send(post("strict", f"name=a&{name}=2".encode(), FORM))

    assert refused.status == 400
    assert ran == ["scalar"]


BAD_SECRETS = {
    "a list": f"account.password={SECRET}&account.password={SECRET}",
    "an object": f"account.password.a={SECRET}",
    "no name": f"account.password={SECRET}",
    "a list of accounts": f"others.0.password={SECRET}&account.name=a&account.password={SECRET}&age=x",
    "a wrong age": f"account.name=a&account.password={SECRET}&age={SECRET}",
}


@pytest.mark.parametrize("case", BAD_SECRETS)
def test_secrets_never_come_back(arena: Arena, case: str) -> None:
    """What was sent for a secret is neither in the answer, nor in the page that shows the form, nor in the log."""
    form = BAD_SECRETS[case].replace(f"age={SECRET}", "age=x").encode()
    answer = arena.attack(post("account", form, FORM), like=post("text", b"text=a", FORM))
    page = arena.send(post("page?_action=account", form, FORM, path="/"))

    assert page.status == 400
    for body in (answer.body, page.body):
        assert SECRET.encode() not in body
    assert not [record for record in arena.records if SECRET in record.getMessage()]


def test_secrets_in_json_never_come_back(arena: Arena) -> None:
    """The answer to bad JSON repeats nothing of it."""
    inner = {"name": [SECRET], "password": {"a": SECRET}}
    body = json.dumps({"account": inner, "others": [inner, SECRET], "age": SECRET})

    assert SECRET.encode() not in arena.attack(post("account", body.encode()), like=post("text", b"{}")).body


SCRIPTS = [
    '"><script>alert(1)</script>',
    "'onfocus='alert(1)",
    "</textarea><script>",
    "<!--",
    "]]>",
    "\x00<b>",
    "&lt;b>",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_values_are_shown_as_text(arena: Arena, script: str) -> None:
    """A value that is handed back stands in the page as text, never as markup."""
    form = f"account.name={quote_plus(script)}&age=x".encode()

    page = arena.send(post("page?_action=account", form, FORM, path="/"))

    assert page.status == 400
    document = html5lib.parse(page.body, transport_encoding="utf-8", namespaceHTMLElements=False)
    assert not {element.tag for element in document.iter()} & {"script", "b"}
    assert not [name for element in document.iter() for name in element.attrib if name.startswith("on")]
    shown = [element.get("value") for element in document.iter("input") if element.get("name") == "account.name"]
    assert shown == [script.replace("\x00", "\ufffd")]


def form_of(*names: str, value: str = "x", more: str = "") -> bytes:
    """Return a form of these names, each with the same value."""
    return "&".join([*(f"{name}={value}" for name in names), *([more] if more else [])]).encode()


STEPS = 2_000
DEEP_NAMES = {
    "deep names beside a null": form_of(*(f"{i:03}{'.a' * STEPS}" for i in range(16)), more="_action.null=zz"),
    "deep names beside an empty": form_of(*(f"{i:03}{'.a' * STEPS}" for i in range(16)), more="_action.empty=zz"),
    "deep names in brackets": form_of(*(f"{i:03}{'[a]' * 1_300}" for i in range(16)), more="_action.absent=zz"),
    "deep names of marks": form_of("_action.null", "_action.false", "_action.absent", value=f"a{'.a' * 20_000}"),
    "a deep text": form_of(f"name{'.a' * STEPS}"),
    "deep rows": form_of(f"{'replies.0.' * 400}text"),
    "deep empty rows": form_of(f"{'replies[]' * 400}"),
    "a row of a huge number": form_of(f"replies.{'9' * 4_000}.text"),
    "a row of a number in other digits": form_of("replies.\u0663.text"),
}


@pytest.mark.parametrize("case", DEEP_NAMES)
@pytest.mark.parametrize("target", ["_actions/thread", "page?_action=thread"])
def test_deep_names(arena: Arena, case: str, target: str) -> None:
    """A name of very many steps is refused at the cost of its length, by the call and by the page that shows it."""
    path, _, name = f"/{target}".rpartition("/")
    ordinary = form_of("name", *(f"_other{i}" for i in range(16)), value="x" * 4_000)

    answer = arena.attack(
        post(name, DEEP_NAMES[case], FORM, path=f"{path}/"),
        like=post("thread", ordinary, FORM),
        ours="page" not in name,
    )

    assert answer.status == 400


NUMBERS = ["9" * 4_000, f"9.{'9' * 100}e999999", "1e999999", "1e-999999", "-1e28", "1e29", "NaN", "Infinity"]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_are_shown_again(arena: Arena, number: str) -> None:
    """A number of any size is refused, and shown again as it was sent."""
    answer = arena.attack(
        post("page?_action=order", f"total={quote_plus(number)}".encode(), FORM, path="/"),
        like=post("text", b"text=a", FORM),
        ours=False,
    )

    assert answer.status == 400
    assert number in answer.body.decode()


ROWS = {
    "one of four fields": "lines.{}.sku=x",
    "an unknown field": "lines.{}.other=x",
    "texts for objects": "lines.{}=x",
    "a number that is too large": "lines.{}.quantity=1000",
}


@pytest.mark.parametrize("case", ROWS)
def test_many_rows_that_are_shown_again(arena: Arena, case: str) -> None:
    """Rows of which little was sent are shown again at the cost of what was sent; all that was sent is in the page."""
    form = "&".join(ROWS[case].format(number) for number in range(990)).encode()

    answer = arena.send(post("page?_action=order", form, FORM, path="/"))

    assert answer.status == 400
    assert len(answer.body) < 30 * len(form)
    if case == "one of four fields":
        assert all(f'name="lines.{number}.sku"' in answer.body.decode() for number in range(990))


NESTED = [*("[" * depth + "1.5" + "]" * depth for depth in (12, 24, 60)), '{"a":' * 60 + "1.5" + "}" * 60]


@pytest.mark.parametrize("nested", NESTED)
def test_places_in_recursive_unions(arena: Arena, nested: str) -> None:
    """The place of what is wrong in a recursive union is found at the cost of its depth."""
    ordinary = json.dumps({"data": [0] * 60}).encode()

    answer = arena.attack(post("data", b'{"data": %s}' % nested.encode()), like=post("data", ordinary))

    assert any(issue["path"].startswith(("data.0.0", "data.a.a")) for issue in answer.problem["issues"])


def test_long_keys_are_cut(arena: Arena) -> None:
    """A key that the sender made up stands in the path of a complaint, though never at length."""
    key = "k" * 300_000
    body = json.dumps({"data": {key: [1.5] * 50}}).encode()

    answer = arena.attack(post("data", body), like=post("text", b'{"text": "%s"}' % (b"x" * 300_000)))

    assert len(answer.body) < 100_000
    assert {len(issue["path"]) < 200 for issue in answer.problem["issues"]} == {True}


def test_rows_that_are_carried_along_hold_no_secrets(arena: Arena) -> None:
    """However many rows were sent, what was sent for a secret is not in the page that shows them again."""
    rows = "&".join(f"others.{row}.name=n{row}&others.{row}.password={SECRET}" for row in range(450))
    form = f"account.name=a&account.password={SECRET}&age=x&{rows}".encode()

    page = arena.send(post("page?_action=account", form, FORM, path="/"))

    assert page.status == 400
    assert b"others.449.name" in page.body
    assert SECRET.encode() not in page.body


# Unions with secrets, and lists of themselves.

Hidden = TypeAliasType("Hidden", "list[Hidden] | SecretStr")
Password = TypeAliasType("Password", Annotated[SecretStr, Field(max_length=100)])


class Key(BaseModel):
    key: SecretStr
    size: int = 0


class Pin(RootModel[int | SecretStr]):
    pass


SECRETS: dict[str, Any] = {
    "whole number": int | SecretStr,
    "truth value": bool | SecretStr | None,
    "bytes": int | SecretBytes,
    "alias": int | Password,
    "list of itself": Hidden,
    "list": list[int] | SecretStr,
    "list around": list[int | SecretStr],
    "object": Key | SecretStr,
    "object with a number": Key | Pin,
    "root": Pin,
    "mapping": dict[str, int] | SecretStr,
    "values": dict[str, int | SecretStr],
}
SECRET_NAMES = {"list around": ("value", "value.0", "value.7"), "values": ("value.a",)}


@pytest.mark.parametrize("more", ["", "&value.size=x", "&other=1", "&value.0=1", "&_action.add=value"])
@pytest.mark.parametrize("kind", SECRETS)
def test_secret_that_may_be_another_value_never_comes_back(kind: str, more: str) -> None:
    """What may be a secret as well as another value is shown by no form, whatever else is wrong in it."""
    endpoint = endpoint_of(SECRETS[kind])

    for name in SECRET_NAMES.get(kind, ("value",)):
        pairs = [(name, SECRET), *(tuple(pair.split("=")) for pair in more.split("&")[1:])]
        assert SECRET not in shown_again(endpoint, pairs)


class Rows(RootModel[list["Rows"]]):
    pass


Cells = TypeAliasType("Cells", "list[list[Cells]] | None")
Nest = TypeAliasType("Nest", "list[Nest] | dict[str, Nest] | str")


class Note(BaseModel):
    more: JsonValue = None


ENDLESS: dict[str, Any] = {
    "root": Rows,
    "two at once": Cells,
    "union": Nest,
    "json": JsonValue,
    "items": list[JsonValue],
    "values": dict[str, JsonValue],
    "field": list[Note],
}
ENDLESS_ROWS = (
    *("value={0}", "value.{0}=x", "value.{0}=", "value.0.0.0.0.0.0.0.0.{0}=x", "value.{0}.0.0.0=x"),
    *("value.k{0}=x", "value.{0}.more=x", "value.0.more.{0}=x", "_action.add=value&value.{0}=x"),
)


@pytest.mark.parametrize("row", ENDLESS_ROWS)
@pytest.mark.parametrize("kind", ENDLESS)
def test_list_of_itself(kind: str, row: str) -> None:
    """A text where a list of itself is expected is one text: read or refused, and shown again at a bounded size."""
    endpoint = endpoint_of(ENDLESS[kind])

    def size(rows: int) -> int:
        form = "&".join(row.format(number) for number in range(rows))
        return len(shown_again(endpoint, [tuple(pair.split("=")) for pair in form.split("&")]))

    few, many = size(20), size(900)

    assert many <= 900 / 20 * 2 * few


def shown_again(endpoint: Any, pairs: Any) -> str:
    """Return the page's form after it was sent, with what was wrong in it."""
    issues: Any = ()
    try:
        endpoint.decode_form(pairs, [])
    except InputError as error:
        issues = error.issues
    fields = form_fields(endpoint.entry.action, values=pairs, issues=issues)
    return fields.summary_html() + "".join(str(node.__html__()) for node in fields)


def test_text_in_a_list_of_itself_is_kept() -> None:
    """What was typed where a list of itself may stand is in the form that shows it again."""
    assert "typed" in shown_again(endpoint_of(list[JsonValue]), [("value.0", "typed"), ("other", "x")])


# Keys of mappings.

KEYS = [
    "a.b",
    "c[0]",
    "~",
    "=",
    "<script>",
    '"',
    "'x",
    "&amp;",
    "_action.null",
    "\ufdd0",
    "\ufdd00",
    "é",
    "x\ty",
    "x5",
    "",
]


class Entry(BaseModel):
    title: str
    size: int = 0
    key: SecretStr | None = None
    more: dict[str, int] = {}


def test_keys_beyond_those_that_are_shown() -> None:
    """However many keys a mapping has, all that was sent is sent again, keys are never markup, and secrets are gone."""
    names = [*map(str, range(600)), *KEYS]
    pairs = [
        (control_under(control_under(control_under("value", name), "more"), key), text)
        for name in names
        for key, text in {"1": "x", name: "2"}.items()
    ]
    pairs += [(control_under(control_under("value", name), "title"), "t") for name in names]
    pairs += [(control_under(control_under("value", name), "key"), SECRET) for name in names]

    page = shown_again(endpoint_of(dict[str, Entry]), pairs)
    before, again = read_tree(pairs), read_tree(sent(page))

    assert SECRET not in page
    assert "script" not in {element.tag for element in parsed(page).iter()}
    for name in names:
        for inner in (["title"], ["more", "1"], ["more", name]):
            was, now = before.find(["value", name, *inner]), again.find(["value", name, *inner])
            assert was is not None
            assert now is not None, (name, inner)
            assert now.values == was.values
