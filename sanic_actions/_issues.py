"""Turn pydantic's validation errors into issues, bounded in number and length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ._errors import InputError, Issue, invalid_input
from ._field_paths import Location, Schema, SchemaPaths, Walk
from ._messages import COUNT_OF_CHOICES, NO_VALUES, count_of_choices, described, is_own_sentence

MAX_ISSUES: Final = 100
"""How many issues one error holds: a million bad items must not become as many sentences."""

TOO_MANY: Final = "too_many_issues"
"""The type of the issue that stands for those that are not listed."""

MAX_PATHS: Final = 100
"""How many paths and issues are remembered, and the longest path: senders may choose its keys."""

MAX_COUNTED: Final = 1_000
"""Beyond this many pydantic is not asked for the list: 10 MB of bad items cost it 24 s."""


Row = tuple[str, str, str, Mapping[str, Any]]
"""The path, message, type and values of an issue."""


class IssueReader:
    """Turns failed validations against one core schema into ``InputError``."""

    __slots__ = ("_known", "_paths", "_rows")

    def __init__(self, schema: Schema) -> None:
        self._paths = SchemaPaths(schema)
        self._known: dict[Location, str] = {}
        self._rows: dict[tuple[Location, str], Row] = {}

    def error(self, error: ValidationError) -> InputError:
        """Return the ``InputError`` for a failed validation."""
        count = error.error_count()  # cheap, while errors() builds a dictionary for each
        if count > MAX_COUNTED:
            return InputError([Issue("", f"{count} values are invalid; that is too many to list", TOO_MANY)])
        details = error.errors(include_url=False, include_input=False)
        if count > MAX_ISSUES:
            del details[MAX_ISSUES:]
        issues: list[Issue] = []
        walk: Walk | None = None
        for detail in details:
            # The same rules are broken again and again, and to say how takes longer than to validate.
            row = self._rows.get((detail["loc"], detail["type"]))
            if row is None or row[3] != detail.get("ctx", NO_VALUES):
                row, walk = self._read(detail, walk)
            issues.append(Issue(*row))
        if count > MAX_ISSUES:
            issues.append(Issue("", f"{count - MAX_ISSUES} more values are invalid", TOO_MANY))
        return invalid_input(issues)

    def _read(self, detail: ErrorDetails, walk: Walk | None) -> tuple[Row, Walk | None]:
        """Return what an issue says, and the walk that has led to its place, where one was needed."""
        location = detail["loc"]
        path = self._known.get(location)
        type_, message, values = described(detail)
        # "Choose at least 2" for check boxes, "Must have at least 2 items" for any other list.
        may_be_choices = type_ in COUNT_OF_CHOICES
        if path is None or may_be_choices:
            walk = walk or self._paths.walk()
            path = walk.path(location)
            if may_be_choices and walk.leads_to_choices():
                message = count_of_choices(type_, values)
        row = path, message, type_, values
        self._remember(detail, row)
        return row, walk

    def _remember(self, detail: ErrorDetails, row: Row) -> None:
        """Remember a path, and what is said there, unless it holds something of the input: visitors fail alike."""
        path, _, _, values = row
        if len(path) >= MAX_PATHS:
            return
        if len(self._known) < MAX_PATHS:
            self._known[detail["loc"]] = path
        if len(self._rows) < MAX_PATHS and is_own_sentence(detail["type"]) and values is detail.get("ctx", NO_VALUES):
            self._rows[detail["loc"], detail["type"]] = row
