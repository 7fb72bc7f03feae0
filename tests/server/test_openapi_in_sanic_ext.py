"""sanic-ext's own documentation: it shows actions as clients call them, and only where the app has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import httpx2
import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text
from sanic_ext import openapi
from sanic_ext.extensions.openapi.builders import OperationStore, SpecificationBuilder
from sanic_ext.extensions.openapi.definitions import Component

from sanic_actions import ActionError, Namespace, UploadedFile, action
from sanic_actions.server import ActionsBlueprint

AnySanic = Sanic[Any, Any]


class Post(BaseModel):
    text: str


class HostsPost(BaseModel):
    """A component of the app that is called like a model of an action."""

    number: int


HostsPost.__name__ = "Post"


class Taken(ActionError, code="CONFLICT"):
    name: str


@action(accept=("json", "form"), raises=[Taken])
def write(post: Post, size: Annotated[int, Field(gt=0)] | None = None) -> Post:
    """Write a post.

    It is kept.
    """
    return post


@action(accept="form")
def upload(files: list[UploadedFile]) -> None: ...


@action
def ping() -> str:
    return "pong"


SERVER = Namespace(blog=Namespace(write=write, upload=upload), ping=ping)


@pytest.fixture(autouse=True)
def own_documentation() -> Iterator[None]:
    """sanic-ext keeps one description for all apps of a process; each test has its own."""
    kept: tuple[Any, ...] = (OperationStore, SpecificationBuilder)
    for one in kept:
        one.reset()
    yield
    for one in kept:
        one.reset()


def make_app(name: str = "documented") -> AnySanic:
    app: AnySanic = Sanic(name)
    app.config.AUTO_EXTEND = True

    @app.get("/hello")
    @openapi.response(200, {"application/json": Component(HostsPost)})
    async def hello(request: Request[Any, Any]) -> HTTPResponse:
        return text("hello")

    return app


@pytest.fixture
def described(serve: Callable[[AnySanic], str]) -> Callable[[AnySanic], Any]:
    """``described(app)`` serves an app and gives its documentation, which is valid."""

    def get(app: AnySanic) -> Any:
        found = httpx2.get(f"{serve(app)}/docs/openapi.json").json()
        validate(found)
        return found

    return get


def test_each_action_is_shown(described: Callable[[AnySanic], Any]) -> None:
    """Each action has a path of its own beside the app's routes; the routes that all actions share are not shown."""
    app = make_app()
    app.blueprint(ActionsBlueprint(SERVER))

    found = described(app)

    assert sorted(found["paths"]) == ["/_actions/blog.upload", "/_actions/blog.write", "/_actions/ping", "/hello"]
    assert {path: list(methods) for path, methods in found["paths"].items() if path != "/hello"} == {
        "/_actions/blog.upload": ["post"],
        "/_actions/blog.write": ["post"],
        "/_actions/ping": ["post"],
    }


def test_operation(described: Callable[[AnySanic], Any]) -> None:
    """An action is shown with docstring, body, output and errors, in the dialect of the host's document."""
    app = make_app()
    app.blueprint(ActionsBlueprint(SERVER))

    found = described(app)

    operation = found["paths"]["/_actions/blog.write"]["post"]
    assert (operation["operationId"], operation["tags"]) == ("actions.blog.write", ["blog"])
    assert (operation["summary"], operation["description"]) == ("Write a post.", "It is kept.")
    assert len(operation["requestBody"]["content"]) == 3
    assert sorted(operation["responses"]) == ["200", "400", "409", "default"]
    assert found["components"]["schemas"]["actions.write"]["properties"]["size"] == {
        "type": "integer",
        "minimum": 0,
        "exclusiveMinimum": True,
        "nullable": True,
        "title": "Size",
        "default": None,
    }
    assert found["paths"]["/_actions/ping"]["post"]["tags"] == ["actions"]


def test_names_do_not_collide(described: Callable[[AnySanic], Any]) -> None:
    """Models of one name, of the app and of two blueprints, are told apart, and so are actions."""
    app = make_app()
    app.blueprint(ActionsBlueprint(SERVER))
    app.blueprint(ActionsBlueprint({"write": write}, prefix="/more"))

    found = described(app)

    schemas = found["components"]["schemas"]
    assert schemas["Post"]["properties"].keys() == {"number"}
    assert schemas["actions.Post"]["properties"].keys() == schemas["actions_more.Post"]["properties"].keys() == {"text"}
    identities = [one["operationId"] for path in found["paths"].values() for one in path.values()]
    assert sorted(identities) == sorted({*identities})


def test_paths_are_those_of_clients(described: Callable[[AnySanic], Any]) -> None:
    """A path is shown as mounted, and what varies in it as a parameter."""
    app = make_app()
    app.blueprint(ActionsBlueprint({"ping": ping}, url_prefix="/<tenant:str>/api", version=1))

    found = described(app)["paths"]["/v1/{tenant}/api/_actions/ping"]["post"]

    assert [(one["name"], one["in"]) for one in found["parameters"]] == [("tenant", "path")]


def test_other_apps_of_the_process(described: Callable[[AnySanic], Any]) -> None:
    """The documentation of an app does not show the actions of another one."""
    app = make_app()
    app.blueprint(ActionsBlueprint(SERVER))
    described(app)

    found = described(make_app("other"))

    assert found["paths"].get("/_actions/ping", {}) == {}


def test_documentation_turned_off(serve: Callable[[AnySanic], str]) -> None:
    """An app that has turned sanic-ext's documentation off shows its actions nowhere."""
    app = make_app()
    app.config.OAS = False
    app.blueprint(ActionsBlueprint(SERVER))

    url = serve(app)

    assert httpx2.get(f"{url}/docs/openapi.json").status_code == 404
    assert httpx2.post(f"{url}/_actions/ping").json() == "pong"
    assert SpecificationBuilder()._paths == {}


def test_without_sanic_ext(serve: Callable[[AnySanic], str]) -> None:
    """An app without sanic-ext serves the same actions and no documentation."""
    app = make_app()
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(SERVER))

    url = serve(app)

    assert httpx2.get(f"{url}/docs/openapi.json").status_code == 404
    assert httpx2.post(f"{url}/_actions/ping").json() == "pong"
