"""Events that contradict each other or the signed terms."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.backend.chain.samples import AGREEMENT as SECURED
from tests.backend.chain.samples import BOOK
from tests.backend.chain.samples import REF as SOMEWHERE

from tallystick.audit.loans import audit_events, compare_storage
from tallystick.chain.typed_data import digest
from tallystick.loans.events import Closed, CollectFailed, LoanEvent, Originated, Paid
from tallystick.loans.kinds import Source

REF = replace(SOMEWHERE, timestamp=1_769_860_800)
"""On the day from which interest runs."""
AGREEMENT = replace(SECURED, conditions=replace(SECURED.conditions, lender_nonce=0))
LOAN = digest(AGREEMENT, REF.chain_id, BOOK)
ORIGINATED = Originated(REF, LOAN, AGREEMENT.borrower, AGREEMENT.lender, AGREEMENT)
PREPAID = Paid(REF, LOAN, AGREEMENT.borrower, Source.PAID, 0, 0, 0, 5_000_000, 1_195_000_000)
"""Paid before any interest accrued."""


def whats(events: list[LoanEvent], loan_id: bytes = LOAN) -> list[str]:
    return [d.what for d in audit_events(loan_id, events, REF.timestamp).differences]


def test_events_that_fit() -> None:
    loan = audit_events(LOAN, [ORIGINATED, PREPAID], REF.timestamp)
    assert loan.differences == []
    assert loan.outstanding == 1_195_000_000
    assert loan.state is not None
    debt = loan.state.debt
    word = debt.balance | debt.accrued_to << 208 | 1 << 224
    compare_storage(loan, [word, 0, 0, 0, 0, 0, 0])
    assert loan.differences == []
    compare_storage(loan, [word | 1 << 230, 7, 9, 0, 0, 1 << 160, 5])
    assert [d.what for d in loan.differences] == [
        *("manual", "penalty points", "carry deferred", "escrow amount", "guarantees"),
    ]


def test_terms_that_were_not_signed() -> None:
    other = replace(AGREEMENT, annual_rate=0)
    assert whats([replace(ORIGINATED, agreement=other)]) == ["loan id"]
    assert whats([replace(ORIGINATED, lender=AGREEMENT.borrower)]) == ["parties"]
    wrong = replace(AGREEMENT, quantum=0)
    wrong_id = digest(wrong, REF.chain_id, BOOK)
    given = replace(ORIGINATED, agreement=wrong, loan_id=wrong_id)
    assert whats([given], wrong_id) == ["bounds of the terms"]


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ([PREPAID], "first event"),
        ([ORIGINATED, ORIGINATED], "origination"),
        ([ORIGINATED, replace(PREPAID, interest=1)], "split of the payment"),
        ([ORIGINATED, replace(PREPAID, outstanding=1)], "outstanding principal"),
        ([ORIGINATED, Closed(REF, LOAN)], "balance when closed"),
        ([CollectFailed(REF, LOAN, b"1234"), ORIGINATED], "first event"),
    ],
)
def test_events_that_contradict_each_other(events: list[LoanEvent], what: str) -> None:
    loan = audit_events(LOAN, events, REF.timestamp)
    assert [d.what for d in loan.differences] == [what]
    assert loan.state is None
    assert loan.to_json()["differences"][0]["where"] == "events"


def test_a_closed_loan_needs_its_closing_event() -> None:
    paid = replace(PREPAID, principal=AGREEMENT.principal, outstanding=0)
    assert whats([ORIGINATED, paid]) == ["event after the payment"]
    assert whats([ORIGINATED, paid, Closed(REF, LOAN)]) == []
