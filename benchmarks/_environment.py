"""The environment of who calls actions: this package, what it needs, and nothing else.

Checkers read what pydantic imports where it is installed, such as email-validator and all that imports in turn: what
the benchmarks and tests need would be counted as ours.
"""

from __future__ import annotations

import venv
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def make(folder: Path) -> Path:
    """Make the environment, of links to what is installed here, and give its interpreter."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "sanic_actions").symlink_to(ROOT / "sanic_actions")
    for name in _needed("sanic-actions", set()):
        for top, home in _contents(name).items():
            if not (site / top).exists():
                (site / top).symlink_to(home)
    return folder / "bin" / "python"


def _needed(name: str, found: set[str]) -> set[str]:
    """The distributions that one needs to be installed, without extras."""
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(requirement.name)
        _needed(requirement.name, found)
    return found


def _contents(name: str) -> dict[str, Path]:
    """What a distribution has put beside others, by its name there."""
    files = distribution(name).files or ()
    tops = {file.parts[0]: file for file in files if file.parts[0] != ".."}
    return {top: Path(str(file.locate())).parents[len(file.parts) - 1] / top for top, file in tops.items()}
