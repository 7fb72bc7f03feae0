"""The text of ``help()`` for a client and a namespace: actions with signatures, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from inspect import getattr_static
from typing import Any

from ._declaration import Declaration


def overview(calls: Any) -> str:
    """Return the docstring of a client or a namespace, made when somebody asks for it."""
    lines: list[str] = []
    namespaces: list[str] = []
    methods: list[str] = []
    for name in dir(calls):
        member = getattr_static(type(calls), name, None)
        path = f"{calls._path}{name}"
        declaration = getattr(member, "_action", None)
        if isinstance(declaration, Declaration):
            lines += _action(path, declaration)
        elif member is None:  # a namespace is an annotation alone
            namespaces.append(path)
        else:
            methods.append(path)
    if namespaces:
        lines.append(f"Namespaces, each with help() of its own: {', '.join(namespaces)}")
    if methods:
        lines.append(f"Methods of the client itself: {', '.join(methods)}")
    return "\n".join(lines).strip()


def _action(path: str, declaration: Declaration) -> Iterator[str]:
    """Yield the lines of an action; the rest of its docstring is in the help of the action."""
    signature = "(...)"
    with suppress(Exception):  # a package whose models cannot be imported still has docstrings
        signature = declaration.signature_text()
    summary = (declaration.function.__doc__ or "").strip().partition("\n")[0]
    yield f"{path}{signature}"
    yield f"    {summary}"
    yield ""
