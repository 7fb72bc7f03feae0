"""Forms that change before they are sent: rows, members of a union, and messages at controls that are left."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationInfo
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Action, Ok, action
from sanic_actions.server import ActionsBlueprint, SQLiteStore, action_result, form, form_action, form_fields

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

AnyRequest = Request[Any, Any]
COUNT = itertools.count()
EVENTS = """() => { window.events = []; for (const name of ["start", "edit", "success", "error", "end"])
document.addEventListener(`sanic-action:${name}`, () => window.events.push(name)) }"""

ran: list[Any] = []


class Line(BaseModel):
    sku: str
    unit: str = "pcs"
    gift: bool = True


@action(accept="form")
async def order(lines: list[Line], notes: list[str]) -> int:
    ran.append((lines, notes))
    return len(lines)


class Card(BaseModel):
    kind: Literal["card"] = "card"
    number: str
    remember: bool = False


class Transfer(BaseModel):
    kind: Literal["transfer"] = "transfer"
    iban: Annotated[str, Field(min_length=5)]
    remember: bool = True
    bank: str = "mine"


@action(accept="form")
async def pay(name: str, method: Annotated[Card | Transfer, Field(discriminator="kind")]) -> str:
    ran.append(method)
    return name


def same_as_first(again: str, info: ValidationInfo) -> str:
    """What only the server can compare."""
    if again != info.data.get("first"):
        raise ValueError("The two are not the same")
    return again


CHECKED = {"form": {"data-sanic-validate": True}}


@action(accept="form")
async def register(
    email: Annotated[str, Field(min_length=5, json_schema_extra=CHECKED)],
    first: Annotated[str, Field(min_length=3, json_schema_extra=CHECKED)],
    again: Annotated[str, AfterValidator(same_as_first), Field(json_schema_extra=CHECKED)],
    note: Annotated[str | None, Field(min_length=3)] = None,
) -> str:
    ran.append(email)
    return email


@pytest.fixture(autouse=True)
def _forget() -> None:
    ran.clear()


@pytest.fixture
def open_form(serve: Callable[[Any], str], tmp_path: Any) -> Callable[..., list[tuple[str, str | None]]]:
    """``open_form(page, action)`` shows a page with its form and returns the list of what was posted from then on."""

    def open_form(
        page: Any, action: Action[..., Any], template: Callable[[Any], str] | None = None, **options: Any
    ) -> list[tuple[str, str | None]]:
        app: Sanic[Any, Any] = Sanic(f"changing{next(COUNT)}")
        app.config.AUTO_EXTEND = False
        app.blueprint(ActionsBlueprint({"it": action}, state=SQLiteStore(tmp_path / "state.db")))

        @app.get("/")
        async def home(request: AnyRequest) -> HTTPResponse:
            said = "Sent" if isinstance(action_result(request, action), Ok) else ""
            script = '<script type="module" src="/_actions/client.js"></script>'
            shown: object = form(action, **options) if template is None else own_form(template, action, options)
            main = f"<main><p id=said>{said}</p>{shown}</main>"
            return html(f"<!doctype html><html lang=en><title>Form</title>{script}<body>{main}")

        posts: list[tuple[str, str | None]] = []
        page.on("request", lambda request: posts.append((request.method, request.headers.get("sanic-action"))))
        page.goto(serve(app))
        page.wait_for_load_state("networkidle")
        if page.scripted:
            page.evaluate(EVENTS)
        posts.clear()
        return posts

    return open_form


def own_form(template: Callable[[Any], str], action: Action[..., Any], options: dict[str, Any]) -> str:
    """A form whose tag and fields a page writes itself."""
    fields = form_fields(action, **options)
    tag = f"<form method=post action='{form_action(action)}' data-sanic-action=it>"
    return f"{tag}{fields.token_html()}{template(fields)}<button>Send</button></form>"


def group(page: Any, name: str) -> Any:
    return page.get_by_role("group", name=name, exact=True)


def test_row_is_added_without_a_post(either: Any, open_form: Callable[..., Any]) -> None:
    """With the script a further row is there at once, ready to be filled in; its values arrive like all others."""
    posts = open_form(either, order)
    lines = group(either, "Lines")
    lines.get_by_label("Sku").fill("a")

    lines.get_by_role("button", name="Add another").click()
    expect(lines.get_by_label("Sku")).to_have_count(2)
    if either.scripted:
        assert posts == []
        expect(lines.get_by_label("Sku").nth(1)).to_be_focused()
        assert either.evaluate("window.events") == ["edit"]
    group(either, "Lines 2").get_by_label("Sku").fill("b")
    group(either, "Lines 2").get_by_label("Gift").uncheck()
    lines.get_by_role("button", name="Add another").click()
    expect(lines.get_by_label("Sku")).to_have_count(3)
    either.get_by_role("button", name="Send").click()

    expect(either.locator("#said")).to_have_text("Sent")
    assert ran == [([Line(sku="a"), Line(sku="b", gift=False)], [])]


def test_form_works_without_its_second_module(page: Any, open_form: Callable[..., Any]) -> None:
    """A page to which client.forms.js does not come throws nothing, and its buttons still work."""
    page.route("**/client.forms.js", lambda route: route.abort())
    posts = open_form(page, order, values={"lines": [{"sku": "A"}]})

    page.get_by_role("button", name="Add another").first.click()

    expect(page.locator("[name='lines.1.sku']")).to_be_visible()
    expect(page.locator("[name='lines.0.sku']")).to_have_value("A")
    assert [method for method, _ in posts].count("POST") == 1
    assert ran == []


def test_rows_are_added_where_one_was_removed(either: Any, open_form: Callable[..., Any]) -> None:
    """No two rows have one number: what is typed into a row that follows a removed one arrives as its own."""
    open_form(either, order)
    notes = group(either, "Notes")
    for count, text in enumerate("abc", 1):
        notes.get_by_role("textbox").nth(count - 1).fill(text)
        notes.get_by_role("button", name="Add another").click()
        expect(notes.get_by_role("textbox")).to_have_count(count + 1)

    notes.get_by_role("button", name="Remove").nth(1).click()
    expect(notes.get_by_role("textbox")).to_have_count(3)
    notes.get_by_role("button", name="Add another").click()
    expect(notes.get_by_role("textbox")).to_have_count(4)
    notes.get_by_role("textbox").nth(3).fill("d")
    ids = notes.get_by_role("textbox").evaluate_all("all => all.map(({ id }) => id)")
    either.get_by_role("button", name="Send").click()

    expect(either.locator("#said")).to_have_text("Sent")
    assert len(set(ids)) == 4
    assert ran == [([], ["a", "c", "d"])]


class Box(BaseModel):
    name: str = ""
    tags: list[str] = []


@action(accept="form")
async def pack(boxes: list[Box], label: str = "") -> int:
    ran.append(boxes)
    return len(boxes)


def in_own_markup(fields: Any) -> str:
    """Rows as a page writes them itself, without the fieldsets and templates of the library."""
    rows = ""
    for row in fields["boxes"]:
        tags, name = fields[f"{row.name}.tags"], fields[f"{row.name}.name"]
        inner = "".join(f"<li>{tag.label_html()}{tag.control_html()}</li>" for tag in tags)
        rows += f"<section>{row.marks_html()}{name}{tags.marks_html()}<ul>{inner}</ul>{tags.buttons_html()}"
        rows += f"{row.buttons_html()}</section>"
    return f"{rows}{fields['boxes'].marks_html()}{fields['boxes'].buttons_html()}"


@pytest.mark.parametrize("is_own", [False, True])
def test_focus_goes_to_what_a_button_has_changed(either: Any, open_form: Callable[..., Any], *, is_own: bool) -> None:
    """A row that was added has the focus, also in a row; of a row that was removed, the button that adds another."""
    template = in_own_markup if is_own else None
    open_form(either, pack, template, values={"boxes": [{"name": "a", "tags": ["b"]}, {"name": "c"}]})
    focused = either.locator(":focus")

    def press(name: str, value: str) -> None:
        either.locator(f"button[name='_action.{name}'][value='{value}']").click()

    press("add", "boxes.0.tags")
    expect(focused).to_have_attribute("name", "boxes.0.tags.2")
    press("remove", "boxes.0")
    expect(focused).to_have_attribute("value", "boxes")
    press("add", "boxes")
    expect(focused).to_have_attribute("name", "boxes.3.name")
    expect(either.locator("[name='boxes.1.name']")).to_have_value("c")


def test_change_of_a_form_is_neither_success_nor_failure(page: Any, open_form: Callable[..., Any]) -> None:
    """A button that only changes the form is told as an edit: nothing has run."""
    open_form(page, order)
    group(page, "Lines").get_by_role("button", name="Add another").click()
    page.evaluate("window.events.length = 0")

    group(page, "Lines").get_by_role("button", name="Remove").first.click()
    expect(group(page, "Lines").get_by_label("Sku")).to_have_count(1)

    page.wait_for_function("window.events.includes('end')")
    assert page.evaluate("window.events") == ["start", "edit", "end"]


def test_member_of_a_union_is_switched(either: Any, open_form: Callable[..., Any]) -> None:
    """Another member of a union is chosen, filled in and sent, and nothing that was typed elsewhere is lost."""
    open_form(either, pay)
    either.get_by_label("Name").fill("Ada")
    method = group(either, "Method")
    method.get_by_label("Kind").select_option("transfer")

    method.get_by_role("button", name="Choose").click()
    expect(method.get_by_label("Number")).to_have_count(0)
    expect(method.get_by_label("Bank")).to_have_value("mine")
    expect(method.get_by_label("Remember")).to_be_checked()
    method.get_by_label("Iban").fill("12")
    either.get_by_role("button", name="Send").click()
    if either.scripted:
        # The browser insists on the limit of the member that is shown.
        assert method.get_by_label("Iban").evaluate("each => each.validity.tooShort")
    method.get_by_label("Iban").fill("DE123")
    either.get_by_role("button", name="Send").click()

    expect(either.locator("#said")).to_have_text("Sent")
    assert ran == [Transfer(iban="DE123")]


def test_control_is_checked_when_it_is_left(page: Any, open_form: Callable[..., Any]) -> None:
    """What is wrong with a control is said when it is left, and goes when it is mended; nothing runs for it."""
    posts = open_form(page, register)
    email = page.get_by_label("Email")

    email.fill("x@")
    email.blur()

    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("Must be at least 5 characters")
    assert posts == [("POST", "validate")]
    email.fill("x@example.org")
    email.blur()
    expect(email).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".errors")).to_have_count(0)
    assert ran == []


def test_controls_are_checked_together(page: Any, open_form: Callable[..., Any]) -> None:
    """A control is checked with the others that were filled in: mending one mends what was said at another."""
    open_form(page, register)
    first, again = page.get_by_label("First"), page.get_by_label("Again")
    first.fill("secret")
    again.fill("sacred")
    again.blur()
    expect(again).to_have_accessible_description("The two are not the same")

    first.fill("sacred")
    first.blur()

    expect(again).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Email")).not_to_have_attribute("aria-invalid", "true")


def test_untouched_and_unasked_controls_are_not_checked(page: Any, open_form: Callable[..., Any]) -> None:
    """Nothing is sent for a control that a visitor has only passed, nor for one that does not ask for it."""
    posts = open_form(page, register)
    page.get_by_label("Email").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.get_by_label("Note").fill("x")
    page.get_by_label("Note").blur()
    page.wait_for_timeout(200)

    assert posts == []


@pytest.mark.parametrize(
    "options",
    [{"attributes": {"data-sanic-validate": True}}, {"controls": {"*": {"data-sanic-validate": True}}}],
    ids=["form", "controls"],
)
def test_all_controls_are_checked_of_a_form_that_asks(
    page: Any, open_form: Callable[..., Any], options: dict[str, Any]
) -> None:
    """A form asks for all of its controls by an attribute of its own, or by one of all controls."""
    open_form(page, register, **options)

    page.get_by_label("Note").fill("x")
    page.get_by_label("Note").blur()

    expect(page.get_by_label("Note")).to_have_accessible_description("Must be at least 3 characters")


def test_answer_of_a_check_never_hides_that_of_the_form(page: Any, open_form: Callable[..., Any]) -> None:
    """A form is sent by a press that leaves a control: what the server says to the form stands."""
    open_form(page, register, attributes={"novalidate": True})
    page.get_by_label("Email").fill("x@")

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_contain_text("First: ")
    expect(page.get_by_label("Email")).to_have_accessible_description("Must be at least 5 characters")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#register-email-errors")).to_have_count(1)
    assert ran == []


def test_message_of_a_check_does_not_move_a_button_from_under_a_press(page: Any, open_form: Callable[..., Any]) -> None:
    """A press takes a while, and leaves the control before it: what is said to that waits for its end."""
    open_form(page, register, attributes={"novalidate": True})
    page.get_by_label("Email").fill("x@")
    page.get_by_role("button", name="Send").hover()

    with page.expect_response(lambda answer: answer.request.headers.get("sanic-action") == "validate"):
        page.mouse.down()
    page.wait_for_timeout(200)
    page.mouse.up()

    expect(page.get_by_role("alert")).to_contain_text("First: ")

    page.get_by_label("Email").fill("y@")
    page.mouse.click(5, 5)
    expect(page.get_by_label("Email")).to_have_accessible_description("Must be at least 5 characters")


@pytest.mark.parametrize("touched", ["lines.0.sku", "lines[0][sku]", "lines.0", "lines"])
def test_touched_controls_are_named_as_controls_are(page: Any, open_form: Callable[..., Any], touched: str) -> None:
    """A touched control is named in either notation, and a group stands for all that is in it."""
    open_form(page, order)
    status = page.evaluate(
        """async (name) => (await fetch("?_action=it", {method: "POST", headers: {"sanic-action": "validate"},
        body: new URLSearchParams([["lines.0.unit", "kg"], ["_action.touched", name]])})).status""",
        touched,
    )

    assert status == 400


def test_kind_is_shown_when_it_is_chosen(page: Any, open_form: Callable[..., Any]) -> None:
    """With the script no button is needed, the page stays, and what was typed into a kind comes back with it."""
    open_form(page, pay)
    page.evaluate("window.stays = true")
    page.get_by_label("Name").fill("Ada")
    method = group(page, "Method")
    method.get_by_label("Number").fill("4242")

    method.get_by_label("Kind").select_option("transfer")
    method.get_by_label("Iban").fill("DE123")
    method.get_by_label("Kind").select_option("card")
    expect(method.get_by_label("Number")).to_have_value("4242")
    method.get_by_label("Kind").focus()
    method.get_by_label("Kind").select_option("transfer")
    expect(method.get_by_label("Iban")).to_have_value("DE123")
    expect(method.get_by_label("Kind")).to_be_focused()
    page.get_by_role("button", name="Send").click()

    expect(page.locator("#said")).to_have_text("Sent")
    assert page.evaluate("window.stays")
    assert ran == [Transfer(iban="DE123")]
