"""Who may repair what, and how far the lender goes: `lending/repair.yaml`, docs/repair.md."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tallystick.decisions.document import Document, Label, Name, Percent, digest, read_yaml
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.table import Facts, Kind, Row, check_table, every, first

FACTS: dict[str, Kind] = {
    "status": "text",
    "cause": "text",
    "days_past_due": "number",
    "rows_overdue": "number",
    "outstanding_pct": "number",
    "on_watch": "number",
    "repairs": "number",
    "relapses": "number",
    "days_since_repair": "number",
    "evidence": "number",
}
"""What tables may ask: of the loan, of repairs of the same loan, of the application."""

SHIPPED = Path(__file__).parents[3] / "lending" / "repair.yaml"


class Severity(StrEnum):
    """How bad it is."""

    LIGHT = "light"
    MEDIUM = "medium"
    SEVERE = "severe"


class Measure(StrEnum):
    """What may be done. `LEGAL` is no plan: the case is handed on."""

    CATCH_UP = "catch_up"
    PENALTY_WAIVER = "penalty_waiver"
    RE_AGE = "re_age"
    EXTEND = "extend"
    HOLIDAY = "holiday"
    LOWER_RATE = "lower_rate"
    RESTRUCTURE = "restructure"
    GUARANTOR = "guarantor"
    SETTLEMENT = "settlement"
    LEGAL = "legal"


class Cause(StrEnum):
    """Why the borrower stumbled; the number on chain is in docs/ledger.md, "Reasons"."""

    UNSTATED = "unstated"
    ILLNESS = "illness"
    LOSS_OF_WORK = "loss_of_work"
    LOSS_OF_INCOME = "loss_of_income"
    DISASTER = "disaster"
    FAMILY = "family"
    BUSINESS = "business"
    DISPUTE = "dispute"
    CONVENIENCE = "convenience"

    @property
    def number(self) -> int:
        """The reason as amendments and settlements carry it."""
        return list(Cause).index(self)


class EligibilityRow(Row):
    """Refers a case to a person, or declines it; the harshest of all rows counts."""

    outcome: Literal["refer", "decline"]
    reason: Name


class SeverityRow(Row):
    """The severity of the cases to which it applies first."""

    severity: Severity


class Limits(Document):
    """The most that is granted: rows in all, periods without payment, points off the yearly rate
    and the rate's floor, shares of what is owed that are forgiven, and the least share of
    everything owed for which it is settled."""

    rows: Annotated[int, Field(ge=1, le=600)]
    holiday: Annotated[int, Field(ge=0, le=24)] = 0
    rate_cut_pct: Percent = Decimal(0)
    rate_floor_pct: Percent = Decimal(0)
    waive_penalty_pct: Annotated[Percent, Field(le=100)] = Decimal(0)
    waive_interest_pct: Annotated[Percent, Field(le=100)] = Decimal(0)
    waive_principal_pct: Annotated[Percent, Field(le=100)] = Decimal(0)
    settle_pct: Annotated[Percent, Field(le=100)] = Decimal(100)


class Odds(Document):
    """What the lender expects, per cent: that the plan is kept, that the loan is paid as agreed
    without one, and of what is owed otherwise recovered, after so many months."""

    plan_kept_pct: Annotated[Percent, Field(le=100)]
    paid_without_pct: Annotated[Percent, Field(le=100)]
    recovery_pct: Annotated[Percent, Field(le=100)]
    recovery_months: Annotated[int, Field(ge=0, le=120)]


class Grade(Document):
    """What a severity allows: what two people may agree to, and of that what the lender's key
    signs by itself. `lessons`: names of lessons that the borrower passes first."""

    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    limits: Limits
    delegated: Limits | None = None
    watch_rows: Annotated[int, Field(ge=1, le=60)]
    odds: Odds
    lessons: tuple[Name, ...] = ()


class RepairRules(Document):
    """One version of the rules. Of `restarts` the next one is a relapse; `share_pct` of free income
    in the cautious scenario may go into the plan; `discount_pct` a year values money that comes
    later; a case that ends may be followed by another one after `pause_days`."""

    name: Name
    version: Annotated[int, Field(ge=1)]
    valid_days: Annotated[int, Field(ge=1, le=30)]
    catch_up_days: Annotated[int, Field(ge=1, le=60)]
    share_pct: Annotated[Percent, Field(gt=0, le=100)]
    discount_pct: Percent
    rate_step_pct: Annotated[Percent, Field(gt=0)]
    proposals: Annotated[int, Field(ge=1, le=5)]
    restarts: Annotated[int, Field(ge=0, le=10)]
    eligibility: tuple[EligibilityRow, ...]
    severity: tuple[SeverityRow, ...]
    grades: dict[Severity, Grade]
    reasons: dict[Name, Label]

    def check(self) -> None:
        """Whether the tables are whole. Raises `DocumentInvalid`."""
        check_table(self.eligibility, FACTS, "eligibility")
        check_table(self.severity, FACTS, "severity", total=True)
        for place, row in enumerate(self.eligibility):
            if row.reason not in self.reasons:
                raise DocumentInvalid(f"eligibility.{place}.reason", f"{row.reason} has no text")
        for severity in Severity:
            if severity not in self.grades:
                raise DocumentInvalid("grades", f"lacks {severity}")
        for severity, grade in self.grades.items():
            if grade.delegated is not None and exceeded(grade.delegated, grade.limits):
                raise DocumentInvalid(f"grades.{severity}.delegated", "exceeds the limits")

    def judge(self, facts: Facts) -> tuple[Literal["allow", "refer", "decline"], tuple[str, ...]]:
        """Whether a case may go on, and why not. Raises `FactMissing`."""
        rows = every(self.eligibility, facts)
        declined = tuple(row.reason for row in rows if row.outcome == "decline")
        if declined:
            return "decline", declined
        return ("refer" if rows else "allow"), tuple(row.reason for row in rows)

    def severity_of(self, facts: Facts) -> Severity:
        """How bad it is. Raises `FactMissing`."""
        return first(self.severity, facts).severity


def load_rules(path: Path = SHIPPED) -> tuple[RepairRules, bytes]:
    """The rules of a file, checked, and their canonical bytes. Raises `DocumentInvalid`."""
    body = read_yaml(path)
    return parse_rules(body), body


def parse_rules(body: bytes) -> RepairRules:
    """The rules of canonical bytes, checked. Raises `DocumentInvalid`."""
    rules = RepairRules.parse(body, "repair")
    rules.check()
    return rules


def rules_id(body: bytes) -> str:
    """SHA-256, hexadecimal: the name of a version."""
    return digest(body)


def exceeded(inner: Limits, outer: Limits) -> list[str]:
    """Names of the limits in which `inner` goes beyond `outer`."""
    found = []
    for name in Limits.model_fields:
        mine, most = getattr(inner, name), getattr(outer, name)
        beyond = mine < most if name in _FLOORS else mine > most
        if beyond:
            found.append(name)
    return found


_FLOORS = ("rate_floor_pct", "settle_pct")
