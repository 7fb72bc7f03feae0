"""The copies of one server module: every type that it declares and an action needs, in an order that Python can run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from .._errors import Problem
from ._constants import alias, enumeration, new_type
from ._declared import Declared, Kind
from ._imports import CLIENT_IMPORT, absolute_imports, models_import, module_tree, submodules
from ._names import MODELS, ModelNames
from ._objects import model
from ._reach import Place, Reach, Unrenderable
from ._records import dataclass, error, named_tuple, typed_dict
from ._text import indented
from ._types import Types

_SHAPES: Final[Mapping[Kind, Callable[[Declared, Types, ModelNames], list[str]]]] = {
    "alias": alias,
    "dataclass": dataclass,
    "enum": enumeration,
    "error": error,
    "model": model,
    "named tuple": named_tuple,
    "new type": new_type,
    "root": model,
    "typed dict": typed_dict,
}


@dataclasses.dataclass(slots=True)
class _Node:
    """A class with the classes inside it; one without a type of its own only holds others."""

    place: Place | None = None
    this: Declared | None = None
    inner: dict[str, _Node] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class _Module:
    """What is known of one file before it is known which modules need each other in a circle."""

    names: ModelNames
    tops: frozenset[str]
    """Its classes that stand in no other."""
    blocks: tuple[list[str], ...]
    """The classes, in order."""


def models_files(reach: Reach, suffix: str, target: tuple[int, int], problems: list[Problem]) -> dict[str, list[str]]:
    """The package of models, one file for each server module; what cannot be rendered joins the problems."""
    by_module: dict[str, list[tuple[Declared, Place]]] = {}
    for found in reach.found.values():
        by_module.setdefault(found[0].module, []).append(found)
    made = {
        module: _module(module, by_module[module], reach, suffix=suffix, target=target, problems=problems)
        for module in sorted(by_module)
    }
    return dict(_files(made, reach.shared, suffix))


def _files(made: Mapping[str, _Module], shared: Mapping[str, set[str]], suffix: str) -> Iterator[tuple[str, list[str]]]:
    uses = {module: one.names.uses for module, one in made.items()}
    for path, children in module_tree(module.split(".") for module in {*made, *shared}).items():
        depth = len(path) if children else len(path) - 1
        one, imported = made.get(".".join(path)), sorted(shared.get(".".join(path), ()))
        lines = [CLIENT_IMPORT] if children and suffix == ".py" else []
        lines += [f"from {'.'.join(path)} import {name} as {name}" for name in imported]
        lines += _lines_of(one, uses, depth) if one else []
        own = [*imported, *(one.tops if one else ())]
        exports = [f"__all__ = {sorted({*own, *children})!r}"] if own else []
        here = "/".join([MODELS, *path, *(["__init__"] if children else [])])
        yield f"{here}{suffix}", [*lines, *submodules(children, suffix), *exports]


def _module(
    module: str,
    found: Iterable[tuple[Declared, Place]],
    reach: Reach,
    *,
    suffix: str,
    target: tuple[int, int],
    problems: list[Problem],
) -> _Module:
    tree = _tree(found)
    names = ModelNames(reach, module, frozenset(tree.inner), target)
    types = Types(names, at_run_time=suffix == ".py")
    blocks: dict[str, list[str]] = {}
    needs: dict[str, dict[str, bool]] = {}
    for top in sorted(tree.inner):
        names.needs = {}
        blocks[top] = _lines(top, tree.inner[top], types, names, problems)
        needs[top] = names.needs
    order = _ordered(needs)
    completed = _completed(tree, order, needs) if types.at_run_time else []
    return _Module(names, frozenset(tree.inner), (*(blocks[top] for top in order), *([completed] if completed else [])))


def _completed(tree: _Node, order: list[str], needs: Mapping[str, Mapping[str, bool]]) -> list[str]:
    """Models that name a class below them: completed at once, for what looks at them before they are used."""
    place = {top: number for number, top in enumerate(order)}
    models = [top for top in order if (this := tree.inner[top].this) and this.kind in ("model", "root")]
    return [f"{top}.model_rebuild()" for top in models if any(place[need] > place[top] for need in needs[top])]


def _tree(found: Iterable[tuple[Declared, Place]]) -> _Node:
    root = _Node()
    for this, place in found:
        node = root
        for part in this.path:
            node = node.inner.setdefault(part, _Node())
        node.this, node.place = this, place
    return root


def _lines(name: str, node: _Node, types: Types, names: ModelNames, problems: list[Problem]) -> list[str]:
    inner = [line for part in sorted(node.inner) for line in _lines(part, node.inner[part], types, names, problems)]
    if node.this is None or node.place is None:
        return [f"class {name}:", *indented(inner)]
    names.shadows = frozenset(node.inner) | _member_names(node.this)
    try:
        lines = _SHAPES[node.this.kind](node.this, types, names)
    except Unrenderable as error:
        problems.append(node.place.problem(error, node.this.name))
        return []
    finally:
        names.shadows = frozenset()
    return _with_inner(lines, list(indented(inner))) if inner else lines


def _member_names(this: Declared) -> frozenset[str]:
    if this.kind in ("new type", "alias", "enum"):
        return frozenset()
    return frozenset([*(field.name for field in this.fields), *(one.name for one in this.computed)])


def _with_inner(lines: list[str], inner: list[str]) -> list[str]:
    """The class with the classes inside it right below its header."""
    header = next(index for index, line in enumerate(lines) if line.startswith("class ")) + 1
    return [*lines[:header], *inner, *lines[header:]]


def _ordered(needs: Mapping[str, Mapping[str, bool]]) -> list[str]:
    """What a class names comes before it where that is possible, and always where it is evaluated at once."""
    wished = _depth_first(needs, sorted(needs))
    at_once = {top: {need: True for need, now in found.items() if now} for top, found in needs.items()}
    return _depth_first(at_once, wished)


def _depth_first(needs: Mapping[str, Mapping[str, bool]], tops: Iterable[str]) -> list[str]:
    done: dict[str, None] = {}
    entered: set[str] = set()

    def visit(top: str) -> None:
        if top in entered or top not in needs:
            return
        entered.add(top)
        for need in sorted(needs[top], key=lambda need: (not needs[top][need], need)):
            visit(need)
        done[top] = None

    for top in tops:
        visit(top)
    return list(done)


def _lines_of(module: _Module, uses: Mapping[str, Mapping[str, bool]], depth: int) -> list[str]:
    """The lines of a file that lies ``depth`` packages below the package of models."""
    names, variables = module.names, list(_type_variables(module.names))
    late = {other for other, now in names.uses.items() if not now and names.home in _reached(other, uses)}
    imports = {
        other: models_import(other, depth, names.alias(f"models.{other}", other)) for other in sorted(names.uses)
    }
    return [
        *absolute_imports(names.imports),
        *(statement for other, statement in imports.items() if other not in late),
        *variables,
        *(line for block in module.blocks for line in ("", *block)),
        # These name this module too: what its annotations say of them is looked up when a class is first used.
        *(statement for other, statement in imports.items() if other in late),
    ]


def _reached(start: str, uses: Mapping[str, Mapping[str, bool]]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += uses.get(here, ())
    return seen


def _type_variables(names: ModelNames) -> Iterator[str]:
    for variable, name in sorted(names.variables.items(), key=lambda item: item[1]):
        yield f"{name} = {names.module('typing')}.TypeVar({name!r}{_variance(variable)})"


def _variance(variable: Any) -> str:
    if variable.__covariant__:
        return ", covariant=True"
    return ", contravariant=True" if variable.__contravariant__ else ""
