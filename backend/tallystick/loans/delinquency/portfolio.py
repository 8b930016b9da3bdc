"""Ageing, classes, provisions and PAR of a whole portfolio, in one pass and flat memory.

Every figure depends on a loan only through its due day, and there are at most a few ten thousand
due days however many loans there are. So the pass adds up outstanding principal per due day, in
Python's exact integers, and the figures follow from those sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.policy import PPM, AssetClass, Policy
from tallystick.loans.rounding import rhe


class Tally(NamedTuple):
    """A number of loans and their outstanding principal, base units of one token."""

    loans: int
    outstanding: int

    def __add__(self, other: object) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(self.loans + other.loans, self.outstanding + other.outstanding)


EMPTY = Tally(0, 0)


@dataclass(frozen=True, slots=True)
class PortfolioReport:
    """A portfolio on one day. `par` is keyed by the threshold in days; provisions in base units."""

    day: int
    total: Tally
    buckets: dict[str, Tally]
    classes: dict[AssetClass, Tally]
    provisions: dict[AssetClass, int]
    par: dict[int, Tally]

    @property
    def provision(self) -> int:
        """All provisions together."""
        return sum(self.provisions.values())

    def par_ppm(self, above: int) -> int:
        """PAR `above` in millionths of the outstanding, half even; 0 for an empty portfolio."""
        return ppm(self.par[above].outstanding, self.total.outstanding)

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings, ratios in millionths."""
        whole = self.total.outstanding
        return {
            "total": _cell(self.total),
            "buckets": {label: _cell(part, whole) for label, part in self.buckets.items()},
            "classes": {
                kind.label: _cell(part, whole) | {"provision": str(self.provisions[kind])}
                for kind, part in self.classes.items()
            },
            "provision": str(self.provision),
            "par": {str(above): _cell(part, whole) for above, part in self.par.items()},
        }


def classify(
    exposures: Iterable[tuple[int, int]], day: int, policy: Policy | None = None
) -> PortfolioReport:
    """Classify pairs of (due day, outstanding), as `Exposure` or as read from an index.

    Amounts of one token only: base units of different tokens cannot be added. For days after grace
    and pauses give `counted_from` in place of the due day.
    """
    by_due_day = tally_by_due_day(exposures)
    return report(by_due_day, day, policy or Policy())


def tally_by_due_day(exposures: Iterable[tuple[int, int]]) -> dict[int, Tally]:
    """Loans and outstanding per due day: all that a report needs, and additive over parts."""
    loans: dict[int, int] = {}
    sums: dict[int, int] = {}
    for due_day, outstanding in exposures:
        if due_day in sums:
            loans[due_day] += 1
            sums[due_day] += outstanding
        else:
            loans[due_day] = 1
            sums[due_day] = outstanding
    return {due_day: Tally(loans[due_day], total) for due_day, total in sums.items()}


def report(by_due_day: dict[int, Tally], day: int, policy: Policy) -> PortfolioReport:
    """The figures of `day` from the tallies of all due days."""
    labels = policy.bucket_labels
    buckets = dict.fromkeys(labels, EMPTY)
    classes = dict.fromkeys(AssetClass, EMPTY)
    par = dict.fromkeys(policy.par_above, EMPTY)
    total = EMPTY
    for due_day, part in by_due_day.items():
        days = days_past_due(due_day, day)
        total += part
        buckets[labels[policy.bucket(days)]] += part
        classes[policy.asset_class(days)] += part
        for above in par:
            if days > above:
                par[above] += part
    provisions = {kind: policy.provision(kind, part.outstanding) for kind, part in classes.items()}
    return PortfolioReport(day, total, buckets, classes, provisions, par)


def ppm(part: int, whole: int) -> int:
    """`part` of `whole` in millionths, half even; 0 of nothing."""
    return rhe(part * PPM, whole) if whole else 0


def _cell(part: Tally, whole: int | None = None) -> dict[str, object]:
    cell: dict[str, object] = {"loans": part.loans, "outstanding": str(part.outstanding)}
    return cell if whole is None else cell | {"ppm": ppm(part.outstanding, whole)}
