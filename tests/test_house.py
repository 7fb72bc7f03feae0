"""The house reads aloud: each room is held to the figures that it has reached, and every name means one thing."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Mapping

import house
import pytest

# The bar for every room. "nodes" is the median of a function's syntax nodes, "conditionals" and "comprehensions" count
# per 100 lines of code, "participles" is the share of bindings in percent,
# "is no" counts what should read "is not a".
BAR: Mapping[str, float] = {
    "median": 8,
    "p90": 18,
    "max": 50,
    "nodes": 85,
    "conditionals": 1.5,
    "comprehensions": 2.5,
    "nested": 0,
    "participles": 0.9,
    "is no": 0,
}
# What differs from room to room; they only go down. "long" counts lines over 100 columns per 100 lines of code,
# and "max" is the longest function: a signature of 24 type parameters, and one of all options of a blueprint.
# `python tests/house.py` prints what there is.
LIMITS: Mapping[str, Mapping[str, float]] = {
    "(doors)": {"long": 10},
    "_checks": {"long": 11.5},
    "_cli": {"long": 9.5},
    "_forms": {"long": 6.5},
    "_schemas": {"long": 10.5},
    "_testing": {"long": 6.5},
    "_types": {"long": 10},
    "client": {"max": 76, "long": 8.5},
    "codegen": {"long": 6.5},
    "contract": {"long": 5},
    "server": {"max": 66, "long": 9.5},
}
FEWEST_COMMENTS: Mapping[str, float] = {
    "(doors)": 1.7,
    "_checks": 1,
    "_cli": 1.1,
    "_forms": 2.4,
    "_schemas": 1.9,
    "_testing": 2.2,
    "_types": 2.2,
    "client": 2.8,
    "codegen": 1.2,
    "contract": 1.1,
    "server": 2.3,
}
"""Comments per 100 lines; these numbers only ever go up."""

SAME_FILE = frozenset({"body", "constraints", "defaults", "file", "interceptors", "lazy", "options", "outcome", "plan"})
"""Names of files, without underscores before them, that still stand twice; no other may."""


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
    limits = {**BAR, **LIMITS[room]}
    worse = {name: rows[room][name] for name, limit in limits.items() if rows[room][name] > limit}

    assert worse == {}
    assert rows[room]["comments"] >= FEWEST_COMMENTS[room]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("found", True), ("loaded", True), ("this", True), ("issues", False), ("is_shared", False), ("seed", False)],
)
def test_participles_are_told_from_nouns(name: str, expected: bool) -> None:
    """A participle or a pronoun does not say what it holds; a word that only ends like one does."""
    assert house.is_participle(name) is expected


SAME_CLASS = {"Download"}
"""Class names that stand twice, as both sides are promised them: a handler gives one, its caller gets one."""


def test_class_names_mean_one_thing() -> None:
    """No class name stands in two files of the package, private ones too."""
    homes: dict[str, set[str]] = defaultdict(set)
    for paths in house.rooms().values():
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    homes[node.name].add(path.relative_to(house.ROOT).as_posix())

    twice = {name: sorted(files) for name, files in homes.items() if len(files) > 1}
    assert twice.keys() == SAME_CLASS


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


def test_what_quiets_a_tool_says_why() -> None:
    """A `noqa` or a `type: ignore` names its rule and has a reason behind it."""
    quiet = re.compile(r"# (?:noqa|type: ignore)\b")
    reason = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])  # \S")
    unexplained: list[str] = []
    for path in house.ROOT.rglob("*.py"):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            if token.type == tokenize.COMMENT and quiet.search(token.string) and not reason.match(token.string):
                unexplained.append(f"{path.relative_to(house.ROOT).as_posix()}:{token.start[0]}")

    assert unexplained == []
