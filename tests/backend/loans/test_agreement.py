from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from tests.backend.loans.strategies import BORROWER, agreements, make_agreement

from tallystick.loans.agreement import Agreement
from tallystick.loans.bounds import check_agreement, check_start_window
from tallystick.loans.errors import AgreementExpired, AgreementInvalid, OutsideStartWindow
from tallystick.loans.kinds import Amortization, Frequency


@given(agreements())
def test_json_round_trip(agreement: Agreement) -> None:
    text = json.dumps(agreement.to_json())
    assert Agreement.from_json(json.loads(text)) == agreement


def test_json_form() -> None:
    data = make_agreement().to_json()
    assert data["principal"] == "1200000000"
    assert data["annual_rate"] == "120000000"
    assert data["amortization"] == "level"
    assert data["frequency"] == "months"
    assert data["start_date"] == 20260131
    assert data["document_hash"] == "0x" + "07" * 32
    assert data["borrower_nonce"] == "0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("principal", 12),
        ("principal", "-1"),
        ("principal", "012"),
        ("principal", "1.5"),
        ("annual_rate", None),
        ("count", "12"),
        ("count", True),
        ("borrower", "0x12"),
        ("document_hash", "0x12"),
        ("amortization", "Level"),
        ("amortization", 0),
        ("frequency", "years"),
        ("surprise", 1),
    ],
)
def test_json_of_a_wrong_form_names_the_member(name: str, value: Any) -> None:
    data: dict[str, Any] = {**make_agreement().to_json(), name: value}
    with pytest.raises(AgreementInvalid) as caught:
        Agreement.from_json(data)
    assert caught.value.field == name


def test_json_without_a_member() -> None:
    data = make_agreement().to_json()
    del data["deadline"]
    with pytest.raises(AgreementInvalid, match="deadline: is missing"):
        Agreement.from_json(data)


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("borrower", {"borrower": "0x" + "00" * 20}),
    ("lender", {"lender": BORROWER}),
    ("token", {"token": "0x" + "00" * 20}),
    ("principal", {"principal": 0}),
    ("principal", {"principal": 2**96}),
    ("principal", {"principal": 2**96 - 2**80}),
    ("quantum", {"quantum": 0}),
    ("quantum", {"quantum": 1_200_000_001}),
    ("annual_rate", {"annual_rate": 10**10 + 1}),
    ("penalty_rate", {"penalty_rate": 10**10 + 1}),
    ("count", {"count": 0}),
    ("count", {"count": 601}),
    ("count", {"every": 120, "count": 600}),
    ("every", {"every": 0}),
    ("every", {"every": 121}),
    ("start_date", {"start_date": 20260230}),
    ("start_date", {"start_date": 19691231}),
    ("first_due_date", {"first_due_date": 20260131}),
    ("first_due_date", {"first_due_date": 22000101, "due_day": 1}),
    ("first_due_date", {"first_due_date": 20260227}),
    ("due_day", {"due_day": 0}),
    ("due_day", {"due_day": 32}),
    ("due_day", {"frequency": Frequency.DAYS}),
    ("installment", {"installment": 0}),
    ("installment", {"amortization": Amortization.INTEREST_ONLY}),
    ("installment", {"amortization": Amortization.EQUAL_PRINCIPAL, "installment": 110_000_000}),
    ("count", {"amortization": Amortization.BULLET, "installment": 0}),
    ("grace_days", {"grace_days": 366}),
    ("penalty_cap_days", {"penalty_cap_days": 3651}),
    ("document_hash", {"document_hash": b""}),
    ("borrower_nonce", {"borrower_nonce": 2**256}),
    ("deadline", {"deadline": 2**40}),
]


@pytest.mark.parametrize(("field", "terms"), BROKEN)
def test_each_bound_names_its_field(field: str, terms: dict[str, Any]) -> None:
    check_agreement(make_agreement())
    with pytest.raises(AgreementInvalid) as caught:
        check_agreement(make_agreement(**terms))
    assert caught.value.field == field


def test_start_window_ends_before_the_first_due_day() -> None:
    agreement = make_agreement()
    start, first = 20484, 20512  # 2026-01-31, 2026-02-28
    check_start_window(agreement, start * 86_400)
    check_start_window(agreement, first * 86_400 - 1)
    with pytest.raises(OutsideStartWindow):
        check_start_window(agreement, start * 86_400 - 1)
    with pytest.raises(OutsideStartWindow):
        check_start_window(agreement, first * 86_400)
    with pytest.raises(AgreementExpired):
        check_start_window(replace(agreement, deadline=start * 86_400), start * 86_400 + 1)
