"""A lock: its version follows from what changed, and it knows which older contracts still fit."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from sanic_actions import Namespace, action
from sanic_actions._cli.change_report import report
from sanic_actions._namespace import entries
from sanic_actions.contract import LockError, compare, describe, locked, parse_lock, read_lock, write_lock
from sanic_actions.contract._contract import Contract
from sanic_actions.contract._lock_file import _without_extras


def first() -> Any:
    @action
    def buy(sku: str) -> int:
        return 1

    return buy


def with_optional_field() -> Any:
    @action
    def buy(sku: str, count: int = 1) -> int:
        return 1

    return buy


def with_required_field() -> Any:
    @action
    def buy(sku: str, shop: str) -> int:
        return 1

    return buy


def with_other_output() -> Any:
    @action
    def buy(sku: str) -> str:
        return ""

    return buy


@pytest.mark.parametrize("text", ["plain", "é ☃", '"\\', "\ud800"], ids=ascii)
def test_hash_and_text_are_canonical_json_whatever_the_strings_in_a_description(text: str) -> None:
    shared: Any = {"kind": "model", "fields": {text: {"type": "int"}, "a": {"type": {"literal": [text]}}}}
    item: Any = {"kind": "model", "fields": {"b": {"type": {"class": "m.Shared"}}, "a": {"type": "str"}}}
    described: Any = {"output": {"class": "m.Shared"}, "input": {"value": {"class": "m.Item"}}, "errors": {}}
    contract = Contract(
        {"buy": described}, {"m.Shared": shared, "m.Item": item}, {"m.Shared": shared, "m.Unused": item}
    )
    parts = [1, described, {"m.Item": item, "m.Shared": shared}, {"m.Shared": shared}]
    is_ascii = text == "\ud800"  # UTF-8 cannot write it
    plain = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=is_ascii)
    assert contract.hashes["buy"] == hashlib.sha256(plain.encode()).hexdigest()[:16]
    lock = locked("shop", contract, None).as_text()
    data = json.loads(lock)
    assert (data["inputs"], data["outputs"]) == (contract.inputs, contract.outputs)
    assert lock == json.dumps(data, sort_keys=True, indent=1, ensure_ascii=is_ascii) + "\n"


def lock_of(buy: Any, previous: Any = None, app: str = "shop") -> Any:
    return locked(app, describe(entries(Namespace(buy=buy))), previous)


def test_the_first_lock_has_the_first_version() -> None:
    """A lock begins at 0.1.0."""
    assert lock_of(first()).version == "0.1.0"


@pytest.mark.parametrize(
    ("version", "change", "expected"),
    [
        ("0.1.0", first, "0.1.0"),
        ("0.1.0", with_optional_field, "0.1.1"),
        ("0.1.4", with_required_field, "0.2.0"),
        ("1.2.3", first, "1.2.3"),
        ("1.2.3", with_optional_field, "1.3.0"),
        ("1.2.3", with_other_output, "2.0.0"),
    ],
)
def test_the_version_follows_from_the_difference(version: str, change: Any, expected: str) -> None:
    """What breaks callers raises the major number (below 1.0 the minor one), anything else the next one."""
    contract = describe(entries(Namespace(buy=first())))
    previous = locked("shop", contract, None)
    previous = type(previous)(app="shop", version=version, contract=contract)

    assert lock_of(change(), previous).version == expected


def test_a_server_still_serves_older_clients_while_every_change_fits() -> None:
    """A new optional field does not concern clients that do not send it; a required one does."""
    oldest = lock_of(first())
    newer = lock_of(with_optional_field(), oldest)

    assert newer.serves == {"buy": (oldest.contract.hashes["buy"],)}
    assert lock_of(with_required_field(), newer).serves == {}


def test_a_client_works_with_an_older_server_only_if_nothing_that_it_sends_is_dropped() -> None:
    """A client that may send a new field does not fit a server that does not know it; the other way it fits."""
    oldest = lock_of(first())

    assert lock_of(with_optional_field(), oldest).works_with == {}
    assert lock_of(first(), lock_of(with_optional_field())).serves == {}


def test_a_contract_that_comes_back_is_not_older_than_itself() -> None:
    """Its own hash does not stand among the older ones."""
    oldest = lock_of(first())
    back = lock_of(first(), lock_of(with_optional_field(), oldest))

    assert oldest.contract.hashes["buy"] not in back.serves.get("buy", ())


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The file holds all of it, and writing it again changes nothing."""
    lock = lock_of(with_optional_field(), lock_of(first()))
    path = tmp_path / "actions.lock.json"

    assert write_lock(path, lock)
    assert read_lock(path) == lock
    assert not write_lock(path, lock)
    assert path.read_text() == lock.as_text()


def test_the_lock_of_another_app_is_not_continued() -> None:
    """Two apps beside each other need two files."""
    with pytest.raises(LockError, match=r"'shop'.*'store'.*--lock"):
        lock_of(first(), lock_of(first()), app="store")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"format": 1}',
        '{"format": 1, "app": "shop", "version": "x", "actions": {}, "inputs": {}, "outputs": {}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_lock_is_one_clear_message(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file, the message names it and says what to do."""
    path = tmp_path / "actions.lock.json"
    path.write_text(text)

    with pytest.raises(LockError, match=r"actions\.lock\.json is not a lock .*Restore it"):
        read_lock(path)


def test_lock_with_conflict_markers_says_how_to_merge(tmp_path: Path) -> None:
    """A lock that git could not merge is told from a damaged one."""
    path = tmp_path / "actions.lock.json"
    path.write_text(f"{{\n<<<<<<< HEAD\n{lock_of(first()).as_text()}=======\n{{}}\n>>>>>>> other\n")

    with pytest.raises(LockError, match=r"has conflict markers of git.*git checkout HEAD -- .*git:MERGE_HEAD"):
        read_lock(path)


def test_lock_behind_a_link_is_written_where_it_is(tmp_path: Path) -> None:
    """A link stays one: several projects may share a lock."""
    path, link = tmp_path / "shared.json", tmp_path / "actions.lock.json"
    write_lock(path, lock_of(first()))
    link.symlink_to(path.name)

    assert write_lock(link, lock_of(with_other_output()))
    assert link.is_symlink()
    assert read_lock(path).contract == lock_of(with_other_output()).contract


def test_a_lock_of_a_later_format_asks_for_an_update(tmp_path: Path) -> None:
    """A lock that a later version wrote is not guessed at."""
    path = tmp_path / "actions.lock.json"
    path.write_text(json.dumps({"format": 99}))

    with pytest.raises(LockError, match=r"format 99.*Update sanic-actions"):
        read_lock(path)


def test_a_lock_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    """The hashes show it."""
    path = tmp_path / "actions.lock.json"
    path.write_text(lock_of(first()).as_text().replace('"sku"', '"article"'))

    with pytest.raises(LockError, match=r"'buy'.*by hand"):
        read_lock(path)


def test_a_missing_lock_says_how_to_write_one(tmp_path: Path) -> None:
    """The command stands in the message."""
    with pytest.raises(LockError, match="sanic-actions lock"):
        read_lock(tmp_path / "actions.lock.json")


class Documented(BaseModel):
    """One documentation."""

    sku: str
    count: int = 1


def test_documentation_and_order_do_not_change_a_hash() -> None:
    """A hash changes when a caller could notice, and never for words or for the order of fields."""

    @action
    def one(sku: str, count: int = 1) -> int | str:
        """Say it one way."""
        return 1

    @action
    def other(count: int = 1, *, sku: str) -> str | int:
        """Say it another way."""
        return 1

    hashes = describe(entries(Namespace(one=one, other=other))).hashes

    assert hashes["one"] == hashes["other"]


EVIL: list[Any] = [
    *(None, True, -1, 1e308, 10**400, "", "\x1b[2J", "a\nno changes", "::error::x", "../../x", "\ud800", [], {}, [[]]),
    *({"of": {}}, {"union": []}, {"class": "nobody"}, {"literal": [{"member": 1}]}, {"new": "x"}, ["a"] * 3_000),
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in some JSON, with each of its keys."""
    keys: Iterable[Any] = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from places(value[key])


@settings(max_examples=examples(150, full=10_000))
@given(random=st.randoms(use_true_random=False))
def test_lock_that_somebody_has_made_up(random: Random) -> None:
    """Whatever stands in a lock, with hashes that fit, it is refused or compared, and cannot speak to a terminal."""
    good = read_lock(Path(__file__).with_name("zoo.lock.json"))
    data = json.loads(good.as_text())
    for _ in range(random.randint(1, 3)):
        container, key = random.choice(list(places(data)))
        if isinstance(container, dict) and random.random() < 0.3:
            container[random.choice(["\x1b[31m", "a\nb", "::x"])] = container.pop(key)
        else:
            container[key] = deepcopy(random.choice(EVIL))  # a later turn may change it
    with contextlib.suppress(ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        actions = {name: _without_extras(described) for name, described in data["actions"].items()}
        hashes = Contract(actions, data["inputs"], data["outputs"]).hashes
        for name, action_ in data["actions"].items():
            action_["hash"] = hashes[name]

    try:
        bad = parse_lock(json.dumps(data), "made up")
    except LockError:
        return
    for changes in (compare(good.contract, bad.contract), compare(bad.contract, good.contract)):
        lines = report(changes, "text", "source", []) + report(changes, "github", "source", [])
        assert all(line.isprintable() for line in lines.splitlines())
        assert len(lines.splitlines()) == 2 * len(changes) + 1
