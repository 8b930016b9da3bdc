"""Trace ids by W3C Trace Context, and spans for a collector where one is named.

Without `TALLYSTICK_OTLP_ENDPOINT` nothing of OpenTelemetry is loaded; ids are kept and told alike.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tallystick.config import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Trace:
    """Of one request. `span` is what the collector will be told."""

    trace_id: str
    span: Span | None = None

    def end(self, method: str, route: str, status: int) -> None:
        """Route, not path: what is told holds no ids and no personal data."""
        if self.span is None:
            return
        from opentelemetry.trace import StatusCode

        self.span.update_name(f"{method} {route}")
        self.span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
            }
        )
        if status >= 500:
            self.span.set_status(StatusCode.ERROR)
        self.span.end()


class Tracing:
    """Begins traces; `provider` sends their spans away in a thread of its own."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("tallystick")

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Raises `SettingsError` when a collector is named and OpenTelemetry is not installed."""
        if settings.otlp_endpoint is None:
            return cls()
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            raise SettingsError(
                "TALLYSTICK_OTLP_ENDPOINT needs the extra `traces`: pip install tallystick[traces]."
            ) from None
        provider = TracerProvider(resource=Resource.create({"service.name": "tallystick"}))
        exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider)

    def begin(self, traceparent: str) -> Trace:
        """A trace that goes on from the caller's, or a new one when he has none."""
        given = _TRACEPARENT.fullmatch(traceparent)
        if self._tracer is None:
            return Trace(given[1] if given else secrets.token_hex(16))
        from opentelemetry import trace

        parent = None
        if given:
            flags = trace.TraceFlags(int(given[3], 16))
            ids = int(given[1], 16), int(given[2], 16)
            remote = trace.SpanContext(*ids, is_remote=True, trace_flags=flags)
            parent = trace.set_span_in_context(trace.NonRecordingSpan(remote))
        span = self._tracer.start_span("request", context=parent, kind=trace.SpanKind.SERVER)
        return Trace(f"{span.get_span_context().trace_id:032x}", span)

    def close(self) -> None:
        """Sends what is left."""
        if self._provider is not None:
            self._provider.shutdown()
