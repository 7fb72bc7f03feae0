"""A form that has been read, and the limits within which it was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from .._errors import ActionError, Code
from .._files import UploadedFile
from ._spool import Spool

FIELDS: Final = "fields"
FILES: Final = "files"
TEXT: Final = "bytes of text"
NAMES: Final = "bytes in a name"
"""The things that are counted in a form, in the words of its error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """How much of a form is read. The body's whole size is counted elsewhere, as it arrives."""

    fields: int = 1_000
    files: int = 100
    text_bytes: int = 1024 * 1024
    """All names and texts together, in bytes."""
    header_bytes: int = 4 * 1024
    """One header line of a part, and one name."""
    headers: int = 8
    """Header lines of one part."""
    memory: int = 1024 * 1024
    """Bytes of all files of a form that are kept in memory; what exceeds it goes to disk."""
    file_memory: int = 256 * 1024
    """Bytes of one file kept in memory."""

    def roomier(self) -> FormLimits:
        """Return the limits within which a page reads a form, to show also what is too much."""
        return replace(
            self,
            fields=SHOWN_AGAIN * self.fields,
            files=SHOWN_AGAIN * self.files,
            text_bytes=SHOWN_AGAIN * self.text_bytes,
        )


SHOWN_AGAIN: Final = 4
"""How many times more of a form a page reads than the action accepts, to show it again."""


@dataclass(slots=True)
class FormBody:
    """The controls of a form in order. Its files live until every user of it has closed it."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, UploadedFile]] = field(default_factory=list)
    spool: Spool | None = None
    """Where the large files are; urlencoded forms have none."""
    users: int = 1
    """How many have yet to close it."""
    text_bytes: int = 0
    """All names and texts together, in bytes as they were counted."""

    def check_size(self, limits: FormLimits) -> None:
        """Refuse a form that was read within wider limits.

        Raises:
            ActionError: ``CONTENT_TOO_LARGE``.
        """
        if len(self.fields) > limits.fields:
            raise too_large_error(FIELDS, limits.fields)
        if len(self.files) > limits.files:
            raise too_large_error(FILES, limits.files)
        if self.text_bytes > limits.text_bytes:
            raise too_large_error(TEXT, limits.text_bytes)

    def rewind(self) -> None:
        """Set each file that is open to its beginning, whatever somebody has read of it."""
        for _, file in self.files:
            if not file.file.closed:
                file.file.seek(0)

    def close(self) -> None:
        """Close the files, which removes them, where nobody else uses them."""
        self.users -= 1
        if self.users > 0:
            return
        for _, file in self.files:
            file.file.close()
        if self.spool is not None:
            self.spool.close()


DEFAULT_LIMITS = FormLimits()


def form_error(message: str, code: Code = "BAD_REQUEST") -> ActionError:
    """Return the error for a form that cannot be read."""
    return ActionError(code, message)


def too_large_error(things: str, limit: int) -> ActionError:
    """Return the error for a form beyond a limit; ``things`` are what was counted."""
    return note_counted(ActionError("CONTENT_TOO_LARGE", f"The form has more than {limit} {things}"), things)


def note_counted(error: ActionError, things: str) -> ActionError:
    """Note on an error what there was too much of, and return it; ``counted_by`` reads that."""
    error.__dict__["_counted"] = things
    return error


def counted_by(error: ActionError) -> str:
    """Return what there was too much of in a form; empty if the error does not say."""
    return str(error.__dict__.get("_counted", ""))


def check_charset(charset: str | None, subject: str) -> None:
    """Refuse a charset other than UTF-8."""
    if charset is not None and charset.lower() not in ("utf-8", "utf8"):
        raise form_error(f"{subject} is not in UTF-8, the one charset that forms may have")
