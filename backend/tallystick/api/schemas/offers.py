"""Offers: terms in, something to sign and to submit out."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.loans import RowAmounts
from tallystick.api.schemas.types import (
    ADDRESS_PATTERN,
    BOOK,
    HASH,
    HASH_PATTERN,
    Address,
    Amortization,
    Amount,
    AsOf,
    ChainId,
    Date,
    DayCount,
    Frequency,
    Hash,
    Hex,
    InterestMethod,
    Json,
    Percent,
    Prepayment,
    Schema,
    Time,
    Token,
    Transfer,
    Waterfall,
)

OfferStatus = Literal["awaiting_signatures", "signed", "originated", "expired"]


class Document(Schema):
    """The agreement's document: its text, which is hashed with a new salt and not kept; or the
    salted hash of one that the caller keeps, keccak-256 of salt, then UTF-8 text."""

    text: Annotated[
        str | None, Field(min_length=1, max_length=100_000, examples=["Ada owes Ben …"])
    ] = None
    hash: Annotated[str | None, Field(pattern=HASH_PATTERN, examples=[HASH])] = None
    salt: Annotated[str | None, Field(pattern=HASH_PATTERN, examples=["0x" + "11" * 32])] = None

    @model_validator(mode="after")
    def check_one_form(self) -> Self:
        hashed = self.hash is not None and self.salt is not None
        if hashed == (self.text is not None) or (self.hash is None) != (self.salt is None):
            raise ValueError("give either the text, or hash and salt")
        return self


DaysPastDue = Annotated[
    int,
    Field(ge=0, le=65_535, description="Past the oldest unpaid due date; 0: never", examples=[60]),
]


class GuarantyTerms(Schema):
    """Who answers for the borrower, and signs too."""

    guarantor: Address
    guaranteed: Annotated[Amount, Field(description="Most that the guarantor pays, base units")]
    guarantee_days: Annotated[
        int,
        Field(ge=1, le=65_535, description="Days past due until it is drawn on", examples=[30]),
    ]


class Collateral(Schema):
    """What the borrower leaves in escrow, and how it is sold once the loan is accelerated."""

    token: Address
    amount: Annotated[Amount, Field(description="Base units of the collateral's token")]
    price: Annotated[
        Amount, Field(description="At which its sale begins: base units of the loan's, for all")
    ]
    floor: Annotated[Amount, Field(description="At which its sale ends, for all of it")]
    auction_days: Annotated[
        int, Field(ge=1, le=365, description="From the first price to the last", examples=[7])
    ]


class OfferConditions(Schema):
    """Security, and what may happen when the borrower fails. Left out: not agreed."""

    default_days: DaysPastDue = 0
    acceleration_days: DaysPastDue = 0
    write_off_days: DaysPastDue = 0
    guaranty: GuarantyTerms | None = None
    collateral: Collateral | None = None
    transfer: Transfer = "free"
    transferees: Annotated[
        Hash | None, Field(description="listed: root of the accounts' Merkle tree")
    ] = None
    gate: Annotated[
        Address | None, Field(description="Contract that says whose attestations count")
    ] = None
    borrower_kind: Annotated[
        Hash | None, Field(description="Attestation that the borrower must have")
    ] = None
    lender_kind: Annotated[
        Hash | None, Field(description="Attestation that whoever holds the claim must have")
    ] = None


class OfferTerms(Schema):
    """What the parties agree on. What is left out is filled in and shown before anybody signs."""

    borrower: Address
    lender: Address
    token: Address
    chain_id: Annotated[
        int | None,
        Field(ge=1, lt=2**63, description="The first book's when left out", examples=[31337]),
    ] = None
    book: Annotated[
        str | None,
        Field(
            pattern=ADDRESS_PATTERN,
            description="The first book, or the only one of the chain, when left out",
            examples=[BOOK],
        ),
    ] = None
    principal: Amount
    annual_rate_pct: Percent
    amortization: Annotated[Amortization, Field(examples=["level"])]
    frequency: Annotated[Frequency, Field(examples=["months"])]
    every: Annotated[
        int, Field(ge=1, le=3650, description="Units between due dates", examples=[1])
    ] = 1
    count: Annotated[int, Field(ge=1, le=600, description="Number of rows", examples=[12])]
    start_date: Annotated[
        Date | None, Field(description="First day that bears interest; today when left out")
    ] = None
    first_due_date: Date
    due_day: Annotated[
        int | None,
        Field(
            ge=1,
            le=31,
            description="months only; the day of first_due_date when left out",
            examples=[31],
        ),
    ] = None
    installment: Annotated[
        Amount | None,
        Field(description="Computed when left out; for level and equal_principal"),
    ] = None
    quantum: Annotated[
        Amount | None, Field(description="Rounding quantum; a hundredth of the token when left out")
    ] = None
    penalty_rate_pct: Percent = "0"
    grace_days: Annotated[int, Field(ge=0, le=365, examples=[3])] = 0
    penalty_cap_days: Annotated[int, Field(ge=0, le=3650, examples=[365])] = 0
    interest_method: InterestMethod = "declining"
    day_count: Annotated[
        DayCount | None,
        Field(description="thirty_360 for months and actual_365 otherwise when left out"),
    ] = None
    prepayment: Prepayment = "shorter_term"
    prepayment_fee_pct: Annotated[
        Percent, Field(description="Per cent of principal paid before it is due")
    ] = "0"
    waterfall: Waterfall = "penalty_interest_principal"
    grace_principal: Annotated[
        int, Field(ge=0, le=600, description="First rows that repay no principal", examples=[0])
    ] = 0
    grace_interest: Annotated[
        int, Field(ge=0, le=600, description="First rows that pay nothing", examples=[0])
    ] = 0
    rows: Annotated[
        Address | None,
        Field(description="custom only: contract that lists the balance left after each row"),
    ] = None
    conditions: OfferConditions | None = None
    document: Document
    valid_until: Annotated[
        str | None,
        Field(
            examples=["2026-04-07T00:00:00Z"],
            description="RFC 3339; last moment to originate; seven days from now when left out",
        ),
    ] = None
    external_id: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=64,
            pattern=r"^[\x21-\x7e]+$",
            description="Yours",
            examples=["A-1007"],
        ),
    ] = None


class SignatureInput(Schema):
    """Of borrower, lender or guarantor over the offer's typed data; ERC-1271 for contracts."""

    signer: Address
    signature: Hex


class OfferSignature(Schema):
    signer: Address
    role: Annotated[Literal["borrower", "lender", "guarantor"], Field(examples=["borrower"])]
    signed_at: Time


class OfferRow(Schema):
    """One row of the schedule, base units."""

    n: Annotated[int, Field(ge=1, examples=[1])]
    due_date: Date
    interest: Amount
    principal: Amount
    total: Amount
    balance: Annotated[
        str, Field(description="Principal left after the row", examples=["11054000000"])
    ]


class OfferDocument(Schema):
    hash: Hash
    salt: Annotated[
        str,
        Field(
            description="Keep it with the document to prove the hash", examples=["0x" + "11" * 32]
        ),
    ]


class Offer(Schema):
    """An agreement before it is on chain. Who knows the id can read it; tell nobody else."""

    offer_id: Annotated[
        str, Field(pattern=r"^offer_[a-z2-7]{26}$", examples=["offer_mfrggzdfmztwq2lknnwg23tpoa"])
    ]
    external_id: Annotated[str | None, Field(examples=["A-1007"])]
    status: Annotated[OfferStatus, Field(examples=["awaiting_signatures"])]
    loan_id: Annotated[
        str,
        Field(
            description="EIP-712 digest to sign, the loan's id once originated",
            examples=["0x" + "9c" * 32],
        ),
    ]
    agreement: AgreementTerms
    token: Token
    typed_data: Annotated[
        Json, Field(description="For eth_signTypedData_v4", examples=[{"primaryType": "Agreement"}])
    ]
    schedule: list[OfferRow]
    totals: RowAmounts
    annual_cost_pct: Annotated[
        str,
        Field(
            description="Annual percentage rate of charge: all payments, as an effective rate",
            examples=["12.68"],
        ),
    ]
    document: OfferDocument
    signatures: list[OfferSignature]
    created_at: Time
    valid_until: Time
    as_of: AsOf


class OfferSummary(Schema):
    """An offer in a lender's list."""

    offer_id: Annotated[str, Field(examples=["offer_mfrggzdfmztwq2lknnwg23tpoa"])]
    status: Annotated[OfferStatus, Field(examples=["awaiting_signatures"])]
    withdrawn: Annotated[
        bool | None,
        Field(description="Signature taken back on chain; null: not known now", examples=[False]),
    ]
    loan_id: Hash
    borrower: Address
    lender: Address
    token: Token
    principal: Amount
    annual_rate: Annotated[str, Field(description="1e-9 per year", examples=["120000000"])]
    frequency: Annotated[Frequency, Field(examples=["months"])]
    every: Annotated[int, Field(examples=[1])]
    count: Annotated[int, Field(examples=[12])]
    created_at: Time
    valid_until: Time


class OfferPage(Schema):
    """Newest first. Go on with `starting_after` = the last `offer_id`."""

    data: list[OfferSummary]
    has_more: Annotated[bool, Field(description="Whether older ones exist", examples=[False])]
    as_of: AsOf


class LoanTransaction(Schema):
    """What a party, or anybody who pays, wants to do with a loan."""

    kind: Annotated[
        Literal[
            "pay",
            "payoff",
            "collect",
            "autopay_on",
            "autopay_off",
            "declare_default",
            "accelerate",
            "write_off",
            "draw_guarantor",
            "release_collateral",
        ],
        Field(examples=["pay"]),
    ]
    sender: Annotated[
        str,
        Field(
            pattern=r"^0x[0-9a-fA-F]{40}$",
            description="Who will send it; pay and payoff take from it",
            examples=["0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"],
        ),
    ]
    amount: Annotated[
        Amount | None,
        Field(description="pay: the most to take, else what is due; payoff: the most to accept"),
    ] = None


class Transaction(Schema):
    """Ready for eth_sendTransaction."""

    chain_id: ChainId
    to: Address
    data: Hex
    value: Annotated[str, Field(description="Wei, hex", examples=["0x0"])]
    sender: Annotated[
        str | None, Field(description="Account it was simulated for", examples=[None])
    ]
    takes: Annotated[
        str | None,
        Field(
            description="Base units that the simulated transaction moves; null when not simulated",
            examples=["1066190000"],
        ),
    ]
    token: Token
    as_of: AsOf
