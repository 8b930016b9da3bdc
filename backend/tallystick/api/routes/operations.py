"""How the service itself is: chain, index, jobs that recur, keeper."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.routes.health import check
from tallystick.api.routes.loans import State
from tallystick.api.schemas import operations as schemas
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.db import Database
from tallystick.jobs import store
from tallystick.jobs.job import Job
from tallystick.jobs.registry import JOBS
from tallystick.settlement.attempts import pulse

router = APIRouter(prefix="/v1/operations", tags=["health"], route_class=PrivateRoute)


@router.get(
    "",
    operation_id="get_operations",
    summary="Chain, index, jobs that recur and keeper, as they are now",
    responses=session_responses("index_not_ready"),
)
def get_operations(state: State) -> schemas.Operations:
    """Jobs and keeper are other processes: what they noted is told."""
    with state.snapshot() as snapshot:
        tried = pulse(snapshot.db, snapshot.now)
        jobs = [_job(snapshot.db, job, snapshot.now) for job in JOBS]
    return schemas.Operations(
        readiness=check(state),
        jobs=jobs,
        keeper=schemas.KeeperStatus(
            last_attempt_at=rfc3339_or_none(tried.last),
            last_success_at=rfc3339_or_none(tried.last_success),
            held_back=tried.held_back,
        ),
    )


def _job(db: Database, job: Job, now: int) -> schemas.RecurringJob:
    kept = done = None
    if store.exists(db):
        kept, done = store.newest(db, job.name), store.last_done(db, job.name)
    return schemas.RecurringJob(
        job=job.name,
        every_seconds=job.every,
        late=bool(job.turns(done, now)),
        newest=None
        if kept is None
        else schemas.JobTurn(
            began_at=rfc3339(kept.began), ran_at=rfc3339(kept.at), done=kept.done, told=kept.told
        ),
    )
