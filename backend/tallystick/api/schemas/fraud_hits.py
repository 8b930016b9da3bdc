"""What rules of fraud and identity found, and what people say of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.applications import ApplicationId
from tallystick.api.schemas.identity import SubjectId
from tallystick.api.schemas.objections import Text
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import Schema, Time

HitId = Annotated[int, Field(ge=1, lt=2**62, description="Counts hits", examples=[7])]
HitOutcome = Annotated[
    Literal["confirmed", "cleared"],
    Field(description="Whether it is what the rule looks for", examples=["cleared"]),
]


class HitJudgement(Schema):
    """What somebody said of a hit."""

    reviewer: SubjectId
    outcome: HitOutcome
    reason: Annotated[str, Field(examples=["Two sisters share a telephone."])]
    at: Time


class FraudHit(Schema):
    """One hit of one rule. The newest judgement stands; the earlier ones tell how it came to that.

    The text is for those who judge: an applicant is told the kind of reason only.
    """

    hit_id: HitId
    application_id: ApplicationId
    subject: SubjectId
    rule: Annotated[str, Field(examples=["duplicate"])]
    severity: Annotated[
        Literal["info", "refer", "decline"],
        Field(description="What it means for the decision", examples=["refer"]),
    ]
    text: ReasonText
    evidence: Annotated[
        str, Field(description="SHA-256 of all that was compared", examples=["9c" * 32])
    ]
    found_at: Time
    judgements: list[HitJudgement]


class FraudHitPage(Schema):
    """Oldest first."""

    data: list[FraudHit]
    has_more: Annotated[bool, Field(examples=[False])]


class HitJudgementInput(Schema):
    """One's judgement, and why in one's own words."""

    outcome: HitOutcome
    reason: Annotated[
        Text,
        Field(
            max_length=1000,
            description="1,000 characters at most",
            examples=["Two sisters share a telephone."],
        ),
    ]
