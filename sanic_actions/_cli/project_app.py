"""Find where a project makes its Sanic app by reading its sources; nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from .import_lines import source_lines
from .usage_error import UsageError

MAX_FILES: Final = 2_000
"""How many files are searched for an app; in a larger project it has to be named."""

BOM: Final = "\ufeff"
"""The byte order mark of some editors on Windows; ``ast.parse`` refuses it in a string."""

_SKIPPED: Final = frozenset(
    {
        "build",
        "dist",
        "docs",
        "node_modules",
        "site-packages",
        "tests",
        "venv",
    }
)
"""Folders that are not searched for an app, like those whose names begin with a dot."""

_PACKAGE_FILE: Final = "__init__.py"
"""The module that is imported by its folder's name; its own would import it once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectApp:
    """Where a project makes its Sanic app.

    Attributes:
        path: The file, below the folder of the project.
        module: The name of the module.
        variable: The variable that the app is assigned to.
        line: The last line of that assignment, counted from 1.
        indent: The indentation of that line.
        function: The function that commands call for the app; empty for an app at the top of the
            module.
        maker: The function that makes the app; ``function`` may call it.
        needs: The parameters of ``maker`` without a default.
        instance: A variable of the module that holds the result of either function; empty if there
            is none.
        is_returned: Whether ``maker`` returns the app.
        shares_line: Whether other statements share its lines, so that nothing can be inserted right
            after it.
    """

    path: Path
    module: str
    variable: str
    line: int
    indent: str
    function: str
    maker: str
    needs: tuple[str, ...]
    instance: str
    is_returned: bool
    shares_line: bool

    @property
    def target(self) -> str:
        """Its name in other commands: ``MODULE:APP``."""
        return f"{self.module}:{self.instance or self.function or self.variable}"

    @property
    def targets(self) -> tuple[str, ...]:
        """All names by which a command may mean it: its own, and those of both functions."""
        factory = f"{self.module}:{self.function}"
        maker = f"{self.module}:{self.maker}"
        return self.target, factory, maker

    @property
    def package(self) -> str:
        """The package of its module; empty for a module outside of packages."""
        if self.path.name == _PACKAGE_FILE and len(self.path.parts) > 1:
            return self.module
        return self.module.rpartition(".")[0]

    @property
    def is_callable(self) -> bool:
        """Whether commands can get at it: they call functions without arguments only."""
        return bool(self.instance) or not self.needs or self.function != self.maker

    def called(self, target: str | None) -> ProjectApp:
        """Return the same app by the function that a command names, if it can be called."""
        # A module that calls it itself would make the app twice, which Sanic refuses.
        if target == f"{self.module}:{self.maker}" and not self.needs and not self.instance:
            return replace(self, function=self.maker)
        return self


def find_app(folder: Path, target: str | None) -> ProjectApp:
    """Return the app of a project, by its name or as the only one there is.

    Raises:
        UsageError: There is none, there are several, or nothing can be put after the statement that
            makes it.
    """
    mistakes: list[str] = []
    # Bounded by MAX_FILES; syntax errors are told only if no app is there.
    candidates = [app.called(target) for app in _apps(folder, mistakes) if target in (None, *app.targets)]
    apps = [app for app in candidates if app.is_returned or not app.function]
    apps = [app for app in apps if app.is_callable]
    if not apps:
        raise UsageError(_no_app(folder, target, candidates, mistakes))
    if len(apps) > 1:
        names = ", ".join(app.target for app in apps)
        raise UsageError(f"There are several apps: {names}. Name one: sanic-actions init {apps[0].target}")
    _check_line(apps[0])
    return apps[0]


def _no_app(folder: Path, target: str | None, inner: Sequence[ProjectApp], mistakes: Sequence[str]) -> str:
    """Return why there is no app to begin with, and what to do."""
    if inner:
        app = inner[0]
        _check_line(app)
        if app.is_returned:
            return (
                f"{app.path.as_posix()}:{app.line}: {app.maker}() makes an app and needs "
                f"{', '.join(map(repr, app.needs))}, which no command passes. Give a function "
                f"without arguments in that module that ends with: return {app.maker}(...)"
            )
        return (
            f"{app.path.as_posix()}:{app.line}: {app.function}() makes an app and does not return "
            "it, so that no other command can have it. Make the app outside of the function, or in "
            f"a function of its own that ends with: return {app.variable}"
        )
    absence = f"There is no {target or 'Sanic app'} in {folder.name}/"
    if mistakes:
        return f"{absence}, and a module that may make one is not Python: {mistakes[0]}"
    if any("FastAPI(" in read_source(path) for path in islice(_modules(folder), MAX_FILES)):
        return (
            f"{absence}, and there is one of FastAPI, which is moved by hand: see 'From FastAPI "
            "with a generated client' in the guide Migrating. init adds to a Sanic app."
        )
    return (
        f"{absence}: no module there says something like app = Sanic('shop'), by itself or in a "
        "function. Run init in the folder of the project; where the app is made in another way, "
        "begin by hand, as the tutorial does."
    )


def _check_line(app: ProjectApp) -> None:
    if app.shares_line:
        raise UsageError(
            f"{app.path.as_posix()}:{app.line}: the statement that makes the app shares its line "
            "with others, so that nothing can be added after it. Put it on a line of its own, or "
            "begin by hand, as the tutorial does."
        )


def _apps(folder: Path, mistakes: list[str]) -> Iterator[ProjectApp]:
    """Yield the apps that modules make, and add the syntax errors of other modules to a list."""
    for path in islice(_modules(folder), MAX_FILES):
        source = read_source(path)
        # Parsing every file of a large project would take seconds, and most make no app.
        if "Sanic(" not in source:
            continue
        try:
            tree = ast.parse(source.removeprefix(BOM))
        except SyntaxError as error:
            mistakes.append(f"{path.relative_to(folder).as_posix()}:{error.lineno}: {error.msg}")
            continue
        except ValueError:  # NUL bytes
            continue
        yield from _apps_of(tree, path.relative_to(folder), source_lines(source.removeprefix(BOM)))


def _modules(folder: Path) -> Iterator[Path]:
    """Yield the modules below a folder; symbolic links are not followed, so that this ends."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path.name not in _SKIPPED and not path.name.startswith("."):
                yield from _modules(path)
        elif path.suffix == ".py" and path.stem.isidentifier():
            yield path


def _apps_of(tree: ast.Module, path: Path, lines: Sequence[str]) -> Iterator[ProjectApp]:
    places: list[tuple[ast.FunctionDef | None, ast.stmt]] = [(None, statement) for statement in tree.body]
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            places += [(statement, inner) for inner in statement.body]
    for function, statement in places:
        variable = _variable(statement)
        if variable:
            factory = None
            instance = ""
            needs: tuple[str, ...] = ()
            if function is not None:
                factory = _plain_factory(function, tree)
                needs = _needed(function)
                instance = _instance(tree, {function.name, factory.name})
            indent, rest = _beside(statement, lines)
            yield ProjectApp(
                path=path,
                module=_module_name(path),
                variable=variable,
                line=statement.end_lineno or statement.lineno,
                indent=indent,
                function="" if factory is None else factory.name,
                maker="" if function is None else function.name,
                needs=needs,
                instance=instance,
                is_returned=function is not None and _returns(function, variable),
                shares_line=bool(indent.strip()) or not (rest == "" or rest.startswith("#")),
            )


def _plain_factory(function: ast.FunctionDef, tree: ast.Module) -> ast.FunctionDef:
    """Return the function that commands call for an app.

    It is the function itself, or another one without parameters that returns a call of it: Sanic's
    command line passes its own arguments to a function that takes any.
    """
    if ast.unparse(function.args) == "":
        return function
    for other in tree.body:
        if isinstance(other, ast.FunctionDef) and ast.unparse(other.args) == "" and _returns_call(other, function.name):
            return other
    return function


def _needed(function: ast.FunctionDef) -> tuple[str, ...]:
    """Return the parameters of a function that have no default."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = positional[: len(positional) - len(arguments.defaults)]
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            needed.append(argument)
    return tuple(argument.arg for argument in needed)


def _instance(tree: ast.Module, functions: Container[str]) -> str:
    """Return the variable that a module assigns a call of such a function to; else empty."""
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=variable)], value=ast.Call(func=ast.Name(id=name)))
                | ast.AnnAssign(target=ast.Name(id=variable), value=ast.Call(func=ast.Name(id=name)))
            ) if name in functions:
                return variable
            case _:
                pass
    return ""


def _returns_call(function: ast.FunctionDef, name: str) -> bool:
    """Return whether a function returns a call of another one."""
    for node in ast.walk(function):
        match node:
            case ast.Return(value=ast.Call(func=ast.Name(id=called))) if called == name:
                return True
            case _:
                pass
    return False


def _returns(function: ast.FunctionDef, variable: str) -> bool:
    """Return whether a function returns a variable, or passes it to what it returns."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Return):
            continue
        values = [node.value]
        if isinstance(node.value, ast.Call):
            values += node.value.args
        names = [value.id for value in values if isinstance(value, ast.Name)]
        if variable in names:
            return True
    return False


def _beside(statement: ast.stmt, lines: Sequence[str]) -> tuple[str, str]:
    """Return the text before a statement and after it on its lines."""
    # Columns are counted in bytes of UTF-8.
    first_line = lines[statement.lineno - 1].encode()
    last_line = lines[(statement.end_lineno or statement.lineno) - 1].encode()
    before = first_line[: statement.col_offset].decode()
    after = last_line[statement.end_col_offset :].decode()
    return before, after.strip()


def _variable(statement: ast.stmt) -> str:
    """Return the variable that a statement assigns ``Sanic(...)`` to; empty for others."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return ""
    call = statement.value
    if not isinstance(target, ast.Name) or not isinstance(call, ast.Call):
        return ""
    # Sanic("shop"), sanic.Sanic("shop"), or Sanic[Config, Context]("shop").
    function = call.func
    if isinstance(function, ast.Subscript):
        function = function.value
    if ast.unparse(function).rpartition(".")[2] != "Sanic":
        return ""
    return target.id


def _module_name(path: Path) -> str:
    """Return the name by which a file is imported: that of its package for ``__init__.py``."""
    parts = path.with_suffix("").parts
    if path.name == _PACKAGE_FILE and len(parts) > 1:
        parts = parts[:-1]
    return ".".join(_without_src(parts))


def _without_src(parts: tuple[str, ...]) -> tuple[str, ...]:
    if len(parts) > 1 and parts[0] == "src":
        return parts[1:]
    return parts


def read_source(path: Path) -> str:
    """Return the text of a file with its own line ends, to write back; empty if not UTF-8."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except UnicodeDecodeError:
        return ""
