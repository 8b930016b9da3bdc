"""Small schedules worked by hand, one for each convention that docs/maths.md states."""

from __future__ import annotations

from typing import Any

from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule


def amounts(**fields: Any) -> list[tuple[str, int, int]]:
    """Due date, principal and interest of every row."""
    data: dict[str, Any] = {"annual_rate_pct": "12", "disbursement_date": "2026-01-15", **fields}
    result = compute_schedule(parse_schedule_input(data))
    return [(row.due_date.isoformat(), row.principal, row.interest) for row in result.rows]


def test_equal_principal() -> None:
    rows = amounts(principal="100", number_of_repayments=3, amortization="equal_principal")
    assert [row[1:] for row in rows] == [(3333, 100), (3333, 67), (3334, 33)]


def test_flat() -> None:
    rows = amounts(principal="1000", number_of_repayments=3, interest_method="flat")
    assert [row[1:] for row in rows] == [(33333, 1000), (33333, 1000), (33334, 1000)]


def test_flat_residue_of_interest_is_in_the_last_row() -> None:
    rows = amounts(
        principal="100", annual_rate_pct="7", number_of_repayments=3, interest_method="flat"
    )
    assert [row[2] for row in rows] == [58, 58, 59]  # 1.75 in all


def test_flat_with_free_period_and_grace() -> None:
    rows = amounts(principal="1000", number_of_repayments=4, interest_method="flat",
                   interest_free_periods=1, grace_on_interest_payment=2)  # fmt: skip
    assert [row[2] for row in rows] == [0, 0, 2000, 1000]


def test_interest_only_and_bullet() -> None:
    rows = amounts(principal="1000", number_of_repayments=3, amortization="interest_only")
    assert [row[1:] for row in rows] == [(0, 1000), (0, 1000), (100000, 1000)]
    rows = amounts(principal="1000", number_of_repayments=3, amortization="bullet")
    assert rows == [("2026-04-15", 100000, 3000)]


def test_balloon() -> None:
    rows = amounts(principal="1000", number_of_repayments=4, fixed_principal_pct="10",
                   amortization="fixed_principal_percent_with_balloon")  # fmt: skip
    assert [row[1:] for row in rows] == [(10000, 1000), (10000, 900), (10000, 800), (70000, 700)]


def test_same_as_repayment_counts_periods_not_days() -> None:
    whole = {"principal": "36500", "number_of_repayments": 1,
             "interest_calculation_period": "same_as_repayment"}  # fmt: skip
    assert amounts(**whole, repay_every=2)[0][2] == 73000
    assert amounts(**whole, frequency="weeks")[0][2] == 8423  # 36500 x 0.12 / 52
    assert amounts(**whole, frequency="days", repay_every=10)[0][2] == 12000
    longer = amounts(**whole, first_repayment_date="2026-03-01")
    assert longer == [("2026-03-01", 3650000, 36500)]


def test_daily_counts_days() -> None:
    loan = {"principal": "36500", "number_of_repayments": 1}
    assert amounts(**loan, days_in_month="actual")[0][2] == 31 * 1200
    assert amounts(**loan, days_in_month="actual", days_in_year=360)[0][2] == 37717
    assert amounts(**loan, frequency="weeks")[0][2] == 7 * 1200
    assert amounts(**loan, frequency="weeks", days_in_year="364")[0][2] == 8423
    assert amounts(**loan, days_in_year="365")[0][2] == 36000


def test_broken_first_period() -> None:
    loan = {"principal": "36000", "number_of_repayments": 2, "amortization": "interest_only",
            "first_repayment_date": "2026-03-01"}  # fmt: skip
    # A month to 15 February and 14 of the 28 days to 15 March: 45 days of 360.
    assert amounts(**loan) == [("2026-03-01", 0, 54000), ("2026-04-01", 3600000, 36000)]
    actual = amounts(**loan, days_in_month="actual", days_in_year="360")
    assert [row[2] for row in actual] == [45 * 1200, 31 * 1200]


def test_installment_in_multiples() -> None:
    rows = amounts(principal="1000", number_of_repayments=4, installment_multiple_of="5")
    assert [row[1] + row[2] for row in rows] == [25500, 25500, 25500, 26021]
    flat = amounts(principal="1000", number_of_repayments=3, installment_multiple_of="10",
                   interest_method="flat")  # fmt: skip
    assert [row[1] + row[2] for row in flat] == [34000, 34000, 35000]


def test_long_moratorium_levels_the_rest_anew() -> None:
    rows = amounts(principal="1000", number_of_repayments=24, grace_on_principal=12,
                   grace_on_interest_payment=12)  # fmt: skip
    assert [row[1:] for row in rows[:12]] == [(0, 0)] * 12
    assert rows[12][1:] == (0, 13000)
    totals = {principal + interest for _, principal, interest in rows[13:-1]}
    assert len(totals) == 1
    assert abs(rows[-1][1] + rows[-1][2] - totals.pop()) < 12


def test_money_scale() -> None:
    assert amounts(principal="1000", number_of_repayments=2, money_scale=0)[0][1:] == (498, 10)
    wei = amounts(principal="1", number_of_repayments=2, money_scale=18)
    assert sum(row[1] for row in wei) == 10**18


def test_whole_down_payment() -> None:
    assert amounts(principal="100", number_of_repayments=2, down_payment_pct="100") == [
        ("2026-01-15", 10000, 0)
    ]
