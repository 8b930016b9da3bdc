"""What one's own behaviour changes in what one is offered."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from tallystick.api.lending import TAG, lending_of, lending_problem, reasons_of
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import applications as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import rfc3339
from tallystick.decisions import behaviour
from tallystick.decisions.books import books_now
from tallystick.decisions.releases import active, bench_named
from tallystick.decisions.standing import standing_of

own = APIRouter(
    prefix="/v1/me/standing",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(lending_of)],
)


@own.get(
    "",
    operation_id="get_standing",
    summary="What one's behaviour changes, and why",
    responses=session_responses("lending_unavailable", "index_not_ready"),
)
def get_standing(state: State, access: Gate, caller: Who) -> schemas.LendingStanding:
    """By the policy in force, from the loans of all one's wallets."""
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        wallets = [wallet.address for wallet in access.wallets.of_subject(caller.subject)]
        policy = bench_named(db, active(db), "champion").policy
        found = standing_of(books_now(db, wallets, snapshot.clocks), policy)
        moves = behaviour.moves_of(db, caller.subject)
    return schemas.LendingStanding(
        grade_shift=found.grade_shift,
        limit_pct=found.limit_pct,
        reason=reasons_of([found.reason.to_json()])[0],
        moves=[
            schemas.StandingMove(
                at=rfc3339(move.at),
                grade_shift=move.grade_shift,
                limit_pct=move.limit_pct,
                text=ReasonText.model_validate({"en": move.en, "zh-Hans": move.zh}),
            )
            for move in moves
        ],
    )
