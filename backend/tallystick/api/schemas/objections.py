"""Objections to automated decisions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.identity import SubjectId
from tallystick.api.schemas.types import Schema, Time

ObjectionId = Annotated[
    str,
    Field(
        pattern=r"^objection_[a-z2-7]{26}$",
        description="Opaque",
        examples=["objection_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
Text = Annotated[
    str,
    # no control characters but line ends, nothing that only hides
    Field(
        min_length=1,
        max_length=4000,
        pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]*$",
    ),
]
Decision = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{1,20}_[a-z0-9]{1,64}$",
        description="The application that was decided on",
        examples=["application_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
OutcomeName = Literal["upheld", "overturned"]


class ObjectionRequest(Schema):
    """Against which decision, and why."""

    decision: Decision
    grounds: Annotated[Text, Field(examples=["My salary was read from an old statement."])]


class Objection(Schema):
    """One objection; a person answers it by `due_at`, at the end of a credit review."""

    objection_id: ObjectionId
    subject: SubjectId
    decision: Decision
    filed_at: Time
    due_at: Time
    outcome: Annotated[
        OutcomeName | None,
        Field(description="What became of the decision; null: waiting", examples=["overturned"]),
    ]
    answered_at: Time | None


class Objections(Schema):
    data: list[Objection]


class ObjectionPage(Objections):
    has_more: Annotated[bool, Field(examples=[False])]


class Words(Schema):
    """What was written."""

    grounds: Annotated[str, Field(examples=["My salary was read from an old statement."])]
    explanation: Annotated[
        str | None, Field(description="The reviewer's", examples=["The new statement counts."])
    ]
