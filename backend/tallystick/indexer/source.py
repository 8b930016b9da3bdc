"""Blocks and logs from a node, checked against each other before anything is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from tallystick.chain.codec import TOPICS
from tallystick.chain.rpc import Rpc
from tallystick.indexer.errors import SourceBehind, SourceInconsistent


@dataclass(frozen=True, slots=True)
class Header:
    """What of a block header the index needs; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int
    bloom: int


@dataclass(frozen=True, slots=True)
class Log:
    """A log of the book as the node gave it; `topics` concatenated."""

    block_number: int
    log_index: int
    block_hash: bytes
    tx_hash: bytes
    topics: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive blocks and all logs of the book in them, in chain order."""

    headers: list[Header]
    logs: list[Log]


class Source:
    """Reads the logs of one book from one node.

    With `check_bloom`, a block that lacks some kind of event must agree with its header's bloom;
    where the bloom leaves it open, the block's receipts decide. Of several events of one kind in a
    block, one that is kept back escapes this, and shows when the loan's next event does not fit.
    Switch it off for chains that leave the bloom empty.
    """

    def __init__(self, rpc: Rpc, book: str, *, check_bloom: bool = True) -> None:
        self.rpc = rpc
        self._book = book.lower()
        self._check_bloom = check_bloom
        self._book_bits = _bloom_bits(bytes.fromhex(book[2:]))
        self._topic_bits = {topic: _bloom_bits(topic) for topic in TOPICS.values()}

    def head(self) -> Header:
        """The node's latest block."""
        return _header(self.rpc.batch([("eth_getBlockByNumber", ("latest", False))])[0])

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Headers by number; None where the node has no such block."""
        answers = self.rpc.batch([_block_call(number) for number in numbers])
        return [answer and _header(answer) for answer in answers]

    def fetch(self, first: int, last: int) -> Batch:
        """Blocks `first` to `last`, inclusive, and the book's logs in them.

        Raises SourceBehind, SourceInconsistent, RpcError.
        """
        logs_call = (
            "eth_getLogs",
            ({"address": self._book, "fromBlock": hex(first), "toBlock": hex(last)},),
        )
        blocks = [_block_call(number) for number in range(first, last + 1)]
        # One batch, so that as little as possible can change in between.
        *answers, raw_logs = self.rpc.batch([*blocks, logs_call])
        headers = _chained(answers, first)
        logs = sorted(map(_log, raw_logs), key=lambda log: (log.block_number, log.log_index))
        self._check_logs(headers, logs, raw_logs)
        if self._check_bloom:
            self._check_absence(headers, logs)
        return Batch(headers, logs)

    def _check_logs(self, headers: list[Header], logs: list[Log], raw: list[Any]) -> None:
        hashes = {header.number: header.hash for header in headers}
        for log in logs:
            if hashes.get(log.block_number) != log.block_hash:
                raise SourceInconsistent(
                    f"log {log.log_index} of block {log.block_number} belongs to another block "
                    "than the header"
                )
        if len({(log.block_number, log.log_index) for log in logs}) != len(logs):
            raise SourceInconsistent("the node gave a log twice")
        if any(entry["address"].lower() != self._book for entry in raw):
            raise SourceInconsistent("the node gave a log of another contract")

    def _check_absence(self, headers: list[Header], logs: list[Log]) -> None:
        given: dict[int, list[Log]] = {}
        for log in logs:
            given.setdefault(log.block_number, []).append(log)
        for header in headers:
            if header.bloom & self._book_bits == self._book_bits:
                ours = given.get(header.number, [])
                kinds = {log.topics[:32] for log in ours}
                if any(
                    header.bloom & bits == bits
                    for topic, bits in self._topic_bits.items()
                    if topic not in kinds
                ):
                    self._check_receipts(header, ours)

    def _check_receipts(self, header: Header, logs: list[Log]) -> None:
        receipts = self.rpc.call("eth_getBlockReceipts", "0x" + header.hash.hex())
        if receipts is None:
            raise SourceBehind(f"the node lost block {header.number}")
        entries = (entry for receipt in receipts for entry in receipt["logs"])
        ours = [_log(entry) for entry in entries if entry["address"].lower() == self._book]
        if ours != logs:
            raise SourceInconsistent(f"the node kept back logs of block {header.number}")


def _block_call(number: int) -> tuple[str, tuple[str, bool]]:
    return "eth_getBlockByNumber", (hex(number), False)


def _chained(answers: list[Any], first: int) -> list[Header]:
    headers: list[Header] = []
    for number, answer in enumerate(answers, first):
        if answer is None:
            raise SourceBehind(f"the node has no block {number}")
        header = _header(answer)
        if header.number != number or (headers and header.parent != headers[-1].hash):
            raise SourceInconsistent(f"block {number} does not follow the one before")
        headers.append(header)
    return headers


def _header(raw: dict[str, Any]) -> Header:
    return Header(
        int(raw["number"], 16),
        bytes.fromhex(raw["hash"][2:]),
        bytes.fromhex(raw["parentHash"][2:]),
        int(raw["timestamp"], 16),
        int(raw["logsBloom"], 16),
    )


def _log(raw: dict[str, Any]) -> Log:
    return Log(
        int(raw["blockNumber"], 16),
        int(raw["logIndex"], 16),
        bytes.fromhex(raw["blockHash"][2:]),
        bytes.fromhex(raw["transactionHash"][2:]),
        bytes.fromhex("".join(topic[2:] for topic in raw["topics"])),
        bytes.fromhex(raw["data"][2:]),
    )


def _bloom_bits(value: bytes) -> int:
    """The three bits that an address or topic sets in a header's 2048-bit bloom."""
    digest = keccak(value)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits
