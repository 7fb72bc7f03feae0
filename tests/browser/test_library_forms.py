"""Forms as the library writes and answers them, in a browser, with the script and without."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Any

import httpx2
import pytest
from html5tagger import HTML
from pydantic import AfterValidator, BaseModel, Field, SecretStr
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import ActionError, Ok, Redirect, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore, action_result, form, form_action

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

AnyRequest = Request[Any, Any]
COUNT = itertools.count()
SCRIPT = '<script type="module" src="{}_actions/client.js"></script>'

ran: list[tuple[str, str]] = []


def for_sale(item: str) -> str:
    """What no browser checks by itself."""
    if item == "x":
        raise ValueError("This is not for sale")
    return item


@action(accept="form")
async def add(item: Annotated[str, AfterValidator(for_sale)]) -> str:
    ran.append(("add", item))
    if item == "crash" and ran.count(("add", "crash")) == 1:
        raise RuntimeError("the first time only")
    if item == "sold out":
        raise ActionError("CONFLICT", "It is sold out")
    return item


@action(accept="form")
async def draft(item: str, note: Annotated[str, Field(min_length=5)]) -> Redirect[str]:
    ran.append(("draft", item))
    return Redirect("", item)


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


def shop_page(request: AnyRequest, *, base: bool = False) -> HTTPResponse:
    """A page with a form of which two buttons lead to two actions."""
    result = action_result(request, add)
    drafted = action_result(request, draft)
    said = f"Added {result.data}" if isinstance(result, Ok) else ""
    said = f"Kept {drafted.data.data}" if isinstance(drafted, Ok) else said
    buttons = f'Add</button><button formaction="{form_action(draft, base=base)}">Keep as draft'
    note = '<label for="note">Note</label><input name="note" id="note">'
    markup = str(form(add, submit=HTML(buttons), base=base)).replace("<button", f"{note}<button", 1)
    script = SCRIPT.format(request.app.ctx.root)
    head = f"<base href=/elsewhere/>{script}" if base else script
    return html(
        f"<!doctype html><html lang=en><title>Shop</title>{head}<body><main><p id=said role=status>{said}</p>{markup}"
        f"<a href={request.app.ctx.root}other>Other</a></main>"
    )


@pytest.fixture
def shop(serve: Callable[[Any], str], tmp_path: Any) -> Sanic[Any, Any]:
    """The shop, served; its address is in ``ctx.url``."""
    app: Sanic[Any, Any] = Sanic(f"shop{next(COUNT)}")
    app.config.AUTO_EXTEND = False
    app.ctx.root, app.ctx.asked = "/", []
    app.blueprint(ActionsBlueprint({"add": add, "draft": draft}, state=SQLiteStore(tmp_path / "state.db")))

    @app.get("/shop/page")
    async def page(request: AnyRequest) -> HTTPResponse:
        app.ctx.asked.append(request.method)
        return shop_page(request)

    @app.get("/based")
    async def based(request: AnyRequest) -> HTTPResponse:
        return shop_page(request, base=True)

    @app.get("/other")
    async def other(request: AnyRequest) -> HTTPResponse:
        return html("<!doctype html><title>Other</title><p>Other")

    app.ctx.url = serve(app)
    return app


def press(page: Any, button: str, item: str | None = None) -> None:
    if item is not None:
        page.get_by_label("Item").fill(item)
    page.get_by_role("button", name=button).click()


def said(page: Any, text: str) -> None:
    expect(page.locator("#said")).to_have_text(text)


def back_to(page: Any, url: str) -> None:
    """Go back until the page of a form is there."""
    page.go_back()
    page.wait_for_url(url)


def test_form_is_sent_again_on_purpose_from_back(either: Any, shop: Sanic[Any, Any]) -> None:
    """Going back and sending the same again runs it again: at once with the script, after a word without."""
    url = f"{shop.ctx.url}/shop/page"
    either.goto(url)
    press(either, "Add", "tea")
    said(either, "Added tea")
    either.get_by_role("link", name="Other").click()
    either.wait_for_url("**/other")
    either.go_back()
    if not either.scripted:
        either.go_back()
    either.wait_for_load_state()

    press(either, "Add", "tea")

    if not either.scripted:
        expect(either.get_by_role("alert")).to_contain_text("sent already")
        expect(either.get_by_label("Item")).to_have_value("tea")
        assert ran == [("add", "tea")]
        press(either, "Add")
    expect(either.locator("[role=alert]")).to_have_count(0)
    said(either, "Added tea")
    assert ran == [("add", "tea")] * 2


def test_form_is_sent_twice_on_purpose(either: Any, shop: Sanic[Any, Any]) -> None:
    """The form that shows after success is for the next intention, be it the same once more."""
    either.goto(f"{shop.ctx.url}/shop/page")
    for count in (1, 2, 3):
        press(either, "Add", "tea")
        expect(either.get_by_label("Item")).to_have_value("")
        said(either, "Added tea")
        assert len(ran) == count


@pytest.mark.parametrize("item", ["crash", "sold out"])
def test_failure_can_be_tried_again(either: Any, shop: Sanic[Any, Any], item: str) -> None:
    """What failed once is run again when the visitor sends it again: nothing of the first time is repeated."""
    either.goto(f"{shop.ctx.url}/shop/page")
    press(either, "Add", item)
    expect(either.get_by_role("alert")).to_be_visible()
    expect(either.get_by_label("Item")).to_have_value(item)
    either.wait_for_load_state()

    with either.expect_response(lambda response: response.request.method == "POST"):
        press(either, "Add")

    if item == "crash":
        said(either, "Added crash")
    else:
        expect(either.get_by_role("alert")).to_contain_text("sold out")
    assert ran == [("add", item)] * 2


def test_back_to_a_failed_form_shows_its_text(open_page: Callable[..., Any], shop: Sanic[Any, Any]) -> None:
    """Without the script, a failed form is there with its text after a link and Back, and nothing is sent for it."""
    page = open_page(scripts=False)
    page.goto(f"{shop.ctx.url}/shop/page")
    press(page, "Add", "x")
    expect(page.locator("[aria-invalid=true]")).to_have_value("x")
    asked = len(shop.ctx.asked)
    page.get_by_role("link", name="Other").click()
    page.wait_for_url("**/other")

    page.go_back()

    expect(page.locator("[aria-invalid=true]")).to_have_value("x")
    assert len(shop.ctx.asked) == asked
    press(page, "Add", "tea")
    said(page, "Added tea")
    assert ran == [("add", "tea")]


def test_back_to_a_form_that_failed_in_place_shows_its_text(page: Any, shop: Sanic[Any, Any]) -> None:
    """With the script the text is there too, though the browser shows the page as it was at first."""
    page.goto(f"{shop.ctx.url}/shop/page")
    page.wait_for_load_state("networkidle")
    press(page, "Add", "x")
    expect(page.locator("[aria-invalid=true]")).to_have_value("x")
    page.get_by_role("link", name="Other").click()
    page.wait_for_url("**/other")

    back_to(page, "**/shop/page")

    expect(page.get_by_label("Item")).to_have_value("x")
    press(page, "Add", "tea")
    said(page, "Added tea")
    assert ran == [("add", "tea")]


def test_button_to_another_action_that_fails(either: Any, shop: Sanic[Any, Any]) -> None:
    """A form whose button sends it to another action shows what came of it: what was typed, and the issues."""
    either.goto(f"{shop.ctx.url}/shop/page")
    either.get_by_label("Note").fill("ab")

    press(either, "Keep as draft", "tea")

    expect(either.get_by_role("alert")).to_be_visible()
    expect(either.get_by_label("Item")).to_have_value("tea")
    assert ran == []
    either.get_by_label("Note").fill("long enough")
    press(either, "Keep as draft")
    said(either, "Kept tea")
    expect(either.get_by_label("Item")).to_have_value("")
    assert ran == [("draft", "tea")]


def test_page_with_a_base(either: Any, shop: Sanic[Any, Any]) -> None:
    """On a page with a ``<base href>`` forms lead to the page itself, by both buttons, and show its result."""
    url = f"{shop.ctx.url}/based?tab=2"
    either.goto(url)

    press(either, "Add", "x")
    expect(either.get_by_role("alert")).to_be_visible()
    press(either, "Add", "tea")

    said(either, "Added tea")
    assert either.url == url
    either.get_by_label("Note").fill("long enough")
    press(either, "Keep as draft", "tea")
    said(either, "Kept tea")
    assert either.url == url


@pytest.fixture
def proxied(serve: Callable[[Any], str], shop: Sanic[Any, Any]) -> str:
    """The shop behind a proxy that strips a prefix, as nginx does: ``location /below/ { proxy_pass http://app/; }``."""
    proxy: Sanic[Any, Any] = Sanic(f"proxy{next(COUNT)}")
    proxy.config.AUTO_EXTEND = False
    shop.ctx.root = "/below/"

    @proxy.route("/below/<path:path>", methods=["GET", "POST"])
    async def forward(request: AnyRequest, path: str) -> HTTPResponse:
        skipped = ("connection", "content-length", "transfer-encoding")
        headers = {name: value for name, value in request.headers.items() if name not in skipped}
        query = f"?{request.query_string}" if request.query_string else ""
        async with httpx2.AsyncClient(base_url=shop.ctx.url) as client:
            answer = await client.request(request.method, f"/{path}{query}", headers=headers, content=request.body)
        response = HTTPResponse(answer.content, answer.status_code)
        for name, value in answer.headers.multi_items():
            if name not in ("content-length", "connection", "keep-alive", "content-encoding"):
                response.headers.add(name, value)
        return response

    return f"{serve(proxy)}/below"


@pytest.mark.parametrize("query", ["", "?tab=2"])
def test_success_stays_below_a_prefix_that_a_proxy_strips(either: Any, proxied: str, query: str) -> None:
    """Failure, success and its result stay on the page, though the app does not know where that is."""
    either.goto(f"{proxied}/shop/page{query}")

    press(either, "Add", "x")
    expect(either.get_by_role("alert")).to_be_visible()
    press(either, "Add", "tea")

    said(either, "Added tea")
    assert either.url.removesuffix("?") == f"{proxied}/shop/page{query}"


class Line(BaseModel):
    sku: str
    count: int = 1


@action(accept="form")
async def order(lines: list[Line], password: SecretStr) -> int:
    ran.extend(("line", line.sku) for line in lines)
    return len(lines)


def test_rows_are_added_and_removed(either: Any, serve: Callable[[Any], str], tmp_path: Any) -> None:
    """Rows are added and removed with all that was typed in its place, and nothing runs; with the script in place."""
    app: Sanic[Any, Any] = Sanic(f"rows{next(COUNT)}")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"order": order}, state=SQLiteStore(tmp_path / "state.db")))

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        said = "Sent" if isinstance(action_result(request, order), Ok) else ""
        head = SCRIPT.format("/")
        return html(f"<!doctype html><title>Rows</title>{head}<body><main><p id=said>{said}</p>{form(order)}</main>")

    either.goto(serve(app))
    rows = either.get_by_label("Sku")
    for number, sku in enumerate(("a", "b", "c")):
        if number:
            either.get_by_role("button", name="Add another").click()
        expect(rows).to_have_count(number + 1)
        rows.nth(number).fill(sku)
    if either.scripted:
        either.get_by_label("Password").fill("secret")

    either.get_by_role("button", name="Remove").nth(1).click()

    expect(rows).to_have_count(2)
    assert [row.input_value() for row in rows.all()] == ["a", "c"]
    assert ran == []
    expect(either.locator("[role=alert]")).to_have_count(0)
    if either.scripted:
        expect(either.get_by_label("Password")).to_have_value("secret")
    else:
        either.get_by_label("Password").fill("secret")
    either.get_by_role("button", name="Send").click()
    said(either, "Sent")
    assert ran == [("line", "a"), ("line", "c")]


def test_script_speaks_the_language_of_messages(page: Any, serve: Callable[[Any], str], tmp_path: Any) -> None:
    """The sentences of the script itself go through ``messages``, like all that a visitor reads."""
    german = {"unanswered": "Keine Antwort.", "kept": "Ihre Eingaben sind noch da."}
    app: Sanic[Any, Any] = Sanic(f"words{next(COUNT)}")
    app.config.AUTO_EXTEND = False
    state = SQLiteStore(tmp_path / "state.db")
    app.blueprint(
        ActionsBlueprint({"add": add}, state=state, messages=lambda issue: german.get(issue.type, issue.message))
    )

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        return html(f"<!doctype html><title>Words</title>{SCRIPT.format('/')}<body><main>{form(add)}</main>")

    page.goto(serve(app))
    page.get_by_label("Item").fill("tea")
    page.context.set_offline(True)

    page.get_by_role("button").click()

    expect(page.get_by_role("alert")).to_contain_text("Keine Antwort.")
    expect(page.get_by_role("alert")).to_contain_text("Ihre Eingaben sind noch da.")


def two_forms(request: AnyRequest) -> HTTPResponse:
    """A page with a form of rows and another one."""
    result = action_result(request, add)
    said = f"Added {result.data}" if isinstance(result, Ok) else ""
    rows = form(order, attributes={"data-sanic-validate": True})
    return html(
        f"<!doctype html><html lang=en><title>Two</title>{SCRIPT.format('/')}<body><main>"
        f"<p id=said>{said}</p>{rows}{form(add, submit='Keep')}</main>"
    )


@pytest.fixture
def two(page: Any, serve: Callable[[Any], str], tmp_path: Any) -> Any:
    """A page with two forms, opened."""
    app: Sanic[Any, Any] = Sanic(f"two{next(COUNT)}")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"order": order, "add": add}, state=SQLiteStore(tmp_path / "state.db")))

    @app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        return two_forms(request)

    page.goto(serve(app))
    page.wait_for_load_state("networkidle")
    return page


def test_form_that_was_not_taken_stays_while_another_succeeds(two: Any) -> None:
    """What a form holds after a failure, its messages among it, stays when another form of the page is taken."""
    two.get_by_label("Sku").fill("typed")
    two.evaluate("document.forms[0].noValidate = true")
    two.get_by_role("button", name="Send").click()
    password = two.get_by_label("Password")
    expect(password).to_have_attribute("aria-invalid", "true")

    press(two, "Keep", "tea")

    said(two, "Added tea")
    expect(two.get_by_label("Item")).to_have_value("")
    expect(two.get_by_label("Sku").first).to_have_value("typed")
    expect(password).to_have_attribute("aria-invalid", "true")
    password.fill("p")
    two.get_by_role("button", name="Send").click()
    expect(two.get_by_label("Sku").first).to_have_value("")
    expect(password).not_to_have_attribute("aria-invalid", "true")
    assert ran == [("add", "tea"), ("line", "typed")]


def test_message_of_a_control_that_is_left_is_written_as_the_server_writes_it(two: Any) -> None:
    """It is a list like that of an answer, and nothing of it is left once the control is right."""
    password = two.get_by_label("Password")
    before = password.evaluate("control => control.parentNode.outerHTML")
    password.fill("p")
    password.fill("")
    with two.expect_response("**/*"):
        password.blur()

    expect(two.locator("ul.errors li")).to_have_text("Enter password")
    expect(password).to_have_accessible_description("Enter password")
    password.fill("p")
    with two.expect_response("**/*"):
        password.blur()
    expect(two.locator(".errors")).to_have_count(0)
    assert password.evaluate("control => control.parentNode.outerHTML") == before


def test_events_that_a_page_makes_up_are_no_error(two: Any) -> None:
    """A click, a change or a blur that a script of the page sends to the document leads nowhere, and throws nothing."""
    two.evaluate("for (const type of ['click', 'change', 'input', 'focusout']) document.dispatchEvent(new Event(type))")

    press(two, "Keep", "tea")

    expect(two.locator("#said")).to_have_text("Added tea")
