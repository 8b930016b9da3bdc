"""What the messages tell Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

REGISTRY = CollectorRegistry()

QUEUED = Counter("tallystick_messages_queued", "Messages made", ["kind"], registry=REGISTRY)
TRIES = Counter(
    "tallystick_messages_tries", "Tries to deliver", ["channel", "result"], registry=REGISTRY
)
DROPPED = Counter(
    "tallystick_messages_dropped", "Deliveries given up", ["channel", "reason"], registry=REGISTRY
)
PENDING = Gauge(
    "tallystick_messages_pending", "Deliveries that wait", ["channel"], registry=REGISTRY
)
ERRORS = Counter("tallystick_messages_errors", "Rounds cut short by an error", registry=REGISTRY)
LAST_ROUND = Gauge(
    "tallystick_messages_last_round_timestamp_seconds",
    "Wall-clock time at which the last round was completed",
    registry=REGISTRY,
)
