"""Those who work here and what waits for them, before anybody looks at their pages."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from tests.browser.scenery import HOSTILE, Look, application, consent
from tests.browser.stage import Scene, Visitor

from tallystick.db import write
from tallystick.demo.bank import statement_csv
from tallystick.identity.access.access import Access
from tallystick.identity.authority.grants import grant
from tallystick.identity.authority.roles import Role
from tallystick.identity.kyc.provider import LocalProvider
from tallystick.loans.calendar import day_at

NUMBER = "11010519491231002X"
"""The example of GB 11643-1999; whoever has it was born on the last day of 1949."""


class NoLists:
    """Sanctions lists on which nobody is."""

    def hits(self, *_: object) -> list[str]:
        return []


def appoint(scene: Scene, name: str, *roles: Role) -> Visitor:
    """Somebody with roles, as two administrators would give them."""
    who, access = Visitor(scene, name), access_of(scene)
    with access.file.open() as db, write(db) as conn:
        for role in roles:
            grant(conn, who.subject, role, access.vault.now())
    return who


def access_of(scene: Scene) -> Access:
    """The service's identities, with sanctions lists to look in."""
    access: Access = scene.service.app.state.access
    access.cases.provider = LocalProvider(NoLists())
    return access


def picture(words: int = 0) -> bytes:
    """A PNG."""
    made = io.BytesIO()
    Image.effect_noise((320 + words, 200), 60).convert("RGB").save(made, "PNG")
    return made.getvalue()


def hand_in_identity(who: Visitor, name: str, level: str = "verified") -> str:
    """A case that waits for reviewers; its id."""
    access_of(who.scene)
    person = {"full_name": name, "birth_date": "1949-12-31", "country": "CN"}
    who.put("/v1/me/records/person", {"fields": person}, **{"If-Match": '"0"'})
    case = str(who.post("/v1/me/identity/cases", {"level": level})["case_id"])
    for part in ("document_front", "selfie"):
        who.upload(f"/v1/me/identity/cases/{case}/files/{part}", picture(), "image/png")
    given = {"type": "cn_id", "data": NUMBER}
    handed_in = who.post(f"/v1/me/identity/cases/{case}/submission", given)
    assert handed_in["state"] == "in_review", handed_in
    return case


def review_of(who: Visitor, application: dict[str, Any]) -> str:
    """The open case of an application for those who decide."""
    path = f"/v1/credit-reviews?application={application['application_id']}"
    return str(who.get(path)["data"][0]["review_id"])


def refer(scene: Scene, name: str) -> dict[str, Any]:
    """An application without its documents, with a bank statement that does not add up."""
    who = Visitor(scene, name)
    consent(who)
    lines = statement_csv(day_at(scene.world.now()) - 3, 3_000).replace(b"-900.00", b"-901.00", 1)
    handed_in = who.upload("/v1/me/bank-statements", lines, "text/csv", "POST")
    asked = application(scene, name, documents={}, statements=[handed_in["statement_id"]])
    return who.post("/v1/me/applications", asked)


def staff_looks(scene: Scene) -> list[Look]:
    """The pages of the staff: as one begins, with what waits, and what an auditor sees."""
    rea = appoint(scene, "rea", Role.REVIEWER)
    ron = appoint(scene, "ron", Role.REVIEWER, Role.RISK_OFFICER, Role.COLLECTOR)
    lists = ("", "/approvals", "/reviews", "/fraud", "/identity")
    empty = [Look("/staff/approvals?state=approved", ron.cookie)]
    case = hand_in_identity(Visitor(scene, "hana"), HOSTILE)
    referred = refer(scene, "hana")
    review = review_of(rea, referred)
    other = review_of(rea, refer(scene, "ivo"))
    rea.post(f"/v1/identity/cases/{case}/proposal", {"judged": {"liveness": "passed"}})
    waived = rea.get("/v1/credit-reviews")["data"][0]["reasons"]
    rea.post(f"/v1/credit-reviews/{review}/proposal", {"waived": waived})
    asked = [one["approval_id"] for one in rea.get("/v1/approvals")["data"]]
    hit = rea.get("/v1/fraud-hits")["data"][0]["hit_id"]
    judged = {"outcome": "cleared", "reason": HOSTILE}
    rea.post(f"/v1/fraud-hits/{hit}/judgement", judged)
    full = [Look(f"/staff{place}", ron.cookie) for place in lists]
    full += [Look(f"/staff/approvals/{one}", ron.cookie) for one in asked]
    full += [Look(f"/staff/reviews/{one}", ron.cookie) for one in (review, other)]
    full += [Look(f"/staff/approvals/{asked[0]}", rea.cookie)]
    full += [Look(f"/staff/identity/{case}", ron.cookie)]
    full += [Look(f"/staff/fraud?application={referred['application_id']}", ron.cookie)]
    return [*empty, *full]
