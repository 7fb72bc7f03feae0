"""The parts of a copied class that a module and a stub share: its header and options."""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from .._types.annotations import generic_parts
from .._types.configuration import COPIED
from .._types.fields import Field, config_of, extras_type
from .._types.type_aliases import is_alias, value_of
from ._aliases import aliases_of
from ._catalog import DeclaredType, type_parameters
from ._code import Code, code, indented, joined, when
from ._default_source import required_expression
from ._graph import Unrenderable
from ._printer import Printer
from ._text import is_name, literal, plain


class ClassSpot(NamedTuple):
    """The place where a class is written."""

    body: Printer
    """Prints the types in its body."""
    around: Printer
    """Prints the types in its header, which is evaluated outside of the body."""
    target: tuple[int, int]
    """The oldest Python that the package is for."""


class ClassSource(NamedTuple):
    """A copy of a declared type, without the classes inside it."""

    header: Code
    doc: list[Code]
    body: list[Code]
    before: tuple[Code, ...] = ()
    """Decorators."""
    after: tuple[Code, ...] = ()
    """Statements below the class."""
    around: Code | None = None
    """A ``with`` statement around the class."""
    first: Code | None = None
    """The first statement in that block, before the class."""

    def lines(self, inner: list[Code]) -> list[Code]:
        """Return the lines, with the classes inside it below its docstring."""
        if self.header.text[-1] != ":":
            return [*self.before, self.header, *self.after]
        body = [*self.doc, *inner, *self.body] or [Code("...")]
        lines = [*self.before, self.header, *indented(body)]
        if self.around is not None and self.first is not None:
            lines = [self.around, *indented([self.first, *lines])]
        return [*lines, *self.after]


def class_header(name: str, bases: Iterable[Code]) -> Code:
    """Return the first line of a class."""
    items = joined(", ", bases)
    if not items.text:
        return Code(f"class {name}:")
    return code(f"class {name}(", items, "):")


def extra_fields(declaration: DeclaredType, printer: Printer) -> list[Code]:
    """Return the annotation of a model's extra fields; nothing for one without them."""
    if not declaration.is_open:
        return []
    items = joined(", ", [printer.scope.builtin("str"), printer.type(extras_type(declaration.obj))])
    return [code("__pydantic_extra__: ", printer.scope.builtin("dict"), "[", items, "]")]


def generic_base(parameters: Iterable[Any], printer: Printer) -> list[Code]:
    """Return ``Generic[...]`` for a class with type variables."""
    items = joined(", ", map(printer.type, parameters))
    if not items.text:
        return []
    return [code(printer.scope.member("typing", "Generic"), "[", items, "]")]


def bases_of(declaration: DeclaredType, printer: Printer) -> list[Code]:
    """Return the copied base classes, and ``Generic[...]``."""
    bases = list(map(printer.type, declaration.bases))
    return [*bases, *generic_base(type_parameters(declaration.obj), printer)]


def config_source(declaration: DeclaredType, printer: Printer, more: Mapping[str, object] | None = None) -> Code | None:
    """Return the part of a pydantic configuration that concerns the wire; None if there is none."""
    config = declaration.config
    options = {name: config[name] for name in COPIED if config.get(name) is not None}
    if _ignores_unknown(declaration, printer):
        options.pop("extra", None)
        # Said where a base class keeps it, which would hand it down.
        if any(_is_closed_member(base, printer) for base in declaration.obj.__mro__):
            options["extra"] = "ignore"
    options |= more or {}
    if not options:
        return None
    arguments = ", ".join([f"{name}={_config_value(name, value)}" for name, value in options.items()])
    return code(printer.scope.member("pydantic", "ConfigDict"), f"({arguments})")


def _ignores_unknown(declaration: DeclaredType, printer: Printer) -> bool:
    """Return whether a copy drops ``extra="forbid"``, so that a server can add fields to its outputs.

    A member of a union keeps it, since it may be what distinguishes the member from another one.
    """
    graph, obj = printer.graph, declaration.obj
    return declaration.config.get("extra") == "forbid" and obj in graph.outputs and obj not in graph.union_members


def _is_closed_member(cls: Any, printer: Printer) -> bool:
    """Return whether a class is a member of a union that refuses unknown fields."""
    return cls in printer.graph.union_members and config_of(cls).get("extra") == "forbid"


def _config_value(name: str, value: object) -> str:
    text = "()" if value == () else literal(plain(value))
    if text is None:
        reason = f"its configuration has {name}={value!r:.60}."
        raise Unrenderable(reason, "Use a string, a number or a truth value.")
    return text


BOTH_NAMES: Final = {"validate_by_alias": True, "validate_by_name": True}
"""The configuration of a copy with aliases: outputs have them, callers write Python names."""


def has_aliases(fields: Iterable[Field]) -> bool:
    """Return whether a field has another name in JSON."""
    return any(aliases_of(field) != (field.name, field.name) for field in fields)


def free_name(name: str, names: Container[str]) -> str:
    """Return the name, with underscores before it if it is taken."""
    while name in names:
        name = f"_{name}"
    return name


# The most specific ones first: an IntFlag is a Flag and an Enum too.
_ENUMS: Final = (enum.StrEnum, enum.IntFlag, enum.IntEnum, enum.Flag, enum.Enum)


def enumeration(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy an enum."""
    cls: type[enum.Enum] = declaration.obj
    printer = spot.body.evaluated()
    body: list[Code] = []
    for name, member in cls.__members__.items():
        if not is_name(name):
            reason = f"{declaration.name} has the member {name!r}, which is not a name."
            raise Unrenderable(reason, "Rename the member.")
        subject = f"the value of {declaration.name}.{name}"
        value = required_expression(plain(member._value_), printer.graph, printer.scope, subject)
        body.append(code(f"{name} = ", value))
    return ClassSource(class_header(declaration.path[-1], _enum_bases(cls, spot.around)), declaration.doc, body)


def _enum_bases(cls: type[enum.Enum], printer: Printer) -> Iterator[Code]:
    base = next(base for base in _ENUMS if issubclass(cls, base))
    data_type: type = cls._member_type_  # type: ignore[attr-defined]  # what the values are made of, besides being members
    if data_type is not object and base in (enum.Enum, enum.Flag):
        yield printer.type(data_type)
    yield printer.scope.foreign(base)


def new_type(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a ``NewType``."""
    supertype = spot.body.evaluated().type(declaration.obj.__supertype__)
    function = spot.body.evaluated().scope.member("typing", "NewType")
    return _statement(code(f"{declaration.name} = ", function, f"({declaration.name!r}, ", supertype, ")"))


def run_time_alias(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy an alias: as a ``type`` statement from Python 3.12 on, else with typing_extensions."""
    if spot.target >= (3, 12):
        return _type_statement(declaration, spot)
    # The value is a string, so that it can name classes further down, and itself.
    value = spot.body.type(value_of(declaration.obj))
    return _alias_type(declaration, spot, Code(repr(value.text), value.needs))


def stub_alias(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy an alias for checkers: pyright accepts a recursive one only as a ``TypeAlias``."""
    if spot.target >= (3, 12):
        return _type_statement(declaration, spot)
    value = spot.body.type(value_of(declaration.obj))
    string = Code(repr(value.text), value.needs)
    if _is_recursive(declaration.obj):
        return _statement(code(f"{declaration.name}: ", spot.body.scope.member("typing", "TypeAlias"), " = ", string))
    return _alias_type(declaration, spot, value if type_parameters(declaration.obj) else string)


def _type_statement(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    value = spot.body.type(value_of(declaration.obj))
    parameters = joined(", ", map(spot.body.type, type_parameters(declaration.obj)))
    if parameters.text:
        parameters = code("[", parameters, "]")
    return _statement(code(f"type {declaration.name}", parameters, " = ", value))


def _alias_type(declaration: DeclaredType, spot: ClassSpot, value: Code) -> ClassSource:
    function = spot.body.scope.evaluated().member("typing_extensions", "TypeAliasType")
    parameters = joined(", ", map(spot.body.type, type_parameters(declaration.obj)))
    if parameters.text:
        value = code(value, ", type_params=(", parameters, ",)")
    return _statement(code(f"{declaration.name} = ", function, f"({declaration.name!r}, ", value, ")"))


def _statement(line: Code) -> ClassSource:
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


def error_bases(declaration: DeclaredType, printer: Printer) -> list[Code]:
    """Return the bases and the code of a typed error."""
    bases = list(map(printer.type, declaration.bases)) or [printer.scope.client("ActionError")]
    if declaration.obj._class_code is not None:
        bases.append(Code(f"code={literal(plain(declaration.obj._class_code))}"))
    return bases


def typed_dict_base(printer: Printer, target: tuple[int, int], name: str) -> Code:
    """Return a name for typed dicts: before Python 3.12 from typing_extensions, else typing."""
    return printer.scope.member("typing" if target >= (3, 12) else "typing_extensions", name)


def refuse_keys(declaration: DeclaredType) -> None:
    """Raise for a typed dict with keys that cannot be written in the body of a class."""
    for field in declaration.fields:
        # In the body of class Item, Python reads __size as _Item__size.
        is_mangled = field.name.startswith("__") and not field.name.endswith("__")
        if is_mangled or not is_name(field.name):
            reason = f"{declaration.name} has the key {field.name!r}, which is not a name."
            raise Unrenderable(reason, "Use keys that are Python names.")


def class_options(declaration: DeclaredType) -> list[Code]:
    """Return the keywords of a model's header."""
    return when(declaration.config.get("frozen"), "frozen=True")
