"""A lending policy: decision tables, costs and limits, with the cases that it must decide right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from tallystick.decisions.catalogue import Catalogue, Grade, Segment
from tallystick.decisions.document import Document, Label, Money, Name, Percent, Text
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.facts import BOOKS, known_facts
from tallystick.decisions.reasons import REASONS, placeholders
from tallystick.decisions.table import Kind, Row, check_table

Verdict = Literal["approve", "refer", "decline"]


class Rule(Row):
    """Refers or declines every case to which it applies; the harshest of all rules counts."""

    outcome: Literal["refer", "decline"]
    reason: Name


class GradeRow(Row):
    """The grade of the cases to which it applies first."""

    grade: Grade


class CostRow(Row):
    """What a loan costs the lender, per cent a year of its mean balance, and the share of the
    exposure that is lost in a default. `capital_pct` of the exposure is own capital, which must
    earn `hurdle_pct`; the rest is borrowed at `funding_pct`."""

    lgd_pct: Percent
    funding_pct: Percent
    operating_pct: Percent
    capital_pct: Percent
    hurdle_pct: Percent
    margin_pct: Percent


class LimitRow(Row):
    """The most of one loan, of all loans of one subject, and of one loan's expected loss; the share
    of free income in the cautious scenario that may go into debt service."""

    most: Money
    subject: Money
    most_loss: Money
    share_pct: Annotated[Percent, Field(gt=0, le=100)]


class StandingRow(Row):
    """What behaviour changes: grades up or down, and per cent of the usual limit."""

    grade_shift: Annotated[int, Field(ge=-3, le=3)] = 0
    limit_pct: Annotated[int, Field(ge=0, le=300)] = 100
    reason: Name


class OfferRules(Document):
    """Conditions that every offer shares. Rates move in steps of `rate_step_pct`; a smaller amount
    than asked for is offered only with `counter_offer`."""

    valid_days: Annotated[int, Field(ge=1, le=30)]
    grace_days: Annotated[int, Field(ge=0, le=30)]
    penalty_rate_pct: Percent
    penalty_cap_days: Annotated[int, Field(ge=0, le=3650)]
    rate_step_pct: Annotated[Percent, Field(gt=0)]
    counter_offer: bool


class Exposures(Document):
    """The most that may be lent in all, and what share of it one segment may have once more than
    `share_above` is lent."""

    total: Money
    share_above: Money
    segment_share_pct: dict[Segment, Annotated[Percent, Field(le=100)]]


class Expected(Document):
    """What a case must come to. What is left out is not looked at."""

    outcome: Verdict
    grade: Grade | None = None
    rate_pct: Percent | None = None
    amount: Money | None = None
    plan: str | None = None
    reasons: tuple[Name, ...] | None = None


class Example(Document):
    """A case of the policy's own: an application in short, and what must become of it. `free` is
    what is left of income each month; `documents` are those that are there, by default all."""

    name: Text
    product: Name
    purpose: Name
    jurisdiction: str
    amount: Money
    term: int
    pd_pct: Annotated[Percent, Field(le=100)]
    free: tuple[Money, ...]
    kyc_level: Annotated[int, Field(ge=0, le=4)] = 4
    documents: tuple[Name, ...] | None = None
    declared: dict[Name, str] = Field(default_factory=dict)
    books: dict[str, int] = Field(default_factory=dict)
    bank: dict[Name, str] = Field(default_factory=dict)
    chain: dict[Name, str] = Field(default_factory=dict)
    wallet: dict[Name, str] = Field(default_factory=dict)
    signals: dict[Name, str] = Field(default_factory=dict)
    owed: Money | None = None
    hits: tuple[Literal["info", "refer", "decline"], ...] = ()
    quality_issues: Annotated[int, Field(ge=0, le=10)] = 0
    expect: Expected


class Policy(Document):
    """`rules` look at the application, `reviews` at the offer that would follow; both take all rows
    that apply. Of the other tables the first row counts. `pd_months` is the time to which the
    scorecard's probability refers."""

    name: Name
    version: Annotated[int, Field(ge=1)]
    pd_months: Annotated[int, Field(ge=1, le=60)]
    offer: OfferRules
    exposure: Exposures
    rules: tuple[Rule, ...]
    grades: tuple[GradeRow, ...]
    costs: tuple[CostRow, ...]
    limits: tuple[LimitRow, ...]
    reviews: tuple[Rule, ...]
    standing: tuple[StandingRow, ...]
    reasons: dict[Name, Label] = Field(default_factory=dict)
    cases: Annotated[tuple[Example, ...], Field(min_length=1)]

    def check(self, catalogue: Catalogue) -> None:
        """Whether all tables are whole, given the catalogue. Raises `DocumentInvalid`."""
        try:
            plain, graded, offered = (known_facts(catalogue, stage=stage) for stage in range(3))
        except ValueError as error:
            raise DocumentInvalid("catalogue", str(error)) from None
        behaviour: dict[str, Kind] = {f"books.{name}": "number" for name in BOOKS}
        check_table(self.rules, plain, "rules")
        check_table(self.grades, plain, "grades", total=True)
        check_table(self.costs, graded, "costs", total=True)
        check_table(self.limits, graded, "limits", total=True)
        check_table(self.reviews, offered, "reviews")
        check_table(self.standing, behaviour, "standing", total=True)
        self._check_reasons("rules", [row.reason for row in self.rules], plain)
        self._check_reasons("reviews", [row.reason for row in self.reviews], offered)
        self._check_reasons("standing", [row.reason for row in self.standing], behaviour)
        for segment in catalogue.segments:
            if segment not in self.exposure.segment_share_pct:
                raise DocumentInvalid("exposure.segment_share_pct", f"lacks {segment}")

    def _check_reasons(self, where: str, codes: Sequence[str], known: dict[str, Kind]) -> None:
        for place, code in enumerate(codes):
            label = self.reasons.get(code) or REASONS.get(code)
            if label is None:
                raise DocumentInvalid(f"{where}.{place}.reason", f"{code} has no text")
            for name in (*placeholders(label.en), *placeholders(label.zh)):
                if name not in known:
                    raise DocumentInvalid(
                        f"{where}.{place}.reason", f"{code} names {name}, which is no fact here"
                    )
