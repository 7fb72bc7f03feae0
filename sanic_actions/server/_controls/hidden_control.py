"""Hidden values of a form, which go along without being shown."""

from __future__ import annotations

from .control import Control


class HiddenControl(Control):
    """Values that are sent along unseen; a label and messages have no place at it."""

    __slots__ = ()

    @property
    def label(self) -> str:
        return ""

    def _own_markup(self) -> str:
        if self.value:
            return super()._own_markup()
        return ""
