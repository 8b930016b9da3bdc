"""What stands there before anybody looks: loans in every state, and people with their matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from tallystick.settlement.attempts import Reason, record_failure, shortfall_text
from tallystick.settlement.migrations import schema

PARTIES = ("ada", "ben", "cem", "dora", "faye", "gil", ISSUER)
HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True, slots=True)
class Look:
    """A page to be looked at, by whom: the value of a session's cookie, or nobody."""

    path: str
    cookie: str = ""


def looks(scene: Scene, loans: dict[str, Agreement]) -> list[Look]:
    """Every page, with as much on it as there can be."""
    world = scene.world
    ids = {name: "0x" + world.loan_id(loan).hex() for name, loan in loans.items()}
    _fail_a_pull(scene, loans["late"])
    offer = scene.http.post("/v1/offers", json=offer_terms(world)).json()["offer_id"]
    public = ["/", "/?q=ab", f"/?q={ids['late']}", f"/loans/{ids['late']}"]
    public += [f"/loans/{ids['closed']}", f"/offers/{offer}"]
    public += [f"/accounts/{world.parties['ada'].address}", "/sign-in", "/loans/unknown"]
    return [Look(path) for path in public] + _of_ada(scene) + _of_faye(scene)


def _of_ada(scene: Scene) -> list[Look]:
    ada = Visitor(scene, "ada")
    consent(ada)
    made = ada.post("/v1/me/applications", application(scene, "ada"))
    paths = ["/me", "/me/apply", "/me/apply?product=private&amount=1", "/me/applications"]
    paths.append(f"/me/applications/{made['application_id']}")
    return [Look(path, ada.cookie) for path in paths]


def _of_faye(scene: Scene) -> list[Look]:
    """Somebody new, whose application is declined."""
    faye = Visitor(scene, "faye")
    empty = [Look(path, faye.cookie) for path in ("/me", "/me/applications")]
    consent(faye)
    poor = BUDGET | {"months": [{"month": "2026-01", "income": "700.00", "expense": "690.00"}]}
    worse = DECLARED | {"credit_history": "critical", "savings": "below_100"}
    asked = application(scene, "faye", budget=poor, declared=worse, amount="20000.00")
    made = faye.post("/v1/me/applications", asked)
    return [*empty, Look(f"/me/applications/{made['application_id']}", faye.cookie)]


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
