"""Copy what is a statement rather than a class: a ``NewType``, and an alias in a module or a stub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._types.annotations import generic_parts
from .._types.type_aliases import is_alias, value_of
from ._catalog import DeclaredType, type_parameters
from ._class_source import ClassPrinters, ClassSource
from ._snippets import Snippet, joined, snippet


def new_type(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a ``NewType``."""
    supertype = printers.body.evaluated().type(declaration.obj.__supertype__)
    function = printers.body.evaluated().scope.member("typing", "NewType")
    return _statement(snippet(f"{declaration.name} = ", function, f"({declaration.name!r}, ", supertype, ")"))


def run_time_alias(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy an alias: as a ``type`` statement from Python 3.12 on, else with typing_extensions."""
    if printers.target >= (3, 12):
        return _type_statement(declaration, printers)
    # The value is a string, so that it can name classes further down, and itself.
    value = printers.body.type(value_of(declaration.obj))
    return _alias_type(declaration, printers, Snippet(repr(value.text), value.needs))


def stub_alias(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy an alias for checkers: pyright accepts a recursive one only as a ``TypeAlias``."""
    if printers.target >= (3, 12):
        return _type_statement(declaration, printers)
    value = printers.body.type(value_of(declaration.obj))
    string = Snippet(repr(value.text), value.needs)
    if _is_recursive(declaration.obj):
        alias_type = printers.body.scope.member("typing", "TypeAlias")
        return _statement(snippet(f"{declaration.name}: ", alias_type, " = ", string))
    if type_parameters(declaration.obj):
        return _alias_type(declaration, printers, value)
    return _alias_type(declaration, printers, string)


def _type_statement(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    value = printers.body.type(value_of(declaration.obj))
    parameters = joined(", ", map(printers.body.type, type_parameters(declaration.obj)))
    if parameters.text:
        parameters = snippet("[", parameters, "]")
    return _statement(snippet(f"type {declaration.name}", parameters, " = ", value))


def _alias_type(declaration: DeclaredType, printers: ClassPrinters, value: Snippet) -> ClassSource:
    function = printers.body.scope.evaluated().member("typing_extensions", "TypeAliasType")
    parameters = joined(", ", map(printers.body.type, type_parameters(declaration.obj)))
    if parameters.text:
        value = snippet(value, ", type_params=(", parameters, ",)")
    return _statement(snippet(f"{declaration.name} = ", function, f"({declaration.name!r}, ", value, ")"))


def _statement(line: Snippet) -> ClassSource:
    return ClassSource(line, [], [])


def _is_recursive(alias: Any) -> bool:
    """Return whether an alias leads to itself, through other aliases too."""
    visits: set[Any] = set()
    waiting = list(_aliases_in(value_of(alias)))
    # Other aliases on the way may be recursive too, so each is followed once.
    while waiting:
        inner = waiting.pop()
        if inner is alias:
            return True
        if inner not in visits:
            visits.add(inner)
            waiting += _aliases_in(value_of(inner))
    return False


def _aliases_in(annotation: Any) -> Iterator[Any]:
    origin, arguments = generic_parts(annotation)
    if is_alias(origin or annotation):
        yield origin or annotation
    if getattr(origin, "_name", "") != "Literal":
        for argument in arguments:
            yield from _aliases_in(argument)
