"""From an application to a loan on chain, and the same decision again."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.integration.decisions.stage import BUDGET, DECLARED, Applicant, Stage
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import ADA, Person

from tallystick.decisions import store
from tallystick.decisions.replay import replay


def signature_of(stage: Stage, offer_id: str, person: Person) -> str:
    offer = stage.http.get(f"/v1/offers/{offer_id}").json()
    message = encode_typed_data(full_message=offer["typed_data"])
    return "0x" + bytes(Account.sign_message(message, person.key).signature).hex()


def originate(stage: Stage, applicant: Applicant, decided: dict[str, Any]) -> dict[str, Any]:
    """Accepts the offer and sends what the answer says. The loan, as the API shows it."""
    signature = signature_of(stage, decided["offer_id"], applicant.person)
    path = f"/me/applications/{decided['application_id']}/acceptance"
    accepted = applicant.post(path, {"signature": signature})
    assert accepted.status_code == 200, accepted.text
    for wanted in accepted.json()["transactions"]:
        stage.world.send(
            stage.world.parties["cem"], bytes.fromhex(wanted["data"][2:]), to=wanted["to"]
        )
    stage.sync()
    loan: dict[str, Any] = stage.http.get(f"/v1/loans/{accepted.json()['loan_id']}").json()
    return loan


def test_an_application_becomes_a_loan(stage: Stage) -> None:
    ada = Applicant(stage, ADA)
    decided = ada.apply(external_id="A-1")
    assert (decided["outcome"], decided["status"], decided["grade"]) == ("approve", "offered", "A")
    assert [reason["code"] for reason in decided["reasons"]] == ["meets_policy"]
    assert decided["proposal"]["amount"] == "5000.00"
    offer = stage.http.get(f"/v1/offers/{decided['offer_id']}").json()
    assert [each["role"] for each in offer["signatures"]] == ["lender"]
    assert offer["agreement"]["principal"] == "5000000000"
    assert offer["agreement"]["annual_rate"] == str(
        int(float(decided["proposal"]["annual_rate_pct"]) * 10**7)
    )
    lent = originate(stage, ada, decided)
    assert (lent["borrower"], lent["lender"]) == (
        ADA.address,
        stage.world.parties["ben"].address,
    )
    assert ada.get("/me/applications").json()["data"][0]["status"] == "originated"
    again = ada.apply(external_id="A-1")
    assert again["application_id"] == decided["application_id"]
    path = f"/me/applications/{decided['application_id']}"
    kept = ada.get(path).json()
    assert kept == decided | {"status": "originated"}
    eve = Applicant(stage, Person("eve"))
    problem(eve.get(path), 404, "application_not_found")
    signature = {"signature": "0x00"}
    problem(eve.post(f"{path}/acceptance", signature), 404, "application_not_found")
    problem(stage.http.get(f"/v1{path}"), 401, "unauthorized")


def test_a_decision_is_the_same_again(stage: Stage) -> None:
    decided = Applicant(stage, Person("gil")).apply(amount="7000.00")
    access = stage.app.state.access
    with stage.database() as db:
        decision = store.get(db, decided["application_id"])
        assert replay(db, access.vault, access.rights, decision, "auditor").differences == ()
        db.execute(
            "UPDATE decisions SET output = ? WHERE decision_id = ?",
            (b"\0" * 32, decision.decision_id),
        )
        forged = store.get(db, decision.decision_id)
        found = replay(db, access.vault, access.rights, forged, "auditor").differences
    assert [each.where for each in found] == ["hash of output"]


def test_without_consent_nothing_is_decided(stage: Stage) -> None:
    eve = Applicant(stage, Person("evan"), consents=False)
    problem(eve.post("/me/applications", eve.application()), 403, "consent_required")
    assert eve.get("/me/applications").json()["data"] == []


def test_everything_wrong_is_said_at_once(stage: Stage) -> None:
    hal = Applicant(stage, Person("hal"))
    wrong = hal.application(
        amount="5010.00", term=40, jurisdiction="DE", declared={"savings": "lots", "job": "skilled"}
    )
    found = problem(hal.post("/me/applications", wrong), 422, "validation_failed")
    pointers = {error["pointer"] for error in found["errors"]}
    assert {"#/amount", "#/term", "#/jurisdiction", "#/declared/savings"} <= pointers
    assert "#/declared/housing" in pointers


def test_a_seasonal_plan_is_stored_and_lent(stage: Stage) -> None:
    faye = Applicant(stage, Person("faye"))
    months = [
        {"month": f"2026-{month:02d}", "income": income, "expense": "0"}
        for month, income in enumerate(["300.00"] * 5 + ["9000.00"] + ["300.00"] * 6, start=1)
    ]
    decided = faye.apply(
        product="harvest",
        purpose="working_capital",
        amount="3000.00",
        term=8,
        budget={"repeats": True, "months": months},
        documents={"land_title": "cd" * 32},
    )
    assert decided["proposal"]["amortization"] == "custom", decided["reasons"]
    loan = originate(stage, faye, decided)
    assert loan["agreement"]["amortization"] == "custom"


def test_identity_below_the_level_is_refused(stage: Stage) -> None:
    ivy = Applicant(stage, Person("ivy"))
    other = Person("ada").address
    foreign = [stage.attest(other, "basic")]
    decided = ivy.apply(attestations=foreign)
    assert (decided["outcome"], decided["status"]) == ("decline", "declined")
    assert [reason["code"] for reason in decided["reasons"]] == ["kyc_too_low"]
    assert decided["offer_id"] is None


def test_open_offers_use_up_the_limit(stage: Stage) -> None:
    joe = Applicant(stage, Person("joe"))
    rich = BUDGET | {
        "months": [{"month": "2026-01", "income": "90000.00", "expense": "0"}],
    }
    amounts = [joe.apply(amount="20000.00", term=36, budget=rich)["proposal"] for _ in range(4)]
    lent = [float(each["amount"]) if each else 0.0 for each in amounts]
    assert lent[0] == 20000.0
    assert sum(lent) <= 60000.0


def test_a_device_that_many_share_goes_to_a_person(stage: Stage) -> None:
    found = [
        Applicant(stage, Person(name)).apply(device="d3b07384")["outcome"]
        for name in ("kay", "lea", "mia", "ned")
    ]
    assert found == ["approve", "approve", "refer", "refer"]


def test_the_catalogue_says_what_an_application_needs(stage: Stage) -> None:
    found = stage.http.get("/v1/products").json()
    products = {each["product"]: each for each in found["data"]}
    assert set(products) == {"personal", "business", "harvest", "private"}
    assert {each["name"] for each in products["personal"]["fields"]} == set(DECLARED)
    assert products["harvest"]["plans"][0] == "custom"
    assert found["token"]["address"] == stage.world.token
