"""What people mean by options that have another name here, or stand at another door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final


def meant(name: str, options: Iterable[str]) -> str:
    """Return what to write in place of an option at a door with these options; empty if nobody knows."""
    meaning = _MEANINGS.get(name)
    if meaning is None:
        return ""
    *forms, elsewhere = meaning
    names = frozenset(options)
    for form in forms:
        if form.partition("=")[0] in names:
            return f"Write {form}."
    return elsewhere


def _limit(name: str) -> tuple[str, ...]:
    """Return how a limit is written where there are limits, and in ``Limits`` itself."""
    written = f"limits=Limits({name}=...)"
    return (written, f"{name}=... in its place", f"It belongs to the server: @action({written}).")


_SECONDS: Final = (
    "limits=Limits(seconds=...)",
    "seconds=...",
    "timeout=..., in seconds",
    "Write Client(timeout=...) there.",
)
_RETRIES: Final = ("retries=..., a number", "Callers say it: Client(retries=...).")
_ORIGINS: Final = (
    "trusted_origins=[...] for their forms; their scripts need CORS headers too, such as sanic-ext sends",
    "The blueprint says it: ActionsBlueprint(trusted_origins=[...]), and sanic-ext sends CORS headers.",
)
_GUARD: Final = ("guard=..., a function that raises", "It belongs to the server: @action(guard=...).")
_INTERCEPTORS: Final = ("interceptors=[...]", "It belongs to the server: @action(interceptors=[...]).")

# fmt: off
_MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
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
"""How it is written, the first that there is at a door, and last a sentence where there is none of them."""
