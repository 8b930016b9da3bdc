"""What the keeper tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

REGISTRY = CollectorRegistry()

COLLECTED = Counter("tallystick_keeper_collected", "Loans collected", registry=REGISTRY)
DRAWN = Counter("tallystick_keeper_drawn", "Loans for which the guarantor paid", registry=REGISTRY)
FAILED = Counter(
    "tallystick_keeper_failed", "Loans that could not be collected", ["reason"], registry=REGISTRY
)
TRANSACTIONS = Counter("tallystick_keeper_transactions", "Transactions mined", registry=REGISTRY)
GAS = Counter("tallystick_keeper_gas", "Gas used", registry=REGISTRY)
ERRORS = Counter("tallystick_keeper_errors", "Rounds cut short by an error", registry=REGISTRY)
PURSE = Gauge("tallystick_keeper_purse_wei", "Balance that pays for gas", registry=REGISTRY)
LAST_ROUND = Gauge(
    "tallystick_keeper_last_round_timestamp_seconds",
    "Wall-clock time at which the last round was completed",
    registry=REGISTRY,
)
