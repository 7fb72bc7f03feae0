"""The page on security says what the code says."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from sanic_actions._limits import DEFAULTS, Limits

PAGE = (Path(__file__).parents[1] / "docs/security.md").read_text()


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
