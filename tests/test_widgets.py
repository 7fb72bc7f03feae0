"""The kinds of controls that a field may ask for, and the types that each can show."""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import pydantic
import pytest
from pydantic import BaseModel, Field, SecretStr
from typing_extensions import TypeAliasType

from sanic_actions import UploadedFile
from sanic_actions._types.widgets import WIDGETS, widget_problem


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    city: str


Tree = TypeAliasType("Tree", "list[Tree]")


class Position(NamedTuple):
    x: int
    y: int


TYPED_IN = {"hidden", "text", "search", "tel", "password", "textarea", "select", "radio"}
SHOWN_BY: dict[str, tuple[list[Any], set[str]]] = {
    "string": ([str, pydantic.NameEmail, date | str], set(WIDGETS) - {"number", "range", "checkbox", "submit", "file"}),
    "other": ([UUID, bytes, IPv4Address, Path, Fraction, pydantic.AwareDatetime, date | time], TYPED_IN),
    "url": ([pydantic.AnyUrl, pydantic.HttpUrl, pydantic.PostgresDsn | None], TYPED_IN | {"url"}),
    "email": ([pydantic.EmailStr], TYPED_IN | {"email"}),
    "number": ([int, float, Decimal, int | float, Annotated[int, Field(gt=1)]], TYPED_IN | {"number", "range"}),
    "date": ([date, pydantic.PastDate, date | None], TYPED_IN | {"date"}),
    "time": ([time, timedelta], TYPED_IN | {"time"}),
    "date with a time": ([datetime, pydantic.NaiveDatetime, date | datetime], TYPED_IN | {"date", "datetime-local"}),
    "choice": ([Color, Literal["a", "b"], Literal[1, 2] | None], {"hidden", "select", "radio", "submit"}),
    "truth value": ([bool], {"hidden", "select", "radio", "submit", "checkbox"}),
    "list": ([list[str], set[Color], list[int] | None, tuple[int, ...]], {"hidden", "select", "checkbox"}),
    "rows": ([list[Address], list[list[int]], list[tuple[int, str]], list[dict[str, int]], Tree], {"hidden"}),
    "positions": ([tuple[int, str], Position, tuple[int, int] | None], {"hidden"}),
    "object": ([Address, dict[str, int], Address | None, pydantic.JsonValue], {"hidden"}),
    "file": ([UploadedFile, list[UploadedFile]], {"file"}),
    "secret": ([SecretStr, SecretStr | None], TYPED_IN - {"hidden", "select", "radio"} | {"url", "email"}),
}


@pytest.mark.parametrize("kind", SHOWN_BY)
def test_widgets_of_each_type(kind: str) -> None:
    """Each type takes the widgets that can show its values and send them back, and no others."""
    annotations, widgets = SHOWN_BY[kind]
    for annotation in annotations:
        taken = {widget for widget in WIDGETS if widget_problem(annotation, {"form": {"widget": widget}}) is None}

        assert taken == widgets, annotation
