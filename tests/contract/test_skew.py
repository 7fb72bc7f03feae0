"""Clients and servers of different versions: whoever fits hears nothing, and whoever does not is told once."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import warnings
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from contract.clients import lock_of, package
from pydantic import BaseModel
from sanic import Sanic

from sanic_actions import CallError, Download, Err, InputError, action
from sanic_actions import client as door
from sanic_actions.client import ContractChanged
from sanic_actions.contract import parse_lock, write_lock
from sanic_actions.server import ActionsBlueprint

Serve = Callable[[Sanic[Any, Any]], str]
KINDS = ["Httpx2Transport", "PyqwestTransport", "AsyncHttpx2Transport", "AsyncPyqwestTransport"]


def old() -> Any:
    @action
    def buy(sku: str, note: str = "") -> str:
        return f"{sku} {note}"

    return buy


def with_option() -> Any:
    @action
    def buy(sku: str, note: str = "", count: int = 1) -> str:
        return f"{sku} {note} {count}"

    return buy


def renamed() -> Any:
    @action
    def buy(sku: str, remark: str = "") -> str:
        return f"{sku} {remark}"

    return buy


class Receipt(BaseModel):
    number: int


def other_output() -> Any:
    @action
    def buy(sku: str, note: str = "") -> Receipt:
        return Receipt(number=1)

    return buy


def required() -> Any:
    @action
    def buy(sku: str, shop: str) -> str:
        return sku

    return buy


def app_of(buy: Any, **options: Any) -> Sanic[Any, Any]:
    app = Sanic("shop")
    app.blueprint(ActionsBlueprint({"buy": buy}, **options))
    return app


def ask(module: Any, kind: str, url: str, *, times: int = 1, **options: Any) -> Any:
    """Call the action some times with a client of some kind, and give what the last call gave."""
    transport = getattr(door, kind)()
    if not kind.startswith("Async"):
        with module.Client(url, transport=transport, **options) as blocking:
            return [blocking.buy.safe(sku="a", note="b") for _ in range(times)][-1]

    async def main() -> Any:
        async with module.AsyncClient(url, transport=transport, **options) as awaiting:
            return [await awaiting.buy.safe(sku="a", note="b") for _ in range(times)][-1]

    return asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_fits_hears_nothing(serve: Serve, tmp_path: Path, kind: str) -> None:
    """A client of the server's own contract gets the answer, and no header more."""
    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(old()))

    assert ask(module, kind, url).data == "a b"


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_does_not_fit_is_told_once(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """An optional field was renamed: its value is dropped, and the client says so, once for an action."""
    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(renamed()))

    with warnings.catch_warnings(record=True) as seen, caplog.at_level(logging.WARNING, "sanic_actions"):
        warnings.simplefilter("always")
        assert ask(module, kind, url, times=3).data == "a "

    messages = [str(warning.message) for warning in seen if warning.category is ContractChanged]
    assert len(messages) == 1
    assert "The contract of buy differs" in messages[0]
    assert len([record for record in caplog.records if record.name == "sanic_actions"]) == 1
    assert len([record for record in caplog.records if record.name == "sanic_actions.contract"]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_may_raise_instead(serve: Serve, tmp_path: Path, kind: str) -> None:
    """With ``on_change="raise"`` the call fails with a cause of its own, and nobody takes the server for down."""
    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(renamed()))

    result = ask(module, kind, url, on_change="raise")

    assert isinstance(result, Err)
    error = result.error
    assert isinstance(error, CallError)
    assert (error.cause, error.code, error.status) == ("contract", "PRECONDITION_FAILED", None)
    assert "The contract of buy differs" in error.message


def test_a_client_may_ignore_it(serve: Serve, tmp_path: Path) -> None:
    """With ``on_change="ignore"`` nothing is said; any other word is refused when the client is made."""
    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(renamed()))

    assert ask(module, "Httpx2Transport", url, on_change="ignore").data == "a "
    with pytest.raises(ValueError, match="on_change is 'warn', 'raise' or 'ignore', not 'shout'"):
        module.Client(url, on_change="shout")


def test_an_older_client_is_served_by_the_lock(serve: Serve, tmp_path: Path) -> None:
    """A newer server knows from its lock that an older contract still fits."""
    older = lock_of({"buy": old()})
    newer = lock_of({"buy": with_option()}, older)
    path = tmp_path / "actions.lock.json"
    write_lock(path, newer)
    module = package(tmp_path, {"buy": old()}, older)

    assert ask(module, "Httpx2Transport", serve(app_of(with_option(), lock=path))).data == "a b 1"


def test_an_older_client_is_told_without_a_lock(serve: Serve, tmp_path: Path) -> None:
    """Without a lock a server knows its own contract only."""
    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(with_option()))

    with pytest.warns(ContractChanged):
        assert ask(module, "Httpx2Transport", url).data == "a b 1"


def test_a_newer_client_knows_the_older_servers_that_it_works_with(serve: Serve, tmp_path: Path) -> None:
    """A client that is deployed first asks its own package, which knows the server's contract as one that fits."""
    older = lock_of({"buy": with_option()})
    newer = lock_of({"buy": old()}, older)  # the field was dropped: no client of now sends it
    module = package(tmp_path, {"buy": old()}, newer)

    assert ask(module, "Httpx2Transport", serve(app_of(with_option()))).data == "a b 1"


def test_a_newer_client_is_told_of_an_older_server_that_drops_its_values(serve: Serve, tmp_path: Path) -> None:
    """An older server would drop the field that is new, so it does not fit."""
    older = lock_of({"buy": old()})
    module = package(tmp_path, {"buy": with_option()}, lock_of({"buy": with_option()}, older))
    url = serve(app_of(old()))

    with pytest.warns(ContractChanged):
        assert ask(module, "Httpx2Transport", url).data == "a b"


@pytest.mark.parametrize(("change", "kind"), [(other_output, CallError), (required, InputError)])
def test_what_does_not_fit_says_that_the_contracts_differ(
    serve: Serve, tmp_path: Path, change: Any, kind: type[CallError | InputError]
) -> None:
    """An output that cannot be read and an input that is refused name the likely reason."""
    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(change()))

    error = ask(module, "Httpx2Transport", url, on_change="ignore").error

    assert isinstance(error, kind)
    assert ". The contract of buy differs" in str(error)
    assert "failed: 200" not in str(error)


def test_an_error_says_nothing_of_contracts_while_they_fit(serve: Serve, tmp_path: Path) -> None:
    """A wrong value under an equal contract is the caller's, and no word suggests another reason."""

    @action
    def buy(sku: str, note: str = "") -> str:
        raise InputError.on("sku", "is sold out")

    module = package(tmp_path, {"buy": old()})

    assert "contract" not in str(ask(module, "Httpx2Transport", serve(app_of(buy))).error)


@pytest.mark.parametrize("kind", ["Httpx2Transport", "AsyncHttpx2Transport"])
def test_a_client_with_observers_is_told_too(serve: Serve, tmp_path: Path, kind: str) -> None:
    """Whoever watches the calls of a client does not keep it from being told."""

    class Watching:
        def on_start(self, call: object) -> None: ...
        def on_end(self, token: object, call: object, outcome: object, exception: object) -> None: ...

    module = package(tmp_path, {"buy": old()})
    url = serve(app_of(renamed()))

    with pytest.warns(ContractChanged, match="The contract of buy differs"):
        assert ask(module, kind, url, observers=[Watching()]).data == "a "


def test_the_header_is_the_clients_own(tmp_path: Path) -> None:
    """Nobody sets the header of the contract by hand."""
    with pytest.raises(ValueError, match="set by the client itself"):
        package(tmp_path, {"buy": old()}).Client("http://h.example", headers={"Actions-Contract": "x"})


def test_a_caller_without_the_header_is_not_concerned(serve: Serve) -> None:
    """Scripts and other languages send no contract, and none is named to them."""
    url = serve(app_of(old()))

    answer = httpx2.post(f"{url}/_actions/buy", json={"sku": "a"})
    strange = httpx2.post(f"{url}/_actions/buy", json={"sku": "a"}, headers={"Actions-Contract": "0" * 16})

    assert "actions-contract" not in answer.headers
    assert len(strange.headers["actions-contract"]) == 16


def test_a_contract_is_published_on_request_only(serve: Serve, tmp_path: Path) -> None:
    """``contract=True`` publishes the contract, as its lock has it; nothing else does."""
    lock = lock_of({"buy": old()})
    published = httpx2.get(f"{serve(app_of(old(), contract=True, lock=lock))}/_actions/contract.json")
    Sanic._app_registry.clear()
    hidden = httpx2.get(f"{serve(app_of(old()))}/_actions/contract.json")

    assert published.headers["content-type"] == "application/json"
    assert parse_lock(published.text, "server") == lock
    assert hidden.status_code == 405


def test_a_lock_that_is_not_there_yet_is_no_mistake(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that writes the lock imports the app, so a missing file is a warning; a damaged one is refused."""
    damaged = tmp_path / "damaged.json"
    damaged.write_text(json.dumps({"format": 1}))

    monkeypatch.chdir(tmp_path)
    ActionsBlueprint({"buy": old()}, lock="missing.json")

    assert f"sanic-actions lock MODULE:APP --lock {tmp_path / 'missing.json'}" in caplog.text
    assert str(tmp_path / "missing.json") in caplog.text  # the folder in which the app was started may be another one
    with pytest.raises(ValueError, match="is not a lock of sanic-actions"):
        ActionsBlueprint({"buy": old()}, lock=damaged)


def shop_of(renames: bool) -> dict[str, Any]:
    """A call, a stream and a download; their parameter has one of two names."""
    if renames:

        @action
        async def each(remark: str = "") -> AsyncIterator[str]:
            yield remark

        @action
        def bill(remark: str = "") -> Download:
            return Download(remark.encode(), name="bill.txt")

        return {"buy": renamed(), "each": each, "bill": bill}

    @action
    async def every(note: str = "") -> AsyncIterator[str]:
        yield note

    @action
    def written(note: str = "") -> Download:
        return Download(note.encode(), name="bill.txt")

    return {"buy": old(), "each": every, "bill": written}


def by_call(client: Any) -> None:
    client.buy(sku="a")


def by_result(client: Any) -> None:
    client.buy.safe(sku="a")


def by_stream(client: Any) -> None:
    with client.each() as items:
        list(items)


def by_stream_result(client: Any) -> None:
    for _ in client.each().safe():
        pass


def by_download(client: Any) -> None:
    with client.bill() as file:
        file.read()


async def by_awaited_call(client: Any) -> None:
    await client.buy(sku="a")


async def by_awaited_result(client: Any) -> None:
    await client.buy.safe(sku="a")


async def by_awaited_stream(client: Any) -> None:
    async for _ in client.each():
        pass


async def by_awaited_download(client: Any) -> None:
    async with client.bill() as file:
        await file.read()


BLOCKING = [by_call, by_result, by_stream, by_stream_result, by_download]
AWAITED = [by_awaited_call, by_awaited_result, by_awaited_stream, by_awaited_download]


@pytest.mark.parametrize("use", [*BLOCKING, *AWAITED], ids=lambda use: use.__name__)
def test_the_warning_names_the_line_of_the_caller(serve: Serve, tmp_path: Path, use: Any) -> None:
    """Whoever reads the warning sees which call it is about, of whatever kind."""
    module = package(tmp_path, shop_of(renames=False))
    app: Sanic[Any, Any] = Sanic("shop")
    app.blueprint(ActionsBlueprint(shop_of(renames=True)))
    url = serve(app)

    async def main() -> None:
        async with module.AsyncClient(url) as client:
            await use(client)

    def run() -> None:
        if use in AWAITED:
            asyncio.run(main())
            return
        with module.Client(url) as client:
            use(client)

    with pytest.warns(ContractChanged) as seen:
        run()

    lines, first = inspect.getsourcelines(use)
    (warning,) = seen
    assert warning.filename == __file__
    assert first < warning.lineno < first + len(lines)


def test_server_is_told_of_calls_of_what_was_removed(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """A client that calls a removed action leaves a warning in the server's log, once; others who ask for it none.

    Nor does one whose URL holds the prefix twice: the action is there, and the client is told of the URL.
    """
    app: Sanic[Any, Any] = Sanic("removed")
    app.blueprint(ActionsBlueprint({"buy": old()}))
    url = serve(app)
    httpx2.post(f"{url}/_actions/pay", json={})
    httpx2.post(f"{url}/_actions/_actions/buy", json={}, headers={"actions-contract": "0123456789abcdef"})

    assert [record for record in caplog.records if record.name == "sanic_actions.contract"] == []
    for _ in range(3):
        headers = {"actions-contract": "0123456789abcdef", "user-agent": "nightly"}
        answer = httpx2.post(f"{url}/_actions/pay", json={}, headers=headers)

        assert answer.status_code == 404
    (record,) = [record for record in caplog.records if record.name == "sanic_actions.contract"]
    assert record.levelname == "WARNING"
    assert "'pay' was called under the contract '0123456789abcdef', and is not an action" in record.getMessage()
    assert "the caller is 127.0.0.1 ('nightly')" in record.getMessage()
