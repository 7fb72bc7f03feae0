"""One action of a fake: its answers, and the calls that it received."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import BoundArguments, Parameter, iscoroutine, signature
from types import AsyncGeneratorType, CoroutineType, GeneratorType, ModuleType
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, get_args

from .._error_facts import http_status, set_answer
from .._errors import ActionError, CallError, InputError, error_fields
from .._results import Err, Event, Ok
from ..client import Response

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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
        self._output: TypeAdapter[Any] | None = None
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
        self._check_error(error)
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
                self._check_error(error)
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
        # Imported at the first answer, as at the first call of a real client.
        from pydantic import ValidationError
        from pydantic_core import PydanticSerializationError

        if self._output is None:
            self._output = self._output_adapter()
        # Strict: a test must not pass with "3" where a server sends 3.
        try:
            # By the names that callers read: a typed dict is checked as it is.
            value = self._output.validate_python(output, strict=True, by_name=True, by_alias=False)
        except ValidationError as error:
            issues = error.errors(include_url=False, include_context=False)
            reason = self._reason_of_class(issues) or _advice(output) or "; ".join(map(_reason, issues[:3]))
            raise TypeError(f"{self.name} does not return {output!r}: {reason}.") from None
        if _is_read(output, value):
            raise TypeError(f"{self.name} does not return {output!r}: pass objects, not dictionaries.")
        try:
            # Validation accepts an object of the right class as it is, and a dataclass may hold
            # anything.
            self._check_parts(value)
        except PydanticSerializationError as error:
            raise TypeError(f"{self.name} does not return {output!r}: {error}.") from None
        return value

    def _check_parts(self, output: Any) -> None:
        adapter: Any = self._output
        try:
            adapter.dump_python(output, warnings="error")
        except TypeError:  # a set of objects cannot become a set of dictionaries, but a list of those
            with suppress(UnicodeDecodeError):  # of bytes in a typed dict, whose encoding pydantic does not see here
                adapter.dump_python(output, mode="json", warnings="error")

    def _output_adapter(self) -> TypeAdapter[Any]:
        from .._wire import adapter_of

        return adapter_of(self._output_type())

    def _output_type(self) -> Any:
        from typing import get_type_hints

        return get_type_hints(self._declaration.function, include_extras=True)["return"]

    def _reason_of_class(self, issues: list[Any]) -> str:
        """Return which class to import if the test used the server's class; else nothing."""
        modules = _modules_of(self._output_type())
        for issue in issues:
            kind = _class_of(issue["input"])
            for module in modules:
                rival = getattr(module, kind.__name__, None)
                if isinstance(rival, type) and rival.__module__ == module.__name__ != kind.__module__:
                    return _advice_to_import(kind, rival)
        return ""

    def _check_error(self, error: Any) -> None:
        errors = [cls for cls, _ in self._declaration.plan().errors.values()]
        classes = (*errors, InputError, CallError)
        if isinstance(error, InputError | CallError):
            return
        if isinstance(error, tuple(errors)):
            self._check_fields(error)
            return
        names = ", ".join(cls.__name__ for cls in classes)
        message = f"{self.name} raises an object of one of {names}, not "
        kind = _class_of(error)
        rival = next((cls for cls in classes if cls.__name__ == kind.__name__), None)
        if rival is not None and rival is not kind:  # the server's class of that name
            message += f"{_advice_to_import(kind, rival)}."
        elif kind is error:
            message += f"the class {kind.__name__}: write {kind.__name__}(...)."
        elif isinstance(error, ActionError):  # as a handler raises it
            message += f"{kind.__name__}: callers get a CallError instead of it, CallError({error.code!r}, ...)."
        else:
            message += f"{kind.__name__}."
        raise TypeError(message)

    def _check_fields(self, error: Any) -> None:
        from typing import get_type_hints

        from pydantic import ValidationError

        from .._wire import adapter_of

        hints = get_type_hints(type(error), include_extras=True)
        for field in error_fields(type(error)):
            value = getattr(error, field)
            adapter = adapter_of(hints[field])
            try:  # strict, as outputs are
                adapter.validate_python(value, strict=True, by_name=True, by_alias=False)
            except ValidationError as mistake:
                issue = mistake.errors(include_url=False, include_context=False)[0]
                kind = f"{self.name} does not raise this {type(error).__name__}"
                raise TypeError(f"{kind}: its {field!r} is {value!r:.60}: {issue['msg']}.") from None


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


def with_advice(sentence: str, output: object) -> str:
    """Return a sentence about an output that no client returns, with what to write in its place."""
    advice = _advice(output)
    if advice:
        return f"{sentence}: {advice}."
    return f"{sentence}."


def _advice(output: object) -> str:
    """Return what to write in place of an output that no client returns; empty where that is not known."""
    if iscoroutine(output):
        output.close()  # or Python would warn that it was never awaited
    for kinds, advice in _ADVICE:
        if isinstance(output, kinds):
            return advice
    return ""


_ADVICE: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((CoroutineType, AsyncGeneratorType), "write the function of runs(...) without 'async'"),
    ((GeneratorType,), "write 'return' in place of 'yield' in the function of runs(...)"),
    ((Ok, Event), "pass its data alone"),
    ((Err, ActionError), "write raises(...) with the error"),
    ((type,), "pass an object of the class"),
)


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


def _is_read(output: object, result: object) -> bool:
    """Return whether validation turned a dictionary into an object, which strict mode allows."""
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


def _class_of(value: object) -> type[Any]:
    """Return the class of a value, or the class that it is."""
    if isinstance(value, type):
        return value
    return type(value)


def _modules_of(annotation: Any) -> list[ModuleType]:
    """Return the modules of the classes in an annotation, and of the classes of their fields."""
    types = [annotation]
    for item in types:  # grows as it is read: an annotation is as deep as it was written
        types.extend(get_args(item))
    names = dict.fromkeys(item.__module__ for item in types if isinstance(item, type))
    return [sys.modules[name] for name in names if name in sys.modules and name != "builtins"]


def _advice_to_import(kind: type[Any], rival: type[Any]) -> str:
    return f"{kind.__name__} of {kind.__module__}. Import it with 'from {rival.__module__} import {rival.__name__}'"
