"""Sentences of issues: words for people, about what is asked for and never about what was sent."""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
import pickle
import uuid
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    EmailStr,
    Field,
    HttpUrl,
    PastDate,
    SecretStr,
    StringConstraints,
)
from pydantic_core import core_schema

from sanic_actions import InputError, Issue
from sanic_actions._messages import _OWN_WORDS, _SENTENCES
from sanic_actions._wire import Codec


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Strict(BaseModel, extra="forbid"):
    name: str = ""


class Order(BaseModel):
    sizes: Annotated[list[Annotated[Size, AfterValidator(lambda size: size)]], Field(alias="Sizes", min_length=1)]


class Circle(BaseModel):
    kind: Literal["circle"]


class Square(BaseModel):
    kind: Literal["square"]


class Strange(BaseModel):
    name: str


Shape = Annotated[Circle | Square, Field(discriminator="kind")]

CASES: list[tuple[Any, str, str]] = [
    (Strange, "{}", "This field is required"),
    (str, "7", "Enter text"),
    (Annotated[str, Field(min_length=9)], '"SENT"', "Must be at least 9 characters"),
    (Annotated[str, Field(min_length=1)], '""', "This field is required"),
    (Annotated[SecretStr, Field(min_length=1)], '""', "This field is required"),
    (Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], '"  "', "This field is required"),
    (Annotated[str, Field(max_length=2)], '"SENT"', "Must be at most 2 characters"),
    (Annotated[str, StringConstraints(pattern="^x$")], '"SENT"', "Must match the pattern ^x$"),
    (int, '"SENT"', "Enter a whole number"),
    (int, "1.5", "Enter a whole number"),
    (float, '"SENT"', "Enter a number"),
    (decimal.Decimal, '"SENT"', "Enter a number"),
    (Annotated[decimal.Decimal, Field(decimal_places=2)], '"1.234"', "Must have at most 2 digits after the point"),
    (Annotated[int, Field(ge=18)], "17", "Must be 18 or more"),
    (Annotated[int, Field(gt=0)], "0", "Must be more than 0"),
    (Annotated[int, Field(le=9)], "10", "Must be 9 or less"),
    (Annotated[int, Field(lt=9)], "9", "Must be less than 9"),
    (Annotated[int, Field(multiple_of=5)], "9", "Must be a multiple of 5"),
    (Annotated[SecretStr, Field(min_length=10)], '"SENT"', "Must be at least 10 characters"),
    (Literal[True], "false", "Must be accepted"),
    (bool, '"SENT"', "Must be true or false"),
    (Size, '"SENT"', "Choose 's' or 'l'"),
    (Literal["a", "b", "c"], '"SENT"', "Choose 'a', 'b' or 'c'"),
    (Strict, '{"SENT": 1}', "There is no field of this name"),
    (Shape, '{"kind": "SENT"}', "Choose one of: 'circle', 'square'"),
    (Shape, "{}", "Choose which kind this is: 'kind' is missing"),
    (datetime.date, '"SENT"', "Enter a date, such as 2026-03-31"),
    (PastDate, '"2999-01-01"', "Must be in the past"),
    (datetime.time, '"SENT"', "Enter a time, such as 14:30"),
    (datetime.datetime, '"SENT"', "Enter a date and a time, such as 2026-03-31T14:30"),
    (AwareDatetime, '"2026-01-01T00:00"', "Add a time zone, such as 2026-03-31T14:30Z"),
    (datetime.timedelta, '"SENT"', "Enter a duration, such as 1:30:00 or PT90M"),
    (list[int], "7", "Must be a list"),
    (Annotated[list[int], Field(min_length=2)], "[1]", "Must have at least 2 items"),
    (Annotated[list[int], Field(max_length=1)], "[1,2]", "Must have at most 1 item"),
    (Annotated[set[Size], Field(min_length=1)], "[]", "Choose at least 1"),
    (Annotated[list[Literal["a", "b"]], Field(min_length=2)], '["a"]', "Choose at least 2"),
    (Annotated[frozenset[Size] | None, Field(max_length=1)], '["s", "l"]', "Choose at most 1"),
    (Order, '{"Sizes": []}', "Choose at least 1"),
    (dict[str, Annotated[list[Strict], Field(min_length=1)]], '{"a": []}', "Must have at least 1 item"),
    (Annotated[dict[str, Size], Field(min_length=1)], "{}", "Must have at least 1 item"),
    (Strict, "7", "Must be an object with named fields"),
    (HttpUrl, '"SENT"', "Enter a URL, such as https://example.com"),
    (HttpUrl, '"ftp://SENT"', "Enter a URL that begins with 'http' or 'https'"),
    (uuid.UUID, '"SENT"', "Enter a UUID, such as 0f8fad5b-d9cb-469f-a165-70867728950e"),
    (EmailStr, '"SENT"', "Enter an email address, such as ada@example.com"),
    (EmailStr, '"SENT@SENT!"', "Enter an email address, such as ada@example.com"),
    (None, '"SENT"', "Leave this empty"),
    (ipaddress.IPv4Address, '"SENT"', "Input is not a valid IPv4 address"),  # no sentence of ours: pydantic's
]


@pytest.mark.parametrize(("annotation", "body", "message"), CASES, ids=[case[2] for case in CASES])
def test_message(annotation: Any, body: str, message: str) -> None:
    """A message is a sentence for people, and holds nothing of what was sent."""
    with pytest.raises(InputError) as caught:
        Codec[Any](annotation).decode(body)

    (issue,) = caught.value.issues
    assert issue.message == message
    assert "SENT" not in f"{issue.message} {issue.values}"


def test_every_known_type_exists() -> None:
    """The table has no sentence for a complaint that pydantic does not know."""
    known = {*get_args(core_schema.ErrorType), "union_tag_invalid", "complex_type", "email_parsing", "must_be_true"}

    assert {*_SENTENCES, *_OWN_WORDS} <= known


def test_values_of_an_issue() -> None:
    """What a message speaks of is there for other words; it does not make two issues differ, and survives pickling."""
    with pytest.raises(InputError) as caught:
        Codec[Any](Annotated[list[Annotated[str, Field(min_length=3)]], Field(max_length=5)]).decode('["a"]')

    (issue,) = caught.value.issues
    assert (issue.path, issue.type, issue.values) == ("0", "string_too_short", {"min_length": 3})
    assert issue == Issue("0", "Must be at least 3 characters", "string_too_short")
    assert pickle.loads(pickle.dumps(issue)).values == issue.values


@pytest.mark.parametrize(
    ("annotation", "body", "type_"),
    [
        (EmailStr, '"x"', "email_parsing"),
        (Annotated[SecretStr, Field(min_length=9)], '"x"', "string_too_short"),
        (Annotated[str, AfterValidator(int)], '"x"', "value_error"),
        (Literal[True], "false", "must_be_true"),
        (Literal[True, "x"], "false", "literal_error"),
    ],
)
def test_types_tell_apart(annotation: Any, body: str, type_: str) -> None:
    """What other words are found by tells e-mail addresses, secrets, consents and own validators apart."""
    with pytest.raises(InputError) as caught:
        Codec[Any](annotation).decode(body)

    assert [issue.type for issue in caught.value.issues] == [type_]
