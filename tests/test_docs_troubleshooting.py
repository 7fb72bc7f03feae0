"""Each heading of the page on messages is a message that the library has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from pages import DOCS, ROOT

PAGE = (DOCS / "troubleshooting.md").read_text()
OTHERS = {
    "error: Multiple top-level packages discovered in a flat-layout: ['shop', 'actions'].",
    "No current request",
    "SQLite objects created in a thread can only be used in that same thread.",
    "ModuleNotFoundError: No module named 'actions'",
    'error: Cannot find implementation or library stub for module named "actions"',
    'A blueprint with the name "actions" is already registered.  Blueprint names must be unique.',
    'Sanic app name "shop" already in use.',
    # These are put together of parts that each are messages of ours.
    "Must be an object with named fields, not a …: import the class from this package",
}
"""Messages of Sanic and Python that newcomers meet through this library."""


def messages() -> Iterator[str]:
    """Yield each string of the package, with ``…`` for what is filled in."""
    for path in sorted((ROOT / "sanic_actions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield plain(node.value)
            elif isinstance(node, ast.JoinedStr):
                yield plain("".join(map(part_of, node.values)))


def part_of(node: ast.expr) -> str:
    """Return a part of an f-string."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "…"


def plain(message: str) -> str:
    """Return a message without its own ways to say what is filled in."""
    return re.sub(r"%[rsdg]|\{\w*(![rsa])?(:\w+)?\}", "…", message)


MESSAGES = "\n".join(messages())


@pytest.mark.parametrize("heading", re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE))
def test_heading_is_a_message(heading: str) -> None:
    """A reader who searches the page for what she sees finds it, since a heading has the words of the message."""
    assert heading in OTHERS or heading in MESSAGES


def test_each_heading_is_a_message() -> None:
    """No heading below the parts of the page is anything else."""
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(re.findall(r"^### `.*`$", PAGE, re.MULTILINE))
