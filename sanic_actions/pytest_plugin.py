"""Fixtures for the tests of an app that defines actions.

pytest loads this file before anything else, so it imports nothing that a coverage tool would then miss.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

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
    from ._errors import DefinitionError
    from ._namespace import entries
    from ._undeclared import undeclared_errors
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
