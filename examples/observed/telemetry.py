"""OpenTelemetry's SDK, whose spans and metrics go to the terminal: each span is a line, and metrics come at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult


class Terminal(SpanExporter):
    """Prints a line for each span.

    Args:
        service: The name of this process.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Print spans that have ended."""
        for span in spans:
            print(
                f"{self._service:8} trace {_trace(span)}  {_kind(span):6} {span.name:10} {_outcome(span)}", flush=True
            )
        return SpanExportResult.SUCCESS


def _trace(span: ReadableSpan) -> str:
    context: Any = span.get_span_context()
    return f"{context.trace_id:032x}"[-6:]


def _kind(span: ReadableSpan) -> str:
    return span.kind.name.lower()


def _outcome(span: ReadableSpan) -> str:
    """Return how long a call took and the code of its failure."""
    took = (span.end_time or 0) - (span.start_time or 0)
    code = (span.attributes or {}).get("rpc.response.status_code", "ok")
    return f"{took / 1e6:7.1f} ms  {code}"


class Telemetry:
    """The spans and metrics of this process.

    Args:
        service: Its name.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._reader = InMemoryMetricReader()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(Terminal(service)))
        trace.set_tracer_provider(provider)
        metrics.set_meter_provider(MeterProvider([self._reader]))

    def print_metrics(self) -> None:
        """Print how often each action was called, and how long its calls took."""
        data = self._reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                for point in metric.data.data_points:
                    print(f"{self._service:8} {metric.name}  {_point(point)}", flush=True)


def _point(point: Any) -> str:
    method = point.attributes["rpc.method"]
    code = point.attributes.get("rpc.response.status_code", "ok")
    return f"{method:10} {code:9} {point.count} calls, {1000 * point.sum / point.count:.1f} ms each"
