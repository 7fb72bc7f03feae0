"""Add imports to a module in the order that ruff and isort keep by default.

The module stays as its author formatted it: lines are inserted, and none is changed.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FUTURE, STANDARD, INSTALLED, OWN, RELATIVE = range(5)
"""The sections of imports, in their order."""

# ruff and isort put `import x` before `from x import y` within a section: False sorts before True.
_SortKey = tuple[int, bool, str]
"""The section, whether it is a ``from`` import, and the name of the module."""


class ImportLines:
    """The lines of a module, to which imports are added.

    Attributes:
        lines: The lines, each with its end.
    """

    def __init__(self, source: str, folder: Path) -> None:
        """Read a module.

        Args:
            source: The text of the module.
            folder: The folder of the project, whose modules are its own.
        """
        self.lines = source_lines(source)
        self._folder = folder

    def add(self, module: str, name: str) -> None:
        """Add ``from module import name`` where it belongs among the imports at the top."""
        newline = "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"
        tree = ast.parse("".join(self.lines))
        place = self._place_of(True, module)
        # After the last statement that sorts before it: its line, its section, and the statement
        # that follows.
        number = 0
        section = None
        after = None
        for statement in _leading(tree):
            statement_place = self._place(statement)
            if statement_place is None or statement_place < place:
                number = statement.end_lineno or number
                section = statement_place and statement_place[0]
                after = None
            elif after is None:
                after = statement
        text = [f"from {module} import {name}{newline}"]
        if after is not None and section != place[0] and self._section_of(after) == place[0]:
            number = after.lineno - 1  # the first of its section, below the blank line
        elif number and section != place[0]:
            text.insert(0, newline)
        elif after is not None and self._section_of(after) != place[0] and self._is_filled(number):
            text.append(newline)
        self.lines[number:number] = text

    def _section_of(self, statement: ast.stmt) -> int | None:
        place = self._place(statement)
        return place and place[0]

    def _is_filled(self, number: int) -> bool:
        return number < len(self.lines) and bool(self.lines[number].strip())

    def _place(self, statement: ast.stmt) -> _SortKey | None:
        """Return the place of an import in the order; None for the docstring before them all."""
        match statement:
            case ast.ImportFrom(module=module, level=level):
                if level:
                    return RELATIVE, True, module or ""
                return self._place_of(True, module or "")
            case ast.Import(names=[alias, *_]):
                return self._place_of(False, alias.name)
            case _:
                return None

    def _place_of(self, is_from: bool, module: str) -> _SortKey:
        return self._section(module.partition(".")[0]), is_from, module.lower()

    def _section(self, package: str) -> int:
        if package == "__future__":
            return FUTURE
        if package in sys.stdlib_module_names:
            return STANDARD
        for folder in (self._folder, self._folder / "src"):
            if (folder / package / "__init__.py").is_file() or (folder / f"{package}.py").is_file():
                return OWN
        if package == ACTIONS_MODULE:
            return OWN
        return INSTALLED


ACTIONS_MODULE: Final = "server_actions"
"""The module of actions that ``init`` writes, which is the project's own before it exists."""


def source_lines(source: str) -> list[str]:
    """Return the lines of a module, each with its end, as Python counts them.

    ``str.splitlines`` also ends a line at a form feed and at separators of Unicode.
    """
    return io.StringIO(source, newline="").readlines()


def _leading(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the docstring and the imports at the top."""
    for statement in tree.body:
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not (is_docstring or isinstance(statement, ast.Import | ast.ImportFrom)):
            return
        yield statement
