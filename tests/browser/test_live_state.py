"""What a visitor has typed, chosen or opened survives what the script puts into the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser.scripted_pages import Desk, document, leads, order

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

SIZES = ("small", "medium", "large")
FAILED = '<p id="bad-errors">bad is missing</p><input name="bad" aria-label="Bad" aria-invalid="true">'
FINE = '<input name="bad" aria-label="Bad">'


def fail(desk: Desk, controls: str, **attributes: str) -> None:
    """Let posts be answered with the form, holding these controls and an issue."""
    desk.answer = lambda request: document(order(controls + FAILED, token="t2", **attributes), status=400)


def send(page: Any) -> None:
    page.get_by_role("button", name="Send").click()


def sent_and_failed(page: Any) -> None:
    send(page)
    expect(page.locator("#bad-errors")).to_be_visible()


def select(chosen: str, order_of: tuple[str, ...] = SIZES, extra: str = "") -> str:
    marks = {size: " selected" if size == chosen else "" for size in order_of}
    options = "".join(f"<option value={size}{mark}>{size}</option>" for size, mark in marks.items())
    return f'<select name="size" aria-label="Size" {extra}>{options}</select>'


def radios(chosen: str, order_of: tuple[str, ...] = SIZES, kind: str = "radio") -> str:
    marks = {size: " checked" if size in chosen.split() else "" for size in order_of}
    return "".join(
        f"<div><input type={kind} name=size value={size} id={size}{mark}><label for={size}>{size}</label></div>"
        for size, mark in marks.items()
    )


BACK = ("large", "medium", "small")


@pytest.mark.parametrize(
    "fresh",
    [
        select("small"),
        select("medium"),
        select(""),
        select("small", BACK),
        select("", BACK),
        select("", ("new", *SIZES)),
    ],
    ids=["handed back", "default", "none", "handed back, turned", "none, turned", "one more"],
)
def test_select_keeps_what_was_chosen(page: Any, desk: Desk, fresh: str) -> None:
    """A choice stays the one that was made, by its value, however the fresh page marks and orders the options."""
    desk.main = order(select("medium") + FINE)
    fail(desk, fresh)
    page.goto(desk.url)
    page.get_by_label("Size").select_option("small")

    sent_and_failed(page)

    expect(page.get_by_label("Size")).to_have_value("small")


def test_select_of_several_keeps_what_was_chosen(page: Any, desk: Desk) -> None:
    """Of a list from which several may be chosen, those stay that were."""
    desk.main = order(select("medium", extra="multiple") + FINE)
    fail(desk, select("", BACK, extra="multiple"))
    page.goto(desk.url)
    page.get_by_label("Size").select_option(["small", "large"])

    sent_and_failed(page)

    assert page.evaluate("() => [...document.querySelector('select').selectedOptions].map((o) => o.value).sort()") == [
        "large",
        "small",
    ]


def test_choice_that_is_no_longer_offered_gives_way(page: Any, desk: Desk) -> None:
    """Where the fresh page no longer offers what was chosen, its own choice shows."""
    desk.main = order(select("medium") + FINE)
    fail(desk, select("large", ("medium", "large")))
    page.goto(desk.url)
    page.get_by_label("Size").select_option("small")

    sent_and_failed(page)

    expect(page.get_by_label("Size")).to_have_value("large")


def test_choice_of_the_server_shows_where_nobody_chose(page: Any, desk: Desk) -> None:
    """A control that the visitor left alone shows what the fresh page says."""
    desk.main = order(select("medium") + '<input name="price" aria-label="Price" value="1">' + FINE)
    fail(desk, select("large") + '<input name="price" aria-label="Price" value="2">')
    page.goto(desk.url)

    sent_and_failed(page)

    expect(page.get_by_label("Size")).to_have_value("large")
    expect(page.get_by_label("Price")).to_have_value("2")


@pytest.mark.parametrize("kind", ["radio", "checkbox"])
@pytest.mark.parametrize("fresh", [("small", SIZES), ("medium", SIZES), ("", BACK), ("medium", BACK)])
def test_boxes_keep_what_was_chosen(page: Any, desk: Desk, kind: str, fresh: tuple[str, tuple[str, ...]]) -> None:
    """Radio buttons and check boxes stay as they were chosen, by their values."""
    desk.main = order(radios("medium", kind=kind) + FINE)
    fail(desk, radios(*fresh, kind=kind))
    page.goto(desk.url)
    page.get_by_label("small").check()
    if kind == "checkbox":
        page.get_by_label("medium").uncheck()

    sent_and_failed(page)

    assert page.evaluate("() => [...document.querySelectorAll(':checked')].map((box) => box.value)") == ["small"]


@pytest.mark.parametrize("ticked", [True, False])
def test_single_box_keeps_its_tick(page: Any, desk: Desk, *, ticked: bool) -> None:
    """A check box that was ticked or unticked stays so."""
    box = '<input type="checkbox" name="news" aria-label="News"{}>'
    desk.main = order(box.format("" if ticked else " checked") + FINE)
    fail(desk, box.format("" if ticked else " checked"))
    page.goto(desk.url)
    page.get_by_label("News").set_checked(ticked)

    sent_and_failed(page)

    assert page.get_by_label("News").is_checked() is ticked


TEXTS = [
    '<input name="text" aria-label="Text" value="{}">',
    '<textarea name="text" aria-label="Text">{}</textarea>',
    '<input type="tel" name="text" aria-label="Text" value="{}">',
    '<input type="search" name="text" aria-label="Text" value="{}" form="elsewhere">',
]


@pytest.mark.parametrize("control", TEXTS)
def test_text_that_is_typed_while_the_form_is_on_its_way_stays(page: Any, desk: Desk, control: str) -> None:
    """What is typed after the form was sent stays, and so does the place where it is typed."""
    desk.main = order(control.format("first") + FINE) + '<form id="elsewhere"></form>'
    desk.answer = lambda request: document(
        order(control.format("first") + FAILED) + '<form id="elsewhere"></form>', status=400
    )
    page.goto(desk.url)
    desk.open.clear()
    send(page)
    page.get_by_label("Text").press("End")
    page.keyboard.type(" and more")

    desk.open.set()

    expect(page.locator("#bad-errors")).to_be_visible()
    page.keyboard.type("!")
    expect(page.get_by_label("Text")).to_have_value("first and more!")


def test_text_that_is_typed_after_success_was_on_its_way_stays(page: Any, desk: Desk) -> None:
    """After success the form is empty but for what was typed since it was sent."""
    desk.main = order('<input name="a" aria-label="A"><input name="b" aria-label="B">')
    desk.answer = lambda request: leads()
    page.goto(desk.url)
    page.get_by_label("A", exact=True).fill("sent")
    page.get_by_label("B", exact=True).fill("sent")
    desk.open.clear()
    send(page)
    page.get_by_label("B", exact=True).fill("the next one")
    token = page.evaluate("() => document.querySelector('[name=\"_action.token\"]').value")
    desk.main = desk.main.replace("t1", "t2")

    desk.open.set()

    expect(page.get_by_label("A", exact=True)).to_have_value("")
    expect(page.get_by_label("B", exact=True)).to_have_value("the next one")
    assert page.evaluate("() => document.querySelector('[name=\"_action.token\"]').value") == "t2" != token


def test_text_that_was_removed_meanwhile_does_not_come_back(page: Any, desk: Desk) -> None:
    """Text that was emptied after the form was sent stays away, though the server hands it back."""
    desk.main = order('<input name="a" aria-label="A">' + FINE)
    fail(desk, '<input name="a" aria-label="A" value="sent">')
    page.goto(desk.url)
    page.get_by_label("A", exact=True).fill("sent")
    desk.open.clear()
    send(page)
    page.get_by_label("A", exact=True).fill("")

    desk.open.set()

    expect(page.locator("#bad-errors")).to_be_visible()
    expect(page.get_by_label("A", exact=True)).to_have_value("")


def test_chosen_files_stay_wherever_their_control_goes(page: Any, desk: Desk, tmp_path: Path) -> None:
    """A chosen file survives a failure, though the fresh page holds its control elsewhere, under another id."""
    (tmp_path / "cv.txt").write_text("x")
    desk.main = order('<input type="file" name="cv" id="a" aria-label="CV">' + FINE)
    fail(desk, '<div class="field"><section><input type="file" name="cv" id="b" aria-label="CV"></section></div>')
    page.goto(desk.url)
    page.get_by_label("CV").set_input_files(tmp_path / "cv.txt")

    sent_and_failed(page)

    assert page.get_by_label("CV").evaluate("(input) => [...input.files].map((file) => file.name)") == ["cv.txt"]
    expect(page.locator("#b")).to_have_count(1)


def test_row_that_was_added_meanwhile_stays(page: Any, desk: Desk) -> None:
    """A row that the visitor added and filled while the form was on its way is not taken out of it."""
    row = '<fieldset><input name="items.{0}.title" aria-label="Item {0}" value="{1}"></fieldset>'
    desk.main = order(row.format(0, "") + FINE)
    fail(desk, row.format(0, "first"))
    page.goto(desk.url)
    page.get_by_label("Item 0").fill("first")
    desk.open.clear()
    send(page)
    page.evaluate("(row) => document.querySelector('fieldset').insertAdjacentHTML('afterend', row)", row.format(1, ""))
    page.get_by_label("Item 1").fill("second")

    desk.open.set()

    expect(page.locator("#bad-errors")).to_be_visible()
    expect(page.get_by_label("Item 0")).to_have_value("first")
    expect(page.get_by_label("Item 1")).to_have_value("second")
    send(page)
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    assert "items.1.title=second" in desk.texts[-1]


def test_row_that_the_server_shows_too_is_there_once(page: Any, desk: Desk) -> None:
    """A row that was added before the form was sent, and is handed back, is there once."""
    row = '<fieldset><input name="items.{0}.title" aria-label="Item {0}" value="{1}"></fieldset>'
    desk.main = order(row.format(0, "") + FINE)
    fail(desk, row.format(0, "first") + row.format(1, "second"))
    page.goto(desk.url)
    page.get_by_label("Item 0").fill("first")
    page.evaluate("(row) => document.querySelector('fieldset').insertAdjacentHTML('afterend', row)", row.format(1, ""))
    page.get_by_label("Item 1").fill("second")

    sent_and_failed(page)

    expect(page.locator("fieldset")).to_have_count(2)
    expect(page.get_by_label("Item 1")).to_have_value("second")


@pytest.mark.parametrize("opened", [True, False])
def test_details_stay_as_the_visitor_left_them(page: Any, desk: Desk, *, opened: bool) -> None:
    """What the visitor has opened stays open, what was closed stays closed, until an issue stands in it."""
    details = '<details{}><summary>More</summary><input name="more" aria-label="More text"></details>'
    desk.main = order(details.format("" if opened else " open") + FINE)
    fail(desk, details.format("" if opened else " open"))
    page.goto(desk.url)
    page.locator("summary").click()

    sent_and_failed(page)

    assert page.locator("details").evaluate("(details) => details.open") is opened


def test_issue_in_closed_details_is_shown(page: Any, desk: Desk) -> None:
    """Details that hold the first issue are opened, and its control has the focus."""
    closed = '<details><summary>More</summary><input name="more" id="more"{}></details>'
    desk.main = order(closed.format(""))
    desk.answer = lambda request: document(order(closed.format(' aria-invalid="true"')), status=400)
    page.goto(desk.url)

    send(page)

    expect(page.locator("#more")).to_be_focused()


def test_scroll_positions_stay(page: Any, desk: Desk) -> None:
    """A swap scrolls neither the page nor what scrolls in it, while the first issue is in view."""
    box = '<div id="box" style="height: 50px; overflow: auto"><p style="height: 500px">Long</p></div>'
    space = '<p style="height: 2000px">Space</p>'
    desk.main = space + order(box + FINE) + space
    desk.answer = lambda request: document(space + order(box + FAILED) + space, status=400)
    page.goto(desk.url)
    page.evaluate("() => { document.querySelector('#box').scrollTop = 100; window.scrollTo(0, 1900) }")

    sent_and_failed(page)

    assert page.evaluate("() => [document.querySelector('#box').scrollTop, Math.abs(scrollY - 1900) < 60]") == [
        100,
        True,
    ]


def test_other_forms_keep_what_was_typed_into_them(page: Any, desk: Desk) -> None:
    """Neither success nor failure of one form changes what another one holds, be it of the same action."""
    other = '<form method="post" data-sanic-action="note"><input name="note" aria-label="{0}">{1}</form>'
    controls = select("medium") + FINE
    choice = '<select name="kind" aria-label="Kind"><option>a</option><option selected>b</option></select>'
    forms = other.format("One", choice) + other.format("Two", "")
    desk.main = forms + order(controls)
    desk.answer = lambda request: document(forms + order(controls.replace(FINE, FAILED)), status=400)
    page.goto(desk.url)
    page.get_by_label("One").fill("first")
    page.get_by_label("Two").fill("second")
    page.get_by_label("Kind").select_option("a")

    sent_and_failed(page)
    desk.answer = lambda request: leads()
    send(page)

    expect(page.locator("#bad-errors")).to_have_count(0)
    expect(page.get_by_label("One")).to_have_value("first")
    expect(page.get_by_label("Two")).to_have_value("second")
    expect(page.get_by_label("Kind")).to_have_value("a")


def test_success_resets_every_kind_of_control(page: Any, desk: Desk, tmp_path: Path) -> None:
    """After success all controls of the form are as the fresh page has them."""
    (tmp_path / "a.txt").write_text("x")
    box = '<input type="checkbox" name="news" aria-label="News" checked>'
    file, number = '<input type="file" name="file" aria-label="File">', '<input type="range" name="n" aria-label="N">'
    desk.main = order(select("medium") + box + file + number + '<textarea name="t" aria-label="T"></textarea>')
    desk.answer = lambda request: leads()
    page.goto(desk.url)
    page.get_by_label("Size").select_option("small")
    page.get_by_label("News").uncheck()
    page.get_by_label("File").set_input_files(tmp_path / "a.txt")
    page.get_by_label("N", exact=True).fill("70")
    page.get_by_label("T", exact=True).fill("text")

    send(page)

    expect(page.get_by_label("T", exact=True)).to_have_value("")
    expect(page.get_by_label("Size")).to_have_value("medium")
    expect(page.get_by_label("News")).to_be_checked()
    expect(page.get_by_label("File")).to_have_value("")
    expect(page.get_by_label("N", exact=True)).to_have_value("50")


def test_text_that_is_written_into_the_page_stays(page: Any, desk: Desk) -> None:
    """An element that visitors write into keeps what they wrote; one that nobody touched is the answer's."""
    written = '<div contenteditable id="a">first</div><div contenteditable id="b">{}</div>'
    desk.main = order(written.format("second") + FINE)
    desk.answer = lambda request: document(order(written.format("fresh") + FAILED, token="t2"), status=400)
    page.goto(desk.url)
    page.locator("#a").click()
    page.keyboard.type("!")

    page.get_by_role("button").first.click()

    expect(page.locator("#b")).to_have_text("fresh")
    expect(page.locator("#a")).to_have_text("first!")


DRAWING = """() => { for (const [name, drawn] of [["x-editor", "<input aria-label=Inner id=inner>"],
["x-map", "<i>drawn</i>"]]) customElements.define(name, class extends HTMLElement { connectedCallback() {
if (!this.firstChild) { this.classList.add("drawn"); this.innerHTML = drawn; } } }) }"""


def test_custom_element_keeps_what_it_has_drawn(page: Any, desk: Desk) -> None:
    """What a custom element has made of itself stays, once, though the fresh page has nothing in it."""
    elements = "<x-editor></x-editor><x-map {}></x-map><x-shell><p>{}</p></x-shell>"
    desk.main = order(elements.format("", "old") + FINE)
    fail(desk, elements.format("data-zoom=2", "new"))
    page.goto(desk.url)
    page.evaluate(DRAWING)
    page.get_by_label("Inner").fill("typed")

    sent_and_failed(page)

    assert page.get_by_label("Inner").input_value() == "typed"
    editor, drawn, shell = page.evaluate(
        "() => [...document.querySelectorAll(':not(:defined), .drawn')].map((e) => e.outerHTML)"
    )
    assert editor == '<x-editor class="drawn"><input aria-label="Inner" id="inner"></x-editor>'
    assert drawn == '<x-map class="drawn" data-zoom="2"><i>drawn</i></x-map>'
    assert shell == "<x-shell><p>new</p></x-shell>"


@pytest.mark.parametrize("ok", [True, False])
def test_answer_to_a_visitor_who_has_gone_on(page: Any, desk: Desk, *, ok: bool) -> None:
    """Where a script has put another page in place of that of the form, its answer changes nothing there."""
    desk.main = order(FINE)
    desk.answer = lambda request: leads() if ok else document(order(FAILED), status=400)
    desk.open.clear()
    page.goto(desk.url)
    send(page)
    page.evaluate(
        "() => { history.pushState(null, '', '/elsewhere'); document.body.innerHTML = '<main>Elsewhere</main>' }"
    )
    page.evaluate("() => { window.ends = []; document.addEventListener('sanic-action:end', () => ends.push(1)) }")

    desk.open.set()

    page.wait_for_function("() => ends.length")
    assert page.locator("body").inner_text() == "Elsewhere"
    assert page.url.endswith("/elsewhere")
