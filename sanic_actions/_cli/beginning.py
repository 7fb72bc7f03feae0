"""``init``: what an existing Sanic project lacks to serve its first action, shown before any of it is written."""

from __future__ import annotations

import ast
import importlib.util
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Final

from .import_lines import ACTIONS_MODULE, ImportLines
from .pytest_paths import other_file, roots, with_path
from .target import UsageError

MAX_FILES: Final = 2_000
"""How many files are looked through for an app; whoever has more names it."""

_SKIPPED: Final = frozenset({"build", "dist", "docs", "node_modules", "site-packages", "tests", "venv"})
"""Folders that hold no app of the project, beside those whose name begins with a dot."""

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

from actions import Client
from {module} import {name}


def test_greet() -> None:
    with local({app}, Client) as client:
        assert client.greet(name="Ada") == "Hello, Ada!"
'''

WORKFLOW: Final = """name: actions
on: [push, pull_request]
jobs:
  actions:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - run: pip install {requirements}
      - run: sanic-actions check
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundApp:
    """Where a project makes its Sanic app.

    Attributes:
        path: The file, below the folder of the project.
        module: The module that it is.
        variable: What the app is assigned to.
        line: The last line of that assignment, counted from 1.
        indent: What that line begins with.
        function: The function that makes the app; empty for one of the module itself.
    """

    path: Path
    module: str
    variable: str
    line: int
    indent: str
    function: str

    @property
    def target(self) -> str:
        """What other commands call it."""
        return f"{self.module}:{self.function or self.variable}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A file with what it is to hold, and what it holds today; empty for a new one."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """Return the difference as a patch."""
        old = "/dev/null" if not self.before else f"a/{self.path.as_posix()}"
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            old,
            f"b/{self.path.as_posix()}",
        )
        return "".join(map(_whole_line, lines))


def _whole_line(line: str) -> str:
    """Return a line of a patch with its end; the last line of a file may lack it."""
    if line.endswith("\n"):
        return line
    return f"{line}\n"


def find_app(folder: Path, target: str | None) -> FoundApp:
    """Return the app of a project, by its name or as the only one there is.

    Raises:
        UsageError: There is none, or there are several.
    """
    apps = [app for app in _apps(folder) if target in (None, app.target)]
    if not apps:
        raise UsageError(
            f"There is no {target or 'Sanic app'} in {folder.name}/: no module there says something like "
            "app = Sanic('shop'), by itself or in a function. Run init in the folder of the project; where the app is "
            "made in another way, begin by hand, as the tutorial does."
        )
    if len(apps) > 1:
        names = ", ".join(app.target for app in apps)
        raise UsageError(f"There are several apps: {names}. Name one: sanic-actions init {apps[0].target}")
    return apps[0]


def additions(folder: Path, app: FoundApp) -> list[Addition]:
    """Return what the project lacks.

    Raises:
        UsageError: A file that would be new is there already, or the app serves actions.
    """
    source = _read(folder / app.path)
    if "ActionsBlueprint" in source:
        raise UsageError(f"{app.path.as_posix()} serves actions already, so there is nothing to begin.")
    package = app.module.rpartition(".")[0]
    actions_module = f"{package}.{ACTIONS_MODULE}" if package else ACTIONS_MODULE
    call = f"{app.function}()" if app.function else app.variable
    test = TEST.format(module=app.module, name=app.function or app.variable, app=call)
    files = [
        (app.path.with_name(f"{ACTIONS_MODULE}.py"), ACTIONS),
        (Path("tests/test_actions.py"), test),
    ]
    if (folder / ".github").is_dir():
        workflow = WORKFLOW.format(requirements=_requirements(folder))
        files.append((Path(".github/workflows/actions.yml"), workflow))
    for path, _ in files:
        if (folder / path).exists():
            raise UsageError(
                f"{path.as_posix()} is there already, so nothing was written. Rename it, or begin by hand."
            )
    return [
        Addition(path=app.path, before=source, after=_serving(source, app, actions_module, folder)),
        _settings(folder, app.target),
        *(Addition(path=path, before="", after=text) for path, text in files),
    ]


def _requirements(folder: Path) -> str:
    """Return what pip installs in CI."""
    words = ['"sanic-actions[server]"']
    pyproject = folder / "pyproject.toml"
    if (folder / "requirements.txt").exists():
        words = ["-r requirements.txt", *words]
    elif pyproject.exists() and "[project]" in _read(pyproject):
        words = ["-e .", *words]
    return " ".join(words)


def write_all(folder: Path, changes: Sequence[Addition]) -> None:
    """Write every file, or none where one cannot be written."""
    additions: list[Addition] = []
    try:
        for change in changes:
            path = folder / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            additions.append(change)
            path.write_text(change.after, encoding="utf-8")
    except BaseException:
        for change in additions:
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
    """Return whether the person at the terminal wants that to be written; False where nobody can be asked."""
    if not sys.stdin.isatty():
        sys.stderr.write("Nothing was written. Write it with: sanic-actions init --yes\n")
        return False
    sys.stderr.write("Write this? [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()
    return answer in ("y", "yes")


def _apps(folder: Path) -> Iterator[FoundApp]:
    for path in islice(_modules(folder), MAX_FILES):
        source = _read(path)
        if "Sanic(" not in source:
            continue
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        yield from _apps_of(tree, path.relative_to(folder), source.splitlines())


def _modules(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path.name not in _SKIPPED and not path.name.startswith("."):
                yield from _modules(path)
        elif path.suffix == ".py" and path.stem.isidentifier():
            yield path


def _apps_of(tree: ast.Module, path: Path, lines: Sequence[str]) -> Iterator[FoundApp]:
    places: list[tuple[str, ast.stmt]] = [("", statement) for statement in tree.body]
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            places += [(statement.name, inner) for inner in statement.body]
    for function, statement in places:
        variable = _variable(statement)
        if variable:
            line = statement.end_lineno or statement.lineno
            indent = lines[statement.lineno - 1][: statement.col_offset]
            module = ".".join(_without_src(path.with_suffix("").parts))
            yield FoundApp(path=path, module=module, variable=variable, line=line, indent=indent, function=function)


def _variable(statement: ast.stmt) -> str:
    """Return what a statement assigns ``Sanic(...)`` to; empty for any other statement."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return ""
    call = statement.value
    if not isinstance(target, ast.Name) or not isinstance(call, ast.Call):
        return ""
    function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return target.id if name == "Sanic" else ""


def _without_src(parts: tuple[str, ...]) -> tuple[str, ...]:
    if len(parts) > 1 and parts[0] == "src":
        return parts[1:]
    return parts


def _serving(source: str, app: FoundApp, actions_module: str, folder: Path) -> str:
    """Return the module of an app with the lines that serve the actions."""
    if "server" in set(_names(ast.parse(source))):
        raise UsageError(f"{app.path.as_posix()} has something called 'server' already, so nothing was written.")
    module = ImportLines(source, folder)
    newline = "\r\n" if source.partition("\n")[0].endswith("\r") else "\n"
    if not module.lines[app.line - 1].endswith("\n"):
        module.lines[app.line - 1] += newline
    module.lines.insert(app.line, f"{app.indent}{app.variable}.blueprint(ActionsBlueprint(server)){newline}")
    module.add("sanic_actions.server", "ActionsBlueprint")
    module.add(actions_module, "server")
    return "".join(module.lines)


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield what a module gives names to, at any depth."""
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


def _settings(folder: Path, target: str) -> Addition:
    path = Path("pyproject.toml")
    source = _read(folder / path) if (folder / path).exists() else ""
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"pyproject.toml is not TOML: {error}.") from None
    if "sanic-actions" in tables.get("tool", {}):
        raise UsageError("pyproject.toml has [tool.sanic-actions] already, so there is nothing to begin.")
    text = f'[tool.sanic-actions]\napp = "{target}"\n'
    if source:
        text = f"{source.rstrip()}\n\n{text}"
    if not other_file(folder):
        text = with_path(text, tables, folder)
    return Addition(path=path, before=source, after=text)


def next_commands(folder: Path, app: FoundApp) -> Iterator[str]:
    """Yield what to do after the files have been written, a line each."""
    package = app.module.partition(".")[0]
    is_below_src = app.path.parts[0] == "src"
    environment = ""
    if is_below_src and importlib.util.find_spec(package) is None:
        if "[project]" in _read(folder / "pyproject.toml"):
            yield "pip install -e ."
        else:
            environment = "PYTHONPATH=src "
    yield f"{environment}sanic-actions generate"
    yield f"{environment}python -m pytest tests/test_actions.py"
    name = other_file(folder)
    if name:
        yield f"for plain pytest, add to {name}: pythonpath = {' '.join(roots(folder))}"


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except UnicodeDecodeError:
        return ""
