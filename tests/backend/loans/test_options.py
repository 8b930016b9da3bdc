"""What a plain loan has not, each by hand; cents of a 6-decimal token, 1 % a month unless said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle
from tests.backend.loans.strategies import GUARANTOR, ROWS, TOKEN, make_agreement

from tallystick.loans import ledger
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.loans.collateral import collateral_price, collateral_sale
from tallystick.loans.conditions import Conditions
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Carry, Split
from tallystick.loans.errors import (
    DebtAbove,
    NotAgreed,
    NothingDue,
    PenaltyOwed,
    StatusChanged,
    TooEarly,
)
from tallystick.loans.kinds import (
    Amortization,
    InterestMethod,
    Prepayment,
    Source,
    Status,
    Waterfall,
)
from tallystick.loans.schedule import schedule

CENT = 10_000
PENALTY_LAST = Waterfall.INTEREST_PRINCIPAL_PENALTY
PRINCIPAL_FIRST = Waterfall.PENALTY_PRINCIPAL_INTEREST


def cents(*amounts: int) -> Split:
    """Penalty, interest, fee, principal."""
    return Split(*(CENT * amount for amount in amounts))


def parts(agreement: Agreement) -> list[tuple[int, int]]:
    return [(row.interest // CENT, row.principal // CENT) for row in schedule(agreement)]


def equal(**terms: Any) -> Agreement:
    """1,200.00 in 4 equal parts of principal."""
    terms = {"installment": 300_000_000, "count": 4} | terms
    return make_agreement(amortization=Amortization.EQUAL_PRINCIPAL, **terms)


def at(loan: Chronicle, row: int, later: int = 0) -> Chronicle:
    loan.day = due_day(loan.terms, row) + later
    return loan


# Flat interest


def test_flat_interest_counts_on_the_whole_principal() -> None:
    """1,200.00 at 1 % a month flat for 4 months: 12.00 every month, 312.00 in all."""
    flat = equal(installment=312_000_000, interest_method=InterestMethod.FLAT)
    level = make_agreement(installment=312_000_000, count=4, interest_method=InterestMethod.FLAT)
    assert parts(level) == [(1200, 30000)] * 4
    assert sum(interest for interest, _ in parts(flat)) == 4800


def test_flat_interest_is_rebated_to_the_day_when_paid_off() -> None:
    flat = make_agreement(installment=312_000_000, count=4, interest_method=InterestMethod.FLAT)
    loan = at(Chronicle(flat), 0)
    loan.pay(None)
    loan.day += 10  # of 31 days to the second due date
    owed = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert owed.accrued == 388 * CENT  # 12.00 x 10 / 31 = 3.8709..., rounded up
    assert loan.pay(owed.payoff) == cents(0, 388, 0, 90000)


# Graces


def test_grace_on_principal_pays_interest_only() -> None:
    assert parts(equal(count=6, grace_principal=2))[:3] == [(1200, 0), (1200, 0), (1200, 30000)]


def test_grace_on_interest_defers_it_without_interest_on_it() -> None:
    """Two months of 12.00 are collected with the third row's own 12.00."""
    agreement = equal(count=6, grace_principal=2, grace_interest=2)
    assert parts(agreement)[:4] == [(0, 0), (0, 0), (3600, 30000), (900, 30000)]
    loan = at(Chronicle(agreement), 1, 20)
    owed = ledger.owed_at(agreement, loan.state, loan.day)
    assert (owed.due.total, owed.days_past_due, owed.row) == (0, 0, 2)
    assert owed.accrued == 2400 * CENT + 800 * CENT  # 12.00 x 20 / 30
    loan.pay(1000 * CENT)  # ahead, into the open row
    assert loan.state.carry == Carry(2400 * CENT)
    at(loan, 2)
    assert loan.pay(None) == cents(0, 2600, 0, 30000)
    assert loan.state.carry == Carry()


def test_a_prepayment_pays_deferred_interest_first() -> None:
    loan = at(Chronicle(equal(count=6, grace_principal=2, grace_interest=2)), 0)
    assert loan.pay(31200 * CENT) == cents(0, 1200, 0, 30000)
    assert (loan.state.debt.balance, loan.state.carry) == (900_000_000, Carry())


# Custom rows


CUSTOM: dict[str, Any] = {
    "amortization": Amortization.CUSTOM,
    "installment": 0,
    "count": 4,
    "rows": ROWS,
    "plan": (1_200_000_000, 400_000_000, 400_000_000, 0),
}


def test_custom_rows_repay_what_they_list() -> None:
    """A season: nothing, the harvest, nothing, the rest."""
    assert parts(make_agreement(**CUSTOM)) == [(1200, 0), (1200, 80000), (400, 0), (400, 40000)]


@pytest.mark.parametrize(
    ("prepayment", "principal"),
    [
        (Prepayment.SHORTER_TERM, [0, 60000, 0, 0]),  # 600.00 left, the plan repays 800.00
        (Prepayment.LOWER_INSTALLMENT, [0, 40000, 0, 20000]),  # half of each row
    ],
)
def test_custom_rows_after_half_was_prepaid(prepayment: Prepayment, principal: list[int]) -> None:
    loan = Chronicle(make_agreement(**CUSTOM, prepayment=prepayment))
    loan.pay(60000 * CENT)
    rows = list(ledger.open_rows(loan.terms, loan.state))
    found = [row.principal // CENT for row in rows]
    assert found + [0] * (4 - len(found)) == principal


# Prepayment


def test_a_lower_installment_keeps_the_term() -> None:
    """106.62 for 1,200.00 becomes 53.31 for 600.00; the due dates stay."""
    loan = Chronicle(make_agreement(prepayment=Prepayment.LOWER_INSTALLMENT))
    loan.pay(60000 * CENT)
    assert loan.state.carry == Carry(installment=5331 * CENT)
    rows = list(ledger.open_rows(loan.terms, loan.state))
    assert len(rows) == 12
    assert {row.interest + row.principal for row in rows[:-1]} == {5331 * CENT}


def test_a_shorter_term_keeps_the_installment() -> None:
    loan = Chronicle(make_agreement())
    loan.pay(60000 * CENT)
    rows = list(ledger.open_rows(loan.terms, loan.state))
    assert len(rows) == 6
    assert rows[0].interest + rows[0].principal == 10662 * CENT


def test_flat_interest_falls_with_the_installment() -> None:
    loan = Chronicle(
        equal(interest_method=InterestMethod.FLAT, prepayment=Prepayment.LOWER_INSTALLMENT)
    )
    loan.pay(60000 * CENT)
    rows = list(ledger.open_rows(loan.terms, loan.state))
    assert [(row.interest // CENT, row.principal // CENT) for row in rows] == [(600, 15000)] * 4


def test_the_fee_is_a_share_of_what_is_prepaid() -> None:
    """1 % on top: 404.00 prepay 400.00; the last unit is not taken where it prepays nothing."""
    loan = Chronicle(make_agreement(prepayment_fee=10_000_000))
    assert loan.pay(40400 * CENT) == cents(0, 0, 400, 40000)
    assert loan.pay(102) == Split(0, 0, 1, 100)  # 101 and their fee of 2 would be 103
    with pytest.raises(NothingDue):
        loan.pay(1)
    owed = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert owed.fee == 7_999_999
    assert loan.pay(owed.payoff).fee == owed.fee
    assert not loan.is_open


@given(st.integers(0, 10**9), st.integers(1, 2_000_000_000))
def test_the_fee_never_takes_more_than_the_money(fee: int, money: int) -> None:
    loan = Chronicle(make_agreement(prepayment_fee=fee))
    try:
        split = loan.pay(money)
    except NothingDue:
        assert money * 10**9 < 10**9 + fee
        return
    assert split.total <= money
    assert split.fee == -(-split.principal * fee // 10**9)
    assert money - split.total <= 1 or not loan.is_open


# Waterfalls: two rows are due, the first for 13 days beyond its grace, 106.62 x 24 % x ... = 0.91


def two_rows_late(waterfall: Waterfall) -> Chronicle:
    loan = Chronicle(make_agreement(waterfall=waterfall, penalty_cap_days=13))
    at(loan, 1)
    due = ledger.owed_at(loan.terms, loan.state, loan.day).due
    assert due == cents(91, 1200 + 1105, 0, 9462 + 9557)
    return loan


@pytest.mark.parametrize(
    ("waterfall", "money", "expected"),
    [
        (Waterfall.PENALTY_INTEREST_PRINCIPAL, 1000, (91, 909, 0, 0)),
        (Waterfall.PENALTY_INTEREST_PRINCIPAL, 2000, (91, 1200, 0, 709)),
        (Waterfall.PENALTY_INTEREST_PRINCIPAL, 11000, (91, 1447, 0, 9462)),
        (PENALTY_LAST, 1000, (0, 1000, 0, 0)),
        (PENALTY_LAST, 21324, (0, 2305, 0, 19019)),
        (PENALTY_LAST, 21400, (76, 2305, 0, 19019)),
        (PRINCIPAL_FIRST, 1000, (91, 0, 0, 909)),
        (PRINCIPAL_FIRST, 10000, (91, 447, 0, 9462)),
        (PRINCIPAL_FIRST, 11000, (91, 1200, 0, 9709)),
    ],
)
def test_what_money_pays_first(
    waterfall: Waterfall, money: int, expected: tuple[int, int, int, int]
) -> None:
    loan = two_rows_late(waterfall)
    assert loan.pay(money * CENT) == cents(*expected)
    left = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert left.due.total == (21415 - money) * CENT
    assert left.outstanding == (120000 - expected[3]) * CENT


def test_a_penalty_paid_last_keeps_the_loan_open() -> None:
    """The whole debt but the penalty is paid: nothing bears penalty any more, nothing is late."""
    bullet = make_agreement(
        amortization=Amortization.BULLET, installment=0, count=1, waterfall=PENALTY_LAST
    )
    loan = at(Chronicle(bullet), 0, 13)
    due = ledger.owed_at(loan.terms, loan.state, loan.day).due
    assert due == cents(797, 1200, 0, 120000)
    loan.pay(121200 * CENT)
    assert loan.is_open
    loan.day += 100
    owed = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert (owed.due, owed.payoff) == (cents(797), 797 * CENT)
    assert (owed.outstanding, owed.days_past_due) == (0, 0)
    loan.pay(None)
    assert not loan.is_open


def test_principal_first_takes_no_interest_ahead() -> None:
    loan = Chronicle(make_agreement(waterfall=PRINCIPAL_FIRST))
    loan.day += 14
    with pytest.raises(NothingDue):
        loan.pay(600 * CENT)  # 6.00 have accrued
    assert loan.pay(700 * CENT) == cents(0, 600, 0, 100)


# Default


AGREED: dict[str, Any] = {"default_days": 30, "acceleration_days": 60, "write_off_days": 90}


def test_default_only_after_the_agreed_days_and_cured_by_paying() -> None:
    loan = at(Chronicle(make_agreement(**AGREED)), 0, 29)
    with pytest.raises(TooEarly) as caught:
        loan.default()
    assert (caught.value.days_past_due, caught.value.needed) == (29, 30)
    loan.day += 1
    loan.default()
    with pytest.raises(StatusChanged):
        loan.default()
    due = ledger.owed_at(loan.terms, loan.state, loan.day).due
    loan.pay(due.total - 1)
    assert loan.state.debt.status is Status.DEFAULTED
    loan.pay(1)
    assert loan.state.debt.status is Status.ACTIVE


def test_a_payment_within_the_grace_cures_only_what_is_no_longer_overdue() -> None:
    loan = at(Chronicle(make_agreement(default_days=1, grace_days=10)), 0, 2)
    loan.default()
    loan.pay(1 * CENT)
    assert loan.state.debt.status is Status.DEFAULTED
    loan.pay(None)
    assert loan.state.debt.status is Status.ACTIVE


def test_what_is_not_agreed_cannot_be_done() -> None:
    loan = at(Chronicle(make_agreement()), 11, 300)
    with pytest.raises(NotAgreed):
        loan.default()
    loan = at(Chronicle(make_agreement(default_days=1)), 11, 300)
    loan.default()
    for call in (loan.accelerate, loan.write_off):
        with pytest.raises(NotAgreed):
            call()


def test_acceleration_calls_everything_to_the_day() -> None:
    """Two rows are due, and 29 of the 30 days of the third have accrued."""
    loan = at(Chronicle(make_agreement(**AGREED)), 0, 60)
    assert loan.day == due_day(loan.terms, 1) + 29
    loan.default()
    before = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert before.accrued == 977 * CENT  # 10.10 x 29 / 30 = 9.7633..., up
    loan.accelerate()
    debt = loan.state.debt
    assert debt.balance == before.outstanding == 1_200_000_000
    assert loan.state.carry.deferred == before.due.interest + before.accrued
    owed = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert owed.due.total == owed.payoff == before.payoff
    assert owed.days_past_due == before.days_past_due == 60
    later = ledger.owed_at(loan.terms, loan.state, loan.day + 30)
    assert later.days_past_due == 90
    called = before.payoff - before.due.penalty
    points = loan.state.penalty.points + 30 * called
    expected = round(points * 240_000_000 / (365 * 10**9 * CENT)) * CENT
    assert later.due.penalty == expected
    assert later.payoff == called + expected  # no more interest
    loan.day += 30
    loan.write_off()
    loan.pay(later.payoff)
    assert loan.state.debt.status is Status.CLOSED


def test_payments_do_not_cure_what_was_called_or_written_off() -> None:
    loan = at(Chronicle(make_agreement(**AGREED)), 0, 90)
    loan.default()
    loan.write_off()
    loan.pay(None)
    assert loan.state.debt.status is Status.WRITTEN_OFF
    assert not loan.state.debt.late


# Amendment, watch and settlement


def amendment(**members: Any) -> Amendment:
    base: dict[str, Any] = {
        "terms_before": bytes(32),
        "status_before": Status.ACTIVE,
        "waived_penalty": 2**96 - 1,
        "waived_interest": 0,
        "waived_principal": 0,
        "capitalise": True,
        "watch_rows": 0,
        "reason": 3,
        "plan_hash": bytes(32),
    }
    return Amendment(**(base | members))


NEW: dict[str, Any] = {
    "principal": 1_300_000_000,
    "installment": 115_500_000,
    "start_date": 20260420,
    "first_due_date": 20260531,
}


def amended(**members: Any) -> Chronicle:
    """Two rows unpaid, 20 days into the third; 1,300.00 over another 12 months."""
    loan = at(Chronicle(make_agreement()), 1, 20)
    loan.amend(make_agreement(**NEW), amendment(**members))
    return loan


def test_an_amendment_turns_unpaid_interest_into_principal() -> None:
    """12.00 and 11.05 are due, 10.10 x 20 / 30 = 6.74 have accrued on 1,009.81."""
    loan = amended()
    owed = ledger.owed_at(loan.terms, loan.state, loan.day)
    assert loan.state.debt.balance == owed.outstanding == (120000 + 1200 + 1105 + 674) * CENT
    assert (owed.due, owed.accrued, loan.state.carry) == (Split(), 0, Carry())
    assert (loan.state.debt.row, loan.state.debt.amended, loan.state.debt.late) == (0, True, False)


def test_an_amendment_may_defer_or_forgive_it() -> None:
    deferred = amended(capitalise=False)
    assert deferred.state.carry == Carry(2979 * CENT)
    assert deferred.state.debt.balance == 120000 * CENT
    at(deferred, 0)
    due = ledger.owed_at(deferred.terms, deferred.state, deferred.day).due
    assert due.interest == 2979 * CENT + 1600 * CENT  # 1,200.00 x 12 % x 40 / 360
    forgiven = amended(waived_interest=2000 * CENT, waived_principal=20000 * CENT)
    assert forgiven.state.debt.balance == (100000 + 979) * CENT


def test_an_amendment_is_bound_by_what_was_signed() -> None:
    loan = at(Chronicle(make_agreement()), 1, 20)
    terms = make_agreement(**NEW)
    with pytest.raises(PenaltyOwed):
        loan.amend(terms, amendment(waived_penalty=0))
    with pytest.raises(StatusChanged):
        loan.amend(terms, amendment(status_before=Status.DEFAULTED))
    with pytest.raises(DebtAbove):
        loan.amend(make_agreement(**(NEW | {"principal": 1_229_000_000})), amendment())
    with pytest.raises(DebtAbove):
        loan.amend(terms, amendment(waived_principal=2**96 - 1, waived_interest=2**96 - 1))


def test_rows_paid_on_time_restore_standing() -> None:
    loan = amended(watch_rows=2)
    assert (loan.state.debt.watch_left, loan.state.debt.watch_rows) == (2, 2)
    at(loan, 0, 3).pay(None)  # the last day of the grace
    assert loan.state.debt.watch_left == 1
    at(loan, 1, 4).pay(None)  # one day too late: it begins again
    assert loan.state.debt.watch_left == 2
    at(loan, 2).pay(None)
    assert (loan.state.debt.watch_left, loan.state.debt.watch_rows) == (1, 2)
    at(loan, 3).pay(None)
    assert (loan.state.debt.watch_left, loan.state.debt.watch_rows) == (0, 0)
    assert [type(event).__name__ for event in loan.events].count("Restored") == 1


def test_one_payment_counts_row_by_row() -> None:
    loan = amended(watch_rows=2)
    at(loan, 2).pay(None)  # two rows late, one on its day
    assert loan.state.debt.watch_left == 1


@pytest.mark.parametrize(("later", "left"), [(3, 0), (4, 5)])
def test_closing_restores_unless_a_row_is_late(later: int, left: int) -> None:
    loan = at(amended(watch_rows=5), 0, later)
    loan.pay(loan.payoff)
    assert not loan.is_open
    assert loan.state.debt.watch_left == left


def test_a_new_default_begins_the_watch_again() -> None:
    loan = at(Chronicle(make_agreement()), 1, 20)
    loan.amend(make_agreement(**NEW, **AGREED), amendment(watch_rows=3))
    at(loan, 0).pay(None)
    assert loan.state.debt.watch_left == 2
    at(loan, 1, 30).default()
    assert loan.state.debt.watch_left == 3


def test_a_settlement_pays_principal_first_and_forgives_the_rest() -> None:
    loan = two_rows_late(Waterfall.PENALTY_INTEREST_PRINCIPAL)
    state, taken, waived = ledger.settle(loan.terms, loan.state, loan.day, 100000 * CENT)
    assert (taken, waived) == (cents(0, 0, 0, 100000), cents(91, 2305, 0, 20000))
    assert state.debt.status is Status.CLOSED
    _, taken, waived = ledger.settle(loan.terms, loan.state, loan.day, 122350 * CENT)
    assert (taken, waived) == (cents(45, 2305, 0, 120000), cents(46))
    loan.settle(10**18)
    assert loan.events[-3].source is Source.SETTLEMENT
    assert loan.events[-1].waived == Split()


# Collateral


SALE = Conditions(
    bytes(32), 0, 0, 0, 0,
    default_days=1, acceleration_days=1, collateral_token=TOKEN, collateral=1_000,
    collateral_price=9_000, collateral_floor=3_000, auction_days=10,
)  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "price"),
    [(-1, 9_000), (0, 9_000), (86_400, 8_400), (86_401, 8_400), (86_545, 8_399),
     (5 * 86_400, 6_000), (10 * 86_400, 3_000), (99 * 86_400, 3_000)],
)  # fmt: skip
def test_the_price_falls_from_the_midnight_after_the_call(seconds: int, price: int) -> None:
    assert collateral_price(SALE, 20_000, 20_001 * 86_400 + seconds) == price


def test_a_part_costs_its_share_and_nobody_pays_more_than_is_due() -> None:
    assert collateral_sale(SALE, 6_001, 500, 10_000) == (500, 3_001)
    assert collateral_sale(SALE, 6_000, 2_000, 12_000) == (2_000, 12_000)  # after an addition
    assert collateral_sale(SALE, 6_000, 1_000, 500) == (83, 500)


def test_a_guarantor_pays_what_is_due_up_to_the_agreed_amount() -> None:
    terms = make_agreement(guarantor=GUARANTOR, guaranteed=150_000_000, guarantee_days=10)
    loan = at(Chronicle(terms), 0, 10)
    loan.draw()
    assert loan.drawn == 106_620_000 + 490_000  # 106.62 x 24 % x 7 / 365
    at(loan, 1, 10).draw()
    assert (loan.drawn, loan.recourse) == (150_000_000, 150_000_000)
    count = len(loan.events)
    loan.draw()
    assert len(loan.events) == count
