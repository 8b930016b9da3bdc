"""What our own books say of a borrower on a day: facts for tables, scorecards and standing.

Only events of that day and before count, so a fact never knows the future. A due day counts once it
has come; it was late when it passed unpaid.

| fact | |
|---|---|
| `loans`, `active`, `closed` | loans begun; of them, still open; paid to the end |
| `months_known` | whole months of 30 days since the first loan began |
| `dues`, `late_dues` | due days that have come; of them, those that passed unpaid |
| `worst_days_late`, `days_late_now` | most days that a due day was unpaid; and today |
| `repairs` | amendments that both sides signed |
| `losses` | loans in default or written off |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tallystick.loans.calendar import day_at
from tallystick.loans.delinquency.exposure import History, history
from tallystick.loans.events import Amended, Change, Defaulted, WrittenOff
from tallystick.loans.fold import LoanState

_MONTH = 30


def books_of(loans: Iterable[LoanState], day: int) -> dict[str, int | None]:
    """The facts at the end of `day`, days since 1970-01-01, from all loans of one borrower."""
    known = [loan for loan in loans if day_at(loan.originated.timestamp) <= day]
    pasts = [_past(history(loan), day) for loan in known]
    begun = [day_at(loan.originated.timestamp) for loan in known]
    changes = [change for loan in known for change in loan.changes if _day(change) <= day]
    lost = {change.loan_id for change in changes if isinstance(change, (Defaulted, WrittenOff))}
    return {
        "loans": len(known),
        "active": sum(past.active for past in pasts),
        "closed": sum(not past.active for past in pasts),
        "months_known": (day - min(begun)) // _MONTH if begun else 0,
        "dues": sum(past.dues for past in pasts),
        "late_dues": sum(past.late for past in pasts),
        "worst_days_late": max((past.worst for past in pasts), default=0),
        "days_late_now": max((past.now for past in pasts), default=0),
        "repairs": sum(isinstance(change, Amended) for change in changes),
        "losses": len(lost),
    }


class _Past(NamedTuple):
    active: bool
    dues: int
    late: int
    worst: int
    now: int


def _past(history: History, day: int) -> _Past:
    dues: set[int] = set()
    late: dict[int, int] = {}
    ends = (*history.days[1:], day)
    for begin, end, exposure in zip(history.days, ends, history.exposures, strict=True):
        if begin > day or exposure is None:
            continue
        passed = min(end, day) - exposure.due_day
        if exposure.due_day <= day:
            dues.add(exposure.due_day)
        if passed > 0:
            late[exposure.due_day] = max(passed, late.get(exposure.due_day, 0))
    present = history.at(day)
    return _Past(
        active=present is not None,
        dues=len(dues),
        late=len(late),
        worst=max(late.values(), default=0),
        now=0 if present is None else max(day - present.due_day, 0),
    )


def _day(change: Change) -> int:
    return day_at(change.ref.timestamp)
