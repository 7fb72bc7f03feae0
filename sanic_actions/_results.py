"""The outcomes of calls as values: results, redirects and the items of streams.

In the layer of words, like ``_errors``. The classes are written by hand, as importing dataclasses
would double the time that a client takes to start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, overload

from ._error_facts import answer_of
from ._errors import ActionError
from ._headers import headers_of_response
from ._server_mistakes import type_error, value_error

if TYPE_CHECKING:
    from typing import NoReturn, TypeAlias

    from typing_extensions import TypeVar

    D_co = TypeVar("D_co", covariant=True, default=None)
    E_co = TypeVar("E_co", bound=ActionError, covariant=True, default=ActionError)
    E = TypeVar("E", bound=ActionError, default=ActionError)
else:
    # Defaults came with Python 3.13; typing_extensions has them, and takes 29 ms to import.
    from typing import TypeVar

    D_co = TypeVar("D_co", covariant=True)
    E_co = TypeVar("E_co", bound=ActionError, covariant=True)

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class _Value:
    """A frozen value: equal, hashed and shown by its ``__match_args__``."""

    # __match_args__ is not declared here: as a tuple of any length it would hide from checkers
    # which attributes a pattern matches.
    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot delete {name!r}")

    if not TYPE_CHECKING:  # or type checkers would accept any attribute

        def __getattr__(self, name: str) -> NoReturn:
            reason = f"{type(self).__name__!r} object has no attribute {name!r}"
            if isinstance(self, Ok | Err):
                place = ".data" if isinstance(self, Ok) else ".error"
                reason += f": what came out is in {place}"
            raise AttributeError(reason, name=name, obj=self)

    def _values(self) -> tuple[object, ...]:
        names: tuple[str, ...] = type(self).__match_args__  # type: ignore[attr-defined]  # each subclass has its own
        return tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Value) or type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._values()))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()


class Ok(_Value, Generic[T_co]):
    """The action did its work; ``data`` is what it returned.

    Attributes:
        data: The output.
        error: None, so that ``if result.error is None`` narrows.
        headers: The header fields of the answer, by their names in lower case; none where there was
            no HTTP answer.
        cookies: The values of the cookies that the answer sets, by their names.
    """

    __slots__ = ("_response", "data")
    __match_args__ = ("data",)

    data: T_co
    _response: object
    if TYPE_CHECKING:
        error: None
    else:
        error = None

    def __init__(self, data: T_co) -> None:
        _set_data(self, data)

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields of the answer."""
        return headers_of_response(getattr(self, "_response", None))

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies of the answer."""
        return _cookies(getattr(self, "_response", None))


# What object.__setattr__ looks up for each value: a fifth of what a result costs.
_set_data: Any = vars(Ok)["data"].__set__


def answered(data: T, response: object) -> Ok[T]:
    """Return an ``Ok`` that knows the response it came from."""
    result = Ok(data)
    object.__setattr__(result, "_response", response)
    return result


def _cookies(response: Any) -> Mapping[str, str]:
    # Imported here: few callers read cookies, and every client imports this file.
    from http.cookies import CookieError, SimpleCookie

    cookies: dict[str, str] = {}
    if response is None:
        return cookies
    for line in response.set_cookies:
        try:
            cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        except CookieError:  # an invalid name; browsers drop such a cookie too
            continue
    return cookies


class Err(_Value, Generic[E_co]):
    """The action failed; ``error`` says how.

    Attributes:
        error: The error, as it would have been raised.
        data: None, so that ``if result.data is not None`` narrows where the output is never None.
        headers: The header fields of the answer, by their names in lower case; none where there was
            no HTTP answer.
        cookies: The values of the cookies that the answer sets, by their names.
    """

    __slots__ = ("error",)
    __match_args__ = ("error",)

    error: E_co
    if TYPE_CHECKING:
        data: None
    else:
        data = None

    def __init__(self, error: E_co) -> None:
        object.__setattr__(self, "error", error)

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields of the answer."""
        return headers_of_response(answer_of(self.error))

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies of the answer."""
        return _cookies(answer_of(self.error))


if TYPE_CHECKING:
    Result: TypeAlias = Ok[T] | Err[E]
else:

    class Result:
        """An outcome as a value: ``Result[Likes]`` is ``Ok[Likes] | Err[ActionError]``."""

        # Result[T] alone needs a default for the second variable, which typing has from Python 3.13
        # on.
        def __class_getitem__(cls, types: Any) -> Any:
            output, error = types if isinstance(types, tuple) else (types, ActionError)
            return Ok[output] | Err[error]


class Redirect(_Value, Generic[D_co]):
    """An outcome that also says where to go next.

    A page post answers 303 to ``to``; a Python caller gets this object, typed
    ``Redirect[Comment]``.

    Attributes:
        to: Where to go: a path of the same site, unless the server allows others.
        data: The output, if the action has one for callers.
    """

    __slots__ = ("data", "to")
    __match_args__ = ("to", "data")

    to: str
    data: D_co

    @overload
    def __init__(self: Redirect[None], to: str, data: None = None) -> None: ...
    @overload
    def __init__(self, to: str, data: D_co) -> None: ...
    def __init__(self, to: str, data: Any = None) -> None:
        object.__setattr__(self, "to", to)
        object.__setattr__(self, "data", data)


class Event(_Value, Generic[T_co]):
    """An item of a stream with an id, after which a caller whose stream broke off goes on.

    Attributes:
        data: The item; callers see nothing else.
        id: The position in the stream; None for an item after which a stream cannot go on.
    """

    __slots__ = ("data", "id")
    __match_args__ = ("data", "id")

    data: T_co
    id: str | None

    def __init__(self, data: T_co, *, id: str | None = None) -> None:
        """Make an item.

        Raises:
            ValueError: The id holds a line break or NUL, which server-sent events cannot carry.
            TypeError: The id is not a string.
        """
        if id is not None:
            _check_id(id)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "id", id)

    def __repr__(self) -> str:
        return f"Event({self.data!r}, id={self.id!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _event, (self.data, self.id)


def _event(data: T, id: str | None) -> Event[T]:
    return Event(data, id=id)


def _check_id(value: object) -> None:
    if not isinstance(value, str):
        raise type_error(f"The id of an Event is a string, not {type(value).__name__}: write id=str(...).")
    if any(mark in value for mark in "\r\n\0"):
        raise value_error(f"The id {value!r:.80} of an Event holds a line break or NUL, which an event cannot carry.")
