"""The import of the examples: its bar in a terminal and on a page, and its report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import running

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect
pytest.importorskip("tqdm", reason="The example's dependencies are not installed: pip install tqdm")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def imports() -> Iterator[str]:
    """The site, served."""
    from examples.imports.app import app

    with running(app) as url:
        yield url


def nightly(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "stubs")])
    command = [sys.executable, "-m", "examples.imports.nightly", str(folder)]
    env = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_nightly_job(tmp_path: Path) -> None:
    """One command draws the bar and saves the report; where nothing answers, it says so and ends with 1."""
    done = nightly(tmp_path)
    failed = nightly(tmp_path, NIGHTLY_CLIENT_URL="http://127.0.0.1:1")

    assert (done.returncode, done.stdout) == (0, f"Saved {tmp_path / 'report.csv'}\n"), done.stderr
    assert "2000/2000" in done.stderr
    assert (tmp_path / "report.csv").read_text().count("\n") == 2_001
    assert failed.returncode == 1
    assert "The import failed" in failed.stderr


def test_the_page(page: Any, imports: str) -> None:
    """The bar fills while the import runs; the report is saved by the browser, or the page says why not."""
    page.set_default_timeout(20_000)
    page.goto(imports)
    page.click("text=Download the report")
    assert page.inner_text("[role=alert]") == "Nothing has been imported yet"
    page.goto(imports)

    page.click("#start")
    expect(page.locator("#state")).to_have_text("Done", timeout=20_000)
    with page.expect_download() as event:
        page.click("text=Download the report")

    expect(page.locator("#bar")).to_have_js_property("value", 2_000)
    assert event.value.suggested_filename == "report.csv"
    assert Path(event.value.path()).read_text().startswith("row,amount\n0,0\n")


def test_an_import_is_stopped(page: Any, imports: str) -> None:
    """A second click ends the import on the server."""
    page.set_default_timeout(20_000)
    page.goto(imports)
    page.click("#start")
    expect(page.locator("#state")).to_contain_text(" of 2000", timeout=20_000)
    page.click("#start")
    expect(page.locator("#state")).to_have_text("Stopped", timeout=20_000)

    for _ in range(20):  # one import at a time: the server hears a moment later that the first one was stopped
        page.click("#start")
        expect(page.locator("#state")).to_have_text(re.compile("Done|at once"), timeout=20_000)
        if page.locator("#state").inner_text() == "Done":
            return
        page.wait_for_timeout(250)
    pytest.fail("The server goes on with an import that was stopped.")
