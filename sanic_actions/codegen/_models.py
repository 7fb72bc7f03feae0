"""The package of models: two files for each server module with a type that an action needs."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from .._definition_error import Problem
from ..contract._offered_names import flat_names
from ._blocks import Block, BlockWriter, ClassNode, Writers, class_tree, ordered, other_names
from ._catalog import DeclaredType
from ._circles import Top, undefinable
from ._graph import TypeGraph, TypePlace, Unrenderable
from ._imports import CLIENT, CLIENT_IMPORT, absolute_imports, models_import, module_tree, submodules
from ._printer import Printer, RunTimePrinter, StubPrinter
from ._run_time_classes import RUN_TIME
from ._scope import MODELS, ModelNames, Scope, module_aliases
from ._snippets import Files, Needs, Snippet, joined, names_of, needs_of, plain_lines, snippet, when
from ._stub_classes import STUB
from ._variable_limits import limits_of


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """One file of models."""

    names: ModelNames
    blocks: Mapping[str, Block]
    """Its top-level classes, in order."""
    models: tuple[str, ...]
    """Its models, nested ones too."""
    problems: list[Problem]
    printer: Printer
    """Prints what is written outside of classes."""


class ModelFiles:
    """Writes the files of models.

    Attributes:
        problems: The classes that cannot be written, and why.
    """

    def __init__(self, graph: TypeGraph, target: tuple[int, int]) -> None:
        self.graph = graph
        self.target = target
        self.problems: list[Problem] = []
        self._copies: dict[str, list[tuple[DeclaredType, TypePlace]]] = {}
        for declaration, place in graph.copies.values():
            self._copies.setdefault(declaration.module, []).append((declaration, place))
        self.aliases = module_aliases({*self._copies, *graph.shared})

    def files(self) -> Files:
        """Return all files."""
        return {**self._run_time_files(), **self._stub_files()}

    def _run_time_files(self) -> Files:
        modules: dict[str, Module] = {}
        for name in sorted(self._copies):
            modules[name] = self._module(name, RunTimePrinter, RUN_TIME)
        # For modules only: a stub may name classes in any order.
        self.problems += self._circle_problems(modules)
        files: Files = {}
        for path, children in self._tree():
            module = modules.get(".".join(path))
            lines = when(children, CLIENT_IMPORT)
            if module is not None:
                depth = _depth(path, children)
                variables = list(_variables(module, modules, self.graph))
                lines += [*_imports(module, depth, needs_of(variables)), *variables]
                lines += [*_body(module, depth), *_completion(module)]
            lines += [*self._shared_imports(path), *_submodules(children, self._homes(path), ".py")]
            files[_file(path, children, ".py")] = [*lines, *self._exports(path, children, module)]
        return files

    def _stub_files(self) -> Files:
        files: Files = {}
        for path, children in self._tree():
            name = ".".join(path)
            lines: list[Snippet] = []
            module = None
            if name in self._copies:
                module = self._module(name, StubPrinter, STUB)
                variables = list(_limited_variables(module.printer, module.names))
                lines = [*_imports(module, _depth(path, children), needs_of(variables)), *variables]
                hidden = other_names(module.blocks)
                for top in module.blocks:
                    lines += _class_lines(top, module, hidden)
            lines += [*self._shared_imports(path), *_submodules(children, self._homes(path), ".pyi")]
            files[_file(path, children, ".pyi")] = [*lines, *self._exports(path, children, module)]
        return files

    def _tree(self) -> Iterator[tuple[tuple[str, ...], set[str]]]:
        modules = {*self._copies, *self.graph.shared}
        yield from module_tree(module.split(".") for module in modules).items()

    def _module(self, name: str, printer: type[Printer], writers: Writers) -> Module:
        copies = self._copies[name]
        tree = class_tree(copies)
        # Aliases are chosen so that no name in the file hides them.
        members = frozenset[str]().union(*(node.names() for node in tree.nodes()))
        # A circle matters at run time only: type checkers accept classes in any order.
        if writers is RUN_TIME:
            circle = self.graph.circle(name)
        else:
            circle = frozenset[str]()
        names = ModelNames(
            name,
            tops=tree.inner,
            taken=members,
            variables=self.graph.variables.get(name, ()),
            aliases=self.aliases,
            circle=circle,
        )
        writer = BlockWriter(self.graph, names, printer=printer, writers=writers, target=self.target)
        blocks = {top: writer.block(top, tree.inner[top]) for top in sorted(tree.inner)}
        order = ordered(blocks)
        self.problems += writer.problems
        return Module(
            names,
            blocks={top: blocks[top] for top in order},
            models=tuple(_models_in(tree, order)),
            problems=writer.problems,
            printer=printer(self.graph, Scope(names)),
        )

    def _circle_problems(self, modules: Mapping[str, Module]) -> Iterator[Problem]:
        orders: dict[str, dict[str, Any]] = {}
        for name, module in modules.items():
            if module.names.circle:
                orders[name] = {top: block.partial() for top, block in module.blocks.items()}
        places: dict[Top, TypePlace] = {}
        for declaration, place in self.graph.copies.values():
            places[declaration.module, declaration.path[0]] = place
        for top, need in undefinable(orders):
            names = f"{'.'.join(top)} is made of {'.'.join(need)}"
            reason = f"{names}, in a circle of modules that need each other by turns."
            yield places[top].located(Problem(reason, "Define one of them in the module of the other."))

    def _shared_imports(self, path: tuple[str, ...]) -> Iterator[Snippet]:
        module = ".".join(path)
        for name in sorted(self.graph.shared.get(module, ())):
            yield Snippet(f"from {module} import {name} as {name}")

    def _homes(self, path: tuple[str, ...]) -> dict[str, str]:
        """Return the classes whose name is unique, which the package of models itself offers."""
        if path:
            return {}
        return flat_names(self.tops())

    def tops(self) -> dict[str, set[str]]:
        """Return the top-level names of each module."""
        tops: dict[str, set[str]] = defaultdict(set)
        for module, names in self.graph.shared.items():
            tops[module] |= names
        for declaration, _ in self.graph.copies.values():
            tops[declaration.module].add(declaration.path[0])
        return tops

    def _exports(self, path: tuple[str, ...], children: set[str], module: Module | None) -> list[Snippet]:
        own = {*self.graph.shared.get(".".join(path), ()), *self._homes(path)}
        if module is not None:
            own.update(module.blocks)
        if not own:
            return []
        return plain_lines(f"__all__ = {sorted({*own, *children})!r}")


def _file(path: tuple[str, ...], children: set[str], suffix: str) -> str:
    parts = [MODELS, *path]
    if children:
        parts.append("__init__")
    return "/".join(parts) + suffix


def _depth(path: tuple[str, ...], children: set[str]) -> int:
    """Return how many packages below ``models`` the file of a module lies."""
    if children:  # the file is the __init__ of a package of its own
        return len(path)
    return len(path) - 1


def _submodules(children: set[str], homes: Mapping[str, str], suffix: str) -> list[Snippet]:
    return plain_lines(*submodules(children, suffix, homes))


def _models_in(tree: ClassNode, order: list[str], outer: str = "") -> list[str]:
    models: list[str] = []
    for name in order:
        node = tree.inner[name]
        models += _models_in(node, sorted(node.inner), f"{outer}{name}.")
        if node.declaration is not None and node.declaration.kind in ("model", "root"):
            models.append(f"{outer}{name}")
    return models


def _needs(module: Module) -> Needs:
    return frozenset[Any]().union(*(block.needs for block in module.blocks.values()))


def _imports(module: Module, depth: int, more: Needs = frozenset()) -> list[Snippet]:
    """Return the imports at the top of a file, but for modules that may be half loaded then."""
    names = module.names
    needs = _needs(module) | more
    modules = names_of(needs, "module")
    if names.circle:
        modules.add(CLIENT)
    if names.variables:
        modules.add("typing")
    lines = absolute_imports(modules, names.alias)
    for name in sorted(names_of(needs, "models") - names.circle):
        lines.append(models_import(name, depth, names.sibling(name)))
    return plain_lines(*lines)


def _class_lines(top: str, module: Module, hidden: set[str]) -> Iterator[Snippet]:
    """Yield the lines of a class, and a second name for it if something hides its own."""
    yield Snippet("")
    yield from module.blocks[top].lines
    if top in hidden:
        yield Snippet(f"{module.names.other_name(top)} = {top}")


def _body(module: Module, depth: int) -> Iterator[Snippet]:
    """Yield the classes, each behind the imports of the circle that it is the first to need."""
    hidden = other_names(module.blocks)
    imports: set[str] = set()
    for top, block in module.blocks.items():
        new_imports = {sibling for sibling, _ in block.partial()} - imports
        imports |= new_imports
        lines = _class_lines(top, module, hidden)
        yield next(lines)  # an empty line
        for sibling in sorted(new_imports):
            yield Snippet(models_import(sibling, depth, module.names.partial(sibling)))
        yield from lines
        if top in hidden:
            # Its inner models name this class by its second name, which exists from here on. They
            # are completed now: later, pydantic would look the name up in the class that hides it.
            inner = [model for model in module.models if model.startswith(f"{top}.")]
            yield from (Snippet(f"{model}.model_rebuild(raise_errors=False)") for model in inner)


def _incomplete(module: Module) -> Iterator[str]:
    """Yield the models that pydantic completes only later, since a later name is in them."""
    uses: dict[str, set[str]] = {}
    waiting: set[str] = set()
    above: set[str] = set()
    for top, block in module.blocks.items():
        above.add(top)
        uses[top] = block.classes().keys() & module.blocks.keys()
        models = names_of(block.needs, "partial") | names_of(block.needs, "models")
        needs_circle = not models.isdisjoint(module.names.circle)
        if needs_circle or uses[top] - above or top in names_of(block.needs, "alias"):
            waiting.add(top)
    # Classes that use a waiting class wait too. Each round adds a class, or is the last one, so
    # this ends after as many rounds as there are classes.
    while more := {top for top, names in uses.items() if names & waiting} - waiting:
        waiting |= more
    for model in module.models:
        if model.partition(".")[0] in waiting or "." in model:
            yield model


def _completion(module: Module) -> Iterator[Snippet]:
    """Yield calls that complete the models which name classes further down.

    pydantic would complete a model at its first use, but other code may look at its fields earlier.
    """
    names = module.names
    models = list(_incomplete(module))
    if names.circle or models:
        yield Snippet("")
    if not names.circle:
        for model in models:
            yield Snippet(f"{model}.model_rebuild()")
        return
    aliases = dict.fromkeys(sorted(names.circle), "")
    for name in names.circle & names_of(_needs(module), "models"):
        aliases[name] = names.sibling(name)
    scope = module.printer.scope
    arguments = snippet(scope.builtin("globals"), f"(), {names.home!r}, {aliases!r}, [{', '.join(models)}]")
    yield snippet(scope.client("circle"), "(", arguments, ")")


def _variables(module: Module, modules: Mapping[str, Module], graph: TypeGraph) -> Iterator[Snippet]:
    """Yield the type variables; one of an imported module or a shared class is taken from there.

    pydantic cannot complete a recursive model whose type variable differs from that of its base.
    """
    names = module.names
    type_var = module.printer.scope.member("typing", "TypeVar")
    siblings = sorted((names_of(_needs(module), "models") - names.circle) & modules.keys())
    for variable, name in sorted(names.variables.items(), key=lambda item: item[1]):
        homes = [sibling for sibling in siblings if variable in modules[sibling].names.variables]
        if variable in graph.shared_variables:
            owner, place = graph.shared_variables[variable]
            yield snippet(f"{name} = ", module.printer.type(owner), f".__parameters__[{place}]")
        elif homes:
            other_name = modules[homes[0]].names.variables[variable]
            yield Snippet(f"{name} = {names.sibling(homes[0])}.{other_name}")
        else:
            yield snippet(f"{name} = ", type_var, f"({name!r})")


def _limited_variables(printer: Printer, names: ModelNames) -> Iterator[Snippet]:
    """Yield the type variables with their bounds and constraints, for type checkers only."""
    for variable, name in sorted(names.variables.items(), key=lambda item: item[1]):
        limits = snippet(*_limits(variable, printer))
        module = "typing"
        if "default=" in limits.text:
            module = "typing_extensions"  # typing has defaults from Python 3.13 on
        function = printer.scope.member(module, "TypeVar")
        yield snippet(f"{name} = ", function, f"({name!r}", limits, ")")


def _limits(variable: Any, printer: Printer) -> Iterator[Snippet]:
    for keyword, types in limits_of(variable).items():
        with suppress(Unrenderable):  # of code of the server, or of a class that is not copied
            limits = joined(", ", map(printer.type, types))
            if keyword:
                yield snippet(f", {keyword}=", limits)
            else:
                yield snippet(", ", limits)
    # Checkers infer the variance of `class Page[T]`. mypy does not support infer_variance=True, so
    # a copy is invariant.
    for name in ("covariant", "contravariant"):
        if getattr(variable, f"__{name}__", False):
            yield Snippet(f", {name}=True")
