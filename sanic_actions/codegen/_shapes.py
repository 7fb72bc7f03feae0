"""What the copies of a class have in common at run time and in a stub: their header, and which of its options stay."""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from .._types.annotations import generic_parts, is_alias, value_of
from .._types.configuration import COPIED
from .._types.fields import Field
from ._aliases import aliases_of
from ._catalog import DeclaredType, type_parameters
from ._code import Code, code, indented, joined
from ._defaults import required_expression
from ._graph import Unrenderable
from ._printer import Printer
from ._text import is_name, literal, plain


class Spot(NamedTuple):
    """Where a class is written."""

    body: Printer
    """For what stands in its body."""
    around: Printer
    """For its header, which is evaluated outside of the body."""
    target: tuple[int, int]
    """The oldest Python that the package is for."""


class ClassSource(NamedTuple):
    """A copy of a declared type, before the classes inside it have their place."""

    header: Code
    doc: list[Code]
    body: list[Code]
    before: tuple[Code, ...] = ()
    """Decorators."""
    after: tuple[Code, ...] = ()
    """Statements below the class."""
    around: Code | None = None
    """A ``with`` statement around all of it, and what it begins with."""
    first: Code | None = None

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
    listed = joined(", ", bases)
    if not listed.text:
        return Code(f"class {name}:")
    return code(f"class {name}(", listed, "):")


def generic_base(parameters: Iterable[Any], printer: Printer) -> list[Code]:
    """Return ``Generic[...]`` for a class with type variables."""
    listed = joined(", ", map(printer.type, parameters))
    if not listed.text:
        return []
    return [code(printer.scope.member("typing", "Generic"), "[", listed, "]")]


def bases_of(declared: DeclaredType, printer: Printer) -> list[Code]:
    """Return the copied base classes, and ``Generic[...]``."""
    bases = list(map(printer.type, declared.bases))
    return [*bases, *generic_base(type_parameters(declared.obj), printer)]


def config_source(declared: DeclaredType, printer: Printer, more: Mapping[str, object] | None = None) -> Code | None:
    """Return what of a pydantic configuration concerns the wire; None if nothing does."""
    config = declared.config
    options = {name: config[name] for name in COPIED if config.get(name) is not None}
    if _ignores_unknown(declared, printer):
        options.pop("extra", None)
    options |= more or {}
    if not options:
        return None
    arguments = ", ".join([f"{name}={_config_value(name, value)}" for name, value in options.items()])
    return code(printer.scope.member("pydantic", "ConfigDict"), f"({arguments})")


def _ignores_unknown(declared: DeclaredType, printer: Printer) -> bool:
    """Return whether a copy forgets ``extra="forbid"``: a server may add a field to what callers read.

    In a union it stays, since there it may be what tells one member from another.
    """
    graph, obj = printer.graph, declared.obj
    return declared.config.get("extra") == "forbid" and obj in graph.outputs and obj not in graph.union_members


def _config_value(name: str, value: object) -> str:
    text = "()" if value == () else literal(plain(value))
    if text is None:
        reason = f"its configuration has {name}={value!r:.60}."
        raise Unrenderable(reason, "Use a string, a number or a truth value.")
    return text


BOTH_NAMES: Final = {"validate_by_alias": True, "validate_by_name": True}
"""The configuration of a copy whose fields have aliases."""


def has_aliases(fields: Iterable[Field]) -> bool:
    """Return whether a field has another name in JSON."""
    return any(aliases_of(field) != (field.name, field.name) for field in fields)


def free_name(name: str, taken: Container[str]) -> str:
    """Return the name, or one that begins with underscores where it is taken."""
    while name in taken:
        name = f"_{name}"
    return name


_ENUMS: Final = (enum.StrEnum, enum.IntFlag, enum.IntEnum, enum.Flag, enum.Enum)


def enumeration(declared: DeclaredType, spot: Spot) -> ClassSource:
    """Copy an enum."""
    cls: type[enum.Enum] = declared.obj
    printer = spot.body.evaluated()
    body: list[Code] = []
    for name, member in cls.__members__.items():
        if not is_name(name):
            raise Unrenderable(f"{declared.name} has the member {name!r}, which is not a name.", "Rename the member.")
        what = f"the value of {declared.name}.{name}"
        value = required_expression(plain(member._value_), printer.graph, printer.scope, what)
        body.append(code(f"{name} = ", value))
    return ClassSource(class_header(declared.path[-1], _enum_bases(cls, spot.around)), declared.doc, body)


def _enum_bases(cls: type[enum.Enum], printer: Printer) -> Iterator[Code]:
    base = next(base for base in _ENUMS if issubclass(cls, base))
    mixed: type = cls._member_type_  # type: ignore[attr-defined]  # what the values are made of, besides being members
    if mixed is not object and base in (enum.Enum, enum.Flag):
        yield printer.type(mixed)
    yield printer.scope.foreign(base)


def new_type(declared: DeclaredType, spot: Spot) -> ClassSource:
    """Copy a ``NewType``."""
    supertype = spot.body.evaluated().type(declared.obj.__supertype__)
    function = spot.body.evaluated().scope.member("typing", "NewType")
    return _statement(code(f"{declared.name} = ", function, f"({declared.name!r}, ", supertype, ")"))


def run_time_alias(declared: DeclaredType, spot: Spot) -> ClassSource:
    """Copy an alias: a ``type`` statement for a target that has it, else what typing_extensions has instead."""
    if spot.target >= (3, 12):
        return _type_statement(declared, spot)
    # The value is a string: it may name what comes later, and itself.
    value = spot.body.type(value_of(declared.obj))
    return _alias_type(declared, spot, Code(repr(value.text), value.needs))


def stub_alias(declared: DeclaredType, spot: Spot) -> ClassSource:
    """Copy an alias as checkers know it: pyright takes a recursive one only as a ``TypeAlias``."""
    if spot.target >= (3, 12):
        return _type_statement(declared, spot)
    value = spot.body.type(value_of(declared.obj))
    quoted = Code(repr(value.text), value.needs)
    if _is_recursive(declared.obj):
        return _statement(code(f"{declared.name}: ", spot.body.scope.member("typing", "TypeAlias"), " = ", quoted))
    return _alias_type(declared, spot, value if type_parameters(declared.obj) else quoted)


def _type_statement(declared: DeclaredType, spot: Spot) -> ClassSource:
    value = spot.body.type(value_of(declared.obj))
    parameters = joined(", ", map(spot.body.type, type_parameters(declared.obj)))
    if parameters.text:
        parameters = code("[", parameters, "]")
    return _statement(code(f"type {declared.name}", parameters, " = ", value))


def _alias_type(declared: DeclaredType, spot: Spot, value: Code) -> ClassSource:
    function = spot.body.scope.evaluated().member("typing_extensions", "TypeAliasType")
    parameters = joined(", ", map(spot.body.type, type_parameters(declared.obj)))
    if parameters.text:
        value = code(value, ", type_params=(", parameters, ",)")
    return _statement(code(f"{declared.name} = ", function, f"({declared.name!r}, ", value, ")"))


def _statement(line: Code) -> ClassSource:
    return ClassSource(line, [], [])


def _is_recursive(alias: Any) -> bool:
    """Return whether an alias leads to itself, through other aliases too."""
    seen: set[Any] = set()
    waiting = list(_aliases_in(value_of(alias)))
    while waiting:
        inner = waiting.pop()
        if inner is alias:
            return True
        if inner not in seen:
            seen.add(inner)
            waiting += _aliases_in(value_of(inner))
    return False


def _aliases_in(annotation: Any) -> Iterator[Any]:
    origin, arguments = generic_parts(annotation)
    if is_alias(origin or annotation):
        yield origin or annotation
    if getattr(origin, "_name", "") != "Literal":
        for argument in arguments:
            yield from _aliases_in(argument)


def error_bases(declared: DeclaredType, printer: Printer) -> list[Code]:
    """Return the bases and the code of a typed error."""
    bases = list(map(printer.type, declared.bases)) or [printer.scope.client("ActionError")]
    if declared.obj._class_code is not None:
        bases.append(Code(f"code={literal(plain(declared.obj._class_code))}"))
    return bases


def typed_dict_base(printer: Printer, target: tuple[int, int], name: str) -> Code:
    """Return a name of ``typing`` for typed dicts: before Python 3.12 pydantic needs that of typing_extensions."""
    return printer.scope.member("typing" if target >= (3, 12) else "typing_extensions", name)


def refuse_keys(declared: DeclaredType) -> None:
    """Raise for a typed dict with keys that cannot be written in the body of a class."""
    for field in declared.fields:
        is_mangled = field.name.startswith("__") and not field.name.endswith("__")
        if is_mangled or not is_name(field.name):
            reason = f"{declared.name} has the key {field.name!r}, which is not a name."
            raise Unrenderable(reason, "Use keys that are Python names.")


def class_options(declared: DeclaredType) -> list[Code]:
    """Return the keywords of a model's header."""
    return [Code("frozen=True")] if declared.config.get("frozen") else []
