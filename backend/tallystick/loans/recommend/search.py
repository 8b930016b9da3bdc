"""The cheapest plan of every kind that keeps the limits, or the one that comes nearest.

Within one variant (kind, grace, share of a balloon) interest never falls as the term grows, so the
shortest term that fits is the cheapest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from tallystick.loans.offline.interest import period_rates
from tallystick.loans.offline.periods import due_dates
from tallystick.loans.offline.result import ScheduleResult
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.terms import Plan, ScheduleInput
from tallystick.loans.recommend.limits import Limits, Strain
from tallystick.loans.recommend.seasonal import Repayment, repay_early, seasonal_terms
from tallystick.loans.recommend.terms import RecommendInput, month_of

_WITHOUT_GRACE = (Plan.INTEREST_ONLY, Plan.BULLET, Plan.CUSTOM)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan as the calculator computes it. `periods` is its term, rows left out included."""

    terms: ScheduleInput
    periods: int
    schedule: ScheduleResult
    strains: tuple[Strain, ...]

    @property
    def tightest(self) -> Strain:
        """The month that uses most of its limit."""
        tightest = self.strains[0]
        for strain in self.strains:
            if strain.tighter_than(tightest):
                tightest = strain
        return tightest

    @property
    def fits(self) -> bool:
        """Whether every month keeps its limit."""
        return all(strain.over <= 0 for strain in self.strains)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a kind of plan can do: `best` fits; else `nearest` exceeds its limits the least.

    `seasonal` says how far a seasonal plan that does not fit came.
    """

    kind: Plan
    best: Candidate | None
    nearest: Candidate | None = None
    seasonal: Repayment | None = None


def _strain_then_cost(candidate: Candidate) -> tuple[tuple[bool, Fraction], int]:
    return candidate.tightest.use, candidate.schedule.interest


class Search:
    """Plans for one input; `amount` may replace the principal that it asks for."""

    def __init__(self, asked: RecommendInput, amount: int | None = None) -> None:
        self.asked = asked
        self.terms = asked.terms if amount is None else replace(asked.terms, principal=amount)
        self.limits = Limits(asked)
        self.dues = due_dates(self.terms)
        self._shortest = self._least_periods()

    def outcomes(self) -> list[Outcome]:
        """One for every kind that the product allows."""
        return [self.outcome(kind) for kind in self.asked.product.kinds]

    def outcome(self, kind: Plan) -> Outcome:
        """The cheapest plan of a kind, or the nearest."""
        if kind is Plan.CUSTOM:
            terms, repayment = seasonal_terms(self.terms, self.asked.product, self.limits)
            if terms is None:
                return Outcome(kind, None, seasonal=repayment)
            return Outcome(kind, self.candidate(terms, max(repayment.principal) + 1))
        best: Candidate | None = None
        for variant in self._variants(kind):
            found = self._shortest_fit(variant, best)
            best = found or best
        return Outcome(kind, best, None if best else self._nearest(kind))

    def candidate(self, terms: ScheduleInput, periods: int) -> Candidate:
        """Terms with their schedule and what it asks of every month."""
        schedule = compute_schedule(terms)
        return Candidate(terms, periods, schedule, tuple(self.limits.strains(schedule.rows)))

    def resized(self, candidate: Candidate, periods: int) -> Candidate:
        """The same variant over another number of periods."""
        terms = replace(candidate.terms, number_of_repayments=periods)
        return self.candidate(terms, periods)

    def _variants(self, kind: Plan) -> Iterator[ScheduleInput]:
        product = self.asked.product
        graces = (0,) if kind in _WITHOUT_GRACE else product.grace_on_principal
        shares = product.fixed_principal if kind is Plan.BALLOON else (None,)
        for grace in graces:
            for share in shares:
                yield replace(
                    self.terms,
                    amortization=kind,
                    grace_on_principal=grace,
                    fixed_principal=share,
                )

    def _sizes(self, variant: ScheduleInput, least: int) -> Iterator[Candidate]:
        first = max(least, self.asked.product.least, variant.grace_on_principal + 1)
        for periods in range(first, self.asked.product.most + 1):
            yield self.candidate(replace(variant, number_of_repayments=periods), periods)

    def _shortest_fit(self, variant: ScheduleInput, best: Candidate | None) -> Candidate | None:
        bullet = variant.amortization is Plan.BULLET
        for candidate in self._sizes(variant, 1 if bullet else self._shortest):
            if best and candidate.schedule.interest >= best.schedule.interest:
                return None
            if candidate.fits:
                return candidate
        return None

    def _nearest(self, kind: Plan) -> Candidate | None:
        sizes = (size for variant in self._variants(kind) for size in self._sizes(variant, 1))
        return min(sizes, key=_strain_then_cost, default=None)

    def _least_periods(self) -> int:
        """No plan that pays its interest in every row can be shorter: paying each month's whole
        limit early would not repay the loan sooner."""
        months = [self.limits.of(month_of(due)) for due in self.dues]
        grid = period_rates(self.terms, self.dues)
        fastest = repay_early(
            self.terms.principal, 1, months, [0] * len(months), lambda _, k: grid[k], may_skip=False
        )
        return len(self.dues) + 1 if fastest.left else len(fastest.principal)
