"""The one printer of types: for stubs as checkers read them, for run time with the constraints that pydantic needs."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import EmailStr, SecretBytes, SecretStr
from pydantic.types import EncodedBytes, EncodedStr

from .._files import UploadedFile
from .._results import Redirect
from .._types.annotations import UNIONS, generic_parts, is_alias, is_annotated, is_foreign
from .._types.constraints import Options, constraints
from .._types.fields import Field
from ._aliases import aliases_of, is_plain
from ._imports import CLIENT
from ._names import Names
from ._reach import Unrenderable
from ._text import literal, plain
from ._values import expression


class Source(str):
    """An option that is Python source already."""

    __slots__ = ()


NONE: Final[Options] = {}
UNSENT: Final[Options] = {"exclude_if": Source("lambda value: value is ...")}
"""For a field whose default only the server knows: one that was not given is not sent."""


class Types:
    """Prints types with the names of one file.

    Attributes:
        names: The names of the file.
        at_run_time: Whether constraints are printed too, for pydantic.
    """

    def __init__(self, names: Names, *, at_run_time: bool) -> None:
        self.names = names
        self.at_run_time = at_run_time

    def text(self, annotation: Any) -> str:
        """A type as Python source."""
        if annotation is None or annotation is NoneType:
            return "None"
        if type(annotation) is type and annotation.__module__ == "builtins":
            return self.names.builtin(annotation.__name__)
        return self._composed(annotation)

    def _composed(self, annotation: Any) -> str:
        origin, arguments = generic_parts(annotation)
        if origin is Annotated:
            inner, *metadata = arguments
            return self._constrained(inner, metadata, constraints(metadata))
        if origin is Literal:
            return f"{self.names.module('typing')}.Literal[{', '.join(map(_literal, arguments))}]"
        if origin in UNIONS:
            return " | ".join(map(self.text, arguments))
        if origin is None:
            return self._name(annotation)
        return f"{self._name(origin)}[{', '.join(map(self._argument, arguments)) or '()'}]"

    def field(self, field: Field, more: Options = NONE) -> str:
        """The type of a field or a parameter: at run time with its aliases, as the client has to use them."""
        annotation = field.annotation
        if not more and is_plain(field):
            return self.text(annotation)
        metadata: list[Any] = []
        while is_annotated(annotation):
            annotation, *marks = get_args(annotation)
            metadata = [*marks, *metadata]
        options = constraints([*metadata, field.info]) if self.at_run_time else {}
        return self._constrained(annotation, metadata, {**options, **self._aliases(field), **more})

    def _aliases(self, field: Field) -> Options:
        """The server's aliases, swapped: the client reads what the server writes."""
        read, written = aliases_of(field)
        if not self.at_run_time or read == written == field.name:
            return {}
        return {"validation_alias": written, "serialization_alias": read}

    def _constrained(self, inner: Any, metadata: list[Any], options: Options) -> str:
        text = self.text(inner)
        if not self.at_run_time:
            return text
        marks = [mark for given in metadata if (mark := self._encoding(given))]
        arguments = [f"{name}={source}" for name, value in options.items() if (source := self._option(value))]
        if arguments:
            marks.append(f"{self.names.module('pydantic')}.Field({', '.join(arguments)})")
        return f"{self.names.module('typing')}.Annotated[{', '.join([text, *marks])}]" if marks else text

    def _option(self, value: object) -> str | None:
        return value if isinstance(value, Source) else expression(plain(value), self.names)

    def _encoding(self, mark: Any) -> str | None:
        """The encodings of pydantic's own Base64 types, without which a client would read something else."""
        if not isinstance(mark, EncodedBytes | EncodedStr) or not is_foreign(mark.encoder):
            return None
        return f"{self.names.foreign(type(mark))}(encoder={self.names.foreign(mark.encoder)})"

    def _argument(self, argument: Any) -> str:
        if argument is Ellipsis:
            return "..."
        if isinstance(argument, list | str):
            raise _unknown(argument)
        return self.text(argument)

    def _name(self, target: Any) -> str:
        if isinstance(target, TypeVar):
            return self.names.type_variable(target)
        if special := _SPECIAL.get(target):
            return special(self)
        if (found := self.names.reach.catalog.of(target)) is not None:
            return self.names.declared(found)
        if (isinstance(target, type) or is_alias(target)) and is_foreign(target):
            return self.names.foreign(target)
        if isinstance(target, type) and self.names.reach.is_shared(target.__module__):
            return self.names.modelled(target.__module__, tuple(target.__qualname__.split(".")))
        raise _unknown(target)

    def client(self, name: str) -> str:
        """A name of the door for generated code."""
        return f"{self.names.module(CLIENT)}.{name}"

    def secret(self, name: str) -> str:
        """A secret, which the client sends in clear."""
        text = f"{self.names.module('pydantic')}.{name}"
        if not self.at_run_time:
            return text
        return f"{self.names.module('typing')}.Annotated[{text}, {self.client('Revealed')}]"


_SPECIAL: Final[dict[Any, Callable[[Types], str]]] = {
    UploadedFile: lambda types: types.client("File"),
    Redirect: lambda types: types.client("Redirect"),
    SecretStr: lambda types: types.secret("SecretStr"),
    SecretBytes: lambda types: types.secret("SecretBytes"),
    # A str for checkers and at run time; to check it takes a package that callers need not have.
    EmailStr: lambda types: types.names.builtin("str"),
}


def _literal(value: object) -> str:
    text = literal(value)
    if text is None:
        raise Unrenderable(f"Literal[{value!r:.60}] has no literal.", "Use texts, numbers and truth values.")
    return text


def _unknown(target: Any) -> Unrenderable:
    name = getattr(target, "__qualname__", str(target))
    module = getattr(target, "__module__", "")
    remedy = "Use a model, a dataclass or a type of the standard library"
    if isinstance(target, type) and hasattr(target, "__get_pydantic_core_schema__"):
        remedy += f"; or let the client import the server's own: --share {module}"
    return Unrenderable(f"{name} is code of the server, of which no copy can be made.", f"{remedy}.")
