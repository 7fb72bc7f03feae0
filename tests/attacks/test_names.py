"""Names: only what is registered can be called, whatever is sent in its place."""

from __future__ import annotations

import pytest
from attacks.arena import CALL, Arena, post
from attacks.site import ran

OURS = {
    "dunder": "__class__",
    "init": "__init__",
    "constructor": "constructor",
    "private": "_private",
    "child of an action": "text.handler",
    "child of a child": "admin.guarded.__wrapped__.__globals__",
    "method of a mapping": "items.keys",
    "method of the tree": "keys",
    "namespace": "admin",
    "empty step": "admin..guarded",
    "dot in front": ".text",
    "dot behind": "text.",
    "encoded dot": "admin%2eguarded",
    "encoded slash": "admin%2fguarded",
    "encoded letter": "%74ext",
    "encoded twice": "%2574ext",
    "NUL": "text%00",
    "line break": "text%0d%0aset-cookie:a=b",
    "look-alike": "t%D0%B5xt",
    "full width": "%EF%BD%94ext",
    "combining mark": "text%CC%81",
    "other case": "Text",
    "parameters": "text;a=b",
    "dot segments": "../_actions/text",
    "100 steps": ".".join(["admin"] * 100),
    "5 KB": "a" * 5_000,
    "1,000 segments": "a/" * 1_000,
}


@pytest.mark.parametrize("name", OURS)
def test_names_that_are_none(arena: Arena, name: str) -> None:
    """A name that is none is 404 at the cost of an ordinary call."""
    assert arena.attack(post(OURS[name], b"{}"), like=CALL).status == 404


@pytest.mark.parametrize("path", ["a" * 1_000_000, "a." * 10_000, "a/" * 10_000])
def test_endless_names(arena: Arena, path: str) -> None:
    """A name beyond what the host reads as a head is refused, by the host or by us."""
    answer = arena.send(post(path, b"{}"))

    assert answer.status is None or 400 <= answer.status < 500
    assert ran == []
    assert arena.send(CALL).status == 200


@pytest.mark.parametrize("query", ["_action=text", "name=text", "_action=__class__", "_action=text&_action=number"])
def test_name_in_the_query(arena: Arena, query: str) -> None:
    """The path names the action that is called; a query that names another one is not heard."""
    assert arena.send(post(f"plain?{query}")).body == b'"fine"'
    assert ran == ["plain"]


@pytest.mark.parametrize("query", ["&a" * 1_000, "&a=" * 1_000, "&_action=text" * 400])
def test_page_with_endless_parameters(arena: Arena, query: str) -> None:
    """A query of more parameters than a form has fields names no action: one that is not read could name another."""
    form = "application/x-www-form-urlencoded"
    first = arena.send(post(f"page?_action=text{query}", b"text=a", form, path="/"))
    last = arena.send(post(f"page?{query[1:]}&_action=text", b"text=a", form, path="/"))

    assert (first.status, last.status) == (404, 404)
    assert ran == []
