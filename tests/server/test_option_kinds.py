"""Options of a wrong kind, and options that do not exist, are refused where they are written."""

from __future__ import annotations

import asyncio
from collections import UserString
from collections.abc import Callable, Collection
from typing import Annotated, Any, cast

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic, response

from sanic_actions import (
    Accept,
    ApiKey,
    Bearer,
    DefinitionError,
    Injected,
    Limits,
    MaxBytes,
    Namespace,
    SessionCookie,
    action,
)
from sanic_actions.client import AsyncClient, Client
from sanic_actions.server import (
    ActionsBlueprint,
    RedisStore,
    SQLiteStore,
    UploadFolder,
    action_result,
    call_action,
    call_url,
    form,
    form_action,
    form_fields,
)


class Thing:
    """What no option takes."""


WRONG: list[Any] = [5.5, -1, "", "x", b"x", True, [1], {"a": 1}, {1}, Thing, Thing(), lambda: 1, object(), SQLiteStore]

# Of no type, as type checkers refuse these.
ANY_LIMITS: Any = Limits
ANY_BLUEPRINT: Any = ActionsBlueprint
ANY_CLIENT: Any = Client
ANY_ACTION: Any = action


@action
def like(x: int) -> int:
    return x


def blueprint(**options: Any) -> object:
    return ActionsBlueprint({"like": like}, **options)


def options_of_action(**options: Any) -> object:
    def handler(x: int) -> int:
        return x

    return ActionsBlueprint({"like": ANY_ACTION(**options)(handler)})


def namespace(**options: Any) -> object:
    return ActionsBlueprint(Namespace(like=like).with_options(**options))


def size(**options: Any) -> object:
    return MaxBytes(options["limit"])


def types(**options: Any) -> object:
    return Accept(options["type"])


def folder(**options: Any) -> object:
    return UploadFolder("uploads", **options)


def cookie(**options: Any) -> object:
    return SessionCookie(options["name"], len)


def key(**options: Any) -> object:
    return ApiKey(options["header"], len)


def page_form(**options: Any) -> object:
    return form_fields(like, **options)


NOTHING: frozenset[Any] = frozenset()
SWITCHES = frozenset({True})
EMPTY = frozenset({""})
PATHS = frozenset({"", "x"})
TAKEN: dict[Callable[..., object], dict[str, Collection[Any]]] = {
    blueprint: {
        "prefix": NOTHING,
        "name": PATHS,
        "guard": NOTHING,
        "default_guard": NOTHING,
        "interceptors": NOTHING,
        "errors": NOTHING,
        "observers": NOTHING,
        "max_body_size": NOTHING,
        "limits": NOTHING,
        "trusted_origins": NOTHING,
        "redirect_origins": NOTHING,
        "state": NOTHING,
        "uploads": PATHS,
        "read_timeout": {5.5},
        "forms": SWITCHES,
        "once_scope": {SQLiteStore},
        "rate_key": {SQLiteStore},
        "openapi": SWITCHES,
        "contract": SWITCHES,
        "lock": {"x"},
        "messages": {SQLiteStore},
        "on_error": NOTHING,
        "url_prefix": PATHS,
        "host": PATHS,
        "version": {5.5, -1, *PATHS},
        "version_prefix": PATHS,
        "strict_slashes": SWITCHES,
    },
    options_of_action: {
        **dict.fromkeys(("accept", "max_body_size", "limits", "interceptors", "errors", "raises", "guard"), NOTHING),
        **dict.fromkeys(("public", "idempotent", "once", "thread"), SWITCHES),
    },
    namespace: {
        **dict.fromkeys(("limits", "interceptors", "errors", "raises", "guard"), NOTHING),
        "public": SWITCHES,
    },
    Limits: {
        **dict.fromkeys(("body", "text", "fields", "files", "depth", "issues", "concurrent", "rate"), NOTHING),
        "seconds": {5.5},
        "before_guards": NOTHING,  # True alone says nothing
    },
    Client: {
        **dict.fromkeys(("base_url", "observers", "on_change", "transport"), NOTHING),
        "headers": {""},
        "auth": {Thing, SQLiteStore},
        "timeout": {5.5, True},
        "retries": {True},
    },
    AsyncClient: {"transport": NOTHING, "observers": NOTHING, "on_change": NOTHING, "base_url": set()},
    size: {"limit": NOTHING},
    types: {"type": NOTHING},
    folder: dict.fromkeys(("max_bytes", "max_files", "seconds"), frozenset({5.5})),
    cookie: {"name": {"x"}},
    key: {"header": {"x"}},
    page_form: {
        **dict.fromkeys(("hidden", "choices", "controls", "request"), EMPTY),  # counts as left out
        "exclude": PATHS,  # of one letter, as a list is
        "id": PATHS,
    },
}
CASES = [(make, option) for make, options in TAKEN.items() for option in options]


def is_taken(value: Any, values: Collection[Any]) -> bool:
    """Return whether a value is among those that an option takes; True is not 1."""
    return any(type(value) is type(other) and value == other for other in values)


@pytest.mark.parametrize(("make", "option"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_a_value_of_a_wrong_kind(make: Callable[..., object], option: str) -> None:
    """Each option refuses what it cannot use in a sentence of ours, before there is a call."""
    for value in WRONG:
        if is_taken(value, TAKEN[make][option]) or (option == "auth" and callable(value)):
            continue
        with pytest.raises((TypeError, ValueError, DefinitionError)) as failure:
            make(**{option: value})

        sentence = str(failure.value)
        assert "object has no attribute" not in sentence
        assert "object is not iterable" not in sentence
        assert "not supported between" not in sentence
        assert "unhashable" not in sentence
        assert "expected str" not in sentence


SENTENCES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a path as state": (lambda: blueprint(state="state.db"), TypeError, "Write state=SQLiteStore('state.db')."),
    "a URL as state": (
        lambda: blueprint(state="redis://127.0.0.1"),
        TypeError,
        "Write state=RedisStore('redis://127.0.0.1').",
    ),
    "a class as state": (
        lambda: blueprint(state=RedisStore),
        TypeError,
        "Write an object of it: state=RedisStore(...).",
    ),
    "messages as a dict": (lambda: blueprint(messages={"missing": "Fehlt"}), TypeError, "def messages(issue)"),
    "a switch as a string": (lambda: blueprint(openapi="0"), TypeError, "openapi='0' is not True or False. Write"),
    "a public namespace": (lambda: namespace(public="no"), TypeError, "public='no' is neither True nor False."),
    "a size in words": (lambda: ANY_LIMITS(body="1MB"), ValueError, "a number of bytes above 0, such as 1_000_000"),
    "a rate as a number": (
        lambda: ANY_LIMITS(rate=5),
        ValueError,
        "Limits(rate=5) is not a rate; write it like '5/minute'",
    ),
    "another name of a limit": (lambda: ANY_LIMITS(timeout=3), TypeError, "no option 'timeout'. Write seconds=..."),
    "a misspelt limit": (lambda: ANY_LIMITS(concurent=3), TypeError, "Did you mean 'concurrent'?"),
    "a limit without its name": (lambda: ANY_LIMITS(5), TypeError, "takes 5 by name only, such as body=5"),
    "an action by name": (
        lambda: ANY_BLUEPRINT(like=like),
        TypeError,
        "stands first: ActionsBlueprint(Namespace(like=like)).",
    ),
    "the app before the tree": (
        lambda: ANY_BLUEPRINT(object(), {"like": like}),
        TypeError,
        "by name only. The tree of actions stands first, and the app takes the rest: app.blueprint(ActionsBlueprint(",
    ),
    "a misspelt setting": (lambda: blueprint(observer=[]), TypeError, "Did you mean 'observers'?"),
    "an option in the plural": (lambda: namespace(guards=[]), TypeError, "Did you mean 'guard'?"),
    "the time of an action": (lambda: ANY_ACTION(timeout=3), TypeError, "Write limits=Limits(seconds=...)."),
    "the URL by another name": (lambda: ANY_CLIENT(url="http://a.example"), TypeError, "The URL stands first"),
    "a token": (lambda: ANY_CLIENT("http://a.example", token="x"), TypeError, "headers={'Authorization'"),
    "retries of a copy": (
        lambda: ANY_CLIENT("http://a.example").with_options(retries=3),
        TypeError,
        "It belongs to the client itself: Client(retries=...).",
    ),
    "a misspelt time": (lambda: blueprint(read_timout=3), TypeError, "Did you mean 'read_timeout'?"),
    "what nobody means": (lambda: namespace(colour=3), TypeError, "There are raises, guard, public, limits"),
    "a class as transport": (
        lambda: ANY_CLIENT("http://a.example", transport=Thing),
        ValueError,
        "takes a transport, such as Httpx2Transport()",
    ),
}


@pytest.mark.parametrize("mistake", SENTENCES)
def test_what_to_write(mistake: str) -> None:
    """The sentence says what to write instead."""
    make, error, part = SENTENCES[mistake]

    with pytest.raises(error) as failure:
        make()

    assert part in str(failure.value)


def copy_of_client(**options: Any) -> object:
    return ANY_CLIENT("http://a.example").with_options(**options)


SERVER = (blueprint, options_of_action, namespace)
CALLERS = (ANY_CLIENT, AsyncClient, copy_of_client)
LIMITS = {
    "rate": ("rate", "rate_limit", "throttle"),
    "seconds": ("seconds", "timeout", "deadline"),
    "concurrent": ("concurrent", "concurrency", "max_concurrent"),
    "body": ("body", "max_size", "body_size"),
    "files": ("files", "max_files"),
}
MEANT: list[tuple[tuple[Any, ...], str, str]] = [
    *((SERVER, word, f"Write limits=Limits({name}=...).") for name, words in LIMITS.items() for word in words),
    *(((ANY_LIMITS,), word, f"Write {name}=...") for name, words in LIMITS.items() for word in words[1:]),
    *((CALLERS, word, "It belongs to the server: @action(limits=Limits(rate=...)).") for word in LIMITS["rate"]),
    *((CALLERS, word, "Write timeout=...") for word in ("seconds", "deadline", "read_timeout")),
    *(((*SERVER, ANY_LIMITS), word, "Client(retries=...).") for word in ("retries", "retry", "max_retries")),
    *((CALLERS[:2], word, "Write retries=...") for word in ("retry", "max_retries")),
    *(((blueprint,), word, "Write trusted_origins=[...]") for word in ("cors", "origins", "allowed_origins")),
    *((SERVER[1:], word, "ActionsBlueprint(trusted_origins=[...])") for word in ("cors", "origins")),
    *((SERVER, word, "Write guard=...") for word in ("auth", "permissions")),
    *((SERVER, word, "Write interceptors=[...].") for word in ("middleware", "around")),
]


@pytest.mark.parametrize(("doors", "word", "part"), MEANT)
def test_what_people_mean(doors: tuple[Callable[..., object], ...], word: str, part: str) -> None:
    """What has another name here is told by its meaning, whatever option is spelt alike."""
    for door in doors:
        with pytest.raises(TypeError, match="has no option") as failure:
            door(**{word: 3})

        assert part in str(failure.value)
        assert "Did you mean" not in str(failure.value)


BY_NAME = "The action stands first, and the request by name: request=request."
SWAPPED: dict[str, tuple[Callable[[Any], object], type[Exception], str]] = {
    "a result": (lambda request: action_result(*swapped(request)), TypeError, "Write action_result(request, <action>)"),
    "a result without a request": (
        lambda request: action_result(cast("Any", None), like),
        TypeError,
        "Write action_result(request, <action>)",
    ),
    "a form": (form, LookupError, BY_NAME),
    "the controls": (lambda request: form_fields(request, request=request), LookupError, BY_NAME),
    "where it is posted to": (lambda request: form_action(request, cast("Any", like)), LookupError, BY_NAME),
    "a path": (call_url, LookupError, BY_NAME),
}


def swapped(request: Any) -> tuple[Any, Any]:
    return (like, request)


@pytest.mark.parametrize("mistake", SWAPPED)
def test_a_request_in_the_place_of_an_action(mistake: str) -> None:
    """A request and an action in each other's place are told with the order in which they stand."""
    call, error, part = SWAPPED[mistake]
    app: Sanic[Any, Any] = Sanic("swapped")
    app.blueprint(ActionsBlueprint({"like": like}))
    sentences: list[str] = []

    @app.get("/")
    async def page(request: Request[Any, Any]) -> HTTPResponse:
        with pytest.raises(error) as failure:
            call(request)
        sentences.append(str(failure.value))
        return response.text("")

    with running(app) as url:
        httpx2.get(url, timeout=60)

    assert [part in sentence for sentence in sentences] == [True]


def either(first: Any, second: Any) -> object:
    return first or second


def both(first: Any, second: Any) -> object:
    return first and second


def neither(first: Any, second: Any) -> object:
    return not (first | second)


@pytest.mark.parametrize("joined", [either, both, neither])
def test_guards_are_not_joined_by_words(joined: Callable[[Any, Any], object]) -> None:
    """Python makes one guard of two: an action would be open to whom the other refuses."""
    with pytest.raises(TypeError, match=r"Bearer\(\.\.\.\).* neither true nor false.* Write 'a \| b' for either\."):
        joined(Bearer(len), SessionCookie("session", len))


def test_a_size_and_types_that_take_nothing() -> None:
    """No file would pass: that is said where it is written."""
    for empty in (0, "0", "0 MB"):
        with pytest.raises(ValueError, match="is not a size; write it like"):
            MaxBytes(empty)
    with pytest.raises(ValueError, match=r"Accept\(\) takes no file"):
        Accept()


@pytest.mark.parametrize("value", [3, "user", ["user"], Thing()], ids=["number", "text", "list", "object"])
def test_what_is_injected_has_names(value: Any) -> None:
    """``injected=`` says what it takes, and by which name."""

    def handler(thing: Annotated[Thing, Injected]) -> int:
        return 1

    act = action(handler)
    app: Sanic[Any, Any] = Sanic("injecting")
    app.blueprint(ActionsBlueprint({"act": act}))

    with pytest.raises(TypeError, match=r"injected= takes values by the names .* Write injected=\{'thing': \.\.\.\}\."):
        asyncio.run(call_action(app, act, injected=value))


@pytest.mark.parametrize(
    "options",
    [{"classes": {"field": ["wide", "red"]}}, {"controls": {"x": {"data-x": ["a"]}}}, {"controls": {"x": {"y"}}}],
    ids=["classes", "an attribute", "attributes"],
)
def test_lists_where_texts_belong(options: dict[str, Any]) -> None:
    """What stands inside a mapping is looked at too."""
    (name,) = options
    with pytest.raises(TypeError, match=rf"form_fields\({name}=...\) is .* Write a dict of "):
        page_form(**options)


@pytest.mark.parametrize(
    "options",
    [{"classes": {"field": None}}, {"classes": {"field": UserString("wide")}}, {"controls": {"x": {"data-x": 1}}}],
    ids=["no class", "a lazy class", "a number"],
)
def test_what_works_alone_is_not_blamed_for_another_mistake(options: dict[str, Any]) -> None:
    """A misspelt path is told, whatever stands beside it."""
    page_form(**options)

    with pytest.raises(ValueError, match="nope"):
        page_form(**options, choices={"nope": ["a"]})


def test_rows_are_a_number() -> None:
    """A form with a list says so of ``rows``, as of its other options."""

    @action(accept="form")
    def tag(tags: list[str]) -> None: ...

    with pytest.raises(TypeError, match=r"form_fields\(rows=\.\.\.\) is '2'\. Write a number"):
        form_fields(tag, rows=cast("Any", "2"))


def test_a_form_is_of_an_action() -> None:
    """Its function and its name are told from it."""
    form_of: Any = form_fields
    for value in (like.handler, "like", 3):
        with pytest.raises(TypeError, match="Pass the action itself, not its name or its function"):
            form_of(value)
