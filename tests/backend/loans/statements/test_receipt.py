from __future__ import annotations

import pytest
from hypothesis import given
from tests.backend.loans.lives import Chronicle, chronicles, life
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.allocation import allocate
from tallystick.loans.events import Amended
from tallystick.loans.fold import fold
from tallystick.loans.statements.receipt import receipt
from tallystick.loans.statements.sheet import Currency, Money


@given(chronicles())
def test_lines_sum_to_the_payment_and_all_receipts_to_the_rows(loan: Chronicle) -> None:
    state = fold(loan.events)
    receipts = [receipt(state, number + 1) for number in range(len(state.payments))]
    for found, payment in zip(receipts, state.payments, strict=True):
        split = payment.split
        assert sum(line.interest for line in found.lines) == split.interest
        assert sum(line.principal + line.prepaid for line in found.lines) == split.principal
        assert sum(line.total for line in found.lines) + split.penalty + split.fee == split.total
        assert all(min(line.interest, line.principal, line.prepaid) >= 0 for line in found.lines)
        assert found.outstanding_before - split.principal == payment.outstanding
    if any(isinstance(change, Amended) for change in state.changes):
        return
    for row in allocate(state):
        lines = [line for found in receipts for line in found.lines if line.n == row.agreed.n]
        assert sum(line.interest for line in lines) == row.paid_interest
        assert sum(line.principal for line in lines) == row.paid_principal
        assert sum(line.completed for line in lines) == (row.paid_day is not None)


def test_a_late_payment_over_two_rows() -> None:
    state = fold(life(make_agreement(), [(59, 0)]))
    found = receipt(state, 1)
    assert [(line.n, line.total, line.completed) for line in found.lines] == [
        (1, 106_620_000, True),
        (2, 106_620_000, True),
    ]
    data = found.to_json()
    assert data["penalty"] == str(state.paid.penalty) != "0"
    assert data["total"] == str(213_240_000 + state.paid.penalty)
    sheet = found.sheet(Currency("USDT", 6))
    assert sheet.totals is not None
    assert sheet.totals[-1] == Money(213_240_000)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_only_payments_have_receipts(number: int) -> None:
    state = fold(life(make_agreement(), [(28, 0)]))
    with pytest.raises(IndexError):
        receipt(state, number)
