"""``Fake``: a client of a generated package whose calls the test answers.

Up to the network a call is the real one: its arguments are checked, encoded and validated. Answers
are checked against the declared types, so that no test passes with a value that a server never
sends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, ParamSpec, TypeVar, overload

from .._error_facts import set_place
from .._errors import ActionError
from .._types.output_file import Download
from ..client import AsyncCall, AsyncClient, AsyncDownloadCall, Call, Client, DownloadCall, Request, Response
from ..client._streams import AsyncStream, AsyncStreamCall, Stream, StreamCall
from .answer_checks import with_advice
from .fake_downloads import AsyncFakedDownloadCall, FakedDownloadCall
from .faked import Faked, FakedAction, response_of

if TYPE_CHECKING:
    from ..client._declaration import Declaration

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=ActionError)
C = TypeVar("C", bound=Client | AsyncClient)

BASE_URL: Final = "http://fake.invalid"
"""The URL in messages; names under ``invalid`` never exist (RFC 2606)."""


class FakedItems(Faked[P, Iterable[R], E]):
    """A stream of a fake: what it returns is a series of items."""

    def returns(self, output: Iterable[R], *, headers: Mapping[str, str] | None = None) -> None:
        """Answer each call with items, each of whose ``Ok`` has these headers.

        Raises:
            TypeError: One of them is not of the type that the action declares.
        """
        items = list(self._checked_output(output))
        self._answer = lambda binding: iter(items)
        self.response = response_of(headers)

    def _checked_output(self, output: Any) -> Any:
        # Items of text and mappings are their letters and keys, which nobody means; models give pairs.
        is_one_value = isinstance(output, str | bytes | bytearray | Mapping) or hasattr(output, "model_fields_set")
        if is_one_value or not isinstance(output, Iterable):
            sentence = f"{self.name} is a stream: answer it with a list or a generator of items, not {output!r}"
            raise TypeError(with_advice(sentence, output))
        return self._checked_items(output)

    def _checked_items(self, items: Iterable[Any]) -> Iterator[Any]:
        try:
            for item in items:
                yield super()._checked_output(item)
        except ActionError as error:
            self._checks.error(error)
            raise


class FakedCall(FakedAction, Call[Any, Any, Any]):
    """An action of a fake ``Client``."""

    __doc__ = Call.__dict__["__doc__"]
    stream_call: ClassVar[Callable[..., Any]]
    download_call: ClassVar[Callable[..., Any]]
    faked_of: ClassVar[Callable[..., Faked[Any, Any, Any]]]

    def __init__(self, declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked = self.faked_of(Faked, declaration, name)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], to_result: Any) -> Any:
        request: Request | None = None
        try:
            _, request, _ = self._begin(args, kwargs)
            self._session.open()
            return to_result(self.faked.answer(args, kwargs), self.faked.response)
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            raise


class AsyncFakedCall(FakedAction, AsyncCall[Any, Any, Any]):
    """An action of a fake ``AsyncClient``."""

    __doc__ = AsyncCall.__dict__["__doc__"]
    stream_call: ClassVar[Callable[..., Any]]
    download_call: ClassVar[Callable[..., Any]]
    faked_of: ClassVar[Callable[..., Faked[Any, Any, Any]]]

    def __init__(self, declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked = self.faked_of(Faked, declaration, name)

    async def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], to_result: Any) -> Any:
        return FakedCall._call(self, args, kwargs, to_result)  # type: ignore[arg-type]  # neither waits for anything


class FakedStreamCall(FakedAction, StreamCall[Any, Any, Any]):
    """A stream of a fake ``Client``."""

    def __init__(self, faked_of: Callable[..., Any], declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked: Faked[Any, Any, Any] = faked_of(FakedItems, declaration, name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Stream[Any, Any]:
        self._check_usage(args, kwargs)
        return FakedStream(self.faked, self.items(args, kwargs))

    def items(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Generator[Any, None, None]:
        """Yield the items of one call."""
        request: Request | None = None
        try:
            _, request = self.prepared(args, kwargs)
            self._session.open()
            yield from self.faked.answer(args, kwargs)
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            raise


class AsyncFakedStreamCall(FakedAction, AsyncStreamCall[Any, Any, Any]):
    """A stream of a fake ``AsyncClient``."""

    def __init__(self, faked_of: Callable[..., Any], declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self._answered = FakedStreamCall(faked_of, declaration, session, name)
        self.faked = self._answered.faked

    def __call__(self, /, *args: Any, **kwargs: Any) -> AsyncStream[Any, Any]:
        self._check_usage(args, kwargs)
        return AsyncFakedStream(self.faked, self._items(args, kwargs))

    async def _items(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> AsyncGenerator[Any, None]:
        for item in self._answered.items(args, kwargs):
            yield item


class FakedStream(Stream[Any, Any]):
    """The items that a test answers with."""

    def __init__(self, action: Faked[Any, Any, Any], items: Generator[Any, None, None]) -> None:
        self._name = action.name
        self._action = action
        self._items = items

    def _answer(self) -> Response:
        return self._action.response

    def __repr__(self) -> str:
        return f"<faked stream of {self._name}>"


class AsyncFakedStream(AsyncStream[Any, Any]):
    """The items that a test answers with, for an ``AsyncClient``."""

    def __init__(self, action: Faked[Any, Any, Any], items: AsyncGenerator[Any, None]) -> None:
        self._name = action.name
        self._action = action
        self._items = items

    def _answer(self) -> Response:
        return self._action.response

    def __repr__(self) -> str:
        return f"<faked stream of {self._name}>"


class Fake(Generic[C]):
    """A client for tests of a service that calls actions: ``Fake(Client)``, ``Fake(AsyncClient)``.

    Attributes:
        client: The client to pass to what is tested; an action that it calls and nobody has
            answered fails the test.
    """

    client: C

    def __init__(self, client: type[C]) -> None:
        """Make a fake of the ``Client`` or ``AsyncClient`` of a generated package.

        Raises:
            TypeError: It is not a class of clients.
        """
        cls: object = client
        if not (isinstance(cls, type) and issubclass(cls, Client | AsyncClient)):
            raise TypeError(f"Fake() takes the class Client or AsyncClient of a generated package, not {client!r}.")
        self._faked: dict[str, Faked[Any, Any, Any]] = {}
        is_blocking = issubclass(client, Client)
        call: Any = FakedCall if is_blocking else AsyncFakedCall
        stream_call: Any = FakedStreamCall if is_blocking else AsyncFakedStreamCall
        download_call: Any = FakedDownloadCall if is_blocking else AsyncFakedDownloadCall
        faked_of = self._faked_of
        members = {
            "faked_of": staticmethod(faked_of),
            "stream_call": partial(stream_call, faked_of),
            "download_call": partial(download_call, faked_of),
        }
        self.client = client(BASE_URL)
        # Calls of copies and of namespaces are made by the session too, so that they belong to this fake.
        self.client._session.call = type(call.__name__, (call,), {**members, "__doc__": call.__dict__["__doc__"]})

    @overload
    def on(self, action: Call[P, R, E]) -> Faked[P, R, E]: ...
    @overload
    def on(self, action: AsyncCall[P, R, E]) -> Faked[P, R, E]: ...
    @overload
    def on(self, action: StreamCall[P, R, E]) -> Faked[P, Iterable[R], E]: ...
    @overload
    def on(self, action: AsyncStreamCall[P, R, E]) -> Faked[P, Iterable[R], E]: ...
    @overload
    def on(self, action: DownloadCall[P, E]) -> Faked[P, Download, E]: ...
    @overload
    def on(self, action: AsyncDownloadCall[P, E]) -> Faked[P, Download, E]: ...
    def on(self, action: Any) -> Any:
        """Return an action of the client, to say how it answers and to see how it was called.

        Raises:
            TypeError: It is not an action of this fake's client.
        """
        if isinstance(action, _FAKED) and self._faked.get(action.faked.name) is action.faked:
            return action.faked
        raise TypeError(f"on() takes an action of this fake's client, such as fake.client.buy, not {action!r}.")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            message = f"'Fake' object has no attribute {name!r}"
            if name in dir(self.__dict__.get("client")):
                message += f": write fake.client.{name}, and fake.on(...) to say how it answers"
            raise AttributeError(message, name=name, obj=self)

    def _faked_of(self, kind: type[Any], declaration: Declaration, name: str) -> Any:
        fake = self._faked.get(name)
        if fake is None:
            fake = self._faked[name] = kind(declaration, name)
        return fake

    def __repr__(self) -> str:
        return f"<fake of {type(self.client).__module__}.{type(self.client).__qualname__}>"


_FAKED: Final = (
    *(FakedCall, AsyncFakedCall),
    *(FakedStreamCall, AsyncFakedStreamCall),
    *(FakedDownloadCall, AsyncFakedDownloadCall),
)
"""The actions of a fake's client, by their kinds."""
