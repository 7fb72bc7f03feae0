"""Copies of classes as they run: what pydantic needs to read and write them as the server does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ByteSize

from .._types.constraints import Options
from .._types.defaults import validated_default
from .._types.fields import UNKNOWN, Field, extras_type
from ._catalog import Computed, DeclaredType, Kind, type_parameters
from ._code import Code, around, code, joined, plain_lines, when
from ._default_source import DOTS, expression, factory, holds_instances, required_expression, sent_default
from ._graph import Unrenderable
from ._printer import NO_OPTIONS, Printer
from ._scope import OutOfReach
from ._shapes import (
    BOTH_NAMES,
    ClassSource,
    ClassSpot,
    bases_of,
    class_header,
    class_options,
    config_source,
    enumeration,
    error_bases,
    generic_base,
    has_aliases,
    new_type,
    refuse_keys,
    run_time_alias,
    typed_dict_base,
)
from ._text import literal, plain


def model(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a model or a root model."""
    printer, sentences = spot.body, dict[str, str]()
    body = [*_extras(declaration, printer), *_model_config(declaration, printer)]
    for field in printer.graph.own_fields_of(declaration):
        default = _model_default(field, declaration, printer)
        if default is None:
            sentences[field.name] = _missing(declaration, field.name)
            default = _server_only(printer, "unknown")
        annotation = printer.graph.type_of(field, declaration)
        body.append(code(f"{field.name}: ", printer.field(field, annotation), default))
    for member in declaration.computed:
        sentences[member.name] = _missing(declaration, member.name)
        body.append(_computed(member, declaration, printer))
    body += plain_lines(*_methods(declaration))
    after = _hide(declaration, spot, sentences)
    source = ClassSource(_model_header(declaration, spot), declaration.doc, body, after=after)
    return _without_warnings(source, declaration, spot)


def _model_header(declaration: DeclaredType, spot: ClassSpot) -> Code:
    printer, parameters = spot.around, type_parameters(declaration.obj)
    bases = list(map(printer.type, declaration.bases))
    if not bases and declaration.kind == "model":
        bases = [printer.scope.member("pydantic", "BaseModel")]
    elif not bases:
        bases = [_root_base(declaration, printer, is_generic=bool(parameters))]
    bases += generic_base(parameters, printer)
    return class_header(declaration.path[-1], [*bases, *class_options(declaration)])


def _root_base(declaration: DeclaredType, printer: Printer, *, is_generic: bool) -> Code:
    base = printer.scope.member("pydantic", "RootModel")
    if not is_generic:
        return base  # the root's type stands in the body only, where it may name what comes later
    root = declaration.fields[0]
    return code(base, "[", printer.type(printer.graph.type_of(root, declaration)), "]")


def _extras(declaration: DeclaredType, printer: Printer) -> list[Code]:
    if not declaration.is_open:
        return []
    extras = joined(", ", [printer.scope.builtin("str"), printer.type(extras_type(declaration.obj))])
    return [code("__pydantic_extra__: ", printer.scope.builtin("dict"), "[", extras, "]")]


def _model_config(declaration: DeclaredType, printer: Printer) -> list[Code]:
    more: dict[str, object] = {}
    if has_aliases(declaration.fields):
        more |= BOTH_NAMES
    if any(name.startswith("model_") for name in declaration.member_names):
        more["protected_namespaces"] = ()
    source = config_source(declaration, printer.evaluated(), more)
    if source is None:
        return []
    return [code("model_config = ", source)]


def _model_default(field: Field, declaration: DeclaredType, printer: Printer) -> Code | None:
    """Return the default with its equals sign, empty for a required field; None if only the server knows it."""
    if field.required:
        return Code("")
    is_replaced = printer.graph.type_of(field, declaration) is not field.annotation
    scope = printer.scope.evaluated()
    if not is_replaced and (text := _exact_literal(field)) is not None:
        return Code(f" = {text}")
    if is_replaced:
        return None
    option = _default_option(field, field.info.default_factory, printer)
    if option is None:
        return None
    is_factory = option.text.startswith("default_factory=")
    if not (is_factory or field.info.validate_default):
        return code(" = ", Code(option.text.removeprefix("default="), option.needs))
    if field.info.validate_default:
        more = ", validate_default=True"
    else:
        more = ""
    return code(" = ", scope.member("pydantic", "Field"), "(", option, more, ")")


def _exact_literal(field: Field) -> str | None:
    """Return a literal of the declared type, as most defaults are."""
    if field.info.validate_default or not (field.default is None or type(field.default) is field.annotation):
        return None
    return literal(field.default)


def _default_option(field: Field, function: object, printer: Printer) -> Code | None:
    """Return a default as ``default=`` or ``default_factory=``; None if only the server knows it."""
    graph, scope = printer.graph, printer.scope.evaluated()
    if field.default is not UNKNOWN:
        value = _plain_scalar(validated_default(field.default, field.annotation))
        if not holds_instances(value):
            try:
                source = expression(value, graph, scope)
                return around("default=", source)
            except OutOfReach:
                pass
        source = expression(value, graph, scope.called_later())
        return around("default_factory=lambda: ", source)
    source = factory(function, field.annotation, graph, scope)
    return around("default_factory=", source)


def _plain_scalar(value: object) -> object:
    """Return what a scalar of a class of its own holds, which is all that travels; an enum's member as it is."""
    if hasattr(value, "_name_") or type(value) is ByteSize:
        return value
    return plain(value)


def _server_only(printer: Printer, maker: str) -> Code:
    """Return a default that stands for what only the server knows, and is never sent."""
    scope = printer.scope.evaluated()
    options = [
        code("default_factory=", scope.client(maker)),
        code("exclude_if=", scope.client("is_unknown")),
        Code("validate_default=False"),  # a class that inherits it may validate its defaults
    ]
    return code(" = ", scope.member("pydantic", "Field"), "(", joined(", ", options), ")")


def _missing(declaration: DeclaredType, name: str) -> str:
    return f"{declaration.name}.{name} is computed by the server, and this object was made here"


def _hide(
    declaration: DeclaredType, spot: ClassSpot, sentences: Mapping[str, str], function: str = "server_only"
) -> tuple[Code, ...]:
    """Return what makes reading an unknown value an error with a sentence."""
    if not sentences:
        return ()
    return (code(spot.around.scope.client(function), f"({declaration.path[-1]}, {dict(sentences)!r})"),)


def _computed(member: Computed, declaration: DeclaredType, printer: Printer) -> Code:
    """Return a computed field: the copy keeps what was read, and neither sends nor compares it."""
    scope = printer.scope
    options = ["frozen=True", "repr=False"]
    if member.alias != member.name:
        alias = literal(member.alias)
        options += [f"validation_alias={alias}", f"serialization_alias={alias}"]
    mark = code(scope.member("pydantic", "Field"), f"({', '.join(options)})")
    inner = joined(", ", [printer.type(member.annotation), mark])
    field_type = code(scope.member("typing", "Annotated"), "[", inner, "]")
    return code(f"{member.name}: ", field_type, _server_only(printer, "uncomputed"))


def _methods(declaration: DeclaredType) -> list[str]:
    lines: list[str] = []
    if declaration.kind == "root":
        lines += _root_constructor(declaration.fields[0])
    if declaration.computed:
        names = [member.name for member in declaration.computed]
        lines += [
            "def model_post_init(self, context, /):",
            f"    self.__pydantic_fields_set__.difference_update({names!r})",
        ]
        if declaration.bases:
            lines.append("    super().model_post_init(context)")
    return lines


def _root_constructor(root: Field) -> list[str]:
    """Return what the stub promises: the root is given by position. The mark tells pydantic that this is its own."""
    default, argument = "", "root"
    if not root.required:
        shown_value = sent_default(root)
        default = f"={shown_value.text}"
        if shown_value is DOTS:
            argument = "*() if root is ... else (root,)"
        else:
            argument = "root"
    return [
        f"def __init__(self, root{default}, /):",
        f"    super().__init__({argument})",
        "__init__.__pydantic_base_init__ = True",
    ]


def _without_warnings(source: ClassSource, declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Return the class without a warning of a field that is called like a method, as the server's author knows."""
    if not any(map(_is_taken, declaration.member_names)):
        return source
    scope = spot.around.scope
    around = code("with ", scope.member("warnings", "catch_warnings"), "():")
    first = code(scope.member("warnings", "simplefilter"), '("ignore")')
    return source._replace(around=around, first=first)


@lru_cache
def _is_taken(name: str) -> bool:
    return hasattr(BaseModel, name)


def dataclass(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a dataclass, of the standard library or of pydantic."""
    refuse_dataclass(declaration)
    printer = spot.body
    own = printer.graph.own_fields_of(declaration)
    by_keyword = keyword_fields(declaration)
    is_all = is_keyword_only(own, by_keyword)
    body = list(_dataclass_config(declaration, printer))
    sentences: dict[str, str] = {}
    for field in own:
        is_keyword = by_keyword[field.name] and not is_all
        line = _dataclass_field(field, declaration, printer, is_keyword=is_keyword)
        if ".is_unknown" in line.text:
            sentences[field.name] = _missing(declaration, field.name)
        body.append(line)
    header = class_header(declaration.path[-1], bases_of(declaration, spot.around))
    decorator = _decorator(declaration, spot, is_all_keyword=is_all)
    after = _hide(declaration, spot, sentences, "server_only_fields")
    return ClassSource(header, declaration.doc, body, before=(decorator,), after=after)


def refuse_dataclass(declaration: DeclaredType) -> None:
    """Raise for a dataclass of which no copy can be made."""
    if declaration.computed:
        reason = f"{declaration.name} is a dataclass with the computed field {declaration.computed[0].name!r}."
        raise Unrenderable(reason, "Make it a pydantic model, or the computed field a plain property.")
    if any(_is_init_only(field) for field in declaration.obj.__dataclass_fields__.values()):
        raise Unrenderable(f"{declaration.name} has an InitVar, which is not written.", "Make it a field.")


def _is_init_only(field: Any) -> bool:
    # dataclasses.fields() leaves them out.
    return field._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]  # no public name has it


def keyword_fields(declaration: DeclaredType) -> dict[str, bool]:
    """Return by field whether it is given by keyword only."""
    return {field.name: field.kw_only is True for field in dataclasses.fields(declaration.obj)}


def is_keyword_only(own: Collection[Field], by_keyword: Mapping[str, bool]) -> bool:
    """Return whether all fields of a class's own are given by keyword only, which its decorator says then."""
    return bool(own) and all(by_keyword[field.name] for field in own)


def is_pydantic_dataclass(declaration: DeclaredType) -> bool:
    """Return whether a dataclass is one of pydantic's."""
    return "__pydantic_fields__" in declaration.obj.__dict__


def decorator_options(declaration: DeclaredType, names: tuple[str, ...], *, is_all_keyword: bool) -> list[Code]:
    """Return those of a dataclass's options that its copy needs."""
    parameters = declaration.obj.__dataclass_params__
    options: list[Code] = []
    for name in names:
        options += when(getattr(parameters, name), f"{name}=True")
    if not parameters.eq:
        options.append(Code("eq=False"))
    if is_all_keyword:
        options.append(Code("kw_only=True"))
    return options


def decorator_line(declaration: DeclaredType, printer: Printer, options: list[Code]) -> Code:
    """Return the decorator of a dataclass."""
    if is_pydantic_dataclass(declaration):
        module = "pydantic.dataclasses"
    else:
        module = "dataclasses"
    name = printer.scope.member(module, "dataclass")
    if not options:
        return code("@", name)
    return code("@", name, "(", joined(", ", options), ")")


def _decorator(declaration: DeclaredType, spot: ClassSpot, *, is_all_keyword: bool) -> Code:
    names = ("frozen", "order", "unsafe_hash")
    options = decorator_options(declaration, names, is_all_keyword=is_all_keyword)
    if is_pydantic_dataclass(declaration):
        if has_aliases(declaration.fields):
            more = BOTH_NAMES
        else:
            more = {}
        config = config_source(declaration, spot.around, more)
        if config is not None:
            options.append(code("config=", config))
    return decorator_line(declaration, spot.around, options)


def _dataclass_config(declaration: DeclaredType, printer: Printer) -> list[Code]:
    if is_pydantic_dataclass(declaration):
        config = None
    else:
        config = config_source(declaration, printer.evaluated())
    if config is None:
        return []
    return [code("__pydantic_config__ = ", config)]


def _dataclass_field(field: Field, declaration: DeclaredType, printer: Printer, *, is_keyword: bool) -> Code:
    options = when(is_keyword, "kw_only=True")
    annotation = printer.graph.type_of(field, declaration)
    more: Options = NO_OPTIONS
    if not field.required:
        if annotation is not field.annotation:
            option = None
        else:
            option = _dataclass_default(field, declaration, printer)
        if option is None:
            # What stands for the unknown is not a value, in a class that validates its defaults either.
            more = {"exclude_if": printer.scope.client("is_unknown"), "validate_default": False}
            option = code("default_factory=", printer.scope.evaluated().client("unknown"))
        options.append(option)
    type_ = code(f"{field.name}: ", printer.field(field, annotation, more))
    if not options:
        return type_
    if len(options) == 1 and options[0].text.startswith("default="):
        return code(type_, " = ", Code(options[0].text.removeprefix("default="), options[0].needs))
    specifier = printer.scope.evaluated().member("dataclasses", "field")
    return code(type_, " = ", specifier, "(", joined(", ", options), ")")


def _dataclass_default(field: Field, declaration: DeclaredType, printer: Printer) -> Code | None:
    own = next(own.default_factory for own in dataclasses.fields(declaration.obj) if own.name == field.name)
    option = _default_option(field, field.info.default_factory or own, printer)
    if option is not None and type(field.default) in (list, dict, set) and option.text.startswith("default="):
        # A dataclass takes a mutable default only as a factory.
        return code("default_factory=lambda: ", Code(option.text.removeprefix("default="), option.needs))
    return option


def typed_dict(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a typed dict as one flat class: typed dicts are compared by their keys, and inherit nothing else."""
    refuse_keys(declaration)
    printer, body = spot.body, list[Code]()
    if declaration.config:
        config = config_source(declaration, printer.evaluated())
    else:
        config = None
    if config is not None:
        body.append(code("__pydantic_config__ = ", config))
    for field in printer.graph.own_fields_of(declaration):
        inner = printer.field(field, printer.graph.type_of(field, declaration))
        if not field.required:
            inner = code(typed_dict_base(printer, spot.target, "NotRequired"), "[", inner, "]")
        body.append(code(f"{field.name}: ", inner))
    bases = [typed_dict_base(spot.around, spot.target, "TypedDict"), *bases_of(declaration, spot.around)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def named_tuple(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a named tuple."""
    printer, body = spot.body, list[Code]()
    for field in declaration.fields:
        line = code(f"{field.name}: ", printer.field(field, field.annotation))
        if not field.required:
            scope, subject = printer.scope.evaluated(), f"the default of {declaration.name}.{field.name}"
            line = code(line, " = ", required_expression(field.default, printer.graph, scope, subject))
        body.append(line)
    bases = [spot.around.scope.member("typing", "NamedTuple"), *bases_of(declaration, spot.around)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def error(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a typed error."""
    printer, body = spot.body, list[Code]()
    for field in declaration.own_fields:
        line = code(f"{field.name}: ", printer.field(field, field.annotation))
        if not field.required:
            value = expression(_plain_scalar(field.default), printer.graph, printer.scope.evaluated())
            line = code(line, " = ", value or DOTS)
        body.append(line)
    return ClassSource(class_header(declaration.path[-1], error_bases(declaration, spot.around)), declaration.doc, body)


RUN_TIME: Final[Mapping[Kind, Callable[[DeclaredType, ClassSpot], ClassSource]]] = {
    "alias": run_time_alias,
    "dataclass": dataclass,
    "enum": enumeration,
    "error": error,
    "model": model,
    "named tuple": named_tuple,
    "new type": new_type,
    "root": model,
    "typed dict": typed_dict,
}
"""How each kind of type is copied into a module."""
