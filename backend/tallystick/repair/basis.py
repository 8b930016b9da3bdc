"""A loan as a repair finds it: what is owed, when it could go on, and the facts for the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count

from tallystick.decisions.table import Fact
from tallystick.loans import ledger
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_at, due_day
from tallystick.loans.debt import Owed
from tallystick.loans.events import Amended, Defaulted
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.kinds import Frequency, Status
from tallystick.loans.position import OpenRow, Position
from tallystick.loans.replay import Step, replay


@dataclass(frozen=True, slots=True)
class Basis:
    """A loan at Unix second `now`, and the last second `until` at which a plan can take effect.

    `today` is what is owed now, `last` what is owed then if nothing is paid; `rows` are unpaid.
    """

    loan: LoanState
    now: int
    until: int
    today: Owed
    last: Owed
    rows: tuple[OpenRow, ...]

    @classmethod
    def of(cls, loan: LoanState, now: int, valid_days: int) -> Basis:
        """The basis of a plan that stays open until the end of the day after `valid_days`."""
        until = (day_at(now) + valid_days + 1) * SECONDS_PER_DAY - 1
        terms, stored = loan.agreement, loan.stored
        rows = tuple(row for row in ledger.open_rows(terms, stored) if row.unpaid)
        today, last = (ledger.owed_at(terms, stored, day_at(at)) for at in (now, until))
        return cls(loan, now, until, today, last, rows)

    @property
    def day(self) -> int:
        """Today, days since 1970-01-01."""
        return day_at(self.now)

    @property
    def overdue(self) -> list[OpenRow]:
        """Rows whose due day has passed."""
        return [row for row in self.rows if row.due < self.day]

    def first_due(self, skip: int = 0) -> date:
        """The loan's next due date that lies after every day on which a plan may take effect,
        and `skip` periods later."""
        agreement = self.loan.agreement
        last = day_at(self.until)
        dues = (due_day(agreement, row) for row in count())
        first = next(row for row, due in enumerate(dues) if due > last)
        return date_of(due_day(agreement, first + skip))

    @property
    def anchor(self) -> int | None:
        """Day of the month of due dates."""
        agreement = self.loan.agreement
        return agreement.due_day if agreement.frequency is Frequency.MONTHS else None


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier repairs of the same loan, and how much evidence there is now."""

    relapses: int = 0
    ended_at: int | None = None
    evidence: int = 0
    cause: str = "unstated"


def facts_of(basis: Basis, past: Past) -> dict[str, Fact]:
    """What the tables of the rules may ask; see `tallystick.repair.rules.FACTS`."""
    loan, owed = basis.loan, basis.today
    ended = past.ended_at
    return {
        "status": loan.debt.status.label,
        "cause": past.cause,
        "days_past_due": owed.days_past_due,
        "rows_overdue": len(basis.overdue),
        "outstanding_pct": owed.outstanding * 100 // loan.original.principal,
        "on_watch": int(bool(loan.debt.watch_left) and loan.debt.status is not Status.CLOSED),
        "repairs": sum(isinstance(change, Amended) for change in loan.changes),
        "relapses": past.relapses,
        "days_since_repair": None if ended is None else (basis.now - ended) // SECONDS_PER_DAY,
        "evidence": past.evidence,
    }


@dataclass(frozen=True, slots=True)
class Watched:
    """Conduct under an amendment. `paid` rows on time in the present run of `rows`; `restarts`
    counts runs that were broken by a late row or a default."""

    rows: int
    paid: int
    restarts: int
    restored: bool
    defaulted: bool


def watched(loan: LoanState, amended: Amended) -> Watched:
    """How a loan went after one of its amendments, from its events."""
    restarts, restored, defaulted, late, begun = 0, False, False, False, False
    rows = left = amended.amendment.watch_rows
    for step in replay(loan):
        if step.event.ref == amended.ref:
            begun = True
            continue
        if not begun:
            continue
        if isinstance(step.event, Amended):  # the next plan is another story
            break
        debt = step.after.debt
        broken = _closed_late(step) or isinstance(step.event, Defaulted)
        defaulted = defaulted or debt.status in (Status.DEFAULTED, Status.WRITTEN_OFF)
        if broken and not late:
            restarts += 1
        position = Position(step.terms, step.after)
        late = (late or broken) and position.owed(step.day).days_past_due > step.terms.grace_days
        if debt.watch_rows:
            left = debt.watch_left
        elif step.before.debt.watch_rows:
            restored, left = True, 0
    return Watched(rows, rows - left, restarts, restored, defaulted)


def _closed_late(step: Step) -> bool:
    """Whether a payment closed a row after its days of grace: what restarts a watch."""
    if not isinstance(step.event, Payment) or not step.before.debt.watch_rows:
        return False
    closed = step.after.debt.status is Status.CLOSED
    for row in Position(step.terms, step.before).rows():
        if row.due > step.day or (row.row >= step.after.debt.row and not closed):
            return False
        if row.unpaid and step.day > row.due + step.terms.grace_days:
            return True
    return False
