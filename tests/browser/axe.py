"""axe-core, which looks for accessibility violations in a page; npm brings it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

VERSION = "4"


def source_of_axe(folder: Path) -> str:
    """The script, installed into a folder; a machine without npm skips the test and says so."""
    if shutil.which("npm") is None:
        pytest.skip("There is no npm to install axe-core with: apt-get install npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"axe-core@{VERSION}"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"npm could not install axe-core: {error.stderr}")
    except subprocess.TimeoutExpired as error:
        pytest.skip(f"npm could not install axe-core: {error}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def violations(page: Any, axe: str) -> list[str]:
    """What axe-core finds wrong with a page as it stands, one line each."""
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{each['id']}: {each['help']} {json.dumps([node['html'] for node in each['nodes']])}" for each in found]
