"""Who may call: our own pages, trusted ones, and scripts."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import html, text

from sanic_actions import action
from sanic_actions.server import ActionContext, ActionsBlueprint
from sanic_actions.server._call.log_once import LogOnce
from sanic_actions.server._call.origin import normal_origin

ran: list[str] = []


def guard(context: ActionContext) -> None:
    ran.append("guard")


@action(guard=guard)
def like() -> str:
    ran.append("like")
    return "liked"


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


def post(exchange: Any, url: str, *headers: str, path: str = "/_actions/like", body: str = "") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: shop.example:8000", f"content-length: {len(body)}", *headers, "", body]
    answer: bytes = exchange(url, "\r\n".join(lines).encode())
    return answer


FOREIGN = {
    "another host": ["origin: http://evil.example"],
    "null": ["origin: null"],
    "another port": ["origin: http://shop.example:8001"],
    "default port": ["origin: http://shop.example"],
    "another scheme": ["origin: https://shop.example:8000"],
    "longer name": ["origin: http://shop.example:8000.evil"],
    "longer host": ["origin: http://shop.example.evil:8000"],
    "prefixed name": ["origin: http://evil-shop.example:8000"],
    "user info": ["origin: http://shop.example:8000@evil.example"],
    "path": ["origin: http://shop.example:8000/"],
    "empty": ["origin:"],
    "two": ["origin: http://shop.example:8000", "origin: http://evil.example"],
    "list": ["origin: http://shop.example:8000, http://evil.example"],
    "cross-site": ["sec-fetch-site: cross-site"],
    "same-site": ["sec-fetch-site: same-site"],
    "unknown site": ["sec-fetch-site: friendly"],
    "own origin, cross-site": ["origin: http://shop.example:8000", "sec-fetch-site: cross-site"],
    "foreign origin, same-origin": ["origin: http://evil.example", "sec-fetch-site: same-origin"],
    "spoofed forwarding": ["origin: http://evil.example", "x-forwarded-host: evil.example", "x-forwarded-for: 1.2.3.4"],
    "spoofed standard forwarding": ["origin: http://evil.example", "forwarded: host=evil.example;proto=http"],
}


def test_foreign_calls(make_app: Any, serve: Any, exchange: Any, subtests: pytest.Subtests) -> None:
    """A call from a page of another origin is 403, before guards and body."""
    url = serve(make_app({"like": like}))

    for case, headers in FOREIGN.items():
        with subtests.test(case):
            answer = post(exchange, url, *headers)

            assert answer.startswith(b"HTTP/1.1 403")
            assert b'"code":"FORBIDDEN"' in answer
            assert b"trusted_origins" in answer
    assert ran == []


def test_refusal_explains_itself(make_app: Any, serve: Any, exchange: Any) -> None:
    """The refusal says what came, what was expected, and how to allow it."""
    answer = post(exchange, serve(make_app({"like": like})), "origin: http://evil.example").decode()

    assert "'http://evil.example'" in answer
    assert "'http://shop.example:8000'" in answer
    assert "ActionsBlueprint(trusted_origins=[...])" in answer


CONTENT_TYPES = [
    "text/plain",
    "Application/JSON",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    ";",
    None,
]


def test_foreign_calls_of_any_content_type(make_app: Any, serve: Any, exchange: Any) -> None:
    """The content type opens no way around the origin, and the body is not waited for."""
    url = serve(make_app({"like": like}))

    for content_type in CONTENT_TYPES:
        typed = [] if content_type is None else [f"content-type: {content_type}"]
        headers = ["POST /_actions/like HTTP/1.1", "host: x", "origin: null", "content-length: 1000", *typed, "", ""]

        assert exchange(url, "\r\n".join(headers).encode()).startswith(b"HTTP/1.1 403"), content_type
    assert ran == []


OWN = {
    "script": [],
    "own origin": ["origin: http://shop.example:8000"],
    "own origin in capitals": ["origin: HTTP://SHOP.example:8000"],
    "own page": ["origin: http://shop.example:8000", "sec-fetch-site: same-origin"],
    "same-origin": ["sec-fetch-site: same-origin"],
    "none": ["sec-fetch-site: none"],
}


def test_own_calls(make_app: Any, serve: Any, exchange: Any) -> None:
    """Our own pages may call, and so may scripts, which send neither header."""
    url = serve(make_app({"like": like}))

    for case, headers in OWN.items():
        assert post(exchange, url, *headers).endswith(b'"liked"'), case


def test_default_ports(make_app: Any, connect: Any) -> None:
    """The default port of a scheme may be written or not."""
    client = connect(make_app({"like": like}))

    for host, origin in (("shop.example:80", "http://shop.example"), ("shop.example", "http://shop.example:80")):
        assert client.post("/like", headers={"host": host, "origin": origin}).status_code == 200
    assert client.post("/like", headers={"host": "[::1]:8000", "origin": "http://[::1]:8000"}).status_code == 200


def test_trusted_origin(make_app: Any, serve: Any, exchange: Any) -> None:
    """Behind a TLS proxy the public origin is allowed where it is configured, and only that one."""
    url = serve(make_app({"like": like}, trusted_origins=["https://shop.example"]))

    assert post(exchange, url, "origin: https://shop.example", "sec-fetch-site: same-origin").endswith(b'"liked"')
    assert post(exchange, url, "origin: https://shop.example:443", "sec-fetch-site: cross-site").endswith(b'"liked"')
    assert post(exchange, url, "origin: https://shop.example.evil").startswith(b"HTTP/1.1 403")
    assert post(exchange, url, "origin: http://shop.example").startswith(b"HTTP/1.1 403")


def test_forwarded_headers(make_app: Any, serve: Any, exchange: Any) -> None:
    """Forwarded headers count where Sanic is configured to believe them."""
    headers = ["x-forwarded-for: 1.2.3.4", "x-forwarded-proto: https", "x-forwarded-host: shop.example"]
    app = make_app({"like": like})
    url = serve(app)

    refused = post(exchange, url, "origin: https://shop.example", *headers)
    app.config.PROXIES_COUNT = 1
    allowed = post(exchange, url, "origin: https://shop.example", *headers)

    assert refused.startswith(b"HTTP/1.1 403")
    assert allowed.endswith(b'"liked"')


@pytest.mark.parametrize(
    ("headers", "advice"),
    [
        ([], "have it send the headers"),
        (["x-forwarded-for: 1.2.3.4", "x-forwarded-proto: https"], "have it send the headers"),
        (["x-forwarded-proto: https", "x-forwarded-host: shop.example"], "have it send the headers"),
        (["x-forwarded-for: 1.2.3.4", "x-forwarded-proto: http", "x-forwarded-host: shop.example"], "PROXIES_COUNT"),
    ],
)
def test_proxy_that_says_too_little(make_app: Any, serve: Any, exchange: Any, headers: list[str], advice: str) -> None:
    """Where Sanic believes a proxy already, the advice is what is missing: the proxy's own headers."""
    app = make_app({"like": like})
    app.config.PROXIES_COUNT = 1

    refused = post(exchange, serve(app), "origin: https://shop.example", *headers)

    assert refused.startswith(b"HTTP/1.1 403")
    assert advice.encode() in refused


def test_nothing_removes_the_check(make_app: Any, serve: Any, exchange: Any) -> None:
    """Error handlers, middleware, debug, prefix and mount order do not remove the check."""
    app = make_app()
    app.config.DEBUG = True
    app.exception(SanicException, Exception)(lambda request, error: text("fine"))

    async def read_ahead(request: Request[Any, Any]) -> None:
        await request.receive_body()

    async def look(request: Request[Any, Any], response: HTTPResponse) -> None:
        response.headers["x-seen"] = "1"

    app.on_request(read_ahead)
    app.on_response(look)
    app.blueprint(ActionsBlueprint({"like": like}, url_prefix="/api", version=1))
    url = serve(app)

    answer = post(exchange, url, "origin: http://evil.example", path="/v1/api/_actions/like")

    assert answer.startswith(b"HTTP/1.1 403")
    assert b"x-seen: 1" in answer
    assert ran == []


OTHER_LETTERS = {
    "https://xn--bcher-kva.example": 200,
    "https://XN--BCHER-KVA.example:443": 200,
    "https://xn--strae-oqa.example": 200,
    "https://strasse.example": 403,
    "https://a.xn--bcher-kva.example": 403,
    "https://a.xn--mnchen-3ya.example": 200,
    "https://xn--mnchen-3ya.example": 403,
}


def test_trusted_origin_in_letters_of_its_own(plain_app: Any, connect: Any) -> None:
    """A host with letters beyond ASCII is compared in the form in which browsers send it."""
    trusted = ["https://Bücher.example", "https://straße.example", "https://*.münchen.example"]
    client = connect(plain_app({"like": like}, trusted_origins=trusted))

    statuses = {origin: client.post("/like", headers={"origin": origin}).status_code for origin in OTHER_LETTERS}

    assert statuses == OTHER_LETTERS


def test_a_page_without_an_origin_is_told_what_helps(plain_app: Any, connect: Any) -> None:
    """``null`` cannot be named in a setting, so the refusal says where it comes from."""
    answer = connect(plain_app({"like": like})).post("/like", headers={"origin": "null"})

    assert answer.status_code == 403
    assert "'null' itself cannot be named there" in answer.json()["detail"]
    assert "Referrer-Policy: no-referrer" in answer.json()["detail"]
    assert "proxy" not in answer.json()["detail"]


BELOW = {
    "https://a.shop.example": 200,
    "https://a.b-c.shop.example": 200,
    "HTTPS://A.shop.example:443": 200,
    "https://shop.example": 403,
    "https://evil-shop.example": 403,
    "https://a.shop.example.evil": 403,
    "https://a.shop.example:444": 403,
    "http://a.shop.example": 403,
    "https://.shop.example": 403,
    "https://*.shop.example": 403,
    "https://evil.example@.shop.example": 403,
    "https://evil.example,https://a.shop.example": 403,
    "null": 403,
}


def test_all_hosts_below_one(make_app: Any, connect: Any) -> None:
    """A star in a trusted origin stands for all hosts below that one, of that scheme and port, and for nothing else."""
    client = connect(make_app({"like": like}, trusted_origins=["https://*.shop.example"]))

    assert {origin: client.post("/like", headers={"origin": origin}).status_code for origin in BELOW} == BELOW


@pytest.mark.parametrize(
    "origin",
    [
        *("shop.example", "null", "https://shop.example/", "https://", "*", ""),
        *("https://*", "https://*.example", "https://shop.*", "https://a.*.example.com", "https://*.*.example.com"),
        *("https://*shop.example.com", "*://shop.example.com", "https://*.:443"),
    ],
)
def test_origins_that_are_none(origin: str) -> None:
    """A trusted origin is a scheme and a host; nothing wider can be trusted by mistake."""
    with pytest.raises(ValueError, match="trusted_origins"):
        ActionsBlueprint({"like": like}, trusted_origins=[origin])


def test_trusted_origins_as_one_text() -> None:
    """A text in place of a list of them is refused, since it would be read letter by letter."""
    with pytest.raises(ValueError, match="pass a list"):
        ActionsBlueprint({"like": like}, trusted_origins="https://shop.example")


def test_the_refusal_says_what_scripts_need_besides() -> None:
    """With sanic-ext's CORS the preflight and the answer carry what a browser asks for."""
    from sanic_ext import Extend

    @action
    async def ping() -> str:
        return "pong"

    app: Any = Sanic("cors")
    app.config.CORS_ORIGINS = "https://page.example"
    Extend(app, config={"oas": False})
    app.blueprint(ActionsBlueprint({"ping": ping}, trusted_origins=["https://page.example"]))
    foreign = {"origin": "https://page.example", "sec-fetch-site": "cross-site"}
    with running(app) as url:
        refused = httpx2.post(f"{url}/_actions/ping", json={}, headers={"origin": "https://other.example"})
        asked = {**foreign, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = httpx2.request("OPTIONS", f"{url}/_actions/ping", headers=asked)
        answer = httpx2.post(f"{url}/_actions/ping", json={}, headers=foreign)

    assert "CORS_ORIGINS" in refused.json()["detail"]
    assert preflight.headers["access-control-allow-origin"] == "https://page.example"
    assert answer.headers["access-control-allow-origin"] == "https://page.example"
    assert answer.status_code == 200


PREFLIGHT = {"origin": "https://page.example", "access-control-request-method": "POST"}


@pytest.mark.parametrize(
    ("cors", "headers", "words"),
    [
        ({}, {}, ["'https://page.example' may call", "has no CORS headers", "trusted_origins", "CORS_ORIGINS"]),
        ({"CORS_ORIGINS": "https://other.example"}, {}, ["has no CORS headers that allow it"]),
        ({"CORS_ORIGINS": "https://page.example"}, {}, []),
        ({"CORS_ORIGINS": "*"}, {}, []),
        ({"CORS_ORIGINS": "https://page.example"}, {"access-control-request-headers": "content-type"}, []),
        (
            {"CORS_ORIGINS": "https://page.example", "CORS_ALLOW_HEADERS": ["Content-Type"]},
            {"access-control-request-headers": "content-type, idempotency-key"},
            ["may send the headers 'idempotency-key'", "CORS_ALLOW_HEADERS"],
        ),
        (
            {"CORS_ORIGINS": "https://page.example", "CORS_ALLOW_HEADERS": ["Content-Type"]},
            {"access-control-request-headers": "content-type"},
            [],
        ),
    ],
)
def test_log_of_preflights_that_a_browser_takes_for_a_refusal(
    cors: dict[str, Any], headers: dict[str, str], words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Once for each origin the log says what the browser misses and which settings give it."""
    from sanic_ext import Extend

    app: Any = Sanic("asked")
    app.config.update(cors)
    Extend(app, config={"oas": False})
    app.blueprint(ActionsBlueprint({"note": note}))
    with running(app) as url:
        for _ in range(3):
            httpx2.request("OPTIONS", f"{url}/_actions/note", headers={**PREFLIGHT, **headers})
        httpx2.request("OPTIONS", f"{url}/_actions/note", headers={"origin": "https://page.example"})

    lines = [record.getMessage() for record in caplog.records if record.name == "sanic_actions"]
    assert len(lines) == bool(words)
    assert [word for word in words if word not in lines[0]] == []


# ---- What people see of a refusal


@action(accept=("json", "form"))
def note(name: str) -> str:
    ran.append("note")
    return name


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_visitor_of_a_refused_form_sees_a_page(make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A form refused for its origin shows a browser a page that says so; the log says it once."""
    app: Sanic[Any, Any] = make_app({"note": note})

    @app.get("/page")
    async def page(request: Any) -> HTTPResponse:
        return html("the page of the site")

    client = connect(app, "")
    headers = {**BROWSER, "origin": "https://shop.example"}
    answers = [client.post("/page?_action=note", data={"name": "a"}, headers=headers) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {403}
    assert answers[0].headers["content-type"] == "text/html; charset=utf-8"
    assert "https://shop.example" in answers[0].text
    assert "the page of the site" not in answers[0].text
    assert caplog.text.count("'https://shop.example'") == 1
    assert "PROXIES_COUNT" in caplog.text


def test_script_of_a_refused_form_gets_a_problem(make_app: Any, connect: Any) -> None:
    """Scripts and other programs are told the same as a problem."""
    app = make_app({"note": note})
    app.add_route(lambda request: html("page"), "/page", name="page")
    client = connect(app, "")
    headers = {"origin": "https://shop.example"}

    for more in ({}, {**BROWSER, "sanic-action": "script"}):
        answer = client.post("/page?_action=note", data={"name": "a"}, headers={**headers, **more})

        assert answer.headers["content-type"] == "application/problem+json"
        assert "PROXIES_COUNT" in answer.json()["detail"]


def test_log_of_foreign_origins_is_bounded(make_app: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Callers choose their origins, and cannot fill the log with them."""
    client = connect(make_app({"note": note}))
    for number in range(120):
        client.post("/note", json={"name": "a"}, headers={"origin": f"https://evil{number}.example"})

    assert 0 < caplog.text.count("Origin is") <= 50


def test_what_strangers_make_up_silences_nothing_for_long() -> None:
    """What is logged once is bounded in an hour, and known again in the next."""
    now = [0.0]
    log = LogOnce(2, lambda: now[0])

    assert [log.is_new(key) for key in ("a", "a", "b", "c")] == [True, False, True, False]
    now[0] = 3599.0
    assert [log.is_new(key) for key in ("a", "c")] == [False, False]
    now[0] = 3601.0
    assert [log.is_new(key) for key in ("c", "d", "e", "c")] == [True, True, False, False]


LETTERS = "".join(chr(0x4E00 + 7 * number) for number in range(2600))


@pytest.mark.parametrize("host", [LETTERS, f"{LETTERS[:64]}.example", "a" * 300])
def test_origins_longer_than_any_host_are_refused_unread(host: str) -> None:
    """A sender chooses the header, and the time that its other form takes grows with its square."""
    assert normal_origin(f"https://{host}") is None
