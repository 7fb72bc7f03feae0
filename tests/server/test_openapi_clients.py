"""What generators for other tools make of the description: a client that has every action, and that can call it."""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from application import app as application
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.strings import PythonIdentifier
from pydantic import BaseModel, Field, computed_field
from sanic import Sanic

from examples.blog.actions import server as blog
from examples.jobs.actions import server as jobs
from sanic_actions import (
    ActionError,
    ApiKey,
    Bearer,
    Injected,
    Limits,
    Namespace,
    SessionCookie,
    UploadedFile,
    action,
)
from sanic_actions._namespace import entries
from sanic_actions.server import ActionsBlueprint
from sanic_actions.server._openapi.document import openapi_document

Serve = Callable[[Sanic[Any, Any]], str]


class Price(BaseModel):
    """Read otherwise than it is written: two schemas."""

    net: int
    currency: Literal["eur", "usd"] = "eur"

    @computed_field
    def gross(self) -> int:
        return self.net * 2


class Shelf(Enum):
    LEFT = "left"
    RIGHT = "right"


class Box(BaseModel):
    """Holds boxes."""

    boxes: list[Box] = []


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class OutOfStock(ActionError, code="CONFLICT"):
    left: int
    shelf: Shelf = Shelf.LEFT


class User:
    pass


async def user_of(secret: str) -> User | None:
    if secret == "right":
        return User()
    return None


ANYBODY = Bearer(user_of) | ApiKey("X-Key", user_of) | SessionCookie("session", user_of)


@action(once=True, raises=[OutOfStock])
async def price(price: Price, count: int = 1, shelf: Shelf = Shelf.RIGHT, note: str | None = None) -> list[Price]:
    """Is called like a class."""
    if count > 9:
        raise OutOfStock("Not that many", left=9)
    return [price] * count


@action(raises=[OutOfStock])
async def box(box: Box, kind: Literal["small", "large"] = "small") -> Box:
    """Is called like a class too."""
    return box


@action(guard=ANYBODY)
async def me(user: Annotated[User, Injected], box: Box | None = None) -> str | None:
    return type(user).__name__


@action
async def count(up_to: int = 3) -> AsyncIterator[int]:
    for number in range(up_to):
        yield number


@action(accept="form")
async def upload(file: UploadedFile, more: list[UploadedFile] | None = None) -> int:
    return len(await file.read())


@action(accept=("json", "form"), limits=Limits(body=100))
async def either(price: Price, names: dict[str, int] | None = None) -> dict[str, Price]:
    return dict.fromkeys(names or (), price)


class Grade(Enum):
    BEST = "best"
    LAST = 6


@action
async def mixed(
    value: Literal["a", "b", 1, 2, True, None], nothing: tuple[()] = (), grade: Grade = Grade.LAST
) -> list[Literal["a", 1]]:
    return ["a"]


@action
async def ping() -> None: ...


def other_price() -> Any:
    """Return another action of the same name."""

    @action
    async def price(net: int = 2) -> int:
        return net

    return price


@action
async def pages(page: Page[Annotated[Price, Field(description="Of one item.")]]) -> Page[Annotated[int, Field(ge=1)]]:
    return Page(items=[len(page.items)])


KINDS = Namespace(
    pages=pages,
    price=price,
    box=box,
    mixed=mixed,
    me=me,
    count=count,
    shop=Namespace(price=other_price(), upload=upload, either=either, ping=ping, out_of_stock=ping),
)

TREES: Mapping[str, Mapping[str, object]] = {
    "blog": blog,
    "jobs": jobs,
    "application": application.server,
    "kinds": KINDS,
}


def client_of(tree: Mapping[str, object], folder: Path, name: str) -> list[str]:
    """Generate a package in a folder, and return what the generator complains of."""
    document = folder / f"{name}.json"
    document.write_text(json.dumps(openapi_document(entries(tree), "/_actions", name)))
    config = Config.from_sources(
        ConfigFile(post_hooks=[]), MetaType.NONE, document, "utf-8", overwrite=True, output_path=folder / name
    )
    return [f"{error.header}: {error.detail}" for error in generate(config=config)]


@pytest.mark.parametrize("name", TREES)
def test_every_action_is_generated(name: str, tmp_path: Path) -> None:
    """openapi-python-client makes a function of each action, without a word of complaint."""
    complaints = client_of(TREES[name], tmp_path, name)
    functions = {path.stem for path in (tmp_path / name / "api").rglob("*.py")} - {"__init__"}

    assert complaints == []
    assert functions == {PythonIdentifier(action, "") for action in entries(TREES[name])}


def test_the_generated_client_calls(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it sends and reads is what the server reads and sends: outputs, defaults, declared errors, credentials."""
    assert client_of(KINDS, tmp_path, "kinds_client") == []
    monkeypatch.syspath_prepend(tmp_path)
    package = importlib.import_module("kinds_client")
    models = importlib.import_module("kinds_client.models")
    app: Sanic[Any, Any] = Sanic("kinds")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(KINDS))

    def call(name: str, client: Any, **arguments: Any) -> Any:
        module = importlib.import_module(f"kinds_client.api.{name}")
        return module.sync_detailed(client=client, **arguments).parsed

    url = serve(app)
    with package.Client(url) as client, package.AuthenticatedClient(url, token="right") as known:
        body = models.Price(price=models.PriceInput(net=2))
        prices = call("default.price", client, body=body, idempotency_key="k" * 20)
        refused = call("default.price", client, body=models.Price(price=models.PriceInput(net=2), count=10))
        name = call("default.me", known, body=models.Me())
        nobody = call("default.me", client, body=models.Me())

    assert body.to_dict()["count"] == 1
    assert [price.gross for price in prices] == [4]
    assert (refused.error, refused.data.left) == ("OutOfStock", 9)
    assert name == "User"
    assert nobody.code.value == "UNAUTHORIZED"
