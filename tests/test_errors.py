"""Codes, errors, issues and definition problems."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any, ClassVar, get_args, get_type_hints

import pytest

from sanic_actions import ActionError, CallError, Code, DefinitionError, InputError, Issue
from sanic_actions._codes import CODE_OF, STATUS
from sanic_actions._definition_error import Problem
from sanic_actions._error_facts import set_place
from sanic_actions._errors import error_fields, restore_error


class OutOfStock(ActionError, code="CONFLICT"):
    sku: str
    left: int = 0


class Recalled(OutOfStock, code="GONE"):
    reason: str


class Listed(ActionError, code="CONFLICT"):
    known: ClassVar[int] = 3
    tags: list[str] = []


def test_codes_are_the_table() -> None:
    """Every code has a status, and every status of the table has one code."""
    assert get_args(Code) == tuple(STATUS)
    assert len(STATUS) == len(CODE_OF) == 38


@pytest.mark.parametrize("code", STATUS)
def test_error_of_each_code(code: Code) -> None:
    """A plain error has its code, the code's status, and its message."""
    error = ActionError(code, "No luck")

    assert (error.code, error.status, error.message, str(error)) == (code, STATUS[code], "No luck", "No luck")
    assert error.data == {}


def test_error_of_unknown_code() -> None:
    """An unknown code is refused where it is raised, with the nearest one."""
    with pytest.raises(ValueError, match=r"'NOT_FUND' is not a code .* Did you mean 'NOT_FOUND'"):
        ActionError("NOT_FUND")  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="names of the HTTP statuses"):
        type("Wrong", (ActionError,), {}, code="zzz")


def test_error_with_keyword_arguments() -> None:
    """Code and message can be passed by name, as their types say."""
    error = ActionError(code="GONE", message="Sold")

    assert (error.code, error.message) == ("GONE", "Sold")


def test_typed_error_has_its_fields() -> None:
    """Fields are keyword-only, have the class's defaults, and travel as data."""
    error = OutOfStock("Only two are left", sku="A-1", left=2)

    assert (error.code, error.status, error.sku, error.left) == ("CONFLICT", 409, "A-1", 2)
    assert error.data == {"sku": "A-1", "left": 2}
    assert OutOfStock(sku="A-1").data == {"sku": "A-1", "left": 0}
    assert OutOfStock(sku="A-1").message == ""


def test_typed_error_inherits_fields() -> None:
    """A subclass has its base's fields, then its own, and its own code."""
    error = Recalled("Recalled", sku="A-1", reason="sharp")

    assert error.data == {"sku": "A-1", "left": 0, "reason": "sharp"}
    assert error.code == "GONE"
    assert list(error_fields(Recalled)) == ["sku", "left", "reason"]


@pytest.mark.parametrize(
    ("args", "fields", "said"),
    [
        ((), {}, "missing 'sku'"),
        ((), {"sku": "A-1", "more": 1}, "unexpected 'more'"),
        (("message", "A-1"), {}, "OutOfStock takes (message='', *, sku, left)"),
    ],
)
def test_typed_error_called_wrongly(args: tuple[str, ...], fields: dict[str, object], said: str) -> None:
    """A wrong call is a TypeError that names the parameters and what is wrong with them."""
    with pytest.raises(TypeError) as caught:
        OutOfStock(*args, **fields)  # type: ignore[arg-type]  # the mistake under test

    assert said in str(caught.value)


MESSAGES: dict[str, Callable[[Any], object]] = {
    "ActionError": lambda error: ActionError("CONFLICT", error),
    "OutOfStock": lambda error: OutOfStock(error, sku="A-1", left=1),
    "InputError": lambda error: InputError([], error),
    "InputError.on": lambda error: InputError.on("sku", error),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_an_exception_is_not_a_message(name: str) -> None:
    """An exception in place of a message is a TypeError: its text was not written for callers."""
    with pytest.raises(TypeError) as caught:
        MESSAGES[name](KeyError("secret"))

    expected = f"{name}() takes a sentence for callers as its message, not the KeyError itself."
    assert str(caught.value) == expected
    assert "secret" not in str(MESSAGES[name]("a sentence"))


def test_plain_error_called_wrongly() -> None:
    """A plain error needs a code and takes no fields."""
    with pytest.raises(TypeError, match="ActionError takes"):
        ActionError()  # type: ignore[call-arg]  # the mistake under test
    with pytest.raises(TypeError, match="unexpected 'sku'"):
        ActionError("GONE", sku="A-1")  # type: ignore[call-arg]  # the mistake under test


def test_typed_error_default_is_its_own() -> None:
    """A mutable default belongs to one error, and a class variable is no field."""
    Listed().tags.append("x")

    assert Listed().data == {"tags": []}


@pytest.mark.parametrize(
    "error",
    [
        ActionError("NOT_FOUND", "No such post"),
        OutOfStock("Only two are left", sku="A-1", left=2),
        InputError.on("email", "is taken"),
        CallError("CONFLICT", "No", status=409, cause="server", id="ab12"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_is_picklable_and_copyable(error: ActionError) -> None:
    """What a pickle or a copy brings back has class, code, message, fields and notes."""
    error.add_note("seen")
    pickled = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in (*pickled, copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert (twin.code, twin.status, twin.message, twin.data) == (
            error.code,
            error.status,
            error.message,
            error.data,
        )
        assert (repr(twin), str(twin), twin.__notes__) == (repr(error), str(error), error.__notes__)


def test_error_shows_its_call() -> None:
    """The repr of an error is the call that makes it."""
    assert repr(ActionError("GONE", "Sold")) == "ActionError('GONE', 'Sold')"
    assert repr(OutOfStock("No", sku="A-1")) == "OutOfStock('No', sku='A-1', left=0)"


def test_restored_error() -> None:
    """An error is built from what travelled without its constructor."""
    error = restore_error(OutOfStock, "CONFLICT", "No", {"sku": "A-1", "left": 1})

    assert isinstance(error, OutOfStock)
    assert (error.code, error.message, error.data) == ("CONFLICT", "No", {"sku": "A-1", "left": 1})


def test_input_error_collects() -> None:
    """Issues are collected by ``on``; each call gives an error of its own."""
    first = InputError.on("email", "is taken")
    both = first.on("items.0.qty", "too many", type="too_many").on("", "Do better").on("email", "is odd")

    assert first.issues == (Issue("email", "is taken"),)
    assert both.fields == {"email": ["is taken", "is odd"], "items.0.qty": ["too many"]}
    assert both.form_errors == ["Do better"]
    assert (both.code, both.status) == ("BAD_REQUEST", 400)
    assert both.issues[1].type == "too_many"


def test_input_error_message() -> None:
    """The message sums up the first issues, unless one is given."""
    issues = [Issue(f"f{number}", "is wrong") for number in range(5)]

    assert str(InputError(issues)) == ("The input is invalid: f0: is wrong; f1: is wrong; f2: is wrong; and 2 more")
    assert str(InputError()) == "The input is invalid."
    assert str(InputError(issues, "Look again")) == "Look again"


def test_issue_is_a_value() -> None:
    """Issues are equal by their parts, and match by position."""
    match Issue("a", "wrong", "missing"):
        case Issue(path, message, type):
            assert (path, message, type) == ("a", "wrong", "missing")

    assert Issue("a", "wrong") == Issue("a", "wrong")
    assert len({Issue("a", "wrong"), Issue("a", "wrong"), Issue("b", "wrong")}) == 2
    assert Issue("a", "wrong") != "a: wrong"
    assert (str(Issue("a", "wrong")), str(Issue("", "wrong"))) == ("a: wrong", "wrong")


def test_call_error_without_an_answer() -> None:
    """A call that got no answer has no status, whatever its code."""
    error = CallError("SERVICE_UNAVAILABLE", "refused", cause="connect")

    assert error.status is None
    assert (error.cause, error.id, error.request, error.response) == ("connect", None, None, None)


def test_call_error_leaves_its_transport_behind() -> None:
    """Requests and responses of a transport are not pickled."""
    error = CallError("CONFLICT", status=409, request=lambda: 1, response=lambda: 2)

    twin = pickle.loads(pickle.dumps(error))

    assert (twin.request, twin.response, twin.status) == (None, None, 409)


def test_call_error_has_true_annotations() -> None:
    """The types of an error's facts can be read at run time, though none of them is loaded with the error."""
    hints = get_type_hints(CallError.__init__)

    assert hints["code"] == Code
    assert "timeout" in get_args(hints["cause"])


def test_declared_errors_are_siblings() -> None:
    """Declared errors, InputError and CallError stand beside each other, so that a match can prove it has all."""
    siblings = (OutOfStock, InputError, CallError)

    assert all(issubclass(one, ActionError) for one in siblings)
    assert not any(issubclass(one, other) for one in siblings for other in siblings if one is not other)


def test_definition_error_lists_its_problems() -> None:
    """Every problem is shown with action, place, reason and remedy."""
    problem = Problem(action="cart.add", file="shop/cart.py", line=12, reason="it is wrong.", remedy="Mend it.")
    placeless = Problem(action="cart", file="", line=0, reason="it is empty.", remedy="Fill it.")

    assert str(DefinitionError([problem])) == (
        "One problem in the definition of actions.\nAction 'cart.add' (shop/cart.py:12): it is wrong.\n  Mend it."
    )
    assert str(DefinitionError([problem, placeless])).splitlines()[::3] == [
        "2 problems in the definition of actions.",
        "Action 'cart': it is empty.",
    ]
    assert pickle.loads(pickle.dumps(DefinitionError([problem]))).problems == (problem,)


CONTROLS = "\x1b[2J\x9b31m\r\x07\x00\x7f"
SHOWN = r"\x1b[2J\x9b31m\x0d\x07\x00\x7f"


@pytest.mark.parametrize(
    "error",
    [
        ActionError("CONFLICT", f"été{CONTROLS}"),
        OutOfStock(f"été{CONTROLS}", sku=""),
        InputError.on("a", f"été{CONTROLS}"),
        InputError([Issue("a", f"été{CONTROLS}"), Issue("b", "too")]),
        Issue("", f"été{CONTROLS}"),
        CallError("CONFLICT", "no", id=f"été{CONTROLS}"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_controls_of_terminals_in_messages(error: ActionError | Issue) -> None:
    """What a server has said is shown without the characters that a terminal obeys; programs read it as it came."""
    message = error.message
    if isinstance(error, ActionError):
        set_place(error, "shop.buy", "http://shop")

    assert f"été{SHOWN}" in str(error)
    assert str(error).isprintable()
    assert repr(error).isprintable()
    assert error.message == message


def test_lines_of_messages() -> None:
    """Lines, tabs and the letters of all languages are shown as they are."""
    message = "eins\n\tzwei\u3000drei \u200d\u202f"

    assert str(ActionError("CONFLICT", message)) == message
