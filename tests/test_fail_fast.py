"""What a bad input costs: a large body is read up to its first bad items, and read like any other when it is good."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import examples
from hypothesis import given, settings
from kinds import kinds_with_values, same
from pydantic import BaseModel

from sanic_actions import InputError
from sanic_actions._schemas.fail_fast import LARGE
from sanic_actions._wire import Codec


class Item(BaseModel):
    title: str
    tags: set[int] = set()


class Order(BaseModel):
    items: list[Item]
    counts: dict[str, int] = {}


@pytest.mark.parametrize(("size", "issues"), [(LARGE - 1, 5), (LARGE, 2)])
def test_issues_of_a_large_body(size: int, issues: int) -> None:
    """Of a large body each collection tells its first issue, of a small one all of them."""
    bad = b'{"items": [{"title": 1}, {"title": 2}, {"tags": []}], "counts": {"a": "x", "b": "y"}}'

    with pytest.raises(InputError) as caught:
        Codec[Order](Order).decode(bad.ljust(size))

    assert len(caught.value.issues) == issues
    assert caught.value.issues[0].path == "items.0.title"


def test_good_large_body() -> None:
    """A large body that is good gives the value that a small one gives."""
    good = b'{"items": [{"title": "a", "tags": [1, 2]}, {"title": "b"}], "counts": {"a": 1}}'
    codec = Codec[Order](Order)

    assert codec.decode(good.ljust(LARGE)) == codec.decode(good)


@pytest.mark.filterwarnings("ignore:__int__ returned non-int:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@settings(max_examples=examples(30))
@given(kinds_with_values())
def test_large_bodies_of_any_type(case: tuple[Any, list[Any]]) -> None:
    """Values of any type come back from a large body as they went."""
    annotation, values = case
    codec = Codec[Any](annotation)

    for value in values:
        valid = codec.validate(value)
        assert same(codec.decode(codec.encode(valid).ljust(LARGE)), valid)
