"""Results as a page: a run writes every figure of it, and leaves none of an earlier run.

A page has blocks, each between two marks: ``<!-- measured: bars -->`` and ``<!-- end -->``. Their text is written by a
run; what stands outside them holds no figure, so that it is true of any run.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
    "mypy",
    "pyright",
)

Draw = Callable[[Path], None]
"""Draws an image into a file."""

Columns = Mapping[str, Mapping[str, float]]
"""Figures by column and row."""

_BLOCK = re.compile(r"(?<=<!-- measured: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """One result: its text, and the figures in it that are looked up elsewhere on the page."""

    heading: str
    body: str
    columns: Columns = field(default_factory=dict)
    draw: Draw | None = None

    @property
    def text(self) -> str:
        """The section as Markdown."""
        return f"### {self.heading}\n\n{self.body}\n"

    @property
    def image(self) -> str:
        """The file name of its image."""
        return f"{re.sub('[^a-z0-9]+', '-', self.heading.lower())}.svg"


class NotMeasuredError(LookupError):
    """A figure that this run has not measured: its part was not asked for, or a peer is not installed."""


class Results:
    """What a run has measured so far."""

    def __init__(self, sections: Iterable[Section]) -> None:
        self._columns = {section.heading: section.columns for section in sections}

    def figure(self, heading: str, column: str, row: str) -> float:
        """Return one figure."""
        try:
            return self._columns[heading][column][row]
        except KeyError:
            raise NotMeasuredError(heading, column, row) from None


def machine() -> str:
    """Return what a result depends on besides the code."""
    name = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    model = name[1] if name else platform.machine()
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return f"{os.cpu_count()} cores of {model}. Python {platform.python_version()}, {versions}."


def load() -> str:
    """Return how busy the machine is: waiting processes, over one minute and over fifteen."""
    short, _, long = os.getloadavg()
    return f"{short:.1f} over one minute, {long:.1f} over fifteen"


def page(text: str, blocks: Mapping[str, str]) -> str:
    """Return a page with these texts in its blocks; a block without a text is left empty."""
    named = set(re.findall(r"<!-- measured: (\w+) -->\n", text))
    if missing := blocks.keys() - named:
        raise SystemExit(f"The page has no block for {', '.join(sorted(missing))}: <!-- measured: NAME -->.")
    return _BLOCK.sub(lambda match: f"{match[1]}{match[2]}\n{blocks.get(match[1], '')}\n", text)


def results(sections: Iterable[Section]) -> str:
    """Return the sections as Markdown, each with its picture."""
    texts = []
    for section in sections:
        picture = f"\n![{section.heading}](images/{section.image})\n" if section.draw else ""
        texts.append(section.text + picture)
    return "\n".join(texts)
