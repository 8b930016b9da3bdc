"""The staff's pages over a lender: what each role sees, and that strangers' words stay text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from tests.integration.api.test_pages import Page
from tests.integration.decisions.stage import ROOT, Applicant, Stage
from tests.integration.decisions.test_reviews import agree, review_of, staff
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import Person

from tallystick.decisions import releases
from tallystick.demo.bank import statement_csv
from tallystick.identity.authority.matters import Matter
from tallystick.identity.authority.roles import Role
from tallystick.loans.calendar import day_at

HOSTILE = '"><img src=x onerror=alert(1)>'
PICTURE = io.BytesIO()
Image.effect_noise((80, 50), 60).convert("RGB").save(PICTURE, "PNG")


def show(who: Applicant, path: str, language: str = "en") -> Page:
    headers = who.headers | {"Accept": "text/html", "Cookie": f"lang={language}"}
    answer = who.stage.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found = Page(answer.text)
    assert found.inline == []
    assert "<img src=x" not in answer.text
    return found


def referred(stage: Stage, name: str, **more: Any) -> tuple[Applicant, dict[str, Any]]:
    who = Applicant(stage, Person(name))
    decided = who.apply(documents={}, **more)
    assert decided["status"] == "in_review"
    return who, decided


def test_the_menu_shows_what_the_table_permits(stage: Stage) -> None:
    seen = {
        role: set(show(staff(stage, f"menu {role}", role), "/staff").addresses)
        for role in (Role.REVIEWER, Role.COLLECTOR, Role.AUDITOR)
    }
    assert {"/staff/approvals", "/staff/reviews", "/staff/fraud", "/staff/identity"} <= seen[
        Role.REVIEWER
    ]
    assert "/staff/reviews" not in seen[Role.COLLECTOR]
    assert "/staff/identity" in seen[Role.AUDITOR]
    nobody = Applicant(stage, Person("menu nobody"), consents=False)
    problem(nobody.stage.http.get("/staff", headers=nobody.headers), 403, "role_missing")
    assert "/staff" not in show(nobody, "/me").addresses
    told = nobody.stage.http.get("/staff", headers=nobody.headers | {"Accept": "text/html"})
    assert (told.status_code, "Your roles do not permit this" in told.text) == (403, True)
    anonymous = stage.http.get(
        "/staff/reviews", headers={"Accept": "text/html"}, follow_redirects=False
    )
    assert anonymous.headers["location"] == "/sign-in?next=%2Fstaff%2Freviews"


def test_a_referral_from_the_queue_to_two_peoples_word(stage: Stage) -> None:
    today = day_at(stage.now)
    wrong = statement_csv(today - 3, 3_000).replace(b"-900.00", b"-901.00", 1)
    applicant = Applicant(stage, Person("una"))
    handed_in = applicant.hand_in(wrong).json()
    decided = applicant.apply(documents={}, statements=[handed_in["statement_id"]])
    vera, walt = staff(stage, "vera"), staff(stage, "walt")
    review = review_of(vera, decided["application_id"])
    path = f"/staff/reviews/{review['review_id']}"
    assert path in show(vera, "/staff/reviews").addresses
    page = show(vera, path)
    for told in ("Documents that we need are missing", "3000.00", "Propose to approve", "add up"):
        assert told in page.text, told
    api = f"/credit-reviews/{review['review_id']}"
    made = vera.post(f"{api}/proposal", {"waived": review["reasons"]}).json()
    mine, theirs = show(vera, path), show(walt, path, "zh-Hans")
    assert "You have asked for this yourself" in mine.text
    assert "Agree by signature" not in mine.text
    assert made["proposal"]["interest"] in theirs.text.replace(",", "")
    request = f"/staff/approvals/{made['approval_id']}"
    assert "so somebody else answers" in show(vera, request).text
    assert "Agree by signature" in show(walt, request).text
    assert agree(walt, made["approval_id"]).status_code == 200
    assert "Two people agree" in show(vera, path).text
    assert vera.post(f"{api}/approval", {"reason": "income_proven"}).status_code == 200
    assert "approved by two people" in show(walt, path).text
    assert path in show(walt, "/staff/reviews?state=closed").addresses


def test_an_objections_words_stay_text_and_are_answered(stage: Stage) -> None:
    applicant = Applicant(stage, Person("ugo"))
    decided = applicant.apply(attestations=[])
    body = {"decision": decided["application_id"], "grounds": HOSTILE}
    assert applicant.post("/me/objections", body).status_code == 201
    vera = staff(stage, "vera")
    review = review_of(vera, decided["application_id"])
    found = vera.get("/credit-reviews", params={"application": decided["application_id"]}).json()
    assert found == {"data": [review], "has_more": False}
    page = show(vera, f"/staff/reviews/{review['review_id']}")
    assert HOSTILE in page.text
    assert "The answer to the objection" in page.text
    (mine,) = [one for one in vera.get("/objections", params={"limit": 100}).json()["data"]
               if one["decision"] == decided["application_id"]]  # fmt: skip
    path = f"/staff/objections/{mine['objection_id']}"
    assert path in show(vera, "/staff/objections", "zh-Hans").addresses
    objection = show(vera, path)
    assert HOSTILE in objection.text
    assert f"/staff/reviews/{review['review_id']}" in objection.addresses


def test_fraud_hits_are_explained_and_judged(stage: Stage) -> None:
    device = "d3b07384-d9a0-4f9b-8a6e-2f6c6d1f9c11"
    for number in range(6):
        Applicant(stage, Person(f"velo {number}")).apply(device=device)
    vera = staff(stage, "vera")
    hits = vera.get("/fraud-hits", params={"limit": 100}).json()["data"]
    assert hits
    hit = hits[-1]
    assert hit["rule"] in ("velocity", "ring", "duplicate")
    page = show(vera, "/staff/fraud")
    assert hit["text"]["en"] in page.text
    judged = {"outcome": "cleared", "reason": HOSTILE}
    problem(vera.post("/fraud-hits/999999/judgement", judged), 404, "hit_not_found")
    done = vera.post(f"/fraud-hits/{hit['hit_id']}/judgement", judged)
    assert done.status_code == 201, done.text
    open_ = vera.get("/fraud-hits", params={"limit": 100}).json()["data"]
    assert hit["hit_id"] not in [one["hit_id"] for one in open_]
    all_ = show(vera, f"/staff/fraud?application={hit['application_id']}", "zh-Hans")
    assert HOSTILE in all_.text
    problem(vera.post(f"/fraud-hits/{hit['hit_id']}/judgement", judged | {"reason": " "}), 422,
            "validation_failed")  # fmt: skip
    wanted = staff(stage, "velo 0")
    own = wanted.get("/fraud-hits", params={"application": hit["application_id"]}).json()["data"]
    assert own
    auditor = staff(stage, "audit", Role.AUDITOR)
    assert "Save the judgement" not in show(auditor, "/staff/fraud").text
    problem(auditor.post(f"/fraud-hits/{hit['hit_id']}/judgement", judged), 403, "role_missing")


def test_an_identity_case_with_its_evidence(stage: Stage) -> None:
    who = Applicant(stage, Person("ida"))
    person = {"full_name": HOSTILE, "birth_date": "1949-12-31", "country": "CN"}
    headers = who.headers | {"If-Match": '"0"'}
    kept = stage.http.put("/v1/me/records/person", json={"fields": person}, headers=headers)
    assert kept.status_code == 200, kept.text
    case = who.post("/me/identity/cases", {"level": "verified"}).json()["case_id"]
    for part in ("document_front", "selfie"):
        sent = stage.http.put(
            f"/v1/me/identity/cases/{case}/files/{part}",
            content=PICTURE.getvalue(),
            headers=who.headers | {"Content-Type": "image/png"},
        )
        assert sent.status_code == 200, sent.text
    stage.app.state.access.cases.provider = Passing()
    given = {"type": "cn_id", "data": "11010519491231002X"}
    handed_in = who.post(f"/me/identity/cases/{case}/submission", given)
    assert handed_in.json()["state"] == "in_review", handed_in.text
    rea, ron = staff(stage, "rea"), staff(stage, "ron")
    path = f"/staff/identity/{case}"
    assert path in show(rea, "/staff/identity").addresses
    page = show(rea, path)
    for told in (HOSTILE, "11010519491231002X"):
        assert told in page.text
    assert f"/v1/identity/cases/{case}/files/selfie" in page.addresses
    made = rea.post(f"/identity/cases/{case}/proposal", {"judged": {"liveness": "passed"}}).json()
    assert "Agree by signature" not in show(rea, path).text
    assert "Agree by signature" in show(ron, path).text
    request = show(ron, f"/staff/approvals/{made['approval_id']}")
    assert path in request.addresses
    auditor = staff(stage, "audit", Role.AUDITOR)
    seen = show(auditor, path)
    assert HOSTILE not in seen.text
    assert agree(ron, made["approval_id"]).json()["state"] == "done"
    assert "approved" in show(rea, path).text


class Passing:
    """A provider whose checks by machine pass."""

    name = "passing"

    def check(self, submission: Any) -> Any:
        from tallystick.identity.kyc.levels import CHECKS, Check, Outcome
        from tallystick.identity.kyc.provider import Finding

        machine = (Check.DOCUMENT, Check.SANCTIONS)
        return {
            check: Finding(Outcome.PASSED if check in machine else Outcome.REVIEW)
            for check in CHECKS[submission.level]
        }


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_request_says_what_follows(stage: Stage, language: str) -> None:
    cora, rita = staff(stage, "cora", Role.COLLECTOR), staff(stage, "rita", Role.RISK_OFFICER)
    loan = "0x" + "9c" * 32
    approvals = stage.app.state.access.approvals
    made = approvals.request(
        cora.subject, Matter.WAIVER, loan, {"reason": "hardship", "amount": "1250000"}
    )
    page = show(rita, f"/staff/approvals/{made.approval_id}", language)
    assert ("may forgive 1250000" if language == "en" else "1250000") in page.text
    assert f"/loans/{loan}" in page.addresses
    assert f"/staff/approvals/{made.approval_id}" in show(rita, "/staff/approvals").addresses


def test_a_release_beside_the_one_in_force_with_its_card(stage: Stage) -> None:
    rita = staff(stage, "rita of rules", Role.RISK_OFFICER)
    listed = rita.get("/releases").json()
    found = rita.get(f"/releases/{listed['in_force']}").json()
    policy = found["champion"]["policy"]
    offer = policy["offer"] | {"valid_days": "9"}
    changed = {**policy, "offer": offer, "version": str(int(policy["version"]) + 1)}
    body = {
        "catalogue": found["catalogue"],
        "champion": {"policy": changed, "card": found["champion"]["card"]},
    }
    made = rita.post("/releases", body).json()
    path = f"/staff/policies/{made['release']}"
    assert path in show(rita, "/staff/policies").addresses
    page = show(rita, path)
    for told in ("champion.policy.offer.valid_days", "Propose it by signature", "kept without"):
        assert told in page.text, told
    again = rita.get(f"/releases/{made['release']}").json()
    assert again["maker_signs"] == made["maker_signs"]
    problem(rita.get(f"/releases/{made['release']}/cards/challenger"), 404, "release_not_found")
    with stage.database() as db:
        card = releases.document(db, found["champion"]["card"], "card")
        measured = (ROOT / "lending" / "scorecard" / "metrics.json").read_bytes()
        releases.put_card(db, card, stage.now, measured)
    told = rita.get(f"/releases/{made['release']}/cards/champion").json()
    assert told["metrics"]["auc"] > 0.7
    shown = show(rita, path, "zh-Hans")
    assert "0.787" in shown.text
    assert "19 to 27" in shown.text
