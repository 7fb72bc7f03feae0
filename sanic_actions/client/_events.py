"""Reads server-sent events as the HTML standard has them (section 9.2.6), from chunks of any size.

What a server sends is bounded: neither a line nor the data of an event is longer than ``MAX_ITEM``,
and nothing is kept but the chunk at hand and the parts of an unfinished event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ._transport import MAX_BYTES, BadResponse

MAX_ITEM: Final = MAX_BYTES
"""Bytes of a line, and of the data of one event: as much as is read of any answer."""


class ServerEvent(NamedTuple):
    """One event.

    Attributes:
        name: What kind of event it is; ``message`` where it does not say.
        data: Its data, lines joined by LF.
        id: Its own id; None where it has none.
    """

    name: bytes
    data: bytes
    id: bytes | None


class EventReader:
    """Reads the events of one answer."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line that is not whole
        self._size = 0
        self._ended_with_cr = False
        self._is_first = True
        self._data: list[bytes] = []
        self._length = 0
        self._name = b""
        self._id: bytes | None = None

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """Yield the events that a chunk completes.

        Raises:
            BadResponse: A line, or the data of an event, is longer than ``MAX_ITEM``.
        """
        # A CR LF that two chunks share is one line end, not two.
        if self._ended_with_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._ended_with_cr = chunk.endswith(b"\r")
        if b"\n" not in chunk and b"\r" not in chunk:
            self._keep(chunk)
            return
        # Joined only where a line ends, so that a long one is not copied for each of its chunks.
        text = b"".join([*self._parts, chunk])
        self._parts, self._size = [], 0
        lines = text.splitlines()
        if not text.endswith((b"\n", b"\r")):
            self._keep(lines.pop())
        for line in lines:
            if self._is_first:
                self._is_first = False
                line = line.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901  # a byte order mark
            if line:
                self._field(line)
            elif (event := self._dispatch()) is not None:
                yield event

    def _keep(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)
        _check(self._size)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._length += len(line) + 1  # all of it: a million empty lines are no less to keep
            _check(self._length)
        elif name == b"event":
            self._name = value
        elif name == b"id" and b"\0" not in value:
            self._id = value

    def _dispatch(self) -> ServerEvent | None:
        event = None
        if self._data:
            event = ServerEvent(self._name or b"message", b"\n".join(self._data), self._id)
        self._clear()
        return event

    def _clear(self) -> None:
        self._data, self._length = [], 0
        self._name, self._id = b"", None


def _check(size: int) -> None:
    if size > MAX_ITEM:
        raise BadResponse(f"an event has more than {MAX_ITEM} bytes", 200)
