"""Calls over JSON: what goes in, what comes out."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Literal

import httpx2
import pytest
from pydantic import BaseModel, Field, model_validator
from typing_extensions import deprecated

from sanic_actions import Redirect, action, define_action

BODY = {"content-type": "application/json"}


class Address(BaseModel):
    city: str


class User(BaseModel):
    name: str
    address: Address


class Signup(BaseModel):
    user: User
    password: str
    again: str

    @model_validator(mode="after")
    def _same(self) -> Signup:
        if self.password != self.again:
            raise ValueError("the passwords differ")
        return self


class LikeInput(BaseModel):
    post_id: str


class Likes(BaseModel):
    post_id: str
    likes: int


ran: list[object] = []
SHARED: list[str] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


async def old_echo(post_id: str) -> str:
    return post_id


old: Any = action(deprecated("Call like instead.")(old_echo))  # Any, or type checkers would warn of its uses too


def like(input: LikeInput) -> Likes:
    ran.append(input)
    return Likes(post_id=input.post_id, likes=1)


async def like_later(input: LikeInput) -> Likes:
    return like(input)


@action
def like_directly(post_id: str) -> Likes:
    return like(LikeInput(post_id=post_id))


@action
async def like_directly_later(post_id: str) -> Likes:
    return like(LikeInput(post_id=post_id))


@action
def sign_up(signup: Signup) -> None:
    ran.append(signup)


@action
def echo(value: int | bool | str | list[int] | None) -> int | bool | str | list[int] | None:
    return value


@action
def greet(name: str = "you", times: int = 1) -> str:
    return f"hello {name}" * times


@action
def ping() -> str:
    ran.append("ping")
    return "pong"


@action
def nothing() -> None:
    ran.append("nothing")


@action
def numbers(values: list[float]) -> int:
    return len(values)


@action
def collect(word: str, words: list[str] = SHARED) -> list[str]:
    words.append(word)
    return words


@action(accept="form")
def form_only(name: str = "") -> str:
    return name


@action(accept=("json", "form"))
def both(name: str = "") -> str:
    return name


@action
def move() -> Redirect[int]:
    return Redirect("/there", 3)


def total(values: list[int]) -> int:
    return sum(values)


TREE: dict[str, Any] = {
    "like": {
        "explicit": define_action(input=LikeInput, handler=like),
        "explicit_async": define_action(input=LikeInput, handler=like_later),
        "decorated": like_directly,
        "decorated_async": like_directly_later,
    },
    "sign_up": sign_up,
    "echo": echo,
    "greet": greet,
    "ping": ping,
    "nothing": nothing,
    "numbers": numbers,
    "collect": collect,
    "form_only": form_only,
    "both": both,
    "move": move,
    "total": define_action(input=list[int], handler=total),
}


@pytest.fixture
def client(make_app: Any, connect: Any) -> httpx2.Client:
    found: httpx2.Client = connect(make_app(TREE))
    return found


def test_every_form_of_definition(client: httpx2.Client) -> None:
    """Both forms of definition, sync and async, serve the same call."""
    for name in TREE["like"]:
        answer = client.post(f"/like.{name}", json={"post_id": "p1"})

        assert (answer.status_code, answer.json()) == (200, {"post_id": "p1", "likes": 1}), name
        assert answer.headers["content-type"] == "application/json"


def test_every_answer_is_private(client: httpx2.Client) -> None:
    """Results and errors are never stored and never guessed at."""
    for answer in (client.post("/ping"), client.post("/nothing"), client.post("/none"), client.get("/ping")):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_declared_none_is_204(client: httpx2.Client) -> None:
    """An action that declares no output answers 204 without a body and without a length."""
    answer = client.post("/nothing")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers
    assert "content-type" not in answer.headers


def test_falsy_results_are_results(client: httpx2.Client) -> None:
    """An empty or false result is a result: 200 with that value."""
    values: list[Any] = [0, False, "", [], None]
    for value in values:
        answer = client.post("/echo", json={"value": value})

        assert (answer.status_code, answer.json()) == (200, value)
        assert type(answer.json()) is type(value)


def test_redirect_as_a_result(client: httpx2.Client) -> None:
    """Over JSON a redirect is an outcome like any other."""
    answer = client.post("/move")

    assert (answer.status_code, answer.json()) == (200, {"location": "/there", "data": 3})


def test_bare_input(client: httpx2.Client) -> None:
    """An input that is no object travels as its bare value, and cannot be left out."""
    assert client.post("/total", json=[1, 2]).json() == 3
    assert client.post("/total").json()["issues"] == [
        {"path": "", "message": "A JSON value is required as the body", "type": "missing"}
    ]


def test_invalid_input_lists_every_issue(client: httpx2.Client) -> None:
    """Invalid input is 400 with every issue on its full path, and the handler does not run."""
    answer = client.post("/sign_up", json={"signup": {"user": {"name": 1, "address": {}}, "password": "x"}})
    problem = answer.json()

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [issue["path"] for issue in problem["issues"]] == [
        "signup.user.name",
        "signup.user.address.city",
        "signup.again",
    ]
    assert problem["fields"]["signup.user.address.city"] == ["This field is required"]
    assert {key: problem[key] for key in ("type", "title", "status", "code", "form_errors")} == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "BAD_REQUEST",
        "form_errors": [],
    }
    assert ran == []


def test_whole_input_errors(client: httpx2.Client) -> None:
    """A validator of a whole model complains about the model's place, and of the whole input about the form."""
    user = {"name": "Ada", "address": {"city": "Paris"}}
    answer = client.post("/sign_up", json={"signup": {"user": user, "password": "secret1", "again": "secret2"}})

    (message,) = answer.json()["fields"]["signup"]
    assert message.endswith("the passwords differ")
    assert "secret" not in answer.text


def test_form_errors(make_app: Any, connect: Any) -> None:
    """A validator of the input model complains about no single field."""

    def register(input: Signup) -> None: ...

    client = connect(make_app({"register": define_action(input=Signup, handler=register)}))
    user = {"name": "Ada", "address": {"city": "Paris"}}

    answer = client.post("/register", json={"user": user, "password": "secret1", "again": "secret2"})

    (message,) = answer.json()["form_errors"]
    assert message.endswith("the passwords differ")
    assert answer.json()["fields"] == {}


BROKEN = {
    "empty text": b" ",
    "cut": b'{"post_id": "p',
    "two values": b'{"post_id": "p"} {}',
    "bad UTF-8": b'{"post_id": "\xff"}',
    "lone surrogate": b'{"post_id": "\\ud800"}',
    "UTF-16": '{"post_id": "p"}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"post_id": "p"}',
    "gzip": b"\x1f\x8b\x08\x00garbage",
    "NUL": b"\x00",
    "array bomb": b"[" * 100_000,
    "object bomb": b'{"a":' * 100_000,
    "single quotes": b"{'post_id': 'p'}",
    "trailing comma": b'{"post_id": "p",}',
}


def test_malformed_json(client: httpx2.Client, subtests: pytest.Subtests) -> None:
    """A body that is no JSON is 400 with a message that says where; never 500."""
    for case, body in BROKEN.items():
        with subtests.test(case):
            answer = client.post("/like.explicit", content=body, headers=BODY)

            assert answer.status_code == 400, answer.text
            assert "line " in answer.json()["detail"] or "column" in answer.json()["detail"]
            assert ran == []


NUMBERS = {"NaN": b"NaN", "infinity": b"Infinity", "overflow": b"1e999", "digits": b"9" * 500_000, "text": b'"inf"'}


def test_numbers_that_are_none(client: httpx2.Client, subtests: pytest.Subtests) -> None:
    """NaN, infinities and numbers of half a million digits are refused as input."""
    for case, number in NUMBERS.items():
        with subtests.test(case):
            answer = client.post("/numbers", content=b'{"values": [%b]}' % number, headers=BODY)

            assert answer.status_code == 400
            assert len(answer.content) < 2_000


def test_unknown_tag(make_app: Any, connect: Any) -> None:
    """An unknown tag of a union is answered with the tags there are, without the one that was sent."""

    class Cat(BaseModel):
        kind: Literal["cat"]

    class Dog(BaseModel):
        kind: Literal["dog"]

    @action
    def adopt(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> None: ...

    answer = connect(make_app({"adopt": adopt})).post("/adopt", json={"pet": {"kind": "secret found using secret"}})

    assert "'cat', 'dog'" in answer.json()["fields"]["pet"][0]
    assert "secret" not in answer.text


def test_many_bad_items(client: httpx2.Client) -> None:
    """A megabyte of bad items gives a short answer."""
    answer = client.post("/numbers", content=b'{"values": [' + b",".join([b'"x"'] * 200_000) + b"]}", headers=BODY)

    assert answer.status_code == 400
    assert len(answer.content) < 50_000


def test_compressed_body(client: httpx2.Client) -> None:
    """A compressed body is refused without inflating it."""
    answer = client.post("/ping", content=b"x", headers={**BODY, "content-encoding": "gzip"})

    assert answer.status_code == 400
    assert "compressed" in answer.json()["detail"]


def test_no_body_without_input(client: httpx2.Client) -> None:
    """An action without input runs without body and content type, and from an empty object or form."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    bodies: list[dict[str, Any]] = [{}, {"content": b""}, {"json": {}}, {"data": {"a": "b"}}]
    for options in (*bodies, {"content": b"", "headers": form}):
        answer = client.post("/ping", **options)

        assert (answer.status_code, answer.json()) == (200, "pong"), options


def test_no_body_with_input(client: httpx2.Client) -> None:
    """An empty body is an object without fields: fine where all have defaults, else 400 for those that are missing."""
    assert client.post("/greet").json() == "hello you"
    assert client.post("/greet", content=b"", headers=BODY).json() == "hello you"
    assert client.post("/form_only").json() == ""
    answer = client.post("/like.explicit")

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"post_id": ["This field is required"]}


def test_body_without_content_type(client: httpx2.Client) -> None:
    """A body must say what it is, with a length or in chunks."""
    for content in (b"{}", iter([b"{}"])):
        answer = client.post("/greet", content=content)

        assert answer.status_code == 415
        assert "application/json" in answer.json()["detail"]


FINE = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json ;charset=utf-8",
    "application/json;charset=UTF-8",
    'Application/JSON; charset="utf-8"',
    "application/json;",
    "application/json; profile=x",
]
WRONG = [
    "text/plain",
    "application/jsonp",
    "application/json2; charset=utf-8",
    "application/json; charset=latin-1",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/problem+json",
    "",
    ";",
    "*/*",
]


def test_content_types_that_are_json(client: httpx2.Client, subtests: pytest.Subtests) -> None:
    """JSON may be written in any case, with parameters and spaces, in UTF-8."""
    for content_type in FINE:
        with subtests.test(content_type):
            answer = client.post("/like.explicit", content=b'{"post_id": "p"}', headers={"content-type": content_type})

            assert answer.status_code == 200


def test_content_types_that_are_not(client: httpx2.Client, subtests: pytest.Subtests) -> None:
    """Any other content type is 415 naming what the action accepts."""
    for content_type in WRONG:
        with subtests.test(content_type):
            answer = client.post("/like.explicit", content=b'{"post_id": "p"}', headers={"content-type": content_type})

            assert answer.status_code == 415
            assert "application/json" in answer.json()["detail"]
            assert ran == []


def test_two_content_types(client: httpx2.Client) -> None:
    """Two content types are none."""
    headers = [("content-type", "application/json"), ("content-type", "text/plain")]

    assert client.post("/like.explicit", content=b'{"post_id": "p"}', headers=headers).status_code == 415


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_body_that_says_it_is_plain(client: httpx2.Client, encoding: str) -> None:
    """A header that names no compression is none."""
    headers = {"content-type": "application/json", "content-encoding": encoding}

    assert client.post("/like.explicit", json={"post_id": "p"}, headers=headers).status_code == 200


def test_encodings_of_a_form_action(client: httpx2.Client) -> None:
    """A form action reads both form encodings and no JSON; one that accepts both reads all three."""
    assert client.post("/form_only", data={"name": "Ada"}).json() == "Ada"
    assert client.post("/form_only", files={"name": (None, b"Ada")}).json() == "Ada"
    assert client.post("/both", data={"name": "Ada"}).json() == "Ada"
    assert client.post("/both", json={"name": "Ada"}).json() == "Ada"
    refused = client.post("/form_only", json={"name": "Ada"})

    assert refused.status_code == 415
    assert "multipart/form-data" in refused.json()["detail"]


def test_default_that_can_change_is_each_calls_own(client: httpx2.Client) -> None:
    """What a handler does to a default is gone with the call, as with the defaults of a model's fields."""
    answers = [client.post("/collect", json={"word": word}).json() for word in "ab"]

    assert (answers, SHARED) == ([["a"], ["b"]], [])


def test_call_of_what_is_deprecated(make_app: Any, connect: Any) -> None:
    """A call from outside warns nobody on the server, whose own code does not call what is deprecated."""
    client: httpx2.Client = connect(make_app({"old": old}))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert client.post("/old", json={"post_id": "p"}).json() == "p"

    assert "Call like instead." not in [str(warning.message) for warning in caught]


def test_log_of_a_name_that_is_not_there(make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Who looks for a call that does not arrive finds its name in the log, at the level for that."""
    client: httpx2.Client = connect(make_app({"old": old}))

    with caplog.at_level("DEBUG", "sanic_actions"):
        client.post("/odl", json={})
        client.post("/" + 1_000 * "x", json={})

    (first, second) = (record for record in caplog.records if record.name == "sanic_actions")
    assert (first.levelname, first.getMessage()) == (
        "DEBUG",
        "A call of '/_actions/odl': there is no action of this name.",
    )
    assert len(second.getMessage()) < 300


@pytest.mark.parametrize(
    ("content_type", "end"),
    [
        ("text/plain", "It was 'text/plain'."),
        ("application/json; charset=latin1", "It was 'application/json; charset=latin1'."),
        (5_000 * "x", f"It was '{100 * 'x'}'."),
    ],
)
def test_content_type_that_is_not_read(make_app: Any, connect: Any, content_type: str, end: str) -> None:
    """The refusal says what can be sent, and what was sent."""
    client: httpx2.Client = connect(make_app({"old": old}))

    answer = client.post("/old", content=b"{}", headers={"content-type": content_type})

    assert answer.status_code == 415
    assert answer.json()["detail"] == (
        f"The Content-Type is not one of this action. It accepts application/json in UTF-8. {end}"
    )
