"""Write the files of calls: a class for each namespace, with a declaration for each action."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Iterator, Mapping
from typing import Final

from .._definition_error import Problem
from .._entry import Entry
from ._declarations import ActionDocs, Declarations, RunTimeDeclarations, StubDeclarations
from ._graph import TypeGraph
from ._imports import CLIENT, CLIENT_IMPORT, absolute_imports, lazy_imports, models_import, submodules
from ._scope import MODELS, RunTimeCallNames, Scope, StubCallNames, plain_alias
from ._snippets import Files, Needs, Snippet, indented, names_of, needs_of, plain_lines, snippet
from ._text import literal, plain

CALLS: Final = "_calls"
"""The package of the files of calls; private, since callers reach actions through a client."""


@dataclasses.dataclass(slots=True)
class CallGroup:
    """A namespace: its actions and the namespaces inside it."""

    path: tuple[str, ...]
    actions: dict[str, Entry] = dataclasses.field(default_factory=dict)
    groups: dict[str, CallGroup] = dataclasses.field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """``Blog`` for ``blog``, with underscores if Python or an inner namespace has that name."""
        if not self.path:
            return "_Root"
        name = "".join(map(_capitalized, self.path[-1].split("_")))
        # Namespaces become attributes of this module, which would replace the class.
        while name in self.groups or keyword.iskeyword(name):
            name += "_"
        return name

    def below(self) -> Iterator[CallGroup]:
        """Yield the namespaces inside it, at any depth."""
        for group in self.groups.values():
            yield group
            yield from group.below()

    def file(self, suffix: str) -> str:
        """Return the path of its file in the package."""
        if not self.path:
            return f"__init__{suffix}"
        parts = [CALLS, *self.path]
        if self.groups:  # a package, with the files of the namespaces inside it
            parts.append("__init__")
        return "/".join(parts) + suffix


def _grouped(entries: Mapping[str, Entry]) -> CallGroup:
    """Return the tree of namespaces, from the dotted names."""
    root = CallGroup(())
    for name, entry in entries.items():
        *path, action = name.split(".")
        group = root
        for depth, part in enumerate(path, 1):
            group = group.groups.setdefault(part, CallGroup(tuple(path[:depth])))
        group.actions[action] = entry
    return root


class CallFiles:
    """Writes the root of the package and the package of calls.

    Attributes:
        problems: The actions that cannot be written, and why.
    """

    def __init__(
        self,
        entries: Mapping[str, Entry],
        graph: TypeGraph,
        aliases: Mapping[str, str],
        prefix: str,
        hashes: Mapping[str, str],
    ) -> None:
        self.root = _grouped(entries)
        self.graph = graph
        self.aliases = aliases
        self.prefix = prefix
        self.hashes = hashes
        self.docs = ActionDocs()
        self.problems: list[Problem] = []

    def files(self) -> Files:
        """Return all files."""
        files: Files = {}
        if self.root.groups:
            names = list(self.root.groups)
            files[f"{CALLS}/__init__.py"] = plain_lines(CLIENT_IMPORT, *submodules(names, ".py"))
            files[f"{CALLS}/__init__.pyi"] = plain_lines(*submodules(names, ".pyi"))
        for group in (self.root, *self.root.below()):
            files[group.file(".py")] = self._module(group)
            files[group.file(".pyi")] = self._stub(group)
        return files

    def _module(self, group: CallGroup) -> list[Snippet]:
        scope = _scope(group, Scope(RunTimeCallNames()))
        declarations = RunTimeDeclarations(self.graph, scope, self.docs, self.hashes)
        body: list[Snippet] = []
        for name, inner in sorted(group.groups.items()):
            module = ".".join([CALLS, *inner.path])
            body.append(Snippet(f"{name}: {module}.{inner.class_name}"))
        body += self._actions(group, declarations)
        # The imports at the top follow from the lines below them, which say what they need.
        imports = plain_lines(*_run_time_imports(group, needs_of(body)), "")
        header = snippet(f"class {group.class_name}(", scope.client("Calls"), "):")
        return [*imports, header, *indented(body), *self._run_time_end(group)]

    def _stub(self, group: CallGroup) -> list[Snippet]:
        scope = _scope(group, Scope(StubCallNames(self.aliases)))
        declarations = StubDeclarations(self.graph, scope, self.docs)
        body: list[Snippet] = []
        # Generic in the mode, Sync or Async: one stub for both clients.
        for name, inner in sorted(group.groups.items()):
            body.append(Snippet(f"{name}: {_calls_alias(name)}.{inner.class_name}[_M]"))
        body += self._actions(group, declarations)
        imports = plain_lines(*self._stub_imports(group, needs_of(body)), "")
        header = snippet(f"class {group.class_name}(", scope.client("Calls"), "[_M]):")
        return [*imports, header, *indented(body), *_stub_end(group)]

    def _actions(self, group: CallGroup, declarations: Declarations) -> list[Snippet]:
        lines: list[Snippet] = []
        for name, entry in sorted(group.actions.items()):
            lines += declarations.lines(name, entry)
        self.problems += declarations.problems
        return lines

    def _stub_imports(self, group: CallGroup, needs: Needs) -> Iterator[str]:
        yield from absolute_imports({CLIENT, "typing", *names_of(needs, "module")}, plain_alias)
        package = "."
        if not group.path:  # the namespaces of the root have a package beside it
            package = f".{CALLS}"
        for name in sorted(group.groups):
            yield f"from {package} import {name} as {_calls_alias(name)}"
        depth = _depth(group)
        for module in sorted(names_of(needs, "models")):
            yield models_import(module, depth, f"_models{self.aliases[module]}", MODELS)
        yield "_M = _typing.TypeVar('_M', covariant=True)"

    def _run_time_end(self, group: CallGroup) -> list[Snippet]:
        if group.path:
            return plain_lines(*submodules(group.groups, ".py"))
        prefix = literal(plain(self.prefix)) or ""
        return plain_lines(*_RUN_TIME_ROOT.replace("PREFIX", prefix).splitlines())


def _scope(group: CallGroup, scope: Scope) -> Scope:
    """Return the scope of a class of calls: its actions and namespaces hide builtins."""
    return dataclasses.replace(scope, body=frozenset([*group.actions, *group.groups]))


def _depth(group: CallGroup) -> int:
    """Return how many packages below the root the file of a namespace lies."""
    depth = len(group.path)
    if group.path and group.groups:  # the file is the __init__ of a package of its own
        depth += 1
    return depth


def _calls_alias(name: str) -> str:
    return f"_calls_{name}"


def _capitalized(word: str) -> str:
    """Return a word with its first letter in upper case."""
    return word[:1].upper() + word[1:]  # str.capitalize would put the others in lower case


def _run_time_imports(group: CallGroup, needs: Needs) -> Iterator[str]:
    """Yield imports that load only the client; everything else is loaded on first use."""
    yield CLIENT_IMPORT
    dots = "." * (_depth(group) + 1)
    if group.groups:
        yield f"from {dots} import {CALLS}"
    if names_of(needs, "models"):
        yield f"from {dots} import {MODELS} as _models"
    yield from lazy_imports(names_of(needs, "module"), plain_alias)


def _stub_end(group: CallGroup) -> list[Snippet]:
    if group.path:
        return plain_lines(*submodules(group.groups, ".pyi"))
    return plain_lines(*_STUB_ROOT.splitlines())


# `actions` is created on first use: a program with clients of its own needs neither it nor its URL
# in the environment. setdefault() is atomic, so two threads get the same client.
_RUN_TIME_ROOT: Final = """
class Client(_Root, _client.Client):
    _prefix = PREFIX

class AsyncClient(_Root, _client.AsyncClient):
    _prefix = PREFIX

def __getattr__(name):
    if name != 'actions':
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return globals().setdefault('actions', Client())

__all__ = ['AsyncClient', 'Client', 'actions']"""
_STUB_ROOT: Final = """
class Client(_Root[_client.Sync], _client.Client): ...
class AsyncClient(_Root[_client.Async], _client.AsyncClient): ...

actions: Client

__all__ = ['AsyncClient', 'Client', 'actions']"""
