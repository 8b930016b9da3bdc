"""Everybody's wallets: what they sign and send, and what it costs in gas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Receipt, Sender, SenderPolicy
from tallystick.demo.people import Person

_POLICY = SenderPolicy(poll=0.01, max_fee_per_gas=10**15)
_TOGETHER = 200
_GAS = 150_000


class Wallets:
    """Sends for whoever has a name here. `gas` and `sent` count by what was done."""

    def __init__(self, rpc: Rpc, chain_id: int) -> None:
        self._rpc = rpc
        self._chain_id = chain_id
        self._senders: dict[str, Sender] = {}
        self.gas: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()

    def send(self, person: Person, to: str, data: bytes, what: str) -> Receipt:
        """Mined when it returns. Raises BookRevert, SendError, RpcError."""
        sender = self._senders.get(person.name)
        if sender is None:
            sender = Sender(self._rpc, person.account.key, self._chain_id, _POLICY)
            self._senders[person.name] = sender
        receipt = sender.send(to, data)
        self.gas[what] += receipt.gas_used
        self.sent[what] += 1
        return receipt

    def send_all(self, person: Person, calls: Sequence[tuple[str, bytes]], what: str) -> None:
        """Many calls (receiver and data) of one person, that cannot fail, in few blocks."""
        for first in range(0, len(calls), _TOGETHER):
            self._send_block(person, calls[first : first + _TOGETHER])
            self.sent[what] += len(calls[first : first + _TOGETHER])

    def _send_block(self, person: Person, calls: Sequence[tuple[str, bytes]]) -> None:
        count = int(self._rpc.call("eth_getTransactionCount", person.address, "latest"), 16)
        always: dict[str, Any] = {
            "chainId": self._chain_id,
            "gas": _GAS,
            "gasPrice": 2 * int(self._rpc.call("eth_gasPrice"), 16),
            "value": 0,
        }
        raw = [
            person.account.sign_transaction(
                always | {"nonce": count + index, "to": to, "data": data}
            ).raw_transaction
            for index, (to, data) in enumerate(calls)
        ]
        sending = [("eth_sendRawTransaction", ("0x" + each.hex(),)) for each in raw]
        self._rpc.call("evm_setAutomine", False)  # noqa: FBT003
        try:
            self._rpc.batch([*sending, ("evm_mine", ())])
        finally:
            self._rpc.call("evm_setAutomine", True)  # noqa: FBT003

    @staticmethod
    def sign(person: Person, document: dict[str, Any]) -> bytes:
        """65 bytes, as a wallet signs typed data."""
        return bytes(person.account.sign_typed_data(full_message=document).signature)
