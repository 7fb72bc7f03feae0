"""Spans and metrics of calls, with OpenTelemetry's own SDK: one trace from a script through two services."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sanic import Request, Sanic

from sanic_actions import ActionError, Err, action
from sanic_actions.client import AsyncClient, Client, call, stream
from sanic_actions.opentelemetry import OpenTelemetry
from sanic_actions.server import ActionsBlueprint, call_action

Serve = Callable[[Sanic[Any, Any]], str]


class Stock(Client):
    @call()
    def left(self, sku: str) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


class AsyncStock(AsyncClient):
    @call()
    def left(self, sku: str) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


class Shop(Client):
    @call()
    def buy(self, sku: str) -> int: ...  # type: ignore[empty-body]  # as in generated stubs

    @call()
    def nope(self) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


@action
async def left(sku: str) -> int:
    if sku == "none":
        raise ActionError("NOT_FOUND", "no such sku")
    if sku == "broken":
        raise ZeroDivisionError("secret")
    return 3


class Telemetry:
    """An observer and what it has exported."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        meters = MeterProvider([self.reader])
        self.observer = OpenTelemetry(tracer_provider=tracers, meter_provider=meters)

    def spans(self) -> dict[tuple[str, SpanKind], ReadableSpan]:
        return {(span.name, span.kind): span for span in self.exporter.get_finished_spans()}

    def metrics(self) -> dict[str, list[Any]]:
        data: Any = self.reader.get_metrics_data()
        found = data.resource_metrics[0].scope_metrics[0].metrics
        return {metric.name: list(metric.data.data_points) for metric in found}


def app_of(name: str, tree: Any, telemetry: Telemetry) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(name)
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(tree, observers=[telemetry.observer]))
    return app


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def shop(serve: Serve, telemetry: Telemetry) -> str:
    """A shop that asks a stock, both observed."""
    stock = serve(app_of("stock", {"left": left}, telemetry))

    @action
    async def buy(sku: str) -> int:
        async with AsyncStock(stock, observers=[telemetry.observer]) as client:
            return await client.left(sku=sku)

    return serve(app_of("shop", {"buy": buy}, telemetry))


def test_one_trace_leads_through_two_services(shop: str, telemetry: Telemetry) -> None:
    """A script's span is the parent of the shop's, that of the shop's own call, and that of the stock's."""
    with Shop(shop, observers=[telemetry.observer]) as client:
        client.buy(sku="tea")

    spans = telemetry.spans()
    chain = [
        spans["buy", SpanKind.CLIENT],
        spans["buy", SpanKind.SERVER],
        spans["left", SpanKind.CLIENT],
        spans["left", SpanKind.SERVER],
    ]
    contexts: list[Any] = [span.get_span_context() for span in chain]
    parents: list[Any] = [span.parent for span in chain]

    assert parents[0] is None
    assert [parent.span_id for parent in parents[1:]] == [context.span_id for context in contexts[:-1]]
    assert len({context.trace_id for context in contexts}) == 1
    assert {span.status.status_code for span in chain} == {StatusCode.UNSET}


def test_a_masked_failure_is_on_the_span_with_its_exception(serve: Serve, telemetry: Telemetry) -> None:
    """The server's span has what lies behind, and the id that the caller was given; the client's has what it got."""
    url = serve(app_of("stock", {"left": left}, telemetry))
    with Stock(url, observers=[telemetry.observer]) as client:
        result = client.left.safe(sku="broken")
    assert isinstance(result, Err)

    server, client_span = telemetry.spans()["left", SpanKind.SERVER], telemetry.spans()["left", SpanKind.CLIENT]
    attributes: Any = server.attributes

    assert server.status.status_code is StatusCode.ERROR
    assert attributes["error.type"] == "INTERNAL_SERVER_ERROR"
    assert attributes["sanic_actions.error_id"] == getattr(result.error, "id", "")
    assert [dict(event.attributes or {})["exception.type"] for event in server.events] == ["ZeroDivisionError"]
    assert client_span.status.status_code is StatusCode.ERROR
    assert "secret" not in client_span.to_json()


class Traced(logging.Handler):
    """Notes each record with the trace that is current where it is written, as instrumentations of logs do."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str, int, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        span = trace.get_current_span().get_span_context()
        self.lines.append((record.name, getattr(record, "action", ""), span.trace_id, span.span_id))


@action
async def undeclared_error() -> int:
    class Surprise(ActionError, code="CONFLICT"):
        left: int

    raise Surprise("no", left=1)


@action(errors={ZeroDivisionError: lambda error: ActionError("SERVICE_UNAVAILABLE", "later")})
async def mapped() -> int:
    raise ZeroDivisionError("secret")


@action(once=True)
async def once(sku: str) -> int:
    raise ZeroDivisionError("secret")


@action(thread=True)
def threaded() -> int:
    raise ZeroDivisionError("secret")


@action
async def outer(request: Request) -> int:
    await call_action(request, left, sku="broken")
    return 1


FAILURES: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "masked": ("left", {"sku": "broken"}, {}),
    "within its time": ("left", {"sku": "broken"}, {"request-timeout": "9"}),
    "within a span": ("left", {"sku": "broken"}, {}),
    "within a span, of a caller's trace": (
        *("left", {"sku": "broken"}),
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    ),
    "undeclared": ("undeclared_error", {}, {}),
    "mapped to a fault": ("mapped", {}, {}),
    "once": ("once", {"sku": "tea"}, {"idempotency-key": "0123456789abcdef-7"}),
    "in a thread": ("threaded", {}, {}),
    "of a call inside": ("outer", {}, {}),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_is_logged_of_a_call_belongs_to_its_trace(case: str, serve: Serve, telemetry: Telemetry) -> None:
    """A log that is instrumented finds the call's span, though the span of a masked failure has ended by then."""
    name, arguments, headers = FAILURES[case]
    actions = {
        "left": left,
        "undeclared_error": undeclared_error,
        "mapped": mapped,
        "once": once,
        "threaded": threaded,
        "outer": outer,
    }
    app = app_of("stock", actions, telemetry)
    if case.startswith("within a span"):
        tracer = telemetry.tracers.get_tracer("http")

        @app.on_request
        async def begin(_: object) -> None:
            context.attach(trace.set_span_in_context(tracer.start_span("request")))

    handler = Traced()
    logging.getLogger("sanic_actions").addHandler(handler)
    try:
        httpx2.post(f"{serve(app)}/_actions/{name}", json=arguments, headers=headers)
    finally:
        logging.getLogger("sanic_actions").removeHandler(handler)

    span: Any = telemetry.spans()[name, SpanKind.SERVER]
    ((_, action_name, *ids),) = handler.lines
    assert (action_name, ids) == (name, [span.get_span_context().trace_id, span.get_span_context().span_id])


def test_an_expected_failure_is_an_error_for_its_caller_only(serve: Serve, telemetry: Telemetry) -> None:
    """As the conventions have it: the server did what it should."""
    url = serve(app_of("stock", {"left": left}, telemetry))
    with Stock(url, observers=[telemetry.observer]) as client:
        client.left.safe(sku="none")

    server, client_span = telemetry.spans()["left", SpanKind.SERVER], telemetry.spans()["left", SpanKind.CLIENT]

    assert server.status.status_code is StatusCode.UNSET
    assert client_span.status.status_code is StatusCode.ERROR
    assert (
        dict(server.attributes or {})["error.type"] == dict(client_span.attributes or {})["error.type"] == "NOT_FOUND"
    )


def test_durations_are_measured_on_both_sides(shop: str, telemetry: Telemetry) -> None:
    """By action and error, and by nothing that callers choose."""
    with Shop(shop, observers=[telemetry.observer]) as client:
        client.buy(sku="tea")
        client.buy.safe(sku="none")
        client.nope.safe()

    points = telemetry.metrics()
    counted = {
        side: {
            (point.attributes["rpc.method"], point.attributes.get("error.type")): point.count
            for point in points[f"rpc.{side}.call.duration"]
        }
        for side in ("client", "server")
    }

    assert counted["server"] == {
        ("buy", None): 1,
        ("left", None): 1,
        ("left", "NOT_FOUND"): 1,
        ("buy", "INTERNAL_SERVER_ERROR"): 1,
        ("_OTHER", "NOT_FOUND"): 1,
    }
    assert counted["client"]["nope", "NOT_FOUND"] == 1


def test_a_call_that_reaches_nobody_is_a_span_too(telemetry: Telemetry) -> None:
    """With the exception of the transport."""
    with Stock("http://127.0.0.1:9", observers=[telemetry.observer]) as client:
        client.left.safe(sku="tea")

    span = telemetry.spans()["left", SpanKind.CLIENT]

    assert dict(span.attributes or {})["error.type"] == "SERVICE_UNAVAILABLE"
    assert len(span.events) == 1


def test_each_attempt_is_a_span(telemetry: Telemetry) -> None:
    """Attempts after the first say which they are."""
    with Stock("http://127.0.0.1:9", observers=[telemetry.observer], retries=1) as client:
        client.left.safe(sku="tea")

    spans = telemetry.exporter.get_finished_spans()

    assert [dict(span.attributes or {}).get("sanic_actions.attempt") for span in spans] == [None, 2]


def test_a_cancelled_call_ends_its_span(serve: Serve, telemetry: Telemetry) -> None:
    """Without an outcome, and with the cancellation."""

    @action
    async def left(sku: str) -> int:
        await asyncio.sleep(60)
        return 0

    url = serve(app_of("stock", {"left": left}, Telemetry()))

    async def main() -> None:
        async with AsyncStock(url, observers=[telemetry.observer]) as client:
            await asyncio.wait_for(client.left(sku="tea"), 1)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    span = telemetry.spans()["left", SpanKind.CLIENT]

    assert dict(span.attributes or {})["error.type"] == "CancelledError"


class Counter(Client):
    @stream()
    def count(self, end: int) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


class AsyncCounter(AsyncClient):
    @stream()
    def count(self, end: int) -> int: ...  # type: ignore[empty-body]  # as in generated stubs


@action
async def count(end: int) -> AsyncIterator[int]:
    for number in range(end):
        yield number


def current_span() -> int:
    return trace.get_current_span().get_span_context().span_id


async def read_within_tasks(client: AsyncCounter, spans: list[int]) -> None:
    """Begin a stream, and leave the rest to another task."""
    numbers = client.count(end=3)
    await anext(numbers)
    spans.append(current_span())

    async def rest() -> None:
        assert [number async for number in numbers] == [1, 2]

    await asyncio.create_task(rest())


async def break_off(client: AsyncCounter, spans: list[int]) -> None:
    """Leave a stream without closing it, as a loop does."""
    async for _ in client.count(end=3):
        spans.append(current_span())
        break
    gc.collect()  # nothing refers to the stream any more, and the event loop closes it in a task of its own


async def read_in_turn(client: AsyncCounter, spans: list[int]) -> None:
    first, second = client.count(end=2), client.count(end=3)
    for numbers in (first, second, first, second, second):
        await anext(numbers)
        spans.append(current_span())
    for numbers in (first, second):
        assert [number async for number in numbers] == []


@pytest.mark.parametrize("way", [read_within_tasks, break_off, read_in_turn])
def test_a_stream_leaves_the_span_of_its_reader_alone(
    way: Callable[[AsyncCounter, list[int]], Any], serve: Serve, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is read and afterwards the current span is the reader's, however the reader ends it."""
    url = serve(app_of("counter", {"count": count}, Telemetry()))
    spans: list[int] = []

    async def main() -> None:
        async with AsyncCounter(url, observers=[telemetry.observer]) as client:
            with telemetry.tracers.get_tracer("test").start_as_current_span("reader"):
                await way(client, spans)
                for _ in range(1_000):
                    if "count" in [span.name for span in telemetry.exporter.get_finished_spans()]:
                        break
                    await asyncio.sleep(0.01)
                spans.append(current_span())
        assert current_span() == 0

    asyncio.run(main())

    finished = telemetry.exporter.get_finished_spans()
    reader: Any = next(span for span in finished if span.name == "reader")
    calls = [span for span in finished if span.name == "count"]
    assert set(spans) == {span.parent.span_id for span in calls if span.parent}
    assert set(spans) == {reader.get_span_context().span_id}
    assert "detach" not in caplog.text


def test_blocking_streams_read_in_turn_leave_it_alone(serve: Serve, telemetry: Telemetry) -> None:
    """The same for a ``Client``."""
    url = serve(app_of("counter", {"count": count}, Telemetry()))
    with Counter(url, observers=[telemetry.observer]) as client:
        first, second = client.count(end=1), client.count(end=1)
        numbers = [next(first), next(second), *first, *second]
        span = current_span()

    assert (numbers, span) == ([0, 0], 0)
    assert [each.parent for each in telemetry.exporter.get_finished_spans()] == [None, None]


def test_without_the_extra_the_sentence_says_what_to_install() -> None:
    """As for the other extras."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try:\n    import sanic_actions.opentelemetry\nexcept ModuleNotFoundError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "pip install 'sanic-actions[otel]'" in run.stdout


def test_nothing_is_imported_where_nothing_is_observed() -> None:
    """Neither by a server nor by a client."""
    code = (
        "import sys; import sanic_actions.server, sanic_actions.client as c; c.Client('http://x'); "
        "print([name for name in sys.modules if 'opentelemetry' in name or name.endswith('client._observed')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_the_module_is_a_door() -> None:
    """It exports the observer and nothing else."""
    assert importlib.import_module("sanic_actions.opentelemetry").__all__ == ["OpenTelemetry"]
