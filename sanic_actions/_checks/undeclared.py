"""Find typed errors that a handler raises and does not declare, by reading its source.

Only ``raise`` statements in the handler's own body are seen, and only errors that can be named from
there. An error raised in a function that it calls is found by the pytest plugin, when it is raised.
What the handler itself catches is left out.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._definition import place_of, underlying_function
from .._definition_error import Problem
from .._entry import Entry
from .._errors import ActionError, CallError, InputError

Names = Mapping[str, Any]


def undeclared_errors(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the typed errors that handlers raise in their own bodies without ``raises``, with file and line."""
    for entry in entries:
        function = underlying_function(entry.action.handler)
        file, _ = place_of(function)
        for error, line in _raised(function):
            if not issubclass(error, entry.raises):
                name = error.__name__
                yield Problem(
                    action=entry.name,
                    file=file,
                    line=line,
                    reason=f"it raises {name}, which it does not declare, so callers get none of its fields.",
                    remedy=f"Declare it: raises=[{name}]; or raise ActionError({error._class_code!r}, ...).",
                )


def _raised(function: Any) -> Iterator[tuple[type[ActionError], int]]:
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return  # it has no source: made at run time, or a lambda in the middle of a line
    names = _names(function)
    for own in tree.body:
        if isinstance(own, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in _raises(own.body, names, ()):
                if error := _typed_error(node.exc, names):
                    yield error, first + node.lineno - 1


def _names(function: Any) -> Names:
    if hasattr(function, "__code__"):
        inner = inspect.getclosurevars(function).nonlocals
    else:
        inner = {}
    return {**vars(builtins), **getattr(function, "__globals__", {}), **inner}


def _raises(nodes: Iterable[ast.AST], names: Names, classes: tuple[type, ...]) -> Iterator[ast.Raise]:
    """Yield the raise statements of a body.

    Those of functions inside it are left out, and those that it catches itself.
    """
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Raise):
            error = _typed_error(node.exc, names)
            if error is not None and not issubclass(error, classes):
                yield node
        elif isinstance(node, ast.Try | ast.TryStar):
            yield from _raises(node.body, names, (*classes, *_caught(node.handlers, names)))
            # What handlers and `else` raise is not caught by the handlers of the same statement.
            yield from _raises([*node.handlers, *node.orelse, *node.finalbody], names, classes)
        else:
            yield from _raises(ast.iter_child_nodes(node), names, classes)


def _caught(handlers: Iterable[ast.ExceptHandler], names: Names) -> Iterator[type]:
    for handler in handlers:
        if handler.type is None:
            yield BaseException
        else:
            for node in _members(handler.type):
                value = _value(node, names)
                if isinstance(value, type):
                    yield value


def _members(expression: ast.expr) -> list[ast.expr]:
    """Return the members of a tuple; of any other expression, itself."""
    if isinstance(expression, ast.Tuple):
        return expression.elts
    return [expression]


def _typed_error(expression: ast.expr | None, names: Names) -> type[ActionError] | None:
    """Return the class of ``raise X(...)`` or ``raise X``, where it is a typed error."""
    error = _value(expression.func if isinstance(expression, ast.Call) else expression, names)
    if isinstance(error, type) and issubclass(error, ActionError) and not issubclass(error, InputError | CallError):
        if error is ActionError:
            return None
        return error
    return None


def _value(node: ast.expr | None, names: Names) -> Any:
    """Return what a name or a dotted name means; None for anything else."""
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value, names), node.attr, None)
    if isinstance(node, ast.Name):
        return names.get(node.id)
    return None
