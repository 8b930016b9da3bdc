"""What the book would do with a call now, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.chain.calls import collect_call, collect_many_call
from tallystick.chain.client import BookClient
from tallystick.chain.errors import BookRevert, RpcRefused
from tallystick.chain.funds import funds
from tallystick.chain.reverts import as_revert
from tallystick.chain.rpc import Rpc
from tallystick.loans.agreement import Agreement
from tallystick.settlement.attempts import Reason, shortfall_text

BATCH_GAS = 100_000
GAS_PER_LOAN = 200_000
"""Gas limit of a batch: a share for itself and one for each loan; a plain installment needs 75 000.

Nodes' gas estimates are no guide here: a batch does not revert when a transfer inside it runs out
of gas, so the least gas with which it succeeds may be too little to collect anything. Simulation
and transaction therefore use the same, ample limit; gas that is not used is not paid.
"""

SETTLED = frozenset({"NothingDue", "LoanNotOpen", "AutopayOff", "TermsNotInForce"})
"""Nothing is to be pulled, or the index is behind: the next round knows better."""


@dataclass(frozen=True, slots=True)
class Next:
    """The block a transaction sent now would be in: its time (Unix seconds) and its gas limit.

    `tag` names the state to simulate on.
    """

    timestamp: int
    gas_limit: int
    tag: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why one loan was not collected. `reason` None: alone it can be; `settled`: nothing is due."""

    reason: Reason | None = None
    detail: str | None = None
    settled: bool = False


def batch_gas(loans: int) -> int:
    """Gas limit for a batch of so many loans."""
    return BATCH_GAS + GAS_PER_LOAN * loans


class Simulator:
    """Asks one node; `sender` is the account that would send."""

    def __init__(self, rpc: Rpc, client: BookClient, sender: str) -> None:
        self._rpc = rpc
        self._client = client
        self._sender = sender

    def next_block(self) -> Next:
        """The pending block, so that other keepers' transactions on their way count as done.

        Nodes without pending state are asked for the latest block. Raises RpcUnavailable.
        """
        for tag in ("pending", "latest"):
            try:
                block = self._rpc.call("eth_getBlockByNumber", tag, False)  # noqa: FBT003
            except RpcRefused:
                continue
            if block is not None:
                return Next(int(block["timestamp"], 16), int(block["gasLimit"], 16), tag)
        raise RpcRefused("eth_getBlockByNumber", 0, "the node knows neither pending nor latest")

    def collect_many(self, agreements: Sequence[Agreement], tag: str) -> list[int]:
        """What a batch would take of each loan, base units; 0 for those that would fail.

        Raises BookRevert or RpcRefused when the batch as a whole fails, RpcUnavailable.
        """
        gas = batch_gas(len(agreements))
        answer = self._call(collect_many_call(agreements), tag, gas)
        # one dynamic array: offset, length, items
        words = [int.from_bytes(answer[at : at + 32], "big") for at in range(64, len(answer), 32)]
        return words[: len(agreements)]

    def check(self, data: bytes, tag: str) -> None:
        """Raises BookRevert or RpcRefused when a call would fail, RpcUnavailable."""
        self._call(data, tag)

    def diagnose(self, agreement: Agreement, amount: int, now: Next) -> Diagnosis:
        """Why `amount` of a loan is not collected. Raises RpcUnavailable."""
        try:
            self._call(collect_call(agreement), now.tag)
        except BookRevert as revert:
            if revert.name in SETTLED:
                return Diagnosis(settled=True)
            if revert.name == "TokenTransferFailed":
                return self._why_no_transfer(agreement, revert.arguments.get("amount", amount), now)
            return Diagnosis(Reason.REFUSED, str(revert))
        except RpcRefused as error:
            return Diagnosis(Reason.REFUSED, str(error))
        return Diagnosis()

    def _why_no_transfer(self, agreement: Agreement, amount: int, now: Next) -> Diagnosis:
        token, borrower, book = agreement.token, agreement.borrower, self._client.book
        try:
            found = funds(self._rpc, token, borrower, book, now.timestamp, now.tag)
        except RpcRefused as error:
            return Diagnosis(Reason.TOKEN, str(error))
        if found.allowed < amount:
            return Diagnosis(Reason.ALLOWANCE, shortfall_text(found.allowed, amount))
        if found.balance < amount:
            return Diagnosis(Reason.BALANCE, shortfall_text(found.balance, amount))
        return Diagnosis(Reason.TOKEN, "allowance and balance suffice")

    def _call(self, data: bytes, tag: str, gas: int | None = None) -> bytes:
        call: dict[str, Any] = {
            "from": self._sender,
            "to": self._client.book,
            "data": "0x" + data.hex(),
        }
        if gas is not None:
            call["gas"] = hex(gas)
        try:
            answer: str = self._rpc.call("eth_call", call, tag)
        except RpcRefused as error:
            raise as_revert(error) or error from error
        return bytes.fromhex(answer[2:])
