"""Cases of repair, their stages and offers, in the database."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from tallystick.db import Database
from tallystick.repair.errors import RepairConflict, RepairUnknown
from tallystick.repair.plan import Proposal
from tallystick.repair.rules import Cause, RepairRules, Severity, parse_rules, rules_id

Side = Literal["borrower", "lender"]
Maker = Literal["borrower", "lender", "service"]


class Stage(StrEnum):
    """Where a case stands: the six stages of the literature, and how else it may end."""

    ASSESSMENT = "assessment"
    PROBLEM = "problem"
    PLAN = "plan"
    CONSENT = "consent"
    EXECUTION = "execution"
    RESTORED = "restored"
    SETTLED = "settled"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    RELAPSED = "relapsed"


ENDS = frozenset(list(Stage)[5:])
"""Stages after which nothing follows."""
_CASE = (
    "case_id, subject, loan_id, borrower, holder, opened_by, opened_at, stage, cause, severity,"
    " rules_id, findings, change_id, agreed, restarts, closed_at"
)
_OFFER = (
    "case_id, number, at, maker, actor, proposal, effect, digest, valid_until, borrower_at,"
    " lender_at, approval_id, refused_at, refused_for"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One repair of one loan. `findings` are codes of the rules, `agreed` the number of the offer
    that both sides accepted, `change_id` what they sign. Accounts in EIP-55."""

    case_id: str
    subject: str
    loan_id: bytes
    borrower: str
    holder: str
    opened_by: str
    opened_at: int
    stage: Stage
    cause: Cause
    severity: Severity | None
    rules_id: str
    findings: tuple[str, ...]
    change_id: str | None
    agreed: int | None
    restarts: int
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """A stage with who brought the case into it, when and why (a word)."""

    number: int
    at: int
    stage: Stage
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that one side or the service proposes; both accept it, or one refuses."""

    case_id: str
    number: int
    at: int
    maker: Maker
    actor: str
    proposal: Proposal
    effect: dict[str, Any]
    digest: str
    valid_until: int
    borrower_at: int | None
    lender_at: int | None
    approval_id: str | None
    refused_at: int | None
    refused_for: str | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted, time aside."""
        return self.refused_at is None and not (self.borrower_at and self.lender_at)

    def accepted(self, side: Side, now: int) -> Offer:
        """The offer once one side has accepted it."""
        if side == "borrower":
            return replace(self, borrower_at=now)
        return replace(self, lender_at=now)


def keep_rules(conn: sqlite3.Connection, body: bytes) -> None:
    """Keeps a version of the rules under its id."""
    conn.execute(
        "INSERT INTO repair_rules (rules_id, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (rules_id(body), body),
    )


def rules_of(db: Database, case: Case) -> RepairRules:
    """The version of the rules under which a case was opened."""
    found = db.execute("SELECT body FROM repair_rules WHERE rules_id = ?", (case.rules_id,))
    return parse_rules(found.fetchone()[0])


def insert(conn: sqlite3.Connection, case: Case) -> None:
    """Adds a case. Raises `RepairConflict` while another one of the loan is open."""
    row = (
        case.case_id,
        case.subject,
        case.loan_id,
        case.borrower,
        case.holder,
        case.opened_by,
        case.opened_at,
        case.stage,
        case.cause,
        case.severity,
        case.rules_id,
        json.dumps(case.findings),
        case.change_id,
        case.agreed,
        case.restarts,
        case.closed_at,
    )
    marks = ", ".join("?" * len(row))
    try:
        conn.execute(f"INSERT INTO repair_cases ({_CASE}) VALUES ({marks})", row)  # noqa: S608
    except sqlite3.IntegrityError as error:
        raise RepairConflict("a repair of this loan is open already") from error


def update(conn: sqlite3.Connection, case: Case, before: Case) -> None:
    """Writes what may change. Raises `RepairConflict` when somebody else changed it meanwhile."""
    changed = conn.execute(
        "UPDATE repair_cases SET stage = ?, cause = ?, severity = ?, findings = ?, change_id = ?,"
        " agreed = ?, restarts = ?, closed_at = ?, holder = ?"
        " WHERE case_id = ? AND stage = ? AND closed_at IS NULL AND change_id IS ?",
        (
            case.stage,
            case.cause,
            case.severity,
            json.dumps(case.findings),
            case.change_id,
            case.agreed,
            case.restarts,
            case.closed_at,
            case.holder,
            case.case_id,
            before.stage,
            before.change_id,
        ),
    )
    if not changed.rowcount:
        raise RepairConflict("the case moved on meanwhile")


def add_step(
    conn: sqlite3.Connection, case_id: str, stage: Stage, actor: str, reason: str, at: int
) -> None:
    """Records that a case came into a stage."""
    conn.execute(
        "INSERT INTO repair_steps (case_id, number, at, stage, actor, reason)"
        " SELECT ?, count(*) + 1, ?, ?, ?, ? FROM repair_steps WHERE case_id = ?",
        (case_id, at, stage, actor, reason, case_id),
    )


def add_offer(conn: sqlite3.Connection, offer: Offer) -> int:
    """Adds an offer under the next number, which is returned."""
    (number,) = conn.execute(
        "SELECT count(*) + 1 FROM repair_offers WHERE case_id = ?", (offer.case_id,)
    ).fetchone()
    row = (
        offer.case_id,
        number,
        offer.at,
        offer.maker,
        offer.actor,
        json.dumps(offer.proposal.to_json()),
        json.dumps(offer.effect),
        offer.digest,
        offer.valid_until,
        offer.borrower_at,
        offer.lender_at,
        offer.approval_id,
        offer.refused_at,
        offer.refused_for,
    )
    marks = ", ".join("?" * len(row))
    conn.execute(f"INSERT INTO repair_offers ({_OFFER}) VALUES ({marks})", row)  # noqa: S608
    return int(number)


def mark_offer(conn: sqlite3.Connection, offer: Offer) -> None:
    """Writes who accepted or refused an offer."""
    conn.execute(
        "UPDATE repair_offers SET borrower_at = ?, lender_at = ?, approval_id = ?, refused_at = ?,"
        " refused_for = ? WHERE case_id = ? AND number = ?",
        (
            offer.borrower_at,
            offer.lender_at,
            offer.approval_id,
            offer.refused_at,
            offer.refused_for,
            offer.case_id,
            offer.number,
        ),
    )


def get(db: Database, case_id: str) -> Case:
    """Raises `RepairUnknown`."""
    found = _cases(db, "case_id = ?", case_id)
    if not found:
        raise RepairUnknown(case_id)
    return found[0]


def of_subject(db: Database, subject: str) -> list[Case]:
    """A subject's cases, newest first."""
    return _cases(db, "subject = ? ORDER BY opened_at DESC, case_id", subject)


def of_loan(db: Database, loan_id: bytes) -> list[Case]:
    """Cases of a loan, newest first."""
    return _cases(db, "loan_id = ? ORDER BY opened_at DESC, case_id", loan_id)


def of_holders(db: Database, holders: list[str]) -> list[Case]:
    """Cases of loans whose claim one of these accounts held when they were opened or since."""
    marks = ", ".join("?" * len(holders))
    return _cases(db, f"holder IN ({marks}) ORDER BY opened_at DESC, case_id", *holders)


def page(db: Database, stage: Stage | None, after: Case | None, limit: int) -> list[Case]:
    """Cases in one stage or all, oldest first, those after `after`."""
    place = (after.opened_at, after.case_id) if after else (-1, "")
    where = "stage = coalesce(?, stage) AND (opened_at, case_id) > (?, ?)"
    return _cases(db, f"{where} ORDER BY opened_at, case_id LIMIT ?", stage, *place, limit)


def stages(db: Database) -> dict[str, int]:
    """How many cases stand in each stage that has any."""
    found = db.execute("SELECT stage, count(*) FROM repair_cases GROUP BY stage ORDER BY stage")
    return dict(found.fetchall())


def running(db: Database) -> list[Case]:
    """Cases that the chain may move: signed or being executed."""
    return _cases(db, "closed_at IS NULL AND stage IN ('plan', 'consent', 'execution')")


def steps_of(db: Database, case_id: str) -> list[Step]:
    """Every stage of a case, oldest first."""
    rows = db.execute(
        "SELECT number, at, stage, actor, reason FROM repair_steps WHERE case_id = ?"
        " ORDER BY number",
        (case_id,),
    )
    return [Step(number, at, Stage(stage), actor, why) for number, at, stage, actor, why in rows]


def offers_of(db: Database, case_id: str) -> list[Offer]:
    """Every offer of a case, oldest first."""
    rows = db.execute(
        f"SELECT {_OFFER} FROM repair_offers WHERE case_id = ? ORDER BY number",  # noqa: S608
        (case_id,),
    )
    return [_offer(row) for row in rows]


def offer_of(db: Database, case_id: str, number: int) -> Offer:
    """Raises `RepairUnknown`."""
    for offer in offers_of(db, case_id):
        if offer.number == number:
            return offer
    raise RepairUnknown(f"{case_id} has no offer {number}")


def _cases(db: Database, where: str, *parameters: object) -> list[Case]:
    rows = db.execute(f"SELECT {_CASE} FROM repair_cases WHERE {where}", parameters)  # noqa: S608
    found = []
    for row in rows:
        members = dict(zip(_CASE.split(", "), row, strict=True))
        severity = members["severity"]
        found.append(
            Case(
                **members
                | {
                    "stage": Stage(members["stage"]),
                    "cause": Cause(members["cause"]),
                    "severity": severity and Severity(severity),
                    "findings": tuple(json.loads(members["findings"])),
                }
            )
        )
    return found


def _offer(row: Any) -> Offer:
    members = dict(zip(_OFFER.split(", "), row, strict=True))
    proposal = Proposal.from_json(json.loads(members["proposal"]))
    return Offer(**members | {"proposal": proposal, "effect": json.loads(members["effect"])})
