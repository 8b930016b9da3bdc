"""What is lent, as the catalogue in force says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.applications import Digest, Name
from tallystick.api.schemas.plans import Kind, ReasonText
from tallystick.api.schemas.quotes import Decimal
from tallystick.api.schemas.types import Frequency, Percent, Schema, Token


class ProductField(Schema):
    """One thing to declare: a decimal within bounds, or one of the levels."""

    name: Name
    kind: Annotated[Literal["numeric", "categorical"], Field(examples=["categorical"])]
    label: ReasonText
    required: Annotated[bool, Field(examples=[True])]
    least: Decimal | None
    most: Decimal | None
    levels: Annotated[list[str], Field(examples=[["below_500", "more"]])]


class NamedLabel(Schema):
    """A word of the API, and what people call it."""

    name: Name
    label: ReasonText


class ProductPurpose(NamedLabel):
    """What the money may be for; `documents` vouch for the purpose."""

    discount_pct: Percent
    documents: Annotated[list[str], Field(examples=[["green_certificate"]])]


class Bounds(Schema):
    """Amounts in the currency, in whole steps."""

    least: Decimal
    most: Decimal
    step: Decimal


class Repayments(Schema):
    """How many, and how far apart."""

    least: Annotated[int, Field(examples=[3])]
    most: Annotated[int, Field(examples=[36])]
    frequency: Annotated[Frequency, Field(examples=["months"])]
    every: Annotated[int, Field(examples=[1])]


class LentProduct(Schema):
    """One product. Rates are those of the best and the worst grade it is for."""

    product: Name
    label: ReasonText
    segment: NamedLabel
    purposes: list[ProductPurpose]
    jurisdictions: Annotated[list[str], Field(description="ISO 3166", examples=[["CN"]])]
    amount: Bounds
    repayments: Repayments
    plans: Annotated[list[Kind], Field(examples=[["equal_installments"]])]
    least_rate_pct: Percent
    most_rate_pct: Percent
    kyc_level: Annotated[
        Literal["none", "declared", "basic", "verified", "enhanced"],
        Field(description="Level of identity that it needs", examples=["basic"]),
    ]
    documents: list[NamedLabel]
    fields: list[ProductField]


class Products(Schema):
    """The catalogue in force, and the token that is lent."""

    catalogue: Digest
    token: Token
    data: list[LentProduct]
