"""Rules of repair as data: what they say of cases, and what is wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tallystick.cli import main
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.table import FactMissing
from tallystick.repair.rules import (
    FACTS,
    SHIPPED,
    Cause,
    Limits,
    Severity,
    exceeded,
    load_rules,
    parse_rules,
    rules_id,
)

RULES, BODY = load_rules()
LUCK = {"luck": "x"}


def facts(**known: Any) -> dict[str, Any]:
    plain = dict.fromkeys(FACTS, 0) | {"status": "active", "cause": "unstated"}
    return plain | {"days_since_repair": None} | known


@pytest.mark.parametrize(
    ("known", "severity"),
    [
        ({}, "light"),
        ({"days_past_due": 15}, "light"),
        ({"days_past_due": 16}, "medium"),
        ({"cause": "illness"}, "medium"),
        ({"days_past_due": 91}, "severe"),
        ({"cause": "disaster"}, "severe"),
        ({"status": "defaulted"}, "severe"),
    ],
)
def test_severity(known: dict[str, Any], severity: str) -> None:
    assert RULES.severity_of(facts(**known)) is Severity(severity)


def test_the_harshest_finding_wins() -> None:
    assert RULES.judge(facts()) == ("allow", ())
    late = {"days_past_due": 181}
    assert RULES.judge(facts(**late)) == ("refer", ("evidence_missing",))
    assert RULES.judge(facts(repairs=3, **late)) == ("decline", ("repaired_often",))
    with pytest.raises(FactMissing):
        RULES.judge(facts(relapses=None))


def test_causes_are_numbered_as_on_chain() -> None:
    assert [(cause.value, cause.number) for cause in (Cause.UNSTATED, Cause.ILLNESS)] == [
        ("unstated", 0),
        ("illness", 1),
    ]
    assert (Cause.DISASTER.number, Cause.CONVENIENCE.number) == (4, 8)


def test_limits_have_a_direction() -> None:
    outer = Limits(rows=60, rate_floor_pct=4, settle_pct=50)
    assert exceeded(outer, outer) == []
    inner = Limits(rows=61, rate_floor_pct="3.9", settle_pct=49, waive_penalty_pct=1)
    assert exceeded(inner, outer) == ["rows", "rate_floor_pct", "waive_penalty_pct", "settle_pct"]
    assert exceeded(Limits(rows=12, rate_floor_pct=5, settle_pct=60), outer) == []


def test_a_version_is_named_by_what_it_says() -> None:
    answer = CliRunner().invoke(main, ["repair", "check", str(SHIPPED)])
    assert (answer.exit_code, answer.output.strip()) == (0, rules_id(BODY))


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("eligibility.0.when.luck", lambda rules: rules["eligibility"][0].update(when=LUCK)),
        ("severity", lambda rules: rules["severity"].pop()),
        (
            "grades.light.delegated",
            lambda rules: rules["grades"]["light"]["limits"].update(rows="1"),
        ),
        ("grades", lambda rules: rules["grades"].pop("severe")),
        ("eligibility.0.reason", lambda rules: rules["reasons"].pop("repaired_often")),
        ("repair.surprise", lambda rules: rules.update(surprise="1")),
    ],
)
def test_what_is_wrong_is_named(where: str, change: Any) -> None:
    rules = json.loads(BODY)
    change(rules)
    with pytest.raises(DocumentInvalid) as error:
        parse_rules(json.dumps(rules).encode())
    assert error.value.where == where
