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
PURSE = Gauge(
    "tallystick_keeper_purse_wei", "Balance that pays for gas", ["chain"], registry=REGISTRY
)
BATCHES = Gauge(
    "tallystick_keeper_purse_batches",
    "Full batches that the balance pays for at today's price",
    ["chain"],
    registry=REGISTRY,
)
GAS_PRICE = Gauge(
    "tallystick_keeper_gas_price_wei", "Price of gas as the node says", ["chain"], registry=REGISTRY
)
POSTPONED = Counter(
    "tallystick_keeper_postponed",
    "Rounds put off because gas cost more than it may",
    ["chain"],
    registry=REGISTRY,
)
DUE = Gauge("tallystick_keeper_due", "Loans that were found due", ["chain"], registry=REGISTRY)
HELD = Gauge(
    "tallystick_keeper_held", "Due loans that wait for their next try", ["chain"], registry=REGISTRY
)
LAG = Gauge(
    "tallystick_keeper_lag_seconds", "How far the index is behind", ["chain"], registry=REGISTRY
)
LAST_ROUND = Gauge(
    "tallystick_keeper_last_round_timestamp_seconds",
    "Wall-clock time at which the last round was completed",
    registry=REGISTRY,
)
