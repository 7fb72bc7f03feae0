"""What one file may call things: modules under underscored aliases, declared types by where they stand.

An alias begins with an underscore, so no field, action or class can shadow it. Builtins keep their names unless one of
the names around hides them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, TypeVar

from ._circles import Top
from ._declared import Declared
from ._imports import CLIENT, CLIENT_ALIAS
from ._reach import Reach, Unrenderable
from ._text import exact, is_name

MODELS: Final = "models"


class Names:
    """The names of one file.

    Attributes:
        shadows: Names of the class body that is being written; they hide builtins and classes of the same name.
        imports: Alias by imported module.
    """

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.shadows: frozenset[str] = frozenset()
        self.imports: dict[str, str] = {}
        self._aliases: dict[str, str] = {}

    def alias(self, key: str, wanted: str) -> str:
        """The alias for a module, made of its name, and longer by an underscore where another module has it."""
        alias = f"_{wanted.replace('.', '_')}"
        while self._aliases.setdefault(alias, key) != key:
            alias += "_"
        return alias

    def module(self, name: str) -> str:
        """The alias of an absolute module, which is imported from then on."""
        if name not in self.imports:
            wanted = CLIENT_ALIAS.removeprefix("_") if name == CLIENT else name
            self.imports[name] = self.alias(name, wanted)
        return self.imports[name]

    def builtin(self, name: str) -> str:
        return f"{self.module('builtins')}.{name}" if self.is_hidden(name) else name

    def is_hidden(self, name: str) -> bool:
        return name in self.shadows

    def declared(self, this: Declared) -> str:
        """How this file names a declared type."""
        return self.modelled(this.module, this.path)

    def modelled(self, module: str, path: tuple[str, ...]) -> str:
        """How this file names what the package of models has of a module of the server."""
        raise NotImplementedError

    def type_variable(self, variable: TypeVar) -> str:
        raise Unrenderable(f"the type variable {variable} can be anything.", "Write the type.")

    def foreign(self, obj: Any) -> str:
        """How this file names a class of the standard library or of pydantic."""
        module, path = _public_home(obj)
        return self.builtin(path) if module == "builtins" else f"{self.module(module)}.{path}"


class CallNames(Names):
    """The names of a file of calls.

    At run time types are reached through the package of models, which loads their modules on first use. Stubs import
    the modules themselves: with ``from .. import models`` all files of the package would need each other in a circle,
    and checkers would read each of them again when one has changed.

    Attributes:
        uses: The modules of models that it names.
    """

    def __init__(self, reach: Reach, *, at_run_time: bool) -> None:
        super().__init__(reach)
        self.at_run_time = at_run_time
        self._aliases |= {"_models": "models", "_calls": "calls", "_M": "the mode"}
        self.uses: set[str] = set()

    def modelled(self, module: str, path: tuple[str, ...]) -> str:
        self.uses.add(module)
        return f"{f'_models.{module}' if self.at_run_time else self.models_alias(module)}.{'.'.join(path)}"

    def models_alias(self, module: str) -> str:
        """What a stub calls a module of models."""
        return self.alias(f"models.{module}", f"models.{module}")

    def calls_alias(self, name: str) -> str:
        """What a stub calls the module of a namespace inside."""
        return self.alias(f"calls.{name}", f"calls.{name}")


class ModelNames(Names):
    """The names of the copy of one server module.

    Attributes:
        uses: The other server modules that it names.
        needs: The classes of its own that the class being written names, and whether that one must stand before it.
        at_once: The classes of its circle that the class being written needs before it can be made.
        later: Whether it names others of its circle, where that can wait.
        circle: The other modules that need this one and that it needs, which may be half loaded when it is.
        variables: Its type variables, with the names that they got.
    """

    def __init__(
        self, reach: Reach, module: str, tops: frozenset[str], target: tuple[int, int], circle: frozenset[str]
    ) -> None:
        super().__init__(reach)
        self._aliases |= {CLIENT_ALIAS: CLIENT, "_circle": "circle", **{top: f"class {top}" for top in tops}}
        self.target = target
        self.home = module
        self.tops = tops
        self.uses: set[str] = set()
        self.needs: dict[str, bool] = {}
        self.at_once: set[Top] = set()
        self.later = False
        self.circle = circle
        self.variables: dict[TypeVar, str] = {}
        self.now = False
        """Whether what is named is evaluated at once, as bases and defaults are, and not as an annotation."""

    @contextmanager
    def evaluated(self, *, in_body: bool = True) -> Iterator[None]:
        """What is named here is evaluated while the module is imported; a header is not hidden by its class's body."""
        shadows, self.now = self.shadows, True
        self.shadows = shadows if in_body else frozenset()
        yield
        self.shadows, self.now = shadows, False

    def is_hidden(self, name: str) -> bool:
        return name in self.shadows or name in self.tops

    def modelled(self, module: str, path: tuple[str, ...]) -> str:
        top, name = path[0], ".".join(path)
        if self.now and module == self.home and top in self.shadows:
            raise Unrenderable(f"a field hides the class {top!r}, which its class needs.", "Rename the field.")
        if module == self.home and top not in self.shadows:
            self.needs[top] = self.needs.get(top, False) or self.now
            return name
        if self.now and module in self.circle:
            self.at_once.add((module, top))
            return f"{self.alias(f'half {module}', f'{module}_half')}.{name}"
        self.uses.add(module)
        self.later = self.later or module in self.circle
        return f"{self.alias(f'models.{module}', module)}.{name}"

    def type_variable(self, variable: TypeVar) -> str:
        taken = self.variables.values()
        if variable not in self.variables:
            # A type variable may be called anything.
            plain = exact(variable.__name__).lstrip("_")
            name = f"_{plain}" if is_name(plain) else "_T"
            while name in taken or self._aliases.get(name) or name in self.tops:
                name += "_"
            self._aliases[name] = f"type variable {name}"
            self.variables[variable] = name
        return self.variables[variable]


@lru_cache
def _public_home(obj: Any) -> tuple[str, str]:
    """The shortest public module that has this object under its own name: pydantic.SecretStr, not pydantic.types."""
    path = exact(getattr(obj, "__qualname__", obj.__name__))
    for module in _prefixes(str(obj.__module__)):
        found: Any = sys.modules.get(module)
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is obj and all(map(is_name, path.split("."))):
            return module, path
    remedy = "Use a model, a dataclass or a type that its module shows."
    raise Unrenderable(f"{path} cannot be imported from {obj.__module__}.", remedy)


def _prefixes(module: str) -> Iterator[str]:
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])
