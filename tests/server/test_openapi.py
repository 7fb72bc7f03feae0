"""The description of a tree as OpenAPI 3.1: valid, complete, and there only when it is asked for."""

from __future__ import annotations

import collections
import enum
import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import httpx2
import pytest
from hypothesis import given
from kinds import kinds_with_values
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from pydantic import BaseModel, Field, computed_field
from typing_extensions import TypeAliasType, deprecated

from sanic_actions import (
    ActionError,
    Bearer,
    Download,
    Event,
    Limits,
    Namespace,
    SessionCookie,
    UploadedFile,
    action,
)
from sanic_actions.__main__ import main
from sanic_actions._cli.listing import listing
from sanic_actions._namespace import entries
from sanic_actions._wire import Codec
from sanic_actions.server._openapi.document import described, describer, openapi_document


class Problem(BaseModel):
    """A user's own class of the name that ours could have."""

    title: str


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str
    left: int = 0


class Missing(ActionError, code="NOT_FOUND"):
    sku: str


class Sold(ActionError, code="CONFLICT"):
    pass


@action(accept=("json", "form"), raises=[OutOfStock, Missing, Sold])
async def buy(sku: Annotated[str, Field(min_length=2)], count: int = 1, problem: Problem | None = None) -> Problem:
    """Buy something.

    The stock is checked.
    """
    raise NotImplementedError


@action(accept="form")
def upload(files: list[UploadedFile], note: str = "") -> None: ...


@action
def ping() -> str:
    return "pong"


SERVER = Namespace(shop=Namespace(buy=buy, upload=upload), ping=ping)


def document(tree: Mapping[str, object]) -> Any:
    return json.loads(json.dumps(openapi_document(entries(tree), "/_actions", "shop")))


def test_document_is_valid() -> None:
    """The document is OpenAPI 3.1."""
    found = document(SERVER)

    validate(found)
    assert found["openapi"].startswith("3.1")
    assert list(found["paths"]) == ["/_actions/shop.buy", "/_actions/shop.upload", "/_actions/ping"]


def test_operation() -> None:
    """An action is described by its docstring, its input, its output and its declared errors."""
    found = document(SERVER)
    operation = found["paths"]["/_actions/shop.buy"]["post"]

    assert (operation["operationId"], operation["tags"]) == ("shop.buy", ["shop"])
    assert (operation["summary"], operation["description"]) == ("Buy something.", "The stock is checked.")
    assert operation["requestBody"]["required"] is True
    assert list(operation["requestBody"]["content"]) == [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ]
    assert sorted(operation["responses"]) == ["200", "400", "404", "409", "default"]
    conflicts = operation["responses"]["409"]["content"]["application/problem+json"]["schema"]["anyOf"]
    assert [schema.get("title") for schema in conflicts] == ["OutOfStock", "Sold", None]
    buying = found["components"]["schemas"]["buy"]
    assert buying["properties"]["sku"] == {"minLength": 2, "title": "Sku", "type": "string"}
    assert buying["required"] == ["sku"]
    assert buying["properties"]["count"]["default"] == 1
    assert buying["properties"]["problem"]["default"] is None
    assert found["components"]["schemas"]["Problem"]["properties"].keys() == {"title"}


def test_files() -> None:
    """A form with files is multipart only, and a result of nothing is 204."""
    operation = document(SERVER)["paths"]["/_actions/shop.upload"]["post"]

    assert list(operation["requestBody"]["content"]) == ["multipart/form-data"]
    assert "204" in operation["responses"]
    assert "requestBody" not in document(SERVER)["paths"]["/_actions/ping"]["post"]


def test_document_is_served_where_enabled(make_app: Any, connect: Any) -> None:
    """The document is at ``openapi.json`` beside the actions, with the paths as clients call them; off by default."""
    closed: httpx2.Client = connect(make_app(SERVER))
    opened: httpx2.Client = connect(make_app(SERVER, openapi=True, url_prefix="/api", version=1), "/v1/api/_actions")

    assert closed.get("/openapi.json").status_code == 405
    answer = opened.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert next(iter(answer.json()["paths"])) == "/v1/api/_actions/shop.buy"
    assert opened.post("/openapi.json").status_code == 404


def test_document_below_any_prefix(make_app: Any, connect: Any) -> None:
    """Where a part of the prefix varies, each document has the paths of its own."""
    client = connect(make_app(SERVER, openapi=True, url_prefix="/<tenant:str>"), "")

    for path in ("/a/_actions/openapi.json", "/b/_actions/openapi.json", "/b/_actions/openapi.json/"):
        assert next(iter(client.get(path).json()["paths"])) == f"{path[:2]}/_actions/shop.buy"


def test_document_of_a_path_with_parameters() -> None:
    """A path of Sanic's stands in OpenAPI's form, with a parameter for each part that varies."""
    found = openapi_document(entries(SERVER), r"/<tenant:[a-z]{3}>/<year:int>/_actions", "shop")

    validate(found)
    path = found["paths"]["/{tenant}/{year}/_actions/shop.buy"]
    assert [parameter["name"] for parameter in path["parameters"]] == ["tenant", "year"]


def test_document_below_a_path_of_a_proxy(make_app: Any, connect: Any) -> None:
    """Where a proxy says which path it has stripped, the document says that it stands before all paths."""
    app = make_app(SERVER, openapi=True)
    app.config.PROXIES_COUNT = 1
    client = connect(app, "/_actions")

    forwarded = {"x-forwarded-for": "127.0.0.1", "x-forwarded-path": "/shop/_actions/openapi.json"}
    below = client.get("/openapi.json", headers=forwarded).json()
    beside = client.get("/openapi.json").json()

    validate(below)
    assert (below.pop("servers"), below) == ([{"url": "/shop"}], beside)


def test_few_documents_are_remembered() -> None:
    """Visitors who think of ever new prefixes fill no memory."""
    describe: Any = describer(entries(SERVER))

    for number in range(99):
        describe(f"/{number}", "shop")

    assert describe.cache_info().currsize < 10


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    """``sanic-actions openapi`` prints the document of an app."""
    assert main(["openapi", "examples.blog.app:app"]) == 0

    found = json.loads(capsys.readouterr().out)
    validate(found)
    assert "/_actions/blog.comment" in found["paths"]


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """``sanic-actions list`` prints what each action accepts, its guards, its errors and its limits."""
    assert main(["list", "examples.blog.app:app"]) == 0

    lines = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert lines["ACTION"] == ["ACCEPT", "GUARDS", "ERRORS", "LIMITS"]
    assert lines["blog.set_cover"] == ["form", "signed_in", "PostNotFound", "body=2100000"]
    assert lines["blog.posts"] == ["json", "none", "-", "body=1048576"]


def test_list_names_credentials(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """A guard that reads a credential is listed by its kind and its function."""
    (tmp_path / "listed.py").write_text(
        "from sanic_actions import ApiKey, Bearer, action\n"
        "async def user_of(token: str) -> str: ...\n"
        "@action(guard=Bearer(user_of) | ApiKey('X-Key', user_of))\n"
        "def act() -> None: ...\n"
        "server = {'act': act}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert main(["list", "listed:server"]) == 0
    assert "Bearer(user_of) | ApiKey(user_of)" in capsys.readouterr().out


def test_list_names_public_actions_that_stay_guarded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An action that says ``public=True`` inside a guarded namespace is listed with that guard."""
    (tmp_path / "in_spite.py").write_text(
        "from sanic_actions import ActionContext, Namespace, action\n"
        "def session(context: ActionContext) -> None: ...\n"
        "@action(public=True)\n"
        "def sign_in() -> None: ...\n"
        "server = Namespace(sign_in=sign_in).with_options(guard=session)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert main(["list", "in_spite:server"]) == 0
    assert "session (in spite of public=True)" in capsys.readouterr().out


def test_no_two_schemas_have_one_title() -> None:
    """A model that is read otherwise than written is two schemas, which generators name by their titles."""

    class Priced(BaseModel):
        price: int = 1

        @computed_field
        def taxed(self) -> int:
            return self.price * 2

    @action
    async def both(priced: Priced) -> Priced:
        raise NotImplementedError

    schemas = document({"both": both})["components"]["schemas"]
    titles = [schema["title"] for schema in schemas.values() if "title" in schema]

    assert sorted(titles) == ["PricedInput", "PricedOutput", "both"]


def test_downloads() -> None:
    """A download is described as bytes of any type with a name, and `list` says that it is one."""

    @action(accept=("json", "form"))
    async def report(month: str) -> Download:
        return Download(month.encode())

    answer = document({"report": report})["paths"]["/_actions/report"]["post"]["responses"]["200"]

    assert answer["content"] == {"*/*": {"schema": {}}}
    assert "Content-Disposition" in answer["headers"]
    assert "json, form (download)" in "\n".join(listing(entries({"report": report}).values(), Limits()))


def user_of(token: str) -> str | None:
    return None


class Busy(ActionError, code="TOO_MANY_REQUESTS"):
    pass


async def do_one(word: Annotated[str, Field(examples=["tea"], description="A word")]) -> int:
    """Do one thing."""
    return 1


old: Any = deprecated("Call two instead.")(do_one)
one = action(guard=Bearer(user_of), raises=[Busy], limits=Limits(rate="5/minute"))(old)


@action(guard=SessionCookie("sid", user_of), idempotent=True, limits=Limits(concurrent=3))
async def ticks(after: int = 0) -> AsyncIterator[Event[int]]:
    yield Event(1, id="1")


@action(idempotent=True)
async def plain() -> AsyncIterator[int]:
    yield 1


def test_refusals_of_the_library() -> None:
    """Rates, numbers at once and challenges are described with the headers that say what to do."""
    content = document({"one": one, "ticks": ticks, "plain": plain})
    validate(content)
    operations = {path.rpartition("/")[2]: item["post"] for path, item in content["paths"].items()}
    headers = {
        name: {status: sorted(answer.get("headers", ())) for status, answer in operation["responses"].items()}
        for name, operation in operations.items()
    }

    assert {status: names for status, names in headers["one"].items() if names} == {
        "401": ["WWW-Authenticate"],
        "429": ["Retry-After"],
    }
    assert {status: names for status, names in headers["ticks"].items() if names} == {"503": ["Retry-After"]}
    assert "403" in headers["ticks"]
    assert set(headers["plain"]) == {"default", "200"}
    too_many = operations["one"]["responses"]["429"]["content"]["application/problem+json"]["schema"]["anyOf"]
    assert [schema.get("title") for schema in too_many] == ["Busy", None]


def test_limits_of_the_blueprint(make_app: Any, connect: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A rate that the blueprint sets for all its actions is described too, unless an action has its own."""
    app = make_app({"one": one, "ping": ping}, openapi=True, limits=Limits(rate="7/hour"))

    paths = connect(app).get("/openapi.json").json()["paths"]

    for name, rate in (("one", "5/minute"), ("ping", "7/hour")):
        assert rate in paths[f"/_actions/{name}"]["post"]["responses"]["429"]["description"]


def test_what_people_read() -> None:
    """What is deprecated says why, parameters have their descriptions and examples, and streams are taken up by id."""
    content = document({"one": one, "ticks": ticks, "plain": plain})
    old, resumable = (content["paths"][f"/_actions/{name}"]["post"] for name in ("one", "ticks"))

    assert (old["deprecated"], old["summary"]) == (True, "Do one thing.")
    assert old["description"] == "Deprecated: Call two instead."
    word = content["components"]["schemas"]["do_one"]["properties"]["word"]
    assert (word["description"], word["examples"]) == ("A word", ["tea"])
    assert [parameter["name"] for parameter in resumable["parameters"]] == ["Last-Event-ID"]
    assert "parameters" not in content["paths"]["/_actions/plain"]["post"]


@pytest.mark.parametrize(
    "module", ["examples.blog.app:app", "examples.jobs.app:app", "tests.application.app:create_app"]
)
def test_documents_of_whole_apps_are_valid(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever their actions take, give and refuse."""
    assert main(["openapi", module]) == 0

    validate(json.loads(capsys.readouterr().out))


T = TypeVar("T")


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


class Page(BaseModel, Generic[T]):
    items: list[T]


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


def pages(*annotations: Any) -> dict[str, Any]:
    """Return the schemas of a tree with an action for each type of output."""
    tree: dict[str, object] = {}
    for number, annotation in enumerate(annotations):

        async def act() -> Any: ...

        act.__annotations__["return"] = annotation
        tree[f"act{number}"] = action(act)
    found = document(tree)
    validate(found)
    schemas: dict[str, Any] = found["components"]["schemas"]
    return schemas


def test_names_of_handlers_that_are_called_alike() -> None:
    """Their parameters are named by their actions, not by a module of the library and a number."""

    def named_create(kind: type) -> Any:
        def create(value: Any) -> None: ...

        create.__annotations__["value"] = kind
        return action(create)

    posts = named_create(int)
    found = document({"users": Namespace(create=named_create(str)), "posts": Namespace(create=posts), "again": posts})

    names = {name for name in found["components"]["schemas"] if not name.startswith("Actions")}
    assert names == {"users_createParameters", "posts_createParameters"}
    body = found["paths"]["/_actions/again"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"].endswith("/posts_createParameters")
    validate(found)


class ActionsProblem(BaseModel):
    """Has a name that a schema of the library would have."""

    number: int


class Shelf:
    """Holds a class in a class."""

    class Row(BaseModel):
        number: int


def test_names_of_schemas_are_of_one_word() -> None:
    """No name has a dot, which generators take for a module, and a class of the app keeps its own."""
    schemas = pages(ActionsProblem, Shelf.Row, Page[Shelf.Row], list[Page[ActionsProblem]])

    assert [name for name in schemas if not re.fullmatch(r"\w+", name)] == []
    assert schemas["ActionsProblem"]["title"] == "ActionsProblem"
    assert {"ActionsProblem2", "ActionsInputProblem"} <= set(schemas)


def test_names_of_generic_classes_hold_no_metadata() -> None:
    """A generic class over an annotated type is called after the type, and has that title."""
    schemas = pages(Page[Pet], Page[Page[Annotated[str, Field(pattern="[],']\"", title="a, b")]]])

    assert {name: schemas[name]["title"] for name in schemas if name.startswith("Page")} == {
        "Page_Union_Cat__Dog__": "Page[Union[Cat, Dog]]",
        "Page_Page_str__": "Page[Page[str]]",
        "Page_str_": "Page[str]",
    }


def test_names_of_generic_classes_are_unique_whatever_their_order() -> None:
    """Classes that differ in metadata alone have names of their own, which do not depend on what stands beside them."""
    kinds: list[Any] = [Page[int], Page[Annotated[int, Field(ge=1)]], Page[Annotated[int, Field(ge=2)]]]
    forward, backward = pages(*kinds), pages(*reversed(kinds))
    names = {name for name in forward if "Page" in name}

    assert len(names) == 3
    assert forward == backward
    assert max(map(len, names)) < 60
    minima = {forward[name]["properties"]["items"]["items"].get("minimum") for name in names}
    assert minima == {None, 1, 2}


def test_version_is_that_of_the_lock(
    make_app: Any, connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server and the command line show the version of the app's lock; without one there is none to show."""
    lock = tmp_path / "actions.lock.json"
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    assert main(["lock", "examples.blog.app:app"]) == 0
    lock.write_text(lock.read_text().replace('"version": "0.1.0"', '"version": "0.4.2"'))

    locked = connect(make_app(SERVER, openapi=True, lock=lock)).get("/openapi.json").json()
    unlocked = connect(make_app(SERVER, openapi=True)).get("/openapi.json").json()

    assert (locked["info"]["version"], unlocked["info"]["version"]) == ("0.4.2", "1")


@pytest.mark.parametrize(
    ("text", "version"),
    [('"version": "0.1.0"', "0.4.2"), ('"app": "blog"', "1"), ('"format": 1', "1")],
    ids=["its own", "of another app", "damaged"],
)
def test_command_shows_the_version_of_the_lock(
    text: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``sanic-actions openapi`` shows the version of the app's own lock, and does without one that it cannot read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    assert main(["lock", "examples.blog.app:app"]) == 0
    lock = tmp_path / "actions.lock.json"
    others = {
        '"version": "0.1.0"': '"version": "0.4.2"',
        '"app": "blog"': '"app": "shop"',
        '"format": 1': '"format": 9',
    }
    assert text in lock.read_text()
    lock.write_text(lock.read_text().replace(text, others[text]))
    capsys.readouterr()

    assert main(["openapi", "examples.blog.app:app"]) == 0
    assert json.loads(capsys.readouterr().out)["info"]["version"] == version


class Level(enum.IntEnum):
    LOW = -1
    HIGH = 2


class Plain(enum.Enum):
    ONE = enum.auto()
    TWO = enum.auto()


Count = TypeAliasType("Count", Annotated[int, Field(ge=0)])
Code = TypeAliasType("Code", Annotated[str, Field(pattern="^[a-z]+$")])
KEYS: list[tuple[Any, Any, list[Any]]] = [
    # A type, a value of it, and JSON that is none.
    (dict[Level, int], {Level.LOW: 1, Level.HIGH: 2}, [{"LOW": 1}, {"3": 1}]),
    (dict[Plain, int], {Plain.ONE: 1}, [{"ONE": 1}]),
    (dict[Count, int], {3: 1}, []),
    (dict[Code, int], {"abc": 1}, [{"A": 1}]),
    (dict[Literal["a", "b"], int], {"a": 1}, [{"c": 1}]),
    (collections.OrderedDict[Level, int], collections.OrderedDict({Level.HIGH: 1}), [{"HIGH": 1}]),
    (collections.Counter[Level], collections.Counter([Level.LOW]), [{"LOW": 1}]),
    (Annotated[bytes, Field(min_length=1, max_length=2)], b"\xff\xfe", [3]),
]


def schemas_of(kind: Any) -> list[Any]:
    """The schemas of a type as a parameter and as an output, each with those that it refers to."""

    def echo(value: Any) -> Any:
        return value

    echo.__annotations__ = {"value": kind, "return": kind}
    operations, shared = described(entries({"echo": action(echo)}), "actions.")
    taken = operations["echo"]["requestBody"]["content"]["application/json"]["schema"]
    given = operations["echo"]["responses"].get("200", {}).get("content", {}).get("application/json", {})
    components = {"components": {"schemas": shared}}
    parameters = shared[taken["$ref"].rpartition("/")[2]]
    return [{**parameters["properties"]["value"], **components}, {**given.get("schema", {}), **components}]


@pytest.mark.parametrize(("kind", "value", "others"), KEYS, ids=str)
def test_keys_and_bytes_are_described_as_they_are_written(kind: Any, value: Any, others: list[Any]) -> None:
    """A key is text in JSON, whatever is made of it, and the text of bytes is longer than they are."""
    for schema in schemas_of(kind):
        validator = OAS31Validator(schema)
        validator.validate(json.loads(Codec[Any](kind).write(value)))
        assert not any(map(validator.is_valid, others))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@given(kinds_with_values())
def test_values_of_any_type_are_as_the_document_says(case: tuple[Any, list[Any]]) -> None:
    """The schemas of any type, as a parameter and as an output, accept its values as they are written."""
    kind, values = case
    for schema in schemas_of(kind):
        validator = OAS31Validator(schema)
        for value in values:
            written = json.loads(Codec[Any](kind).encode(value))
            assert list(validator.iter_errors(written)) == []
