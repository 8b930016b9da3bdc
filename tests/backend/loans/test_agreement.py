from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from tests.backend.loans.lives import secured
from tests.backend.loans.strategies import (
    BORROWER,
    GUARANTOR,
    LENDER,
    ROWS,
    TOKEN,
    make_agreement,
)

from tallystick.loans.agreement import Agreement
from tallystick.loans.bounds import check_agreement, check_start_window
from tallystick.loans.conditions import Conditions
from tallystick.loans.consents import Amendment, Assignment, Settlement
from tallystick.loans.errors import (
    AgreementExpired,
    AgreementInvalid,
    ConditionsInvalid,
    ConsentInvalid,
    OutsideStartWindow,
    TermsInvalid,
)
from tallystick.loans.kinds import Amortization, Frequency, InterestMethod, Status, Transfer
from tallystick.loans.members import check_words, from_json, members, to_json

NOBODY = "0x" + "00" * 20
SECURED = {
    "default_days": 30,
    "acceleration_days": 60,
    "write_off_days": 90,
    "guarantor": GUARANTOR,
    "guaranteed": 5,
    "guarantee_days": 10,
    "collateral_token": TOKEN,
    "collateral": 7,
    "collateral_price": 9,
    "collateral_floor": 3,
    "auction_days": 20,
    "transfer": Transfer.LISTED,
    "transferees": b"\1" * 32,
    "gate": TOKEN,
    "borrower_kind": b"\2" * 32,
}
CUSTOM = {
    "amortization": Amortization.CUSTOM,
    "installment": 0,
    "count": 2,
    "rows": ROWS,
    "plan": (600_000_000, 0),
}


@given(secured())
def test_json_round_trip(agreement: Agreement) -> None:
    text = json.dumps(agreement.to_json())
    assert Agreement.from_json(json.loads(text)) == agreement


def test_json_form() -> None:
    data = make_agreement(**SECURED).to_json()
    assert data["principal"] == "1200000000"
    assert data["annual_rate"] == "120000000"
    assert data["amortization"] == "level"
    assert data["frequency"] == "months"
    assert data["day_count"] == "thirty_360"
    assert data["start_date"] == 20260131
    assert data["rows"] == NOBODY
    assert "plan" not in data
    conditions = data["conditions"]
    assert conditions["document_hash"] == "0x" + "07" * 32
    assert conditions["borrower_nonce"] == "0"
    assert conditions["deadline"] == 2_000_000_000
    assert conditions["transfer"] == "listed"
    assert conditions["guaranteed"] == "5"
    assert make_agreement(**CUSTOM).to_json()["plan"] == ["600000000", "0"]


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
        ("amends", "0x12"),
        ("amortization", "Level"),
        ("amortization", 0),
        ("frequency", "years"),
        ("plan", [1]),
        ("plan", "1"),
        ("surprise", 1),
    ],
)
def test_json_of_a_wrong_form_names_the_member(name: str, value: Any) -> None:
    data: dict[str, Any] = {**make_agreement().to_json(), name: value}
    with pytest.raises(AgreementInvalid) as caught:
        Agreement.from_json(data)
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("name", "value"),
    [("document_hash", "0x12"), ("transfer", "sometimes"), ("guaranteed", 5), ("surprise", 1)],
)
def test_json_of_wrong_conditions_names_the_member(name: str, value: Any) -> None:
    data = make_agreement().to_json()
    data["conditions"][name] = value
    with pytest.raises(ConditionsInvalid) as caught:
        Agreement.from_json(data)
    assert caught.value.field == name


@pytest.mark.parametrize("name", ["due_day", "conditions"])
def test_json_without_a_member(name: str) -> None:
    data = make_agreement().to_json()
    del data[name]
    with pytest.raises(AgreementInvalid, match=f"{name}: is missing"):
        Agreement.from_json(data)


def test_what_is_signed_later_has_the_same_form() -> None:
    amendment = Amendment(b"\1" * 32, Status.DEFAULTED, 1, 2, 3, True, 4, 5, b"\2" * 32)
    settlement = Settlement(b"\1" * 32, 2**96 - 1, 255, bytes(32), 7, 8, 9)
    assignment = Assignment(b"\1" * 32, LENDER, BORROWER, TOKEN, 5, 6, 7)
    for signed in (amendment, settlement, assignment):
        check_words(signed, ConsentInvalid)
        data = json.loads(json.dumps(to_json(signed)))
        assert from_json(type(signed), data, ConsentInvalid) == signed
    assert to_json(amendment)["status_before"] == "defaulted"
    with pytest.raises(ConsentInvalid, match="capitalise: must be true or false"):
        from_json(Amendment, to_json(amendment) | {"capitalise": 1}, ConsentInvalid)
    with pytest.raises(ConsentInvalid, match="reason: must fit 8 unsigned bits"):
        check_words(replace(settlement, reason=256), ConsentInvalid)


def test_every_member_but_the_plan_is_signed() -> None:
    for struct in (Agreement, Conditions, Amendment, Settlement, Assignment):
        names = [member.name for member in members(struct)]
        assert names == [field.name for field in fields(struct) if field.name != "plan"]


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("borrower", {"borrower": NOBODY}),
    ("lender", {"lender": BORROWER}),
    ("lender", {"lender": NOBODY}),
    ("token", {"token": NOBODY}),
    ("principal", {"principal": 0}),
    ("principal", {"principal": 2**96}),
    ("principal", {"principal": 2**96 - 2**80}),
    ("quantum", {"quantum": 0}),
    ("quantum", {"quantum": 1_200_000_001}),
    ("annual_rate", {"annual_rate": 10**10 + 1}),
    ("penalty_rate", {"penalty_rate": 10**10 + 1}),
    ("prepayment_fee", {"prepayment_fee": 10**9 + 1}),
    ("count", {"count": 0}),
    ("count", {"count": 601}),
    ("count", {"every": 120, "count": 600}),
    ("every", {"every": 0}),
    ("every", {"every": 121}),
    ("start_date", {"start_date": 20260230}),
    ("start_date", {"start_date": 19691231}),
    ("first_due_date", {"first_due_date": 20260131}),
    ("first_due_date", {"first_due_date": 22000101, "due_day": 1}),
    ("due_day", {"first_due_date": 20260227}),
    ("due_day", {"due_day": 0}),
    ("due_day", {"due_day": 32}),
    ("due_day", {"frequency": Frequency.DAYS}),
    ("installment", {"installment": 0}),
    ("installment", {"amortization": Amortization.INTEREST_ONLY}),
    ("installment", {"amortization": Amortization.EQUAL_PRINCIPAL, "installment": 110_000_000}),
    (
        "installment",
        {"amortization": Amortization.EQUAL_PRINCIPAL, "installment": 10**9, "grace_principal": 9},
    ),
    ("interest_method", CUSTOM | {"interest_method": InterestMethod.FLAT}),
    ("count", {"amortization": Amortization.BULLET, "installment": 0}),
    ("rows", {"rows": ROWS}),
    ("rows", CUSTOM | {"rows": NOBODY}),
    ("rows", CUSTOM | {"plan": (0,)}),
    ("plan", {"plan": (0,)}),
    ("plan", CUSTOM | {"plan": (2**96, 0)}),
    ("grace_principal", {"grace_principal": 12}),
    ("grace_principal", CUSTOM | {"grace_principal": 1}),
    ("grace_interest", {"grace_interest": 12, "grace_principal": 11}),
    ("grace_interest", {"grace_interest": 2, "grace_principal": 1}),
    ("grace_interest", CUSTOM | {"grace_interest": 1}),
    ("grace_days", {"grace_days": 366}),
    ("penalty_cap_days", {"penalty_cap_days": 3651}),
    ("amends", {"amends": b""}),
]
BROKEN_CONDITIONS: list[tuple[str, dict[str, Any]]] = [
    ("document_hash", {"document_hash": b""}),
    ("borrower_nonce", {"borrower_nonce": 2**256}),
    ("deadline", {"deadline": 2**40}),
    ("acceleration_days", {"acceleration_days": 29}),
    ("acceleration_days", {"default_days": 0}),
    ("acceleration_days", {"acceleration_days": 0}),  # there is collateral
    ("write_off_days", {"write_off_days": 29}),
    ("guarantor", {"guarantor": BORROWER}),
    ("guarantor", {"guarantor": LENDER}),
    ("guaranteed", {"guaranteed": 0}),
    ("guaranteed", {"guarantor": NOBODY}),
    ("guarantee_days", {"guarantee_days": 0}),
    ("guarantee_days", {"guarantor": NOBODY, "guaranteed": 0}),
    ("guarantor_nonce", {**dict.fromkeys(("guaranteed", "guarantee_days"), 0),
                         "guarantor": NOBODY, "guarantor_nonce": 1}),
    ("collateral", {"collateral": 0}),
    ("collateral", {"collateral_token": NOBODY}),
    ("collateral_price", {"collateral_token": NOBODY, "collateral": 0}),
    ("collateral_floor", {"collateral_floor": 0}),
    ("collateral_floor", {"collateral_floor": 10}),
    ("auction_days", {"auction_days": 0}),
    ("auction_days", {"auction_days": 366}),
    ("transferees", {"transferees": bytes(32)}),
    ("transferees", {"transfer": Transfer.FREE}),
    ("gate", {"gate": NOBODY}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "terms"), BROKEN)
def test_each_bound_names_its_field(field: str, terms: dict[str, Any]) -> None:
    check_agreement(make_agreement())
    with pytest.raises(AgreementInvalid) as caught:
        check_agreement(make_agreement(**terms))
    assert caught.value.field == field


@pytest.mark.parametrize(("field", "conditions"), BROKEN_CONDITIONS)
def test_each_bound_of_the_conditions_names_its_field(
    field: str, conditions: dict[str, Any]
) -> None:
    check_agreement(make_agreement(**SECURED))
    with pytest.raises(ConditionsInvalid) as caught:
        check_agreement(make_agreement(**(SECURED | conditions)))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "terms",
    [
        CUSTOM,
        CUSTOM | {"grace_interest": 1, "plan": (1_200_000_000, 0)},
        {"grace_principal": 11, "grace_interest": 11},
        {"interest_method": InterestMethod.FLAT},
        {"prepayment_fee": 10**9},
        {"default_days": 1},
        {"gate": TOKEN},
    ],
)
def test_what_may_be_agreed(terms: dict[str, Any]) -> None:
    check_agreement(make_agreement(**terms))


def test_every_broken_bound_can_be_caught_as_one() -> None:
    for terms in (BROKEN[0][1], SECURED | BROKEN_CONDITIONS[0][1]):
        with pytest.raises(TermsInvalid):
            check_agreement(make_agreement(**terms))


def test_start_window_ends_before_the_first_due_day() -> None:
    agreement = make_agreement()
    start, first = 20484, 20512  # 2026-01-31, 2026-02-28
    check_start_window(agreement, start * 86_400)
    check_start_window(agreement, first * 86_400 - 1)
    with pytest.raises(OutsideStartWindow):
        check_start_window(agreement, start * 86_400 - 1)
    with pytest.raises(OutsideStartWindow):
        check_start_window(agreement, first * 86_400)
    late = make_agreement(deadline=start * 86_400)
    with pytest.raises(AgreementExpired):
        check_start_window(late, start * 86_400 + 1)
