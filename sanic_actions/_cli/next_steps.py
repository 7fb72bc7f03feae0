"""What to do after ``generate``: make the package importable, set a variable, call an action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, get_args, get_origin

from .._entry import Entry


def next_steps(out: Path, package: str, entries: Iterable[Entry], *, is_project: bool) -> Iterator[str]:
    """Yield the lines that tell somebody who has just written a package how to call it."""
    folder = out.as_posix()
    yield "Next:"
    if out == Path():
        here = Path.cwd().as_posix()
        yield f"  1. Callers import {package!r} from this folder: run them here, or set PYTHONPATH={here}"
    else:
        yield f"  1. Callers import {package!r} from the folder {folder!r}: set PYTHONPATH={folder}"
        if out.name == package:
            yield f"     (That is {folder}/{package}: --out names the folder that holds the package.)"
    if is_project:
        yield f"     or install it: pip install ./{folder}"
    else:
        yield "     or install it: --pyproject makes the folder a project that pip installs."
    if package == "actions":  # the package index has another package of this name
        yield f"     (Do not 'pip install {package}' by name: the package index has another one.)"
    yield f"  2. Say where the server is: {variable(package)}=http://localhost:8000"
    call = first_call(entries)
    if call:
        yield f"  3. Call it: from {package} import actions; {call}"


def variable(package: str) -> str:
    """Return the environment variable that holds the URL of a package's server."""
    return f"{package.upper()}_URL"


def first_call(entries: Iterable[Entry], client: str = "actions") -> str:
    """Return a line of Python that calls the action which is easiest to call, and prints its output.

    Args:
        entries: The actions; nothing is returned if there are none.
        client: The name of the client in that line.
    """
    entry = min(entries, key=_effort, default=None)
    if entry is None:
        return ""
    call = f"{client}.{entry.name}({', '.join(_required(entry))})"
    if entry.definition.is_stream:
        return f"print(*{call})"
    if entry.definition.is_download:
        return f"print({call}.save('.'))"
    return f"print({call})"


def _effort(entry: Entry) -> tuple[bool, bool, bool, bool, bool, int, str]:
    """Return a key that sorts actions by how easily a first call shows that everything works."""
    definition = entry.definition
    is_silent = definition.output is None
    is_guarded = bool(entry.guards or entry.field_guards)
    arguments = _required(entry)
    is_unknown = any(argument.endswith("...") for argument in arguments)
    kind = definition.is_download, definition.is_stream, is_silent
    return is_guarded, is_unknown, *kind, len(arguments), entry.name


def _required(entry: Entry) -> list[str]:
    source = entry.definition.input
    if source is None:
        return []
    if source.fields is None:
        return ["..."]
    return [f"{field.name}={_sample(field.annotation)}" for field in source.fields if field.required]


def _sample(annotation: object) -> str:
    """Return a sample value as source, or three dots for a type that has no simple one."""
    if get_origin(annotation) is Literal:
        return repr(get_args(annotation)[0])
    if isinstance(annotation, type):  # others need not be hashable
        return _SAMPLES.get(annotation, "...")
    return "..."


_SAMPLES: Final[Mapping[object, str]] = {str: "'text'", int: "1", float: "1.5", bool: "True"}
