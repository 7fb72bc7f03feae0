"""The classes and attributes that a page gives to the parts of its forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The classes of the parts of a form, and further attributes of its controls.

    Attributes:
        classes: By part: ``field``, ``label``, ``control``, a kind of control (``select``,
            ``checkbox``, ``text``), ``invalid``, ``help``, ``errors``, ``group``, ``legend``,
            ``option``, ``summary``, ``button``, ``submit``.
        attributes: By field path, ``lines.*.sku`` for all rows, ``*`` for all controls.
    """

    classes: Mapping[str, str]
    attributes: Mapping[str, Mapping[str, object]]

    def css(self, part: str) -> str | None:
        """Return the class of a part, None for none."""
        return self.classes.get(part, DEFAULT_CLASSES.get(part))

    def of_control(self, tag: str, kind: str) -> str | None:
        """Return the class of a control: that of its kind, of its tag, or of all controls."""
        for part in (kind, tag, "control"):
            if part in self.classes:
                return self.classes[part]
        return None


DEFAULT_CLASSES: Final = {
    **{part: part for part in ("field", "help", "errors", "group", "option")},
    "summary": "form-errors",
}
"""The classes of parts that the page gives none."""

PLAIN: Final = Look({}, {})
