"""The page on security says what the code says."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sanic_actions._limits import DEFAULTS, Limits

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/guides/security.md").read_text()


def test_every_limit_is_in_the_table() -> None:
    """The table has each limit, with the default that it has."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    said = {name: rows[name].replace(",", "") for name in (field.name for field in fields(Limits))}

    assert said["body"] == said["text"] == "1 MiB"
    assert DEFAULTS.body == DEFAULTS.text == 1024 * 1024
    assert (int(said["fields"]), int(said["files"]), int(said["issues"])) == (
        DEFAULTS.fields,
        DEFAULTS.files,
        DEFAULTS.issues,
    )
    assert DEFAULTS.seconds is DEFAULTS.concurrent is None


def promises() -> list[str]:
    """The promises of SECURITY.md, one a point."""
    text = (ROOT / "SECURITY.md").read_text().partition("## What is promised")[2].partition("\n## ")[0]
    return [point.replace("\n  ", " ") for point in re.split(r"^- ", text, flags=re.MULTILINE)[1:]]


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise.split("**")[1].strip(".,"))
def test_each_promise_has_its_tests(promise: str) -> None:
    """Each promise of SECURITY.md names tests, and these exist."""
    names = re.findall(r"`(?:([\w/]+\.py)::)?(test_\w+)`", promise)

    assert names
    file = ""
    for named_file, test in names:
        file = named_file or file
        assert re.search(rf"^(async )?def {test}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE), test
