"""The buttons that change a form and run nothing: they add and remove rows, and show another kind of a union."""

from __future__ import annotations

from collections.abc import Iterable

from ..._forms.edits import ADD, REMOVE
from ..._forms.names import steps_of
from ..._forms.tree import Pair
from .known_paths import EACH
from .look import Look
from .markup import element
from .words import Translate, Word


class EditButtons:
    """The buttons of one form of one request. A button has the name of what it does, and as its value that of a place.

    Args:
        edit: The button that was pressed; None for a form that was not changed.
        look: The classes and attributes of the form's parts.
        translate: Says the library's own words.
    """

    __slots__ = ("_look", "_name", "_steps", "_translate")

    def __init__(self, edit: Pair | None, look: Look, translate: Translate | None) -> None:
        self._name = ""
        self._steps: tuple[str, ...] = ()
        if edit is not None:
            self._name, self._steps = edit[0], steps_of(edit[1])
        self._look = look
        self._translate = translate

    def has_pressed(self, name: str, value: str) -> bool:
        """Return whether a button has changed the form."""
        return self._name == name and self._steps == steps_of(value)

    def takes_focus(self, name: str, value: str) -> bool:
        """Return whether a button has the focus: the one that adds rows, of a list that has lost one."""
        return name == ADD and self._name == REMOVE and self._steps[:-1] == steps_of(value)

    def markup(self, name: str, value: str, word: Word, label: str, around: Iterable[tuple[str, str]]) -> str:
        """Return a button.

        A form has many of one word, which a screen reader lists without what is around them: their
        names say more.

        Args:
            name: What it does: ``ADD``, ``REMOVE`` or ``SWITCH``.
            value: The name of the place that it changes.
            word: Its caption.
            label: The label of that place.
            around: The names and labels of the rows around it, outermost first.
        """
        caption = str(word) if self._translate is None else self._translate(word.type, word.english)
        attributes: dict[str, object] = {"type": "submit", "name": name, "value": value, "formnovalidate": True}
        if self.takes_focus(name, value):
            attributes["autofocus"] = True
        attributes["form"] = self._look.attributes.get(EACH, {}).get("form")
        accessible_name = None
        if label:
            # A row that is itself a list or a union is the place of its own buttons.
            outer = [row_label for row_name, row_label in around if row_name != value]
            accessible_name = f"{caption}: {', '.join([*outer, label])}"
        css = self._look.classes.get("button")
        return element("button", {**attributes, "class": css, "aria-label": accessible_name}, caption)
