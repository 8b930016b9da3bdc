"""Changes of a loan that both sides sign: new terms, or a settlement."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.offers import (
    Document,
    GuarantyTerms,
    OfferRow,
    OfferSignature,
)
from tallystick.api.schemas.types import (
    Amount,
    AsOf,
    Date,
    Hash,
    Json,
    Percent,
    Schema,
    SplitAmounts,
    Token,
)

ChangeStatus = Literal["awaiting_signatures", "signed", "executed", "superseded", "expired"]
ChangeId = Annotated[
    str, Field(pattern=r"^change_[a-z2-7]{26}$", examples=["change_mfrggzdfmztwq2lknnwg23tpoa"])
]
Reason = Annotated[
    int, Field(ge=0, le=255, description="As in docs/ledger.md, Reasons", examples=[2])
]
ValidUntil = Annotated[
    str,
    Field(
        description="RFC 3339; last moment to take effect; seven days from now when left out",
        examples=["2026-04-07T00:00:00Z"],
    ),
]
ExternalId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[\x21-\x7e]+$",
        description="Yours",
        examples=["R-1007"],
    ),
]


class Waived(Schema):
    """The most that is forgiven of each component, base units."""

    penalty: Amount = "0"
    interest: Amount = "0"
    principal: Amount = "0"


class AmendmentInput(Schema):
    """New terms for what is owed. Parties, token, rounding, waterfall and conditions stay; the new
    principal is filled in: what will be owed on the last day of `valid_until`."""

    kind: Annotated[Literal["amendment"], Field(examples=["amendment"])]
    annual_rate_pct: Percent
    count: Annotated[int, Field(ge=1, le=600, description="Number of rows", examples=[18])]
    first_due_date: Date
    due_day: Annotated[
        int | None,
        Field(
            ge=1,
            le=31,
            description="months only; that of first_due_date when left out",
            examples=[31],
        ),
    ] = None
    amortization: Annotated[
        Literal["level", "equal_principal", "interest_only", "bullet"], Field(examples=["level"])
    ] = "level"
    grace_principal: Annotated[int, Field(ge=0, le=600, examples=[0])] = 0
    grace_interest: Annotated[int, Field(ge=0, le=600, examples=[0])] = 0
    waived: Waived = Waived()
    capitalise: Annotated[
        bool, Field(description="Unpaid interest becomes principal", examples=[True])
    ] = True
    watch_rows: Annotated[
        int,
        Field(
            ge=0, le=255, description="Rows to pay on time until standing is restored", examples=[6]
        ),
    ] = 0
    reason: Reason = 0
    guaranty: GuarantyTerms | None = None
    plan: Document
    valid_until: ValidUntil | None = None
    external_id: ExternalId | None = None


class SettlementInput(Schema):
    """An amount for everything that is owed; whoever sends the transaction pays it."""

    kind: Annotated[Literal["settlement"], Field(examples=["settlement"])]
    amount: Amount
    reason: Reason = 0
    plan: Document
    valid_until: ValidUntil | None = None
    external_id: ExternalId | None = None


ChangeInput = Annotated[AmendmentInput | SettlementInput, Field(discriminator="kind")]


class AmendmentTerms(Schema):
    """What is signed beside the new agreement."""

    terms_before: Hash
    status_before: Annotated[str, Field(examples=["active"])]
    waived: SplitAmounts
    capitalise: Annotated[bool, Field(examples=[True])]
    watch_rows: Annotated[int, Field(examples=[6])]
    reason: Reason
    plan_hash: Hash


class SettlementTerms(Schema):
    """What is signed for a settlement."""

    terms: Hash
    amount: Amount
    reason: Reason
    plan_hash: Hash


class SignedPlan(Schema):
    """`hash` is keccak-256 of `salt`, then the text in UTF-8; it is on chain once executed."""

    hash: Hash
    salt: Hash
    text: Annotated[str | None, Field(description="null: kept elsewhere", examples=["6 x 200"])]


class ChangeEffect(Schema):
    """What the change does if it takes effect on `as_of.today`, by the book's own arithmetic."""

    forgiven: SplitAmounts
    balance: Annotated[Amount, Field(description="Principal owed from then on")]
    deferred: Annotated[Amount, Field(description="Interest owed from then on, bearing none")]
    schedule: list[OfferRow]


class Change(Schema):
    """A change before or after it took effect. Who knows the id can read it."""

    change_id: ChangeId
    external_id: Annotated[str | None, Field(examples=["R-1007"])]
    kind: Annotated[Literal["amendment", "settlement"], Field(examples=["amendment"])]
    status: Annotated[ChangeStatus, Field(examples=["awaiting_signatures"])]
    loan_id: Hash
    digest: Annotated[str, Field(description="EIP-712 digest to sign", examples=["0x" + "9c" * 32])]
    token: Token
    agreement: Annotated[
        AgreementTerms | None, Field(description="The new terms; null for a settlement")
    ]
    amendment: AmendmentTerms | None
    settlement: SettlementTerms | None
    typed_data: Annotated[
        Json, Field(description="For eth_signTypedData_v4", examples=[{"primaryType": "Amendment"}])
    ]
    plan: SignedPlan
    effect: Annotated[
        ChangeEffect | None, Field(description="null once it cannot take effect any more")
    ]
    signatures: list[OfferSignature]
    missing: Annotated[list[str], Field(description="Who has to sign yet", examples=[["lender"]])]
    created_at: Annotated[str, Field(examples=["2026-03-31T09:30:00Z"])]
    valid_until: Annotated[str, Field(examples=["2026-04-07T00:00:00Z"])]
    as_of: AsOf
