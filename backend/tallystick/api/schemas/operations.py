"""How the service itself is: jobs that recur, and the keeper."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.chain import Readiness
from tallystick.api.schemas.types import Schema, Time


class JobTurn(Schema):
    """The newest turn of a job."""

    began_at: Annotated[Time, Field(description="Of the period, on the chain's clock")]
    ran_at: Time
    done: Annotated[bool, Field(examples=[True])]
    told: Annotated[str, Field(description="What it did, or why not", examples=["3 closed"])]


class RecurringJob(Schema):
    """A job. `late`: a turn is over that it has not done."""

    job: Annotated[str, Field(examples=["close"])]
    every_seconds: Annotated[int, Field(examples=[3600])]
    late: Annotated[bool, Field(examples=[False])]
    newest: JobTurn | None


class KeeperStatus(Schema):
    """What the keeper tried, on every chain. Times are the chain's."""

    last_attempt_at: Time | None
    last_success_at: Time | None
    held_back: Annotated[
        int, Field(description="Loans whose last pull failed, and that wait", examples=[3])
    ]


class Operations(Schema):
    """How the service is now."""

    readiness: Readiness
    jobs: list[RecurringJob]
    keeper: KeeperStatus
