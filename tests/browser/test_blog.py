"""The example blog as visitors use it, with scripts enabled and disabled."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.axe import violations
from conftest import running

pytest.importorskip("aiosqlite", reason="The example's dependencies are not installed: pip install aiosqlite jinja2")
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright").expect

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

OpenPage = Callable[..., Any]


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The blog, served, with a file of its own."""
    from examples.blog.app import app

    app.config.AUTO_EXTEND = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLOG_DB", str(tmp_path_factory.mktemp("blog") / "blog.db"))
        with running(app) as url:
            yield url


def visit(page: Any, url: str) -> None:
    """Open a page, and remember in it that it is this very document."""
    page.goto(url)
    if page.scripted:
        page.evaluate("() => { window.same = true }")


def stayed(page: Any) -> bool:
    """Whether the document is still the one that was visited: with the script, and not without."""
    same: bool = page.evaluate("() => window.same === true")
    return same is page.scripted


def press(page: Any, button: str, **values: str) -> None:
    """Fill in controls by their labels, and press a button."""
    for label, value in values.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    page.get_by_role("button", name=button).click()


def sign_in(page: Any, blog: str) -> None:
    """Sign in as Ada."""
    page.goto(f"{blog}/sign-in")
    press(page, "Sign in", Name="Ada", Password="let-me-write")
    page.wait_for_url(f"{blog}/")


def said(page: Any, text: str | re.Pattern[str]) -> None:
    """Wait for what the page says of the last form."""
    expect(page.locator("#said")).to_have_text(text)


def test_like_counts_in_place(either: Any, blog: str) -> None:
    """The button of a post in the list counts one like for it, and for no other; a reload counts none."""
    visit(either, blog)
    button = either.get_by_role("button", name="Like “On gardens”")
    other = either.get_by_role("button", name="Like “Hello, actions”").inner_text()
    before = int(re.findall(r"\d+", button.inner_text())[0])

    button.click()

    expect(button).to_contain_text(f"{before + 1} likes")
    assert stayed(either)
    either.reload()
    expect(button).to_contain_text(f"{before + 1} likes")
    assert either.get_by_role("button", name="Like “Hello, actions”").inner_text() == other
    assert either.url.removesuffix("?") == f"{blog}/"


def test_comment_with_an_error_keeps_the_text(either: Any, blog: str) -> None:
    """A comment that is refused keeps what was entered, says what is wrong where it is, and focuses the place."""
    visit(either, f"{blog}/posts/hello")

    press(either, "Comment", Your_name="Ada <b>&", Your_comment="   ")

    comment = either.get_by_label("Your comment", exact=True)
    expect(comment).to_have_attribute("aria-invalid", "true")
    expect(comment).to_be_focused()
    expect(either.get_by_label("Your name", exact=True)).to_have_value("Ada <b>&")
    summary = either.get_by_role("alert").get_by_role("link")
    expect(summary).to_contain_text("Your comment:")
    assert stayed(either)

    press(either, "Comment", Your_comment="It is here")

    said(either, "Thank you, Ada <b>&. Your comment is there.")
    expect(either.locator("[aria-invalid], [role=alert]")).to_have_count(0)
    expect(comment).to_have_value("")


def test_comment_is_shown_once(either: Any, blog: str) -> None:
    """A comment is thanked for once; after a reload it is still there, once, and nothing was sent again."""
    text = f"Scripts: {either.scripted}. <script>alert(1)</script>\n\nSecond paragraph"
    visit(either, f"{blog}/posts/hello")

    press(either, "Comment", Your_name="Grace", Your_comment=text)

    said(either, "Thank you, Grace. Your comment is there.")
    assert stayed(either)
    either.reload()
    said(either, "")
    expect(either.locator(".comments .text", has_text=f"Scripts: {either.scripted}.")).to_have_count(1)
    assert either.url.removesuffix("?") == f"{blog}/posts/hello"


def test_double_click_comments_once(either: Any, blog: str) -> None:
    """A double click on the button leaves one comment."""
    text = f"Twice? Scripts: {either.scripted}."
    visit(either, f"{blog}/posts/fugues")
    either.get_by_label("Your name", exact=True).fill("Emmy")
    either.get_by_label("Your comment", exact=True).fill(text)

    either.get_by_role("button", name="Comment").dblclick()

    said(either, "Thank you, Emmy. Your comment is there.")
    either.reload()
    expect(either.locator(".comments .text", has_text=text)).to_have_count(1)


def test_back_leads_to_the_list(either: Any, blog: str) -> None:
    """After a comment the back button leads out of the post, and the post again shows no old message."""
    visit(either, blog)
    either.get_by_role("link", name="On gardens").click()
    press(either, "Comment", Your_name="Grace", Your_comment=f"Back? {either.scripted}")
    said(either, re.compile("Thank you"))

    either.go_back()
    if either.url != f"{blog}/":  # browsers may keep the page of the form once more
        either.go_back()

    assert either.url.removesuffix("?") == f"{blog}/"
    either.goto(f"{blog}/posts/gardens")
    said(either, "")
    expect(either.locator(".comments .text", has_text=f"Back? {either.scripted}")).to_have_count(1)


def test_sign_in_and_out(either: Any, blog: str) -> None:
    """A wrong password is refused where it stands and not shown again; with the right one authors come in, and go."""
    visit(either, f"{blog}/sign-in")
    press(either, "Sign in", Name="Ada", Password="wrong")
    password = either.get_by_label("Password", exact=True)
    expect(password).to_be_focused()
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(either.get_by_label("Name", exact=True)).to_have_value("Ada")
    if not either.scripted:
        expect(password).to_have_value("")

    press(either, "Sign in", Password="let-me-write")

    expect(either.get_by_role("link", name="Write")).to_be_visible()
    assert either.url.removesuffix("?") == f"{blog}/"
    press(either, "Sign out")
    expect(either.get_by_role("link", name="Sign in")).to_be_visible()
    either.goto(f"{blog}/write")
    expect(either.get_by_role("button", name="Publish")).to_have_count(0)


def test_publish(either: Any, blog: str) -> None:
    """Authors publish; a title that is taken is an error that keeps the text."""
    title = f"On scripts: {either.scripted}"
    sign_in(either, blog)
    visit(either, f"{blog}/write")
    press(either, "Publish", Title="On gardens", Body="Again?")
    expect(either.get_by_role("alert")).to_contain_text("There is a post called 'On gardens' already")
    expect(either.get_by_label("Body", exact=True)).to_have_value("Again?")

    press(either, "Publish", Title=title)

    said(either, f"“{title}” is published.")
    either.get_by_role("link", name=f"Read “{title}”").click()
    expect(either.locator("article .text")).to_have_text("Again?")


def test_cover_upload(either: Any, blog: str) -> None:
    """A picture that authors upload is shown on the page; one that is none, or too large, is refused with a reason."""
    sign_in(either, blog)
    visit(either, f"{blog}/posts/fugues")
    picture = either.get_by_label("Picture", exact=True)
    picture.set_input_files({"name": "cover.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    either.get_by_role("button", name="Upload").click()
    expect(picture).to_have_attribute("aria-invalid", "true")

    picture.set_input_files({"name": "big.png", "mimeType": "image/png", "buffer": PNG + bytes(2_050_000)})
    either.get_by_role("button", name="Upload").click()
    expect(either.get_by_role("alert")).to_contain_text(re.compile("2 ?MB|2,?000,?000", re.IGNORECASE))

    picture.set_input_files({"name": "cover.png", "mimeType": "image/png", "buffer": PNG})
    either.get_by_role("button", name="Upload").click()

    said(either, "The post has a new cover.")
    expect(either.locator("img.cover")).to_be_visible()
    assert either.locator("img.cover").evaluate("image => image.naturalWidth") == 1


def test_upload_shows_how_far_it_is(page: Any, blog: str) -> None:
    """While a picture is sent, the form shows how much of it is; afterwards it shows no more."""
    sign_in(page, blog)
    visit(page, f"{blog}/posts/gardens")
    page.evaluate("""() => {
      window.seen = [];
      document.addEventListener("sanic-action:progress", ({ detail, target }) =>
        seen.push([detail.loaded, detail.total, target.querySelector("progress").hidden]));
    }""")
    content = PNG + zlib.compress(bytes(1000)) + bytes(1_500_000)
    page.get_by_label("Picture").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": content})

    page.get_by_role("button", name="Upload").click()

    said(page, "The post has a new cover.")
    loaded, total, hidden = page.evaluate("() => seen.at(-1)")
    assert loaded == total > 1_500_000
    assert not hidden
    expect(page.locator("progress")).to_be_hidden()


def _list(page: Any, blog: str) -> None:
    page.goto(blog)


def _post(page: Any, blog: str) -> None:
    page.goto(f"{blog}/posts/hello")


def _error(page: Any, blog: str) -> None:
    page.goto(f"{blog}/posts/hello")
    press(page, "Comment", Your_name=" ", Your_comment=" ")
    expect(page.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")


def _success(page: Any, blog: str) -> None:
    page.goto(f"{blog}/posts/hello")
    press(page, "Comment", Your_name="Ada", Your_comment="Fine")
    said(page, re.compile("Thank you"))


def _author(page: Any, blog: str) -> None:
    sign_in(page, blog)
    page.goto(f"{blog}/posts/hello")


def _write(page: Any, blog: str) -> None:
    sign_in(page, blog)
    page.goto(f"{blog}/write")


def _wrong_password(page: Any, blog: str) -> None:
    page.goto(f"{blog}/sign-in")
    press(page, "Sign in", Name="Ada", Password="wrong")
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")


STATES = [_list, _post, _error, _success, _author, _write, _wrong_password]


@pytest.mark.parametrize(("scheme", "script"), [("light", True), ("dark", False)], ids=["scripted", "bare"])
def test_no_accessibility_violations(
    page: Any, blog: str, axe: str, scheme: str, script: bool, subtests: pytest.Subtests
) -> None:
    """axe-core finds no violation on any page, in any state, light with the script and dark without."""
    page.emulate_media(color_scheme=scheme)
    if not script:
        page.route("**/client.js", lambda route: route.abort())
    for state in STATES:
        with subtests.test(state.__name__):
            state(page, blog)

            assert violations(page, axe) == []
