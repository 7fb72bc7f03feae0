"""The parts of a copied class that a module and a stub share: header, options, members of an enum."""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .._types.configuration import COPIED
from .._types.fields import Field, config_of, extras_type
from ._catalog import DeclaredType, type_parameters
from ._default_source import required_expression
from ._field_marks import json_names
from ._graph import Unrenderable
from ._printer import Printer
from ._snippets import Snippet, indented, joined, snippet, when
from ._text import is_name, literal, plain


class ClassPrinters(NamedTuple):
    """The printers for one class: in its body, it has other names than outside."""

    header: Printer
    """For its decorators and bases, which are evaluated while the module is imported."""
    body: Printer
    """For its fields."""
    target: tuple[int, int]
    """The oldest Python that the package is for."""


class ClassSource(NamedTuple):
    """A copy of a declared type, without the classes inside it."""

    header: Snippet
    doc: list[Snippet]
    body: list[Snippet]
    before: tuple[Snippet, ...] = ()
    """Decorators."""
    after: tuple[Snippet, ...] = ()
    """Statements below the class."""
    with_line: Snippet | None = None
    """A ``with`` statement around the class."""
    first_line: Snippet | None = None
    """The first statement in that block, before the class."""

    def lines(self, inner: list[Snippet]) -> list[Snippet]:
        """Return the lines, with the classes inside it below its docstring."""
        lines = [*self.before, self.header]
        if self.header.text.endswith(":"):  # an alias or a NewType is a statement without a body
            body = [*self.doc, *inner, *self.body] or [Snippet("...")]
            lines += indented(body)
        if self.with_line is not None and self.first_line is not None:
            lines = [self.with_line, *indented([self.first_line, *lines])]
        return [*lines, *self.after]


def class_header(name: str, bases: Iterable[Snippet]) -> Snippet:
    """Return the first line of a class."""
    items = joined(", ", bases)
    if not items.text:
        return Snippet(f"class {name}:")
    return snippet(f"class {name}(", items, "):")


def extra_fields(declaration: DeclaredType, printer: Printer) -> list[Snippet]:
    """Return the annotation of a model's extra fields; nothing for one without them."""
    if not declaration.is_open:
        return []
    items = joined(", ", [printer.scope.builtin("str"), printer.type(extras_type(declaration.obj))])
    return [snippet("__pydantic_extra__: ", printer.scope.builtin("dict"), "[", items, "]")]


def generic_base(parameters: Iterable[Any], printer: Printer) -> list[Snippet]:
    """Return ``Generic[...]`` for a class with type variables."""
    items = joined(", ", map(printer.type, parameters))
    if not items.text:
        return []
    return [snippet(printer.scope.member("typing", "Generic"), "[", items, "]")]


def bases_of(declaration: DeclaredType, printer: Printer) -> list[Snippet]:
    """Return the copied base classes, and ``Generic[...]``."""
    bases = list(map(printer.type, declaration.bases))
    return [*bases, *generic_base(type_parameters(declaration.obj), printer)]


def config_source(
    declaration: DeclaredType, printer: Printer, more_settings: Mapping[str, object] = MappingProxyType({})
) -> Snippet | None:
    """Return the configuration of a copy: what concerns the wire, and more; None if there is none."""
    config = declaration.config
    options = {name: config[name] for name in COPIED if config.get(name) is not None}
    if _ignores_unknown(declaration, printer):
        options.pop("extra", None)
        # A base class that keeps it would hand it down, so the copy says otherwise.
        if any(_is_closed_member(base, printer) for base in declaration.obj.__mro__):
            options["extra"] = "ignore"
    options |= more_settings
    if not options:
        return None
    arguments = [f"{name}={_config_value(name, value)}" for name, value in options.items()]
    return snippet(printer.scope.member("pydantic", "ConfigDict"), f"({', '.join(arguments)})")


def _ignores_unknown(declaration: DeclaredType, printer: Printer) -> bool:
    """Return whether a copy drops ``extra="forbid"``, so that a server can add fields to its outputs.

    A member of a union keeps it, since it may be what distinguishes the member from another one.
    """
    if declaration.config.get("extra") != "forbid" or declaration.obj in printer.graph.union_members:
        return False
    return declaration.obj in printer.graph.outputs


def _is_closed_member(cls: Any, printer: Printer) -> bool:
    """Return whether a class is a member of a union that refuses unknown fields."""
    return cls in printer.graph.union_members and config_of(cls).get("extra") == "forbid"


def _config_value(name: str, value: object) -> str:
    if value == ():
        return "()"
    text = literal(plain(value))
    if text is None:
        reason = f"its configuration has {name}={value!r:.60}."
        raise Unrenderable(reason, "Use a string, a number or a truth value.")
    return text


BOTH_NAMES: Final = {"validate_by_alias": True, "validate_by_name": True}
"""The configuration of a copy with aliases: outputs have them, callers write Python names."""


def has_aliases(fields: Iterable[Field]) -> bool:
    """Return whether a field has another name in JSON."""
    return any(json_names(field) != (field.name, field.name) for field in fields)


def free_name(name: str, names: Container[str]) -> str:
    """Return the name, with underscores before it if it is taken."""
    while name in names:
        name = f"_{name}"
    return name


# The most specific ones first: an IntFlag is a Flag and an Enum too.
_ENUMS: Final = (enum.StrEnum, enum.IntFlag, enum.IntEnum, enum.Flag, enum.Enum)


def enumeration(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy an enum."""
    cls: type[enum.Enum] = declaration.obj
    printer = printers.body.evaluated()
    body: list[Snippet] = []
    for name, member in cls.__members__.items():
        if not is_name(name):
            reason = f"{declaration.name} has the member {name!r}, which is not a name."
            raise Unrenderable(reason, "Rename the member.")
        subject = f"the value of {declaration.name}.{name}"
        value = required_expression(plain(member._value_), printer.graph, printer.scope, subject)
        body.append(snippet(f"{name} = ", value))
    return ClassSource(class_header(declaration.path[-1], _enum_bases(cls, printers.header)), declaration.doc, body)


def _enum_bases(cls: type[enum.Enum], printer: Printer) -> Iterator[Snippet]:
    base = next(base for base in _ENUMS if issubclass(cls, base))
    data_type: type = cls._member_type_  # type: ignore[attr-defined]  # what the values are made of, besides being members
    if data_type is not object and base in (enum.Enum, enum.Flag):
        yield printer.type(data_type)
    yield printer.scope.foreign(base)


def error_bases(declaration: DeclaredType, printer: Printer) -> list[Snippet]:
    """Return the bases and the code of a typed error."""
    bases = list(map(printer.type, declaration.bases)) or [printer.scope.client("ActionError")]
    if declaration.obj._class_code is not None:
        bases.append(Snippet(f"code={literal(plain(declaration.obj._class_code))}"))
    return bases


def typed_dict_base(printer: Printer, target: tuple[int, int], name: str) -> Snippet:
    """Return a name for typed dicts; before Python 3.12, pydantic takes those of typing_extensions."""
    if target >= (3, 12):
        return printer.scope.member("typing", name)
    return printer.scope.member("typing_extensions", name)


def refuse_keys(declaration: DeclaredType) -> None:
    """Raise for a typed dict with keys that cannot be written in the body of a class."""
    for field in declaration.fields:
        # In the body of class Item, Python reads __size as _Item__size.
        is_mangled = field.name.startswith("__") and not field.name.endswith("__")
        if is_mangled or not is_name(field.name):
            reason = f"{declaration.name} has the key {field.name!r}, which is not a name."
            raise Unrenderable(reason, "Use keys that are Python names.")


def class_options(declaration: DeclaredType) -> list[Snippet]:
    """Return the keywords of a model's header."""
    return when(declaration.config.get("frozen"), "frozen=True")
