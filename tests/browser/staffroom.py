"""Those who work here and what waits for them, before anybody looks at their pages."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from tests.browser import programs
from tests.browser.scenery import HOSTILE, Look, application, consent, in_trouble
from tests.browser.stage import Scene, Visitor

from tallystick.api.permissions import TABLE
from tallystick.channels.reference import reference_of
from tallystick.demo.bank import statement_csv
from tallystick.identity.access.access import Access
from tallystick.identity.authority.roles import Role
from tallystick.identity.kyc.provider import LocalProvider
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_of, day_at

NUMBER = "11010519491231002X"
"""The example of GB 11643-1999; whoever has it was born on the last day of 1949."""


class NoLists:
    """Sanctions lists on which nobody is."""

    def hits(self, *_: object) -> list[str]:
        return []


def appoint(scene: Scene, name: str, *roles: Role) -> Visitor:
    """Somebody with roles, who is signed in."""
    access_of(scene)
    for role in roles:
        programs.appoint(scene, name, role)
    return Visitor(scene, name)


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


def decline(scene: Scene, name: str) -> dict[str, Any]:
    """An application that the rules decline: nobody vouches for the identity."""
    who = Visitor(scene, name)
    consent(who)
    return who.post("/v1/me/applications", application(scene, name, attestations=[]))


def _refer(scene: Scene, name: str) -> dict[str, str]:
    made = refer(scene, name)
    rea = appoint(scene, "rea", Role.REVIEWER)
    return {"application": made["application_id"], "review": review_of(rea, made)}


def _keep_release(scene: Scene) -> str:
    ron = appoint(scene, "ron", Role.RISK_OFFICER)
    return _released(ron, ron.get("/v1/releases")["in_force"])


ACTS: dict[str, Callable[..., Any]] = {
    "refer": _refer,
    "decline": lambda scene, name: {"application": decline(scene, name)["application_id"]},
    "lists": lambda scene: access_of(scene) is None,
    "keep_release": _keep_release,
    "picture": lambda _: base64.b64encode(picture()).decode(),
}
"""What stories do behind the scene of the staff, by name."""


LISTS = (
    *("", "/approvals", "/reviews", "/fraud", "/identity", "/objections", "/disputes"),
    *("/record-disputes", "/collections", "/repairs?all=1", "/receipts?all=1", "/policies"),
    *("/operations", "/trail", "/trail/verification", "/roles"),
)
EMPTY = (
    *("/approvals?state=approved", "/reviews?state=closed", "/fraud", "/identity", "/objections"),
    *("/disputes", "/record-disputes", "/collections", "/receipts"),
)


def staff_looks(scene: Scene, loans: dict[str, Agreement]) -> list[Look]:
    """The pages of the staff: as one begins, with what waits, and what an auditor sees."""
    rea = appoint(scene, "rea", Role.REVIEWER)
    ron = appoint(
        scene, "ron", Role.REVIEWER, Role.RISK_OFFICER, Role.COLLECTOR, Role.ADMINISTRATOR
    )
    begun = list(EMPTY) if _is_new(rea) else []
    looks = [Look(f"/staff{place}", rea.cookie) for place in begun if _sees(rea, place)]
    pages = [*_credit(scene, rea), *_identity(scene, rea), *_matters(scene, ron, loans)]
    _receive(scene, ron, loans["punctual"])
    in_force = ron.get("/v1/releases")["in_force"]
    pages += [f"/policies/{in_force}", f"/policies/{_released(ron, in_force)}"]
    pages += [f"/approvals/{one['approval_id']}" for one in rea.get("/v1/approvals")["data"]]
    looks += [Look(f"/staff{place}", ron.cookie) for place in (*LISTS, *pages)]
    mine = next(place for place in pages if place.startswith("/approvals/"))
    auditor = appoint(scene, "una", Role.AUDITOR)
    return [*looks, Look(f"/staff{mine}", rea.cookie), Look("/staff", auditor.cookie)]


def _is_new(who: Visitor) -> bool:
    return not who.get("/v1/credit-reviews")["data"]


def _sees(who: Visitor, place: str) -> bool:
    path = f"/staff{place}".partition("?")[0]
    return Role.REVIEWER in (TABLE[f"GET {path}"].roles or ())


def _credit(scene: Scene, rea: Visitor) -> list[str]:
    """A referral that was proposed, one that waits, one that is objected to."""
    referred = refer(scene, "hana")
    review, other = review_of(rea, referred), review_of(rea, refer(scene, "ivo"))
    waived = rea.get(f"/v1/credit-reviews/{review}")["review"]["reasons"]
    rea.post(f"/v1/credit-reviews/{review}/proposal", {"waived": waived})
    declined = decline(scene, "kaya")
    grounds = {"decision": declined["application_id"], "grounds": HOSTILE}
    objection = Visitor(scene, "kaya").post("/v1/me/objections", grounds)["objection_id"]
    hit = rea.get("/v1/fraud-hits")["data"][0]["hit_id"]
    judged = {"outcome": "cleared", "reason": HOSTILE}
    rea.post(f"/v1/fraud-hits/{hit}/judgement", judged)
    return [
        *(f"/reviews/{one}" for one in (review, other, review_of(rea, declined))),
        f"/fraud?application={referred['application_id']}",
        f"/objections/{objection}",
    ]


def _identity(scene: Scene, rea: Visitor) -> list[str]:
    case = hand_in_identity(Visitor(scene, "hana"), HOSTILE)
    rea.post(f"/v1/identity/cases/{case}/proposal", {"judged": {"liveness": "passed"}})
    return [f"/identity/{case}"]


def _matters(scene: Scene, ron: Visitor, loans: dict[str, Agreement]) -> list[str]:
    """A case with a contact and a promise, a dispute, a disputed entry, a repair."""
    world = scene.world
    ids = {name: "0x" + world.loan_id(loan).hex() for name, loan in loans.items()}
    late = loans["late"]
    owner = next(name for name, one in world.parties.items() if one.address == late.borrower)
    who = Visitor(scene, owner)
    case = ron.post("/v1/collections", {"loan_id": ids["late"]})["collection_id"]
    path = f"/v1/collections/{case}"
    said = {"direction": "in", "channel": "call", "outcome": "promised", "words": HOSTILE}
    ron.post(f"{path}/contacts", said)
    by = date_of(day_at(world.now()) + 5).isoformat()
    ron.post(f"{path}/promises", {"amount": "50000000", "due_date": by})
    ron.post(f"{path}/assignment", {"assignee": ron.subject})
    concern = {"kind": "dispute", "topic": "amount", "loan_id": ids["late"], "words": HOSTILE}
    matter = who.post("/v1/me/disputes", concern)["dispute_id"]
    found = [f"/collections/{case}", f"/disputes/{matter}"]
    entries = [one for one in who.get("/v1/me/credit-record")["data"] if one["state"] == "told"]
    if entries:
        entry = f"/v1/me/credit-record/{entries[0]['entry_id']}/dispute"
        found.append(f"/record-disputes/{who.post(entry, {'text': HOSTILE})['dispute_id']}")
    running = [one for one in who.get("/v1/me/repairs")["data"] if one["closed_at"] is None]
    if not running:
        evidence = [{"kind": "photo", "content": "SGVsbG8="}]
        running = [who.post("/v1/me/repairs", in_trouble(ids["late"]) | {"evidence": evidence})]
    return [*found, f"/repairs/{running[0]['repair_id']}"]


def _receive(scene: Scene, ron: Visitor, loan: Agreement) -> None:
    """Money by a bank: some that finds its loan, some that a person decides about."""
    reference = reference_of(scene.world.loan_id(loan))
    lines = "Date,Amount,Currency,Description\n"
    lines += f"2026-06-13,10.00,USD,{reference}\n2026-06-13,12.00,USD,{HOSTILE}\n"
    document = base64.b64encode(lines.encode()).decode()
    ron.post("/v1/channels/bank/statements", {"document": document})


def _released(ron: Visitor, in_force: str) -> str:
    """A release that differs in one figure, kept and not in force."""
    found = ron.get(f"/v1/releases/{in_force}")
    policy = found["champion"]["policy"]
    changed = policy | {"offer": policy["offer"] | {"valid_days": "9"}}
    arm = {"policy": changed, "card": found["champion"]["card"]}
    body = {"catalogue": found["catalogue"], "champion": arm}
    return str(ron.post("/v1/releases", body)["release"])
