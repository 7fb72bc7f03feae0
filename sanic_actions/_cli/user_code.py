"""Import the user's code that a command line names as ``MODULE:APP``.

An error in it is reported with the user's own frames only, and everything that it prints goes to
stderr.
"""

from __future__ import annotations

import importlib
import inspect
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, Final

from .._actions import Action
from .._definition_error import DefinitionError
from .import_report import import_report, module_advice, nearest_name, says_all
from .usage_error import UsageError


def parts_of(target: str) -> tuple[str, str]:
    """Return the module of ``MODULE:APP``, and the path of the app in it.

    Raises:
        UsageError: It is not written like that.
    """
    if "://" in target:
        raise UsageError(
            f"{target!r} is a URL, and this command imports the app: write MODULE:APP, such as blog.app:app."
        )
    module, colon, path = target.partition(":")
    if not colon or not module or not path:
        raise UsageError(
            f"{target!r} is not MODULE:APP. Write the module, a colon, and the app in it, such as blog.app:app."
        )
    if "/" in module or "\\" in module or module.startswith("."):
        here = f"{Path.cwd().as_posix()}/"
        file = module.replace("\\", "/").removeprefix(here).lstrip("./")
        raise UsageError(f"{module!r} is a path, not a module: {_instead_of_path(PurePath(file))}")
    return module, path


def _instead_of_path(file: PurePath) -> str:
    """Return what to write instead of a file: its module, and the folder to import it from."""
    folder = file.parent
    parts = [file.stem]
    while folder.name and folder.name.isidentifier():
        parts.insert(0, folder.name)
        folder = folder.parent
    if not file.stem.isidentifier():
        return f"rename it, since {file.stem!r} is not a name that Python imports."
    target = f"{'.'.join(parts)}:APP"
    if not folder.name:
        return f"write {target}."
    place = shlex.quote(str(folder))
    return f"write {target}, and run the command where Python can import that: cd {place}"


def app_or_tree(target: str) -> Any:
    """Return the app or the tree of actions of ``MODULE:APP``, or what its factory returns.

    Raises:
        UsageError: It does not import, or does not exist.
        DefinitionError: Its actions are defined wrongly.
    """
    module, path = parts_of(target)
    # As for `python -m`: a console script has its own folder at the front of the path instead.
    if str(Path.cwd()) not in sys.path[:1]:
        sys.path.insert(0, str(Path.cwd()))
    return _called(_attribute(_module(module), path), target)


def is_app(value: Any) -> bool:
    """Return whether a value is a Sanic app, without importing Sanic: it is loaded if so."""
    sanic = sys.modules.get("sanic")
    return sanic is not None and isinstance(value, sanic.Sanic)


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except DefinitionError:
        raise
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise UsageError(
                f"There is no module {error.name!r} in {Path.cwd().as_posix()}.{module_advice(name, error.name)}"
            ) from None
        if (error.name or "").partition(".")[0] in _OF_THE_SERVER:
            raise UsageError(
                f"{name} needs {error.name!r}, which is not installed. This command imports the "
                "app, so that it needs the extra of the server: pip install 'sanic-actions[server]'"
            ) from None
        raise UsageError(import_report(name, error)) from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if says_all(error):
            raise UsageError(str(error)) from None
        raise UsageError(import_report(name, error)) from error


_OF_THE_SERVER: Final = ("sanic", "html5tagger", "multipart")
"""What the extra ``server`` installs, and ``cli`` does not."""


def _attribute(module: ModuleType, path: str) -> Any:
    value: Any = module
    for part in path.split("."):
        if not hasattr(value, part):
            where = getattr(value, "__name__", type(value).__name__)
            hint = _hidden_module(value) or nearest_name(part, _public_names(value))
            raise UsageError(f"{where} has no {part!r}.{hint}")
        value = getattr(value, part)
    return value


def _hidden_module(value: Any) -> str:
    """Return which module of this folder is not the imported one, since Python has another of its name."""
    if not isinstance(value, ModuleType):
        return ""
    path = Path(value.__name__.replace(".", "/")).with_suffix(".py")
    file = getattr(value, "__file__", None)  # what is built into Python has none
    if not path.is_file() or (file is not None and path.resolve() == Path(file).resolve()):
        return ""
    return f" Python imports {file or 'a module of its own'} by that name, not {path}: rename yours."


def _public_names(value: Any) -> list[str]:
    names = getattr(value, "__dict__", ())
    return [name for name in names if not name.startswith("_")]


def _called(value: Any, target: str) -> Any:
    """Return an app or a tree as it is, or the result of calling a factory."""
    if isinstance(value, Action):
        raise UsageError(f"{target} is one action: name the app that serves it, or a Namespace that holds it.")
    if is_app(value) or isinstance(value, Mapping) or not callable(value):
        return value
    if inspect.iscoroutinefunction(value):
        raise UsageError(f"{target} is an async function, and no event loop runs here. Write it with 'def'.")
    if missing := _needed(value):
        remedy = "Give a function without arguments that calls it with them."
        raise UsageError(f"{target} needs {', '.join(map(repr, missing))}. {remedy}")
    try:
        member = _returned(value)
    except DefinitionError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if says_all(error):
            raise UsageError(str(error)) from None
        raise UsageError(import_report(f"The app that {target} makes", error).replace("imported", "made", 1)) from error
    if member is None:
        raise UsageError(f"{target} returned None. End it with: return app")
    return member


def _returned(factory: Callable[[], object]) -> object:
    """Return what a factory returns, which is called once: Sanic refuses a second app."""
    try:
        hash(factory)
        key: object = factory  # a method is another object each time, though an equal one
    except TypeError:  # such as a dataclass with __call__
        key = id(factory)
    if key not in _RETURNED:
        _RETURNED[key] = factory, factory()
    return _RETURNED[key][1]


_RETURNED: Final[dict[object, tuple[object, object]]] = {}
"""Each factory, so that no other one gets its id, with what it returned."""


def _needed(factory: Callable[..., object]) -> list[str]:
    """Return the parameters of a factory without a default."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []  # a callable written in C may have no signature
    names: list[str] = []
    for parameter in parameters:
        is_variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if parameter.default is parameter.empty and not is_variadic:
            names.append(parameter.name)
    return names
