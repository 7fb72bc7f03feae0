"""The limits of a type as attributes of a control, and what browsers make of them.

The law of this file: a limit in the page never refuses what the server accepts. Where HTML cannot say exactly what the
type says, it says less.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import pydantic

from ..._files import Accept, MaxBytes
from .patterns import html_pattern
from .types import TEXTS, Peeled, is_a

Attributes = dict[str, str | Literal[True]]


def constraints(peeled: Peeled, type: str) -> Attributes:
    """The attributes that say what the type allows."""
    reader = _CONSTRAINTS.get(type, _text_constraints if type in TEXTS else None)
    return {} if reader is None else reader(peeled)


def fits(type: str, text: str) -> bool:
    """Whether a control of this type can show a text; browsers blank what it cannot."""
    if not text:
        return True
    if type == "number":
        return re.fullmatch(r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) is not None
    grammar = _MOMENTS.get(type)
    if grammar is None:
        return True
    pattern, read = grammar
    if re.fullmatch(pattern, text, re.ASCII) is None:
        return False
    try:
        read(text)
    except ValueError:
        return False
    return True


def on_step(attributes: Attributes, text: str) -> bool:
    """Whether a number lies on the steps of its control; else a browser would count the steps from it."""
    step = attributes.get("step", "any")
    if step in ("any", True) or not text:
        return True
    if len(text) > LONGEST_NUMBER:
        return False
    try:
        return (Decimal(text) - Decimal(str(attributes.get("min", 0)))) % Decimal(str(step)) == 0
    except ArithmeticError:  # 9.9e999999 overflows, 1e28 cannot be divided to the last digit
        return False


LONGEST_NUMBER: Final = 100
"""Most characters of a number that is looked at closely."""


_MOMENTS: Final = {
    "date": (r"\d{4}-\d\d-\d\d", datetime.date.fromisoformat),
    "time": (r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?", datetime.time.fromisoformat),
    "datetime-local": (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?", datetime.datetime.fromisoformat),
}


def _text_constraints(peeled: Peeled) -> Attributes:
    if not (is_a(peeled.target, str, pydantic.EmailStr) or peeled.secret):
        return {}
    made: Attributes = {}
    for fact, attribute in (("min_length", "minlength"), ("max_length", "maxlength")):
        if fact in peeled.facts:
            made[attribute] = str(peeled.facts[fact])
    pattern = peeled.facts.get("pattern")
    if pattern is not None and not peeled.facts.get("strip_whitespace") and (found := html_pattern(pattern)):
        made["pattern"] = found
    return made


def _number_constraints(peeled: Peeled) -> Attributes:
    return _whole_numbers(peeled.facts) if is_a(peeled.target, int) else _fractions(peeled.facts)


def _whole_numbers(facts: Mapping[str, Any]) -> Attributes:
    bounds = {fact: int(bound) for fact, bound in _finite(facts)}
    low = [bounds[fact] + more for fact, more in (("ge", 0), ("gt", 1)) if fact in bounds]
    high = [bounds[fact] - less for fact, less in (("le", 0), ("lt", 1)) if fact in bounds]
    multiple = facts.get("multiple_of", 1)
    step = int(multiple) if multiple == int(multiple) and multiple > 0 else 1
    made: Attributes = {"step": str(step)}
    if low:
        made["min"] = str(-(-max(low) // step) * step)  # steps are counted from the minimum
    if high:
        made["max"] = str(min(high))
    if low and max(low) >= 0:
        made["inputmode"] = "numeric"
    return made


def _fractions(facts: Mapping[str, Any]) -> Attributes:
    low = [Decimal(str(bound)) for fact, bound in _finite(facts) if fact in ("ge", "gt")]
    high = [Decimal(str(bound)) for fact, bound in _finite(facts) if fact in ("le", "lt")]
    step = None
    if "multiple_of" in facts:
        step = Decimal(str(facts["multiple_of"]))
    elif "decimal_places" in facts:
        step = Decimal(1).scaleb(-facts["decimal_places"])
    exact = step is not None and step > 0 and (not low or max(low) % step == 0)
    made: Attributes = {"step": format(step, "f") if exact and step is not None else "any"}
    if low:
        made["min"] = format(max(low), "f")
    if high:
        made["max"] = format(min(high), "f")
    if low and max(low) >= 0:
        made["inputmode"] = "decimal"
    return made


def _finite(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for fact in ("ge", "gt", "le", "lt"):
        bound = facts.get(fact)
        if isinstance(bound, int | float | Decimal) and math.isfinite(bound):
            yield fact, bound


def _date_constraints(peeled: Peeled) -> Attributes:
    day = datetime.timedelta(days=1)
    low: list[datetime.date] = []
    high: list[datetime.date] = []
    for fact, bounds, more in (("ge", low, None), ("gt", low, day), ("le", high, None), ("lt", high, -day)):
        bound = peeled.facts.get(fact)
        if isinstance(bound, datetime.date) and not isinstance(bound, datetime.datetime):
            bounds.append(bound + more if more else bound)
    return {
        **({"min": max(low).isoformat()} if low else {}),
        **({"max": min(high).isoformat()} if high else {}),
    }


def _moment_constraints(peeled: Peeled) -> Attributes:
    made: Attributes = {"step": "any"}  # or only whole minutes could be entered
    for attribute, facts in (("min", ("ge", "gt")), ("max", ("le", "lt"))):
        bound = next((peeled.facts[fact] for fact in facts if fact in peeled.facts), None)
        if isinstance(bound, datetime.datetime | datetime.time) and bound.tzinfo is None:
            made[attribute] = bound.isoformat(timespec=_precision(bound))
    return made


def _precision(moment: datetime.datetime | datetime.time) -> str:
    return "milliseconds" if moment.microsecond else "seconds" if moment.second else "minutes"


def _file_constraints(peeled: Peeled) -> Attributes:
    made: Attributes = {}
    for mark in peeled.marks:
        if isinstance(mark, Accept):
            made["accept"] = ",".join(mark.types)
        elif isinstance(mark, MaxBytes):
            made["data-max-bytes"] = str(mark.limit)
    return made


_CONSTRAINTS: Final = {
    "number": _number_constraints,
    "date": _date_constraints,
    "time": _moment_constraints,
    "datetime-local": _moment_constraints,
    "file": _file_constraints,
}


# Names

_AUTOCOMPLETE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("name", "full_name", "your_name"), "name"),
    **dict.fromkeys(("first_name", "given_name", "forename"), "given-name"),
    **dict.fromkeys(("last_name", "family_name", "surname"), "family-name"),
    **dict.fromkeys(("username", "user_name", "login"), "username"),
    **dict.fromkeys(("email", "email_address", "mail"), "email"),
    **dict.fromkeys(("phone", "phone_number", "telephone", "tel", "mobile"), "tel"),
    **dict.fromkeys(("street", "street_address", "address_line1", "address_line_1"), "address-line1"),
    **dict.fromkeys(("address_line2", "address_line_2"), "address-line2"),
    **dict.fromkeys(("city", "town"), "address-level2"),
    **dict.fromkeys(("postal_code", "postcode", "zip", "zip_code"), "postal-code"),
    **dict.fromkeys(("country", "country_name"), "country-name"),
    **dict.fromkeys(("company", "organization", "organisation"), "organization"),
    **dict.fromkeys(("birthday", "birth_date", "birthdate", "date_of_birth"), "bday"),
    **dict.fromkeys(("otp", "one_time_code", "totp"), "one-time-code"),
    **dict.fromkeys(("website", "homepage"), "url"),
}
"""Autofill field names (HTML standard, "autofill") by what fields are usually called."""


def autofill(name: str, type: str, peeled: Peeled) -> Attributes:
    """The attributes that follow from what a field is called."""
    plain = name.lower()
    if type == "password":
        made = "one-time-code" if _AUTOCOMPLETE.get(plain) == "one-time-code" else _password(plain, peeled)
        return {"autocomplete": made}
    token = _AUTOCOMPLETE.get(plain) or {"email": "email", "tel": "tel"}.get(type)
    if token is None or type not in TEXTS | {"date"} or type == "textarea":
        return {}
    keyboard: Attributes = {"inputmode": token} if (token, type) == ("tel", "text") else {}
    return {"autocomplete": token, **keyboard}


def _password(name: str, peeled: Peeled) -> str:
    """Rules for a password, or a word like "new", mean that one is being chosen, not entered."""
    if "pass" not in name:
        return "off"
    chosen = {"min_length", "pattern"} & peeled.facts.keys() or re.search("new|confirm|repeat|again", name)
    return "new-password" if chosen else "current-password"
