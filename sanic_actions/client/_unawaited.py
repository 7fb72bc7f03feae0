"""Messages for a forgotten call or ``await``, ``for`` for ``async for``, a file for bytes."""

from __future__ import annotations

import sys
from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any, ClassVar

from .._server_mistakes import type_error


class UnawaitedCall(Coroutine[Any, Any, Any]):
    """A call that waits to be awaited: a coroutine whose errors explain a forgotten ``await``."""

    __slots__ = ("_coroutine", "_is_begun", "_name")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], name: str) -> None:
        self._coroutine = coroutine
        self._name = name
        self._is_begun = False

    @property
    def __name__(self) -> str:
        return self._name

    def __await__(self) -> Generator[Any, Any, Any]:
        self._is_begun = True
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        """Go on; see ``Coroutine``."""
        self._is_begun = True
        return self._coroutine.send(value)

    def throw(self, *exception: Any) -> Any:
        """Go on with an exception; see ``Coroutine``."""
        self._is_begun = True
        return self._coroutine.throw(*exception)

    def close(self) -> None:
        """End it; see ``Coroutine``."""
        self._is_begun = True
        self._coroutine.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("cr_"):  # what debuggers and asyncio look at
            return getattr(self._coroutine, name)
        message = f"The call of {self._name} was not awaited: write (await client.{self._name}(...)).{name}"
        raise AttributeError(message, name=name, obj=self)

    def __del__(self) -> None:
        if self._is_begun:
            return
        self._coroutine.close()
        if sys.is_finalizing():  # nothing can be imported any more
            return
        import warnings

        message = f"The call of {self._name} was never awaited: write 'await client.{self._name}(...)'."
        warnings.warn(message, RuntimeWarning, stacklevel=2, source=self)

    def _misused(self, *arguments: object) -> Any:
        raise type_error(f"The call of {self._name} was not awaited: write 'await client.{self._name}(...)'.")

    def __bool__(self) -> bool:
        # As of any coroutine: asyncio asks it where it shows a task, so that an error here would hide another one.
        return True

    # What Python looks up on the class, and would refuse without a word of the await. It is not callable, as what takes
    # functions or coroutines asks.
    __iter__ = __aiter__ = __len__ = __contains__ = __getitem__ = __setitem__ = __delitem__ = _misused
    __enter__ = __exit__ = __aenter__ = __aexit__ = _misused

    def __repr__(self) -> str:
        return f"<call of {self._name}, to be awaited>"


class CalledFirst:
    """An action, which says so where somebody uses it as if it had been called.

    It has neither ``__await__`` nor ``__len__``: frameworks ask what they are given whether it can
    be awaited, and Python asks for a length where it asks for the truth of something.
    """

    _name: str
    _usage: ClassVar[str] = "client.{}(...)"
    """How a call of it is written."""

    if not TYPE_CHECKING:  # checkers refuse what has no such method

        def __getattr__(self, name: str) -> Any:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            action = self.__dict__.get("_name")
            if action is not None and not name.startswith("_"):
                message += f": {self._called_first()}"
            raise AttributeError(message, name=name, obj=self)

        def _called_first(self) -> str:
            return f"{self._name} is an action, which is called first: write '{self._usage.format(self._name)}'."

        def _misused(self, *arguments: object) -> Any:
            raise type_error(self._called_first())

        __iter__ = __aiter__ = __getitem__ = _misused
        __enter__ = __exit__ = __aenter__ = __aexit__ = _misused


class NotBytes:
    """A download that says how to read its bytes if taken for them; Python asks since 3.12."""

    _before: ClassVar[str] = ""
    """The keyword before a call of a method: ``await``, or nothing."""

    if not TYPE_CHECKING:  # checkers refuse what has no such method

        def _misused_as_bytes(self, *arguments: object) -> Any:
            name = self._course.name
            call = f"{self._before}client.{name}(...)"
            raise type_error(f"{name} is a download, not its bytes: write '{call}.read()', or '{call}.save(path)'.")

        __bytes__ = __buffer__ = _misused_as_bytes


class AsyncOnly:
    """Something to read with ``async for`` or ``async with``, which says so elsewhere."""

    _name: str
    _noun: ClassVar[str]

    if not TYPE_CHECKING:  # checkers refuse what has no such method

        def _misused(self, *arguments: object) -> Any:
            call = f"client.{self._name}(...)"
            advice = f"write 'async for ... in {call}' or 'async with {call}'"
            raise type_error(f"The {self._noun} of {self._name} is asynchronous: {advice}.")

        __iter__ = __enter__ = __exit__ = _misused
