"""Blocks that cannot hide a log: what they hold follows from their hashes.

A header's hash covers its bloom and its receipts root. A block whose bloom lacks a book has none of
its logs; of any other block all receipts are read, and must give the receipts root. It costs
several times what asking for logs does, so blocks long past are proven after they are indexed.
"""

from __future__ import annotations

from typing import Any

from tallystick.indexer.errors import SourceBehind, SourceInconsistent
from tallystick.indexer.source import Batch, Header, Log, Source, as_log, block_call, chained


def fetch_proven(source: Source, first: int, last: int) -> Batch:
    """Blocks `first` to `last` and all logs of the books in them, none of which can be missing.

    Their transactions' hashes are the node's word. Raises SourceBehind, SourceInconsistent,
    RpcError.
    """
    from tallystick.proof.errors import ProofUnavailable  # tries load slowly
    from tallystick.proof.header import encode_header
    from tallystick.proof.receipt import receipt_trie

    blocks = source.rpc.batch([block_call(number) for number in range(first, last + 1)])
    headers = chained(blocks, first)
    logs: list[Log] = []
    try:
        for header, block in zip(headers, blocks, strict=True):
            encode_header(block)
            if not source.may_hold(header):
                continue
            # one block after the other, as receipts are large
            receipts = source.rpc.call("eth_getBlockReceipts", block["hash"])
            if receipts is None:
                raise SourceBehind(f"the node lost block {header.number}")
            receipt_trie(receipts, block["receiptsRoot"])
            logs += _logs(source, header, receipts)
    except ProofUnavailable as error:
        raise SourceInconsistent(f"blocks {first} to {last}: {error}") from error
    return Batch(headers, logs, source.custom_rows(logs))


def _logs(source: Source, header: Header, receipts: list[dict[str, Any]]) -> list[Log]:
    """The books' logs, numbered as they stand in the block."""
    found: list[Log] = []
    index = 0
    for receipt in sorted(receipts, key=lambda one: int(one["transactionIndex"], 16)):
        transaction = bytes.fromhex(receipt["transactionHash"][2:])
        for log in receipt["logs"]:
            book = source.book_at(log["address"])
            if book is not None:
                topics = bytes.fromhex("".join(topic[2:] for topic in log["topics"]))
                data = bytes.fromhex(log["data"][2:])
                place = header.number, index, header.hash, transaction
                found.append(as_log((*place, topics, data, book)))
            index += 1
    return found
