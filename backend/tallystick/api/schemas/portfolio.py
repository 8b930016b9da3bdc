"""A portfolio's risk figures as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import Amount, AsOf, Hash, Schema, Token

AssetClassName = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
Loans = Annotated[int, Field(ge=0, description="Number of loans", examples=[42])]
Ppm = Annotated[
    int,
    Field(ge=0, le=1_000_000, description="Share of all outstanding, 1e-6", examples=[31_250]),
]


class PortfolioTotal(Schema):
    """Active loans and their outstanding principal."""

    loans: Loans
    outstanding: Amount


class AgeingBucket(Schema):
    """Loans by days past due."""

    days: Annotated[str, Field(description="Days past due", examples=["1-30"])]
    loans: Loans
    outstanding: Amount
    ppm: Ppm


class ClassShare(Schema):
    """Loans of one of the five categories, and the provision for them."""

    asset_class: Annotated[AssetClassName, Field(examples=["special_mention"])]
    loans: Loans
    outstanding: Amount
    ppm: Ppm
    provision: Amount


class ParShare(Schema):
    """Loans more than `above` days past due."""

    above: Annotated[int, Field(ge=0, description="Days past due", examples=[30])]
    loans: Loans
    outstanding: Amount
    ppm: Ppm


class LoanStanding(Schema):
    """How late an active loan is. Bucket and class go by the raw days past due."""

    days_past_due: Annotated[
        int, Field(ge=0, description="Days since the oldest unpaid due date", examples=[12])
    ]
    delinquent_days: Annotated[
        int, Field(ge=0, description="Those after the agreement's grace days", examples=[9])
    ]
    bucket: Annotated[str, Field(description="Ageing bucket in days", examples=["1-30"])]
    asset_class: Annotated[AssetClassName, Field(examples=["special_mention"])]
    outstanding: Amount
    provision: Amount


class DelinquencyAnswer(Schema):
    """`standing` is null once the loan is closed."""

    loan_id: Hash
    token: Token
    standing: LoanStanding | None
    as_of: AsOf


class PortfolioAnswer(Schema):
    """The active loans in one token on the day of the answer."""

    token: Token
    total: PortfolioTotal
    buckets: list[AgeingBucket]
    classes: list[ClassShare]
    provision: Amount
    par: list[ParShare]
    as_of: AsOf
