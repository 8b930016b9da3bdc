"""What accounts put into loans and got out, over random lives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle, chronicles

from tallystick.loans.delinquency.cashflow import agreed_rows
from tallystick.loans.delinquency.exposure import exposure
from tallystick.loans.events import Assigned
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows
from tallystick.loans.returns import Flows, flows_of


def sold(loan: LoanState, price: int, token: str | None = None) -> LoanState:
    """The claim moves after the first payment, if there is one, to somebody else."""
    refs = [payment.ref for payment in loan.payments] or [loan.originated]
    ref = replace(refs[0], log_index=refs[0].log_index + 1)
    buyer, token = "0x" + "ee" * 20, token or loan.original.token
    move = Assigned(ref, loan.loan_id, loan.original.lender, buyer, token, price)
    return replace(loan, changes=(*loan.changes, move), holder=buyer)


def plain(life: Chronicle) -> LoanState:
    loan = fold(life.events)
    kept = tuple(change for change in loan.changes if not isinstance(change, Assigned))
    return replace(loan, changes=kept, holder=loan.original.lender)


@settings(max_examples=60)
@given(chronicles(), st.integers(1, 10**12))
def test_holders_share_all_that_was_paid_and_agreed(life: Chronicle, price: int) -> None:
    loan = plain(life)
    alone = flows_of(loan, loan.original.lender)
    assert alone.income == loan.paid
    assert alone.outlay == loan.original.principal
    assert sum(alone.days.values()) == loan.paid.total - loan.original.principal
    left = sum(row.unpaid for row in open_rows(loan.agreement, loan.stored))
    gone = loan.debt.status is Status.WRITTEN_OFF
    assert alone.left.total == (0 if gone else left)
    agreed = sum(row.interest + row.principal for row in agreed_rows(loan))
    assert sum(sum(parts) for parts in alone.agreed.values()) == agreed
    moved = sold(loan, price)
    seller, buyer = (flows_of(moved, who) for who in (loan.original.lender, moved.holder))
    assert (seller.proceeds, buyer.outlay) == (price, price)
    both = Flows()
    both.add(seller)
    both.add(buyer)
    for name in ("days", "received", "agreed", "coming", "running", "defaulted", "written_off"):
        assert getattr(both, name) == getattr(alone, name)
    held = [*alone.running.values(), *alone.defaulted.values(), *alone.written_off.values()]
    owed = exposure(loan.agreement, loan.stored)
    assert held == ([(1, owed.outstanding)] if owed else [])
    both.add(buyer, -1)
    assert both == seller
    assert flows_of(moved, loan.original.borrower) == Flows()


@settings(max_examples=20)
@given(chronicles())
def test_a_price_in_another_token_leaves_no_rate(life: Chronicle) -> None:
    loan = sold(plain(life), 5, "0x" + "aa" * 20)
    seller = flows_of(loan, loan.original.lender)
    assert (seller.moved, seller.proceeds) == (1, 0)
    assert seller.rate(10**6, 0) is None


def test_a_rate_is_that_of_the_flows() -> None:
    year = Flows(days={0: -1000, 365: 100})
    assert year.rate(365, 1000) == Decimal("0.1")
    assert Flows(days={0: -1000}).rate(29, 1010) is None
    assert Flows().rate(400, 0) is None
    assert Flows(days={0: -1000}).rate(365, 0) is None  # all is lost: no rate says how much
    flows = {0: -1000, 31: 90, 200: 500}
    rate = Flows(days=flows).rate(300, 480)
    assert rate is not None
    value = sum(amount * float(1 + rate) ** (-day / 365) for day, amount in flows.items())
    assert abs(value + 480 * float(1 + rate) ** (-300 / 365)) < 1e-9
