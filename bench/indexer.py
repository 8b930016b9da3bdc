"""The indexer against a known load: backfill, latency, reorgs, restart, memory.

    make bench-indexer EVENTS=100000

Chains are anvil's, events are a real book's (see `bench/load.py`); every check of the indexer is
on and every loan is folded. `fetch` is the same blocks and logs through the same client, parsed by
orjson and thrown away, before and after the indexer on the same chain. Wall-clock figures suffer
from whatever else the machine does, CPU seconds much less. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.anvil import Anvil

from live import measure_live
from load import DENSE, OPTIONS, SPARSE, Chain, Shape
from tallystick.chain.deployment import Deployment
from tallystick.chain.rpc import Rpc
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.lean import be_lean
from tallystick.indexer.repository import open_index


def child(role: str, *arguments: Any) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--role", role, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def timed(work: Callable[[], int]) -> dict[str, Any]:
    """What `work` counts, wall and CPU seconds, and peak memory, of this process and its own."""
    import sqlite_utils  # noqa: F401 - imports are not timed, as those of the bare fetch are not

    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ours, others = (
        resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "events": count,
        "wall": wall,
        "cpu": cpu,
        "fetching_cpu": others.ru_utime + others.ru_stime,
        "peak_mb": (ours.ru_maxrss + others.ru_maxrss) / 1024,
    }


def fetch(url: str, book: str, first: int, blocks: int) -> int:
    """Headers and logs of the whole chain, parsed and dropped; the number of logs."""
    rpc, count = Rpc(url, timeout=60), 0
    head = int(rpc.call("eth_blockNumber"), 16)
    for start in range(first, head + 1, blocks):
        numbers = range(start, min(head, start + blocks - 1) + 1)
        wanted = {"address": book, "fromBlock": hex(numbers[0]), "toBlock": hex(numbers[-1])}
        calls = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        count += len(rpc.batch([*calls, ("eth_getLogs", (wanted,))])[-1])
    return count


def backfill(url: str, book: str, first: int, path: Path) -> int:
    """From nothing to the head; the number of events."""
    chain_id = int(Rpc(url).call("eth_chainId"), 16)
    with Indexer(Rpc(url, timeout=60), Deployment(chain_id, book, first), path) as indexer:
        indexer.run_until_head()
    with open_index(path) as db:
        count: int = db["events"].count
    return count


def measure(events: int, shape: Shape, folder: Path, name: str) -> dict[str, Any]:
    """Fills a chain and indexes it between two bare fetches."""
    with Anvil(*OPTIONS, "--prune-history", "64") as anvil:
        chain = Chain(anvil)
        seconds = chain.fill(events, shape)
        place = (anvil.url, chain.world.book, chain.world.deployment.from_block)
        blocks = max(1, 8_000 // (shape.transactions * shape.loans))
        before = child("fetch", *place, blocks)
        indexed = child("backfill", *place, folder / f"{name}.db")
        after = child("fetch", *place, blocks)
    events = indexed["events"]
    if events != before["events"]:
        raise SystemExit(f"{events} of {before['events']} events were indexed")
    fetched = 2 * before["events"] / (before["wall"] + after["wall"])
    rate = events / indexed["wall"]
    result = {
        "events": events,
        "filled_in_s": round(seconds, 1),
        "events_per_s": round(rate),
        "events_per_cpu_s": round(events / (indexed["cpu"] + indexed["fetching_cpu"])),
        "writing_us_per_event": round(1e6 * indexed["cpu"] / events, 1),
        "fetching_us_per_event": round(1e6 * indexed["fetching_cpu"] / events, 1),
        "fetch_events_per_s": round(fetched),
        "over_raw_fetch": round(rate / fetched, 3),
        "peak_mb": round(indexed["peak_mb"]),
    }
    print(f"{name:<7}", json.dumps(result))
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--role")
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    if given.role:
        be_lean()
        url, book, first, last = given.arguments
        if given.role == "fetch":
            print(json.dumps(timed(lambda: fetch(url, book, int(first), int(last)))))
        else:
            print(json.dumps(timed(lambda: backfill(url, book, int(first), Path(last)))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dense = measure(given.events, DENSE, folder, "dense")
        sparse = measure(given.events, SPARSE, folder, "sparse")
        live = measure_live(folder)
    summary = {
        "dense_events_per_s": dense["events_per_s"],
        "sparse_events_per_s": sparse["events_per_s"],
        "fetch_events_per_s": dense["fetch_events_per_s"],
        "dense_over_raw_fetch": dense["over_raw_fetch"],
        "api_p95_ms": live["api_p95_ms"],
        "reorg25_s": live["reorg25_s"],
        "restart_s": live["restart_s"],
        "peak_mb": max(dense["peak_mb"], sparse["peak_mb"]),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
