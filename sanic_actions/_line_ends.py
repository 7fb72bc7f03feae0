"""Compare files with what they should hold, whatever ends their lines.

git checks files out with CRLF where it is configured to (``core.autocrlf``, ``eol=crlf``), as it
often is on Windows.
"""

from __future__ import annotations

from pathlib import Path


def holds(path: Path, content: bytes) -> bool:
    """Return whether a file holds a text, with the line ends of the text or of Windows."""
    written = path.read_bytes()
    return written == content or written.replace(b"\r\n", b"\n") == content
