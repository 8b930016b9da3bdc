"""The largest amount that some plan of the product carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tallystick.loans.offline.terms import Plan
from tallystick.loans.recommend.search import Candidate, Outcome, Search
from tallystick.loans.recommend.terms import RecommendInput

AmountPlan = Callable[[int], Candidate | None]
"""The plan for an amount, None where it does not fit."""


def largest_amount(asked: RecommendInput, outcomes: list[Outcome]) -> Candidate | None:
    """The plan for the largest amount below the one asked for; None when no amount fits.

    Amounts are multiples of `installment_multiple_of`. For every kind, the variant and term
    that came nearest to its limits carries most, since all its rows scale with the amount.
    """
    plans = [_largest(asked, outcome) for outcome in outcomes]
    return max(
        (plan for plan in plans if plan and plan.terms.principal >= asked.product.least_principal),
        key=lambda plan: (plan.terms.principal, -plan.schedule.interest),
        default=None,
    )


def _largest(asked: RecommendInput, outcome: Outcome) -> Candidate | None:
    unit = asked.terms.installment_multiple_of or 1
    above = -(-asked.terms.principal // unit)
    if outcome.kind is Plan.CUSTOM:

        def seasonal(times: int) -> Candidate | None:
            return Search(asked, times * unit).outcome(Plan.CUSTOM).best

        return _bisect(seasonal, above)
    nearest = outcome.nearest
    if nearest is None:
        return None
    search = Search(asked)

    def sized(times: int) -> Candidate:
        terms = replace(nearest.terms, principal=times * unit)
        return search.candidate(terms, nearest.periods)

    def regular(times: int) -> Candidate | None:
        """Fits but for the last row, which takes the residue and so goes up and down."""
        plan = sized(times)
        strains = search.limits.strains(plan.schedule.rows[:-1])
        return plan if all(strain.over <= 0 for strain in strains) else None

    def whole(times: int) -> Candidate | None:
        plan = sized(times)
        return plan if plan.fits else None

    top = _bisect(regular, above)
    highest = 0 if top is None else top.terms.principal // unit
    # The residue falls back whenever the installment steps up, at least once in so many amounts.
    for times in range(highest, max(highest - 2 * nearest.periods, 0), -1):
        plan = whole(times)
        if plan is not None:
            return plan
    return _bisect(whole, above)


def _bisect(plan_of: AmountPlan, above: int) -> Candidate | None:
    """The plan of the largest amount below `above` that has one, if larger ones fit no better."""
    low, best = 0, None
    while above - low > 1:
        middle = (low + above) // 2
        plan = plan_of(middle)
        if plan is None:
            above = middle
        else:
            low, best = middle, plan
    return best
