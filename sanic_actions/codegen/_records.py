"""Copies of dataclasses, typed dicts, named tuples and typed errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_type_hints

from .._errors import ActionError
from .._types.annotations import stated_qualifiers
from .._types.fields import UNKNOWN, Field
from ._declared import Declared, type_parameters
from ._docs import field_lines
from ._imports import CLIENT
from ._names import ModelNames
from ._objects import config_source, generic_base, has_aliases
from ._reach import Unrenderable
from ._text import indented, is_name, literal, plain, wrapped
from ._types import UNSENT, Types
from ._values import expression, factory, required_expression, shown_default


def dataclass(this: Declared, types: Types, names: ModelNames) -> list[str]:
    if computed := this.computed:
        reason = f"{this.name} is a dataclass with the computed field {computed[0].name!r}."
        raise Unrenderable(reason, "Make it a pydantic model, or the computed field a plain property.")
    if _init_only(this.obj):
        raise Unrenderable(f"{this.name} has an InitVar, which is not written.", "Make it a field.")
    lines = [*this.doc]
    by_keyword = {field.name: field.kw_only is True for field in dataclasses.fields(this.obj)}
    own = this.own_fields
    all_by_keyword = bool(own) and all(by_keyword[field.name] for field in own)
    decorator, config = _decorator(this, types, names, kw_only=all_by_keyword)
    lines += config
    for field in own:
        kw_only = by_keyword[field.name] and not all_by_keyword
        written = _dataclass_field(this, field, types, names, kw_only=kw_only)
        lines += [f"{field.name}: {written}", *field_lines(field, types.at_run_time)]
    if not types.at_run_time and this.obj.__dataclass_params__.order:
        lines += _comparisons(types)
    if not types.at_run_time and _is_pydantic(this):
        lines += _pydantic_members(this, by_keyword, types)
    return [decorator, _head(this, types, names, []), *indented(lines or ["..."])]


def _comparisons(types: Types) -> Iterator[str]:
    """What ``order=True`` makes, which mypy puts beside a name that only mypy knows."""
    this, truth = f"{types.names.module('typing')}.Self", types.names.builtin("bool")
    yield from (f"def __{name}__(self, other: {this}) -> {truth}: ..." for name in ("lt", "le", "gt", "ge"))


def _is_pydantic(this: Declared) -> bool:
    return "__pydantic_fields__" in this.obj.__dict__


def _pydantic_members(this: Declared, by_keyword: Mapping[str, bool], types: Types) -> Iterator[str]:
    """What pydantic's decorator adds, as mypy.stubtest finds it: the name of the receiver, and marks of its own."""
    parameters: dict[bool, list[str]] = {False: [], True: []}
    for field in this.fields:
        default = "" if field.required else f" = {shown_default(field, types.names)}"
        parameters[by_keyword[field.name]].append(f"{field.name}: {types.text(field.annotation)}{default}")
    star = ["*"] if parameters[True] else []
    given = ["__dataclass_self__", *parameters[False], *star, *parameters[True]]
    yield from wrapped("def __init__(", given, ") -> None: ...")
    if not any(_is_pydantic(base) for base in map(this.catalog.find, this.bases) if base):
        variable, anything = f"{types.names.module('typing')}.ClassVar", types.names.builtin("object")
        yield from (f"{name}: {variable}[{anything}]" for name in _PYDANTIC_MEMBERS)


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


def _init_only(obj: Any) -> bool:
    return any(field._field_type is dataclasses._FIELD_INITVAR for field in obj.__dataclass_fields__.values())  # type: ignore[attr-defined]  # dataclasses.fields() leaves them out


def _decorator(this: Declared, types: Types, names: ModelNames, *, kw_only: bool) -> tuple[str, list[str]]:
    options = this.obj.__dataclass_params__
    written = ("frozen", "order", "unsafe_hash") if types.at_run_time else ("frozen", "unsafe_hash")
    given = [f"{name}=True" for name in written if getattr(options, name)]
    given += [] if options.eq else ["eq=False"]
    given += ["kw_only=True"] if kw_only else []
    is_pydantic = _is_pydantic(this)
    more: dict[str, object] = {}
    if is_pydantic and has_aliases(this.fields):
        more = {"validate_by_alias": True, "validate_by_name": True}
    config = config_source(this.config, types, extra=more) if types.at_run_time else ""
    if is_pydantic and config:
        given.append(f"config={config}")
    module = names.module("pydantic.dataclasses" if is_pydantic else "dataclasses")
    call = f"({', '.join(given)})" if given else ""
    return f"@{module}.dataclass{call}", [f"__pydantic_config__ = {config}"] if config and not is_pydantic else []


def _dataclass_field(this: Declared, field: Field, types: Types, names: ModelNames, *, kw_only: bool) -> str:
    options = ["kw_only=True"] if kw_only else []
    if field.required:
        return f"{types.field(field)}{_specifier(options, names)}"
    if not types.at_run_time:
        shown = shown_default(field, names)
        return (
            f"{types.field(field)} = {shown}"
            if not options
            else (f"{types.field(field)}{_specifier([*options, f'default={shown}'], names)}")
        )
    default = _default(this, field, names)
    if default is None:
        return f"{types.field(field, UNSENT)}{_specifier([*options, 'default_factory=lambda: ...'], names)}"
    if not options and default.startswith("default="):
        return f"{types.field(field)} = {default.removeprefix('default=')}"
    return f"{types.field(field)}{_specifier([*options, default], names)}"


def _default(this: Declared, field: Field, names: ModelNames) -> str | None:
    """The default as an option of ``dataclasses.field``; None if only the server knows it."""
    with names.evaluated():
        if field.default is not UNKNOWN and (known := expression(field.default, names)) is not None:
            is_mutable = type(field.default) in (list, dict, set)
            return f"default_factory=lambda: {known}" if is_mutable else f"default={known}"
        own = next(f.default_factory for f in dataclasses.fields(this.obj) if f.name == field.name)
        made = factory(field.info.default_factory or own, names)
    return None if made is None else f"default_factory={made}"


def _specifier(options: list[str], names: ModelNames) -> str:
    return f" = {names.module('dataclasses')}.field({', '.join(options)})" if options else ""


def _head(this: Declared, types: Types, names: ModelNames, first: list[str]) -> str:
    with names.evaluated(in_body=False):
        bases = [*first, *map(types.text, this.bases), *generic_base(type_parameters(this.obj), types)]
    listed = ", ".join(bases)
    return f"class {this.path[-1]}({listed}):" if listed else f"class {this.path[-1]}:"


def typed_dict(this: Declared, types: Types, names: ModelNames) -> list[str]:
    """One flat class: typed dicts are compared by their keys, and inherit nothing else."""
    own = this.fields
    # Before Python 3.12 pydantic refuses the one of typing, which lacks what it needs.
    extensions = names.module("typing" if names.target >= (3, 12) else "typing_extensions")
    if bad := [field.name for field in own if not is_name(field.name) or _is_mangled(field.name)]:
        raise Unrenderable(f"{this.name} has the key {bad[0]!r}, which is no name.", "Use keys that are Python names.")
    lines = [*this.doc]
    if types.at_run_time and this.config:
        config = config_source(this.config, types)
        lines += [f"__pydantic_config__ = {config}"] if config else []
    read_only = () if types.at_run_time else _read_only(this.obj)  # pydantic warns that it will not keep to it
    for field in own:
        inner = types.field(field)
        if field.name in read_only:
            inner = f"{names.module('typing_extensions')}.ReadOnly[{inner}]"
        text = inner if field.required else f"{extensions}.NotRequired[{inner}]"
        lines += [f"{field.name}: {text}", *field_lines(field, types.at_run_time)]
    return [_head(this, types, names, [f"{extensions}.TypedDict"]), *indented(lines or ["..."])]


def _read_only(obj: Any) -> set[str]:
    hints = get_type_hints(obj, include_extras=True)
    return {name for name, hint in hints.items() if "ReadOnly" in stated_qualifiers(hint)}


def _is_mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def named_tuple(this: Declared, types: Types, names: ModelNames) -> list[str]:
    lines = [*this.doc]
    for field in this.fields:
        default = _place_default(this, field, types, names)
        lines += [f"{field.name}: {types.field(field)}{default}", *field_lines(field, types.at_run_time)]
    return [_head(this, types, names, [f"{names.module('typing')}.NamedTuple"]), *indented(lines or ["..."])]


def _place_default(this: Declared, field: Field, types: Types, names: ModelNames) -> str:
    if field.required:
        return ""
    if not types.at_run_time:
        return f" = {shown_default(field, names)}"
    with names.evaluated():
        default = required_expression(field.default, names, f"the default of {this.name}.{field.name}")
    return f" = {default}"


def error(this: Declared, types: Types, names: ModelNames) -> list[str]:
    cls: type[ActionError] = this.obj
    lines = [*this.doc]
    for field in this.own_fields:
        default = "" if field.required else f" = {_error_default(field, types, names)}"
        lines += [f"{field.name}: {types.field(field)}{default}", *field_lines(field, types.at_run_time)]
    with names.evaluated(in_body=False):
        bases = [types.text(base) for base in this.bases] or [f"{names.module(CLIENT)}.ActionError"]
    if cls._class_code is not None:
        bases.append(f"code={literal(plain(cls._class_code))}")
    return [f"class {this.path[-1]}({', '.join(bases)}):", *indented(lines or ["..."])]


def _error_default(field: Field, types: Types, names: ModelNames) -> str:
    if not types.at_run_time:
        return shown_default(field, names)
    with names.evaluated():
        return expression(field.default, names) or "..."
