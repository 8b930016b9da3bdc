"""What stands there before anybody looks: loans in every state, and people with their matters."""

from __future__ import annotations

from typing import Any

from tests.browser.lending import of_lenders
from tests.browser.looks import Look
from tests.browser.programs import of_programs
from tests.browser.stage import Scene, Visitor
from tests.integration.decisions.stage import BUDGET, DECLARED, ISSUER
from tests.integration.identity.gate import Person
from tests.integration.world import UNIT, World

from tallystick.db import migrate, open_database, write
from tallystick.identity.attestations import Attestation, Gate
from tallystick.identity.kyc.levels import Kind, Level
from tallystick.identity.kyc.standing import grant
from tallystick.identity.vault.vault import new_id
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_of, day_at, month_day
from tallystick.messages.assembly import assemble
from tallystick.settlement.attempts import Reason, record_failure, shortfall_text
from tallystick.settlement.migrations import schema

PARTIES = ("ada", "ben", "cem", "dora", "faye", "gil", "rea", "ria", "ron", "uma", ISSUER)
_EMPTY = (
    *("applications", "calendar", "statements", "repairs", "repairs/new"),
    *("messages", "matters", "record", "identity", "privacy"),
)
HOSTILE = "<script>alert(1)</script>"


def looks(scene: Scene, loans: dict[str, Agreement]) -> list[Look]:
    """Every page, with as much on it as there can be."""
    world = scene.world
    ids = {name: "0x" + world.loan_id(loan).hex() for name, loan in loans.items()}
    _fail_a_pull(scene, loans["late"])
    offer = scene.http.post("/v1/offers", json=offer_terms(world)).json()["offer_id"]
    public = ["/", "/?q=ab", f"/?q={ids['late']}", f"/loans/{ids['late']}"]
    public += [f"/loans/{ids['closed']}", f"/offers/{offer}"]
    public += [f"/accounts/{world.parties['ada'].address}", "/sign-in", "/loans/unknown"]
    public += ["/help", "/help?q=autopay", "/help?q=zzz", "/help/late"]
    public += ["/lessons", "/lessons/budget"]
    own = _of_ada(scene, loans["punctual"]) + _of_faye(scene) + _of_cem(scene, ids["late"])
    own += of_lenders(scene, ids)
    own += of_programs(scene, ids["punctual"])
    return [Look(path) for path in public] + own


def _of_ada(scene: Scene, loan: Agreement) -> list[Look]:
    loan_id = "0x" + scene.world.loan_id(loan).hex()
    ada = Visitor(scene, "ada")
    consent(ada)
    told(scene)  # from here on: what was before is no news
    scene.world.pay(loan, 25 * UNIT)
    scene.sync()
    told(scene)
    note = ada.get("/v1/me/messages")["data"][0]["message_id"]
    concern = {"kind": "dispute", "topic": "amount", "loan_id": loan_id, "words": HOSTILE}
    matter = ada.post("/v1/me/disputes", concern)["dispute_id"]
    person = {"full_name": HOSTILE, "birth_date": "1990-02-28", "country": "CN"}
    ada.put("/v1/me/records/person", {"fields": person}, **{"If-Match": '"0"'})
    ada.post("/v1/me/identity/cases", {"level": "enhanced"})
    made = ada.post("/v1/me/applications", application(scene, "ada"))
    paths = ["/me", "/me/apply", "/me/apply?product=private&amount=1", "/me/applications"]
    paths += [f"/me/applications/{made['application_id']}", "/me/calendar", "/me/statements"]
    paths += ["/me/messages", f"/me/messages/{note}", "/me/matters", f"/me/matters/{matter}"]
    paths += ["/me/record", "/me/identity", "/me/privacy", "/me/quiz?lesson=crisis"]
    return [Look(path, ada.cookie) for path in paths]


def _of_faye(scene: Scene) -> list[Look]:
    """Somebody new, whose application is declined."""
    faye = Visitor(scene, "faye")
    places = ("", *(f"/{name}" for name in _EMPTY))
    empty = [Look(f"/me{place}", faye.cookie) for place in places]
    consent(faye)
    poor = BUDGET | {"months": [{"month": "2026-01", "income": "700.00", "expense": "690.00"}]}
    worse = DECLARED | {"credit_history": "critical", "savings": "below_100"}
    asked = application(scene, "faye", budget=poor, declared=worse, amount="20000.00")
    made = faye.post("/v1/me/applications", asked)
    return [*empty, Look(f"/me/applications/{made['application_id']}", faye.cookie)]


def _of_cem(scene: Scene, loan_id: str) -> list[Look]:
    """Somebody who cannot pay, and has agreed to new terms."""
    cem = Visitor(scene, "cem")
    case = cem.post("/v1/me/repairs", in_trouble(loan_id))
    path = f"/v1/me/repairs/{case['repair_id']}"
    first = Look(f"/me/repairs/{case['repair_id']}", cem.cookie)
    number = next(one["number"] for one in case["offers"] if one["plan"]["terms"])
    agreed = cem.post(f"{path}/offers/{number}/acceptance")
    places = ["/me", "/me/repairs", f"/me/repairs/new?loan={loan_id}"]
    own = [Look(place, cem.cookie) for place in places]
    return [first, *own, Look(f"/changes/{agreed['change_id']}")]


def in_trouble(loan_id: str, income: str = "1400.00") -> dict[str, Any]:
    """An application for repair."""
    month = {"month": "2026-06", "income": income, "expense": "500.00"}
    return {
        "loan_id": loan_id,
        "cause": "illness",
        "text": HOSTILE,
        "budget": {"repeats": True, "months": [month]},
    }


def told(scene: Scene) -> None:
    """Lets the messages go out that the chain gives reason for."""
    service = assemble(scene.settings, 1)
    try:
        while service.run_once():
            pass
    finally:
        service.close()


def consent(who: Visitor, purpose: str = "scoring") -> None:
    """Gives consent by a signature."""
    who.post("/v1/me/consents", who.confirm("give_consent", purpose=purpose, version=1))


def application(scene: Scene, name: str, **changes: Any) -> dict[str, Any]:
    """An application that is approved, unless changed."""
    return {
        "product": "personal",
        "purpose": "consumption",
        "jurisdiction": "CN",
        "amount": "5000.00",
        "term": 12,
        "declared": DECLARED,
        "budget": BUDGET,
        "documents": {"income_proof": "ab" * 32},
        "attestations": [attestation(scene, name, "basic")],
    } | changes


def know(scene: Scene, name: str, level: Level = Level.BASIC) -> None:
    """Puts a level of identity in force, as two reviewers would."""
    subject, access = Visitor(scene, name).subject, scene.service.app.state.access
    with access.file.open() as db, write(db) as conn:
        now = access.vault.now()
        grant(conn, subject, Kind.PERSON, level, new_id("case"), (now, None))


def attestation(scene: Scene, name: str, level: str) -> dict[str, str]:
    """The issuer's word on somebody's level."""
    assert scene.settings.gate is not None
    now, gate = scene.world.now(), Gate(scene.world.chain_id, scene.settings.gate)
    key, times = "0x" + Person(ISSUER).key.hex(), (now, now + 365 * 86_400)
    made = Attestation.issue(key, gate, Person(name).address, f"kyc_{level}", times)
    return {"level": level, "attestation": "0x" + made.encoded().hex()}


def _fail_a_pull(scene: Scene, loan: Agreement) -> None:
    with open_database(scene.settings.db) as db:
        migrate(db, schema)
        short = shortfall_text(111_140_000, 780_000_000)
        loan_id, now = scene.world.loan_id(loan), scene.world.now()
        record_failure(db, loan_id, now, 780_000_000, Reason.ALLOWANCE, short)


def offer_terms(world: World) -> dict[str, Any]:
    """Half a year of 600 dollars from ben to ada, with a hostile document."""
    start = date_of(day_at(world.now()))
    return {
        "borrower": world.parties["ada"].address,
        "lender": world.parties["ben"].address,
        "token": world.token,
        "principal": str(600 * UNIT),
        "annual_rate_pct": "9.5",
        "amortization": "level",
        "frequency": "months",
        "count": 6,
        "start_date": start.isoformat(),
        "first_due_date": month_day(start.year, start.month, 1, start.day).isoformat(),
        "due_day": start.day,
        "penalty_rate_pct": "4",
        "grace_days": 3,
        "penalty_cap_days": 90,
        "conditions": {"default_days": 60},
        "document": {"text": HOSTILE},
    }
