"""The site that is attacked: one action of each kind, a page with a form, and a list of what ran."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from descriptors import UNNAMED, open_files
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html
from typing_extensions import TypeAliasType

from sanic_actions import ActionError, Namespace, UploadedFile, action, define_action
from sanic_actions.server import ActionContext, ActionsBlueprint, Limits, form

AnyRequest = Request[Any, Any]
MIB = 1024 * 1024
SECRET = "hunter2"

ran: list[str] = []


class Item(BaseModel):
    title: str
    quantity: int = 1


class Reply(BaseModel):
    text: str
    replies: list[Reply] = []


class Line(BaseModel):
    sku: Annotated[str, Field(title="Article", description="As it stands on the box")]
    quantity: Annotated[int, Field(ge=1, le=100)] = 1
    price: Annotated[Decimal, Field(ge=0, decimal_places=2)] = Decimal(0)
    note: str = ""


Data = TypeAliasType("Data", "list[Data] | dict[str, Data] | str | int | None")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


class Nested(BaseModel):
    b: int


class Account(BaseModel):
    name: str
    password: SecretStr


def ran_as(name: str) -> None:
    ran.append(name)


@action
def plain() -> str:
    ran_as("plain")
    return "fine"


@action(accept=("json", "form"))
def items(items: list[Item]) -> int:
    ran_as("items")
    return len(items)


@action(accept=("json", "form"))
def text(text: str = "") -> int:
    ran_as("text")
    return len(text)


@action
def number(integer: int = 0, real: float = 0) -> str:
    ran_as("number")
    return "read"


def tree(input: JsonValue) -> str:
    ran_as("tree")
    return type(input).__name__


@action
def matched(text: Annotated[str, Field(pattern="^(a+)+$")]) -> int:
    ran_as("matched")
    return len(text)


@action(accept=("json", "form"))
def account(account: Account, others: list[Account] = [], age: int = 0) -> str:
    ran_as("account")
    return account.name


@action(accept=("json", "form"))
def scalar(a: int) -> int:
    ran_as("scalar")
    return a


@action(accept=("json", "form"))
def nested(a: Nested) -> int:
    ran_as("nested")
    return a.b


@action(accept=("json", "form"))
def listed(a: list[int]) -> list[int]:
    ran_as("listed")
    return a


@action(accept=("json", "form"))
def thread(name: str, replies: list[Reply] = []) -> int:
    ran_as("thread")
    return len(replies)


@action(accept=("json", "form"))
def order(
    lines: list[Line], total: Annotated[Decimal, Field(ge=Decimal("0.5"), le=Decimal(1_000), decimal_places=2)]
) -> int:
    ran_as("order")
    return len(lines)


@action(accept=("json", "form"))
def data(data: Data) -> str:
    ran_as("data")
    return type(data).__name__


@action(accept=("json", "form"))
def strict(input: Strict) -> str:
    ran_as("strict")
    return input.name


@action(accept="form", limits=Limits(body=8 * MIB))
async def upload(files: list[UploadedFile], note: str = "") -> list[str]:
    ran_as("upload")
    return [file.name for file in files]


@action(accept="form", limits=Limits(body=8 * MIB))
def descriptors(files: list[UploadedFile]) -> int:
    for file in files:
        file.file.read(1)  # so that each of them is open
    return len(open_files(UNNAMED))


def refuse(context: ActionContext) -> None:
    raise ActionError("UNAUTHORIZED", "Sign in first.")


@action(accept=("json", "form"))
def guarded(text: str = "") -> int:
    ran_as("guarded")
    return len(text)


SERVER = Namespace(
    plain=plain,
    items=items,
    text=text,
    number=number,
    tree=define_action(input=JsonValue, handler=tree),
    matched=matched,
    account=account,
    scalar=scalar,
    nested=nested,
    listed=listed,
    strict=strict,
    thread=thread,
    order=order,
    data=data,
    upload=upload,
    descriptors=descriptors,
    admin=Namespace(guarded=guarded).with_options(guard=refuse),
)


async def page(request: AnyRequest) -> HTTPResponse:
    """A page with some forms."""
    return html(f"<!doctype html>{form(text)}{form(account)}{form(thread)}{form(order)}")


def make_site(*, extend: bool) -> Sanic[Any, Any]:
    """The app."""
    app: Sanic[Any, Any] = Sanic("attacked")
    app.config.AUTO_EXTEND = extend
    app.blueprint(ActionsBlueprint(SERVER, read_timeout=4))
    app.add_route(page, "/page")
    return app
