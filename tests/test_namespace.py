"""The tree: names, options, and what cannot stand in it."""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from pydantic import BaseModel, Field, field_serializer

from sanic_actions import ActionError, CallError, DefinitionError, InputError, Namespace, action, define_action
from sanic_actions._definition_error import Problem
from sanic_actions._namespace import entries
from sanic_actions.server import ActionsBlueprint

if TYPE_CHECKING:
    from decimal import Decimal as Absent


class Sold(ActionError, code="CONFLICT"):
    left: int


class Gone(ActionError, code="GONE"):
    pass


class Uncoded(ActionError):
    pass


class Defaulted(ActionError, code="GONE"):
    left: int = "x"  # type: ignore[assignment]  # the mistake under test
    more: list[int] = ["y"]  # type: ignore[list-item]  # the mistake under test


class Aliased(ActionError, code="GONE"):
    left: Annotated[int, Field(alias="right")]
    right: int = 0


class Shadowing(ActionError, code="GONE"):
    status: str  # type: ignore[assignment]  # the mistake under test
    args: int  # type: ignore[assignment]  # the mistake under test


@action
def like(post_id: str) -> int:
    return 1


@action
def comment(post_id: str) -> int:
    return 1


def plain(post_id: str) -> int:
    return 1


class Shapeless(ActionError, code="GONE"):
    anything: Any
    pairs: dict[tuple[int, int], int]


class Unread(ActionError, code="GONE"):
    when: Absent


class Service:
    def method(self, post_id: str) -> int:
        return 1


def problems(server: object) -> list[Problem]:
    with pytest.raises(DefinitionError) as caught:
        entries(server)
    return list(caught.value.problems)


def guard(context: Any) -> None: ...


def other_guard(context: Any) -> None: ...


def test_names_are_the_keys_of_the_tree() -> None:
    """Namespaces nest to any depth, and a name is the keys joined by dots, in the order of the tree."""
    server = Namespace(like=like, user=Namespace(admins=Namespace(auth=comment), like=like))

    assert list(entries(server)) == ["like", "user.admins.auth", "user.like"]
    assert entries(server)["user.like"].action is like


def test_plain_mappings_are_a_tree() -> None:
    """A nested mapping is as good as a Namespace, and both mix."""
    server = {"like": like, "blog": {"comment": comment, "deep": Namespace({"like": like})}}

    assert list(entries(server)) == ["like", "blog.comment", "blog.deep.like"]


def test_namespace_is_a_mapping() -> None:
    """A Namespace shows its members, and is itself in every deep copy."""
    server = Namespace({"like": like}, comment=comment)

    assert (list(server), len(server), server["like"]) == (["like", "comment"], 2, like)
    assert repr(server) == "Namespace(like, comment)"
    assert copy.deepcopy(server) is server


def test_options_of_namespaces() -> None:
    """Errors and guards add up from the outside in, each error once; the namespace given stays as it was."""
    inner = Namespace(like=define_action(handler=lambda: 1, raises=[Sold], guard=other_guard))
    server = Namespace(inner=inner.with_options(raises=[Gone, Sold]), bare=inner).with_options(guard=guard)

    with pytest.raises(DefinitionError):  # a lambda says not what it returns
        entries(server)

    @action(raises=[Sold], guard=other_guard)
    def sell(post_id: str) -> int:
        return 1

    inner = Namespace(sell=sell)
    server = Namespace(inner=inner.with_options(raises=[Gone, Sold]), bare=inner).with_options(guard=guard)
    found = entries(server)

    assert found["inner.sell"].raises == (Gone, Sold)
    assert found["bare.sell"].raises == (Sold,)
    assert found["bare.sell"].guards == (guard, other_guard)
    assert entries(inner)["sell"].guards == (other_guard,)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda: None, "cannot be called with the context alone: too many positional arguments."),
        (3, "the guard 3 is not a function."),
    ],
)
def test_guards_that_cannot_be_called(wrong: Any, reason: str) -> None:
    """A guard takes the context and nothing else; a wrong one is told of once, not with each call."""

    @action
    def sell(post_id: str) -> int:
        return 1

    (problem,) = problems(Namespace(sell=sell, sold=sell).with_options(guard=wrong))

    assert (problem.action, problem.reason.endswith(reason)) == ("sell", True)
    with pytest.raises(TypeError, match="default_guard"):
        ActionsBlueprint({"sell": sell}, default_guard=wrong)


def test_guard_that_names_what_no_action_has() -> None:
    """A parameter after the context is a field of the input: each action without it is told of."""

    @action
    def sell(post_id: str) -> int:
        return 1

    def knows_more(context: Any, more: str) -> None: ...

    found = problems(Namespace(sell=sell, sold=sell).with_options(guard=knows_more))

    assert [problem.action for problem in found] == ["sell", "sold"]
    assert all("'more'" in problem.reason for problem in found)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "'class' is a Python keyword."),
        ("None", "'None' is a Python keyword."),
        ("_private", "'_private' begins with an underscore; such names are never served."),
        ("__init__", "'__init__' begins with an underscore"),
        ("blog.comment", "'blog.comment' is not a Python identifier"),
        ("", "'' is not a Python identifier"),
        ("a b", "'a b' is not a Python identifier"),
        ("../x", "'../x' is not a Python identifier"),
        ("1st", "'1st' is not a Python identifier"),
        (1, "1 is not a Python identifier"),
    ],
)
def test_names_that_cannot_be_written(name: Any, reason: str) -> None:
    """Keywords, underscores and what is not an identifier are refused, for actions and namespaces."""
    for server in ({name: like}, {"blog": {name: {"like": like}}}):
        (problem,) = problems(server)
        assert problem.reason.startswith(reason)
        assert problem.remedy == "Give it another name in Namespace(...)."
        assert problem.action.endswith(str(name))


@pytest.mark.parametrize("name", ["with_options", "close", "aclose"])
def test_names_of_the_client(name: str) -> None:
    """The client's own methods stand where its tree begins, so their names are free further inside."""
    for server in ({name: like}, Namespace({name: Namespace(like=like)})):
        (problem,) = problems(server)
        assert problem.reason == f"{name!r} is a method of the generated clients."

    assert list(entries({"blog": {name: {"like": like}}, "shop": {name: comment}})) == [
        f"blog.{name}.like",
        f"shop.{name}",
    ]


def test_safe_is_a_name_as_any_other() -> None:
    """A result is asked of an action, never of a namespace, so that an action may be called ``safe``."""
    assert list(entries({"safe": like, "blog": {"safe": comment}})) == ["safe", "blog.safe"]


def test_names_that_python_reads_as_one() -> None:
    """Two names that Python normalises to one are refused, with the place of the first."""
    (problem,) = problems({"file": like, "\ufb01le": comment})

    assert problem.reason.startswith("Python reads its name as 'file', as it does 'file' (tests/test_namespace.py:")
    assert problem.remedy == "Rename one of them."


def test_name_that_python_writes_otherwise() -> None:
    """A name that Python normalises is refused, since the client would send the other one."""
    (problem,) = problems({"\ufb01le": like})

    assert problem.reason == "Python reads the name '\ufb01le' as 'file', so callers could not write it."
    assert problem.remedy == "Call it 'file'."


def test_name_given_twice() -> None:
    """A name in the mapping and by keyword too is refused."""
    (problem,) = problems(Namespace({"like": like}, like=comment))

    assert (problem.action, problem.remedy) == ("like", "Keep one of the two.")
    (inside,) = problems({"blog": Namespace({"like": like}, like=comment).with_options(guard=guard)})
    assert inside.action == "blog.like"


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (plain, "'plain' is a plain function, not an action."),
        (Service().method, "'method' is a plain method, not an action."),
        (Service, "'Service' is a plain type, not an action."),
        (3, "3 is not an action."),
        (None, "None is not an action."),
        ([like], "[<Action like>] is not an action."),
        ("like", "'like' is not an action."),
        ({}, "the namespace is empty."),
    ],
)
def test_members_that_are_no_actions(member: Any, reason: str) -> None:
    """Functions, classes and values beside actions are refused, never callable."""
    (problem,) = problems({"like": like, "blog": {"other": member}})

    assert (problem.action, problem.reason) == ("blog.other", reason)


def test_actions_in_a_list_need_names() -> None:
    """A list of actions is refused with what to write instead."""
    (problem,) = problems([like])

    assert problem.remedy == "Give each action in it a name: write {'quote': quote}, or Namespace(quote=quote)."


def test_plain_function_has_a_place() -> None:
    """The problem of a plain function says where it is defined."""
    (problem,) = problems({"plain": plain})

    assert problem.file == "tests/test_namespace.py"
    assert problem.line == plain.__code__.co_firstlineno


@pytest.mark.parametrize("server", [{}, Namespace()])
def test_empty_tree(server: object) -> None:
    """A tree without actions is an error, not an empty server."""
    (problem,) = problems(server)

    assert problem.reason == "there are no actions in it."


@pytest.mark.parametrize("server", [like, plain, None, 3, [like]], ids=["action", "function", "None", "number", "list"])
def test_no_tree(server: object) -> None:
    """What is no mapping at all is an error; an action alone has no name."""
    assert len(problems(server)) == 1


def test_tree_inside_itself() -> None:
    """A mapping that contains itself is an error, and no endless loop."""
    server: dict[str, object] = {"like": like}
    server["again"] = server

    (problem,) = problems(server)

    assert (problem.action, problem.reason) == ("again", "the namespace contains itself.")


@pytest.mark.parametrize(
    ("raises", "reason"),
    [
        ([Uncoded], "Uncoded has no code."),
        ([ValueError], "raises=<class 'ValueError'> is not a subclass of ActionError."),
        ([3], "raises=3 is not a subclass of ActionError."),
        ([ActionError], "is not a subclass of ActionError."),
        ([InputError], "is not a subclass of ActionError."),
        ([CallError], "is not a subclass of ActionError."),
        ([Shapeless], "Shapeless.anything: Any has no one form in JSON."),
        ([Shapeless], "Shapeless.pairs: keys of type tuple[int, int] have no form in JSON."),
        ([Defaulted], "Defaulted: the default of 'left' is 'x', another type."),
        ([Defaulted], "Defaulted: the default of 'more' is ['y'], which its type does not allow"),
        ([Aliased], "Aliased: the alias 'right' of 'left' is a name of 'right' too"),
        ([Unread], "in Unread, the annotation names 'Absent', which is not defined."),
        ([Shadowing], "Shadowing has a field 'args', which every ActionError has."),
        ([Sold, type("Sold", (ActionError,), {}, code="GONE")], "it declares two errors called Sold."),
        ([type(f"E{n}", (ActionError,), {}, code="GONE") for n in range(9)], "it declares 9 errors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_errors_that_cannot_be_declared(raises: list[Any], reason: str) -> None:
    """Declared errors are at most eight subclasses of ActionError, each with a code, its own name and free fields."""
    found = problems({"like": action(raises=raises)(plain)})

    assert any(reason in problem.reason for problem in found)
    assert all(problem.file == "tests/test_namespace.py" for problem in found)


def test_field_of_every_error_is_said_once() -> None:
    """Of a field that every error has, only that is said: its default is the base class's own."""
    found = problems({"like": action(raises=[Shadowing])(plain)})

    assert [problem.reason for problem in found] == [
        "Shadowing has a field 'args', which every ActionError has.",
        "Shadowing has a field 'status', which every ActionError has.",
    ]


def test_eight_errors_can_be_declared() -> None:
    """Eight declared errors are fine, and an error declared inside and outside counts once."""
    errors = [type(f"E{n}", (ActionError,), {}, code="GONE") for n in range(8)]
    server = Namespace(like=action(raises=errors)(plain)).with_options(raises=errors)

    assert entries(server)["like"].raises == tuple(errors)


@pytest.mark.parametrize("accept", ["xml", (), ("json", "xml"), 3, None])
def test_content_type_that_no_action_takes(accept: Any) -> None:
    """Accept is json, form or both."""
    (problem,) = problems({"like": action(accept=accept)(plain)})

    assert "names a content type that no action takes" in problem.reason


class Line(BaseModel):
    note: Any


class Order(BaseModel):
    lines: list[Line]
    pairs: dict[tuple[int, int], str]


def test_each_problem_of_a_class_once() -> None:
    """What is wrong with a class is listed once: with its field, file and line, and the actions that reach it."""

    @action
    def get(id: int) -> Order:
        raise NotImplementedError

    @action
    def put(order: Order) -> None: ...

    @action
    def add(line: Line, wrong: Any) -> None: ...

    note, pairs, own = problems({"get": get, "put": put, "admin": {"add": add}})

    assert (note.file, note.line) == ("tests/test_namespace.py", inspect.getsourcelines(Line)[1])
    assert note.reason.startswith("output 'lines.note': Any has no one form in JSON. It is field 'note' of Line,")
    assert note.reason.endswith("which 'put', 'admin.add' reach too.")
    assert pairs.line == inspect.getsourcelines(Order)[1]
    assert pairs.reason.endswith("It is field 'pairs' of Order, which 'put' reaches too.")
    assert own.reason == "input 'wrong': Any has no one form in JSON."
    assert own.line == add.handler.__code__.co_firstlineno


class Money(BaseModel):
    amount: int

    @field_serializer("amount")
    def write(self, amount: int) -> str:
        return f"{amount / 100:.2f}"


class Listed(BaseModel):
    name: str
    secret: str = Field(exclude=True)


def test_class_that_is_written_otherwise_than_it_is_read() -> None:
    """A class with a serializer, or with a required field that is excluded, is an input or an output, not both."""

    @action
    def pay(money: Money) -> None: ...

    @action
    def price() -> list[Money]:
        return []

    @action
    def swap(listed: Listed) -> Listed:
        return listed

    money, listed = problems({"pay": pay, "price": price, "swap": swap})

    assert money.reason.startswith("Money is the input of 'pay' and the output of 'price', and a serializer makes it")
    assert money.line == inspect.getsourcelines(Money)[1]
    assert "Take the input as a class of its own" in money.remedy
    assert "Field(exclude=True) of 'secret'" in listed.reason
    assert entries({"price": price}).keys() == {"price"}
    assert entries({"pay": pay}).keys() == {"pay"}


def test_all_problems_at_once() -> None:
    """Everything wrong in the tree is reported together, in one error with places and remedies."""

    @action
    def wrong(a: object, b: bytes): ...  # type: ignore[no-untyped-def]  # the mistake under test

    with pytest.raises(DefinitionError) as caught:
        entries({"class": like, "plain": plain, "blog": {"wrong": wrong, "like": action(raises=[Uncoded])(plain)}})

    line = plain.__code__.co_firstlineno
    text = str(caught.value)
    assert text.startswith("5 problems in the definition of actions.\n")
    assert f"Action 'plain' (tests/test_namespace.py:{line}): 'plain' is a plain function, not an action." in text
    assert "input 'a': object has no one form in JSON." in text
    assert "  Add '-> ...'; '-> None' if it returns nothing." in text


def test_action_in_several_places() -> None:
    """An action may stand in several places, each with its own name."""
    found = entries({"like": like, "again": {"like": like}})

    assert found["like"].action is found["again.like"].action
    assert found["like"].definition is found["again.like"].definition
