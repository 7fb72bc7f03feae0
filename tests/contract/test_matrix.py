"""Every row of the table of verdicts: an old client against a new server, over a socket.

What the table calls served works and nobody is told anything. What it does not call served breaks, or is told.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import running
from contract.clients import lock_of, package
from contract.rows import IDS, ROWS, Row, plain
from pydantic import ValidationError
from sanic import Sanic

from sanic_actions import Namespace
from sanic_actions.client import ContractChanged
from sanic_actions.contract import Lock, compare
from sanic_actions.contract._verdicts import VERDICTS
from sanic_actions.server import ActionsBlueprint


def locks_of(row: Row) -> tuple[Lock, Lock | None]:
    older = lock_of({"act": row.old})
    if row.new is None:
        return older, None
    return older, lock_of({"act": row.new}, older)


@contextlib.contextmanager
def serving(row: Row, lock: Lock | None) -> Iterator[str]:
    """Serve the newer action of a row, with the lock that knows the older one."""
    tree = {"other": plain()} if row.new is None else {"act": row.new}
    app = Sanic("matrix")
    app.blueprint(ActionsBlueprint(Namespace(**tree), lock=lock))
    with running(app) as url:
        yield url


def error_of(module: Any, client: Any, row: Row) -> object:
    """Make the call of a row and return the error that it ends with; of a stream or a file, read to the end."""
    models = getattr(module, "models", None)
    arguments = eval(f"dict({row.arguments})", {"models": models})
    if hasattr(client.act, "safe"):
        return client.act.safe(**arguments).error
    answer = client.act(**arguments).safe()
    if hasattr(answer, "read"):
        return answer.read().error
    return next((result.error for result in answer if result.error is not None), None)


def test_every_row_of_the_table_is_here() -> None:
    """An action that was added is the only change that no older client can meet."""
    assert {row.kind for row in ROWS} == VERDICTS.keys() - {"action added"}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_an_old_client_meets_a_new_server(tmp_path: Path, row: Row) -> None:
    """What is served works without a word; all else breaks, or the client says that it may."""
    older, newer = locks_of(row)
    kinds = {"action removed"}
    if newer is not None:
        kinds = {change.kind for change in compare(older.contract, newer.contract)}
    module = package(tmp_path, {"act": row.old}, older)

    with serving(row, newer) as url, warnings.catch_warnings(record=True) as seen, module.Client(url) as client:
        warnings.simplefilter("always")
        error = error_of(module, client, row)

    is_told = any(warning.category is ContractChanged for warning in seen)
    assert kinds == {row.kind}
    assert (error is None) == row.works, error
    if VERDICTS[row.kind].served:
        assert row.works
        assert not is_told
    else:
        assert is_told or not row.works


BOTH = {name: row for name, row in zip(IDS, ROWS, strict=True) if row.new is not None}


@pytest.mark.parametrize("name", BOTH)
def test_a_new_client_meets_an_old_server(tmp_path: Path, name: str) -> None:
    """A client that is deployed first hears nothing where its lock says that it works with the older contract."""
    row = BOTH[name]
    older, newer = locks_of(row)
    assert newer is not None
    module = package(tmp_path, {"act": row.new}, newer)

    with serving(row._replace(new=row.old), older) as url, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with module.Client(url) as client:
            try:
                error = error_of(module, client, row)
            except (TypeError, AttributeError, ValidationError):
                pytest.skip("a caller of now does not make this call any more")

    is_told = any(warning.category is ContractChanged for warning in seen)
    is_fitting = older.contract.hashes["act"] in newer.works_with.get("act", ())
    assert is_fitting == all(change.verdict.served for change in compare(newer.contract, older.contract))
    if is_fitting:
        assert not is_told
    else:
        assert is_told or error is not None
