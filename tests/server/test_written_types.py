"""What handlers get and callers read where a type, a default or a returned value is near to what is declared."""

from __future__ import annotations

import decimal
import enum
import logging
from collections.abc import Callable
from typing import Annotated, Any, Self

import httpx2
import pytest
from pydantic import (
    BaseModel,
    Field,
    HttpUrl,
    PlainSerializer,
    computed_field,
    field_serializer,
    model_serializer,
    model_validator,
)
from sanic import Request, Sanic, json
from sanic.response import JSONResponse

from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint, action_result

Serve = Callable[[Sanic[Any, Any]], str]


class Level(enum.Enum):
    LOW = "low"


class Price(BaseModel):
    cents: int
    note: str = Field("", exclude=True)

    @field_serializer("cents")
    def write(self, cents: int) -> str:
        return f"{cents / 100:.2f}"

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def high(self) -> bool:
        return self.cents > 1_000


class Whole(BaseModel):
    cents: int

    @model_serializer
    def write(self) -> list[int]:
        return [self.cents // 100, self.cents % 100]


class Row(BaseModel):
    id: str = Field(alias="_id")


@action
def defaults(price: decimal.Decimal = 0, home: HttpUrl = "http://x.org", level: Level = "low") -> list[str]:  # type: ignore[assignment]  # near types are the case
    return [f"{type(value).__name__} {value}" for value in (price, home, level)]


@action
def priced() -> list[Price]:
    return [Price(cents=150, note="secret")]


@action
def whole() -> Whole:
    return Whole(cents=150)


@action
def row() -> Row:
    return {"_id": "x"}  # type: ignore[return-value]  # as a driver of a database gives it


@action
def wrong() -> list[Row]:
    return [{"key": "hunter2"}]  # type: ignore[list-item]  # the mistake under test


class Receipt(BaseModel):
    """A class that can only be written: callers and pages read other types than the handler made it of."""

    prices: list[Price]
    change: Annotated[decimal.Decimal | None, PlainSerializer(lambda amount: f"{amount} EUR", return_type=str)]
    secret: str = Field(exclude=True)

    @model_validator(mode="after")
    def check(self) -> Self:
        assert isinstance(self.change, decimal.Decimal)
        return self


@action(accept=("json", "form"), once=True)
def buy(cents: int) -> Receipt:
    bought.append(cents)
    return Receipt(prices=[Price(cents=cents, note="")], change=decimal.Decimal(1), secret="x")


bought: list[int] = []


SERVER = Namespace(defaults=defaults, priced=priced, whole=whole, row=row, wrong=wrong, buy=buy)


def post(serve: Serve, name: str) -> httpx2.Response:
    app: Sanic[Any, Any] = Sanic("written")
    app.blueprint(ActionsBlueprint(SERVER))
    return httpx2.post(f"{serve(app)}/_actions/{name}", json={})


def test_near_defaults_of_parameters(serve: Serve) -> None:
    """A handler gets a default of a near type as validation makes it."""
    assert post(serve, "defaults").json() == ["Decimal 0", "HttpUrl http://x.org/", "Level Level.LOW"]


@pytest.mark.parametrize(
    ("name", "output"), [("priced", [{"cents": "1.50", "high": False}]), ("whole", [1, 50]), ("row", {"_id": "x"})]
)
def test_written_form(serve: Serve, name: str, output: object) -> None:
    """Serializers, computed fields, excluded fields and aliases are written as they are declared."""
    assert post(serve, name).json() == output


def test_wrong_output_in_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """The log says what was returned, what was declared and where they differ, and never a value."""
    answer = post(serve, "wrong")

    assert answer.status_code == 500
    assert (
        "'wrong' returned a list that begins with a dict with the keys 'key' where it declares list[Row]" in caplog.text
    )
    assert "list[Row]: 0.id: " in caplog.text
    assert not [
        record for record in caplog.records if record.levelno >= logging.ERROR and "hunter2" in record.getMessage()
    ]


WRITTEN = {"prices": [{"cents": "2.50", "high": False}], "change": "1 EUR"}


async def page(request: Request) -> JSONResponse:
    """Show what came of the form."""
    result = action_result(request, buy)
    if result is None or result.data is None:
        return json(None)
    receipt = result.data
    return json([type(receipt).__name__, receipt.prices[0].cents, receipt.change, receipt.secret])


def test_kept_outcomes_of_what_can_only_be_written(serve: Serve) -> None:
    """A repeated call is answered with what was written, and a page gets an object that holds it."""
    app: Sanic[Any, Any] = Sanic("kept")
    app.blueprint(ActionsBlueprint(SERVER))
    app.add_route(page, "/", methods=["GET"])
    key = {"idempotency-key": "one-random-key-of-a-caller"}

    with httpx2.Client(base_url=serve(app), timeout=60) as client:
        answers = [client.post("/_actions/buy", json={"cents": 250}, headers=key).json() for _ in range(2)]
        posted = client.post("/?_action=buy", data={"cents": "250"})
        shown = client.get("/").json()

    assert answers == [WRITTEN, WRITTEN]
    assert posted.status_code == 303
    assert shown == ["Receipt", "2.50", "1 EUR", None]
    assert bought == [250, 250]
