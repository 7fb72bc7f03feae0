"""``init``: add a first action to an existing Sanic project, after showing every change."""

from __future__ import annotations

import ast
import importlib.util
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

from .import_lines import ACTIONS_MODULE, ImportLines, source_lines
from .package_name import DEFAULT_PACKAGE, free_package
from .project_app import BOM, ProjectApp, read_source
from .project_tools import (
    CHECK,
    is_installable,
    missing_dependency,
    setuptools_setting,
    with_dependency,
)
from .pytest_paths import other_file, roots, with_path
from .usage_error import UsageError
from .workflow import needs_path, workflow, workflow_path

ACTIONS: Final = '''"""The actions of this app: functions that callers call by their names, with their types."""

from sanic_actions import Namespace, action


@action
def greet(name: str) -> str:
    """Greet somebody.

    Args:
        name: Who is greeted.
    """
    return f"Hello, {name}!"


server = Namespace(greet=greet)
'''

TEST: Final = '''"""The actions, called as their callers call them, without a socket."""

from sanic_actions.testing import local

{imports}


def test_greet() -> None:
    with local({app}, Client) as client:
        assert client.greet(name="Ada") == "Hello, Ada!"
'''

SETTINGS: Final = Path("pyproject.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A file with its text before and after; ``before`` is empty for a new file."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """Return the difference as a patch."""
        old = f"a/{self.path.as_posix()}"
        if not self.before:
            old = "/dev/null"
        lines = unified_diff(
            source_lines(self.before),
            source_lines(self.after),
            old,
            f"b/{self.path.as_posix()}",
        )
        return "".join(map(_whole_line, lines))


def _whole_line(line: str) -> str:
    """Return a line of a patch with a line break, which the last line of a file may lack."""
    if line.endswith("\n"):
        return line
    return f"{line}\n"


def additions(folder: Path, app: ProjectApp) -> list[Addition]:
    """Return the files to write, new ones and changed ones.

    Raises:
        UsageError: A file that would be new exists already, or the app serves actions.
    """
    source = read_source(folder / app.path)
    tables = _tables(folder)
    if "ActionsBlueprint" in source:
        raise UsageError(f"{app.path.as_posix()} serves actions already, so there is nothing to begin.")
    actions_module = f"{app.package}.{ACTIONS_MODULE}" if app.package else ACTIONS_MODULE
    package = client_package(folder)
    files = [
        (app.path.with_name(f"{ACTIONS_MODULE}.py"), ACTIONS),
        (_test_path(package), _test(app, package)),
    ]
    if (folder / ".github").is_dir():
        files.append((workflow_path(folder), workflow(folder, tables, app)))
    for path, _ in files:
        if (folder / path).exists():
            raise UsageError(
                f"{path.as_posix()} is there already, so nothing was written. Rename it, or begin by hand."
            )
    return [
        Addition(path=app.path, before=source, after=_serving(source, app, actions_module, folder)),
        _settings(folder, app, package, tables),
        *(Addition(path=path, before="", after=text) for path, text in files),
    ]


def client_package(folder: Path) -> str:
    """Return a name for the client package that no module of the project has."""
    return free_package([folder / root for root in roots(folder)])


def _test_path(package: str) -> Path:
    return Path(f"tests/test_{package}.py")


def _test(app: ProjectApp, package: str) -> str:
    """Return the text of the first test, with its imports in the order of their modules."""
    name = app.instance or app.function or app.variable
    call = name
    if app.function and not app.instance:
        call = f"{name}()"
    imports = sorted([f"from {package} import Client", f"from {app.module} import {name}"])
    return TEST.format(imports="\n".join(imports), app=call)


def write_all(folder: Path, changes: Sequence[Addition]) -> None:
    """Write all files, or none if one of them cannot be written."""
    attempts: list[Addition] = []
    try:
        for change in changes:
            path = folder / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            attempts.append(change)  # before it is written: half a file is undone too
            path.write_text(change.after, encoding="utf-8")
    except BaseException:  # Ctrl-C too
        for change in attempts:
            _undo(folder / change.path, change.before)
        raise


def _undo(path: Path, before: str) -> None:
    if before:
        path.write_text(before, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def show(changes: Sequence[Addition]) -> None:
    """Print the differences."""
    for change in changes:
        sys.stdout.write(change.diff())


def agreed() -> bool:
    """Ask at the terminal whether to write it; False without a terminal."""
    if not sys.stdin.isatty():  # in CI a question would wait for ever
        sys.stderr.write("Nothing was written. Write it with: sanic-actions init --yes\n")
        return False
    sys.stderr.write("Write this? [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    return answer in ("y", "yes")


def _serving(source: str, app: ProjectApp, actions_module: str, folder: Path) -> str:
    """Return the module of an app with the lines that serve the actions."""
    mark = BOM if source.startswith(BOM) else ""
    source = source.removeprefix(BOM)
    # At any depth: a local variable of that name would hide the import in its function.
    if "server" in set(_names(ast.parse(source))):
        raise UsageError(f"{app.path.as_posix()} has something called 'server' already, so nothing was written.")
    module = ImportLines(source, folder)
    newline = "\r\n" if source.partition("\n")[0].endswith("\r") else "\n"
    if not module.lines[app.line - 1].endswith("\n"):
        module.lines[app.line - 1] += newline
    # Before the imports, which move the lines below them.
    module.lines.insert(app.line, f"{app.indent}{app.variable}.blueprint(ActionsBlueprint(server)){newline}")
    module.add("sanic_actions.server", "ActionsBlueprint")
    module.add(actions_module, "server")
    return mark + "".join(module.lines)


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module binds, at any depth."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=alias):
                yield alias or name
            case _:
                pass


def _tables(folder: Path) -> dict[str, Any]:
    """Return what pyproject.toml says; nothing where there is none."""
    path = folder / SETTINGS
    try:
        return tomllib.loads(read_source(path)) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"pyproject.toml is not TOML: {error}.") from None


def _settings(folder: Path, app: ProjectApp, package: str, tables: Mapping[str, Any]) -> Addition:
    source = read_source(folder / SETTINGS) if (folder / SETTINGS).exists() else ""
    if "sanic-actions" in tables.get("tool", {}):
        raise UsageError("pyproject.toml has [tool.sanic-actions] already, so there is nothing to begin.")
    before = source
    source = with_dependency(source, folder, tables)
    text = f'[tool.sanic-actions]\napp = "{app.target}"\n'
    if package != DEFAULT_PACKAGE:
        text += f'package = "{package}"\n'
    if source:
        text = f"{source.rstrip()}\n\n{text}"
    # pytest reads a single file: beside a pytest.ini the setting would have no effect.
    if not other_file(folder):
        text = with_path(text, tables, folder)
    text += setuptools_setting(folder, tables, app)
    return Addition(path=SETTINGS, before=before, after=text)


def next_commands(folder: Path, app: ProjectApp) -> Iterator[str]:
    """Yield the commands to run once the files are written."""
    tables = _tables(folder)
    test = _test_path(tables["tool"]["sanic-actions"].get("package", DEFAULT_PACKAGE))
    dependency = missing_dependency(folder, tables)
    if dependency:
        yield dependency
    top = app.module.partition(".")[0]
    is_below_src = app.path.parts[0] == "src"
    environment = ""
    if is_below_src and importlib.util.find_spec(top) is None:
        if is_installable(folder, tables):
            yield "pip install -e ."
        else:
            environment = "PYTHONPATH=src "
    yield f"{environment}sanic-actions generate"
    yield f"{environment}python -m pytest {test.as_posix()}"
    name = other_file(folder)
    if name:
        yield f"for plain pytest, add to {name}: pythonpath = {' '.join(roots(folder))}"


def notes(folder: Path, app: ProjectApp) -> Iterator[str]:
    """Yield what to know after the first steps, a line each."""
    environment = ""
    if needs_path(folder, _tables(folder), app):
        environment = "PYTHONPATH=src "
    yield f"In CI: {environment}{CHECK}"
    yield (
        f"{app.module} imports the actions. Before an action needs what {app.module} defines, such "
        "as a connection, move that into a module of its own and import it from there."
    )
