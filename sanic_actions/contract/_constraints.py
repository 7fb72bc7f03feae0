"""Whether a constraint that changed lets more values through, fewer, or others."""

from __future__ import annotations

from typing import Any, Final, Literal

Loosening = Literal["widened", "narrowed", "both"]

_LOWER_BOUNDS: Final = frozenset({"gt", "ge", "min_length"})
_UPPER_BOUNDS: Final = frozenset({"lt", "le", "max_length", "max_digits", "decimal_places", "max_bytes"})


def loosening(name: str, old: Any, new: Any) -> Loosening | None:
    """Return what a constraint's new value does to the values of a type; None for nothing."""
    if old == new:
        return None
    is_bound = name in _LOWER_BOUNDS or name in _UPPER_BOUNDS
    if name == "allow_inf_nan":
        change: Loosening = "widened" if new else "narrowed"
    elif old is None:
        change = "narrowed"
    elif new is None:
        change = "widened"
    elif is_bound:
        change = _moved_bound(name, old, new)
    elif name == "accept":
        change = _other_choices({*old}, {*new})
    else:
        # A pattern, a multiple, a strictness: which values are lost and won, nobody computes here.
        change = "both"
    return change


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
