"""The workflow for GitHub that ``init`` writes, with the Python and variables of the others.

YAML is read by its lines: the command line does without a parser of it, and what is not seen is
left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from .project_app import ProjectApp, read_source
from .project_tools import ci_commands, installs_project

_HEAD: Final = """name: actions
on: [push, pull_request]
jobs:
  actions:
    runs-on: ubuntu-latest
"""

_STEPS: Final = """    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.{minor}"
"""

_MINORS: Final = (13, 12, 11, 14)
"""The versions of Python 3 to check a project with that names none: the first it allows."""

_OLDEST: Final = min(_MINORS)

_WORKFLOWS: Final = Path(".github/workflows")


def workflow_path(folder: Path) -> Path:
    """Return where the workflow goes: beside one that has the first name already, under another."""
    path = _WORKFLOWS / "actions.yml"
    other_path = _WORKFLOWS / "sanic-actions.yml"
    if (folder / path).exists() and not (folder / other_path).exists():
        return other_path
    return path


def workflow(folder: Path, tables: Mapping[str, Any], app: ProjectApp) -> str:
    """Return the text of the workflow.

    Args:
        folder: The folder of the project.
        tables: What its pyproject.toml says.
        app: The app, which the workflow imports.
    """
    workflows = [read_source(path) for path in sorted((folder / _WORKFLOWS).glob("*.y*ml"))]
    text = _HEAD
    variables = _variables(workflows)
    if needs_path(folder, tables, app):
        variables["PYTHONPATH"] = _with_src(variables.get("PYTHONPATH", ""))
    if variables:
        text += "    env:\n"
        for name, value in variables.items():
            text += f"      {name}: {value}\n"
    text += _STEPS.format(minor=_minor(folder, tables, workflows))
    for command in ci_commands(folder, tables):
        text += f"      - run: {command}\n"
    return text


def _with_src(value: str) -> str:
    """Return a value of PYTHONPATH, as YAML has it, with src among its folders."""
    scalar = _SCALAR.fullmatch(value)
    if scalar is None:
        return "src"
    quote = scalar["quote"] or ""
    comment = scalar["comment"] or ""
    folders = scalar["quoted"] or scalar["plain"] or ""
    if not {"src", "./src"}.isdisjoint(folder.rstrip("/") for folder in folders.split(":")):
        return value
    return f"{quote}{folders}:src{quote}{comment}"


def needs_path(folder: Path, tables: Mapping[str, Any], app: ProjectApp) -> bool:
    """Return whether only PYTHONPATH leads to the app: it is below src/ and not installed."""
    return app.path.parts[0] == "src" and not installs_project(folder, tables)


def _minor(folder: Path, tables: Mapping[str, Any], workflows: Iterable[str]) -> int:
    """Return the minor version of Python 3: the workflows' own, or one that is allowed."""
    poetry = tables.get("tool", {}).get("poetry", {}).get("dependencies", {})
    rule = tables.get("project", {}).get("requires-python") or poetry.get("python") or ""
    minors: list[int] = []
    for text in workflows:
        for line in _PYTHON_LINE.findall(text):
            minors += map(int, _VERSION.findall(line))
    if not minors and (folder / ".python-version").is_file():
        minors += map(int, _VERSION.findall(read_source(folder / ".python-version")))
    # The newest one that is used comes first.
    for minor in [*sorted(minors, reverse=True), *_MINORS]:
        if minor >= _OLDEST and _allows(str(rule), minor):
            return minor
    return _MINORS[0]


_PYTHON_LINE: Final = re.compile(r"^[^#\n]*python[^#\n]*|^ *- *[\"']?3\.\d.*", re.IGNORECASE | re.MULTILINE)
"""A line that speaks of Python, or an item of a list that looks like a version of it."""
_VERSION: Final = re.compile(r"(?<![\w.])3\.(\d{1,2})(?!\d)")


def _allows(rule: str, minor: int) -> bool:
    """Return whether a rule such as ``>=3.11,<3.13`` allows a Python's latest release."""
    return any(_allow_all(part, minor) for part in rule.split("||"))


def _allow_all(rule: str, minor: int) -> bool:
    clauses = _CLAUSE.findall(rule)
    return all(_allows_clause(operator, int(number), rest, minor) for operator, number, rest in clauses)


_CLAUSE: Final = re.compile(r"(>=|<=|==|~=|!=|>|<|\^|~|)\s*3\.(\d+)([\w.*]*)")
"""A clause of PEP 440 or of Poetry: its operator, the minor version, and what follows that."""


def _allows_clause(operator: str, number: int, rest: str, minor: int) -> bool:
    match operator:
        case ">=" | ">" | "^":
            return minor >= number
        case "<" | "<=":  # the latest 3.12.x is above 3.12
            return minor < number
        case "~=" if not rest:
            return minor >= number
        case "!=":
            return minor != number or rest != ".*"
        case _:
            return minor == number


def _variables(workflows: Iterable[str]) -> dict[str, str]:
    """Return the variables that workflows set to plain values; the app may read them."""
    variables: dict[str, str] = {}
    for text in workflows:
        for name, value in _set_in(text):
            variables.setdefault(name, value)
    return variables


def _set_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the variables of each ``env:`` of a workflow, but those of other containers."""
    above: list[tuple[int, str]] = []
    for line, following in pairwise([*_outside_blocks(text), ""]):
        entry = _ENTRY.match(line)
        if entry is None:
            continue
        indent = len(entry[1])
        name = entry[2]
        value = entry[3].strip()
        while above and above[-1][0] >= indent:
            above.pop()
        keys = [key for _, key in above]
        # A secret, or a value of a matrix, is not every workflow's.
        is_plain = _SCALAR.fullmatch(value) is not None and "${{" not in value
        if _indent(following) > indent:  # the value has more lines
            is_plain = False
        if keys[-1:] == ["env"] and "services" not in keys and is_plain:
            yield name, value
        above.append((indent, name))


def _outside_blocks(text: str) -> Iterator[str]:
    """Yield a workflow's lines without empty ones, comments and blocks of text."""
    block: int | None = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if block is not None and _indent(line) > block:
            continue
        yield line
        entry = _ENTRY.match(line)
        if entry is not None and entry[3].strip().startswith(("|", ">")):
            block = len(entry[1])
        else:
            block = None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_ENTRY: Final = re.compile(r"^( *(?:- +)?)([A-Za-z_][\w-]*):(?= |$)(.*)$")
"""A line with a key: what stands before it, the key, and its value if that is on the line."""
_SCALAR: Final = re.compile(
    r"(?:(?P<quote>[\"'])(?P<quoted>.*?)(?P=quote)|(?P<plain>[^\"'|>&*{\[!%@`#].*?))(?P<comment>\s+#.*)?"
)
"""A value that stands on one line."""
