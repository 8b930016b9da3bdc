"""Objections to automated decisions: one's own, and those that wait for a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from tallystick.api.identity_problems import identity_problem
from tallystick.api.lending import lending_of, lending_problem
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.applications import find
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import objections as schemas
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.decisions.objections import object_to
from tallystick.identity.rights.objections import Objection

own = APIRouter(prefix="/v1/me/objections", tags=[TAG], route_class=PrivateRoute)
router = APIRouter(prefix="/v1/objections", tags=[TAG], route_class=PrivateRoute)

ObjectionId = Annotated[
    schemas.ObjectionId,
    Path(description="Which", examples=["objection_mfrggzdfmztwq2lknnwg23tpoa"]),
]


@own.get(
    "",
    operation_id="list_own_objections",
    summary="One's own objections, newest first",
    responses=session_responses(),
)
def list_own_objections(access: Gate, caller: Who) -> schemas.Objections:
    found = access.rights.objections.of_subject(caller.subject)
    return schemas.Objections(data=[_answer(one) for one in found])


@own.post(
    "",
    status_code=201,
    operation_id="object",
    summary="Object to a decision that a machine took",
    responses=session_responses(
        "objection_exists",
        "application_not_found",
        "application_conflict",
        "lending_unavailable",
        "index_not_ready",
    ),
    dependencies=[Depends(lending_of)],
)
def object_(
    state: State, access: Gate, caller: Who, given: schemas.ObjectionRequest
) -> schemas.Objection:
    """Once for each decision. A person looks at it in a credit review, and answers within a
    month."""
    with (
        state.snapshot() as snapshot,
        state.writing() as db,
        lending_problem(),
        identity_problem(),
    ):
        decision = find(db, caller.subject, given.decision)
        made = object_to(db, access.rights.objections, decision, given.grounds, snapshot.now)
    return _answer(made)


@own.get(
    "/{objection_id}/words",
    operation_id="get_own_objection_words",
    summary="What one wrote, and the answer",
    responses=session_responses("objection_not_found"),
)
def get_own_objection_words(access: Gate, caller: Who, objection_id: ObjectionId) -> schemas.Words:
    with identity_problem():
        if access.rights.objections.get(objection_id).subject != caller.subject:
            raise Problem("objection_not_found", "There is no such objection.")
        return _words(access, caller, objection_id)


@router.get(
    "",
    operation_id="list_objections",
    summary="Objections without an answer, the one that is due first at the head",
    responses=session_responses("objection_not_found"),
)
def list_objections(
    access: Gate,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.ObjectionId | None,
        Query(
            description="Last one of the page before",
            examples=["objection_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.ObjectionPage:
    objections = access.rights.objections
    with identity_problem():
        after = None if starting_after is None else objections.get(starting_after)
        found = objections.waiting(limit + 1, after)
    return schemas.ObjectionPage(
        data=[_answer(one) for one in found[:limit]], has_more=len(found) > limit
    )


@router.get(
    "/{objection_id}",
    operation_id="get_objection",
    summary="One objection, answered or not",
    responses=session_responses("objection_not_found"),
)
def get_objection(access: Gate, objection_id: ObjectionId) -> schemas.Objection:
    with identity_problem():
        return _answer(access.rights.objections.get(objection_id))


@router.get(
    "/{objection_id}/words",
    operation_id="get_objection_words",
    summary="What somebody wrote",
    responses=session_responses("objection_not_found"),
)
def get_objection_words(access: Gate, caller: Who, objection_id: ObjectionId) -> schemas.Words:
    with identity_problem():
        return _words(access, caller, objection_id)


def _words(access: Gate, caller: Who, objection_id: str) -> schemas.Words:
    found = access.rights.objections.words(caller.subject, objection_id)
    return schemas.Words(grounds=found.grounds, explanation=found.explanation)


def _answer(found: Objection) -> schemas.Objection:
    return schemas.Objection(
        objection_id=found.objection_id,
        subject=found.subject,
        decision=found.decision,
        filed_at=rfc3339(found.filed_at),
        due_at=rfc3339(found.due_at),
        outcome=found.outcome,  # type: ignore[arg-type]
        answered_at=rfc3339_or_none(found.answered_at),
    )
