"""Walk over the types of actions: each type is visited once for each of its uses."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from itertools import chain
from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar

from .._definition_error import Problem
from .._entry import Entry
from .._files import UploadedFile
from .._types.annotations import UNIONS, generic_parts
from .._types.fields import extras_type
from .._types.hashes import SETS, class_with_own_hash
from .._types.serializers import written_class, written_mark
from .._types.type_aliases import value_of
from ._catalog import DeclaredType, is_open, parts_of, type_parameters
from ._graph import SharedVariable, TypeGraph, TypePlace
from ._sharing import serializer_problem, sharing_problems
from ._text import plain_str
from ._variable_limits import limits_of


def type_graph(entries: Iterable[Entry], share: Iterable[str] = ()) -> TypeGraph:
    """Return the types of some actions; the client imports those of the modules ``share``."""
    walk = TypeWalk(TypeGraph(share))
    for entry in entries:
        walk.enter(entry)
    return walk.graph


class Step(NamedTuple):
    """How the walk reached a type."""

    place: TypePlace
    owner: DeclaredType | None = None
    """The class that the type is a part of."""
    is_shared: bool = False
    """Whether it is inside a shared class, which is imported with everything in it: such a type is
    checked, but not copied."""
    is_written: bool = False
    """Whether the server writes it: in an output or an error."""


class TypeWalk:
    """A walk over the types of actions.

    Attributes:
        graph: The types that were met so far.
    """

    def __init__(self, graph: TypeGraph) -> None:
        self.graph = graph
        self._visited: set[tuple[Any, bool, bool]] = set()
        self._unhashed: set[Any] = set()

    def enter(self, entry: Entry) -> None:
        """Visit the input, the output and the errors of an action."""
        definition = entry.definition
        source = definition.input
        if source is not None:
            if source.fields is None:
                self._visit(source.annotation, Step(TypePlace(entry, "input")))
            # Callers pass the fields by name: the class around them is copied only if it is met
            # elsewhere.
            for field in source.fields or ():
                self._visit(field.annotation, Step(TypePlace(entry, f"input {field.name!r}")))
            if is_open(source):
                self._visit(extras_type(source.annotation), Step(TypePlace(entry, "input")))
        if definition.output is not None:
            self._visit(definition.output, Step(TypePlace(entry, "output"), is_written=True))
        for error in entry.raises:
            self._visit(error, Step(TypePlace(entry, "raises"), is_written=True))

    def _visit(self, annotation: Any, step: Step) -> None:
        """Visit a type and all types inside it."""
        # Most annotations are builtin classes, which have no parts.
        if type(annotation) is type and annotation.__module__ == "builtins":
            return
        origin, arguments = generic_parts(annotation)
        if origin is Annotated:
            self._visit(_plain_type(annotation, arguments, step), step)
        elif origin is Literal:
            for member in arguments:
                if isinstance(member, enum.Enum):
                    self._visit(type(member), step)
        elif origin is not None:
            self._visit_parts(origin, arguments, step)
        elif isinstance(annotation, TypeVar):
            for limit in chain.from_iterable(limits_of(annotation).values()):
                self._visit(limit, step)
        elif annotation is not None and annotation is not Self:
            self._visit_class(annotation, step)

    def _visit_parts(self, origin: Any, arguments: tuple[Any, ...], step: Step) -> None:
        if step.is_written and origin in UNIONS:
            self._note_members(arguments)
        for part in (origin, *arguments):
            self._visit(part, step)
        if origin in SETS and not step.is_shared:
            self._check_hash(arguments[0], step)

    def _note_members(self, members: tuple[Any, ...]) -> None:
        """Note the members of a union of several; None alone beside a type makes it optional."""
        if len([member for member in members if member is not NoneType]) > 1:
            for member in members:
                self.graph.union_members.add(generic_parts(member)[0] or member)

    def _check_hash(self, member: Any, step: Step) -> None:
        """Note the class of a set's members whose copy could not be one: its hash is code of the server."""
        cls = class_with_own_hash(member)
        if cls is None or cls in self._unhashed:  # once, whichever actions reach it
            return
        declaration = self.graph.catalog.of(cls)
        if declaration is None or self.graph.is_shared(declaration.module) or written_class(cls) is not cls:
            return
        self._unhashed.add(cls)
        reason = f"{declaration.name} has a __hash__ of its own, which its copy lacks, so that no set can hold that."
        remedy = f"Make it frozen, with fields that have a hash; or write list[...]; or --share {declaration.module}."
        self.graph.misfits.append((declaration, step.place, Problem(reason, remedy)))

    def _visit_class(self, annotation: Any, step: Step) -> None:
        if annotation is UploadedFile:
            self._note_file(step)
            return
        declaration = self.graph.catalog.of(annotation)
        if declaration is not None:
            self._note_user(declaration, step)
            self._visit_declared(declaration, step)
        elif isinstance(annotation, type) and self.graph.is_shared(annotation.__module__):
            self._note_import(plain_str(annotation.__module__), plain_str(annotation.__qualname__))

    def _note_file(self, step: Step) -> None:
        if step.owner is None:
            self.graph.with_files.add(step.place.entry.name)
            return
        reason = f"{step.owner.name} holds a file, and only the input itself can bring files."
        remedy = "Take the file as a parameter, or as a field of the input."
        self.graph.misfits.append((step.owner, step.place, Problem(reason, remedy)))
        self.graph.file_holders.append((step.owner, step.place))

    def _note_user(self, declaration: DeclaredType, step: Step) -> None:
        """Note what names a type: an action or another type, in another module perhaps."""
        users = self.graph.users.setdefault(declaration.obj, set())
        if step.owner is None:
            users.add(step.place.entry.name)
            return
        users.add(step.owner.obj)
        if step.owner.module != declaration.module:
            self.graph.module_links.setdefault(step.owner.module, set()).add(declaration.module)

    def _note_import(self, module: str, name: str) -> None:
        self.graph.shared.setdefault(module, set()).add(name.partition(".")[0])

    def _visit_declared(self, declaration: DeclaredType, step: Step) -> None:
        if step.is_written and written_class(declaration.obj) is not declaration.obj:
            self._visit_output_of(declaration, step)
            return
        is_shared = step.is_shared
        if self.graph.is_shared(declaration.module):
            self._note_import(declaration.module, declaration.name)
            is_shared = True
        # Each class is entered once for each use (shared or copied, read or written), so recursive
        # types end.
        key = declaration.obj, is_shared, step.is_written
        if key in self._visited:
            return
        self._visited.add(key)
        if step.is_written:
            self.graph.outputs.add(declaration.obj)
        else:
            self.graph.inputs.add(declaration.obj)
        inner = Step(step.place, declaration, is_shared, step.is_written)
        self._keep(declaration, inner)
        for annotation in self._parts(declaration, is_written=step.is_written):
            self._visit(annotation, inner)

    def _visit_output_of(self, declaration: DeclaredType, step: Step) -> None:
        """Visit what the serializer of a class writes in its place."""
        if step.is_shared:
            problem = serializer_problem(declaration, step.owner)
            self.graph.misfits.append((declaration, step.place, problem))
        if declaration.obj not in self.graph.written_as:
            output_type = written_class(declaration.obj)
            self.graph.written_as[declaration.obj] = output_type
            self._visit(output_type, step)

    def _keep(self, declaration: DeclaredType, step: Step) -> None:
        """Note a class as one to copy, or what is in the way of sharing it."""
        if step.is_shared:
            for problem in sharing_problems(declaration, is_written=step.is_written):
                self.graph.misfits.append((declaration, step.place, problem))
        elif declaration.obj not in self.graph.copies:
            self.graph.copies[declaration.obj] = declaration, step.place
            variables = self.graph.variables.setdefault(declaration.module, {})
            variables.update(dict.fromkeys(_variables_in(declaration)))
            for base in declaration.bases:
                self._note_shared_variables(generic_parts(base)[0] or base)

    def _note_shared_variables(self, base: Any) -> None:
        if self.graph.is_shared(base.__module__):
            for place, variable in enumerate(getattr(base, "__parameters__", ())):
                self.graph.shared_variables.setdefault(variable, SharedVariable(base, place))

    def _parts(self, declaration: DeclaredType, *, is_written: bool) -> Iterator[Any]:
        """Yield the types that a declared one is made of."""
        if declaration.kind == "new type":
            yield declaration.obj.__supertype__
        elif declaration.kind == "alias":
            yield value_of(declaration.obj)
        elif declaration.kind != "enum":
            yield from declaration.bases
            for field in self.graph.fields_of(declaration):
                if not (is_written and field.info.exclude is True):
                    yield self.graph.type_of(field, declaration)
            for member in declaration.computed:
                yield member.annotation
            if declaration.is_open:
                yield extras_type(declaration.obj)


def _plain_type(annotation: Any, arguments: tuple[Any, ...], step: Step) -> Any:
    """Return the type in an ``Annotated``: where the server writes it, that of its serializer."""
    if step.is_written:
        output_type = written_mark(annotation)
        if output_type is not annotation:
            return output_type
    return arguments[0]


def _variables_in(declaration: DeclaredType) -> Iterator[TypeVar]:
    """Yield the type variables that a copy names."""
    parts = list(type_parameters(declaration.obj))
    # In a class that is not generic, all type variables of its bases have been replaced.
    if parts and declaration.kind not in ("new type", "alias", "enum"):
        for base in declaration.bases:
            parts += parts_of(base)
        for field in declaration.fields:
            parts += parts_of(field.annotation)
    for part in parts:
        if isinstance(part, TypeVar):
            yield part
