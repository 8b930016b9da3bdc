"""What the chain will not take back, and whether another node agrees."""

from __future__ import annotations

import logging
import time

from tallystick.chain.errors import RpcUnavailable
from tallystick.indexer.errors import FinalityBroken
from tallystick.indexer.source import Header, Source
from tallystick.indexer.store import Store

_FINALITY_SECONDS = 1.0
"""Between two questions for what is final, and for what another node thinks."""
_UNKNOWN_FINALITY_SECONDS = 30.0
_LAGGING_BLOCKS = 3

logger = logging.getLogger(__name__)


class FinalityWatch:
    """Asks now and then, at the head, and stores what the chain calls safe and finalized."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ask = 0.0

    def look(self, source: Source, head: Header) -> bool:
        """Whether it was time to ask. Raises FinalityBroken, RpcError."""
        if time.monotonic() < self._ask:
            return False
        self._ask = time.monotonic() + _FINALITY_SECONDS
        try:
            said = source.finality()
        except RpcUnavailable as error:  # known as little as where there are no such tags
            self._ask += _UNKNOWN_FINALITY_SECONDS
            logger.warning("the node does not say what is final: %s", error)
            return True
        safe, finalized = (self._ours(block) for block in said)
        self._store.set_finality(safe, finalized)
        self._compare(source, head, finalized)
        return True

    def _compare(self, source: Source, head: Header, finalized: int | None) -> None:
        view = source.other_view(finalized or head.number)
        if view is None:
            return
        other_head, other_hash = view
        if other_head > head.number + _LAGGING_BLOCKS:
            source.rpc.distrust(f"it is {other_head - head.number} blocks behind another")
        elif finalized and other_hash not in (None, self._store.hash_at(finalized)):
            raise FinalityBroken(f"two nodes disagree about block {finalized}, which is final")

    def _ours(self, block: Header | None) -> int | None:
        """The number of a block that the index holds."""
        if block is None or self._store.hash_at(block.number) != block.hash:
            return None
        return block.number
