"""The six stages on a real chain: from an application to restored standing, and other ends."""

from __future__ import annotations

import json
from typing import Any

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

from tallystick.identity.authority.roles import Role
from tallystick.indexer import repository
from tallystick.repair.basis import Basis
from tallystick.repair.plan import Proposal, signed_terms
from tallystick.trail.store import entries

OWN = "/me/repairs"


def stages(case: dict[str, Any]) -> list[str]:
    return [step["stage"] for step in case["steps"]]


def test_the_whole_line_to_restored_standing(stage: Stage) -> None:
    _, loan_id = late(stage, "ada", "ben", 10)
    ada = Someone(stage, "ada")
    case = ada.done(OWN, application(loan_id, "730.00", cause="unstated"), 201)
    assert (case["stage"], case["severity"]) == ("plan", "light")
    assert stages(case) == ["assessment", "problem", "plan"]
    assert [step["by"] for step in case["steps"]] == ["borrower", "service", "service"]
    path = f"{OWN}/{case['repair_id']}"
    offer = next(one for one in case["offers"] if one["plan"]["terms"])
    assert offer["effect"]["short"] == "0"
    assert int(offer["effect"]["npv"]) >= int(offer["effect"]["npv_without"])
    agreed = ada.done(f"{path}/offers/{offer['number']}/acceptance")
    assert (agreed["stage"], agreed["lessons_missing"]) == ("consent", [])
    change = stage.http.get(f"/v1/changes/{agreed['change_id']}").json()
    assert (change["status"], change["missing"]) == ("awaiting_signatures", ["borrower"])
    _is_what_was_proposed(stage, loan_id, offer, change)
    ada.sign(agreed["change_id"])
    execute(stage, agreed["change_id"])
    running = ada.seen(path)
    assert running["stage"] == "execution"
    plan = change["plan"]
    stored = keccak(bytes.fromhex(plan["salt"][2:]) + plan["text"].encode())
    assert running["conduct"]["plan_hash"] == plan["hash"] == "0x" + stored.hex()
    assert json.loads(plan["text"])["case"] == case["repair_id"]
    terms = present_terms(stage, loan_id)
    for paid in range(1, 3):
        pay_row(stage, terms)
        seen = ada.seen(path)
        assert (seen["stage"], seen["conduct"]["on_time"]) == ("execution", paid)
    pay_row(stage, terms)
    done = ada.seen(path)
    assert (done["stage"], done["closed_at"] is not None) == ("restored", True)
    assert stages(done)[3:] == ["consent", "execution", "restored"]
    assert done == ada.seen(path)
    acts = _trail_of(stage, case["repair_id"])
    assert [act for act in acts if act.startswith("repair_") and act != "repair_accept"] == [
        f"repair_{name}" for name in stages(done)
    ]


def _is_what_was_proposed(
    stage: Stage, loan_id: str, offer: dict[str, Any], change: dict[str, Any]
) -> None:
    """The terms to sign are those of the proposal, nonces aside, and so is each row."""
    with stage.database() as db:
        loan = repository.get_loan(db, bytes.fromhex(loan_id[2:]))
    assert loan is not None
    told = json.loads(change["plan"]["text"])["plan"]
    proposal = Proposal.from_json(told)
    assert proposal.digest == offer["plan"]["digest"]
    terms = signed_terms(Basis.of(loan, stage.now, 7), proposal).to_json()
    signed = change["agreement"]
    for agreement in (terms, signed):
        agreement.pop("plan", None)
        for nonce in ("borrower_nonce", "lender_nonce"):
            agreement["conditions"].pop(nonce)
    assert signed == terms
    shown = [[row["due_date"], row["total"]] for row in change["effect"]["schedule"]]
    assert shown == offer["effect"]["rows"]


def _trail_of(stage: Stage, case_id: str) -> list[str]:
    with stage.app.state.access.file.open() as db:
        return [entry.fact.act for entry, _ in entries(db) if entry.fact.object.startswith(case_id)]


def test_a_watch_that_breaks_twice_is_a_relapse(stage: Stage) -> None:
    _, loan_id = late(stage, "faye", "ben", 20)
    faye = Someone(stage, "faye")
    case = faye.done(OWN, application(loan_id, "900.00", cause="illness"), 201)
    assert case["severity"] == "medium"
    path = f"{OWN}/{case['repair_id']}"
    measures = [offer["plan"]["measure"] for offer in case["offers"]]
    assert len(measures) == len(set(measures)) >= 2
    problem(faye.post(OWN, application(loan_id, "900.00")), 409, "repair_conflict")
    agreed = faye.done(f"{path}/offers/1/acceptance")
    assert agreed["lessons_missing"] == ["budget"]
    assert "crisis" in agreed["lessons_suggested"]
    change = f"/v1/changes/{agreed['change_id']}"
    assert "lender" in stage.http.get(change).json()["missing"]
    quiz = "/me/lessons/budget/answers"
    tried = faye.done(quiz, {"answers": [0, 0, 0, 0]})
    assert (tried["passed"], [mark["right"] for mark in tried["marks"]].count(True)) == (False, 1)
    problem(faye.post(quiz, {"answers": [0]}), 409, "repair_conflict")
    problem(faye.post("/me/lessons/none/answers", {"answers": [0]}), 404, "lesson_not_found")
    assert "lender" in stage.http.get(change).json()["missing"]
    assert faye.done(quiz, {"answers": [0, 1, 1, 0]})["passed"]
    assert stage.http.get(change).json()["missing"] == ["borrower"]
    (kept,) = faye.seen("/me/lessons")["data"]
    assert (kept["right"], kept["tries"], kept["passed_at"] is None) == (3, 2, False)
    assert "right" not in str(stage.http.get("/v1/lessons/budget").json()["quiz"])
    faye.sign(agreed["change_id"])
    problem(Someone(stage, "gil").get(path), 404, "repair_not_found")
    execute(stage, agreed["change_id"])
    terms = present_terms(stage, loan_id)
    pay_row(stage, terms)
    assert faye.seen(path)["conduct"]["on_time"] == 1
    pay_row(stage, terms, after=10)
    seen = faye.seen(path)
    assert (seen["stage"], seen["conduct"]["restarts"]) == ("execution", 1)
    assert seen["conduct"]["on_time"] == 0
    assert seen["steps"][-1]["reason"] == "watch_restarts"
    problem(faye.post(f"{path}/withdrawal", None), 409, "repair_conflict")
    pay_row(stage, terms)
    pay_row(stage, terms, after=10)
    lost = faye.seen(path)
    assert (lost["stage"], lost["steps"][-1]["reason"]) == ("relapsed", "watch_broken")


def test_beyond_the_delegation_two_people_agree(stage: Stage) -> None:
    _, loan_id = late(stage, "gil", "ben", 100)
    gil = Someone(stage, "gil")
    gil.learns()
    case = gil.done(OWN, application(loan_id, "560.00"), 201)
    assert case["severity"] == "severe"
    path = f"{OWN}/{case['repair_id']}"
    last = case["offers"][0]["plan"]["terms"]
    first_due = last["first_due"] if last else "2030-01-01"
    loan = stage.http.get(f"/v1/loans/{loan_id}").json()
    third = str(int(loan["outstanding"]) * 3 // 10)
    terms = {
        "annual_rate_pct": "6",
        "count": 30,
        "first_due_date": first_due,
        "waived": {"penalty": str(10**9), "principal": third},
    }
    wanted = {"measure": "restructure", "terms": terms}
    much = wanted | {"terms": terms | {"waived": {"penalty": str(10**9), "principal": str(10**9)}}}
    refused = problem(gil.post(f"{path}/offers", much), 409, "beyond_limits")
    assert "waive_principal_pct" in refused["limits"]
    countered = gil.done(f"{path}/offers", wanted, 201)
    offer = countered["offers"][-1]
    assert (offer["maker"], offer["status"]) == ("borrower", "awaits_lender")
    cara = Someone(stage, "cara", Role.COLLECTOR)
    rita = Someone(stage, "rita", Role.RISK_OFFICER)
    problem(gil.get("/repair-cases"), 403, "role_missing")
    listed = cara.seen("/repair-cases?stage=plan")["data"]
    assert case["repair_id"] in [one["repair_id"] for one in listed]
    file = cara.seen(f"/repair-cases/{case['repair_id']}")
    assert (file["words"], file["evidence"][0]["content"]) == ("My shop was flooded.", "SGVsbG8=")
    staff = f"/repair-cases/{case['repair_id']}/offers/{offer['number']}"
    problem(cara.post(f"{staff}/approval", None), 409, "repair_conflict")
    asked = cara.done(f"{staff}/proposal", None, 201)
    assert asked["digest"] == offer["plan"]["digest"]
    problem(cara.post(f"{staff}/approval", None), 409, "approval_closed")
    assert rita.agree(asked["approval_id"]).status_code == 200
    agreed = cara.done(f"{staff}/approval")
    assert agreed["stage"] == "consent"
    change = stage.http.get(f"/v1/changes/{agreed['change_id']}").json()
    assert change["missing"] == ["borrower"]
    gil.sign(agreed["change_id"])
    execute(stage, agreed["change_id"])
    entry = stage.http.get(f"/v1/loans/{loan_id}/amendments").json()["data"][0]
    assert entry["waived"]["principal"] == third
    assert gil.seen(path)["stage"] == "execution"


def test_a_lender_of_its_own_negotiates_and_settles(stage: Stage) -> None:
    _, loan_id = late(stage, "hal", "cem", 120)
    hal, cem = Someone(stage, "hal"), Someone(stage, "cem")
    case = hal.done(OWN, application(loan_id, "520.00", lump_sum="600.00"), 201)
    path, held = f"{OWN}/{case['repair_id']}", f"/me/repair-requests/{case['repair_id']}"
    problem(hal.get(held), 404, "repair_not_found")
    offer = {"measure": "settlement", "amount": str(550 * 10**6)}
    first = hal.done(f"{path}/offers", offer, 201)["offers"][-1]
    assert first["status"] == "awaits_lender"
    asked = [one["repair_id"] for one in cem.seen("/me/repair-requests")["data"]]
    assert case["repair_id"] in asked
    counter = cem.done(f"{held}/offers", offer | {"amount": str(600 * 10**6)}, 201)["offers"][-1]
    assert (counter["maker"], counter["status"]) == ("lender", "awaits_borrower")
    agreed = hal.done(f"{path}/offers/{counter['number']}/acceptance")
    assert agreed["stage"] == "consent"
    problem(hal.post(f"{path}/offers/{first['number']}/acceptance", None), 409, "repair_conflict")
    for who in (hal, cem):
        who.sign(agreed["change_id"])
    execute(stage, agreed["change_id"], "hal")
    done = hal.seen(path)
    assert (done["stage"], stages(done)[-1]) == ("settled", "settled")
    assert cem.seen(held)["stage"] == "settled"
    problem(hal.post(OWN, application(loan_id, "520.00")), 409, "loan_not_active")


def test_when_none_helps_it_says_so(stage: Stage) -> None:
    _, loan_id = late(stage, "ida", "ben", 30)
    ida = Someone(stage, "ida")
    problem(
        Someone(stage, "jan").post(OWN, application(loan_id, "900.00")), 404, "wallet_not_found"
    )
    bad = application(
        loan_id, "900.00", budget={"months": [{"month": "2031-01", "income": "1", "expense": "1"}]}
    )
    found = problem(ida.post(OWN, bad), 422, "validation_failed")
    assert found["errors"][0]["pointer"] == "#/budget/months"
    case = ida.done(OWN, application(loan_id, "501.00"), 201)
    assert (case["stage"], case["offers"]) == ("plan", [])
    assert [one["code"] for one in case["findings"]] == ["no_plan_helps"]
    path = f"{OWN}/{case['repair_id']}"
    found = ida.seen(f"{path}/recommendation")
    assert (found["helps"], found["plans"]) == (False, [])
    assert int(found["nearest"]["effect"]["short"]) > 0
    assert ida.done(f"{path}/withdrawal")["stage"] == "withdrawn"
    again = ida.done(OWN, application(loan_id, "900.00"), 201)
    assert again["stage"] == "plan"


def test_what_the_rules_refer_a_person_identifies(stage: Stage) -> None:
    _, loan_id = late(stage, "jan", "ben", 190)
    jan, cara = Someone(stage, "jan"), Someone(stage, "cara", Role.COLLECTOR)
    case = jan.done(OWN, application(loan_id, "700.00", evidence=[]), 201)
    assert (case["stage"], case["severity"], case["offers"]) == ("assessment", None, [])
    assert [one["code"] for one in case["findings"]] == ["evidence_missing"]
    staff = f"/repair-cases/{case['repair_id']}"
    found = cara.done(f"{staff}/problem", {"severity": "severe", "cause": "disaster"})
    assert (found["stage"], found["severity"], found["cause"]) == ("plan", "severe", "disaster")
    assert found["offers"]
    problem(
        cara.post(f"{staff}/problem", {"severity": "light", "cause": "family"}),
        409,
        "repair_conflict",
    )
    refused = cara.done(f"{staff}/refusal", {"reason": "no_documents"})
    assert (refused["stage"], refused["steps"][-1]["reason"]) == ("refused", "no_documents")
