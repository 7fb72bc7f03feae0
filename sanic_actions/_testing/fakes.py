"""``Fake``: a client of a generated package whose calls the test answers.

Up to the network a call is the real one: its arguments are checked, encoded and validated. The answers are held to what
the action declares, so that a test cannot pass with what a server never sends.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from functools import partial
from inspect import BoundArguments, Parameter, iscoroutine, signature
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, ParamSpec, TypeVar, overload

from .._errors import ActionError, CallError, InputError, set_place
from ..client import AsyncCall, AsyncClient, Call, Client, Request, Response
from ..client._streams import AsyncStream, AsyncStreamCall, Stream, StreamCall

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ..client._declaration import Declaration

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=ActionError)
C = TypeVar("C", bound=Client | AsyncClient)

BASE_URL: Final = "http://fake.invalid"
"""Stands in messages; the name is reserved for what does not exist (RFC 2606)."""


class Faked(Generic[P, R, E]):
    """One action of a fake: how it answers, and how it was called.

    Attributes:
        calls: The arguments of each call by their names, defaults among them but for those that only the server knows.
            What the client itself refuses is not a call.
        name: The dotted name of the action.
    """

    def __init__(self, declaration: Declaration, name: str) -> None:
        self.calls: list[dict[str, Any]] = []
        self._declaration = declaration
        self.name = name
        self._signature = signature(declaration.function)
        self._answer: Callable[[BoundArguments], Any] = self._fail
        self._output: TypeAdapter[Any] | None = None

    def returns(self, output: R) -> None:
        """Answer each call with an output.

        Raises:
            TypeError: It is not of the type that the action declares.
        """
        value = self._checked_output(output)
        self._answer = lambda binding: value

    def raises(self, error: E) -> None:
        """Answer each call with an error.

        Raises:
            TypeError: It is not an error that the action declares, an ``InputError`` or a ``CallError``.
        """
        self._check_error(error)

        def fail(binding: BoundArguments) -> Any:
            raise error.with_traceback(None)

        self._answer = fail

    def runs(self, handler: Callable[P, R]) -> None:
        """Answer each call with what a function of the same parameters returns or raises.

        Raises:
            TypeError: It is not a function, or, when it is called, its output or its error is not the action's.
        """
        if not callable(handler):
            raise TypeError(f"runs() takes a function with the parameters of {self.name}, not {handler!r}.")
        function: Callable[..., Any] = handler

        def run(binding: BoundArguments) -> Any:
            try:
                output = function(*binding.args[1:], **binding.kwargs)
            except ActionError as error:
                self._check_error(error)
                raise
            return self._checked_output(output)

        self._answer = run

    def answer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note a call whose arguments have been checked, and return its output.

        Raises:
            ActionError: The test says so.
            AssertionError: The test does not say how to answer.
        """
        binding = self._bound(args, kwargs)
        self.calls.append(_named(binding))
        return self._answer(binding)

    def __repr__(self) -> str:
        return f"<fake of {self.name}, {len(self.calls)} calls>"

    def _fail(self, binding: BoundArguments) -> Any:
        raise AssertionError(
            f"{self.name} was called, and the test does not say how to answer: "
            f"write fake.on(fake.client.{self.name}).returns(...), .raises(...) or .runs(...) before."
        )

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BoundArguments:
        binding = self._signature.bind(None, *args, **kwargs)
        arguments: dict[str, Any] = {}
        for name, parameter in self._signature.parameters.items():
            if name in binding.arguments:
                arguments[name] = binding.arguments[name]
            elif parameter.default is not parameter.empty and parameter.default is not ...:  # the server makes it
                arguments[name] = parameter.default
        return BoundArguments(self._signature, OrderedDict(arguments))

    def _checked_output(self, output: Any) -> Any:
        # Imported at the first answer, as at the first call of a real client.
        from pydantic import ValidationError

        if self._output is None:
            self._output = self._output_adapter()
        try:
            value = self._output.validate_python(output, strict=True)
        except ValidationError as error:
            if iscoroutine(output):
                output.close()  # it never runs, and Python would warn of that
            reasons = "; ".join(map(_reason, error.errors(include_url=False, include_context=False)[:3]))
            raise TypeError(f"{self.name} does not return {output!r}: {reasons}.") from None
        if _is_read(output, value):
            raise TypeError(f"{self.name} does not return {output!r}: pass objects, not dictionaries.")
        return value

    def _output_adapter(self) -> TypeAdapter[Any]:
        from typing import get_type_hints

        from .._wire import adapter_of

        return adapter_of(get_type_hints(self._declaration.function, include_extras=True)["return"])

    def _check_error(self, error: object) -> None:
        errors = [cls for cls, _ in self._declaration.plan().errors.values()]
        classes = (*errors, InputError, CallError)
        if isinstance(error, classes):
            return
        names = ", ".join(cls.__name__ for cls in classes)
        kind = repr(error) if isinstance(error, type) else type(error).__name__
        raise TypeError(f"{self.name} raises an object of one of {names}, not {kind}.")


class FakedItems(Faked[P, Iterable[R], E]):
    """A stream of a fake: what it returns is a series of items."""

    def returns(self, output: Iterable[R]) -> None:
        """Answer each call with items.

        Raises:
            TypeError: One of them is not of the type that the action declares.
        """
        items = list(self._checked_output(output))
        self._answer = lambda binding: iter(items)

    def _checked_output(self, output: Any) -> Any:
        if not isinstance(output, Iterable):
            raise TypeError(f"{self.name} is a stream: answer it with a list or a generator of items, not {output!r}.")
        return self._checked_items(output)

    def _checked_items(self, items: Iterable[Any]) -> Iterator[Any]:
        try:
            for item in items:
                yield super()._checked_output(item)
        except ActionError as error:
            self._check_error(error)
            raise


class FakedCall(Call[Any, Any, Any]):
    """An action of a fake ``Client``."""

    __doc__ = Call.__dict__["__doc__"]
    stream_call: ClassVar[Callable[..., Any]]
    faked_of: ClassVar[Callable[..., Faked[Any, Any, Any]]]

    def __init__(self, declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked = self.faked_of(Faked, declaration, name)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], give: Any) -> Any:
        request: Request | None = None
        try:
            _, request, _ = self._begin(args, kwargs)
            self._session.open()
            return give(self.faked.answer(args, kwargs), Response(200, {}, b""))
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            raise


class AsyncFakedCall(AsyncCall[Any, Any, Any]):
    """An action of a fake ``AsyncClient``."""

    __doc__ = AsyncCall.__dict__["__doc__"]
    stream_call: ClassVar[Callable[..., Any]]
    faked_of: ClassVar[Callable[..., Faked[Any, Any, Any]]]

    def __init__(self, declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked = self.faked_of(Faked, declaration, name)

    async def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], give: Any) -> Any:
        return FakedCall._call(self, args, kwargs, give)  # type: ignore[arg-type]  # neither waits for anything


class FakedStreamCall(StreamCall[Any, Any, Any]):
    """A stream of a fake ``Client``."""

    def __init__(self, faked_of: Callable[..., Any], declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self.faked: Faked[Any, Any, Any] = faked_of(FakedItems, declaration, name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Stream[Any, Any]:
        self._check_usage(args, kwargs)
        return FakedStream(self._name, self.items(args, kwargs))

    def items(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Generator[Any, None, None]:
        """Yield the items of one call."""
        request: Request | None = None
        try:
            _, request = self._prepared(args, kwargs)
            self._session.open()
            yield from self.faked.answer(args, kwargs)
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            raise


class AsyncFakedStreamCall(AsyncStreamCall[Any, Any, Any]):
    """A stream of a fake ``AsyncClient``."""

    def __init__(self, faked_of: Callable[..., Any], declaration: Declaration, session: Any, name: str) -> None:
        super().__init__(declaration, session, name)
        self._answered = FakedStreamCall(faked_of, declaration, session, name)
        self.faked = self._answered.faked

    def __call__(self, /, *args: Any, **kwargs: Any) -> AsyncStream[Any, Any]:
        self._check_usage(args, kwargs)
        return AsyncFakedStream(self._name, self._items(args, kwargs))

    async def _items(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> AsyncGenerator[Any, None]:
        for item in self._answered.items(args, kwargs):
            yield item


class FakedStream(Stream[Any, Any]):
    """The items that a test answers with."""

    def __init__(self, name: str, items: Generator[Any, None, None]) -> None:
        self._name = name
        self._items = items

    def __repr__(self) -> str:
        return f"<faked stream of {self._name}>"


class AsyncFakedStream(AsyncStream[Any, Any]):
    """The items that a test answers with, for an ``AsyncClient``."""

    def __init__(self, name: str, items: AsyncGenerator[Any, None]) -> None:
        self._name = name
        self._items = items

    def __repr__(self) -> str:
        return f"<faked stream of {self._name}>"


class Fake(Generic[C]):
    """A client for the tests of a service that calls actions: ``Fake(Client)`` or ``Fake(AsyncClient)``.

    Attributes:
        client: The client to pass to what is tested; an action that it calls and nobody has answered fails the test.
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
        faked_of = self._faked_of
        members = {"faked_of": staticmethod(faked_of), "stream_call": partial(stream_call, faked_of)}
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
    def on(self, action: Any) -> Any:
        """Return an action of the client, to say how it answers and to see how it was called.

        Raises:
            TypeError: It is not an action of this fake's client.
        """
        is_faked = isinstance(action, FakedCall | AsyncFakedCall | FakedStreamCall | AsyncFakedStreamCall)
        if is_faked and self._faked.get(action.faked.name) is action.faked:
            return action.faked
        raise TypeError(f"on() takes an action of this fake's client, such as fake.client.buy, not {action!r}.")

    def _faked_of(self, kind: type[Any], declaration: Declaration, name: str) -> Any:
        fake = self._faked.get(name)
        if fake is None:
            fake = self._faked[name] = kind(declaration, name)
        return fake

    def __repr__(self) -> str:
        return f"<fake of {type(self.client).__module__}.{type(self.client).__qualname__}>"


def _named(binding: BoundArguments) -> dict[str, Any]:
    """Return the arguments of a call by their names, those of ``**`` among the others."""
    arguments: dict[str, Any] = {}
    for name, parameter in list(binding.signature.parameters.items())[1:]:
        if name not in binding.arguments:
            continue
        if parameter.kind is Parameter.VAR_KEYWORD:
            arguments |= binding.arguments[name]
        else:
            arguments[name] = binding.arguments[name]
    return arguments


def _is_read(output: object, result: object) -> bool:
    """Return whether an object was made of a dictionary somewhere, which pydantic does even where it is strict."""
    if isinstance(output, dict):
        if not isinstance(result, dict):
            return True
        return any(_is_read(value, result[key]) for key, value in output.items() if key in result)
    if isinstance(output, list | tuple) and isinstance(result, list | tuple):
        return any(_is_read(before, after) for before, after in zip(output, result, strict=False))
    return False


def _reason(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    message: str = error["msg"]
    if place:
        return f"{place}: {message}"
    return message
