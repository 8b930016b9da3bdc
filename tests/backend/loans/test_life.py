"""The life of a loan: published cases, equivalences, and each event by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backend.loans.test_offline_properties import inputs

from tallystick.loans.errors import InputInvalid
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.life.result import LifeResult
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule

LOAN: dict[str, Any] = {
    "principal": "100",
    "annual_rate_pct": "9.4822",
    "number_of_repayments": 6,
    "disbursement_date": "2024-01-01",
}
YEAR: dict[str, Any] = {
    "principal": "1200",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-15",
}


def live(*events: dict[str, Any], **fields: Any) -> LifeResult:
    return play(parse_life_input({**LOAN, **fields, "events": list(events)}))


def table(result: LifeResult) -> list[tuple[str, int, int, int]]:
    return [
        (row.due_date.isoformat(), row.principal, row.interest, row.balance) for row in result.rows
    ]


def pays(day: str, amount: str) -> dict[str, Any]:
    return {"date": day, "type": "payment", "amount": amount}


@given(inputs())
def test_without_events_it_is_the_schedule(data: dict[str, Any]) -> None:
    charges = [{"when": "installment", "percent": "1", "of": "principal_and_interest"}]
    plain = compute_schedule(parse_schedule_input({**data, "charges": charges}))
    rows = play(parse_life_input({**data, "charges": charges, "events": []})).rows
    down = plain.rows[0].due_date.isoformat() == data["disbursement_date"]
    for n, (row, life) in enumerate(zip(plain.rows, rows, strict=True)):
        fee = 0 if down and n == 0 else row.fee
        assert (life.due_date, life.principal, life.interest, life.balance, life.fee) == (
            row.due_date, row.principal, row.interest, row.balance, fee
        )  # fmt: skip


def test_tranche_as_published() -> None:
    """Fineract, EMICalculation-Part1.feature C3194: 200 more on 8 January."""
    result = live({"date": "2024-01-08", "type": "disbursement", "amount": "200"})
    assert table(result)[:5] == [
        ("2024-02-01", 4932, 201, 25068),
        ("2024-03-01", 4935, 198, 20133),
        ("2024-04-01", 4974, 159, 15159),
        ("2024-05-01", 5013, 120, 10146),
        ("2024-06-01", 5053, 80, 5093),
    ]
    assert result.installment == 5133


def test_tranche_on_a_due_date_as_published() -> None:
    """Fineract, ProgressiveEMICalculatorTest, multi_disbursedAmt200_2ndOnDueDate."""
    result = live({"date": "2024-03-01", "type": "disbursement", "amount": "100"})
    assert table(result)[2:] == [
        ("2024-04-01", 4131, 132, 12588),
        ("2024-05-01", 4164, 99, 8424),
        ("2024-06-01", 4196, 67, 4228),
        ("2024-07-01", 4228, 33, 0),
    ]


def test_date_shift_as_published() -> None:
    """Fineract, EMICalculation-Part1.feature C3156: the first due date moves to 18 February."""
    moved = {"date": "2024-01-18", "type": "reschedule", "due_date": "2024-02-18"}
    assert table(live(moved)) == [
        ("2024-02-18", 1588, 125, 8412),
        ("2024-03-18", 1647, 66, 6765),
        ("2024-04-18", 1660, 53, 5105),
        ("2024-05-18", 1673, 40, 3432),
        ("2024-06-18", 1686, 27, 1746),
        ("2024-07-18", 1746, 14, 0),
    ]


def test_reduce_term_reduce_installment_and_next() -> None:
    events = [pays("2024-02-01", "17.13"), pays("2024-02-15", "50")]
    shorter = live(*events)
    assert [row[1:3] for row in table(shorter)] == [(1634, 79), (1699, 14), (1699, 13)]
    assert shorter.transactions[1].applied.interest == 32  # 83.66 x 14 of 29 days, up
    smaller = live(*events, rules={"in_advance": "reduce_installment"})
    assert smaller.installment == 693
    assert len(smaller.rows) == 6
    ahead = live(*events, rules={"in_advance": "next_installment"})
    assert [row.paid for row in ahead.rows] == [1713, 1713, 1713, 1574, 0, 0]
    assert table(ahead) == table(live())


def test_prepayment_to_the_period_end_and_at_due() -> None:
    events = [pays("2024-02-01", "17.13"), pays("2024-02-15", "50")]
    whole = live(*events, rules={"prepay_interest": "to_period_end"})
    assert whole.transactions[1].applied.interest == 66  # all of February's
    assert whole.rows[1].interest == 0
    later = live(*events, rules={"prepay_interest": "at_due"})
    assert later.transactions[1].applied.interest == 0
    # 83.66 for 14 and 33.66 for 15 of the 29 days
    assert later.rows[1].interest == 46


def test_waterfall_orders() -> None:
    charges = [{"when": "installment", "amount": "1"}]
    fields: dict[str, Any] = {**YEAR, "charges": charges, "as_of": "2026-04-01"}
    paid = pays("2026-04-01", "120")
    penalty = {"annual_rate_pct": "24"}
    by_row = live(paid, **fields, penalty=penalty).transactions[0].applied
    # Two installments of 106.62 are due, 45 and 17 days late.
    assert (by_row.penalty, by_row.fee) == (435, 200)
    # Row 1 whole (12.00 and 94.62), then row 2: its fee, and what is left of its interest.
    assert (by_row.interest, by_row.principal) == (1200 + 703 - 0, 9462)
    order = ["principal", "interest", "fee", "penalty"]
    rules = {"order": order, "across": "component"}
    by_part = live(paid, **fields, penalty=penalty, rules=rules).transactions[0].applied
    assert (by_part.principal, by_part.interest, by_part.penalty) == (12000, 0, 0)


def test_penalty_is_capped_and_independent_of_calls() -> None:
    penalty = {"annual_rate_pct": "24", "grace_days": 3, "cap_days": 30}
    once = live(**YEAR, penalty=penalty, as_of="2026-03-10")
    assert once.due.penalty == 140  # 106.62 x 20 days x 24 % / 365
    often = live(*[pays(f"2026-03-{day:02d}", "0.01") for day in range(1, 11)],
                 **YEAR, penalty=penalty)  # fmt: skip
    assert often.due.penalty + 10 == once.due.penalty
    one = {**YEAR, "number_of_repayments": 1}
    capped = live(**one, penalty=penalty, as_of="2027-01-01")
    assert capped.due.penalty == 2391  # 1212.00 x 30 days x 24 % / 365


def test_rate_change_levels_anew_or_keeps_the_installment() -> None:
    event = {"date": "2026-02-15", "type": "rate_change", "annual_rate_pct": "24"}
    anew = live(event, **YEAR)
    assert anew.rows[1].interest == 2211  # 1105.38 at 2 % a month
    assert {row.principal + row.interest for row in anew.rows[1:-1]} == {11295}
    kept = live({**event, "keep_installment": True}, **YEAR)
    assert {row.principal + row.interest for row in kept.rows[1:-1]} == {10662}
    assert kept.rows[-1].principal + kept.rows[-1].interest > 10662


def test_extra_terms_and_holiday() -> None:
    longer = live({"date": "2026-02-20", "type": "extra_terms", "count": 6}, **YEAR)
    assert len(longer.rows) == 18
    assert longer.rows[-1].due_date.isoformat() == "2027-07-15"
    assert longer.installment is not None
    assert longer.installment < 10662
    pause = live({"date": "2026-02-20", "type": "holiday", "count": 2}, **YEAR)
    assert len(pause.rows) == 14
    assert [(row.principal, row.interest) for row in pause.rows[1:3]] == [(0, 0), (0, 0)]
    assert pause.rows[3].interest == 3 * 1105
    within = live({"date": "2026-02-20", "type": "holiday", "count": 2, "extend": False}, **YEAR)
    assert len(within.rows) == 12


def test_re_amortize_spreads_what_is_overdue() -> None:
    result = live({"date": "2026-03-20", "type": "re_amortize"}, **YEAR)
    assert [row.principal for row in result.rows[:2]] == [0, 0]
    assert sum(row.principal for row in result.rows) == 120000
    # What was due, then 5 days of March's period on 1009.81 and 26 of 31 on 1200.00 again.
    assert result.rows[2].interest == 1200 + 1105 + 1169
    assert result.days_past_due == 0
    assert [row.status for row in result.rows[:3]] == ["moved", "moved", "upcoming"]


def test_re_age_starts_new_rows() -> None:
    event = {"date": "2026-03-20", "type": "re_age", "due_date": "2026-05-01", "count": 20}
    result = live(event, **YEAR)
    fresh = result.rows[2:]
    assert [fresh[0].due_date.isoformat(), fresh[-1].due_date.isoformat()] == [
        "2026-05-01", "2027-12-01"
    ]  # fmt: skip
    assert sum(row.principal for row in fresh) == 120000


def test_waiver_write_off_recovery_refund() -> None:
    waived = live({"date": "2026-02-20", "type": "waiver", "component": "interest"}, **YEAR)
    assert waived.transactions[0].applied.interest == 1200
    assert waived.due.interest == 0
    cut = live({"date": "2026-02-20", "type": "waiver", "component": "principal",
                "amount": "500"}, **YEAR)  # fmt: skip
    assert cut.outstanding == 70000
    lost = live(
        {"date": "2026-03-20", "type": "write_off"},
        {"date": "2026-04-20", "type": "recovery", "amount": "100"},
        **YEAR,
    )
    assert (lost.status, lost.outstanding, lost.payoff) == ("written_off", 0, 0)
    assert (lost.written_off, lost.recovered) == (122305, 10000)
    back = live(
        pays("2026-02-01", "2000"),
        {"date": "2026-02-02", "type": "refund", "amount": "700"},
        **YEAR,
    )
    assert back.status == "closed"
    assert back.overpaid == 200000 - 120000 - 659 - 70000  # 17 of 31 days of 12.00, up


def test_fee_event_is_due_with_the_next_row() -> None:
    result = live({"date": "2026-02-20", "type": "fee", "amount": "5"}, **YEAR)
    assert [row.fee for row in result.rows[:3]] == [0, 500, 0]


STEPS = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 60_000)), min_size=1, max_size=8)


@given(
    st.sampled_from(["equal_installments", "equal_principal", "interest_only"]),
    st.sampled_from(["next_installment", "reduce_term", "reduce_installment"]),
    st.sampled_from(["to_date", "to_period_end", "at_due"]),
    st.integers(0, 3),
    STEPS,
)
def test_money_is_conserved(
    plan: str, ahead: str, interest: str, grace: int, steps: list[tuple[int, int]]
) -> None:
    day, events = date(2026, 1, 15), []
    for wait, amount in steps:
        day += timedelta(days=wait)
        events.append(pays(day.isoformat(), f"{amount // 100}.{amount % 100:02d}"))
    fields = {
        **YEAR,
        "amortization": plan,
        "grace_on_interest_payment": grace,
        "rules": {"in_advance": ahead, "prepay_interest": interest},
        "penalty": {"annual_rate_pct": "36"},
    }
    result = live(*events, **fields)
    paid = [item.applied for item in result.transactions]
    assert all(
        part.total + part.overpaid == cents for part, (_, cents) in zip(paid, steps, strict=True)
    )
    assert all(min(part.penalty, part.fee, part.interest, part.principal) >= 0 for part in paid)
    prepaid = sum(part.prepaid for part in paid)
    assert sum(row.principal for row in result.rows) + prepaid == 120000
    assert result.outstanding == 120000 - sum(part.principal for part in paid)
    assert all(row.balance >= 0 and row.unpaid >= 0 and row.paid >= 0 for row in result.rows)
    assume(result.payoff > 1)
    whole = f"{result.payoff // 100}.{result.payoff % 100:02d}"
    closed = live(*events, pays(day.isoformat(), whole), **fields)
    assert (closed.status, closed.outstanding, closed.overpaid) == ("closed", 0, result.overpaid)
    assert closed.interest == sum(item.applied.interest for item in closed.transactions)
    short = result.payoff - 1
    still = live(*events, pays(day.isoformat(), f"{short // 100}.{short % 100:02d}"), **fields)
    assert still.payoff == 1


FLAT: dict[str, Any] = {
    "principal": "1200",
    "annual_rate_pct": "12",
    "number_of_repayments": 4,
    "interest_method": "flat",
}


def flat_rows(*events: dict[str, Any], **fields: Any) -> list[tuple[str, int, int, int]]:
    return table(live(*events, **{**FLAT, **fields}))


def test_flat_rows_are_moved_with_their_interest() -> None:
    event = {"date": "2024-01-20", "type": "reschedule", "due_date": "2024-02-20"}
    assert flat_rows(event) == [
        ("2024-02-20", 30000, 1200, 90000),
        ("2024-03-20", 30000, 1200, 60000),
        ("2024-04-20", 30000, 1200, 30000),
        ("2024-05-20", 30000, 1200, 0),
    ]


def test_a_flat_holiday_collects_its_interest_afterwards() -> None:
    event = {"date": "2024-01-20", "type": "holiday", "count": 1}
    assert flat_rows(event | {"extend": False}) == [
        ("2024-02-01", 0, 0, 120000),
        ("2024-03-01", 40000, 2400, 80000),
        ("2024-04-01", 40000, 1200, 40000),
        ("2024-05-01", 40000, 1200, 0),
    ]
    assert flat_rows(event)[2:] == [
        ("2024-04-01", 30000, 1200, 60000),
        ("2024-05-01", 30000, 1200, 30000),
        ("2024-06-01", 30000, 1200, 0),
    ]


def test_extra_flat_rows_bear_interest_like_any_other() -> None:
    event = {"date": "2024-02-10", "type": "extra_terms", "count": 2}
    assert flat_rows(event) == [
        ("2024-02-01", 30000, 1200, 90000),
        *((f"2024-0{k + 3}-01", 18000, 1200, 72000 - 18000 * k) for k in range(5)),
    ]


def test_waiving_principal_leaves_flat_interest_alone() -> None:
    waiver = {"date": "2024-01-20", "type": "waiver", "component": "principal", "amount": "1000"}
    assert [row[2] for row in flat_rows(waiver)] == [1200] * 4


def test_a_flat_rate_change_counts_the_days_that_are_left() -> None:
    """March has 31 days; 1200 a row at 12 %, 600 at 6 %, 2400 at 24 %."""
    lower = {"date": "2024-03-11", "type": "rate_change", "annual_rate_pct": "6"}
    assert [row[2] for row in flat_rows(lower)] == [1200, 1200, 1200 - 406, 600]
    again = {"date": "2024-03-21", "type": "rate_change", "annual_rate_pct": "24"}
    assert [row[2] for row in flat_rows(lower, again)] == [1200, 1200, 1200 - 406 + 639, 2400]
    assert {row[1] for row in flat_rows(lower, again)} == {30000}


@pytest.mark.parametrize(
    ("pointer", "data"),
    [
        ("/events", {"events": {}}),
        ("/events/0/type", {"events": [{"date": "2024-02-01"}]}),
        ("/events/0/date", {"events": [pays("2023-12-31", "1")]}),
        ("/events/1/date", {"events": [pays("2024-02-02", "1"), pays("2024-02-01", "1")]}),
        ("/events/0/amount", {"events": [{"date": "2024-02-01", "type": "payment"}]}),
        ("/events/0/count", {"events": [{**pays("2024-02-01", "1"), "count": 1}]}),
        ("/events/0/due_date", {"events": [{"date": "2024-02-01", "type": "reschedule",
                                            "due_date": "2024-02-01"}]}),
        ("/events/0/date", {"events": [{"date": "2024-08-01", "type": "disbursement",
                                        "amount": "1"}]}),
        ("/events/0/amount", {"events": [{"date": "2024-01-02", "type": "waiver",
                                          "component": "interest", "amount": "1"}]}),
        ("/events/0/type", {"events": [{"date": "2024-01-02", "type": "recovery", "amount": "1"}]}),
        ("/events/0/amount", {"events": [{"date": "2024-01-02", "type": "refund", "amount": "1"}]}),
        ("/events/1/type", {"events": [{"date": "2024-01-02", "type": "write_off"},
                                       pays("2024-01-02", "1")]}),
        ("/events/0/count", {"events": [{"date": "2024-01-02", "type": "holiday", "count": 6,
                                         "extend": False}]}),
        ("/events/0/type", {"interest_method": "flat",
                            "events": [{"date": "2024-01-02", "type": "re_amortize"}]}),
        ("/events/0", {"disbursement_date": "2199-01-01", "repay_every": 120,
                       "number_of_repayments": 600,
                       "events": [{"date": "2199-01-02", "type": "extra_terms", "count": 600}]}),
        ("/rules/in_advance", {"interest_method": "flat",
                               "rules": {"in_advance": "reduce_term"}}),
        ("/rules/order", {"rules": {"order": ["interest", "principal"]}}),
        ("/rules/orders", {"rules": {"orders": []}}),
        ("/penalty/grace_days", {"penalty": {"annual_rate_pct": "1", "grace_days": -1}}),
        ("/as_of", {"events": [pays("2024-02-01", "1")], "as_of": "2024-01-31"}),
    ],
)  # fmt: skip
def test_each_wrong_event_is_named(pointer: str, data: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as caught:
        play(parse_life_input({**LOAN, **data}))
    assert caught.value.pointer == pointer
