"""One place of a form before it is known what answers it, and what it stands for when it is left blank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._forms.names import EMPTY, NULL
from .types import TEXTS, Peeled
from .values import ABSENT, Given, Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One place of the form: what is asked for there, and what it holds."""

    path: str
    name: str
    label: str
    peeled: Peeled
    given: Given
    required: bool = True
    """Whether the input lacks something without it."""
    default: Given | None = None
    """What the input has without it; None where that cannot be known."""
    optional: bool = False
    """Whether it is part of something that may be left blank, a row or an optional group."""
    defaults: bool = True
    """Whether defaults are shown; not in what was submitted, nor where blank means nothing."""
    nested: bool = False
    marks: Marks | None = None
    """The marks that its place needs; None to derive them from its type."""
    trail: tuple[Any, ...] = ()
    """The object types around it."""

    @property
    def needed(self) -> bool:
        """Whether a browser shall insist on it."""
        return self.required and not self.optional and not self.peeled.nullable

    @property
    def present(self) -> bool:
        """Whether it holds anything but None."""
        return self.given.known and not self.given.null

    @property
    def absent_is_none(self) -> bool:
        """Whether the input has None where nothing is sent, for a type that has None."""
        return self.required or (self.default is not None and self.default.null)

    @property
    def absent_is_false(self) -> bool:
        """Whether the input has False where nothing is sent, for a truth value."""
        if self.nested:
            return False  # it may be what makes an object of a group that is otherwise blank
        return self.required or (self.default is not None and self.default.text == "false")


def text_marks(ask: Ask, type: str) -> Marks:
    """What one blank control stands for, where that is not what the server makes of it by itself."""
    if ask.marks is not None:
        return ask.marks
    if ask.peeled.secret:
        return () if ask.required and not ask.peeled.nullable else ((ABSENT, ask.name),)
    if type == "file" or (ask.present and ask.given.blank):
        return ()
    keeps_blank = type in TEXTS
    if ask.peeled.nullable and (keeps_blank or not ask.absent_is_none):
        return ((NULL, ask.name),)
    return ((ABSENT, ask.name),) if keeps_blank and not ask.required and ask.default is None else ()


def choice_marks(ask: Ask) -> Marks:
    """What the blank choice stands for."""
    if ask.marks is not None:
        return ask.marks
    return ((NULL, ask.name),) if ask.peeled.nullable and not ask.absent_is_none else ()


def group_marks(ask: Ask, *, empty: bool) -> Marks:
    """An optional group that is left blank is None, or what it is by default."""
    if ask.marks is not None or not ask.name:
        return ask.marks or ()
    if empty:
        return ((EMPTY, ask.name),) if ask.present else ()
    if ask.present and ask.given.blank:
        return ()
    if ask.peeled.nullable:
        return ((NULL, ask.name),)
    return () if ask.required else ((ABSENT, ask.name),)


def list_marks(ask: Ask) -> Marks:
    """What a list stands for in which nothing is filled in or chosen."""
    if ask.marks is not None or not ask.name:
        return ask.marks or ()
    if ask.given.null:
        return () if ask.absent_is_none else ((NULL, ask.name),)
    absent_is_empty = ask.required and not ask.peeled.nullable
    if ask.default is not None and ask.default.empty:
        absent_is_empty = True
    blank_rows = ask.given.rows and ask.given.blank
    return () if absent_is_empty or blank_rows or not ask.given.known else ((EMPTY, ask.name),)
