"""What a bank statement says about a household or firm, as columns for scoring.

Amounts are in base units of the statement's main currency and counted per 30 days; ratios from 0.
A payment that came back is neither income nor expense.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import Final

from tallystick.intake.statement import Entry, Statement, main_currency

MONTH: Final = 30
LEAST_DAYS: Final = 28
"""A shorter statement tells nothing of a month."""
_RHYTHMS: Final = ((7, 1), (14, 2), (MONTH, 5))
"""Days between payments that come regularly, and how many they may be off."""
_NEAR: Final = 0.25
"""Regular amounts may differ so much from their median."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class StatementFeatures:
    """Figures of one statement; None where it does not say.

    `regular_income` is what comes weekly, fortnightly or monthly from one source; `volatility` the
    standard deviation of monthly net flow over mean monthly income; `lowest_balance` and
    `overdrawn_share` (of days) need balances; `largest_source` is the share of income of the
    largest source; `income_trend` the second half's income over the first's.
    """

    months: float
    income: int
    expenses: int
    regular_income: int
    regular_share: float | None
    volatility: float | None
    net: int
    lowest_balance: int | None
    overdrawn_share: float | None
    returned_payments: int
    largest_source: float | None
    income_trend: float | None

    def features(self) -> dict[str, float | None]:
        """The figures by column name."""
        return {f"bank_{name}": value for name, value in asdict(self).items()}


def statement_features(statement: Statement) -> StatementFeatures:
    """The figures of a statement; entries in other currencies than its main one are left out."""
    currency = main_currency(statement)
    entries = [entry for entry in statement.entries if entry.currency == currency]
    first, last = min(e.day for e in entries), max(e.day for e in entries)
    days = max(last - first + 1, LEAST_DAYS)
    months = days / MONTH
    counted = [entry for entry in entries if not entry.returned]
    came = [entry for entry in counted if entry.amount > 0]
    income = sum(entry.amount for entry in came)
    expenses = -sum(entry.amount for entry in counted if entry.amount < 0)
    sources = _sources(came)
    regular = sum(sum(e.amount for e in found) for found in sources if is_regular(found))
    lowest, overdrawn = _balances(entries, first, last)
    half = first + days // 2
    early = sum(entry.amount for entry in came if entry.day < half)
    return StatementFeatures(
        months=round(months, 2),
        income=round(income / months),
        expenses=round(expenses / months),
        regular_income=round(regular / months),
        regular_share=regular / income if income else None,
        volatility=_volatility(counted, first, days, income / months),
        net=round((income - expenses) / months),
        lowest_balance=lowest,
        overdrawn_share=overdrawn,
        returned_payments=len(entries) - len(counted),
        largest_source=_largest(sources) / income if income else None,
        income_trend=(income - early) / early if early and days >= 2 * MONTH else None,
    )


def is_regular(entries: Sequence[Entry]) -> bool:
    """Whether payments of one source come in one rhythm and about alike, at least three times."""
    if len(entries) < 3:
        return False
    usual = median(entry.amount for entry in entries)
    if any(abs(entry.amount - usual) > _NEAR * usual for entry in entries):
        return False
    between = [two.day - one.day for one, two in pairwise(entries)]
    return any(all(abs(days - rhythm) <= off for days in between) for rhythm, off in _RHYTHMS)


def _sources(came: Sequence[Entry]) -> list[list[Entry]]:
    """Money that came in, by the words of its text; numbers change from month to month."""
    sources: dict[str, list[Entry]] = defaultdict(list)
    for entry in came:
        sources[" ".join(_LETTERS.findall(entry.text.casefold()))].append(entry)
    return list(sources.values())


def _largest(sources: Sequence[Sequence[Entry]]) -> int:
    return max((sum(entry.amount for entry in found) for found in sources), default=0)


def _volatility(entries: Sequence[Entry], first: int, days: int, income: float) -> float | None:
    whole = days // MONTH
    if whole < 2 or not income:
        return None
    flows = [0] * whole
    for entry in entries:
        month = (entry.day - first) // MONTH
        if month < whole:
            flows[month] += entry.amount
    return pstdev(flows) / income


def _balances(entries: Sequence[Entry], first: int, last: int) -> tuple[int | None, float | None]:
    """The lowest balance, and the share of days that ended below zero."""
    ends = {entry.day: entry.balance for entry in entries if entry.balance is not None}
    if not ends:
        return None, None
    below = 0
    held: int | None = None
    for day in range(first, last + 1):
        held = ends.get(day, held)
        below += held is not None and held < 0
    lowest = min(entry.balance for entry in entries if entry.balance is not None)
    return lowest, below / (last - first + 1)


def combined(features: Sequence[StatementFeatures]) -> dict[str, float | None]:
    """Columns of several accounts of one applicant: sums of flows, the worst of the rest."""
    if not features:
        return {}
    total = asdict(features[0])
    for one in features[1:]:
        for name, value in asdict(one).items():
            total[name] = _merge(name, total[name], value)
    shares = [f.regular_share for f in features if f.regular_share is not None]
    total["regular_share"] = fmean(shares) if shares else None
    return {f"bank_{name}": value for name, value in total.items()}


def _merge(name: str, one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    if name in ("income", "expenses", "regular_income", "net", "returned_payments"):
        return one + other
    return (
        min(one, other) if name in ("lowest_balance", "months", "income_trend") else max(one, other)
    )
