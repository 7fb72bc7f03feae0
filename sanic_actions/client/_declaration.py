"""The declaration of an action: for the client at the first call, and for ``help()`` and tracebacks.

Everything is read on demand: a package may declare thousands of actions, of which few are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from .._server_mistakes import type_error

if TYPE_CHECKING:
    from inspect import Parameter, Signature

    from ._plan import Plan


class Declaration:
    """One action as a generated class declares it.

    Attributes:
        function: The method whose signature is the action's; its body is empty.
        errors: The classes of the errors that it declares; in generated code, dotted strings.
        options: See ``Options``.
    """

    __slots__ = ("_plan", "errors", "function", "options")

    def __init__(
        self,
        function: Callable[..., Any],
        errors: tuple[Any, ...],
        options: dict[str, Any],
    ) -> None:
        self.function: Callable[..., Any] = function
        self.errors: tuple[Any, ...] = errors
        self.options: dict[str, Any] = options
        self._plan: Plan | None = None

    def plan(self) -> Plan:
        """Return how to make calls, read at the first one."""
        if self._plan is None:
            from ._plan import Plan

            self._plan = Plan(self.function, self.errors, **self.options)
        return self._plan

    def signature(self) -> Signature:
        """Return what callers pass and get, with the types themselves."""
        from inspect import signature
        from typing import get_type_hints

        hints = get_type_hints(self.function)
        own = signature(self.function)
        parameters = [
            parameter.replace(annotation=hints.get(parameter.name, parameter.annotation))
            for parameter in list(own.parameters.values())[1:]
        ]
        return own.replace(parameters=parameters, return_annotation=hints.get("return"))

    def signature_text(self) -> str:
        """Return the signature as it is read, generic classes with their defining modules."""
        signature = self.signature()
        text = str(signature)
        for annotation in (*(p.annotation for p in signature.parameters.values()), signature.return_annotation):
            for kind in _generic_classes(annotation):
                # pydantic says that Page[int] is of the module that writes the brackets.
                home = kind.__pydantic_generic_metadata__["origin"].__module__
                text = text.replace(f"{kind.__module__}.{kind.__qualname__}", f"{home}.{kind.__qualname__}")
        return text

    def doc(self, name: str) -> str:
        """Return the action's docstring with signature and errors, which ``help()`` lacks."""
        from contextlib import suppress
        from inspect import cleandoc

        text = cleandoc(self.function.__doc__ or f"Call the action {name}.")
        with suppress(Exception):  # a package whose models cannot be imported still has docstrings
            text += f"\n\nCall:\n    {name}{self.signature_text()}"
        if "Raises:" in text or not self.errors:
            return text
        names = [*map(_error_name, self.errors), "InputError", "CallError"]
        return f"{text}\n\nRaises:\n    {', '.join(names)}"

    def usage_error(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        error: TypeError,
    ) -> TypeError:
        """Return the error for a call whose arguments do not fit, in the words of the action."""
        from inspect import signature

        parameters = list(signature(self.function).parameters.values())[1:]
        members = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
        names = [p.name for p in members]
        if args and not any(p.kind is p.POSITIONAL_ONLY for p in members):
            example = ", ".join(f"{p.name}=..." for p in _named(members, args, kwargs))
            reason = f"takes keyword arguments only: write {name}({example})"
            return type_error(f"{name}() {reason}" if members else f"{name}() takes no arguments")
        reason = str(error).partition("() ")[2] or str(error)
        reason = reason.partition(". Did you mean")[0]  # Python 3.13 says it too
        wrong = [key for key in kwargs if key not in names]
        return type_error(f"{name}() {reason}{_nearest(wrong, members)}")


def _generic_classes(annotation: Any) -> Iterator[Any]:
    """Yield the generic models with their arguments inside an annotation."""
    from typing import get_args

    if getattr(annotation, "__pydantic_generic_metadata__", _NO_METADATA)["origin"] is not None:
        yield annotation
    for part in get_args(annotation):
        yield from _generic_classes(part)


_NO_METADATA: Final[Mapping[str, None]] = {"origin": None}


def _error_name(error: type | str) -> str:
    """Return the name of an error, which is ``module.Name`` if its module is not loaded yet."""
    if isinstance(error, str):
        return error.rpartition(".")[2]
    return error.__name__


def _named(
    parameters: list[Parameter],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> list[Parameter]:
    """Return the parameters that a positional call probably meant, and those it has to pass."""
    needs = [p for p in parameters if p.name in kwargs or p.default is p.empty]
    if len(needs) >= len(args):
        return needs
    return parameters


def _nearest(wrong: list[str], parameters: list[Parameter]) -> str:
    from difflib import get_close_matches

    for key in wrong:
        if key in ("timeout", "headers"):
            return f". Options of a call are those of its client: client.with_options({key}=...)"
        if matches := get_close_matches(key, [p.name for p in parameters], 1):
            return f". Did you mean {matches[0]!r}?"
    return ""
