"""The verdict on each kind of change: one table, which the documentation shows too.

There are two audiences: clients that are deployed already and see only the *wire*, and callers
whose *source* is checked against a package that is generated anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Wire = Literal["fine", "dangerous", "breaking"]
Level = Literal["wire", "source"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The meaning of a change for callers.

    Attributes:
        wire: The effect on clients that are deployed already.
        source: Whether callers that are checked against the new package may have to change.
        served: Whether a server may still count the older contract as served.
    """

    wire: Wire
    source: Literal["fine", "breaking"]
    served: bool

    def __str__(self) -> str:
        """Return the verdict in the words of ``sanic-actions diff``."""
        return self.at("source")

    def at(self, level: Level) -> str:
        """Return the verdict at a level, in the words of ``sanic-actions diff``."""
        if self.wire == "breaking":
            return "breaking on the wire"
        if level == "source" and self.source == "breaking":
            return "breaking in source"
        return self.wire


_FINE: Final = Verdict("fine", "fine", served=True)
_DANGEROUS: Final = Verdict("dangerous", "fine", served=True)
_SOURCE: Final = Verdict("fine", "breaking", served=True)
# A deployed client still sends the field. The server ignores it, and so does not do what the caller
# means.
_REMOVAL: Final = Verdict("dangerous", "breaking", served=False)
_BREAKING: Final = Verdict("breaking", "breaking", served=False)

VERDICTS: Final = MappingProxyType(
    {
        "action added": _FINE,
        "action removed": _BREAKING,
        "encoding added": _FINE,
        "encoding removed": _BREAKING,
        # Deployed clients still send keys, or still send none.
        "once turned on": _DANGEROUS,
        "once turned off": _DANGEROUS,
        # Deployed clients with retries send a call again that may have run.
        "idempotent turned on": _FINE,
        "idempotent turned off": _DANGEROUS,
        # Without ids, clients cannot resume a stream where it broke off.
        "event ids turned on": _FINE,
        "event ids turned off": _DANGEROUS,
        "stream changed": _BREAKING,
        "download changed": _BREAKING,
        "input appeared": _BREAKING,
        "optional input appeared": _FINE,
        "input disappeared": _REMOVAL,
        "input field added, required": _BREAKING,
        "input field added, optional": _FINE,
        "input field removed": _REMOVAL,
        "input field removed, extra forbidden": _BREAKING,
        "input became required": _BREAKING,
        "input became optional": _FINE,
        "input narrowed": _BREAKING,
        "input widened": _FINE,
        # Clients ignore fields that they do not know, and have no value for one that is gone.
        "output field added": _FINE,
        # In a union it may be what tells one member from another, so clients keep it there.
        "output field added, extra forbidden": _BREAKING,
        "output field removed": _BREAKING,
        "output became required": _FINE,
        "output became optional": _BREAKING,
        "output narrowed": _FINE,
        "output widened": _BREAKING,
        "type changed": _BREAKING,
        "alias changed": _BREAKING,
        "discriminator changed": _BREAKING,
        "encoding changed": _BREAKING,
        # Deployed clients that leave the field out are given another value.
        "default changed": _DANGEROUS,
        # Of an output: callers who make such an object themselves have to state the value.
        "default added": _FINE,
        "default removed": _SOURCE,
        # A deployed client raises CallError for an unknown error. In source, a match over all
        # errors is no longer exhaustive.
        "error added": _SOURCE,
        "error removed": _FINE,
        "error code changed": _SOURCE,
        # Names of classes and members are not sent. Callers import them, by a short name that stays
        # the same when a class moves.
        "class moved": _FINE,
        "class renamed": _SOURCE,
        "member renamed": _SOURCE,
        "field order changed": _SOURCE,
        "base class added": _FINE,
        "base class removed": _SOURCE,
        "frozen turned on": _SOURCE,
        "frozen turned off": _SOURCE,
        "order turned on": _FINE,
        "order turned off": _SOURCE,
        "hash turned on": _FINE,
        "hash turned off": _SOURCE,
    }
)
