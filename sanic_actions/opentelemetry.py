"""An observer that makes spans and metrics of calls, with the OpenTelemetry API: ``pip install 'sanic-actions[otel]'``.

Names follow OpenTelemetry's semantic conventions for RPC. Nothing is configured here: the SDK of
the application says where spans and metrics go, and how a trace is written into headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

from ._errors import ActionError, CallError
from ._observers import ObservedCall, ObservedOutcome

try:
    from opentelemetry import context, metrics, propagate, trace
except ImportError as _error:
    raise ModuleNotFoundError(
        "sanic_actions.opentelemetry needs 'opentelemetry-api', which is not installed. Install the extra: "
        "pip install 'sanic-actions[otel]'",
        name="opentelemetry",
    ) from _error

__all__ = ["OpenTelemetry"]

SpanAttributes = dict[str, str | int]

SYSTEM: Final = "sanic_actions"
UNKNOWN_NAME: Final = "_OTHER"
"""One name for all unknown actions: callers choose names, and every name is a time series."""

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Bounds in seconds, as the conventions for RPC metrics advise."""


class OpenTelemetry:
    """Makes a span of each call, named like the action, and measures how long it takes.

    One trace leads through all services: a client writes ``traceparent`` into its request, and a
    server reads it. A server's span is an error where the server itself failed (500 and above), a
    client's wherever the call did.

    Args:
        tracer_provider: Where spans come from; the global one when left out.
        meter_provider: Where metrics go; the global one when left out.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        self._tracer = trace.get_tracer(SYSTEM, tracer_provider=tracer_provider)
        meter = metrics.get_meter(SYSTEM, meter_provider=meter_provider)
        self._durations = {
            side: meter.create_histogram(
                f"rpc.{side}.call.duration",
                unit="s",
                description=f"How long calls take, as the {side} sees it.",
                explicit_bucket_boundaries_advisory=_BUCKETS,
            )
            for side in ("server", "client")
        }

    def on_start(self, call: ObservedCall) -> _Started:
        """Begin a span, which is the current one until the call ends."""
        attributes: SpanAttributes = {"rpc.system.name": SYSTEM, "rpc.method": call.name or UNKNOWN_NAME}
        own = {**attributes, "sanic_actions.called_from": call.called_from}
        if call.attempt > 1:
            own["sanic_actions.attempt"] = call.attempt
        # A call_action belongs to the span around it, whatever the request's headers say.
        kind = _KINDS.get(call.called_from, trace.SpanKind.INTERNAL)
        if kind is trace.SpanKind.SERVER:
            parent = _sent_context(call.headers)
        else:
            parent = None
        span = self._tracer.start_span(call.name or UNKNOWN_NAME, parent, kind, own)
        token = context.attach(trace.set_span_in_context(span))
        if call.side == "client":
            propagate.inject(call.headers)
        return _Started(span, token, attributes)

    def on_end(
        self, token: _Started, call: ObservedCall, outcome: ObservedOutcome, exception: BaseException | None
    ) -> None:
        """End the span with what came of the call, and measure it."""
        context.detach(token.token)
        if outcome is None:
            failure = exception
        else:
            failure = outcome.error
        if failure is not None:
            token.attributes |= _of_failure(failure)
            token.span.set_attributes(token.attributes)
            status = getattr(failure, "status", None)
            if call.side == "client" or status is None or status >= 500:
                token.span.set_status(trace.StatusCode.ERROR, getattr(failure, "message", None) or str(failure))
            if isinstance(failure, CallError) and failure.id:
                token.span.set_attribute("sanic_actions.error_id", failure.id)
        # The server records what it masked; a declared error is an answer, not an exception.
        cause = exception or (failure if call.side == "client" else None)
        if cause is not None:
            token.span.record_exception(cause)
        token.span.end()
        self._durations[call.side].record(perf_counter() - token.begin, token.attributes)


class _Started:
    """A call whose span has begun.

    Attributes:
        span: The span.
        token: What gives the surrounding span back.
        attributes: The labels of its duration.
        begin: When it began.
    """

    __slots__ = ("attributes", "begin", "span", "token")

    attributes: SpanAttributes
    begin: float
    span: trace.Span
    token: Any

    def __init__(self, span: trace.Span, token: Any, attributes: SpanAttributes) -> None:
        self.span = span
        self.token = token
        self.attributes = attributes
        self.begin = perf_counter()


_KINDS: Final = {
    "rpc": trace.SpanKind.SERVER,
    "form": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
}
"""The kinds of spans by where a call comes from; a call from within the server is internal."""


def _sent_context(headers: Mapping[str, str]) -> context.Context | None:
    """Return the trace of a request; None for the current one, which may know more of it."""
    current = trace.get_current_span().get_span_context()
    trace_context = propagate.extract(headers)
    span_context = trace.get_current_span(trace_context).get_span_context()
    if not span_context.is_valid or span_context.trace_id == current.trace_id:
        return None
    return trace_context


def _of_failure(failure: BaseException) -> SpanAttributes:
    if not isinstance(failure, ActionError):
        return {"error.type": type(failure).__qualname__}
    return {"error.type": failure.code, "rpc.response.status_code": failure.code}
