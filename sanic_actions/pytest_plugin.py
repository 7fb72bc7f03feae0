"""Fixtures for the tests of an app that defines actions.

pytest loads this file before coverage tools start, so all imports of the package are in functions:
lines that run earlier would count as not covered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Protocol

import pytest

CheckActions = Callable[[object], None]


@pytest.fixture
def check_actions() -> CheckActions:
    """``check_actions(server)`` fails with every mistake in the definition of a tree of actions.

    It builds each validator, as the server does at the first call, and reads the handlers for typed
    errors that they raise and do not declare.
    """
    return _check


def _check(server: object) -> None:
    from ._checks.definitions import deeper_problems
    from ._definition_error import DefinitionError
    from ._namespace import entries

    problems = list(deeper_problems(entries(server).values()))
    if problems:
        raise DefinitionError(problems)


@pytest.fixture
def local() -> Any:
    """``local(app, Client)``: a client of an app in this process; see ``sanic_actions.testing``."""
    from .testing import local

    return local


@pytest.fixture(name="Fake")
def _fake() -> Any:
    """``Fake(Client)``: a client that the test answers; see ``sanic_actions.testing``."""
    from .testing import Fake

    return Fake


@pytest.fixture
def declared_errors() -> Iterator[None]:
    """Fail the test if a handler in this process raises a typed error that is not declared.

    For all tests of a module: ``pytestmark = pytest.mark.usefixtures("declared_errors")``.
    """
    listener = _Listener()
    logger = logging.getLogger("sanic_actions.undeclared")
    before = logger.level
    logger.setLevel(logging.WARNING)
    logger.addHandler(listener)
    yield
    logger.removeHandler(listener)
    logger.setLevel(before)
    if listener.messages:
        pytest.fail("\n".join(listener.messages), pytrace=False)


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class CheckGuards(Protocol):
    """The type of ``check_guards``."""

    def __call__(
        self,
        app: object,
        *,
        open_to_all: Collection[str] = (),
        parameters: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Fail for every action of an app that is not proved to be guarded."""


@pytest.fixture
def check_guards() -> CheckGuards:
    """``check_guards(app)`` fails for each action that anybody may call and that is not public.

    It fails for an action that has no guard and is not ``public=True``, for a guard that lets a
    call without credentials pass, and for a call that never reached its action: one that another
    host, a redirect or a middleware answered. The calls carry a body of no known type, which no
    handler ever sees.

    ``open_to_all=["blog.search"]`` names actions that anybody may call by intention.
    ``parameters={"tenant": 7}`` gives the parameters of a ``url_prefix`` values, where none can be
    made up; ``headers`` adds what the app's own middleware asks for.
    """
    return _check_guards


def _check_guards(
    app: object,
    *,
    open_to_all: Collection[str] = (),
    parameters: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    from ._checks.open_guards import open_actions

    sentences = open_actions(app, open_to_all=open_to_all, parameters=parameters, headers=headers)
    if sentences:
        lines = "\n".join(f"  {sentence}" for sentence in sentences)
        pytest.fail(f"Not every action is guarded:\n{lines}", pytrace=False)
