"""Typed errors that are raised and not declared, as the source of handlers shows them."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import Any

import pytest

from sanic_actions import (
    ActionContext,
    ActionError,
    Bearer,
    CallError,
    InputError,
    Namespace,
    Proceed,
    action,
)
from sanic_actions._checks.undeclared import undeclared_errors
from sanic_actions._namespace import entries


class Errors:
    class Gone(ActionError, code="GONE"):
        pass


class OutOfStock(ActionError, code="CONFLICT"):
    left: int = 0


class SoldOut(OutOfStock):
    pass


def found(tree: Any) -> list[tuple[str, int]]:
    return [
        (problem.reason.split()[2].rstrip(","), problem.line) for problem in undeclared_errors(entries(tree).values())
    ]


def line() -> int:
    return sys._getframe(1).f_lineno


@action
async def plain(kind: str) -> None:
    if kind == "deep":
        for _ in range(3):
            with contextlib.suppress(ValueError):
                raise OutOfStock("x", left=1)
    raise Errors.Gone


PLAIN = line()


@action
def inner() -> None:
    def helper() -> None:
        raise OutOfStock

    class Local:
        def method(self) -> None:
            raise OutOfStock

    helper()
    Local()


@action
def excluded(kind: str) -> None:
    if kind == "own":
        raise InputError.on("kind", "no")
    if kind == "":
        raise CallError("CONFLICT")
    if kind == "x":
        raise ActionError("NOT_FOUND")
    if kind == "unknown":
        raise missing_name  # type: ignore[name-defined]  # noqa: F821  # the case under test
    error = ValueError()
    raise error


@action
def catches() -> None:
    try:
        raise OutOfStock
    except (ValueError, ActionError):
        pass
    try:
        raise OutOfStock
    except:  # noqa: E722  # what the check has to see through
        raise Errors.Gone from None


CATCHES = line()


def test_raised_in_the_body() -> None:
    """Every raise of a typed error in the body counts, called or not, however deep, with its line."""
    assert found({"plain": plain}) == [("OutOfStock", PLAIN - 4), ("Gone", PLAIN - 3)]


def test_not_in_the_body() -> None:
    """What functions and classes inside raise, and errors that need no declaration, do not count."""
    assert found({"inner": inner, "excluded": excluded}) == []


def test_caught() -> None:
    """What the handler itself catches is not raised by it; what it raises then is."""
    assert found({"catches": catches}) == [("Gone", CATCHES - 3)]


def test_declared() -> None:
    """What the namespace declares is declared; a subclass of a declared error is."""

    @action(raises=[OutOfStock])
    def sub() -> None:
        raise SoldOut

    tree = Namespace(plain=plain, sub=sub).with_options(raises=[OutOfStock, Errors.Gone])

    assert found(tree) == []


def test_names_of_an_enclosing_function() -> None:
    """Names of the function around a handler are known, and of a handler without source nothing is said."""

    class Mine(ActionError, code="LOCKED"):
        pass

    @action
    def near() -> None:
        raise Mine

    made: dict[str, Any] = {"Mine": Mine}
    exec("def far() -> None:\n    raise Mine", made)

    assert found({"near": near, "far": action(made["far"])}) == [("Mine", line() - 5)]


def test_problem_says_what_to_do() -> None:
    """The problem names action, file, line, error and remedy."""
    (first, _) = undeclared_errors(entries({"deep": {"plain": plain}}).values())

    text = str(first)
    assert f"'deep.plain' (tests/test_undeclared.py:{PLAIN - 4})" in text
    assert "raises=[OutOfStock]" in text
    assert "ActionError('CONFLICT'" in text


# ---- Around handlers


class Taken(ActionError, code="CONFLICT"):
    """Its fields are read by ``of``."""

    name: str = ""

    @classmethod
    def of(cls, error: Exception) -> ActionError:
        return cls("Taken", name=str(error))


class FromException(ActionError, code="CONFLICT"):
    def __init__(self, error: Exception) -> None:
        super().__init__("Something is taken")  # type: ignore[arg-type]  # checkers read the base class's own


def annotated(error: Exception) -> Taken:
    return Taken.of(error)  # type: ignore[return-value]  # what the annotation says


def written(error: Exception) -> ActionError:
    if error.args:
        return Taken("Taken") if len(error.args) > 1 else Errors.Gone("Gone")
    return ActionError("CONFLICT")


def raising(error: KeyError) -> ActionError:
    raise Taken from error


@action
def idle() -> None:
    """Do nothing."""


MAPS: dict[str, tuple[Any, list[str]]] = {
    "lambda": (lambda error: Taken("Taken", name=str(error)), ["Taken"]),
    "lambda with a condition": (lambda error: Taken("x") if error.args else Errors.Gone("y"), ["Taken", "Gone"]),
    "two on a line": ((lambda error: ActionError("GONE"), lambda error: Taken("x"))[1], ["Taken"]),
    "annotation": (annotated, ["Taken"]),
    "return": (written, ["Taken", "Gone"]),
    "raise": (raising, ["Taken"]),
    "partial": (functools.partial(lambda word, error: Taken(word), "x"), ["Taken"]),
    "class": (FromException, ["FromException"]),
    "plain": (lambda error: ActionError("CONFLICT", "Taken"), []),
    "input": (lambda error: InputError.on("name", "is taken"), []),
}


def names(tree: Any) -> list[str]:
    return [problem.reason.partition(",")[0].split()[-1] for problem in undeclared_errors(entries(tree).values())]


@pytest.mark.parametrize("case", MAPS)
def test_errors_of_maps(case: str) -> None:
    """A typed error that only ``errors=`` makes is to be declared too, however its function is written."""
    convert, expected = MAPS[case]
    tree = Namespace(idle=idle).with_options(errors={KeyError: convert})

    assert names(tree) == expected
    assert names(Namespace(tree=tree).with_options(raises=[Taken, Errors.Gone, FromException])) == []


async def guard(context: ActionContext) -> None:
    raise Taken("x")


async def field_guard(context: ActionContext, name: str) -> None:
    raise Taken("x")


async def interceptor(context: ActionContext, proceed: Proceed[None]) -> object:
    try:
        return await proceed()
    except KeyError as error:
        raise Taken("x") from error


async def find(token: str) -> str:
    raise Taken("x")


AROUND: dict[str, dict[str, Any]] = {
    "guard": {"guard": guard},
    "guard that names a field": {"guard": field_guard},
    "credential": {"guard": Bearer(find) | Bearer(find)},
    "interceptor": {"interceptors": [interceptor]},
}


@pytest.mark.parametrize("case", AROUND)
def test_errors_around_handlers(case: str) -> None:
    """What a guard or an interceptor raises is to be declared like what the handler raises."""

    @action(**AROUND[case])
    def named(name: str) -> None:
        """Do nothing."""

    assert names({"named": named}) == ["Taken"]
    assert names(Namespace(named=named).with_options(raises=[Taken])) == []


def test_shared_sources_are_reported_once() -> None:
    """What several actions share is one problem, at its own file and line, with a way to mend it for all."""
    tree = Namespace(a=idle, b=idle).with_options(errors={KeyError: raising}, interceptors=[interceptor])

    by_interceptor, by_map = map(str, undeclared_errors(entries(tree).values()))

    assert "the interceptor 'interceptor'" in by_interceptor
    assert "raises Taken, which this action and 1 more do not declare" in by_interceptor
    assert "errors= turns KeyError into Taken, which this action and 1 more do not declare" in by_map
    assert f"tests/test_undeclared.py:{raising.__code__.co_firstlineno + 1}" in by_map
    assert "with_options(raises=[...]) declares it for all" in by_map


def test_error_of_a_map_for_many_is_declared_by_those_that_can_raise_it() -> None:
    """A blueprint's ``errors=`` is around actions that never raise what it maps; one has to declare the error."""

    @action(raises=[OutOfStock])
    async def pay() -> None: ...

    @action
    async def show() -> None: ...

    errors: Any = {KeyError: lambda error: OutOfStock("None left.", left=0)}
    alone = list(undeclared_errors(entries(Namespace(show=show).with_options(errors=errors)).values()))
    beside = list(undeclared_errors(entries(Namespace(show=show, pay=pay).with_options(errors=errors)).values()))

    assert (len(alone), beside) == (1, [])
