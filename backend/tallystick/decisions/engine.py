"""One decision, computed: the same case, score, catalogue and policy give the same outcome, to the
bit. No clock, no chance, no input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tallystick.decisions.case import Case, Reason
from tallystick.decisions.catalogue import Catalogue, Product
from tallystick.decisions.document import SCALE, hundredths
from tallystick.decisions.facts import facts_of, whole
from tallystick.decisions.limits import Limit, in_steps, limits_of
from tallystick.decisions.policy import Policy, Rule, Verdict
from tallystick.decisions.pricing import Price, legal_rate, price, share
from tallystick.decisions.reasons import reason
from tallystick.decisions.table import Fact, FactMissing, every, first
from tallystick.loans.calendar import date_of, day_at
from tallystick.loans.offline.result import decimal
from tallystick.loans.recommend.parse import parse_recommend_input
from tallystick.loans.recommend.recommend import recommend
from tallystick.loans.recommend.result import Option, Recommendation
from tallystick.loans.recommend.schedule_json import percent_text, schedule_json
from tallystick.loans.recommend.terms import RecommendInput

PPM = 1_000_000
SCREENING = "screening_refer"


@dataclass(frozen=True, slots=True)
class Scored:
    """What the scorecard says: parts per million, points, and why, the costliest first."""

    pd_ppm: int
    score: int | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The loan that would be offered; `asked` holds the budget's limits, amounts in hundredths."""

    amount: int
    rate: Fraction
    plan: Option
    recommendation: Recommendation
    asked: RecommendInput

    def to_json(self) -> dict[str, Any]:
        assert self.plan.candidate is not None  # noqa: S101 - a plan that fits has a schedule
        schedule = self.plan.candidate.schedule
        return {
            "amount": decimal(self.amount, SCALE),
            "annual_rate_pct": percent_text(self.rate, 7),
            "amortization": self.plan.kind.value,
            "repayments": self.plan.candidate.terms.number_of_repayments,
            "interest": decimal(schedule.interest, SCALE),
            "schedule_input": schedule_json(self.plan.candidate.terms),
            "reasons": [each.to_json() for each in self.recommendation.reasons],
        }


@dataclass(slots=True)
class Outcome:
    """What was decided, and why. A referred case may have a proposal for whoever reviews it."""

    verdict: Verdict
    scored: Scored
    grade: str | None = None
    reasons: list[Reason] = field(default_factory=list)
    price: Price | None = None
    limits: list[Limit] = field(default_factory=list)
    proposal: Proposal | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept, compared and shown."""
        return {
            "outcome": self.verdict,
            "pd_ppm": self.scored.pd_ppm,
            "score": self.scored.score,
            "grade": self.grade,
            "reasons": [each.to_json() for each in self.reasons],
            "score_reasons": [each.to_json() for each in self.scored.reasons],
            "price": self.price and self.price.to_json(),
            "limits": [
                {"code": limit.code, "amount": decimal(limit.amount, SCALE)}
                for limit in self.limits
            ],
            "proposal": self.proposal and self.proposal.to_json(),
        }


def judge(
    case: Case,
    scored: Scored,
    catalogue: Catalogue,
    policy: Policy,
    waived: frozenset[str] = frozenset(),
) -> Outcome:
    """The outcome of a case by a checked policy.

    A person may waive reasons of the tables `rules` and `reviews`, and rules of fraud that refer;
    nobody waives the law, a limit, a price or the budget.
    """
    pd = Decimal(scored.pd_ppm) / PPM
    judgement = _Judgement(
        case, scored, catalogue, policy, facts_of(case, catalogue, pd, scored.score)
    )
    judgement.waived = waived
    judgement.run()
    return judgement.outcome


class _Stop(Exception):
    """Declined: nothing further is computed."""


class _Judgement:
    def __init__(
        self,
        case: Case,
        scored: Scored,
        catalogue: Catalogue,
        policy: Policy,
        facts: dict[str, Fact],
    ) -> None:
        self.case = case
        self.catalogue = catalogue
        self.policy = policy
        self.facts = facts
        self.product: Product = catalogue.products[case.product]
        self.outcome = Outcome("approve", scored)
        self.waived: frozenset[str] = frozenset()

    def run(self) -> None:
        try:
            self._screen()
            self._offer()
        except _Stop:
            self.outcome.verdict = "decline"
        except FactMissing as error:
            self._refer("information_missing", fact=error.fact)
        if self.outcome.verdict == "decline":
            self.outcome.proposal = None
        if not self.outcome.reasons:
            self._say("meets_policy")

    def _screen(self) -> None:
        for hit in self.case.hits:
            if hit.severity == "refer" and SCREENING in self.waived:
                self._say(SCREENING)
            elif hit.severity == "refer":
                self._refer(SCREENING)
            elif hit.severity == "decline":
                self._decline("screening_decline")
        self._apply(every(self.policy.rules, self.facts))
        if self.outcome.verdict == "decline":
            raise _Stop

    def _offer(self) -> None:
        policy, facts, product = self.policy, self.facts, self.product
        grade = self._shifted(first(policy.grades, facts).grade)
        self.outcome.grade = facts["grade"] = grade
        band = product.grid.get(grade)
        if band is None:
            self._stop("risk_too_high")
            return
        costs, row = first(policy.costs, facts), first(policy.limits, facts)
        pd = Fraction(self.outcome.scored.pd_ppm, PPM)
        law = legal_rate(
            self.catalogue.jurisdictions[self.case.jurisdiction],
            product.term.frequency,
            product.term.every,
        )
        discount = self.catalogue.purposes[self.case.purpose].discount_pct
        priced = price(pd, policy.pd_months, costs, band, law, discount, policy.offer.rate_step_pct)
        self.outcome.price = priced
        if priced.short:
            code = "price_above_law" if priced.short == "law" else "price_above_grid"
            self._stop(code, cap_pct=percent_text(priced.cap, 2))
        self.outcome.limits = limits_of(self.case, product, policy, row, pd, share(costs.lgd_pct))
        amount = self._amount()
        proposal = self._plan(amount, priced.rate, row.share_pct)
        self.outcome.proposal = proposal
        if proposal.amount < self.case.amount:
            offered, asked = whole(proposal.amount), whole(self.case.amount)
            self._say("lower_amount", offered=offered, asked=asked)
        assert proposal.plan.candidate is not None  # noqa: S101 - see Proposal.to_json
        facts["offered"] = whole(proposal.amount)
        facts["rate_pct"] = Decimal(percent_text(priced.rate, 7))
        facts["repayments"] = proposal.plan.candidate.terms.number_of_repayments
        self._apply(every(policy.reviews, facts))

    def _shifted(self, grade: str) -> str:
        """The grade, moved by behaviour within the grades that the policy knows."""
        known = sorted({row.grade for row in self.policy.grades})
        place = known.index(grade) - self.case.standing.grade_shift
        return known[min(max(place, 0), len(known) - 1)]

    def _amount(self) -> int:
        """What may be lent, before the budget is looked at."""
        tightest = self.outcome.limits[0]
        if tightest.amount >= self.case.amount:
            return self.case.amount
        self._say(tightest.code, limit=whole(tightest.amount))
        return self._smaller(tightest.amount)

    def _smaller(self, limit: int) -> int:
        amount, least = in_steps(limit, self.product), hundredths(self.product.amount.least)
        if amount < least:
            self._stop("amount_below_product", least=whole(least))
        if not self.policy.offer.counter_offer:
            raise _Stop
        return amount

    def _plan(self, amount: int, rate: Fraction, share_pct: Decimal) -> Proposal:
        for _ in range(2):
            asked = self._question(amount, rate, share_pct)
            found = recommend(asked)
            if found.plan is not None:
                return Proposal(amount, rate, found.plan, found, asked)
            if found.largest is None or found.largest.candidate is None:
                self._stop("budget_too_small")
                raise _Stop
            largest = found.largest.candidate.schedule.principal
            self._say("limit_budget", limit=whole(largest))
            amount = self._smaller(largest)
        self._stop("budget_too_small")
        raise _Stop

    def _question(self, amount: int, rate: Fraction, share_pct: Decimal) -> RecommendInput:
        term, product = self.product.term, self.product
        return parse_recommend_input(
            {
                "principal": decimal(amount, SCALE),
                "annual_rate_pct": percent_text(rate, 7),
                "disbursement_date": _day(self.case).isoformat(),
                "frequency": term.frequency,
                "repay_every": term.every,
                "money_scale": SCALE,
                "max_share_pct": str(share_pct),
                "product": {
                    "amortization": list(product.plans),
                    "number_of_repayments": {
                        "least": term.least,
                        "most": min(self.case.term, term.most),
                    },
                    "grace_on_principal": list(product.grace_on_principal),
                    "may_skip_rows": False,
                    "least_principal": str(product.amount.least),
                },
                "budget": self.case.budget,
            }
        )

    def _apply(self, rules: list[Rule]) -> None:
        for rule in rules:
            if rule.reason in self.waived:
                self._say(rule.reason)
            elif rule.outcome == "decline":
                self._decline(rule.reason)
            else:
                self._refer(rule.reason)

    def _say(self, code: str, **values: object) -> None:
        known: Mapping[str, object] = {**self.facts, **values}
        self.outcome.reasons.append(reason(code, known, self.policy.reasons))

    def _refer(self, code: str, **values: object) -> None:
        self._say(code, **values)
        if self.outcome.verdict == "approve":
            self.outcome.verdict = "refer"

    def _decline(self, code: str, **values: object) -> None:
        self._say(code, **values)
        self.outcome.verdict = "decline"

    def _stop(self, code: str, **values: object) -> None:
        self._say(code, **values)
        raise _Stop


def _day(case: Case) -> date:
    return date_of(day_at(case.at))
