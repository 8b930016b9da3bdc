"""What our own books say of a borrower: facts for tables, scorecards and standing.

They are the credit history of `tallystick.wallets`, in the words of policies.

| fact | |
|---|---|
| `loans`, `active`, `closed` | loans begun; of them, still open; paid to the end |
| `months_known` | whole months of 30 days since the first loan began |
| `dues` | installments that were due and paid, or passed unpaid |
| `late_dues` | of them, those later than the agreed days of grace |
| `worst_days_late`, `days_late_now` | most days unpaid after the due day; and today |
| `repairs` | amendments that both sides signed |
| `losses` | loans in default or written off |
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tallystick.db import Database
from tallystick.wallets.credit import CreditHistory, credit_history
from tallystick.wallets.repository import as_of_now

_MONTH = 30


def books_of(history: CreditHistory) -> dict[str, int | None]:
    """The facts."""
    return {
        "loans": history.loans,
        "active": history.open_loans,
        "closed": history.closed_loans,
        "months_known": (history.age_days or 0) // _MONTH,
        "dues": history.rows_paid + history.rows_unpaid,
        "late_dues": history.rows_late,
        "worst_days_late": history.worst_late_days,
        "days_late_now": history.late_days_now,
        "repairs": history.amendments,
        "losses": history.lost_loans,
    }


def books_now(
    db: Database, wallets: Collection[str], clocks: Mapping[int, int]
) -> dict[str, int | None]:
    """The facts of whoever has these wallets, at the present of every chain.

    Raises `IndexBehind`.
    """
    return books_of(credit_history(db, wallets, as_of_now(db, clocks)))
