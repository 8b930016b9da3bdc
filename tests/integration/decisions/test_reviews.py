"""People decide: referrals, objections, four eyes; and what is told and may be done."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from tests.integration.decisions.stage import BUDGET, Applicant, Stage
from tests.integration.decisions.test_flow import originate
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import Person

from tallystick.db import write
from tallystick.decisions import store
from tallystick.decisions.daily import tell_news
from tallystick.decisions.errors import DecisionConflict
from tallystick.decisions.releases import load_bench, load_release
from tallystick.decisions.replay import replay, root_difference
from tallystick.decisions.roots import day_at, record_root
from tallystick.decisions.what_if import what_if
from tallystick.identity.authority.grants import grant
from tallystick.identity.authority.roles import Role
from tallystick.messages.outbox import inbox, messages_file


def staff(stage: Stage, name: str, role: Role = Role.REVIEWER) -> Applicant:
    """Somebody with a role."""
    who = Applicant(stage, Person(name), consents=False)
    access = stage.app.state.access
    with access.file.open() as db, write(db) as conn:
        grant(conn, who.subject, role, access.vault.now())
    return who


def agree(who: Applicant, approval_id: str) -> Any:
    """Approves a request by a signature."""
    body = {"act": "approve", "signer": who.person.address, "approval_id": approval_id}
    given = who.post("/me/challenges", body).json()
    signature = "0x" + who.person.sign(given["message"]).hex()
    signed = {"message": given["message"], "signature": signature}
    return who.post(f"/approvals/{approval_id}/approve", signed)


def review_of(who: Applicant, application_id: str) -> dict[str, Any]:
    found = who.get("/credit-reviews", params={"limit": 100}).json()["data"]
    return next(each for each in found if each["application_id"] == application_id)


def told_of(stage: Stage, who: Applicant) -> list[object]:
    """How the messages put it that somebody has of reviews; the daily job adds no other."""
    tell_news(stage.settings, stage.world.now())
    with closing(messages_file(stage.settings.messages)) as file, file.open() as box:
        found = inbox(box, [who.subject], 10)
    return [each.facts["way"] for each in found if each.kind == "application_decided"]


def test_two_people_approve_what_the_policy_referred(stage: Stage) -> None:
    applicant = Applicant(stage, Person("olga"))
    decided = applicant.apply(documents={})
    assert (decided["outcome"], decided["status"]) == ("refer", "in_review")
    assert decided["offer_id"] is None
    vera, walt = staff(stage, "vera"), staff(stage, "walt")
    problem(applicant.get("/credit-reviews"), 403, "role_missing")
    review = review_of(vera, decided["application_id"])
    path = f"/credit-reviews/{review['review_id']}"
    file = vera.get(path).json()
    assert file["case"]["declared"]["savings"] == "more"
    problem(vera.post(f"{path}/proposal", {"waived": []}), 409, "application_conflict")
    proposal = vera.post(f"{path}/proposal", {"waived": ["documents_missing"]}).json()
    assert proposal["proposal"]["amount"] == "5000.00"
    approval = proposal["approval_id"]
    problem(vera.post(f"{path}/approval", {"reason": "known"}), 409, "approval_closed")
    problem(agree(vera, approval), 403, "same_eyes")
    assert agree(walt, approval).status_code == 200
    closed = vera.post(f"{path}/approval", {"reason": "income_proven"}).json()
    assert (closed["outcome"], closed["reason"]) == ("approve", "income_proven")
    seen = applicant.get(f"/me/applications/{decided['application_id']}").json()
    assert (seen["status"], seen["outcome"], seen["decided_by"]) == ("offered", "refer", "person")
    assert told_of(stage, applicant) == ["approve"]
    assert originate(stage, applicant, seen)["borrower"] == applicant.person.address
    access = stage.app.state.access
    with stage.database() as db:
        decision = store.get(db, decided["application_id"])
        assert replay(db, access.vault, access.rights, decision, "auditor").differences == ()
    problem(vera.post(f"{path}/refusal", {"reason": "late"}), 409, "application_conflict")


def test_an_objection_is_looked_at_by_a_person(stage: Stage) -> None:
    applicant = Applicant(stage, Person("paul"))
    decided = applicant.apply(attestations=[])
    path = f"/me/applications/{decided['application_id']}"
    assert decided["status"] == "declined"
    changes = applicant.get(f"{path}/changes").json()["data"]
    assert [(each["fields"], each["outcome"]) for each in changes] == [
        ({"kyc_level": "basic"}, "approve")
    ]
    body = {"decision": decided["application_id"], "grounds": "I am who I am. 我是我。"}
    for grounds in ("", "a\x00b", "a\u202eb", "a" * 4001):
        wrong = applicant.post("/me/objections", body | {"grounds": grounds})
        problem(wrong, 422, "validation_failed")
    stranger = Applicant(stage, Person("eve of paul"))
    problem(stranger.post("/me/objections", body), 404, "application_not_found")
    made = applicant.post("/me/objections", body)
    assert made.status_code == 201, made.text
    problem(applicant.post("/me/objections", body), 409, "objection_exists")
    assert applicant.get(path).json()["status"] == "in_review"
    vera = staff(stage, "vera")
    assert made.json() in vera.get("/objections").json()["data"]
    review = f"/credit-reviews/{review_of(vera, decided['application_id'])['review_id']}"
    assert vera.get(review).json()["objection"] == body["grounds"]
    problem(vera.post(f"{review}/refusal", {"reason": "not_proven"}), 422, "validation_failed")
    told = {"reason": "not_proven", "explanation": "No document names you."}
    closed = vera.post(f"{review}/refusal", told).json()
    assert (closed["outcome"], closed["cause"]) == ("decline", "objection")
    assert applicant.get(path).json()["decided_by"] == "person"
    assert told_of(stage, applicant) == ["decline"]
    (mine,) = applicant.get("/me/objections").json()["data"]
    assert mine["outcome"] == "upheld"
    words = applicant.get(f"/me/objections/{mine['objection_id']}/words").json()
    assert words == {"grounds": body["grounds"], "explanation": told["explanation"]}
    problem(vera.post(f"{review}/refusal", told), 409, "application_conflict")


def test_an_objection_that_is_right_becomes_an_offer(stage: Stage) -> None:
    applicant = Applicant(stage, Person("petra"))
    decided = applicant.apply(documents={})
    vera, walt = staff(stage, "vera"), staff(stage, "walt")
    referral = f"/credit-reviews/{review_of(vera, decided['application_id'])['review_id']}"
    body = {"decision": decided["application_id"], "grounds": "Here it is."}
    problem(applicant.post("/me/objections", body), 409, "application_conflict")  # under review
    assert vera.post(f"{referral}/refusal", {"reason": "no_answer"}).status_code == 200
    access = stage.app.state.access
    # killed after the objection was filed: asked again, its review is opened
    access.rights.objections.file(applicant.subject, body["decision"], body["grounds"])
    assert applicant.post("/me/objections", body).status_code == 201
    review = f"/credit-reviews/{review_of(vera, decided['application_id'])['review_id']}"
    proposal = vera.post(f"{review}/proposal", {"waived": ["documents_missing"]}).json()
    assert agree(walt, proposal["approval_id"]).status_code == 200
    told = {"reason": "income_proven", "explanation": "Your proof arrived."}
    assert vera.post(f"{review}/approval", told).status_code == 200
    assert applicant.get("/me/objections").json()["data"][0]["outcome"] == "overturned"
    seen = applicant.get(f"/me/applications/{decided['application_id']}").json()
    assert seen["status"] == "offered"


def test_nobody_decides_about_himself(stage: Stage) -> None:
    walt = staff(stage, "xeno")
    walt.consent()
    decided = walt.apply(documents={})
    review = review_of(walt, decided["application_id"])
    path = f"/credit-reviews/{review['review_id']}"
    for act, body in (
        ("proposal", {"waived": ["documents_missing"]}),
        ("refusal", {"reason": "mine"}),
    ):
        problem(walt.post(f"{path}/{act}", body), 403, "same_eyes")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_notice_says_why_and_what_would_change_it(stage: Stage, language: str) -> None:
    applicant = Applicant(stage, Person(f"quin {language}"))
    tight = {"months": [{"month": "2026-01", "income": "700.00", "expense": "680.00"}]}
    decided = applicant.apply(budget=BUDGET | tight, term=6)
    assert decided["outcome"] == "decline"
    path = f"/me/applications/{decided['application_id']}/notice"
    page = applicant.get(path, params={"language": language})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    pdf = applicant.get(path, params={"language": language, "format": "pdf"}).content
    text = _printed(pdf)
    key = "en" if language == "en" else "zh-Hans"
    for reason in (*decided["reasons"], *decided["score_reasons"]):
        assert reason["text"][key] in page.text
        assert _plain(reason["text"][key]) in text
    assert ("What you can do" if language == "en" else "您的权利") in page.text


def _printed(pdf: bytes) -> str:
    found = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return _plain(found.replace("\0", ""))


def _plain(text: str) -> str:
    return "".join(text.split())


def test_the_day_has_one_root_in_the_trail(stage: Stage) -> None:
    decided = Applicant(stage, Person("rosa")).apply()
    access = stage.app.state.access
    with stage.database() as db:
        decision = store.get(db, decided["application_id"])
        day = day_at(decision.decided_at)
        tomorrow = decision.decided_at + 86_400
        with pytest.raises(DecisionConflict, match="not over"):
            record_root(db, access.file, day, decision.decided_at)
        assert record_root(db, access.file, day - timedelta(days=1), tomorrow).decisions == 0
        found = record_root(db, access.file, day, tomorrow)
        assert found == record_root(db, access.file, day, tomorrow)
        assert root_difference(db, access.file, decision) == []
        db.execute(
            "UPDATE decisions SET outcome = 'decline' WHERE decision_id = ?",
            (decision.decision_id,),
        )
        changed = store.get(db, decision.decision_id)
        assert [each.where for each in root_difference(db, access.file, changed)] == [
            f"root of {day}"
        ]
        with pytest.raises(DecisionConflict, match="another root"):
            record_root(db, access.file, day, tomorrow)
        db.execute(
            "UPDATE decisions SET outcome = 'approve' WHERE decision_id = ?",
            (decision.decision_id,),
        )


def test_what_another_policy_would_have_made_of_it(stage: Stage) -> None:
    sara = Applicant(stage, Person("sara"))
    decided = sara.apply(amount="9000.00")
    access = stage.app.state.access
    with stage.database() as db:
        decision = store.get(db, decided["application_id"])
        bench = load_bench(db, load_release(db, decision.release), "champion")
        strict = bench.policy.model_copy(
            update={"offer": bench.policy.offer.model_copy(update={"rate_step_pct": 5})}
        )
        found = what_if([decision], bench, access.vault, access.rights, "auditor").to_json()
        assert found["outcomes"] == {"approve to approve": 1}
        assert found["then"] == found["now"]
        candidate = type(bench)(bench.catalogue, strict, bench.scorer)
        other = what_if([decision], candidate, access.vault, access.rights, "auditor").to_json()
        assert other["now"]["mean_rate_pct"] == "10"
        assert other["then"] == found["then"]
