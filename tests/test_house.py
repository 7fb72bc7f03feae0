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
        "median": 5.7,
        "p90": 16.1,
        "max": 48.9,
        "nodes": 68.2,
        "conditionals": 4.6,
        "comprehensions": 5,
        "nested": 15,
        "long": 14.6,
        "participles": 8.6,
        "is no": 12.4,
    },
    "_checks": {
        "median": 8.3,
        "p90": 18.7,
        "max": 25.5,
        "nodes": 104.5,
        "conditionals": 8.2,
        "comprehensions": 8.2,
        "nested": 3.3,
        "long": 21.5,
        "participles": 12,
        "is no": 3.3,
    },
    "_cli": {
        "median": 8.3,
        "p90": 22.6,
        "max": 33.2,
        "nodes": 103.2,
        "conditionals": 4.8,
        "comprehensions": 9,
        "nested": 9.8,
        "long": 12.9,
        "participles": 12,
        "is no": 5.9,
    },
    "_forms": {
        "median": 6.5,
        "p90": 13.5,
        "max": 25,
        "nodes": 72,
        "conditionals": 4.2,
        "comprehensions": 7.2,
        "nested": 7,
        "long": 10.7,
        "participles": 1.5,
        "is no": 4.6,
    },
    "_schemas": {
        "median": 9,
        "p90": 14,
        "max": 21,
        "nodes": 84,
        "conditionals": 1.5,
        "comprehensions": 2.5,
        "nested": 0,
        "long": 10.5,
        "participles": 1,
        "is no": 0,
    },
    "_testing": {
        "median": 5,
        "p90": 11,
        "max": 20,
        "nodes": 50,
        "conditionals": 1.5,
        "comprehensions": 2,
        "nested": 0,
        "long": 8,
        "participles": 9.3,
        "is no": 2,
    },
    "_types": {
        "median": 7,
        "p90": 15,
        "max": 27,
        "nodes": 70,
        "conditionals": 1.5,
        "comprehensions": 2.5,
        "nested": 0,
        "long": 11,
        "participles": 1,
        "is no": 1,
    },
    "client": {
        "median": 5.7,
        "p90": 16.1,
        "max": 100.8,
        "nodes": 52.5,
        "conditionals": 3.1,
        "comprehensions": 3.1,
        "nested": 4.6,
        "long": 12.5,
        "participles": 4.3,
        "is no": 3.3,
    },
    "codegen": {
        "median": 5,
        "p90": 12,
        "max": 24,
        "nodes": 64.5,
        "conditionals": 2.1,
        "comprehensions": 4.8,
        "nested": 3,
        "long": 6.9,
        "participles": 1.2,
        "is no": 1,
    },
    "contract": {
        "median": 9.6,
        "p90": 20,
        "max": 30.6,
        "nodes": 107.1,
        "conditionals": 5.4,
        "comprehensions": 6.3,
        "nested": 3.3,
        "long": 7.6,
        "participles": 7.2,
        "is no": 3.3,
    },
    "server": {
        "median": 7,
        "p90": 18.7,
        "max": 77.4,
        "nodes": 81.2,
        "conditionals": 3.6,
        "comprehensions": 3.4,
        "nested": 8.5,
        "long": 13.4,
        "participles": 7.6,
        "is no": 22.8,
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
