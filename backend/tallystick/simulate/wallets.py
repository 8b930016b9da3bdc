"""Everybody's wallets: what they sign, and what they send, many transactions to a block."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from eth_typing import Hash32

from tallystick.chain.errors import BookRevert, RpcRefused
from tallystick.chain.reverts import as_revert
from tallystick.chain.rpc import Rpc
from tallystick.demo.people import Person

_GAS = 500_000
"""Limit of every transaction; what is not used is not paid."""
_PRICE = 10**10
"""Wei per gas, above whatever the base fee of a busy development chain comes to."""
MOST = 1_000
"""Transactions of a block; all of them fit `BLOCK_GAS`."""
BLOCK_GAS = MOST * _GAS


class Unmined(Exception):
    """The node left out a transaction that it had taken."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A signed transaction that waits for its block."""

    person: Person
    to: str
    data: bytes
    what: str
    raw: str


class Wallets:
    """Signs at once and sends with the next block, in the order in which it was asked.

    `sent`, `gas` and `failed` count by what was done, `refused` by what the book said to it. Nobody
    else may send from these accounts, since their nonces are counted here.
    """

    def __init__(self, rpc: Rpc, chain_id: int) -> None:
        self._rpc = rpc
        self._chain_id = chain_id
        self._nonces: Counter[str] = Counter()
        self._waiting: list[_Sent] = []
        self.gas: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def send(self, person: Person, to: str, data: bytes, what: str) -> None:
        """To be mined with the next block."""
        transaction: dict[str, Any] = {
            "chainId": self._chain_id,
            "gas": _GAS,
            "gasPrice": _PRICE,
            "value": 0,
            "nonce": self._nonces[person.name],
            "to": to,
            "data": data,
        }
        self._nonces[person.name] += 1
        raw = "0x" + person.account.sign_transaction(transaction).raw_transaction.hex()
        self._waiting.append(_Sent(person, to, data, what, raw))

    @property
    def waiting(self) -> int:
        """How many transactions the next block has."""
        return len(self._waiting)

    def mine(self, timestamp: int) -> None:
        """Mines what waits, in blocks from `timestamp` (Unix seconds) on, a second apart; one block
        if nothing does. Raises Unmined, RpcError."""
        while True:
            block, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._mine(block, timestamp)
            if not self._waiting:
                return
            timestamp += 1

    def _mine(self, block: list[_Sent], timestamp: int) -> None:
        # one after the other, as a node may work on the calls of a batch side by side
        self._rpc.call("evm_setAutomine", False)  # noqa: FBT003
        try:
            hashes = self._rpc.batch([("eth_sendRawTransaction", (each.raw,)) for each in block])
            self._rpc.call("evm_setNextBlockTimestamp", timestamp)
            self._rpc.call("evm_mine")
        finally:
            self._rpc.call("evm_setAutomine", True)  # noqa: FBT003
        if not block:
            return
        receipts = self._rpc.call("eth_getBlockReceipts", "latest")
        found = {receipt["transactionHash"]: receipt for receipt in receipts}
        for each, hash_ in zip(block, hashes, strict=True):
            if hash_ not in found:
                raise Unmined(f"{each.what} of {each.person.name} is not in its block")
            self._count(each, found[hash_])

    def _count(self, each: _Sent, receipt: dict[str, Any]) -> None:
        if int(receipt["status"], 16) == 1:
            self.sent[each.what] += 1
            self.gas[each.what] += int(receipt["gasUsed"], 16)
        else:
            self.refused[f"{each.what}: {self._reason(each, receipt)}"] += 1

    def _reason(self, each: _Sent, receipt: dict[str, Any]) -> str:
        """What the contract says to the same call before its block."""
        call = {"from": each.person.address, "to": each.to, "data": "0x" + each.data.hex()}
        try:
            self._rpc.call("eth_call", call, hex(int(receipt["blockNumber"], 16) - 1))
        except RpcRefused as error:
            revert = as_revert(error)
            return revert.name if isinstance(revert, BookRevert) else error.message
        return "something else in its block came first"

    @staticmethod
    def sign(person: Person, digest: bytes) -> bytes:
        """65 bytes over an EIP-712 digest."""
        return bytes(person.account.unsafe_sign_hash(Hash32(digest)).signature)
