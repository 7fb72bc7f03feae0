"""Whether a constraint that changed lets more values through, fewer, or others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException
from types import MappingProxyType
from typing import Any, Final, Literal

Loosening = Literal["widened", "narrowed", "both"]
Json = dict[str, Any]

_LOWER_BOUNDS: Final = frozenset({"gt", "ge", "min_length"})
_UPPER_BOUNDS: Final = frozenset(
    {"lt", "le", "max_length", "max_digits", "decimal_places", "max_bytes", "url_max_length"}
)
_CHOICES: Final = frozenset({"accept", "url_allowed_schemes"})
_PERMISSIONS: Final = frozenset({"allow_inf_nan"})
"""Constraints whose presence lets more values through."""
_ENCODINGS: Final = frozenset({"encoding"})
"""Constraints that change how a value is written, also when they appear or go."""
_NEUTRAL: Final[Mapping[str, object]] = MappingProxyType(
    {"min_length": 0, "strict": False, "allow_inf_nan": False, "ascii_only": False, "url_host_required": False}
)
"""Values that say the same as no value."""


def loosening(name: str, old: Any, new: Any) -> Loosening | None:
    """Return what the new value of a constraint does to the values of a type; None for nothing.

    Args:
        name: The name of the constraint.
        old: Its value before; None where it was not stated.
        new: Its value after.
    """
    old, new = _limit(name, old), _limit(name, new)
    if old == new:
        return None
    if name in _PERMISSIONS:
        old, new = new, old
    if name in _ENCODINGS or None not in (old, new):
        return _other_value(name, old, new)
    if old is None:
        return "narrowed"
    return "widened"


def _limit(name: str, value: Any) -> Any:
    """Return the value of a constraint; None for one that says nothing."""
    if value == _NEUTRAL.get(name):
        return None
    return value


def _other_value(name: str, old: Any, new: Any) -> Loosening:
    if name in _LOWER_BOUNDS or name in _UPPER_BOUNDS:
        return _moved_bound(name, old, new)
    if name in _CHOICES:
        return _other_choices({*old}, {*new})
    if name == "multiple_of":
        return _other_multiple(old, new)
    # A pattern or a version, say: which values are lost and won is not computed.
    return "both"


def crossed_edges(old: Json, new: Json) -> Iterator[tuple[str, str, Loosening | None]]:
    """Yield each bound that became exclusive or inclusive: both names, and the effect on the values."""
    is_whole = old["of"] == new["of"] == "int"
    for exclusive, inclusive, step in (("gt", "ge", 1), ("lt", "le", -1)):
        for name, other in ((exclusive, inclusive), (inclusive, exclusive)):
            if name in old and other in new and name not in new and other not in old:
                first, second = old[name], new[other]
                if is_whole and type(first) is type(second) is int:
                    # To an int, gt=0 is ge=1.
                    first += step * (name == exclusive)
                    second += step * (other == exclusive)
                yield name, other, _crossed(inclusive, first, second, is_whole, other == inclusive)


def _crossed(name: str, first: Any, second: Any, is_whole: bool, is_looser: bool) -> Loosening | None:
    if first != second:
        return _moved_bound(name, first, second)
    if is_whole:
        return None
    if is_looser:
        return "widened"
    return "narrowed"


def _other_multiple(old: Any, new: Any) -> Loosening:
    if _divides(new, old):
        return "widened"
    if _divides(old, new):
        return "narrowed"
    return "both"


def _divides(divisor: Any, number: Any) -> bool:
    try:
        return Decimal(str(number)) % Decimal(str(divisor)) == 0
    except DecimalException:
        return False  # zero, or more digits than are looked at


def _moved_bound(name: str, old: Any, new: Any) -> Loosening:
    try:
        is_higher = float(new) > float(old)
    except (TypeError, ValueError, OverflowError):
        # A date, which sorts like its string, or an integer that is too large for a float.
        is_higher = str(new) > str(old)
    if name in _UPPER_BOUNDS:
        is_looser = is_higher
    else:
        is_looser = not is_higher
    if is_looser:
        return "widened"
    return "narrowed"


def _other_choices(old: set[str], new: set[str]) -> Loosening:
    if old < new:
        return "widened"
    if new < old:
        return "narrowed"
    return "both"
