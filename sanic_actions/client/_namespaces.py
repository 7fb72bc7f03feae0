"""Namespaces of actions in a client: attributes that lead to calls, and to namespaces inside."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ._lazy import dotted

if TYPE_CHECKING:
    from ._session import Session

M_co = TypeVar("M_co", covariant=True)


class Sync:
    """Says that calls block: ``Calls[Sync]``."""


class Async:
    """Says that calls are awaited: ``Calls[Async]``."""


_ELSEWHERE: Final = {
    "close": ": an AsyncClient is closed with 'await client.aclose()'",
    "aclose": ": a Client is closed with 'client.close()'",
    "safe": ": it stands behind the action, client.like.safe(...)",
}
"""The advice for names of the other kind of client, or of a call."""


class _Overview:
    """The docstring of a client or a namespace lists its actions; that of its class does not."""

    def __get__(self, calls: Calls[Any] | None, owner: type) -> str | None:
        if calls is None:
            return None
        from ._overview import overview

        return overview(calls)


class Calls(Generic[M_co]):
    """A namespace of actions: an attribute for each action and each namespace inside."""

    if TYPE_CHECKING:
        _mode: M_co
        _session: Session[Any]
        _path: str
    else:

        def __class_getitem__(cls, mode: object) -> type:
            return cls  # one class serves both modes

        def __init__(self, session: Session[Any], path: str) -> None:
            self._session = session
            self._path = path

        def __init_subclass__(cls) -> None:
            super().__init_subclass__()
            if cls.__doc__ is None:
                cls.__doc__ = _Overview()

        def __getstate__(self) -> dict[str, object]:
            """Leave out the actions and namespaces that were looked up: a copy has its own."""
            members = self.__dict__.items()
            return {name: value for name, value in members if not hasattr(value, "_session")}

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                owner = None
            else:
                owner = _owner(type(self), name)
            if owner is None:
                action = f"{self.__dict__.get('_path', '')}{name}"
                advice = _ELSEWHERE.get(action, "")
                if not advice and not name.startswith("_"):
                    advice = _nearby(type(self), name)
                raise AttributeError(f"The client has no action {action}{advice}", name=name, obj=self)
            namespace = _class_named(owner.__annotations__[name], owner)(self._session, f"{self._path}{name}.")
            self.__dict__[name] = namespace
            return namespace

    def __dir__(self) -> list[str]:
        return sorted({name for cls in type(self).__mro__ for name in _public_names(cls)})

    def __repr__(self) -> str:
        if not self._path:
            return f"<{type(self).__module__}.{type(self).__qualname__} of {self._session!r}>"
        return f"<namespace {self._path.rstrip('.')} of {self._session!r}>"


def _public_names(cls: type) -> Iterator[str]:
    """Yield the actions and namespaces that a class declares, and the methods of a client."""
    yield from _namespaces(cls)
    yield from (name for name in vars(cls) if not name.startswith("_"))


def _namespaces(cls: type) -> list[str]:
    return [name for name in getattr(cls, "__annotations__", {}) if not name.startswith("_")]


def _owner(cls: type, name: str) -> type | None:
    """Return the class that declares the namespace of this name."""
    return next((base for base in cls.__mro__ if name in _namespaces(base)), None)


def _nearby(cls: type, name: str) -> str:
    """Return which inner namespace has an action of this name, to end a sentence; else empty."""
    path = next(_paths(cls, name), None)
    if path is None:
        return ""
    return f". Did you mean {path}?"


def _paths(cls: type, name: str) -> Iterator[str]:
    """Yield the paths of actions of a name in inner namespaces, as many as are declared."""
    for owner in cls.__mro__:
        for namespace in _namespaces(owner):
            inner: Any = _class_named(owner.__annotations__[namespace], owner)
            if name in vars(inner):
                yield f"{namespace}.{name}"
            yield from (f"{namespace}.{path}" for path in _paths(inner, name))


def _class_named(annotation: str, owner: type) -> Callable[[Session[Any], str], object]:
    """Return the class behind an annotation like ``_calls.blog.Blog[_M]``, from its module."""
    names = vars(sys.modules[owner.__module__])
    cls: Callable[[Session[Any], str], object] = dotted(annotation.partition("[")[0], names)
    return cls
