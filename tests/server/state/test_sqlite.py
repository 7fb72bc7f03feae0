"""What the SQLite store promises beyond the contract: files, sizes, and what may happen to them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from descriptors import open_files, wait_until_closed
from sanic.log import logger
from server.state.one_loop import use

from sanic_actions.server._state import rows
from sanic_actions.server._state.budgets import PAGE, charge_of
from sanic_actions.server._state.clock import Clock
from sanic_actions.server._state.sqlite import SQLiteStore
from sanic_actions.server._state.store import StateError, StateStore


async def fill(store: StateStore) -> None:
    """Put a hundred values."""
    for n in range(100):
        await store.put(str(n), b"v" * 1000, 60)


def modes_in(folder: Path) -> set[int]:
    """The modes of all files there."""
    return {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def clear(folder: Path) -> None:
    """Remove all files there."""
    for file in folder.iterdir():
        file.unlink()


class Records(logging.Handler):
    """What was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """What Sanic's logger gets; it may or may not propagate to the root, where caplog listens."""
    handler = Records()
    logger.addHandler(handler)
    yield handler.records
    logger.removeHandler(handler)


def test_sqlite_files_are_readable_by_us_only(tmp_path: Path) -> None:
    """The database and everything beside it has mode 0600, whatever the umask."""
    before = os.umask(0)
    try:

        async def work(store: StateStore) -> set[int]:
            await store.put("k", b"v", 60)
            return modes_in(tmp_path)

        modes = use(SQLiteStore(tmp_path / "state.sqlite3"), work)
    finally:
        os.umask(before)

    assert modes == {0o600}


def test_sqlite_processes_that_begin_a_file_at_once_all_succeed(
    tmp_path: Path, together: Callable[..., list[list[str]]]
) -> None:
    """Workers that open the same missing file at the same moment, and close it again and again, never fail."""
    for n in range(3):
        assert together("begin", str(tmp_path / f"{n}.sqlite3")) == [[]] * 4


def test_sqlite_keeps_writes_of_a_killed_process(tmp_path: Path, start_process: Callable[[], Any]) -> None:
    """What put has confirmed is there after the worker was killed in the middle of its work."""
    path = str(tmp_path / "state.sqlite3")
    process = start_process()
    process.tell("write_for_ever", path)
    last = [process.answer() for _ in range(200)][-1]
    process.kill()

    async def work(store: StateStore) -> list[bytes | None]:
        return [await store.pop(str(n)) for n in range(last + 1)]

    assert use(SQLiteStore(path), work) == [b"v"] * (last + 1)


@pytest.mark.parametrize(("size", "count"), [(0, 3000), (100, 1000), (20_000, 100)])
def test_sqlite_size_is_bounded_and_the_oldest_goes_first(tmp_path: Path, size: int, count: int) -> None:
    """A store that is never emptied stays within its bound, keeps the last writes and loses the first."""
    path = tmp_path / "state.sqlite3"

    async def work(store: StateStore) -> list[bytes | None]:
        for n in range(count):
            await store.put(str(n), b"v" * size, 3600)
        return [await store.pop("0"), await store.pop(str(count - 5)), await store.pop(str(count - 1))]

    popped = use(SQLiteStore(path, max_bytes=100_000), work)

    assert popped == [None, b"v" * size if size < 20_000 else None, b"v" * size]
    assert path.stat().st_size <= 120_000


@pytest.mark.parametrize("size", [0, 20, 60, 150, 250, 400, 600, 1500, 20_000])
def test_sqlite_entries_are_charged_for_what_they_take(tmp_path: Path, size: int) -> None:
    """What an entry is charged for is what it takes in the file, whatever its size."""
    path, count = tmp_path / "state.sqlite3", 300

    async def work(store: StateStore) -> None:
        for n in range(count):
            await store.put(f"result:{n:064}", b"v" * size, 3600)

    use(SQLiteStore(path), work)
    charge = count * charge_of(b"result:" + b"0" * 64, b"v" * size)
    taken = path.stat().st_size - 20 * PAGE  # the tables themselves

    assert 0.85 * charge <= taken <= 1.03 * charge


def test_sqlite_eviction_leaves_other_kinds_alone(tmp_path: Path) -> None:
    """What makes room for results is the oldest of them, wherever entries of other kinds stand."""

    async def work(store: StateStore) -> list[bytes | None]:
        for n in range(40):
            await store.claim(f"form:{n}", b"held", 3600)
            await store.put(f"other:{n}", b"rest", 3600)
        for n in range(400):
            await store.put(f"result:{n}", b"v" * 100, 3600)
        keys = ["form:0", "other:0", "result:0", "result:399"]
        return [await store.pop(key) for key in keys]

    store = SQLiteStore(tmp_path / "state.sqlite3", max_bytes=100_000)

    assert use(store, work) == [b"held", b"rest", None, b"v" * 100]


def test_sqlite_expired_values_make_room(tmp_path: Path) -> None:
    """Expired values are removed as others are written: the file does not grow, and nothing live is pushed out."""
    path = tmp_path / "state.sqlite3"

    async def work(store: StateStore) -> bytes | None:
        await store.put("lasting", b"v", 60)
        for n in range(2000):
            await store.put(str(n), b"v" * 1000, 0.001)
        return await store.pop("lasting")

    assert use(SQLiteStore(path, max_bytes=2**20), work) == b"v"
    assert path.stat().st_size < 2**19


def test_sqlite_value_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """A value of more than a quarter of the store's size is an error that names both sizes; nothing else is lost."""

    async def work(store: StateStore) -> bytes | None:
        await store.put("k", b"v", 60)
        for method in (store.put, store.claim):
            with pytest.raises(StateError, match=r"25001 bytes is too large .* takes 25000"):
                await method("large", b"v" * 25_001, 60)
        return await store.pop("k")

    assert use(SQLiteStore(tmp_path / "state.sqlite3", max_bytes=100_000), work) == b"v"


GARBAGE = {
    "text": lambda file: file.write_bytes(b"no database at all " * 500),
    "damaged pages": lambda file: file.write_bytes(file.read_bytes()[:100] + b"\xff" * 40_000),
    "cut": lambda file: os.truncate(file, 5000),
}


@pytest.mark.parametrize("damage", GARBAGE.values(), ids=list(GARBAGE))
def test_sqlite_damaged_file_is_begun_anew(
    tmp_path: Path, logged: list[logging.LogRecord], damage: Callable[[Path], object]
) -> None:
    """A damaged file is removed with one line in the log, and the call that met it is answered from a new one."""
    path = tmp_path / "state.sqlite3"
    use(SQLiteStore(path), fill)
    damage(path)

    async def work(store: StateStore) -> bytes | None:
        await store.put("k", b"v", 60)
        return await store.pop("k")

    assert use(SQLiteStore(path), work) == b"v"
    (record,) = logged
    assert record.levelname == "WARNING"
    assert "was damaged" in record.getMessage()
    assert "begun anew" in record.getMessage()


def test_sqlite_file_damaged_in_use_is_replaced_once(tmp_path: Path, logged: list[logging.LogRecord]) -> None:
    """Of two workers that hold a file open when it is damaged one replaces it, and both go on in the same new one."""
    path = tmp_path / "state.sqlite3"

    async def both() -> list[bytes | None]:
        one, other = SQLiteStore(path), SQLiteStore(path)
        await fill(one)
        await other.pop("0")
        with contextlib.closing(sqlite3.connect(path)) as third:
            third.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # or all pages would be read from the log
        path.write_bytes(b"no database at all " * 5000)
        await asyncio.gather(one.put("a", b"1", 60), other.put("b", b"2", 60))
        popped = [await one.pop("b"), await other.pop("a")]
        await one.close()
        await other.close()
        return popped

    assert asyncio.run(both()) == [b"2", b"1"]
    assert len(logged) == 1


def test_sqlite_file_that_was_removed_is_begun_anew(tmp_path: Path) -> None:
    """Workers whose file was cleaned away meet again in a new one at their next call."""
    path = tmp_path / "state.sqlite3"

    async def both() -> bytes | None:
        one, other = SQLiteStore(path), SQLiteStore(path)
        await one.put("k", b"old", 60)
        await other.put("k", b"old", 60)
        clear(tmp_path)
        await one.put("k", b"new", 60)
        popped = await other.pop("k")
        await one.close()
        await other.close()
        return popped

    assert asyncio.run(both()) == b"new"


def test_sqlite_file_locked_by_another_program_is_an_error_in_time(tmp_path: Path) -> None:
    """While another program holds the database, every waiting call fails after the timeout, not one after another."""
    path = tmp_path / "state.sqlite3"

    async def work(store: StateStore) -> tuple[list[object], float, bytes | None]:
        await store.put("k", b"v", 60)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            failed = await asyncio.gather(*(store.pop("k") for _ in range(40)), return_exceptions=True)
            took = time.monotonic() - started
            other.execute("ROLLBACK")
        return list(failed), took, await store.pop("k")

    failed, took, popped = use(SQLiteStore(path, timeout=0.5), work)

    assert [type(error) for error in failed] == [StateError] * 40
    assert "state.sqlite3' cannot be used: database is locked" in str(failed[0])
    assert took < 10  # one after another they take twice that
    assert popped == b"v"


def test_sqlite_waits_for_another_process_without_holding_the_loop(tmp_path: Path) -> None:
    """While another program writes, a call waits for its turn and the event loop goes on."""
    path = tmp_path / "state.db"

    async def work(store: StateStore) -> tuple[int, bytes | None]:
        await store.put("a", b"1", 60)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(store.put("a", b"2", 60))
        turns = 0
        for _ in range(50):
            await asyncio.sleep(0.002)
            turns += not waiting.done()
        other.execute("COMMIT")
        other.close()
        await waiting
        return turns, await store.pop("a")

    assert use(SQLiteStore(path, timeout=30), work) == (50, b"2")


def test_sqlite_call_whose_turn_comes_late_is_done_where_nobody_holds_the_file(tmp_path: Path) -> None:
    """A machine that stalls for longer than a call waits for other processes costs no call."""

    async def work(_: StateStore) -> bytes | None:
        store = SQLiteStore(tmp_path / "state.db", timeout=0.05)
        store._own_worker().thread.submit(time.sleep, 0.3)
        await store.put("k", b"v", 60)
        popped = await store.pop("k")
        await store.close()
        return popped

    assert use(SQLiteStore(tmp_path / "other.db"), work) == b"v"


def test_sqlite_log_is_moved_into_the_file(tmp_path: Path) -> None:
    """However much is written, the log beside the file stays small."""
    path = tmp_path / "state.db"

    async def work(store: StateStore) -> int:
        for number in range(4_000):
            await store.put(str(number % 10), b"v" * 3_000, 60)
        return sum(file.stat().st_size for file in files)

    files = [path, path.with_name("state.db-wal")]
    assert use(SQLiteStore(path), work) < 32 * 2**20


def test_sqlite_file_locked_while_it_is_opened_is_an_error(tmp_path: Path) -> None:
    """A store that could not be opened completely is opened again, and completely, at the next call."""
    path = tmp_path / "state.sqlite3"

    async def work(store: StateStore) -> bytes | None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StateError, match="database is locked"):
                await store.put("k", b"v", 60)
            other.execute("ROLLBACK")
        await store.put("k", b"v", 60)
        return await store.pop("k")

    assert use(SQLiteStore(path, timeout=0.2), work) == b"v"


def test_sqlite_read_only_folder_is_an_error(start_process: Callable[[], Any]) -> None:
    """A folder that we may not write in gives the one error, which says what to do."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        process = start_process()
        process.tell("put_as_nobody", f"{folder}/state.sqlite3")

        error = process.answer()

    assert "Permission denied" in error
    assert "state=SQLiteStore(path)" in error


def test_sqlite_missing_folder_is_an_error(tmp_path: Path) -> None:
    """A folder that does not exist gives the one error."""
    with pytest.raises(StateError, match="No such file or directory"):
        use(SQLiteStore(tmp_path / "missing" / "state.sqlite3"), fill)


def test_sqlite_write_beyond_the_file_size_limit_is_an_error(tmp_path: Path) -> None:
    """Writes that the system refuses give the one error, and the store works again when they succeed again."""
    path = tmp_path / "state.sqlite3"

    async def work(store: StateStore) -> bytes | None:
        await store.put("k", b"v", 60)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            with pytest.raises(StateError, match="cannot be used"):
                await store.put("large", b"v" * 500_000, 60)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        await store.put("large", b"v" * 500_000, 60)
        return await store.pop("k")

    assert use(SQLiteStore(path), work) == b"v"


def test_sqlite_full_disk_is_an_error(tmp_path: Path) -> None:
    """On a full disk writes give the one error; what is there can be popped, and that makes room."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")

    async def work(store: StateStore) -> bytes | None:
        await store.put("k", b"v", 60)
        fill_up = [store.put(str(n), b"v" * 50_000, 60) for n in range(100)]
        failed = [error for error in await asyncio.gather(*fill_up, return_exceptions=True) if error]
        assert {type(error) for error in failed} == {StateError}
        assert "full" in str(failed[0])
        return await store.pop("k")

    try:
        assert use(SQLiteStore(tmp_path / "state.sqlite3"), work) == b"v"
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system temporary directory of the test's own, and no runtime folder."""
    if Path(f"/run/user/{os.geteuid()}").is_dir():
        pytest.skip("this user has a runtime folder, which comes before the temporary one")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path


def test_sqlite_default_is_in_the_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the user has a runtime folder, in which nobody else can make anything, the default file is there."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))

    use(SQLiteStore.of_app("blog"), fill)

    assert [file.name for file in runtime.glob("*/*.sqlite3")] == ["blog.sqlite3"]
    assert stat.S_IMODE((runtime / "sanic-actions").stat().st_mode) == 0o700


RUNTIME = {
    "open to others": lambda path: (path.mkdir(), path.chmod(0o755)),
    "another user's": lambda path: (path.mkdir(mode=0o700), shutil.chown(path, 12345)),
    "symbolic link": lambda path: (path.with_name("real").mkdir(mode=0o700), path.symlink_to(path.with_name("real"))),
    "missing": lambda path: None,
}


@pytest.mark.parametrize("plant", RUNTIME.values(), ids=list(RUNTIME))
def test_sqlite_runtime_folder_that_is_not_ours_alone_is_not_used(
    temp: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path], object]
) -> None:
    """What a variable names as the runtime folder is used only if it is the user's and closed to others."""
    runtime = temp / "runtime"
    try:
        plant(runtime)
    except PermissionError:
        pytest.skip("giving a folder to another user needs root")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))

    use(SQLiteStore.of_app("blog"), fill)

    assert (temp / f"sanic-actions-{os.geteuid()}" / "blog.sqlite3").exists()


def test_sqlite_moves_on_when_the_runtime_folder_goes(temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime folder that is removed with the user's last session costs what was in it, and no later call."""
    runtime = temp / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))

    async def work(store: StateStore) -> list[bytes | None]:
        other = SQLiteStore.of_app("blog")
        await store.put("k", b"old", 60)
        shutil.rmtree(runtime)
        await store.put("k", b"new", 60)
        popped = [await other.pop("k")]
        await other.close()
        return popped

    assert use(SQLiteStore.of_app("blog"), work) == [b"new"]


def test_sqlite_keeps_time_over_a_reboot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before the last boot lasts as long as it was to, whatever the new clock counts from."""
    path = tmp_path / "state.sqlite3"
    for epoch, offset in (("first", 1e6), ("second", -1e6)):
        booted = Clock(epoch, lambda offset=offset: time.monotonic() + offset)  # type: ignore[misc]  # mypy infers no type for it
        monkeypatch.setattr(rows, "machine_clock", lambda booted=booted: booted)
        if epoch == "first":
            use(SQLiteStore(path), lambda store: store.claim("call:short", b"?", 0.3))
            use(SQLiteStore(path), lambda store: store.claim("call:long", b"?", 60))
            time.sleep(0.4)

    async def work(store: StateStore) -> list[bytes | None]:
        return [await store.claim(key, b"new", 60) for key in ("call:short", "call:long")]

    assert use(SQLiteStore(path), work) == [None, b"?"]


def test_sqlite_default_is_a_private_folder_of_the_user(temp: Path) -> None:
    """By default each app has its own file, in one folder of mode 0700 for each user."""
    use(SQLiteStore.of_app("blog"), fill)
    use(SQLiteStore.of_app("../shop"), fill)

    folder = temp / f"sanic-actions-{os.geteuid()}"
    assert list(temp.iterdir()) == [folder]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name for file in folder.glob("*.sqlite3")} == {"blog.sqlite3", "..%2Fshop.sqlite3"}


PLANTED = {
    "symbolic link": lambda folder, other: folder.symlink_to(other),
    "open to others": lambda folder, other: (folder.mkdir(), folder.chmod(0o777)),
    "a file": lambda folder, other: folder.write_text(""),
    "another user's": lambda folder, other: (folder.mkdir(mode=0o700), shutil.chown(folder, 12345)),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=list(PLANTED))
def test_sqlite_planted_default_folder_is_refused(temp: Path, plant: Callable[[Path, Path], object]) -> None:
    """A default folder that another user could have made, or can write in, is refused and nothing written to it."""
    folder, other = temp / f"sanic-actions-{os.geteuid()}", temp / "other"
    other.mkdir(mode=0o700)
    try:
        plant(folder, other)
    except PermissionError:
        pytest.skip("giving a folder to another user needs root")

    with pytest.raises(StateError, match="not ours alone"):
        use(SQLiteStore.of_app("blog"), fill)
    assert not folder.is_dir() or list(folder.iterdir()) == []
    assert list(other.iterdir()) == []


def test_sqlite_planted_file_is_refused(tmp_path: Path) -> None:
    """A symbolic link in place of the database, or of its lock, is never followed."""
    target = tmp_path / "target"
    target.write_text("precious")
    for name in ("a.sqlite3", "b.sqlite3.lock"):
        (tmp_path / name).symlink_to(target)

    for name in ("a.sqlite3", "b.sqlite3"):
        with pytest.raises(StateError):
            use(SQLiteStore(tmp_path / name), fill)
    assert target.read_text() == "precious"


def test_sqlite_stores_that_nobody_has(tmp_path: Path) -> None:
    """A store that is dropped without being closed, as that of an app that failed to start, lets go of its file."""

    async def main() -> None:
        store = SQLiteStore(tmp_path / "state")
        await fill(store)
        assert open_files(str(tmp_path))

    asyncio.run(main())
    gc.collect()

    assert wait_until_closed(str(tmp_path)) == []
