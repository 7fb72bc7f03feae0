"""Read a handler: what kind of output it has, and with ``_handler_parameters`` what it takes.

This only walks over annotations, which is cheap enough for a thousand actions at start. Validators
are built at the first call.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_origin

from ._definition import EMPTY, Definition, is_action, underlying_function
from ._definition_error import Problem
from ._handler_parameters import NOTHING_WRONG, DecoratedHandler, ExplicitHandler
from ._types.annotations import bare
from ._types.hints import Parameter, is_plain, parameters_of, read_hints, wrapper_problem
from ._types.output_file import is_download
from ._types.representable import survey
from ._types.stream_items import StreamItems, stream_items
from ._types.type_aliases import endless_aliases


def read_definition(
    handler: Callable[..., Any], *, explicit: bool, input: Any, unset: Any, names: Mapping[str, Any] | None
) -> Definition:
    """Read a handler's signature and annotations; never raises. See ``Definition.problems``."""
    function = underlying_function(handler)
    problems: list[Problem] = []
    hints, unreadable = read_hints(function, names)
    for name, problem in endless_aliases(hints):
        unreadable[name] = problem
        del hints[name]
    parameters = _parameters(handler, problems, explicit=explicit)
    for name, problem in unreadable.items():
        problems.append(problem.within(_subject(name)))
    form = ExplicitHandler if explicit else DecoratedHandler
    reader = form(parameters, hints, set(unreadable), problems)
    source = reader.input(input, unset, getattr(function, "__name__", "handler"))
    is_unreadable = "return" in unreadable or isinstance(handler, type)
    output, is_async = _output(handler, function, hints, problems, is_unreadable=is_unreadable)
    shape = _shape(output, function, problems)
    inputs = reader.survey(source)
    outputs = NOTHING_WRONG
    if shape.output is not None:
        outputs = survey(shape.output, is_input=False, is_item=shape.is_stream)
    for subject, part in (("input", inputs), ("output", outputs)):
        problems += (problem.within(subject) for problem in part.problems)
    return Definition(
        input=source,
        output=shape.output,
        is_async=is_async,
        is_stream=shape.is_stream,
        has_ids=shape.has_ids,
        is_download=shape.is_download,
        context=reader.context,
        request=reader.request,
        injected=reader.injected,
        function=function,
        deprecated=getattr(handler, "__deprecated__", None),
        problems=tuple(problems),
        read_one_way=inputs.one_way,
        written_one_way=outputs.one_way,
    )


class _Shape(NamedTuple):
    """The kind of an output: a value, the items of a stream, or a file; see ``Definition``."""

    output: Any
    is_stream: bool = False
    has_ids: bool = False
    is_download: bool = False


def _shape(output: Any, function: Any, problems: list[Problem]) -> _Shape:
    """Return the kind of output of a handler with this return annotation; EMPTY means none."""
    if output is EMPTY:
        return _Shape(None)
    items = stream_items(output, is_generator=_is_generator(function))
    if items is None:
        return _whole_shape(output)
    if items.problem is not None:
        problems.append(items.problem)
    return _Shape(_item(items), is_stream=True, has_ids=items.has_ids)


def _whole_shape(output: Any) -> _Shape:
    if is_download(bare(output)):
        return _Shape(None, is_download=True)
    return _Shape(output)


def _item(items: StreamItems) -> Any:
    """Return the type of a stream's items; None if it is unknown."""
    if items.problem is not None or items.item is NoneType:
        return None
    return items.item


def _subject(name: str) -> str:
    if name == "return":
        return "output"
    return f"parameter {name!r}"


def _parameters(handler: Any, problems: list[Problem], *, explicit: bool) -> list[Parameter]:
    if isinstance(handler, type):
        problems.append(Problem(f"{handler.__name__!r} is a class.", "Make an action of a function that returns one."))
        return []
    if isinstance(handler, classmethod):
        name = handler.__func__.__qualname__
        problems.append(Problem("it is a classmethod without its class.", f"Write action({name}) below the class."))
        return []
    if is_action(handler):
        remedy = "Name the action itself in the tree, or make this one of the function behind it."
        problems.append(Problem("its handler is an action already.", remedy))
    try:
        parameters = parameters_of(handler)
        if not explicit and (problem := wrapper_problem(handler, parameters)):
            problems.append(problem)
        return parameters
    except (TypeError, ValueError):
        problems.append(Problem(f"{handler!r} has no signature.", "Wrap it in a function of your own."))
        return []


def _output(
    handler: Any, function: Any, hints: dict[str, Any], problems: list[Problem], *, is_unreadable: bool
) -> tuple[Any, bool]:
    is_async = _is_async(handler, function)
    output = hints.get("return", EMPTY)
    if output is EMPTY:
        if not is_unreadable:
            reason = "the handler has no return annotation, so callers could not be told what they get."
            problems.append(Problem(reason, "Add '-> ...'; '-> None' if it returns nothing."))
        return EMPTY, is_async
    origin = get_origin(output) or output
    # Compared by identity: an annotation need not have a hash, nor a usable ==.
    if not is_async and any(origin is awaitable for awaitable in _AWAITABLES):
        return (get_args(output) or (Any,))[-1], True
    if output is NoneType:
        return None, is_async
    return output, is_async


def _is_async(handler: Any, function: Any) -> bool:
    if is_plain(handler):  # inspect unwraps before it looks, for three times the cost
        return bool(handler.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(function)


def _is_generator(function: Any) -> bool:
    if is_plain(function):
        return bool(function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR))
    return inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function)


_AWAITABLES: Final = (Awaitable, Coroutine)
