"""Prometheus metrics of the server. The gauges about the index are set when `/metrics` is read."""

from __future__ import annotations

from prometheus_client import Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "tallystick_http_request_seconds",
    "Time to answer a request",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
INDEXED_BLOCK = Gauge("tallystick_indexed_block", "Number of the last indexed block", ["chain_id"])
CHAIN_HEAD = Gauge(
    "tallystick_chain_head_block", "Number of the chain's latest block", ["chain_id"]
)
CHAIN_ANSWERS = Gauge(
    "tallystick_chain_answers", "1 when a node of the chain answers", ["chain_id"]
)
INDEX_LAG = Gauge(
    "tallystick_index_lag_blocks", "Blocks of the chain that are not indexed yet", ["chain_id"]
)
READY = Gauge(
    "tallystick_ready", "1 when database, first chain and its index are in order", ["part"]
)
