"""Loans in trouble, repaired or not, and what became of them. Days since 1970-01-01, base units."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick.loans.calendar import day_at
from tallystick.loans.delinquency.exposure import History, history
from tallystick.loans.events import Amended, Defaulted, Restored, Settled, WrittenOff
from tallystick.loans.fold import LoanState
from tallystick.repair.basis import Watched, watched

BAD_DAYS = 90
"""So many days past due count as default, declared or not."""


@dataclass(frozen=True, slots=True)
class Past:
    """A loan with its exposures."""

    loan: LoanState
    history: History

    @classmethod
    def of(cls, loan: LoanState) -> Past:
        """Replays the loan once."""
        return cls(loan, history(loan))

    @property
    def amended_on(self) -> list[int]:
        """Days of amendments."""
        return [day_at(one.ref.timestamp) for one in self.loan.changes if isinstance(one, Amended)]


@dataclass(frozen=True, slots=True)
class Unit:
    """A loan on the day from which it is watched: `late` days past due with `outstanding`."""

    past: Past
    day: int
    late: int
    outstanding: int

    @property
    def share(self) -> float:
        """Outstanding over principal."""
        return self.outstanding / self.past.loan.original.principal

    @property
    def principal(self) -> int:
        """As first agreed."""
        return self.past.loan.original.principal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a unit within the horizon. `lost` is what is still owed at its end by a loan
    that is bad, and what was forgiven on the way; `good`: restored, or repaid without either."""

    bad: bool
    good: bool
    lost: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired unit with its conduct under the plan."""

    unit: Unit
    event: Amended
    watch: Watched
    rows_due: int
    rows_late: int


def repaired(pasts: Iterable[Past], last: int, horizon: int) -> Iterator[Repaired]:
    """Every loan that was amended under watch while something was overdue, its first such repair,
    if `horizon` days have passed since by `last`."""
    for past in pasts:
        for event in past.loan.changes:
            if not isinstance(event, Amended) or not event.amendment.watch_rows:
                continue
            day = day_at(event.ref.timestamp)
            before = _before(past.history, day)
            if before is None or before[0] <= 0 or day + horizon > last:
                continue
            late, outstanding = before
            unit = Unit(past, day, late, outstanding)
            yield Repaired(unit, event, watched(past.loan, event), *_rows(past, day, horizon))
            break


def unrepaired(past: Past, late: int, last: int, horizon: int) -> Unit | None:
    """A loan on the first day on which it was exactly `late` days past due, if it was not amended
    before, nor within the horizon after, and the horizon has passed."""
    ends = (*past.history.days[1:], last + 1)
    for begin, end, exposure in zip(past.history.days, ends, past.history.exposures, strict=True):
        if exposure is None:
            continue
        day = exposure.due_day + late
        if not begin <= day < end or day + horizon > last:
            continue
        if any(one <= day + horizon for one in past.amended_on):
            return None
        return Unit(past, day, late, exposure.outstanding)
    return None


def outcome(unit: Unit, horizon: int) -> Outcome:
    """What became of a unit within `horizon` days."""
    past, until = unit.past, unit.day + horizon
    within = [one for one in past.loan.changes if unit.day <= day_at(one.ref.timestamp) <= until]
    at_end = past.history.at(until)
    declared = any(isinstance(one, (Defaulted, WrittenOff)) for one in within)
    late_now = at_end is not None and until - at_end.due_day >= BAD_DAYS
    forgiven = sum(
        one.waived.principal + one.waived.interest
        for one in within
        if isinstance(one, (Amended, Settled))
    )
    bad = declared or late_now
    still = at_end.outstanding if at_end is not None and bad else 0
    settled = any(isinstance(one, Settled) for one in within)
    back = any(isinstance(one, Restored) for one in within)
    good = back or (at_end is None and not settled)
    return Outcome(bad, good and not late_now, still + forgiven)


def _before(past: History, day: int) -> tuple[int, int] | None:
    """Days past due and principal outstanding just before the change of a day."""
    index = bisect_right(past.days, day) - 1
    while index > 0 and past.days[index] == day:
        index -= 1
    exposure = past.exposures[index] if index >= 0 else None
    return None if exposure is None else (day - exposure.due_day, exposure.outstanding)


def _rows(past: Past, day: int, horizon: int) -> tuple[int, int]:
    """Due days that came within the horizon after a repair; those that passed unpaid."""
    dues: set[int] = set()
    late: set[int] = set()
    days, until = past.history.days, day + horizon
    ends = (*days[1:], until + 1)
    for begin, end, exposure in zip(days, ends, past.history.exposures, strict=True):
        if exposure is None or end <= day or begin > until or exposure.due_day <= day:
            continue
        if exposure.due_day <= until:
            dues.add(exposure.due_day)
        if min(end, until + 1) > exposure.due_day + past.loan.agreement.grace_days + 1:
            late.add(exposure.due_day)
    return len(dues), len(late & dues)
