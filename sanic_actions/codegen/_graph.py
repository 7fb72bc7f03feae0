"""All types that actions reach, each once, with the place that reached it first."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, TypeVar
from typing import Self as OlderSelf

from .._definition_error import Problem
from .._definition_problems import MOST_NAMES, class_place
from .._entry import Entry
from .._files import UploadedFile
from .._types.annotations import UNIONS, generic_parts
from .._types.fields import Field, extras_type
from .._types.hashes import SETS, class_with_own_hash
from .._types.serializers import UNDECLARED, written_class, written_mark, written_type
from .._types.type_aliases import value_of
from ._catalog import Catalog, DeclaredType, is_open, parts_of, type_parameters
from ._circles import circle_of
from ._sharing import serializer_problem, sharing_problems
from ._text import plain_str
from ._variable_limits import limits_of

SELF: Final = frozenset({Self, OlderSelf})
"""``typing.Self``, of Python and of typing_extensions: the class around it."""


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
        where = f"{self.path}, in {inside}" if inside else self.path
        return problem.within(where).at(self.entry.name, *self.entry.definition.place)


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


class SharedVariable(NamedTuple):
    """A type variable of a shared class: the class, and the variable's place among its own."""

    owner: Any
    place: int


class TypeGraph:
    """The types of all actions.

    Attributes:
        copies: The types to copy, in the order of the walk, each with the place that reached it
            first.
        inputs: The types in inputs, which callers write and the server reads.
        outputs: The types in outputs and errors, which the server writes and callers read.
        union_members: The classes that stand directly in a union with others, where callers read
            it.
        written_as: For a class whose serializer declares another type, that type.
        shared: The names that the client imports in place of copies, by module.
        shared_variables: The type variables of shared classes that copies inherit from.
        with_files: The names of the actions whose input has files.
        file_holders: The classes that hold files inside an input, each with its first place.
    """

    def __init__(self, share: Iterable[str]) -> None:
        self.catalog = Catalog()
        self.copies: dict[Any, tuple[DeclaredType, TypePlace]] = {}
        self.inputs: set[Any] = set()
        self.outputs: set[Any] = set()
        self.union_members: set[Any] = set()
        self.written_as: dict[Any, Any] = {}
        self.shared: dict[str, set[str]] = {}
        self.shared_variables: dict[Any, SharedVariable] = {}
        self.with_files: set[str] = set()
        self.file_holders: list[tuple[DeclaredType, TypePlace]] = []
        self._problems: list[tuple[DeclaredType, TypePlace, Problem]] = []
        self._share = tuple(share)
        self._visited: set[tuple[Any, bool, bool]] = set()
        self._links: dict[str, set[str]] = {}
        self._written: dict[tuple[Any, str], Any] = {}
        self._users: dict[Any, set[Any]] = {}
        self._unhashed: set[Any] = set()
        self._variables: dict[str, dict[TypeVar, None]] = {}

    def add(self, entry: Entry) -> None:
        """Visit the input, the output and the errors of an action."""
        definition = entry.definition
        if definition.input is not None:
            source = definition.input
            if source.fields is None:
                self.visit(source.annotation, Step(TypePlace(entry, "input")))
            # Callers pass the fields by name: the class around them is copied only if it is met
            # elsewhere.
            for field in source.fields or ():
                self.visit(field.annotation, Step(TypePlace(entry, f"input {field.name!r}")))
            if is_open(source):
                self.visit(extras_type(source.annotation), Step(TypePlace(entry, "input")))
        if definition.output is not None:
            self.visit(definition.output, Step(TypePlace(entry, "output"), is_written=True))
        for error in entry.raises:
            self.visit(error, Step(TypePlace(entry, "raises"), is_written=True))

    def is_shared(self, module: str) -> bool:
        """Return whether the client imports this module of the server instead of having a copy."""
        return any(module == prefix or module.startswith(f"{prefix}.") for prefix in self._share)

    def has(self, declaration: DeclaredType) -> bool:
        """Return whether the client knows a type, as a copy or by import."""
        return declaration.obj in self.copies or declaration.path[0] in self.shared.get(declaration.module, ())

    def circle(self, module: str) -> frozenset[str]:
        """Return the other modules of the server that a module needs and that need it."""
        return circle_of(module, self._links)

    def variables(self, module: str) -> list[TypeVar]:
        """Return the type variables of a module's copies, in the order in which they were met."""
        return list(self._variables.get(module, ()))

    def unused(self) -> list[str]:
        """Return the modules of ``share`` of which no action uses a type."""
        return [name for name in self._share if not any(map(TypeGraph([name]).is_shared, self.shared))]

    def type_of(self, field: Field, owner: DeclaredType) -> Any:
        """Return the type that callers have for a field: the one its serializer writes, if any."""
        if owner.obj not in self.outputs or field.info.exclude is True:
            return field.annotation
        key = owner.obj, field.name
        if key not in self._written:
            form = written_type(field, owner.obj)
            self._written[key] = field.annotation if form is UNDECLARED else form
        return self._written[key]

    def fields_of(self, owner: DeclaredType) -> tuple[Field, ...]:
        """Return the fields that callers have; outputs alone lack those with ``exclude=True``."""
        return tuple(field for field in owner.fields if not self._is_excluded(field, owner))

    def own_fields_of(self, owner: DeclaredType) -> list[Field]:
        """Return the fields that callers have and that the class itself declares."""
        return [field for field in owner.own_fields if not self._is_excluded(field, owner)]

    def is_never_read(self, field: Field, owner: DeclaredType) -> bool:
        """Return whether callers can send a field that the server never writes to them."""
        return field.info.exclude is True and owner.obj in self.inputs and owner.obj in self.outputs

    def _is_excluded(self, field: Field, owner: DeclaredType) -> bool:
        return field.info.exclude is True and owner.obj in self.outputs and owner.obj not in self.inputs

    def visit(self, annotation: Any, step: Step) -> None:
        """Visit a type and all types inside it."""
        # Most annotations are builtin classes, which have no parts.
        if type(annotation) is type and annotation.__module__ == "builtins":
            return
        origin, arguments = generic_parts(annotation)
        if origin is Annotated:
            form = written_mark(annotation) if step.is_written else annotation
            self.visit(arguments[0] if form is annotation else form, step)
        elif origin is Literal:
            for member in arguments:
                if isinstance(member, enum.Enum):
                    self.visit(type(member), step)
        elif origin is not None:
            self._visit_parts(origin, arguments, step)
        elif isinstance(annotation, TypeVar):
            for limit in chain.from_iterable(limits_of(annotation).values()):
                self.visit(limit, step)
        elif annotation is not None and annotation not in SELF:
            self._visit_one(annotation, step)

    def _visit_parts(self, origin: Any, arguments: tuple[Any, ...], step: Step) -> None:
        if step.is_written and origin in UNIONS and len([part for part in arguments if part is not type(None)]) > 1:
            self.union_members.update(generic_parts(part)[0] or part for part in arguments)
        for part in (origin, *arguments):
            self.visit(part, step)
        if origin in SETS and not step.is_shared:
            self._check_hash(arguments[0], step)

    def _check_hash(self, member: Any, step: Step) -> None:
        """Note the class of a set's members whose copy could not be one: its hash is code of the server."""
        cls = class_with_own_hash(member)
        declaration = None if cls is None else self.catalog.of(cls)
        if declaration is None or self.is_shared(declaration.module) or written_class(cls) is not cls:
            return
        if cls in self._unhashed:  # once, whichever actions reach it
            return
        self._unhashed.add(cls)
        reason = f"{declaration.name} has a __hash__ of its own, which its copy lacks, so that no set can hold that."
        remedy = f"Make it frozen, with fields that have a hash; or write list[...]; or --share {declaration.module}."
        self._problems.append((declaration, step.place, Problem(reason, remedy)))

    def _visit_one(self, annotation: Any, step: Step) -> None:
        owner = step.owner
        if annotation is UploadedFile:
            self._visit_file(step)
        elif (declaration := self.catalog.of(annotation)) is not None:
            if owner is not None and declaration.module != owner.module:
                self._links.setdefault(owner.module, set()).add(declaration.module)
            self._enter(declaration, step)
        elif isinstance(annotation, type) and self.is_shared(annotation.__module__):
            self._share_name(plain_str(annotation.__module__), plain_str(annotation.__qualname__))

    def _visit_file(self, step: Step) -> None:
        if step.owner is None:
            self.with_files.add(step.place.entry.name)
            return
        reason = f"{step.owner.name} holds a file, and only the input itself can bring files."
        remedy = "Take the file as a parameter, or as a field of the input."
        self._problems.append((step.owner, step.place, Problem(reason, remedy)))
        self.file_holders.append((step.owner, step.place))

    def _link(self, declaration: DeclaredType, step: Step) -> None:
        user = step.place.entry.name if step.owner is None else step.owner.obj
        self._users.setdefault(declaration.obj, set()).add(user)

    def actions_of(self, obj: Any) -> list[str]:
        """Return the actions that reach a class."""
        actions: set[str] = set()
        visits, waiting = {obj}, [obj]
        # Types lead to each other in circles; each is followed once.
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if isinstance(user, str):
                    actions.add(user)
                elif user not in visits:
                    visits.add(user)
                    waiting.append(user)
        return sorted(actions)

    def problems(self) -> list[Problem]:
        """Return the problems of all types that were visited."""
        # A problem names every action that reaches the class, which is known only at the end.
        return [self.located(*problem) for problem in self._problems]

    def located(self, declaration: DeclaredType, place: TypePlace, problem: Problem) -> Problem:
        """Return a problem with the place of its class, and every action that reaches it."""
        file, line = class_place(declaration.obj)
        if not file:
            file, line = place.entry.definition.place
        reason = place.located(problem, declaration.name).reason
        more_actions = sorted({*self.actions_of(declaration.obj)} - {place.entry.name})
        return Problem(reason + _users(more_actions), problem.remedy).at(place.entry.name, file, line)

    def _share_name(self, module: str, name: str) -> None:
        self.shared.setdefault(module, set()).add(name.partition(".")[0])

    def _enter(self, declaration: DeclaredType, step: Step) -> None:
        self._link(declaration, step)
        if step.is_written and (form := written_class(declaration.obj)) is not declaration.obj:
            if step.is_shared:
                self._problems.append((declaration, step.place, serializer_problem(declaration, step.owner)))
            if declaration.obj not in self.written_as:
                self.written_as[declaration.obj] = form
                self.visit(form, step)
            return
        is_shared = step.is_shared
        if self.is_shared(declaration.module):
            self._share_name(declaration.module, declaration.name)
            is_shared = True
        # Each class is entered once for each use (shared or copied, read or written), so recursive
        # types end.
        key = declaration.obj, is_shared, step.is_written
        if key in self._visited:
            return
        self._visited.add(key)
        if step.is_written:
            self.outputs.add(declaration.obj)
        else:
            self.inputs.add(declaration.obj)
        inner = Step(step.place, declaration, is_shared, step.is_written)
        self._keep(declaration, inner)
        for annotation in self._children(declaration, is_written=step.is_written):
            self.visit(annotation, inner)

    def _keep(self, declaration: DeclaredType, step: Step) -> None:
        if step.is_shared:
            problems = sharing_problems(declaration, is_written=step.is_written)
            self._problems += ((declaration, step.place, problem) for problem in problems)
        elif declaration.obj not in self.copies:
            self.copies[declaration.obj] = declaration, step.place
            variables = self._variables.setdefault(declaration.module, {})
            variables.update(dict.fromkeys(_variables_in(declaration)))
            for base in declaration.bases:
                self._note_shared_variables(generic_parts(base)[0] or base)

    def _note_shared_variables(self, base: Any) -> None:
        if self.is_shared(base.__module__):
            for place, variable in enumerate(getattr(base, "__parameters__", ())):
                self.shared_variables.setdefault(variable, SharedVariable(base, place))

    def _children(self, declaration: DeclaredType, *, is_written: bool) -> Iterator[Any]:
        """Yield the types that a declared one is made of."""
        if declaration.kind == "new type":
            yield declaration.obj.__supertype__
        elif declaration.kind == "alias":
            yield value_of(declaration.obj)
        elif declaration.kind != "enum":
            yield from declaration.bases
            for field in self.fields_of(declaration):
                if not (is_written and field.info.exclude is True):
                    yield self.type_of(field, declaration)
            for member in declaration.computed:
                yield member.annotation
            if declaration.is_open:
                yield extras_type(declaration.obj)


def _users(actions: list[str]) -> str:
    """Return a sentence about the actions that reach a class, besides the one that is named."""
    if not actions:
        return ""
    names = ", ".join(map(repr, actions[:MOST_NAMES]))
    if len(actions) > MOST_NAMES:
        names += f" and {len(actions) - MOST_NAMES} more"
    return f" Reached by {names} too."


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
