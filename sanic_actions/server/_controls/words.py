"""The library's own words in a form, which a hook may say in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol


class Translate(Protocol):
    """Says a word in the visitor's language."""

    def __call__(self, type: str, sentence: str, values: Mapping[str, object] = {}, /) -> str:
        """Return a word, by its type and its English form; ``values`` fill the braces in it."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the library."""

    type: str
    english: str

    def __str__(self) -> str:
        return self.english


YES: Final = Word("yes", "Yes")
NO: Final = Word("no", "No")
BLANK: Final = Word("blank_choice", "\u2014")
ADD: Final = Word("add_row", "Add another")
REMOVE: Final = Word("remove_row", "Remove")
SWITCH: Final = Word("switch", "Choose")
UPLOAD: Final = Word("upload", "Upload")
UNANSWERED: Final = Word("unanswered", "No answer came.")
KEPT: Final = Word("kept", "What you entered is still here: please try again.")
TOO_LARGE: Final = Word("too_large", "Must be at most %s")
UPLOAD_KEPT: Final = Word("upload_kept", "{name} is kept; choose another to replace it.")
UPLOADS_KEPT: Final = Word("upload_kept", "{name} is kept; choose others to replace it.")
DROP_UPLOAD: Final = Word("drop_upload", "Remove {name}")
SEND: Final = Word("send", "Send")

OF_THE_SCRIPT: Final = (UNANSWERED, KEPT, TOO_LARGE)
"""The words that the script for browsers shows; it has them in English itself."""


def translated(text: object, translate: Translate | None) -> str:
    """Return a text in the visitor's language; a lazy one is made a string for this request."""
    if translate is not None and isinstance(text, Word):
        return translate(text.type, text.english)
    return str(text)


def is_plain(text: object) -> bool:
    """Return whether a text is the same for all requests; lazy ones may be ``str`` subclasses."""
    return type(text) is str
