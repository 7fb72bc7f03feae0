"""The name of a file in the header Content-Disposition of a response (RFC 6266).

The header is written and read here, so that both ends agree; both make a name safe before using it.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from .._files import safe_name


def disposition(name: str) -> str:
    """Return the header of a file that is to be saved under a safe name, which may be empty."""
    if not name:
        return "attachment"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    header = f'attachment; filename="{plain}"'
    # A browser may read "%41" in the plain name as "A"; the other says what is meant (RFC 8187).
    if plain != name or "%" in name:
        header += f"; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE_CHARACTERS)}"
    return header


def is_attachment(header: str) -> bool:
    """Return whether a header says that a file is to be saved."""
    return header.partition(";")[0].strip().lower() == "attachment"


def name_in(header: str) -> str:
    """Return the safe name in a header, the extended one first; empty if there is none."""
    names: dict[str, str] = {}
    # Bounded by MAX_HEADER; the pattern never backtracks, so its time is linear.
    for match in _PARAMETER.finditer(header[:MAX_HEADER]):
        key = match["key"].lower()
        if key in names:
            continue
        if match["quoted"] is not None:
            names[key] = re.sub(r"\\(.)", r"\1", match["quoted"])
        else:
            names[key] = match["token"]
    return safe_name(_extended(names.get("filename*", "")) or names.get("filename", ""))


def _extended(value: str) -> str:
    """Return the string in an extended value (RFC 8187, 3.2); empty for any other value."""
    charset, _, rest = value.partition("'")
    _, mark, escapes = rest.partition("'")
    if not mark or charset.lower() not in ("utf-8", "iso-8859-1"):
        return ""
    return unquote_to_bytes(escapes).decode(charset, "replace")


MAX_HEADER: Final = 4096
"""Characters of the header that are read: a name of 200 bytes takes 600 of them, escaped."""

_ATTRIBUTE_CHARACTERS: Final = "!#$&+-.^_`|~"
_PARAMETER: Final = re.compile(
    r""";\s*(?P<key>[\w*-]{1,40})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s;"]+))"""
)
