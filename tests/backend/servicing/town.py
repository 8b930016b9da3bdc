"""A made-up chain of loans in an index of the real store: blocks at any second, and reorgs."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from tests.backend.earlywarning.crowd import terms as crowd_terms

from tallystick.chain.codec import TOPICS
from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.chain.words import terms_words
from tallystick.db import open_database
from tallystick.indexer.source import Batch, Header, Log
from tallystick.indexer.store import Store
from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, day_of
from tallystick.loans.kinds import Source, Status

CHAIN = 1
BOOK = to_checksum_address("0x" + "b0" * 20)
JANUARY = day_of(date(2026, 1, 1))
HOUR = 3_600
UNIT = 10**6


def at(day: int, hour: float = 12) -> int:
    """A second of a UTC day."""
    return day * SECONDS_PER_DAY + int(hour * HOUR)


class Town:
    """Loans by number: 1,200 for 12 months from the first of a month, due on the first."""

    def __init__(self, path: Path, begun: int = JANUARY - 1) -> None:
        self.path = path
        self.db = open_database(path, rebuildable=True)
        self.store = Store(self.db, CHAIN)
        self._salt = 0
        base = Header(0, self._hash(0), bytes(32), at(begun), 0)
        deployment = Deployment(chain_id=CHAIN, book=BOOK, from_block=1)
        self.cursor = self.store.open(ChainIdentity(CHAIN, base.hash, b""), deployment, base)
        self.headers = [base]
        self.accounts: dict[int, Account] = {}
        self._past = [deepcopy(self.accounts)]

    def close(self) -> None:
        self.db.close()

    def originate(self, number: int, months: int = 0, hour: float = 9) -> bytes:
        """Loan `number` begins on the first of a month, counted from January 2026."""
        agreement = _terms(number, months)
        self.accounts[number] = Account(agreement)
        day = day_of(date(2026 + months // 12, months % 12 + 1, 1))
        parties = (agreement.borrower, agreement.lender)
        topics = TOPICS["Originated"] + loan_id(number)
        topics += b"".join(bytes.fromhex(a[2:]).rjust(32, b"\0") for a in parties)
        self.block(at(day, hour), [(topics, terms_words(agreement))])
        return loan_id(number)

    def pay(self, number: int, second: int, amount: int | None = None) -> None:
        """What is due is collected, or the borrower pays `amount`."""
        account = self.accounts[number]
        amounts = account.pay(second // SECONDS_PER_DAY, amount)
        source = Source.COLLECTED if amount is None else Source.PAID
        payer = bytes.fromhex(account.agreement.borrower[2:]).rjust(32, b"\0")
        topics = TOPICS["Paid"] + loan_id(number) + payer + source.to_bytes(32, "big")
        logs = [(topics, b"".join(part.to_bytes(32, "big") for part in amounts))]
        if account.status is Status.CLOSED:
            logs.append((TOPICS["Closed"] + loan_id(number), b""))
        self.block(second, logs)

    def payoff(self, number: int, second: int) -> None:
        """The borrower closes the loan."""
        owed = self.accounts[number].owed(second // SECONDS_PER_DAY)
        self.pay(number, second, owed.payoff)

    def until(self, second: int) -> None:
        """An empty block."""
        self.block(second, [])

    def reorg(self, second: int) -> None:
        """Takes back every block at a second or later; others follow."""
        kept = [header for header in self.headers if header.timestamp < second]
        self._salt += 1
        self.headers = kept
        self._past = self._past[: len(kept)]
        self.accounts = deepcopy(self._past[-1])
        self.cursor = self.store.rewind(self.cursor, kept[-1])

    def block(self, second: int, logs: list[tuple[bytes, bytes]]) -> None:
        number = len(self.headers)
        header = Header(number, self._hash(number), self.headers[-1].hash, second, 0)
        found = [
            Log(number, index, header.hash, self._hash(10**6 + number), topics, data, 1)
            for index, (topics, data) in enumerate(logs)
        ]
        self.cursor = self.store.append(self.cursor, [Batch([header], found)], number)
        self.headers.append(header)
        self._past.append(deepcopy(self.accounts))

    def _hash(self, number: int) -> bytes:
        return keccak(text=f"block {number} {self._salt}")


def loan_id(number: int) -> bytes:
    return keccak(text=f"loan {number}")


def _terms(number: int, months: int) -> Agreement:
    borrower = to_checksum_address(f"0x{0xBB00 + number:040x}")
    made = crowd_terms(borrower, months)
    lender, token = (to_checksum_address(one) for one in (made.lender, made.token))
    return replace(made, lender=lender, token=token)
