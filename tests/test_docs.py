"""What holds for all pages of the documentation: each Python block is complete, and one run of mypy checks them all."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pages import DOCS, PAGES, ROOT, Project, commands, projects

from sanic_actions._cli.commands import app as command_line

PROJECTS = projects()
CHECKED = [
    "--strict",
    "--implicit-reexport",
    "--python-version",
    "3.11",
    "--cache-dir",
    str(ROOT / ".mypy_cache"),
    "--no-error-summary",
]
SETTINGS = """
[mypy]
explicit_package_bases = true
[mypy-html5tagger.*,sanic_testing.*,sanic_ext.*]
ignore_missing_imports = true
"""

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
        imports = re.sub(rf"^(\s*)import ({names})$", rf"\1import {project.name}__\2 as \2", text, flags=re.MULTILINE)
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


@pytest.mark.parametrize("project", PROJECTS.values(), ids=lambda project: project.name)
def test_each_block_is_python(project: Project) -> None:
    """Each Python block of a page is a whole file: it compiles by itself."""
    for name, text in project.files.items():
        ast.parse(text, name)


def test_all_pages_are_typed(tmp_path: Path) -> None:
    """``mypy --strict`` finds nothing wrong in any block of any page, with the clients that the pages generate."""
    words: list[str] = []
    for project in PROJECTS.values():
        for name, text in flat(project).items():
            (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / name).write_text(text)
        words += generated(project)
    (tmp_path / "mypy.ini").write_text(SETTINGS)

    assert run(tmp_path, "-c", GENERATE, *words) == ""
    files = [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*.py"))]
    assert run(tmp_path, "-m", "mypy", *CHECKED, *(name for name in files if "/" not in name)) == ""


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    """Each command and option of sanic-actions that a page names is one of the command line."""
    text = page.read_text()
    for name, words in re.findall(r"sanic-actions (check|diff|generate|list|lock|openapi|init)\b([^`\n;.]*)", text):
        options = set(re.findall(r"(?<= )--[a-z]+", words))
        known = {option for argument in command_line[name].assemble_argument_collection() for option in argument.names}

        assert options <= known, words


def test_each_page_is_in_the_navigation() -> None:
    """The menu of the site has each page, once."""
    settings = (ROOT / "zensical.toml").read_text()
    listed = re.findall(r'" = "([\w/-]+\.md)"', settings)

    assert sorted(listed) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_pages_show_commands() -> None:
    """The test above has something to read."""
    assert any(commands(page) for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_stay_on_the_site(page: Path) -> None:
    """A link of a page leads to a file of docs/, or to another host: ``nox -s docs`` refuses any other."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        path = (page.parent / target).resolve()

        assert path.is_file(), target
        assert path.is_relative_to(DOCS), target
