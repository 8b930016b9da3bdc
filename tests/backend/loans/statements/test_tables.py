from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle, chronicles, life
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.fold import fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import owed_at
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.statements.amortization import amortization_table, computed_table
from tallystick.loans.statements.dues import computed_dues, loan_dues
from tallystick.loans.statements.sheet import Currency, Money

YEAR = {
    "principal": "1200.00",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-31",
}


@given(chronicles(), st.integers(0, 400))
def test_a_table_holds_the_agreed_rows_and_every_unit_paid_but_penalties(
    loan: Chronicle, wait: int
) -> None:
    state = fold(loan.events)
    table = amortization_table(state, begin_day(loan.terms, 0) + wait)
    assert sum(row.principal for row in table.rows) == loan.terms.principal
    assert table.rows[-1].balance == 0
    paid = sum(row.paid for row in table.rows)
    if not loan.state.debt.amended:
        assert paid == state.paid.interest + state.paid.principal
    sheet = table.sheet(Currency("", 6))
    assert {len(row) for row in (*sheet.rows, sheet.totals or ())} == {len(sheet.columns)}


@given(chronicles())
def test_dues_are_what_the_rows_ask_for(loan: Chronicle) -> None:
    state, agreement = fold(loan.events), loan.terms
    dues = loan_dues(state)
    if state.debt.status is Status.CLOSED:
        assert dues.entries == ()
        return
    last = max(due_day(agreement, agreement.count - 1), loan.day)
    owed = owed_at(agreement, state.stored, last)
    assert sum(due.amount for due in dues.entries) == owed.due.interest + owed.due.principal
    assert all(due.amount > 0 for due in dues.entries)
    assert [due.n for due in dues.entries] == sorted({due.n for due in dues.entries})


def test_a_computed_loan() -> None:
    result = compute_schedule(parse_schedule_input(YEAR))
    table = computed_table(result)
    data = table.to_json()
    assert data["rows"][0] == {  # type: ignore[index]
        "n": 1,
        "due_date": "2026-02-28",
        "principal": "9462",
        "interest": "1200",
        "fee": "0",
        "total": "10662",
        "balance": "110538",
        "paid": "0",
        "status": "upcoming",
    }
    sheet = table.sheet(Currency("", 2))
    assert sheet.columns == ("n", "due_date", "principal", "interest", "total", "balance")
    assert sheet.totals is not None
    assert sheet.totals[2] == Money(120_000)
    dues = computed_dues(result, "year", 0)
    assert (len(dues.entries), sum(due.amount for due in dues.entries)) == (12, 127_942)


def test_fees_have_a_column_where_there_are_any() -> None:
    charge = {"when": "installment", "amount": "1.50"}
    result = compute_schedule(parse_schedule_input(YEAR | {"charges": [charge]}))
    sheet = computed_table(result).sheet(Currency("", 2))
    assert sheet.columns[4:6] == ("fee", "total")
    assert sheet.rows[0][4:6] == (Money(150), Money(10_812))


def test_every_row_of_a_recorded_loan_has_a_status() -> None:
    state = fold(life(make_agreement(), [(59, 0)]))
    table = amortization_table(state, begin_day(state.agreement, 0) + 59)
    assert [row.status for row in table.rows[:3]] == ["paid_late", "paid", "upcoming"]
