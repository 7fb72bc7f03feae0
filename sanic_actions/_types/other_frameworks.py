"""Refuse the marks of other frameworks, such as FastAPI's ``Depends``.

Here such a mark supplies nothing, so a caller could send a value that the other framework would
look up itself: the user of a request. Those frameworks are not imported: a class is recognized by
the module that defines it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic.fields import FieldInfo

from .._definition_error import Problem

FRAMEWORKS: Final = frozenset(
    {
        "aioinject",
        "blacksheep",
        "dependency_injector",
        "di",
        "dishka",
        "esmerald",
        "fast_depends",
        "fastapi",
        "faststream",
        "litestar",
        "ninja",
        "ravyn",
        "starlette",
        "starlite",
        "taskiq_dependencies",
        "that_depends",
        "wireup",
    }
)
"""Packages with marks for where a value comes from."""

_CONVENTION: Final = frozenset({"Depends", "Inject"})
"""Names of classes that mean the same in any package."""

_INJECTION: Final = "Let a guard or an interceptor supply it: 'user: Annotated[User, Injected]', which nobody can send."
_CONTEXT: Final = (
    "Read it in the handler or in a guard, with context.{source}.get('name') of its 'context: ActionContext'; "
    "what a guard returns goes to a parameter that is marked Annotated[..., Injected]."
)
_HEADER: Final = _CONTEXT.format(source="headers")
_COOKIE: Final = _CONTEXT.format(source="cookies")
_SOURCES: Final[Mapping[str, str]] = {
    "Header": _HEADER,
    "FromHeader": _HEADER,
    "Cookie": _COOKIE,
    "FromCookie": _COOKIE,
}
"""What to write in place of a mark that reads a part of the request, by the name of its class."""

_OF_INPUTS: Final = frozenset({"BodyKwarg", "ParameterKwarg", "FromForm", "FromJSON", "FromQuery", "FromRoute"})
"""Marks of inputs, besides those that are a ``FieldInfo`` of pydantic: callers do send those."""

_INPUT_REMEDY: Final = "Remove it, or write its limits with Field of pydantic: Annotated[int, Field(le=100)]."


def foreign_mark_problem(mark: object) -> Problem | None:
    """Return why a mark of another framework does nothing here; None for any other object."""
    kind = mark if isinstance(mark, type) else type(mark)
    if kind is FieldInfo:  # the most frequent mark
        return None
    origin = _origin_of(kind)
    if origin is None:
        return None
    if not _is_of_inputs(mark, origin):
        return unsupplied_problem(mark)
    return Problem(f"{_label(origin)} says where its framework looks for an input, and nothing here.", _INPUT_REMEDY)


def unsupplied_problem(mark: object) -> Problem | None:
    """Return why a mark or a default of another framework supplies nothing here; else None."""
    kind = mark if isinstance(mark, type) else type(mark)
    origin = _origin_of(kind)
    if origin is None or _is_of_inputs(mark, origin):
        return None
    remedy = _SOURCES.get(_source_of(mark, origin), _INJECTION)
    return Problem(f"{_label(origin)} supplies nothing here, so that whoever calls would choose the value.", remedy)


def _origin_of(kind: type) -> type | None:
    """Return the first of a class and its bases that another framework defines."""
    # A class that somebody derived from such a mark supplies nothing either.
    for base in kind.__mro__:
        package = _package_of(base)
        if package in FRAMEWORKS or (base.__name__ in _CONVENTION and package != "sanic_actions"):
            return base
    return None


def _package_of(kind: type) -> str:
    return str(kind.__module__).partition(".")[0]


def _label(origin: type) -> str:
    return f"{origin.__name__} of {_package_of(origin)}"


def _is_of_inputs(mark: object, origin: type) -> bool:
    source = _source_of(mark, origin)
    if source in _SOURCES:
        return False
    return issubclass(origin, FieldInfo) or source in _OF_INPUTS


def _source_of(mark: object, origin: type) -> str:
    """Return the name of a mark's class; litestar has one class for all parts of a request."""
    if origin.__name__ == "ParameterKwarg" and getattr(mark, "header", None):
        return "Header"
    if origin.__name__ == "ParameterKwarg" and getattr(mark, "cookie", None):
        return "Cookie"
    return origin.__name__
