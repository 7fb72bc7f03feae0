"""Guards that read credentials: who is let in, what is refused, what the description says, whose a key is."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from openapi_spec_validator import validate
from sanic import Request, Sanic

from sanic_actions import (
    ActionContext,
    ActionError,
    ApiKey,
    Bearer,
    DefinitionError,
    Err,
    Injected,
    Ok,
    SessionCookie,
    action,
)
from sanic_actions._callables import describe
from sanic_actions._namespace import entries
from sanic_actions.server import ActionsBlueprint
from sanic_actions.server._openapi.document import openapi_document

Serve = Callable[[Sanic[Any, Any]], str]


class User:
    def __init__(self, name: str) -> None:
        self.name = name


USERS = {"secret-ada": "Ada", "secret-bob": "Bob"}


async def user_of(credential: str) -> User | None:
    if credential == "banned":
        raise ActionError("FORBIDDEN", "You are banned.")
    name = USERS.get(credential)
    return None if name is None else User(name)


def user_at_once(context: ActionContext, credential: str) -> User | None:
    assert context.name == "whoami"
    name = USERS.get(credential)
    return None if name is None else User(name)


@action(accept=("json", "form"))
async def whoami(user: Annotated[User, Injected]) -> str:
    return user.name


def app_of(guard: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("auth")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"whoami": whoami}, guard=guard, openapi=True))
    return app


GUARDS = {
    "bearer": Bearer(user_of),
    "cookie": SessionCookie("session", user_of),
    "key": ApiKey("X-API-Key", user_of),
    "plain function of the context": Bearer(user_at_once),
}


def headers_for(kind: str, credential: str) -> dict[str, str]:
    """The headers in which each guard looks."""
    return {
        "cookie": {"cookie": f"other=1; session={credential}"},
        "key": {"x-api-key": credential},
    }.get(kind, {"authorization": f"bearer {credential}"})


@pytest.mark.parametrize("kind", GUARDS)
def test_whom_a_credential_belongs_to_is_injected(serve: Serve, kind: str) -> None:
    """What the function returns is a guard's value."""
    url = serve(app_of(GUARDS[kind]))

    response = httpx2.post(f"{url}/_actions/whoami", json={}, headers=headers_for(kind, "secret-ada"))

    assert response.json() == "Ada"


@pytest.mark.parametrize("kind", GUARDS)
@pytest.mark.parametrize("credential", [None, "wrong"])
def test_nobody_is_refused(serve: Serve, kind: str, credential: str | None) -> None:
    """Without a credential, and with one that is nobody's; a bearer is told of the scheme."""
    url = serve(app_of(GUARDS[kind]))

    headers = {} if credential is None else headers_for(kind, credential)
    response = httpx2.post(f"{url}/_actions/whoami", json={}, headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED")
    assert response.headers.get("www-authenticate") == (None if kind in ("cookie", "key") else "Bearer")
    assert not credential or credential not in response.text


def test_another_scheme_is_not_a_bearer(serve: Serve) -> None:
    """``Basic`` credentials are not handed to the function."""
    url = serve(app_of(GUARDS["bearer"]))

    response = httpx2.post(f"{url}/_actions/whoami", json={}, headers={"authorization": "Basic secret-ada"})

    assert response.status_code == 401


EITHER = Bearer(user_of) | SessionCookie("session", user_of) | ApiKey("X-API-Key", user_of)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer secret-ada"}, 200),
        ({"cookie": "session=secret-ada"}, 200),
        ({"x-api-key": "secret-ada"}, 200),
        ({"authorization": "Bearer wrong", "cookie": "session=secret-ada"}, 200),
        ({"authorization": "Bearer banned", "cookie": "session=secret-ada"}, 403),
        ({"authorization": "Bearer wrong", "x-api-key": "wrong"}, 401),
        ({}, 401),
    ],
)
def test_either_lets_in(serve: Serve, headers: dict[str, str], status: int) -> None:
    """The first credential that is somebody's decides; a refusal of another kind than 401 stands."""
    url = serve(app_of(EITHER))

    response = httpx2.post(f"{url}/_actions/whoami", json={}, headers=headers)

    assert response.status_code == status


async def expired(token: str) -> User | None:
    raise ActionError("UNAUTHORIZED", "The token has expired.")


@pytest.mark.parametrize(
    ("guard", "headers", "detail"),
    [
        (Bearer(expired), {"authorization": "Bearer a"}, "The token has expired."),
        (Bearer(expired) | ApiKey("X-API-Key", user_of), {"authorization": "Bearer a"}, "The token has expired."),
        (ApiKey("X-API-Key", user_of) | Bearer(expired), {"authorization": "Bearer a"}, "The token has expired."),
        (Bearer(expired) | ApiKey("X-API-Key", user_of), {}, "Sign in first: "),
        (Bearer(user_of) | Bearer(expired), {"authorization": "Bearer a"}, "Sign in again: "),
        (EITHER, {"x-api-key": "wrong"}, "Sign in again: this needs a key in the header 'X-API-Key' that is valid."),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_credential(
    serve: Serve, guard: Any, headers: dict[str, str], detail: str
) -> None:
    """In the words of the function, of the first one that was asked; alone or as one of several."""
    url = serve(app_of(guard))

    response = httpx2.post(f"{url}/_actions/whoami", json={}, headers=headers)

    assert response.status_code == 401
    assert response.json()["detail"].startswith(detail)


def test_the_description_names_the_credentials() -> None:
    """Schemes, what each call needs, 401 and 403."""

    @action(guard=ApiKey("X-API-Key", user_of))
    async def both(user: Annotated[User, Injected]) -> str:
        raise NotImplementedError

    @action
    async def free() -> str:
        raise NotImplementedError

    async def key_of(key: str) -> str:
        return key

    @action(guard=Bearer(user_of) | SessionCookie("session", user_of))
    async def either(user: Annotated[User, Injected]) -> str:
        raise NotImplementedError

    tree: Any = openapi_document(entries({"both": both, "free": free, "either": either}), "/_actions", "Test")
    validate(tree)

    assert tree["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie_session": {"type": "apiKey", "in": "cookie", "name": "session"},
        "header_X-API-Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    posts = {path.rpartition("/")[2]: item["post"] for path, item in tree["paths"].items()}
    assert posts["both"]["security"] == [{"header_X-API-Key": []}]
    assert posts["either"]["security"] == [{"bearer": []}, {"cookie_session": []}]
    assert "security" not in posts["free"]
    assert {"401", "403"} <= posts["either"]["responses"].keys()
    assert {"401", "403"} & posts["free"]["responses"].keys() == set()


def test_guards_of_two_places_are_needed_together() -> None:
    """A credential of the namespace and one of the action: a call needs both."""

    async def key_of(key: str) -> str:
        return key

    @action(guard=ApiKey("X-API-Key", key_of))
    async def both() -> str:
        raise NotImplementedError

    tree: Any = openapi_document(entries({"both": both}, Bearer(user_of)), "/_actions", "Test")

    assert tree["paths"]["/_actions/both"]["post"]["security"] == [{"bearer": [], "header_X-API-Key": []}]


@pytest.mark.parametrize("kind", ["bearer", "cookie", "key"])
def test_what_a_function_returns_must_be_somebody(kind: str) -> None:
    """One that declares None or bool would let in nobody, or everybody."""

    async def check(credential: str) -> None: ...

    def is_known(credential: str) -> bool:
        raise NotImplementedError

    for function in (check, is_known):
        guard = {"bearer": Bearer(function), "cookie": SessionCookie("s", function), "key": ApiKey("X", function)}[kind]

        with pytest.raises(DefinitionError, match=function.__name__):
            ActionsBlueprint({"whoami": whoami}, guard=guard)


class Owner:
    """A class whose objects are made of any text."""

    def __init__(self, credential: str) -> None:
        """Take anything."""


async def of_nothing() -> User:
    raise NotImplementedError


async def of_three(context: ActionContext, credential: str, realm: str) -> User:
    raise NotImplementedError


async def in_another_order(credential: str, context: ActionContext) -> User:
    raise NotImplementedError


async def of_request(request: Request, credential: str) -> User:
    raise NotImplementedError


@pytest.mark.parametrize("make", [Bearer, partial(SessionCookie, "s"), partial(ApiKey, "X")])
@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (Owner, "is a class, which would make an object for any credential"),
        (of_nothing, "cannot be called with the credential"),
        (of_three, "cannot be called with the credential"),
        (in_another_order, "takes 'credential' first"),
        (of_request, "takes 'request' first"),
    ],
)
def test_what_a_credential_cannot_be_asked_of_is_a_definition_error(make: Any, function: Any, reason: str) -> None:
    """Alone and beside another guard: it would let in everybody, or nobody with a failure for each call."""
    for guard in (make(function), make(function) | Bearer(user_of)):
        with pytest.raises(DefinitionError, match=reason) as caught:
            ActionsBlueprint({"whoami": whoami}, guard=guard)

        assert "async def find(value: str) -> User | None" in str(caught.value)


def by_keyword(*, credential: str) -> User | None: ...


def beside_a_keyword(credential: str, *, purpose: str) -> User | None: ...


def of_the_context(context: ActionContext) -> User | None: ...


def of_the_request(request: Request) -> User | None: ...


def the_other_way_round(credential: str, context: ActionContext) -> User | None: ...


class Finder:
    def __call__(self, *, credential: str) -> User | None: ...

    def method(self) -> User | None: ...


WRONG_SHAPES: dict[str, Any] = {
    "of nothing": of_nothing,
    "of three": of_three,
    "by keyword": by_keyword,
    "beside a keyword": beside_a_keyword,
    "of the context": of_the_context,
    "of the request": of_the_request,
    "the other way round": the_other_way_round,
    "a partial": partial(user_at_once, credential="a"),
    "a lambda": lambda: None,
    "an object": Finder(),
    "a method": Finder().method,
}


@pytest.mark.parametrize("shape", WRONG_SHAPES)
def test_a_function_that_cannot_be_asked_is_a_definition_error(shape: str) -> None:
    """Of each guard that reads a credential, alone and as one of two: no call is to find that out."""
    find = WRONG_SHAPES[shape]
    wrong_guards = [Bearer(find), SessionCookie("s", find), ApiKey("X", find)]
    for guard in (*wrong_guards, Bearer(user_of) | SessionCookie("s", find), ApiKey("X", find) | Bearer(user_of)):
        with pytest.raises(DefinitionError) as caught:
            ActionsBlueprint({"whoami": whoami}, guard=guard)

        problem = caught.value.problems[0]
        assert "called with" in problem.reason
        assert "async def find(value: str) -> User | None" in problem.remedy


def with_a_default(credential: str, purpose: str = "call") -> User | None: ...


def without_annotations(context, credential):  # type: ignore[no-untyped-def]  # the point
    return User("ada")


def of_anything(*arguments: object) -> User | None: ...


SHAPES: dict[str, Any] = {
    "of the credential": user_of,
    "of the context too": user_at_once,
    "with a default": with_a_default,
    "without annotations": without_annotations,
    "of anything": of_anything,
    "a partial": partial(of_three, realm="a"),
    "a method in C": {"a": User("ada")}.get,
    "a lambda": lambda credential: User("ada"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_function_that_can_be_asked_is_no_problem(shape: str) -> None:
    """A partial, a bound method and a lambda are functions as any other."""
    guard: Any = Bearer(SHAPES[shape])

    assert guard.definition_problem() is None
    ActionsBlueprint({"whoami": whoami}, guard=guard)


@action
async def ask_nothing() -> int:
    return 1


OWNERS: dict[str, tuple[object, int]] = {
    "object": (User("Ada"), 200),
    "name": ("Ada", 200),
    "row": ({"name": "Ada"}, 200),
    "number": (0, 200),
    "nobody": (None, 401),
    "verdict": (False, 500),
    "verdict that lets in": (True, 500),
    "result": (Ok(User("Ada")), 500),
    "failure": (Err(ActionError("FORBIDDEN")), 500),
    "error": (ActionError("FORBIDDEN"), 500),
    "class": (User, 500),
}


@pytest.mark.parametrize("either", [False, True], ids=["alone", "|"])
@pytest.mark.parametrize("case", OWNERS)
def test_a_function_without_annotations_returns_an_owner(serve: Serve, case: str, either: bool) -> None:
    """Whatever it is; a verdict or a failure, which lets in for other guards too, is refused."""
    owner, status = OWNERS[case]
    guard = Bearer(lambda token: owner)
    app: Sanic[Any, Any] = Sanic("auth")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"ask_nothing": ask_nothing}, guard=guard | EITHER if either else guard))

    response = httpx2.post(f"{serve(app)}/_actions/ask_nothing", headers={"authorization": "Bearer a"})

    assert response.status_code == status


class OpenUser(User):
    """A user that can be entered, as a row with its session."""

    def __enter__(self) -> OpenUser:
        return self

    def __exit__(self, *exception: object) -> None: ...


class CallableUser(User):
    def __call__(self) -> None: ...


@pytest.mark.parametrize("kind", [OpenUser, CallableUser])
def test_an_owner_that_a_handler_asks_for_may_be_of_any_class(serve: Serve, kind: type[User]) -> None:
    """Of one without annotations too: its type is the one of the parameter."""
    app: Sanic[Any, Any] = Sanic("auth")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"whoami": whoami}, guard=Bearer(lambda token: kind("Ada"))))

    response = httpx2.post(f"{serve(app)}/_actions/whoami", headers={"authorization": "Bearer a"}, timeout=60)

    assert response.json() == "Ada"


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a\r\nb"])
def test_names_that_cannot_be_sent_are_refused(name: str) -> None:
    """Where the guard is made."""
    with pytest.raises(ValueError, match="not a name"):
        SessionCookie(name, user_of)
    with pytest.raises(ValueError, match="not a name"):
        ApiKey(name, user_of)


@pytest.mark.parametrize("kind", ["bearer", "cookie", "key"])
def test_a_key_counts_for_whom_the_credential_belongs_to(serve: Serve, kind: str) -> None:
    """Another caller's call with the same key runs, and is not answered with the outcome of the first one."""

    @action(once=True, guard=GUARDS[kind])
    async def mine(user: Annotated[User, Injected]) -> str:
        return user.name

    app: Sanic[Any, Any] = Sanic("auth")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"mine": mine}))
    url = serve(app)

    key = {"idempotency-key": "0123456789abcdef0123"}
    answers = [
        httpx2.post(f"{url}/_actions/mine", json={}, headers=headers_for(kind, credential) | key).json()
        for credential in ("secret-ada", "secret-bob", "secret-ada")
    ]

    assert answers == ["Ada", "Bob", "Ada"]


def test_a_wrong_answer_of_one_of_two_names_both_functions() -> None:
    """A message about ``a | b`` names the functions that the app has written, and where."""

    def of_cookie(value: str) -> User:
        raise NotImplementedError

    def of_token(value: str) -> User:
        raise NotImplementedError

    words = describe(SessionCookie("session", of_cookie) | Bearer(of_token))

    file = Path(__file__).relative_to(Path.cwd())
    first, second = of_cookie.__code__.co_firstlineno, of_token.__code__.co_firstlineno
    assert words == f"The guard 'of_cookie' ({file}:{first}) or 'of_token' ({file}:{second})"


@pytest.mark.parametrize(
    ("guard", "remedy"),
    [(Bearer, "Write Bearer(find), where"), (SessionCookie, "Write SessionCookie(name, find), where")],
)
def test_a_class_in_place_of_a_guard_says_how_to_make_one(guard: Any, remedy: str) -> None:
    """The likely wish is an object of the class."""
    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint({"whoami": whoami}, default_guard=guard)

    assert any(problem.remedy.startswith(remedy) for problem in caught.value.problems)


@pytest.mark.parametrize("guard", [Bearer(user_of), SessionCookie("session", user_of) | Bearer(user_of)])
@pytest.mark.parametrize("value", ["secret-ada", "Basic secret-ada", "Token secret-ada", "Bearer"])
def test_a_header_without_its_scheme_is_told_how_it_begins(serve: Serve, guard: Any, value: str) -> None:
    """A 401 for an Authorization header that holds no bearer token says what the value begins with."""
    url = serve(app_of(guard))

    response = httpx2.post(f"{url}/_actions/whoami", json={}, headers={"authorization": value})
    without = httpx2.post(f"{url}/_actions/whoami", json={})

    assert (response.status_code, without.status_code) == (401, 401)
    assert "begins with 'Bearer '" in response.json()["detail"]
    assert "begins with" not in without.json()["detail"]


@pytest.mark.parametrize("guard", [Bearer(user_of), SessionCookie("session", user_of) | Bearer(user_of)])
def test_a_token_of_nobody_is_not_told_how_its_header_begins(serve: Serve, guard: Any) -> None:
    """The header is right, and the token is not."""
    response = httpx2.post(f"{serve(app_of(guard))}/_actions/whoami", json={}, headers={"authorization": "Bearer x"})

    assert response.status_code == 401
    assert "begins with" not in response.json()["detail"]


@pytest.mark.parametrize(("kind", "arguments"), [(Bearer, ()), (SessionCookie, ("sid",)), (ApiKey, ("X-Key",))])
def test_a_guard_without_its_function_says_what_it_is_for(kind: Any, arguments: tuple[str, ...]) -> None:
    """A guard that reads a credential needs the function that says whose it is."""
    with pytest.raises(
        TypeError, match=r"missing a required argument: 'find'. 'find' is your function that says whose"
    ):
        kind(*arguments)


def digested(credential: str) -> User | None:
    """Ask as functions do that compare or look up: both refuse some strings."""
    assert "\0" not in credential
    credential.encode()
    return User("Ada") if hmac.compare_digest(credential, "secret-ada") else None


ODD = [b"secret-\xc3\xa4da", b"secret-\xe4da", b"\xff\xfe", b"secret\x00ada", b"secret\x7fada", b"secret\tada"]


@pytest.mark.parametrize("credential", ODD, ids=range(6))
@pytest.mark.parametrize("guard", [Bearer(digested), ApiKey("X-API-Key", digested)], ids=["bearer", "key"])
def test_what_no_token_can_be_is_nobodys(serve: Serve, guard: Any, credential: bytes) -> None:
    """A stranger's bytes are not a failure of the server: the function is asked for printable ASCII alone."""
    url = serve(app_of(guard))

    head = b"Authorization: Bearer " if isinstance(guard, Bearer) else b"X-API-Key: "

    assert b" 401 " in answer_to(url, head + credential)


@pytest.mark.parametrize(
    ("credential", "status"),
    [(b"secret-\xc3\xa4da", b"200"), (b"secret-\xe4da", b"401"), (b"\xff", b"401"), (b"secret\x00ada", b"401")],
    ids=range(4),
)
def test_a_cookie_may_be_text_of_any_language(serve: Serve, credential: bytes, status: bytes) -> None:
    """As Sanic itself reads those that it has set; what is not text is nobody's."""
    guard = SessionCookie("session", lambda session: User("Ada") if session.encode() else None)

    assert b" %s " % status in answer_to(serve(app_of(guard)), b"Cookie: session=" + credential)


@pytest.mark.parametrize("guard", [Bearer(user_of), ApiKey("X-API-Key", user_of), EITHER], ids=["bearer", "key", "|"])
@pytest.mark.parametrize("values", [("secret-ada", "secret-bob"), ("wrong", "secret-ada"), ("secret-ada",) * 2])
def test_two_credentials_in_one_header_are_refused(serve: Serve, guard: Any, values: tuple[str, str]) -> None:
    """Whom of the two a proxy has let pass, nobody knows."""
    url = serve(app_of(guard))

    name, scheme = ("X-API-Key", "") if isinstance(guard, ApiKey) else ("Authorization", "Bearer ")
    answer = answer_to(url, *(f"{name}: {scheme}{value}".encode() for value in values))

    assert b" 400 " in answer
    assert f"The header {name.title()} stands several times".encode() in answer


def answer_to(url: str, *headers: bytes) -> bytes:
    """Return the answer to a call with these headers, as they are: a client would refuse to send some."""
    base = httpx2.URL(url)
    lines = [b"POST /_actions/whoami HTTP/1.1", b"Host: a.test", b"Content-Length: 0", b"Connection: close", *headers]
    with socket.create_connection((base.host, base.port or 80), timeout=60) as connection:
        connection.sendall(b"\r\n".join([*lines, b"", b""]))
        return b"".join(iter(lambda: connection.recv(65_536), b""))
