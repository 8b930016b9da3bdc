"""Behaviour as of a day, tables for training, triggers on record."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backend.earlywarning.crowd import LAST_DAY, crowd, terms
from tests.backend.loans.lives import Chronicle, chronicles

from tallystick.earlywarning.behaviour import Behaviour, behaviour, falls_late, until
from tallystick.earlywarning.store import note, open_records, open_triggers_file
from tallystick.earlywarning.table import Horizon, looks, training_rows, write_rows
from tallystick.earlywarning.triggers import RULES, Action, triggers
from tallystick.loans import ledger
from tallystick.loans.calendar import day_at, due_day
from tallystick.loans.events import CollectFailed
from tallystick.loans.fold import fold
from tallystick.scoring.schema import read_schema


def dpd(events: list, day: int) -> int | None:
    """Days past due as the ledger says at the end of a day; None when the loan does not run."""
    known = until(events, day)
    if not known:
        return None
    loan = fold(known)
    if loan.debt.status.name == "CLOSED":
        return None
    return ledger.owed_at(loan.agreement, loan.stored, day).days_past_due


@settings(max_examples=60)
@given(chronicles(), st.integers(0, 400))
def test_behaviour_is_of_its_day(loan: Chronicle, after: int) -> None:
    begin = day_at(loan.events[0].ref.timestamp)
    day = begin + after
    seen = behaviour(loan.events, day)
    assert seen == behaviour(until(loan.events, day), day)
    assert (seen is None) == (dpd(loan.events, day) is None)
    if seen is not None:
        assert seen.days_past_due == dpd(loan.events, day)
        assert 0 <= seen.paid_share <= 1
        assert seen.on_time_share is None or 0 <= seen.on_time_share <= 1
        assert seen.worst_late_days >= seen.days_past_due
    assert behaviour(loan.events, begin - 1) is None


@settings(max_examples=25)
@given(chronicles(), st.integers(0, 120), st.integers(1, 40))
def test_falling_late_is_what_the_ledger_says_day_by_day(
    loan: Chronicle, after: int, days: int
) -> None:
    day = day_at(loan.events[0].ref.timestamp) + after
    late = [dpd(loan.events, later) for later in range(day + 1, day + 31)]
    expected = any(found is not None and found >= days for found in late)
    assert falls_late(loan.events, day, 30, days) == expected


def test_a_table_of_what_became_of_running_loans(tmp_path: Path) -> None:
    loans = crowd(60, seed=5)
    rows = list(training_rows(loans, LAST_DAY, Horizon()))
    bad = [row for row in rows if row["late"]]
    assert 0.03 < len(bad) / len(rows) < 0.4
    assert max(row["days_past_due"] for row in rows) < 30

    # whoever falls late shows it before
    def mean(name: str, late: int) -> float:
        found = [row[name] or 0 for row in rows if row["late"] == late]
        return sum(found) / len(found)

    for name in ("days_past_due", "worst_late_days", "failed_all"):
        assert mean(name, 1) > 1.5 * mean(name, 0)
    # what comes after a look is not in it: cut the world there, and it is the same
    middle = rows[len(rows) // 2]["day"]
    cut = {loan: until(events, middle) for loan, events in loans.items()}
    cut = {loan: events for loan, events in cut.items() if events}
    assert dict(looks(cut, middle)) == dict(looks(loans, middle))
    file = tmp_path / "loans.csv"
    assert write_rows(iter(rows), file) == len(rows)
    schema = read_schema(tmp_path / "loans.yaml")
    with file.open(newline="") as made:
        header = next(csv.reader(made))
    declared = [column.name for column in schema.columns]
    assert sorted(header) == sorted([*declared, schema.target, *schema.exclude])
    assert {name for column in schema.columns for name in column.label} == {"en", "zh"}
    assert training_rows({}, LAST_DAY, Horizon()) is not None
    assert list(training_rows(loans, 0, Horizon())) == []


def one_loan(day_after: int, **changes: object) -> Behaviour:
    agreement = terms("0x" + "ab" * 20, 0)
    agreement = replace(agreement, conditions=replace(agreement.conditions, **changes))
    loan = Chronicle(agreement)
    loan.day = due_day(agreement, 0)
    loan.tell(CollectFailed, b"\1\2\3\4")
    seen = behaviour(loan.events, due_day(agreement, 0) + day_after)
    assert seen is not None
    return seen


def test_triggers_grow_with_lateness() -> None:
    assert triggers(one_loan(0)) == []
    assert [one.code for one in triggers(one_loan(4))] == ["collection_failed", "late"]
    assert triggers(one_loan(4), 0.31)[0].code == "likely_late"
    (late, *_) = triggers(one_loan(31), 0.9)
    assert (late.code, late.action, late.urgency) == ("late_30", Action.OFFER_REPAIR, 1)
    assert late.text() == "31 days past due: agree on new terms before default."
    assert late.text("zh") == "已逾期 31 天：应在违约前协商新的还款条件。"
    near = one_loan(7, guarantor="0x" + "cd" * 20, guaranteed=1, guarantee_days=10)
    assert "guarantor_near" in [one.code for one in triggers(near)]
    watched = replace(one_loan(2), on_watch=1)
    assert triggers(watched)[0].code == "watch_broken"
    elsewhere = replace(one_loan(-3), others_late_days=12, manual=1)
    assert [one.code for one in triggers(elsewhere)] == ["late_elsewhere", "by_hand"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_speaks_both_languages(rule) -> None:
    fields = [
        {name for _, name, _, _ in Formatter().parse(text) if name} for text in (rule.en, rule.zh)
    ]
    assert fields[0] == fields[1]
    assert any("\u4e00" <= mark <= "\u9fff" for mark in rule.zh)


def test_records_open_stay_and_close(tmp_path: Path) -> None:
    loan, other = b"\1" * 32, b"\2" * 32
    with open_triggers_file(tmp_path / "w.db") as db:
        first = note(db, {loan: triggers(one_loan(4)), other: triggers(one_loan(31))}, 100, "aa")
        assert (first.opened, first.kept, first.closed) == (3, 0, 0)
        assert note(db, {loan: triggers(one_loan(4)), other: triggers(one_loan(31))}, 100) == (
            type(first)(0, 3, 0)
        )
        later = note(db, {loan: triggers(one_loan(5)), other: []}, 101, "bb")
        assert (later.opened, later.kept, later.closed) == (0, 2, 1)
        records = open_records(db)
        assert [(one.loan_id, one.trigger.code) for one in records] == [
            (loan, "collection_failed"),
            (loan, "late"),
        ]
        assert {(one.opened_day, one.seen_day, one.model) for one in records} == {(100, 101, "bb")}
        assert records[1].trigger.text() == "5 days past due."
        assert open_records(db, loan_id=other) == []
        again = note(db, {other: triggers(one_loan(31))}, 102)
        assert (again.opened, again.closed) == (1, 2)
        assert open_records(db, 1)[0].opened_day == 102
