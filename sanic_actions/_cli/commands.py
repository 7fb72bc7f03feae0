"""The command line: ``generate`` writes a client package, ``check`` says whether it is current and errors are declared.

Only this layer prints, reads arguments and writes files. The list of files goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import cyclopts
from cyclopts import App, Parameter

from .._checks.undeclared import undeclared_errors
from .._errors import DefinitionError
from ..codegen._package import generate_entries, pyproject
from . import contract_commands
from .listing import listing
from .output import Change, compare, write
from .target import Target, UsageError, load

Argument = Annotated[str, Parameter(name="target", help="MODULE:APP, such as blog.app:app.")]
Out = Annotated[Path, Parameter(help="The folder that the package is in.")]
Package = Annotated[str, Parameter(help="The name of the package.")]
Share = Annotated[
    tuple[str, ...],
    Parameter(
        name="--share",
        negative="",
        show_default=False,
        help="A module that the client imports instead of copying its types; may be repeated.",
    ),
]
Prefix = Annotated[str | None, Parameter(help="The path of the actions, for an app that serves several trees.")]
Pyproject = Annotated[
    bool,
    Parameter(
        name="--pyproject",
        negative="",
        show_default=False,
        help="A pyproject.toml too, so that the package builds as a wheel.",
    ),
]
Oldest = Annotated[str, Parameter(name="--target", help="The oldest Python that the package is for.")]

app = App(
    name="sanic-actions",
    help="Typed client packages for the actions of a Sanic app.",
    version_flags=[],
    result_action="return_value",
)


@app.command
def generate(
    target: Argument,
    /,
    *,
    out: Out,
    package: Package = "actions",
    share: Share = (),
    prefix: Prefix = None,
    with_pyproject: Pyproject = False,
    oldest: Oldest = "3.11",
) -> int:
    """Write the client package of an app's actions.

    The target is a Sanic app, a function that makes one, a Namespace or a mapping of actions.
    """
    found = load(target, prefix)
    texts = _texts(found, package=package, share=share, with_pyproject=with_pyproject, oldest=oldest)
    changes = compare(out, package, texts)
    write(out, changes, texts)
    _report(out, changes, _DONE)
    return 0


@app.command
def check(
    target: Argument,
    /,
    *,
    out: Out,
    package: Package = "actions",
    share: Share = (),
    prefix: Prefix = None,
    with_pyproject: Pyproject = False,
    oldest: Oldest = "3.11",
) -> int:
    """Say whether the client package is current and handlers raise what they declare; exit 1 if not."""
    found = load(target, prefix)
    texts = _texts(found, package=package, share=share, with_pyproject=with_pyproject, oldest=oldest)
    changes = compare(out, package, texts)
    _report(out, changes, _WOULD)
    undeclared = list(undeclared_errors(found.entries.values()))
    for problem in undeclared:
        sys.stderr.write(f"{problem}\n")
    if any(change.kind != "unchanged" for change in changes):
        sys.stderr.write("The client package is out of date. Run the same command with 'generate'.\n")
        return 1
    return 1 if undeclared else 0


@app.command
def openapi(target: Argument, /, *, prefix: Prefix = None) -> int:
    """Print an OpenAPI 3.1 document of an app's actions."""
    from ..server._openapi.document import describer

    found = load(target, prefix)
    sys.stdout.write(describer(found.entries)(found.prefix, found.title).decode() + "\n")
    return 0


@app.command(name="list")
def list_actions(target: Argument, /, *, prefix: Prefix = None) -> int:
    """Print each action with what it accepts, who guards it, the errors that it declares and its limits."""
    found = load(target, prefix)
    sys.stdout.writelines(f"{line}\n" for line in listing(found.entries.values(), found.limits))
    return 0


contract_commands.register(app)


def run(arguments: Sequence[str]) -> int:
    """Run a command; the exit code is 0 current or written, 1 out of date, 2 wrong usage."""
    try:
        if not arguments:
            app.help_print([])
            return 2
        code: object = app(arguments, exit_on_error=False, print_error=False)
    except cyclopts.MissingArgumentError as error:
        return _complain(_missing(error))
    except cyclopts.CycloptsError as error:
        return _complain(str(error))
    except (UsageError, DefinitionError) as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"{error.filename or 'The folder'} cannot be written: {error.strerror}.")
    return code if isinstance(code, int) else 0


def _missing(error: cyclopts.MissingArgumentError) -> str:
    command = " ".join(error.command_chain or ())
    name = "--out" if error.argument and error.argument.name == "--out" else "MODULE:APP"
    folder = " --out ." if command in ("generate", "check") else ""
    return f"{name} is missing. Write the command like this: sanic-actions {command} blog.app:app{folder}"


def _complain(text: str) -> int:
    sys.stderr.write(f"{text.rstrip()}\n")
    return 2


def _texts(
    found: Target, *, package: str, share: Sequence[str], with_pyproject: bool, oldest: str
) -> Mapping[str, str]:
    version = re.fullmatch(r"3\.(\d{1,2})", oldest)
    if version is None or int(version[1]) < 11:
        raise UsageError(f"--target {oldest} is no Python that this library runs on. Write 3.11, 3.12 or later.")
    oldest_version = 3, int(version[1])
    _refuse_taken(package)
    try:
        texts = generate_entries(
            found.entries, package=package, prefix=found.prefix, share=share, target=oldest_version
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    return {**texts, "pyproject.toml": pyproject(package, oldest_version)} if with_pyproject else texts


NEEDED: Final = frozenset(
    {"sanic_actions", "pydantic", "pydantic_core", "typing_extensions", "httpx2", "pyqwest"}
    | {"sanic", "multipart", "html5tagger", "cyclopts", "redis"}
)
"""The packages that the library imports, on either side."""


def _refuse_taken(package: str) -> None:
    """A package that lies on the import path before the real one hides it from everybody."""
    taken = f"Python's own module {package!r}" if package in sys.stdlib_module_names else None
    taken = f"the package {package!r}, which sanic_actions needs," if package in NEEDED else taken
    if taken is not None:
        raise UsageError(f"--package {package}: beside it, {taken} could not be imported. Choose another name.")


_WOULD: Mapping[str, str] = {
    "create": "would create",
    "update": "would update",
    "remove": "would remove",
    "unchanged": "unchanged",
}
_DONE: Mapping[str, str] = {"create": "created", "update": "updated", "remove": "removed", "unchanged": "unchanged"}


def _report(out: Path, changes: Sequence[Change], words: Mapping[str, str]) -> None:
    for change in changes:
        sys.stdout.write(f"{words[change.kind]} {(out / change.path).as_posix()}\n")
    counted = Counter(words[change.kind] for change in changes)
    told = ", ".join(f"{counted[word]} {word}" for word in words.values() if counted[word])
    sys.stdout.write(f"{len(changes)} files: {told}\n")
