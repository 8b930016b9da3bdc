"""Bank statements that applicants hand in: read at once, and what they say kept sealed.

Of the file itself only its SHA-256 stays: quality and features are all that a decision needs, and
whoever doubts them asks for the same file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from tallystick.decisions.document import SCALE, canonical
from tallystick.decisions.errors import StatementUnknown
from tallystick.decisions.words import money, number
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import RecordUnknown, Vault
from tallystick.identity.vault.scrub import finish_deletions
from tallystick.identity.vault.vault import new_id
from tallystick.intake.csvfile import Layout
from tallystick.intake.features import StatementFeatures, combined, statement_features
from tallystick.intake.quality import Quality, quality
from tallystick.intake.read import parse_statement
from tallystick.intake.statement import main_currency

RECORD = "bank_statement"
MOST_KEPT = 24
"""Statements of one subject; who hands in more takes some back first."""
MONEY = ("income", "expenses", "net", "regular_income", "lowest_balance")
"""Features that are amounts of the main currency."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is kept of a statement. `currency` is its main one, with so many `decimals`; `at` is
    when it was handed in, Unix seconds."""

    statement_id: str
    at: int
    format: str
    currency: str
    decimals: int
    quality: Quality
    features: StatementFeatures

    def to_json(self) -> dict[str, Any]:
        """As it is kept, and as reviewers see it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        found = Quality(**data["quality"] | {"currencies": tuple(data["quality"]["currencies"])})
        return cls(**data | {"quality": found, "features": StatementFeatures(**data["features"])})


class BankStatements:
    """One's own statements, in the vault. Safe to share between threads."""

    def __init__(self, vault: Vault, rights: Rights) -> None:
        self._vault = vault
        self._rights = rights

    def hand_in(self, subject: str, raw: bytes, layout: Layout, purpose: str, now: int) -> Report:
        """Reads a file and keeps what it says; the same file again is the same statement.

        Raises `DocumentRefused`, `ReadRefused` without consent to `purpose`, `StatementUnknown`
        when too many are kept.
        """
        self._rights.admit("decisions", subject, RECORD, purpose)
        statement = parse_statement(raw, layout)
        kept = self.of_subject(subject)
        for each in kept:
            if each.quality.document == statement.document:
                return each
        if len(kept) >= MOST_KEPT:
            raise StatementUnknown(f"at most {MOST_KEPT} statements are kept; take one back first")
        currency = main_currency(statement)
        made = Report(
            statement_id=new_id("statement"),
            at=now,
            format=statement.format,
            currency=currency,
            decimals=statement.decimals[currency],
            quality=quality(statement),
            features=statement_features(statement),
        )
        body = canonical(made.to_json())
        self._vault.put(subject, _record(made.statement_id), {"report": body}, after=0)
        return made

    def of_subject(self, subject: str) -> list[Report]:
        """All that are kept, the newest first."""
        names = [head.record for head in self._vault.records(subject)]
        found = [self._get(subject, name) for name in names if name.startswith(f"{RECORD}:")]
        return sorted(found, key=lambda each: (-each.at, each.statement_id))

    def named(self, subject: str, ids: Iterable[str]) -> list[Report]:
        """The statements of these ids. Raises `StatementUnknown`."""
        return [self._get(subject, _record(each)) for each in ids]

    def take_back(self, subject: str, statement_id: str) -> None:
        """Deletes a statement; what was decided on it keeps its figures. Raises
        `StatementUnknown`."""
        self._get(subject, _record(statement_id))
        self._vault.forget(subject, _record(statement_id))
        finish_deletions(self._vault)

    def _get(self, subject: str, record: str) -> Report:
        try:
            body = self._vault.get(subject, record).fields["report"]
        except RecordUnknown:
            raise StatementUnknown("you have handed in no such statement") from None
        return Report.from_json(json.loads(body))


def bank_facts(
    reports: Sequence[Report], currency: str | None, declared_income: Decimal | None, day: int
) -> dict[str, str | None]:
    """What statements tell policies and scorecards, as decimal texts: money per 30 days.

    Amounts count only where all statements are in the lender's `currency`; `declared_income` is
    what the applicant says of a month. Days count since 1970-01-01.
    """
    facts: dict[str, str | None] = {"statements": str(len(reports))}
    if not reports:
        return facts
    features = combined([each.features for each in reports])
    same = {(each.currency, each.decimals) for each in reports}
    decimals = reports[0].decimals if {name for name, _ in same} == {currency} else None
    for column, value in features.items():
        name = column.removeprefix("bank_")
        if value is not None and name in MONEY:
            facts[name] = None if decimals is None else money(int(value), decimals)
        else:
            facts[name] = number(value)
    seen = [each.quality for each in reports]
    facts["wrong_balances"] = str(sum(each.wrong_balances for each in seen))
    facts["repeats"] = str(sum(each.repeats for each in seen))
    facts["longest_gap"] = str(max(each.longest_gap for each in seen))
    facts["days_old"] = str(max(day - max(each.last_day for each in seen), 0))
    income = facts["income"]
    if income is not None and declared_income is not None and Decimal(income) > 0:
        gap = (declared_income - Decimal(income)) / Decimal(income) * 100
        facts["income_gap_pct"] = f"{gap:.{SCALE}f}"
    elif income is not None and declared_income:
        facts["income_gap_pct"] = "1000000"  # income is declared, and none is seen
    return facts


def _record(statement_id: str) -> str:
    return f"{RECORD}:{statement_id}"
