"""The script puts nothing into a page that a visit of the page would not: nothing of another origin, no other kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browser.scripted_pages import Desk, document, leads, order
from sanic import HTTPResponse, Request, Sanic

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

AnyRequest = Request[Any, Any]

INJECTED = '<p id="injected" data-sanic-message role="alert">injected</p><img src="x" onerror="window.ran = true">'
RUNS = "<script>window.ran = true</script>"
FORM = order('<input name="text" aria-label="Text">')


@pytest.fixture
def stranger(serve: Callable[[Any], str]) -> Any:
    """Another origin, which answers with pages of this site's make and lets everybody read them."""
    app: Sanic[Any, Any] = Sanic("stranger")
    app.config.AUTO_EXTEND = False
    app.ctx.status, app.ctx.content_type, app.ctx.headers = 401, "text/html", {}

    @app.route("/<path:path>", methods=["GET", "POST", "OPTIONS"])
    async def everything(request: AnyRequest, path: str) -> HTTPResponse:
        allowed = {
            "access-control-allow-origin": request.headers.get("origin", "*"),
            "access-control-allow-credentials": "true",
            "access-control-allow-headers": "sanic-action, content-type",
            "access-control-expose-headers": "*, sanic-action-location",
            **app.ctx.headers,
        }
        if request.method == "OPTIONS":
            return HTTPResponse(status=204, headers=allowed)
        body = document(INJECTED + RUNS + FORM, title="injected").body
        if "json" in app.ctx.content_type:
            body = b'{"code": "CONFLICT", "detail": "injected", "status": 409}'
        return HTTPResponse(body, app.ctx.status, allowed, app.ctx.content_type)

    app.ctx.url = serve(app)
    return app.ctx


def post(page: Any, desk: Desk) -> None:
    """Fill in the form and send it."""
    page.goto(desk.url)
    page.get_by_label("Text").fill("typed")
    page.get_by_role("button", name="Send").click()


def nothing_of_it(page: Any) -> None:
    """Assert that the page has its form with what was typed, and nothing of the stranger's."""
    expect(page.get_by_role("alert")).to_contain_text("What you entered is still here")
    expect(page.get_by_label("Text")).to_have_value("typed")
    assert "injected" not in page.content()
    assert page.title() == "A page"
    assert page.evaluate("() => window.ran") is None


@pytest.mark.parametrize(("redirect", "status"), [(301, 400), (302, 401), (303, 409), (307, 500), (308, 503)])
def test_redirected_post_shows_nothing_of_another_origin(
    page: Any, desk: Desk, stranger: Any, redirect: int, status: int
) -> None:
    """A post that is redirected to another origin and fails there leaves the form, with a message of its own."""
    stranger.status = status
    desk.main = FORM
    desk.answer = lambda request: HTTPResponse(status=redirect, headers={"location": f"{stranger.url}/shop/page"})

    post(page, desk)

    nothing_of_it(page)
    assert len(desk.posts) == 1


@pytest.mark.parametrize("content_type", ["application/problem+json", "text/plain", "application/json"])
def test_words_of_another_origin_are_not_shown(page: Any, desk: Desk, stranger: Any, content_type: str) -> None:
    """Nor is a sentence of another origin shown, whatever it comes in."""
    stranger.content_type = content_type
    desk.main = FORM
    desk.answer = lambda request: HTTPResponse(status=302, headers={"location": f"{stranger.url}/shop/page"})

    post(page, desk)

    nothing_of_it(page)
    assert len(desk.posts) == 1


def test_another_origin_does_not_say_where_success_leads(page: Any, desk: Desk, stranger: Any) -> None:
    """The header by which this site says where success leads does not count from another one."""
    stranger.headers = {"sanic-action-location": "/shop/page"}
    desk.main = FORM
    desk.answer = lambda request: HTTPResponse(status=302, headers={"location": f"{stranger.url}/shop/page"})

    post(page, desk)

    nothing_of_it(page)
    assert len(desk.posts) == 1


def test_page_of_another_origin_after_a_redirect_is_visited(page: Any, desk: Desk, stranger: Any) -> None:
    """Where a post is redirected to a page of another origin, the browser goes there, as it would by itself."""
    stranger.status = 200
    desk.main = FORM
    desk.answer = lambda request: HTTPResponse(status=303, headers={"location": f"{stranger.url}/there"})

    post(page, desk)

    expect(page).to_have_url(f"{stranger.url}/there")


def test_result_that_is_redirected_elsewhere_is_not_shown_here(page: Any, desk: Desk, stranger: Any) -> None:
    """When the page that shows the result leads to another origin, nothing of that comes into this page."""
    stranger.status = 401
    desk.main = FORM

    def answer(request: AnyRequest) -> HTTPResponse:
        desk.page_answer = HTTPResponse(status=302, headers={"location": f"{stranger.url}/shop/page"})
        return leads()

    desk.answer = answer

    post(page, desk)

    expect(page).to_have_url(f"{stranger.url}/shop/page")


@pytest.mark.parametrize(
    "target",
    ["javascript:window.ran=true", "data:text/html,injected", "blob:null/1", "file:///etc/passwd", "about:blank"],
)
def test_success_leads_to_http_only(page: Any, desk: Desk, target: str) -> None:
    """Wherever success is said to lead, a browser is sent to pages over HTTP and to nothing else."""
    desk.main = FORM
    desk.answer = lambda request: leads(target)

    post(page, desk)

    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    assert page.url == desk.url
    assert page.evaluate("() => window.ran") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "text/plain; x=text/html"},
        {"content-type": "text/html-not"},
        {"content-type": "application/xhtml+xml"},
        {"content-type": "application/xml"},
        {"content-type": "image/svg+xml"},
        {"content-type": "application/octet-stream"},
        {"content-type": "text/html", "content-disposition": 'attachment; filename="page.html"'},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
@pytest.mark.parametrize("status", [200, 400])
def test_what_is_not_a_page_is_not_shown_as_one(page: Any, desk: Desk, headers: dict[str, str], status: int) -> None:
    """What a browser would show as text, or save, never becomes a part of the page."""
    desk.main = FORM
    body = document(FORM + '<p id="injected">injected</p>' + RUNS).body

    def answer(request: AnyRequest) -> HTTPResponse:
        rest = {name: value for name, value in headers.items() if name != "content-type"}
        return HTTPResponse(body, status, rest, headers["content-type"])

    desk.answer = answer

    post(page, desk)

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#injected, main script")).to_have_count(0)
    expect(page.get_by_label("Text")).to_have_value("typed")
    assert page.evaluate("() => window.ran") is None


SCRIPTS = [
    RUNS,
    '<script type="module">window.ran = true</script>',
    '<script type="">window.ran = true</script>',
    '<script type=" text/JavaScript ">window.ran = true</script>',
    '<script type="text/x-javascript">window.ran = true</script>',
    '<script language="javascript">window.ran = true</script>',
    '<script src="data:text/javascript,window.ran=true"></script>',
    "<svg><script>window.ran = true</script></svg>",
    "<math><mtext><script>window.ran = true</script></mtext></math>",
    '<script type="application/json" id="was">window.ran = true</script>' + RUNS,
]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("policy", ["", "script-src 'nonce-n' 'strict-dynamic'"], ids=["free", "strict"])
def test_scripts_in_what_is_swapped_do_not_run(page: Any, desk: Desk, script: str, policy: str) -> None:
    """Scripts that come with a fresh part do not run, lest one run that the policy of the page would not allow."""
    if policy:
        desk.headers = {"content-security-policy": policy}
        desk.head = '<script nonce="n" type="module">import "/_actions/client.js"</script>'
    desk.main = '<script type="application/json" id="was">{}</script>' + FORM
    desk.answer = lambda request: document(script + FORM + '<p id="fresh">fresh</p>', status=400)

    post(page, desk)

    expect(page.locator("#fresh")).to_be_visible()
    page.wait_for_timeout(50)
    assert page.evaluate("() => window.ran") is None


def test_data_in_script_elements_is_swapped(page: Any, desk: Desk) -> None:
    """Script elements that hold data are as good as any other element."""
    data = '<script type="application/json" id="data">{}</script>'
    desk.main = data.format(1) + FORM
    desk.answer = lambda request: document(data.format(2) + FORM + '<p id="fresh">fresh</p>', status=400)

    post(page, desk)

    expect(page.locator("#fresh")).to_be_visible()
    assert page.evaluate("() => document.querySelector('#data').textContent") == "2"


def test_policy_that_trusts_nothing_but_this_script(page: Any, desk: Desk) -> None:
    """The script works under a policy that forbids eval, inline scripts and strings as markup."""
    policy = "default-src 'self'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
    desk.headers = {"content-security-policy": policy}
    desk.main = FORM
    desk.answer = lambda request: document(FORM + '<p id="fresh">fresh</p>', status=400)

    post(page, desk)

    expect(page.locator("#fresh")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("typed")
