"""Limits of one call: sizes, counts and time, set by an action, its blueprint or the library."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from ._issues import MAX_ISSUES
from ._known_options import known_options

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one call may take. None stands for the blueprint's limit, or the library's.

    Raises:
        ValueError: A limit is not a positive number, ``issues`` is more than 100, or
            ``before_guards`` stands without a ``rate``.
    """

    body: int | None = None
    """Bytes of the input."""
    text: int | None = None
    """Bytes of all names and texts of a form together, its files left out."""
    fields: int | None = None
    """Fields of a form."""
    files: int | None = None
    """Files of a form."""
    depth: int | None = None
    """Lists and objects inside each other. Without it JSON ends at 200 and a form at 32."""
    issues: int | None = None
    """Issues that an answer lists; one more says that there are more."""
    seconds: float | None = None
    """How long the handler may wait. Without it Sanic's ``RESPONSE_TIMEOUT`` ends calls."""
    concurrent: int | None = None
    """Calls of the action that run at once, in one worker."""

    rate: str | None = None
    """Calls that one caller may make in a period, such as ``"5/minute"``.

    The period is second, minute, hour or day.
    """
    before_guards: bool = False
    """Whether ``rate`` also counts calls that guards refuse, against guessed credentials."""

    def __post_init__(self) -> None:
        if self.rate is not None:
            parsed_rate(self.rate)
        if not isinstance(self.before_guards, bool):
            raise ValueError(f"Limits(before_guards={self.before_guards!r:.60}) is neither True nor False.")
        if self.before_guards and self.rate is None:
            raise ValueError("Limits(before_guards=True) says how a rate counts; write it beside rate='5/minute'.")
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name in _NOT_NUMBERS or value is None:
                continue
            # type(), not isinstance(): True is an int, and limits nothing that anybody meant.
            if not (type(value) in _NUMBERS[name == "seconds"] and value > 0):
                raise ValueError(f"Limits({name}={value!r:.60}) is not a limit; {_advice(name)}.")
        if self.issues is not None and self.issues > MAX_ISSUES:
            raise ValueError(f"Limits(issues={self.issues}) is more than {MAX_ISSUES}, the most that are collected.")

    def with_body(self, size: int | None) -> Limits:
        """Return the same limits with what ``max_body_size`` says.

        Raises:
            ValueError: Both say something.
        """
        if size is None:
            return self
        if self.body is not None:
            raise ValueError(f"max_body_size={size!r} and Limits(body={self.body!r}) are one limit; give one of them.")
        return replace(self, body=size)

    def within(self, outer: Limits) -> Limits:
        """Return these limits, with those of ``outer`` where these say nothing."""
        values: dict[str, Any] = {}
        for field in fields(self):
            values[field.name] = getattr(self, field.name)
            if values[field.name] is None:
                values[field.name] = getattr(outer, field.name)
        # It says how `rate` counts, so it comes from where the rate comes from.
        if self.rate is None:
            values["before_guards"] = outer.before_guards
        return Limits(**values)


if not TYPE_CHECKING:  # checkers know the options; a dataclass writes its constructor itself
    Limits.__init__ = known_options(
        "Limits",
        advice={
            "timeout": "Write seconds=..., how long the handler may wait.",
            "max_body_size": "Write body=..., the bytes of the input.",
            "size": "Write body=..., the bytes of the input.",
        },
    )(Limits.__init__)


def _advice(name: str) -> str:
    """Return how to write a limit."""
    if name in ("body", "text"):
        return "write a number of bytes above 0, such as 1_000_000"
    if name == "seconds":
        return "write a number of seconds above 0"
    return "write a number above 0"


def limits_of(limits: Limits | None) -> Limits:
    """Return the value of an option ``limits``; no limits for None.

    Raises:
        TypeError: It is neither.
    """
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise TypeError(f"limits= takes Limits(...), such as Limits(rate='5/minute'), not {limits!r:.60}.")
    return limits


def parsed_rate(rate: str) -> tuple[int, int]:
    """Return how many calls a rate allows in how many seconds.

    Raises:
        ValueError: It is not a rate.
    """
    value: object = rate
    match = None
    if isinstance(value, str):
        match = _RATE.fullmatch(value)
    if match is None:
        raise ValueError(
            f"Limits(rate={rate!r:.60}) is not a rate; write it like '5/minute': calls per second, minute, hour or day."
        )
    return int(match[1]), _SECONDS[match[2]]


_RATE: Final = re.compile(r"([1-9][0-9]{0,8}) ?/ ?(second|minute|hour|day)")
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_NOT_NUMBERS: Final = ("rate", "before_guards")
_NUMBERS: Final = ((int,), (int, float))

DEFAULTS: Final = Limits(body=MIB, text=MIB, fields=1_000, files=100, issues=MAX_ISSUES)
"""The limits of the library, where neither an action nor its blueprint sets one."""
