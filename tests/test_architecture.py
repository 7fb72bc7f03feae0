"""The house: which module may import which, what each door loads, and what it promises."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import sanic_actions

ROOT = Path(sanic_actions.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}

# A module imports its own layer and those below it. Words have the standard library only, the model pydantic too.
WORDS = frozenset(
    {
        *(
            "_codes",
            "_definition_error",
            "_door",
            "_doors",
            "_error_facts",
            "_errors",
            "_headers",
            "_issue",
            "_lazy",
            "_literals",
            "_observers",
            "_problem_types",
            "_server_mistakes",
        ),
        "_results",
    }
)
ROOMS = ("server", "client", "codegen")
ENTRY = frozenset({"_checks", "_cli", "_testing", "__main__", "pytest_plugin", "testing"})
LAYERS = {"words": 0, "model": 1, "server": 2, "client": 2, "codegen": 2, "entry": 3}

ONLY_SERVER = ("sanic", "sanic_routing", "sanic_ext", "multipart", "html5tagger", "redis")
ONLY_CLIENT = ("httpx2", "pyqwest")
ONLY_ENTRY = ("cyclopts", "httpx2", "watchfiles")
DOORS = (
    "sanic_actions",
    "sanic_actions.server",
    "sanic_actions.client",
    "sanic_actions.codegen",
    "sanic_actions.generated",
    "sanic_actions.opentelemetry",
    "sanic_actions.testing",
)

HOMES = {"_context": "server"}
"""A module of the server that stands beside the door: checkers of client packages read it, and nothing else of it."""

FIRST_USE = ("pydantic", "pydantic_core", "sanic", "httpx2", "httpx", "pyqwest", "multipart")
SLOW = ("typing_extensions", "dataclasses", "inspect", "urllib.parse", "json", "asyncio")
"""What costs more to import than all that ``import actions`` may cost."""


def layer(module: str) -> str:
    """The name of a module's layer."""
    _, _, inner = module.partition(".")
    part = HOMES.get(inner) or inner.partition(".")[0]
    if part in WORDS or not inner:
        return "words"
    if part in ROOMS:
        return part
    if part == "generated":  # the client's door for code that nobody writes
        return "client"
    return "entry" if part in ENTRY else "model"


def imports(module: str, *, functions: bool = True) -> Iterator[tuple[str, int]]:
    """Every module that a module imports, under TYPE_CHECKING too and inside functions if asked for, with the line."""
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(MODULES[module].read_text())
    for node in ast.walk(tree) if functions else outside_functions(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(
                    [*package.split(".")[: len(package.split(".")) - node.level + 1], *filter(None, [base])]
                )
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield (inner if inner in MODULES else base), node.lineno


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module but for the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from outside_functions(node)


def own_imports(module: str) -> set[str]:
    return {name for name, _ in imports(module) if name in MODULES and name != module}


def test_every_module_is_found() -> None:
    """The table knows the modules of each layer."""
    assert {layer(module) for module in MODULES} >= {"words", "model", "server", "client", "codegen"}
    assert {f"sanic_actions.{word}" for word in WORDS} <= MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """A module imports its own layer and lower ones, typing imports included; the root names are lazy."""
    if module == "sanic_actions":
        pytest.skip("the door resolves its names on first use; what it loads is tested below")
    here = layer(module)
    wrong = [
        f"{MODULES[module]}:{line} imports {name}"
        for name, line in imports(module)
        if name in MODULES
        and name != "sanic_actions"
        and not (layer(name) == here or LAYERS[layer(name)] < LAYERS[here])
    ]

    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_imports_from_outside(module: str) -> None:
    """Only the server imports Sanic and body parsers, only the client an HTTP client, only the entry a CLI library."""
    here = layer(module)
    allowed = {"server": ONLY_SERVER, "client": ONLY_CLIENT, "entry": ONLY_ENTRY}
    for name, line in imports(module):
        top = name.partition(".")[0]
        owners = [owner for owner, names in allowed.items() if top in names]
        assert not owners or here in owners, f"{MODULES[module]}:{line} imports {name}"
        words = {*sys.stdlib_module_names, "sanic_actions", "typing_extensions"}
        assert here != "words" or top in words, f"{MODULES[module]}:{line} imports {name}"


def test_no_circles() -> None:
    """No module imports itself by way of others, not even for typing."""
    graph = {module: own_imports(module) - {"sanic_actions"} for module in MODULES if module != "sanic_actions"}

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for target in sorted(graph[module]):
                # Importing a submodule runs its package first; the package importing the submodule is how a door works.
                walk(target, (*path, module))
            done.add(module)

    done: set[str] = set()
    for module in graph:
        walk(module, ())


PRIVATE = re.compile(r"_(?!_)\w+")
OWN_PRIVATE = r"(?:^ *|def |class |self\.)(_\w+)"
"""What stands before a private name of the library's own: a line's beginning, a definition, an object itself."""

NAMED_TUPLE = {"_asdict", "_field_defaults", "_fields", "_replace"}
"""Public in spite of the underscore: fields may have any other name."""


def private_parts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every private attribute that code asks something else than its own object for, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in ("self", "cls", "super()"):
            name = node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr", "setattr", "attrgetter"):
            name = next((str(arg.value) for arg in node.args if isinstance(arg, ast.Constant) and arg.value), "")
        else:
            continue
        if PRIVATE.fullmatch(name):
            yield name, node.lineno


def test_private_parts_of_sanic() -> None:
    """One file touches private parts of Sanic, so that an upgrade can break one file only."""
    sources = {module: path.read_text() for module, path in MODULES.items()}
    own = set(re.findall(OWN_PRIVATE, "\n".join(sources.values()), re.MULTILINE))
    host = "sanic_actions.server._host"
    foreign = {
        module: [part for part in private_parts(ast.parse(text)) if part[0] not in own | NAMED_TUPLE]
        for module, text in sources.items()
        if layer(module) == "server" or "._testing" in module
    }

    assert {"_ctx", "_future_routes", "_startup"} <= {name for name, _ in foreign.pop(host)}
    assert {module: parts for module, parts in foreign.items() if parts} == {}


def loaded(statement: str) -> set[str]:
    """The modules that an interpreter has after a statement, beyond those that it starts with."""
    start = f"import sys; sys.path.insert(0, {str(ROOT.parent)!r}); before = set(sys.modules)"
    code = f"{start}; {statement}\nprint(*sys.modules.keys() - before)"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import sanic_actions",
        "import sanic_actions.client",
        "from sanic_actions import ActionError, CallError, Err, InputError, Issue, Ok, Redirect, Result",
        "from sanic_actions.client import Client, AsyncClient, call, raises, Calls, Sync, Async",
    ],
)
def test_doors_that_open_fast(statement: str) -> None:
    """Words and clients load neither pydantic, Sanic, an HTTP client nor slow modules."""
    found = loaded(statement)

    assert found & {*FIRST_USE, *SLOW} == set()
    assert "sanic_actions" in found


def test_what_checkers_read() -> None:
    """Who checks a client package reads no HTTP client and no event loop: more than all the rest, for no one's use."""
    reached, todo, outside = (
        set[str](),
        ["sanic_actions", "sanic_actions.client", "sanic_actions.generated"],
        set[str](),
    )
    while todo:
        module = todo.pop()
        reached.add(module)
        found = {name for name, _ in imports(module, functions=False)}
        todo += [name for name in found if name in MODULES and name not in reached]
        outside |= found - MODULES.keys()

    assert "sanic_actions._actions" in reached
    assert [module for module in reached if module.startswith("sanic_actions.server")] == []
    assert "pydantic" in outside
    assert outside & {"httpx2", "pyqwest", "asyncio", "shutil", "socket", "logging"} == set()


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import sanic_actions._namespace, sanic_actions._wire, sanic_actions._actions", {"sanic", "httpx2"}),
        ("import sanic_actions.codegen", {"sanic", "httpx2"}),
        ("import sanic_actions.contract", {"sanic", "httpx2"}),
        ("import sanic_actions.client._skew", {"sanic", "httpx2"}),
        ("from sanic_actions._cli import commands", {"sanic", "multipart", "html5tagger", "httpx2", "watchfiles"}),
        ("import sanic_actions.server", {"httpx2"}),
        ("from sanic_actions import Guard, Injected, Limits, Namespace, Problem, action, define_action", {"sanic"}),
    ],
)
def test_rooms_without_their_neighbours(statement: str, absent: set[str]) -> None:
    """The model loads neither Sanic nor an HTTP client, the generator neither, the server no HTTP client."""
    paths = [path for path in sys.path if path.endswith("site-packages")]

    found = loaded(f"sys.path += {paths!r}; {statement}")

    assert found & absent == set()


@pytest.mark.parametrize("door", DOORS)
def test_door_exports(door: str) -> None:
    """Each door exports what its sorted ``__all__`` says, and each name exists."""
    module = importlib.import_module(door)

    assert list(module.__all__) == sorted(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert set(module.__all__) <= set(dir(module))


def test_root_exports() -> None:
    """The root exports the names of the contract, and no other."""
    names = "Accept Action ActionContext ActionError ApiKey Bearer CallError Code DefinitionError Download Err"
    names += " Event Guard Injected InputError Interceptor Issue Limits MaxBytes Namespace Ok Problem Proceed Redirect"
    names += " Result SessionCookie UploadedFile"
    names += " action define_action"

    assert sanic_actions.__all__ == names.split()
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = sanic_actions.nonsense  # type: ignore[attr-defined]  # the mistake under test


def test_context_of_the_root() -> None:
    """A module of actions needs the root only: the context is the server's, and comes with it on first use."""
    from sanic_actions.server import ActionContext

    assert sanic_actions.ActionContext is ActionContext


MISSING = """
import importlib.abc, sys
class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Without())
sys.modules.pop({name!r}, None)
try:
    {statement}
except ModuleNotFoundError as error:
    print(error.name, error)
"""


@pytest.mark.parametrize("name", ["sanic", "html5tagger", "multipart"])
@pytest.mark.parametrize(
    "statement",
    [
        "from sanic_actions.server import ActionsBlueprint",
        "import sanic_actions.server",
        "from sanic_actions import ActionContext",
    ],
)
def test_server_without_its_extra(name: str, statement: str) -> None:
    """What needs the server says which extra is missing, and how to install it."""
    code = MISSING.format(name=name, statement=statement)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.startswith(f"{name} sanic_actions.server needs {name!r}, which is not installed.")
    assert "pip install 'sanic-actions[server]'" in run.stdout


def public_members(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name in module.__all__:
        member = getattr(module, name)
        if inspect.isclass(member) or inspect.isfunction(member):
            yield name, member
        if inspect.isclass(member):
            yield from (
                (f"{name}.{attribute}", value)
                for attribute, value in vars(member).items()
                if inspect.isfunction(value) and not attribute.startswith("_")
            )


@pytest.mark.parametrize("door", DOORS)
def test_door_hints(door: str) -> None:
    """``typing.get_type_hints`` works on every public class, function and method: annotations are true at run time."""
    wrong = []
    for name, member in public_members(importlib.import_module(door)):
        try:
            typing.get_type_hints(member)
        except NameError as error:
            wrong.append(f"{name}: {error}")

    assert wrong == []


def test_no_module_without_a_name() -> None:
    """No module is called utils, helpers, common, misc or base."""
    names = {name.rpartition(".")[2].lstrip("_") for _, name, _ in pkgutil.walk_packages([str(ROOT)], "sanic_actions.")}

    assert names & {"utils", "helpers", "common", "misc", "base"} == set()


def test_records_that_name_an_action_have_it_as_an_attribute() -> None:
    """A log that an app reads by attributes finds the action of each line that speaks of one."""
    names = ("endpoint.name", "call.name", "context.name", "self._endpoint.name")
    lacking = []
    for path in sorted((ROOT / "server").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger."):
                is_named = any(ast.unparse(argument) in names for argument in node.args)
                if is_named and not any(keyword.arg == "extra" for keyword in node.keywords):
                    lacking.append(f"{path.name}:{node.lineno}")

    assert lacking == []


@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
@pytest.mark.parametrize("package", ["sanic_actions", "sanic_actions.server"])
def test_who_asks_for_a_client_is_led_to_the_generated_package(package: str, name: str) -> None:
    """An import of a client from a door of the library names the package that an app's client is in."""
    with pytest.raises(ImportError, match=f"from actions import {name}") as caught:
        getattr(importlib.import_module(package), name)

    assert f"Write: from sanic_actions.client import {name}" in str(caught.value)


@pytest.mark.parametrize("module", MODULES)
def test_import_errors_name_what_is_missing(module: str) -> None:
    """Each ImportError has the name of a module: what imports an app, as Sanic's command line does, reads it."""
    calls = [node for node in ast.walk(ast.parse(MODULES[module].read_text())) if isinstance(node, ast.Call)]
    errors = [call for call in calls if ast.unparse(call.func) in ("ImportError", "ModuleNotFoundError")]

    assert [call.lineno for call in errors if "name" not in [keyword.arg for keyword in call.keywords]] == []
