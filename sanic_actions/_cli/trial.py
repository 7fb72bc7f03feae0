"""Import a package in a child process before any of its files is put in place.

In this process, modules that the command has loaded would hide an import that the package lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .usage_error import UsageError

TIMEOUT: Final = 300.0
"""Seconds that importing a package may take; 2,000 models take one."""


def try_import(package: str, texts: Mapping[str, str]) -> None:
    """Import all modules of a package, build its models and parse its stubs, in a child process.

    Raises:
        UsageError: It cannot be imported; the message has the traceback.
    """
    with tempfile.TemporaryDirectory(prefix="sanic-actions-") as folder:
        modules = _put(Path(folder), package, texts)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *_paths()])}
        # pydantic would read the metadata of all that is installed, in search of plugins: 20 ms.
        environment["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
        # Without -P the current folder would come first, which may hold the package as it was. -B
        # leaves out bytecode, which would go with the folder.
        command = [sys.executable, "-P", "-B", "-c", _PROGRAM, str(Path(folder, package)), *modules]
        trial = subprocess.run(  # Python itself, with names of modules
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
        if trial.returncode != 0:
            reason = trial.stderr.strip().replace(f"{folder}{os.sep}", "") or f"exit code {trial.returncode}"
            raise UsageError(
                f"The package {package!r} cannot be imported, so nothing was written:\n\n{reason}\n\n"
                "This is a fault of sanic-actions, not of your app. Until it is mended, rename what is named last."
            )


def _paths() -> list[str]:
    """Return where modules are imported from: Python's folders, then the app's for shared ones.

    In this order, since a module of the app with the name of one of Python's would break the
    package's own imports.
    """
    folders = {os.path.normpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    folders |= {os.path.join(folder, "lib-dynload") for folder in folders}  # noqa: PTH118  # as sys.path has it
    paths = list(filter(None, sys.path))
    # Sorting is stable: Python's folders come first, and the others keep their order.
    return sorted(paths, key=lambda path: os.path.normpath(path) not in folders)


def _put(folder: Path, package: str, texts: Mapping[str, str]) -> list[str]:
    """Write the modules and stubs of a package and return the names of the modules."""
    modules: list[str] = []
    for path, text in texts.items():
        if not (path.startswith(f"{package}/") and path.endswith((".py", ".pyi"))):
            continue
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if path.endswith(".py"):
            modules.append(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    return modules


# Models that name classes further down are completed here, and a name that leads nowhere fails.
# Speed: annotations are strings, and the 9,000 of 2,000 models are a few dozen different ones;
# compiling each once saves a seventh of the time. os._exit() saves another, since nothing is torn
# down. What is left is pydantic's work, 0.4 ms a model, and 0.1 s to compile the modules.
_PROGRAM: Final = """
import builtins, functools, gc, importlib, os, pathlib, sys, typing
from symtable import symtable
gc.disable()
typing.compile = functools.cache(builtins.compile)
def complete(holder, module):
    for value in list(vars(holder).values()):
        if isinstance(value, type) and value.__module__ == module and value is not holder:
            if hasattr(value, 'model_rebuild'):
                value.model_rebuild()
            complete(value, module)
for stub in sorted(pathlib.Path(sys.argv[1]).rglob('*.pyi')):
    symtable(stub.read_text('utf-8'), str(stub), 'exec')  # raises for what is not Python, sooner than compile() would
for name in sys.argv[2:]:
    complete(importlib.import_module(name), name)
sys.stderr.flush()
os._exit(0)
"""
