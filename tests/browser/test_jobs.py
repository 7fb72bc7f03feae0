"""The application form of a job as visitors use it: a long form in markup of its own, in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.axe import violations
from conftest import running

pytest.importorskip("jinja2", reason="The example's dependencies are not installed: pip install jinja2 sanic-ext")
pytest.importorskip("sanic_ext", reason="The example's dependencies are not installed: pip install jinja2 sanic-ext")
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

CONTENT = b"%PDF-1.4\n%%EOF\n"
PDF = {"name": "cv.pdf", "mimeType": "application/pdf", "buffer": CONTENT}
SCREENS = {"desktop": {"width": 1000, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def jobs() -> Iterator[str]:
    """The site, served."""
    from examples.jobs.app import app

    with running(app) as url:
        yield url


def visit(page: Any, url: str) -> None:
    """Open the page; where scripts run, until the script and what it asks for are there."""
    page.goto(url)
    page.wait_for_load_state("networkidle")


def fill_in(page: Any) -> None:
    """Fill in all that is needed, in English."""
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Your email address").fill("ada@example.com")
    page.get_by_label("Part time").check()
    page.get_by_label("French").check()
    page.get_by_label("Finnish").check()
    page.get_by_label("Your CV").set_input_files(PDF)
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.get_by_label("Repeat the password").fill("correct horse")
    page.get_by_label("You may keep my data").check()


def send(page: Any, button: str = "Send application") -> None:
    """Send the form past what the browser checks by itself."""
    page.locator("form").evaluate("form => form.setAttribute('novalidate', '')")
    page.get_by_role("button", name=button).click()


def test_application_is_sent(either: Any, jobs: str) -> None:
    """The form is filled in, with two employers, and sent; the page thanks, and the form is blank again."""
    visit(either, jobs)
    fill_in(either)
    employers = either.get_by_role("group", name="Previous employers", exact=True)
    employers.get_by_label("Company").fill("Kew Gardens")
    employers.get_by_label("Your work there").fill("Orchids")
    employers.get_by_role("button", name="Add another").click()
    expect(employers.get_by_label("Company")).to_have_count(2)
    if not either.scripted:  # no page hands back secrets; the file is kept
        expect(either.locator("#apply-cv-kept")).to_contain_text("cv.pdf is kept")
        either.get_by_label("Password", exact=True).fill("correct horse")
        either.get_by_label("Repeat the password").fill("correct horse")

    either.get_by_role("button", name="Send application").click()

    expect(either.locator("#thanks")).to_have_text("Thank you, Ada Lovelace. We have your application.")
    expect(either.get_by_label("Your name")).to_have_value("")
    expect(either.get_by_role("group", name="Employer 2")).to_have_count(0)


def test_mistakes_are_said_where_they_are(either: Any, jobs: str) -> None:
    """Each mistake is said at its control, everything else stays, and the first wrong control has the focus."""
    visit(either, jobs)
    fill_in(either)
    either.get_by_label("Your name").fill("   ")
    either.get_by_label("Repeat the password").fill("correct house")
    either.get_by_label("You may keep my data").uncheck()

    send(either)

    name = either.get_by_label("Your name")
    expect(name).to_have_accessible_description("Enter your name")
    expect(name).to_be_focused()
    expect(either.get_by_label("Repeat the password")).to_have_accessible_description(
        "The two passwords are not the same"
    )
    expect(either.get_by_label("You may keep my data")).to_have_attribute("aria-invalid", "true")
    expect(either.get_by_label("Part time")).to_be_checked()
    expect(either.get_by_label("French")).to_be_checked()
    expect(either.get_by_label("English")).not_to_be_checked()


def test_upload_is_kept_while_the_rest_is_mended(either: Any, jobs: str) -> None:
    """A valid CV is not chosen twice: the page says that it is there, and the application arrives with it."""
    visit(either, jobs)
    fill_in(either)
    either.get_by_label("Your name").fill("   ")

    send(either)

    cv = either.get_by_label("Your CV")
    expect(cv).to_have_accessible_description(re.compile("cv.pdf is kept; choose another to replace it."))
    expect(cv).to_have_js_property("value", "")  # with the script too: it is not sent again
    either.get_by_label("Your name").fill("Ada")
    either.get_by_label("Password", exact=True).fill("correct horse")
    either.get_by_label("Repeat the password").fill("correct horse")
    either.get_by_role("button", name="Send application").click()
    expect(either.locator("#thanks")).to_have_text("Thank you, Ada. We have your application.")


def test_upload_is_dropped(either: Any, jobs: str) -> None:
    """A box by it drops it, and then another one has to be chosen."""
    visit(either, jobs)
    fill_in(either)
    either.get_by_label("Your name").fill("   ")
    send(either)

    either.get_by_label("Remove cv.pdf").check()
    send(either)

    expect(either.locator("#apply-cv-errors")).to_have_text("Choose your CV")
    expect(either.get_by_label("Remove cv.pdf")).to_have_count(0)


@pytest.mark.parametrize("query", ["?lang=de", ""])
def test_everything_is_said_in_german(either: Any, jobs: str, query: str, open_page: Callable[..., Any]) -> None:
    """Labels, choices, buttons and messages are in the visitor's language, whoever came before in another one."""
    visit(open_page(), jobs)
    if not query:
        either.set_extra_http_headers({"accept-language": "de-AT,de;q=0.8,en;q=0.5"})
    visit(either, f"{jobs}/{query}")
    expect(either.get_by_role("group", name="Arbeitgeber 1")).to_be_visible()
    either.get_by_role("button", name="Weiteren hinzufügen").click()
    expect(either.get_by_role("group", name="Arbeitgeber 2").get_by_label("Firma")).to_be_visible()

    send(either, "Bewerbung abschicken")

    expect(either.get_by_label("Ihr Name")).to_have_accessible_description("Bitte ausfüllen")
    expect(either.get_by_role("group", name="Sprachen, die Sie sprechen")).to_contain_text(
        "Bitte mindestens 1 auswählen"
    )
    text = either.locator("main").inner_text()
    for english in ("This field", "Must", "Choose", "Enter", "Your", "Remove", "Employer", "Part time"):
        assert english not in text


def test_file_that_is_too_large(either: Any, jobs: str) -> None:
    """A file that is too large is said so at its control, in the visitor's language; what was typed stays."""
    visit(either, f"{jobs}/?lang=de")
    either.get_by_label("Ihr Name").fill("Ada")
    either.get_by_label("Ihr Lebenslauf").set_input_files({**PDF, "buffer": CONTENT + b" " * 1_100_000})

    send(either, "Bewerbung abschicken")

    expect(either.locator("#apply-cv-errors")).to_have_text("Darf höchstens 1 MB groß sein")
    expect(either.get_by_label("Ihr Name")).to_have_value("Ada")


def test_password_is_checked_when_it_is_left(page: Any, jobs: str) -> None:
    """With the script, what only the server can tell is said as soon as a control is left."""
    visit(page, jobs)
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.get_by_label("Repeat the password").fill("correct house")

    page.get_by_label("Repeat the password").blur()

    expect(page.get_by_label("Repeat the password")).to_have_accessible_description(
        "The two passwords are not the same"
    )


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("has_script", [True, False], ids=["scripted", "bare"])
def test_page_is_accessible_and_fits(page: Any, jobs: str, axe: str, screen: str, has_script: bool) -> None:
    """axe-core finds nothing, with mistakes and without, and nothing is wider than the screen."""
    page.set_viewport_size(SCREENS[screen])
    page.emulate_media(color_scheme="dark" if screen == "phone" else "light")
    if not has_script:  # axe-core itself needs scripts
        page.route("**/client.js", lambda route: route.abort())
    visit(page, jobs)
    blank = violations(page, axe)
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()

    assert blank == []
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
