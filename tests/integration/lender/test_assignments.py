"""Claims that change hands, and steps when the borrower does not pay, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.integration.api.server import Stage, serving
from tests.integration.world import UNIT, Party, World

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_of, day_at, due_day
from tallystick.loans.kinds import Transfer


@pytest.fixture
def stage(world: World, tmp_path: Path) -> Iterator[Stage]:
    """A server on a chain without loans."""
    with serving(world, tmp_path) as stage:
        yield stage


def prepared(stage: Stage, loan: Agreement, **given: Any) -> dict[str, Any]:
    loan_id = "0x" + stage.world.loan_id(loan).hex()
    body = {"to": stage.world.parties["dora"].address} | given
    answer = stage.post(f"/v1/loans/{loan_id}/assignments", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sign(stage: Stage, sale: dict[str, Any], party: Party) -> Any:
    message = encode_typed_data(full_message=sale["typed_data"])
    signature = "0x" + bytes(Account.sign_message(message, party.key).signature).hex()
    body = {"signer": party.address, "signature": signature}
    return stage.post(f"/v1/assignments/{sale['assignment_id']}/signatures", body)


def ask(stage: Stage, sale: dict[str, Any], what: str, sender: Party) -> Any:
    path = f"/v1/assignments/{sale['assignment_id']}/{what}"
    return stage.http.get(path, params={"sender": sender.address})


def send(stage: Stage, answer: Any, sender: Party) -> None:
    assert answer.status_code == 200, answer.text
    call = answer.json()
    stage.world.send(sender, bytes.fromhex(call["data"][2:]), to=call["to"])
    stage.sync()


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_a_claim_is_sold_to_whoever_pays(stage: Stage) -> None:
    world = stage.world
    ada, ben, cem, dora = (world.parties[name] for name in ("ada", "ben", "cem", "dora"))
    loan = world.originate()
    stage.sync()
    sale = prepared(stage, loan, price=str(700 * UNIT))
    assert (sale["status"], sale["missing"]) == ("awaiting_signatures", ["lender"])
    assert (sale["min_outstanding"], sale["holder"]) == (str(1_200 * UNIT), ben.address)
    assert code(ask(stage, sale, "transaction", dora)) == "offer_not_signed"
    assert code(sign(stage, sale, dora)) == "signer_not_party"
    assert sign(stage, sale, ben).json()["status"] == "signed"
    assert code(ask(stage, sale, "transaction", cem)) == "not_entitled"
    world.approve(dora, 0)
    assert code(ask(stage, sale, "transaction", dora)) == "insufficient_allowance"
    world.approve(dora, 700 * UNIT)
    answer = ask(stage, sale, "transaction", dora)
    assert answer.json()["takes"] == str(700 * UNIT)
    send(stage, answer, dora)
    path = f"/v1/assignments/{sale['assignment_id']}"
    assert stage.get(path)["status"] == "executed"
    assert stage.get(f"/v1/loans/{sale['loan_id']}")["holder"] == dora.address
    again = prepared(stage, loan, to=ben.address)
    world.payoff(loan)
    stage.sync()
    assert stage.get(f"/v1/assignments/{again['assignment_id']}")["status"] == "superseded"
    assert ada.address  # paid it


def test_a_gift_is_sent_by_the_holder_and_a_signature_can_be_taken_back(stage: Stage) -> None:
    world = stage.world
    ben, dora = world.parties["ben"], world.parties["dora"]
    loan = world.originate()
    stage.sync()
    sale = prepared(stage, loan, price="1")
    sign(stage, sale, ben)
    assert code(ask(stage, sale, "revocation", dora)) == "not_entitled"
    send(stage, ask(stage, sale, "revocation", ben), ben)
    assert code(ask(stage, sale, "transaction", dora)) == "nonce_used"
    gift = prepared(stage, loan)
    world.pay(loan, 5 * UNIT)
    stage.sync()
    assert code(ask(stage, gift, "transaction", ben)) == "outstanding_below"
    gift = prepared(stage, loan, min_outstanding="1")
    send(stage, ask(stage, gift, "transaction", ben), ben)
    assert stage.get(f"/v1/loans/{gift['loan_id']}")["holder"] == dora.address


def test_where_the_borrower_must_consent_it_signs_too(stage: Stage) -> None:
    world = stage.world
    loan = world.originate(transfer=Transfer.CONSENT)
    stage.sync()
    sale = prepared(stage, loan)
    assert sale["missing"] == ["lender", "borrower"]
    ben = world.parties["ben"]
    assert code(ask(stage, sale, "transaction", ben)) == "offer_not_signed"
    sign(stage, sale, world.parties["ada"])
    send(stage, ask(stage, sale, "transaction", ben), ben)
    assert stage.get(f"/v1/assignments/{sale['assignment_id']}")["status"] == "executed"


def test_what_cannot_be_sold_is_said(stage: Stage) -> None:
    world = stage.world
    loan = world.originate()
    stage.sync()
    path = f"/v1/loans/0x{world.loan_id(loan).hex()}/assignments"
    dora, ben = world.parties["dora"].address, world.parties["ben"].address
    for given, field in (
        ({"to": ben}, "to"),
        ({"to": "0x" + "00" * 20}, "to"),
        ({"to": dora, "price": str(2**96)}, "price"),
        ({"to": dora, "valid_until": "2020-01-01T00:00:00Z"}, "valid_until"),
        ({"to": dora, "proof": ["0x" + "12" * 32]}, "proof"),
    ):
        answer = stage.post(path, given)
        assert code(answer) == "terms_invalid"
        assert answer.json()["errors"][0]["pointer"] == f"#/{field}"
    assert code(stage.http.get("/v1/assignments/sale_none")) == "assignment_not_found"


def steps(stage: Stage, loan: Agreement) -> dict[str, Any]:
    found = stage.get(f"/v1/loans/0x{stage.world.loan_id(loan).hex()}/steps")
    return {step["kind"]: step for step in found["data"]}


def test_steps_are_possible_on_the_days_that_are_told(tmp_path: Path, world: World) -> None:
    plain = world.originate(penalty_rate=0)
    loan = world.originate(
        default_days=10,
        acceleration_days=20,
        write_off_days=30,
        guarantor=world.parties["cem"].address,
        guaranteed=50 * UNIT,
        guarantee_days=5,
        collateral_token=world.token,
        collateral=900 * UNIT,
        collateral_price=800 * UNIT,
        collateral_floor=400 * UNIT,
        auction_days=3,
    )
    ben, due = world.parties["ben"], due_day(loan, 0)
    path = f"/v1/loans/0x{world.loan_id(loan).hex()}/transactions"

    def tried(stage: Stage, kind: str) -> Any:
        return stage.post(path, {"kind": kind, "sender": ben.address})

    with serving(world, tmp_path) as stage:
        assert steps(stage, plain) == {}
        told = steps(stage, loan)
        assert [told[kind]["state"] for kind in ("accelerate", "sell_collateral")] == [
            "after_default",
            "after_acceleration",
        ]
        for kind, days in (
            ("draw_guarantor", 5),
            ("declare_default", 10),
            ("accelerate", 20),
            ("write_off", 30),
        ):
            first = due + days
            told = steps(stage, loan)[kind]
            assert (told["days"], told["from"]) == (days, date_of(first).isoformat())
            for day, possible in ((first - 1, False), (first, True)):
                world.travel_to_day(day)
                stage.sync()
                assert (steps(stage, loan)[kind]["state"] == "possible") is possible
                assert (tried(stage, kind).status_code == 200) is possible
            if kind == "draw_guarantor":
                continue  # it would pay what is due, and the days begin anew
            call = tried(stage, kind).json()
            world.send(ben, bytes.fromhex(call["data"][2:]))
            stage.sync()
            assert steps(stage, loan)[kind]["state"] == "done"
        assert steps(stage, loan)["sell_collateral"]["state"] == "possible"
        assert steps(stage, loan)["penalty"]["state"] == "done"
        world.payoff(loan)
        stage.sync()
        assert list(steps(stage, loan)) == ["release_collateral"]
        assert day_at(world.now()) == due + 30
