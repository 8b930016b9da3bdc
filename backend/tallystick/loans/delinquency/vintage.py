"""Vintages: of the loans made in one month, the share overdue after each month on book."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import History
from tallystick.loans.delinquency.months import month_end, month_label, month_of
from tallystick.loans.delinquency.portfolio import EMPTY, Tally, ppm


@dataclass(frozen=True, slots=True)
class Vintage:
    """The loans of one month of origination, `lent` with their principal.

    `overdue[m]` are those more than the threshold overdue at the end of the m-th month after the
    month of origination, with the principal then outstanding.
    """

    month: int
    lent: Tally
    overdue: tuple[Tally, ...]

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings; shares of the amount lent in millionths."""
        return {
            "month": month_label(self.month),
            "loans": self.lent.loans,
            "principal": str(self.lent.outstanding),
            "overdue": [
                {
                    "months_on_book": index,
                    "loans": part.loans,
                    "outstanding": str(part.outstanding),
                    "ppm": ppm(part.outstanding, self.lent.outstanding),
                }
                for index, part in enumerate(self.overdue)
            ],
        }


def vintages(histories: Iterable[History], as_of: int, above: int = 30) -> list[Vintage]:
    """Vintage table as of day `as_of` for loans of one token, oldest month first.

    Only months that have ended are columns. A loan whose due day moved back to nothing (paid up)
    leaves the count again: the share is of loans overdue at that time, not ever.
    """
    lent: dict[int, Tally] = {}
    overdue: dict[int, list[Tally]] = {}
    last = month_of(as_of + 1) - 1  # the last month that has wholly passed
    for history in histories:
        first = history.exposures[0]
        if first is None or history.originated > as_of:
            continue
        cohort = month_of(history.originated)
        lent[cohort] = lent.get(cohort, EMPTY) + Tally(1, first.outstanding)
        cells = overdue.setdefault(cohort, [EMPTY] * max(0, last - cohort + 1))
        for index in range(len(cells)):
            end = month_end(cohort + index)
            exposure = history.at(end)
            if exposure is None:
                break  # closed, for good
            if days_past_due(exposure.due_day, end) > above:
                cells[index] += Tally(1, exposure.outstanding)
    return [Vintage(month, lent[month], tuple(overdue[month])) for month in sorted(lent)]
