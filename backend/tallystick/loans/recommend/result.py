"""What a recommendation answers, and its JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.terms import Plan
from tallystick.loans.recommend.limits import Strain
from tallystick.loans.recommend.schedule_json import schedule_json
from tallystick.loans.recommend.search import Candidate
from tallystick.loans.recommend.terms import month_text


class ReasonCode(StrEnum):
    """Why a plan is proposed, or why not; a code keeps its meaning for ever."""

    LEAST_INTEREST = "least_interest"
    KEEPS_LIMITS = "keeps_limits"
    OTHER_TERM_EXCEEDS_LIMIT = "other_term_exceeds_limit"
    SHORTEST_TERM = "shortest_term"
    REPAYS_AS_EARLY_AS_POSSIBLE = "repays_as_early_as_possible"
    ROWS_LEFT_OUT = "rows_left_out"
    COSTS_MORE = "costs_more"
    COSTS_THE_SAME = "costs_the_same"
    EXCEEDS_LIMIT = "exceeds_limit"
    TERM_TOO_SHORT = "term_too_short"
    PRINCIPAL_LEFT = "principal_left"
    INTEREST_EXCEEDS_LIMIT = "interest_exceeds_limit"
    NO_PLAN_FITS = "no_plan_fits"
    NO_FREE_INCOME = "no_free_income"
    LARGEST_AMOUNT = "largest_amount"
    NO_AMOUNT_FITS = "no_amount_fits"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, the values it speaks of, and the sentence in English and Chinese."""

    code: ReasonCode
    values: Mapping[str, str]
    en: str
    zh: str

    def to_json(self) -> dict[str, object]:
        """The reason with its sentences by language tag."""
        return {
            "code": self.code.value,
            "values": dict(self.values),
            "text": {"en": self.en, "zh-Hans": self.zh},
        }


@dataclass(frozen=True, slots=True)
class Option:
    """A plan that was looked at. `candidate` is None where a kind has no plan to show at all.

    `costs_more` is its interest above that of the proposed plan.
    """

    kind: Plan
    candidate: Candidate | None
    fits: bool
    costs_more: int | None = None
    reasons: tuple[Reason, ...] = ()

    def to_json(self, scale: int, *, rows: bool = False) -> dict[str, object]:
        """The plan, its schedule input and reasons; `rows` adds the schedule and every month."""
        data: dict[str, object] = {"amortization": self.kind.value, "fits": self.fits}
        if self.candidate is not None:
            data |= _candidate_json(self.candidate, scale, rows=rows)
        if self.costs_more is not None:
            data["costs_more"] = decimal(self.costs_more, scale)
        if self.reasons:
            data["reasons"] = [reason.to_json() for reason in self.reasons]
        return data


@dataclass(frozen=True, slots=True)
class MonthlyLimit:
    """Free income of a month and the limit that follows from it."""

    month: int
    free_expected: int
    free_cautious: int
    debt_service: int
    limit: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The proposed plan, or None; other plans; why; the largest amount where none fits.

    Amounts are in units of 10^-money_scale. `longest` is the longest term tried, in periods.
    """

    money_scale: int
    plan: Option | None
    alternatives: tuple[Option, ...]
    reasons: tuple[Reason, ...]
    largest: Option | None
    longest: int
    months: tuple[MonthlyLimit, ...]

    def to_json(self) -> dict[str, object]:
        """Every amount a decimal string; `plan` and `largest` carry whole schedules."""
        scale = self.money_scale
        return {
            "fits": self.plan is not None,
            "plan": self.plan and self.plan.to_json(scale, rows=True),
            "reasons": [reason.to_json() for reason in self.reasons],
            "alternatives": [option.to_json(scale) for option in self.alternatives],
            "largest_amount": self.largest and self.largest.to_json(scale, rows=True),
            "longest_term": self.longest,
            "months": [
                {
                    "month": month_text(month.month),
                    "free_income_expected": decimal(month.free_expected, scale),
                    "free_income_cautious": decimal(month.free_cautious, scale),
                    "debt_service": decimal(month.debt_service, scale),
                    "limit": decimal(month.limit, scale),
                }
                for month in self.months
            ],
        }


def _candidate_json(candidate: Candidate, scale: int, *, rows: bool) -> dict[str, object]:
    schedule = candidate.schedule
    data: dict[str, object] = {
        "principal": decimal(schedule.principal, scale),
        "interest": decimal(schedule.interest, scale),
        "number_of_repayments": candidate.terms.number_of_repayments,
        "term_in_periods": candidate.periods,
        "grace_on_principal": candidate.terms.grace_on_principal,
        "last_due_date": schedule.rows[-1].due_date.isoformat(),
        "tightest_month": _strain_json(candidate.tightest, scale),
        "schedule_input": schedule_json(candidate.terms),
    }
    if rows:
        data["schedule"] = schedule.to_json()
        data["by_month"] = [_strain_json(strain, scale) for strain in candidate.strains]
    return data


def _strain_json(strain: Strain, scale: int) -> dict[str, str]:
    return {
        "month": month_text(strain.month),
        "due": decimal(strain.due, scale),
        "limit": decimal(strain.limit, scale),
    }
