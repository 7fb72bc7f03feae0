"""Client packages that are generated for a test and imported under a name of their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from sanic_actions._namespace import entries
from sanic_actions.codegen._package import generate_entries
from sanic_actions.contract import Lock, describe, locked

_NUMBERS = count()


def package(folder: Path, tree: Mapping[str, object], lock: Lock | None = None) -> Any:
    """Generate the package of some actions into a folder and import it."""
    name = f"client_{next(_NUMBERS)}"
    for path, text in generate_entries(entries(tree), package=name, lock=lock).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(name)
        if (folder / name / "models").is_dir():
            importlib.import_module(f"{name}.models")
        return module
    finally:
        sys.path.remove(str(folder))


def lock_of(tree: Mapping[str, object], previous: Lock | None = None) -> Lock:
    """Return the lock of some actions, after the one before it."""
    return locked("shop", describe(entries(tree)), previous)
