"""From ``MODULE:APP`` on the command line to its actions: of an app, a factory, or a tree of actions.

The user's code is imported here, in this process. Whatever it does wrong is reported with the
user's own frames, and whatever it prints goes to stderr.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import logging
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, Final

from .._actions import Action
from .._definition_error import DefinitionError
from .._entry import Entry
from .._limits import DEFAULTS, Limits
from .._namespace import entries

SHOWN_FRAMES = 6
"""How many frames of the user's own traceback are worth reading."""


class UsageError(Exception):
    """Something on the command line cannot be used; the message says what, where and how to fix it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedActions:
    """The actions to generate a client for, or to tell of."""

    entries: Mapping[str, Entry]
    prefix: str
    title: str = "actions"
    limits: Limits = DEFAULTS


def load(target: str, prefix: str | None, host: str | None = None) -> LoadedActions:
    """Import the target and find its actions.

    Args:
        target: ``MODULE:APP``.
        prefix: The path of the actions, for an app that serves several trees.
        host: The host of the actions, likewise.

    Raises:
        UsageError: It does not import, does not exist or has no actions.
        DefinitionError: Its actions are defined wrongly.
    """
    module_name, colon, path = target.partition(":")
    if not colon or not module_name or not path:
        raise UsageError(
            f"{target!r} is not MODULE:APP. Write the module, a colon, and the app in it, such as blog.app:app."
        )
    if "/" in module_name or "\\" in module_name or module_name.startswith("."):
        here = f"{Path.cwd().as_posix()}/"
        file = module_name.replace("\\", "/").removeprefix(here).lstrip("./")
        raise UsageError(f"{module_name!r} is a path, not a module: {_instead_of_path(PurePath(file))}")
    if str(Path.cwd()) not in sys.path[:1]:
        sys.path.insert(0, str(Path.cwd()))
    # stdout carries the product of the command; what the app prints while it loads is not that.
    with contextlib.redirect_stdout(sys.stderr), _nothing_served(module_name), _locks_unsaid():
        member = _made(_attribute(_module(module_name), path), target)
        # The process ends soon, and little of what it makes is garbage: collecting would take a
        # fifth of a generation.
        gc.freeze()
        gc.disable()
        return _target(member, target, prefix, host)


def _instead_of_path(file: PurePath) -> str:
    """Return what to do instead of naming a file: its module, in the folder below which all names are Python's."""
    folder, module = file.parent, [file.stem]
    while folder.name and folder.name.isidentifier():
        folder, module = folder.parent, [folder.name, *module]
    if not file.stem.isidentifier():
        return f"rename it, since {file.stem!r} is not a name that Python imports."
    target = f"{'.'.join(module)}:APP"
    if not folder.name:
        return f"write {target}."
    place = shlex.quote(str(folder))
    return f"write {target}, and run the command where Python can import that: cd {place}"


@contextlib.contextmanager
def _nothing_served(module: str) -> Iterator[None]:
    """Raise for a module that starts a server when it is imported; without Sanic none can."""
    try:
        from ..server._importing import ServerStarted, nothing_served
    except ImportError:
        yield
        return
    try:
        with nothing_served():
            yield
    except ServerStarted:
        raise UsageError(
            f"{module} starts its server when it is imported. Put that under a condition:\n\n"
            "    if __name__ == '__main__':\n        app.run()"
        ) from None


@contextlib.contextmanager
def _locks_unsaid() -> Iterator[None]:
    """Keep an app from logging that its lock is missing: a command says so itself, or is about to write it."""
    logger = logging.getLogger("sanic_actions.contract")
    with contextlib.ExitStack() as stack:
        stack.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.ERROR)
        yield


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except DefinitionError:
        raise
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise UsageError(
                f"There is no module {error.name!r} in {Path.cwd().as_posix()}.{_meant(name, error.name)}"
            ) from None
        raise UsageError(_told(name, error)) from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or _is_start(error):
            raise
        if isinstance(error, ImportError) and error.name == "fcntl":  # the server half says what it needs
            raise UsageError(str(error)) from None
        raise UsageError(_told(name, error)) from error


def _is_start(error: BaseException) -> bool:
    """Return whether somebody tried to start a server."""
    return type(error).__name__ == "ServerStarted"


def _meant(name: str, missing: str) -> str:
    """Return the way to write a module whose file was given, or the module whose name is nearest."""
    if name.endswith(".py"):
        return f" A module is not a file: leave out .py and write {'.'.join(Path(name).with_suffix('').parts)}:APP."
    for file in (Path("src", missing, "__init__.py"), Path("src", f"{missing}.py"), Path("src", missing)):
        if file.exists():
            return f" {missing!r} is in src/, which Python looks into only where it is told: {_src_remedy()}"
    nearest = _near(missing, list(_modules()))
    return nearest or " Run the command in the folder that it is imported from."


def _src_remedy() -> str:
    """Return how a module below src/ is found."""
    remedy = "set PYTHONPATH=src"
    file = Path("pyproject.toml")
    if file.is_file() and "[project]" in file.read_text(encoding="utf-8", errors="replace"):
        remedy = f"install the project with 'pip install -e .', or {remedy}"
    return f"{remedy}."


def _modules() -> Iterator[str]:
    """Yield the modules and packages of the working directory, which is where most apps are."""
    here = Path.cwd()
    for path in here.glob("*.py"):
        yield path.stem
    for path in here.glob("*/__init__.py"):
        yield path.parent.name


def _near(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, 1)
    if near:
        return f" Did you mean {near[0]!r}?"
    return ""


def _told(name: str, error: BaseException) -> str:
    """Return the user's own traceback, and the line that raised: no frames of ours, none of the import system."""
    report = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parent)
    # The line that raised is shown even where it is a library's: without it the error would seem to come from nowhere.
    last, own = None, list[traceback.FrameSummary]()
    for frame in report.stack:
        if frame.filename.startswith(("<frozen", ours)) or frame.filename == importlib.__file__:
            continue
        last = frame
        if not _is_installed(frame.filename):
            own.append(frame)
    own = own[-SHOWN_FRAMES:]
    if last is not None and own[-1:] != [last]:
        own.append(last)
    report.stack = traceback.StackSummary.from_list(own)
    report.__context__ = None
    return f"{name} cannot be imported:\n\n{''.join(report.format(chain=False)).rstrip()}"


def _is_installed(file: str) -> bool:
    """Return whether a file belongs to Python or to an installed package."""
    path = Path(file)
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts) or any(map(path.is_relative_to, _LIBRARIES))


_LIBRARIES: Final = (Path(__file__).parents[1], Path(traceback.__file__).parent)
"""This library, also where it is not installed but checked out, and Python's own modules."""


def _attribute(module: ModuleType, path: str) -> Any:
    value: Any = module
    for part in path.split("."):
        if not hasattr(value, part):
            where = getattr(value, "__name__", type(value).__name__)
            raise UsageError(f"{where} has no {part!r}.{_near(part, _public_names(value))}")
        value = getattr(value, part)
    return value


def _public_names(value: Any) -> list[str]:
    names = getattr(value, "__dict__", ())
    return [name for name in names if not name.startswith("_")]


def _made(value: Any, target: str) -> Any:
    """Return the app or the tree itself, or what a factory makes."""
    if isinstance(value, Action):
        raise UsageError(f"{target} is one action: name the app that serves it, or a Namespace that holds it.")
    if _is_app(value) or isinstance(value, Mapping) or not callable(value):
        return value
    if missing := _needed(value):
        remedy = "Give a function without arguments that calls it with them."
        raise UsageError(f"{target} needs {', '.join(map(repr, missing))}. {remedy}")
    try:
        return value()
    except DefinitionError:
        raise
    except Exception as error:
        if _is_start(error):
            raise
        raise UsageError(_told(f"The app that {target} makes", error).replace("imported", "made", 1)) from error


def _needed(factory: Callable[..., object]) -> list[str]:
    """Return the arguments without which it cannot be called."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []  # a callable written in C may have no signature
    variadic = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]


def _is_app(value: Any) -> bool:
    """Return whether a value is a Sanic app, without importing Sanic: of an app it is loaded."""
    sanic = sys.modules.get("sanic")
    return sanic is not None and isinstance(value, sanic.Sanic)


def _target(member: Any, target: str, prefix: str | None, host: str | None) -> LoadedActions:
    if _is_app(member):
        return _mounted(member, target, prefix, host)
    if isinstance(member, Mapping):
        return LoadedActions(entries=entries(member), prefix=prefix or "/_actions")
    raise UsageError(
        f"{target} is of type {type(member).__name__}. "
        "It must be a Sanic app, a function that makes one, a Namespace or a mapping of actions."
    )


_ANY_HOST: Final = "any"
"""The value of ``--host`` that chooses the tree without a host of its own."""


@dataclass(frozen=True, slots=True)
class _MountedTree:
    """A tree of actions in its place in an app."""

    prefix: str
    hosts: tuple[str, ...]
    entries: Mapping[str, Entry]

    def options(self) -> str:
        """Return the command-line options that choose it."""
        return f"--prefix {self.prefix} --host {self.hosts[0] if self.hosts else _ANY_HOST}"


def _trees(app: Any) -> list[_MountedTree]:
    """Return the trees of an app: one that several hosts serve alike is one."""
    from ..server._blueprint import call_routes

    trees: dict[tuple[str, int], _MountedTree] = {}
    for route, actions in call_routes(app):
        prefix = f"/{route.path.rpartition('/')[0]}"
        # Two hosts may serve other trees at the same path.
        tree = trees.setdefault((prefix, id(actions)), _MountedTree(prefix, (), actions))
        if host := route.requirements.get("host"):
            trees[prefix, id(actions)] = replace(tree, hosts=(*tree.hosts, host))
    return list(trees.values())


def _mounted(app: Any, target: str, prefix: str | None, host: str | None) -> LoadedActions:
    from ..server import mounts
    from ..server._inject import surely_unsupplied

    trees = _trees(app)
    if not trees:
        raise UsageError(f"{target} serves no actions. Register them with app.blueprint(ActionsBlueprint(server)).")
    tree = _chosen(trees, target, prefix, host)
    if "<" in tree.prefix:
        raise UsageError(_open_prefix(tree.prefix, target))
    if problems := list(surely_unsupplied(tree.entries.values(), app)):
        raise DefinitionError(problems)  # as at start
    limits = {id(mount.entries): mount.limits for mount in mounts(app)}
    return LoadedActions(entries=tree.entries, prefix=tree.prefix, title=app.name, limits=limits[id(tree.entries)])


def _chosen(trees: list[_MountedTree], target: str, prefix: str | None, host: str | None) -> _MountedTree:
    """Return the tree at a path and a host, or the only one."""
    matching = trees
    if prefix is not None:
        path = "/" + prefix.strip("/")
        matching = [tree for tree in trees if tree.prefix == path]
        if not matching:
            choices = ", ".join(dict.fromkeys(tree.prefix for tree in trees))
            raise UsageError(f"{target} serves no actions at {path!r}, but at {choices}.")
    if host is not None:
        matching = [tree for tree in matching if host in (tree.hosts or (_ANY_HOST,))]
        if not matching:
            choices = ", ".join(dict.fromkeys(name for tree in trees for name in tree.hosts)) or "no host of its own"
            raise UsageError(f"{target} serves no such actions on the host {host!r}, but on {choices}.")
    if len(matching) > 1:
        is_path_enough = len({tree.prefix for tree in matching}) == len(matching)
        choices = ""
        for tree in matching:
            if is_path_enough:
                choices += f"\n  --prefix {tree.prefix}"
            else:
                choices += f"\n  {tree.options()}"
        raise UsageError(f"{target} serves actions in {len(matching)} places. Choose one of them:{choices}")
    return matching[0]


_SAMPLES: Final = {
    "int": "1",
    "float": "1.5",
    "ymd": "2026-01-31",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
"""What a parameter of a path may be, by its type, where a name cannot be it."""


def _open_prefix(prefix: str, target: str) -> str:
    """Return what to do about a path with parameters, which only callers know."""
    module = target.partition(":")[0]
    before, _, after = prefix.rpartition(">")
    example = re.sub(r"<([^>:]*):?([^>]*)>", lambda match: _SAMPLES.get(match[2], "acme"), f"{before}>")
    return (
        f"{target} serves its actions at {prefix!r}, whose parameters no client can know. Write the client from the "
        f"tree that the blueprint serves, and let callers say the rest in their base URL:\n\n"
        f"    sanic-actions generate {module}:server --prefix {after or '/'}\n"
        f'    Client("https://host{example}")'
    )
