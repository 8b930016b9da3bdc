"""The same reads, believed only as far as they follow from the hash of the pinned block.

Headers hang together by parent hashes down to the first block; a block whose bloom may hold the
book is read with all its receipts, which must give its receipts root; storage comes with its proof.
So no event, loan or word can be kept back or made up. Views (a token's balance, symbol and
decimals) stay the node's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.audit.chain import CALLS, Advance, AuditedChain
from tallystick.audit.errors import AuditError
from tallystick.chain.hashing import keccak
from tallystick.chain.rpc import Rpc
from tallystick.loans.events import BookEvent
from tallystick.proof.ask import ask_proof, nodes_of
from tallystick.proof.errors import ProofRefused
from tallystick.proof.header import Header, decode_header, encode_header
from tallystick.proof.receipt import receipt_trie
from tallystick.proof.witness import Witness

_KEYS = 100
"""Storage keys in one eth_getProof."""


class ProvenChain(AuditedChain):
    """Raises AuditError for whatever the node says that is not so."""

    def __init__(self, rpc: Rpc, book: str, number: int | None) -> None:
        super().__init__(rpc, book, number)
        self.proven = True
        self._receipts: dict[bytes, dict[str, Any]] = {}
        block = rpc.call("eth_getBlockByHash", "0x" + self.pin.hash.hex(), False)  # noqa: FBT003
        self._head = self._header(block, self.pin.hash)
        if (self._head.number, self._head.timestamp) != (self.pin.number, self.pin.timestamp):
            raise AuditError("the node misstates its own block")
        self._account(ask_proof(rpc, book, [], self.pin.number))

    def events(
        self, first: int, topics: Sequence[Any] = (), advance: Advance = lambda *_: None
    ) -> list[BookEvent]:
        """The book's events from block `first` on that match `topics`; none can be missing."""
        bits = _bloom_bits(bytes.fromhex(self.book[2:]))
        found: list[list[BookEvent]] = []
        expected, total = self.pin.hash, self.pin.number - first + 1
        for top in range(self.pin.number, first - 1, -CALLS):
            numbers = range(top, max(first, top - CALLS + 1) - 1, -1)
            calls = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
            for block in self._rpc.batch(calls):
                header = self._header(block, expected)
                expected = header.parent
                if int(block["logsBloom"], 16) & bits == bits:
                    logs = self._logs(block)
                    times = {header.number: (block["hash"], header.timestamp)}
                    found.append(self._decoded([e for e in logs if _matches(e, topics)], times))
            advance(self.pin.number - numbers[-1] + 1, total)
        return self._with_rows([event for events in reversed(found) for event in events])

    def words(self, keys: Sequence[bytes], advance: Advance = lambda *_: None) -> list[int]:
        """Words of the book's storage, each with its proof."""
        words: list[int] = []
        for at in range(0, len(keys), _KEYS):
            some = keys[at : at + _KEYS]
            answer = ask_proof(self._rpc, self.book, some, self.pin.number)
            witness, root = self._account(answer)
            try:
                words += [witness.word(root, key, "a word of the book") for key in some]
            except ProofRefused as error:
                raise AuditError(f"the node does not prove the book's storage: {error}") from error
            advance(len(words), len(keys))
        return words

    def receipts(self, hashes: Sequence[bytes], advance: Advance) -> list[dict[str, Any] | None]:
        """Receipts of transactions with events that were read; proven with them."""
        advance(len(hashes), len(hashes))
        return [self._receipts.get(hash_) for hash_ in hashes]

    def _code(self, account: str) -> bytes:
        """Code of a contract, with its proof."""
        code = super()._code(account)
        witness = Witness(nodes_of(ask_proof(self._rpc, account, [], self.pin.number)))
        try:
            _, code_hash = witness.account(
                self._head.state_root, bytes.fromhex(account[2:]), f"the account {account}"
            )
        except ProofRefused as error:
            raise AuditError(f"the node does not prove the code at {account}: {error}") from error
        if keccak(code) != code_hash:
            raise AuditError(f"the node gave other code than that at {account}")
        return code

    def _account(self, answer: dict[str, Any]) -> tuple[Witness, bytes]:
        """The nodes in the answer, and the root of the book's storage."""
        witness = Witness(nodes_of(answer))
        try:
            root, code_hash = witness.account(
                self._head.state_root, bytes.fromhex(self.book[2:]), "the book"
            )
        except ProofRefused as error:
            raise AuditError(f"the node does not prove the book's account: {error}") from error
        if code_hash != self.code_hash:
            raise AuditError("the node gave other code than the book's")
        return witness, root

    def _header(self, block: dict[str, Any] | None, expected: bytes) -> Header:
        if block is None:
            raise AuditError("the node lacks a block")
        header = decode_header(encode_header(block))
        if header.hash != expected:
            raise AuditError(f"block {header.number} does not follow from the audited one")
        return header

    def _logs(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        """All logs of the book in a block."""
        receipts = self._rpc.call("eth_getBlockReceipts", block["hash"])
        receipt_trie(receipts or [], block["receiptsRoot"])
        logs: list[dict[str, Any]] = []
        index = 0
        for receipt in sorted(receipts or [], key=lambda r: int(r["transactionIndex"], 16)):
            ours = False
            for log in receipt["logs"]:
                if log["address"].lower() == self.book.lower():
                    ours = True
                    place = {"blockNumber": block["number"], "blockHash": block["hash"]}
                    logs.append(log | place | {"logIndex": hex(index)})
                index += 1
            if ours:
                self._receipts[bytes.fromhex(receipt["transactionHash"][2:])] = receipt
        return logs


def _bloom_bits(value: bytes) -> int:
    digest = keccak(value)
    places = (int.from_bytes(digest[at : at + 2], "big") & 2047 for at in (0, 2, 4))
    return sum({1 << place for place in places})


def _matches(log: dict[str, Any], topics: Sequence[Any]) -> bool:
    """Whether a log passes a filter of eth_getLogs."""
    if len(log["topics"]) < len(topics):
        return False
    return all(
        wanted is None or topic == wanted or (isinstance(wanted, list) and topic in wanted)
        for wanted, topic in zip(topics, log["topics"], strict=False)
    )
