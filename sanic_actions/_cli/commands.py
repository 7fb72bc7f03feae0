"""The command line: ``generate`` writes client packages, ``check`` says whether they are current.

Only this layer prints, reads arguments and writes files. The list of files goes to stdout,
everything else to stderr.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import cyclopts
from cyclopts import App, Parameter

from .._definition_error import DefinitionError
from ..codegen._page_only import callable_entries, page_only
from ..contract import Level
from . import contract_commands, init_project, watching
from .change_report import allowances
from .checking import (
    breaking_changes,
    check_package,
    outdated_lock,
    package_changes,
    taken_version,
    undeclared,
    wrong_version,
)
from .client_choice import chosen_clients, configured_app, configured_lock, lock_clients, only_lock
from .client_options import ClientOptions
from .contracts import lock_from, locked_version, without_credentials
from .file_report import TO_DO, WOULD, count_files, list_files, report_files
from .listing import listing
from .next_steps import next_steps
from .output import compare, is_stale, write
from .package_files import load_package, missing_lock, oldest_python, package_texts, warn_of_lock
from .package_name import refuse_hidden, refuse_taken
from .project_app import find_app
from .stated_options import NOTHING_STATED, Argument, Host, Prefix, StatedOptions
from .target import load
from .trial import try_import
from .usage_error import UsageError

# With "return_value", since run() turns results into exit codes: cyclopts itself would exit the
# process.
app = App(
    name="sanic-actions",
    help="Typed client packages for the actions of a Sanic app.",
    version=lambda: version("sanic-actions"),
    version_flags=["--version"],
    result_action="return_value",
)


@app.command
def generate(
    target: Argument = None,
    /,
    *,
    stated: StatedOptions = NOTHING_STATED,
    watch: Annotated[
        bool,
        Parameter(
            name="--watch",
            negative="",
            help="Keep running, and write it again after each change of the sources; needs sanic-actions[watch].",
        ),
    ] = False,
    quiet: Annotated[
        bool, Parameter(name="--quiet", negative="", help="Print the files that changed, and no others.")
    ] = False,
) -> int:
    """Write the client package of an app's actions.

    The target is a Sanic app, a function that makes one, a Namespace or a mapping of actions.
    """
    if watch:
        command = watching.command_line(target, stated.options())
        return watching.watch(command, partial(chosen_clients, target, stated.options(), Path.cwd()))
    for options in chosen_clients(target, stated.options(), Path.cwd()):
        _generate(options, quiet=quiet)
    return 0


def _generate(options: ClientOptions, *, quiet: bool) -> None:
    # Before the app is imported, which is the slow part.
    refuse_taken(options.package)
    client = load_package(options)
    out = Path(options.out)
    texts = package_texts(client)
    refuse_hidden(out, options.package)
    changes = compare(out, options.package, texts)
    is_current = not any(map(is_stale, changes))
    # Everything is new: whoever runs this sees the package for the first time, and is told how to
    # call it.
    is_new = all(change.kind == "create" for change in changes)
    # A package for a newer Python than this one may have syntax that this one cannot read.
    if not is_current and oldest_python(options) <= sys.version_info[:2]:
        try_import(options.package, texts)
    write(out, changes, texts)
    if not quiet:
        report_files(out, changes)
    elif not is_current:
        report_files(out, list(filter(is_stale, changes)))
    warn_of_lock(client)
    for problem in page_only(client.loaded.entries).values():
        sys.stderr.write(f"{problem}\n")
    if is_new and not quiet:
        steps = next_steps(
            out, options.package, callable_entries(client.loaded.entries).values(), is_project=options.pyproject
        )
        for line in steps:
            sys.stderr.write(f"{line}\n")


@app.command
def check(
    target: Argument = None,
    /,
    *,
    stated: StatedOptions = NOTHING_STATED,
    against: Annotated[
        str | None, Parameter(help="A lock, git:REVISION or the URL of a server: nothing may break its callers.")
    ] = None,
    client: Annotated[
        str | None,
        Parameter(help="The folder or name of a package: check a caller, without the app, with --against."),
    ] = None,
    level: Annotated[
        Level, Parameter(help="Which callers count: deployed ones, or also those whose source is checked again.")
    ] = "source",
    allow: contract_commands.Allow = (),
) -> int:
    """Say whether package and lock are current, errors declared, and callers unbroken; exit 1 if not."""
    if client is not None:
        _refuse_with_client(target, stated, allow)
        path = configured_lock(stated.lock, Path.cwd())
        if against is not None and against.startswith("git:"):
            path = Path(only_lock(lock_clients(None, stated.lock, stated.prefix, None, Path.cwd())).lock)
        return check_package(client, against, path, stated.prefix, level)
    try:
        clients = chosen_clients(target, stated.options(), Path.cwd())
    except UsageError as error:
        if against is None or target is not None:
            raise
        raise UsageError(f"{error}\nTo check a caller, which has no app, name its package: --client PACKAGE") from None
    reasons = allowances(allow)
    command = shlex.join(["sanic-actions", "generate", *watching.arguments(target, stated.options())])
    status = 0
    for options in clients:
        status = max(status, _check(options, against, reasons, level, command))
    return status


def _refuse_with_client(target: str | None, stated: StatedOptions, allow: Sequence[str]) -> None:
    """Raise for options that are about an app, where a package is checked without one."""
    wrong = [f"--{name}" for name in stated.options() if name not in ("lock", "prefix")]
    if target is not None:
        wrong.append("MODULE:APP")
    if allow:
        wrong.append("--allow")
    if wrong:
        raise UsageError(f"check --client looks at a package without its app: leave out {', '.join(wrong)}.")


def _check(options: ClientOptions, against: str | None, reasons: Mapping[str, str], level: Level, command: str) -> int:
    refuse_taken(options.package)
    client = load_package(options)
    out = Path(options.out)
    # First, since without anything to compare with that is the only message.
    rival = None
    older = None
    names: set[str] = set()
    if against is not None:
        rival = lock_from(against, client.lock_path, options.prefix, options.host)
        older = rival.contract
        names.update(older.actions)
    names.update(client.loaded.entries, client.lock.allowed)
    contract_commands.refuse_unknown(reasons, names)
    changes = compare(out, options.package, package_texts(client))
    stale = list(filter(is_stale, changes))
    drift = bool(stale)
    if drift and older is None and client.is_locked:  # otherwise the changes are printed below
        package_changes(client, out / options.package)
    list_files(out, stale, WOULD)
    count_files(changes, TO_DO)
    history = None
    if against is not None and against.startswith("git:"):
        history = against
    # All of them run, so that one command reports everything.
    failures = [undeclared(client), missing_lock(client, history), outdated_lock(client, older), drift]
    if against is not None and rival is not None:
        label = without_credentials(against)
        failures.append(breaking_changes(client, rival.contract, label, reasons, level))
        failures.append(wrong_version(client, rival, label))
    if not any(failures):
        failures.append(taken_version(client))
    if drift:
        sys.stderr.write(f"The client package is out of date. Run: {command}\n")
    return int(any(failures))


@app.command
def init(
    target: Annotated[str | None, Parameter(name="app", help="MODULE:APP, where the project has several.")] = None,
    /,
    *,
    yes: Annotated[bool, Parameter(name="--yes", negative="", help="Write it without asking.")] = False,
) -> int:
    """Begin in an existing Sanic project: a first action, its test, the settings and a step for CI.

    Everything is shown before it is written.
    """
    folder = Path.cwd()
    sanic_app = find_app(folder, target)
    changes = init_project.additions(folder, sanic_app)
    init_project.show(changes)
    if not (yes or init_project.agreed()):
        return 0
    init_project.write_all(folder, changes)
    indent = "Next: "
    for line in init_project.next_commands(folder, sanic_app):
        sys.stderr.write(f"{indent}{line}\n")
        indent = "      "
    for line in init_project.notes(folder, sanic_app):
        sys.stderr.write(f"{line}\n")
    return 0


@app.command
def openapi(target: Argument = None, /, *, prefix: Prefix = None, host: Host = None) -> int:
    """Print an OpenAPI 3.1 document of an app's actions."""
    # Imported here: other commands work without the extra of the server.
    try:
        from ..server._openapi.document import UNVERSIONED, describer
    except ImportError as error:  # which says what the server half needs
        raise UsageError(str(error)) from None

    actions = load(configured_app(target, Path.cwd()), prefix, host)
    version = locked_version(configured_lock(None, Path.cwd()), actions.title) or UNVERSIONED
    describe = describer(actions.entries, actions.limits, version)
    sys.stdout.write(describe(actions.prefix, actions.title, "").decode() + "\n")
    return 0


@app.command(name="list")
def list_actions(target: Argument = None, /, *, prefix: Prefix = None, host: Host = None) -> int:
    """Print each action with what it accepts, who guards it, the errors that it declares and its limits."""
    actions = load(configured_app(target, Path.cwd()), prefix, host)
    for line in listing(actions.entries.values(), actions.limits):
        sys.stdout.write(f"{line}\n")
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
    except (cyclopts.CycloptsError, UsageError, DefinitionError) as error:
        return _complain(_sentence(error))
    except KeyboardInterrupt:
        return CTRL_C
    except OSError as error:
        return _complain(f"{error.filename or 'The folder'} cannot be written: {error.strerror}.")
    return code if isinstance(code, int) else 0  # --help and --version return nothing


CTRL_C: Final = 130
"""The exit code of a program that Ctrl-C ended: 128 and the number of SIGINT, as in shells."""


def _sentence(error: Exception) -> str:
    if isinstance(error, cyclopts.UnusedCliTokensError):
        return f"Nothing takes {' '.join(error.unused_tokens or ())!r}: leave it out, or see --help."
    return str(error)


def _missing(error: cyclopts.MissingArgumentError) -> str:
    command = " ".join(error.command_chain or ())
    if error.argument and error.argument.name.startswith("--"):
        return f"{error.argument.name} needs a value. See: sanic-actions {command} --help"
    return f"MODULE:APP is missing. Write the command like this: sanic-actions {command} blog.app:app"


def _complain(text: str) -> int:
    sys.stderr.write(f"{text.rstrip()}\n")
    return 2
