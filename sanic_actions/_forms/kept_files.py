"""The hidden controls of files that were sent before and are kept on the server for the form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

UPLOAD: Final = "_action.upload"
"""Hidden control of a kept file: the name of its control, "=", and its token."""

DROP: Final = "_action.drop"
"""Box that drops a kept file when the form is sent; its value is that of the hidden control."""


class KeptUpload(NamedTuple):
    """A file that is kept on the server: the name of its control, its token, and its file name."""

    name: str
    token: str
    file_name: str

    @property
    def value(self) -> str:
        """The text of its hidden control."""
        return f"{self.name}={self.token}"


def by_name(uploads: Iterable[KeptUpload]) -> dict[str, list[KeptUpload]]:
    """Return kept files by the names of their controls."""
    named: dict[str, list[KeptUpload]] = {}
    for upload in uploads:
        named.setdefault(upload.name, []).append(upload)
    return named
