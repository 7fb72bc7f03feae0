"""Check that ``--share`` can take a class, so that the client imports the server's.

A copy is written to read what the server writes. A shared class is used as it is, so it must be
able to read what it writes itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import SecretBytes, SecretStr

from .._definition_error import Problem
from .._types.fields import Field
from .._types.serializers import written_mark, written_type
from ._catalog import DeclaredType, parts_of
from ._field_marks import json_names

_WITH_FIELDS: Final = frozenset({"model", "root", "dataclass", "typed dict"})


def sharing_problems(declaration: DeclaredType, *, is_written: bool) -> Iterator[Problem]:
    """Yield the problems of a shared class; ``is_written`` tells whether it is in outputs too."""
    if declaration.kind not in _WITH_FIELDS:
        return
    for field in declaration.fields:
        yield from _input_problems(declaration, field)
    if is_written:
        for field in declaration.fields:
            yield from _output_problems(declaration, field)


def serializer_problem(declaration: DeclaredType, owner: DeclaredType | None) -> Problem:
    """Return the problem of a serializer inside a shared class, which could not read it back."""
    module = declaration.module if owner is None else owner.module
    reason = f"a serializer writes {declaration.name} as another type than is read, so what holds it cannot be shared."
    return Problem(reason, f"Do not share {module}: a copy has the type that is written.")


def _input_problems(declaration: DeclaredType, field: Field) -> Iterator[Problem]:
    if _reads_elsewhere(field):
        reason = f"field {field.name!r} is written under another alias than it is read, so it cannot be shared."
        yield Problem(reason, f"Give it one alias, or do not share {declaration.module}.")
    if any(part in (SecretStr, SecretBytes) for part in parts_of(field.annotation)):
        reason = f"field {field.name!r} is a secret, which the server's own class sends as asterisks."
        yield Problem(reason, f"Do not share {declaration.module}: a copy sends it in clear.")


def _output_problems(declaration: DeclaredType, field: Field) -> Iterator[Problem]:
    if field.info.exclude and field.required:
        reason = f"field {field.name!r} is read and never written, so it cannot be shared."
        yield Problem(reason, f"Give it a default, or do not share {declaration.module}.")
    type_ = written_type(field, declaration.obj)
    if type_ is not field.annotation or any(written_mark(part) is not part for part in parts_of(type_)):
        reason = f"a serializer writes field {field.name!r} as another type than is read, so it cannot be shared."
        yield Problem(reason, f"Do not share {declaration.module}: a copy has the type that is written.")


def _reads_elsewhere(field: Field) -> bool:
    input_name, output_name = json_names(field)
    return output_name not in (input_name, field.name)
