"""Results and redirects as values."""

from __future__ import annotations

import copy
import pickle
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from sanic_actions import ActionError, Err, Event, Ok, Redirect, Result

ERROR = ActionError("GONE", "Sold")


def test_result_carries_the_other_as_none() -> None:
    """``Ok`` has data and no error, ``Err`` has an error and no data."""
    assert (Ok(1).data, Ok(1).error) == (1, None)
    assert (Err(ERROR).error, Err(ERROR).data) == (ERROR, None)


def test_result_matches() -> None:
    """A pattern takes the data or the error by position."""
    found: list[object] = []
    for result in (Ok(1), Err(ERROR)):
        match result:
            case Ok(data):
                found.append(data)
            case Err(error):
                found.append(error)

    assert found == [1, ERROR]


@pytest.mark.parametrize("value", [Ok([1]), Err(ERROR), Redirect("/a", [1])], ids=repr)
def test_value_is_frozen(value: Any) -> None:
    """Results and redirects cannot be changed."""
    for name in ("data", "error", "to", "other"):
        with pytest.raises(AttributeError, match="is frozen"):
            setattr(value, name, 1)
        with pytest.raises(AttributeError, match="is frozen"):
            delattr(value, name)


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (Ok(1), ": what came out is in .data"),
        (Err(ERROR), ": what came out is in .error"),
        (Redirect("/a"), ""),
        (Event(1), ""),
    ],
    ids=repr,
)
def test_missing_attribute_of_a_value(value: object, remedy: str) -> None:
    """A result says where its content is; other values only say what they lack."""
    with pytest.raises(AttributeError) as error:
        _ = value.likes  # type: ignore[attr-defined]  # the mistake

    assert str(error.value) == f"{type(value).__name__!r} object has no attribute 'likes'{remedy}"
    assert (error.value.name, error.value.obj) == ("likes", value)


@pytest.mark.parametrize("value", [Ok([1]), Redirect("/a"), Redirect("/a", [1])], ids=repr)
def test_value_is_equal_to_its_copies(value: object) -> None:
    """Results and redirects are equal by what they hold, and survive pickle and copy."""
    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert twin == value
        assert repr(twin) == repr(value)


def test_values_of_different_classes_differ() -> None:
    """What differs in class or content is not equal, and hashes by both."""
    assert Ok(1) != Ok(2)
    assert Ok(None) != Err(ERROR)
    assert Ok(1) != 1
    assert Redirect("/a") != Redirect("/b")
    assert len({Ok(1), Ok(1), Ok(2), Redirect("/a"), Redirect("/a")}) == 3


def test_err_survives_pickle() -> None:
    """An ``Err`` brings its error along."""
    twin = pickle.loads(pickle.dumps(Err(ERROR)))

    assert (twin.error.code, twin.error.message) == ("GONE", "Sold")


def test_result_is_a_union() -> None:
    """``Result[T]`` and ``Result[T, E]`` are unions at run time, for code that reads annotations."""
    alias: Any = Result  # a checker sees a type here, and no value

    assert alias[int] == alias[int, ActionError] == Ok[int] | Err[ActionError]


def test_redirect_shows_its_call() -> None:
    """The repr of a value is the call that makes it."""
    assert repr(Redirect("/a", 1)) == "Redirect('/a', 1)"
    assert repr(Ok("x")) == "Ok('x')"


def test_value_has_type_arguments() -> None:
    """A subscripted class tells its origin and arguments as classes of ``typing`` do, and makes what it says."""
    assert (get_origin(Redirect[int]), get_args(Redirect[int])) == (Redirect, (int,))
    assert get_args(Redirect[None]) == (type(None),)
    assert Redirect[int]("/a", 1) == Redirect("/a", 1)


def test_class_of_the_user_from_a_value() -> None:
    """A class of the user may fix a type argument."""

    class Told(Redirect[int]):
        __slots__ = ()

    assert Told("/a", 1) == Told("/a", 1) != Redirect("/a", 1)
    assert get_type_hints(Told.__init__)["to"] is str
