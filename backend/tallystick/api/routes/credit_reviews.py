"""The queue of people who decide on credit. Whatever is read here is in the trail."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from tallystick.api.identity_problems import identity_problem
from tallystick.api.lending import TAG, lending_of, lending_problem, proposed_loan
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.messages import Notes
from tallystick.api.schemas import applications as schemas
from tallystick.api.schemas.applications import ProposedLoan
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.db import Database, write
from tallystick.decisions import objections, reviews, store
from tallystick.decisions.errors import DecisionConflict
from tallystick.decisions.told import tell_review
from tallystick.identity.authority.matters import Matter

router = APIRouter(
    prefix="/v1/credit-reviews",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(lending_of)],
)

Id = Annotated[
    str,
    Path(max_length=64, description="Opaque", examples=["review_mfrggzdfmztwq2lknnwg23tpoa"]),
]
_ERRORS = ("lending_unavailable", "application_not_found")


@router.get(
    "",
    operation_id="list_credit_reviews",
    summary="Applications that wait for a person, oldest first",
    responses=session_responses(*_ERRORS),
)
def list_credit_reviews(
    state: State,
    state_: Annotated[
        Literal["open", "closed"], Query(alias="state", description="Which", examples=["open"])
    ] = "open",
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Last one of the page before",
            examples=["review_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
    application: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Only of this one",
            examples=["application_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.CreditReviewPage:
    with state.writing() as db, lending_problem():
        if application is not None:
            of_one = reviews.of_decision(db, application)
            wanted = [one for one in of_one if (one.closed_at is None) == (state_ == "open")]
            return schemas.CreditReviewPage(
                data=[_answer(db, review) for review in wanted], has_more=False
            )
        after = None if starting_after is None else reviews.get(db, starting_after)
        found = reviews.page(db, is_open=state_ == "open", after=after, limit=limit + 1)
        data = [_answer(db, review) for review in found[:limit]]
    return schemas.CreditReviewPage(data=data, has_more=len(found) > limit)


@router.get(
    "/{review_id}",
    operation_id="get_credit_review",
    summary="Everything that a decision was made of",
    responses=session_responses(*_ERRORS),
)
def get_credit_review(
    state: State, lending: Lends, caller: Who, review_id: Id
) -> schemas.CreditFile:
    with state.writing() as db, lending_problem():
        review = reviews.get(db, review_id)
        file = reviews.read(db, lending.vault, lending.rights, review, caller.subject)
        return schemas.CreditFile(
            review=_answer(db, review),
            case=file.case.model_dump(mode="json"),
            outcome=file.outcome,
            objection=file.objection,
            proposal=_proposed(db, review, file),
        )


@router.post(
    "/{review_id}/proposal",
    status_code=201,
    operation_id="propose_credit",
    summary="Propose to approve, and ask a second person",
    responses=session_responses(*_ERRORS, "application_conflict", "same_eyes", "index_not_ready"),
)
def propose_credit(
    state: State,
    lending: Lends,
    access: Gate,
    caller: Who,
    review_id: Id,
    given: schemas.ProposalInput,
) -> schemas.ReviewProposal:
    """The policy computes the offer. The other one agrees to exactly that by
    `POST /v1/approvals/{approval_id}/approve`, and then `.../approval` signs it."""
    waived = frozenset(given.waived)
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        review = _others(db, caller, reviews.get(db, review_id))
        file = reviews.read(db, lending.vault, lending.rights, review, caller.subject)
        decided = reviews.outcome_of(db, review, file, waived, snapshot.now)
        if decided.outcome.verdict != "approve" or decided.outcome.proposal is None:
            codes = ", ".join(each.code for each in decided.outcome.reasons)
            raise DecisionConflict(f"these reasons stand against it: {codes}")
        content = {"offer": reviews.terms_digest(decided)}
        with identity_problem():
            asked = access.approvals.request(
                caller.subject, Matter.APPROVE_APPLICATION, review_id, content
            )
        reviews.propose(db, review, caller.subject, waived, asked.approval_id, snapshot.now)
    return schemas.ReviewProposal(
        review_id=review_id,
        approval_id=asked.approval_id,
        proposal=proposed_loan(decided.outcome.proposal.to_json()),
    )


@router.post(
    "/{review_id}/approval",
    operation_id="approve_credit",
    summary="Sign the offer that two people agreed on",
    responses=session_responses(
        *_ERRORS,
        "application_conflict",
        "same_eyes",
        "approval_not_found",
        "approval_closed",
        "index_not_ready",
    ),
)
def approve_credit(
    state: State,
    lending: Lends,
    access: Gate,
    notes: Notes,
    caller: Who,
    review_id: Id,
    given: schemas.ReviewVerdict,
) -> schemas.CreditReview:
    """Uses the approval up. The applicant gets a message, and finds the offer in its application,
    and the answer to an objection with it."""
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        review = _others(db, caller, reviews.get(db, review_id))
        _needs_words(review, given)
        if review.approval_id is None or review.closed_at is not None:
            _answered(db, access, caller, review, given)
            raise DecisionConflict("nothing was proposed, or the review is closed")
        file = reviews.read(db, lending.vault, lending.rights, review, caller.subject)
        with identity_problem():
            matter = Matter.APPROVE_APPLICATION
            agreed = access.approvals.use(caller.subject, review.approval_id, matter, review_id)
        lending.approve(db, review, file, agreed.content["offer"], given.reason, snapshot.now)
        closed = reviews.get(db, review_id)
        _answered(db, access, caller, closed, given)
        return _told(db, notes, closed, snapshot.now)


@router.post(
    "/{review_id}/refusal",
    operation_id="refuse_credit",
    summary="Decline, or let the decision stand",
    responses=session_responses(*_ERRORS, "application_conflict", "same_eyes", "index_not_ready"),
)
def refuse_credit(
    state: State,
    access: Gate,
    notes: Notes,
    caller: Who,
    review_id: Id,
    given: schemas.ReviewVerdict,
) -> schemas.CreditReview:
    """The applicant gets a message."""
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        review = _others(db, caller, reviews.get(db, review_id))
        _needs_words(review, given)
        _answered(db, access, caller, review, given)
        with write(db) as conn:
            reviews.close(conn, review, caller.subject, "decline", given.reason, snapshot.now)
        closed = reviews.get(db, review_id)
        _answered(db, access, caller, closed, given)
        return _told(db, notes, closed, snapshot.now)


def _proposed(db: Database, review: reviews.Review, file: reviews.File) -> ProposedLoan | None:
    """What a second person is asked to agree to, computed anew."""
    if review.proposed_at is None:
        return None
    decided = reviews.outcome_of(db, review, file, frozenset(review.waived), review.proposed_at)
    proposal = decided.outcome.proposal
    return None if proposal is None else proposed_loan(proposal.to_json())


def _others(db: Database, caller: Who, review: reviews.Review) -> reviews.Review:
    """Nobody decides about himself. Raises `Problem`."""
    if store.get(db, review.decision_id).subject == caller.subject:
        raise Problem("same_eyes", "Somebody else decides about your application.")
    return review


def _needs_words(review: reviews.Review, given: schemas.ReviewVerdict) -> None:
    """Whoever objected is told in sentences. Raises `Problem`."""
    if review.cause == "objection" and given.explanation is None:
        fault = FieldError("is the answer to the objection", pointer="#/explanation")
        raise Problem("validation_failed", "Please explain your answer.", errors=[fault])


def _answered(
    db: Database,
    access: Gate,
    caller: Who,
    review: reviews.Review,
    given: schemas.ReviewVerdict,
) -> None:
    """Answers the objection that a closed review was about; also one whose answer was cut off."""
    if review.outcome is not None and review.cause == "objection":
        decision = store.get(db, review.decision_id)
        with identity_problem():
            objections.answer(
                access.rights.objections,
                decision,
                caller.subject,
                review.outcome,
                given.explanation or "",
            )


def _told(db: Database, notes: Notes, closed: reviews.Review, now: int) -> schemas.CreditReview:
    """Sends the applicant a message; the review, as the API shows it."""
    with notes.open() as box:
        tell_review(db, box, closed, now)
    return _answer(db, closed)


def _answer(db: Database, review: reviews.Review) -> schemas.CreditReview:
    decision = store.get(db, review.decision_id)
    return schemas.CreditReview(
        review_id=review.review_id,
        application_id=review.decision_id,
        cause=review.cause,
        product=decision.product,
        reasons=list(decision.reasons),
        opened_at=rfc3339(review.opened_at),
        waived=list(review.waived),
        approval_id=review.approval_id,
        outcome=review.outcome,
        reason=review.reason,
        closed_at=rfc3339_or_none(review.closed_at),
    )
