"""Configure ``pythonpath``, with which plain ``pytest`` finds the app and its client package.

``python -m pytest`` finds them by itself, as it puts the current folder on the path.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_TABLES: Final = (("ini_options", "tool.pytest.ini_options"), ("", "tool.pytest"))
"""Where pytest reads its settings in pyproject.toml: the older table, and that of pytest 9."""

# pytest.ini counts even if it is empty, the other two by their section.
_FILES: Final = {
    "pytest.ini": "",
    ".pytest.ini": "",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
"""Other files with pytest's settings, each with the section that makes it one."""


def roots(folder: Path) -> list[str]:
    """Return the folders that modules of the project are imported from."""
    if (folder / "src").is_dir():
        return [".", "src"]
    return ["."]


def other_file(folder: Path) -> str:
    """Return the file whose pytest settings replace pyproject.toml's; empty without one."""
    for name, section in _FILES.items():
        path = folder / name
        if path.is_file() and section in path.read_text(encoding="utf-8", errors="replace"):
            return name
    return ""


def with_path(source: str, tables: Mapping[str, Any], folder: Path) -> str:
    """Return pyproject.toml with the setting; unchanged if it is set, or cannot be added as a line.

    Args:
        source: The text of the file.
        tables: What that says.
        folder: The folder of the project.
    """
    line = f"pythonpath = {json.dumps(roots(folder))}\n"
    settings = tables.get("tool", {}).get("pytest")
    if settings is None:
        return f"{source}\n[tool.pytest.ini_options]\n{line}"
    for key, name in _TABLES:
        if "pythonpath" in (settings.get(key, {}) if key else settings):
            return source
        head = re.compile(rf"^\[\s*{name.replace('.', '[.]')}\s*\][^\n]*\n", re.MULTILINE)
        longer = head.sub(lambda match: f"{match[0]}{line}", source, count=1)
        if longer != source and _is_toml(longer):
            return longer
    return source


def _is_toml(source: str) -> bool:
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return False
    return True
