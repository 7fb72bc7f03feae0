"""Turn pydantic's validation errors into issues, bounded in number and length."""

from __future__ import annotations

from itertools import starmap
from typing import Any, Final

from pydantic import ValidationError

from ._errors import InputError, Issue, invalid_input
from ._field_paths import Location, Schema, SchemaPaths, Walk
from ._messages import COUNT_OF_CHOICES, count_of_choices, described

MAX_ISSUES: Final = 100
"""How many issues one error holds: a million bad items must not become as many sentences."""

TOO_MANY: Final = "too_many_issues"
"""The type of the issue that stands for those that are not listed."""

MAX_PATHS: Final = 100
"""How many paths are remembered, and the longest: they may hold keys that senders choose."""

MAX_COUNTED: Final = 1_000
"""Beyond this many pydantic is not asked for the list: 10 MB of bad items cost it 24 s."""


class IssueReader:
    """Turns failed validations against one core schema into ``InputError``."""

    __slots__ = ("_known", "_paths")

    def __init__(self, schema: Schema) -> None:
        self._paths = SchemaPaths(schema)
        self._known: dict[Location, str] = {}

    def error(self, error: ValidationError) -> InputError:
        """Return the ``InputError`` for a failed validation."""
        count = error.error_count()  # cheap, while errors() builds a dictionary for each
        if count > MAX_COUNTED:
            return InputError([Issue("", f"{count} values are invalid; that is too many to list", TOO_MANY)])
        details = error.errors(include_url=False, include_input=False)
        if count > MAX_ISSUES:
            del details[MAX_ISSUES:]
        rows: list[tuple[str, str, str, dict[str, Any]]] = []
        walk: Walk | None = None
        for detail in details:
            location = detail["loc"]
            path = self._known.get(location)
            if path is None:
                walk = walk or self._paths.walk()
                path = self._read(walk, location)
            type_, message, values = described(detail)
            # "Choose at least 2" for check boxes, "Must have at least 2 items" for any other list.
            if type_ in COUNT_OF_CHOICES:
                walk = walk or self._paths.walk()
                walk.path(location)
                if walk.leads_to_choices():
                    message = count_of_choices(type_, values)
            rows.append((path, message, type_, values))
        issues = list(starmap(Issue, rows))
        if count > MAX_ISSUES:
            issues.append(Issue("", f"{count - MAX_ISSUES} more values are invalid", TOO_MANY))
        return invalid_input(issues)

    def _read(self, walk: Walk, location: Location) -> str:
        """Return a field path, and remember it: visitors fail at the same few fields."""
        path = walk.path(location)
        if len(self._known) < MAX_PATHS and len(path) < MAX_PATHS:
            self._known[location] = path
        return path
