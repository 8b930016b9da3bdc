from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tallystick.loans.bounds import check_agreement
from tallystick.loans.kinds import Amortization, DayCount, Frequency, InterestMethod, Transfer
from tallystick.loans.schedule import schedule
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.store import new_offer_id
from tallystick.offers.terms import NO_CONDITIONS, Terms, build_agreement, hash_document

NOW = 1_767_225_600
"""2026-01-01T00:00:00Z"""
TERMS = Terms(
    borrower="0x" + "11" * 20,
    lender="0x" + "22" * 20,
    token="0x" + "33" * 20,
    principal=1_200_000_000,
    annual_rate_pct=Decimal("12.5"),
    amortization=Amortization.LEVEL,
    frequency=Frequency.MONTHS,
    every=1,
    count=12,
    start_date=None,
    first_due_date=date(2026, 2, 1),
    due_day=None,
    installment=None,
    quantum=None,
    penalty_rate_pct=Decimal(0),
    grace_days=0,
    penalty_cap_days=0,
    valid_until=None,
)


def test_what_is_left_out_is_filled_in() -> None:
    agreement = build_agreement(TERMS, b"\1" * 32, 6, NOW)
    check_agreement(agreement)
    assert (agreement.start_date, agreement.due_day) == (20260101, 1)
    assert (agreement.quantum, agreement.annual_rate) == (10_000, 125_000_000)
    conditions = agreement.conditions
    assert conditions.deadline == NOW + 7 * 86_400
    assert conditions.borrower_nonce != conditions.lender_nonce
    rows = schedule(agreement)
    totals = {row.interest + row.principal for row in rows[:-1]}
    assert totals == {agreement.installment}


PLANS: list[dict[str, Any]] = [
    *(
        {"amortization": kind, "count": 1 if kind is Amortization.BULLET else 12}
        for kind in Amortization
        if kind is not Amortization.CUSTOM
    ),
    {"amortization": Amortization.CUSTOM, "count": 2, "rows": "0x" + "44" * 20, "plan": (7, 0)},
    {"interest_method": InterestMethod.FLAT},
    {"grace_principal": 3},
    {"grace_principal": 3, "grace_interest": 2},
    {"amortization": Amortization.EQUAL_PRINCIPAL, "grace_principal": 4},
    {"day_count": DayCount.ACTUAL_360},
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_every_plan_repays_the_principal_in_even_rows(plan: dict[str, Any]) -> None:
    agreement = build_agreement(replace(TERMS, **plan), b"\1" * 32, 6, NOW)
    rows = schedule(agreement)
    assert sum(row.principal for row in rows) == TERMS.principal
    repaying = [row.interest + row.principal for row in rows if row.principal][1:]
    if agreement.amortization is Amortization.LEVEL:  # rounding is left to the last
        assert max(repaying) - min(repaying) <= len(repaying) * agreement.quantum


def test_security_is_taken_over() -> None:
    conditions = replace(
        NO_CONDITIONS,
        guarantor="0x" + "55" * 20,
        guaranteed=7,
        guarantee_days=30,
        default_days=60,
        transfer=Transfer.CONSENT,
    )
    agreement = build_agreement(replace(TERMS, conditions=conditions), b"\1" * 32, 6, NOW)
    found = agreement.conditions
    assert (found.guaranteed, found.default_days, found.transfer) == (7, 60, Transfer.CONSENT)
    assert found.guarantor_nonce not in (0, found.lender_nonce)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grace_principal": 12}, "grace_principal"),
        ({"prepayment_fee_pct": Decimal(101)}, "prepayment_fee"),
        ({"conditions": replace(NO_CONDITIONS, write_off_days=9)}, "conditions/write_off_days"),
        ({"conditions": replace(NO_CONDITIONS, guaranteed=9)}, "conditions/guaranteed"),
    ],
)
def test_what_cannot_be_agreed_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(TermsInvalid) as caught:
        build_agreement(replace(TERMS, **changes), b"\1" * 32, 6, NOW)
    assert caught.value.field == field


def test_nonces_are_never_the_same() -> None:
    made = [build_agreement(TERMS, b"\1" * 32, 6, NOW).conditions for _ in range(50)]
    assert len({nonce for c in made for nonce in (c.borrower_nonce, c.lender_nonce)}) == 100


@pytest.mark.parametrize(("decimals", "quantum"), [(0, 1), (2, 1), (6, 10_000), (77, 5)])
def test_the_quantum_is_a_hundredth_and_never_above_the_principal(
    decimals: int, quantum: int
) -> None:
    small = replace(TERMS, principal=5) if decimals == 77 else TERMS
    assert build_agreement(small, b"\1" * 32, decimals, NOW).quantum == quantum


def test_a_deadline_must_lie_ahead() -> None:
    with pytest.raises(TermsInvalid) as caught:
        build_agreement(replace(TERMS, valid_until=NOW), b"\1" * 32, 6, NOW)
    assert caught.value.field == "valid_until"


def test_the_document_hash_depends_on_the_salt() -> None:
    assert hash_document(b"s" * 32, "合同") == keccak(b"s" * 32 + "合同".encode())
    assert hash_document(b"s" * 32, "a") != hash_document(b"t" * 32, "a")


def test_ids_are_opaque_and_unlike() -> None:
    ids = {new_offer_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(id_) == 32 and id_.startswith("offer_") for id_ in ids)
