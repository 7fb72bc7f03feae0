"""An answer that does not hold the form never takes it away: what it says is shown in the form."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from browser.scripted_pages import Desk, document, leads, order
from sanic import HTTPResponse, Request
from sanic.response import html, json, text

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

AnyRequest = Request[Any, Any]

FORM = order('<label>Text <input name="text"></label><label>File <input type="file" name="file"></label>')
LOGIN = '<form method="post" action="?_action=sign_in" data-sanic-action="sign_in"><input name="text"></form>'
STILL = "What you entered is still here: please try again."


def sanic_page(status: int, title: str, main: str = "<h1>Sorry</h1>") -> HTTPResponse:
    return document(main, status=status, title=title)


ANSWERS: dict[str, tuple[HTTPResponse, str]] = {
    "maintenance": (sanic_page(503, "We are back at noon"), "We are back at noon"),
    "maintenance that says 200": (sanic_page(200, "We are back at noon"), "We are back at noon"),
    "too many requests": (sanic_page(429, "Too many requests"), "Too many requests"),
    "error page": (sanic_page(500, "Something broke"), "Something broke"),
    "gone": (sanic_page(410, "This post is gone"), "This post is gone"),
    "gateway": (html("<html><title>502 Bad Gateway</title><center>nginx", status=502), "502 Bad Gateway"),
    "login page": (sanic_page(401, "Sign in", LOGIN), "Sign in"),
    "login page that says 200": (sanic_page(200, "Sign in", LOGIN), "Sign in"),
    "page with a word for it": (
        sanic_page(400, "Shop", "<p data-sanic-message>The shop is <b>closed</b></p>"),
        "The shop is closed",
    ),
    "page without words": (html("", status=500), "No answer came"),
    "fragment": (html("<p>oops</p>", status=500), "No answer came"),
    "problem": (
        HTTPResponse('{"detail": "Only for members", "code": "FORBIDDEN"}', 403, None, "application/problem+json"),
        "Only for members",
    ),
    "problem without detail": (
        HTTPResponse('{"title": "Payment required", "status": 402}', 402, None, "application/problem+json"),
        "Payment required",
    ),
    "JSON": (json({"error": "x"}, status=500), "No answer came"),
    "JSON that is no object": (json([1], status=500), "No answer came"),
    "JSON that says 200": (json({"ok": True}), "No answer came"),
    "broken JSON": (HTTPResponse('{"detail"', 500, None, "application/problem+json"), "No answer came"),
    "text": (text("Slow down, please", status=429), "Slow down, please"),
    "nothing": (HTTPResponse(b"", 500), "No answer came"),
    "nothing that says 200": (HTTPResponse(b"", 200), "No answer came"),
    "markup in JSON": (
        HTTPResponse('{"detail": "<img src=x onerror=window.ran=1>"}', 400, None, "application/problem+json"),
        "<img src=x onerror=window.ran=1>",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_form_stays_and_the_answer_is_told(page: Any, desk: Desk, case: str) -> None:
    """The form keeps what was typed and chosen, an alert in it says what the answer says, and it can be sent again."""
    desk.main = "<h1>Shop</h1>" + FORM
    answer, words = ANSWERS[case]
    desk.answer = lambda request: answer
    page.goto(desk.url)
    page.get_by_label("Text").fill("typed")
    page.get_by_label("File").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})

    page.get_by_role("button", name="Send").click()

    alert = page.locator("form [role=alert]")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(words)
    expect(alert).to_contain_text(STILL)
    expect(alert).to_be_in_viewport()
    expect(page.get_by_label("Text")).to_have_value("typed")
    expect(page.get_by_label("File")).to_have_value(re.compile(r"a\.txt"))
    expect(page.locator("h1")).to_have_text("Shop")
    assert (page.title(), page.url) == ("A page", desk.url)
    assert page.evaluate("() => window.ran") is None
    desk.answer = lambda request: leads()
    page.get_by_role("button", name="Send").click()
    expect(alert).to_have_count(0)
    expect(page.get_by_label("Text")).to_have_value("")


def slow_down(words: str, request: AnyRequest) -> HTTPResponse:
    return text(words, status=429)


def test_second_answer_takes_the_place_of_the_first(page: Any, desk: Desk) -> None:
    """An alert takes the place of the one before, and of the summary of an earlier failure."""
    desk.main = FORM
    summary = '<div role="alert"><ul><li>text is missing</li></ul></div>'
    desk.answer = lambda request: document(FORM.replace("<label>", f"{summary}<label>", 1), status=400)
    page.goto(desk.url)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("text is missing")
    for words in ("first", "second"):
        desk.answer = partial(slow_down, words)

        page.get_by_role("button", name="Send").click()

        expect(page.get_by_role("alert")).to_contain_text(words)


def test_failure_that_lacks_another_form_leaves_that_one_alone(page: Any, desk: Desk) -> None:
    """Of a page that holds the form but no other form of this page, nothing but the form is shown."""
    other = '<form method="post" data-sanic-action="note"><label>Note <input name="note"></label></form>'
    desk.main = other + FORM
    desk.answer = lambda request: document("<p>slim</p>" + FORM.replace("Text", "Text, please"), status=400)
    page.goto(desk.url)
    page.get_by_label("Note").fill("half a note")
    page.get_by_label("Text").fill("typed")

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_label("Text, please")).to_have_value("typed")
    expect(page.get_by_label("Note")).to_have_value("half a note")


@pytest.mark.parametrize("holder", ["<footer>{}</footer>", "<main><p>Oops</p></main><footer>{}</footer>"])
def test_form_in_another_part_of_the_answer_stays_where_it_is(page: Any, desk: Desk, holder: str) -> None:
    """A form that the answer holds somewhere else is filled in where it stands."""
    desk.main = "<h1>Shop</h1>" + FORM
    fresh = FORM.replace("<label>Text", '<p id="issue">text is missing</p><label>Text')
    desk.answer = lambda request: html(f"<!doctype html><title>Oops</title><body>{holder.format(fresh)}", status=400)
    page.goto(desk.url)
    page.get_by_label("Text").fill("typed")

    page.get_by_role("button", name="Send").click()

    expect(page.locator("#issue")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("typed")
    expect(page.locator("h1")).to_have_text("Shop")


def test_sentences_can_be_given(page: Any, desk: Desk) -> None:
    """The form says in which words the script speaks, so that it speaks the language of the page."""
    desk.main = order(
        '<label>Text <input name="text"></label>',
        data_sanic_unanswered="Keine Antwort.",
        data_sanic_kept="Ihre Eingaben sind noch da.",
    )
    page.goto(desk.url)
    page.context.set_offline(True)

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_have_text("Keine Antwort.Ihre Eingaben sind noch da.")


def test_sign_in_by_redirect_is_visited_and_back_has_the_text(page: Any, desk: Desk) -> None:
    """A post that is led to a page for signing in shows it by a visit, and Back has the form with what was typed."""
    desk.main = FORM

    @desk.app.get("/sign-in", name="sign_in")
    async def sign_in(request: AnyRequest) -> HTTPResponse:
        return document("<h1>Sign in</h1>")

    desk.answer = lambda request: HTTPResponse(status=302, headers={"location": "/sign-in"})
    page.goto(desk.url)
    page.get_by_label("Text").fill("typed")

    page.get_by_role("button", name="Send").click()

    page.wait_for_url("**/sign-in")
    page.go_back()
    expect(page.get_by_label("Text")).to_have_value("typed")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()


# ---- One token for each intention


def token(page: Any) -> str:
    value: str = page.evaluate("() => document.querySelector('[name=\"_action.token\"]').value")
    return value


@pytest.mark.parametrize("status", [400, 403, 409, 410, 413, 429, 500, 501])
def test_answer_that_says_no_is_followed_by_another_token(page: Any, desk: Desk, status: int) -> None:
    """After an answer the form has another token, though the answer brought none."""
    desk.main = FORM
    desk.answer = lambda request: html("<title>No</title>", status=status)
    page.goto(desk.url)

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_be_visible()
    assert token(page) not in ("t1", "")


@pytest.mark.parametrize("status", [0, 502, 503, 504])
def test_form_that_may_have_arrived_keeps_its_token(page: Any, desk: Desk, status: int) -> None:
    """Where nobody knows whether the form has arrived, sending it again is the same intention."""
    desk.main = FORM
    desk.answer = lambda request: html("<title>No</title>", status=status)
    page.goto(desk.url)
    page.context.set_offline(status == 0)

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_be_visible()
    assert token(page) == "t1"


def test_token_of_the_answer_is_taken(page: Any, desk: Desk) -> None:
    """The token that a fresh form brings is the next one."""
    desk.main = FORM
    desk.answer = lambda request: document(FORM.replace("t1", "t2"), status=400)
    page.goto(desk.url)

    page.get_by_role("button", name="Send").click()

    expect(page.locator("[name='_action.token']")).to_have_value("t2")


def test_page_that_is_gone_back_to_has_another_token(page: Any, desk: Desk) -> None:
    """Each time that a page is gone back to, its forms have another token; a visit leaves the server's."""
    desk.main = FORM
    page.goto(desk.url)
    page.get_by_label("Text").fill("typed")
    assert token(page) == "t1"
    tokens = {token(page)}
    for _ in range(2):
        page.goto(f"{desk.url}?other")
        page.go_back()
        page.wait_for_function(
            "(old) => !old.includes(document.querySelector('[name=\"_action.token\"]')?.value)", arg=list(tokens)
        )
        tokens.add(token(page))

    assert len(tokens) == 3
    expect(page.get_by_label("Text")).to_have_value("typed")


def test_page_from_the_back_forward_cache_has_another_token(page: Any, desk: Desk) -> None:
    """A page that the browser has kept whole, as it was, has another token, unless a post is pending."""
    desk.main = FORM + order("", token="t9", id="other")
    page.goto(desk.url)
    desk.open.clear()
    page.get_by_role("button", name="Send").last.click()

    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    values = page.evaluate("() => [...document.querySelectorAll('[name=\"_action.token\"]')].map((each) => each.value)")
    assert values[0] != "t1"
    assert values[1] == "t9"
    desk.open.set()
