"""The loans of whoever is signed in, over all wallets."""

from __future__ import annotations

from typing import Literal

from tallystick.api.callers import Caller
from tallystick.api.schemas.loans import Loan, LoanPage
from tallystick.api.snapshot import Snapshot
from tallystick.identity.access.access import Access

MOST_LOANS = 100
"""Of each wallet and side."""


def loans_of(
    snapshot: Snapshot,
    access: Access,
    caller: Caller,
    side: Literal["borrower", "lender"] = "borrower",
) -> LoanPage:
    """The most overdue first, then what falls due next, closed ones last."""
    wallets = [wallet.address for wallet in access.wallets.of_subject(caller.subject)]
    borrows = side == "borrower"
    pages = [
        snapshot.page(
            borrower=wallet if borrows else None,
            lender=None if borrows else wallet,
            limit=MOST_LOANS,
        )
        for wallet in wallets
    ]
    loans = sorted((loan for found in pages for loan in found.data), key=_urgency)
    more = any(found.has_more for found in pages)
    return pages[0].model_copy(update={"data": loans, "has_more": more})


def _urgency(loan: Loan) -> tuple[int, str]:
    return -loan.days_past_due, loan.next_due.due_date if loan.next_due else "9999"
