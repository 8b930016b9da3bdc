"""Cases, promises and disputes in the API's words."""

from __future__ import annotations

from tallystick.api.desk import date_or_none, words
from tallystick.api.schemas import servicing as schemas
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.loans.calendar import date_of
from tallystick.loans.offline.result import decimal
from tallystick.servicing.cases.collections import Action, Collection
from tallystick.servicing.cases.contacts import Contact
from tallystick.servicing.cases.disputes import Dispute
from tallystick.servicing.cases.promises import Promise
from tallystick.trail.entry import Entry


def collection_view(found: Collection) -> schemas.Collection:
    """A case."""
    text, standing = words(found.warned.action), found.standing
    suggestion = None
    if found.warned.action is not None and text is not None:
        suggestion = schemas.Suggestion(action=found.warned.action, text=text)  # type: ignore[arg-type]
    return schemas.Collection(
        collection_id=found.collection_id,
        loan_id="0x" + found.loan.loan_id.hex(),
        token=found.loan.token,
        borrower=found.loan.borrower,
        state=found.state,  # type: ignore[arg-type]
        cause=found.cause,  # type: ignore[arg-type]
        triggers=list(found.warned.triggers),
        urgency=found.warned.urgency,
        suggestion=suggestion,
        assignee=found.assignee,
        agency=found.agency,
        standing=schemas.CaseStanding(
            date=str(date_of(standing.day)),
            days_past_due=standing.days,
            due=str(standing.due),
            outstanding=str(standing.outstanding),
            cure_pct=decimal(standing.cure_ppm, 4),
            expected=str(standing.expected),
        ),
        opened_at=rfc3339(found.opened_at),
        closed_at=rfc3339_or_none(found.closed_at),
        closure=found.closure,
    )


def contact_view(found: Contact, text: str | None) -> schemas.Contact:
    """A contact, with its words if there are some still."""
    return schemas.Contact(
        contact_id=found.contact_id,
        collector=found.collector,
        direction=found.direction,  # type: ignore[arg-type]
        channel=found.channel,  # type: ignore[arg-type]
        outcome=found.outcome,  # type: ignore[arg-type]
        words=text,
        at=rfc3339(found.at),
    )


def action_view(found: Action) -> schemas.CaseAction:
    """Something that was done."""
    return schemas.CaseAction(
        action=found.action,  # type: ignore[arg-type]
        actor=found.actor,
        at=rfc3339(found.at),
    )


def promise_view(found: Promise) -> schemas.Promise:
    """A promise."""
    return schemas.Promise(
        promise_id=found.promise_id,
        loan_id="0x" + found.loan_id.hex(),
        amount=str(found.amount),
        due_date=str(date_of(found.due_day)),
        state=found.state,  # type: ignore[arg-type]
        paid=str(found.paid),
        made_at=rfc3339(found.made_at),
        decided_on=date_or_none(found.decided_day),
    )


def dispute_view(found: Dispute, today: int) -> schemas.Dispute:
    """A dispute or complaint; `today` is a business date."""
    return schemas.Dispute(
        dispute_id=found.dispute_id,
        kind=found.kind,
        topic=found.topic,  # type: ignore[arg-type]
        loan_id=None if found.loan_id is None else "0x" + found.loan_id.hex(),
        subject=found.subject,
        state=found.state,  # type: ignore[arg-type]
        outcome=found.outcome,
        text=words(found.outcome),
        due_date=str(date_of(found.due_day)),
        overdue=found.overdue(today),
        filed_at=rfc3339(found.filed_at),
        closed_at=rfc3339_or_none(found.closed_at),
    )


def step_view(found: Entry) -> schemas.TrailStep:
    """An entry of the trail."""
    fact = found.fact
    return schemas.TrailStep(
        number=found.number,
        at=rfc3339(found.at),
        actor=fact.actor,
        act=fact.act,
        purpose=fact.purpose,
    )
