"""Copies of pydantic models: the class for run time, and its shape for checkers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from .._types.fields import UNKNOWN, Field, extras_type
from ._aliases import aliases_of
from ._declared import Computed, Declared, type_parameters
from ._docs import field_lines
from ._names import ModelNames
from ._reach import Unrenderable
from ._text import docstring, indented, literal, plain, wrapped
from ._types import Types
from ._values import expression, factory, sent_default, shown_default

# What changes the values that go over the wire or come from it. Not validators: those run on the server.
_CONFIG: Final = (
    *("allow_inf_nan", "coerce_numbers_to_str", "extra", "regex_engine", "ser_json_bytes", "ser_json_inf_nan"),
    *("ser_json_temporal", "ser_json_timedelta", "str_max_length", "str_min_length", "str_strip_whitespace"),
    *("str_to_lower", "str_to_upper", "strict", "use_enum_values", "val_json_bytes", "val_temporal_unit"),
)


def model(this: Declared, types: Types, names: ModelNames) -> list[str]:
    """A model or a root model."""
    lines = [*this.doc, *_extras(this, types)]
    lines += _run_time_body(this, types, names) if types.at_run_time else _stub_body(this, types)
    header = f"class {this.path[-1]}({', '.join(_bases(this, types, names))}):"
    written = [header, *indented(lines or ["..."])]
    return _without_warnings(written, names) if types.at_run_time and _warns(this) else written


def _run_time_body(this: Declared, types: Types, names: ModelNames) -> Iterator[str]:
    yield from _config(this, types)
    for field in this.own_fields:
        yield f"{field.name}: {types.field(field)}{_default(field, names)}"
    if this.kind == "root":
        yield from _root_constructor(this.fields[0])
    for one in this.computed:
        yield from _computed(this, one, types)


def _root_constructor(root: Field) -> Iterator[str]:
    """What the stub promises: the root is given by position. The mark tells pydantic that this is its own."""
    default = "" if root.required else f"={sent_default(root)}"
    yield f"def __init__(self, root{default}, /):"
    yield f"    super().__init__({'*() if root is ... else (root,)' if default == '=...' else 'root'})"
    yield "__init__.__pydantic_base_init__ = True"


def _stub_body(this: Declared, types: Types) -> Iterator[str]:
    """The fields, the constructor and the computed fields; only a stub, which editors show, tells of single fields."""
    shown = {field.name: types.text(field.annotation) for field in this.fields}
    defaults = {field.name: shown_default(field, types.names) for field in this.fields if not field.required}
    for field in this.own_fields:
        default = defaults.get(field.name, "...")
        yield f"{field.name}: {shown[field.name]}{'' if default == '...' else f' = {default}'}"
        yield from field_lines(field, False)
    yield from _constructor(this, shown, defaults, types)
    for one in this.computed:
        yield from _property(one, types)


def _bases(this: Declared, types: Types, names: ModelNames) -> list[str]:
    parameters = type_parameters(this.obj)
    if this.kind == "model" and not this.bases and not parameters:  # as most are
        bases = [f"{names.module('pydantic')}.BaseModel"]
    else:
        with names.evaluated(in_body=False):
            bases = [types.text(base) for base in this.bases] or [_pydantic_base(this, types, bool(parameters))]
            bases += generic_base(parameters, types)
    return [*bases, *(["frozen=True"] if this.config.get("frozen") else [])]


def generic_base(parameters: Iterable[Any], types: Types) -> list[str]:
    """``Generic[...]`` for a class with type variables."""
    texts = ", ".join(map(types.text, parameters))
    return [f"{types.names.module('typing')}.Generic[{texts}]"] if texts else []


def _pydantic_base(this: Declared, types: Types, generic: bool) -> str:
    pydantic = types.names.module("pydantic")
    if this.kind == "model":
        return f"{pydantic}.BaseModel"
    # At run time the root's type stands in the body only, where it may name what comes later.
    bare = types.at_run_time and not generic
    return f"{pydantic}.RootModel" + ("" if bare else f"[{types.text(this.fields[0].annotation)}]")


def config_source(config: Mapping[str, Any], types: Types, *, extra: dict[str, object] | None = None) -> str:
    """What of a pydantic configuration concerns the wire, as source; empty if nothing does."""
    kept = {name: config[name] for name in _CONFIG if config.get(name) is not None} | (extra or {})
    if not kept:
        return ""
    given = ", ".join(f"{name}={_config_value(name, value)}" for name, value in kept.items())
    return f"{types.names.module('pydantic')}.ConfigDict({given})"


def _config_value(name: str, value: object) -> str:
    text = "()" if value == () else literal(plain(value))
    if text is None:
        raise Unrenderable(f"its configuration has {name}={value!r:.60}.", "Use a string, a number or a truth value.")
    return text


def has_aliases(everything: tuple[Field, ...]) -> bool:
    """Whether a field is called otherwise in JSON."""
    return any(aliases_of(field) != (field.name, field.name) for field in everything)


def _config(this: Declared, types: Types) -> list[str]:
    more: dict[str, object] = {}
    if has_aliases(this.fields):
        more |= {"validate_by_alias": True, "validate_by_name": True}
    if any(field.name.startswith("model_") for field in this.fields):
        more["protected_namespaces"] = ()
    source = config_source(this.config, types, extra=more)
    return [f"model_config = {source}"] if source else []


def _extras(this: Declared, types: Types) -> list[str]:
    if not this.is_open:
        return []
    extras = f"{types.names.builtin('dict')}[{types.names.builtin('str')}, {types.text(extras_type(this.obj))}]"
    return [f"__pydantic_extra__: {extras}"]


def _default(field: Field, names: ModelNames) -> str:
    if field.required:
        return ""
    if (text := literal(field.default)) is not None:
        return f" = {text}"
    with names.evaluated():
        known = None if field.default is UNKNOWN else expression(field.default, names)
        made = factory(field.info.default_factory, names)
    if known is not None:
        return f" = {known}"
    pydantic = names.module("pydantic")
    if isinstance(field.default, BaseModel):
        made = _instance(field.default, names)
    if made is not None:
        return f" = {pydantic}.Field(default_factory={made})"
    # Only the server knows this default, so a field that was not given is not sent.
    return f" = {pydantic}.Field(default_factory=lambda: ..., exclude_if=lambda value: value is ...)"


def _instance(value: BaseModel, names: ModelNames) -> str | None:
    """A model as a default, as a function, since its class may come later."""
    this = names.reach.catalog.of(type(value))
    texts = {name: expression(item, names) for name, item in value if name in value.model_fields_set}
    if this is None or not names.reach.has(this) or None in texts.values():
        return None
    return f"lambda: {names.declared(this)}({', '.join(f'{name}={text}' for name, text in texts.items())})"


def _constructor(this: Declared, shown: Mapping[str, str], defaults: Mapping[str, str], types: Types) -> list[str]:
    if this.kind == "root":
        default = f" = {defaults['root']}" if defaults else ""
        return [f"def __init__(self, root: {shown['root']}{default}, /) -> None: ..."]
    parameters = [f"{name}: {text}{f' = {defaults[name]}' if name in defaults else ''}" for name, text in shown.items()]
    star = ["*"] if parameters else []
    if this.is_open:
        parameters.append(f"**{free('extra', shown)}: {types.text(extras_type(this.obj))}")
    receiver = ["_self", "/"] if "self" in shown else ["self"]
    return wrapped("def __init__(", [*receiver, *star, *parameters], ") -> None: ...")


def free(name: str, taken: Container[str]) -> str:
    """The name, or one that begins with underscores where it is taken."""
    while name in taken:
        name = f"_{name}"
    return name


def _stored(name: str) -> str:
    return f"computed_{name}"


def _computed(this: Declared, one: Computed, types: Types) -> list[str]:
    """The server computes it, so the copy keeps what was read: under a name of its own, never sent."""
    pydantic, typing = types.names.module("pydantic"), types.names.module("typing")
    inner = types.text(one.annotation)
    field = f"{pydantic}.Field(validation_alias={literal(one.written)}, exclude=True, repr=False)"
    missing = f"{this.name}.{one.name} is computed by the server, and this object was made here"
    return [
        f"{_stored(one.name)}: {typing}.Annotated[{inner}, {field}] = None",
        *_property_head(one, types, inner),
        *indented(
            [
                *docstring(one.doc),
                f"if {_stored(one.name)!r} not in self.model_fields_set:",
                f"    raise AttributeError({missing!r})",
                f"return self.{_stored(one.name)}",
            ]
        ),
    ]


def _property_head(one: Computed, types: Types, inner: str) -> list[str]:
    return [f"@{types.names.builtin('property')}", f"def {one.name}(self) -> {inner}:"]


def _property(one: Computed, types: Types) -> list[str]:
    *start, head = _property_head(one, types, types.text(one.annotation))
    doc = docstring(one.doc)
    return [*start, head, *indented(doc)] if doc else [*start, f"{head} ..."]


def _warns(this: Declared) -> bool:
    """Whether pydantic warns of a field that is called like a method of its own, as the server's author knows."""
    return any(_is_taken(field.name) for field in this.own_fields)


@lru_cache
def _is_taken(name: str) -> bool:
    return hasattr(BaseModel, name)


def _without_warnings(lines: list[str], names: ModelNames) -> list[str]:
    warnings = names.module("warnings")
    return [f"with {warnings}.catch_warnings():", *indented([f'{warnings}.simplefilter("ignore")', *lines])]
