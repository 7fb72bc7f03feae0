"""Runs four type checkers over the files beside it, and compares the lines that they complain of with the marked ones.

``python tests/typing/check.py [CHECKER ...]``: each line marked ``# BAD`` must be an error, and no
other may. Where checkers differ, the mark says so: ``# BAD only ty, pyrefly``, ``# BAD except mypy``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = ("accepts.py", "rejects.py")

COMMANDS = {
    "mypy": ["mypy", "--strict", "--no-error-summary", "--no-pretty", "--hide-error-context"],
    "pyright": ["pyright"],
    "ty": ["ty", "check", "--output-format", "concise"],
    "pyrefly": ["pyrefly", "check", "--output-format", "min-text"],
}
# `file:3: error: ...`, `file:3:1 - error: ...`, `file:3:1: error[rule] ...`, `ERROR file:3:1-9: ...`
LINES = re.compile(
    r"^\s*(?:(?P<before>ERROR) )?(?P<file>\S+?\.pyi?):(?P<line>\d+)[^ ]* *(?:- )?(?P<after>error)?.*$", re.MULTILINE
)

Place = tuple[str, int]


def expected(checker: str) -> set[Place]:
    """The marked lines."""
    places = set()
    for name in FILES:
        for number, line in enumerate((HERE / name).read_text().splitlines(), 1):
            _, mark, checkers = line.partition("# BAD")
            if mark and (checker in checkers) is checkers.startswith(" only"):
                places.add((name, number))
    return places


def complaints(checker: str) -> tuple[set[Place], str]:
    """The lines that a checker complains of, and its whole output."""
    files = [str((HERE / name).relative_to(ROOT)) for name in FILES]
    run = subprocess.run([*COMMANDS[checker], *files], cwd=ROOT, capture_output=True, text=True, check=False)
    errors = (match for match in LINES.finditer(run.stdout) if match["before"] or match["after"])
    places = {(Path(error["file"]).name, int(error["line"])) for error in errors}
    return places, run.stdout + run.stderr


def differences(checker: str) -> list[str]:
    """What a checker says and should not, and what it should say and does not; empty when all is as marked."""
    errors, output = complaints(checker)
    marks = expected(checker)
    if not errors & marks:
        return [f"{checker}: it found none of the marked lines.", output]
    silent = [f"{checker}: tests/typing/{name}:{line} is marked BAD, but accepted." for name, line in marks - errors]
    wrong = [f"{checker}: tests/typing/{name}:{line} is an error." for name, line in errors - marks]
    messages = [text for text in output.splitlines() if any(f"{name}:{line}:" in text for name, line in errors - marks)]
    return [*sorted(silent), *sorted(wrong), *messages]


def main(checkers: list[str]) -> int:
    """Check with the named checkers, or with all; 1 if there are differences."""
    lines_of = {checker: differences(checker) for checker in checkers or COMMANDS}
    for checker, lines in lines_of.items():
        print(
            "\n".join(lines) if lines else f"{checker}: as marked ({len(expected(checker))} errors)"
        )  # it is a command
    return int(any(lines_of.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
