"""Copy classes into modules with all that pydantic needs to read and write as the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from pydantic import BaseModel

from .._types.constraints import FieldOptions
from .._types.fields import Field
from ._alias_source import new_type, run_time_alias
from ._catalog import DeclaredType, Kind, type_parameters
from ._class_fields import Computed
from ._class_source import (
    BOTH_NAMES,
    ClassPrinters,
    ClassSource,
    bases_of,
    class_header,
    class_options,
    config_source,
    enumeration,
    error_bases,
    extra_fields,
    generic_base,
    has_aliases,
    refuse_keys,
    typed_dict_base,
)
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
from ._snippets import Snippet, joined, plain_lines, snippet, when
from ._text import literal


def model(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a model or a root model."""
    printer = printers.body
    sentences: dict[str, str] = {}
    body = [*extra_fields(declaration, printer), *_model_config(declaration, printer)]
    for field in printer.graph.own_fields_of(declaration):
        default = model_default(field, declaration, printer)
        if default is None:
            sentences[field.name] = _field_sentence(declaration, field, printer)
            default = server_only(printer, "unknown")
        annotation = printer.graph.type_of(field, declaration)
        field_type = printer.field(field, annotation, _display_options(field))
        body.append(snippet(f"{field.name}: ", field_type, default))
    for member in declaration.computed:
        sentences[member.name] = _sentence(declaration, member.name)
        body.append(_computed(member, declaration, printer))
    body += plain_lines(*_methods(declaration))
    after = _hide(declaration, printers, sentences)
    source = ClassSource(_model_header(declaration, printers), declaration.doc, body, after=after)
    return _without_warnings(source, declaration, printers)


def _display_options(field: Field) -> FieldOptions:
    """Return the options that only fields of models have: whether the repr shows it, and deprecation."""
    options: FieldOptions = {}
    if not field.info.repr:
        options["repr"] = False
    if reason := deprecation_of(field):
        options["deprecated"] = reason  # pydantic warns when the field is read
    return options


def _model_header(declaration: DeclaredType, printers: ClassPrinters) -> Snippet:
    printer = printers.header
    parameters = type_parameters(declaration.obj)
    bases = list(map(printer.type, declaration.bases))
    if not bases and declaration.kind == "model":
        bases = [printer.scope.member("pydantic", "BaseModel")]
    elif not bases:
        bases = [_root_base(declaration, printer, is_generic=bool(parameters))]
    bases += generic_base(parameters, printer)
    return class_header(declaration.path[-1], [*bases, *class_options(declaration)])


def _root_base(declaration: DeclaredType, printer: Printer, *, is_generic: bool) -> Snippet:
    base = printer.scope.member("pydantic", "RootModel")
    if not is_generic:
        return base  # the type of the root is in the body, where it can name classes further down
    root = declaration.fields[0]
    return snippet(base, "[", printer.type(printer.graph.type_of(root, declaration)), "]")


def _model_config(declaration: DeclaredType, printer: Printer) -> list[Snippet]:
    more_settings: dict[str, object] = {}
    if has_aliases(declaration.fields):
        more_settings |= BOTH_NAMES
    if any(name.startswith("model_") for name in declaration.member_names):
        # pydantic warns of such names; the server's author has seen that, and callers cannot rename
        # them.
        more_settings["protected_namespaces"] = ()
    source = config_source(declaration, printer.evaluated(), more_settings)
    if source is None:
        return []
    return [snippet("model_config = ", source)]


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
    printers: ClassPrinters,
    sentences: Mapping[str, str],
    function: str = "server_only",
    *,
    is_partial: bool = False,
) -> tuple[Snippet, ...]:
    """Return the statement that makes reading an unknown value an error with a sentence.

    A class that ``is_partial`` may have such values although it declares none: those that it inherits.
    """
    if not sentences and not is_partial:
        return ()
    return (snippet(printers.header.scope.client(function), f"({declaration.path[-1]}, {dict(sentences)!r})"),)


def _computed(member: Computed, declaration: DeclaredType, printer: Printer) -> Snippet:
    """Return a computed field: the copy keeps what was sent; it neither sends nor compares it."""
    scope = printer.scope
    # Frozen, since on the server it is a property without a setter.
    options = ["frozen=True", "repr=False"]
    if member.alias != member.name:
        alias = literal(member.alias)
        options += [f"validation_alias={alias}", f"serialization_alias={alias}"]
    mark = snippet(scope.member("pydantic", "Field"), f"({', '.join(options)})")
    inner = joined(", ", [printer.type(member.annotation), mark])
    field_type = snippet(scope.member("typing", "Annotated"), "[", inner, "]")
    return snippet(f"{member.name}: ", field_type, server_only(printer, "uncomputed"))


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
    default = ""
    argument = "root"
    if not root.required:
        default_value = sent_default(root)
        default = f"={default_value.text}"
        if default_value is DOTS:
            # A default without a literal: called without a root, the constructor leaves it to
            # pydantic.
            argument = "*() if root is ... else (root,)"
    return [
        f"def __init__(self, root{default}, /):",
        f"    super().__init__({argument})",
        "__init__.__pydantic_base_init__ = True",
    ]


def _without_warnings(source: ClassSource, declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Return the class without pydantic's warnings of its names, which the author has had."""
    if not any(map(_is_taken, declaration.member_names)):
        return source
    scope = printers.header.scope
    with_line = snippet("with ", scope.member("warnings", "catch_warnings"), "():")
    first_line = snippet(scope.member("warnings", "simplefilter"), '("ignore")')
    return source._replace(with_line=with_line, first_line=first_line)


@lru_cache  # the same names occur in many models
def _is_taken(name: str) -> bool:
    """Return whether every model of pydantic has an attribute of this name."""
    return hasattr(BaseModel, name)


def dataclass(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a dataclass, of the standard library or of pydantic."""
    printer = printers.body
    own = printer.graph.own_fields_of(declaration)
    by_keyword = keyword_fields(declaration)
    is_all_keyword = is_keyword_only(own, by_keyword)
    body: list[Snippet] = []
    if not is_pydantic_dataclass(declaration):  # pydantic's decorator takes the configuration as an option
        body += _config_attribute(declaration, printer)
    sentences: dict[str, str] = {}
    for field in own:
        options = [
            *when(by_keyword[field.name] and not is_all_keyword, "kw_only=True"),
            *field_options(field, declaration),
        ]
        more_options: FieldOptions = NO_OPTIONS
        if not field.required:
            default = dataclass_default(field, declaration, printer)
            if default is None:
                sentences[field.name] = _field_sentence(declaration, field, printer)
                # The mark of an unknown value is not a value of the field: it must be neither
                # validated nor sent.
                more_options = {"exclude_if": printer.scope.client("is_unknown"), "validate_default": False}
                default = snippet("default_factory=", printer.scope.evaluated().client("unknown"))
            options.append(default)
        field_type = printer.field(field, printer.graph.type_of(field, declaration), more_options)
        body.append(snippet(f"{field.name}: ", field_type, _field_call(options, printer)))
    header = class_header(declaration.path[-1], bases_of(declaration, printers.header))
    decorator = _decorator(declaration, printers, is_all_keyword=is_all_keyword)
    is_partial = bool(sentences) or _inherits_unknown(declaration, own, printer)
    after = _hide(declaration, printers, sentences, "server_only_fields", is_partial=is_partial)
    return ClassSource(header, declaration.doc, body, before=(decorator,), after=after)


def _inherits_unknown(declaration: DeclaredType, own: Sequence[Field], printer: Printer) -> bool:
    """Return whether a dataclass has a field of a base whose default only the server knows."""
    for field in printer.graph.fields_of(declaration):
        is_inherited = field not in own
        if is_inherited and not field.required and dataclass_default(field, declaration, printer) is None:
            return True
    return False


def _decorator(declaration: DeclaredType, printers: ClassPrinters, *, is_all_keyword: bool) -> Snippet:
    names = ("frozen", "order", "unsafe_hash")
    options = decorator_options(declaration, names, is_all_keyword=is_all_keyword)
    if is_pydantic_dataclass(declaration):
        more_settings: dict[str, object] = {}
        if has_aliases(declaration.fields):
            more_settings |= BOTH_NAMES
        config = config_source(declaration, printers.header, more_settings)
        if config is not None:
            options.append(snippet("config=", config))
    return decorator_line(declaration, printers.header, options)


def _config_attribute(declaration: DeclaredType, printer: Printer) -> list[Snippet]:
    """Return the configuration of a class that is not pydantic's own, as pydantic looks for it."""
    config = config_source(declaration, printer.evaluated())
    if config is None:
        return []
    return [snippet("__pydantic_config__ = ", config)]


def _field_call(options: list[Snippet], printer: Printer) -> Snippet:
    """Return the end of a field's line: empty, a default, or ``dataclasses.field``."""
    if not options:
        return Snippet("")
    if len(options) == 1 and options[0].text.startswith("default="):
        value = Snippet(options[0].text.removeprefix("default="), options[0].needs)
        return snippet(" = ", value)
    function = printer.scope.evaluated().member("dataclasses", "field")
    return snippet(" = ", function, "(", joined(", ", options), ")")


def typed_dict(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a typed dict as one flat class: they are compared by keys, not by bases."""
    refuse_keys(declaration)
    printer = printers.body
    body = _config_attribute(declaration, printer)
    for field in printer.graph.own_fields_of(declaration):
        key_type = printer.field(field, printer.graph.type_of(field, declaration))
        if not field.required:
            key_type = snippet(typed_dict_base(printer, printers.target, "NotRequired"), "[", key_type, "]")
        body.append(snippet(f"{field.name}: ", key_type))
    bases = [typed_dict_base(printers.header, printers.target, "TypedDict"), *bases_of(declaration, printers.header)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def named_tuple(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a named tuple."""
    printer = printers.body
    body: list[Snippet] = []
    for field in declaration.fields:
        line = snippet(f"{field.name}: ", printer.field(field, field.annotation))
        if not field.required:
            subject = f"the default of {declaration.name}.{field.name}"
            default = required_expression(field.default, printer.graph, printer.scope.evaluated(), subject)
            line = snippet(line, " = ", default)
        body.append(line)
    bases = [printers.header.scope.member("typing", "NamedTuple"), *bases_of(declaration, printers.header)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def error(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a typed error."""
    printer = printers.body
    body: list[Snippet] = []
    for field in declaration.own_fields:
        line = snippet(f"{field.name}: ", printer.field(field, field.annotation))
        if not field.required:
            default = expression(plain_scalar(field.default), printer.graph, printer.scope.evaluated())
            line = snippet(line, " = ", default or DOTS)
        body.append(line)
    header = class_header(declaration.path[-1], error_bases(declaration, printers.header))
    return ClassSource(header, declaration.doc, body)


RUN_TIME: Final[Mapping[Kind, Callable[[DeclaredType, ClassPrinters], ClassSource]]] = {
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
