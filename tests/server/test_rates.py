"""Rates: how often one caller calls, counted in the state store by all workers together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse, html

from sanic_actions import ActionContext, ActionError, Limits, Namespace, Ok, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore, call_action
from sanic_actions.server._call.rate import address_of

Serve = Callable[[Sanic[Any, Any]], str]


async def guard(context: ActionContext) -> None:
    if context.headers.get("x-password") != "right":
        raise ActionError("UNAUTHORIZED", "wrong")


@action(accept=("json", "form"), limits=Limits(rate="2/minute"))
async def login(name: str = "") -> str:
    return name


@action(limits=Limits(rate="2/minute", before_guards=True), guard=guard)
async def guarded() -> str:
    return "in"


@action(limits=Limits(rate="2/minute"), guard=guard)
async def guarded_first() -> str:
    return "in"


@action
async def free() -> str:
    return "free"


@action
async def outer(request: Request) -> int:
    return sum([isinstance(await call_action(request, login, name="x"), Ok) for _ in range(5)])


TREE = {"login": login, "guarded": guarded, "guarded_first": guarded_first, "free": free, "outer": outer}


def app_of(path: Path, name: str = "rated", **options: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(name)
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, state=SQLiteStore(path / "state"), **options))

    @app.get("/page")
    async def page(request: Request) -> HTTPResponse:
        return html("<p>page</p>")

    return app


def statuses(url: str, times: int, **options: Any) -> list[int]:
    return [httpx2.post(url, **{"json": {}, **options}).status_code for _ in range(times)]


def test_one_call_too_many_is_refused(serve: Serve, tmp_path: Path) -> None:
    """With 429 and the seconds after which it is let in again, without its body being read."""
    url = serve(app_of(tmp_path))
    assert statuses(f"{url}/_actions/login", 2) == [200, 200]

    response = httpx2.post(f"{url}/_actions/login", content=b"no JSON", headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(response.headers["retry-after"]) <= 60
    assert httpx2.post(f"{url}/_actions/free", json={}).status_code == 200


def test_invalid_calls_count(serve: Serve, tmp_path: Path) -> None:
    """What is counted is the call, whatever its body says."""
    url = serve(app_of(tmp_path))

    assert statuses(f"{url}/_actions/login", 3, json={"name": 3}) == [400, 400, 429]


def test_pages_and_calls_count_together(serve: Serve, tmp_path: Path) -> None:
    """A page renders with the status and the header of the refusal."""
    url = serve(app_of(tmp_path))
    statuses(f"{url}/_actions/login", 1)
    first = httpx2.post(f"{url}/page?_action=login", data={"name": "a"})
    second = httpx2.post(f"{url}/page?_action=login", data={"name": "a"})

    assert first.status_code == 303
    assert (second.status_code, second.text) == (429, "<p>page</p>")
    assert int(second.headers["retry-after"]) > 0


def test_guesses_count_where_the_action_says_so(serve: Serve, tmp_path: Path) -> None:
    """With ``before_guards`` what guards refuse counts too; without it only who was let in is counted."""
    url = serve(app_of(tmp_path))
    right = {"x-password": "right"}

    assert statuses(f"{url}/_actions/guarded", 3) == [401, 401, 429]
    assert statuses(f"{url}/_actions/guarded", 1, headers=right) == [429]
    assert statuses(f"{url}/_actions/guarded_first", 3) == [401, 401, 401]
    assert statuses(f"{url}/_actions/guarded_first", 3, headers=right) == [200, 200, 429]


def test_workers_count_together(serve: Serve, tmp_path: Path) -> None:
    """Two servers of one app over one store."""
    first, second = serve(app_of(tmp_path)), serve(app_of(tmp_path))

    assert statuses(f"{first}/_actions/login", 1) + statuses(f"{second}/_actions/login", 2) == [200, 200, 429]


def test_code_of_the_server_is_not_counted(serve: Serve, tmp_path: Path) -> None:
    """``call_action`` is nobody's call from outside."""
    url = serve(app_of(tmp_path))

    assert httpx2.post(f"{url}/_actions/outer", json={}).json() == 5


def test_a_forwarded_address_counts_where_it_is_believed(serve: Serve, tmp_path: Path) -> None:
    """Sanic's own settings say whether a proxy is believed; without them the header changes nothing."""
    app = app_of(tmp_path, "behind")
    app.config.PROXIES_COUNT = 1
    behind = serve(app)
    naked = serve(app_of(tmp_path))

    def forwarded(url: str) -> list[int]:
        return [
            statuses(f"{url}/_actions/login", 1, headers={"x-forwarded-for": f"203.0.113.{number}"})[0]
            for number in range(3)
        ]

    assert forwarded(behind) == [200, 200, 200]
    assert forwarded(naked) == [200, 200, 429]


def test_the_blueprint_says_for_whom_a_rate_counts(serve: Serve, tmp_path: Path) -> None:
    """Where its function gives None the address counts."""
    url = serve(app_of(tmp_path, rate_key=lambda request: request.headers.get("x-team")))

    assert statuses(f"{url}/_actions/login", 3, headers={"x-team": "a"}) == [200, 200, 429]
    assert statuses(f"{url}/_actions/login", 1, headers={"x-team": "b"}) == [200]
    assert statuses(f"{url}/_actions/login", 3) == [200, 200, 429]


def test_without_a_store_nothing_is_let_in(serve: Serve, tmp_path: Path) -> None:
    """Who cannot count refuses."""
    app: Sanic[Any, Any] = Sanic("broken")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(TREE, state=SQLiteStore(tmp_path / "missing" / "state")))
    url = serve(app)

    assert statuses(f"{url}/_actions/login", 1) == [503]


class _Sent:
    def __init__(self, client_ip: str) -> None:
        self.client_ip = client_ip


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("::ffff:198.51.100.1", "::ffff:198.51.100.2", False),
        ("unix", "_hidden", False),
    ],
)
def test_addresses_of_one_customer_are_one(first: str, second: str, are_one: bool) -> None:
    """A network of IPv6 is one customer's."""
    request: Any = _Sent

    assert (address_of(request(first)) == address_of(request(second))) is are_one


@pytest.mark.parametrize("rate", ["", "5", "0/minute", "-1/minute", "5/week", "5/minutes", "1e9/day", "\u0665/minute"])
def test_what_is_not_a_rate_is_refused(rate: str) -> None:
    """Where it is written, with what to write."""
    with pytest.raises(ValueError, match="'5/minute'"):
        Limits(rate=rate)


@pytest.mark.parametrize(
    ("outer_limits", "own", "rate", "before"),
    [
        (Limits(rate="1/day", before_guards=True), Limits(), "1/day", True),
        (Limits(rate="1/day", before_guards=True), Limits(rate="2/day"), "2/day", False),
        (Limits(rate="1/day"), Limits(rate="2/day", before_guards=True), "2/day", True),
        (Limits(rate="1/day"), Limits(body=5), "1/day", False),
    ],
)
def test_where_a_rate_counts_goes_with_the_rate(outer_limits: Limits, own: Limits, rate: str, before: bool) -> None:
    """An action that says nothing of rates has both from further out."""
    merged = own.within(outer_limits)

    assert (merged.rate, merged.before_guards) == (rate, before)


def test_a_namespace_limits_each_of_its_actions(serve: Serve, tmp_path: Path) -> None:
    """Each action counts apart."""
    app: Sanic[Any, Any] = Sanic("rated")
    app.config.AUTO_EXTEND = False
    tree = Namespace(a=free, b=free).with_options(limits=Limits(rate="1/hour"))
    app.blueprint(ActionsBlueprint(tree, state=SQLiteStore(tmp_path / "state")))
    url = serve(app)

    assert statuses(f"{url}/_actions/a", 2) == [200, 429]
    assert statuses(f"{url}/_actions/b", 1) == [200]
