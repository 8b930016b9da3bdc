"""The time by which amounts are due."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from threading import Lock

from tallystick.chain.deployment import load_deployment
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import DeploymentError, RpcError
from tallystick.chain.rpc import Rpc
from tallystick.config import Settings

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

    def at_hand(self, head_timestamp: int) -> int | None:
        """The present second if it can be told at once; None when the node is to be asked first."""
        if self.settable and self._wall() >= self._ask_again:
            return None
        return self.now(head_timestamp)

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


def people_clock(clock: Clock) -> Callable[[], float]:
    """The time by which sessions end, consents age and data is deleted, in Unix seconds.

    The wall clock's, except on a development chain: there it is the chain's, so that whoever sets
    that clock sees all of it happen; the wall clock's again while the node never answered.
    """
    if not clock.settable:
        return time.time
    return lambda: clock.now(0) or time.time()


def clock_of(settings: Settings) -> Callable[[], float]:
    """The same for a process that holds no clock; the wall clock's while no book is deployed."""
    try:
        chain_id = load_deployment(settings.deployment).chain_id
    except DeploymentError:
        return time.time
    node = Endpoints(settings.rpc_urls, timeout=1.0, retries=0)
    return people_clock(Clock(chain_id, partial(pending_time, node)))
