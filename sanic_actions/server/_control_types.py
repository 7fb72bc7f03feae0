"""What HTML can say about one value of a type: the kind of control, its constraints and its choices.

The law of this file: a constraint in the page never refuses what the server accepts. Where HTML cannot say exactly what
the type says, it says less.
"""

from __future__ import annotations

import datetime
import enum
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import pydantic
from pydantic import RootModel
from pydantic.fields import FieldInfo

from .._annotations import behind_alias, class_of, is_union
from .._files import Accept, MaxBytes, UploadedFile
from .._form_names import control_text
from ._control_patterns import html_pattern

Attributes = dict[str, str | Literal[True]]

LONG: Final = 200
"""A text that may be longer than this gets a text area."""

FORM: Final = "form"
"""Where ``json_schema_extra`` of a field holds what its control should be: a ``widget``, ``options``, attributes."""


@dataclass(slots=True)
class Peeled:
    """A type without its wrappers, and what the wrappers said."""

    target: Any
    nullable: bool = False
    title: str = ""
    help: str = ""
    discriminator: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """The constraints by their names: ``ge``, ``max_length``, ``pattern``, ..."""
    marks: list[object] = field(default_factory=list)
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def secret(self) -> bool:
        """Whether the value must never be written into a page."""
        return _is(self.target, pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret)

    @property
    def file(self) -> bool:
        """Whether the value is an uploaded file."""
        return _is(self.target, UploadedFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that can be chosen."""

    value: str
    label: str


def peel(annotation: Any, info: FieldInfo | None = None) -> Peeled:
    """Look behind ``Annotated``, aliases, ``X | None`` and root models."""
    peeled = Peeled(annotation)
    if info is not None:
        _read(peeled, info)
    while True:
        inner = _inner(peeled)
        if inner is peeled.target:
            return peeled
        peeled.target = inner


def _inner(peeled: Peeled) -> Any:
    target = peeled.target
    if get_origin(target) is Annotated:
        inner, *metadata = get_args(target)
        for item in metadata:
            _read(peeled, item)
        return inner
    if is_union(target):
        members = [member for member in get_args(target) if member is not NoneType]
        if len(members) < len(get_args(target)):
            peeled.nullable = True
            return Union[tuple(members)]  # noqa: UP007  # made at run time
        return target
    cls = class_of(target)[0]
    if isinstance(cls, type) and issubclass(cls, RootModel):
        return cls.__pydantic_fields__["root"].rebuild_annotation()
    return behind_alias(target)


_FACTS: Final = (
    *("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern"),
    *("decimal_places", "strip_whitespace"),
)


def _read(peeled: Peeled, item: object) -> None:
    """One piece of metadata; what stands further outside has been read before and wins."""
    if isinstance(item, FieldInfo):
        peeled.title = peeled.title or item.title or ""
        peeled.help = peeled.help or item.description or ""
        extra = item.json_schema_extra
        if isinstance(extra, Mapping) and isinstance(given := extra.get(FORM), Mapping):
            peeled.form = {**given, **peeled.form}
        for inner in item.metadata:
            _read(peeled, inner)
    if isinstance(name := getattr(item, "discriminator", None), str):
        peeled.discriminator = peeled.discriminator or name
    for fact in _FACTS:
        if (value := getattr(item, fact, None)) is not None:
            peeled.facts.setdefault(fact, value)
    peeled.marks.append(item)


def _is(target: Any, *classes: type) -> bool:
    target = get_origin(target) or target
    return isinstance(target, type) and issubclass(target, classes)


# Choices


def choices_of(peeled: Peeled) -> tuple[Choice, ...] | None:
    """The values of an enum or a Literal, with their labels; None for other types."""
    named = peeled.form.get("options")
    labels: Mapping[str, str] = named if isinstance(named, Mapping) else {}
    target = peeled.target
    if _is(target, enum.Enum) and not _is(target, enum.Flag):
        found = [(control_text(member.value), _member_label(member)) for member in target]
    elif get_origin(target) is Literal:
        found = [(control_text(value), control_text(value)) for value in _literal_values(target)]
    elif target is bool and peeled.nullable:
        found = [("true", "Yes"), ("false", "No")]
    else:
        return None
    return tuple(Choice(value=value, label=labels.get(value, label)) for value, label in found)


def _literal_values(target: Any) -> Iterator[object]:
    for value in get_args(target):
        if value is not None:
            yield value.value if isinstance(value, enum.Enum) else value


def _member_label(member: enum.Enum) -> str:
    label = getattr(member, "label", None)
    return label if isinstance(label, str) else in_words(member.name)


def in_words(name: str) -> str:
    """A name as a label: ``post_id`` is "Post id", ``IN_PROGRESS`` is "In progress"."""
    words = name.replace("_", " ").strip()
    return (words.lower() if words.isupper() else words)[:1].upper() + (words.lower() if words.isupper() else words)[1:]


# Types


def control_type(peeled: Peeled) -> str:
    """The type of control for one value: an input's type, ``textarea``, or ``text`` where HTML has nothing better."""
    if peeled.secret:
        return "password"
    if peeled.file:
        return "file"
    found = next((kind for classes, kind in _TYPES if _is(peeled.target, *classes)), "text")
    long = peeled.facts.get("max_length", 0) > LONG
    return "textarea" if found == "text" and long and _is(peeled.target, str) else found


_TYPES: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((bool,), "checkbox"),
    ((enum.Enum,), "text"),
    ((int, float, Decimal), "number"),
    ((pydantic.AwareDatetime,), "text"),  # a date and time with a zone, which datetime-local has no place for
    ((datetime.datetime, pydantic.NaiveDatetime, pydantic.PastDatetime, pydantic.FutureDatetime), "datetime-local"),
    ((datetime.date, pydantic.PastDate, pydantic.FutureDate), "date"),
    ((datetime.time,), "time"),
    ((pydantic.EmailStr,), "email"),
    ((pydantic.AnyUrl,), "url"),
)


# Constraints


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
    try:
        read(text)
    except ValueError:
        return False
    return re.fullmatch(pattern, text, re.ASCII) is not None


def on_step(attributes: Attributes, text: str) -> bool:
    """Whether a number lies on the steps of its control; else a browser would count the steps from it."""
    step = attributes.get("step", "any")
    if step in ("any", True) or not text:
        return True
    try:
        return (Decimal(text) - Decimal(str(attributes.get("min", 0)))) % Decimal(str(step)) == 0
    except InvalidOperation:
        return False


TEXTS: Final = frozenset({"text", "email", "url", "tel", "search", "password", "textarea"})
_MOMENTS: Final = {
    "date": (r"\d{4}-\d\d-\d\d", datetime.date.fromisoformat),
    "time": (r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?", datetime.time.fromisoformat),
    "datetime-local": (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?", datetime.datetime.fromisoformat),
}


def _text_constraints(peeled: Peeled) -> Attributes:
    if not (_is(peeled.target, str, pydantic.EmailStr) or peeled.secret):
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
    return _whole_numbers(peeled.facts) if _is(peeled.target, int) else _fractions(peeled.facts)


def _whole_numbers(facts: Mapping[str, Any]) -> Attributes:
    low, high = [], []
    for fact, bound in _finite(facts):
        match fact:
            case "ge":
                low.append(math.ceil(bound))
            case "gt":
                low.append(math.floor(bound) + 1)
            case "le":
                high.append(math.floor(bound))
            case _:
                high.append(math.ceil(bound) - 1)
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
    return {"autocomplete": token, **({"inputmode": "tel"} if token == "tel" and type == "text" else {})}


def _password(name: str, peeled: Peeled) -> str:
    """Rules for a password, or a word like "new", mean that one is being chosen, not entered."""
    if "pass" not in name:
        return "off"
    chosen = {"min_length", "pattern"} & peeled.facts.keys() or re.search("new|confirm|repeat|again", name)
    return "new-password" if chosen else "current-password"
