"""Everything that the actions' types lead to, each thing once, with the place that led there first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import SecretBytes, SecretStr

from .._errors import Problem
from .._files import UploadedFile
from .._namespace import Entry
from .._types.annotations import generic_parts, value_of
from .._types.fields import Field, extras_type
from ._aliases import aliases_of
from ._circles import circle_of
from ._declared import Catalog, Declared, is_open
from ._docs import action_doc
from ._text import docstring, exact


class Unrenderable(Exception):  # noqa: N818  # it becomes a problem of the action whose type it is
    """A type or a name that the client package cannot express."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a type occurs: in which action, and where in its input or output."""

    entry: Entry
    path: str

    def problem(self, error: Unrenderable, inside: str = "") -> Problem:
        definition = self.entry.definition
        where = f"{self.path}{f', in {inside}' if inside else ''}"
        return Problem(
            action=self.entry.name,
            file=definition.file,
            line=definition.line,
            reason=f"{where}: {error.reason}",
            remedy=error.remedy,
        )


class Reach:
    """A walk over the types of all actions.

    Attributes:
        found: What must be copied, in the order in which it was met, with its place.
        shared: What the client imports instead: the names by module.
        with_files: The actions whose input has files.
        problems: What the client cannot have.
    """

    def __init__(self, share: Iterable[str]) -> None:
        self.catalog = Catalog()
        self.found: dict[Any, tuple[Declared, Place]] = {}
        self.shared: dict[str, set[str]] = {}
        self.with_files: set[str] = set()
        self.problems: list[Problem] = []
        self._share = tuple(share)
        self._checked: set[Any] = set()
        self._links: dict[str, set[str]] = {}
        self._docs: dict[str, list[str]] = {}

    def entry(self, entry: Entry) -> None:
        """Visit the input, the output and the errors of an action."""
        made = entry.definition.input
        if made is not None:
            if made.fields is None:
                self.visit(made.annotation, Place(entry, "input"), None)
            for field in made.fields or ():
                self.visit(field.annotation, Place(entry, f"input {field.name!r}"), None)
            if is_open(made):
                self.visit(extras_type(made.annotation), Place(entry, "input"), None)
        if entry.definition.output is not None:
            self.visit(entry.definition.output, Place(entry, "output"), None)
        for error in entry.raises:
            self.visit(error, Place(entry, "raises"), None)

    def doc(self, entry: Entry) -> list[str]:
        """The docstring of an action, which stands in both files."""
        if entry.name not in self._docs:
            self._docs[entry.name] = docstring(action_doc(entry))
        return self._docs[entry.name]

    def is_shared(self, module: str) -> bool:
        """Whether the client imports this module of the server instead of having a copy."""
        return any(module == shared or module.startswith(f"{shared}.") for shared in self._share)

    def has(self, this: Declared) -> bool:
        """Whether the client knows this type, as a copy or by import."""
        return this.obj in self.found or this.path[0] in self.shared.get(this.module, ())

    def circle(self, module: str) -> frozenset[str]:
        """The other modules of the server that a module needs and that need it."""
        return circle_of(module, self._links)

    def unused(self) -> list[str]:
        """The modules of which nothing is shared."""
        return [name for name in self._share if not any(map(Reach([name]).is_shared, self.shared))]

    def visit(self, annotation: Any, place: Place, owner: Declared | None, *, shared: bool = False) -> None:
        """Visit a type; below a shared class, which brings its own, everything is checked and nothing copied."""
        if type(annotation) is type and annotation.__module__ == "builtins":
            return
        origin, arguments = generic_parts(annotation)
        if origin is Annotated:
            self.visit(arguments[0], place, owner, shared=shared)
        elif origin is Literal or annotation is None:
            return
        elif origin is not None:
            for part in (origin, *arguments):
                self.visit(part, place, owner, shared=shared)
        elif isinstance(annotation, TypeVar):
            for bound in (annotation.__bound__, *annotation.__constraints__):
                self.visit(bound, place, owner, shared=shared)
        else:
            self._visit_one(annotation, place, owner, shared=shared)

    def _visit_one(self, annotation: Any, place: Place, owner: Declared | None, *, shared: bool) -> None:
        if annotation is UploadedFile and owner is None:
            self.with_files.add(place.entry.name)
        elif annotation is UploadedFile and owner is not None:
            reason = f"{owner.name} holds a file, and only the input itself can bring files."
            remedy = "Take the file as a parameter, or as a field of the input."
            self.problems.append(place.problem(Unrenderable(reason, remedy)))
        elif (found := self.catalog.of(annotation)) is not None:
            if owner is not None and found.module != owner.module:
                self._links.setdefault(owner.module, set()).add(found.module)
            self._enter(found, place, shared)
        elif isinstance(annotation, type) and self.is_shared(annotation.__module__):
            self._share_name(exact(annotation.__module__), exact(annotation.__qualname__))

    def _share_name(self, module: str, name: str) -> None:
        self.shared.setdefault(module, set()).add(name.partition(".")[0])

    def _enter(self, this: Declared, place: Place, shared: bool) -> None:
        if self.is_shared(this.module):
            self._share_name(this.module, this.name)
            shared = True
        if this.obj in (self._checked if shared else self.found):
            return
        if shared:
            self._checked.add(this.obj)
            self.problems += [place.problem(error, this.name) for error in _unshareable(this)]
        else:
            self.found[this.obj] = this, place
        for annotation in children(this):
            self.visit(annotation, place, this, shared=shared)


def children(this: Declared) -> Iterator[Any]:
    """The types that a declared one is made of."""
    if this.kind == "new type":
        yield this.obj.__supertype__
    elif this.kind == "alias":
        yield value_of(this.obj)
    elif this.kind != "enum":
        yield from this.bases
        yield from (field.annotation for field in this.fields)
        yield from (computed.annotation for computed in this.computed)
        if this.is_open:
            yield extras_type(this.obj)


def _unshareable(this: Declared) -> Iterator[Unrenderable]:
    if this.kind not in ("model", "root", "dataclass", "typed dict"):
        return
    for field in this.fields:
        if _reads_elsewhere(field):
            reason = f"field {field.name!r} is written under another alias than it is read, so it cannot be shared."
            yield Unrenderable(reason, f"Give it one alias, or do not share {this.module}.")
        if any(part in (SecretStr, SecretBytes) for part in _parts(field.annotation)):
            reason = f"field {field.name!r} is a secret, which the server's own class sends as asterisks."
            yield Unrenderable(reason, f"Do not share {this.module}: a copy sends it in clear.")


def _reads_elsewhere(field: Field) -> bool:
    read, written = aliases_of(field)
    return written not in (read, field.name)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    if get_origin(annotation) is not Literal:
        for argument in get_args(annotation):
            yield from _parts(argument)
