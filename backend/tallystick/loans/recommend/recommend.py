"""The recommendation: the cheapest plan that fits, what else there is, and why."""

from __future__ import annotations

from tallystick.loans.offline.terms import Plan
from tallystick.loans.recommend.explain import Explainer
from tallystick.loans.recommend.largest import largest_amount
from tallystick.loans.recommend.result import (
    MonthlyLimit,
    Option,
    ReasonCode,
    Recommendation,
)
from tallystick.loans.recommend.search import Candidate, Outcome, Search
from tallystick.loans.recommend.terms import RecommendInput, month_of, month_text
from tallystick.loans.recommend.words import KINDS, reason

_MOST_ALTERNATIVES = 3

# Of plans that cost the same, the one that is easier to live with comes first.
_SIMPLEST = (
    Plan.EQUAL_INSTALLMENTS,
    Plan.EQUAL_PRINCIPAL,
    Plan.INTEREST_ONLY,
    Plan.BALLOON,
    Plan.BULLET,
    Plan.CUSTOM,
)


def recommend(asked: RecommendInput) -> Recommendation:
    """The plan with the least interest whose debt service keeps every month's limit.

    Deterministic and exact; `docs/maths.md`, "Plan recommendation", states the rules.
    """
    search = Search(asked)
    outcomes = search.outcomes()
    fitting = [outcome.best for outcome in outcomes if outcome.best is not None]
    if not fitting:
        return _refusal(search, outcomes)
    best = min(fitting, key=_cost)
    say = Explainer(search)
    others = [
        say.dearer(candidate, best) for candidate in sorted(fitting, key=_cost) if candidate != best
    ]
    others += say.failing(outcomes)
    if len(others) < 2:
        others += say.neighbours(best)
    return Recommendation(
        money_scale=asked.terms.money_scale,
        plan=Option(best.terms.amortization, best, fits=True),
        alternatives=tuple(others[:_MOST_ALTERNATIVES]),
        reasons=tuple(say.why(best)),
        largest=None,
        longest=asked.product.most,
        months=_months(search),
    )


def _cost(candidate: Candidate) -> tuple[int, int]:
    return candidate.schedule.interest, _SIMPLEST.index(candidate.terms.amortization)


def _refusal(search: Search, outcomes: list[Outcome]) -> Recommendation:
    asked, say = search.asked, Explainer(search)
    reasons = [
        reason(
            ReasonCode.NO_PLAN_FITS,
            periods=str(asked.product.most),
            until=search.dues[-1].isoformat(),
        )
    ]
    months = sorted({month_of(due) for due in search.dues})
    empty = [month for month in months if search.limits.of(month) == 0]
    if empty:
        reasons.append(
            reason(
                ReasonCode.NO_FREE_INCOME,
                count=str(len(empty)),
                month=month_text(empty[0]),
            )
        )
    plan = largest_amount(asked, outcomes)
    largest = None
    if plan is None:
        reasons.append(reason(ReasonCode.NO_AMOUNT_FITS))
    else:
        en, zh = KINDS[plan.terms.amortization]
        reasons.append(
            reason(
                ReasonCode.LARGEST_AMOUNT,
                amount=say.money(plan.terms.principal),
                periods=str(plan.periods),
                en_kind=en,
                zh_kind=zh,
            )
        )
        largest = Option(plan.terms.amortization, plan, fits=True)
    return Recommendation(
        money_scale=asked.terms.money_scale,
        plan=None,
        alternatives=tuple(say.failing(outcomes)[:_MOST_ALTERNATIVES]),
        reasons=tuple(reasons),
        largest=largest,
        longest=asked.product.most,
        months=_months(search),
    )


def _months(search: Search) -> tuple[MonthlyLimit, ...]:
    limits = search.limits
    result: list[MonthlyLimit] = []
    for month in sorted({month_of(due) for due in search.dues}):
        entry = limits.month(month)
        result.append(
            MonthlyLimit(
                month=month,
                free_expected=entry.income.expected - entry.expense.expected,
                free_cautious=entry.income.cautious - entry.expense.cautious,
                debt_service=entry.debt_service,
                limit=limits.of(month),
            )
        )
    return tuple(result)
