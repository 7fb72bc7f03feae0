"""The types that actions reach, and what callers know of them; ``_type_walk`` finds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from .._definition_error import Problem
from .._definition_problems import MOST_NAMES, class_place
from .._entry import Entry
from .._types.fields import Field
from .._types.serializers import UNDECLARED, written_type
from ._catalog import Catalog, DeclaredType
from ._circles import circle_of


class Unrenderable(Exception):  # it becomes a problem of the action whose type it is
    """A type or a name that the client package cannot express."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.problem = Problem(reason, remedy)


@dataclasses.dataclass(frozen=True, slots=True)
class TypePlace:
    """The place of a type: an action, and a part of it such as ``input 'name'``."""

    entry: Entry
    path: str

    def located(self, problem: Problem, inside: str = "") -> Problem:
        """Return a problem with this place; ``inside`` is the class in which the mistake is."""
        path = self.path
        if inside:
            path += f", in {inside}"
        return problem.within(path).at(self.entry.name, *self.entry.definition.place)


class SharedVariable(NamedTuple):
    """A type variable of a shared class: the class, and the variable's place among its own."""

    owner: Any
    place: int


class TypeGraph:
    """The types of all actions.

    Attributes:
        catalog: The declared types of the server, those without a copy too.
        copies: The types to copy, in the order of the walk, each with the place that reached it
            first.
        inputs: The types in inputs, which callers write and the server reads.
        outputs: The types in outputs and errors, which the server writes and callers read.
        union_members: The classes that stand directly in a union with others, where callers read
            it.
        written_as: For a class whose serializer declares another type, that type.
        share: The modules that the client imports instead of having copies, with those below them.
        shared: The names that the client imports in place of copies, by module.
        shared_variables: The type variables of shared classes that copies inherit from.
        variables: The type variables that the copies of each module name, in the order in which
            they were met.
        with_files: The names of the actions whose input has files.
        file_holders: The classes that hold files inside an input, each with its first place.
        module_links: For each module of the server those whose types its own types name.
        users: For each type what reaches it directly: the names of actions, and other types.
        misfits: The classes that the package cannot hold, each with its place and its problem.
    """

    def __init__(self, share: Iterable[str]) -> None:
        self.catalog = Catalog()
        self.copies: dict[Any, tuple[DeclaredType, TypePlace]] = {}
        self.inputs: set[Any] = set()
        self.outputs: set[Any] = set()
        self.union_members: set[Any] = set()
        self.written_as: dict[Any, Any] = {}
        self.share = tuple(share)
        self.shared: dict[str, set[str]] = {}
        self.shared_variables: dict[Any, SharedVariable] = {}
        self.variables: dict[str, dict[TypeVar, None]] = {}
        self.with_files: set[str] = set()
        self.file_holders: list[tuple[DeclaredType, TypePlace]] = []
        self.module_links: dict[str, set[str]] = {}
        self.users: dict[Any, set[Any]] = {}
        self.misfits: list[tuple[DeclaredType, TypePlace, Problem]] = []
        self._written_types: dict[tuple[Any, str], Any] = {}

    def is_shared(self, module: str) -> bool:
        """Return whether the client imports this module of the server instead of having a copy."""
        return any(_is_in(module, package) for package in self.share)

    def unused(self) -> list[str]:
        """Return the modules of ``share`` of which no action uses a type."""
        packages: list[str] = []
        for package in self.share:
            if not any(_is_in(module, package) for module in self.shared):
                packages.append(package)
        return packages

    def has(self, declaration: DeclaredType) -> bool:
        """Return whether the client knows a type, as a copy or by import."""
        if declaration.obj in self.copies:
            return True
        return declaration.path[0] in self.shared.get(declaration.module, ())

    def circle(self, module: str) -> frozenset[str]:
        """Return the other modules of the server that a module needs and that need it."""
        return circle_of(module, self.module_links)

    def type_of(self, field: Field, owner: DeclaredType) -> Any:
        """Return the type that callers have for a field: the one its serializer writes, if any."""
        if owner.obj not in self.outputs or field.info.exclude is True:
            return field.annotation
        key = owner.obj, field.name
        if key not in self._written_types:
            output_type = written_type(field, owner.obj)
            if output_type is UNDECLARED:
                output_type = field.annotation
            self._written_types[key] = output_type
        return self._written_types[key]

    def fields_of(self, owner: DeclaredType) -> tuple[Field, ...]:
        """Return the fields that callers have; outputs alone lack those with ``exclude=True``."""
        return tuple(field for field in owner.fields if not self._is_excluded(field, owner))

    def own_fields_of(self, owner: DeclaredType) -> list[Field]:
        """Return the fields that callers have and that the class itself declares."""
        return [field for field in owner.own_fields if not self._is_excluded(field, owner)]

    def is_never_read(self, field: Field, owner: DeclaredType) -> bool:
        """Return whether callers can send a field that the server never writes to them."""
        if field.info.exclude is not True:
            return False
        return owner.obj in self.inputs and owner.obj in self.outputs

    def _is_excluded(self, field: Field, owner: DeclaredType) -> bool:
        if field.info.exclude is not True:
            return False
        return owner.obj in self.outputs and owner.obj not in self.inputs

    def actions_of(self, obj: Any) -> list[str]:
        """Return the actions that reach a class."""
        actions: set[str] = set()
        visits = {obj}
        waiting = [obj]
        # Types lead to each other in circles; each is followed once.
        while waiting:
            for user in self.users.get(waiting.pop(), ()):
                if isinstance(user, str):
                    actions.add(user)
                elif user not in visits:
                    visits.add(user)
                    waiting.append(user)
        return sorted(actions)

    def problems(self) -> list[Problem]:
        """Return the problems of the classes that the package cannot hold."""
        # A problem names every action that reaches the class, which is known only at the end.
        return [self.located(*misfit) for misfit in self.misfits]

    def located(self, declaration: DeclaredType, place: TypePlace, problem: Problem) -> Problem:
        """Return a problem with the place of its class, and every action that reaches it."""
        file, line = class_place(declaration.obj)
        if not file:
            file, line = place.entry.definition.place
        reason = place.located(problem, declaration.name).reason
        more_actions = sorted({*self.actions_of(declaration.obj)} - {place.entry.name})
        return Problem(reason + _users_sentence(more_actions), problem.remedy).at(place.entry.name, file, line)


def _is_in(module: str, package: str) -> bool:
    """Return whether a module is a package, or is in it at any depth."""
    return module == package or module.startswith(f"{package}.")


def _users_sentence(actions: list[str]) -> str:
    """Return a sentence about the actions that reach a class, besides the one that is named."""
    if not actions:
        return ""
    names = ", ".join(map(repr, actions[:MOST_NAMES]))
    if len(actions) > MOST_NAMES:
        names += f" and {len(actions) - MOST_NAMES} more"
    return f" Reached by {names} too."
