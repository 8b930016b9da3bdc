"""The repair fund on a real chain: sponsors, help for a watched loan, paying back, its rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from eth_abi import encode
from eth_utils import keccak
from tests.integration.decisions.stage import Stage
from tests.integration.identity.browser import problem
from tests.integration.repair.people import (
    Someone,
    application,
    execute,
    late,
    pay_row,
    present_terms,
)
from tests.integration.world import UNIT

from tallystick.chain.fund import CHANNEL
from tallystick.loans.calendar import day_at, day_of

FUND = "/v1/repair-fund"


def fund(stage: Stage, account: str | None = None) -> Any:
    params = {} if account is None else {"account": account}
    return stage.http.get(FUND, params=params).json()


def send(stage: Stage, name: str, kind: str, amount: int, **more: Any) -> None:
    """Prepares a step over HTTP, which tries it, and sends it."""
    party = stage.world.parties[name]
    body = {"kind": kind, "sender": party.address, "amount": str(amount)} | more
    answer = stage.http.post(f"{FUND}/transactions", json=body)
    assert answer.status_code == 200, answer.text
    call = answer.json()
    stage.world.send(party, bytes.fromhex(call["data"][2:]), to=call["to"])
    stage.sync()


def refused(stage: Stage, name: str, kind: str, amount: int, code: str, **more: Any) -> None:
    party = stage.world.parties[name]
    body = {"kind": kind, "sender": party.address, "amount": str(amount)} | more
    problem(stage.http.post(f"{FUND}/transactions", json=body), 409, code)


def allow(stage: Stage, name: str) -> None:
    """Lets the fund take a party's dollars."""
    call = keccak(text="approve(address,uint256)")[:4]
    data = call + encode(["address", "uint256"], [stage.settings.repair_fund, 2**255])
    stage.world.send(stage.world.parties[name], data, to=stage.world.token)


def test_the_fund_helps_over_the_first_rows_and_is_paid_back(stage: Stage) -> None:
    refused(stage, "dora", "deposit", 200 * UNIT, "insufficient_allowance")
    allow(stage, "dora")
    send(stage, "dora", "deposit", 200 * UNIT)
    told = fund(stage, stage.world.parties["dora"].address)
    assert (told["available"], told["account"]["worth"]) == (str(200 * UNIT),) * 2
    refused(stage, "dora", "withdraw", 1, "fund_refuses")
    _, loan_id = late(stage, "mia", "ben", 10)
    mia = Someone(stage, "mia")
    case = mia.done("/me/repairs", application(loan_id, "760.00", cause="unstated"), 201)
    path = f"/me/repairs/{case['repair_id']}"
    offer = next(one for one in case["offers"] if one["plan"]["terms"])
    wallet = {"address": mia.person.address, "kind": "repair_fund"}
    problem(mia.post(f"{path}/attestation", wallet), 409, "repair_conflict")
    agreed = mia.done(f"{path}/offers/{offer['number']}/acceptance")
    mia.sign(agreed["change_id"])
    execute(stage, agreed["change_id"])
    proof = mia.done(f"{path}/attestation", wallet, 201)["attestation"]
    terms = present_terms(stage, loan_id)
    asked = {"loan_id": loan_id, "attestation": proof}
    refused(stage, "mia", "help", 1, "fund_refuses", **asked)  # nothing is due yet
    due = stage.http.get(f"/v1/loans/{loan_id}").json()["next_due"]
    stage.world.travel_to_day(day_at(stage.now) + _days_to(stage, due["due_date"]))
    stage.sync()
    refused(
        stage, "mia", "help", int(due["amount"]), "not_entitled", loan_id=loan_id, attestation="0x"
    )
    refused(stage, "dora", "help", int(due["amount"]), "not_entitled", **asked)
    refused(stage, "mia", "help", int(due["amount"]) + 1, "fund_refuses", **asked)
    send(stage, "mia", "help", int(due["amount"]), **asked)
    assert mia.seen(path)["conduct"]["on_time"] == 1
    told = fund(stage, mia.person.address)
    assert told["account"]["owes"] == told["lent"] == due["amount"]
    assert int(told["available"]) == 200 * UNIT - int(due["amount"])
    assert [(one["loan_id"], one["amount"]) for one in told["helps"]] == [(loan_id, due["amount"])]
    events = stage.http.get(f"/v1/loans/{loan_id}/events").json()["data"]
    assert "0x" + CHANNEL.ljust(32, b"\0").hex() in str(events)
    allow(stage, "mia")
    send(stage, "mia", "pay_back", 30 * UNIT, borrower=mia.person.address)
    told = fund(stage, mia.person.address)
    assert (told["repaid"], told["account"]["owes"]) == (
        str(30 * UNIT),
        str(int(due["amount"]) - 30 * UNIT),
    )
    pay_row(stage, terms)
    stage.world.travel_to_day(day_at(stage.now) + 40)
    stage.sync()
    refused(stage, "mia", "help", UNIT, "not_entitled", **asked)  # the attestation has ended
    left = int(fund(stage)["sponsored"])
    shares = fund(stage, stage.world.parties["dora"].address)["account"]["shares"]
    send(stage, "dora", "withdraw", int(shares))
    told = fund(stage)
    assert (told["sponsored"], told["available"]) == ("0", str(30 * UNIT))
    assert left == 200 * UNIT - int(due["amount"])


def _days_to(stage: Stage, when: str) -> int:
    return day_of(date.fromisoformat(when)) - day_at(stage.now)
