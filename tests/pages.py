"""The pages of the documentation as their tests read them.

A page is a project: its fenced blocks are the files of a folder. A block names itself in its first line (``# shop.py``,
``<!-- page.html -->``); a Python block without one is a file that nothing imports. The packages of clients are
those that the page generates, and those that a comment names: ``<!-- package: actions from examples.blog.app:app -->``.
"""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.name != "performance.md")

_BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?:# |<!-- )([\w./-]+\.\w+)(?: -->)?(?: .*)?\n")
_PACKAGE = re.compile(r"<!-- package: (\w+) from (\S+) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    language: str
    text: str

    @property
    def name(self) -> str | None:
        """The file that the block is, when it says so."""
        match = _NAME.match(self.text)
        if match is None:
            return None
        return match[1]


@dataclass(frozen=True, slots=True)
class Package:
    """A client package, and the actions that it is generated from."""

    name: str
    target: str


@dataclass(slots=True)
class Project:
    """The files of one page, and the packages that they call."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, Package] = field(default_factory=dict)


def blocks(page: Path | str) -> list[Block]:
    """Return the fenced blocks of a page, or of its text, in their order."""
    text = page.read_text() if isinstance(page, Path) else page
    return [Block(language, content) for language, content in _BLOCK.findall(text)]


def named(page: Path | str) -> dict[str, str]:
    """Return the blocks of a page that say which file they are."""
    return {block.name: block.text for block in blocks(page) if block.name}


def commands(page: Path | str) -> list[tuple[str, str]]:
    """Return each command of a page's consoles with what is shown below it."""
    console = "".join(block.text for block in blocks(page) if block.language == "console")
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE)


def on_free_ports(text: str) -> str:
    """Return a text of a page with free ports for those that it names, so that two runs of a test do not meet."""
    ports = dict.fromkeys(re.findall(r"\b8\d{3}\b", text))
    with ExitStack() as sockets:
        for port in ports:  # all at once: a port is free to be given again as soon as its socket is closed
            listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
            ports[port] = str(listener.getsockname()[1])
    return re.sub(r"\b8\d{3}\b", lambda match: str(ports[match[0]]), text)


def projects() -> dict[str, Project]:
    """Return the projects of all pages by their names."""
    result: dict[str, Project] = {}
    for path in [ROOT / "README.md", *PAGES]:
        name = _project_name(path)
        project = result.setdefault(name, Project(name))
        for number, block in enumerate(blocks(path)):
            if block.language == "python":
                project.files[block.name or f"{path.stem.replace('-', '_')}_{number}.py"] = block.text
        for package in _packages(path):
            project.packages[package.name] = package
    return result


def _project_name(path: Path) -> str:
    return path.stem.lower().replace("-", "_")


def _packages(path: Path) -> Iterator[Package]:
    for name, target in _PACKAGE.findall(path.read_text()):
        yield Package(name, target)
    for command, _ in commands(path):
        words = shlex.split(command, comments=True)
        if "generate" in words and words[0].endswith("sanic-actions") and ":" in "".join(words[2:3]):
            package = "actions"
            if "--package" in words:
                package = words[words.index("--package") + 1]
            yield Package(package, words[2])
