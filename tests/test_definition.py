"""What is read of a handler, and what is said of its mistakes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import pathlib
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, NewType

import pytest
from pydantic import BaseModel, EmailStr, Field, JsonValue
from sanic import Request
from typing_extensions import TypeAliasType, TypedDict, deprecated

from sanic_actions import (
    Action,
    DefinitionError,
    Event,
    Injected,
    MaxBytes,
    Redirect,
    UploadedFile,
    action,
    define_action,
)
from sanic_actions._definition import Definition, is_request
from sanic_actions._namespace import entries
from sanic_actions._types.fields import UNKNOWN

if TYPE_CHECKING:
    from decimal import Decimal as Absent

AnyRequest = Request[Any, Any]


class Context:
    """What layer 1 knows of ActionContext is this mark."""

    __sanic_actions_context__: ClassVar = True
    name = ""
    called_from: Literal["local"] = "local"


class Like(BaseModel):
    post_id: str
    amount: int = 1


class User:
    pass


class Colour(enum.Enum):
    RED = "red"


class Keys(TypedDict):
    a: int


def read(handler: Callable[..., Any]) -> Definition:
    return action(handler).definition


def mistakes(defined: Action[..., Any]) -> list[str]:
    return [problem.located_reason for problem in defined.definition.problems]


def names(definition: Definition) -> list[str] | None:
    return (
        None
        if definition.input is None or definition.input.fields is None
        else [f.name for f in definition.input.fields]
    )


# What is read.


def test_parameters_are_the_input() -> None:
    """Each parameter is a field, with its annotation and its default."""

    def handler(post_id: str, amount: Annotated[int, Field(gt=0)] = 1) -> bool:
        """Like a post."""
        return True

    definition = read(handler)

    assert definition.input is not None
    assert definition.input.fields is not None
    assert [(f.name, f.required, f.default) for f in definition.input.fields] == [
        ("post_id", True, UNKNOWN),
        ("amount", False, 1),
    ]
    assert definition.input.spread
    assert definition.input.required
    assert (definition.output, definition.is_async, definition.doc) == (bool, False, "Like a post.")


def test_context_and_request_are_injected() -> None:
    """Context and request are injected wherever they stand, optional or not, and are no fields."""

    def first(context: Context, post_id: str, request: AnyRequest) -> None: ...
    def last(post_id: str, *, request: Request[Any, Any], seen: Context | None = None) -> None: ...

    assert (names(read(first)), read(first).context, read(first).request) == (["post_id"], "context", "request")
    assert (names(read(last)), read(last).context, read(last).request) == (["post_id"], "seen", "request")


def test_marked_parameters_are_injected() -> None:
    """What is marked ``Injected`` is no field, whatever its type."""

    def handler(
        post_id: str, user: Annotated[User, Injected], other: Annotated[User | None, Injected] = None
    ) -> None: ...

    assert names(read(handler)) == ["post_id"]
    assert dict(read(handler).injected) == {"user": User, "other": User | None}


def test_request_without_sanic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Sanic is not imported nothing is its request."""
    monkeypatch.delitem(sys.modules, "sanic.request")

    assert not is_request(Request)


def test_explicit_form() -> None:
    """The explicit form takes the input by its first parameter, and the context by the second, annotated or not."""

    def annotated(input: Like, context: Context) -> int:
        return 1

    def bare(input, context) -> int:  # type: ignore[no-untyped-def]  # the case under test
        return 1

    def alone(input: Like, *rest: object, **more: object) -> int:
        return 1

    for handler, context in ((annotated, "context"), (bare, 1), (alone, None)):
        definition = define_action(input=Like, handler=handler).definition
        assert (names(definition), definition.context) == (["post_id", "amount"], context)
        assert definition.problems == ()
        assert definition.input is not None
        assert not definition.input.spread


def test_input_that_is_no_object() -> None:
    """A list or a union is one bare value, and an empty body cannot be it."""

    def handler(input: list[int]) -> int:
        return sum(input)

    definition = define_action(input=list[int], handler=handler).definition

    assert definition.input is not None
    assert (definition.input.fields, definition.input.required) == (None, True)


def test_input_with_defaults_only() -> None:
    """An input whose fields all have defaults may be empty."""

    def handler(amount: int = 1, tags: list[str] = []) -> int:
        return amount

    made = read(handler).input
    assert made is not None
    assert not made.required
    assert made.fields is not None
    assert [field.default for field in made.fields] == [1, []]


def test_no_input() -> None:
    """A handler without parameters has no input, and one that returns None has None as output."""

    async def handler() -> None: ...

    assert (read(handler).input, read(handler).output, read(handler).is_async) == (None, None, True)


def test_async_output_is_unwrapped() -> None:
    """A coroutine's result is the output, also of a ``def`` that returns one."""

    def awaitable(a: int) -> Awaitable[Like]: ...  # type: ignore[empty-body]  # a declaration, which is not called
    def coroutine(a: int) -> Coroutine[Any, Any, Like]: ...  # type: ignore[empty-body]  # a declaration, which is not called
    async def plain(a: int) -> Like: ...  # type: ignore[empty-body]  # a declaration, which is not called

    for handler in (awaitable, coroutine, plain):
        assert (read(handler).output, read(handler).is_async) == (Like, True)


class Service:
    """Handlers that are no plain functions."""

    async def method(self, post_id: str) -> int:
        """A method."""
        return 1

    @staticmethod
    def static(post_id: str) -> int:
        return 1

    @classmethod
    def of_class(cls, post_id: str) -> int:
        return 1

    def __call__(self, post_id: str) -> int:
        """An object."""
        return 1


def added(post_id: str, amount: int) -> int:
    """A function."""
    return amount


@functools.cache
def cached(post_id: str) -> int:
    return 1


@functools.wraps(added)
def wrapped(*args: Any, **kwargs: Any) -> int:
    return added(*args, **kwargs)


@pytest.mark.parametrize(
    ("handler", "fields", "doc", "is_async"),
    [
        (Service().method, ["post_id"], "A method.", True),
        (Service.static, ["post_id"], None, False),
        (Service.of_class, ["post_id"], None, False),
        (Service(), ["post_id"], "An object.", False),
        (functools.partial(added, "p"), ["amount"], "A function.", False),
        (functools.partial(added, amount=1), ["post_id", "amount"], "A function.", False),
        (cached, ["post_id"], None, False),
        (wrapped, ["post_id", "amount"], "A function.", False),
    ],
)
def test_handlers_of_every_kind(
    handler: Callable[..., Any], fields: list[str], doc: str | None, is_async: bool
) -> None:
    """Methods, callable objects, partials and wrapped functions are read like functions, and have a place."""
    definition = read(handler)

    assert (names(definition), definition.doc, definition.is_async, definition.output) == (fields, doc, is_async, int)
    assert definition.problems == ()
    assert definition.file.endswith("test_definition.py")
    assert definition.line > 0


def test_local_names_in_annotations() -> None:
    """A handler inside a function may be annotated with the function's own classes, though annotations are texts."""

    class Local(BaseModel):
        x: int

    @action
    def plain(local: Local) -> Local:
        return local

    @action(accept="form")
    def with_options(local: Local | None = None) -> list[Local]:
        return []

    def handler(input: Local) -> Local:
        return input

    explicit = define_action(input=Local, handler=handler)
    assert (plain.definition.output, with_options.definition.output, explicit.definition.output) == (
        Local,
        list[Local],
        Local,
    )
    assert mistakes(plain) == mistakes(with_options) == mistakes(explicit) == []


def test_deprecation_is_kept() -> None:
    """The text of ``@deprecated`` below ``@action`` is kept; above it, it is refused with the remedy."""

    @action
    @deprecated("use like")
    def old(post_id: str) -> None: ...

    def other(post_id: str) -> None: ...

    assert old.definition.deprecated == "use like"  # type: ignore[deprecated]  # it is
    with pytest.raises(AttributeError, match="Write @action above @deprecated"):
        deprecated("use like")(action(other))


def test_fields_of_any_name() -> None:
    """Fields may be called like methods of a model."""

    def handler(self: int, json: str, model_config: int, copy: bool, class_: str) -> None: ...

    assert names(read(handler)) == ["self", "json", "model_config", "copy", "class_"]


# What is wrong.


def undefined(a: Absent, b: Lkie) -> Missing: ...  # type: ignore[name-defined]  # noqa: F821  # the mistake under test
def unannotated(a, b: int): ...  # type: ignore[no-untyped-def]  # the mistake under test
def positional(a: int, /, b: int) -> None: ...
def starred(*args: int, **options: int) -> None: ...
def defaulted(a: int = Field(3), b: int = Field()) -> None: ...
def inner_default(a: Annotated[int, Field(default=3)]) -> None: ...
def yields_one() -> int:  # type: ignore[misc]  # the mistake under test
    yield 1


async def yields_anything() -> AsyncIterator:  # type: ignore[type-arg]  # the mistake under test
    yield 1


def sends() -> Generator[int, str, None]:
    yield 1


def some_events() -> Iterator[Event[int] | int]:
    yield 1


def bare_events() -> Iterator[Event]:  # type: ignore[type-arg]  # the mistake under test
    yield Event(1)


def yields_objects() -> Iterator[object]:
    yield 1


def mangled(__x: int = 1, *, __y__: int = 1) -> None: ...  # the mistake under test
def returns_list(a: int = 1) -> [int]: ...  # type: ignore[valid-type]  # the mistake under test
def returns_dict() -> {1: int}: ...  # type: ignore[valid-type]  # the mistake under test
async def yields_redirects() -> AsyncIterator[Redirect[int]]:
    yield Redirect("/", 1)


def twice(a: Context, b: Context) -> None: ...
def two_requests(a: AnyRequest, b: AnyRequest) -> None: ...
def reserved(_action_token: str) -> None: ...
def uninjected(user: User) -> None: ...
def unread(a: int[str]) -> None: ...  # type: ignore[type-arg]  # the mistake under test
def several(a: object, b: int = Field(1), *c: int) -> Any: ...
def returns_file() -> UploadedFile: ...  # type: ignore[empty-body]  # a declaration, which is not called


@pytest.mark.parametrize(
    ("handler", "reasons"),
    [
        (
            undefined,
            [
                "parameter 'a': the annotation names 'Absent', which is not defined.",
                "parameter 'b': the annotation names 'Lkie', which is not defined.",
                "output: the annotation names 'Missing', which is not defined.",
            ],
        ),
        (unannotated, ["parameter 'a' has no annotation.", "the handler has no return annotation"]),
        (positional, ["parameter 'a' is positional-only."]),
        (starred, ["parameter '*args' takes any number", "parameter '**options' takes any number"]),
        (defaulted, ["the default of parameter 'a' is a Field(...).", "the default of parameter 'b' is a Field(...)."]),
        (inner_default, ["parameter 'a' has its default inside Field(...)."]),
        (yields_one, ["the handler yields, and its annotation int does not say what."]),
        (yields_anything, ["the handler yields, and its annotation AsyncIterator does not say what."]),
        (sends, ["the annotation collections.abc.Generator[int, str, None] sends or returns a value"]),
        (some_events, ["some items are an Event and others are not."]),
        (bare_events, ["an Event without its type says nothing of its data."]),
        (yields_objects, ["output: object has no one form in JSON."]),
        (twice, ["parameters 'a' and 'b' are the same injected object."]),
        (two_requests, ["parameters 'a' and 'b' are the same injected object."]),
        (reserved, ["parameter '_action_token' begins with '_action'."]),
        (uninjected, ["input 'user': User has no form in JSON."]),
        (unread, ["parameter 'a': the annotation 'int[str]' cannot be read"]),
        (
            several,
            [
                "the default of parameter 'b' is a Field(...).",
                "parameter '*c' takes any number",
                "input 'a': object has no one form in JSON.",
                "output: Any has no one form in JSON.",
            ],
        ),
        (returns_file, ["output: an UploadedFile is what a form sends."]),
        (Service.method, ["it is a method without its object."]),
        (max, ["<built-in function max> has no signature.", "the handler has no return annotation"]),
        (3, ["3 has no signature.", "the handler has no return annotation"]),
        (mangled, ["parameter '__x' has another name inside of a class"]),
        (action(added), ["its handler is an action already."]),
        (functools.partial(returns_list, 1), ["output: [<class 'int'>] is a list, not a type."]),
        (returns_list, ["output: [<class 'int'>] is a list, not a type."]),
        (returns_dict, ["output: {1: <class 'int'>} is a dict, not a type."]),
        (yields_redirects, ["output: a Redirect stands inside another type."]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_mistakes_of_a_handler(handler: Any, reasons: list[str]) -> None:
    """Every mistake is reported, each by itself, in words, with a remedy; nothing is raised while declaring."""
    definition = action(handler).definition

    assert len(definition.problems) == len(reasons), [problem.located_reason for problem in definition.problems]
    for problem, reason in zip(definition.problems, reasons, strict=True):
        assert problem.located_reason.startswith(reason)
        assert problem.remedy.endswith((".", "?"))


def no_input() -> int:
    return 1


def three(input: Like, b: int, c: int) -> int:
    return 1


def context_first(context: Context, input: Like) -> int:
    return 1


def keyword_only(*, input: Like) -> int:
    return 1


@pytest.mark.parametrize(
    ("options", "handler", "reasons"),
    [
        ({"input": Like}, no_input, ["the handler takes no input, but one is declared."]),
        ({}, added, ["the handler takes 'post_id', but no input is declared."]),
        (
            {"input": Like},
            three,
            ["nothing supplies the handler's parameter 'b'.", "nothing supplies the handler's parameter 'c'."],
        ),
        ({"input": Like}, context_first, ["the input goes to the first parameter, and 'input' is not that."]),
        ({"input": Like}, keyword_only, ["the input goes to the first parameter, and 'input' is not that."]),
        ({"input": object}, no_input, ["the handler takes no input, but one is declared."]),
        ({"input": dict[str, Any]}, added, ["nothing supplies the handler's parameter 'amount'.", "input: Any has no"]),
    ],
)
def test_mistakes_of_the_explicit_form(options: dict[str, Any], handler: Any, reasons: list[str]) -> None:
    """Input and handler must fit; what is wrong with them is reported together."""
    found = mistakes(define_action(handler=handler, **options))

    assert len(found) == len(reasons), found
    for mistake, reason in zip(found, reasons, strict=True):
        assert mistake.startswith(reason)


def test_missing_name_has_the_nearest_match() -> None:
    """A name that is not defined may be a typo."""
    remedies = [problem.remedy for problem in action(undefined).definition.problems]

    assert "Import it for real, not only under TYPE_CHECKING" in remedies[0]
    assert remedies[1].endswith("Or did you mean 'Like'?")


def test_place_is_relative(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """The file is relative to the working directory when it is below it, absolute otherwise, with / in between."""
    here = read(added).file
    monkeypatch.chdir(tmp_path)

    assert here == "tests/test_definition.py"
    assert read(added).file.endswith("/tests/test_definition.py")


def test_unhashable_metadata() -> None:
    """Annotations with metadata that cannot be hashed are read like others."""

    def handler(a: Annotated[int, {"unit": "cm"}], b: Annotated[list[Like], []]) -> Annotated[int, {}]:
        return 1

    assert read(handler).problems == ()


def test_default_is_kept_as_the_object_that_it_is() -> None:
    """A default is neither copied nor converted."""
    like = Like(post_id="p")

    def handler(a: float = 1, b: Like = like) -> None: ...

    made = read(handler).input
    assert made is not None
    assert made.fields is not None
    assert type(made.fields[0].default) is int
    assert made.fields[1].default is like


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (int, "x"),
        (int, None),
        (Annotated[str, Field(max_length=2)], 1),
        (Literal["a", "b"], "c"),
        (Colour, "blue"),
        (list[int], ("x",)),
        (bool, 2),
        (Like, {"post": "p"}),
        (Annotated[str, Field(min_length=3)], ""),
        (Annotated[int, Field(ge=1)] | None, 0),
    ],
)
def test_default_of_another_type_is_a_mistake(annotation: Any, default: Any) -> None:
    """Callers who leave a parameter out would hand its default to the handler unseen: it must be of the type."""

    def handler(a: int = default) -> None: ...

    handler.__annotations__["a"] = annotation

    (reason,) = mistakes(action(handler))
    assert reason.startswith(f"the default of parameter 'a' is {default!r}, ")
    assert reason.endswith(("another type.", "which breaks its own min_length=3.", "which breaks its own ge=1."))


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (float, 1),
        (int | None, None),
        (Literal["a", 1], 1),
        (Colour, Colour.RED),
        (Sequence[int], (1,)),
        (Keys, {"a": 1}),
        (EmailStr, "ada@example.org"),
        (pathlib.Path, pathlib.Path("a")),
        (NewType("Id", int), 3),
    ],
)
def test_default_that_may_be_of_its_type(annotation: Any, default: Any) -> None:
    """What a class cannot tell of a default is left to the handler's author."""

    def handler(a: int = default) -> None: ...

    handler.__annotations__["a"] = annotation

    assert mistakes(action(handler)) == []


@dataclasses.dataclass
class Point:
    x: Absent


class Keyed(TypedDict):
    x: Absent


class Place(NamedTuple):
    x: Absent


class Half(BaseModel):
    x: Absent


@pytest.mark.parametrize("kind", [Point, Keyed, Place, Half])
def test_class_that_names_what_is_not_there(kind: Any) -> None:
    """A field whose type is imported for checkers only is a mistake of the action that uses its class."""

    def handler(a: int) -> None: ...

    handler.__annotations__ |= {"a": kind, "return": list[kind]}

    problems = action(handler).definition.problems
    assert len(problems) == 2
    assert all("the annotation names 'Absent', which is not defined." in problem.located_reason for problem in problems)
    assert problems[0].remedy.startswith("Import it for real, not only under TYPE_CHECKING")
    assert "names 'Absent'" in mistakes(define_action(input=kind, handler=handler))[0]


async def items() -> AsyncIterator[int]:
    yield 1


async def items_of_generator() -> AsyncGenerator[int, None]:
    yield 1


def plain_items() -> Iterator[int]:
    yield 1


def plain_generator() -> Generator[int, None, None]:
    yield 1


def iterable_items() -> Iterable[int]:
    yield 1


async def late_items() -> AsyncIterator[int]:
    return items()


async def events() -> AsyncIterator[Event[int]]:
    yield Event(1, id="1")


@pytest.mark.parametrize(
    "handler", [items, items_of_generator, plain_items, plain_generator, iterable_items, late_items, events]
)
def test_generators_and_iterators_are_streams(handler: Callable[..., Any]) -> None:
    """What yields, and what returns an iterator, is a stream whose output is an item."""
    definition = Action(handler).definition

    assert (definition.output, definition.is_stream, definition.problems) == (int, True, ())
    assert definition.has_ids is (handler is events)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"once": True}, "a stream cannot run once for its key"),
        ({"accept": "form"}, "a stream cannot accept forms"),
        ({"accept": ("json", "form")}, "a stream cannot accept forms"),
    ],
)
def test_what_a_stream_cannot_be(options: Any, reason: str) -> None:
    """A stream that runs once for its key or accepts forms is a definition error."""
    with pytest.raises(DefinitionError, match=reason):
        entries({"items": Action(items, **options)})


explicit_twice: Any = define_action(handler=action(added), input=Like)


@pytest.mark.parametrize("kind", [UploadedFile, list[UploadedFile], UploadedFile | None, dict[str, UploadedFile]])
def test_file_without_a_name(kind: Any) -> None:
    """A file is a field of the input, since the parts of a form have names."""

    def handler(file: Any) -> None: ...

    define: Any = define_action
    take = define(input=kind, handler=handler, accept="form")

    assert any("cannot stand in a form" in reason for reason in mistakes(take))


Tree: Any = TypeAliasType("Tree", "dict[str, Tree] | list[Tree] | int")


@pytest.mark.parametrize("kind", [JsonValue, Tree, list[JsonValue], int, list[str]])
def test_input_without_a_file(kind: Any) -> None:
    """Types that name themselves end, and hold no file."""

    def handler(value: Any) -> None: ...

    define: Any = define_action

    assert not any("file" in reason for reason in mistakes(define(input=kind, handler=handler, accept="form")))


@pytest.mark.parametrize("option", ["once", "idempotent", "thread", "public"])
@pytest.mark.parametrize("value", ["yes", 1, "", 0.0])
def test_switches_are_true_or_false(option: str, value: object) -> None:
    """An option that is on or off takes nothing that only looks like it."""
    decorator: Any = action
    options: dict[str, Any] = {option: value}

    with pytest.raises(DefinitionError, match=f"{option}={value!r} is neither True nor False"):
        entries({"add": decorator(**options)(added)})


def test_action_of_an_action_says_where_it_stands() -> None:
    """Whoever decorates twice reads of the function's own file, and of nothing that the function has right."""
    with pytest.raises(DefinitionError) as caught:
        entries({"twice": action(action(added)), "explicit": explicit_twice})

    assert len(caught.value.problems) == 3
    for problem in caught.value.problems:
        assert problem.file == "tests/test_definition.py"
    assert "already" in caught.value.problems[0].reason


@pytest.mark.parametrize(
    "kind", [UploadedFile, UploadedFile | None, list[UploadedFile], Annotated[UploadedFile, MaxBytes(9)]]
)
def test_file_that_nobody_can_send_is_an_error(kind: Any) -> None:
    """JSON brings no files: an action that takes one accepts forms."""

    def keep(file: Any) -> None: ...

    keep.__annotations__["file"] = kind
    decorate: Any = action
    with pytest.raises(DefinitionError, match="input 'file': it is a file, and the action accepts JSON only"):
        entries({"keep": decorate(keep)})
    for accept in ("form", ("json", "form")):
        assert list(entries({"keep": decorate(accept=accept)(keep)}))
