"""The copies of one server module: every type that it declares and an action needs, in an order that Python can run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from .._errors import Problem
from ._constants import alias, enumeration, new_type
from ._declared import Declared, Kind
from ._imports import CLIENT, CLIENT_IMPORT, absolute_imports, models_import, module_tree, submodules
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

    types: Types
    names: ModelNames
    tops: frozenset[str]
    """Its classes that stand in no other."""
    blocks: tuple[list[str], ...]
    """The classes, in order."""
    models: tuple[str, ...]
    """Its models, nested ones too."""
    needs: Mapping[str, Mapping[str, bool]]
    """By class: the classes of its own that it names."""
    others: Mapping[str, set[str]]
    """By class: the other modules that it names."""

    def incomplete(self, circular: Iterable[str]) -> Iterator[str]:
        """The models that pydantic cannot complete where they stand.

        Args:
            circular: The other modules that may not be loaded then.
        """
        place = {top: number for number, top in enumerate(self.needs)}
        waiting = {top for top, others in self.others.items() if not others.isdisjoint(circular)}
        waiting |= {top for top, needs in self.needs.items() if any(place[need] > place[top] for need in needs)}
        while more := {top for top, needs in self.needs.items() if not waiting.isdisjoint(needs)} - waiting:
            waiting |= more
        return (one for one in self.models if one.partition(".")[0] in waiting or "." in one)


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
    for path, children in module_tree(module.split(".") for module in {*made, *shared}).items():
        depth = len(path) if children else len(path) - 1
        one, imported = made.get(".".join(path)), sorted(shared.get(".".join(path), ()))
        lines = [CLIENT_IMPORT] if children and suffix == ".py" else []
        lines += [f"from {'.'.join(path)} import {name} as {name}" for name in imported]
        lines += _lines_of(one, made, depth) if one else []
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
    others: dict[str, set[str]] = {}
    for top in sorted(tree.inner):
        names.needs, names.others = needs[top], others[top] = {}, set()
        blocks[top] = _lines(top, tree.inner[top], types, names, problems)
    order = _ordered(needs)
    return _Module(
        types,
        names,
        frozenset(tree.inner),
        blocks=tuple(blocks[top] for top in order),
        models=tuple(_models_in(tree, order)),
        needs={top: needs[top] for top in order},
        others=others,
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


def _lines_of(module: _Module, made: Mapping[str, _Module], depth: int) -> list[str]:
    """The lines of a file that lies ``depth`` packages below the package of models."""
    names, variables = module.names, list(_type_variables(module))
    aliases = {other: names.alias(f"models.{other}", other) for other in sorted(names.uses)}
    circular = [other for other in aliases if names.home in _reached(other, made)]
    late = [other for other in circular if module.types.at_run_time and not names.uses[other]]
    last = list(_last(module, made, aliases, circular, late)) if module.types.at_run_time else []
    return [
        *absolute_imports(names.imports),
        *(models_import(other, depth, alias) for other, alias in aliases.items() if other not in late),
        *variables,
        *(line for block in module.blocks for line in ("", *block)),
        *(["", *last] if last else []),
    ]


def _last(
    module: _Module, made: Mapping[str, _Module], aliases: Mapping[str, str], circular: list[str], late: list[str]
) -> Iterator[str]:
    """What completes the models that name what stands below them, for what looks at them before they are used."""
    names = module.names
    if late:
        # They need this module too: of what its annotations say of them nothing is looked up before they are there.
        package = f"{{__name__.rsplit('.', {names.home.count('.') + 1})[0]}}"
        lazy = f"{names.module(CLIENT)}.lazy"
        yield from (f'{aliases[other]} = {lazy}(f"{package}.{other}")' for other in late)
    half = "raise_errors=False" if circular else ""
    yield from (f"{one}.model_rebuild({half})" for one in module.incomplete(circular))
    for other in circular:
        if other not in late:
            waiting = made[other].incomplete([names.home])
            yield from (f"{aliases[other]}.{one}.model_rebuild({half})" for one in waiting)


def _reached(start: str, made: Mapping[str, _Module]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += made[here].names.uses if here in made else ()
    return seen


def _type_variables(module: _Module) -> Iterator[str]:
    names = module.names
    for variable, name in sorted(names.variables.items(), key=lambda item: item[1]):
        # What it can be is for checkers: at run time only classes with types in its place are used.
        more = "" if module.types.at_run_time else "".join(_limits(variable, module.types))
        # Python 3.11 knows neither inferred variance nor defaults.
        home = "typing_extensions" if "infer_variance=" in more or "default=" in more else "typing"
        yield f"{name} = {names.module(home)}.TypeVar({name!r}{more})"


def _limits(variable: Any, types: Types) -> Iterator[str]:
    yield from (f", {types.text(constraint)}" for constraint in variable.__constraints__)
    if variable.__bound__ is not None:
        yield f", bound={types.text(variable.__bound__)}"
    yield from (f", {name}=True" for name in _VARIANCES if getattr(variable, f"__{name}__", False))
    if getattr(variable, "has_default", bool)():
        yield f", default={types.text(variable.__default__)}"


_VARIANCES: Final = ("covariant", "contravariant", "infer_variance")
