"""Cases of loans that fall behind: the queue, and what is done in a case."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from tallystick.api.desk import TAG, desk_of, desk_problem, today_of
from tallystick.api.desk_view import (
    action_view,
    collection_view,
    contact_view,
    dispute_view,
    promise_view,
    step_view,
)
from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.approvals import approval_answer
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import servicing as schemas
from tallystick.api.schemas.authority import Approval
from tallystick.api.schemas.types import ADDRESS_PATTERN, DOLLAR, checksum, parse_date, rfc3339
from tallystick.api.snapshot import loan_id_bytes
from tallystick.loans.calendar import day_of
from tallystick.servicing.cases import collections, contacts, disputes, promises
from tallystick.servicing.cases.contacts import Said
from tallystick.servicing.cases.cure import Cures
from tallystick.servicing.cases.desk import Desk, standing_of
from tallystick.trail.store import entries_about

router = APIRouter(prefix="/v1/collections", tags=[TAG], route_class=PrivateRoute)

Works = Annotated[Desk, Depends(desk_of)]
Id = Annotated[schemas.CollectionId, Path(description="Which case")]
_CASE = ("matter_not_found", "matter_over")


@router.get(
    "",
    operation_id="list_collections",
    summary="Cases that run, the one from which most is expected first",
    responses=session_responses("matter_not_found"),
)
def list_collections(
    desk: Works,
    caller: Who,
    token: Annotated[
        str, Query(pattern=ADDRESS_PATTERN, description="Of loans in it", examples=[DOLLAR])
    ],
    whose: Annotated[
        Literal["all", "mine"], Query(description="Whose cases", examples=["mine"])
    ] = "all",
    state: Annotated[
        schemas.CaseState | None, Query(description="Only these", examples=["open"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.CollectionId | None, Query(description="Last one of the page before")
    ] = None,
) -> schemas.CollectionPage:
    """Expected is what is due times the probability that the loan is current again soon. Amounts of
    different tokens cannot be compared, so a queue is of one."""
    with desk_problem(), desk.reading() as db:
        after = None if starting_after is None else collections.get(db.conn, starting_after)
        found = collections.queue(
            db,
            checksum(token, parameter="token"),
            limit + 1,
            after,
            assignee=caller.subject if whose == "mine" else None,
            state=state,
        )
    data = [collection_view(one) for one in found[:limit]]
    return schemas.CollectionPage(data=data, has_more=len(found) > limit)


@router.get(
    "/tokens",
    operation_id="list_collection_tokens",
    summary="Tokens in which cases run, the one with the most first",
    responses=session_responses("index_not_ready"),
)
def list_collection_tokens(state: State, desk: Works) -> schemas.CaseTokens:
    """A queue is of one token: this says which there are."""
    with desk.reading() as db:
        found = collections.tokens(db)
    with state.snapshot() as snapshot:
        data = [
            schemas.CaseToken(token=snapshot.token(address), cases=count, oldest_at=rfc3339(oldest))
            for address, count, oldest in found
        ]
    return schemas.CaseTokens(data=data)


@router.post(
    "",
    status_code=201,
    operation_id="open_collection",
    summary="Open a case by hand",
    responses=session_responses("loan_not_found", "matter_exists", "index_not_ready"),
)
def open_collection(
    state: State, desk: Works, caller: Who, given: schemas.NewCollection
) -> schemas.Collection:
    loan_id = loan_id_bytes(given.loan_id)
    with state.snapshot(loan_id) as snapshot:
        loan = snapshot.find(loan_id)
        today = today_of(snapshot, desk)
    days = standing_of(loan, today, 0).days
    standing = standing_of(loan, today, Cures(desk.policy, {}).ppm(days))
    with desk_problem():
        return collection_view(desk.open(caller.subject, loan, standing))


@router.get(
    "/{collection_id}",
    operation_id="get_collection",
    summary="A case with all that was done in it",
    responses=session_responses(*_CASE),
)
def get_collection(desk: Works, collection_id: Id) -> schemas.CaseFile:
    with desk_problem(), desk.reading() as db:
        found = collections.get(db.conn, collection_id)
        return schemas.CaseFile(
            case=collection_view(found),
            contacts=[
                contact_view(one, _words(desk, found, one))
                for one in contacts.contacts_of(db, collection_id)
            ],
            actions=[action_view(one) for one in collections.actions_of(db, collection_id)],
            promises=[promise_view(one) for one in promises.of_loan(db, found.loan.loan_id)],
            disputes=[
                dispute_view(one, desk.today()) for one in disputes.of_loan(db, found.loan.loan_id)
            ],
            history=[step_view(one) for one in entries_about(db, collection_id)],
        )


def _words(desk: Desk, found: collections.Collection, contact: contacts.Contact) -> str | None:
    if not contact.noted or found.loan.subject is None:
        return None
    return desk.words_of(found.loan.subject, contact.contact_id).get("words")


@router.post(
    "/{collection_id}/assignment",
    operation_id="assign_collection",
    summary="Give a case to somebody",
    responses=session_responses(*_CASE),
)
def assign_collection(
    desk: Works, caller: Who, collection_id: Id, given: schemas.Assignment
) -> schemas.Collection:
    if given.assignee is not None and not desk.may_collect(given.assignee):
        raise Problem("validation_failed", "The assignee is no collector or risk officer.")
    with desk_problem():
        return collection_view(desk.assign(caller.subject, collection_id, given.assignee))


@router.post(
    "/{collection_id}/contacts",
    status_code=201,
    operation_id="record_contact",
    summary="Enter a contact into the log",
    responses=session_responses(*_CASE, "contact_refused", "words_unkept"),
)
def record_contact(
    desk: Works, caller: Who, collection_id: Id, given: schemas.NewContact
) -> schemas.CaseFile:
    """What we begin is refused in quiet hours, above the agreed number a day and week, and while
    the borrower disputes the debt: ask before you call. Words are sealed for the borrower."""
    said = Said(given.direction, given.channel, given.outcome)
    with desk_problem():
        desk.contact(caller.subject, collection_id, said, given.words)
    return get_collection(desk, collection_id)


@router.get(
    "/{collection_id}/contact-check",
    operation_id="check_contact",
    summary="Whether the borrower may be contacted now",
    responses=session_responses(*_CASE, "contact_refused"),
    status_code=204,
)
def check_contact(desk: Works, collection_id: Id) -> None:
    with desk_problem(), desk.reading() as db:
        found = collections.get(db.conn, collection_id)
        contacts.check(db.conn, found, desk.policy, desk.now)


@router.post(
    "/{collection_id}/actions",
    status_code=201,
    operation_id="record_action",
    summary="Record what was done",
    responses=session_responses(*_CASE),
)
def record_action(
    desk: Works, caller: Who, collection_id: Id, given: schemas.NewAction
) -> schemas.CaseFile:
    with desk_problem():
        desk.act(caller.subject, collection_id, given.action)
    return get_collection(desk, collection_id)


@router.post(
    "/{collection_id}/promises",
    status_code=201,
    operation_id="take_promise",
    summary="Take down what a borrower promises to pay",
    responses=session_responses(*_CASE, "matter_exists", "loan_not_found", "index_not_ready"),
)
def take_promise(
    state: State, desk: Works, caller: Who, collection_id: Id, given: schemas.NewPromise
) -> schemas.Promise:
    with desk_problem():
        loan_id = desk.get(collection_id).loan.loan_id
        return promised(state, desk, caller.subject, loan_id, given)


def promised(
    state: State, desk: Desk, subject: str, loan_id: bytes, given: schemas.NewPromise
) -> schemas.Promise:
    """A promise, taken. Raises `Problem`, `PromiseRefused`, `CaseExists`."""
    day = day_of(parse_date(given.due_date, pointer="#/due_date"))
    with state.snapshot(loan_id) as snapshot:
        loan = snapshot.find(loan_id)
        now = snapshot.now
    return promise_view(desk.promise(subject, loan, int(given.amount), day, now))


@router.post(
    "/{collection_id}/hand-over",
    status_code=201,
    operation_id="request_hand_over",
    summary="Ask to hand a case to an agency",
    responses=session_responses(*_CASE),
)
def request_hand_over(
    desk: Works, caller: Who, collection_id: Id, given: schemas.HandOver
) -> Approval:
    """With a risk officer's approval (`POST /v1/approvals/{approval_id}/approve`) the agency works
    on the case. The claim stays with its holder on chain, and so do payments."""
    with desk_problem(), identity_problem():
        asked = desk.request_hand_over(caller.subject, collection_id, given.agency)
    return approval_answer(asked)


@router.post(
    "/{collection_id}/recall",
    operation_id="recall_collection",
    summary="Take a case back from its agency",
    responses=session_responses(*_CASE),
)
def recall_collection(desk: Works, caller: Who, collection_id: Id) -> schemas.Collection:
    with desk_problem():
        return collection_view(desk.recall(caller.subject, collection_id))


@router.post(
    "/{collection_id}/closure",
    operation_id="close_collection",
    summary="Close a case",
    responses=session_responses(*_CASE),
)
def close_collection(
    desk: Works, caller: Who, collection_id: Id, given: schemas.Closure
) -> schemas.Collection:
    with desk_problem():
        return collection_view(desk.close(caller.subject, collection_id, given.reason))
