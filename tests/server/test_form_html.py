"""Forms as markup: what a browser, a template and an attacker make of them."""

from __future__ import annotations

import enum
import inspect
from typing import Annotated, Any, Literal

import pytest
from browser_form import named, parsed, sent
from html5tagger import E
from jinja2 import Environment
from markupsafe import escape
from pydantic import BaseModel, Field, SecretStr

from sanic_actions import ActionError, Err, InputError, Issue, Ok, UploadedFile, action, define_action
from sanic_actions.server._controls.control import Group
from sanic_actions.server._controls.form import fields_after, form_fields, render_form

HOSTILE = [
    "\"'><script>alert(1)</script>",
    "</textarea></select></option></title><b>",
    "&lt;&amp;&quot;",
    "<!-- --> ]]> &",
    "' onfocus='x",
    "{{ 7 * 7 }}{% raw %}",
    "ünï ☃ \U0001d4b3 \u202e rtl \u2028",
    "a=b`c\ttab",
    "-->",
]


@action(accept="form")
async def comment(
    post_id: str,
    author: Annotated[str, Field(min_length=1, max_length=80, title="Your name", description="As it is <shown>.")],
    body: Annotated[str, Field(min_length=1, max_length=10_000)],
    token: SecretStr | None = None,
) -> None:
    """Comment on a post."""


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["author", "body"])
def test_hostile_value_stays_data(text: str, name: str) -> None:
    """Whatever was submitted comes back as the same text and makes no element of its own."""
    made = form_fields(comment, values=[(name, text)])
    harmless = form_fields(comment, values=[(name, "x")])

    assert dict(sent(made))[name] == text
    assert [e.tag for e in parsed(made).iter()] == [e.tag for e in parsed(harmless).iter()]
    assert set(named(made, name).attrib) == set(named(harmless, name).attrib)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_data(text: str) -> None:
    """Titles, descriptions, choices and messages are text too."""
    words: Any = enum.Enum("Words", {"A": text, "B": "b"})  # type: ignore[misc]  # made at run time
    issues = [Issue("line", text), Issue("", text), Issue("choice", text)]
    line: Any = Annotated[str, Field(title=text, description=text, json_schema_extra={"form": {"placeholder": text}})]

    @action(accept="form")
    def take(line: line, choice: words, constant: Literal["a"] = "a") -> None: ...

    made = form_fields(take, values={"choice": words["A"]}, issues=issues, id=text)
    tree = parsed(render_form(made, name=text, url=text, submit=text, legend=text, attributes={"title": text}))

    assert {e.tag for e in tree.iter()} <= {
        *("main", "form", "fieldset", "legend", "div", "label", "input", "select", "option", "ul", "li", "a", "button")
    }
    assert dict(sent(made))["choice"] == text
    assert {e.get("placeholder") for e in tree.iter("input")} == {text, None}
    assert [e.text for e in tree.iter("button")] == [text]


def test_what_html_cannot_hold_is_replaced() -> None:
    """NUL and lone surrogates, which would break the parser or the encoding, become replacement characters."""
    made = form_fields(comment, values={"author": "a\0b", "body": "c\ud800d"})

    assert dict(sent(made))["author"] == "a\ufffdb"
    assert str(made).encode()


@pytest.mark.parametrize("text", ["\nx", "\n\nx", "\n", "x\n", ""])
def test_line_breaks_of_an_area_are_kept(text: str) -> None:
    """The line break that HTML drops after the tag is not one of the text's."""
    made = form_fields(comment, values={"body": text})

    assert dict(sent(made))["body"] == text.replace("\n", "\r\n")


def test_jinja_takes_fields_as_markup() -> None:
    """A template with autoescape places the controls, whole or in parts, and escapes nothing twice."""
    template = Environment(autoescape=True).from_string(
        "{% for field in fields %}{{ field }}{% endfor %}"
        "<i>{{ fields['author'].label }}{{ fields.author.control_html(class_='wide', rows=3) }}</i>"
    )
    made = form_fields(comment, values={"author": "<A>"})
    tree = parsed(template.render(fields=made))

    assert [e.get("value") for e in tree.iter("input") if e.get("name") == "author"] == ["<A>", "<A>"]
    assert [e.get("class") for e in tree.iter("input") if e.get("rows")] == ["wide"]


def test_jinja_without_autoescape_writes_the_same() -> None:
    """A template that does not escape gets the same markup."""
    made = form_fields(comment)
    source = "{{ fields }}{{ fields['body'] }}"
    plain, escaping = (Environment(autoescape=auto).from_string(source) for auto in (False, True))

    assert plain.render(fields=made) == escaping.render(fields=made)


def test_html5tagger_and_markupsafe_take_fields_as_markup() -> None:
    """Python code places the controls in elements."""
    made = form_fields(comment)

    assert str(E.form(made["author"])) == f"<form>{made['author']}</form>"
    assert escape(made) == str(made)


def test_parts_of_a_control_are_linked() -> None:
    """Label, help and messages belong to the control by its id."""
    made = form_fields(comment, issues=[Issue("author", "is taken")])["author"]
    control = named(made, "author")
    (label,) = parsed(made.label_html()).iter("label")
    (help_text,) = parsed(made.help_html())
    (messages,) = parsed(made.errors_html())

    assert label.get("for") == control.get("id")
    assert control.get("aria-describedby") == f"{help_text.get('id')} {messages.get('id')}"
    assert help_text.text == "As it is <shown>."
    assert [item.text for item in messages] == ["is taken"]


def test_radio_buttons_have_ids_and_a_legend() -> None:
    """Radio buttons stand in a fieldset; a link to the control leads to the first of them."""
    choice: Any = Annotated[Literal["a", "b"], Field(json_schema_extra={"form": {"widget": "radio"}})]

    @action(accept="form")
    def take(choice: choice) -> None: ...

    tree = parsed(form_fields(take, values={"choice": "b"}, issues=[Issue("choice", "no")]))
    (group,) = tree.iter("fieldset")
    boxes = [e for e in tree.iter("input") if e.get("type") == "radio"]

    assert [(e.get("id"), e.get("value"), "checked" in e.attrib) for e in boxes] == [
        ("take-choice", "a", False),
        ("take-choice-1", "b", True),
    ]
    assert [e.get("for") for e in tree.iter("label")] == ["take-choice", "take-choice-1"]
    assert (group.get("role"), group.get("aria-invalid")) == ("radiogroup", "true")


def test_form_is_complete() -> None:
    """A whole form posts to the action, is marked for the script and ends with a button."""
    markup = render_form(form_fields(comment), name="blog.comment", url="?_action=blog.comment", submit="Post it")
    (form,) = parsed(markup).iter("form")

    assert form.get("method") == "post"
    assert form.get("action") == "?_action=blog.comment"
    assert form.get("data-sanic-action") == "blog.comment"
    assert form.get("enctype") == "application/x-www-form-urlencoded"
    assert [button.text for button in form.iter("button")] == ["Post it"]


def test_form_with_files_is_multipart() -> None:
    """Only a form that has files is sent as multipart, were they in rows of a list."""

    class Picture(BaseModel):
        file: UploadedFile

    @action(accept="form")
    def publish(pictures: list[Picture]) -> None: ...

    assert form_fields(publish).enctype == "multipart/form-data"


def test_library_adds_its_own_controls() -> None:
    """Tokens of the library go along as hidden controls."""
    markup = render_form(form_fields(comment, library_controls=[("_action.token", "<t>")]), name="c", url="?")

    assert ("_action.token", "<t>") in sent(markup)


def test_summary_links_to_the_controls() -> None:
    """The summary is announced, and lists each message once, as a link where there is a control for it."""
    issues = [Issue("author", "is taken"), Issue("author", "is taken"), Issue("", "Try later"), Issue("other", "what?")]
    made = form_fields(comment, issues=issues, hidden={"post_id": "p1"})
    (summary,) = parsed(made.summary_html())

    assert (summary.get("role"), summary.get("tabindex")) == ("alert", "-1")
    assert [("".join(item.itertext())) for item in summary.iter("li")] == ["Your name: is taken", "Try later", "what?"]
    assert [link.get("href") for link in summary.iter("a")] == ["#comment-author"]
    assert made.form_errors == ("Try later", "what?")


class Part(BaseModel):
    code: str = "c"


class Row(BaseModel):
    sku: str = "s"
    part: Part = Part()
    parts: list[Part] = [Part(), Part()]
    grid: list[list[int]] = [[1], [2]]
    by: dict[str, Part] = {"tea": Part()}


@action(accept="form")
async def rows(row: Row, lines: list[Row], numbers: list[int]) -> None:
    """Take rows."""


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("row.sku", "Sku"),
        ("row.by.tea.code", "tea, Code"),
        ("numbers.1", "Numbers 2"),
        ("lines.1.sku", "Lines 2, Sku"),
        ("lines.1.part.code", "Lines 2, Code"),
        ("lines.1.parts.0.code", "Lines 2, Parts 1, Code"),
        ("lines.0.grid.1.0", "Lines 1, Grid 2 1"),
        ("lines.1.by.tea.code", "Lines 2, tea, Code"),
    ],
)
def test_summary_says_the_row_of_a_message(path: str, label: str) -> None:
    """Rows have controls of the same labels, so a message about one of them names its rows first."""
    values = {"row": Row(), "lines": [Row(), Row()], "numbers": [1, 2]}
    summary = form_fields(rows, values=values, issues=[Issue(path, "is wrong")]).summary_html()

    assert "".join(parsed(summary).itertext()) == f"{label}: is wrong"


class Place(BaseModel):
    street: str = ""


class Home(BaseModel):
    at: Place = Place()


@action(accept="form")
async def move(
    street: str, old: Place, new: Place, homes: list[Home], owner: Home, shops: dict[str, int], stalls: dict[str, int]
) -> None:
    """Move."""


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["old.street", "new.street"], ["Old, Street", "New, Street"]),
        (["street", "old.street"], ["Street", "Old, Street"]),
        (["old.street", "owner.at.street"], ["Old, Street", "Owner, At, Street"]),
        (["homes.0.at.street", "homes.1.at.street"], ["Homes 1, Street", "Homes 2, Street"]),
        (["shops.a", "stalls.a"], ["Shops, a", "Stalls, a"]),
        (["old.street", "old.street", "shops.a"], ["Street", "a"]),
    ],
)
def test_links_of_a_summary_tell_their_controls_apart(paths: list[str], labels: list[str]) -> None:
    """Where two controls with messages have one label, the groups around them come before it, and only there."""
    values = {"homes": [Home(), Home()], "shops": {"a": 1}, "stalls": {"a": 2}}
    summary = form_fields(move, values=values, issues=[Issue(path, "is wrong") for path in paths]).summary_html()

    assert list(parsed(summary).itertext()) == [f"{label}: is wrong" for label in labels]


def test_summary_takes_the_focus_when_no_control_does() -> None:
    """An error of the whole form has no control to go to, so the page opens at the message."""
    (whole,) = parsed(form_fields(comment, issues=[Issue("", "Try later")]).summary_html())
    (partial,) = parsed(form_fields(comment, issues=[Issue("author", "no")]).summary_html())

    assert "autofocus" in whole.attrib
    assert "autofocus" not in partial.attrib


@pytest.mark.parametrize(
    ("paths", "focused"),
    [
        (["old", "street"], "move-street"),
        (["old", "new.street"], "move-old"),
        (["old", "old.street"], "move-old"),
        (["homes", "homes.0.at.street", "shops.a"], "move-homes"),
        (["homes.0", "shops"], "move-homes-0"),
        (["stalls"], "move-stalls"),
    ],
)
@pytest.mark.parametrize("written", ["fields", "controls"])
def test_first_message_has_the_focus_be_it_of_a_group(paths: list[str], focused: str, written: str) -> None:
    """What is wrong with a group as a whole comes before what is wrong in it and below it."""
    values = {"homes": [Home(), Home()], "shops": {"a": 1}, "stalls": {"a": 2}}
    fields = form_fields(move, values=values, issues=[Issue(path, "is wrong") for path in paths])
    markup = fields if written == "fields" else "".join(map(str, fields))
    whole = render_form(fields, name="move", url="?")

    for part in (markup, whole):
        assert [element.get("id") for element in parsed(part).iter() if "autofocus" in element.attrib] == [focused]


def test_summary_of_own_markup_takes_the_focus_from_a_group() -> None:
    """Who writes the markup of a group may leave its element out, so the page opens at the message."""
    fields = form_fields(move, issues=[Issue("old", "is wrong"), Issue("new.street", "is wrong")])
    (summary,) = parsed(fields.summary_html())

    assert "autofocus" in summary.attrib


def test_message_about_a_hidden_value_is_in_the_summary() -> None:
    """A message that has no visible control is not lost."""
    made = form_fields(comment, hidden={"post_id": "p1"}, issues=[Issue("post_id", "No such post")])

    assert made.form_errors == ("No such post",)


def test_form_after_a_failure_holds_what_was_submitted() -> None:
    """After an error the form has the submitted texts and the messages, but no secret."""
    error = InputError.on("author", "is taken")
    made = fields_after(comment, Err(error), [("author", "Ada"), ("body", "Hi\r\nyou"), ("token", "hunter2")])

    assert made["author"].errors == ("is taken",)
    assert dict(sent(made))["author"] == "Ada"
    assert "hunter2" not in str(made)


def test_form_after_another_failure_says_so() -> None:
    """An error that is no issue of a field is told for the whole form; one without words by its code."""
    posted = fields_after(comment, Err(ActionError("NOT_FOUND", "No such post")), [("body", "Hi")])
    silent = fields_after(comment, Err(ActionError("TOO_MANY_REQUESTS")), [])

    assert posted.form_errors == ("No such post",)
    assert dict(sent(posted))["body"] == "Hi"
    assert silent.form_errors == ("Too many requests",)


@pytest.mark.parametrize("result", [None, Ok(None)])
def test_form_without_a_failure_is_fresh(result: Ok[None] | None) -> None:
    """Before a post and after a success the form holds what the page says."""
    made = fields_after(comment, result, [("author", "Ada")], values={"body": "Draft"})

    assert dict(sent(made))["author"] == ""
    assert dict(sent(made))["body"] == "Draft"
    assert not made.has_errors


def test_two_forms_of_a_page_have_different_ids() -> None:
    """Forms on one page are told apart by the beginning of their ids."""
    ids = [e.get("id") for key in ("one", "two") for e in parsed(form_fields(comment, id=key)).iter() if e.get("id")]

    assert len(ids) == len(set(ids))


def test_unknown_control_names_the_nearest() -> None:
    """A template that asks for a control that is not there is told what there is."""
    with pytest.raises(ValueError, match=r"There is no control 'auhtor' in this form\. Did you mean 'author'\?"):
        form_fields(comment)["auhtor"]


@pytest.mark.parametrize("asked", ["fields['auhtor']", "fields.auhtor", "fields[0]"])
def test_unknown_control_in_a_template(asked: str) -> None:
    """Jinja makes nothing of a ``KeyError``, and says what is wrong with a ``ValueError``."""
    fields = form_fields(comment)

    with pytest.raises(ValueError, match="There is no control"):
        Environment().from_string(f"{{{{ {asked} }}}}").render(fields=fields)
    assert "auhtor" not in fields


def test_forms_of_one_action_share_nothing_that_they_hold() -> None:
    """A form with values, messages or a token of its own leaves the next one as it was at first."""

    @action(accept="form")
    def sign(name: str = "Ada") -> None: ...

    first = render_form(form_fields(sign), name="sign", url="?")
    told = form_fields(
        sign, values=[("name", "Eve")], issues=[Issue("name", "No")], library_controls=[("_action.key", "k1")]
    )
    token = render_form(form_fields(sign, library_controls=[("_action.key", "k2")]), name="sign", url="?")

    assert "Eve" in render_form(told, name="sign", url="?")
    assert render_form(form_fields(sign), name="sign", url="?") == first
    assert "k2" in token
    assert "k2" not in first


def test_keyword_arguments_are_attributes_of_each_piece_of_markup() -> None:
    """``class_`` is ``class`` and ``data_kind`` is ``data-kind``, whichever method writes the element."""

    @action(accept="form")
    def send(name: Annotated[str, Field(description="Yours.")], photo: UploadedFile, lines: list[Line]) -> None: ...

    fields = form_fields(send, issues=[Issue("name", "No"), Issue("lines", "No")], rows=1)
    written = {}
    for piece in (fields, fields["name"], fields["photo"], fields["lines"]):
        for method in dir(piece):
            parameters = inspect.signature(getattr(piece, method)).parameters if method.endswith("_html") else {}
            if "attributes" in parameters:
                written[type(piece).__name__, method] = str(getattr(piece, method)(class_="wide", data_kind="x"))

    assert {method for _, method in written} > {"summary_html", "button_html", "label_html", "control_html"}
    for place, markup in written.items():
        if place[1] != "control_html" or "fieldset" not in markup:
            assert (place, "class=wide" in markup, "data-kind=x" in markup) == (place, bool(markup), bool(markup))
        assert "class_" not in markup


class Line(BaseModel):
    sku: str


class Sku(BaseModel):
    kind: Literal["sku"] = "sku"
    sku: str = ""
    note: str | None = "none"
    taxed: bool = True


class Code(BaseModel):
    kind: Literal["code"] = "code"
    tags: list[str] = ["a"]


class Outside(BaseModel):
    name: str | None = "n"
    taxed: bool = True
    item: Sku | Code = Sku()
    rows: list[Sku | Code] = [Code()]
    tags: list[str] = ["t"]
    boxes: Annotated[list[Literal["a", "b"]], Field(json_schema_extra={"form": {"widget": "checkbox"}})] = ["a"]
    size: Annotated[Literal["a", "b"] | None, Field(json_schema_extra={"form": {"widget": "radio"}})] = "a"


async def take(input: Outside) -> None: ...


outside = define_action(input=Outside, handler=take, accept="form")


@pytest.mark.parametrize("path", ["name", "taxed", "item", "rows", "rows.0", "tags", "boxes", "size"])
@pytest.mark.parametrize("is_of_all", [False, True])
def test_controls_outside_their_form_name_it(path: str, *, is_of_all: bool) -> None:
    """Whether a page says so of one control, of a group or of all, with them go their marks and their buttons."""
    evil = {"name": '<input name="x">', "item": {"kind": "sku", "sku": "<button form='y'>"}}
    if is_of_all:
        markup = str(form_fields(outside, values=evil, controls={"*": {"form": "f1"}})[path])
    else:
        group = form_fields(outside, values=evil)[path]
        markup = f"{group.control_html(form='f1')}"
        if isinstance(group, Group):
            markup += group.buttons_html(form="f1")

    elements = [each for each in parsed(markup).iter() if each.tag in ("input", "select", "textarea", "button")]

    assert len(elements) > 0
    assert {each.get("form") for each in elements} == {"f1"}
    assert "x" not in {each.get("name") for each in elements}
    if path in ("name", "item"):
        assert {each.get("value") for each in elements} & {evil["name"], "<button form='y'>"}
