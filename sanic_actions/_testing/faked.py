"""One action of a fake: its answers, and the calls that it received."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from inspect import BoundArguments, Parameter, signature
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

from .._error_facts import http_status, set_answer
from .._errors import ActionError, CallError
from ..client import Response
from .answer_checks import AnswerChecks

if TYPE_CHECKING:
    from ..client._declaration import Declaration

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=ActionError)


class Faked(Generic[P, R, E]):
    """One action of a fake: how it answers, and how it was called.

    Attributes:
        calls: The arguments of each call by name, with the defaults that callers know. A call that
            the client itself refuses is not among them.
        name: The dotted name of the action.
        response: The head of what the test answers.
    """

    def __init__(self, declaration: Declaration, name: str) -> None:
        self.calls: list[dict[str, Any]] = []
        self._declaration = declaration
        self.name = name
        self._signature = signature(declaration.function)
        self._answer: Callable[[BoundArguments], Any] = self._fail
        self._checks = AnswerChecks(declaration, name)
        self.response: Response = response_of(None)

    def returns(self, output: R, *, headers: Mapping[str, str] | None = None) -> None:
        """Answer each call with an output, whose ``Ok`` has these headers.

        Raises:
            TypeError: It is not of the type that the action declares.
        """
        value = self._checked_output(output)
        self._answer = lambda binding: value
        self.response = response_of(headers)

    def raises(self, error: E, *, headers: Mapping[str, str] | None = None) -> None:
        """Answer each call with an error, whose ``Err`` has these headers.

        Raises:
            TypeError: It is not an error that the action declares, an ``InputError`` or a ``CallError``,
                or one of its fields holds a value of another type.
        """
        self._checks.error(error)
        if headers is not None:
            set_answer(error, response_of(headers, http_status(error)))
        _set_status(error)

        def fail(binding: BoundArguments) -> Any:
            raise error.with_traceback(None)  # or each call would add its frames to one traceback

        self._answer = fail

    def runs(self, handler: Callable[P, R]) -> None:
        """Answer each call with what a function of the same parameters returns or raises.

        Raises:
            TypeError: It is not a function, or, when it is called, its output or its error is not
                the action's.
        """
        if not callable(handler):
            raise TypeError(f"runs() takes a function with the parameters of {self.name}, not {handler!r}.")
        function: Callable[..., Any] = handler

        def run(binding: BoundArguments) -> Any:
            self._check_parameters(function, binding)
            try:
                output = function(*binding.args[1:], **binding.kwargs)
            except ActionError as error:
                self._checks.error(error)
                _set_status(error)
                raise
            return self._checked_output(output)

        self._answer = run
        self.response = response_of(None)

    def answer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a call, and return the output that the test has set.

        Raises:
            ActionError: The test answers with an error.
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
            # Three dots stand for a default that only the server knows.
            elif parameter.default is not parameter.empty and parameter.default is not ...:
                arguments[name] = parameter.default
        return BoundArguments(self._signature, OrderedDict(arguments))

    def _check_parameters(self, function: Callable[..., Any], binding: BoundArguments) -> None:
        try:
            signature(function).bind(*binding.args[1:], **binding.kwargs)
        except ValueError:  # a function written in C may have no signature
            return
        except TypeError as error:
            names = ", ".join(_named(binding))
            reason = f"The function of {self.name} is called with {names}: {error}."
            advice = "Write it with def, and with the parameters of the action."
            raise TypeError(f"{reason} {advice}") from None

    def _checked_output(self, output: Any) -> Any:
        return self._checks.output(output)


def _set_status(error: ActionError) -> None:
    """Give a ``CallError`` that stands for a server's answer the status of its code, since each answer has one."""
    is_answer = isinstance(error, CallError) and (error.cause == "server" or error.response is not None)
    if is_answer and error.status is None:
        error.__dict__["_status"] = http_status(error)


def response_of(headers: Mapping[str, str] | None, status: int = 200) -> Response:
    """Return the answer of a server that has sent these headers."""
    fields = {name.lower(): value for name, value in (headers or {}).items()}
    cookies = [value for name, value in fields.items() if name == "set-cookie"]
    return Response(status, fields, b"", cookies)


class FakedAction:
    """An action of a fake's client. Its errors point to the methods behind ``fake.on``."""

    _name: str

    if not TYPE_CHECKING:  # or type checkers would accept any attribute

        def __getattr__(self, name: str) -> Any:
            if name in _METHODS:
                advice = f"write fake.on(fake.client.{self._name}).{name}"
                message = f"The client of a fake has actions only: {advice}"
                raise AttributeError(message, name=name, obj=self)
            # Streams and downloads have one of their own.
            lookup = getattr(super(), "__getattr__", None)
            if lookup is not None:
                return lookup(name)
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)


_METHODS: Final = ("returns", "raises", "runs", "calls")


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
