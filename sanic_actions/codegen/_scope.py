"""The names that a piece of generated code uses: aliases for modules, paths for declared types.

An alias begins with an underscore, so no field, action or class shadows it. If the server has such
a name itself, the aliases of that file get longer. Builtins keep their names unless a name around
hides them.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar

from .._types.annotations import FOREIGN
from ._catalog import DeclaredType
from ._graph import Unrenderable
from ._imports import CLIENT, CLIENT_ALIAS
from ._snippets import Need, Snippet
from ._text import is_name, plain_str

MODELS: Final = "models"


class OutOfReach(Unrenderable):
    """A class that a line needs before Python has defined it."""


class FileNames(Protocol):
    """The names in one file."""

    def alias(self, module: str) -> str:
        """Return the name of an absolute module."""
        ...

    def is_hidden(self, name: str) -> bool:
        """Return whether a class of the file hides a builtin."""
        ...

    def declared(self, module: str, path: tuple[str, ...], scope: Scope) -> Snippet:
        """Return the source that names a class of the package of models."""
        ...

    def variable(self, variable: TypeVar) -> Snippet:
        """Return the source that names a type variable."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """The names around a piece of code."""

    file: FileNames
    body: frozenset[str] = frozenset()
    """Names of the class bodies around it; they hide builtins and classes of the same name."""
    path: tuple[str, ...] = ()
    """The class whose body this is."""
    at_import: bool = False
    """Whether it is evaluated while the module is imported, as bases and defaults are."""

    def evaluated(self) -> Scope:
        """Return this scope for code that is evaluated while the module is imported."""
        return Scope(self.file, self.body, self.path, at_import=True)

    def within(self, name: str, members: Iterable[str]) -> Scope:
        """Return the scope of the body of a class; ``members`` are the names that the body defines."""
        body = self.body.union(members)
        path = (*self.path, name)
        return Scope(self.file, body, path, self.at_import)

    def called_later(self) -> Scope:
        """Return the scope of a function called after the import: the module, no class body."""
        return Scope(self.file)

    def module(self, name: str) -> Snippet:
        """Return an absolute module."""
        return _module(self.file.alias(name), name, self.at_import)

    def member(self, module: str, name: str) -> Snippet:
        """Return a member of an absolute module."""
        alias = self.module(module)
        return Snippet(f"{alias.text}.{name}", alias.needs)

    def builtin(self, name: str) -> Snippet:
        """Return a builtin."""
        if name in self.body or self.file.is_hidden(name):
            return self.member("builtins", name)
        return Snippet(name)

    def client(self, name: str) -> Snippet:
        """Return a name of ``sanic_actions.generated``."""
        return self.member(CLIENT, name)

    def foreign(self, obj: Any) -> Snippet:
        """Return a class of the standard library or of pydantic."""
        module, path = _public_home(obj)
        if module == "builtins":
            return self.builtin(path)
        return self.member(module, path)

    def declared(self, declaration: DeclaredType) -> Snippet:
        """Return a declared type."""
        return self.file.declared(declaration.module, declaration.path, self)

    def named(self, module: str, path: tuple[str, ...]) -> Snippet:
        """Return a class of a module of the server, by its path in the package of models."""
        return self.file.declared(module, path, self)

    def variable(self, variable: TypeVar) -> Snippet:
        """Return a type variable."""
        return self.file.variable(variable)


# The same few modules occur in each of thousands of fields. The bound is for a process that
# generates again and again, such as a server that reloads.
@lru_cache(maxsize=4096)
def _module(alias: str, name: str, at_import: bool) -> Snippet:
    return Snippet(alias, frozenset([Need("module", name, at_import)]))


def plain_alias(module: str) -> str:
    """Return the alias that is made of a module's name."""
    if module == CLIENT:
        return CLIENT_ALIAS
    return f"_{module.removeprefix('sanic_actions.').replace('.', '_')}"


class CallNames:
    """The names in a file of calls; modules and stubs reach types in different ways."""

    def alias(self, module: str) -> str:
        return plain_alias(module)

    def is_hidden(self, name: str) -> bool:
        return False

    def variable(self, variable: TypeVar) -> Snippet:
        raise Unrenderable(f"the type variable {variable} can be anything.", "Write the type.")


class RunTimeCallNames(CallNames):
    """Reaches types through the package of models, which loads their modules on first use."""

    def declared(self, module: str, path: tuple[str, ...], scope: Scope) -> Snippet:
        return Snippet(f"_models.{module}.{'.'.join(path)}", frozenset([Need("models", module)]))


class StubCallNames(CallNames):
    """Imports the modules themselves.

    With ``from .. import models`` all files of the package would import each other in a circle, and
    a checker would read all of them again when one changes.
    """

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self.aliases = aliases

    def declared(self, module: str, path: tuple[str, ...], scope: Scope) -> Snippet:
        text = f"_models{self.aliases[module]}.{'.'.join(path)}"
        return Snippet(text, frozenset([Need("models", module)]))


class ModelNames:
    """The names in the copy of one server module.

    Attributes:
        home: The module.
        tops: Its top-level classes.
        circle: The other modules that need this one and that it needs: any of them may be half
            loaded while this one is.
        variables: Its type variables with their names.
    """

    def __init__(
        self,
        home: str,
        *,
        tops: Iterable[str],
        taken: Iterable[str],
        variables: Iterable[TypeVar],
        aliases: Mapping[str, str],
        circle: frozenset[str] = frozenset(),
    ) -> None:
        self.home = home
        self.tops = frozenset(tops)
        self.circle = circle
        self._aliases = aliases
        self._suffix = _suffix([*self.tops, *taken])
        second_names = {f"_{top}_" for top in self.tops}
        self.variables = _named_variables(variables, second_names.union(aliases.values()))

    def alias(self, module: str) -> str:
        return plain_alias(module) + self._suffix

    def sibling(self, module: str) -> str:
        """Return the alias of another module of models."""
        return self._aliases[module] + self._suffix

    def partial(self, module: str) -> str:
        """Return the alias of another module of models that may be half loaded."""
        return f"{self._aliases[module]}_half{self._suffix}"

    def other_name(self, top: str) -> str:
        """Return the second name of a class of this file, for where its own is hidden."""
        return f"_{top}_{self._suffix}"

    def is_hidden(self, name: str) -> bool:
        return name in self.tops

    def variable(self, variable: TypeVar) -> Snippet:
        name = self.variables.get(variable)
        if name is None:
            raise Unrenderable(f"the type variable {variable} can be anything.", "Write the type.")
        return Snippet(name, frozenset([Need("variable", name)]))

    def declared(self, module: str, path: tuple[str, ...], scope: Scope) -> Snippet:
        if module == self.home:
            return self._own(path, scope)
        name = ".".join(path)
        if scope.at_import and module in self.circle:
            need = Need("partial", module, at_import=True, path=path[0])
            return Snippet(f"{self.partial(module)}.{name}", frozenset([need]))
        need = Need("models", module, scope.at_import)
        return Snippet(f"{self.sibling(module)}.{name}", frozenset([need]))

    def _own(self, path: tuple[str, ...], scope: Scope) -> Snippet:
        name = ".".join(path)
        top = path[0]
        need = Need("class", name, scope.at_import)
        if scope.at_import and scope.path and top == scope.path[0]:
            # A class does not exist while its own body runs: only classes of the same body have a
            # name there, which is their last part.
            if path[:-1] != scope.path:
                raise OutOfReach(f"{name} is needed before it is there.", "Define it outside of the class.")
            return Snippet(path[-1], frozenset([need]))
        if top not in scope.body:
            return Snippet(name, frozenset([need]))
        second_name = ".".join([self.other_name(top), *path[1:]])
        return Snippet(second_name, frozenset([need, Need("alias", top)]))


def _suffix(names: Iterable[str]) -> str:
    """Return enough underscores to make every alias differ from the server's own names."""
    suffix = ""
    for name in names:
        if name.startswith("_"):
            own = name[len(name.rstrip("_")) :]
            suffix = max(suffix, own + "_", key=len)
    return suffix


def _named_variables(variables: Iterable[TypeVar], reserved_names: set[str]) -> dict[TypeVar, str]:
    names: dict[TypeVar, str] = {}
    for variable in variables:
        # The name of a type variable is only a string, which may be anything.
        stem = plain_str(variable.__name__).lstrip("_")
        if is_name(stem):
            name = f"_{stem}"
        else:
            name = "_T"
        while name in reserved_names:
            name += "_"
        reserved_names.add(name)
        names[variable] = name
    return names


def module_aliases(modules: Iterable[str]) -> dict[str, str]:
    """Return an alias for each module of the server, made of its name."""
    aliases: dict[str, str] = {}
    reserved_names = set(_FIXED)
    for module in sorted(modules):
        alias = plain_alias(module)
        # A server's module "enum_values" must not get the alias of a member of Python's "enum".
        if alias[1:].partition("_")[0] in FOREIGN:
            alias += "_"
        while alias in reserved_names:
            alias += "_"
        reserved_names |= {alias, f"{alias}_half"}
        aliases[module] = alias
    return aliases


_FIXED: Final = ("_M", "_calls", "_circle", "_client", "_generated", "_models")
"""Names that the generated files define themselves."""


@lru_cache(maxsize=4096)
def _public_home(obj: Any) -> tuple[str, str]:
    """Return the shortest module path to import an object from: pydantic for SecretStr."""
    path = plain_str(getattr(obj, "__qualname__", obj.__name__))
    parts = path.split(".")
    for module in _prefixes(plain_str(str(obj.__module__))):
        member: Any = sys.modules.get(module)
        for part in parts:
            member = getattr(member, part, None)
        if member is obj and all(map(is_name, parts)):
            return module, path
    remedy = "Use a model, a dataclass or a type that its module shows."
    raise Unrenderable(f"{path} cannot be imported from {obj.__module__}.", remedy)


def _prefixes(module: str) -> Iterator[str]:
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])
