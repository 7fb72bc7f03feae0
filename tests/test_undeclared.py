"""Typed errors that are raised and not declared, as the source of handlers shows them."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from sanic_actions import ActionError, CallError, InputError, Namespace, action
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
        raise missing_name  # type: ignore[name-defined]  # noqa: F821
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
