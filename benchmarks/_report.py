"""Results as sections of a Markdown file: a run replaces the sections that it measured, and leaves all others."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "sanic",
    "pydantic",
    "uvloop",
    "fastapi",
    "litestar",
    "uvicorn",
    "sanic-ext",
    "httpx2",
    "pyqwest",
    "openapi-python-client",
)

Draw = Callable[[Path], None]
"""Draws an image into a file."""


@dataclass(frozen=True, slots=True)
class Section:
    """One result."""

    heading: str
    body: str
    draw: Draw | None = None

    @property
    def text(self) -> str:
        """The section as Markdown."""
        return f"### {self.heading}\n\n{self.body}\n"

    @property
    def image(self) -> str:
        """The file name of its image."""
        return f"{re.sub('[^a-z0-9]+', '-', self.heading.lower())}.svg"


def machine() -> str:
    """What a result depends on besides the code."""
    name = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    load = "; ".join(f"{load:.1f}" for load in os.getloadavg())
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    cores = f"{os.cpu_count()} cores of {name[1] if name else platform.machine()}, load {load} as the run began."
    return f"{cores} Python {platform.python_version()}, {versions}."


def rewritten(text: str, section: Section, images: Path) -> str:
    """A file with a section in its place, or at the end of the file; its image is drawn anew."""
    new = section.text
    if section.draw is not None:
        section.draw(images / section.image)
        new += f"\n![{section.heading}](images/{section.image})\n"
    old = re.compile(rf"^### {re.escape(section.heading)}\n.*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
    if old.search(text):
        return old.sub(lambda _: f"{new}\n", text, count=1).rstrip() + "\n"
    return f"{text.rstrip()}\n\n{new}"
