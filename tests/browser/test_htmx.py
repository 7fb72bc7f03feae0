"""The guest book of the examples: htmx and ``client.js`` on one page, and the same page without either."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import running

from examples.htmx import app as example


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The page, served with the htmx that npm has; without npm the tests are skipped, and say so."""
    if not example.HTMX.exists():
        if shutil.which("npm") is None:
            pytest.skip("There is no npm to install htmx with: apt-get install npm")
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(example.HERE)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm could not install htmx: {error}")
    with running(example.app) as url:
        yield url


@pytest.fixture(autouse=True)
def _one_entry() -> None:
    example.book[:] = [example.Entry("Ada", "A lovely house.")]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_guest_book(url: str, open_page: Callable[..., Any], scripts: bool) -> None:
    """A failed form keeps what was typed, a good one shows in the book; with scripts the page is never left."""
    page = open_page(scripts=scripts)
    page.goto(url)
    if scripts:
        page.evaluate("document.documentElement.dataset.stays = 'yes'")
    page.get_by_label("Words").fill("Thank you for the fish.")
    page.locator("form").last.evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Sign").click()
    page.get_by_text("Enter").first.wait_for()
    assert page.get_by_label("Words").input_value() == "Thank you for the fish."
    assert len(example.book) == 1

    page.get_by_label("Name").fill("Ford")
    page.get_by_role("button", name="Sign").click()
    page.locator("li", has_text="Ford").wait_for()
    assert [entry.name for entry in example.book] == ["Ada", "Ford"]

    page.get_by_role("button", name="Thank you (0)").last.click()
    page.get_by_role("button", name="Thank you (1)").wait_for()
    assert example.book[1].thanks == 1
    if scripts:
        assert page.evaluate("document.documentElement.dataset.stays") == "yes"
