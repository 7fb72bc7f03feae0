"""Refuse ``MaxBytes`` and ``Accept`` on types that are not a single file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Any, get_args

from .._definition_error import Problem
from .._files import Accept, MaxBytes, UploadedFile
from .annotations import bare, is_union
from .type_names import name_of
from .uploads import holds_file


def upload_mark_problems(annotation: Any, metadata: Iterable[Any]) -> Iterator[Problem]:
    """Yield why a type cannot have the marks of files among its metadata."""
    for mark in metadata:
        if mark is MaxBytes or mark is Accept:
            name = mark.__name__
            example = "MaxBytes('5MB')" if mark is MaxBytes else "Accept('image/png')"
            yield Problem(f"{name} does not say what it allows.", f"Write it like {example}.")
        elif isinstance(mark, MaxBytes | Accept) and not _is_file(annotation):
            yield _misplaced(annotation, mark)


def _is_file(annotation: Any) -> bool:
    """Return whether this is a file, or a file or None."""
    annotation = bare(annotation)
    if not is_union(annotation):
        return annotation is UploadedFile
    # An optional upload: the marks are checked where there is a file.
    members = [bare(member) for member in get_args(annotation)]
    return all(member in (UploadedFile, NoneType) for member in members)


def _misplaced(annotation: Any, mark: MaxBytes | Accept) -> Problem:
    name = name_of(annotation).replace(f"{UploadedFile.__module__}.", "")
    if holds_file(annotation):
        example = name.replace("UploadedFile", f"Annotated[UploadedFile, {mark!r}]")
        return Problem(f"{mark!r} is about one file, and stands on {name:.60}.", f"Write {example:.200}.")
    remedy = "Remove it, or take an UploadedFile."
    if isinstance(mark, MaxBytes) and bare(annotation) in (str, bytes):
        remedy = f"Write Field(max_length={mark.limit}), or take an UploadedFile."
    return Problem(f"{mark!r} is about a file, and {name:.60} is not one.", remedy)
