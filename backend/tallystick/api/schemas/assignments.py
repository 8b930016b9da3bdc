"""Transfers of claims that are signed and sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.changes import ValidUntil
from tallystick.api.schemas.offers import OfferSignature
from tallystick.api.schemas.types import Address, Amount, AsOf, Hash, Json, Schema, Token

AssignmentStatus = Literal["awaiting_signatures", "signed", "executed", "superseded", "expired"]
AssignmentId = Annotated[
    str, Field(pattern=r"^sale_[a-z2-7]{26}$", examples=["sale_mfrggzdfmztwq2lknnwg23tpoa"])
]


class ClaimTransferInput(Schema):
    """To whom the claim goes, and for how much."""

    to: Annotated[Address, Field(description="The new holder, EIP-55")]
    price: Annotated[
        Amount,
        Field(description="In the loan's token, paid by the new holder; 0: given away"),
    ] = "0"
    min_outstanding: Annotated[
        Amount | None,
        Field(
            description="Principal that must still be left when it takes effect; what is "
            "outstanding now when left out"
        ),
    ] = None
    proof: Annotated[
        list[Hash],
        Field(
            default_factory=list,
            max_length=64,
            description="Where the claim may go to listed accounts: the buyer's Merkle proof",
            examples=[[]],
        ),
    ]
    valid_until: ValidUntil | None = None


class ClaimTransfer(Schema):
    """A transfer before or after it took effect. Who knows the id can read it."""

    assignment_id: AssignmentId
    status: Annotated[AssignmentStatus, Field(examples=["awaiting_signatures"])]
    loan_id: Hash
    digest: Annotated[str, Field(description="EIP-712 digest to sign", examples=["0x" + "9c" * 32])]
    token: Token
    holder: Annotated[Address, Field(description="Who sells")]
    to: Annotated[Address, Field(description="Who buys, and sends it if there is a price")]
    price: Amount
    min_outstanding: Amount
    outstanding: Annotated[Amount, Field(description="Principal that is left now")]
    typed_data: Annotated[
        Json,
        Field(description="For eth_signTypedData_v4", examples=[{"primaryType": "Assignment"}]),
    ]
    signatures: list[OfferSignature]
    missing: Annotated[list[str], Field(description="Who has to sign yet", examples=[["lender"]])]
    created_at: Annotated[str, Field(examples=["2026-03-31T09:30:00Z"])]
    valid_until: Annotated[str, Field(examples=["2026-04-07T00:00:00Z"])]
    as_of: AsOf
