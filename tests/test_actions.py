"""Actions as values: declared, called, frozen, copied."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import re
from typing import Any

import pytest
from pydantic import BaseModel

from sanic_actions import Action, ActionError, Injected, action, define_action
from sanic_actions._options import UNSET


class Like(BaseModel):
    post_id: str


class Sold(ActionError, code="CONFLICT"):
    pass


def add(post_id: str, amount: int = 1) -> int:
    """Add likes."""
    return amount


def test_action_is_called_like_its_handler() -> None:
    """An action runs its handler: no validation, no copy of the arguments."""
    defined = action(add)

    assert defined("p", 3) == defined(post_id="p", amount=3) == 3
    assert defined(1, "no number") == "no number"  # type: ignore[arg-type, comparison-overlap]  # nothing is validated


def test_async_action_is_awaited() -> None:
    """Calling an action of an ``async def`` gives its coroutine."""

    @action
    async def like(post_id: str) -> str:
        return post_id

    assert asyncio.run(like("p")) == "p"


def test_action_wears_its_handler() -> None:
    """Name, docstring and signature are the handler's."""
    defined = action(accept="form")(add)

    assert (defined.__name__, defined.__doc__, defined.__module__) == ("add", "Add likes.", __name__)  # type: ignore[attr-defined]  # worn at run time
    assert inspect.signature(defined) == inspect.signature(add)
    assert repr(defined) == "<Action add>"
    assert repr(action(functools.partial(add, "p"))).startswith("<Action functools.partial(")


def test_both_forms_give_the_same() -> None:
    """The decorator, with and without options, and the explicit form give an ``Action`` with the same options."""
    options: dict[str, Any] = {
        "accept": ("json", "form"),
        "raises": [Sold],
        "guard": lambda context: None,
        "public": True,
        "max_body_size": 10,
    }

    def handler(input: Like) -> int:
        return 1

    decorate: Any = action(**options)
    made: list[Action[..., Any]] = [decorate(add), define_action(input=Like, handler=handler, **options)]

    for defined in made:
        assert type(defined) is Action
        assert (defined.accept, defined.raises, defined.max_body_size) == (("json", "form"), (Sold,), 10)
        assert (defined.guards, defined.public) == ((options["guard"],), True)
    assert (made[0].input, made[1].input) == (UNSET, Like)


def test_options_left_out() -> None:
    """JSON is accepted, nothing is raised or guarded, and the blueprint's limit counts."""
    defined = action(add)

    assert (defined.accept, defined.raises, defined.guards, defined.max_body_size) == (("json",), (), (), None)


def test_one_error_instead_of_a_list() -> None:
    """A single class in ``raises`` is taken as the list of it."""
    assert action(raises=Sold)(add).raises == (Sold,)  # type: ignore[call-overload]  # forgiven at run time


@pytest.mark.parametrize(
    ("option", "hint"), [("onse", "Did you mean 'once'?"), ("input", "There are accept, errors, guard, idempotent")]
)
def test_unknown_option_is_told_where_it_is_written(option: str, hint: str) -> None:
    """An option that ``@action`` does not have is refused by its name, with what was probably meant."""
    options: dict[str, Any] = {option: True}

    with pytest.raises(TypeError, match=re.escape(f"action() has no option {option!r}. {hint}")):
        action(**options)


def test_none_is_an_input_type() -> None:
    """An input type of None is not an input that was left out."""

    def handler(input: None) -> None: ...

    made = define_action(input=None, handler=handler).definition.input

    assert made is not None
    assert made.annotation is None


def test_action_is_frozen() -> None:
    """Nothing of an action can be changed."""
    defined = action(add)

    for name in ("handler", "accept", "anything"):
        with pytest.raises(AttributeError, match="Actions are frozen"):
            setattr(defined, name, 1)
        with pytest.raises(AttributeError, match="Actions are frozen"):
            delattr(defined, name)


def test_action_is_never_copied() -> None:
    """A copy of an action is the action: blueprints copy deeply."""
    defined = action(add)

    assert copy.copy(defined) is copy.deepcopy(defined) is defined
    assert copy.deepcopy({"like": defined})["like"] is defined


def test_definition_is_read_once() -> None:
    """The handler is read when it is first asked for, and once."""
    defined = action(add)

    assert defined.definition is defined.definition


def test_declaring_reads_nothing() -> None:
    """Declaring never fails for a function's shape, however wrong."""

    def wrong(a: Undefined, *b, c=Injected): ...  # type: ignore[no-untyped-def, name-defined]  # noqa: F821  # the mistake under test

    assert action(wrong).definition.problems
    assert define_action(input=object(), handler=wrong).definition.problems  # type: ignore[call-overload]  # wrong on purpose


@pytest.mark.parametrize("name", ["safe", "with_options"])
def test_an_action_is_not_a_client(name: str) -> None:
    """What only clients have is an AttributeError that names call_action."""
    with pytest.raises(AttributeError, match=r"has no '\w+', which clients have.*await call_action\(request") as caught:
        getattr(action(plain), name)

    assert caught.value.name == name
    assert not hasattr(action(plain), "nothing")


def plain(count: int) -> int:
    return count


def test_a_decorator_that_passes_everything_on_may_stand_below_an_action() -> None:
    """A handler may wear decorators that take its parameters by name, or take the request as it does."""

    def passing(handler: Any) -> Any:
        @functools.wraps(handler)
        def inner(*args: Any, **kwargs: Any) -> Any:
            return handler(*args, **kwargs)

        return inner

    def counting(handler: Any) -> Any:
        @functools.wraps(handler)
        def inner(count: int, **kwargs: Any) -> Any:
            return handler(count, **kwargs)

        return inner

    for handler in (passing(plain), counting(plain), passing(counting(plain)), functools.partial(plain)):
        assert action(handler).definition.problems == ()
