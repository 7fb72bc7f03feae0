"""Read from the source of a function which typed errors it raises or returns.

It sees statements in the function's own body, and errors that are names there. Errors that the
function catches itself are left out.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from .._errors import ActionError, CallError, InputError

VisibleNames = Mapping[str, Any]
Raised = tuple[type[ActionError], int]
"""A typed error, and the line that raises or returns it."""

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def raised_by(function: Any) -> Iterator[Raised]:
    """Yield the typed errors that a function raises in its own body, with their lines."""
    names = _names(function)
    body, offset = _body(function)
    for node in _raises(body, names, ()):
        if error := _typed_error(node.exc, names):
            yield error, offset + node.lineno


def returned_by(function: Any) -> Iterator[Raised]:
    """Yield the typed errors that a function or a lambda constructs in a ``return``."""
    names = _names(function)
    # inspect gives the whole statement around a lambda, so lambdas are looked up by their columns.
    code = getattr(function, "__code__", None)
    if code is not None and code.co_name == "<lambda>":
        for expression in _alternatives(_lambda_body(code)):
            if error := _typed_error(expression, names):
                yield error, expression.lineno
        return
    body, offset = _body(function)
    for node in _returns(body):
        for expression in _alternatives(node.value):
            if error := _typed_error(expression, names):
                yield error, offset + node.lineno


def typed_error(value: object) -> type[ActionError] | None:
    """Return a subclass of ``ActionError`` that can be declared; None for anything else."""
    if not isinstance(value, type) or not issubclass(value, ActionError):
        return None
    if value is ActionError or issubclass(value, InputError | CallError):
        return None
    return value


def _body(function: Any) -> tuple[list[ast.stmt], int]:
    """Return the statements of a function and the offset of their lines; none without a source."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return [], 0  # it has no source: made at run time, or a lambda in the middle of a line
    for own in tree.body:
        if isinstance(own, ast.FunctionDef | ast.AsyncFunctionDef):
            return own.body, first - 1
    return [], 0


def _lambda_body(code: CodeType) -> ast.expr | None:
    """Return the expression of a lambda; columns tell several lambdas on one line apart."""
    places = {(line, column) for line, _, column, _ in code.co_positions()}
    for node in _lambdas(code.co_filename):
        inside = {(part.lineno, part.col_offset) for part in ast.walk(node.body) if isinstance(part, ast.expr)}
        if node.lineno == code.co_firstlineno and inside & places:
            return node.body
    return None


@lru_cache(maxsize=64)  # a file of actions may have a lambda for each
def _lambdas(file: str) -> tuple[ast.Lambda, ...]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Lambda))


def _names(function: Any) -> VisibleNames:
    # Builtins, then globals, then what a closure holds: the order in which Python looks names up,
    # reversed.
    if hasattr(function, "__code__"):
        inner = inspect.getclosurevars(function).nonlocals
    else:
        inner = {}
    return {**vars(builtins), **getattr(function, "__globals__", {}), **inner}


def _raises(
    nodes: Iterable[ast.AST],
    names: VisibleNames,
    classes: tuple[type, ...],
) -> Iterator[ast.Raise]:
    """Yield the raise statements of a body.

    Those of functions inside it are left out, and those that it catches itself.
    """
    for node in nodes:  # each node of the source once
        if isinstance(node, _DEFINITIONS):
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


def _returns(nodes: Iterable[ast.AST]) -> Iterator[ast.Return]:
    """Yield the return statements of a body, without those of functions inside it."""
    for node in nodes:
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, _DEFINITIONS):
            yield from _returns(ast.iter_child_nodes(node))


def _alternatives(expression: ast.expr | None) -> Iterator[ast.expr]:
    """Yield what an expression may be: both sides of a conditional, each part of an ``or``."""
    if isinstance(expression, ast.IfExp):
        yield from _alternatives(expression.body)
        yield from _alternatives(expression.orelse)
    elif isinstance(expression, ast.BoolOp):
        for value in expression.values:
            yield from _alternatives(value)
    elif expression is not None:
        yield expression


def _caught(handlers: Iterable[ast.ExceptHandler], names: VisibleNames) -> Iterator[type]:
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


def _typed_error(expression: ast.expr | None, names: VisibleNames) -> type[ActionError] | None:
    """Return the class of ``X(...)`` or ``X``, where it is a typed error."""
    if isinstance(expression, ast.Call):  # Python raises an instance of a class that is named alone
        expression = expression.func
    return typed_error(_value(expression, names))


def _value(node: ast.expr | None, names: VisibleNames) -> Any:
    """Return what a name or a dotted name means; None for anything else."""
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value, names), node.attr, None)
    if isinstance(node, ast.Name):
        return names.get(node.id)
    return None
