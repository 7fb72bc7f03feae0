"""What arrives of a form that nobody has touched: nothing that a visitor did not choose."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import httpx2
import pydantic
import pytest
from browser_form import sent
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import define_action
from sanic_actions.server import form

Untouched = Callable[[Any], object]


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


def control(annotation: Any, **asks: Any) -> Any:
    """A type whose field asks for a control."""
    return Annotated[annotation, Field(json_schema_extra={"form": asks})]


@pytest.fixture
def untouched(make_app: Any, connect: Any) -> Untouched:
    """``untouched(annotation)`` gives what an action gets of a form as it stands, shown again after a failure."""

    def untouched(annotation: Any, default: Any = ...) -> object:
        ran: list[object] = []
        fields: dict[str, Any] = {"gate": (Annotated[str, Field(pattern="^ok$")], ...), "it": (annotation, default)}
        model = pydantic.create_model("Input", **fields)

        async def handle(input: model) -> None:  # type: ignore[valid-type]  # made at run time
            ran.append(input.it)  # type: ignore[attr-defined]  # likewise

        take = define_action(input=model, handler=handle, accept="form")
        app: Sanic[Any, Any] = make_app({"take": take})

        @app.get("/")
        async def page(request: Request[Any, Any]) -> HTTPResponse:
            return html(str(form(take)))

        client: httpx2.Client = connect(app, "")
        refused = client.post("/?_action=take", data=as_sent(client.get("/").text))
        assert (refused.status_code, ran) == (400, []), refused.text
        accepted = client.post("/?_action=take", data={**as_sent(refused.text), "gate": ["ok"]})
        assert accepted.status_code == 303, re.findall("<li>.*?</li>", accepted.text)
        return ran[0]

    return untouched


def as_sent(page: str) -> dict[str, list[str]]:
    """What a browser sends of the form of a page."""
    markup = re.sub(r"<template.*?</template>", "", page[page.index("<form") :])
    data: dict[str, list[str]] = {}
    for name, value in sent(markup):
        data.setdefault(name, []).append(value)
    return {name: values for name, values in data.items() if name}


WIDGETS = (
    "text",
    "search",
    "tel",
    "textarea",
    "month",
    "week",
    "date",
    "time",
    "select",
    "radio",
    "hidden",
    "password",
)


@pytest.mark.parametrize("widget", WIDGETS)
def test_blank_control_of_an_optional_text_is_none(untouched: Any, widget: str) -> None:
    """Whatever control shows a text that may be None, left blank it is None."""
    asked = control(str | None, widget=widget, options={"a": "A"} if widget in ("select", "radio") else None)

    assert untouched(asked, None) is None


@pytest.mark.parametrize("annotation", [Literal["a", None], Literal["a", "b", None], Literal["a"] | None])
@pytest.mark.parametrize("widget", [None, "radio"])
def test_choice_that_may_be_none_is_none(untouched: Any, annotation: Any, widget: str | None) -> None:
    """However None stands among the choices, it is what a visitor chooses by choosing nothing."""
    assert untouched(control(annotation, widget=widget)) is None


Slider: Any = control(int, widget="range")
Color: Any = control(str, widget="color")


class Row(BaseModel):
    """A row of controls of which many are never blank in a browser."""

    sku: str
    stars: Annotated[int, Field(ge=1, le=5, json_schema_extra={"form": {"widget": "range"}})]
    share: Annotated[float, Field(json_schema_extra={"form": {"widget": "range", "min": 0, "max": 1, "step": "any"}})]
    color: control(str, widget="color")  # type: ignore[valid-type]  # made at run time
    size: Size
    only: Literal["only"]
    gift: bool
    month: control(str, widget="month")  # type: ignore[valid-type]  # likewise
    unit: Size = Size.LARGE
    pay: control(Size, widget="radio") = Size.SMALL  # type: ignore[valid-type]  # likewise
    origin: control(int, widget="hidden") = 5  # type: ignore[valid-type]  # likewise
    tags: control(list[str], widget="hidden") = ["a", "b"]  # type: ignore[valid-type]  # likewise
    when: datetime.date | None = None


class Outer(BaseModel):
    """A group with such rows in it."""

    name: str
    rows: list[Row]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (list[Row], []),
        (list[Outer], []),
        (Row | None, None),
        (Outer | None, None),
        (list[Slider], []),
        (list[Color], []),
        (list[str], []),
    ],
    ids=["rows", "rows of rows", "group", "group with rows", "numbers", "colors", "texts"],
)
def test_row_that_nobody_has_touched_is_not_sent(untouched: Any, annotation: Any, expected: object) -> None:
    """What a control holds from the start, in a browser too, makes neither a row nor an optional group."""
    assert untouched(annotation) == expected
