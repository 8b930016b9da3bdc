"""What an audit found, as plain values. Amounts in base units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tallystick.loans.fold import LoanState


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sources that should agree and do not. `expected` is what the events give."""

    what: str
    expected: str
    found: str
    where: str
    """The other source: ``terms``, ``events``, ``storage``, ``index``, ``token``."""

    def to_json(self) -> dict[str, str]:
        return {
            "what": self.what,
            "expected": self.expected,
            "found": self.found,
            "where": self.where,
        }


@dataclass(slots=True)
class LoanAudit:
    """One loan; `state` is None when its events contradict each other."""

    loan_id: bytes
    state: LoanState | None
    outstanding: int = 0
    differences: list[Difference] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        head = {"loan_id": "0x" + self.loan_id.hex()}
        tail = {"differences": [difference.to_json() for difference in self.differences]}
        state = self.state
        if state is None:
            return head | tail
        paid = state.paid
        return (
            head
            | {
                "borrower": state.original.borrower,
                "lender": state.original.lender,
                "holder": state.holder,
                "token": state.original.token,
                "status": state.debt.status.label,
                "terms": "0x" + state.terms.hex(),
                "principal": str(state.original.principal),
                "outstanding": str(self.outstanding),
                "payments": len(state.payments),
                "paid": {
                    "penalty": str(paid.penalty),
                    "interest": str(paid.interest),
                    "fee": str(paid.fee),
                    "principal": str(paid.principal),
                },
                "credited": str(state.credited),
            }
            | tail
        )


MONEY = (
    *("lent", "capitalised", "forgiven", "principal", "interest", "fee", "penalty", "outstanding"),
    *("collateral", "sold", "released", "escrow", "credits", "balance"),
)
"""Amounts of a `TokenAudit`."""


@dataclass(slots=True)
class TokenAudit:
    """The money of one token over all loans audited; `balance` and `credits` are the book's.

    `capitalised` is interest that became principal, `forgiven` principal that nobody owes any more;
    `collateral` is what came into `escrow`, until `sold` or `released`.
    """

    token: str
    symbol: str | None
    decimals: int | None
    lent: int = 0
    capitalised: int = 0
    forgiven: int = 0
    principal: int = 0
    interest: int = 0
    fee: int = 0
    penalty: int = 0
    outstanding: int = 0
    collateral: int = 0
    sold: int = 0
    released: int = 0
    escrow: int = 0
    credits: int | None = None
    balance: int | None = None
    differences: list[Difference] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in MONEY}
        return (
            {"token": self.token, "symbol": self.symbol, "decimals": self.decimals}
            | {name: None if value is None else str(value) for name, value in values.items()}
            | {"differences": [difference.to_json() for difference in self.differences]}
        )


@dataclass(slots=True)
class Report:
    """The whole audit, true at one block. `timestamp` in Unix seconds."""

    chain_id: int
    book: str
    code_hash: bytes
    block_number: int
    block_hash: bytes
    timestamp: int
    from_block: int
    scope: str
    events: int
    index: str | None
    transactions: int
    transfers_checked: bool
    proven: bool
    """Whether events, storage and transfers follow from the block hash."""
    loans: list[LoanAudit]
    tokens: list[TokenAudit]
    differences: list[Difference]
    """Those that belong to no loan and no token."""

    def all_differences(self) -> Iterator[tuple[str, Difference]]:
        """Each with what it is about."""
        for difference in self.differences:
            yield "book", difference
        for token in self.tokens:
            for difference in token.differences:
                yield token.token, difference
        for loan in self.loans:
            for difference in loan.differences:
                yield "0x" + loan.loan_id.hex(), difference

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return next(self.all_differences(), None) is None

    def to_json(self) -> dict[str, Any]:
        return {
            "equal": self.equal,
            "chain_id": self.chain_id,
            "book": self.book,
            "code_hash": "0x" + self.code_hash.hex(),
            "block": {
                "number": self.block_number,
                "hash": "0x" + self.block_hash.hex(),
                "timestamp": self.timestamp,
            },
            "from_block": self.from_block,
            "scope": self.scope,
            "events": self.events,
            "index": self.index,
            "transactions": self.transactions,
            "transfers_checked": self.transfers_checked,
            "proven": self.proven,
            "differences": [
                {"about": about} | difference.to_json()
                for about, difference in self.all_differences()
            ],
            "tokens": [token.to_json() for token in self.tokens],
            "loans": [loan.to_json() for loan in self.loans],
        }
