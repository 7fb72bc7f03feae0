"""Checks what a test answers with: what no server would send lets no test pass."""

from __future__ import annotations

import sys
from contextlib import suppress
from inspect import iscoroutine
from types import AsyncGeneratorType, CoroutineType, GeneratorType, ModuleType
from typing import TYPE_CHECKING, Any, Final, get_args

from .._errors import ActionError, CallError, InputError, error_fields
from .._results import Err, Event, Ok

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ..client._declaration import Declaration


class AnswerChecks:
    """The checks of one action.

    Args:
        declaration: What the generated package declares.
        name: The dotted name of the action.
    """

    def __init__(self, declaration: Declaration, name: str) -> None:
        self._declaration = declaration
        self._name = name
        self._output: TypeAdapter[Any] | None = None

    def output(self, output: Any) -> Any:
        """Return an output as a caller gets it.

        Raises:
            TypeError: It is not of the type that the action declares.
        """
        # Imported at the first answer, as at the first call of a real client.
        from pydantic import ValidationError
        from pydantic_core import PydanticSerializationError

        from .._wire import adapter_of

        if self._output is None:
            self._output = adapter_of(self._output_type())
        # Strict: a test must not pass with "3" where a server sends 3.
        try:
            # By the names that callers read: a typed dict is checked as it is.
            value = self._output.validate_python(output, strict=True, by_name=True, by_alias=False)
        except ValidationError as error:
            issues = error.errors(include_url=False, include_context=False)
            reason = self._reason_of_class(issues) or _advice(output) or "; ".join(map(_reason, issues[:3]))
            raise TypeError(f"{self._name} does not return {output!r}: {reason}.") from None
        if _is_read(output, value):
            raise TypeError(f"{self._name} does not return {output!r}: pass objects, not dictionaries.")
        try:
            # Validation accepts an object of the right class as it is, and a dataclass may hold
            # anything.
            self._check_parts(value)
        except PydanticSerializationError as error:
            raise TypeError(f"{self._name} does not return {output!r}: {error}.") from None
        return value

    def _check_parts(self, output: Any) -> None:
        adapter: Any = self._output
        try:
            adapter.dump_python(output, warnings="error")
        except TypeError:  # a set of objects cannot become a set of dictionaries, but a list of those
            with suppress(UnicodeDecodeError):  # of bytes in a typed dict, whose encoding pydantic does not see here
                adapter.dump_python(output, mode="json", warnings="error")

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

    def error(self, error: Any) -> None:
        """Refuse an error that no server would answer with.

        Raises:
            TypeError: It is not an error that the action declares, an ``InputError`` or a ``CallError``,
                or one of its fields holds a value of another type.
        """
        errors = [cls for cls, _ in self._declaration.plan().errors.values()]
        classes = (*errors, InputError, CallError)
        if isinstance(error, InputError | CallError):
            return
        if isinstance(error, tuple(errors)):
            self._check_fields(error)
            return
        names = ", ".join(cls.__name__ for cls in classes)
        message = f"{self._name} raises an object of one of {names}, not "
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
                kind = f"{self._name} does not raise this {type(error).__name__}"
                raise TypeError(f"{kind}: its {field!r} is {value!r:.60}: {issue['msg']}.") from None


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
