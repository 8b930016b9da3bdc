"""Sends transactions with a local key: nonce, EIP-1559 fees, replacement, receipt.

One transaction is under way per sender at a time, so the nonce is always the account's next one.
Senders with different keys never meet. Two processes with the same key contend for nonces: whoever
loses one notices (the nonce is used, none of its own transactions is mined) and takes the next. No
two of them ever sign the same bytes, or both would take the one receipt for their own.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

from eth_account import Account

from tallystick.chain.errors import (
    InsufficientGasFunds,
    NonceConflict,
    RpcRefused,
    RpcUnavailable,
    TransactionReverted,
    TransactionStuck,
)
from tallystick.chain.reverts import as_revert
from tallystick.chain.rpc import Rpc

_GAS_MARGIN = (5, 4)
"""Gas limit over the estimate: the state may change before inclusion."""
_BUMP = (9, 8)
"""Fee of a replacement over the one replaced; nodes ask for at least 10 %."""
_FIRST_PAUSE = 0.005
"""Seconds; a development chain mines at once."""
_SALT = 2**16
"""Gas added to a limit at random, below this, so that every transaction is its sender's own."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mined, successful transaction; `fee` in wei, `logs` as the node gives them."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    gas_used: int
    fee: int
    logs: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SenderPolicy:
    """Seconds and limits. The fee cap, wei per gas, is never exceeded, however long that takes.

    `poll` is the longest pause between two looks for a receipt; the first ones are shorter.
    """

    patience: float = 20.0
    replacements: int = 5
    poll: float = 0.2
    nonces: int = 8
    max_fee_per_gas: int = 10**13


@dataclass(frozen=True, slots=True)
class _Fees:
    """`tip` is None on a chain without EIP-1559, where `most` is the gas price."""

    most: int
    tip: int | None

    def raised(self, market: _Fees, cap: int) -> _Fees:
        most = min(max(_up(self.most), market.most), cap)
        if self.tip is None:
            return _Fees(most, None)
        return _Fees(most, min(max(_up(self.tip), market.tip or 0), most))

    def fields(self) -> dict[str, int]:
        if self.tip is None:
            return {"gasPrice": self.most}
        return {"type": 2, "maxFeePerGas": self.most, "maxPriorityFeePerGas": self.tip}


class _NonceTaken(Exception):
    """Another transaction of this account has the nonce."""


class Sender:
    """Sends from the account of `key` (32 bytes or hex, secret) on one chain."""

    def __init__(
        self, rpc: Rpc, key: str | bytes, chain_id: int, policy: SenderPolicy | None = None
    ) -> None:
        self._rpc = rpc
        self._account = Account.from_key(key)
        self._chain_id = chain_id
        self._policy = policy or SenderPolicy()
        self._lock = threading.Lock()
        self.address: str = self._account.address
        """EIP-55 address of the sending account."""

    def send(self, to: str, data: bytes, *, value: int = 0, gas: int | None = None) -> Receipt:
        """Sends and waits until mined. The call is simulated first unless `gas` is given.

        Raises BookRevert when the simulation is refused (nothing was sent), SendError and its
        kinds, RpcUnavailable (then the transaction may or may not have been accepted).
        """
        with self._lock:
            call = {"from": self.address, "to": to, "data": "0x" + data.hex(), "value": hex(value)}
            transaction = {"chainId": self._chain_id, "to": to, "data": data, "value": value}
            transaction["gas"] = (gas or self._estimate(call)) + secrets.randbelow(_SALT)
            for _ in range(self._policy.nonces):
                try:
                    return self._send_at(self._count("pending"), transaction)
                except _NonceTaken:
                    time.sleep(self._policy.poll)
            raise NonceConflict(f"another process keeps sending from {self.address}")

    def _send_at(self, nonce: int, transaction: dict[str, Any]) -> Receipt:
        sent: list[bytes] = []
        fees = self._market()
        for _ in range(self._policy.replacements + 1):
            signed = self._account.sign_transaction(transaction | {"nonce": nonce} | fees.fields())
            if self._submit(signed.raw_transaction, replaces=bool(sent)):
                sent.append(bytes(signed.hash))
            receipt = self._await(nonce, sent)
            if receipt is not None:
                return receipt
            fees = fees.raised(self._market(), self._policy.max_fee_per_gas)
            self._unblock(nonce, fees)
        raise TransactionStuck(sent, self._policy.patience * (self._policy.replacements + 1))

    def _unblock(self, nonce: int, fees: _Fees) -> None:
        """Fills the account's oldest open nonce if it is not ours to fill.

        What an earlier process left there at too low a fee would hold up everything behind it; an
        empty transfer takes its place.
        """
        open_nonce = self._count("latest")
        if open_nonce < nonce:
            transfer = {"chainId": self._chain_id, "to": self.address, "value": 0, "gas": 21_000}
            signed = self._account.sign_transaction(
                transfer | {"nonce": open_nonce} | fees.fields()
            )
            self._submit(signed.raw_transaction, replaces=True)

    def _submit(self, raw: bytes, *, replaces: bool) -> bool:
        """Hands the transaction to the node; False when the one that it replaces stays in place."""
        try:
            self._rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        except RpcRefused as error:
            reason = error.message.lower()
            if "already" in reason and ("known" in reason or "import" in reason):
                return True
            if "insufficient funds" in reason:
                raise InsufficientGasFunds(f"{self.address} cannot pay for gas") from error
            if "underpriced" in reason or "nonce" in reason or "replacement" in reason:
                if not replaces:  # somebody else's transaction is there
                    raise _NonceTaken from error
                return False
            raise as_revert(error) or error from error
        return True

    def _await(self, nonce: int, sent: list[bytes]) -> Receipt | None:
        """The receipt of whichever of `sent` is mined; None when none is after the patience."""
        until = time.monotonic() + self._policy.patience
        lost = 0
        pause = min(_FIRST_PAUSE, self._policy.poll)
        while True:
            try:
                receipt, count = self._look(sent)
            except RpcUnavailable:  # the transaction is out; a node that is back will tell
                if time.monotonic() >= until:
                    raise
                receipt, count = None, nonce
            if receipt is not None:
                return _receipt(receipt)
            # The count may run ahead of the receipts for an instant, so look again before
            # concluding that the nonce went to somebody else's transaction.
            if pause >= self._policy.poll:
                lost = lost + 1 if count > nonce else 0
            if lost > 2 and not self._known(sent):
                raise _NonceTaken
            if time.monotonic() >= until:
                return None
            time.sleep(pause)
            pause = min(2 * pause, self._policy.poll)

    def _look(self, sent: list[bytes]) -> tuple[dict[str, Any] | None, int]:
        """The receipt of any of `sent`, and the account's next nonce."""
        *receipts, count = self._rpc.batch(
            [
                *(("eth_getTransactionReceipt", ("0x" + tx.hex(),)) for tx in sent),
                ("eth_getTransactionCount", (self.address, "latest")),
            ]
        )
        return next((receipt for receipt in receipts if receipt), None), int(count, 16)

    def _known(self, sent: list[bytes]) -> bool:
        """Whether the node still knows any of `sent`, mined or not."""
        return any(
            self._rpc.batch([("eth_getTransactionByHash", ("0x" + tx.hex(),)) for tx in sent])
        )

    def _estimate(self, call: dict[str, str]) -> int:
        try:
            estimate = int(self._rpc.call("eth_estimateGas", call), 16)
        except RpcRefused as error:
            if "insufficient funds" in error.message.lower():
                raise InsufficientGasFunds(f"{self.address} cannot pay for gas") from error
            raise as_revert(error) or error from error
        return estimate * _GAS_MARGIN[0] // _GAS_MARGIN[1]

    def _count(self, tag: str) -> int:
        return int(self._rpc.call("eth_getTransactionCount", self.address, tag), 16)

    def _market(self) -> _Fees:
        """Fees that are mined promptly now: tip as the node suggests, room for six full blocks."""
        head, price = self._rpc.batch(
            [("eth_getBlockByNumber", ("latest", False)), ("eth_gasPrice", ())]
        )
        if head.get("baseFeePerGas") is None:
            return _Fees(min(int(price, 16), self._policy.max_fee_per_gas), None)
        base = int(head["baseFeePerGas"], 16)
        tip = max(int(price, 16) - base, 0)
        most = min(2 * base + tip, self._policy.max_fee_per_gas)
        return _Fees(most, min(tip, most))


def _up(fee: int) -> int:
    return fee * _BUMP[0] // _BUMP[1] + 1


def _receipt(raw: dict[str, Any]) -> Receipt:
    tx_hash = bytes.fromhex(raw["transactionHash"][2:])
    if int(raw["status"], 16) != 1:
        raise TransactionReverted(tx_hash)
    gas_used = int(raw["gasUsed"], 16)
    return Receipt(
        tx_hash=tx_hash,
        block_number=int(raw["blockNumber"], 16),
        block_hash=bytes.fromhex(raw["blockHash"][2:]),
        gas_used=gas_used,
        fee=gas_used * int(raw.get("effectiveGasPrice") or "0x0", 16),
        logs=raw["logs"],
    )
