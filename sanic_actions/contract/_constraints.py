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
    old = _limit(name, old)
    new = _limit(name, new)
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
    for name, other in _PARTNERS.items():
        if name in old and other in new and name not in new and other not in old:
            yield name, other, _crossed(name, old[name], new[other], is_whole)


def _crossed(name: str, first: Any, second: Any, is_whole: bool) -> Loosening | None:
    """Return the effect of a bound that became its partner: exclusive or inclusive."""
    if is_whole and type(first) is type(second) is int:
        # The first integer that each bound allows: gt=0 is ge=1.
        first += _STEPS.get(name, 0)
        second += _STEPS.get(_PARTNERS[name], 0)
    if first != second:
        return _moved_bound(name, first, second)
    if is_whole:
        return None
    if name in _STEPS:
        return "widened"
    return "narrowed"


_PARTNERS: Final[Mapping[str, str]] = {"gt": "ge", "ge": "gt", "lt": "le", "le": "lt"}
"""Each bound with the one that differs from it in whether the limit itself is allowed."""
_STEPS: Final[Mapping[str, int]] = {"gt": 1, "lt": -1}
"""The exclusive bounds, with the step from the limit to the first integer that is allowed."""


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
    if is_higher == (name in _UPPER_BOUNDS):
        return "widened"
    return "narrowed"


def _other_choices(old: set[str], new: set[str]) -> Loosening:
    if old < new:
        return "widened"
    if new < old:
        return "narrowed"
    return "both"
