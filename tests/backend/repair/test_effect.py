"""The effect of repairs on made-up loans whose effect is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.backend.chain.samples import AGREEMENT

from tallystick.amendments.terms import NewTerms, amended_on, build_amendment
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_in_month, due_day, month_index
from tallystick.loans.debt import Split
from tallystick.loans.events import (
    Amended,
    BookEvent,
    Closed,
    Defaulted,
    EventRef,
    Originated,
    Paid,
    Restored,
)
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Source
from tallystick.loans.ledger import apply_payment, open_rows, open_state
from tallystick.loans.members import NO_HASH
from tallystick.repair.effect.match import match
from tallystick.repair.effect.measure import Rate, measure
from tallystick.repair.effect.render import page, table
from tallystick.repair.effect.units import Past, repaired, unrepaired

FIRST = due_day(AGREEMENT, 0)
HORIZON = 180
LAST = FIRST + 400
LATE = 40


def ref(day: int, block: int) -> EventRef:
    return EventRef(1, AGREEMENT.token, block, bytes(32), day * SECONDS_PER_DAY, bytes(32), 0)


def begun(number: int, principal: int) -> tuple[bytes, Agreement, list[BookEvent]]:
    loan_id = number.to_bytes(32, "big")
    terms = replace(
        AGREEMENT,
        principal=principal,
        installment=AGREEMENT.installment * principal // 1_200_000_000,
    )
    first = Originated(ref(FIRST - 28, 1), loan_id, terms.borrower, terms.lender, terms)
    return loan_id, terms, [first]


def left(number: int, principal: int = 1_200_000_000, *, pays: bool = False) -> LoanState:
    """Never repaired: pays nothing at all, or pays everything 60 days after the first due day."""
    loan_id, terms, events = begun(number, principal)
    if pays:
        applied = apply_payment(terms, open_state(terms), FIRST + 60, 10 * principal)
        events.append(_paid(loan_id, terms, applied, FIRST + 60, 2))
        events.append(Closed(ref(FIRST + 60, 3), loan_id))
    else:
        events.append(Defaulted(ref(FIRST + 70, 2), loan_id, 70))
    return fold(events)  # type: ignore[arg-type]


def helped(number: int, principal: int = 1_200_000_000, *, keeps: bool = True) -> LoanState:
    """Repaired when it is 40 days late; pays every row on its day from then on, or nothing."""
    loan_id, terms, events = begun(number, principal)
    day, now = FIRST + LATE, (FIRST + LATE) * SECONDS_PER_DAY
    loan = fold(events)  # type: ignore[arg-type]
    month = month_index(date_of(day)) + 1
    wanted = NewTerms(
        annual_rate=terms.annual_rate,
        count=12,
        first_due=date_of(day_in_month(month, 20)),
        waived=Split(penalty=10**9),
        watch_rows=3,
    )
    after, amendment = build_amendment(loan, wanted, NO_HASH, now + 3_600, now)
    state, waived = amended_on(loan, after, amendment, day)
    balance, deferred = state.debt.balance, state.carry.deferred
    terms_id = (number + 10**6).to_bytes(32, "big")
    events.append(
        Amended(ref(day, 2), loan_id, terms_id, after, amendment, waived, balance, deferred)
    )
    block = 3
    rows = [row.due for row in open_rows(after, state)]
    for place, due in enumerate(rows[:7] if keeps else []):
        applied = apply_payment(after, state, due, None)
        events.append(_paid(loan_id, after, applied, due, block))
        state, block = applied.state, block + 2
        if place == 2:
            events.append(Restored(ref(due, block - 1), loan_id))
    return fold(events)  # type: ignore[arg-type]


def _paid(loan_id: bytes, terms: Agreement, applied: object, day: int, block: int) -> Paid:
    split = applied.split  # type: ignore[attr-defined]
    amounts = (split.penalty, split.interest, split.fee, split.principal)
    outstanding = applied.outstanding  # type: ignore[attr-defined]
    return Paid(ref(day, block), loan_id, terms.borrower, Source.PAID, *amounts, outstanding)


def test_an_effect_that_is_known_is_found() -> None:
    loans = [helped(number) for number in range(20)] + [left(100 + number) for number in range(30)]
    effect = measure(loans, LAST, HORIZON)
    assert (effect.repaired, effect.unmatched, effect.avoided.pairs) == (20, 0, 20)
    assert (effect.rates["success"].value, effect.rates["redefault"].value) == (1.0, 0.0)
    assert (effect.control["success"].value, effect.control["redefault"].value) == (0.0, 1.0)
    assert effect.rates["repayment"].value == 1.0
    assert effect.rates["overdue"].hits == 0
    assert effect.avoided.control == 1.0
    assert effect.avoided.treated == 0.0
    assert (effect.avoided.low, effect.avoided.high) == (1.0, 1.0)
    assert effect.avoided.amounts == {AGREEMENT.token: 20 * 1_200_000_000}
    assert effect == measure(loans, LAST, HORIZON)


def test_no_effect_is_none() -> None:
    loans = [helped(number, keeps=False) for number in range(10)]
    loans += [left(100 + number) for number in range(10)]
    effect = measure(loans, LAST, HORIZON)
    assert effect.rates["success"].value == 0.0
    assert effect.rates["redefault"].value == 1.0
    assert effect.avoided.difference is not None
    assert abs(effect.avoided.difference) < 0.03  # what was unpaid interest is principal since
    assert effect.rates["overdue"].value == 1.0


def test_what_is_mixed_has_its_interval_and_its_balance() -> None:
    loans = [helped(number, keeps=number % 4 > 0) for number in range(40)]
    loans += [left(100 + number, pays=number % 2 > 0) for number in range(40)]
    effect = measure(loans, LAST, HORIZON, seed=3)
    assert effect.rates["success"].value == 0.75
    avoided = effect.avoided
    assert avoided.low is not None
    assert avoided.high is not None
    assert avoided.difference is not None
    assert avoided.low <= avoided.difference <= avoided.high
    assert effect.balance["days_past_due"][1] == 0.0
    assert effect.to_json()["rates"]["success"]["literature"] == 0.85


def test_only_like_loans_are_compared() -> None:
    (one,) = repaired([Past.of(helped(1))], LAST, HORIZON)
    assert one.unit.late == LATE
    small, large, like = (
        left(number, size) for number, size in ((2, 10**8), (3, 10**10), (4, 10**9))
    )
    pairs = match([one], [Past.of(loan) for loan in (small, large, like)], LAST, HORIZON)
    assert [pair.control.past.loan.loan_id for pair in pairs] == [like.loan_id]
    assert pairs[0].control.late == LATE
    assert match([one], [Past.of(small)], LAST, HORIZON) == []
    assert unrepaired(Past.of(helped(5)), 20, LAST, HORIZON) is None
    assert list(repaired([Past.of(helped(1))], FIRST + 100, HORIZON)) == []


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(17, 20, 0.6396, 0.9476), (0, 5, 0, 0.4345)]
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    rate = Rate.wilson(hits, of)
    assert rate.low == pytest.approx(low, abs=1e-4)
    assert rate.high == pytest.approx(high, abs=1e-4)


def test_the_page_tells_what_the_table_tells() -> None:
    empty = measure([], LAST, HORIZON)
    assert table(empty)[-1][1] == "too few pairs"
    shown = page(measure([helped(1), helped(2), left(3)], LAST, HORIZON))
    assert shown.count("<rect") == 6
    assert "100.0 % (34.2 % to 100.0 %; 2 of 2)" in shown
    assert "85.0 %" in shown
