"""Hits on what a bank statement's own figures say about it."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.intake.quality import Quality
from tallystick.screening.application import Application
from tallystick.screening.hits import Fact, Hit, Severity, found
from tallystick.screening.rules import Rules

_DAY = 86_400


def statements(application: Application, rules: Rules) -> Iterable[Hit]:
    """What is wrong or unusual in the statements of an application."""
    facts: dict[str, Fact]
    for quality in application.statements:
        for rule, severity, facts in _findings(quality, rules):
            yield found(rule, severity, facts, quality.document, rules.digest)
    if application.statements:
        most = rules.statements.stale
        newest = max(application.statements, key=lambda quality: quality.last_day)
        days = application.at // _DAY - newest.last_day
        if days > most.most:
            facts = {"days": days, "most": most.most}
            yield found("statement_stale", most.severity, facts, newest.document, rules.digest)


def _findings(quality: Quality, rules: Rules) -> Iterable[tuple[str, Severity, dict[str, Fact]]]:
    rule = rules.statements
    if quality.wrong_balances:
        facts: dict[str, Fact] = {
            "wrong": quality.wrong_balances,
            "row": quality.wrong_row or 0,
        }
        yield "statement_arithmetic", rule.arithmetic, facts
    if quality.repeats > rule.repeats.most:
        facts = {"repeats": quality.repeats, "row": quality.repeat_row or 0}
        yield "statement_repeats", rule.repeats.severity, facts
    if quality.longest_gap > rule.gap.most:
        facts = {"days": quality.longest_gap, "row": quality.gap_row or 0, "most": rule.gap.most}
        yield "statement_gap", rule.gap.severity, facts
    if len(quality.currencies) > 1:
        facts = {"currencies": ", ".join(quality.currencies)}
        yield "statement_currencies", rule.currencies, facts
