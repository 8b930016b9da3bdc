"""A server that follows a chain: how soon a block shows, how it takes reorgs and a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.anvil import Anvil
from tests.integration.world import UNIT

from load import OPTIONS, SPARSE, Chain
from tallystick.indexer import repository
from tallystick.indexer.digest import digest
from tallystick.indexer.indexer import Indexer

EVENTS = 12_000
BLOCKS = 60
_PATIENCE = 60.0


def measure_live(folder: Path) -> dict[str, Any]:
    """Milliseconds from a block to the API, seconds of reorgs and of a restart after SIGKILL."""
    with Anvil(*OPTIONS, "--prune-history", "2000") as anvil:
        chain = Chain(anvil)
        chain.fill(EVENTS, SPARSE)
        server = Server(chain, folder)
        try:
            result: dict[str, Any] = {"first_index_s": server.start()}
            lags = sorted(_lag(chain, server) for _ in range(BLOCKS))
            result["api_p50_ms"] = round(1000 * lags[len(lags) // 2])
            result["api_p95_ms"] = round(1000 * lags[int(0.95 * len(lags))])
            result["api_p99_ms"] = round(1000 * lags[int(0.99 * len(lags))])
            for depth in (10, 25, 100, 1000):
                result[f"reorg{depth}_s"] = _reorg(chain, server, depth)
            server.kill()
            result["restart_s"] = server.start()
        finally:
            server.kill()
        result["exact"] = _exact(chain, server)
    print("live   ", json.dumps(result))
    if not result["exact"]:
        raise SystemExit("the index differs from a fresh one")
    return result


class Server:
    """`tallystick serve` on a free port."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.chain = chain
        self.database = folder / "live.db"
        record = folder / "deployment.json"
        deployment = chain.world.deployment
        record.write_text(
            json.dumps(
                {
                    "chain_id": deployment.chain_id,
                    "book": {"address": deployment.book, "block": deployment.from_block},
                    "token": {"address": chain.world.token},
                }
            )
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._environment = os.environ | {
            "TALLYSTICK_RPC_URL": chain.world.url,
            "TALLYSTICK_DB": str(self.database),
            "TALLYSTICK_DEPLOYMENT": str(record),
            "TALLYSTICK_PORT": str(self._port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Seconds until it serves the chain's head."""
        began = time.perf_counter()
        command = [sys.executable, "-c", "from tallystick.cli import main; main()", "serve"]
        self._process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        head = self.chain.world.head()
        _wait(lambda: self.block() >= head)
        return round(time.perf_counter() - began, 2)

    def kill(self) -> None:
        """SIGKILL, as in an accident."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def block(self) -> int:
        """The block at which the API's answers hold; -1 while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/v1/chain") as answer:
                indexed = json.load(answer)["indexed"]
        except (urllib.error.URLError, ConnectionError):
            return -1
        return indexed["number"] if indexed else -1


def _wait(condition: Callable[[], bool]) -> None:
    until = time.perf_counter() + _PATIENCE
    while not condition():
        if time.perf_counter() > until:
            raise TimeoutError
        time.sleep(0.003)


def _lag(chain: Chain, server: Server) -> float:
    time.sleep(0.25)
    chain.block([chain.pay_call(1, UNIT)])
    mined, head = time.perf_counter(), chain.world.head()
    _wait(lambda: server.block() >= head)
    return time.perf_counter() - mined


def _reorg(chain: Chain, server: Server, depth: int) -> float:
    """Seconds until the API stands on the new branch, one block higher."""
    chain.patient.call("anvil_reorg", depth, [])
    began = time.perf_counter()
    chain.reset()
    chain.block([])
    head = chain.world.head()
    _wait(lambda: server.block() >= head)
    return round(time.perf_counter() - began, 2)


def _exact(chain: Chain, server: Server) -> bool:
    fresh = server.database.with_name("fresh.db")
    with Indexer(chain.rpc, chain.world.deployment, fresh) as indexer:
        indexer.run_until_head()
    digests = []
    for path in (fresh, server.database):
        with repository.open_index(path) as db:
            digests.append(digest(db))
    return digests[0] == digests[1]
