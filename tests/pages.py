"""The pages of the documentation as their tests read them.

A page is a project: its fenced blocks are the files of a folder. A block names itself in its first line (``# shop.py``,
``<!-- page.html -->``); a Python block without one is a file that nothing imports. The packages of clients are
those that the page generates, and those that a comment names: ``<!-- package: actions from examples.blog.app:app -->``.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from conftest import free_port

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.name != "performance.md")

LANGUAGES = {"console", "html", "http", "js", "json", "nginx", "python", "sh", "text", "toml", "yaml"}
"""What a block of a page may be; Python under another name would be read by no test."""

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
    ports: dict[str, str] = {}
    for named_port in re.findall(r"\b8\d{3}\b", text):
        while named_port not in ports:
            port = str(free_port())
            if port not in ports.values():
                ports[named_port] = port
    return re.sub(r"\b8\d{3}\b", lambda match: ports[match[0]], text)


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


# One process imports the servers of all pages, as many apps of one name, and generates their packages.
GENERATE = """
import sys
from sanic import Sanic
from sanic_actions.__main__ import main

Sanic.test_mode = True
for name, target in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    code = main(["generate", target, "--package", name])
    if code:
        sys.exit(f"generate {target} --package {name}: {code}")
"""


def flat(project: Project) -> dict[str, str]:
    """Return the files of a project under names that no other project has, with imports that lead there."""
    modules = {name.partition("/")[0].removesuffix(".py") for name in project.files} | set(project.packages)
    names = "|".join(sorted(modules, key=len, reverse=True))
    files = {}
    for name, text in project.files.items():
        imports = re.sub(
            rf"^(\s*)import ({names})(?=$|  #)", rf"\1import {project.name}__\2 as \2", text, flags=re.MULTILINE
        )
        imports = re.sub(rf"^(\s*)from ({names})\b", rf"\1from {project.name}__\2", imports, flags=re.MULTILINE)
        files[f"{project.name}__{name}"] = imports
    return files


def generated(project: Project) -> list[str]:
    """Return the names and targets of the packages that a project calls."""
    words = []
    for package in project.packages.values():
        module, _, attribute = package.target.partition(":")
        own = f"{module.partition('.')[0]}.py" in project.files or any(
            name.startswith(f"{module.partition('.')[0]}/") for name in project.files
        )
        words += [f"{project.name}__{package.name}", f"{project.name}__{module}:{attribute}" if own else package.target]
    return words


def write_all(folder: Path, pages: Iterable[Project]) -> str:
    """Write the files and the packages of pages into one folder, and return what the generator says where it fails."""
    words: list[str] = []
    for project in pages:
        for name, text in flat(project).items():
            (folder / name).parent.mkdir(exist_ok=True, parents=True)
            (folder / name).write_text(text)
        words += generated(project)
    return run(folder, "-c", GENERATE, *words)


def run(folder: Path, *command: str) -> str:
    """Run Python in the folder, and return what it prints where it fails."""
    paths = {"MYPYPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""
