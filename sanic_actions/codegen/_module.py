"""One file of models: what it imports, its classes, and what completes those that name what stands below them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ._imports import CLIENT, absolute_imports, models_import
from ._names import ModelNames
from ._types import Types


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
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


def lines_of(module: Module, made: Mapping[str, Module], depth: int) -> list[str]:
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
    module: Module, made: Mapping[str, Module], aliases: Mapping[str, str], circular: list[str], late: list[str]
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


def _reached(start: str, made: Mapping[str, Module]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += made[here].names.uses if here in made else ()
    return seen


def _type_variables(module: Module) -> Iterator[str]:
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
