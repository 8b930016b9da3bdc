"""Hits of fraud and identity rules: those that wait for a person, and what people say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query

from tallystick.api.lending import TAG, lending_of
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.schemas import fraud_hits as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import rfc3339

if TYPE_CHECKING:  # numpy comes along, slow to load
    from tallystick.screening import Screening
    from tallystick.screening.queue import Filed

router = APIRouter(
    prefix="/v1/fraud-hits",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(lending_of)],
)

HitId = Annotated[schemas.HitId, Path(description="Which")]
_ERRORS = ("lending_unavailable",)


@router.get(
    "",
    operation_id="list_fraud_hits",
    summary="Hits that wait for a person, oldest first, or all of one application",
    responses=session_responses(*_ERRORS),
)
def list_fraud_hits(
    lending: Lends,
    application: Annotated[
        str | None,
        Query(
            max_length=64,
            description="All of this one, judged or not",
            examples=["application_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        int, Query(ge=0, lt=2**62, description="Last one of the page before", examples=[7])
    ] = 0,
) -> schemas.FraudHitPage:
    """The page of one application is whole: an application has few hits."""
    screening = _screening(lending)
    if application is not None:
        found, more = screening.hits_of(application), False
    else:
        found = screening.open_hits(limit + 1, starting_after)
        found, more = found[:limit], len(found) > limit
    return schemas.FraudHitPage(data=[_answer(one) for one in found], has_more=more)


@router.post(
    "/{hit_id}/judgement",
    status_code=201,
    operation_id="judge_fraud_hit",
    summary="Say of a hit that it is confirmed, or cleared, and why",
    responses=session_responses(*_ERRORS, "hit_not_found", "same_eyes"),
)
def judge_fraud_hit(
    lending: Lends, access: Gate, caller: Who, hit_id: HitId, given: schemas.HitJudgementInput
) -> schemas.FraudHit:
    """A confirmed hit marks whatever else shares a trace with it. Nobody judges a hit of his own;
    to change one's mind, judge again."""
    from tallystick.screening import HitUnknown, ReviewRefused

    screening = _screening(lending)
    try:
        if screening.hit(hit_id).subject == caller.subject:
            raise Problem("same_eyes", "Somebody else judges a hit of yours.")
        access.note(caller.session, f"judge_hit:{given.outcome}", f"hit/{hit_id}")
        now = access.vault.now()
        screening.review(hit_id, caller.subject, given.outcome, given.reason, at=now)
        return _answer(screening.hit(hit_id))
    except HitUnknown as error:
        raise Problem("hit_not_found", "There is no hit of this number.") from error
    except ReviewRefused as error:
        raise Problem("validation_failed", f"{error}".capitalize() + ".") from error


def _screening(lending: Lends) -> Screening:
    if lending.screening is None:
        raise Problem("lending_unavailable", "This service screens no applications.")
    return lending.screening


def _answer(found: Filed) -> schemas.FraudHit:
    hit = found.hit
    return schemas.FraudHit(
        hit_id=found.hit_id,
        application_id=found.application,
        subject=found.subject,
        rule=hit.rule,
        severity=hit.severity.value,
        text=ReasonText(en=hit.text("en"), zh_hans=hit.text("zh")),
        evidence=hit.evidence,
        found_at=rfc3339(found.at),
        judgements=[
            schemas.HitJudgement(
                reviewer=one.reviewer, outcome=one.outcome, reason=one.reason, at=rfc3339(one.at)
            )
            for one in found.reviews
        ],
    )
