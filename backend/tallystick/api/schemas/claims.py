"""One's own claims as the API shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.loans import Loan, RowAmounts
from tallystick.api.schemas.portfolio import AgeingBucket, PortfolioTotal
from tallystick.api.schemas.types import Amount, AsOf, ChainId, Schema, SplitAmounts, Token

RatePct = Annotated[
    str | None,
    Field(
        description="Effective annual rate of the cash flows so far, per cent, with what is "
        "outstanding at its face value and nothing for what is written off; null where the flows "
        "tell none or before 30 days",
        examples=["11.87"],
    ),
]


class ClaimsTotal(Schema):
    """All claims in one token, over all one's wallets."""

    chain_id: ChainId
    token: Token
    claims: Annotated[
        int, Field(ge=0, description="Loans held now or before, as counted", examples=[31])
    ]
    complete: Annotated[
        bool,
        Field(
            description="False while claims are counted for the first time: ask again",
            examples=[True],
        ),
    ]
    running: PortfolioTotal
    buckets: Annotated[
        list[AgeingBucket], Field(description="Running loans neither in default nor written off")
    ]
    defaulted: PortfolioTotal
    written_off: PortfolioTotal
    outlay: Annotated[Amount, Field(description="Lent, or paid for claims")]
    proceeds: Annotated[Amount, Field(description="What sold claims brought")]
    received: Annotated[SplitAmounts, Field(description="Paid by borrowers and who stood in")]
    coming: Annotated[RowAmounts, Field(description="What unpaid rows still ask for")]
    rate_pct: RatePct
    moved: Annotated[
        int,
        Field(
            ge=0,
            description="Claims bought or sold for another token; with any there is no rate",
            examples=[0],
        ),
    ]


class ClaimsTotals(Schema):
    """One entry for each token."""

    data: list[ClaimsTotal]
    as_of: AsOf


class Claim(Schema):
    """A loan with what it cost and brought."""

    loan: Loan
    held: Annotated[bool, Field(description="False once the claim is sold", examples=[True])]
    outlay: Annotated[Amount, Field(description="Lent, or paid for the claim")]
    proceeds: Annotated[Amount, Field(description="What its sale brought")]
    received: SplitAmounts
    rate_pct: RatePct


class ClaimPage(Schema):
    """Claims, newest loan first. Go on with `starting_after` = the last `loan_id`."""

    data: Annotated[list[Claim], Field(description="At most `limit` claims")]
    has_more: Annotated[bool, Field(description="Whether older ones exist", examples=[False])]
    as_of: AsOf


class ClaimMonth(Schema):
    """A calendar month (UTC)."""

    month: Annotated[
        str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", description="ISO 8601", examples=["2026-03"])
    ]
    agreed: Annotated[RowAmounts, Field(description="Rows due in it as signed")]
    received: Annotated[SplitAmounts, Field(description="Payments that came in it")]
    coming: Annotated[RowAmounts, Field(description="What rows due in it still ask for")]


class ClaimsCashFlow(Schema):
    """Months in which something was agreed or came in, in order."""

    chain_id: ChainId
    token: Token
    data: list[ClaimMonth]
    as_of: AsOf
