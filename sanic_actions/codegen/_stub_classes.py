"""Copy classes into stubs for checkers and editors: fields with docstrings, constructors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_type_hints

from .._types.annotations import stated_qualifiers
from .._types.fields import Field, extras_type
from ._alias_source import new_type, stub_alias
from ._catalog import DeclaredType, Kind, type_parameters
from ._class_fields import Computed
from ._class_source import (
    ClassPrinters,
    ClassSource,
    bases_of,
    class_header,
    class_options,
    enumeration,
    error_bases,
    extra_fields,
    free_name,
    generic_base,
    refuse_keys,
    typed_dict_base,
)
from ._dataclass_source import (
    decorator_line,
    decorator_options,
    is_keyword_only,
    is_pydantic_dataclass,
    keyword_fields,
)
from ._default_source import DOTS, shown_default
from ._docs import documentation, field_doc
from ._printer import Printer
from ._snippets import Snippet, indented, snippet, when, wrapped

CONSTRUCTOR_END: Final = Snippet(") -> None: ...")


def _default(field: Field, declaration: DeclaredType, printer: Printer) -> Snippet | None:
    """Return the default that callers see; None for a required field."""
    if field.required:
        return None
    # With a serializer, callers see another type than that of the default.
    if printer.graph.type_of(field, declaration) is not field.annotation:
        return DOTS
    return shown_default(field, printer.graph, printer.scope)


def _type(field: Field, declaration: DeclaredType, printer: Printer) -> Snippet:
    return printer.field(field, printer.graph.type_of(field, declaration))


def _field_lines(field: Field, type_: Snippet, default: Snippet | None) -> list[Snippet]:
    return [_parameter(field.name, type_, default), *documentation(field_doc(field))]


def model(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a model or a root model."""
    printer = printers.body
    fields = printer.graph.fields_of(declaration)
    types: dict[str, Snippet] = {}
    defaults: dict[str, Snippet | None] = {}
    for field in fields:
        types[field.name] = _type(field, declaration, printer)
        defaults[field.name] = _default(field, declaration, printer)
    body = extra_fields(declaration, printer)
    for field in printer.graph.own_fields_of(declaration):
        default = defaults[field.name]
        if default is DOTS:  # pydantic's mypy plugin takes an attribute with `= ...` for a required field
            default = None
        body += _field_lines(field, types[field.name], default)
    body += _constructor(declaration, printer, types, defaults)
    for member in declaration.computed:
        body += _property(member, printer)
    return ClassSource(_model_header(declaration, printers), declaration.doc, body)


def _model_header(declaration: DeclaredType, printers: ClassPrinters) -> Snippet:
    printer = printers.header
    bases = list(map(printer.type, declaration.bases))
    if not bases and declaration.kind == "model":
        bases = [printer.scope.member("pydantic", "BaseModel")]
    elif not bases:
        root = printer.type(printer.graph.type_of(declaration.fields[0], declaration))
        bases = [snippet(printer.scope.member("pydantic", "RootModel"), "[", root, "]")]
    bases += generic_base(type_parameters(declaration.obj), printer)
    return class_header(declaration.path[-1], [*bases, *class_options(declaration)])


def _constructor(
    declaration: DeclaredType, printer: Printer, types: Mapping[str, Snippet], defaults: Mapping[str, Snippet | None]
) -> list[Snippet]:
    parameters = list(map(_parameter, types, types.values(), defaults.values()))
    if declaration.kind == "root":
        return [snippet("def __init__(self, ", *parameters, ", /", CONSTRUCTOR_END)]
    star = when(parameters, "*")
    if declaration.is_open:
        extras = printer.type(extras_type(declaration.obj))
        parameters.append(snippet(f"**{free_name('extra', types)}: ", extras))
    # A model may have a field `self`: a receiver before the slash cannot be passed by keyword.
    if "self" in types:
        receiver = [Snippet("_self"), Snippet("/")]
    else:
        receiver = [Snippet("self")]
    return wrapped("def __init__(", [*receiver, *star, *parameters], CONSTRUCTOR_END)


def _parameter(name: str, type_: Snippet, default: Snippet | None) -> Snippet:
    if default is None:
        return snippet(f"{name}: ", type_)
    return snippet(f"{name}: ", type_, " = ", default)


def _property(member: Computed, printer: Printer) -> list[Snippet]:
    decorator = snippet("@", printer.scope.builtin("property"))
    head = snippet(f"def {member.name}(self) -> ", printer.type(member.annotation), ":")
    doc = documentation(member.doc)
    if not doc:
        return [decorator, snippet(head, " ...")]
    return [decorator, head, *indented(doc)]


def dataclass(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a dataclass, of the standard library or of pydantic."""
    printer = printers.body
    own = printer.graph.own_fields_of(declaration)
    by_keyword = keyword_fields(declaration)
    is_all_keyword = is_keyword_only(own, by_keyword)
    body: list[Snippet] = []
    keyword_lines: list[Snippet] = []
    for field in own:
        lines = _field_lines(field, _type(field, declaration, printer), _default(field, declaration, printer))
        if by_keyword[field.name] and not is_all_keyword:
            keyword_lines += lines
        else:
            body += lines
    if keyword_lines:  # last, since all fields below the mark are keyword-only
        mark = free_name("_", declaration.member_names)
        body += [snippet(f"{mark}: ", printer.scope.member("dataclasses", "KW_ONLY")), *keyword_lines]
    if declaration.obj.__dataclass_params__.order:
        body += _comparisons(printer)
    if is_pydantic_dataclass(declaration):
        body += _pydantic_members(declaration, by_keyword, printer)
    options = decorator_options(declaration, ("frozen", "unsafe_hash"), is_all_keyword=is_all_keyword)
    decorator = decorator_line(declaration, printers.header, options)
    header = class_header(declaration.path[-1], bases_of(declaration, printers.header))
    return ClassSource(header, declaration.doc, body, before=(decorator,))


def _comparisons(printer: Printer) -> Iterator[Snippet]:
    """Yield the methods that ``order=True`` adds.

    The decorator in the stub leaves ``order=True`` out, for which mypy would add a type variable
    that other tools do not know.
    """
    own_type = printer.scope.member("typing", "Self")
    truth_value = printer.scope.builtin("bool")
    for name in ("lt", "le", "gt", "ge"):
        yield snippet(f"def __{name}__(self, other: ", own_type, ") -> ", truth_value, ": ...")


def _pydantic_members(declaration: DeclaredType, by_keyword: Mapping[str, bool], printer: Printer) -> list[Snippet]:
    """Return the members that pydantic's decorator adds, which mypy.stubtest compares."""
    positional = [Snippet("__dataclass_self__")]
    keyword: list[Snippet] = []
    for field in declaration.fields:
        # Python moves keyword-only fields behind the others, whatever their order in the class.
        if by_keyword[field.name]:
            parameters = keyword
        else:
            parameters = positional
        type_ = _type(field, declaration, printer)
        parameters.append(_parameter(field.name, type_, _default(field, declaration, printer)))
    star = when(keyword, "*")
    lines = wrapped("def __init__(", [*positional, *star, *keyword], CONSTRUCTOR_END)
    bases = filter(None, map(declaration.catalog.find, declaration.bases))
    if any(map(is_pydantic_dataclass, bases)):  # the stub of the base has the other members
        return lines
    class_var = printer.scope.member("typing", "ClassVar")
    anything = printer.scope.builtin("object")
    for name in _PYDANTIC_MEMBERS:
        lines.append(snippet(f"{name}: ", class_var, "[", anything, "]"))
    return lines


_PYDANTIC_MEMBERS: Final = (
    "__is_pydantic_dataclass__",
    "__pydantic_complete__",
    "__pydantic_config__",
    "__pydantic_core_schema__",
    "__pydantic_decorators__",
    "__pydantic_fields__",
    "__pydantic_fields_complete__",
    "__pydantic_serializer__",
    "__pydantic_validator__",
    "__signature__",
)


def typed_dict(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a typed dict as one flat class."""
    refuse_keys(declaration)
    printer = printers.body
    body: list[Snippet] = []
    # In the stub only: at run time pydantic warns that it ignores ReadOnly.
    read_only = _read_only(declaration.obj)
    for field in printer.graph.own_fields_of(declaration):
        key_type = _type(field, declaration, printer)
        if field.name in read_only:
            key_type = snippet(printer.scope.member("typing_extensions", "ReadOnly"), "[", key_type, "]")
        if not field.required:
            key_type = snippet(typed_dict_base(printer, printers.target, "NotRequired"), "[", key_type, "]")
        body += _field_lines(field, key_type, None)
    bases = [typed_dict_base(printers.header, printers.target, "TypedDict"), *bases_of(declaration, printers.header)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def _read_only(obj: Any) -> set[str]:
    """Return the keys of a typed dict that callers must not assign."""
    hints = get_type_hints(obj, include_extras=True)
    return {name for name, hint in hints.items() if "ReadOnly" in stated_qualifiers(hint)}


def named_tuple(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a named tuple."""
    body = _plain_fields(declaration, printers.body)
    bases = [printers.header.scope.member("typing", "NamedTuple"), *bases_of(declaration, printers.header)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def error(declaration: DeclaredType, printers: ClassPrinters) -> ClassSource:
    """Copy a typed error."""
    body = _plain_fields(declaration, printers.body)
    header = class_header(declaration.path[-1], error_bases(declaration, printers.header))
    return ClassSource(header, declaration.doc, body)


def _plain_fields(declaration: DeclaredType, printer: Printer) -> list[Snippet]:
    lines: list[Snippet] = []
    for field in declaration.own_fields:
        lines += _field_lines(field, _type(field, declaration, printer), _default(field, declaration, printer))
    return lines


STUB: Final[Mapping[Kind, Callable[[DeclaredType, ClassPrinters], ClassSource]]] = {
    "alias": stub_alias,
    "dataclass": dataclass,
    "enum": enumeration,
    "error": error,
    "model": model,
    "named tuple": named_tuple,
    "new type": new_type,
    "root": model,
    "typed dict": typed_dict,
}
"""The function that copies each kind of type into a stub."""
