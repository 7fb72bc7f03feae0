"""The limits of a type as attributes of a control, and how browsers apply them.

The rule of this file: a limit in the page never refuses a value that the server accepts. If HTML
cannot express a limit exactly, a looser one is written, or none.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import pydantic

from ..._files import Accept, MaxBytes
from .field_types import TEXTS, FieldType, is_a
from .markup import Attributes
from .patterns import html_pattern


def limit_attributes(type_: FieldType, kind: str) -> Attributes:
    """Return the attributes that limit a kind of control to the values of the type."""
    reader = _CONSTRAINTS.get(kind, _text_constraints if kind in TEXTS else None)
    if reader is None:
        return {}
    return reader(type_)


def fits(kind: str, text: str) -> bool:
    """Return whether a control of this type can show a text; browsers drop one that it cannot."""
    if not text:
        return True
    grammar = _GRAMMARS.get(kind)
    if grammar is None:
        return True
    pattern, is_one = grammar
    return re.fullmatch(pattern, text, re.ASCII) is not None and is_one(text)


def on_step(attributes: Mapping[str, object], text: str) -> bool:
    """Return whether a number is on a step of its control; if not, steps count from it."""
    step = attributes.get("step", "any")
    if step in ("any", True) or not text:
        return True
    if len(text) > LONGEST_NUMBER:
        return False
    try:
        return (Decimal(text) - Decimal(str(attributes.get("min", 0)))) % Decimal(str(step)) == 0
    except ArithmeticError:  # 9.9e999999 overflows, 1e28 cannot be divided to the last digit
        return False


def in_range(attributes: Mapping[str, object], text: str) -> bool:
    """Return whether a range control can be set to a number."""
    return float(str(attributes.get("min", 0))) <= float(text) <= float(str(attributes.get("max", 100)))


def first_text(kind: str, attributes: Mapping[str, object]) -> str:
    """Return the text of a control without a value: blank, but for kinds that have one."""
    if kind == "color":
        return "#000000"
    if kind != "range":
        return ""
    # The middle of the range, on a step of it.
    low, high = Decimal(str(attributes.get("min", 0))), Decimal(str(attributes.get("max", 100)))
    middle = low + max(high - low, Decimal(0)) / 2
    step = attributes.get("step", "1")
    if step != "any":
        steps = ((middle - low) / Decimal(str(step))).to_integral_value(ROUND_DOWN)
        middle = low + steps * Decimal(str(step))
    return format(middle, "f")


LONGEST_NUMBER: Final = 100
"""The longest number that is compared with steps here; a longer one counts as on none."""


def _is_finite(text: str) -> bool:
    return math.isfinite(float(text))


def _is_moment(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def is_moment(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return is_moment


def _any(text: str) -> bool:
    return True


_NUMBER: Final = r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", _is_finite
_TIME: Final = r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?"

_GRAMMARS: Final[Mapping[str, tuple[str, Callable[[str], bool]]]] = {
    "number": _NUMBER,
    "range": _NUMBER,
    "date": (r"\d{4}-\d\d-\d\d", _is_moment(datetime.date.fromisoformat)),
    "time": (_TIME, _is_moment(datetime.time.fromisoformat)),
    "datetime-local": (rf"\d{{4}}-\d\d-\d\d[T ]{_TIME}", _is_moment(datetime.datetime.fromisoformat)),
    "month": (r"\d{4}-(0[1-9]|1[0-2])", _any),
    "week": (r"\d{4}-W\d\d", _is_moment(datetime.date.fromisoformat)),
    "color": (r"#[0-9A-Fa-f]{6}", _any),
}
"""The values that browsers accept, by type: a pattern, and a check of texts that match it."""


def _text_constraints(type_: FieldType) -> Attributes:
    if not (is_a(type_.target, str, pydantic.EmailStr) or type_.is_secret):
        return {}
    attributes: Attributes = {}
    for fact, attribute in (("min_length", "minlength"), ("max_length", "maxlength")):
        if fact in type_.constraints:
            attributes[attribute] = str(type_.constraints[fact])
    pattern = type_.constraints.get("pattern")
    # A browser matches the text before the server strips it, and would refuse spaces around it.
    if pattern is not None and not type_.constraints.get("strip_whitespace") and (translation := html_pattern(pattern)):
        attributes["pattern"] = translation
    return attributes


def _number_constraints(type_: FieldType) -> Attributes:
    if is_a(type_.target, int):
        return _whole_numbers(type_.constraints)
    return _fractions(type_.constraints)


def _range_constraints(type_: FieldType) -> Attributes:
    attributes = _number_constraints(type_)
    attributes.pop("inputmode", None)  # a slider has no keyboard
    return attributes


def _whole_numbers(facts: Mapping[str, Any]) -> Attributes:
    bounds = {fact: int(limit) for fact, limit in _finite(facts)}
    low = [bounds[fact] + more for fact, more in (("ge", 0), ("gt", 1)) if fact in bounds]
    high = [bounds[fact] - less for fact, less in (("le", 0), ("lt", 1)) if fact in bounds]
    # A multiple that is not whole, such as 2.5, has no step: any whole number may be entered.
    multiple = facts.get("multiple_of", 1)
    step = 1
    if multiple == int(multiple) and multiple > 0:
        step = int(multiple)
    attributes: Attributes = {"step": str(step)}
    if low:
        attributes["min"] = str(-(-max(low) // step) * step)  # steps are counted from the minimum
    if high:
        attributes["max"] = str(min(high))
    if low and max(low) >= 0:  # the keypad that phones show for numbers has no minus sign
        attributes["inputmode"] = "numeric"
    return attributes


def _fractions(facts: Mapping[str, Any]) -> Attributes:
    # HTML has no exclusive bounds: the value of "gt" itself is left to the server to refuse.
    low = [Decimal(str(limit)) for fact, limit in _finite(facts) if fact in ("ge", "gt")]
    high = [Decimal(str(limit)) for fact, limit in _finite(facts) if fact in ("le", "lt")]
    step = None
    if "multiple_of" in facts:
        step = Decimal(str(facts["multiple_of"]))
    elif "decimal_places" in facts:
        step = Decimal(1).scaleb(-facts["decimal_places"])
    # Browsers count steps from the minimum, which must be on a step itself.
    exact = step is not None and step > 0 and (not low or max(low) % step == 0)
    attributes: Attributes = {"step": format(step, "f") if exact and step is not None else "any"}
    if low:
        attributes["min"] = format(max(low), "f")
    if high:
        attributes["max"] = format(min(high), "f")
    if low and max(low) >= 0:
        attributes["inputmode"] = "decimal"
    return attributes


def _finite(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for fact in ("ge", "gt", "le", "lt"):
        limit = facts.get(fact)
        if isinstance(limit, int | float | Decimal) and math.isfinite(limit):
            yield fact, limit


def _date_constraints(type_: FieldType) -> Attributes:
    day = datetime.timedelta(days=1)
    low: list[datetime.date] = []
    high: list[datetime.date] = []
    for fact, bounds, more in (("ge", low, None), ("gt", low, day), ("le", high, None), ("lt", high, -day)):
        limit = type_.constraints.get(fact)
        if isinstance(limit, datetime.date) and not isinstance(limit, datetime.datetime):
            bounds.append(limit + more if more else limit)
    return {
        **({"min": max(low).isoformat()} if low else {}),
        **({"max": min(high).isoformat()} if high else {}),
    }


def _moment_constraints(type_: FieldType) -> Attributes:
    attributes: Attributes = {"step": "any"}  # or only whole minutes could be entered
    for attribute, facts in (("min", ("ge", "gt")), ("max", ("le", "lt"))):
        limit = next((type_.constraints[fact] for fact in facts if fact in type_.constraints), None)
        # These controls have no zone, so that a limit with one cannot be compared with their
        # values.
        if isinstance(limit, datetime.datetime | datetime.time) and limit.tzinfo is None:
            attributes[attribute] = limit.isoformat(timespec=_precision(limit))
    return attributes


def _precision(moment: datetime.datetime | datetime.time) -> str:
    # Browsers take three digits of a second at most (HTML standard, "valid time string").
    if moment.microsecond:
        return "milliseconds"
    if moment.second:
        return "seconds"
    return "minutes"


def _file_constraints(type_: FieldType) -> Attributes:
    attributes: Attributes = {}
    for mark in type_.metadata:
        if isinstance(mark, Accept):
            attributes["accept"] = ",".join(mark.types)
        elif isinstance(mark, MaxBytes):
            attributes["data-max-bytes"] = str(mark.limit)
    return attributes


_CONSTRAINTS: Final = {
    "number": _number_constraints,
    "range": _range_constraints,
    "date": _date_constraints,
    "time": _moment_constraints,
    "datetime-local": _moment_constraints,
    "file": _file_constraints,
}
