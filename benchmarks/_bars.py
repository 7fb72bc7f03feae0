"""What this project wants to reach, beside what a run has measured; and who is faster or slower than an action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from benchmarks._report import NotMeasuredError, Results

COST, RATIO, CPU, TIMES = "cost", "ratio", "ratio of CPU", "times by hand"
WRK, JSON, FORM = "Servers under wrk", "JSON, in process", "Form, in process"
AT_ONCE, IMPORT, START = "Async calls, 32 at once", "Import of 1,000 actions", "Start-up"
GENERATOR, MYPY = "Generator and checkers", "mypy --strict, cold, one line"
CONTRACT, PARTS = "The contract over time", "Streams and downloads"
TRIAL = "the child that imports a new package"
EDITED = "mypy --strict, one action edited"
PROCEEDS, LOOKS = "in an interceptor that only proceeds", "with an observer that does nothing"
AROUND = "What stands around a call, in process"
REDIRECT = "Page post, and the page after it, under wrk"
REFUSED = "Page post, invalid, whole form, under wrk"
THOUSAND = "1,000"

Figure = Callable[[Results], float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing to reach."""

    what: str
    unit: str
    limit: float
    figure: Figure
    is_floor: bool = False
    """Whether more is better."""

    def line(self, results: Results) -> str:
        """Return the bar as a row of a table."""
        bound = "at least" if self.is_floor else "at most"
        start = f"| {self.what} | {' '.join([bound, _shown(self.limit), self.unit]).rstrip()} |"
        try:
            value = self.figure(results)
        except NotMeasuredError:
            return f"{start} not measured in this run | |"
        verdict = "reached" if self._is_reached(value) else "**missed**"
        return f"{start} {_shown(value)} | {verdict} |"

    def _is_reached(self, value: float) -> bool:
        # What is shown is what is judged: 0.9701 stands there as 0.97.
        rounded = float(_shown(value).replace(",", ""))
        return rounded >= self.limit if self.is_floor else rounded <= self.limit


def _shown(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _ratio(heading: str, row: str) -> Figure:
    return lambda results: results.figure(heading, RATIO, row)


def _times_by_hand(heading: str, row: str) -> Figure:
    return lambda results: 1 / results.figure(heading, RATIO, row)


def _costs(heading: str, other: str, ours: str, column: str = RATIO) -> Figure:
    """What another row costs, in costs of ours, by the ratios of each to the first row of its table."""
    return lambda results: results.figure(heading, column, ours) / results.figure(heading, column, other)


def _more(heading: str, row: str, base: str) -> Figure:
    return lambda results: results.figure(heading, COST, row) - results.figure(heading, COST, base)


def _figure(heading: str, column: str, row: str) -> Figure:
    return lambda results: results.figure(heading, column, row)


def _client(results: Results) -> float:
    kinds = ("Client, blocking", "Client, async")
    return max(_more(kind, "client", "transport alone")(results) for kind in kinds)


def _cold_check(results: Results) -> float:
    # In one run, beside each other: a machine's slow minute is in both.
    ours = results.figure(GENERATOR, THOUSAND, "mypy --strict, cold")
    return ours / results.figure(MYPY, COST, "import pydantic")


def _start(results: Results) -> float:
    return max(results.figure(START, COST, f"{shape}, {THOUSAND}") for shape in SHAPES)


SHAPES: Final = ("parameters, no model", "one model in, one out")

BARS: Final = (
    Bar("JSON call in process, ratio to by hand", "", 1.05, _ratio(JSON, "action"), is_floor=True),
    Bar("JSON call under wrk, ratio to by hand", "", 0.97, _ratio(WRK, "action"), is_floor=True),
    Bar("form sent to an action, ratio to by hand", "", 1.0, _ratio(FORM, "action"), is_floor=True),
    Bar("invalid input, ratio to by hand", "", 0.9, _ratio("JSON, invalid, in process", "action"), is_floor=True),
    Bar(
        "call from a page of the same origin, ratio to by hand",
        "",
        0.95,
        _ratio("JSON, from a page of the same origin, in process", "action"),
        is_floor=True,
    ),
    Bar(
        "call with a deadline, ratio to by hand",
        "",
        0.93,
        _ratio("JSON, with a deadline, in process", "action"),
        is_floor=True,
    ),
    Bar("FastAPI on uvicorn, CPU of a JSON call", "times ours", 1.6, _costs(WRK, "FastAPI, uvicorn", "action"), True),
    Bar(
        "`@validate` of sanic-ext, CPU of a JSON call",
        "times ours",
        1.0,
        _costs(WRK, "sanic-ext @validate", "sanic-ext loaded, action"),
        is_floor=True,
    ),
    Bar("interceptor that only proceeds", "µs more", 2, _more(AROUND, PROCEEDS, "action")),
    Bar("observer that does nothing", "µs more", 2, _more(AROUND, LOOKS, "action")),
    Bar(
        "page with an untouched form",
        "times by hand",
        1.5,
        _times_by_hand("Page with a whole form, untouched, under wrk", "form()"),
    ),
    Bar(
        "page with a form that holds a hidden value",
        "times by hand",
        1.5,
        _times_by_hand("Page with a whole form and a hidden value, under wrk", "form()"),
    ),
    Bar(
        "page with a form that edits",
        "times by hand",
        1.5,
        _times_by_hand("Page with a whole form that edits, under wrk", "form()"),
    ),
    Bar("page after an invalid post", "times by hand", 2.0, _times_by_hand(REFUSED, "form()")),
    Bar("page after an invalid post", "times Astro", 0.4, _costs(REFUSED, "form()", "Astro")),
    Bar("post, redirect, page with the result", "times by hand", 2.5, _times_by_hand(REDIRECT, "action")),
    Bar("item of a stream", "times by hand", 1.25, _figure(PARTS, TIMES, "stream")),
    Bar("what the client adds to its transport", "µs", 15, _client),
    Bar("32 async calls at once, against openapi-python-client", "times as many", 2, _ratio(AT_ONCE, "ours"), True),
    Bar("the same with `[fast]`", "times as many", 4, _ratio(AT_ONCE, "ours, [fast]"), True),
    Bar("`import actions` of 1,000 actions", "ms", 20, _figure(IMPORT, COST, "bare")),
    Bar("start of a server with 1,000 actions", "ms more", 100, _start),
    Bar(
        "`generate` for 1,000 actions with 2,000 models",
        "ms",
        1_200,
        _figure(GENERATOR, THOUSAND, "generate and write"),
    ),
    Bar(
        "the trial import of what was generated",
        "ms",
        1_000,
        _figure(CONTRACT, COST, "the child that imports a new package"),
    ),
    Bar("mypy over 1,000 actions and calls, cold", "times `import pydantic`", 2.2, _cold_check),
    Bar(
        "mypy after one action was edited", "ms", 600, _figure(GENERATOR, THOUSAND, "mypy --strict, one action edited")
    ),
    Bar("contract header at the server", "µs", 1, _figure(CONTRACT, COST, "the header at the server, per call")),
    Bar("contract header at the client", "µs", 1, _figure(CONTRACT, COST, "the header at the client, per call")),
    Bar("memory over idle for an upload of 150 MB", "MB", 20, _figure("Uploads of 150 MB", "memory", "action")),
)


def bars(results: Results) -> str:
    """Return the table of all bars."""
    head = "| | bar | measured | |\n| --- | --- | ---: | --- |"
    return "\n".join([head, *(bar.line(results) for bar in BARS)]) + "\n"


class Pair(NamedTuple):
    """Two rows of one result that do the same work, one of them ours."""

    what: str
    other: str
    factor: Figure
    """What the other costs, in costs of ours."""


def _pair(what: str, heading: str, row: str, ours: str, other: str = "") -> Pair:
    return Pair(what, other or row, _costs(heading, row, ours))


_BY_HAND = "a handler by hand"
_PAGES: Final = {
    "page with an untouched form": "Page with a whole form, untouched, under wrk",
    "page with a hidden value": "Page with a whole form and a hidden value, under wrk",
    "page with a form that edits": "Page with a whole form that edits, under wrk",
    "page after an invalid post": REFUSED,
}
PAIRS: Final = (
    _pair("JSON call", WRK, "by hand, Sanic", "action", _BY_HAND),
    _pair("JSON call", WRK, "FastAPI, uvicorn", "action", "FastAPI on uvicorn"),
    _pair("JSON call", WRK, "Litestar, uvicorn", "action", "Litestar on uvicorn"),
    _pair("JSON call, sanic-ext loaded", WRK, "sanic-ext @validate", "sanic-ext loaded, action", "`@validate`"),
    _pair("JSON call, sanic-ext loaded", WRK, "sanic-ext loaded, by hand", "sanic-ext loaded, action", _BY_HAND),
    _pair("invalid input", "JSON, invalid, in process", "by hand", "action", _BY_HAND),
    _pair("call with a deadline", "JSON, with a deadline, in process", "by hand", "action", _BY_HAND),
    _pair("form", FORM, "by hand (request.form)", "action", "`request.form` by hand"),
    _pair("form", FORM, "by hand (parse_qsl)", "action", "`parse_qsl` by hand"),
    *(_pair(what, heading, "by hand", "form()", _BY_HAND) for what, heading in _PAGES.items()),
    _pair("page with an untouched form", _PAGES["page with an untouched form"], "Astro", "form()"),
    _pair("page after an invalid post", REFUSED, "Astro", "form()"),
    _pair("post, and the page after it", REDIRECT, "by hand", "action", _BY_HAND),
    _pair("post, and the page after it", REDIRECT, "Astro", "action", "Astro, in one request"),
    Pair("item of a stream", "by hand", lambda results: 1 / results.figure(PARTS, TIMES, "stream")),
    Pair("megabyte of a download", "by hand", lambda results: 1 / results.figure(PARTS, TIMES, "download")),
    Pair("blocking call", "httpx2 by hand", _costs("Blocking calls, 1 at once", "by hand, httpx2", "ours", CPU)),
    Pair("async call", "httpx2 by hand", _costs("Async calls, 1 at once", "by hand, httpx2", "ours", CPU)),
    Pair(
        "blocking call",
        "openapi-python-client",
        _costs("Blocking calls, 1 at once", "openapi-python-client", "ours", CPU),
    ),
    Pair("async call", "openapi-python-client", _costs("Async calls, 1 at once", "openapi-python-client", "ours", CPU)),
)


def others(results: Results) -> str:
    """Return who is faster and who is slower than ours: two tables, the largest difference first."""
    measured = sorted(_measured(results), key=lambda pair: pair[0])
    faster = [(1 / factor, pair) for factor, pair in measured if factor < _SAME[0]]
    slower = [(factor, pair) for factor, pair in reversed(measured) if factor > _SAME[1]]
    same = [pair for factor, pair in measured if _SAME[0] <= factor <= _SAME[1]]
    parts = [
        "What is faster than ours:\n",
        _pairs("our cost, in costs of the other", faster),
        "What is slower than ours:\n",
        _pairs("its cost, in costs of ours", slower),
    ]
    if same:
        listed = "; ".join(f"{pair.what}, {pair.other}" for pair in same)
        parts.append(f"Less than 3 % apart, which this way of measuring cannot tell: {listed}.\n")
    return "\n".join(parts)


_SAME: Final = (0.97, 1.03)


def _measured(results: Results) -> Iterator[tuple[float, Pair]]:
    for pair in PAIRS:
        try:
            yield pair.factor(results), pair
        except NotMeasuredError:
            continue


def _pairs(title: str, pairs: list[tuple[float, Pair]]) -> str:
    if not pairs:
        return "Nothing that was measured in this run.\n"
    rows = [f"| {pair.what} | {pair.other} | {factor:.2f} |" for factor, pair in pairs]
    return "\n".join([f"| what | other | {title} |", "| --- | --- | ---: |", *rows]) + "\n"
