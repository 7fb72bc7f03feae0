"""One file of models: what it imports, its classes, and what completes those that name what stands below them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ._circles import Top
from ._imports import CLIENT, absolute_imports, models_import
from ._names import ModelNames
from ._types import Types


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """What is known of one file."""

    types: Types
    names: ModelNames
    blocks: Mapping[str, list[str]]
    """The classes that stand in no other, in order."""
    models: tuple[str, ...]
    """Its models, nested ones too."""
    needs: Mapping[str, Mapping[str, bool]]
    """By class: the classes of its own that it names."""
    at_once: Mapping[str, set[Top]]
    """By class: the classes of its circle that must stand before it is made."""
    later: frozenset[str]
    """The classes that name others of the circle."""

    def incomplete(self) -> Iterator[str]:
        """The models that pydantic cannot complete where they stand."""
        place = {top: number for number, top in enumerate(self.blocks)}
        waiting = {top for top, needs in self.needs.items() if any(place[need] > place[top] for need in needs)}
        waiting |= {*self.later, *(top for top, classes in self.at_once.items() if classes)}
        while more := {top for top, needs in self.needs.items() if not waiting.isdisjoint(needs)} - waiting:
            waiting |= more
        return (one for one in self.models if one.partition(".")[0] in waiting or "." in one)


def lines_of(module: Module, depth: int) -> list[str]:
    """The lines of a file that lies ``depth`` packages below the package of models."""
    names, variables = module.names, list(_type_variables(module))
    above = [models_import(one, depth, names.alias(f"models.{one}", one)) for one in sorted(names.uses - names.circle)]
    body = list(_body(module, depth))
    last = list(_last(module)) if module.types.at_run_time else []
    return [*absolute_imports(names.imports), *above, *variables, *body, *(["", *last] if last else [])]


def _body(module: Module, depth: int) -> Iterator[str]:
    """The classes; before the first that needs it an import of a module of the circle."""
    names, imported = module.names, set[str]()
    for top, block in module.blocks.items():
        needed = {other for other, _ in module.at_once[top]} - imported
        imported |= needed
        yield ""
        yield from (
            models_import(other, depth, names.alias(f"half {other}", f"{other}_half")) for other in sorted(needed)
        )
        yield from block


def _last(module: Module) -> Iterator[str]:
    """What completes the models that name what stands below them, for what looks at them before they are used."""
    names, models = module.names, list(module.incomplete())
    if names.circle:
        others = {one: names.alias(f"models.{one}", one) if one in names.uses else "" for one in sorted(names.circle)}
        close = f"{names.module(CLIENT)}.circle"
        yield f"{close}({names.builtin('globals')}(), {names.home!r}, {others!r}, [{', '.join(models)}])"
    else:
        yield from (f"{one}.model_rebuild()" for one in models)


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
