"""Messages about code of the user that does not import: its own frames, the cause, and what to do."""

from __future__ import annotations

import importlib
import os
import re
import traceback
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from ..contract import LockError

SHOWN_FRAMES: Final = 6
"""How many frames of the user's own traceback are shown, the last ones."""

UNDER_MAIN: Final = "under a condition: if __name__ == '__main__':"
"""Where a module puts what only its own program does."""


def says_all(error: BaseException) -> bool:
    """Return whether an error of ours says what happened and what to do, from any line."""
    # The blueprint reads the lock that it is given; and the server half says what it needs.
    return isinstance(error.__context__, LockError) or (isinstance(error, ImportError) and error.name == "fcntl")


def module_advice(name: str, missing: str) -> str:
    """Return how to write a module given as a file, or the module of the nearest name."""
    if name.endswith(".py"):
        return f" A module is not a file: leave out .py and write {'.'.join(Path(name).with_suffix('').parts)}:APP."
    for file in (Path("src", missing, "__init__.py"), Path("src", f"{missing}.py"), Path("src", missing)):
        if file.exists():
            return f" {missing!r} is in src/, which Python looks into only where it is told: {_src_remedy()}"
    nearest = nearest_name(missing, list(_modules()))
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


def nearest_name(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, 1)
    if near:
        return f" Did you mean {near[0]!r}?"
    return ""


def import_report(name: str, error: BaseException) -> str:
    """Return the user's own traceback: without frames of this library or the import system."""
    report = traceback.TracebackException.from_exception(error)
    ours = str(Path(__file__).parent)
    # The line that raised is shown even if it is in a library: without it the cause would be
    # missing.
    last = None
    own: list[traceback.FrameSummary] = []
    for frame in report.stack:
        if frame.filename.startswith(("<frozen", ours)) or frame.filename == importlib.__file__:
            continue
        last = frame
        if not is_installed(frame.filename):
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
        return f"A command only imports the app. Put what ends the program {UNDER_MAIN}"
    if isinstance(error, EOFError):
        return f"A command only imports the app. Put what asks a question {UNDER_MAIN}"
    return ""


def _innermost(error: BaseException) -> str:
    """Return the name of the module that raised an error; empty without a traceback."""
    name = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        name = str(frame.f_globals.get("__name__", ""))
    return name


_CIRCLE: Final = re.compile(r"partially initialized module '([^']+)'")
"""Python's words for a circular import."""


def is_installed(file: str) -> bool:
    """Return whether a file belongs to Python or to an installed package."""
    path = Path(file)
    if "site-packages" in path.parts or "dist-packages" in path.parts:
        return True
    return any(map(path.is_relative_to, _LIBRARIES))


_LIBRARIES: Final = (Path(__file__).parents[1], Path(traceback.__file__).parent)
"""The folders of this library, which may be a checkout, and of Python's own modules."""
