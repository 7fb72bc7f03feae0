"""What is left of another framework in a signature: a mark that would supply a value there makes no input here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

import pytest
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo
from sanic import Sanic

from sanic_actions import ActionContext, DefinitionError, Injected, action, define_action
from sanic_actions._types.other_frameworks import FRAMEWORKS
from sanic_actions.server import ActionsBlueprint


def mark(package: str, name: str, *bases: type) -> Any:
    """Return a mark as a package makes it, which need not be installed: a class is known by its module."""
    kind = type(name, bases, {"__module__": package})
    return cast("Callable[[], object]", kind)()


DEPENDS = mark("fastapi.params", "Depends")
HEADER = mark("fastapi.params", "Header", FieldInfo)
COOKIE = mark("fastapi.params", "Cookie", FieldInfo)
QUERY = mark("fastapi.params", "Query", FieldInfo)
SUPPLYING = {
    "Depends": DEPENDS,
    "Security": mark("fastapi.params", "Security", type(DEPENDS)),
    "a class below Depends": mark("shop.users", "CurrentUser", type(DEPENDS)),
    "a class that is not called": type(DEPENDS),
    "litestar": mark("litestar.params", "DependencyKwarg"),
    "dishka": mark("dishka.entities.component", "FromComponent"),
    "dependency_injector": mark("dependency_injector.wiring", "Provide"),
    "another package's Depends": mark("own_framework", "Depends"),
}
REQUEST_PARTS = {"headers": HEADER, "cookies": COOKIE}


class User(BaseModel):
    name: str
    admin: bool = False


def refusal(handler: Any, **options: Any) -> str:
    decorate: Any = action(**options)
    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint({"wipe": decorate(handler)})
    return str(caught.value)


@pytest.mark.parametrize("kind", SUPPLYING)
@pytest.mark.parametrize("place", ["parameter", "or None", "item", "field", "default", "default of a field"])
def test_what_another_framework_supplies_cannot_be_sent(kind: str, place: str) -> None:
    """A parameter or field with a mark that supplies it elsewhere is a definition error, which names Injected."""
    supplying = SUPPLYING[kind]
    marked: Any = Annotated[User, supplying]
    types = {"parameter": marked, "or None": marked | None, "item": list[marked], "default": User}

    async def wipe(user: object) -> int:
        return 1

    wipe.__annotations__["user"] = types.get(place, User)
    if place == "field":
        wipe.__annotations__["user"] = type("Order", (BaseModel,), {"__annotations__": {"user": marked}})
    elif place == "default":
        wipe.__defaults__ = (supplying,)
    elif place == "default of a field":
        members = {"__module__": __name__, "__annotations__": {"user": Any}, "user": supplying}
        wipe.__annotations__["user"] = type("Order", (BaseModel,), members)

    message = refusal(wipe)

    assert "supplies nothing here" in message
    assert "Annotated[User, Injected]" in message


@pytest.mark.parametrize("part", REQUEST_PARTS)
@pytest.mark.parametrize("is_default", [False, True])
def test_a_part_of_the_request_is_read_from_the_context(part: str, is_default: bool) -> None:
    """A mark that reads a header or a cookie is refused, and the remedy says where the context has them."""

    async def wipe(value: object = None) -> int:
        return 1

    wipe.__annotations__["value"] = str if is_default else Annotated[str | None, REQUEST_PARTS[part]]
    if is_default:
        wipe.__defaults__ = (REQUEST_PARTS[part],)

    assert f"context.{part}.get('name')" in refusal(wipe)


def test_a_mark_of_an_input_is_a_field_of_pydantic() -> None:
    """A mark that says where in a request an input stands is refused, with Field as the remedy."""

    async def wipe(count: int) -> int:
        return 1

    wipe.__annotations__["count"] = Annotated[int, QUERY]

    assert "Annotated[int, Field(le=100)]" in refusal(wipe)


def test_every_problem_is_said_at_once() -> None:
    """A left-over parameter hides no other mistake of its action."""

    async def wipe(user: object, count: object) -> int:
        return 1

    wipe.__annotations__ |= {"user": Annotated[User, DEPENDS], "count": object}

    message = refusal(wipe)

    assert "parameter 'user': Depends of fastapi" in message
    assert "input 'count'" in message


def test_an_explicit_handler_is_asked_too() -> None:
    """A handler of define_action whose second parameter another framework would supply is a definition error."""

    def wipe(data: User, user: User = DEPENDS) -> int:
        return 1

    with pytest.raises(DefinitionError, match="parameter 'user': Depends of fastapi supplies nothing here"):
        ActionsBlueprint({"wipe": define_action(input=User, handler=wipe)})


def test_a_guard_is_asked_too() -> None:
    """A guard whose parameter would be the mark itself, which is as true as any object, is a definition error."""

    async def wipe(count: int) -> int:
        return 1

    def admins(context: ActionContext, user: User = DEPENDS) -> None: ...

    message = refusal(wipe, guard=admins)

    assert "parameter 'user': Depends of fastapi" in message


def test_other_marks_do_no_harm() -> None:
    """An unknown mark is left alone, and so is one of another framework beside ``Injected``."""

    async def wipe(count: object, user: object) -> int:
        return 1

    wipe.__annotations__["count"] = Annotated[int, Field(ge=1), mark("shop.docs", "Documented")]
    wipe.__annotations__["user"] = Annotated[User, Injected, DEPENDS]

    def current(context: ActionContext) -> User:
        return User(name="Ann")

    app: Sanic[Any, Any] = Sanic("other_marks")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"wipe": action(guard=current)(wipe)}))

    _, response = app.test_client.post("/_actions/wipe", json={"count": 1})
    assert (response.status, response.json) == (200, 1)


UPLOADS = {
    "fastapi": ("fastapi.datastructures", "UploadFile"),
    "starlette": ("starlette.datastructures", "UploadFile"),
    "litestar": ("litestar.datastructures.upload_file", "UploadFile"),
    "werkzeug": ("werkzeug.datastructures.file_storage", "FileStorage"),
    "django": ("django.core.files.base", "File"),
    "aiohttp": ("aiohttp.web_request", "FileField"),
    "tornado": ("tornado.httputil", "HTTPFile"),
}


@pytest.mark.parametrize("framework", UPLOADS)
@pytest.mark.parametrize("is_derived", [False, True])
def test_an_uploaded_file_of_another_framework(framework: str, is_derived: bool) -> None:
    """A file as another framework has it is refused with the name of ours, even where it describes itself."""
    module, name = UPLOADS[framework]
    describe = classmethod(lambda cls, *arguments: {"type": "any"})
    kind = type(name, (), {"__module__": module, "__get_pydantic_core_schema__": describe})
    if is_derived:
        kind = type("Photo", (kind,), {"__module__": "shop.photos"})

    async def wipe(photo: object) -> int:
        return 1

    wipe.__annotations__["photo"] = kind

    message = refusal(wipe, accept="form")

    assert "the uploaded file of another framework" in message
    assert "UploadedFile of sanic_actions" in message


def test_a_request_of_another_framework() -> None:
    """A handler that takes the request of Starlette is sent to Sanic's and to the context."""
    connection = type("HTTPConnection", (), {"__module__": "starlette.requests"})
    request = type("Request", (connection,), {"__module__": "starlette.requests"})

    async def wipe(request: object) -> int:
        return 1

    wipe.__annotations__["request"] = request

    assert "'request: Request' of sanic" in refusal(wipe)


def test_no_framework_is_ours() -> None:
    """Marks of pydantic, of Sanic and of this library are not among those of other frameworks."""
    assert not FRAMEWORKS & {"pydantic", "pydantic_core", "annotated_types", "sanic", "sanic_actions", "typing"}
