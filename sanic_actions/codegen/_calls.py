"""The declarations of actions: one class for each namespace, one method for each action."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from .._errors import Problem
from .._files import UploadedFile
from .._namespace import Entry
from .._types.annotations import generic_parts
from .._types.fields import Field, extras_type
from ._declared import is_open
from ._imports import CLIENT_IMPORT, absolute_imports, lazy_imports, models_import, submodules
from ._names import MODELS, CallNames
from ._objects import free
from ._reach import Place, Reach, Unrenderable
from ._text import indented, is_name, literal, plain, wrapped
from ._types import Types
from ._values import sent_default, shown_default

CALLS: Final = "_calls"


@dataclasses.dataclass(slots=True)
class Group:
    """A namespace: its actions and the namespaces inside it."""

    path: tuple[str, ...]
    actions: dict[str, Entry] = dataclasses.field(default_factory=dict)
    groups: dict[str, Group] = dataclasses.field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """``Blog`` for ``blog``; longer by an underscore where a namespace inside or Python has the name."""
        name = "".join(part[:1].upper() + part[1:] for part in self.path[-1].split("_"))
        while name in self.groups or keyword.iskeyword(name):
            name += "_"
        return name


def _grouped(entries: Mapping[str, Entry]) -> Group:
    """The tree of namespaces, from the dotted names."""
    root = Group(())
    for name, entry in entries.items():
        *path, action = name.split(".")
        group = root
        for depth, part in enumerate(path, 1):
            group = group.groups.setdefault(part, Group(tuple(path[:depth])))
        group.actions[action] = entry
    return root


def calls_files(
    entries: Mapping[str, Entry], reach: Reach, suffix: str, prefix: str, problems: list[Problem]
) -> dict[str, list[str]]:
    """The root of the package and the package of calls; what cannot be rendered joins the problems."""
    root = _grouped(entries)
    files = {f"__init__{suffix}": _root(root, reach, suffix, prefix, problems)}
    if root.groups:
        start = [CLIENT_IMPORT] if suffix == ".py" else []
        files[f"{CALLS}/__init__{suffix}"] = [*start, *submodules(root.groups, suffix)]
    for group in _below(root):
        path = "/".join([CALLS, *group.path, *(["__init__"] if group.groups else [])])
        files[f"{path}{suffix}"] = _namespace(group, reach, suffix, problems)
    return files


def _below(group: Group) -> Iterator[Group]:
    for inner in group.groups.values():
        yield inner
        yield from _below(inner)


def _namespace(group: Group, reach: Reach, suffix: str, problems: list[Problem]) -> list[str]:
    names = CallNames(reach, at_run_time=suffix == ".py")
    types = Types(names, at_run_time=suffix == ".py")
    body = _class(group, group.class_name, types, names, problems)
    packages = len(group.path) + bool(group.groups)
    return [*_head(group, names, packages), "", *body, *submodules(group.groups, suffix)]


def _root(root: Group, reach: Reach, suffix: str, prefix: str, problems: list[Problem]) -> list[str]:
    names = CallNames(reach, at_run_time=suffix == ".py")
    types = Types(names, at_run_time=suffix == ".py")
    body = _class(root, "_Root", types, names, problems)
    ending = _RUN_TIME_ROOT if types.at_run_time else _STUB_ROOT
    return [*_head(root, names, 0), "", *body, *ending.replace("PREFIX", literal(plain(prefix)) or "").splitlines()]


_RUN_TIME_ROOT: Final = """
class Client(_Root, _client.Client):
    _prefix = PREFIX

class AsyncClient(_Root, _client.AsyncClient):
    _prefix = PREFIX

def __getattr__(name):
    if name != 'actions':
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return globals().setdefault('actions', Client())

__all__ = ['AsyncClient', 'Client', 'actions']"""
_STUB_ROOT: Final = """
class Client(_Root[_client.Sync], _client.Client): ...
class AsyncClient(_Root[_client.Async], _client.AsyncClient): ...

actions: Client

__all__ = ['AsyncClient', 'Client', 'actions']"""


def _head(group: Group, names: CallNames, depth: int) -> list[str]:
    """The imports of a file that lies ``depth`` packages below the root."""
    if names.at_run_time:  # nothing is loaded yet but the client and what is as cheap
        siblings = [f"from {'.' * (depth + 1)} import {CALLS}"] if group.groups else []
        siblings += [f"from {'.' * (depth + 1)} import {MODELS} as _models"] if names.uses else []
        return [CLIENT_IMPORT, *siblings, *lazy_imports(names.imports)]
    variable = f"_M = {names.module('typing')}.TypeVar('_M', covariant=True)"
    here = "." if group.path else f".{CALLS}"
    inner = [f"from {here} import {name} as {names.calls_alias(name)}" for name in sorted(group.groups)]
    models = [models_import(one, depth, names.models_alias(one), MODELS) for one in sorted(names.uses)]
    return [*absolute_imports(names.imports), *inner, *models, variable]


def _class(group: Group, name: str, types: Types, names: CallNames, problems: list[Problem]) -> list[str]:
    """A namespace as a class."""
    names.shadows = frozenset([*group.actions, *group.groups])
    lines = [f"{inner}: {_inner(group.groups[inner], names)}" for inner in sorted(group.groups)]
    for action, entry in sorted(group.actions.items()):
        lines += _action(action, entry, types, problems)
    mode = "" if types.at_run_time else "[_M]"
    return [f"class {name}({types.client('Calls')}{mode}):", *indented(lines)]


def _inner(group: Group, names: CallNames) -> str:
    """The class of a namespace inside."""
    if names.at_run_time:
        return f"{CALLS}.{'.'.join(group.path)}.{group.class_name}"
    return f"{names.calls_alias(group.path[-1])}.{group.class_name}[_M]"


def _action(name: str, entry: Entry, types: Types, problems: list[Problem]) -> list[str]:
    definition = entry.definition

    def attempt(path: str, render: Callable[[], str]) -> str:
        try:
            return render()
        except Unrenderable as error:
            problems.append(Place(entry, path).problem(error))
            return "None"

    decorator = attempt("raises", lambda: _decorator(entry, types))
    parameters = _parameters(entry, types, attempt)
    output = attempt("output", lambda: types.text(definition.output))
    lines = [f"@{decorator}"]
    if definition.deprecated and not types.at_run_time:
        lines.append(f"@{types.names.module('typing_extensions')}.deprecated({literal(plain(definition.deprecated))})")
    head = wrapped(f"def {name}(", parameters, f") -> {output}:")
    return [*lines, *head, *indented(types.names.reach.doc(entry))]


def _decorator(entry: Entry, types: Types) -> str:
    accept = entry.action.accept
    options = ["form=True"] if "json" not in accept else []
    if entry.name in types.names.reach.with_files:
        if "form" not in accept:
            raise Unrenderable("it takes a file, but JSON only.", 'Files come in forms: accept="form".')
        options += [] if options else ["files=True"]
    options += [f"{name}=True" for name in ("idempotent", "once") if getattr(entry.action, name)]
    errors = [_error(error, types) for error in entry.raises]
    if errors:
        return f"{types.client('raises')}({', '.join([*errors, *options])})"
    return types.client("call") + (f"({', '.join(options)})" if options else "")


def _error(error: type, types: Types) -> str:
    name = types.text(error)
    return repr(name) if types.at_run_time else name  # a class would be imported with its module


def _holds_file(annotation: object) -> bool:
    return annotation is UploadedFile or any(map(_holds_file, generic_parts(annotation)[1]))


def _parameters(entry: Entry, types: Types, attempt: Callable[[str, Callable[[], str]], str]) -> list[str]:
    made = entry.definition.input
    if made is None:
        return ["self", "/"]
    if made.fields is None:
        return ["self", f"input: {attempt('input', lambda: _bare(made.annotation, types))}", "/"]
    known = {field.name for field in made.fields}
    shown = [attempt(f"input {field.name!r}", partial(_parameter, field, types)) for field in made.fields]
    if is_open(made):
        extras = attempt("input", lambda: types.text(extras_type(made.annotation)))
        shown.append(f"**{free('extra', known)}: {extras}")
    star = ["*"] if known else []
    return [free("self", known), "/", *star, *shown]


def _bare(annotation: object, types: Types) -> str:
    if _holds_file(annotation):
        remedy = "Take it as a parameter, or as a field of the input model."
        raise Unrenderable("a file without a name cannot stand in a form.", remedy)
    return types.text(annotation)


def _parameter(field: Field, types: Types) -> str:
    if not is_name(field.name) or (field.name.startswith("__") and not field.name.endswith("__")):
        remedy = "Rename it; a field can keep its name in JSON as an alias."
        raise Unrenderable(f"{field.name!r} cannot be the name of a parameter.", remedy)
    text = f"{field.name}: {types.field(field)}"
    if field.required:
        return text
    return f"{text} = {sent_default(field) if types.at_run_time else shown_default(field, types.names)}"
