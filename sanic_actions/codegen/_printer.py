"""Print types as source: for checkers in a stub, and with pydantic's constraints for run time.

A printer uses the names of its scope. A type that cannot be written raises ``Unrenderable``, which
becomes a problem of the action that reached the type.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Sequence
from types import NoneType
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import EmailStr, SecretBytes, SecretStr, StringConstraints, UrlConstraints
from pydantic.types import EncodedBytes, EncodedStr, UuidVersion

from .._files import UploadedFile
from .._pydantic import generic_parameters
from .._results import Redirect
from .._types.annotations import UNIONS, generic_parts, is_annotated, is_foreign
from .._types.constraints import URL, FieldOptions, constraints, limits_of_one_type
from .._types.fields import Field
from .._types.serializers import written_mark
from .._types.type_aliases import is_alias
from ._default_source import expression
from ._field_marks import is_unmarked, json_names
from ._graph import TypeGraph, Unrenderable
from ._scope import Scope
from ._snippets import Snippet, enclosed, joined, snippet
from ._text import plain

NONE: Final = Snippet("None")
NO_OPTIONS: Final[FieldOptions] = {}


class Printer(ABC):
    """Prints types in one place of one file.

    Attributes:
        graph: The types of all actions.
        scope: The names around.
        is_written: Whether the type is one that the server writes: then a serializer's type is
            printed.
        variables: The type variables of the generic class or alias that is printed.
    """

    __slots__ = ("graph", "is_written", "scope", "variables")

    def __init__(
        self,
        graph: TypeGraph,
        scope: Scope,
        *,
        is_written: bool = False,
        variables: Container[Any] = (),
    ) -> None:
        self.graph = graph
        self.scope = scope
        self.is_written = is_written
        self.variables = variables

    def evaluated(self) -> Printer:
        """Return a printer for code that is evaluated while the module is imported."""
        scope = self.scope.evaluated()
        variables = self.variables
        return type(self)(self.graph, scope, is_written=self.is_written, variables=variables)

    def type(self, annotation: Any) -> Snippet:
        """Print a type."""
        if annotation is None or annotation is NoneType:
            return NONE
        if type(annotation) is type and annotation.__module__ == "builtins":
            return self.scope.builtin(annotation.__name__)
        return self._composed(annotation)

    @abstractmethod
    def field(self, field: Field, annotation: Any, more: FieldOptions = NO_OPTIONS) -> Snippet:
        """Print the type of a field or a parameter.

        Args:
            field: The field, as the server declares it.
            annotation: The type that callers have for it; see ``TypeGraph.type_of``.
            more: Options of pydantic's ``Field`` besides the field's own.
        """

    @abstractmethod
    def _constrained(self, inner: Any, metadata: Sequence[Any]) -> Snippet:
        """Print a type with the metadata of ``Annotated``."""

    @abstractmethod
    def secret(self, name: str) -> Snippet:
        """Print a secret, which the client sends in clear."""

    def _composed(self, annotation: Any) -> Snippet:
        origin, arguments = generic_parts(annotation)
        if origin is Annotated:
            return self._annotated_type(annotation, arguments[0], arguments[1:])
        if origin is Literal:
            members = joined(", ", map(self._literal, arguments))
            return snippet(self.scope.member("typing", "Literal"), "[", members, "]")
        if origin in UNIONS:
            return joined(" | ", map(self.type, arguments))
        if origin is None:
            return self._bare(annotation)
        name = self._name(origin)
        if arguments:
            name = snippet(name, "[", joined(", ", map(self._argument, arguments)), "]")
        elif origin is tuple:  # of no places; Sized of typing has no arguments either
            name = snippet(name, "[()]")
        return name

    def _annotated_type(self, annotation: Any, inner: Any, metadata: Sequence[Any]) -> Snippet:
        if self.is_written:
            output_type = written_mark(annotation)
            if output_type is not annotation:
                return self.type(output_type)
        return self._constrained(inner, metadata)

    def _bare(self, target: Any) -> Snippet:
        """Print what has no arguments; to pydantic, Page[T] with its own T is Page itself."""
        name = self._name(target)
        variables = [variable for variable in generic_parameters(target) if variable in self.variables]
        if not variables:
            return name
        return snippet(name, "[", joined(", ", map(self.type, variables)), "]")

    def _literal(self, value: object) -> Snippet:
        text = expression(value, self.graph, self.scope)
        if text is None:
            remedy = "Use strings, numbers, truth values and members of enums."
            raise Unrenderable(f"Literal[{value!r:.60}] has no literal.", remedy)
        return text

    def _argument(self, argument: Any) -> Snippet:
        if argument is Ellipsis:
            return Snippet("...")
        if isinstance(argument, list | str):
            raise _unknown_error(argument)
        return self.type(argument)

    def _name(self, target: Any) -> Snippet:
        if isinstance(target, TypeVar):
            return self.scope.variable(target)
        print_special = _SPECIAL.get(target)
        if print_special is not None:
            return print_special(self)
        if target in self.graph.written_as:
            return self.type(self.graph.written_as[target])
        if (declaration := self.graph.catalog.of(target)) is not None:
            return self.scope.declared(declaration)
        return self._imported(target)

    def _imported(self, target: Any) -> Snippet:
        """Print a class that callers import: everybody has it, or ``--share`` names its module."""
        is_class = isinstance(target, type)
        if (is_class or is_alias(target)) and is_foreign(target):
            return self.scope.foreign(target)
        if is_class and self.graph.is_shared(target.__module__):
            return self.scope.named(target.__module__, tuple(target.__qualname__.split(".")))
        raise _unknown_error(target)


class StubPrinter(Printer):
    """Prints types as callers write them; what constrains them stands in docstrings."""

    __slots__ = ()

    def field(self, field: Field, annotation: Any, more: FieldOptions = NO_OPTIONS) -> Snippet:
        """Print the type of a field or a parameter."""
        return self.type(annotation)

    def _constrained(self, inner: Any, metadata: Sequence[Any]) -> Snippet:
        return self.type(inner)

    def secret(self, name: str) -> Snippet:
        """Print a secret."""
        return self.scope.member("pydantic", name)


class RunTimePrinter(Printer):
    """Prints types as pydantic needs them: with constraints, aliases and encodings."""

    __slots__ = ()

    def field(self, field: Field, annotation: Any, more: FieldOptions = NO_OPTIONS) -> Snippet:
        """Print the type of a field with its aliases, as the client has to use them."""
        is_replaced = annotation is not field.annotation
        if not more and is_unmarked(field) and not is_replaced:
            return self.type(annotation)
        metadata: list[Any] = []
        # An alias may add another layer of Annotated; inner marks come first, as in Python.
        while is_annotated(annotation):
            annotation, *marks = get_args(annotation)
            metadata = [*marks, *metadata]
        sources = list(metadata)
        if not is_replaced:  # the constraints of a field apply to its value, not to what a serializer makes of it
            sources.append(field.info)
        options = {**constraints(sources), **_swapped_aliases(field), **more}
        return self._annotated(self.type(annotation), metadata, options)

    def _constrained(self, inner: Any, metadata: Sequence[Any]) -> Snippet:
        return self._annotated(self.type(inner), metadata, constraints(metadata))

    def secret(self, name: str) -> Snippet:
        """Print a secret with the mark by which it is sent in clear."""
        secret = self.scope.member("pydantic", name)
        mark = self.scope.client("Revealed")
        return snippet(self.scope.member("typing", "Annotated"), "[", secret, ", ", mark, "]")

    def _annotated(self, inner: Snippet, metadata: Sequence[Any], options: FieldOptions) -> Snippet:
        encodings = filter(None, map(self._encoding, metadata))
        marks = [*encodings, *self._limits(limits_of_one_type(metadata))]
        arguments = self._options(options)
        if arguments:
            marks.append(snippet(self.scope.member("pydantic", "Field"), "(", joined(", ", arguments), ")"))
        if not marks:
            return inner
        return snippet(self.scope.member("typing", "Annotated"), "[", joined(", ", [inner, *marks]), "]")

    def _options(self, options: FieldOptions) -> list[Snippet]:
        """Print options as keyword arguments, but for those whose values clients cannot have."""
        return list(filter(None, map(self._option, options, options.values())))

    def _option(self, name: str, value: object) -> Snippet | None:
        if isinstance(value, Snippet):
            return snippet(f"{name}=", value)
        return enclosed(f"{name}=", expression(plain(value), self.graph, self.scope))

    def _encoding(self, mark: Any) -> Snippet | None:
        """Print the encoder of pydantic's Base64 types, without which clients decode nothing."""
        if not isinstance(mark, EncodedBytes | EncodedStr):
            return None
        encoder = mark.encoder
        if not is_foreign(encoder):
            reason = f"{encoder.__qualname__}, an encoder, is code of the server, of which no copy can be made."
            raise Unrenderable(reason, f"Use pydantic's own, such as Base64Bytes; or --share {encoder.__module__}.")
        return snippet(self.scope.foreign(type(mark)), "(encoder=", self.scope.foreign(encoder), ")")

    def _limits(self, limits: FieldOptions) -> Iterator[Snippet]:
        """Print the constraints that are marks of their own rather than options of ``Field``."""
        if "uuid_version" in limits:
            yield self._mark(UuidVersion, {"uuid_version": limits["uuid_version"]})
        url_limits = {name.removeprefix(URL): value for name, value in limits.items() if name.startswith(URL)}
        if url_limits:
            yield self._mark(UrlConstraints, url_limits)
        conversions: FieldOptions = {name: limits[name] for name in _CONVERSIONS if name in limits}
        if conversions:
            yield self._mark(StringConstraints, conversions)

    def _mark(self, cls: type, options: FieldOptions) -> Snippet:
        return snippet(self.scope.foreign(cls), "(", joined(", ", self._options(options)), ")")


_CONVERSIONS: Final = ("strip_whitespace", "to_lower", "to_upper")
"""Conversions of a string before its constraints are checked. "ascii_only" is left out, which older
versions of pydantic do not have."""


def _swapped_aliases(field: Field) -> FieldOptions:
    """Return the server's aliases, swapped: the client reads what the server writes."""
    input_name, output_name = json_names(field)
    if input_name == output_name == field.name:
        return {}
    return {"validation_alias": output_name, "serialization_alias": input_name}


_SPECIAL: Final[dict[Any, Callable[[Printer], Snippet]]] = {
    UploadedFile: lambda printer: printer.scope.client("File"),
    Redirect: lambda printer: printer.scope.client("Redirect"),
    SecretStr: lambda printer: printer.secret("SecretStr"),
    SecretBytes: lambda printer: printer.secret("SecretBytes"),
    # A plain str, since checking it takes the package email-validator, which callers need not have.
    EmailStr: lambda printer: printer.scope.builtin("str"),
    Self: lambda printer: printer.scope.member("typing", "Self"),
}


def _unknown_error(target: Any) -> Unrenderable:
    name = getattr(target, "__qualname__", str(target))
    module = getattr(target, "__module__", "")
    remedy = "Use a model, a dataclass or a type of the standard library"
    if isinstance(target, type) and hasattr(target, "__get_pydantic_core_schema__"):
        remedy += f"; or let the client import the server's own: --share {module}"
    return Unrenderable(f"{name} is code of the server, of which no copy can be made.", f"{remedy}.")
