"""Proves, behind the writer, that what was indexed quickly is all there was."""

from __future__ import annotations

import logging
import time

from tallystick.chain.errors import RpcRefused
from tallystick.indexer.errors import SourceInconsistent
from tallystick.indexer.proven import fetch_proven
from tallystick.indexer.source import Source
from tallystick.indexer.store import Store

_MOST_BLOCKS = 256
_SLICE_SECONDS = 0.02
"""Wanted length of a step: the process has requests to answer as well."""

logger = logging.getLogger(__name__)


class Prover:
    """Knows up to which block the index is proven: `number` and `hash`.

    `able` is False once the node turned out to give no receipts of blocks.
    """

    def __init__(self, source: Source, store: Store, *, able: bool) -> None:
        self.able = able
        self._source = source
        self._store = store
        self._blocks = 1
        self.number, self.hash = store.proven()

    def reload(self) -> None:
        """After the store changed it, by an append or a rewind."""
        self.number, self.hash = self._store.proven()

    def more(self, cursor: int) -> bool | None:
        """Proves some more blocks up to `cursor`.

        None when nothing is left, or the node cannot; False when the index is found to lack logs of
        these blocks, or to hold others. Raises SourceError, RpcError.
        """
        if not self.able or self.number >= cursor:
            return None
        began, first = time.monotonic(), self.number + 1
        last = min(cursor, self.number + self._blocks)
        try:
            told = fetch_proven(self._source, first, last)
        except RpcRefused as error:
            self.able = False
            logger.warning("the node gives no receipts, so that nothing is proven: %s", error)
            return None
        stored = self._store.blocks(first, last)
        hashes = {header.number: header.hash for header in told.headers}
        if told.headers[0].parent != self.hash or any(
            hashes[header.number] != header.hash for header in stored.headers
        ):
            raise SourceInconsistent(f"the node has other blocks than the index above {first - 1}")
        if told.logs != stored.logs:
            logger.error("blocks %d to %d of the index do not hold what they should", first, last)
            return False
        self._store.set_proven(last, told.headers[-1].hash)
        self.reload()
        slow = time.monotonic() - began > _SLICE_SECONDS
        self._blocks = max(1, self._blocks // 2) if slow else min(2 * self._blocks, _MOST_BLOCKS)
        return True
