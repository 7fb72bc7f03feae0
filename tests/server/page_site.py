"""A site that the tests of pages share: actions that say what ran, and a page that says what it sees."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import BaseModel, Field, SecretStr
from sanic import HTTPResponse, Request
from sanic.response import json

from sanic_actions import ActionError, Err, Ok, Redirect, UploadedFile, action
from sanic_actions.server import ActionContext, action_result, form_fields

AnyRequest = Request[Any, Any]


class Ran:
    """What the handlers ran with, and how often the page rendered."""

    def __init__(self) -> None:
        self.handlers: list[Any] = []
        self.pages: list[str] = []

    def forget(self) -> None:
        self.handlers.clear()
        self.pages.clear()


ran = Ran()


class Comment(BaseModel):
    body: str
    size: int = 0


class Taken(ActionError, code="CONFLICT"):
    name: str


@action(accept="form", raises=[Taken])
async def comment(
    body: Annotated[str, Field(min_length=1)],
    context: ActionContext,
    number: int | None = None,
    password: SecretStr | None = None,
    file: UploadedFile | None = None,
) -> Comment:
    ran.handlers.append(body)
    context.set_header("cache-control", "public, max-age=60")  # of calls only
    context.set_cookie("seen", "yes")
    if body == "taken":
        raise Taken("Somebody was here", name="x")
    if body == "crash":
        raise RuntimeError("the database password is hunter2")
    if body == "slow":
        await asyncio.sleep(0.3)
    return Comment(body=body, size=len(await file.read()) if file else 0)


@action(accept="form")
async def like(post: str = "1") -> int:
    ran.handlers.append(post)
    return len(ran.handlers)


@action(accept="form")
async def go(context: ActionContext, to: str = "") -> Redirect[Comment]:
    ran.handlers.append(to)
    context.set_cookie("seen", "yes")
    return Redirect(to, Comment(body="gone"))


@action
async def json_only(body: str) -> str:
    ran.handlers.append(body)
    return body


@action(accept="form", max_body_size=1000)
async def small(body: str = "") -> int:
    ran.handlers.append(body)
    return len(body)


TREE = {"comment": comment, "like": like, "go": go, "json_only": json_only, "small": small}


def seen(request: AnyRequest) -> dict[str, Any]:
    """What a page sees of the form that led to it."""
    ran.pages.append(request.method)
    fields = form_fields(comment)
    return {
        "method": request.method,
        "args": {name: values for name, values in request.args.items() if name != "_action"},
        "comment": told(action_result(request, comment)),
        "like": told(action_result(request, like)),
        "go": told(action_result(request, go)),
        "small": told(action_result(request, small)),
        "keyed": told(action_result(request, like, key="p2")),
        "values": {control.name: getattr(control, "value", "") for control in fields},
        "errors": {control.name: list(control.errors) for control in fields if control.errors},
        "form_errors": list(fields.form_errors),
    }


def told(result: Ok[Any] | Err[ActionError] | None) -> Any:
    """A result as JSON."""
    if result is None:
        return None
    if isinstance(result, Ok):
        data = result.data.data if isinstance(result.data, Redirect) else result.data
        return {"ok": data.model_dump() if isinstance(data, BaseModel) else data}
    error = result.error
    return {"code": error.code, "message": error.message, "type": type(error).__name__}


async def page(request: AnyRequest, **parameters: str) -> HTTPResponse:
    """The page of most tests."""
    return json({**seen(request), "parameters": parameters})
