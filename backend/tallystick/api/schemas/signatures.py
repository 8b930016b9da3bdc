"""Who signed a loan's terms, as the API shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import Address, AsOf, ChainRef, Hash, Hex, Schema


class PartySignature(Schema):
    """A party to terms. Whoever sent the transaction need not have signed beside it."""

    role: Annotated[Literal["borrower", "lender", "guarantor"], Field(examples=["borrower"])]
    account: Address
    signature: Annotated[
        Hex | None,
        Field(description="Over `digest`; null if the transaction holds none", examples=["0x1b"]),
    ]


class SignedTerms(Schema):
    """Terms that were put into force."""

    kind: Annotated[
        Literal["agreement", "amendment"],
        Field(description="What the digest is of (EIP-712)", examples=["agreement"]),
    ]
    digest: Hash
    parties: list[PartySignature]
    sender: Address
    transaction: Annotated[
        Hex | None,
        Field(
            description="The whole signed transaction (EIP-2718), where a party sent it instead of "
            "signing and the node tells it",
            examples=["0x02f8"],
        ),
    ]
    chain: ChainRef


class SignaturesAnswer(Schema):
    """The terms as first signed, then every amendment."""

    loan_id: Hash
    data: list[SignedTerms]
    as_of: AsOf
