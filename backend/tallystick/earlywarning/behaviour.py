"""How a running loan behaves, as of a day: columns for an early-warning score.

Only events up to the end of the day are looked at, whatever else is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from tallystick.loans.calendar import SECONDS_PER_DAY, day_at
from tallystick.loans.delinquency.exposure import history
from tallystick.loans.events import CollectFailed, LoanEvent, Originated
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.position import Position
from tallystick.wallets.credit import CreditHistory, history_of

RECENT: Final = 30
"""Days that count as recent."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A running loan on a day. Days are whole UTC days, shares from 0 to 1.

    `days_past_due` and what is late count from due days; `rows_left` are installments not paid,
    `paid_share` principal repaid of the agreed, `late_days_mean` over paid installments,
    `worst_late_days` of paid and unpaid ones, `part_paid` whether the oldest installment is paid in
    part, `failed_recent` collections that failed within `RECENT` days, `others_*` the borrower's
    other loans.
    """

    days_past_due: int
    days_to_due: int
    age_days: int
    rows_left: int
    rows_paid: int
    paid_share: float
    on_time_share: float | None
    late_days_mean: float | None
    worst_late_days: int
    part_paid: int
    failed_recent: int
    failed_all: int
    days_since_payment: int | None
    paid_by_others: float | None
    amendments: int
    on_watch: int
    manual: int
    guarantees_called: int
    others_open: int
    others_late_days: int
    others_on_time_share: float | None
    guarantee_in_days: int | None

    def columns(self) -> dict[str, float | None]:
        """The figures for a table; `guarantee_in_days` is of a contract, not of behaviour."""
        values = asdict(self)
        del values["guarantee_in_days"]
        return values


def until(events: Iterable[LoanEvent], day: int) -> list[LoanEvent]:
    """The events up to the end of a day."""
    end = (day + 1) * SECONDS_PER_DAY
    return [event for event in events if event.ref.timestamp < end]


def behaviour(
    events: Sequence[LoanEvent], day: int, others: Sequence[LoanEvent] = ()
) -> Behaviour | None:
    """The behaviour of a loan on a day; None when it does not run then.

    `others` are the events of the borrower's other loans, loan by loan.
    """
    known = until(events, day)
    if not known or not isinstance(known[0], Originated):
        return None
    loan = fold(known)
    position = Position(loan.agreement, loan.stored)
    if not position.is_open:
        return None
    borrower = loan.agreement.borrower
    mine = history_of(known, (borrower,), day)
    rest = history_of(until(others, day), (borrower,), day)
    return _behaviour(loan, position, known, mine, rest, day)


def _behaviour(
    loan: LoanState,
    position: Position,
    known: Sequence[LoanEvent],
    mine: CreditHistory,
    rest: CreditHistory,
    day: int,
) -> Behaviour:
    _, due = position.standing()
    assert due is not None  # noqa: S101 - the loan is open
    rows = [row for row in position.rows() if row.unpaid]
    failed = [event for event in known if isinstance(event, CollectFailed)]
    conditions = loan.agreement.conditions
    agreed, outstanding = loan.agreement.principal, position.standing()[0]
    return Behaviour(
        days_past_due=max(0, day - due),
        days_to_due=max(0, due - day),
        age_days=mine.age_days or 0,
        rows_left=len(rows),
        rows_paid=mine.rows_paid,
        paid_share=1 - outstanding / agreed,
        on_time_share=mine.on_time_share,
        late_days_mean=mine.late_days / mine.rows_paid if mine.rows_paid else None,
        worst_late_days=mine.worst_late_days,
        part_paid=int(loan.debt.row_paid > 0),
        failed_recent=sum(day - day_at(event.ref.timestamp) <= RECENT for event in failed),
        failed_all=len(failed),
        days_since_payment=mine.days_since_payment,
        paid_by_others=mine.paid_by_others,
        amendments=mine.amendments,
        on_watch=mine.on_watch,
        manual=int(loan.debt.manual),
        guarantees_called=mine.guarantees_called,
        others_open=rest.open_loans,
        others_late_days=rest.late_days_now,
        others_on_time_share=rest.on_time_share,
        guarantee_in_days=due + conditions.guarantee_days - day
        if conditions.guarantee_days
        else None,
    )


def falls_late(events: Sequence[LoanEvent], day: int, horizon: int, days: int) -> bool:
    """Whether a loan is at least `days` past due on some day within `horizon` days after `day`."""
    past = history(fold(events))
    for later in range(day + 1, day + horizon + 1):
        exposure = past.at(later)
        if exposure is not None and later - exposure.due_day >= days:
            return True
    return False
