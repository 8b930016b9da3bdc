"""Every quote is the calculator's, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.api.problems import Problem
from tallystick.api.routes.quotes import (
    quote_closing,
    quote_loan,
    quote_prepayment,
    quote_restructuring,
    quote_schedule,
)
from tallystick.api.schemas.lives import (
    LifeEvent,
    LifeTerms,
    PaymentRules,
    PenaltyTerms,
    PrepaymentQuestion,
    RestructuringQuestion,
)
from tallystick.api.schemas.quotes import ScheduleQuote
from tallystick.loans.life.parse import LIFE_FIELDS, parse_life_input
from tallystick.loans.life.terms import EventType
from tallystick.loans.offline.parse import SCHEDULE_FIELDS, parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.quotes.prepayment import compare_prepayment, quote_payoff
from tallystick.loans.quotes.quote import quote
from tallystick.loans.quotes.restructuring import compare_restructuring, parse_proposal

TERMS: dict[str, Any] = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-31",
}
LIFE: dict[str, Any] = TERMS | {
    "penalty": {"annual_rate_pct": "24", "grace_days": 3},
    "rules": {"order": ["fee", "penalty", "interest", "principal"], "across": "component"},
    "events": [
        {"date": "2026-02-28", "type": "payment", "amount": "106.62", "note": "in cash"},
        {"date": "2026-04-20", "type": "fee", "amount": "5.00"},
    ],
    "as_of": "2026-04-25",
}
PROPOSAL: list[dict[str, Any]] = [
    {"date": "2026-04-25", "type": "waiver", "component": "penalty"},
    {"date": "2026-04-25", "type": "holiday", "count": 2, "extend": False},
    {"date": "2026-04-26", "type": "rate_change", "annual_rate_pct": "6.5"},
]


def test_the_input_has_the_calculators_names() -> None:
    assert set(ScheduleQuote.model_fields) == SCHEDULE_FIELDS


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"amortization": "bullet", "frequency": "days", "repay_every": 90},
        {"amortization": "interest_only", "down_payment_pct": "10", "interest_method": "flat"},
        {"charges": [{"when": "disbursement", "percent": "1.5"}]},
    ],
)
def test_the_answer_is_the_calculators(more: dict[str, Any]) -> None:
    answer = quote_schedule(ScheduleQuote.model_validate(TERMS | more))
    expected = compute_schedule(parse_schedule_input(TERMS | more)).to_json()
    assert answer.model_dump() == expected


def test_a_broken_rule_names_the_field() -> None:
    terms = TERMS | {"charges": [{"when": "disbursement"}]}
    with pytest.raises(Problem) as caught:
        quote_schedule(ScheduleQuote.model_validate(terms))
    assert caught.value.code == "terms_invalid"
    assert caught.value.errors[0].pointer == "#/charges/0/amount"


def test_a_life_has_the_calculators_names() -> None:
    assert set(LifeTerms.model_fields) == SCHEDULE_FIELDS | LIFE_FIELDS
    for kind in EventType:
        assert LifeEvent.model_validate({"date": "2026-02-28", "type": kind.value}).type == kind
    empty = TERMS | {"penalty": {"annual_rate_pct": "1"}, "rules": {}}
    allowed = {
        "penalty": dict.fromkeys(PenaltyTerms.model_fields),
        "rules": dict.fromkeys(PaymentRules.model_fields),
    }
    allowed["penalty"]["annual_rate_pct"] = "1"
    assert parse_life_input(TERMS | allowed) == parse_life_input(empty)


@pytest.mark.parametrize(
    "more",
    [{}, {"charges": [{"when": "disbursement", "percent": "1.5"}], "amortization": "bullet"}],
)
def test_a_quote_is_that_of_the_command_line(more: dict[str, Any]) -> None:
    answer = quote_loan(ScheduleQuote.model_validate(TERMS | more))
    assert answer.model_dump() == quote(parse_schedule_input(TERMS | more)).to_json()


@pytest.mark.parametrize("terms", [TERMS, LIFE, LIFE | {"as_of": None}])
def test_a_payoff_is_that_of_the_command_line(terms: dict[str, Any]) -> None:
    life = parse_life_input(terms)
    answer = quote_closing(LifeTerms.model_validate(terms))
    assert answer.model_dump() == quote_payoff(life, life.as_of).to_json()


def test_a_prepayment_is_that_of_the_command_line() -> None:
    answer = quote_prepayment(PrepaymentQuestion.model_validate(LIFE | {"prepay": "400"}))
    life = parse_life_input(LIFE)
    assert answer.model_dump() == compare_prepayment(life, life.as_of, 40_000).to_json()
    assert len(answer.choices) == 3


def test_a_restructuring_is_that_of_the_command_line() -> None:
    question = LIFE | {"proposal": PROPOSAL}
    answer = quote_restructuring(RestructuringQuestion.model_validate(question))
    assert answer.model_dump() == compare_restructuring(*parse_proposal(question)).to_json()
    assert answer.before.due != answer.after.due


def test_a_proposal_before_the_last_event_names_it() -> None:
    early = [{"date": "2026-03-01", "type": "re_amortize"}]
    question = RestructuringQuestion.model_validate(LIFE | {"proposal": early})
    with pytest.raises(Problem) as caught:
        quote_restructuring(question)
    assert caught.value.errors[0].pointer == "#/proposal/0/date"
