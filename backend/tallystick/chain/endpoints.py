"""Several nodes of one chain, used like one: the next takes over when one fails or is distrusted.

One node is asked as long as it serves well, so that answers follow from each other. What fails is
left alone for a while, longer each time until it has served for as long again, and asked meanwhile
only when no other is left.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.chain.errors import DeploymentError, RpcError, RpcRefused, RpcUnavailable
from tallystick.chain.rpc import Call, Rpc

_FIRST_REST = 1.0
_LONGEST_REST = 600.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Node:
    rpc: Rpc
    rests_until: float = -math.inf
    pause: float = 0.0
    admitted: bool = False


class Endpoints(Rpc):
    """Nodes of one chain. Safe to share between threads.

    `admit` checks a node before its first use, and raises DeploymentError for one that is no node
    of this chain.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        timeout: float = 10.0,
        retries: int = 1,
        admit: Callable[[Rpc], object] = lambda _: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(urls[0], timeout=timeout, retries=retries)
        self.urls = tuple(urls)
        self.admit = admit
        self._nodes = [_Node(Rpc(url, timeout=timeout, retries=retries)) for url in urls]
        self._current = self._nodes[0]
        self._now = now

    def batch(self, calls: Iterable[Call]) -> list[Any]:
        """As one node answers. Raises RpcRefused, and when no node serves, what the last said."""
        calls = list(calls)
        problem: Exception | None = None
        for node in self._candidates():
            try:
                answers = self._ask(node, calls)
            except (RpcUnavailable, DeploymentError) as error:
                self._rest(node, str(error))
                problem = error
                continue
            self._use(node)
            return answers
        assert problem is not None  # noqa: S101 - there is at least one node
        raise problem

    def distrust(self, reason: str) -> None:
        """The node asked last gave answers that cannot be used: others are asked for a while."""
        self._rest(self._current, reason)

    def second_opinion(self, calls: Iterable[Call]) -> list[Any] | None:
        """Answers of another node than the one in use; None when none is there to give them."""
        calls = list(calls)
        for node in self._candidates():
            if node is not self._current and node.rests_until <= self._now():
                try:
                    return self._ask(node, calls)
                except (RpcError, DeploymentError) as error:
                    self._rest(node, str(error))
        return None

    def close(self) -> None:
        """Closes this thread's connections."""
        for node in self._nodes:
            node.rpc.close()

    def _candidates(self) -> Iterator[_Node]:
        """The one in use, then those that serve, then those that rest, the soonest back first."""
        now = self._now()
        current = self._current
        yield from sorted(
            self._nodes,
            key=lambda node: (max(0.0, node.rests_until - now), node is not current),
        )

    def _ask(self, node: _Node, calls: Sequence[Call]) -> list[Any]:
        if not node.admitted:
            try:
                self.admit(node.rpc)
            except RpcRefused as error:  # who cannot say what it is, is not used
                raise RpcUnavailable(node.rpc.endpoint, str(error)) from error
            node.admitted = True
        return node.rpc.batch(calls)

    def _use(self, node: _Node) -> None:
        if node is not self._current:
            logger.warning("using %s", node.rpc.endpoint)
            self._current = node
            self.endpoint = node.rpc.endpoint

    def _rest(self, node: _Node, reason: str) -> None:
        node.admitted = False
        now = self._now()
        if now < node.rests_until:
            return  # one outage counts once, however many asked meanwhile
        has_served = now - node.rests_until > node.pause
        node.pause = _FIRST_REST if has_served else min(2 * node.pause, _LONGEST_REST)
        pause = node.pause * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret
        node.rests_until = now + pause
        logger.warning("%s rests for %.1f s: %s", node.rpc.endpoint, pause, reason)
