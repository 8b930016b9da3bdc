"""What may be done about a loan that is not paid."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import AsOf, Date, Hash, Schema
from tallystick.loans.steps import StepKind, StepState


class LoanStep(Schema):
    """A step that the terms provide for."""

    kind: Annotated[StepKind, Field(examples=["declare_default"])]
    state: Annotated[
        StepState,
        Field(
            description="waiting: until `from`; after_...: another step comes first",
            examples=["waiting"],
        ),
    ]
    by: Annotated[
        Literal["holder", "anybody", "nobody"],
        Field(description="Who may take it; nobody: it comes by itself", examples=["holder"]),
    ]
    days: Annotated[
        int | None, Field(description="Days past due that are agreed for it", examples=[60])
    ]
    from_: Annotated[
        Date | None,
        Field(
            alias="from",
            description="First day on which it is possible, if what is unpaid stays so",
        ),
    ]


class LoanSteps(Schema):
    """Steps in the order in which they can come; what is not agreed is left out."""

    loan_id: Hash
    days_past_due: Annotated[int, Field(ge=0, examples=[44])]
    data: list[LoanStep]
    as_of: AsOf
