"""What applicants are told of what people decide about them."""

from __future__ import annotations

from tallystick.db import Database
from tallystick.decisions import reviews, store
from tallystick.decisions.reviews import Review
from tallystick.loans.calendar import date_of, day_at
from tallystick.messages.outbox import enqueue


def tell_review(db: Database, box: Database, review: Review, now: int) -> None:
    """Puts a message about a closed review into the outbox `box`, once."""
    if review.outcome is None or review.closed_at is None:
        return
    facts = {
        "way": review.outcome,
        "decided_on": date_of(day_at(review.closed_at)).isoformat(),
    }
    applicant = store.get(db, review.decision_id).subject
    enqueue(box, applicant, "application_decided", facts, f"review:{review.review_id}", now=now)


def tell_reviews(db: Database, box: Database, since: int, now: int) -> None:
    """The same about those closed at `since` (Unix seconds) or later."""
    for review in reviews.closed_since(db, since):
        tell_review(db, box, review, now)
