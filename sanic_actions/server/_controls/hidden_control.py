"""Hidden values of a form, which are sent without being shown."""

from __future__ import annotations

from .control import Control


class HiddenControl(Control):
    """Values that are sent unseen, so that there is no label and no messages."""

    __slots__ = ()

    @property
    def label(self) -> str:
        return ""

    def _own_markup(self) -> str:
        if self.value:
            return super()._own_markup()
        return ""
