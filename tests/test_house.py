"""The house reads aloud: each room is held to the figures that it has reached, and every name means one thing."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

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
# and "max" is the longest function: a signature of all options of a blueprint.
# `python tests/house.py` prints what there is.
LIMITS: Mapping[str, Mapping[str, float]] = {
    "(doors)": {"long": 5},
    "_checks": {"long": 3},
    "_cli": {"long": 5},
    "_forms": {"long": 3.9},
    "_schemas": {"long": 4},
    "_testing": {"long": 4.5},
    "_types": {"long": 5},
    "client": {"long": 4},
    "codegen": {"long": 3.7},
    "contract": {"long": 2.8},
    "server": {"max": 65, "long": 5},
}
FEWEST_COMMENTS: Mapping[str, float] = {
    "(doors)": 4.3,
    "_checks": 4.6,
    "_cli": 4.1,
    "_forms": 5.3,
    "_schemas": 4,
    "_testing": 4,
    "_types": 3.9,
    "client": 4.4,
    "codegen": 4,
    "contract": 3.9,
    "server": 4,
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


LINES_OF_A_FILE = 350
LONG_FILES: Mapping[str, int] = {
    "server/_host.py": 800,
    "server/_controls/filling.py": 610,
    "server/_controls/control.py": 440,
    "_errors.py": 440,
    "contract/_describer.py": 440,
    "server/_blueprint.py": 400,
    "server/_call/endpoint.py": 400,
    "_types/representable.py": 390,
    "_wire.py": 380,
}
"""Files that hold more than one can read at a time, and what they may have; these numbers only ever go down.

The first holds all that an upgrade of Sanic may break, in one place on purpose.
"""


def test_files_can_be_read_at_a_time() -> None:
    """A file has up to 350 lines, docstrings included, unless the table says otherwise."""
    long_files: dict[str, int] = {}
    for path in (path for paths in house.rooms().values() for path in paths):
        name = path.relative_to(house.ROOT).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONG_FILES.get(name, LINES_OF_A_FILE):
            long_files[name] = lines

    assert long_files == {}


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


def test_no_alias_has_the_name_of_a_class() -> None:
    """An alias of a type, or another constant, is not called like a class of another file."""
    classes: dict[str, Path] = {}
    aliases: dict[str, set[Path]] = defaultdict(set)
    for path in (path for paths in house.rooms().values() for path in paths):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes.update({node.name: path for node in ast.walk(tree) if isinstance(node, ast.ClassDef)})
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                aliases[statement.targets[0].id].add(path)

    assert {name for name in classes.keys() & aliases.keys() if aliases[name] - {classes[name]}} == set()


def test_aliases_mean_one_thing() -> None:
    """An alias of a type that stands in several files is the same in all of them."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for path in (path for paths in house.rooms().values() for path in paths):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                meaning = ast.unparse(statement.value)
                if ALIAS.fullmatch(statement.targets[0].id) and not meaning.startswith("TypeVar("):
                    meanings[statement.targets[0].id].add(meaning)

    assert {name: sorted(forms) for name, forms in meanings.items() if len(forms) > 1} == {}


ALIAS = re.compile(r"_?[A-Z]\w*[a-z]\w*")
"""The name of a type: not a constant, whose letters are all capitals."""


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


ROOT = Path(__file__).parent.parent
MARK = "# Generated by sanic-actions. Do not edit."
"""The first line of files that the library has written: the tools are told there of all of it at once."""


def written_files() -> Iterator[Path]:
    """Every Python file of the repository that somebody wrote."""
    for folder in ("sanic_actions", "tests", "benchmarks", "examples"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.read_text(encoding="utf-8").startswith(MARK):
                yield path
    yield ROOT / "noxfile.py"


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{line}"


def test_what_quiets_a_tool_says_why() -> None:
    """A `noqa`, a `type: ignore` or a `pyright: ignore` names its rule and has a reason behind it."""
    quiet = re.compile(r"# (?:noqa|type: ignore|pyright: ignore|pragma: no cover)\b")
    rules = r"noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\]|pyright: ignore\[\w+\]|pragma: no cover"
    # Two markers on one line share a reason, and one is not the reason of the other.
    reason = re.compile(rf"(?:# (?:{rules})  )+# (?!{rules})\S")
    unexplained: list[str] = []
    for path in written_files():
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            if token.type == tokenize.COMMENT and quiet.search(token.string) and not reason.match(token.string):
                unexplained.append(place(path, token.start[0]))

    assert unexplained == []


def test_what_is_skipped_says_why() -> None:
    """A test that may be skipped says what is missing where it is."""
    unexplained: list[str] = []
    for path in written_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SKIPS and not _has_reason(node):
                unexplained.append(place(path, node.lineno))

    assert unexplained == []


SKIPS = {f"pytest.{name}" for name in ("skip", "importorskip", "xfail", "mark.skip", "mark.skipif", "mark.xfail")}


def _has_reason(call: ast.Call) -> bool:
    """Return whether a call that skips has a reason: by name, or first where nothing else can stand there."""
    if any(keyword.arg == "reason" for keyword in call.keywords):
        return True
    return bool(call.args) and ast.unparse(call.func) in ("pytest.skip", "pytest.xfail")


def test_the_map_names_what_is_there() -> None:
    """Each file that CONTRIBUTING names exists."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`((?:[\w/-]+/)?\w+\.(?:py|js))`", text))
    files = [path.relative_to(ROOT).as_posix() for path in written_files()]
    files += [path.relative_to(ROOT).as_posix() for path in house.ROOT.rglob("*.js")]
    missing = [name for name in names if not any(f"/{file}".endswith(f"/{name}") for file in files)]

    assert len(names) > 20
    assert missing == []
