"""What handling cases did."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.desk import TAG, closed_file
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.routes.collections import Works
from tallystick.api.routes.loans import State
from tallystick.api.schemas import servicing as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.servicing import effect

router = APIRouter(prefix="/v1", tags=[TAG], route_class=PrivateRoute)


@router.get(
    "/early-warning/effect",
    operation_id="get_warning_effect",
    summary="Handled and not handled cases compared",
    responses=session_responses("close_not_found"),
)
def get_warning_effect(state: State, desk: Works) -> schemas.Effect:
    """Read `limits` before you read the difference."""
    with closed_file(state.settings) as closed, desk.reading() as cases:
        found = effect.measure(cases, closed, desk.policy)
    rules = desk.policy.cases
    english, chinese = (
        text.format(landmark=rules.handled_within, horizon=rules.horizon) for text in effect.METHOD
    )
    return schemas.Effect(
        strata=[
            schemas.Stratum(
                urgency=one.urgency,
                bucket=one.bucket,
                handled=schemas.Group(**one.handled._asdict()),
                unhandled=schemas.Group(**one.unhandled._asdict()),
            )
            for one in found.strata
        ],
        cases=found.cases,
        difference_pct=_percent(found.difference),
        low_pct=_percent(found.low),
        high_pct=_percent(found.high),
        method=ReasonText(en=english, zh_hans=chinese),
        limits=ReasonText(en=effect.LIMITS[0], zh_hans=effect.LIMITS[1]),
    )


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}"
