"""Fixtures for the tests of an app that defines actions.

pytest loads this file before anything else, so it imports nothing that a coverage tool would then miss.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator

import pytest

CheckActions = Callable[[object], None]


@pytest.fixture
def check_actions() -> CheckActions:
    """``check_actions(server)`` fails with every mistake in the definition of a tree of actions.

    It builds each validator, as the server does at the first call, and reads the handlers for typed errors that they
    raise and do not declare.
    """
    return _check


def _check(server: object) -> None:
    from ._cli.undeclared import undeclared_errors
    from ._errors import DefinitionError
    from ._namespace import entries
    from .codegen._problems import validator_problems

    found = entries(server).values()
    if problems := [*validator_problems(found), *undeclared_errors(found)]:
        raise DefinitionError(problems)


@pytest.fixture
def declared_errors() -> Iterator[None]:
    """The test fails if a handler, served in this process, raises a typed error that its action does not declare.

    For all tests of a module: ``pytestmark = pytest.mark.usefixtures("declared_errors")``.
    """
    heard = _Heard()
    logger = logging.getLogger("sanic_actions.undeclared")
    before = logger.level
    logger.setLevel(logging.WARNING)
    logger.addHandler(heard)
    yield
    logger.removeHandler(heard)
    logger.setLevel(before)
    if heard.messages:
        pytest.fail("\n".join(heard.messages), pytrace=False)


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


CheckGuards = Callable[..., None]


@pytest.fixture
def check_guards() -> CheckGuards:
    """``check_guards(app)`` calls every guarded action of an app without credentials, and fails where one lets it in.

    The calls carry a body of no known type, which no handler ever sees: a guard that lets them pass is found out by the
    complaint about that type. ``open_to_all=["blog.search"]`` names actions whose guards refuse nobody by intention.
    """
    return _check_guards


def _check_guards(app: object, *, open_to_all: Collection[str] = ()) -> None:
    import asyncio

    from .server._anonymous import anonymous_answers

    let_in = {
        path: status for path, status in asyncio.run(anonymous_answers(app, open_to_all)).items() if status is not None
    }
    if let_in:
        told = "\n".join(f"  {path} answered {status}" for path, status in let_in.items())
        pytest.fail(f"Guards let calls without credentials pass:\n{told}", pytrace=False)
