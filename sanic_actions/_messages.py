"""Messages for invalid input, for the people who fill in a form.

The rule of this file: a message says what is expected, and never repeats what was sent. An error
without a message here keeps pydantic's own. A blueprint's ``messages`` may replace them, for
example in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic_core import ErrorDetails

REQUIRED: Final = "This field is required"
TRUTH: Final = "Must be true or false"
ACCEPTANCE: Final = "Must be accepted"
ONE_OF_CHOICES: Final = "Choose one of these"

_ENTER: Final = "Enter "


def described(detail: ErrorDetails) -> tuple[str, str, dict[str, Any]]:
    """Return the type, the message and the values of the issue for one of pydantic's errors.

    The type is pydantic's, except for errors that it does not tell apart. The message of a
    validator stays as it is. The values are the rules that were broken, such as
    ``{"min_length": 3}``, and nothing of the value that broke them.
    """
    type_: str = detail["type"]
    if type_ in _TOLD_APART:
        type_ = _TOLD_APART[type_](detail)
    values = detail.get("ctx", NO_VALUES)
    if not _SENT.isdisjoint(values):
        values = {name: value for name, value in values.items() if name not in _SENT}
    template = _SENTENCES.get(type_)
    if type_ == "string_too_short" and values.get("min_length") == 1:
        template = REQUIRED  # for a blank control: nobody counts to one character
    if template is None:
        return type_, _own_words(detail, type_), values
    if "{" in template:
        return type_, _filled(template, values), values
    return type_, template, values


def is_own_sentence(type: str) -> bool:
    """Return whether what is said of one of pydantic's errors follows from its type and its values alone."""
    return type in _SENTENCES


def count_of_choices(type: str, values: Mapping[str, Any]) -> str:
    """Return the message for too few or too many choices, which people do not call items."""
    return _filled(COUNT_OF_CHOICES[type], values)


def said_of_pattern(kind: str, message: str, values: Mapping[str, Any]) -> str:
    """Return what a control for an address says in place of a pattern, which visitors cannot read.

    Args:
        kind: The type of the control.
        message: What is said of the pattern; another than the library's own stays.
        values: What it speaks of.
    """
    if kind in _OF_KINDS and message == _filled(_SENTENCES["string_pattern_mismatch"], values):
        return _OF_KINDS[kind]
    return message


def said_of_choices(type: str, message: str, values: Mapping[str, Any]) -> str:
    """Return a message of the library in its form for controls with choices; any other as it is."""
    # Only a sentence that is still ours: an app may have replaced it with messages=.
    own = _SENTENCES.get(type, "")
    if type in COUNT_OF_CHOICES and values and message == _filled(own, values):
        return count_of_choices(type, values)
    if not message.startswith(_ENTER):
        return message
    if "label" in values:
        return f"Choose {message.removeprefix(_ENTER)}"
    if message == own:
        return ONE_OF_CHOICES
    return message


def _own_words(detail: ErrorDetails, type: str) -> str:
    return detail["msg"].removeprefix(_OWN_WORDS.get(type, ""))


def _value_error(detail: ErrorDetails) -> str:
    if detail["msg"].startswith(_NOT_AN_EMAIL):
        return "email_parsing"
    return "value_error"


def _length_error(detail: ErrorDetails) -> str:
    """Return the error type of a length: pydantic reports a secret's as it does a list's."""
    is_text = detail["ctx"].get("field_type") == "Value"  # of SecretStr; a list has "List" there
    if is_text:
        return f"string_{detail['type']}"
    return detail["type"]


def _literal_error(detail: ErrorDetails) -> str:
    if detail["ctx"]["expected"] == "True":
        return "must_be_true"
    return "literal_error"


COUNT_OF_CHOICES: Final = {"too_short": "Choose at least {min_length}", "too_long": "Choose at most {max_length}"}
"""The messages of a list of choices, such as check boxes; its error types are those of any list."""

_TOLD_APART: Final = {
    "value_error": _value_error,
    "too_short": _length_error,
    "too_long": _length_error,
    "literal_error": _literal_error,
}


def _filled(template: str, values: Mapping[str, Any]) -> str:
    if len(values) == 1:
        ((name, value),) = values.items()
        if type(value) is int:  # a length, most often
            return _with_number(template, name, value)
    counts = {name: _Count(value) for name, value in values.items() if isinstance(value, int)}
    return template.format_map({**values, **counts})


@lru_cache(maxsize=256)
def _with_number(template: str, name: str, value: int) -> str:
    """Return a message with one number in it; cached, as the same rules are broken often."""
    return template.format_map({name: _Count(value)})


class _Count(int):
    """A number that is written with its unit: ``{limit:item}`` gives "1 item", "2 items"."""

    def __format__(self, unit: str) -> str:
        number = str(int(self))
        if unit:
            return f"{number} {unit}{'' if self == 1 else 's'}"
        return number


NO_VALUES: Final[dict[str, Any]] = {}
_OWN_WORDS: Final = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}
_NOT_AN_EMAIL: Final = "value is not a valid email address"
_EMAIL: Final = "Enter an email address, such as ada@example.com"

_SENT: Final = frozenset({"actual_length", "error", "given", "reason", "size", "tag", "tz_actual"})
"""Values of pydantic's errors that hold, or may hold, a part of the input."""

_TEXT: Final = "Enter text"
_NUMBER: Final = "Enter a number"
_WHOLE: Final = "Enter a whole number"
_DATE: Final = "Enter a date, such as 2026-03-31"
_TIME: Final = "Enter a time, such as 14:30"
_MOMENT: Final = "Enter a date and a time, such as 2026-03-31T14:30"
_SPAN: Final = "Enter a duration, such as 1:30:00 or PT90M"
_BYTES: Final = "Enter base64 text"
_LIST: Final = "Must be a list"
_OBJECT: Final = "Must be an object with named fields"
_URL: Final = "Enter a URL, such as https://example.com"
_UUID: Final = "Enter a UUID, such as 0f8fad5b-d9cb-469f-a165-70867728950e"
_UNKNOWN: Final = "There is no field of this name"
_PAST: Final = "Must be in the past"
_FUTURE: Final = "Must be in the future"
_AT_LEAST: Final = "Must be at least {min_length:character}"
_AT_MOST: Final = "Must be at most {max_length:character}"

_OF_KINDS: Final = {"email": _EMAIL, "url": _URL, "tel": "Enter a phone number"}
_SENTENCES: Final = {
    "email_parsing": _EMAIL,
    "must_be_true": ACCEPTANCE,
    "missing": REQUIRED,
    "missing_argument": REQUIRED,
    "missing_keyword_only_argument": REQUIRED,
    "missing_positional_only_argument": REQUIRED,
    "extra_forbidden": _UNKNOWN,
    "unexpected_keyword_argument": _UNKNOWN,
    "none_required": "Leave this empty",
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": _AT_LEAST,
    "string_too_long": _AT_MOST,
    "string_pattern_mismatch": "Must match the pattern {pattern}",
    "string_not_ascii": "Must have ASCII characters only",
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "Must have fewer digits",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "Must have at most {max_digits:digit}",
    "decimal_max_places": "Must have at most {decimal_places:digit} after the point",
    "decimal_whole_digits": "Must have at most {whole_digits:digit} before the point",
    "complex_type": "Enter a complex number, such as 1+2j",
    "complex_str_parsing": "Enter a complex number, such as 1+2j",
    "finite_number": "Must be a finite number",
    "greater_than": "Must be more than {gt}",
    "greater_than_equal": "Must be {ge} or more",
    "less_than": "Must be less than {lt}",
    "less_than_equal": "Must be {le} or less",
    "multiple_of": "Must be a multiple of {multiple_of}",
    "enum": "Choose {expected}",
    "literal_error": "Choose {expected}",
    "union_tag_invalid": "Choose one of: {expected_tags}",
    "union_tag_not_found": "Choose which kind this is: {discriminator} is missing",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_past": _PAST,
    "date_future": _FUTURE,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_past": _PAST,
    "datetime_future": _FUTURE,
    "timezone_naive": "Leave out the time zone",
    "timezone_aware": "Add a time zone, such as 2026-03-31T14:30Z",
    "time_delta_type": _SPAN,
    "time_delta_parsing": _SPAN,
    "bytes_type": _BYTES,
    "bytes_invalid_encoding": _BYTES,
    "bytes_too_short": "Must be at least {min_length:byte}",
    "bytes_too_long": "Must be at most {max_length:byte}",
    "too_short": "Must have at least {min_length:item}",
    "too_long": "Must have at most {max_length:item}",
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "deque_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "url_type": _URL,
    "url_parsing": _URL,
    "url_syntax_violation": _URL,
    "url_scheme": "Enter a URL that begins with {expected_schemes}",
    "url_too_long": _AT_MOST,
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": "Enter a UUID of version {expected_version}",
}
