"""Import the user's code that a command line names as ``MODULE:APP``.

An error in it is reported with the user's own frames only, and everything that it prints goes to
stderr.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import linecache
import logging
import os
import re
import shlex
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, Final

from .._actions import Action
from .._definition_error import DefinitionError
from ..contract import LockError
from .usage_error import UsageError

SHOWN_FRAMES = 6
"""How many frames of the user's own traceback are shown, the last ones."""


def parts_of(target: str) -> tuple[str, str]:
    """Return the module of ``MODULE:APP``, and the path of the app in it.

    Raises:
        UsageError: It is not written like that.
    """
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
def loading(module: str) -> Iterator[None]:
    """Redirect what the user's code prints to stderr, and stop it from serving.

    stdout and the command line are the command's own.
    """
    with _stdout_kept(), _arguments_kept(), _slowness_told(module), _nothing_served(module), _locks_unsaid():
        yield


@contextlib.contextmanager
def _stdout_kept() -> Iterator[None]:
    """Send to stderr what is printed, by programs that the user's code starts too."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        if sys.__stdout__ is not None and sys.__stdout__.fileno() == _STDOUT:
            sys.__stdout__.flush()
            own = os.dup(_STDOUT)
            os.dup2(_STDERR, _STDOUT)
            stack.callback(os.close, own)
            stack.callback(os.dup2, own, _STDOUT)
        yield


@contextlib.contextmanager
def _arguments_kept() -> Iterator[None]:
    """Hide the arguments of the command: a module that reads the command line would take them for its own."""
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments


@contextlib.contextmanager
def _slowness_told(module: str) -> Iterator[None]:
    """Say where the user's code is when it does not come back: in a loop of its own, or waiting for an answer."""
    thread = threading.get_ident()

    def tell() -> None:
        place = _place_in(thread)
        sys.stderr.write(
            f"{module} has not been imported after {SLOW:g} seconds{place}\nPut what waits or serves {_UNDER_MAIN}\n"
        )

    timer = threading.Timer(SLOW, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


SLOW: Final = 10.0
"""Seconds after which an import that has not ended is told."""

_UNDER_MAIN: Final = "under a condition: if __name__ == '__main__':"


def _place_in(thread: int) -> str:
    """Return the line of the user's own code that a thread is at, if any."""
    for frame, line in traceback.walk_stack(sys._current_frames()[thread]):
        file = frame.f_code.co_filename
        if not _is_installed(file) and Path(file).is_file():
            return f", and is at {file}:{line}: {linecache.getline(file, line).strip()}"
    return "."


_STDOUT: Final = 1
_STDERR: Final = 2
"""File descriptors, which programs have from the one that starts them."""


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


@contextlib.contextmanager
def _nothing_served(module: str) -> Iterator[None]:
    """Raise for a module that starts a server when it is imported; without Sanic none can."""
    try:
        from ..server._importing import ServerStarted, nothing_served
    except ImportError:  # the extra "server" is not installed
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
    """Keep an app from logging that its lock is missing: commands say so, or write it."""
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
                f"There is no module {error.name!r} in {Path.cwd().as_posix()}.{_advice(name, error.name)}"
            ) from None
        if (error.name or "").partition(".")[0] in _OF_THE_SERVER:
            raise UsageError(
                f"{name} needs {error.name!r}, which is not installed. This command imports the "
                "app, so that it needs the extra of the server: pip install 'sanic-actions[server]'"
            ) from None
        raise UsageError(_report(name, error)) from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if _says_all(error):
            raise UsageError(str(error)) from None
        raise UsageError(_report(name, error)) from error


_OF_THE_SERVER: Final = ("sanic", "html5tagger", "multipart")
"""What the extra ``server`` installs, and ``cli`` does not."""


def _says_all(error: BaseException) -> bool:
    """Return whether an error of ours says what happened and what to do, from any line."""
    # The blueprint reads the lock that it is given; and the server half says what it needs.
    return isinstance(error.__context__, LockError) or (isinstance(error, ImportError) and error.name == "fcntl")


def _advice(name: str, missing: str) -> str:
    """Return how to write a module given as a file, or the module of the nearest name."""
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


def _report(name: str, error: BaseException) -> str:
    """Return the user's own traceback: without frames of this library or the import system."""
    report = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parent)
    # The line that raised is shown even if it is in a library: without it the cause would be
    # missing.
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
    text = f"{name} cannot be imported:\n\n{''.join(report.format(chain=False)).rstrip()}"
    if remedy := _mending(error):
        text += f"\n\n{remedy}"
    return text


def _mending(error: BaseException) -> str:
    """Return what to do about an error that new actions often bring; empty for others."""
    circle = _CIRCLE.search(str(error))
    if isinstance(error, ImportError | AttributeError) and circle:
        return (
            f"{circle[1]} is still being imported, and what it imports, such as the actions, "
            "imports it in turn. Move what both need into a module of its own, and import it from "
            "there."
        )
    if isinstance(error, KeyError) and _innermost(error) == os.__name__:
        return f"The environment variable {error} is not set here. Set it for this command as for the app, also in CI."
    if isinstance(error, SystemExit) and not isinstance(error.code, str):
        return f"A command only imports the app. Put what ends the program {_UNDER_MAIN}"
    if isinstance(error, EOFError):
        return f"A command only imports the app. Put what asks a question {_UNDER_MAIN}"
    return ""


def _innermost(error: BaseException) -> str:
    """Return the name of the module that raised an error; empty without a traceback."""
    names = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(names[-1]) if names else ""


_CIRCLE: Final = re.compile(r"partially initialized module '([^']+)'")
"""Python's words for a circular import."""


def _is_installed(file: str) -> bool:
    """Return whether a file belongs to Python or to an installed package."""
    path = Path(file)
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts) or any(map(path.is_relative_to, _LIBRARIES))


_LIBRARIES: Final = (Path(__file__).parents[1], Path(traceback.__file__).parent)
"""The folders of this library, which may be a checkout, and of Python's own modules."""


def _attribute(module: ModuleType, path: str) -> Any:
    value: Any = module
    for part in path.split("."):
        if not hasattr(value, part):
            where = getattr(value, "__name__", type(value).__name__)
            hint = _hidden_module(value) or _near(part, _public_names(value))
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
        if _says_all(error):
            raise UsageError(str(error)) from None
        raise UsageError(_report(f"The app that {target} makes", error).replace("imported", "made", 1)) from error
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
    variadic = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]
