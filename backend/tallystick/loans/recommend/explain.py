"""What is said about the plans that a search found."""

from __future__ import annotations

from fractions import Fraction

from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.terms import Plan
from tallystick.loans.recommend.result import Option, Reason, ReasonCode
from tallystick.loans.recommend.schedule_json import percent_text
from tallystick.loans.recommend.search import Candidate, Outcome, Search
from tallystick.loans.recommend.terms import month_of, month_text
from tallystick.loans.recommend.words import reason

_MONTHS_NAMED = 12


def _distance(outcome: Outcome) -> tuple[bool, bool, Fraction]:
    """Seasonal rows first, since they bend the most; kinds without any plan to show last."""
    if outcome.nearest is None:
        return outcome.seasonal is None, False, Fraction(0)
    return False, *outcome.nearest.tightest.use


class Explainer:
    """Options and reasons of one search."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._scale = search.asked.terms.money_scale

    def money(self, amount: int) -> str:
        """An amount as a decimal string."""
        return decimal(amount, self._scale)

    def why(self, best: Candidate) -> list[Reason]:
        """Why the cheapest plan is proposed."""
        tightest = best.tightest
        reasons = [
            reason(ReasonCode.LEAST_INTEREST, interest=self.money(best.schedule.interest)),
            reason(
                ReasonCode.KEEPS_LIMITS,
                share=percent_text(self._search.asked.max_share),
                month=month_text(tightest.month),
                due=self.money(tightest.due),
                limit=self.money(tightest.limit),
            ),
        ]
        return reasons + (
            self._seasonal(best) if best.terms.amortization is Plan.CUSTOM else self._shortest(best)
        )

    def dearer(self, candidate: Candidate, best: Candidate) -> Option:
        """A plan that fits as well, and what it costs more."""
        interest = candidate.schedule.interest
        more = interest - best.schedule.interest
        values = {"interest": self.money(interest), "periods": str(candidate.periods)}
        why = (
            reason(ReasonCode.COSTS_MORE, more=self.money(more), **values)
            if more
            else reason(ReasonCode.COSTS_THE_SAME, **values)
        )
        return Option(
            candidate.terms.amortization, candidate, fits=True, costs_more=more, reasons=(why,)
        )

    def failing(self, outcomes: list[Outcome]) -> list[Option]:
        """The kinds that do not fit, the nearest first."""
        failed = [outcome for outcome in outcomes if outcome.best is None]
        failed.sort(key=_distance)
        return [
            Option(outcome.kind, outcome.nearest, fits=False, reasons=(self._why_not(outcome),))
            for outcome in failed
        ]

    def neighbours(self, best: Candidate) -> list[Option]:
        """The same plan with one period fewer and with one more, where the product allows them."""
        if best.terms.amortization is Plan.CUSTOM:
            return []
        options: list[Option] = []
        for periods in (best.periods - 1, best.periods + 1):
            other = self._resized(best, periods)
            if other is None:
                continue
            if other.fits:
                options.append(self.dearer(other, best))
            else:
                why = self._over(ReasonCode.OTHER_TERM_EXCEEDS_LIMIT, other)
                options.append(Option(other.terms.amortization, other, fits=False, reasons=(why,)))
        return options

    def _resized(self, best: Candidate, periods: int) -> Candidate | None:
        product = self._search.asked.product
        if not max(product.least, best.terms.grace_on_principal + 1) <= periods <= product.most:
            return None
        return self._search.resized(best, periods)

    def _shortest(self, best: Candidate) -> list[Reason]:
        shorter = self._resized(best, best.periods - 1)
        if shorter is None:
            return [reason(ReasonCode.SHORTEST_TERM, periods=str(best.periods))]
        return [self._over(ReasonCode.OTHER_TERM_EXCEEDS_LIMIT, shorter)]

    def _seasonal(self, best: Candidate) -> list[Reason]:
        reasons = [reason(ReasonCode.REPAYS_AS_EARLY_AS_POSSIBLE)]
        kept = {row.due_date for row in best.schedule.rows}
        skipped = [
            month_text(month_of(due))
            for due in self._search.dues[: best.periods]
            if due not in kept
        ]
        if skipped:
            named = ", ".join(skipped[:_MONTHS_NAMED])
            if len(skipped) > _MONTHS_NAMED:
                named += " …"
            reasons.append(reason(ReasonCode.ROWS_LEFT_OUT, count=str(len(skipped)), months=named))
        return reasons

    def _why_not(self, outcome: Outcome) -> Reason:
        if outcome.seasonal is None:
            if outcome.nearest is None:
                return reason(ReasonCode.TERM_TOO_SHORT)
            return self._over(ReasonCode.EXCEEDS_LIMIT, outcome.nearest)
        stuck = outcome.seasonal.stuck
        if stuck is None:
            return reason(
                ReasonCode.PRINCIPAL_LEFT,
                left=self.money(outcome.seasonal.left),
                periods=str(self._search.asked.product.most),
            )
        month = month_of(self._search.dues[stuck])
        return reason(
            ReasonCode.INTEREST_EXCEEDS_LIMIT,
            month=month_text(month),
            limit=self.money(self._search.limits.of(month)),
        )

    def _over(self, code: ReasonCode, candidate: Candidate) -> Reason:
        worst = candidate.tightest
        return reason(
            code,
            periods=str(candidate.periods),
            month=month_text(worst.month),
            due=self.money(worst.due),
            over=self.money(worst.over),
            limit=self.money(worst.limit),
        )
