"""The copies of one server module: every type that it declares and an action needs, in an order that Python can run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from .._errors import Problem
from ._circles import Top, stuck
from ._constants import alias, enumeration, new_type
from ._declared import Declared, Kind
from ._imports import CLIENT_IMPORT, module_tree, submodules
from ._module import Module, lines_of
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


def models_files(reach: Reach, suffix: str, target: tuple[int, int], problems: list[Problem]) -> dict[str, list[str]]:
    """The package of models, one file for each server module; what cannot be rendered joins the problems."""
    by_module: dict[str, list[tuple[Declared, Place]]] = {}
    for found in reach.found.values():
        by_module.setdefault(found[0].module, []).append(found)
    made = {
        module: _module(module, by_module[module], reach, suffix=suffix, target=target, problems=problems)
        for module in sorted(by_module)
    }
    problems += _circle_problems(made, reach)
    return dict(_files(made, reach.shared, suffix))


def _circle_problems(made: Mapping[str, Module], reach: Reach) -> Iterator[Problem]:
    orders = {module: {top: one.at_once[top] for top in one.blocks} for module, one in made.items() if one.names.circle}
    places = {(this.module, this.path[0]): place for this, place in reach.found.values()}
    for top, need in stuck(orders):
        name, other = (f"{module}.{path}" for module, path in (top, need))
        reason = f"{name} is made of {other}, in a circle of modules that need each other by turns."
        yield places[top].problem(Unrenderable(reason, "Define one of them in the module of the other."))


def _files(made: Mapping[str, Module], shared: Mapping[str, set[str]], suffix: str) -> Iterator[tuple[str, list[str]]]:
    for path, children in module_tree(module.split(".") for module in {*made, *shared}).items():
        depth = len(path) if children else len(path) - 1
        one, imported = made.get(".".join(path)), sorted(shared.get(".".join(path), ()))
        lines = [CLIENT_IMPORT] if children and suffix == ".py" else []
        lines += [f"from {'.'.join(path)} import {name} as {name}" for name in imported]
        lines += lines_of(one, depth) if one else []
        own = [*imported, *(one.blocks if one else ())]
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
) -> Module:
    tree = _tree(found)
    # Checkers, who read the stubs, take any order.
    circle = reach.circle(module) if suffix == ".py" else frozenset[str]()
    names = ModelNames(reach, module, frozenset(tree.inner), target, circle)
    types = Types(names, at_run_time=suffix == ".py")
    blocks: dict[str, list[str]] = {}
    needs: dict[str, dict[str, bool]] = {}
    at_once: dict[str, set[Top]] = {}
    later: set[str] = set()
    for top in sorted(tree.inner):
        names.needs, names.at_once, names.later = {}, set(), False
        needs[top], at_once[top] = names.needs, names.at_once
        blocks[top] = _lines(top, tree.inner[top], types, names, problems)
        later |= {top} if names.later else set()
    order = _ordered(needs, at_once)
    return Module(
        types,
        names,
        blocks={top: blocks[top] for top in order},
        models=tuple(_models_in(tree, order)),
        needs=needs,
        at_once=at_once,
        later=frozenset(later),
    )


def _models_in(tree: _Node, order: Iterable[str], outer: str = "") -> list[str]:
    found: list[str] = []
    for name in order:
        node = tree.inner[name]
        found += _models_in(node, sorted(node.inner), f"{outer}{name}.")
        found += [f"{outer}{name}"] if node.this and node.this.kind in ("model", "root") else []
    return found


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
    names.shadows = node.this.member_names.union(node.inner)
    try:
        lines = _SHAPES[node.this.kind](node.this, types, names)
    except Unrenderable as error:
        problems.append(node.place.problem(error, node.this.name))
        return []
    finally:
        names.shadows = frozenset()
    return _with_inner(lines, list(indented(inner))) if inner else lines


def _with_inner(lines: list[str], inner: list[str]) -> list[str]:
    """The class with the classes inside it right below its header."""
    header = next(index for index, line in enumerate(lines) if line.startswith("class ")) + 1
    return [*lines[:header], *inner, *lines[header:]]


def _ordered(needs: Mapping[str, Mapping[str, bool]], at_once: Mapping[str, set[Top]]) -> list[str]:
    """What a class names comes before it where that is possible, and always where it is evaluated at once.

    What needs other modules of a circle at once comes last, since they may need the rest of this one.
    """
    wished = _depth_first(needs, sorted(needs))
    hard = {top: {need: True for need, now in found.items() if now} for top, found in needs.items()}
    order, waiting = _depth_first(hard, wished), set[str]()
    for top in order:
        if at_once[top] or not waiting.isdisjoint(hard[top]):
            waiting.add(top)
    return sorted(order, key=waiting.__contains__)


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
