"""What one loan's events add up to, changed in place: the fold for whoever has many of them."""

from __future__ import annotations

from typing import Generic, TypeVar

from tallystick.loans.account import Account
from tallystick.loans.calendar import SECONDS_PER_DAY
from tallystick.loans.errors import LedgerMismatch, LoanError
from tallystick.loans.kinds import Status

Ref = TypeVar("Ref")
"""However the caller names an event."""

Amounts = tuple[int, int, int, int]
"""Penalty, interest and principal paid and the principal outstanding afterwards, base units."""

_CLOSED = Status.CLOSED


class Tally(Generic[Ref]):
    """A loan's account and totals.

    `paid` is penalty, interest and principal so far; `credited` what of it could not reach the
    lender directly; `closed` names the closing event, `failed` the last failure to collect since
    the last payment.
    """

    __slots__ = ("account", "closed", "credited", "failed", "loan_id", "paid", "payments")

    def __init__(
        self,
        loan_id: bytes,
        account: Account,
        *,
        paid: tuple[int, int, int] = (0, 0, 0),
        credited: int = 0,
        payments: int = 0,
        closed: Ref | None = None,
        failed: Ref | None = None,
    ) -> None:
        self.loan_id = loan_id
        self.account = account
        self.paid = paid
        self.credited = credited
        self.payments = payments
        self.closed = closed
        self.failed = failed

    def pay(self, timestamp: int, actual: Amounts, collected: bool) -> None:  # noqa: FBT001
        """A payment at `timestamp` (Unix seconds) as the chain reports it, recomputed and compared.

        Raises `LedgerMismatch`.
        """
        penalty, interest, principal, _ = actual
        amount = None if collected else penalty + interest + principal
        try:
            expected = self.account.pay(timestamp // SECONDS_PER_DAY, amount)
        except LoanError as error:
            raise LedgerMismatch(
                self.loan_id, "payment", f"refused ({error!r})", actual[:3]
            ) from error
        if expected != actual:
            if expected[:3] != actual[:3]:
                raise LedgerMismatch(self.loan_id, "split of the payment", expected[:3], actual[:3])
            raise LedgerMismatch(self.loan_id, "outstanding principal", expected[3], actual[3])
        sums = self.paid
        self.paid = sums[0] + penalty, sums[1] + interest, sums[2] + principal
        self.payments += 1
        self.failed = None

    def close(self, ref: Ref) -> None:
        """Nothing is owed any more. Raises `LedgerMismatch`."""
        if self.account.status is not _CLOSED:
            raise LedgerMismatch(self.loan_id, "balance when closed", 0, self.account.balance)
        self.closed = ref
