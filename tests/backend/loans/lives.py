"""Lives of loans as the book would tell them: random ones, and whatever a test makes happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st
from tests.backend.loans.strategies import (
    GUARANTOR,
    LENDER,
    TOKEN,
    agreements,
)

from tallystick.loans import ledger
from tallystick.loans.agreement import Agreement
from tallystick.loans.bounds import check_agreement
from tallystick.loans.calendar import ymd_of
from tallystick.loans.collateral import collateral_price, collateral_sale
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Split, State
from tallystick.loans.errors import LoanError
from tallystick.loans.events import (
    Accelerated,
    Amended,
    Assigned,
    AutopaySet,
    Closed,
    CollateralAdded,
    CollateralReleased,
    CollateralSold,
    Cured,
    Defaulted,
    EventRef,
    LoanEvent,
    Originated,
    Paid,
    PaidThrough,
    RecourseRecorded,
    RecourseRepaid,
    Restored,
    Settled,
    WrittenOff,
)
from tallystick.loans.kinds import Frequency, Source, Status
from tallystick.loans.rows import Rows

LOAN = b"\x01" * 32
BUYER = "0x" + "77" * 20
COLLATERAL = "0x" + "88" * 20
DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()


def ref(day: int, index: int = 0) -> EventRef:
    """Noon of a day; one block a day."""
    return EventRef(
        31337, "0x" + "44" * 20, day, b"\x02" * 32, day * DAY + 43_200, b"\x03" * 32, index
    )


class Chronicle:
    """A loan and the events that tell of it. Every method is a call of the book, on `day`."""

    def __init__(self, agreement: Agreement) -> None:
        self.terms = agreement
        self.state: State = ledger.open_state(agreement)
        self.day = Rows(agreement).start
        self.digest = LOAN
        self.holder = agreement.lender
        self.drawn = self.recourse = self.escrow = 0
        self.events: list[LoanEvent] = []
        self.tell(Originated, agreement.borrower, agreement.lender, agreement)
        if agreement.conditions.collateral:
            self.add_collateral(agreement.conditions.collateral)

    @property
    def is_open(self) -> bool:
        return self.state.debt.status is not Status.CLOSED

    @property
    def payoff(self) -> int:
        return ledger.owed_at(self.terms, self.state, self.day).payoff

    def tell(self, kind: Any, *members: Any) -> None:
        self.events.append(kind(ref(self.day, len(self.events)), LOAN, *members))

    def pay(self, amount: int | None, source: Source = Source.PAID) -> Split:
        before = self.state.debt
        source = Source.COLLECTED if amount is None else source
        self.state, split, outstanding = ledger.apply_payment(
            self.terms, self.state, self.day, amount, ahead=source is Source.PAID
        )
        self._paid(before, source, split, outstanding)
        return split

    def _paid(self, before: Any, source: Source, split: Split, outstanding: int) -> None:
        parts = (split.penalty, split.interest, split.fee, split.principal)
        self.tell(Paid, self.terms.borrower, source, *parts, outstanding)
        after = self.state.debt
        if before.watch_rows != after.watch_rows:
            self.tell(Restored)
        if after.status is Status.CLOSED:
            self.tell(Closed)
        elif after.status is not before.status:
            self.tell(Cured)

    def pay_through(self, amount: int) -> None:
        total = self.pay(amount).total
        self.tell(PaidThrough, b"\x0a" * 32, b"\x0b" * 32, total)

    def draw(self) -> None:
        conditions = self.terms.conditions
        owed = ledger.owed_at(self.terms, self.state, self.day)
        left = conditions.guaranteed - self.drawn
        if owed.days_past_due < conditions.guarantee_days or left <= 0 or not conditions.guaranteed:
            return
        total = self.pay(min(left, owed.due.total), Source.GUARANTOR).total
        self.drawn, self.recourse = self.drawn + total, self.recourse + total
        self.tell(RecourseRecorded, conditions.guarantor, self.recourse)

    def repay_recourse(self, amount: int) -> None:
        amount = min(amount, self.recourse)
        if amount:
            self.recourse -= amount
            self.tell(RecourseRepaid, GUARANTOR, self.terms.borrower, amount)

    def add_collateral(self, amount: int) -> None:
        self.escrow += amount
        self.tell(CollateralAdded, self.terms.borrower, COLLATERAL, amount)

    def sell(self, wanted: int) -> None:
        if not (self.state.debt.accelerated and self.escrow):
            return
        conditions, start = self.terms.conditions, Rows(self.terms).start
        price = collateral_price(
            conditions, start + self.state.debt.accrued_to, ref(self.day).timestamp
        )
        due = ledger.owed_at(self.terms, self.state, self.day).due.total
        sold, cost = collateral_sale(conditions, price, min(wanted, self.escrow), due)
        if sold:
            self.pay(cost, Source.COLLATERAL)
            self.escrow -= sold
            self.tell(CollateralSold, BUYER, COLLATERAL, sold, cost)

    def release(self) -> None:
        if not self.is_open and self.escrow:
            self.tell(CollateralReleased, self.terms.borrower, COLLATERAL, self.escrow)
            self.escrow = 0

    def default(self) -> None:
        self.state, days = ledger.declare_default(self.terms, self.state, self.day)
        self.tell(Defaulted, days)

    def accelerate(self) -> None:
        self.state, principal, interest = ledger.accelerate(self.terms, self.state, self.day)
        self.tell(Accelerated, principal, interest)

    def write_off(self) -> None:
        self.state, outstanding = ledger.write_off(self.terms, self.state, self.day)
        self.tell(WrittenOff, outstanding)

    def settle(self, amount: int) -> None:
        before = self.state.debt
        self.state, taken, waived = ledger.settle(self.terms, self.state, self.day, amount)
        self._paid(before, Source.SETTLEMENT, taken, waived.principal)
        self.tell(Settled, waived, 3, b"\x0c" * 32)

    def amend(self, terms: Agreement, amendment: Amendment) -> None:
        terms = replace(terms, lender=self.holder, amends=LOAN)
        amendment = replace(amendment, terms_before=self.digest)
        self.state, waived = ledger.amend(self.terms, self.state, self.day, terms, amendment)
        self.terms, self.digest = terms, bytes([self.digest[0] + 1]) * 32
        carry, debt = self.state.carry, self.state.debt
        self.tell(Amended, self.digest, terms, amendment, waived, debt.balance, carry.deferred)

    def assign(self) -> None:
        to = BUYER if self.holder != BUYER else LENDER
        self.tell(Assigned, self.holder, to, TOKEN, 5)
        self.holder = to
        self.state = self.state._replace(debt=replace(self.state.debt, assigned=True))

    def autopay(self, on: bool) -> None:
        self.state = ledger.set_autopay(self.state, on=on)
        self.tell(AutopaySet, on)


def life(agreement: Agreement, steps: list[tuple[int, int]]) -> list[LoanEvent]:
    """The events that the book would emit for payments along `steps`."""
    loan = Chronicle(agreement)
    for wait, size in steps:
        if not loan.is_open:
            break
        loan.day += wait
        try:
            loan.pay(None if size == 0 else max(1, loan.payoff * size // 1000))
        except LoanError:
            continue
    return loan.events


ACTIONS = (
    "pay",
    "pay",
    "pay",
    "collect",
    "default",
    "default",
    "accelerate",
    "write_off",
    "draw",
    "sell",
    "sell",
    "amend",
    "assign",
    "autopay",
    "settle",
    "repay_recourse",
    "add_collateral",
)
Steps = list[tuple[int, str, int]]


@st.composite
def secured(draw: st.DrawFn, max_count: int = 10) -> Agreement:
    """Terms with conditions for what may happen when the borrower fails."""
    terms = draw(agreements(max_count=max_count))
    default, accelerate, write_off = draw(st.tuples(*[st.sampled_from((0, 1, 1, 5, 30))] * 3))
    values: dict[str, Any] = {
        "default_days": default,
        "acceleration_days": default + accelerate if default and accelerate else 0,
        "write_off_days": default + write_off if default and write_off else 0,
    }
    if draw(st.booleans()):
        values |= {
            "guarantor": GUARANTOR,
            "guaranteed": draw(st.integers(1, terms.principal)),
            "guarantee_days": draw(st.integers(1, 10)),
        }
    if values["acceleration_days"] and draw(st.booleans()):
        price = draw(st.integers(1, 2 * terms.principal))
        values |= {
            "collateral_token": COLLATERAL,
            "collateral": draw(st.integers(1, 10 ** draw(st.integers(1, 20)))),
            "collateral_price": min(price, 2**96 - 1),
            "collateral_floor": draw(st.integers(1, min(price, 2**96 - 1))),
            "auction_days": draw(st.integers(1, 60)),
        }
    return replace(terms, conditions=replace(terms.conditions, **values))


def steps(max_size: int = 9) -> st.SearchStrategy[Steps]:
    """Days since the last step, what happens, and its size in 1/1000 of the payoff."""
    wait = st.one_of(st.integers(0, 40), st.integers(0, 250))
    size = st.one_of(st.integers(0, 30), st.integers(0, 1100))
    return st.lists(st.tuples(wait, st.sampled_from(ACTIONS), size), min_size=1, max_size=max_size)


@st.composite
def chronicles(draw: st.DrawFn) -> Chronicle:
    """Whole lives; what cannot happen when it is its turn does not."""
    loan = Chronicle(draw(secured()))
    for wait, action, size in draw(steps()):
        loan.day += wait
        if not loan.is_open:
            break
        try:
            _act(draw, loan, action, size)
        except LoanError:
            continue
    loan.release()
    return loan


def _act(draw: Any, loan: Chronicle, action: str, size: int) -> None:  # noqa: C901 - a list
    amount = max(1, loan.payoff * size // 1000)
    match action:
        case "pay":
            if size % 5:
                loan.pay(amount)
            else:
                loan.pay_through(amount)
        case "collect":
            if not loan.state.debt.manual:
                loan.pay(None)
        case "sell":
            loan.sell(max(1, loan.escrow * size // 1000))
        case "settle":
            if size % 10 == 0:
                loan.settle(amount)
        case "autopay":
            loan.autopay(bool(size % 2))
        case "repay_recourse":
            loan.repay_recourse(amount)
        case "add_collateral":
            if loan.escrow:
                loan.add_collateral(size + 1)
        case "amend":
            loan.amend(*draw(amendments(loan.terms, loan.state, loan.day)))
        case _:
            getattr(loan, action)()


@st.composite
def amendments(
    draw: st.DrawFn, terms: Agreement, state: State, day: int
) -> tuple[Agreement, Amendment]:
    """New terms from about `day` on for about what is owed; raises `TermsInvalid` now and then."""
    owed = ledger.owed_at(terms, state, day)
    new = draw(agreements(max_count=6))
    start = date.fromordinal(EPOCH + day - draw(st.integers(0, 5)))
    first = date.fromordinal(start.toordinal() + draw(st.integers(6, 80)))
    most = min(max(owed.payoff, 1) * draw(st.sampled_from([1, 1, 2])), 2**96 - 1)
    new = replace(
        new,
        principal=most,
        quantum=min(new.quantum, most),
        installment=new.installment * most // new.principal + 1 if new.installment else 0,
        start_date=ymd_of(start),
        first_due_date=ymd_of(first),
        due_day=first.day if new.frequency is Frequency.MONTHS else 0,
        plan=tuple(balance * most // new.principal for balance in new.plan),
        conditions=terms.conditions,
    )
    check_agreement(new)
    return new, Amendment(
        terms_before=LOAN,
        status_before=state.debt.status,
        waived_penalty=draw(st.sampled_from([0, owed.due.penalty, owed.due.penalty])),
        waived_interest=draw(st.sampled_from([0, 1, owed.payoff])),
        waived_principal=draw(st.sampled_from([0, 0, 1, owed.payoff])),
        capitalise=draw(st.booleans()),
        watch_rows=draw(st.integers(0, 3)),
        reason=0,
        plan_hash=bytes(32),
    )
