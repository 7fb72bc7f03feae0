"""The reference says what the code says: lists are equal, and the wire can be spoken from its page alone."""

from __future__ import annotations

import asyncio
import importlib
import re
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from conftest import free_port, running
from pages import ROOT, named
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sanic import Sanic
from written_reference import DOORS, REFERENCE, written

from sanic_actions import ActionContext, ActionError, Download, Event, Namespace, action
from sanic_actions._forms.markers import MARKERS
from sanic_actions.server import ActionsBlueprint, SQLiteStore

SOURCE = "\n".join(path.read_text() for path in sorted((ROOT / "sanic_actions").rglob("*.py")))
CODES = (REFERENCE / "codes.md").read_text()


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.stem)
def test_parts_are_those_of_the_code(page: Path) -> None:
    """What the code says stands in the page as it says it; ``python tests/written_reference.py`` writes it anew."""
    text = page.read_text()

    assert text == written(text)


@pytest.mark.parametrize("page", sorted(REFERENCE.parent.rglob("*.md")), ids=lambda page: page.stem)
def test_rows_of_tables_are_whole(page: Path) -> None:
    """A row of a table is one line, or what comes behind it is no table."""
    lines = page.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("| ") and not line.endswith("|")] == []


def test_each_problem_type_is_listed() -> None:
    """The page has each ``type`` of a problem that the library raises, and no other."""
    table = CODES.partition("## Problem types\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([\w-]+)` \| [\d, ]+ \|", table, re.MULTILINE)
    raised = set(re.findall(r'refusal\("([\w-]+)"', SOURCE))

    assert sorted(listed) == sorted(raised)


def test_each_issue_type_of_ours_is_listed() -> None:
    """The page has each type of an issue that the library makes up itself."""
    ours = set(re.findall(r'PydanticCustomError\(\s*"(\w+)"', SOURCE))
    ours |= set(re.findall(r'Issue\(["p][^\n]* "(\w+)"\)', SOURCE)) - {"missing"}

    assert ours <= set(re.findall(r"^\| `(\w+)` \|", CODES, re.MULTILINE))


def test_each_mark_is_listed() -> None:
    """The page has each hidden mark that the library reads or writes, and no other."""
    listed = set(re.findall(r"^\| `(_action\.\w+)` \|", CODES, re.MULTILINE))

    assert listed >= MARKERS
    assert listed == set(re.findall(r'"(_action\.[a-z]+)"', SOURCE))


def test_each_public_name_has_its_docstring() -> None:
    """Each public name is on the page of the API, under the first of the modules that have it."""
    text = (REFERENCE / "api.md").read_text()
    names = re.findall(r"^::: \S+\.(\w+)$", text, re.MULTILINE)
    public = {name for module in DOORS.values() for name in importlib.import_module(module).__all__}

    assert sorted(names) == sorted(public)


WIRE = named(REFERENCE / "wire.md")["wire_client.py"]


class OutOfStock(ActionError, code="CONFLICT"):
    left: int


runs: list[str] = []


@action(raises=[OutOfStock], once=True, accept=("json", "form"))
async def buy(sku: str, count: Annotated[int, Field(ge=1)] = 1) -> dict[str, Decimal]:
    """Buy something."""
    runs.append(sku)
    if count > 3:
        raise OutOfStock("Only 3 left", left=3)
    return {sku: Decimal("4.50") * count}


@action
async def forget() -> None:
    """Return nothing."""


@action
async def break_down() -> int:
    """Fail."""
    raise RuntimeError("a secret")


@action(idempotent=True)
async def count(context: ActionContext) -> AsyncIterator[Event[int]]:
    """Count to five; the connection is lost after two."""
    start = int(context.last_event_id or 0)
    for number in range(start + 1, 6):
        if number == 3 and not start:
            context.request.transport.abort()  # type: ignore[attr-defined]  # that of Sanic's own server has it
            await asyncio.sleep(5)
        yield Event(number, id=str(number))


@action
async def receipt(lines: int) -> Download:
    """Give a file."""
    return Download(b"tea\n" * lines, name="receipt.txt")


class Closed(BaseModel, extra="forbid"):
    """A model that refuses what it does not know."""

    count: int = 1


class Sealed(BaseModel):
    """A model with bytes."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    seal: bytes


@action
async def measure(
    took: timedelta = timedelta(0), seal: bytes = b"", closed: Closed | None = None
) -> dict[str, JsonValue]:
    """Say what came."""
    return {"took": took.total_seconds(), "seal": [*seal], "closed": closed is not None}


@action
async def took(seconds: int) -> timedelta:
    """Give a duration."""
    return timedelta(seconds=seconds)


@action
async def seal() -> tuple[bytes, Sealed]:
    """Give bytes, bare and in a model."""
    return b"\xff\x00", Sealed(seal=b"\xff\x00")


@action(raises=[OutOfStock])
async def fail_late() -> AsyncIterator[int]:
    """Fail after an item."""
    yield 1
    raise OutOfStock("No more", left=0)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The client of the page, made for an app that is served."""
    app: Sanic[Any, Any] = Sanic("wire")
    app.config.AUTO_EXTEND = False
    shop = Namespace(
        buy=buy,
        forget=forget,
        break_down=break_down,
        count=count,
        fail_late=fail_late,
        receipt=receipt,
        measure=measure,
        took=took,
        seal=seal,
    )
    state = SQLiteStore(tmp_path_factory.mktemp("wire") / "state.db")
    app.blueprint(ActionsBlueprint(Namespace(shop=shop), state=state))
    names: dict[str, Any] = {}
    exec(compile(WIRE, "wire_client.py", "exec"), names)  # the page is ours
    with running(app) as url:
        yield partial(names["WireClient"], url)


def test_client_of_the_page_is_small() -> None:
    """The client has about a hundred lines of code, and needs nothing but the standard library."""
    lines = [line for line in WIRE.splitlines() if line.strip()]
    imports = set(re.findall(r"^(?:import|from) (\w+)", WIRE, re.MULTILINE))

    assert len(lines) <= 125
    assert imports <= sys.stdlib_module_names


def test_wire_calls(wire: Any) -> None:
    """An output arrives, from JSON and from a form, and nothing where nothing is declared."""
    client = wire()

    assert client.call("shop.buy", sku="tea", count=2) == {"tea": "9.00"}
    assert client.call_form("shop.buy", {"sku": "tea", "count": "3"}) == {"tea": "13.50"}
    assert client.call("shop.forget") is None


@pytest.mark.parametrize(
    ("name", "fields", "code", "member"),
    [
        ("shop.buy", {"sku": "tea", "count": 9}, "CONFLICT", ("data", {"left": 3})),
        ("shop.buy", {"sku": "tea", "count": 0}, "BAD_REQUEST", ("fields", {"count": ["Must be 1 or more"]})),
        ("shop.sell", {}, "NOT_FOUND", ("type", "urn:sanic-actions:no-such-action")),
        ("shop.break_down", {}, "INTERNAL_SERVER_ERROR", ("status", 500)),
    ],
)
def test_wire_errors(wire: Any, name: str, fields: dict[str, Any], code: str, member: tuple[str, Any]) -> None:
    """Each kind of error has the members that the page says."""
    with pytest.raises(Exception, match=code) as caught:
        wire().call(name, **fields)

    problem: dict[str, Any] = caught.value.problem  # type: ignore[attr-defined]  # a class of the page
    assert {"type", "title", "status", "detail", "code"} <= problem.keys()
    assert problem[member[0]] == member[1]
    assert "secret" not in str(problem)


def test_wire_refusals(wire: Any) -> None:
    """What cannot be read as a call has the status that the page says."""
    url, json_type = wire.args[0] + "/_actions/shop.buy", {"content-type": "application/json"}

    assert httpx2.get(url).status_code == 405
    assert httpx2.post(url + "s", json={}).status_code == 404
    assert httpx2.post(url, content=b"{}").status_code == 415
    assert httpx2.post(url, content=b"{}", headers={"content-type": "text/plain"}).status_code == 415
    assert httpx2.post(url, content=b" " * (2**20 + 1), headers=json_type).status_code == 413
    assert httpx2.post(url, content=b"{}", headers={**json_type, "content-encoding": "gzip"}).status_code == 400
    assert httpx2.post(url, content=b"{", headers=json_type).status_code == 400


def test_wire_downloads(wire: Any) -> None:
    """The bytes of a file arrive as they are."""
    assert wire().download("shop.receipt", lines=2) == b"tea\ntea\n"


def test_wire_runs_once(wire: Any) -> None:
    """The same key is the same call."""
    client = wire({"idempotency-key": "k" * 16})
    before = len(runs)

    assert client.call("shop.buy", sku="jam") == client.call("shop.buy", sku="jam")
    assert len(runs) == before + 1


def test_wire_streams(wire: Any) -> None:
    """A stream is read, taken up where it broke off, and raises its error in the middle."""
    assert list(wire(retries=1).stream("shop.count", again=True)) == [1, 2, 3, 4, 5]
    items = wire().stream("shop.fail_late")
    assert next(items) == 1
    with pytest.raises(Exception, match="CONFLICT: No more"):
        next(items)


def test_wire_values(wire: Any) -> None:
    """Bytes are written in the alphabet for URLs and read in both; a duration has all parts that ISO 8601 has."""
    client = wire()

    assert client.call("shop.seal") == ["_wA=", {"seal": "_wA="}]
    for text in ("_wA=", "/wA=", "_wA", "/wA"):
        assert client.call("shop.measure", seal=text)["seal"] == [255, 0]
    assert client.call("shop.took", seconds=90) == "PT1M30S"
    assert client.call("shop.took", seconds=400 * 86_400) == "P1Y35D"
    assert client.call("shop.took", seconds=-86_400) == "-P1D"
    for text, seconds in (("PT90S", 90), ("PT1M30S", 90), ("P1Y", 365 * 86_400), ("P1M", 30 * 86_400)):
        assert client.call("shop.measure", took=text)["took"] == seconds


def test_wire_unknown_members(wire: Any) -> None:
    """What an action does not know is ignored, unless its model forbids it."""
    client = wire()

    assert client.call("shop.buy", sku="tea", cuont=2) == {"tea": "4.50"}
    with pytest.raises(Exception, match="BAD_REQUEST") as caught:
        client.call("shop.measure", closed={"cuont": 2})
    assert caught.value.problem["issues"][0]["type"] == "extra_forbidden"  # type: ignore[attr-defined]  # of the page


OUTPUT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n42"
CUT = OUTPUT.replace(b"Length: 2", b"Length: 9")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>"
BUSY = PAGE.replace(b"200 OK", b"503 Service Unavailable")
MOVED = PAGE.replace(b"200 OK", b"302 Found\r\nLocation: /")
RUNNING = PAGE.replace(b"200 OK", b"409 Conflict\r\nRetry-After: 0")
LOST, LATE = b"", None


@contextmanager
def answering(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """Answer the connections with these bytes, one after another; give the URL and the keys that were sent."""
    keys: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(30)
                request = connection.recv(65_536)
                while not request.endswith(b"}"):
                    request += connection.recv(65_536)
                keys.extend(re.findall(rb"idempotency-key: (\w+)", request))
                if answer is None:
                    connection.recv(1)  # until the caller has given up
                else:
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", keys
        thread.join(60)


@pytest.mark.parametrize("first", [LOST, LATE, CUT, BUSY, RUNNING], ids=["lost", "late", "cut", "busy", "running"])
def test_wire_tries_again(wire: Any, first: bytes | None) -> None:
    """What passes is tried again with the same key where that does no harm."""
    with answering(first, OUTPUT) as (url, keys):
        assert wire.func(url, timeout=2, retries=1).call("shop.buy", again=True, sku="tea") == 42

    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    ("answer", "again", "message"),
    [
        (LOST, False, "SERVICE_UNAVAILABLE: The connection was lost"),
        (LATE, False, "GATEWAY_TIMEOUT: The answer is late"),
        (CUT, False, "SERVICE_UNAVAILABLE: The connection was lost: IncompleteRead"),
        (BUSY, False, "No action answered, but 503 text/html"),
        (RUNNING, False, "No action answered, but 409 text/html"),
        (PAGE, True, "No action answered, but 200 text/html"),
        (MOVED, True, "No action answered, but 302 text/html"),
    ],
)
def test_wire_does_not_try_again(wire: Any, answer: bytes | None, again: bool, message: str) -> None:
    """Whatever else happens is a failure at once, whose words say what happened."""
    with answering(answer) as (url, keys), pytest.raises(Exception, match=message):
        wire.func(url, timeout=2, retries=1).call("shop.buy", again=again, sku="tea")

    assert len(keys) == 1


def test_wire_without_a_connection(wire: Any) -> None:
    """A call that was not sent is sent again, whatever the action is."""
    client = wire.func(f"http://127.0.0.1:{free_port()}", retries=1)
    attempts: list[str] = []
    attempt = client._attempt

    def counted(name: str, *rest: Any) -> Any:
        attempts.append(name)
        return attempt(name, *rest)

    client._attempt = counted
    with pytest.raises(Exception, match="SERVICE_UNAVAILABLE: No connection"):
        client.call("shop.buy", sku="tea")

    assert attempts == ["shop.buy", "shop.buy"]
