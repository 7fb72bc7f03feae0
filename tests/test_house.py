"""The house reads aloud: each room is held to the figures that it has reached, and every name means one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

import house
import pytest

# The most that each room may have; the numbers only ever go down. "nodes" is the median of a function's syntax nodes,
# "conditionals", "comprehensions" and "long" (lines over 100 columns) count per 100 lines of code, "participles" is the
# share of bindings in percent. `python tests/house.py` prints what there is.
LIMITS: Mapping[str, Mapping[str, float]] = {
    "(doors)": {
        "median": 4,
        "p90": 12,
        "max": 36,
        "nodes": 55,
        "conditionals": 3.1,
        "comprehensions": 3.4,
        "nested": 9,
        "long": 10.8,
        "participles": 6.9,
        "is no": 8,
    },
    "_checks": {
        "median": 6,
        "p90": 14,
        "max": 18,
        "nodes": 80,
        "conditionals": 5.9,
        "comprehensions": 5.9,
        "nested": 1,
        "long": 16.1,
        "participles": 8.8,
        "is no": 1,
    },
    "_cli": {
        "median": 6,
        "p90": 17,
        "max": 24,
        "nodes": 79,
        "conditionals": 3.3,
        "comprehensions": 6.6,
        "nested": 6,
        "long": 9.2,
        "participles": 8.8,
        "is no": 4,
    },
    "_forms": {
        "median": 5,
        "p90": 11,
        "max": 19,
        "nodes": 59,
        "conditionals": 5.3,
        "comprehensions": 5.7,
        "nested": 5,
        "long": 7.6,
        "participles": 2.9,
        "is no": 2,
    },
    "_schemas": {
        "median": 6,
        "p90": 11,
        "max": 18,
        "nodes": 78,
        "conditionals": 5.4,
        "comprehensions": 7.9,
        "nested": 7,
        "long": 11.6,
        "participles": 7.3,
        "is no": 0,
    },
    "_types": {
        "median": 5,
        "p90": 14,
        "max": 26,
        "nodes": 66,
        "conditionals": 3.9,
        "comprehensions": 4.7,
        "nested": 4,
        "long": 10.6,
        "participles": 12.1,
        "is no": 2,
    },
    "client": {
        "median": 4,
        "p90": 12,
        "max": 76,
        "nodes": 40,
        "conditionals": 1.9,
        "comprehensions": 1.9,
        "nested": 2,
        "long": 9.2,
        "participles": 3.2,
        "is no": 6,
    },
    "codegen": {
        "median": 5,
        "p90": 12,
        "max": 24,
        "nodes": 64,
        "conditionals": 2.6,
        "comprehensions": 4.9,
        "nested": 2,
        "long": 6.8,
        "participles": 1.2,
        "is no": 2,
    },
    "contract": {
        "median": 7,
        "p90": 15,
        "max": 22,
        "nodes": 80.5,
        "conditionals": 3.3,
        "comprehensions": 4.5,
        "nested": 1,
        "long": 5,
        "participles": 5.6,
        "is no": 1,
    },
    "server": {
        "median": 5,
        "p90": 14,
        "max": 56,
        "nodes": 60.5,
        "conditionals": 3.4,
        "comprehensions": 2.6,
        "nested": 5,
        "long": 9.7,
        "participles": 5.7,
        "is no": 16,
    },
}
FEWEST_COMMENTS: Mapping[str, float] = {
    "(doors)": 1.8,
    "_checks": 0.8,
    "_cli": 1,
    "_forms": 1.4,
    "_schemas": 1.7,
    "_types": 2.3,
    "client": 3.2,
    "codegen": 0.9,
    "contract": 0.9,
    "server": 2.2,
}
"""Comments per 100 lines; these numbers only ever go up."""

SAME_CLASS = frozenset({"AsyncSender", "Call", "Change", "Place", "Sender", "Spot", "Target"})
"""Class names that still stand twice; no other may."""
SAME_FILE = frozenset(
    {
        "body",
        "calls",
        "configuration",
        "constraints",
        "defaults",
        "file",
        "interceptors",
        "lazy",
        "options",
        "outcome",
        "plan",
        "problems",
    }
)
"""Likewise names of files, without underscores before them."""


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, float]]:
    """The figures of every room."""
    return {room: house.figures(paths).row() for room, paths in house.rooms().items()}


def test_every_room_has_its_limits(rows: dict[str, dict[str, float]]) -> None:
    """A new room gets limits, and one that is gone has none."""
    assert rows.keys() == LIMITS.keys() == FEWEST_COMMENTS.keys()


@pytest.mark.parametrize("room", LIMITS)
def test_room_keeps_to_what_it_has_reached(rows: dict[str, dict[str, float]], room: str) -> None:
    """No room gets denser, longer or harder to read than it is."""
    worse = {name: rows[room][name] for name, limit in LIMITS[room].items() if rows[room][name] > limit}

    assert worse == {}
    assert rows[room]["comments"] >= FEWEST_COMMENTS[room]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("found", True), ("loaded", True), ("this", True), ("issues", False), ("is_shared", False), ("seed", False)],
)
def test_participles_are_told_from_nouns(name: str, expected: bool) -> None:
    """A participle or a pronoun does not say what it holds; a word that only ends like one does."""
    assert house.is_participle(name) is expected


def test_class_names_mean_one_thing() -> None:
    """No class name stands twice in the package."""
    homes: dict[str, set[str]] = defaultdict(set)
    for paths in house.rooms().values():
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes[node.name].add(path.relative_to(house.ROOT).as_posix())

    twice = {name: sorted(files) for name, files in homes.items() if len(files) > 1}
    assert {name: twice[name] for name in twice.keys() - SAME_CLASS} == {}
    assert twice.keys() >= SAME_CLASS, "a name that stands once needs no exception"


def test_file_names_mean_one_thing() -> None:
    """No file name stands twice in the package, with or without an underscore before it."""
    homes: dict[str, set[str]] = defaultdict(set)
    for paths in house.rooms().values():
        for path in paths:
            stem = path.stem.strip("_")
            if stem not in ("init", "main"):
                homes[stem].add(path.relative_to(house.ROOT).as_posix())

    twice = {name: sorted(files) for name, files in homes.items() if len(files) > 1}
    assert {name: twice[name] for name in twice.keys() - SAME_FILE} == {}
    assert twice.keys() >= SAME_FILE, "a name that stands once needs no exception"
