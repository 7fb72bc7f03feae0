"""Measures how the package is written: the size of functions, what stands in a line, and how things are named.

``python tests/house.py`` prints the figures of every room; ``test_house.py`` holds each room to what it has reached.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sanic_actions

ROOT: Final = Path(sanic_actions.__file__).parent
DOOR: Final = "(doors)"
"""The room of the modules that stand in no folder."""

PRONOUNS: Final = frozenset({"this", "that", "these", "those", "it", "one", "ones", "other", "others", "what", "who"})
# fmt: off
IRREGULAR: Final = frozenset({
    "begun", "bound", "bought", "broken", "brought", "built", "caught", "chosen", "done",
    "drawn", "fallen", "felt", "found", "given", "gone", "got", "held", "hidden", "kept",
    "known", "laid", "led", "left", "lost", "made", "meant", "met", "paid", "put", "read",
    "said", "seen", "sent", "shown", "spent", "spoken", "stood", "taken", "taught", "thought",
    "told", "torn", "understood", "worn", "written",
})
# fmt: on
NOUNS: Final = frozenset({"bed", "embed", "feed", "need", "red", "seed", "speed"})
"""Words that end like a participle without being one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of a room."""

    code_lines: int
    function_lines: list[int]
    function_nodes: list[int]
    conditionals: int
    comprehensions: int
    nested: int
    long_lines: int
    comments: int
    bindings: int
    participles: int
    is_no: int

    def row(self) -> dict[str, float]:
        """Return the figures that are held to limits; fewer is better in each but for comments."""
        lines = sorted(self.function_lines) or [0]
        return {
            "median": statistics.median(lines),
            "p90": lines[int(len(lines) * 0.9)],
            "max": lines[-1],
            "nodes": statistics.median(self.function_nodes or [0]),
            "conditionals": self._per_hundred(self.conditionals),
            "comprehensions": self._per_hundred(self.comprehensions),
            "nested": self.nested,
            "long": self._per_hundred(self.long_lines),
            "comments": self._per_hundred(self.comments),
            "participles": round(100 * self.participles / max(self.bindings, 1), 1),
            "is no": self.is_no,
        }

    def _per_hundred(self, count: int) -> float:
        return round(100 * count / max(self.code_lines, 1), 1)


def rooms() -> dict[str, list[Path]]:
    """Return the files of each room: the folders of the package, and the modules that stand in none."""
    files: dict[str, list[Path]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        files.setdefault(parts[0] if len(parts) > 1 else DOOR, []).append(path)
    return files


def figures(paths: list[Path]) -> Figures:
    """Measure the files of a room."""
    totals = [_of_file(path) for path in paths]
    return Figures(
        code_lines=sum(part.code_lines for part in totals),
        function_lines=[lines for part in totals for lines in part.function_lines],
        function_nodes=[nodes for part in totals for nodes in part.function_nodes],
        conditionals=sum(part.conditionals for part in totals),
        comprehensions=sum(part.comprehensions for part in totals),
        nested=sum(part.nested for part in totals),
        long_lines=sum(part.long_lines for part in totals),
        comments=sum(part.comments for part in totals),
        bindings=sum(part.bindings for part in totals),
        participles=sum(part.participles for part in totals),
        is_no=sum(part.is_no for part in totals),
    )


def _of_file(path: Path) -> Figures:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    lines, comments = _code_lines(text, tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    names = list(_bindings(tree))
    return Figures(
        code_lines=len(lines),
        function_lines=[_size(function, lines) for function in functions],
        function_nodes=[sum(1 for _ in ast.walk(function)) for function in functions],
        conditionals=sum(isinstance(node, ast.IfExp) for node in ast.walk(tree)),
        comprehensions=sum(isinstance(node, _COMPREHENSIONS) for node in ast.walk(tree)),
        nested=sum(1 for node in ast.walk(tree) if isinstance(node, _DENSE) and _holds_dense(node)),
        long_lines=sum(len(line) > 100 for line in text.splitlines()),
        comments=comments,
        bindings=len(names),
        participles=sum(map(is_participle, names)),
        is_no=len(re.findall(r"(?<!there )\bis no\b(?! longer)", text, re.IGNORECASE)),
    )


_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DENSE: Final = (*_COMPREHENSIONS, ast.IfExp)


def _holds_dense(node: ast.AST) -> bool:
    """Whether a conditional expression or a comprehension stands inside another one."""
    return any(isinstance(inner, _DENSE) for inner in ast.walk(node) if inner is not node)


def _code_lines(text: str, tree: ast.AST) -> tuple[set[int], int]:
    """The lines with code, without docstrings, and the number of comments."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    comments = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        comments += token.type == tokenize.COMMENT
        if token.type not in skipped:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines, comments


def _size(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: set[int]) -> int:
    return len(lines & set(range(function.lineno, (function.end_lineno or function.lineno) + 1)))


def _bindings(tree: ast.AST) -> Iterator[str]:
    """The names that are bound to values: variables, parameters, and what loops and withs bind.

    The operand of `__eq__` and its like is called `other` everywhere, as in Python's own documentation.
    """
    operands: set[ast.arg] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("__"):
            operands.update(argument for argument in node.args.args if argument.arg == "other")
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg) and node not in operands:
            yield node.arg


def is_participle(name: str) -> bool:
    """Whether a name is a participle or a pronoun, which does not say what it holds."""
    word = name.strip("_").lower()
    if "_" in word or word in NOUNS:
        return False
    return word in PRONOUNS or word in IRREGULAR or word.endswith("ed")


def main() -> None:
    """Print the figures of every room."""
    table = {room: figures(paths).row() for room, paths in rooms().items()}
    head = list(next(iter(table.values())))
    width = max(map(len, table))
    sys.stdout.write("  ".join(["room".ljust(width), *head]) + "\n")
    for room, row in table.items():
        cells = "  ".join(f"{row[name]:g}".rjust(len(name)) for name in head)
        sys.stdout.write(f"{room.ljust(width)}  {cells}\n")


if __name__ == "__main__":
    main()
