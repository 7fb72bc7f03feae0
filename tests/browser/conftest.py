"""Debian's Chromium, driven by playwright; a machine without one skips these tests and says so."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.axe import source_of_axe
from browser.hand_written_pages import Site, make_site
from browser.scripted_pages import Desk, make_desk

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a file; each test gets a profile of its own.

    Not for the whole run: while playwright runs, its event loop is the main thread's, and no other can.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="Without playwright: pip install playwright")
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"There is no browser at {CHROMIUM}: apt-get install chromium, or name one in CHROMIUM")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(scripts=True)`` gives an empty page; an error in its console that a script threw fails the test."""
    contexts, thrown = [], []

    def open_page(*, scripts: bool = True) -> Any:
        context = chromium.new_context(java_script_enabled=scripts)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.scripted = scripts
        page.on("pageerror", lambda error: thrown.append(error))  # noqa: PLW0108  # it takes no built-in function
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not thrown


@pytest.fixture(params=[True, False], ids=["scripted", "bare"])
def either(request: pytest.FixtureRequest, open_page: Callable[..., Any]) -> Any:
    """A page with scripts enabled, then one with scripts disabled."""
    return open_page(scripts=request.param)


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A page with scripts enabled."""
    return open_page()


@pytest.fixture
def site(serve: Callable[[Any], str]) -> Site:
    """The site, served; its address is in ``url``."""
    site = make_site(f"site{next(_COUNT)}")
    site.url = serve(site.app)
    return site


@pytest.fixture
def desk(serve: Callable[[Any], str]) -> Desk:
    """A site of one page, served; the address of the page is in ``url``."""
    desk = make_desk(f"desk{next(_COUNT)}")
    desk.url = f"{serve(desk.app)}/shop/page"
    return desk


_COUNT = itertools.count()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core."""
    return source_of_axe(tmp_path_factory.mktemp("axe"))
