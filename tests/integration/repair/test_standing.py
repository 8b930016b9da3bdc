"""Credit records: what is told, for how long, and the attestation of restored standing."""

from __future__ import annotations

from datetime import date, timedelta
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

from tallystick.identity.attestations import kind_of
from tallystick.identity.authority.roles import Role
from tallystick.jobs.job import Turn
from tallystick.repair.daily import daily
from tallystick.screening.recheck import recheck_all

DAY = 86_400


def record(who: Someone) -> dict[str, dict[str, Any]]:
    """One's own entries by code; of one code the newest."""
    data = who.seen("/me/credit-record")["data"]
    return {entry["code"]: entry for entry in reversed(data)}


def admits(stage: Stage, wallet: str, attestation: str) -> bool:
    stage.world.mine()  # the attestation may be of a second that no block has reached
    values = [wallet, kind_of("restored_standing"), bytes.fromhex(attestation[2:])]
    call = keccak(text="admits(address,bytes32,bytes)")[:4]
    data = call + encode(["address", "bytes32", "bytes"], values)
    request = {"to": stage.gate.address, "data": "0x" + data.hex()}
    return bool(int(stage.world.rpc.call("eth_call", request, "latest"), 16))


def test_restored_standing_is_attested_and_lost_again(stage: Stage) -> None:
    _, loan_id = late(stage, "kim", "ben", 40)
    kim = Someone(stage, "kim")
    kim.learns()
    assert record(kim)["late"]["cured_on"] is None
    case = kim.done("/me/repairs", application(loan_id, "900.00"), 201)
    path = f"/me/repairs/{case['repair_id']}"
    agreed = kim.done(f"{path}/offers/1/acceptance")
    kim.sign(agreed["change_id"])
    execute(stage, agreed["change_id"])
    wallet = {"address": kim.person.address}
    problem(kim.post(f"{path}/attestation", wallet), 409, "repair_conflict")
    terms = present_terms(stage, loan_id)
    for _ in range(kim.seen(path)["conduct"]["rows"]):
        pay_row(stage, terms)
    assert kim.seen(path)["stage"] == "restored"
    told = record(kim)
    assert (told["late"]["days_late"], told["late"]["category"]) == (40, "negative")
    assert told["late"]["cured_on"] == told["amended"]["day"]
    restored = date.fromisoformat(told["restored"]["day"])
    assert told["late"]["expires_on"] == (restored + timedelta(days=365)).isoformat()
    made = kim.done(f"{path}/attestation", wallet, 201)
    other = {"address": stage.world.parties["cem"].address}
    problem(kim.post(f"{path}/attestation", other), 404, "wallet_not_found")
    assert admits(stage, kim.person.address, made["attestation"])
    assert not admits(stage, other["address"], made["attestation"])
    turn = Turn(0, 1, stage.now)
    assert "0 lost standing" in daily(stage.settings, turn)
    stage.world.travel(stage.now + 65 * DAY)
    stage.sync()
    assert "1 lost standing" in daily(stage.settings, turn)
    assert "1 attestations revoked" in recheck_all(stage.settings)
    assert not admits(stage, kim.person.address, made["attestation"])
    assert "0 lost standing" in daily(stage.settings, turn)


def test_a_record_is_public_with_consent_alone(stage: Stage) -> None:
    late(stage, "leo", "ben", 35)
    leo = Someone(stage, "leo")
    public = f"/v1/credit-records/{leo.person.address}"
    problem(stage.http.get(public), 404, "record_not_public")
    stranger = "0x" + "12" * 20
    problem(stage.http.get(f"/v1/credit-records/{stranger}"), 404, "record_not_public")
    leo.consents("publish_standing")
    seen = stage.http.get(public).json()["data"]
    assert [entry["code"] for entry in seen] == ["late", "borrowed"]
    problem(stage.http.get("/v1/me/credit-record"), 401, "unauthorized")
    entry = record(leo)["late"]["entry_id"]
    about = f"/me/credit-record/{entry}/dispute"
    dispute = leo.done(about, {"text": "I was in hospital."}, 201)
    problem(leo.post(about, {"text": "Again."}), 409, "dispute_closed")
    problem(Someone(stage, "kim").post(about, {"text": "Not mine."}), 404, "entry_not_found")
    assert record(leo)["late"]["state"] == "disputed"
    vera = Someone(stage, "vera", Role.REVIEWER)
    problem(leo.get("/record-disputes"), 403, "role_missing")
    assert dispute["dispute_id"] in [
        one["dispute_id"] for one in vera.seen("/record-disputes")["data"]
    ]
    staff = f"/record-disputes/{dispute['dispute_id']}"
    file = vera.seen(staff)
    assert (file["words"], file["entry"]["entry_id"]) == ("I was in hospital.", entry)
    stage.world.travel(stage.now + 21 * DAY)
    stage.sync()
    assert vera.seen(staff)["dispute"]["overdue"]
    assert record(leo)["late"]["state"] == "suspended"
    assert "late" not in [one["code"] for one in stage.http.get(public).json()["data"]]
    answer = {"outcome": "corrected", "reason": "force_majeure"}
    assert vera.done(f"{staff}/answer", answer)["outcome"] == "corrected"
    problem(vera.post(f"{staff}/answer", answer), 409, "dispute_closed")
    line = record(leo)["late"]
    assert (line["state"], line["reason"]) == ("corrected", "force_majeure")
    assert leo.post("/me/consents/publish_standing/withdraw", None).status_code == 200
    problem(stage.http.get(public), 404, "record_not_public")
