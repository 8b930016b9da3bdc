"""Two or three plans that the borrower can bear and the lender is better off with, or none.

For each measure the search takes the smallest concession that fits: the fewest rows, the shortest
holiday, the highest rate, the least forgiven. More rows never raise a level installment, and a
lower rate never does, so both are found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from tallystick.amendments.terms import Guaranty, NewTerms
from tallystick.loans.agreement import RATE_SCALE
from tallystick.loans.debt import Split
from tallystick.offers.errors import TermsInvalid
from tallystick.repair.basis import Basis
from tallystick.repair.budget import Purse
from tallystick.repair.plan import Effect, Flow, Proposal, effect_of, outcome_of
from tallystick.repair.rules import Cause, Grade, Measure, RepairRules

_PRINCIPAL_STEP = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """A plan with its effect; `short` is what its worst month lacks, 0 where it fits."""

    proposal: Proposal
    effect: Effect
    short: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A plan that was looked at, and what its worst month lacks."""

    proposal: Proposal
    short: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Plans that fit, the best for the lender first. Where there are none, `nearest` lacks the
    least in its worst month; `worse` counts plans that fit but leave the lender worse off."""

    plans: tuple[Offered, ...]
    nearest: Offered | None
    worse: int


class Recommender:
    """Plans for one loan under one severity's rules."""

    def __init__(
        self,
        basis: Basis,
        rules: RepairRules,
        grade: Grade,
        purse: Purse,
        cause: Cause,
        guaranty: Guaranty | None = None,
    ) -> None:
        self.basis = basis
        self.rules = rules
        self.grade = grade
        self.purse = purse
        self.guaranty = guaranty
        last, limits = basis.last, grade.limits
        self.plain = NewTerms(
            annual_rate=basis.loan.agreement.annual_rate,
            count=max(len(basis.rows), 1),
            first_due=basis.first_due(),
            due_day=basis.anchor,
            waived=Split(penalty=_part(last.due.penalty, limits.waive_penalty_pct)),
            watch_rows=grade.watch_rows,
            reason=cause.number,
        )

    def recommend(self) -> Recommendation:
        """Deterministic: the same loan, day, rules and budget give the same plans."""
        fitting: list[Offered] = []
        nearest: Offered | None = None
        worse = 0
        for measure in self.grade.measures:
            tried = self._best(measure)
            if tried is None:
                continue
            best = self.judge(tried.proposal)
            if best.short:
                nearest = best if nearest is None or best.short < nearest.short else nearest
            elif best.effect.npv < best.effect.npv_without:
                worse += 1
            elif all(best.effect.flows != other.effect.flows for other in fitting):
                fitting.append(best)
        fitting.sort(key=lambda one: -one.effect.npv)
        return Recommendation(tuple(fitting[: self.rules.proposals]), nearest, worse)

    def judge(self, proposal: Proposal) -> Offered:
        """A proposal with its effect on this purse. Raises `TermsInvalid`, `LoanClosed`."""
        effect = effect_of(self.basis, proposal, self.grade.odds, self.rules.discount_pct)
        return Offered(proposal, effect, self._short(proposal, list(effect.flows)))

    def _short(self, proposal: Proposal, flows: list[Flow]) -> int:
        if proposal.amount is not None:
            return max(proposal.amount - self.purse.lump_sum, 0)
        return max((strain.over for strain in self.purse.over(flows)), default=0)

    def _best(self, measure: Measure) -> Tried | None:
        search: dict[Measure, Callable[[], Tried | None]] = {
            Measure.CATCH_UP: self._catch_up,
            Measure.PENALTY_WAIVER: self._penalty_waiver,
            Measure.RE_AGE: lambda: self._judged(Measure.RE_AGE, self.plain),
            Measure.EXTEND: lambda: self._extended(
                Measure.EXTEND, replace(self.plain, count=self.plain.count + 1)
            ),
            Measure.HOLIDAY: self._holiday,
            Measure.LOWER_RATE: lambda: self._cheaper(Measure.LOWER_RATE, self.plain, least=1),
            Measure.RESTRUCTURE: self._restructure,
            Measure.GUARANTOR: self._guaranteed,
            Measure.SETTLEMENT: self._settlement,
        }
        found = search.get(measure)
        return found() if found else None

    def _catch_up(self) -> Tried | None:
        if not self.basis.today.due.total or self.basis.loan.debt.accelerated:
            return None
        by = self.basis.day + self.rules.catch_up_days
        return self._tried(
            Proposal(
                Measure.CATCH_UP,
                self.basis.day,
                self.basis.until,
                by=by,
                lessons=self.grade.lessons,
            )
        )

    def _penalty_waiver(self) -> Tried | None:
        """What is overdue is spread over the rows that are left; the end stays where it was."""
        if not self.basis.today.due.penalty:
            return None
        last = self.basis.rows[-1].due
        later = sum(row.due > self.basis.until // 86_400 for row in self.basis.rows)
        if not later or last <= self.basis.day:
            return None
        return self._judged(Measure.PENALTY_WAIVER, replace(self.plain, count=later))

    def _holiday(self) -> Tried | None:
        found: Tried | None = None
        for periods in range(1, self.grade.limits.holiday + 1):
            later = replace(self.plain, first_due=self.basis.first_due(periods))
            found = self._extended(Measure.HOLIDAY, later)
            if found and not found.short:
                return found
        return found

    def _restructure(self) -> Tried | None:
        limits, last = self.grade.limits, self.basis.last
        interest = last.due.interest + last.accrued
        shares = range(0, int(limits.waive_principal_pct) + 1, _PRINCIPAL_STEP)
        found: Tried | None = None
        for principal, all_interest in product(shares, (False, True)):
            if principal and not all_interest:
                continue
            waived = replace(
                self.plain.waived,
                interest=_part(interest, limits.waive_interest_pct) if all_interest else 0,
                principal=_part(last.outstanding, Decimal(principal)),
            )
            longest = replace(self.plain, waived=waived, count=self.grade.limits.rows)
            found = self._cheaper(Measure.RESTRUCTURE, longest)
            if found and not found.short:
                break
        if found is None or found.short or found.proposal.terms is None:
            return found
        return self._extended(Measure.RESTRUCTURE, replace(found.proposal.terms, count=1)) or found

    def _guaranteed(self) -> Tried | None:
        if self.guaranty is None:
            return None
        return self._extended(Measure.GUARANTOR, replace(self.plain, guaranty=self.guaranty))

    def _settlement(self) -> Tried | None:
        last, limits = self.basis.last, self.grade.limits
        owed = last.due.total + last.accrued + last.outstanding - last.due.principal
        least = max(-(-owed * int(limits.settle_pct * 10**7) // 10**9), 1)
        today = self.basis.today.payoff
        amount = min(max(least, min(self.purse.lump_sum, owed)), today)
        return self._tried(
            Proposal(
                Measure.SETTLEMENT,
                self.basis.day,
                self.basis.until,
                amount=amount,
                lessons=self.grade.lessons,
            )
        )

    def _extended(self, measure: Measure, terms: NewTerms) -> Tried | None:
        """The fewest rows that fit, or the most that are allowed."""
        low, high = max(terms.count, 1), max(self.grade.limits.rows, 1)
        best = self._judged(measure, replace(terms, count=max(high, low)))
        if best is None or best.short:
            return best
        while low < high:
            middle = (low + high) // 2
            tried = self._judged(measure, replace(terms, count=middle))
            if tried is not None and not tried.short:
                best, high = tried, middle
            else:
                low = middle + 1
        return best

    def _cheaper(self, measure: Measure, terms: NewTerms, least: int = 0) -> Tried | None:
        """The highest rate that fits, `least` steps off the agreed one, or the lowest allowed."""
        rates = list(self._rates())[least:]
        if not rates:
            return None
        best = self._judged(measure, replace(terms, annual_rate=rates[-1]))
        if best is None or best.short:
            return best
        low, high = 0, len(rates) - 1
        while low < high:
            middle = (low + high) // 2
            tried = self._judged(measure, replace(terms, annual_rate=rates[middle]))
            if tried is not None and not tried.short:
                best, high = tried, middle
            else:
                low = middle + 1
        return best

    def _rates(self) -> Iterator[int]:
        """From the agreed rate down in steps to the lowest that is allowed."""
        now, limits = self.plain.annual_rate, self.grade.limits
        floor = max(_rate(limits.rate_floor_pct), now - _rate(limits.rate_cut_pct))
        step = _rate(self.rules.rate_step_pct)
        rate = now
        while rate > floor:
            yield rate
            rate -= step
        yield min(max(floor, 0), now)

    def _judged(self, measure: Measure, terms: NewTerms) -> Tried | None:
        """None where the book would not take such terms."""
        plan = Proposal(
            measure, self.basis.day, self.basis.until, terms=terms, lessons=self.grade.lessons
        )
        try:
            return self._tried(plan)
        except TermsInvalid:
            return None

    def _tried(self, proposal: Proposal) -> Tried:
        flows, _, _ = outcome_of(self.basis, proposal)
        return Tried(proposal, self._short(proposal, flows))


def _part(amount: int, percent: Decimal) -> int:
    return amount * int(percent * 10**7) // 10**9


def _rate(percent: Decimal) -> int:
    return int(percent * (RATE_SCALE // 100))
