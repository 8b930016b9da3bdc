"""What a month can bear: the share of its free income that is left for the new loan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from tallystick.loans.offline.result import ScheduleRow
from tallystick.loans.recommend.terms import BudgetMonth, RecommendInput, month_of


class Strain(NamedTuple):
    """What a plan takes in one month, and the limit it must keep."""

    month: int
    due: int
    limit: int

    @property
    def over(self) -> int:
        """By how much the limit is exceeded; negative while there is room."""
        return self.due - self.limit

    @property
    def use(self) -> tuple[bool, Fraction]:
        """Orders months by the share of the limit that is used; those without any limit come last,
        by what is due."""
        return self.limit == 0, Fraction(self.due, self.limit or 1)

    def tighter_than(self, other: Strain) -> bool:
        """Whether `use` is greater, without making fractions."""
        if self.limit and other.limit:
            return self.due * other.limit > other.due * self.limit
        if self.limit or other.limit:
            return self.limit == 0
        return self.due > other.due


class Limits:
    """The limit of every month of a budget."""

    def __init__(self, asked: RecommendInput) -> None:
        self._asked = asked
        self._first = asked.budget[0].month
        self._known: dict[int, int] = {}

    def month(self, month: int) -> BudgetMonth:
        """The budget that holds in a month, repeated where the budget repeats."""
        budget = self._asked.budget
        return budget[(month - self._first) % len(budget)]

    def of(self, month: int) -> int:
        """The most that may fall due in a month: the share of cautious free income, less the
        service of existing debts, rounded down, never below 0."""
        known = self._known.get(month)
        if known is None:
            known = self._known[month] = self._limit(self.month(month))
        return known

    def _limit(self, entry: BudgetMonth) -> int:
        free = entry.income.cautious - entry.expense.cautious
        share = self._asked.max_share
        return max(free * share.numerator // share.denominator - entry.debt_service, 0)

    def strains(self, rows: Sequence[ScheduleRow]) -> list[Strain]:
        """Every month in which something falls due, in order."""
        due: dict[int, int] = {}
        for row in rows:
            month = month_of(row.due_date)
            due[month] = due.get(month, 0) + row.total
        return [Strain(month, amount, self.of(month)) for month, amount in due.items() if amount]

    def row_limits(self, dues: Sequence[date]) -> list[int]:
        """The limit of every row: where several fall into one month, each takes an even part."""
        months = [month_of(when) for when in dues]
        rows = Counter(months)
        return [self.of(month) // rows[month] for month in months]
