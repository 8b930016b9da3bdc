"""The time by which amounts are due."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from tallystick.chain.errors import RpcError
from tallystick.chain.rpc import Rpc

DEVELOPMENT_CHAINS = frozenset({1337, 31337})
HEADER_ONLY = False
"""Second parameter of eth_getBlockByNumber: no transactions."""
_REFRESH_SECONDS = 1.0
_AFTER_SILENCE_SECONDS = 10.0


class Clock:
    """The chain's time, in Unix seconds.

    On a public chain that is the wall clock, and never earlier than the latest block. A development
    chain's clock may have been set forward or back, so there the node is asked, at most once a
    second, which time its next block would have. While the node is silent, the clock runs on from
    its last answer.
    """

    def __init__(
        self,
        chain_id: int,
        pending_time: Callable[[], int | None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.settable = chain_id in DEVELOPMENT_CHAINS
        self._pending_time = pending_time
        self._wall = wall
        self._lock = Lock()
        self._ahead: float | None = None
        self._ask_again = float("-inf")

    def was_set(self) -> None:
        """Has the node asked again at the next look: somebody moved its clock."""
        with self._lock:
            self._ask_again = float("-inf")

    def now(self, head_timestamp: int) -> int:
        """The present second, given the timestamp of the latest indexed block."""
        wall = self._wall()
        if not self.settable:
            return max(head_timestamp, int(wall))
        with self._lock:
            if wall >= self._ask_again:
                pending = self._pending_time()
                if pending is not None:
                    self._ahead = pending - wall
                pause = _AFTER_SILENCE_SECONDS if pending is None else _REFRESH_SECONDS
                self._ask_again = wall + pause
            if self._ahead is None:
                return head_timestamp
            return max(head_timestamp, int(wall + self._ahead))


def pending_time(rpc: Rpc) -> int | None:
    """The time that the node's next block would have, Unix seconds; None while it is silent."""
    try:
        block = rpc.call("eth_getBlockByNumber", "pending", HEADER_ONLY)
        return int(block["timestamp"], 16)
    except (RpcError, KeyError, TypeError, ValueError):
        return None
