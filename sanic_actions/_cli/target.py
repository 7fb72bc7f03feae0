"""From ``MODULE:APP`` on the command line to the actions behind it, whatever APP is."""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from .._errors import DefinitionError
from .._limits import DEFAULTS, Limits
from .._namespace import Entry, entries

SHOWN_FRAMES = 6
"""How many frames of the user's own traceback are worth reading."""


class UsageError(Exception):
    """Something on the command line cannot be used; the text says what, where and how to fix it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The actions to generate a client for, or to tell of."""

    entries: Mapping[str, Entry]
    prefix: str
    title: str = "actions"
    limits: Limits = DEFAULTS


def load(target: str, prefix: str | None) -> Target:
    """Import the target and find its actions.

    Raises:
        UsageError: It does not import, does not exist or has no actions.
        DefinitionError: Its actions are defined wrongly.
    """
    module_name, colon, path = target.partition(":")
    if not colon or not module_name or not path:
        raise UsageError(
            f"{target!r} is no MODULE:APP. Write the module, a colon, and the app in it, such as blog.app:app."
        )
    sys.path.insert(0, str(Path.cwd()))
    # What the app prints is no product of this command.
    with contextlib.redirect_stdout(sys.stderr):
        found = _made(_attribute(_module(module_name), path), target)
        gc.freeze()  # the app stays as it is: to look through it again and again costs a tenth of a generation
        return _target(found, target, prefix)


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except DefinitionError:
        raise
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise UsageError(f"There is no module {error.name!r} in {Path.cwd()}.{_meant(name, error.name)}") from None
        raise UsageError(_told(name, error)) from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise UsageError(_told(name, error)) from error


def _meant(name: str, missing: str) -> str:
    """The way to write a module whose file was given, or the module whose name is nearest."""
    if name.endswith(".py"):
        return f" A module is no file: leave out .py and write {'.'.join(Path(name).with_suffix('').parts)}:APP."
    return _near(missing, _modules())


def _modules() -> list[str]:
    here = Path.cwd()
    return [path.stem for path in here.glob("*.py")] + [path.parent.name for path in here.glob("*/__init__.py")]


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _told(name: str, error: BaseException) -> str:
    """The user's own traceback, and the line that raised: no frames of ours, none of the import system."""
    report = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parent)
    frames = [
        frame
        for frame in report.stack
        if not frame.filename.startswith(("<frozen", ours)) and frame.filename != importlib.__file__
    ]
    own = [frame for frame in frames if not _is_installed(frame.filename)][-SHOWN_FRAMES:]
    report.stack = traceback.StackSummary.from_list(own if frames[-1:] == own[-1:] else [*own, frames[-1]])
    report.__context__ = None
    return f"{name} cannot be imported:\n\n{''.join(report.format(chain=False)).rstrip()}"


def _is_installed(file: str) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    path = Path(file)
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts) or any(map(path.is_relative_to, _INSTALLED))


_INSTALLED: Final = (Path(__file__).parents[1], Path(traceback.__file__).parent)
"""This library, also where it is not installed but checked out, and Python's own modules."""


def _attribute(module: ModuleType, path: str) -> Any:
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            near = _near(
                part, [name for name in vars(found) if not name.startswith("_")] if hasattr(found, "__dict__") else []
            )
            where = getattr(found, "__name__", type(found).__name__)
            raise UsageError(f"{where} has no {part!r}.{near}")
        found = getattr(found, part)
    return found


def _made(found: Any, target: str) -> Any:
    """The thing itself, or what it makes if it is a factory."""
    if _is_app(found) or isinstance(found, Mapping) or not callable(found):
        return found
    if needed := _needed(found):
        raise UsageError(
            f"{target} needs {', '.join(map(repr, needed))}. Give a function without arguments that calls it with them."
        )
    try:
        return found()
    except DefinitionError:
        raise
    except Exception as error:
        raise UsageError(_told(f"The app that {target} makes", error).replace("imported", "made", 1)) from error


def _needed(factory: Callable[..., object]) -> list[str]:
    """The arguments without which it cannot be called."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []  # a callable of C code, which tells nothing
    variadic = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]


def _is_app(found: Any) -> bool:
    """Whether this is a Sanic app; if it is one, Sanic is loaded."""
    sanic = sys.modules.get("sanic")
    return sanic is not None and isinstance(found, sanic.Sanic)


def _target(found: Any, target: str, prefix: str | None) -> Target:
    if _is_app(found):
        return _mounted(found, target, prefix)
    if isinstance(found, Mapping):
        return Target(entries=entries(found), prefix=prefix or "/_actions")
    raise UsageError(
        f"{target} is of type {type(found).__name__}. "
        "It must be a Sanic app, a function that makes one, a Namespace or a mapping of actions."
    )


def _mounted(app: Any, target: str, prefix: str | None) -> Target:
    from ..server import mounts

    mounted = {mount.prefix: mount for mount in mounts(app)}
    if not mounted:
        raise UsageError(f"{target} serves no actions. Register them with app.blueprint(ActionsBlueprint(server)).")
    if prefix is None and len(mounted) > 1:
        listed = "\n".join(f"  --prefix {path}" for path in mounted)
        raise UsageError(f"{target} serves actions in {len(mounted)} places. Choose one of them:\n{listed}")
    chosen = next(iter(mounted)) if prefix is None else "/" + prefix.strip("/")
    if chosen not in mounted:
        listed = ", ".join(mounted)
        raise UsageError(f"{target} serves no actions at {chosen!r}, but at {listed}.")
    if "<" in chosen:
        raise UsageError(f"{target} serves its actions at {chosen!r}, whose parameters no client can know.")
    mount = mounted[chosen]
    return Target(entries=mount.entries, prefix=chosen, title=app.name, limits=mount.limits)
