"""The house reads aloud: each room is held to the figures that it has reached, and every name means one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

import house
import pytest

# The most that each room may have; the numbers only ever go down. "nodes" is the median of a function's syntax nodes,
# "conditionals", "comprehensions" and "long" (lines over 100 columns) count per 100 lines of code, "participles" is the
# share of bindings in percent. `python tests/house.py` prints what there is, with `--limits` as this table.
LIMITS: Mapping[str, Mapping[str, float]] = {
    "(doors)": {
        "median": 4,
        "p90": 12,
        "max": 41,
        "nodes": 48,
        "conditionals": 1.4,
        "comprehensions": 2.6,
        "nested": 0,
        "long": 9.9,
        "participles": 1.3,
        "is no": 7,
    },
    "_checks": {
        "median": 7,
        "p90": 14,
        "max": 18,
        "nodes": 70,
        "conditionals": 0.8,
        "comprehensions": 5.3,
        "nested": 0,
        "long": 12.8,
        "participles": 0,
        "is no": 1,
    },
    "_cli": {
        "median": 6,
        "p90": 18,
        "max": 30,
        "nodes": 78.5,
        "conditionals": 1.4,
        "comprehensions": 5.7,
        "nested": 0,
        "long": 9.7,
        "participles": 0.9,
        "is no": 2,
    },
    "_forms": {
        "median": 5,
        "p90": 11,
        "max": 20,
        "nodes": 58,
        "conditionals": 3,
        "comprehensions": 5.5,
        "nested": 5,
        "long": 8.1,
        "participles": 0.6,
        "is no": 2,
    },
    "_schemas": {
        "median": 8,
        "p90": 12,
        "max": 18,
        "nodes": 76,
        "conditionals": 0,
        "comprehensions": 2.4,
        "nested": 0,
        "long": 9.1,
        "participles": 0,
        "is no": 0,
    },
    "_testing": {
        "median": 4,
        "p90": 10,
        "max": 20,
        "nodes": 43,
        "conditionals": 1.1,
        "comprehensions": 1.3,
        "nested": 0,
        "long": 6.4,
        "participles": 5.9,
        "is no": 2,
    },
    "_types": {
        "median": 6,
        "p90": 14,
        "max": 24,
        "nodes": 63,
        "conditionals": 0.5,
        "comprehensions": 2.5,
        "nested": 0,
        "long": 9.8,
        "participles": 0.6,
        "is no": 1,
    },
    "client": {
        "median": 4,
        "p90": 13,
        "max": 76,
        "nodes": 41,
        "conditionals": 1.1,
        "comprehensions": 1.3,
        "nested": 2,
        "long": 8.1,
        "participles": 2.2,
        "is no": 3,
    },
    "codegen": {
        "median": 5,
        "p90": 13,
        "max": 27,
        "nodes": 64.5,
        "conditionals": 0.8,
        "comprehensions": 4.6,
        "nested": 3,
        "long": 6.5,
        "participles": 1.1,
        "is no": 1,
    },
    "contract": {
        "median": 7,
        "p90": 15,
        "max": 22,
        "nodes": 81,
        "conditionals": 0.7,
        "comprehensions": 4,
        "nested": 0,
        "long": 5.1,
        "participles": 0.5,
        "is no": 1,
    },
    "server": {
        "median": 5,
        "p90": 14,
        "max": 66,
        "nodes": 62,
        "conditionals": 1.6,
        "comprehensions": 2.4,
        "nested": 7,
        "long": 9.5,
        "participles": 4,
        "is no": 12,
    },
}
FEWEST_COMMENTS: Mapping[str, float] = {
    "(doors)": 1.3,
    "_checks": 0.6,
    "_cli": 1.1,
    "_forms": 1.1,
    "_schemas": 1.5,
    "_testing": 2,
    "_types": 1.7,
    "client": 2.2,
    "codegen": 1.0,
    "contract": 0.6,
    "server": 1.5,
}
"""Comments per 100 lines; these numbers only ever go up."""

SAME_CLASS = frozenset({"AsyncSender", "Call", "Place", "Sender"})
"""Class names that still stand twice; no other may."""
SAME_FILE = frozenset(
    {"body", "constraints", "defaults", "file", "interceptors", "lazy", "options", "outcome", "plan", "problems"}
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
