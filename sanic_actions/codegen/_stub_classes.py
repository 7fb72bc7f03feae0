"""Copy classes into stubs for checkers and editors: fields with docstrings, constructors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_type_hints

from .._types.annotations import stated_qualifiers
from .._types.fields import Field, extras_type
from ._catalog import Computed, DeclaredType, Kind, type_parameters
from ._code import Code, code, indented, when, wrapped
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
from ._shapes import (
    ClassSource,
    ClassSpot,
    bases_of,
    class_header,
    class_options,
    enumeration,
    error_bases,
    extra_fields,
    free_name,
    generic_base,
    new_type,
    refuse_keys,
    stub_alias,
    typed_dict_base,
)

NO_VALUE: Final = Code(") -> None: ...")


def _default(field: Field, declaration: DeclaredType, printer: Printer) -> Code | None:
    """Return the default that callers see; None for a required field."""
    if field.required:
        return None
    # With a serializer, callers see another type than that of the default.
    if printer.graph.type_of(field, declaration) is not field.annotation:
        return DOTS
    return shown_default(field, printer.graph, printer.scope)


def _type(field: Field, declaration: DeclaredType, printer: Printer) -> Code:
    return printer.field(field, printer.graph.type_of(field, declaration))


def _field_lines(field: Field, type_: Code, default: Code | None) -> list[Code]:
    return [_parameter(field.name, type_, default), *documentation(field_doc(field))]


def model(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a model or a root model."""
    printer = spot.body
    fields = printer.graph.fields_of(declaration)
    types: dict[str, Code] = {}
    defaults: dict[str, Code | None] = {}
    for field in fields:
        types[field.name] = _type(field, declaration, printer)
        defaults[field.name] = _default(field, declaration, printer)
    body = extra_fields(declaration, printer)
    for field in printer.graph.own_fields_of(declaration):
        # pydantic's mypy plugin takes an attribute with `= ...` for a required field.
        default = defaults[field.name]
        body += _field_lines(field, types[field.name], None if default is DOTS else default)
    body += _constructor(declaration, printer, types, defaults)
    for member in declaration.computed:
        body += _property(member, printer)
    return ClassSource(_model_header(declaration, spot), declaration.doc, body)


def _model_header(declaration: DeclaredType, spot: ClassSpot) -> Code:
    printer = spot.around
    bases = list(map(printer.type, declaration.bases))
    if not bases and declaration.kind == "model":
        bases = [printer.scope.member("pydantic", "BaseModel")]
    elif not bases:
        root = printer.type(printer.graph.type_of(declaration.fields[0], declaration))
        bases = [code(printer.scope.member("pydantic", "RootModel"), "[", root, "]")]
    bases += generic_base(type_parameters(declaration.obj), printer)
    return class_header(declaration.path[-1], [*bases, *class_options(declaration)])


def _constructor(
    declaration: DeclaredType, printer: Printer, types: Mapping[str, Code], defaults: Mapping[str, Code | None]
) -> list[Code]:
    parameters = list(map(_parameter, types, types.values(), defaults.values()))
    if declaration.kind == "root":
        return [code("def __init__(self, ", *parameters, ", /", NO_VALUE)]
    star = when(parameters, "*")
    if declaration.is_open:
        extras = printer.type(extras_type(declaration.obj))
        parameters.append(code(f"**{free_name('extra', types)}: ", extras))
    # A model may have a field `self`: a receiver before the slash cannot be passed by keyword.
    if "self" in types:
        receiver = [Code("_self"), Code("/")]
    else:
        receiver = [Code("self")]
    return wrapped("def __init__(", [*receiver, *star, *parameters], NO_VALUE)


def _parameter(name: str, type_: Code, default: Code | None) -> Code:
    if default is None:
        return code(f"{name}: ", type_)
    return code(f"{name}: ", type_, " = ", default)


def _property(member: Computed, printer: Printer) -> list[Code]:
    decorator = code("@", printer.scope.builtin("property"))
    head = code(f"def {member.name}(self) -> ", printer.type(member.annotation), ":")
    doc = documentation(member.doc)
    if not doc:
        return [decorator, code(head, " ...")]
    return [decorator, head, *indented(doc)]


def dataclass(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a dataclass, of the standard library or of pydantic."""
    printer = spot.body
    own = printer.graph.own_fields_of(declaration)
    by_keyword = keyword_fields(declaration)
    is_all_keyword = is_keyword_only(own, by_keyword)
    body: list[Code] = []
    keyword_lines: list[Code] = []
    for field in own:
        lines = _field_lines(field, _type(field, declaration, printer), _default(field, declaration, printer))
        if by_keyword[field.name] and not is_all_keyword:
            keyword_lines += lines
        else:
            body += lines
    if keyword_lines:  # last, since all fields below the mark are keyword-only
        mark = free_name("_", declaration.member_names)
        body += [code(f"{mark}: ", printer.scope.member("dataclasses", "KW_ONLY")), *keyword_lines]
    if declaration.obj.__dataclass_params__.order:
        body += _comparisons(printer)
    if is_pydantic_dataclass(declaration):
        body += _pydantic_members(declaration, by_keyword, printer)
    options = decorator_options(declaration, ("frozen", "unsafe_hash"), is_all_keyword=is_all_keyword)
    decorator = decorator_line(declaration, spot.around, options)
    header = class_header(declaration.path[-1], bases_of(declaration, spot.around))
    return ClassSource(header, declaration.doc, body, before=(decorator,))


def _comparisons(printer: Printer) -> Iterator[Code]:
    """Yield the methods that ``order=True`` adds.

    The decorator in the stub leaves ``order=True`` out, for which mypy would add a type variable
    that other tools do not know.
    """
    own, truth = printer.scope.member("typing", "Self"), printer.scope.builtin("bool")
    for name in ("lt", "le", "gt", "ge"):
        yield code(f"def __{name}__(self, other: ", own, ") -> ", truth, ": ...")


def _pydantic_members(declaration: DeclaredType, by_keyword: Mapping[str, bool], printer: Printer) -> list[Code]:
    """Return the members that pydantic's decorator adds, which mypy.stubtest compares."""
    positional, keyword = [Code("__dataclass_self__")], list[Code]()
    for field in declaration.fields:
        # Python moves keyword-only fields behind the others, whatever their order in the class.
        if by_keyword[field.name]:
            parameters = keyword
        else:
            parameters = positional
        type_ = _type(field, declaration, printer)
        parameters.append(_parameter(field.name, type_, _default(field, declaration, printer)))
    star = when(keyword, "*")
    lines = wrapped("def __init__(", [*positional, *star, *keyword], NO_VALUE)
    bases = filter(None, map(declaration.catalog.find, declaration.bases))
    if not any(map(is_pydantic_dataclass, bases)):
        variable, anything = printer.scope.member("typing", "ClassVar"), printer.scope.builtin("object")
        for name in _PYDANTIC_MEMBERS:
            lines.append(code(f"{name}: ", variable, "[", anything, "]"))
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


def typed_dict(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a typed dict as one flat class."""
    refuse_keys(declaration)
    printer, body = spot.body, list[Code]()
    read_only = _read_only(declaration.obj)  # in the stub only: at run time pydantic warns that it ignores ReadOnly
    for field in printer.graph.own_fields_of(declaration):
        inner = _type(field, declaration, printer)
        if field.name in read_only:
            inner = code(printer.scope.member("typing_extensions", "ReadOnly"), "[", inner, "]")
        if not field.required:
            inner = code(typed_dict_base(printer, spot.target, "NotRequired"), "[", inner, "]")
        body += _field_lines(field, inner, None)
    bases = [typed_dict_base(spot.around, spot.target, "TypedDict"), *bases_of(declaration, spot.around)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def _read_only(obj: Any) -> set[str]:
    hints = get_type_hints(obj, include_extras=True)
    return {name for name, hint in hints.items() if "ReadOnly" in stated_qualifiers(hint)}


def named_tuple(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a named tuple."""
    body = _plain_fields(declaration, spot.body)
    bases = [spot.around.scope.member("typing", "NamedTuple"), *bases_of(declaration, spot.around)]
    return ClassSource(class_header(declaration.path[-1], bases), declaration.doc, body)


def error(declaration: DeclaredType, spot: ClassSpot) -> ClassSource:
    """Copy a typed error."""
    body = _plain_fields(declaration, spot.body)
    return ClassSource(class_header(declaration.path[-1], error_bases(declaration, spot.around)), declaration.doc, body)


def _plain_fields(declaration: DeclaredType, printer: Printer) -> list[Code]:
    lines: list[Code] = []
    for field in declaration.own_fields:
        lines += _field_lines(field, _type(field, declaration, printer), _default(field, declaration, printer))
    return lines


STUB: Final[Mapping[Kind, Callable[[DeclaredType, ClassSpot], ClassSource]]] = {
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
