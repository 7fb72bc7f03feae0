"""The classes of one file of models, nested ones too, in an order in which Python can run them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

from .._definition_error import Problem
from ._catalog import DeclaredType, Kind, type_parameters
from ._circles import Top
from ._class_source import ClassPrinters, ClassSource
from ._graph import TypeGraph, TypePlace, Unrenderable
from ._printer import Printer
from ._scope import FileNames, Scope
from ._snippets import Needs, Snippet, indented, names_of, needs_of

Writers = Mapping[Kind, Callable[[DeclaredType, ClassPrinters], ClassSource]]


@dataclasses.dataclass(slots=True)
class ClassNode:
    """A class with the classes inside it. Without a declaration it only holds others."""

    place: TypePlace | None = None
    declaration: DeclaredType | None = None
    inner: dict[str, ClassNode] = dataclasses.field(default_factory=dict)

    def names(self) -> frozenset[str]:
        """Return the names that its body defines."""
        if self.declaration:
            own = self.declaration.member_names
        else:
            own = frozenset[str]()
        return own.union(self.inner)

    def nodes(self) -> Iterator[ClassNode]:
        """Yield this node and all below it."""
        yield self
        for node in self.inner.values():
            yield from node.nodes()


def class_tree(copies: Iterable[tuple[DeclaredType, TypePlace]]) -> ClassNode:
    """Return the classes of a module as a tree."""
    root = ClassNode()
    for declaration, place in copies:
        node = root
        for part in declaration.path:
            node = node.inner.setdefault(part, ClassNode())
        node.declaration = declaration
        node.place = place
    return root


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A top-level class as lines."""

    lines: list[Snippet]
    needs: Needs

    def classes(self) -> dict[str, bool]:
        """Return the top-level classes of its file that it names, and whether they come first."""
        tops: dict[str, bool] = {}
        for need in self.needs:
            if need.kind == "class":
                top = need.name.partition(".")[0]
                tops[top] = tops.get(top, False) or need.at_import
        return tops

    def partial(self) -> set[Top]:
        """Return the classes of half loaded modules that must exist before this one is defined."""
        return {(need.name, need.path) for need in self.needs if need.kind == "partial"}


class BlockWriter:
    """Writes the classes of one file.

    Attributes:
        problems: The classes that cannot be written, and why.
    """

    def __init__(
        self,
        graph: TypeGraph,
        names: FileNames,
        *,
        printer: type[Printer],
        writers: Writers,
        target: tuple[int, int],
    ) -> None:
        self.graph = graph
        self.names = names
        self.printer = printer
        self.writers = writers
        self.target = target
        self.problems: list[Problem] = []

    def block(self, name: str, node: ClassNode) -> Block:
        """Write a top-level class with the classes inside it."""
        lines = self._lines(name, node, Scope(self.names))
        return Block(lines, needs_of(lines))

    def _lines(self, name: str, node: ClassNode, outside: Scope) -> list[Snippet]:
        body = outside.within(name, node.names())
        inner = self._inner(node, body)
        declaration = node.declaration
        place = node.place
        if declaration is None or place is None:
            return [Snippet(f"class {name}:"), *indented(inner)]
        write = self.writers[declaration.kind]
        # A class that cannot be written is a problem, and the others are still tried.
        try:
            return write(declaration, self._printers(declaration, outside, body)).lines(inner)
        except Unrenderable as error:
            self.problems.append(self.graph.located(declaration, place, error.problem))
            return []

    def _printers(self, declaration: DeclaredType, outside: Scope, body: Scope) -> ClassPrinters:
        is_written = declaration.obj in self.graph.outputs
        variables = type_parameters(declaration.obj)
        return ClassPrinters(
            header=self.printer(self.graph, outside.evaluated(), is_written=is_written, variables=variables),
            body=self.printer(self.graph, body, is_written=is_written, variables=variables),
            target=self.target,
        )

    def _inner(self, node: ClassNode, scope: Scope) -> list[Snippet]:
        """Write the classes inside a class, in an order in which their bodies can run."""
        if not node.inner:
            return []
        blocks: dict[str, list[Snippet]] = {}
        needs: dict[str, dict[str, bool]] = {}
        for name in sorted(node.inner):
            blocks[name] = self._lines(name, node.inner[name], scope)
            siblings = _siblings(needs_of(blocks[name]), scope.path)
            needs[name] = dict.fromkeys(siblings, True)
        body: list[Snippet] = []
        for name in depth_first(needs, blocks):
            body += blocks[name]
        return body


def _siblings(needs: Needs, path: tuple[str, ...]) -> Iterator[str]:
    """Yield the classes in the body of the class ``path`` that must be defined before."""
    depth = len(path)
    for need in needs:
        if need.kind == "class" and need.at_import:
            parts = tuple(need.name.split("."))
            if len(parts) > depth and parts[:depth] == path:
                yield parts[depth]


def depth_first(needs: Mapping[str, Mapping[str, bool]], names: Iterable[str]) -> list[str]:
    """Order names so that each comes after those that it needs, where that is possible.

    Args:
        needs: For each name those that it needs, and whether they must come first.
        names: The names, in the order to keep where the needs do not say another.
    """
    order: dict[str, None] = {}
    visits: set[str] = set()

    def visit(name: str) -> None:
        if name in visits or name not in needs:
            return
        # Marked before its needs are visited: classes may name each other in a circle.
        visits.add(name)
        # Hard needs first, then by name, so that the order is the same in every run.
        for need in sorted(needs[name], key=lambda need: (not needs[name][need], need)):
            visit(need)
        order[name] = None

    for name in names:
        visit(name)
    return list(order)


def ordered(blocks: Mapping[str, Block]) -> list[str]:
    """Order top-level classes: each after those that it needs at import, and if possible all it names.

    Classes that need other modules of a circle at import come last, since those modules may need
    the rest of this one.
    """
    needs: dict[str, dict[str, bool]] = {}
    import_needs: dict[str, dict[str, bool]] = {}
    for name, block in blocks.items():
        needs[name] = block.classes()
        import_needs[name] = {need: True for need, at_import in needs[name].items() if at_import}
    # The first walk follows all needs, the second keeps that order as far as needs at import allow.
    preference = depth_first(needs, sorted(needs))
    order = depth_first(import_needs, preference)
    last_names: set[str] = set()
    for name in order:
        if blocks[name].partial() or not last_names.isdisjoint(import_needs[name]):
            last_names.add(name)
    # Sorting is stable: inside each half the order stays.
    return sorted(order, key=last_names.__contains__)


def other_names(blocks: Mapping[str, Block]) -> set[str]:
    """Return the classes that need a second name, since their own is hidden somewhere."""
    names: set[str] = set()
    for block in blocks.values():
        names |= names_of(block.needs, "alias")
    return names
