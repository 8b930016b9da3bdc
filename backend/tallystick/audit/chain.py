"""What an audit reads from a node. It shares nothing with the indexer, so that neither can hide the
other's mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tallystick.audit.errors import AuditError
from tallystick.chain.codec import decode
from tallystick.chain.errors import LogUndecodable, RpcRefused
from tallystick.chain.hashing import keccak
from tallystick.chain.rpc import Call, Rpc
from tallystick.chain.words import with_plan
from tallystick.loans.events import Amended, BookEvent, EventRef, Originated
from tallystick.loans.members import NO_ADDRESS

FIRST_RANGE = 2_000
MOST_RANGE = 100_000
MANY_LOGS = 10_000
"""Logs in one answer after which the next range is smaller."""
CALLS = 200
"""Calls in one JSON-RPC batch."""

Advance = Callable[[int, int], None]
"""Told what is done and what there is in all."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pin:
    """The block at which everything is read; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


class AuditedChain:
    """One book on one node, at one block. All methods raise RpcError and AuditError."""

    def __init__(self, rpc: Rpc, book: str, number: int | None) -> None:
        self._rpc = rpc
        self.book = book
        self.proven = False
        """Whether all but views follows from the hash of the pinned block."""
        tag = "latest" if number is None else hex(number)
        chain_id, block = rpc.batch([("eth_chainId", ()), ("eth_getBlockByNumber", (tag, False))])
        if block is None:
            raise AuditError(f"the node at {rpc.endpoint} has no block {number}")
        self.chain_id = int(chain_id, 16)
        self.pin = Pin(
            int(block["number"], 16), bytes.fromhex(block["hash"][2:]), int(block["timestamp"], 16)
        )
        code = bytes.fromhex(rpc.call("eth_getCode", book, self._tag)[2:])
        if not code:
            raise AuditError(f"there is no contract at {book} on chain {self.chain_id}")
        self.code_hash = keccak(code)

    @property
    def _tag(self) -> str:
        return hex(self.pin.number)

    def events(
        self, first: int, topics: Sequence[Any] = (), advance: Advance = lambda *_: None
    ) -> list[BookEvent]:
        """The book's events from block `first` to the pinned one that match `topics`."""
        events: list[BookEvent] = []
        at, width, total = first, FIRST_RANGE, self.pin.number - first + 1
        while at <= self.pin.number:
            end = min(at + width - 1, self.pin.number)
            wanted = {"address": self.book, "fromBlock": hex(at), "toBlock": hex(end)}
            try:
                found = self._rpc.call("eth_getLogs", wanted | {"topics": list(topics)})
            except RpcRefused:  # too wide, or too many logs: providers tell it in many ways
                if width == 1:
                    raise
                width = max(1, width // 4)
                continue
            events += self._with_rows(self._decoded(found, self._times(found)))
            at = end + 1
            width = max(1, width // 2) if len(found) > MANY_LOGS else min(2 * width, MOST_RANGE)
            advance(at - first, total)
        return events

    def words(self, keys: Sequence[bytes], advance: Advance = lambda *_: None) -> list[int]:
        """Words of the book's storage."""
        calls = [("eth_getStorageAt", (self.book, "0x" + k.hex(), self._tag)) for k in keys]
        return [int(word, 16) for word in self._ask(calls, advance)]

    def receipts(self, hashes: Sequence[bytes], advance: Advance) -> list[dict[str, Any] | None]:
        """Receipts of transactions."""
        calls = [("eth_getTransactionReceipt", ("0x" + hash_.hex(),)) for hash_ in hashes]
        return self._ask(calls, advance)

    def view(self, contract: str, data: bytes) -> bytes | None:
        """Answer of a contract; None when it refuses."""
        try:
            call = {"to": contract, "data": "0x" + data.hex()}
            return bytes.fromhex(self._rpc.call("eth_call", call, self._tag)[2:])
        except RpcRefused:
            return None

    def still_there(self) -> None:
        """Raises AuditError when a reorg took the pinned block away meanwhile."""
        block = self._rpc.call("eth_getBlockByNumber", self._tag, False)  # noqa: FBT003
        if block is None or block["hash"] != "0x" + self.pin.hash.hex():
            raise AuditError(f"block {self.pin.number} was replaced during the audit; try again")

    def _ask(self, calls: Sequence[Call], advance: Advance) -> list[Any]:
        answers: list[Any] = []
        for part in _parts(calls, CALLS):
            answers += self._rpc.batch(part)
            advance(len(answers), len(calls))
        return answers

    def _decoded(
        self, logs: list[dict[str, Any]], blocks: Mapping[int, tuple[str, int]]
    ) -> list[BookEvent]:
        """Events in chain order; `blocks` gives hash and time of each block by number."""
        events: list[BookEvent] = []
        seen: set[tuple[int, int]] = set()
        for log in logs:
            number, index = int(log["blockNumber"], 16), int(log["logIndex"], 16)
            hash_, timestamp = blocks[number]
            if log["blockHash"] != hash_ or log["address"].lower() != self.book.lower():
                raise AuditError(f"the node's logs of block {number} do not belong to it")
            if (number, index) in seen:
                raise AuditError(f"the node gave log {index} of block {number} twice")
            seen.add((number, index))
            ref = EventRef(
                self.chain_id,
                self.book,
                number,
                bytes.fromhex(hash_[2:]),
                timestamp,
                bytes.fromhex(log["transactionHash"][2:]),
                index,
            )
            topics = bytes.fromhex("".join(topic[2:] for topic in log["topics"]))
            try:
                events.append(decode(topics, bytes.fromhex(log["data"][2:]), ref))
            except LogUndecodable as error:
                raise AuditError(f"the contract is no loan book: {error}") from error
        return sorted(events, key=lambda event: (event.ref.block_number, event.ref.log_index))

    def _with_rows(self, events: list[BookEvent]) -> list[BookEvent]:
        """The events with the custom rows of their terms."""
        return [self._with_rows_of(event) for event in events]

    def _with_rows_of(self, event: BookEvent) -> BookEvent:
        if not isinstance(event, Originated | Amended) or event.agreement.rows == NO_ADDRESS:
            return event
        try:
            agreement = with_plan(event.agreement, self._code(event.agreement.rows))
        except ValueError as error:
            raise AuditError(f"no custom rows at {event.agreement.rows}: {error}") from error
        return replace(event, agreement=agreement)

    def _code(self, account: str) -> bytes:
        """Code of a contract."""
        return bytes.fromhex(self._rpc.call("eth_getCode", account, self._tag)[2:])

    def _times(self, logs: list[dict[str, Any]]) -> dict[int, tuple[str, int]]:
        numbers = sorted({int(log["blockNumber"], 16) for log in logs})
        calls = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        answers = self._ask(calls, lambda *_: None)
        if None in answers:
            raise AuditError("the node lacks a block of which it gave logs")
        return {
            number: (block["hash"], int(block["timestamp"], 16))
            for number, block in zip(numbers, answers, strict=True)
        }


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
