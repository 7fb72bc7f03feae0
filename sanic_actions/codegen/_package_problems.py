"""Problems that a walk over annotations cannot see: of validators, and of names that collide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import SchemaError

from .._definition import Definition, Parameters
from .._definition_error import Problem
from .._entry import Entry
from .._types.refused_limits import sentence_of
from .._wire import Codec
from ._buildable import is_buildable
from ._catalog import DeclaredType
from ._graph import TypeGraph, TypePlace
from ._imports import CLIENT_ALIAS
from ._text import is_name


def validator_problems(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the types for which pydantic cannot build a validator, before the first call does."""
    for entry in entries:
        for part, annotation in _types(entry.definition):
            if not is_buildable(annotation) and (problem := _validator_problem(annotation)):
                yield TypePlace(entry, part).located(problem)


def _types(definition: Definition) -> Iterator[tuple[str, Any]]:
    source = definition.input
    if isinstance(source, Parameters):
        for field in source.fields:
            yield f"input {field.name!r}", field.annotation
    elif source is not None:
        yield "input", source.annotation
    yield "output", definition.output


def _validator_problem(annotation: Any) -> Problem | None:
    try:
        Codec[Any](annotation)
    except (PydanticUserError, PydanticUndefinedAnnotation, SchemaError, RuntimeError, TypeError, NameError) as error:
        remedy = "Change what pydantic refuses; without a validator, each call would be a 500."
        return Problem(f"pydantic cannot build a validator for it: {sentence_of(error)}.", remedy)
    return None


def path_problems(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the actions whose dotted names could not be written as attributes."""
    for entry in entries:
        if not all(map(is_name, entry.name.split("."))):
            problem = Problem(f"{entry.name!r} cannot be written in Python.", "Use names that are identifiers.")
            yield TypePlace(entry, "name").located(problem)


def name_problems(graph: TypeGraph) -> Iterator[Problem]:
    """Yield the modules and classes that the package cannot hold under their names."""
    for module, names in graph.shared.items():
        for name in names:
            if not all(map(is_name, [*module.split("."), name])):
                reason = f"{module}.{name} is shared, and no import can name it."
                remedy = "Give it the name under which its module has it."
                yield Problem(action="--share", file="", line=0, reason=reason, remedy=remedy)
    owners: dict[tuple[str, ...], DeclaredType] = {}
    packages: set[str] = set()
    for declaration, _ in graph.copies.values():
        packages.update(_prefixes(declaration.module))
    for declaration, place in graph.copies.values():
        first = owners.setdefault((declaration.module, *declaration.path), declaration)
        if problem := _name_problem(declaration, packages, first):
            yield graph.located(declaration, place, problem)


def _prefixes(module: str) -> Iterator[str]:
    """Yield the module and the packages that it is in."""
    while module:  # one part shorter each time
        yield module
        module = module.rpartition(".")[0]


def _is_copyable(name: str) -> bool:
    """Return whether a file of the package can hold a module or a class of this name."""
    return is_name(name) and not name.startswith("__") and name != CLIENT_ALIAS


def _name_problem(declaration: DeclaredType, packages: set[str], first: DeclaredType) -> Problem | None:
    # "__mp_main__" is the same script, in a process that multiprocessing has spawned.
    if declaration.module in ("__main__", "__mp_main__"):
        reason = f"{declaration.name} is defined in the script that is run, a module that clients cannot name."
        return Problem(reason, "Move it into a module of its own, and import it from there.")
    parts = [*declaration.module.split("."), *declaration.path]
    if not all(map(_is_copyable, parts)):
        return Problem(
            f"{declaration.module}.{declaration.name} cannot be the name of a copy.", "Rename the module or the class."
        )
    if declaration.kind not in ("alias", "new type"):
        for field in declaration.fields:
            if not is_name(field.name):
                reason = f"{declaration.name} has the field {field.name!r}, which cannot be written in Python."
                return Problem(reason, "Rename it; a field can keep its name in JSON as an alias.")
    if first is not declaration:
        reason = f"{declaration.module} has two types called {declaration.name}."
        return Problem(reason, "Rename one of them; clients know types by module and name.")
    if f"{declaration.module}.{declaration.path[0]}" in packages:
        reason = f"{declaration.module}.{declaration.path[0]} is a class and a module."
        return Problem(reason, "Rename one of them; clients know types by module and name.")
    return None
