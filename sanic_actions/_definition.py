"""The shape of a handler as values: its input, its output, its injected parameters, its problems.

``_handler_reader`` reads them from a function.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, NoReturn, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from ._definition_error import Problem
from ._types.annotations import may_be
from ._types.defaults import validated_default
from ._types.fields import UNKNOWN, Field, parameters_type
from ._types.hints import Parameter, is_plain
from ._wire import CONFIG

EMPTY: Final = inspect.Parameter.empty
PARAMETERS_CONFIG: Final = ConfigDict(**CONFIG, arbitrary_types_allowed=False)


class Injected:
    """Marks a parameter that a guard or sanic-ext supplies: ``user: Annotated[User, Injected]``."""

    __sanic_actions_injected__: ClassVar[bool] = True

    def __class_getitem__(cls, item: object) -> NoReturn:
        name = getattr(item, "__name__", str(item))
        raise TypeError(f"Injected is a mark on a type, not a type: write Annotated[{name}, Injected].")


class Input:
    """The input of an action.

    Attributes:
        spread: Whether the handler takes the fields as keyword arguments rather than the one value.
    """

    spread: bool

    def __init__(self, *, annotation: Any, fields: tuple[Field, ...] | None, spread: bool) -> None:
        self._annotation = annotation
        self._fields = fields
        self.spread = spread

    @property
    def annotation(self) -> Any:
        """The type that travels: the declared one, or a typed dict of the handler's parameters."""
        return self._annotation

    @property
    def fields(self) -> tuple[Field, ...] | None:
        """The fields of an object; None for one bare value."""
        return self._fields

    @property
    def required(self) -> bool:
        """Whether a call must send something: an empty body stands for an object without fields."""
        return self.fields is None or any(field.required for field in self.fields)


class Parameters(Input):
    """The input of a handler whose parameters are the fields.

    What pydantic needs is made on first use: for a thousand actions it costs more than all the rest
    of a start.
    """

    def __init__(
        self,
        name: str,
        parameters: Iterable[Parameter],
        hints: Mapping[str, Any],
    ) -> None:
        self.spread = True
        self._name = name
        self._parameters = tuple(parameters)
        self._hints = hints

    @property
    def types(self) -> dict[str, Any]:
        """The annotations of the parameters by name."""
        return {name: self._hints[name] for name, _, _ in self._parameters}

    @cached_property
    def annotation(self) -> Any:
        """A typed dict of the parameters."""
        types = {}
        for name, _, default in self._parameters:
            types[name] = (_with_default(self._hints[name], default), default is EMPTY)
        return parameters_type(self._name, types, PARAMETERS_CONFIG)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """One for each parameter."""
        return tuple(_field(parameter, self._hints[parameter.name]) for parameter in self._parameters)


def _field(parameter: Parameter, annotation: Any) -> Field:
    is_required = parameter.default is EMPTY
    info = FieldInfo.from_annotation(annotation)
    default: object = UNKNOWN
    if not is_required:
        default = validated_default(parameter.default, annotation)
    return Field(name=parameter.name, annotation=annotation, required=is_required, default=default, info=info)


def _with_default(annotation: Any, default: Any) -> Any:
    """Return the type with a default of another type, which is validated before handlers get it."""
    if default is EMPTY or may_be(default, annotation):
        return annotation
    return Annotated[annotation, FieldInfo(default=default, validate_default=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The shape of a handler."""

    input: Input | None
    output: Any
    """The declared return type without its coroutine, or the type of a stream's items. None for a handler that returns
    nothing, and for a download, whose bytes are not a value."""
    is_async: bool
    is_stream: bool
    """Whether the output arrives item by item."""
    has_ids: bool
    """Whether the items of a stream are ``Event`` objects."""
    is_download: bool
    """Whether the output is a file."""
    context: str | int | None
    """Where the context goes: a parameter's name, a position in the explicit form, or None."""
    request: str | None
    injected: Mapping[str, Any]
    """Parameter name to type, for those marked ``Injected``."""
    function: Any
    """The function behind the handler's wrappers."""
    deprecated: str | None
    problems: tuple[Problem, ...]
    """The mistakes in it, without the name of its action, which only the tree knows."""
    read_one_way: Mapping[Any, str]
    """The classes of the input that are not written as they are read, each with the reason."""
    written_one_way: Mapping[Any, str]
    """The same classes of the output."""

    @property
    def doc(self) -> str | None:
        """The docstring, without its indentation."""
        return inspect.getdoc(self.function)

    @property
    def place(self) -> tuple[str, int]:
        """File and line of the function."""
        return place_of(self.function)

    @property
    def file(self) -> str:
        """Where the function stands, as ``place_of`` says it."""
        return place_of(self.function)[0]

    @property
    def line(self) -> int:
        """The line in that file."""
        return place_of(self.function)[1]


def underlying_function(handler: Any) -> Any:
    """Return the function behind wrappers, partials, bound methods and callable objects."""
    if is_plain(handler):
        return handler
    while isinstance(handler, functools.partial) or is_action(handler):
        handler = handler.handler if is_action(handler) else handler.func
    if not inspect.isroutine(handler) and not isinstance(handler, type):
        handler = type(handler).__call__
    inner = inspect.unwrap(handler)
    return getattr(inner, "__func__", inner)


def place_of(function: Any) -> tuple[str, int]:
    """Return the file and line of a function; ``("", 0)`` if unknown.

    The file is relative to the working directory if it is below it.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        return "", 0
    here = f"{Path.cwd()}{os.sep}"
    return code.co_filename.removeprefix(here).replace(os.sep, "/"), code.co_firstlineno


def is_action(handler: Any) -> bool:
    """Return whether this is an ``Action``, which this module knows by a mark only."""
    return getattr(type(handler), "__sanic_actions_action__", False) is True


def is_context(target: Any) -> bool:
    """Return whether this is ``ActionContext``, which layer 1 knows by a mark only."""
    # Looking up a missing attribute takes long on a model's metaclass, and most types are models.
    return type(target) is not _MODEL_KIND and getattr(target, "__sanic_actions_context__", False) is True


def is_request(target: Any) -> bool:
    """Return whether this is Sanic's ``Request``; if Sanic is not imported, nothing is."""
    module = sys.modules.get("sanic.request")
    if not isinstance(target, type):
        target = get_origin(target)
    return module is not None and isinstance(target, type) and issubclass(target, module.Request)


_MODEL_KIND = type(BaseModel)
