from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from eth_utils.crypto import keccak

from tallystick.loans.bounds import check_agreement
from tallystick.loans.kinds import Amortization, Frequency
from tallystick.loans.schedule import schedule
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.store import new_offer_id
from tallystick.offers.terms import Terms, build_agreement, hash_document

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
    assert agreement.deadline == NOW + 7 * 86_400
    assert agreement.borrower_nonce != agreement.lender_nonce
    rows = schedule(agreement)
    totals = {row.interest + row.principal for row in rows[:-1]}
    assert totals == {agreement.installment}


@pytest.mark.parametrize("kind", list(Amortization))
def test_every_plan_repays_the_principal(kind: Amortization) -> None:
    count = 1 if kind is Amortization.BULLET else 12
    agreement = build_agreement(replace(TERMS, amortization=kind, count=count), b"\1" * 32, 6, NOW)
    assert sum(row.principal for row in schedule(agreement)) == TERMS.principal


def test_nonces_are_never_the_same() -> None:
    made = [build_agreement(TERMS, b"\1" * 32, 6, NOW) for _ in range(50)]
    assert len({nonce for a in made for nonce in (a.borrower_nonce, a.lender_nonce)}) == 100


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
