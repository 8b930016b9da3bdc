"""An applicant objects to a decision: the objection is filed with its person's rights, and a review
is opened. The review's end answers it.

The two lie in two files. Filing comes before the review and the review's end before the answer;
what is killed in between is completed when the same is asked again.
"""

from __future__ import annotations

from typing import Literal

from tallystick.db import Database, write
from tallystick.decisions import reviews
from tallystick.decisions.errors import DecisionConflict
from tallystick.decisions.store import Decision
from tallystick.identity.rights.errors import ObjectionClosed, ObjectionFiled, ObjectionUnknown
from tallystick.identity.rights.objections import OVERTURNED, UPHELD, Objection, Objections

_OUTCOMES = {"approve": OVERTURNED, "decline": UPHELD}


def object_to(
    db: Database, objections: Objections, decision: Decision, grounds: str, now: int
) -> Objection:
    """Files an objection and opens its review.

    Raises `ObjectionFiled` for a second one, `DecisionConflict` while a person is looking at the
    decision already.
    """
    known = reviews.of_decision(db, decision.decision_id)
    if any(each.cause == "objection" for each in known):
        raise ObjectionFiled
    if any(each.closed_at is None for each in known):
        raise DecisionConflict("a person is looking at it already")
    try:
        made = objections.file(decision.subject, decision.decision_id, grounds)
    except ObjectionFiled:  # and the review was not opened any more
        made = objections.about(decision.subject, decision.decision_id)
    with write(db) as conn:
        reviews.open_review(conn, decision.decision_id, "objection", now)
    return made


def answer(
    objections: Objections,
    decision: Decision,
    reviewer: str,
    outcome: Literal["approve", "decline"],
    explanation: str,
) -> None:
    """Answers what a closed review was about. Asked again, it changes nothing.

    Raises `OwnObjection`.
    """
    try:
        filed = objections.about(decision.subject, decision.decision_id)
        objections.answer(reviewer, filed.objection_id, _OUTCOMES[outcome], explanation)
    except (ObjectionClosed, ObjectionUnknown):  # answered before, or erased with its subject
        return
