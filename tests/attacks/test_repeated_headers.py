"""Two headers of one name that may stand once: refused on every server, however they are written."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from attacks.conftest import UNDER
from conftest import AnySanic, running
from sanic import Sanic

from sanic_actions import action
from sanic_actions.server import ActionsBlueprint

ran: list[str] = []
KEYS = ("a-random-key-of-one-caller", "b-random-key-of-one-caller")
SINGLE = {
    "Idempotency-Key": KEYS,
    "Request-Timeout": ("5", "50"),
    "Actions-Contract": ("0" * 64, "1" * 64),
    "Last-Event-ID": ("1", "2"),
    "Sanic-Action": ("validate", "script"),
    "Sec-Fetch-Site": ("same-origin", "cross-site"),
}


@action(accept=("json", "form"), once=True)
def pay() -> None:
    ran.append("pay")


@contextmanager
def served(server: str) -> Iterator[str]:
    app: AnySanic = Sanic("repeated")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"pay": pay}))
    with (running if server == "sanic" else UNDER[server])(app) as url:
        yield url


@pytest.fixture(scope="module", params=["sanic", *UNDER])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with served(request.param) as url:
        yield url


def post(url: str, headers: list[tuple[str, str]]) -> tuple[int, str]:
    """Send a call with these headers as they stand."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.putrequest("POST", "/_actions/pay")
    for name, value in [*headers, ("content-type", "application/json"), ("content-length", "2")]:
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    response = connection.getresponse()
    try:
        return response.status, response.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("write", [str, str.lower, str.upper], ids=["as it is", "lower", "upper"])
@pytest.mark.parametrize("is_same", [False, True], ids=["two values", "one value twice"])
def test_header_that_stands_twice(url: str, name: str, write: type[str], is_same: bool) -> None:
    """A request with one of our headers twice is a bad request that names it, and nothing runs."""
    ran.clear()
    first, second = SINGLE[name]
    if is_same:
        second = first

    status, body = post(url, [(name.lower(), first), (write(name), second)])

    assert (status, ran) == (400, [])
    assert name.lower() in body.lower()


@pytest.mark.parametrize("name", SINGLE)
def test_header_that_stands_once(url: str, name: str) -> None:
    """The same header once is no reason to refuse."""
    assert post(url, [(name, SINGLE[name][0])])[0] == 204
