"""The options that people expect under other names, and what to write instead of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What people mean by an option.

    Attributes:
        forms: How it is written, each beginning with the option's name. Functions differ in their
            options, so the first one that fits the function is the advice.
        elsewhere: The sentence for a function with none of these options.
    """

    forms: tuple[str, ...]
    elsewhere: str


def meant(name: str, options: Iterable[str]) -> str:
    """Return what to write in place of an option of these functions; empty if unknown."""
    meaning = _MEANINGS.get(name)
    if meaning is None:
        return ""
    names = frozenset(options)
    for form in meaning.forms:
        if form.partition("=")[0] in names:
            return f"Write {form}."
    return meaning.elsewhere


def _limit(name: str) -> _Meaning:
    """Return how a limit is written: inside ``limits=``, or as an option of ``Limits`` itself."""
    form = f"limits=Limits({name}=...)"
    return _Meaning((form, f"{name}=... in its place"), f"It belongs to the server: @action({form}).")


_SECONDS: Final = _Meaning(
    ("limits=Limits(seconds=...)", "seconds=...", "timeout=..., in seconds"),
    "Write Client(timeout=...) there.",
)
_RETRIES: Final = _Meaning(("retries=..., a number",), "Callers say it: Client(retries=...).")
_ORIGINS: Final = _Meaning(
    ("trusted_origins=[...] for their forms; their scripts need CORS headers too, such as sanic-ext sends",),
    "The blueprint says it: ActionsBlueprint(trusted_origins=[...]), and sanic-ext sends CORS headers.",
)
_GUARD: Final = _Meaning(("guard=..., a function that raises",), "It belongs to the server: @action(guard=...).")
_INTERCEPTORS: Final = _Meaning(("interceptors=[...]",), "It belongs to the server: @action(interceptors=[...]).")

# fmt: off
_MEANINGS: Final[Mapping[str, _Meaning]] = {
    **dict.fromkeys(("rate", "rates", "rate_limit", "ratelimit", "throttle"), _limit("rate")),
    **dict.fromkeys(("seconds", "timeout", "deadline", "time_limit", "max_seconds", "read_timeout"), _SECONDS),
    **dict.fromkeys(("concurrent", "concurrency", "max_concurrent", "max_concurrency"), _limit("concurrent")),
    **dict.fromkeys(("body", "size", "max_size", "body_size", "max_body", "max_body_size"), _limit("body")),
    **dict.fromkeys(("fields", "max_fields"), _limit("fields")),
    **dict.fromkeys(("files", "max_files"), _limit("files")),
    **dict.fromkeys(("depth", "max_depth"), _limit("depth")),
    **dict.fromkeys(("issues", "max_issues"), _limit("issues")),
    **dict.fromkeys(("retries", "retry", "max_retries", "attempts"), _RETRIES),
    **dict.fromkeys(("cors", "origins", "cors_origins", "allow_origins", "allowed_origins"), _ORIGINS),
    **dict.fromkeys(("auth", "permission", "permissions", "login_required"), _GUARD),
    **dict.fromkeys(("middleware", "middlewares", "around"), _INTERCEPTORS),
}
# fmt: on
