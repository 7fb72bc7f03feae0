"""The parts of a copied dataclass that a module and its stub share: decorator and options."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Final

from .._types.fields import Field
from ._catalog import DeclaredType
from ._printer import Printer
from ._snippets import Snippet, joined, snippet, when


def keyword_fields(declaration: DeclaredType) -> dict[str, bool]:
    """Return for each field whether it is keyword-only."""
    return {field.name: field.kw_only is True for field in dataclasses.fields(declaration.obj)}


def is_keyword_only(own: Collection[Field], by_keyword: Mapping[str, bool]) -> bool:
    """Return whether all fields of the class itself are keyword-only, as a decorator can say."""
    return bool(own) and all(by_keyword[field.name] for field in own)


def is_pydantic_dataclass(declaration: DeclaredType) -> bool:
    """Return whether a dataclass is one of pydantic's."""
    return "__pydantic_fields__" in declaration.obj.__dict__


def field_options(field: Field, declaration: DeclaredType) -> list[Snippet]:
    """Return the options of a field that are not the defaults: ``repr``, ``hash``, ``compare``."""
    own = declaration.obj.__dataclass_fields__[field.name]
    options: list[Snippet] = []
    for name, default in _FIELD_OPTIONS.items():
        value = getattr(own, name)
        options += when(value is not default, f"{name}={value!r}")
    return options


_FIELD_OPTIONS: Final[Mapping[str, bool | None]] = {"repr": True, "hash": None, "compare": True}


def decorator_options(declaration: DeclaredType, names: tuple[str, ...], *, is_all_keyword: bool) -> list[Snippet]:
    """Return the options of a dataclass's decorator that its copy needs."""
    parameters = declaration.obj.__dataclass_params__
    options: list[Snippet] = []
    for name in names:
        options += when(getattr(parameters, name), f"{name}=True")
    for name in ("eq", "repr"):
        options += when(not getattr(parameters, name), f"{name}=False")
    if is_all_keyword:
        options.append(Snippet("kw_only=True"))
    return options


def decorator_line(declaration: DeclaredType, printer: Printer, options: list[Snippet]) -> Snippet:
    """Return the decorator of a dataclass."""
    if is_pydantic_dataclass(declaration):
        module = "pydantic.dataclasses"
    else:
        module = "dataclasses"
    name = printer.scope.member(module, "dataclass")
    if not options:
        return snippet("@", name)
    return snippet("@", name, "(", joined(", ", options), ")")
