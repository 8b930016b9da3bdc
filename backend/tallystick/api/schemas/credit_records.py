"""Credit records: entries, disputes about them, and answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.repairs import Word
from tallystick.api.schemas.types import Address, Date, Hash, Schema, Time

EntryId = Annotated[str, Field(examples=["entry_mfrggzdfmztwq2lknnwg23tpoa"])]
DisputeId = Annotated[str, Field(examples=["dispute_mfrggzdfmztwq2lknnwg23tpoa"])]
DisputeOutcome = Literal["corrected", "stands"]


class RecordEntry(Schema):
    """One thing that happened to one loan."""

    entry_id: EntryId
    loan_id: Hash
    wallet: Address
    code: Annotated[str, Field(examples=["late"])]
    category: Annotated[Literal["positive", "neutral", "negative"], Field(examples=["negative"])]
    text: ReasonText
    day: Date
    days_late: Annotated[int | None, Field(description="Worst of it", examples=[34])]
    cured_on: Annotated[Date | None, Field(description="null: not over yet, or nothing to cure")]
    expires_on: Annotated[Date | None, Field(description="First day on which it is not told")]
    state: Annotated[
        Literal["told", "expired", "corrected", "disputed", "suspended"],
        Field(
            description="Others see told and disputed; suspended: a dispute was not answered in"
            " time",
            examples=["told"],
        ),
    ]
    reason: Annotated[str | None, Field(description="Of a correction", examples=[None])]


class CreditRecord(Schema):
    """Newest entry first."""

    data: list[RecordEntry]
    rules: Annotated[str, Field(description="Name and version", examples=["standard 1"])]


class StandingAttestationRequest(Schema):
    """For which of one's wallets, and what."""

    address: Address
    kind: Annotated[
        Literal["restored_standing", "repair_fund"], Field(examples=["restored_standing"])
    ] = "restored_standing"


class DisputeInput(Schema):
    """Why the entry is wrong. It is sealed."""

    text: Annotated[str, Field(min_length=1, max_length=4000, examples=["I paid in time."])]


class RecordDispute(Schema):
    """A dispute, and by when it is answered."""

    dispute_id: DisputeId
    entry_id: EntryId
    filed_at: Time
    due_at: Time
    overdue: Annotated[bool, Field(examples=[False])]
    outcome: Annotated[DisputeOutcome | None, Field(examples=["corrected"])]
    reason: Annotated[str | None, Field(examples=["payment_found"])]
    answered_at: Time | None


class RecordDisputes(Schema):
    """The one that is due first before the others."""

    data: list[RecordDispute]


class RecordDisputeFile(Schema):
    """A dispute with the entry and what the subject wrote."""

    dispute: RecordDispute
    words: Annotated[str, Field(examples=["I paid in time."])]
    entry: RecordEntry | None


class RecordDisputeAnswer(Schema):
    """`corrected` takes the entry out of the record; the reason is a word."""

    outcome: Annotated[DisputeOutcome, Field(examples=["corrected"])]
    reason: Word
