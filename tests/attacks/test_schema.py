"""What a tool makes of the OpenAPI document alone: every answer is one that the document promises."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import schemathesis
from conftest import examples, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from sanic import Sanic
from schemathesis.specs.openapi import checks

from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionsBlueprint

JSON = "application/json"


bounded = settings(max_examples=examples(40, full=2_000), suppress_health_check=list(HealthCheck))


class Address(BaseModel):
    city: Annotated[str, Field(min_length=1, max_length=40)]
    number: int | None = None


class OutOfStock(ActionError, code="CONFLICT"):
    left: int


@action
def ship(to: Address, count: Annotated[int, Field(ge=1, le=9)] = 1, tags: set[str] = set()) -> list[Address]:
    return [to] * count


@action(raises=[OutOfStock])
def buy(sku: str, count: Annotated[int, Field(gt=0)]) -> dict[str, int]:
    if count > 3:
        raise OutOfStock("Too many", left=3)
    return {sku: count}


@action(accept=("json", "form"))
def note(text: Annotated[str, Field(max_length=100)] = "", urgent: bool = False) -> None: ...


@action
def ping() -> str:
    return "pong"


SERVER = Namespace(ship=ship, shop=Namespace(buy=buy), note=note, ping=ping)


@pytest.fixture(scope="module")
def schema() -> Iterator[Any]:
    app: Sanic[Any, Any] = Sanic("described")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(SERVER, openapi=True))
    with running(app) as url:
        yield schemathesis.openapi.from_url(f"{url}/_actions/openapi.json")


@bounded
@given(data=st.data())
def test_answers_are_those_of_the_document(schema: Any, caplog: pytest.LogCaptureFixture, data: st.DataObject) -> None:
    """Valid input is answered with the declared output or errors, invalid input is refused, in each encoding."""
    operation = data.draw(st.sampled_from([found.ok() for found in schema.get_all_operations()]))
    mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))

    case = data.draw(operation.as_strategy(generation_mode=mode))
    # Forms may bring controls of any name, and JSON may write a number as a text: neither is told by a JSON schema.
    lax = [checks.negative_data_rejection, *([checks.positive_data_acceptance] if case.media_type != JSON else [])]
    case.call_and_validate(excluded_checks=lax)

    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
