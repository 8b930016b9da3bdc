"""Lindiwe's lending desk: its rules, the people who watch over them, and applications."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from mrz.generator.td3 import TD3CodeGenerator

from tallystick.db import open_database
from tallystick.decisions import releases
from tallystick.decisions.document import read_yaml
from tallystick.demo.api import ServiceClient
from tallystick.demo.bank import statement_csv
from tallystick.demo.people import ADMINISTRATORS, NADIA, OFFICERS, OMAR
from tallystick.demo.plan import UNIT, Apply
from tallystick.demo.scorecard import FOLDER, LENDING, PUBLIC
from tallystick.demo.session import Session
from tallystick.loans.calendar import date_of, month_day
from tallystick.scoring.card import dump_card
from tallystick.scoring.store import load_model

STEADY: Final = {
    "checking_account": "none",
    "credit_history": "running_paid",
    "use": "furniture",
    "savings": "more",
    "employed_since": "longer",
    "installment_rate": "2",
    "other_debtors": "none",
    "residence_since": "4",
    "property": "real_estate",
    "other_plans": "none",
    "housing": "own",
    "credits_here": "1",
    "job": "skilled",
    "dependants": "1",
    "telephone": "registered",
}
"""What somebody declares whose life is steady."""
_BORN: Final = "1988-04-12"
_COUNTRY, _LAND = "KE", "KEN"


class Desk:
    """Talks to the service as the staff and as applicants do."""

    def __init__(self, service: ServiceClient, db: Path) -> None:
        self._service = service
        self._db = db

    def open(self, now: int) -> None:
        """Appoints two officers, and has both put catalogue, policy and scorecard into force."""
        for role in ("reviewer", "risk_officer"):
            self._appoint(role)
        with open_database(self._db) as db:
            model = load_model(FOLDER, (PUBLIC,))
            card = releases.put_card(db, dump_card(model.card), now, model.metrics)
        catalogue, policy = (
            json.loads(read_yaml(LENDING / f"{name}.yaml")) for name in ("catalogue", "policy")
        )
        maker, checker = (Session(self._service, who) for who in OFFICERS)
        arm = {"policy": policy, "card": card}
        kept = maker.post("/releases", {"catalogue": catalogue, "champion": arm, "share_bp": 0})
        path = f"/releases/{kept['release']}"
        maker.post(f"{path}/proposal", _signature(maker, kept["maker_signs"]))
        activation = {"activation": kept["activation"]}
        checker.post(f"{path}/approval", _signature(checker, kept["checker_signs"]) | activation)

    def apply(self, plan: Apply, today: int) -> tuple[Session, dict[str, Any]]:
        """Applies, and answers what was decided. `today` counts days since 1970-01-01."""
        who = Session(self._service, plan.borrower)
        if who.get("/me/identity")["standing"] is None:
            self._become_known(who, today)
            consent = {"purpose": "scoring", "version": 1}
            who.post("/me/consents", who.challenge("give_consent", **consent) | consent)
        statements = []
        if plan.salary:
            file = statement_csv(today - 1, plan.salary)
            kept = who.hand_in("/me/bank-statements", file, "text/csv")
            statements.append(kept["statement_id"])
        body = {
            "product": plan.product,
            "purpose": plan.use,
            "jurisdiction": _COUNTRY,
            "amount": f"{plan.principal // UNIT}.00",
            "term": plan.term,
            "declared": STEADY | plan.declared,
            "budget": {"repeats": True, "months": _budget(plan, today)},
            "documents": dict.fromkeys(plan.documents, "ab" * 32),
            "statements": statements,
        }
        return who, who.post("/me/applications", body)

    def refer(self, application: dict[str, Any], waived: tuple[str, ...]) -> None:
        """One officer proposes what the rules left to people, the other agrees."""
        maker, checker = Session(self._service, NADIA), Session(self._service, OMAR)
        review = next(
            each["review_id"]
            for each in maker.get("/credit-reviews")["data"]
            if each["application_id"] == application["application_id"]
        )
        path = f"/credit-reviews/{review}"
        proposal = maker.post(f"{path}/proposal", {"waived": list(waived)})
        _agree(checker, proposal["approval_id"])
        maker.post(f"{path}/approval", {"reason": "seen_by_two"})

    def accept(self, who: Session, application: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """The borrower signs: the offer, and the transactions that make it a loan."""
        offer = self._service.ask("GET", f"/v1/offers/{application['offer_id']}")
        signature = {"signature": who.person.sign_data(offer["typed_data"])}
        path = f"/me/applications/{application['application_id']}/acceptance"
        return offer, who.post(path, signature)["transactions"]

    def _appoint(self, role: str) -> None:
        maker, checker = (Session(self._service, who) for who in ADMINISTRATORS)
        for officer in OFFICERS:
            subject = Session(self._service, officer).subject
            asked = {"matter": "grant_role", "object": subject, "content": {"role": role}}
            _agree(checker, maker.post("/approvals", asked)["approval_id"])

    def _become_known(self, who: Session, today: int) -> None:
        """Two officers look at a passport."""
        name = who.person.name
        person = {"full_name": f"{name} Otieno", "birth_date": _BORN, "country": _COUNTRY}
        who.put("/me/records/person", {"fields": person})
        case = who.post("/me/identity/cases", {"level": "basic"})["case_id"]
        passport = {"type": "mrz", "data": _passport(name, today)}
        who.post(f"/me/identity/cases/{case}/submission", passport)
        maker, checker = Session(self._service, NADIA), Session(self._service, OMAR)
        judged = {"judged": {"sanctions": "passed"}}  # no list is kept here, so people look
        proposal = maker.post(f"/identity/cases/{case}/proposal", judged)
        _agree(checker, proposal["approval_id"])


def _agree(who: Session, approval: str) -> None:
    signed = who.challenge("approve", approval_id=approval)
    who.post(f"/approvals/{approval}/approve", signed)


def _signature(who: Session, text: str) -> dict[str, str]:
    return {"account": who.person.address, "signature": who.person.sign_text(text)}


def _budget(plan: Apply, today: int) -> list[dict[str, str]]:
    """A year from the present month on; beyond what the plan says, its last month again."""
    start = date_of(today).replace(day=1)
    months = []
    for place in range(12):
        income, expense = plan.months[min(place, len(plan.months) - 1)]
        month = month_day(start.year, start.month, place, 1)
        label = f"{month.year:04d}-{month.month:02d}"
        months.append({"month": label, "income": f"{income}.00", "expense": f"{expense}.00"})
    return months


def _passport(name: str, today: int) -> str:
    """The machine-readable zone of a passport that ends in five years."""
    year = (date_of(today).year + 5) % 100
    number = f"A{sum(map(ord, name)):07d}"
    born = _BORN.replace("-", "")[2:]
    zone = TD3CodeGenerator("P", _LAND, "Otieno", name, number, _LAND, born, "F", f"{year:02d}1231")
    return str(zone)
