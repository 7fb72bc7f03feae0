"""Several forms of one action, or one that is mounted under several names: each says which is meant."""

from __future__ import annotations

from typing import Any

import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import action
from sanic_actions.server import action_result, form, form_fields

NAMES = ("add", "deep.add")


@action(accept="form")
async def add(count: int) -> int:
    """Add something."""
    return count


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", ["x", "1"])
def test_result_is_that_of_the_name(make_app: Any, connect: Any, name: str, count: str) -> None:
    """The result and the form of one name say nothing of what was posted to the other."""
    app: Sanic[Any, Any] = make_app({"add": add, "deep": {"add": add}})

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        results = [type(action_result(request, add, name=each)).__name__ for each in NAMES]
        forms = [str(form(add, name=each, id=each)) for each in NAMES]
        return html(f"{results} {['aria-invalid' in each for each in forms]}")

    answer = connect(app, "").post(f"/?_action={name}", data={"count": count}, follow_redirects=True)

    expected = "Ok" if count == "1" else "Err"
    results = [expected if each == name else "NoneType" for each in NAMES]
    assert answer.text == f"{results} {[count == 'x' and each == name for each in NAMES]}"


def test_name_is_asked_for(make_app: Any, connect: Any) -> None:
    """Where it would not be known which is meant, the message says what to write."""
    app: Sanic[Any, Any] = make_app({"add": add, "deep": {"add": add}})
    messages = []

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        for options in ({}, {"name": "ad"}):
            with pytest.raises(LookupError) as caught:
                action_result(request, add, **options)
            messages.append(str(caught.value))
        return html("")

    connect(app, "").get("/")

    assert "name='add'" in messages[0]
    assert "not mounted as 'ad'" in messages[1]


@pytest.mark.parametrize("key", [0, 7])
def test_key_of_a_form_may_be_a_number(make_app: Any, connect: Any, key: int) -> None:
    """The id of a row is a key as it is: its form, and no other, has the result."""
    app: Sanic[Any, Any] = make_app({"add": add})

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        results = [type(action_result(request, add, key=each)).__name__ for each in (0, 7)]
        forms = [str(form(add, key=each)) for each in (0, 7)]
        fields = [form_fields(add, key=each).has_errors for each in (0, 7)]
        return html(f"{results} {['aria-invalid' in each for each in forms]} {fields}")

    answer = connect(app, "").post("/?_action=add", data={"count": "x", "_action.key": str(key)})

    is_own = [each == key for each in (0, 7)]
    assert answer.text == f"{['Err' if each else 'NoneType' for each in is_own]} {is_own} {is_own}"
