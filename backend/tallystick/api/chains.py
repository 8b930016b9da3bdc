"""What the server asks nodes for, chain by chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tallystick.api.tokens import Tokens
from tallystick.chain.clock import Clock, pending_time
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.rpc import Rpc


class ChainAccess:
    """Nodes, clock and tokens of one chain."""

    def __init__(self, chain_id: int, urls: Sequence[str], admit: Callable[[Rpc], object]) -> None:
        self.chain_id = chain_id
        # somebody waits for the answer, so it gives up sooner than the indexer
        self.rpc = Endpoints(urls, timeout=5.0, retries=1, admit=admit)
        # for what an answer can do without: a node that hangs must not make every page hang
        self.prompt_rpc = Endpoints(urls, timeout=1.0, retries=0, admit=admit)
        self.clock = Clock(chain_id, partial(pending_time, self.prompt_rpc))
        self.tokens = Tokens(self.prompt_rpc)

    @property
    def block_tag(self) -> str:
        """The block to simulate on: on a development chain the pending one, whose time moves on."""
        return "pending" if self.clock.settable else "latest"
