"""What the script looks at before it sends a form, and where it leads after an issue."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser.scripted_pages import Desk, document, leads, order

from sanic_actions._files import size_in_words

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

FILE = (
    '<div class="field"><label for="cv">CV</label>'
    '<input type="file" name="cv" id="cv" multiple data-max-bytes="2000000"'
    ' aria-describedby="cv-help"{}><div id="cv-help">A PDF</div></div>'
)
LARGE = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": bytes(2_000_001)}
SMALL = {"name": "b.pdf", "mimeType": "application/pdf", "buffer": bytes(2_000_000)}


LIMITS = [0, 7, 999, 1_000, 1_500, 65_536, 999_999, 1_000_000, 1_560_000, 12_345_678]


@pytest.mark.parametrize("words", ["Must be at most %s", "Höchstens %s MB"])
def test_size_is_said_as_the_server_says_it(page: Any, desk: Desk, words: str) -> None:
    """The script says how large a file may be in the words of the server: 1 KB, not 0.001 MB."""
    desk.main = order(FILE.format(f' data-sanic-too-large="{words}"'), enctype="multipart/form-data")
    page.goto(desk.url, wait_until="networkidle")
    control = page.get_by_label("CV")

    sentences = []
    for limit in LIMITS:
        control.evaluate("(control, limit) => { control.dataset.maxBytes = limit; }", limit)
        control.set_input_files([{**SMALL, "buffer": bytes(limit + 1)}])
        page.get_by_role("button", name="Send").click()
        sentences.append(page.get_by_role("alert").inner_text(timeout=10_000))

    assert sentences == [words.removesuffix(" MB").replace("%s", size_in_words(limit)) for limit in LIMITS]


@pytest.mark.parametrize("words", ["", "Höchstens 2 MB"])
def test_file_that_is_too_large_is_not_sent(page: Any, desk: Desk, words: str) -> None:
    """A file larger than its control allows is refused at the control before anything is sent; another one is sent."""
    desk.main = order(FILE.format(f' data-sanic-too-large="{words}"' if words else ""), enctype="multipart/form-data")
    desk.answer = lambda request: leads()
    page.goto(desk.url)
    control = page.get_by_label("CV")
    control.set_input_files([SMALL, LARGE])

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_have_text(words or "Must be at most 2 MB")
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_have_accessible_description(f"A PDF {words or 'Must be at most 2 MB'}")
    expect(control).to_be_focused()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    assert desk.posts == []

    control.set_input_files([SMALL])
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_have_count(0)
    expect(control).not_to_have_attribute("aria-invalid", "true")
    assert len(desk.posts) == 1


@pytest.mark.parametrize("place", ["button", "form"])
def test_form_that_checks_nothing_sends_a_large_file_too(page: Any, desk: Desk, place: str) -> None:
    """What leaves out the checks of the browser, a button or a form, leaves out this one as well."""
    on_button = " formnovalidate" if place == "button" else ""
    button = f"<button{on_button}>Remove</button>"
    desk.main = order(FILE.format("") + button, enctype="multipart/form-data")
    if place == "form":
        desk.main = desk.main.replace("<form ", "<form novalidate ")
    desk.answer = lambda request: leads()
    page.goto(desk.url)
    page.get_by_label("CV").set_input_files(LARGE)

    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_label("CV")).to_have_value("")
    assert len(desk.posts) == 1


UNREADABLE = '<input type="date" name="when" aria-label="When" id="when"><p id="when-help">The day</p>'


def type_half_a_date(page: Any) -> None:
    page.get_by_label("When").focus()
    page.keyboard.type("12")


def test_half_a_date_is_not_sent_as_nothing(page: Any, desk: Desk) -> None:
    """Where the browser checks nothing it would send a half-typed date as none: the script says so, and keeps it."""
    desk.main = order(UNREADABLE, novalidate="")
    desk.answer = lambda request: leads()
    page.goto(desk.url)
    page.wait_for_load_state("networkidle")
    type_half_a_date(page)

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("When")).to_have_attribute("aria-invalid", "true")
    assert page.get_by_label("When").evaluate("control => control.validity.badInput")
    assert desk.posts == []

    page.get_by_label("When").fill("2026-12-24")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_have_count(0)
    assert [text.endswith("when=2026-12-24") for text in desk.texts] == [True]


@pytest.mark.parametrize("how", ["formnovalidate", "formmethod=dialog"])
def test_button_that_gives_up_is_not_held_back(page: Any, desk: Desk, how: str) -> None:
    """A button that asks for no checks, or that closes a dialog, does what it is for, whatever was half typed."""
    button = f"<button {how}>Give up</button>"
    desk.main = f"<dialog open>{order(UNREADABLE + button, novalidate='')}</dialog>"
    desk.answer = lambda request: leads()
    page.goto(desk.url)
    page.wait_for_load_state("networkidle")
    type_half_a_date(page)

    page.get_by_role("button", name="Give up").click()

    if how == "formnovalidate":
        expect(page.get_by_label("When")).not_to_have_attribute("aria-invalid", "true")
        page.wait_for_load_state("networkidle")
        assert len(desk.posts) == 1
    else:
        expect(page.locator("dialog")).to_be_hidden()
        assert desk.posts == []


GROUP = (
    '<fieldset class="field" {role}{wrong}><legend id="legend">Size</legend>'
    '<div><input type="{kind}" name="size" value="s" id="size"><label for="size">Small</label></div>'
    '<div><input type="{kind}" name="size" value="l" id="size-1"><label for="size-1">Large</label></div></fieldset>'
)
SPACE = '<p style="height: 3000px">Space</p>'
SUMMARY = '<div role="alert" tabindex="-1"><a href="#size">Size: Choose one</a></div>'


@pytest.mark.parametrize("kind", ["radio", "checkbox"])
def test_issue_of_a_group_leads_to_its_first_box(page: Any, desk: Desk, kind: str) -> None:
    """The first box of a group with an issue has the focus, and its legend is in view; so by a link to it."""
    role = 'role="radiogroup" ' if kind == "radio" else ""
    group = GROUP.format(kind=kind, role=role, wrong="")
    desk.main = order(group + SPACE)
    wrong = GROUP.format(kind=kind, role=role, wrong='aria-invalid="true"')
    desk.answer = lambda request: document(order(SUMMARY + wrong + SPACE + SUMMARY), status=400)
    page.goto(desk.url)

    page.get_by_role("button", name="Send").click()

    expect(page.locator("#size")).to_be_focused()
    expect(page.locator("#legend")).to_be_in_viewport(ratio=1)
    page.get_by_role("link").last.focus()
    page.get_by_role("link").last.click()
    expect(page.locator("#size")).to_be_focused()
    expect(page.locator("#legend")).to_be_in_viewport(ratio=1)


def test_issue_of_a_whole_group_leads_to_its_first_control(page: Any, desk: Desk) -> None:
    """What is wrong with rows as a whole comes before what is wrong below them, whatever hidden marks they have."""
    group = (
        '<fieldset id="rows" tabindex="-1"{}><legend>Rows</legend>'
        '<input type="hidden" name="_action.empty" value="rows">'
        '<input name="rows.0" aria-label="Row"></fieldset><input name="note" aria-label="Note"{}>'
    )
    link = '<p role="alert"><a href="#rows">Rows</a></p>'
    desk.main = order(link + group.format("", ""))
    wrong = group.format(" autofocus", ' aria-invalid="true"')
    desk.answer = lambda request: document(order(link + wrong), status=400)
    page.goto(desk.url)

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_label("Row", exact=True)).to_be_focused()
    page.get_by_label("Note").focus()
    page.get_by_role("link").click()
    expect(page.get_by_label("Row", exact=True)).to_be_focused()


def test_link_of_a_summary_leads_to_a_labelled_control(page: Any, desk: Desk) -> None:
    """A link to a control focuses it with its label in view, be its id written in any letters."""
    link = '<p role="alert"><a href="#f-gr%C3%B6%C3%9Fe.%25">Größe</a></p>'
    control = '<label for="f-größe.%" id="label">Größe</label><br><input name="g" id="f-größe.%">'
    desk.main = order(link + SPACE + control + SPACE)
    page.goto(desk.url)

    page.get_by_role("link").click()

    expect(page.get_by_label("Größe")).to_be_focused()
    expect(page.locator("#label")).to_be_in_viewport(ratio=1)


def test_link_in_an_alert_that_leads_to_another_page_is_followed(page: Any, desk: Desk) -> None:
    """Only links to a place on this page are anything of the script's."""
    desk.main = '<p role="alert"><a href="?there#size">There</a></p><p id="size">Here</p>' + order("")
    page.goto(desk.url)

    page.get_by_role("link").click()

    expect(page).to_have_url(re.compile(r"/page\?there#size$"))


def test_visitor_who_has_gone_on_keeps_the_focus(page: Any, desk: Desk) -> None:
    """An issue does not take the focus from who is typing elsewhere by now."""
    desk.main = order('<label>A <input name="a"></label><label>B <input name="b"></label>')
    desk.answer = lambda request: document(
        order('<label>A <input name="a" aria-invalid="true" id="a"></label><label>B <input name="b"></label>'),
        status=400,
    )
    page.goto(desk.url)
    desk.open.clear()
    page.get_by_role("button", name="Send").click()
    page.get_by_label("B").focus()
    page.keyboard.type("half ")

    desk.open.set()

    expect(page.locator("#a")).to_be_visible()
    page.keyboard.type("a sentence")
    expect(page.get_by_label("B")).to_have_value("half a sentence")
