"""Make our log records look like the app's other errors, however its logging is configured.

Sanic configures its own loggers only, so that ours would print bare sentences between its lines.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

_NAMES: Final = ("sanic_actions", "sanic_actions.undeclared", "sanic_actions.contract")
LOGGERS: Final = tuple(map(logging.getLogger, _NAMES))


class AppHandler(logging.Handler):
    """Hands each record to the handlers of Sanic's logger of errors and its parents below the root.

    They are looked up for each record: an app may configure its logging after its blueprints.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on a record."""
        handlers = [handler for logger in _loggers_of_sanic() for handler in logger.handlers]
        if not handlers and not logging.root.handlers and logging.lastResort is not None:
            handlers.append(logging.lastResort)
        for handler in handlers:
            if record.levelno >= handler.level:
                handler.handle(record)


def log_like_the_app() -> None:
    """Hand what we log to Sanic's handlers for errors, unless somebody has configured ours."""
    own = LOGGERS[0]
    if not own.handlers:
        own.addHandler(AppHandler())
    follow_the_app()


def follow_the_app() -> None:
    """Let our loggers write, to the root's handlers where they hear of the app's other errors.

    A configuration that names other loggers disables ours, unless it says that it does not, and
    what is masked is nowhere but in the log.
    """
    own = LOGGERS[0]
    for logger in LOGGERS:
        logger.disabled = False
    if any(isinstance(handler, AppHandler) for handler in own.handlers):
        own.propagate = all(logger.propagate for logger in _loggers_of_sanic())


def _loggers_of_sanic() -> Iterator[logging.Logger]:
    """Yield Sanic's logger of errors and those that it hands its records on to, below the root."""
    logger = logging.getLogger("sanic.error")
    while logger.parent is not None:  # as many as its name has parts
        yield logger
        if not logger.propagate:
            return
        logger = logger.parent
