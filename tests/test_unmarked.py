"""A parameter that lacks its ``Injected`` is no input by accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, NamedTuple, NewType, Optional
from uuid import UUID

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType, TypedDict

from sanic_actions import (
    ActionContext,
    ApiKey,
    Bearer,
    DefinitionError,
    Injected,
    Namespace,
    Proceed,
    SessionCookie,
    action,
    define_action,
)
from sanic_actions.server import ActionsBlueprint


@dataclass
class User:
    """Who calls."""

    name: str


class Admin(User):
    """Some users."""


class Account(BaseModel):
    """A model."""

    name: str


class Ticket(TypedDict):
    """A typed dict."""

    name: str


class OtherTicket(TypedDict):
    """Another typed dict with the same keys."""

    name: str


class Pair(NamedTuple):
    """A named tuple."""

    name: str


class Role(Enum):
    """A verdict."""

    owner = "owner"


@dataclass
class Note:
    """Nobody supplies it."""

    text: str


UserId = NewType("UserId", int)
Caller = TypeAliasType("Caller", User)


def guard_of(kind: Any) -> Callable[[ActionContext], Any]:
    """Make a guard that supplies a type."""

    async def guard(context: ActionContext) -> Any:
        raise NotImplementedError

    guard.__annotations__["return"] = kind
    return guard


def interceptor_of(kind: Any) -> Any:
    """Make an interceptor that supplies a type."""

    async def around(context: ActionContext, proceed: Proceed[Any]) -> object:
        raise NotImplementedError

    around.__annotations__["proceed"] = Proceed[kind]
    return around


def finder_of(kind: Any) -> Callable[[str], Any]:
    """Make what says whose a credential is."""

    def find(credential: str) -> Any:
        raise NotImplementedError

    find.__annotations__["return"] = kind
    return find


def handler_of(**parameters: Any) -> Callable[..., Any]:
    """Make a handler with parameters of these types."""

    source = f"async def book({', '.join(parameters)}) -> None: ..."
    names: dict[str, Any] = {}
    exec(source, names)
    book: Callable[..., Any] = names["book"]
    book.__annotations__ = {**parameters, "return": None}
    return book


def inputs(blueprint: ActionsBlueprint, name: str) -> list[str]:
    """The names of the fields that callers send to an action."""
    definition = blueprint.entries[name].definition
    if definition.input is None:
        return []
    return [field.name for field in definition.input.fields or ()]


def unmarked(parameters: dict[str, Any]) -> list[str]:
    """The names of the parameters that are not ``Injected``."""
    return [name for name, kind in parameters.items() if Injected not in getattr(kind, "__metadata__", ())]


REFUSED: list[tuple[str, Any, Any]] = [
    ("a dataclass", User, User),
    ("a model", Account, Account),
    ("a typed dict", Ticket, Ticket),
    ("a named tuple", Pair, Pair),
    ("an optional parameter", User, User | None),
    ("Optional", User, Optional[User]),  # noqa: UP045  # as older code has it
    ("a guard that finds nobody at times", User | None, User),
    ("other marks", User, Annotated[User, Field(title="Who")]),
    ("marks on the guard", Annotated[User, "signed in"], User),
    ("an alias", Caller, User),
    ("an alias as parameter", User, Caller),
    ("a base of it", Admin, User),
    ("a member of the guard's union", User | Account, Account),
    ("a union as parameter", User, User | Note),
]


PLACES: dict[str, Callable[[Any, Any], object]] = {
    "action": lambda kind, book: ActionsBlueprint({"book": action(guard=guard_of(kind))(book)}),
    "namespace": lambda kind, book: ActionsBlueprint(
        {"desk": Namespace(book=action(book)).with_options(guard=guard_of(kind))}
    ),
    "blueprint": lambda kind, book: ActionsBlueprint({"book": action(book)}, guard=guard_of(kind)),
    "default": lambda kind, book: ActionsBlueprint({"book": action(book)}, default_guard=guard_of(kind)),
    "interceptor": lambda kind, book: ActionsBlueprint({"book": action(book)}, interceptors=[interceptor_of(kind)]),
    "bearer": lambda kind, book: ActionsBlueprint({"book": action(book)}, guard=Bearer(finder_of(kind))),
    "either": lambda kind, book: ActionsBlueprint(
        {"book": action(book)},
        guard=SessionCookie("session", finder_of(kind)) | ApiKey("X-Key", finder_of(Note)),
    ),
}


@pytest.mark.parametrize(
    ("guard_type", "parameter_type"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
@pytest.mark.parametrize("place", PLACES)
def test_unmarked_parameter_of_a_supplied_type_is_refused(place: str, guard_type: Any, parameter_type: Any) -> None:
    """What a guard or an interceptor supplies does not come from the caller because a mark was forgotten."""
    handler = handler_of(box=int, me=parameter_type)

    with pytest.raises(DefinitionError) as caught:
        PLACES[place](guard_type, handler)

    assert [problem.reason.partition(",")[0] for problem in caught.value.problems] == [
        "parameter 'me' is not marked Injected"
    ]


FINE: list[tuple[str, Any, dict[str, Any]]] = [
    ("marked", User, {"me": Annotated[User, Injected]}),
    ("marked, with an input of the type beside it", User, {"me": Annotated[User, Injected], "other": User}),
    ("marked as its base, with an input beside it", Admin, {"me": Annotated[User, Injected], "other": Admin}),
    ("another class", User, {"note": Note}),
    ("a class below it", User, {"colleague": Admin}),
    ("a list of them", User, {"team": list[User]}),
    ("an identifier", UUID, {"order": UUID}),
    ("any model", BaseModel, {"account": Account}),
    ("anything", Any, {"account": Account}),
    ("nothing", None, {"account": Account}),
    ("another typed dict", Ticket, {"note": OtherTicket}),
]


@pytest.mark.parametrize(("guard_type", "parameters"), [row[1:] for row in FINE], ids=[row[0] for row in FINE])
def test_inputs_of_other_types_stay_inputs(guard_type: Any, parameters: dict[str, Any]) -> None:
    """What a guard does not supply, or the handler takes from it as well, is an input like any other."""
    blueprint = ActionsBlueprint(Namespace(book=action(guard=guard_of(guard_type))(handler_of(**parameters))))

    assert inputs(blueprint, "book") == unmarked(parameters)


def test_values_of_many_meanings_stay_inputs() -> None:
    """A string or a role that another action asks the guard for is an ordinary input elsewhere."""
    wants = action(handler_of(name=Annotated[str, Injected], role=Annotated[Role, Injected]))
    takes = action(handler_of(name=str, role=Role))
    tree = Namespace(wants=wants, takes=takes)

    blueprint = ActionsBlueprint(tree.with_options(guard=guard_of(str)), default_guard=guard_of(Role))

    assert inputs(blueprint, "takes") == ["name", "role"]


def test_new_type_says_whose_value_it_is() -> None:
    """An ``int`` may be anybody's, a ``UserId`` that a guard supplies is the caller's."""
    wants = action(handler_of(me=Annotated[UserId, Injected], count=int))
    lacks = action(handler_of(me=UserId))
    counts = action(handler_of(count=int))

    ActionsBlueprint(Namespace(wants=wants, counts=counts), guard=guard_of(UserId))
    with pytest.raises(DefinitionError, match=r"'lacks'.* parameter 'me' is not marked Injected"):
        ActionsBlueprint(Namespace(wants=wants, lacks=lacks), guard=guard_of(UserId))


def test_explicit_input_stays_an_input() -> None:
    """``input=User`` says itself that callers send it."""

    async def invite(user: User) -> None:
        raise NotImplementedError

    blueprint = ActionsBlueprint(Namespace(invite=define_action(input=User, handler=invite, guard=guard_of(User))))

    assert inputs(blueprint, "invite") == ["name"]


def test_input_that_a_guard_reads_stays_an_input() -> None:
    """A guard that names the parameter takes it as an input itself."""

    async def known(context: ActionContext, user: User) -> User:
        raise NotImplementedError

    @action(guard=known)
    async def invite(user: User) -> None:
        raise NotImplementedError

    blueprint = ActionsBlueprint(Namespace(invite=invite))

    assert inputs(blueprint, "invite") == ["user"]


def test_guard_that_names_another_field_supplies_what_it_returns() -> None:
    """A guard that runs after validation supplies like any other."""

    async def owner(context: ActionContext, note_id: int) -> Note:
        raise NotImplementedError

    @action(guard=owner)
    async def edit(note_id: int, note: Note) -> None:
        raise NotImplementedError

    with pytest.raises(DefinitionError, match="parameter 'note' is not marked Injected"):
        ActionsBlueprint(Namespace(edit=edit))


def test_public_action_takes_what_no_guard_supplies_it() -> None:
    """A guard that does not run for an action supplies it nothing."""

    @action(public=True)
    async def register(user: User) -> None:
        raise NotImplementedError

    blueprint = ActionsBlueprint(Namespace(register=register), default_guard=guard_of(User))

    assert inputs(blueprint, "register") == ["user"]


def test_guard_whose_annotation_only_checkers_read_counts_by_its_words() -> None:
    """An import under TYPE_CHECKING hides no mistake."""

    async def signed_in(context: ActionContext) -> User:
        raise NotImplementedError

    @action(guard=signed_in)
    async def book(me: User) -> None:
        raise NotImplementedError

    signed_in.__annotations__["return"] = "Missing | User"
    with pytest.raises(DefinitionError, match="parameter 'me' is not marked Injected"):
        ActionsBlueprint(Namespace(book=book))


def unannotated(context: ActionContext):  # type: ignore[no-untyped-def]  # what a test is about
    raise NotImplementedError


@pytest.mark.parametrize("guard", [unannotated, guard_of(Any), guard_of(object)], ids=["nothing", "Any", "object"])
def test_guard_that_does_not_say_what_it_returns_counts_by_what_others_ask_it_for(guard: Any) -> None:
    """Where one action asks such a guard for a user, a user is not the input of another one by accident."""
    marked = action(handler_of(me=Annotated[User, Injected]))
    tree = Namespace(marked=marked, book=action(handler_of(me=User)), note=action(handler_of(note=Note)))

    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint(tree.with_options(guard=guard))

    (problem,) = caught.value.problems
    assert (problem.action, problem.reason.partition(",")[0]) == ("book", "parameter 'me' is not marked Injected")


def test_message_says_both_ways_out() -> None:
    """The message names parameter, type and guard, how to mark it, and how to say that it is an input."""

    async def signed_in(context: ActionContext) -> User:
        raise NotImplementedError

    @action(guard=signed_in)
    async def book(me: User | None = None) -> None:
        raise NotImplementedError

    with pytest.raises(DefinitionError) as caught:
        ActionsBlueprint(Namespace(book=book))

    problem = caught.value.problems[0]
    assert problem.reason == (
        "parameter 'me' is not marked Injected, so callers would send the User that the guard "
        f"'signed_in' ({problem.file}:{signed_in.__code__.co_firstlineno}) supplies."
    )
    assert problem.remedy == (
        "Write 'me: Annotated[User | None, Injected]'. If callers are to send one, take what is supplied as well, "
        "'caller: Annotated[User, Injected]', or give the input a class that is not related to it."
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"me": Annotated[User | None, Injected]},
        {"me": User, "caller": Annotated[User, Injected]},
        {"me": Note},
    ],
    ids=["marked", "both", "another class"],
)
def test_ways_out_work(parameters: dict[str, Any]) -> None:
    """Each remedy of the message mends it."""
    blueprint = ActionsBlueprint(Namespace(book=action(guard=guard_of(User))(handler_of(**parameters))))

    assert inputs(blueprint, "book") == unmarked(parameters)
