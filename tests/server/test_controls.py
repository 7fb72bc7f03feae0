"""What a form knows of its action's input."""

from __future__ import annotations

import datetime
import enum
import re
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from browser_form import parsed, sent, settled
from pydantic import AwareDatetime, BaseModel, Field, HttpUrl, PositiveInt, SecretStr, StringConstraints

from sanic_actions import Accept, DefinitionError, Issue, MaxBytes, UploadedFile, action, define_action
from sanic_actions._forms.plan import FormPlan
from sanic_actions._wire import Codec
from sanic_actions.server import ActionsBlueprint
from sanic_actions.server._controls.control import Control, Group
from sanic_actions.server._controls.form import FormFields, form_fields, render_form
from sanic_actions.server._controls.patterns import html_pattern


def fields(annotation: Any, default: Any = ..., *, values: object = None, **options: Any) -> FormFields:
    """The form of an action with one parameter ``it``."""

    class Input(BaseModel):
        it: annotation = default

    def take(input: Input) -> None: ...

    return form_fields(define_action(input=Input, handler=take, accept="form"), values=values, id="f", **options)


def control(annotation: Any, default: Any = ..., *, value: object = None, **options: Any) -> Control:
    """The control of a type."""
    made = fields(annotation, default, values=None if value is None else {"it": value}, **options)["it"]
    assert isinstance(made, Control)
    return made


def attributes(annotation: Any, default: Any = ..., *, value: object = None) -> dict[str, object]:
    """The attributes that follow from a type, without name and id."""
    made = control(annotation, default, value=value).attributes
    return {key: value for key, value in made.items() if key not in ("name", "id")}


def names(made: FormFields) -> list[str]:
    """The names of what the group of a type holds."""
    group = made["it"]
    assert isinstance(group, Group)
    return [member.name for member in group]


class Color(enum.Enum):
    RED = "red"
    DARK_BLUE = "blue"


class Size(enum.Enum):
    S = "s"
    L = "l"

    @property
    def label(self) -> str:
        return {"s": "Small", "l": "Large"}[self.value]


class Address(BaseModel):
    city: Annotated[str, Field(min_length=1)]
    zip: str | None = None


class Circle(BaseModel):
    kind: Literal["circle"]
    r: float


class Box(BaseModel):
    kind: Literal["box"]
    w: int


Shape = Annotated[Circle | Box, Field(discriminator="kind")]

D = datetime.date


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, {"type": "text", "required": True}),
        (str | None, {"type": "text"}),
        (Annotated[str, Field(min_length=2, max_length=9)], {"minlength": "2", "maxlength": "9"}),
        (Annotated[str, StringConstraints(max_length=9)], {"maxlength": "9"}),
        (Annotated[str, Field(pattern=r"^[a-z]+$")], {"pattern": "[a-z]+"}),
        (Annotated[str, Field(pattern=r"(?i)x")], {"type": "text", "required": True}),
        (HttpUrl, {"type": "url", "autocomplete": None}),
        (UUID, {"type": "text"}),
        (SecretStr, {"type": "password"}),
        (int, {"type": "number", "step": "1", "min": None}),
        (PositiveInt, {"min": "1", "inputmode": "numeric"}),
        (Annotated[int, Field(gt=1, lt=9)], {"min": "2", "max": "8"}),
        (Annotated[int, Field(ge=1, multiple_of=5)], {"min": "5", "step": "5"}),
        (Annotated[int, Field(ge=-3)], {"min": "-3", "inputmode": None}),
        (float, {"type": "number", "step": "any"}),
        (Annotated[float, Field(gt=0, lt=1e21)], {"min": "0", "max": "1000000000000000000000"}),
        (Annotated[float, Field(le=float("inf"))], {"max": None}),
        (Decimal, {"type": "number", "step": "any"}),
        (Annotated[Decimal, Field(ge=0, decimal_places=2)], {"step": "0.01", "min": "0", "inputmode": "decimal"}),
        (Annotated[Decimal, Field(ge=Decimal("0.005"), decimal_places=2)], {"step": "any", "min": "0.005"}),
        (D, {"type": "date", "min": None}),
        (Annotated[D, Field(gt=D(2024, 2, 28), lt=D(2024, 3, 1))], {"min": "2024-02-29", "max": "2024-02-29"}),
        (datetime.time, {"type": "time", "step": "any"}),
        (datetime.datetime, {"type": "datetime-local", "step": "any"}),
        (
            Annotated[datetime.datetime, Field(ge=datetime.datetime(2024, 1, 1, 8))],
            {"type": "datetime-local", "min": "2024-01-01T08:00"},
        ),
        (AwareDatetime, {"type": "text"}),
        (datetime.timedelta, {"type": "text"}),
        (bool, {"type": "checkbox", "value": "true", "required": None}),
        (Literal[True], {"type": "checkbox", "required": True}),
        (int | float, {"type": "number", "step": "any"}),
        (int | str, {"type": "text"}),
        (UploadedFile, {"type": "file", "required": True, "multiple": None}),
        (UploadedFile | None, {"type": "file", "required": None}),
        (list[UploadedFile], {"type": "file", "multiple": True, "required": None}),
        (
            Annotated[UploadedFile, Accept("image/png", "image/*"), MaxBytes("1KB")],
            {"accept": "image/png,image/*", "data-max-bytes": "1000"},
        ),
        (Annotated[list[UploadedFile], Field(min_length=1)], {"multiple": True, "required": True}),
    ],
)
def test_type_gives_attributes(annotation: Any, expected: dict[str, object]) -> None:
    """A type's kind and limits become attributes that say the same in HTML; None stands for one that is not there."""
    made = attributes(annotation)

    assert {key: made.get(key) for key in expected} == expected


def test_email_field_is_an_email_control() -> None:
    """An EmailStr gives an email control with autocompletion."""
    pytest.importorskip("email_validator", reason="EmailStr needs it: pip install email-validator")
    from pydantic import EmailStr

    assert attributes(EmailStr) == {"type": "email", "required": True, "autocomplete": "email"}


@pytest.mark.parametrize(
    ("name", "annotation", "expected"),
    [
        ("email", str, "email"),
        ("first_name", str, "given-name"),
        ("phone", str, "tel"),
        ("password", SecretStr, "current-password"),
        ("new_password", SecretStr, "new-password"),
        ("password", Annotated[SecretStr, Field(min_length=8)], "new-password"),
        ("otp", SecretStr, "one-time-code"),
        ("api_key", SecretStr, "off"),
        ("title", str, None),
        ("country", Literal["de", "en"], None),
    ],
)
def test_name_gives_autocompletion(name: str, annotation: Any, expected: str | None) -> None:
    """Fields with usual names are completed by browsers; passwords as the ones they are."""
    model: Any = type("Input", (BaseModel,), {"__annotations__": {name: annotation}})
    made = form_fields(define_action(input=model, handler=lambda model: None))[name]

    assert made.attributes.get("autocomplete") == expected


ASKED = Field(json_schema_extra={"form": {"widget": "password"}})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": str, "password": SecretStr}, "username"),
        ({"name": str, "note": str, "new_password": SecretStr}, "username"),
        ({"name": str, "password": Annotated[str, ASKED]}, "username"),
        ({"name": str, "email": str, "password": SecretStr}, "name"),
        ({"name": str, "username": str, "password": SecretStr}, "name"),
        ({"name": str, "pin": SecretStr}, "name"),
        ({"name": str}, "name"),
    ],
)
def test_name_beside_a_password_is_who_signs_in(fields: dict[str, Any], expected: str) -> None:
    """Password managers fill in the name with the password, unless another field is who signs in."""
    model: Any = type("Input", (BaseModel,), {"__annotations__": fields})
    made = form_fields(define_action(input=model, handler=lambda model: None))["name"]

    assert made.attributes.get("autocomplete") == expected


class Part(BaseModel):
    name: str
    phone: str
    city: str
    password: SecretStr


@pytest.mark.parametrize(
    ("annotation", "path", "expected"),
    [
        (Part, "it.", {"phone": "tel", "city": "address-level2", "password": "current-password"}),
        (list[Part], "it.0.", {"password": "current-password"}),
        (list[list[Part]], "it.0.0.", {"password": "current-password"}),
    ],
)
def test_what_is_not_about_the_visitor_is_not_completed(annotation: Any, path: str, expected: dict[str, str]) -> None:
    """Rows are about others, and in a group a name is that of anything; browsers would offer the visitor's own."""
    model: Any = type("Input", (BaseModel,), {"__annotations__": {"it": annotation}})
    controls = form_fields(define_action(input=model, handler=lambda model: None))
    tokens = {name: controls[f"{path}{name}"].attributes.get("autocomplete") for name in Part.model_fields}

    assert {name: token for name, token in tokens.items() if token} == expected


def test_rows_of_addresses_are_not_completed() -> None:
    """The first address of others is not the visitor's own."""
    model: Any = type(
        "Input",
        (BaseModel,),
        {"__annotations__": {"email": list[Annotated[str, Field(json_schema_extra={"form": {"widget": "email"}})]]}},
    )
    controls = form_fields(define_action(input=model, handler=lambda model: None))

    assert "autocomplete" not in controls["email.0"].attributes


@pytest.mark.parametrize(
    ("annotation", "tag"),
    [
        (Annotated[str, Field(max_length=200)], "input"),
        (Annotated[str, Field(max_length=201)], "textarea"),
        (Annotated[str, Field(json_schema_extra={"form": {"widget": "textarea"}})], "textarea"),
        (Literal["a", "b"], "select"),
        (Color | None, "select"),
        (bool | None, "select"),
        (Annotated[Color, Field(json_schema_extra={"form": {"widget": "radio"}})], "fieldset"),
        (set[Color], "select"),
        (Annotated[set[Color], Field(json_schema_extra={"form": {"widget": "checkbox"}})], "fieldset"),
        (Address, "fieldset"),
        (list[str], "fieldset"),
        (Shape, "fieldset"),
    ],
)
def test_type_gives_an_element(annotation: Any, tag: str) -> None:
    """Long texts get a text area, choices a select or a fieldset of buttons, and what has members a fieldset."""
    assert fields(annotation)["it"].tag == tag


def test_options_are_labelled() -> None:
    """The label of a choice is that of the enum's member, its name in words, or what the field says."""
    labels = Annotated[Literal["de", 3], Field(json_schema_extra={"form": {"options": {"de": "German"}}})]

    assert [(o.value, o.label) for o in control(Color, Color.RED).options] == [("red", "Red"), ("blue", "Dark blue")]
    assert [o.label for o in control(Size, Size.S).options] == ["Small", "Large"]
    assert [(o.value, o.label) for o in control(labels, 3).options] == [("de", "German"), ("3", "3")]


@pytest.mark.parametrize(
    ("annotation", "default", "values"),
    [
        (Color, ..., ["", "red", "blue"]),
        (Color, Color.RED, ["red", "blue"]),
        (Color | None, None, ["", "red", "blue"]),
        (Color | None, Color.RED, ["", "red", "blue"]),
        (bool | None, None, ["", "true", "false"]),
    ],
)
def test_select_has_a_blank_option_where_there_may_be_none(annotation: Any, default: Any, values: list[str]) -> None:
    """A select begins blank when it is optional, or when nothing would be chosen yet."""
    assert [option.value for option in control(annotation, default).options] == values


def test_label_help_and_errors() -> None:
    """Label and help come from title and description; a message makes the control invalid and is pointed to."""
    annotation = Annotated[str, Field(title="Your name", description="As it is shown.")]
    made = control(annotation, issues=[Issue("it", "too short")])

    assert (made.label, made.help, made.errors) == ("Your name", "As it is shown.", ("too short",))
    assert made.attributes["aria-invalid"] == "true"
    assert made.attributes["aria-describedby"] == "f-it-help f-it-errors"
    assert made.attributes["autofocus"] is True


def test_label_without_title_is_the_name_in_words() -> None:
    """A field without a title is labelled with its name."""

    @action(accept="form")
    def take(post_id: str) -> None: ...

    made = form_fields(take)["post_id"]

    assert (made.label, made.id, made.name) == ("Post id", "take-post_id", "post_id")


def test_field_overrides_its_control() -> None:
    """A field may ask for a widget and for attributes, and take one away with None."""
    form: dict[str, Any] = {"widget": "search", "placeholder": "Words", "autocomplete": "off", "required": None}
    made = attributes(Annotated[str, Field(json_schema_extra={"form": form})])

    assert made == {"type": "search", "placeholder": "Words", "autocomplete": "off"}


def test_only_the_first_invalid_control_takes_the_focus() -> None:
    """After an error the page opens at the first control to correct."""

    @action(accept="form")
    def take(a: str, b: str, c: str) -> None: ...

    made = form_fields(take, issues=[Issue("c", "bad"), Issue("b", "bad")])

    assert [made[name].attributes.get("autofocus") for name in "abc"] == [None, True, None]


# Values


def test_default_shows_until_something_was_submitted() -> None:
    """Defaults fill a fresh form; what was submitted is shown as it was, blanks too."""
    fresh, sent_blank = control(int, 5), fields(int, 5, values=[("it", "")])["it"]

    assert fresh.attributes["value"] == "5"
    assert "value" not in sent_blank.attributes


@pytest.mark.parametrize("annotation", [SecretStr, SecretStr | None, list[SecretStr], dict[str, SecretStr]])
@pytest.mark.parametrize("values", [[("it", "hunter2"), ("it.0", "hunter2"), ("it.a", "hunter2")], {"it": "hunter2"}])
def test_secret_is_never_handed_back(annotation: Any, values: object) -> None:
    """Whatever was given for a secret, the form does not hold it."""
    assert "hunter2" not in str(fields(annotation, values=values))


def test_secret_cannot_be_hidden_in_a_page() -> None:
    """A hidden control would show the secret to whoever reads the page's source."""
    with pytest.raises(ValueError, match="secret"):
        fields(SecretStr, hidden={"it": "hunter2"})


def test_text_that_the_control_cannot_show_gets_a_text_control() -> None:
    """Browsers blank what is no date or number; the person's text is kept instead."""
    shown = [
        fields(annotation, values=[("it", text)])["it"].attributes
        for annotation, text in [(D, "tomorrow"), (int, "twenty"), (datetime.datetime, "2024-01-01T00:00:00Z")]
    ]

    assert [(a["type"], a["value"]) for a in shown] == [
        ("text", "tomorrow"),
        ("text", "twenty"),
        ("text", "2024-01-01T00:00:00Z"),
    ]


def test_number_off_its_steps_can_be_corrected() -> None:
    """A browser counts steps from the value where there is no minimum, so a wrong value lifts them."""
    multiple = Annotated[int, Field(multiple_of=5)]

    assert attributes(multiple, value=10)["step"] == "5"
    assert attributes(multiple, value=7)["step"] == "any"


def test_line_breaks_turn_a_line_into_an_area() -> None:
    """A one-line control drops line breaks, so a text that has some gets an area."""
    assert control(str, value="a\nb").tag == "textarea"


def test_hidden_value_wins_over_what_was_submitted() -> None:
    """What the page's author hides in a form is sent as the author says."""
    made = fields(str, values=[("it", "evil")], hidden={"it": "good"})

    assert sent(made) == [("it", "good")]
    assert made["it"].type == "hidden"


def test_hidden_object_is_sent_member_by_member() -> None:
    """A hidden value may be an object or a list."""
    made = fields(list[Address], hidden={"it": [Address(city="Rome")]})

    assert sent(made) == [("it.0.city", "Rome"), ("_action.null", "it.0.zip")]


def test_unknown_hidden_field_is_an_error() -> None:
    """A hidden value must belong to a field; the nearest one is named."""
    with pytest.raises(ValueError, match="Did you mean 'it'"):
        fields(str, hidden={"its": "x"})


# Groups


def test_nested_model_is_a_group() -> None:
    """The fields of a model inside the input are controls of a group, found by their paths."""
    made = fields(Address)

    assert isinstance(made["it"], Group)
    assert names(made) == ["it.city", "it.zip"]
    assert made["it.city"].attributes["required"] is True


def test_optional_group_may_be_left_blank() -> None:
    """In a group that is optional a browser insists on nothing, and a blank one counts as None."""
    made = fields(Address | None)

    assert "required" not in made["it.city"].attributes
    assert settled(sent(made)) == [("_action.null", "it")]


def test_list_has_rows_for_its_items_and_blank_ones() -> None:
    """A list shows its items and as many blank rows as are asked for, up to its limit."""
    limited = Annotated[list[Address], Field(max_length=3)]
    made = fields(limited, values={"it": [Address(city="Rome")]}, rows=5)

    assert names(made) == ["it.0", "it.1", "it.2"]
    assert settled(sent(made)) == [("it.0.city", "Rome"), ("_action.null", "it.0.zip")]


def test_list_that_needs_items_insists_on_them() -> None:
    """The rows that a list must have are required, those beyond are not."""
    made = fields(Annotated[list[str], Field(min_length=1)], rows=2)

    assert [made[f"it.{n}"].attributes.get("required") for n in (0, 1)] == [True, None]


def test_rows_keep_the_numbers_that_were_sent() -> None:
    """After an error the rows have the numbers that the messages speak of."""
    made = fields(list[int], values=[("it.2", "x"), ("it.5", "7")], issues=[Issue("it.2", "no number")], rows=1)

    assert names(made) == ["it.2", "it.5", "it.6"]
    assert made["it.2"].errors == ("no number",)


def test_union_shows_the_chosen_member() -> None:
    """A discriminated union is a choice of the tag and the fields of the chosen member."""
    fresh, chosen = fields(Shape), fields(Shape, values=[("it.kind", "box")])

    assert names(fresh) == ["it.kind", "it.r"]
    assert names(chosen) == ["it.kind", "it.w"]


def test_union_as_the_whole_input() -> None:
    """An input that is a union stands at the top of the form."""
    made = form_fields(define_action(input=Shape, handler=lambda shape: None), values={"kind": "box", "w": 3})

    assert sent(made) == [("kind", "box"), ("w", "3")]


def test_recursive_model_ends() -> None:
    """A model that holds itself is shown as deep as its values go."""

    class Node(BaseModel):
        name: str
        next: Node | None = None

    made = fields(Node, values={"it": {"name": "a", "next": {"name": "b"}}})

    assert "it.next.name" in made
    assert "it.next.next.name" not in made


def test_input_without_a_name_is_refused() -> None:
    """One bare value has no name to be sent under."""
    with pytest.raises(TypeError, match="field of a model"):
        form_fields(define_action(input=int, handler=lambda shape: None))


def test_action_without_input_has_no_controls() -> None:
    """The form of an action without input is a button."""

    @action(accept="form")
    def leave() -> None: ...

    assert list(form_fields(leave)) == []


# Marks


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "1")], [("a", "1")]),
        ([("_action.null", "a")], [("_action.null", "a")]),
        ([("_action.null", "a"), ("a", "")], [("_action.null", "a")]),
        ([("_action.null", "a"), ("a", "1")], [("a", "1")]),
        ([("_action.absent", "a"), ("a", "")], []),
        ([("_action.absent", "a.0"), ("a[0][x]", ""), ("a.1.x", "")], [("a.1.x", "")]),
        ([("_action.absent", "a.0"), ("_action.false", "a.0.b"), ("a.0.t", "")], []),
        ([("_action.absent", "a.0"), ("_action.false", "a.0.b"), ("a.0.t", "x")], [("a.0.t", "x"), ("a.0.b", "false")]),
        ([("_action.empty", "a"), ("_action.absent", "a.0"), ("a.0", "")], [("_action.empty", "a")]),
        ([("_action.false", "a")], [("a", "false")]),
        ([("_action.false", "a"), ("a", "true")], [("a", "true")]),
        ([("_action.lines", "a"), ("a", "x\r\ny"), ("b", "x\r\ny")], [("a", "x\ny"), ("b", "x\r\ny")]),
        ([("_action.absent", "ab"), ("a", ""), ("abc", ""), ("ab", "")], [("a", ""), ("abc", "")]),
    ],
)
def test_marks_say_what_blank_controls_stand_for(pairs: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    """A mark counts where everything at and below its path is blank, and an outer one makes inner ones void."""
    assert settled(pairs) == expected


def test_marks_see_files() -> None:
    """A row that holds a file is not blank."""
    pairs = [("_action.absent", "a.0"), ("a.0.title", "")]

    assert settled(pairs, ("a.0.file",)) == [("a.0.title", "")]


def test_default_true_can_be_sent_as_false() -> None:
    """A check box that is not ticked sends nothing, which would be its default; the form sends False for it."""
    made = fields(bool, True, values={"it": False})

    assert settled(sent(made)) == [("it", "false")]


# Patterns


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^[a-z]+$", "[a-z]+"),
        (r"\d{4}", r"[\s\S]*(?:\p{Nd}{4})[\s\S]*"),
        (r"^(red|green)$", r"[\s\S]*(?:^(red|green)$)[\s\S]*"),
        (r"^a|b$", r"[\s\S]*(?:^a|b$)[\s\S]*"),
        (r"^[^/@]*$", r"[^\/\@]*"),
        (r"^[-a]$", r"[\-a]"),
        (r"^\-\@\_$", "-@_"),
        (r"^.{2,4}$", r"[^\n]{2,4}"),
        (r"^(?P<year>a)+?$", "(?<year>a)+?"),
        (r"^\$\d+\.\d\d$", r"\$\p{Nd}+\.\p{Nd}\p{Nd}"),
        (re.compile("^a$"), "a"),
        (re.compile("^a$", re.IGNORECASE), None),
        (r"(?i)a", None),
        (r"\bfoo\b", None),
        (r"^[[:alpha:]]+$", None),
        (r"^[a-z&&[^b]]$", None),
        (r"^[a-z--b]$", None),
        (r"^\p{Greek}+$", None),
        (r"^a*+$", None),
        (r"(?=a)", None),
        (r"(a)\1", None),
        (r"^{$", None),
    ],
)
def test_pattern_is_translated_or_left_out(pattern: str | re.Pattern[str], expected: str | None) -> None:
    """A pattern is written in JavaScript's syntax, anchored as browsers do, or left out if it has no equal there."""
    assert html_pattern(pattern) == expected


def test_secret_that_is_left_blank_is_not_sent() -> None:
    """Since a secret is never shown, leaving it blank leaves it as it is by default."""
    assert settled(sent(fields(SecretStr | None, None))) == []
    assert settled(sent(fields(SecretStr))) == [("it", "")]


# Widgets


def with_widget(annotation: Any, widget: str, **form: Any) -> Any:
    """Return a type whose field asks for a widget."""
    return Annotated[annotation, Field(json_schema_extra={"form": {"widget": widget, **form}})]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (with_widget(Annotated[int, Field(ge=1, le=3)], "select"), ["", "1", "2", "3"]),
        (with_widget(Annotated[int, Field(gt=0, lt=4)], "select"), ["", "1", "2", "3"]),
        (with_widget(Annotated[int, Field(ge=-3, lt=10, multiple_of=5)], "radio"), ["0", "5"]),
        (
            with_widget(Annotated[int, Field(ge=0, le=1000, multiple_of=250)], "select"),
            ["", "0", "250", "500", "750", "1000"],
        ),
        (with_widget(Annotated[int, Field(ge=0, gt=1, le=9, lt=4)], "select"), ["", "2", "3"]),
        (with_widget(int, "select", options={1: "One", 2: "Two"}), ["", "1", "2"]),
        (with_widget(str, "radio", options={"a": "A"}), ["a"]),
    ],
)
def test_choice_of_a_plain_value(annotation: Any, expected: list[str]) -> None:
    """A number or a text may be chosen among what the field names, or among the numbers of a short range."""
    assert [option.value for option in control(annotation).options] == expected


def test_range_has_its_limits() -> None:
    """A range has the minimum and the maximum of the type."""
    made = attributes(with_widget(Annotated[int, Field(ge=1, le=5)], "range"))

    assert (made["type"], made["min"], made["max"], made["step"]) == ("range", "1", "5", "1")


@pytest.mark.parametrize(
    ("annotation", "widget", "reason"),
    [
        (int, "selct", "Did you mean 'select'"),
        (str, "range", "cannot show a single value"),
        (Address, "select", "cannot show an object"),
        (list[str], "textarea", "cannot show a list of values"),
        (bool, "number", "cannot show a truth value"),
        (UploadedFile, "text", "cannot show an UploadedFile"),
        (int | None, "range", "cannot show None"),
        (str | None, "color", "cannot show None"),
        (SecretStr, "hidden", "cannot show a secret"),
        (SecretStr | None, "hidden", "cannot show a secret"),
        (int | SecretStr, "hidden", "cannot show a secret"),
        (list[UploadedFile], "hidden", "cannot show a list of files"),
        (list[str], "file", "cannot show a list of values"),
        (tuple[int, int], "file", "cannot show a list of values"),
        (int, "date", "cannot show a number"),
        (Decimal, "week", "cannot show a number"),
        (Color, "month", "cannot show a Literal or an enum"),
        (Literal["a", "b"], "color", "cannot show a Literal or an enum"),
        (Literal["a", "b"], "text", "cannot show a Literal or an enum"),
        (bool | None, "checkbox", "cannot show None"),
    ],
)
def test_widget_is_checked_at_definition(annotation: Any, widget: str, reason: str) -> None:
    """A widget that there is not, or that cannot show the type, is a definition error with a remedy."""

    @action(accept="form")
    def take(it: with_widget(annotation, widget)) -> None: ...  # type: ignore[valid-type]  # made at run time

    class Model(BaseModel):
        it: with_widget(annotation, widget)  # type: ignore[valid-type]  # made at run time

    def take_model(model: Model) -> None: ...

    for wrong in (take, define_action(input=Model, handler=take_model, accept="form")):
        with pytest.raises(DefinitionError, match=re.escape(reason)):
            ActionsBlueprint({"take": wrong})


@pytest.mark.parametrize(
    ("widget", "value", "kind"),
    [
        ("color", "red", "text"),
        ("color", "#ff0000", "color"),
        ("month", "May", "text"),
        ("month", "2026-05", "month"),
        ("week", "2025-W53", "text"),
        ("week", "2026-W53", "week"),
        *((widget, "a\nb", "textarea") for widget in ("text", "search", "tel", "url", "email", "color")),
    ],
)
def test_value_that_a_widget_would_change_shows_in_another(widget: str, value: str, kind: str) -> None:
    """Browsers blank what a control cannot show, and drop its line breaks: then another control shows it."""
    shown = control(with_widget(str, widget), value=value)

    assert (shown.type, shown.value) == (kind, value)


@pytest.mark.parametrize(("value", "kind"), [(3, "range"), (0, "number"), (9, "number"), (10**400, "text")])
def test_number_that_a_range_would_move_shows_as_a_number(value: int, kind: str) -> None:
    """A slider stands within its limits: what is beyond them is shown as it is, for the server to judge."""
    shown = control(with_widget(Annotated[int, Field(ge=1, le=5)], "range"), value=value)

    assert (shown.type, shown.value) == (kind, str(value))


# Choices, classes and fields of a request


def test_choices_of_a_request() -> None:
    """A page offers choices for a request: values, labels and groups; a list of values becomes a choice of several."""

    @action(accept="form")
    def take(country: str, tags: list[str], lines: list[Address]) -> None: ...

    made = form_fields(
        take,
        values={"country": "fr", "tags": ["b"]},
        choices={
            "country": {"Europe": {"de": "Germany", "fr": "France"}, "Asia": [("jp", "Japan")]},
            "tags": ["a", "b"],
            "lines.*.city": ["Rome"],
        },
    )
    country, tags, city = (made[path] for path in ("country", "tags", "lines.0.city"))

    assert [(o.value, o.label, o.group, o.selected) for o in country.options] == [
        ("de", "Germany", "Europe", False),
        ("fr", "France", "Europe", True),
        ("jp", "Japan", "Asia", False),
    ]
    assert str(country).count("<optgroup") == 2
    assert (tags.tag, [o.value for o in tags.options if o.selected]) == ("select", ["b"])
    assert [option.value for option in city.options] == ["", "Rome"]
    assert form_fields(take)["country"].tag == "input"


def test_choices_belong_to_fields() -> None:
    """Choices for a field that is not there, or that has no value to choose, are refused."""
    with pytest.raises(ValueError, match="Did you mean 'it'"):
        fields(str, choices={"its": ["a"]})
    for annotation in (Address, UploadedFile, list[UploadedFile], bool):
        with pytest.raises(TypeError, match="nothing can be chosen"):
            fields(annotation, choices={"it": ["a"]})


def test_fields_may_be_left_out() -> None:
    """A form may lack fields, at any depth."""

    @action(accept="form")
    def take(name: str, address: Address, internal: str = "") -> None: ...

    made = form_fields(take, exclude=["internal", "address.zip"])

    assert [pair[0] for pair in sent(made)] == ["name", "address.city"]


def test_classes_and_attributes_of_all_controls() -> None:
    """A page gives classes to the parts of a form, and attributes to all controls or to one."""

    @action(accept="form")
    def take(name: Annotated[str, Field(description="Help")], color: Color, yes: bool = False) -> None: ...

    classes = {
        "field": "mb-3",
        "control": "form-control",
        "select": "form-select",
        "checkbox": "check",
        "invalid": "bad",
    }
    made = form_fields(
        take,
        issues=[Issue("name", "no")],
        classes=classes,
        controls={"*": {"data-x": "1"}, "name": {"placeholder": "Ada"}},
    )

    assert made["name"].attributes["class"] == "form-control bad"
    assert [made[name].attributes["class"] for name in ("color", "yes")] == ["form-select", "check"]
    assert [made[name].attributes["data-x"] for name in ("name", "color", "yes")] == ["1"] * 3
    assert made["name"].attributes["placeholder"] == "Ada"
    assert str(made).count('class="mb-3"') == 3
    assert "mb-3" not in str(form_fields(take))


def test_marks_follow_their_control_into_another_form() -> None:
    """The hidden marks of a control that stands outside of its form belong to that form too."""
    made = fields(bool, True)["it"]

    assert str(made.control_html(form="f1")).count("form=f1") == 2
    assert str(made.control_html()).count("form=") == 0


def test_buttons_that_send_the_form() -> None:
    """A field may be the buttons of its form: what was pressed is what was chosen."""

    @action(accept="form")
    def take(text: str, what: with_widget(Literal["save", "delete"], "submit")) -> None: ...  # type: ignore[valid-type]  # made at run time

    markup = render_form(form_fields(take), name="take", url="?")
    buttons = list(parsed(markup).iter("button"))

    assert [(b.get("name"), b.get("value"), b.get("type")) for b in buttons] == [
        ("what", "save", "submit"),
        ("what", "delete", "submit"),
    ]


@pytest.mark.parametrize("base", [object, str])
def test_labels_in_the_language_of_the_request(base: Any) -> None:
    """Labels of choices that are properties, and lazy texts, are asked for whenever the form is shown."""
    language = ["en"]

    class Size(enum.Enum):
        S = "s"

        @property
        def label(self) -> str:
            return {"en": "Small", "de": "Klein"}[language[0]]

    class Lazy(base):  # type: ignore[misc]  # a kind of string, or not
        def __str__(self) -> str:
            return {"en": "Your name", "de": "Ihr Name"}[language[0]]

    lazy: Any = Lazy() if base is object else Lazy("a key")
    options = {"form": {"options": {1: lazy}}}

    @action(accept="form")
    def take(
        name: Annotated[str, Field(title=lazy)],
        size: Size | None = None,
        number: Annotated[int, Field(json_schema_extra=options)] = 1,
        names: Annotated[list[str], Field(title=lazy)] = [],
        help: Annotated[str, Field(description=lazy)] = "",
    ) -> None: ...

    texts, counts = [], []
    for each in ("en", "de"):
        language[0] = each
        made = form_fields(take)
        texts.append((made["name"].label, made["size"].options[1].label, "Klein" in str(made)))
        counts.append((str(made).count("Your name"), str(made).count("Ihr Name")))

    assert texts == [("Your name", "Small", False), ("Ihr Name", "Klein", True)]
    assert counts[0] == counts[1][::-1]
    assert counts[1][0] == 0


@pytest.mark.parametrize(("sku", "expected"), [("", []), ("x", [{"sku": "x", "unit": "pcs", "taxed": True}])])
def test_defaults_of_rows(sku: str, expected: list[dict[str, object]]) -> None:
    """A new row shows the defaults of its fields; left as it is it counts as blank, and filled in it has them."""

    class Line(BaseModel):
        sku: str
        unit: str = "pcs"
        taxed: bool = True

    @action(accept="form")
    def take(lines: list[Line] = []) -> None: ...

    assert take.definition.input is not None
    plan = FormPlan(take.definition.input, Codec[Any](take.definition.input.annotation))
    pairs = [pair for pair in sent(form_fields(take)) if "__row__" not in f"{pair}"]

    read: Any = plan.decode([(name, sku if name == "lines.0.sku" else value) for name, value in pairs])

    assert [line.model_dump() for line in read.get("lines", [])] == expected
