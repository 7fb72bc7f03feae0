"""The defaults of copied fields in modules: a literal, a factory, or a mark for others."""

from __future__ import annotations

from pydantic import ByteSize

from .._types.defaults import validated_default
from .._types.fields import UNKNOWN, Field
from ._catalog import DeclaredType
from ._default_source import expression, factory, holds_instances
from ._printer import Printer
from ._scope import OutOfReach
from ._snippets import Snippet, enclosed, joined, snippet, when
from ._text import literal, plain


def model_default(field: Field, declaration: DeclaredType, printer: Printer) -> Snippet | None:
    """Return the default with its equals sign; empty if required, None if it is the server's."""
    if field.required:
        return Snippet("")
    if _is_replaced(field, declaration, printer):
        return None
    if (text := _exact_literal(field)) is not None:
        return Snippet(f" = {text}")
    option = _default_option(field, field.info.default_factory, printer)
    if option is None:
        return None
    if option.text.startswith("default=") and not field.info.validate_default:
        return snippet(" = ", Snippet(option.text.removeprefix("default="), option.needs))
    options = [option, *when(field.info.validate_default, "validate_default=True")]
    function = printer.scope.evaluated().member("pydantic", "Field")
    return snippet(" = ", function, "(", joined(", ", options), ")")


def dataclass_default(field: Field, declaration: DeclaredType, printer: Printer) -> Snippet | None:
    """Return the default for ``dataclasses.field``; None if only the server knows it."""
    if _is_replaced(field, declaration, printer):
        return None
    own_factory = declaration.obj.__dataclass_fields__[field.name].default_factory
    option = _default_option(field, field.info.default_factory or own_factory, printer)
    if option is not None and type(field.default) in (list, dict, set) and option.text.startswith("default="):
        # A dataclass takes a mutable default only as a factory.
        return snippet("default_factory=lambda: ", Snippet(option.text.removeprefix("default="), option.needs))
    return option


def _is_replaced(field: Field, declaration: DeclaredType, printer: Printer) -> bool:
    """Return whether callers must not see the default in what they read.

    A serializer may write another type, and a field that is never written would always seem to have
    its default.
    """
    if printer.graph.is_never_read(field, declaration):
        return True
    return printer.graph.type_of(field, declaration) is not field.annotation


def _exact_literal(field: Field) -> str | None:
    """Return a default as a literal if it is of exactly the declared type, as most are."""
    if field.info.validate_default:
        return None
    if field.default is None or type(field.default) is field.annotation:
        return literal(field.default)
    return None


def _default_option(field: Field, function: object, printer: Printer) -> Snippet | None:
    """Return a ``default=`` or ``default_factory=``; None if only the server knows it."""
    graph = printer.graph
    scope = printer.scope.evaluated()
    if field.default is not UNKNOWN:
        value = plain_scalar(validated_default(field.default, field.annotation))
        # An object of a copied class is made anew for each use: a shared one could be changed.
        if not holds_instances(value):
            try:
                return enclosed("default=", expression(value, graph, scope))
            except OutOfReach:
                pass  # not defined yet at this line, but when a factory is called
        return enclosed("default_factory=lambda: ", expression(value, graph, scope.called_later()))
    return enclosed("default_factory=", factory(function, field.annotation, graph, scope))


def plain_scalar(value: object) -> object:
    """Return what a scalar of a class of its own holds, as that travels; an enum member itself."""
    # A ByteSize is an int, and stays what it is: pydantic makes none of a default that is not
    # validated.
    if hasattr(value, "_name_") or type(value) is ByteSize:
        return value
    return plain(value)


def server_only(printer: Printer, maker: str) -> Snippet:
    """Return a default that stands for the server's own, and that is never sent."""
    scope = printer.scope.evaluated()
    options = [
        snippet("default_factory=", scope.client(maker)),
        snippet("exclude_if=", scope.client("is_unknown")),
        Snippet("validate_default=False"),  # a class that inherits it may validate its defaults
    ]
    return snippet(" = ", scope.member("pydantic", "Field"), "(", joined(", ", options), ")")
