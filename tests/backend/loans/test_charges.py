from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.errors import InputInvalid
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.result import ScheduleResult
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.offline.table import render_table

LOAN: dict[str, Any] = {
    "principal": "1000.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 3,
    "disbursement_date": "2026-01-15",
    "amortization": "equal_principal",
}


def compute(*charges: dict[str, Any], **fields: Any) -> ScheduleResult:
    return compute_schedule(parse_schedule_input({**LOAN, **fields, "charges": list(charges)}))


def test_at_disbursement() -> None:
    result = compute(
        {"when": "disbursement", "percent": "1.5"}, {"when": "disbursement", "amount": "2.50"}
    )
    assert result.upfront_fee == 1750
    answer = result.to_json()
    assert answer["disbursement"] == {
        "date": "2026-01-15", "principal": "1000.00", "fee": "17.50", "net": "982.50"
    }  # fmt: skip
    assert [row.fee for row in result.rows] == [0, 0, 0]


def test_in_every_installment() -> None:
    assert [row.fee for row in compute({"when": "installment", "amount": "1"}).rows] == [100] * 3
    rows = compute({"when": "installment", "percent": "10", "of": "interest"}).rows
    assert [row.fee for row in rows] == [100, 67, 33]
    rows = compute({"when": "installment", "percent": "1", "of": "principal_and_interest"}).rows
    assert [row.fee for row in rows] == [343, 340, 337]
    assert rows[0].total == 33333 + 1000 + 343


def test_on_a_date() -> None:
    on_due = compute({"when": "date", "due_date": "2026-02-15", "amount": "5"})
    assert [row.fee for row in on_due.rows] == [500, 0, 0]
    after = compute({"when": "date", "due_date": "2026-02-16", "percent": "1"})
    assert [row.fee for row in after.rows] == [0, 1000, 0]


def test_a_down_payment_bears_no_fee() -> None:
    charges = [{"when": "installment", "amount": "1"},
               {"when": "date", "due_date": "2026-01-15", "amount": "2"}]  # fmt: skip
    assert [row.fee for row in compute(*charges, down_payment_pct="10").rows] == [0, 300, 100, 100]


def test_table_shows_the_fee_where_there_is_one() -> None:
    assert "fee" not in render_table(compute())
    text = render_table(compute({"when": "disbursement", "amount": "3"}))
    assert "total includes a fee of 3.00 at disbursement" in text


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "when": st.just("installment"),
                "percent": st.sampled_from(["0.1", "1", "33.3"]),
                "of": st.sampled_from(["principal", "interest", "principal_and_interest"]),
            }
        ),
        max_size=4,
    ),
    st.integers(1, 24),
)
def test_fees_change_nothing_else(charges: list[dict[str, Any]], count: int) -> None:
    plain = compute(number_of_repayments=count)
    charged = compute(*charges, number_of_repayments=count)
    assert [row[:5] for row in charged.rows] == [row[:5] for row in plain.rows]
    totals = charged.principal + charged.interest + charged.fee
    assert totals == sum(row.total for row in charged.rows) + charged.upfront_fee


@pytest.mark.parametrize(
    ("pointer", "charges"),
    [
        ("/charges", {"when": "installment"}),
        ("/charges/0", ["fee"]),
        ("/charges/0/when", [{"amount": "1"}]),
        ("/charges/0/amount", [{"when": "installment"}]),
        ("/charges/0/amount", [{"when": "installment", "amount": "1", "percent": "1"}]),
        ("/charges/0/amount", [{"when": "installment", "amount": "0"}]),
        ("/charges/0/of", [{"when": "installment", "amount": "1", "of": "interest"}]),
        ("/charges/0/of", [{"when": "disbursement", "percent": "1", "of": "interest"}]),
        ("/charges/0/due_date", [{"when": "date", "amount": "1"}]),
        ("/charges/0/due_date", [{"when": "date", "amount": "1", "due_date": "2026-01-14"}]),
        ("/charges/0/due_date", [{"when": "date", "amount": "1", "due_date": "2026-04-16"}]),
        (
            "/charges/0/due_date",
            [{"when": "installment", "amount": "1", "due_date": "2026-02-15"}],
        ),
        ("/charges/1/cost", [{"when": "installment", "amount": "1"}, {"cost": "1"}]),
    ],
)
def test_each_wrong_charge_is_named(pointer: str, charges: object) -> None:
    with pytest.raises(InputInvalid) as caught:
        compute_schedule(parse_schedule_input({**LOAN, "charges": charges}))
    assert caught.value.pointer == pointer
