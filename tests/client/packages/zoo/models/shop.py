# ruff: noqa
from __future__ import annotations

import datetime as _datetime
import decimal as _decimal
import enum as _enum
import typing as _typing

import pydantic as _pydantic

from sanic_actions import generated as _client


class Likes(_pydantic.BaseModel):
    post_id: str
    likes: int


class Receipt(_pydantic.BaseModel):
    sku: str
    left: int


class Address(_pydantic.BaseModel):
    city: str
    floor: int | None = None


class Circle(_pydantic.BaseModel):
    kind: _typing.Literal["circle"] = "circle"
    radius: float


class Square(_pydantic.BaseModel):
    kind: _typing.Literal["square"] = "square"
    side: float


class Colour(_enum.Enum):
    RED = "red"
    BLUE = "blue"


class Zoo(_pydantic.BaseModel):
    at: _datetime.datetime
    price: _decimal.Decimal
    tags: set[str]
    span: _datetime.timedelta
    by_id: dict[int, Colour]


class OutOfStock(_client.ActionError, code="CONFLICT"):
    sku: str
    left: int
    since: _datetime.date


class Forbidden(_client.ActionError, code="FORBIDDEN"):
    """Not yours."""
