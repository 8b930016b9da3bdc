"""Where the node's chain leaves the one that is indexed."""

from __future__ import annotations

from tallystick.indexer.errors import SourceBehind
from tallystick.indexer.source import Header, Source
from tallystick.indexer.store import Store


def common_ancestor(source: Source, store: Store, top: int) -> Header | None:
    """The highest block up to `top` that both have, by the stored hashes; None if there is none.

    Raises SourceBehind, RpcError.
    """
    number, span = top, 8
    while stored := store.hashes_below(number, span):
        theirs = source.headers([block for block, _ in stored])
        for (block, known), header in zip(stored, theirs, strict=True):
            if header is None:
                raise SourceBehind(f"the node has no block {block} below its own head")
            if header.hash == known:
                return header
        number, span = stored[-1][0] - 1, min(2 * span, 512)
    return None
