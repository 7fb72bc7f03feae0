"""Calls: an action of one client, to be called for its output, or with ``safe`` for a result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import sleep
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar

from .._error_facts import set_place
from .._errors import ActionError
from .._literals import CONTRACT_HEADER
from .._results import Err, Ok, answered
from ._lazy import dotted
from ._outcome import failure, read
from ._retries import Attempts
from ._unawaited import CalledFirst, UnawaitedCall

if TYPE_CHECKING:
    from inspect import Signature

    from ._declaration import Declaration
    from ._plan import Plan
    from ._session import MakeRequest, Session
    from ._transport import AsyncTransport, Request, Response, Transport

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True)


ToResult = Callable[[Any, Any], Any]
"""Makes the caller's result of an output and the response that it came in."""


def _output(output: Any, response: object) -> Any:
    """Return the output itself, as a call without ``safe`` does."""
    return output


class _SignatureOfAction:
    """``inspect.signature`` of a call is the action's; of the class of calls Python's own."""

    def __get__(self, call: AnyCall[Any, Any, Any] | None, owner: type) -> Signature:
        if call is None:
            raise AttributeError("__signature__")
        return call._declaration.signature()


class _DocOfAction:
    """The docstring of a call is the action's, read when asked for; the class has its own."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __get__(self, call: AnyCall[Any, Any, Any] | None, owner: type) -> str:
        if call is None:
            return self._text
        return call._declaration.doc(call._name)


class _ShownCall:
    """Shows ``__call__`` to those who inspect a call, with the signature of the action."""

    __slots__ = ("_call",)

    def __init__(self, call: Any) -> None:
        self._call = call

    @property
    def __doc__(self) -> None:  # type: ignore[override]  # none beside that of the action
        return None

    @property
    def __signature__(self) -> Signature:
        signature: Signature = self._call.__signature__
        return signature

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)


class AnyCall(CalledFirst, Generic[P, R_co, E_co]):
    """All that comes before the network, the same for both clients."""

    __signature__: ClassVar[_SignatureOfAction] = _SignatureOfAction()

    def __init__(self, declaration: Declaration, session: Session[Any], name: str) -> None:
        self._declaration = declaration
        self._session = session
        self._name = name
        self._make_request: MakeRequest | None = None
        self.__name__: str = name.rpartition(".")[2]
        self.__qualname__ = name
        self.__module__ = declaration.function.__module__
        if "IPython" in sys.modules:
            # It shows the signature and the docstring of ``call.__call__`` too, unless they are the
            # same. Calls take the method of the class: a descriptor there would cost each of them.
            self.__dict__["__call__"] = _ShownCall(self)

    def _begin(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> tuple[Plan, Request, Attempts | None]:
        """Return the plan of a call, its first request, and its attempts; None for only one."""
        session = self._session
        self._check_usage(args, kwargs)
        plan = self._declaration.plan()
        make_request = self._make_request or self._request_maker(plan)
        request = make_request(args, kwargs)
        if not session.retries:
            return plan, request, None
        attempts = Attempts(request, session.retries, plan.repeatable)
        return plan, attempts.request, attempts

    def _check_usage(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        declaration = self._declaration
        try:
            # Its body is empty: Python checks the arguments, faster than inspect's bind() could.
            declaration.function(None, *args, **kwargs)
        except TypeError as error:
            raise declaration.usage_error(self._name, args, kwargs, error) from None

    def _request_maker(self, plan: Plan) -> MakeRequest:
        self._make_request = make_request = self._session.request_maker(plan, self._name)
        return make_request

    def _read(self, plan: Plan, request: Request, response: Response) -> Any:
        """Return the output in a response, which names the server's contract if that differs."""
        if CONTRACT_HEADER in response.headers and plan.contract:
            from ._skew import read_differing

            return read_differing(self._name, self._session, plan, request, response)
        return read(plan, request, response)

    def _read_nothing(self, plan: Plan, request: Request, response: Response) -> None:
        """Warn or raise as configured where contracts differ, for an answer without a value."""
        if plan.contract:
            from ._skew import tell_difference

            tell_difference(self._name, self._session, plan, request, response)

    def __repr__(self) -> str:
        return f"<action {self._name} of {self._session!r}>"

    def __reduce__(self) -> tuple[object, ...]:
        # The declaration is a function that its own class hides; the class itself can be imported.
        function = self._declaration.function
        module = sys.modules[function.__module__]
        owner = dotted(function.__qualname__.rpartition(".")[0], vars(module))
        path = self._name.removesuffix(self.__name__)
        return _look_up, (owner, self._session, path, self.__name__)


class Call(AnyCall[P, R_co, E_co]):
    __doc__ = _DocOfAction("An action of a ``Client``: call it for its output, or call ``safe`` for a result.")

    # Neither has a docstring of its own, so that editors show that of the action, with its parameters.
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        output: R_co = self._call(args, kwargs, _output)
        return output

    def safe(self, /, *args: P.args, **kwargs: P.kwargs) -> Ok[R_co] | Err[E_co]:
        try:
            result: Ok[R_co] = self._call(args, kwargs, answered)
            return result
        except ActionError as error:
            return Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], to_result: ToResult) -> Any:
        if is_in_event_loop():
            self._session.connections.warn_of_blocking(self._name)
        request: Request | None = None
        try:
            plan, request, attempts = self._begin(args, kwargs)
            transport: Transport = self._session.open()
            while True:
                try:
                    response = transport.send(request)
                except Exception as error:
                    if attempts is None or (pause := attempts.pause(error)) is None:
                        raise failure(error, request, attempts) from error
                else:
                    if attempts is None or (pause := attempts.pause(response)) is None:
                        return to_result(self._read(plan, request, response), response)
                sleep(pause)
                request = attempts.request
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            raise


class AsyncCall(AnyCall[P, R_co, E_co]):
    __doc__ = _DocOfAction("An action of an ``AsyncClient``: await a call for its output, or ``safe`` for a result.")
    _usage = "await client.{}(...)"

    if TYPE_CHECKING:
        # No docstrings here either.
        async def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

        async def safe(self, /, *args: P.args, **kwargs: P.kwargs) -> Ok[R_co] | Err[E_co]: ...

    else:

        def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> UnawaitedCall:
            """Call the action; await what this gives for its output."""
            return UnawaitedCall(self._call(args, kwargs, _output), self._name)

        def safe(self, /, *args: P.args, **kwargs: P.kwargs) -> UnawaitedCall:
            """Call the action; await what this gives for ``Ok`` or ``Err``."""
            return UnawaitedCall(self._result(args, kwargs), f"{self._name}.safe")

    async def _result(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Ok[R_co] | Err[E_co]:
        try:
            result: Ok[R_co] = await self._call(args, kwargs, answered)
            return result
        except ActionError as error:
            return Err(error)  # type: ignore[arg-type]  # a call raises what its action declares, and no other

    async def _call(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        to_result: ToResult,
    ) -> Any:
        request: Request | None = None
        try:
            plan, request, attempts = self._begin(args, kwargs)
            transport: AsyncTransport = self._session.open()
            while True:
                try:
                    response = await transport.send(request)
                except Exception as error:
                    if attempts is None or (pause := attempts.pause(error)) is None:
                        raise failure(error, request, attempts) from error
                else:
                    if attempts is None or (pause := attempts.pause(response)) is None:
                        return to_result(self._read(plan, request, response), response)
                # A program that awaits has loaded asyncio; one with a blocking client must not pay
                # for it.
                from asyncio import sleep

                await sleep(pause)
                request = attempts.request
        except ActionError as error:
            set_place(error, self._name, "" if request is None else request.url)
            raise


def _look_up(
    owner: Callable[[Session[Any], str], object],
    session: Session[Any],
    path: str,
    name: str,
) -> object:
    """Return the call of an action, from the class that declares it."""
    call: object = getattr(owner(session, path), name)
    return call


def is_in_event_loop() -> bool:
    """Return whether this thread runs an event loop, without an import of asyncio."""
    events = sys.modules.get("asyncio.events")
    if events is None:
        return False
    # The function is missing while asyncio itself is imported.
    running_loop = getattr(events, "_get_running_loop", None)
    return running_loop is not None and running_loop() is not None
