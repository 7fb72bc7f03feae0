"""The exceptions by which this library tells of a mistake in code that serves or calls actions.

In the layer of words. ``errors=`` says what the exceptions of an app mean to its callers. That an
output is of the wrong type, or that a guard returned what it may not, means nothing to them: only
the app's developers can mend it, whatever classes are mapped. The mark leaves class and text as
they are, so that ``except TypeError``, logs and trackers see an ordinary exception.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    E = TypeVar("E", bound=BaseException)


def type_error(message: str) -> TypeError:
    """Return a ``TypeError`` that ``errors=`` does not see."""
    return server_mistake(TypeError(message))


def value_error(message: str) -> ValueError:
    """Return a ``ValueError`` that ``errors=`` does not see."""
    return server_mistake(ValueError(message))


def lookup_error(message: str) -> LookupError:
    """Return a ``LookupError`` that ``errors=`` does not see."""
    return server_mistake(LookupError(message))


def runtime_error(message: str) -> RuntimeError:
    """Return a ``RuntimeError`` that ``errors=`` does not see."""
    return server_mistake(RuntimeError(message))


def server_mistake(error: E) -> E:
    """Mark an exception, whoever raised it, as a mistake of the server, and return it."""
    error.__dict__["_is_server_mistake"] = True
    return error


EXITS = (SystemExit, KeyboardInterrupt)
"""What asyncio lets out of a task into the event loop, which ends with all its other calls."""


def exit_error(error: BaseException) -> RuntimeError:
    """Return the error to raise in place of one of ``EXITS``, which code that serves a call has raised."""
    return runtime_error(f"{type(error).__name__} was raised in a call, which does not end the server.")


def is_server_mistake(error: BaseException) -> bool:
    """Return whether an exception has the mark."""
    return "_is_server_mistake" in error.__dict__
