"""From terms to two signatures to a loan on chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from tests.integration.api.server import Stage
from tests.integration.api.story import Story
from tests.integration.world import UNIT, Party

from tallystick.loans.agreement import Agreement

WALLET = "0x631626ba7e60e01b5f5260205ff3"
"""Runtime code of a contract wallet that accepts every signature by ERC-1271."""


def terms(stage: Stage, **changes: Any) -> dict[str, Any]:
    world = stage.world
    body = {
        "borrower": world.parties["ada"].address,
        "lender": world.parties["ben"].address,
        "token": world.token,
        "principal": str(1_200 * UNIT),
        "annual_rate_pct": "12.5",
        "amortization": "level",
        "frequency": "months",
        "count": 12,
        "first_due_date": "2026-02-28",
        "due_day": 31,
        "document": {"text": "Ada owes Ben."},
    }
    return body | changes


def create(stage: Stage, **changes: Any) -> dict[str, Any]:
    response = stage.post("/v1/offers", terms(stage, **changes))
    assert response.status_code == 201, response.text
    assert response.headers["Location"] == f"/v1/offers/{response.json()['offer_id']}"
    offer: dict[str, Any] = response.json()
    return offer


def sign(stage: Stage, offer: dict[str, Any], party: Party) -> Any:
    signed = Account.sign_message(encode_typed_data(full_message=offer["typed_data"]), party.key)
    body = {"signer": party.address, "signature": "0x" + bytes(signed.signature).hex()}
    return stage.post(f"/v1/offers/{offer['offer_id']}/signatures", body)


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    problem: dict[str, Any] = response.json()
    return problem


def send(stage: Stage, transaction: dict[str, Any], sender: Party) -> None:
    assert transaction["chain_id"] == stage.world.chain_id
    assert transaction["value"] == "0x0"
    stage.world.send(sender, bytes.fromhex(transaction["data"][2:]), to=transaction["to"])
    stage.sync()


def test_an_offer_becomes_a_loan(stage: Stage) -> None:
    ada, ben = stage.world.parties["ada"], stage.world.parties["ben"]
    offer = create(stage, external_id="A-1007")
    path = f"/v1/offers/{offer['offer_id']}"
    assert (offer["status"], offer["external_id"]) == ("awaiting_signatures", "A-1007")
    agreement = Agreement.from_json(offer["agreement"])
    assert offer["loan_id"] == "0x" + stage.world.loan_id(agreement).hex()
    assert len(offer["schedule"]) == 12
    assert sum(int(row["principal"]) for row in offer["schedule"]) == 1_200 * UNIT
    assert offer["totals"]["principal"] == str(1_200 * UNIT)
    document = offer["document"]
    assert (
        document["hash"]
        == "0x" + keccak(bytes.fromhex(document["salt"][2:]) + b"Ada owes Ben.").hex()
    )

    refused(stage.http.get(f"{path}/transaction"), 409, "offer_not_signed")
    assert sign(stage, offer, ada).json()["status"] == "awaiting_signatures"
    problem = refused(stage.http.get(f"{path}/transaction"), 409, "offer_not_signed")
    assert problem["missing"] == ["lender"]
    signed = sign(stage, offer, ben).json()
    assert signed["status"] == "signed"
    assert [signature["role"] for signature in signed["signatures"]] == ["borrower", "lender"]

    stranger = stage.world.parties["dora"]
    transaction = stage.get(f"{path}/transaction", sender=stranger.address)
    assert transaction["takes"] == str(1_200 * UNIT)
    send(stage, transaction, stranger)
    assert stage.get(path)["status"] == "originated"
    loan = stage.get(f"/v1/loans/{offer['loan_id']}")
    assert loan["agreement"] == offer["agreement"]
    refused(
        stage.http.get(f"{path}/transaction", params={"sender": stranger.address}),
        409,
        "loan_exists",
    )


@pytest.mark.parametrize(("rate", "cost"), [("12.5", "13.24"), ("0", "0.00")])
def test_the_annual_cost_counts_interest_on_interest(stage: Stage, rate: str, cost: str) -> None:
    regular = {"first_due_date": "2026-02-01", "due_day": 1}
    offer = create(stage, annual_rate_pct=rate, **regular)
    assert offer["annual_cost_pct"] == cost


def test_a_party_that_sends_need_not_sign(stage: Stage) -> None:
    ada, ben = stage.world.parties["ada"], stage.world.parties["ben"]
    offer = create(stage)
    sign(stage, offer, ada)
    path = f"/v1/offers/{offer['offer_id']}/transaction"
    refused(stage.http.get(path, params={"sender": ada.address}), 409, "offer_not_signed")
    send(stage, stage.get(path, sender=ben.address.lower()), ben)
    assert stage.get(f"/v1/loans/{offer['loan_id']}")["status"] == "active"


def test_signatures_that_do_not_count(stage: Stage) -> None:
    ada, ben, cem = (stage.world.parties[name] for name in ("ada", "ben", "cem"))
    offer, other = create(stage), create(stage)
    path = f"/v1/offers/{offer['offer_id']}/signatures"
    refused(sign(stage, offer, cem), 422, "signer_not_party")
    foreign = {"signer": ada.address, "signature": "0x" + ben.sign(b"\1" * 32).hex()}
    problem = refused(stage.post(path, foreign), 422, "signature_invalid")
    assert problem["errors"][0]["pointer"] == "#/signature"
    of_other = ada.sign(bytes.fromhex(other["loan_id"][2:]))
    replayed = {"signer": ada.address, "signature": "0x" + of_other.hex()}
    refused(stage.post(path, replayed), 422, "signature_invalid")
    empty = {"signer": ada.address, "signature": "0x"}
    refused(stage.post(path, empty), 422, "signature_invalid")
    assert stage.get(f"/v1/offers/{offer['offer_id']}")["signatures"] == []


def test_a_contract_wallet_signs_by_its_own_rules(stage: Stage) -> None:
    wallet = "0x" + "42" * 20
    offer = create(stage, borrower=wallet)
    path = f"/v1/offers/{offer['offer_id']}/signatures"
    body = {"signer": wallet, "signature": "0x00"}
    refused(stage.post(path, body), 422, "signature_invalid")
    stage.world.rpc.call("anvil_setCode", wallet, WALLET)
    assert stage.post(path, body).json()["signatures"][0]["role"] == "borrower"


def test_an_expired_offer(stage: Stage) -> None:
    offer = create(stage, valid_until="2026-01-02T00:00:00Z")
    path = f"/v1/offers/{offer['offer_id']}"
    stage.world.travel(stage.world.now() + 3 * 86_400)
    stage.sync()
    refused(sign(stage, offer, stage.world.parties["ada"]), 409, "offer_expired")
    refused(stage.http.get(f"{path}/transaction"), 409, "offer_expired")
    assert stage.get(path)["status"] == "expired"


def test_a_lender_without_allowance_or_money(stage: Stage) -> None:
    ada, ben = stage.world.parties["ada"], stage.world.parties["ben"]
    offer = create(stage)
    for party in (ada, ben):
        sign(stage, offer, party)
    path = f"/v1/offers/{offer['offer_id']}/transaction"
    stage.world.approve(ben, 1_200 * UNIT - 1)
    response = stage.http.get(path, params={"sender": ada.address})
    problem = refused(response, 409, "insufficient_allowance")
    assert (problem["required"], problem["available"]) == (str(1_200 * UNIT), str(1_200 * UNIT - 1))
    rich = create(stage, principal=str(10**8 * UNIT))
    for party in (ada, ben):
        sign(stage, rich, party)
    path = f"/v1/offers/{rich['offer_id']}/transaction"
    response = stage.http.get(path, params={"sender": ada.address})
    refused(response, 409, "insufficient_balance")


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"lender": "0x" + "00" * 20}, "terms_invalid", "#/lender"),
        ({"principal": "0"}, "terms_invalid", "#/principal"),
        ({"principal": str(2**96)}, "terms_invalid", "#/principal"),
        ({"principal": "-1"}, "validation_failed", "#/principal"),
        ({"principal": 1200}, "validation_failed", "#/principal"),
        ({"principal": "1200.0"}, "validation_failed", "#/principal"),
        ({"annual_rate_pct": "1001"}, "terms_invalid", "#/annual_rate_pct"),
        ({"annual_rate_pct": "1e2"}, "validation_failed", "#/annual_rate_pct"),
        ({"count": 601}, "validation_failed", "#/count"),
        ({"first_due_date": "2026-02-30"}, "validation_failed", "#/first_due_date"),
        ({"first_due_date": "2025-12-31"}, "terms_invalid", "#/first_due_date"),
        ({"due_day": 15}, "terms_invalid", "#/first_due_date"),
        ({"frequency": "weeks"}, "terms_invalid", "#/due_day"),
        ({"amortization": "bullet"}, "terms_invalid", "#/count"),
        ({"amortization": "bullet", "installment": "5"}, "terms_invalid", "#/installment"),
        ({"valid_until": "2025-12-31T00:00:00Z"}, "terms_invalid", "#/valid_until"),
        ({"valid_until": "tomorrow"}, "validation_failed", "#/valid_until"),
        ({"token": "0x" + "99" * 20}, "terms_invalid", "#/token"),
        ({"surprise": 1}, "validation_failed", "#/surprise"),
        ({"document": {"text": "\ud800"}}, "validation_failed", "#/document/text"),
        ({"document": {}}, "validation_failed", "#/document"),
        ({"document": {"hash": "0x" + "1" * 64}}, "validation_failed", "#/document"),
    ],
)
def test_terms_that_cannot_be(
    story: Story, changes: dict[str, Any], code: str, pointer: str
) -> None:
    stage = story.stage
    changes = {"first_due_date": "2026-07-31"} | changes
    problem = refused(stage.post("/v1/offers", terms(stage, **changes)), 422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_mistyped_address_is_noticed(story: Story) -> None:
    stage = story.stage
    right = stage.world.parties["ada"].address
    wrong = right[:-1] + ("a" if right[-1] != "a" else "b")
    problem = refused(
        stage.post("/v1/offers", terms(stage, borrower=wrong)), 422, "validation_failed"
    )
    assert problem["errors"][0]["pointer"] == "#/borrower"


def test_the_first_outcome_of_a_key_is_replayed(stage: Stage) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = stage.post("/v1/offers", terms(stage), **key)
    again = stage.post("/v1/offers", terms(stage), **key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    refused(stage.post("/v1/offers", terms(stage, count=6), **key), 422, "idempotency_key_reused")
    bad = {"Idempotency-Key": "with space"}
    refused(stage.post("/v1/offers", terms(stage), **bad), 422, "validation_failed")
    failing = {"Idempotency-Key": "order-2"}
    refusals = [stage.post("/v1/offers", terms(stage, count=0), **failing) for _ in range(2)]
    assert refusals[0].content == refusals[1].content


def test_many_at_once_with_one_key_make_one_offer(stage: Stage) -> None:
    def attempt(_: int) -> Any:
        return stage.post("/v1/offers", terms(stage), **{"Idempotency-Key": "rush"})

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(attempt, range(16)))
    made = {r.json()["offer_id"] for r in responses if r.status_code == 201}
    assert len(made) == 1
    others = [r for r in responses if r.status_code != 201]
    assert {r.json()["code"] for r in others} <= {"idempotency_key_in_flight"}
