"""Call every guarded action of an app without credentials, in process: which guards let it pass?

The guards are watched while a probe runs, which shows how far it came. An answer of another part of
the app (a 404 of another host, a redirect, a middleware) proves nothing about a guard.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from sanic import Sanic

from .._entry import Entry, GuardCall
from ._blueprint import call_routes

Message = dict[str, Any]

NO_TYPE: Final = "application/x-nothing"
"""A media type that no action accepts, so that no handler runs whatever the guards say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One place at which an action is called: a blueprint, mounted on a host, below a prefix."""

    entry: Entry
    parts: tuple[str, ...]
    """The parts of the path between its slashes, parameters as Sanic writes them."""
    host: str | None
    """The host that the blueprint is bound to; None for any."""

    @property
    def url(self) -> str:
        """The URL of the place, for messages."""
        path = "".join(f"/{part}" for part in self.parts)
        if self.host:
            return f"//{self.host}{path}"
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of a probe.

    Attributes:
        status: The status of the answer; None if no value is known for a parameter of the path.
        reached: Whether a guard of the action ran.
        refused: Whether a guard refused.
    """

    probe: Probe
    status: int | None
    reached: bool
    refused: bool


def probes_of(app: object) -> list[Probe]:
    """Return every place at which an action of an app is called.

    Raises:
        TypeError: It is not an app.
    """
    if not isinstance(app, Sanic):
        raise TypeError(f"{app!r} is not a Sanic app.")
    probes: list[Probe] = []
    for route, entries in call_routes(app):
        host = route.requirements.get("host")
        probes += [Probe(entry=entry, parts=(*route.parts[:-1], entry.name), host=host) for entry in entries.values()]
    return probes


async def anonymous_findings(
    app: Sanic[Any, Any], probes: list[Probe], *, parameters: Mapping[str, object], headers: Mapping[str, str]
) -> list[Finding]:
    """Send each probe to an app that runs on this event loop, and return the results.

    Args:
        app: The app.
        probes: The places to call.
        parameters: Values for the parameters of prefixes, by name, where none can be made up.
        headers: Headers that the app's own middleware asks for.
    """
    return [await _finding(app, probe, parameters, headers) for probe in probes]


async def _finding(app: Any, probe: Probe, parameters: Mapping[str, object], headers: Mapping[str, str]) -> Finding:
    path = filled_path(probe.parts, parameters, app.router.regex_types)
    if path is None:
        return Finding(probe=probe, status=None, reached=False, refused=False)
    with _watched(probe.entry) as watch:
        status = await _status(app, path, {"host": probe.host or "localhost", **headers})
    is_refused = watch.returned < watch.started and 400 <= status < 500
    return Finding(probe=probe, status=status, reached=watch.started > 0, refused=is_refused)


class _Watch:
    """Counts the guards that one call started, and those that let it pass."""

    def __init__(self) -> None:
        self.started = 0
        self.returned = 0

    def around(self, call: GuardCall) -> GuardCall:
        """Return a guard that is counted and otherwise the same."""

        async def watched(context: Any) -> object:
            self.started += 1
            value: Any = call.function(context)
            if inspect.isawaitable(value):
                value = await value
            call.check(value)
            self.returned += 1
            return value

        return GuardCall(watched, call.returned, call.wanted)


@contextlib.contextmanager
def _watched(entry: Entry) -> Iterator[_Watch]:
    watch, calls = _Watch(), entry.plan.calls
    # The plan of the entry itself, which the app that is probed reads at each call.
    entry.plan.calls = tuple(map(watch.around, calls))
    try:
        yield watch
    finally:
        entry.plan.calls = calls


# ---- Paths with parameters

_SAMPLES: Final = (
    *("a", "1", "a1", "ab", "abc", "abcd", "12", "123", "1234", "12345", "A", "AB", "ABC", "en", "en-us", "a-b", "a_b"),
    *("v1", "1.0", "x.txt", "2024-01-31", "2024", "true", "0", "00000000-0000-0000-0000-000000000001", "a" * 8),
)
"""Sample values for parameters of a path; the first one that fits is sent."""


def filled_path(parts: tuple[str, ...], parameters: Mapping[str, object], kinds: Mapping[str, Any]) -> str | None:
    """Return a path with a value for each parameter; None if none fits one of them.

    Args:
        parts: The parts between the slashes, parameters as Sanic writes them: ``<tenant:int>``.
        parameters: Values by name.
        kinds: The kinds of parameters that the router knows: name to function and pattern.
    """
    segments: list[str] = []
    for part in parts:
        if not part.startswith("<"):
            segments.append(part)
            continue
        name, _, kind = part[1:-1].partition(":")
        name = name.partition("=")[0]
        if name in parameters:
            value = parameters[name]
        else:
            value = _sample(kind or "str", kinds)
        if value is None:
            return None
        segments.append(quote(str(value)))
    return "".join(f"/{part}" for part in segments)


def _sample(kind: str, kinds: Mapping[str, Any]) -> str | None:
    label, _, rest = kind.partition("=")
    if label == "ext":
        return f"x.{re.split(r'[|=]', rest)[0] or 'txt'}"
    cast, pattern = kinds[kind][:2] if kind in kinds else (str, kind)
    for sample in _SAMPLES:
        with contextlib.suppress(Exception):  # the pattern and the function are the app's, and may raise anything
            if re.fullmatch(pattern, sample) and cast(sample) is not None:
                return sample
    return None


# ---- One request, as an ASGI server makes it


async def _status(app: Any, path: str, headers: Mapping[str, str]) -> int:
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    all_headers = {**headers, "content-type": NO_TYPE, "content-length": "1"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in all_headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    return statuses[0]
