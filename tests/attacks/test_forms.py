"""Form fields: names that mean something elsewhere, places that cannot be, and secrets that must not come back."""

from __future__ import annotations

import itertools
import json
from urllib.parse import quote_plus

import html5lib
import pytest
from attacks.arena import Arena, post
from attacks.site import SECRET, ran

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
    arena.attack(post("listed", quote_plus(place, safe="=&").encode(), FORM), like=ORDINARY)


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
