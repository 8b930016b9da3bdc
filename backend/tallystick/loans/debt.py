"""The state of a loan and what it owes, as values: `contracts/types/Agreement.sol`.

Amounts in token base units, days since 1970-01-01 unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tallystick.loans.kinds import Status
from tallystick.loans.members import NO_ADDRESS


@dataclass(frozen=True, slots=True)
class Debt:
    """What changes when a plain loan is paid, and in what state it is.

    `balance` is principal not yet repaid by completed rows and prepayments, `row_paid` what was
    paid into the open row `row`; `accrued_to` the days from the start date to the day from which
    that row's interest counts (0: the row's own begin), of an `accelerated` loan to the day on
    which everything fell due. `late`: there is a `Penalty`; `carried`: there is a `Carry`;
    `manual`: the borrower switched autopay off; `assigned`: the claim was transferred; `amended`:
    terms other than the first are in force. `watch_left` rows are still to be paid on time until
    standing is restored, `watch_rows` those with which the watch begins again.
    """

    balance: int
    row_paid: int
    row: int
    accrued_to: int
    status: Status
    late: bool = False
    carried: bool = False
    accelerated: bool = False
    manual: bool = False
    assigned: bool = False
    amended: bool = False
    watch_left: int = 0
    watch_rows: int = 0


@dataclass(frozen=True, slots=True)
class Penalty:
    """`points` (base units x days) up to `day`; penalty `paid` since the loan was last clean."""

    points: int = 0
    paid: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Carry:
    """What few loans carry from row to row.

    `deferred` is interest that is owed, bears none and falls due with the next row that pays
    interest; `installment` stands in place of the agreed one after a prepayment lowered it (0: as
    agreed).
    """

    deferred: int = 0
    installment: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """An amount by component."""

    penalty: int = 0
    interest: int = 0
    fee: int = 0
    principal: int = 0

    @property
    def total(self) -> int:
        """All components together."""
        return self.penalty + self.interest + self.fee + self.principal

    def __add__(self, other: Split) -> Split:
        return Split(
            self.penalty + other.penalty,
            self.interest + other.interest,
            self.fee + other.fee,
            self.principal + other.principal,
        )


CLEAN = Penalty()
PLAIN = Carry()
NOTHING = Split()


class State(NamedTuple):
    """What the book stores of a loan beside its holder, security and terms."""

    debt: Debt
    penalty: Penalty = CLEAN
    carry: Carry = PLAIN


@dataclass(frozen=True, slots=True)
class Owed:
    """What a loan owes on a day; all zero when closed.

    `accrued` is interest up to today that is not yet due, less what was paid of it; `fee` that of
    closing the loan today; `row` and `due_day` are those of the oldest row that is not fully paid.
    """

    due: Split = NOTHING
    accrued: int = 0
    fee: int = 0
    payoff: int = 0
    outstanding: int = 0
    days_past_due: int = 0
    row: int = 0
    due_day: int = 0


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What a guarantor has paid for a loan, and what of it the borrower still owes it."""

    drawn: int = 0
    recourse: int = 0


@dataclass(frozen=True, slots=True)
class Escrow:
    """`amount` base units of `token` that lie in escrow for a loan."""

    token: str = NO_ADDRESS
    amount: int = 0
