"""A chain with a known load of a real loan book, made quickly.

Every event comes from the real book: a test contract (`contracts/mocks/LoadMaker.sol`) originates,
collects and pays many loans in one transaction. Loans are monthly and level with twelve rows. In
the third month everybody pays some by hand and early, in the fourth nobody pays, in the fifth the
arrears are collected with their penalty, and the twelfth closes. That is 14 events a loan.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.contracts import compiled
from tests.integration.world import UNIT, Party, World

from tallystick.chain.rpc import Rpc
from tallystick.chain.words import AGREEMENT_TUPLE, agreement_words
from tallystick.loans.calendar import SECONDS_PER_DAY, due_day

EVENTS_PER_LOAN = 14
PARTIES = 200
OPTIONS = (
    *("--order", "fifo", "--no-request-size-limit"),
    *("--gas-limit", str(2**45), "--slots-in-an-epoch", "1"),
)
AUTOMINE_OFF = False
_GAS = hex(2**40)
_BLOCK_SECONDS = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """How events are laid into blocks."""

    transactions: int
    """in a block"""
    loans: int
    """that one transaction touches"""


DENSE = Shape(5, 200)
SPARSE = Shape(10, 1)


class Chain:
    """A book and agreeable parties on a running node, and a template from which loans follow."""

    def __init__(self, anvil: Anvil) -> None:
        self.world = World(anvil, parties=("ada", "ben"))
        self.rpc = self.world.rpc
        self.patient = Rpc(self.world.url, timeout=120)
        self._sender = Party.named("deployer").address
        words = _address(self.world.book) + _address(self.world.token) + _word(PARTIES)
        code = compiled()["LoadMaker"] + words.hex()
        self._maker = self.world.create(self._sender, code)["contractAddress"]
        self.template = self.world.terms()
        self._nonce = self._time = 0
        self.reset()
        self.rpc.call("evm_setAutomine", AUTOMINE_OFF)

    def fill(self, events: int, shape: Shape) -> float:
        """Makes about `events` events; seconds it took."""
        began = time.monotonic()
        loans = max(1, events // EVENTS_PER_LOAN)
        for time_, signature, extra in self._story():
            self._time = max(self._time, time_)
            calls = [
                self._call(signature, first, min(shape.loans, loans - first), extra)
                for first in range(0, loans, shape.loans)
            ]
            for first in range(0, len(calls), shape.transactions):
                self.block(calls[first : first + shape.transactions])
        return time.monotonic() - began

    def block(self, calls: Sequence[bytes]) -> None:
        """One block with these calls of the maker."""
        sent = []
        for data in calls:
            transaction = {
                "from": self._sender,
                "to": self._maker,
                "gas": _GAS,
                "gasPrice": hex(10**10),
                "nonce": hex(self._nonce),
                "data": "0x" + data.hex(),
            }
            sent.append(("eth_sendTransaction", (transaction,)))
            self._nonce += 1
        self.rpc.batch(sent)
        self._time += _BLOCK_SECONDS
        self.rpc.call("evm_mine", {"timestamp": self._time})

    def reset(self) -> None:
        """Goes on from the chain's head, after a reorg."""
        self._nonce = int(self.rpc.call("eth_getTransactionCount", self._sender, "latest"), 16)
        self._time = max(self._time, self.world.now())

    def pay_call(self, loan: int, amount: int) -> bytes:
        """Data of a payment by hand on one loan."""
        return self._call("pay(%s,uint256,uint256,uint256)", loan, 1, _word(amount))

    def _story(self) -> Iterator[tuple[int, str, bytes]]:
        """When, what and with which further arguments, for all loans."""
        yield self._time, "originate(%s,uint256,uint256)", b""
        for row in range(12):
            due = due_day(self.template, row) * SECONDS_PER_DAY + SECONDS_PER_DAY // 2
            if row == 2:
                early = due - 10 * SECONDS_PER_DAY
                yield early, "pay(%s,uint256,uint256,uint256)", _word(30 * UNIT)
            if row == 4:
                due += 20 * SECONDS_PER_DAY
            if row != 3:
                yield due, "collect(%s,uint256,uint256)", b""

    def _call(self, signature: str, first: int, count: int, extra: bytes) -> bytes:
        selector = keccak(text=signature % AGREEMENT_TUPLE)[:4]
        return selector + agreement_words(self.template) + _word(first) + _word(count) + extra


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address(account: str) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0")
