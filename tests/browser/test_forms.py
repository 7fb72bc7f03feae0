"""What the script does to forms; wherever it can be said of both, with scripts disabled too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.hand_written_pages import Site, make_site

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

OpenPage = Callable[..., Any]

WATCH = """() => {
  window.same = true;
  window.log = [];
  for (const name of ["start", "progress", "success", "error", "end"])
    document.addEventListener(`sanic-action:${name}`, (event) => log.push([name, event.detail?.status ?? null]));
}"""

MARKED = 'method="post" data-sanic-action="go" action="?_action=go"'


def visit(page: Any, site: Site, path: str = "/post/1") -> None:
    """Open a page of the site, and remember in it that it is this very document."""
    page.goto(site.url + path)
    if page.scripted:
        page.evaluate(WATCH)


def is_same_document(page: Any) -> bool:
    same: bool = page.evaluate("() => window.same === true")
    return same


def send(page: Any, button: str = "Send", **values: str) -> None:
    """Fill in controls by name, and press a button."""
    for name, value in values.items():
        page.locator(f"[name={name}]").first.fill(value)
    page.get_by_role("button", name=button, exact=True).click()


def flash(page: Any, text: str) -> None:
    """Wait for what the page says of the last form."""
    expect(page.locator("#flash")).to_have_text(text)


def focused(page: Any) -> str:
    """The id of the element that has the focus."""
    found: str = page.evaluate("() => document.activeElement.id")
    return found


# ---- What a visitor sees, with and without the script


def test_failure_keeps_text_and_focuses_the_first_bad_field(either: Any, site: Site) -> None:
    """After a failure the page shows what was entered and each issue at its control, and focuses the first of them."""
    visit(either, site)

    send(either, author="Ada <b>", body="")

    expect(either.locator("#body-errors")).to_have_text("body is missing")
    expect(either.locator("#author")).to_have_value("Ada <b>")
    assert focused(either) == "body"
    assert site.runs == []
    assert is_same_document(either) == either.scripted
    assert ("_action" in either.url) != either.scripted


def test_success_shows_the_result_once_and_an_empty_form(either: Any, site: Site) -> None:
    """After success the page shows the result and a fresh form; a reload sends nothing and shows it no more."""
    visit(either, site)

    send(either, author="Ada", body="First\nSecond")

    flash(either, "Thank you, Ada")
    expect(either.locator("#comments li")).to_have_count(1)
    expect(either.locator("#body")).to_have_value("")
    expect(either).to_have_title("A post, 1 comments")
    assert either.url == f"{site.url}/post/1"
    assert is_same_document(either) == either.scripted
    either.reload()
    flash(either, "")
    assert len(site.runs) == 1


def test_success_after_failure(either: Any, site: Site) -> None:
    """A form that failed is corrected and sent again; the issues are gone, and so is what was entered."""
    visit(either, site)
    send(either, author="Ada", body="")
    expect(either.locator("#body-errors")).to_be_visible()

    send(either, body="Now it is here")

    flash(either, "Thank you, Ada")
    expect(either.locator("[aria-invalid], #summary")).to_have_count(0)
    expect(either.locator("#author")).to_have_value("")
    assert [run["body"] for run in site.runs] == ["Now it is here"]


def test_double_click_runs_once(either: Any, site: Site) -> None:
    """A double click on the button runs the handler once."""
    visit(either, site)
    either.locator("#author").fill("Ada")
    either.locator("#body").fill("Hi")

    either.get_by_role("button", name="Send", exact=True).dblclick()

    flash(either, "Thank you, Ada")
    assert len(site.runs) == 1
    expect(either.locator("#comments li")).to_have_count(1)


def test_back_leads_to_the_page_before(either: Any, site: Site) -> None:
    """The back button leads out of the page as if its form had not been there, and nothing is sent again."""
    visit(either, site, "/")
    either.get_by_role("link", name="A post").click()
    either.wait_for_load_state()
    send(either, author="Ada", body="Hi")
    flash(either, "Thank you, Ada")

    either.go_back()
    if either.url != f"{site.url}/":  # browsers may keep the page of the form once more
        either.go_back()

    assert either.url == f"{site.url}/"
    assert len(site.runs) == 1


@pytest.mark.parametrize("elsewhere", ["/", "/#far", "/post/2"])
def test_redirect_to_another_page(either: Any, site: Site, elsewhere: str) -> None:
    """Where success leads to another page, the browser visits it, and the result is shown there."""
    site.elsewhere = elsewhere
    site.extra = f"<form {MARKED}><button>Go</button></form>"
    visit(either, site)

    send(either, "Go")

    flash(either, "Gone")
    assert either.url == site.url + elsewhere
    assert len(site.runs) == 1


def test_redirect_to_another_site(either: Any, site: Site, serve: Callable[[Any], str]) -> None:
    """Where success leads to another site, the browser goes there."""
    other = make_site(f"other{either.scripted}")
    other.url = serve(other.app)
    site.elsewhere = f"{other.url}/post/7"
    site.extra = f"<form {MARKED}><button>Go</button></form>"
    visit(either, site)

    send(either, "Go")

    either.wait_for_url(f"{other.url}/post/7")
    assert len(site.runs) == 1


@pytest.mark.parametrize("to", ["/post/1#below", "?#below"])
@pytest.mark.parametrize("at", ["", "?", "#below", "?#below"])
def test_redirect_to_a_place_on_the_page(either: Any, site: Site, at: str, to: str) -> None:
    """Where success leads to a fragment of the page, that part of it comes into view, and the message stays."""
    site.elsewhere = to
    site.extra = f"<form {MARKED}><button>Go</button></form><p style='margin-top: 3000px' id=below>Below</p>"
    visit(either, site, f"/post/1{at}")

    send(either, "Go")

    flash(either, "Gone")
    expect(either.locator("#below")).to_be_in_viewport()
    assert either.url in (f"{site.url}/post/1#below", f"{site.url}/post/1?#below")
    either.wait_for_timeout(300)
    flash(either, "Gone")


def test_what_is_sent_is_what_the_browser_would_send(site: Site, open_page: OpenPage, tmp_path: Path) -> None:
    """With the script the server gets the same fields as without: line ends, files, buttons, hidden controls."""
    (tmp_path / "cat's.txt").write_text("miau")
    controls = """<input type=hidden name=h value="1"><textarea name=t></textarea><input type=file name=f>
        <select name=s><option value=a selected>A</select><input type=checkbox name=c checked><input name=no disabled>
        <button name=by value="yes">Go</button>"""
    site.elsewhere = "/post/1"
    seen: list[tuple[str, Any]] = []
    for enctype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        site.extra = f'<form {MARKED} enctype="{enctype}">{controls}</form>'
        for scripts in (True, False):
            page = open_page(scripts=scripts)
            visit(page, site)
            page.locator("[name=f]").set_input_files(tmp_path / "cat's.txt")
            send(page, "Go", t="ä & +\r\nb\nc")
            flash(page, "Gone")
        seen += [_without_boundary(*each) for each in site.bodies]
        site.bodies.clear()

    assert seen[0] == seen[1]
    assert seen[2] == seen[3]
    assert b"by=yes" in seen[0][1]


def _without_boundary(content_type: str, body: bytes) -> tuple[str, bytes]:
    kind, _, boundary = content_type.replace(";charset=UTF-8", "").partition("; boundary=")
    return kind, body.replace(boundary.encode(), b"-") if boundary else body


def test_another_button_sends_elsewhere(either: Any, site: Site) -> None:
    """The address, name and value of the pressed button count."""
    visit(either, site)

    send(either, "Send as note", author="Ada")

    flash(either, "Noted by elsewhere")
    assert site.runs[0]["author"] == "Ada"


def test_enter_sends_as_the_first_button_does(either: Any, site: Site) -> None:
    """Enter in a text field presses the form's first button."""
    visit(either, site)
    either.locator("#body").fill("Hi")
    either.locator("#author").fill("Ada")

    either.locator("#author").press("Enter")

    flash(either, "Thank you, Ada")
    assert site.runs[0]["by"] == "send"


def test_controls_that_are_called_like_parts_of_a_form(either: Any, site: Site) -> None:
    """Controls may have any name, those that a form itself has properties of included."""
    names = ["action", "method", "id", "name", "target", "elements", "submit", "reset", "enctype", "matches", "remove",
             "attributes", "children", "prepend", "title", "length", "contains", "parentNode", "nodeName"]  # fmt: skip
    controls = "".join(f'<input name="{name}" value="{name}!" aria-label="{name}">' for name in names)
    site.elsewhere = "/post/1"
    site.extra = f"<form {MARKED}>{controls}<button>Go</button></form>"
    visit(either, site)

    either.get_by_role("button", name="Go").press("Enter")

    flash(either, "Gone")
    assert site.runs[0] == {name: f"{name}!" for name in names}
    assert is_same_document(either) == either.scripted


# ---- While the request is on its way


def test_pending_form_is_busy_and_sent_once(page: Any, site: Site) -> None:
    """Until the answer is there the form is busy, its buttons are disabled, and sending it again does nothing."""
    visit(page, site)
    site.open.clear()
    send(page, author="Ada", body="Hi")

    expect(page.locator("form").first).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Send as note")).to_be_disabled()
    page.evaluate("() => document.querySelector('form').requestSubmit()")
    site.open.set()
    flash(page, "Thank you, Ada")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    expect(page.locator("[aria-busy]")).to_have_count(0)
    assert len(site.bodies) == 1


def test_button_keeps_the_focus(page: Any, site: Site) -> None:
    """Disabling the button for a moment does not lose the keyboard's place."""
    visit(page, site)
    page.locator("[name=note]").fill("x")
    page.get_by_role("button", name="Note", exact=True).focus()

    page.keyboard.press("Enter")

    flash(page, "Noted by None")
    assert page.evaluate("() => document.activeElement.textContent") == "Note"


def test_two_forms_at_once(page: Any, site: Site) -> None:
    """The answer to one form leaves another one alone that still waits for its own."""
    visit(page, site)
    site.open.clear()
    send(page, author="Ada", body="Hi")

    send(page, "Note", note="quick")

    flash(page, "Noted by None")
    expect(page.locator("form").first).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    site.open.set()
    flash(page, "Thank you, Ada")


def test_upload_shows_progress_and_keeps_its_file_after_a_failure(page: Any, site: Site, tmp_path: Path) -> None:
    """An upload tells how far it is; after a failure the chosen file need not be chosen again."""
    big = tmp_path / "big.bin"
    big.write_bytes(b"x" * 20_000_000)
    visit(page, site)
    page.evaluate("""() => {
      window.bars = [];
      const bar = document.querySelector("progress");
      const note = ({ detail: { loaded, total } }) => bars.push([bar.hidden, bar.value, loaded, total]);
      document.addEventListener("sanic-action:progress", note);
    }""")
    page.locator("#file").set_input_files(big)

    send(page, author="Ada", body="")

    expect(page.locator("#body-errors")).to_be_visible()
    seen = page.evaluate("() => bars")
    assert seen[-1][2] == seen[-1][3] >= 20_000_000
    assert all(not hidden and value == loaded for hidden, value, loaded, _ in seen)
    expect(page.locator("progress")).to_be_hidden()
    send(page, body="With a file")
    flash(page, "Thank you, Ada")
    assert site.runs[0]["file"] == "big.bin"
    assert page.locator("#file").input_value() == ""


def test_events_in_order(page: Any, site: Site) -> None:
    """A form tells what happens to it: start, progress, success or error, end."""
    visit(page, site)

    send(page, author="Ada", body="")
    expect(page.locator("#body-errors")).to_be_visible()
    send(page, body="Hi")
    flash(page, "Thank you, Ada")

    page.wait_for_function("() => log.filter(([name]) => name === 'end').length === 2")
    log = [event for event in page.evaluate("() => log") if event[0] != "progress"]
    assert log == [["start", None], ["error", 400], ["end", None], ["start", None], ["success", 200], ["end", None]]


# ---- What stays as it is


def test_rest_of_the_page_stays_as_it_is(page: Any, site: Site) -> None:
    """What was typed into another form, opened or listened to survives, and so do secrets after a failure."""
    visit(page, site)
    page.locator("[name=note]").fill("half a note")
    page.locator("summary").click()
    page.evaluate("() => document.querySelector('h1').addEventListener('click', () => (window.heard = true))")

    send(page, author="Ada", body="", secret="hidden")
    expect(page.locator("#body-errors")).to_be_visible()

    expect(page.locator("#secret")).to_have_value("hidden")
    send(page, body="Hi")
    flash(page, "Thank you, Ada")
    expect(page.locator("[name=note]")).to_have_value("half a note")
    expect(page.locator("details p")).to_be_visible()
    expect(page.locator("#secret")).to_have_value("")
    page.locator("h1").click()
    assert page.evaluate("() => window.heard")


def test_control_with_an_issue_is_the_same_control(page: Any, site: Site) -> None:
    """An issue beside a control does not cost what was entered there, though the server never hands a secret back."""
    visit(page, site)

    send(page, author="Ada", body="Hi", secret="short")

    expect(page.locator("#secret-errors")).to_be_visible()
    expect(page.locator("#secret")).to_have_value("short")
    assert focused(page) == "secret"


def test_live_region_is_changed_and_not_replaced(page: Any, site: Site) -> None:
    """A live region stays the same element, since screen readers announce what changes inside one."""
    visit(page, site)
    page.evaluate("() => { window.region = document.querySelector('#flash') }")

    send(page, author="Ada", body="Hi")

    flash(page, "Thank you, Ada")
    assert page.evaluate("() => region === document.querySelector('#flash') && region.isConnected")


def test_marked_parts_alone_are_swapped(page: Any, site: Site) -> None:
    """Where parts are marked data-sanic-swap, these change, the form and live regions; nothing else does."""
    site.extra = """<p id=a data-sanic-swap>A</p><p id=b>B</p><div data-sanic-keep id=keep>K</div>"""
    visit(page, site)
    site.extra = """<p id=a data-sanic-swap>A2</p><p id=b>B2</p><div data-sanic-keep id=keep>K2</div>"""

    send(page, author="Ada", body="")
    expect(page.locator("#body-errors")).to_be_visible()

    expect(page.locator("#a")).to_have_text("A2")
    expect(page.locator("#b")).to_have_text("B")
    expect(page.locator("#keep")).to_have_text("K")
    send(page, body="Hi")
    flash(page, "Thank you, Ada")
    expect(page.locator("#comments li")).to_have_count(0)


def test_form_that_comes_later_is_sent_in_place_too(page: Any, site: Site) -> None:
    """It does not matter when a form came into the page."""
    site.elsewhere = "/post/1"
    visit(page, site)
    page.evaluate(f"() => document.querySelector('main').insertAdjacentHTML('beforeend', '<form {MARKED}><button>Go')")

    send(page, "Go")

    flash(page, "Gone")
    assert is_same_document(page)


@pytest.mark.parametrize("extra", ["<noscript><input name=x>no</noscript>", "<svg viewBox='0 0 1 1'></svg><!-- c -->"])
def test_page_of_any_content(page: Any, site: Site, extra: str) -> None:
    """Fallbacks for scripts, drawings and comments do not get in the way."""
    site.extra = extra
    visit(page, site)

    send(page, author="Ada", body="Hi")

    flash(page, "Thank you, Ada")
    assert page.locator("input[name=x]").count() == 0


def test_every_page_becomes_equal_to_the_fresh_one(page: Any, site: Site) -> None:
    """Whatever a part of a page was and is to be, after the swap it is equal to the fresh one."""
    visit(page, site)

    wrong = page.evaluate(MORPH_ANYTHING, f"{site.url}/_actions/client.js")

    assert wrong == []


MORPH_ANYTHING = """async (url) => {
  const source = (await (await fetch(url)).text()).replace("import.meta.url", JSON.stringify(url));
  const { morph } = await import("data:text/javascript," + encodeURIComponent(source + "\\nexport { morph }"));
  let seed = 7;
  const pick = (count) => (seed = (seed * 48271) % 2147483647) % count;
  const tree = (depth) => {
    if (!depth || !pick(4)) return ["text", "<!--c-->", "more ", ""][pick(4)];
    const tag = ["div", "p", "form", "ul", "section", "span"][pick(6)];
    const marks = [` id=i${pick(6)}`, ` class=c${pick(3)}`, ` title=t`, "", ` action="?a=${pick(3)}"`, " @x=1"];
    const input = [`<input name=n${pick(3)}>`, `<input type=hidden name=h value=${pick(3)}>`, "", ""][pick(4)];
    const inner = Array.from({ length: pick(4) }, () => tree(depth - 1));
    return `<${tag}${marks[pick(6)]}>${input}${inner.join("")}</${tag}>`;
  };
  const parse = (text) => new DOMParser().parseFromString(`<main>${text}</main>`, "text/html").querySelector("main");
  const wrong = [];
  for (let turn = 0; turn < 1500; turn++) {
    const [before, after] = [tree(4) + tree(3), tree(4) + tree(3)];
    const old = document.importNode(parse(before), true);
    morph(old, parse(after));
    if (!old.isEqualNode(parse(after))) wrong.push([before, after]);
  }
  return wrong;
}"""


# ---- What is left to the browser, and what goes wrong


@pytest.mark.parametrize(
    "form",
    [
        '<form method="post" action="?_action=go"><button>Go</button></form>',
        f'<form {MARKED} target="_top"><button>Go</button></form>',
        f'<form {MARKED} method="get"><button formmethod="post" formtarget="_top">Go</button></form>',
        '<form method="post" data-sanic-action="go" action="/post/2?_action=go"><button>Go</button></form>',
    ],
    ids=["unmarked", "target", "button with a target", "another page"],
)
def test_forms_that_are_left_to_the_browser(page: Any, site: Site, form: str) -> None:
    """Forms without the mark, with a target, or to another page are sent by the browser."""
    site.elsewhere, site.extra = "/post/1", form
    visit(page, site)

    send(page, "Go")

    flash(page, "Gone")
    assert not is_same_document(page)


@pytest.mark.parametrize(
    "sabotage",
    [
        "() => document.addEventListener('sanic-action:start', (event) => event.preventDefault())",
        "() => { XMLHttpRequest.prototype.open = () => { throw new Error('broken') } }",
        "() => { window.XMLHttpRequest = undefined }",
        "() => { window.FormData = class { constructor() { throw new Error('broken') } } }",
    ],
    ids=["start prevented", "open throws", "no requests", "no form data"],
)
def test_browser_sends_what_the_script_cannot(page: Any, site: Site, sabotage: str) -> None:
    """When start is prevented, or the script fails before it sent anything, the browser sends the form, once."""
    visit(page, site)
    page.evaluate(sabotage)

    send(page, author="Ada", body="Hi")

    flash(page, "Thank you, Ada")
    assert len(site.runs) == 1
    assert site.runs[0]["by"] == "send"
    assert not is_same_document(page)


def test_prevented_submit_is_not_sent(page: Any, site: Site) -> None:
    """A page that prevents the submit event keeps the form from being sent at all."""
    visit(page, site)
    page.evaluate("() => document.querySelector('form').addEventListener('submit', (event) => event.preventDefault())")

    send(page, author="Ada", body="Hi")
    page.wait_for_timeout(200)

    assert site.bodies == []
    assert page.evaluate("() => log") == []


@pytest.mark.parametrize("name", ["success", "error"])
def test_prevented_outcome_leaves_the_page_alone(page: Any, site: Site, name: str) -> None:
    """Whoever prevents success or error shows the outcome in a way of their own."""
    visit(page, site)
    page.evaluate(f"() => document.addEventListener('sanic-action:{name}', (event) => event.preventDefault())")

    send(page, author="Ada", body="Hi" if name == "success" else "")

    page.wait_for_function("() => log.at(-1)?.[0] === 'end'")
    expect(page.locator("#flash")).to_have_text("")
    expect(page.locator("#body-errors, [role=alert]")).to_have_count(0)
    expect(page.locator("#author")).to_have_value("Ada")


def test_lost_connection_keeps_what_was_entered(page: Any, site: Site) -> None:
    """Without an answer the page stays, says so, and the form can be sent again."""
    visit(page, site)
    page.context.set_offline(True)

    send(page, author="Ada", body="Hi")

    expect(page.locator("form [role=alert]")).to_contain_text("please try again")
    expect(page.locator("#body")).to_have_value("Hi")
    assert ["error", 0] in page.evaluate("() => log")
    page.context.set_offline(False)
    send(page)
    flash(page, "Thank you, Ada")
    expect(page.locator("[role=alert]")).to_have_count(0)


@pytest.mark.parametrize(("action", "said"), [("json", "Refused, and why"), ("proxy", "please try again")])
def test_answer_that_is_no_page_of_the_site(page: Any, site: Site, action: str, said: str) -> None:
    """An answer that the page cannot show is told in the form, in the words of the problem if it has some."""
    site.extra = f"<form {MARKED.replace('=go', f'={action}')}><input name=kept aria-label=k><button>Go</button></form>"
    visit(page, site)

    send(page, "Go", kept="typed")
    send(page, "Go")

    expect(page.locator("[role=alert]")).to_have_count(1)
    expect(page.locator("[role=alert]")).to_contain_text(said)
    expect(page.locator("[name=kept]")).to_have_value("typed")


@pytest.mark.parametrize("elsewhere", ["/post/1", "/"])
def test_server_that_does_not_know_the_script(page: Any, site: Site, elsewhere: str) -> None:
    """A redirect that was followed serves too: to the same page in place, to another one by a visit."""
    site.knows_script, site.elsewhere = False, elsewhere
    site.extra = f"<form {MARKED}><button>Go</button></form>"
    visit(page, site)

    send(page, "Go")

    page.wait_for_url(site.url + elsewhere)
    if elsewhere == "/post/1":
        flash(page, "Gone")
    else:
        expect(page.locator("h1")).to_have_text("Home")
    assert is_same_document(page) == (elsewhere == "/post/1")
    assert len(site.runs) == 1


def test_script_from_a_failed_page_goes_on(page: Any, site: Site) -> None:
    """On the page that answered a post without the script, the next one succeeds and leads to an address of its own."""
    site.extra = '<form method="post" action="?_action=comment" id=plain><button>Plain</button></form>'
    visit(page, site)
    send(page, "Plain")
    expect(page.locator("#body-errors")).to_be_visible()
    page.wait_for_load_state()

    send(page, author="Ada", body="Hi")

    flash(page, "Thank you, Ada")
    assert page.url == f"{site.url}/post/1"
    page.reload()
    assert len(site.runs) == 1
