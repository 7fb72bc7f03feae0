"""What holds for all pages of the documentation: each Python block is complete, and one run of mypy checks them all."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pages import DOCS, LANGUAGES, PAGES, ROOT, Project, blocks, commands, projects, run, write_all

from sanic_actions._cli.commands import app as command_line

PROJECTS = projects()
CHECKED = [
    "--strict",
    "--python-version",
    "3.11",
    "--cache-dir",
    str(ROOT / ".mypy_cache"),
    "--no-error-summary",
]
SETTINGS = """
[mypy]
explicit_package_bases = true
"""


@pytest.mark.parametrize("project", PROJECTS.values(), ids=lambda project: project.name)
def test_each_block_is_python(project: Project) -> None:
    """Each Python block of a page is a whole file: it compiles by itself."""
    trees = {name: ast.parse(text, name) for name, text in project.files.items()}

    assert all(tree.body for tree in trees.values()), "a block without code"


def test_all_pages_are_typed(tmp_path: Path) -> None:
    """``mypy --strict`` finds nothing wrong in any block of any page, with the clients that the pages generate."""
    (tmp_path / "mypy.ini").write_text(SETTINGS)

    assert write_all(tmp_path, PROJECTS.values()) == ""
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


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_is_left_out(page: Path) -> None:
    """A block says what it is in the words that the tests know."""
    assert {block.language for block in blocks(page)} <= LANGUAGES


def test_pages_show_commands() -> None:
    """The test above has something to read."""
    assert any(commands(page) for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rows_of_tables_are_whole(page: Path) -> None:
    """A line break in a cell would end the table."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("| ")]

    assert [line for line in lines if not line.endswith("|")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_stay_on_the_site(page: Path) -> None:
    """A link of a page leads to a file of docs/, or to another host: ``nox -s docs`` refuses any other."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        path = (page.parent / target).resolve()

        assert path.is_file(), target
        assert path.is_relative_to(DOCS), target
