"""Disputes, complaints, feedback and promises: one's own, and those that wait for an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tallystick.api.desk import TAG, desk_problem
from tallystick.api.desk_view import dispute_view, promise_view
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.collections import Works, promised
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import servicing as schemas
from tallystick.api.snapshot import loan_id_bytes
from tallystick.servicing.cases import disputes, promises
from tallystick.servicing.cases.desk import Desk
from tallystick.servicing.cases.disputes import Dispute

own = APIRouter(prefix="/v1/me", tags=[TAG], route_class=PrivateRoute)
router = APIRouter(prefix="/v1/disputes", tags=[TAG], route_class=PrivateRoute)

Id = Annotated[schemas.DisputeId, Path(description="Which")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])]
After = Annotated[schemas.DisputeId | None, Query(description="Last one of the page before")]


@own.get(
    "/disputes",
    operation_id="list_own_disputes",
    summary="One's own disputes, complaints and feedback, newest first",
    responses=session_responses("matter_not_found"),
)
def list_own_disputes(
    desk: Works, caller: Who, limit: Limit = 20, starting_after: After = None
) -> schemas.DisputePage:
    with desk_problem(), desk.reading() as db:
        after = None if starting_after is None else disputes.get(db.conn, starting_after)
        found = disputes.of_subject(db, caller.subject, limit + 1, after)
    return _page(desk, found, limit)


@own.post(
    "/disputes",
    status_code=201,
    operation_id="file_dispute",
    summary="Dispute a debt, complain, or tell what you think",
    responses=session_responses("loan_not_found", "not_entitled", "index_not_ready"),
)
def file_dispute(
    state: State, desk: Works, caller: Who, given: schemas.NewDispute
) -> schemas.Dispute:
    """Answered by `due_date`. Until a dispute is answered, nobody here contacts you about the
    loan."""
    loan_id = None
    if given.loan_id is not None:
        loan_id = loan_id_bytes(given.loan_id)
        require_own(state, desk, caller.subject, loan_id)
    elif given.kind == "dispute":
        raise Problem("validation_failed", "Say which loan you dispute: #/loan_id.")
    with desk_problem():
        made = desk.dispute(caller.subject, given.kind, given.topic, loan_id, given.words)
    return dispute_view(made, desk.today())


@own.get(
    "/disputes/{dispute_id}",
    operation_id="get_own_dispute",
    summary="One of one's own matters, with what was written",
    responses=session_responses("matter_not_found"),
)
def get_own_dispute(desk: Works, caller: Who, dispute_id: Id) -> schemas.DisputeWords:
    with desk_problem(), desk.reading() as db:
        found = disputes.get(db.conn, dispute_id)
    if found.subject != caller.subject:
        raise Problem("matter_not_found", "There is nothing with this id.")
    return _with_words(desk, found, desk.words_of(found.subject, dispute_id))


@own.post(
    "/disputes/{dispute_id}/withdraw",
    operation_id="withdraw_dispute",
    summary="Take one's own matter back",
    responses=session_responses("matter_not_found", "matter_over"),
)
def withdraw_dispute(desk: Works, caller: Who, dispute_id: Id) -> schemas.Dispute:
    with desk_problem():
        return dispute_view(desk.withdraw_dispute(caller.subject, dispute_id), desk.today())


@own.get(
    "/promises",
    operation_id="list_own_promises",
    summary="One's own promises to pay, newest first",
    responses=session_responses("matter_not_found"),
)
def list_own_promises(
    desk: Works,
    caller: Who,
    limit: Limit = 20,
    starting_after: Annotated[
        schemas.PromiseId | None, Query(description="Last one of the page before")
    ] = None,
) -> schemas.PromisePage:
    with desk_problem(), desk.reading() as db:
        after = None if starting_after is None else promises.get(db.conn, starting_after)
        found = promises.of_subject(db, caller.subject, limit + 1, after)
    data = [promise_view(one) for one in found[:limit]]
    return schemas.PromisePage(data=data, has_more=len(found) > limit)


@own.post(
    "/promises",
    status_code=201,
    operation_id="promise_to_pay",
    summary="Promise to pay",
    responses=session_responses(
        "loan_not_found", "not_entitled", "matter_exists", "index_not_ready"
    ),
)
def promise_to_pay(
    state: State, desk: Works, caller: Who, given: schemas.NewOwnPromise
) -> schemas.Promise:
    """About a loan of one's own. Nobody has to confirm that it was kept: the chain tells."""
    loan_id = loan_id_bytes(given.loan_id)
    require_own(state, desk, caller.subject, loan_id)
    with desk_problem():
        return promised(state, desk, caller.subject, loan_id, given)


@router.get(
    "",
    operation_id="list_disputes",
    summary="What waits for an answer, the one that is due first at the head",
    responses=session_responses("matter_not_found"),
)
def list_disputes(
    desk: Works, limit: Limit = 20, starting_after: After = None
) -> schemas.DisputePage:
    with desk_problem(), desk.reading() as db:
        after = None if starting_after is None else disputes.get(db.conn, starting_after)
        found = disputes.waiting(db, limit + 1, after)
    return _page(desk, found, limit)


@router.get(
    "/{dispute_id}",
    operation_id="get_dispute",
    summary="A matter with what was written",
    responses=session_responses("matter_not_found"),
)
def get_dispute(desk: Works, caller: Who, dispute_id: Id) -> schemas.DisputeWords:
    """The read is in the audit trail."""
    with desk_problem():
        text = desk.read_words(caller.subject, dispute_id)
        with desk.reading() as db:
            return _with_words(desk, disputes.get(db.conn, dispute_id), text)


@router.post(
    "/{dispute_id}/answer",
    operation_id="answer_dispute",
    summary="Answer a dispute, a complaint or feedback",
    responses=session_responses("matter_not_found", "matter_over", "same_eyes", "words_unkept"),
)
def answer_dispute(
    desk: Works, caller: Who, dispute_id: Id, given: schemas.DisputeAnswer
) -> schemas.Dispute:
    """Not by whoever works on the loan's case. The explanation is for who filed it."""
    with desk_problem():
        done = desk.answer(caller.subject, dispute_id, given.outcome, given.explanation)
    return dispute_view(done, desk.today())


def require_own(state: State, desk: Desk, subject: str, loan_id: bytes) -> None:
    """Raises `Problem` unless one of the subject's wallets owes the loan."""
    with state.snapshot(loan_id) as snapshot:
        borrower = snapshot.find(loan_id).agreement.borrower
    if not desk.access.wallets.has(subject, borrower):
        raise Problem("not_entitled", "You are not the borrower of this loan.")


def _page(desk: Desk, found: list[Dispute], limit: int) -> schemas.DisputePage:
    today = desk.today()
    data = [dispute_view(one, today) for one in found[:limit]]
    return schemas.DisputePage(data=data, has_more=len(found) > limit)


def _with_words(desk: Desk, found: Dispute, text: dict[str, str]) -> schemas.DisputeWords:
    return schemas.DisputeWords(
        dispute=dispute_view(found, desk.today()),
        words=text.get("words"),
        explanation=text.get("explanation"),
    )
