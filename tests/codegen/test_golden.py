"""What is generated, byte for byte, and that its two halves say the same."""

from __future__ import annotations

import ast
import functools
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from codegen import golden
from pydantic import RootModel

from sanic_actions.generated import uncomputed

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("name", golden.NAMES)
def test_generated_package_is_the_golden_one(name: str) -> None:
    """The output changes only on purpose: `python -m tests.codegen.golden` writes the packages anew."""
    assert golden.texts(name) == golden.kept(name)


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_generated_bytes_do_not_depend_on_the_hash_seed(seed: str) -> None:
    """The same actions give the same bytes in every process."""
    code = (
        "from codegen import golden; print(*[name for name in golden.NAMES if golden.texts(name) != golden.kept(name)])"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TESTS, env=env, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.stdout == "\n", done.stderr


def signatures(text: str) -> dict[str, tuple[list[str], dict[str, str | None]]]:
    """Qualified name to parameters in order with kinds, and their defaults."""
    found: dict[str, tuple[list[str], dict[str, str | None]]] = {}

    def visit(node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{path}{child.name}.")
            elif isinstance(child, ast.With):
                visit(child, path)
            elif isinstance(child, ast.FunctionDef) and is_declaration(child):
                a = child.args
                order = [*(f"{x.arg}/" for x in a.posonlyargs), *(x.arg for x in a.args)]
                order += [f"{x.arg}=" for x in a.kwonlyargs] + [f"**{x.arg}" for x in filter(None, [a.kwarg])]
                pairs = zip(a.kwonlyargs, a.kw_defaults, strict=True)
                found[path + child.name] = order, {x.arg: None if d is None else ast.unparse(d) for x, d in pairs}

    visit(ast.parse(text), "")
    return found


def is_declaration(function: ast.FunctionDef) -> bool:
    """Whether this is an action, and neither a method of Python's or pydantic's nor a computed field."""
    is_property = any(ast.unparse(decorator).endswith("property") for decorator in function.decorator_list)
    return not function.name.startswith(("__", "model_post_init")) and not is_property


def fields(text: str) -> dict[str, list[str]]:
    """Class to the names of its fields, without computed ones, which a stub has as properties."""
    classes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
    return {
        cls.name: [
            node.target.id
            for node in cls.body
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and not node.target.id.startswith("__")
            and "uncomputed" not in ast.unparse(node)
        ]
        for cls in classes
    }


@pytest.mark.parametrize("name", golden.NAMES)
def test_stub_constructors_are_those_of_the_models(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each model of a stub is built from the fields of the class, and those without a default are required."""
    monkeypatch.syspath_prepend(golden.PACKAGES)
    for stub in (path for path in golden.texts(name) if path.endswith(".pyi") and "/models/" in path):
        module: Any = importlib.import_module(stub.removesuffix(".pyi").removesuffix("/__init__").replace("/", "."))
        for path, node in constructors(golden.texts(name)[stub]).items():
            built = functools.reduce(getattr, path.split("."), module)
            shown = {a.arg: d is None for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)}
            known = {n: info.is_required() for n, info in built.model_fields.items() if not is_computed(info)}
            if not issubclass(built, RootModel):
                assert shown == known, path


def is_computed(info: Any) -> bool:
    return info.default_factory is uncomputed


def constructors(text: str) -> dict[str, ast.arguments]:
    """Qualified name of a model to the parameters of its constructor."""
    found: dict[str, ast.arguments] = {}

    def visit(node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{path}.{child.name}")
            elif isinstance(child, ast.FunctionDef) and child.name == "__init__":
                found[path.removeprefix(".")] = child.args

    visit(ast.parse(text), "")
    return {path: args for path, args in found.items() if "__dataclass_self__" not in {a.arg for a in args.args}}


@pytest.mark.parametrize("name", golden.NAMES)
def test_stub_and_module_declare_the_same(name: str) -> None:
    """Each pair has the same classes, fields, signatures and defaults; only an enum's default is `...` at run time."""
    files = golden.texts(name)
    stubs = [path for path in files if path.endswith(".pyi")]
    assert stubs

    for stub in stubs:
        run_time, shown = files[stub[:-1]], files[stub]
        assert fields(run_time) == fields(shown), stub
        here, there = signatures(run_time), signatures(shown)
        assert here.keys() == there.keys(), stub
        for function, (order, defaults) in there.items():
            assert here[function][0] == order, function
            for parameter, default in defaults.items():
                at_run_time = here[function][1][parameter]
                is_member = default is not None and default.startswith("_models_")
                assert at_run_time == ("..." if is_member else default), f"{function}({parameter})"
