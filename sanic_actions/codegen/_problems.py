"""What is wrong with the actions beyond what a walk over annotations can see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import SchemaError

from .._definition import Definition
from .._errors import Problem
from .._namespace import Entry
from .._wire import Codec
from ._declared import Declared
from ._reach import Place, Reach, Unrenderable
from ._text import is_name


def validator_problems(found: Iterable[Entry]) -> Iterator[Problem]:
    """Build the validator of each input and output, as the server does at the first call."""
    for entry in found:
        for what, annotation in _types(entry.definition):
            try:
                Codec[Any](annotation)
            except (PydanticUserError, PydanticUndefinedAnnotation, SchemaError, TypeError, NameError) as error:
                reason = str(error).partition("\n")[0]
                remedy = "pydantic must be able to build a validator for it; see the error above."
                yield Place(entry, what).problem(Unrenderable(reason, remedy))


def _types(definition: Definition) -> Iterator[tuple[str, Any]]:
    if definition.input is not None:
        yield "input", definition.input.annotation
    yield "output", definition.output


def name_problems(reach: Reach) -> Iterator[Problem]:
    """Modules and classes that the package cannot hold under the names that they have."""
    taken: dict[tuple[str, ...], Declared] = {}
    modules = {this.module for this, _ in reach.found.values()}
    for this, place in reach.found.values():
        if error := _name_fault(this, modules, taken.setdefault((this.module, *this.path), this)):
            yield place.problem(error)


def _name_fault(this: Declared, modules: set[str], first: Declared) -> Unrenderable | None:
    if this.module in ("__main__", "__mp_main__"):
        reason = f"{this.name} is defined in the script that is run, a module that clients cannot name."
        return Unrenderable(reason, "Move it into a module of its own, and import it from there.")
    if not all(map(is_name, [*this.module.split("."), *this.path])):
        return Unrenderable(
            f"{this.module}.{this.name} cannot be written in Python.", "Rename the module or the class."
        )
    if first is not this:
        reason = f"{this.module} has two types called {this.name}."
        return Unrenderable(reason, "Rename one of them; clients know types by module and name.")
    if any(f"{module}.".startswith(f"{this.module}.{this.path[0]}.") for module in modules):
        reason = f"{this.module}.{this.path[0]} is a class and a module."
        return Unrenderable(reason, "Rename one of them; clients know types by module and name.")
    return None
