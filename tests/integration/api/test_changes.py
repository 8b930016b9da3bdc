"""New terms and settlements over HTTP: built, signed by all, executed, equal to what was shown."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from tests.integration.api.server import Stage
from tests.integration.world import UNIT, Party, World

from tallystick.api.schemas.types import iso_date, rfc3339
from tallystick.chain.client import BookClient
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at

REASON = 3


def late_loan(world: World, days: int = 45) -> tuple[Agreement, str]:
    """A loan whose first row is `days` past due, and its id."""
    agreement = world.originate()
    world.travel_to_day(day_at(world.now()) + 31 + days)
    return agreement, "0x" + world.loan_id(agreement).hex()


def terms(world: World, **changes: Any) -> dict[str, Any]:
    first = day_at(world.now()) + 40
    return {
        "kind": "amendment",
        "annual_rate_pct": "9",
        "count": 18,
        "first_due_date": iso_date(first),
        "waived": {"penalty": str(100 * UNIT)},
        "watch_rows": 3,
        "reason": REASON,
        "plan": {"text": "eighteen months at nine per cent"},
    } | changes


def sign(stage: Stage, change: dict[str, Any], *parties: Party) -> dict[str, Any]:
    message = encode_typed_data(full_message=change["typed_data"])
    for party in parties:
        signature = "0x" + bytes(Account.sign_message(message, party.key).signature).hex()
        body = {"signer": party.address, "signature": signature}
        answer = stage.post(f"/v1/changes/{change['change_id']}/signatures", body)
        assert answer.status_code == 201, answer.text
        change = answer.json()
    return change


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_amendment_is_executed_as_it_was_shown(stage: Stage) -> None:
    world = stage.world
    _, loan_id = late_loan(world)
    stage.sync()
    ada, ben = world.parties["ada"], world.parties["ben"]
    answer = stage.post(f"/v1/loans/{loan_id}/changes", terms(world))
    assert answer.status_code == 201, answer.text
    change = answer.json()
    assert (change["status"], change["missing"]) == ("awaiting_signatures", ["borrower", "lender"])
    plan = change["plan"]
    text = plan["text"].encode()
    assert plan["hash"] == "0x" + keccak(bytes.fromhex(plan["salt"][2:]) + text).hex()
    path = f"/v1/changes/{change['change_id']}"
    refused = stage.http.get(f"{path}/transaction")
    assert code_of(refused) == (409, "offer_not_signed")
    stranger = sign_as(stage, change, world.parties["cem"])
    assert code_of(stranger) == (422, "signer_not_party")
    assert sign(stage, change, ada, ben)["status"] == "signed"
    call = stage.get(f"{path}/transaction", sender=world.parties["dora"].address)
    world.send(world.parties["dora"], bytes.fromhex(call["data"][2:]), to=call["to"])
    stage.sync()
    done = stage.get(path)
    assert (done["status"], done["effect"]) == ("executed", None)
    entry = stage.get(f"/v1/loans/{loan_id}/amendments")["data"][0]
    shown = change["effect"]
    assert (entry["plan_hash"], entry["reason"]) == (plan["hash"], REASON)
    assert entry["waived"] == shown["forgiven"]
    assert (entry["balance"], entry["deferred"]) == (shown["balance"], shown["deferred"])
    client = BookClient(world.url, world.book)
    state = client.debt_of(bytes.fromhex(loan_id[2:]))
    assert (state.debt.balance, state.debt.watch_left) == (int(shown["balance"]), 3)
    rows = stage.get(f"/v1/loans/{loan_id}/schedule")["data"]
    due = [(row["due_date"], row["actual"]["total"]) for row in rows]
    assert due == [(row["due_date"], row["total"]) for row in shown["schedule"]]
    again = stage.http.get(f"{path}/transaction", params={"sender": ben.address})
    assert code_of(again)[0] == 409


def sign_as(stage: Stage, change: dict[str, Any], party: Party) -> Any:
    message = encode_typed_data(full_message=change["typed_data"])
    signature = "0x" + bytes(Account.sign_message(message, party.key).signature).hex()
    body = {"signer": party.address, "signature": signature}
    return stage.post(f"/v1/changes/{change['change_id']}/signatures", body)


def test_what_runs_on_until_the_last_day_fits_the_new_terms(stage: Stage) -> None:
    world = stage.world
    _, loan_id = late_loan(world, 10)
    stage.sync()
    until = world.now() + 20 * SECONDS_PER_DAY
    body = terms(world, valid_until=rfc3339(until), guaranty=_guaranty(world))
    change = stage.post(f"/v1/loans/{loan_id}/changes", body).json()
    assert change["missing"] == ["borrower", "lender", "guarantor"]
    signed = sign(stage, change, *(world.parties[name] for name in ("ada", "ben", "cem")))
    assert signed["status"] == "signed"
    world.travel(until - 1_000)
    stage.sync()
    later = stage.get(f"/v1/changes/{change['change_id']}")["effect"]
    assert int(later["balance"]) > int(change["effect"]["balance"])
    path = f"/v1/changes/{change['change_id']}/transaction"
    call = stage.get(path, sender=world.parties["ben"].address)
    world.send(world.parties["ben"], bytes.fromhex(call["data"][2:]))
    stage.sync()
    entry = stage.get(f"/v1/loans/{loan_id}/amendments")["data"][0]
    assert entry["balance"] == later["balance"] == entry["agreement"]["principal"]


def _guaranty(world: World) -> dict[str, Any]:
    cem = world.parties["cem"].address
    return {"guarantor": cem, "guaranteed": str(500 * UNIT), "guarantee_days": 15}


def test_a_settlement_takes_its_amount_from_the_sender(stage: Stage) -> None:
    world = stage.world
    _, loan_id = late_loan(world, 100)
    stage.sync()
    body = {
        "kind": "settlement",
        "amount": str(700 * UNIT),
        "reason": 2,
        "plan": {"text": "seven hundred for everything"},
    }
    change = stage.post(f"/v1/loans/{loan_id}/changes", body).json()
    assert change["settlement"]["amount"] == str(700 * UNIT)
    sign(stage, change, world.parties["ada"], world.parties["ben"])
    dora = world.parties["dora"]
    path = f"/v1/changes/{change['change_id']}"
    call = stage.get(f"{path}/transaction", sender=dora.address)
    assert call["takes"] == str(700 * UNIT)
    world.send(dora, bytes.fromhex(call["data"][2:]))
    stage.sync()
    loan = stage.get(f"/v1/loans/{loan_id}")
    assert (loan["status"], loan["paid"]["total"]) == ("closed", str(700 * UNIT))
    assert stage.get(path)["status"] == "executed"
    again = stage.post(f"/v1/loans/{loan_id}/changes", body)
    assert code_of(again) == (409, "loan_not_active")


def test_what_cannot_be_agreed_is_said_at_once(stage: Stage) -> None:
    world = stage.world
    agreement, loan_id = late_loan(world)
    stage.sync()
    path = f"/v1/loans/{loan_id}/changes"
    wrong = {
        "first_due_date": terms(world, first_due_date=iso_date(day_at(world.now()) + 3)),
        "waived/penalty": terms(world, waived={}),
        "waived": terms(
            world, waived=dict.fromkeys(("penalty", "interest", "principal"), str(10**10))
        ),
        "valid_until": terms(world, valid_until="2026-01-01T00:00:00Z"),
        "grace_interest": terms(world, grace_interest=2),
        "annual_rate_pct": terms(world, annual_rate_pct="1001"),
    }
    for member, body in wrong.items():
        answer = stage.post(path, body)
        assert code_of(answer) == (422, "terms_invalid"), (member, answer.text)
        assert answer.json()["errors"][0]["pointer"] == f"#/{member}"
    unknown = stage.http.get("/v1/changes/change_x")
    assert code_of(unknown) == (404, "change_not_found")
    change = stage.post(path, terms(world)).json()
    world.payoff(agreement)
    stage.sync()
    assert stage.get(f"/v1/changes/{change['change_id']}")["status"] == "superseded"
