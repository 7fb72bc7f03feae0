"""Where requests go and what they carry: base URLs, headers and timeouts, checked first."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

# Set for each request from its body, its timeout or its contract: another value would be a lie.
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "actions-contract",
        "connection",
        "content-length",
        "content-type",
        "request-timeout",
        "transfer-encoding",
    }
)
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


def checked_base_url(url: str) -> str:
    """Return the base URL without a slash at its end.

    Raises:
        ValueError: It is not what a base URL can be; the message never holds a password.
    """
    from urllib.parse import urlsplit

    value: Any = url
    if not isinstance(value, str):
        kind = type(value).__name__
        raise ValueError(f"The base URL is a string such as 'https://blog.example', not an object of {kind}.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"The base URL cannot be read: {error}.") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("The base URL holds credentials, which end up in logs; pass them with headers=... instead.")
    if reason := _reason_against(url, parts.scheme, parts.hostname, port, parts.path):
        raise ValueError(f"The base URL {url!r} {reason}; write it like 'https://blog.example' or with a path.")
    return url.rstrip("/")


def _reason_against(
    url: str,
    scheme: str,
    host: str | None,
    port: int | None,
    path: str,
) -> str | None:
    if not url.isprintable() or not url.isascii() or any(c in url for c in ' \\"<>^`{|}'):
        return "holds characters that no URL has"
    if scheme not in ("http", "https"):
        return "does not begin with http:// or https://"
    if not host or port == 0:
        return "names no host" if not host else "has no usable port"
    if "?" in url or "#" in url:
        return "has a query or a fragment"
    # Servers and proxies resolve these before they route, each in its own way.
    if {".", ".."} & set(path.lower().replace("%2e", ".").split("/")):
        return "has a path with '.' or '..'"
    return None


def checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers by their names in lower case.

    Raises:
        ValueError: A name or value cannot be sent, or the header belongs to the client; the message
            holds no value.
    """
    values: dict[str, str] = {}
    if headers and not hasattr(headers, "items"):
        kind = type(headers).__name__
        raise ValueError(f"headers= takes a mapping of names to strings, not a {kind}.")
    fields: Mapping[Any, Any] = headers or {}
    for name, value in fields.items():
        lower = str(name).lower()
        if lower == "" or not isinstance(name, str) or not set(lower) <= _TOKEN:
            raise ValueError(f"{name!r} is not the name of a header.")
        if lower in _OURS:
            raise ValueError(f"The header {name!r} is set by the client itself.")
        is_line = isinstance(value, str) and value.replace("\t", "").isprintable()
        if not is_line or not value.isascii():
            raise ValueError(f"The value of header {name!r} must be one line of ASCII.")
        values[lower] = value.strip()
    return values


def checked_timeout(seconds: float) -> float:
    """Return the timeout itself.

    Raises:
        ValueError: It is not a positive number, or is one that no clock can count to.
    """
    number: Any = seconds
    if not isinstance(number, int | float) or not 0 < number < float("inf"):
        raise ValueError(f"A timeout is a positive number of seconds, not {seconds!r}.")
    if number > _LONGEST:
        raise ValueError(f"A timeout is at most {_LONGEST} seconds, which is 31 years, not {seconds!r}.")
    return seconds


# Sockets and pyqwest cannot wait for longer than some 10**9 to 10**19 seconds.
_LONGEST: Final = 1_000_000_000


def duration(seconds: float) -> str:
    """Return the header ``Request-Timeout`` for a call: never zero, which servers refuse."""
    return f"{max(seconds, 0.001):.3f}"


def checked_retries(times: int) -> int:
    """Return how often to try again.

    Raises:
        ValueError: It is not a number of times.
    """
    number: Any = times
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"retries is how often to try again, 0 or more, not {times!r}.")
    return times
