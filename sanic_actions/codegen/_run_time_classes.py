"""Copy classes into modules with all that pydantic needs to read and write as the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from pydantic import BaseModel

from .._types.constraints import FieldOptions
from .._types.fields import Field
from ._catalog import Computed, DeclaredType, Kind, type_parameters
from ._code import Code, code, joined, plain_lines, when
from ._dataclass_source import (
    decorator_line,
    decorator_options,
    field_options,
    is_keyword_only,
    is_pydantic_dataclass,
    keyword_fields,
)
from ._default_source import DOTS, expression, required_expression, sent_default
from ._docs import deprecation_of
from ._printer import NO_OPTIONS, Printer
from ._run_time_defaults import dataclass_default, model_default, plain_scalar, server_only
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
    extra_fields,
    generic_base,
    has_aliases,
    new_type,
    refuse_keys,
    run_time_alias,
    typed_dict_base,
)
from ._text import literal


def model(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a model or a root model."""
    printer, sentences = spot.body, dict[str, str]()
    body = [*extra_fields(declaration, printer), *_model_config(declaration, printer)]
    for field in printer.graph.own_fields_of(declaration):
        default = model_default(field, declaration, printer)
        if default is None:
            sentences[field.name] = _field_sentence(declaration, field, printer)
            default = server_only(printer, "unknown")
        annotation = printer.graph.type_of(field, declaration)
        body.append(code(f"{field.name}: ", printer.field(field, annotation, _manners(field)), default))
    for member in declaration.computed:
        sentences[member.name] = _sentence(declaration, member.name)
        body.append(_computed(member, declaration, printer))
    body += plain_lines(*_methods(declaration))
    after = _hide(declaration, spot, sentences)
    source = ClassSource(_model_header(declaration, spot), declaration.doc, body, after=after)
    return _without_warnings(source, declaration, spot)


def _manners(field: Field) -> FieldOptions:
    """Return pydantic's options for fields of models only: whether shown, and deprecation."""
    options: FieldOptions = {}
    if not field.info.repr:
        options["repr"] = False
    if reason := deprecation_of(field):
        options["deprecated"] = reason  # pydantic warns when the field is read
    return options


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
        return base  # the type of the root is in the body, where it can name classes further down
    root = declaration.fields[0]
    return code(base, "[", printer.type(printer.graph.type_of(root, declaration)), "]")


def _model_config(declaration: DeclaredType, printer: Printer) -> list[Code]:
    more: dict[str, object] = {}
    if has_aliases(declaration.fields):
        more |= BOTH_NAMES
    if any(name.startswith("model_") for name in declaration.member_names):
        # pydantic warns of such names; the server's author has seen that, and callers cannot rename
        # them.
        more["protected_namespaces"] = ()
    source = config_source(declaration, printer.evaluated(), more)
    if source is None:
        return []
    return [code("model_config = ", source)]


def _sentence(declaration: DeclaredType, name: str) -> str:
    """Return the message for reading a field that an object made by the caller does not have."""
    return f"{declaration.name}.{name} is computed by the server, and this object was made here"


def _field_sentence(declaration: DeclaredType, field: Field, printer: Printer) -> str:
    """Return the message for reading a field that has no value on this side."""
    if printer.graph.is_never_read(field, declaration):
        return f"{declaration.name}.{field.name} was not given here, and the server never writes it into an answer"
    return _sentence(declaration, field.name)


def _hide(
    declaration: DeclaredType,
    spot: ClassSpot,
    sentences: Mapping[str, str],
    function: str = "server_only",
    *,
    is_partial: bool = False,
) -> tuple[Code, ...]:
    """Return the statement that makes reading an unknown value an error with a sentence.

    A class that ``is_partial`` may have such values although it declares none: those that it inherits.
    """
    if not sentences and not is_partial:
        return ()
    return (code(spot.around.scope.client(function), f"({declaration.path[-1]}, {dict(sentences)!r})"),)


def _computed(member: Computed, declaration: DeclaredType, printer: Printer) -> Code:
    """Return a computed field: the copy keeps what was sent; it neither sends nor compares it."""
    scope = printer.scope
    # Frozen, since on the server it is a property without a setter.
    options = ["frozen=True", "repr=False"]
    if member.alias != member.name:
        alias = literal(member.alias)
        options += [f"validation_alias={alias}", f"serialization_alias={alias}"]
    mark = code(scope.member("pydantic", "Field"), f"({', '.join(options)})")
    inner = joined(", ", [printer.type(member.annotation), mark])
    field_type = code(scope.member("typing", "Annotated"), "[", inner, "]")
    return code(f"{member.name}: ", field_type, server_only(printer, "uncomputed"))


def _methods(declaration: DeclaredType) -> list[str]:
    lines: list[str] = []
    if declaration.kind == "root":
        lines += _root_constructor(declaration.fields[0])
    if declaration.computed:
        # pydantic sends and compares the fields in this set. Computed ones get into it when an
        # output is read, though nobody has set them.
        names = [member.name for member in declaration.computed]
        lines += [
            "def model_post_init(self, context, /):",
            f"    self.__pydantic_fields_set__.difference_update({names!r})",
        ]
        if declaration.bases:
            lines.append("    super().model_post_init(context)")
    return lines


def _root_constructor(root: Field) -> list[str]:
    """Return the constructor that the stub promises, which takes the root by position.

    The last line is pydantic's own mark of a constructor that does nothing of its own: without it,
    pydantic would call the constructor for each value that it validates.
    """
    default, argument = "", "root"
    if not root.required:
        shown_value = sent_default(root)
        default = f"={shown_value.text}"
        if shown_value is DOTS:
            # A default without a literal: called without a root, the constructor leaves it to
            # pydantic.
            argument = "*() if root is ... else (root,)"
    return [
        f"def __init__(self, root{default}, /):",
        f"    super().__init__({argument})",
        "__init__.__pydantic_base_init__ = True",
    ]


def _without_warnings(source: ClassSource, declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Return the class without pydantic's warnings of its names, which the author has had."""
    if not any(map(_is_taken, declaration.member_names)):
        return source
    scope = spot.around.scope
    around = code("with ", scope.member("warnings", "catch_warnings"), "():")
    first = code(scope.member("warnings", "simplefilter"), '("ignore")')
    return source._replace(around=around, first=first)


@lru_cache  # the same names occur in many models
def _is_taken(name: str) -> bool:
    """Return whether every model of pydantic has an attribute of this name."""
    return hasattr(BaseModel, name)


def dataclass(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a dataclass, of the standard library or of pydantic."""
    printer = spot.body
    own = printer.graph.own_fields_of(declaration)
    by_keyword = keyword_fields(declaration)
    is_all_keyword = is_keyword_only(own, by_keyword)
    body: list[Code] = []
    if not is_pydantic_dataclass(declaration):  # pydantic's decorator takes the configuration as an option
        body += _config_attribute(declaration, printer)
    sentences: dict[str, str] = {}
    for field in own:
        options = [
            *when(by_keyword[field.name] and not is_all_keyword, "kw_only=True"),
            *field_options(field, declaration),
        ]
        more: FieldOptions = NO_OPTIONS
        if not field.required:
            default = dataclass_default(field, declaration, printer)
            if default is None:
                sentences[field.name] = _field_sentence(declaration, field, printer)
                # The mark of an unknown value is not a value of the field: it must be neither
                # validated nor sent.
                more = {"exclude_if": printer.scope.client("is_unknown"), "validate_default": False}
                default = code("default_factory=", printer.scope.evaluated().client("unknown"))
            options.append(default)
        annotation = printer.graph.type_of(field, declaration)
        body.append(code(f"{field.name}: ", printer.field(field, annotation, more), _specifier(options, printer)))
    header = class_header(declaration.path[-1], bases_of(declaration, spot.around))
    decorator = _decorator(declaration, spot, is_all_keyword=is_all_keyword)
    is_partial = bool(sentences) or _inherits_unknown(declaration, own, printer)
    after = _hide(declaration, spot, sentences, "server_only_fields", is_partial=is_partial)
    return ClassSource(header, declaration.doc, body, before=(decorator,), after=after)


def _inherits_unknown(declaration: DeclaredType, own: Sequence[Field], printer: Printer) -> bool:
    """Return whether a dataclass has a field of a base whose default only the server knows."""
    fields = printer.graph.fields_of(declaration)
    inherited = [field for field in fields if field not in own and not field.required]
    return any(dataclass_default(field, declaration, printer) is None for field in inherited)


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


def _config_attribute(declaration: DeclaredType, printer: Printer) -> list[Code]:
    """Return the configuration of a class that is not pydantic's own, as pydantic looks for it."""
    config = config_source(declaration, printer.evaluated())
    if config is None:
        return []
    return [code("__pydantic_config__ = ", config)]


def _specifier(options: list[Code], printer: Printer) -> Code:
    """Return the end of a field's line: empty, a default, or ``dataclasses.field``."""
    if not options:
        return Code("")
    if len(options) == 1 and options[0].text.startswith("default="):
        return code(" = ", Code(options[0].text.removeprefix("default="), options[0].needs))
    function = printer.scope.evaluated().member("dataclasses", "field")
    return code(" = ", function, "(", joined(", ", options), ")")


def typed_dict(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a typed dict as one flat class: they are compared by keys, not by bases."""
    refuse_keys(declaration)
    printer = spot.body
    body = _config_attribute(declaration, printer)
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
            value = expression(plain_scalar(field.default), printer.graph, printer.scope.evaluated())
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
"""The function that copies each kind of type into a module."""
