"""People decide: what the policy referred, and what an applicant objects to.

A reviewer reads the case, and either declines it alone or proposes to approve it by waiving the
reasons that stand against it. The policy then computes the offer, so that no reviewer sets a price
or a limit; a second person agrees to exactly that offer, and only then it is signed.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.db import Database, write
from tallystick.decisions import store
from tallystick.decisions.case import Case
from tallystick.decisions.decide import Decided, decide
from tallystick.decisions.document import canonical, digest
from tallystick.decisions.errors import DecisionConflict, DecisionUnknown
from tallystick.decisions.releases import load_bench, load_release
from tallystick.decisions.replay import REVIEW
from tallystick.decisions.sealed import RECORD, open_sealed
from tallystick.decisions.store import Decision
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import Vault
from tallystick.identity.vault.vault import new_id

Cause = Literal["referral", "objection"]
_COLUMNS = (
    "review_id, decision_id, cause, opened_at, reviewer, proposed_at, waived, approval_id, outcome,"
    " reason, closed_at"
)


@dataclass(frozen=True, slots=True)
class Review:
    """One case for a person. Times are Unix seconds; `waived` the reasons that a proposal waives;
    `reason` the word under which it was closed."""

    review_id: str
    decision_id: str
    cause: Cause
    opened_at: int
    reviewer: str | None
    proposed_at: int | None
    waived: tuple[str, ...]
    approval_id: str | None
    outcome: Literal["approve", "decline"] | None
    reason: str | None
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class File:
    """What a reviewer sees: the case, what was decided, and what the applicant objects."""

    case: Case
    outcome: dict[str, Any]
    objection: str | None
    salt: bytes


def open_review(conn: sqlite3.Connection, decision_id: str, cause: Cause, now: int) -> str:
    """Opens a review within the caller's transaction.

    Raises `DecisionConflict` while another one of the decision is open.
    """
    review_id = new_id("review")
    try:
        conn.execute(
            "INSERT INTO decision_reviews (review_id, decision_id, cause, opened_at)"
            " VALUES (?, ?, ?, ?)",
            (review_id, decision_id, cause, now),
        )
    except sqlite3.IntegrityError as error:
        raise DecisionConflict("a person is looking at it already") from error
    return review_id


def read(db: Database, vault: Vault, rights: Rights, review: Review, actor: str) -> File:
    """The file of a review. The read is in the trail. Raises `ReadRefused`, `InputsErased`."""
    decision = store.get(db, review.decision_id)
    rights.admit(actor, decision.subject, RECORD, REVIEW)
    sealed = open_sealed(vault, decision)
    grounds = None
    if review.cause == "objection":
        filed = rights.objections.about(decision.subject, decision.decision_id)
        grounds = rights.objections.words(actor, filed.objection_id).grounds
    return File(sealed.read_case(), sealed.read_outcome(), grounds, sealed.salt)


def outcome_of(
    db: Database, review: Review, file: File, waived: frozenset[str], at: int
) -> Decided:
    """What the policy of that day offers at `at` when the reasons are waived."""
    decision = store.get(db, review.decision_id)
    bench = load_bench(db, load_release(db, decision.release), decision.arm)
    case = file.case.model_copy(update={"at": at})
    return decide(case, bench, file.salt, waived)


def terms_digest(decided: Decided) -> str:
    """What the second person agrees to: SHA-256 of the outcome, without nonces."""
    return digest(canonical(decided.outcome.to_json()))


def propose(
    db: Database, review: Review, reviewer: str, waived: frozenset[str], approval_id: str, at: int
) -> Review:
    """Keeps a proposal, which takes an earlier one's place. Raises `DecisionConflict`."""
    with write(db) as conn:
        changed = conn.execute(
            "UPDATE decision_reviews SET reviewer = ?, proposed_at = ?, waived = ?,"
            " approval_id = ? WHERE review_id = ? AND closed_at IS NULL",
            (reviewer, at, json.dumps(sorted(waived)), approval_id, review.review_id),
        )
        if not changed.rowcount:
            raise DecisionConflict("the review is closed")
    return get(db, review.review_id)


def close(
    conn: sqlite3.Connection,
    review: Review,
    reviewer: str,
    outcome: Literal["approve", "decline"],
    reason: str,
    now: int,
) -> None:
    """Ends a review within the caller's transaction. Raises `DecisionConflict`."""
    changed = conn.execute(
        "UPDATE decision_reviews SET reviewer = coalesce(reviewer, ?), outcome = ?, reason = ?,"
        " closed_at = ? WHERE review_id = ? AND closed_at IS NULL",
        (reviewer, outcome, reason, now, review.review_id),
    )
    if not changed.rowcount:
        raise DecisionConflict("the review is closed")


def seal_outcome(
    vault: Vault, decision: Decision, review: Review, decided: Decided, at: int
) -> None:
    """Keeps what a person's decision was made of beside the case, under the subject's key."""
    told = {"outcome": decided.outcome.to_json(), "at": at, "waived": list(review.waived)}
    record = f"review:{review.review_id}"
    vault.put(decision.subject, record, {"outcome": canonical(told)})


def get(db: Database, review_id: str) -> Review:
    """Raises `DecisionUnknown`."""
    found = _select(db, "review_id = ?", review_id)
    if not found:
        raise DecisionUnknown(f"there is no review {review_id}")
    return found[0]


def of_decision(db: Database, decision_id: str) -> list[Review]:
    """Every review of a decision, oldest first."""
    return _select(db, "decision_id = ? ORDER BY opened_at, review_id", decision_id)


def closed_since(db: Database, since: int) -> list[Review]:
    """Reviews closed at `since` (Unix seconds) or later, oldest first."""
    return _select(db, "closed_at >= ? ORDER BY closed_at, review_id", since)


def page(db: Database, *, is_open: bool, after: Review | None, limit: int) -> list[Review]:
    """Open or closed reviews, oldest first, those after `after`."""
    where = "closed_at IS NULL" if is_open else "closed_at IS NOT NULL"
    place = (after.opened_at, after.review_id) if after else (-1, "")
    order = "(opened_at, review_id) > (?, ?) ORDER BY opened_at, review_id LIMIT ?"
    return _select(db, f"{where} AND {order}", *place, limit)


def _select(db: Database, where: str, *parameters: object) -> list[Review]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM decision_reviews WHERE {where}", parameters)  # noqa: S608
    found = []
    for row in rows:
        members = dict(zip(_COLUMNS.split(", "), row, strict=True))
        waived = tuple(json.loads(members["waived"] or "[]"))
        found.append(Review(**members | {"waived": waived}))
    return found
