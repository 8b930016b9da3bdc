"""The agreement as both parties sign it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.types import Address, Amortization, Amount, Frequency, Hash, Schema
from tallystick.loans.agreement import Agreement

Rate = Annotated[
    str, Field(description="Nominal, 1e-9 per year, an integer as string", examples=["120000000"])
]
Ymd = Annotated[int, Field(description="yyyymmdd", examples=[20260331])]
Nonce = Annotated[str, Field(description="Single use, uint256 as string", examples=["81230954423"])]


class AgreementTerms(Schema):
    """Members in EIP-712 order; docs/ledger.md gives their meaning and bounds."""

    borrower: Address
    lender: Address
    token: Address
    principal: Amount
    installment: Annotated[
        str,
        Field(
            description="level: total of a row; equal_principal: principal of a row",
            examples=["1066190000"],
        ),
    ]
    quantum: Annotated[str, Field(description="Rounding quantum, base units", examples=["10000"])]
    annual_rate: Rate
    penalty_rate: Rate
    grace_days: Annotated[
        int, Field(description="Days after a due date before penalty runs", examples=[3])
    ]
    penalty_cap_days: Annotated[
        int, Field(description="Most days of penalty a row can bear", examples=[365])
    ]
    amortization: Annotated[Amortization, Field(examples=["level"])]
    frequency: Annotated[Frequency, Field(examples=["months"])]
    every: Annotated[int, Field(examples=[1])]
    count: Annotated[int, Field(examples=[12])]
    start_date: Ymd
    first_due_date: Ymd
    due_day: Annotated[
        int, Field(description="months: day of the month, clamped; otherwise 0", examples=[31])
    ]
    document_hash: Hash
    borrower_nonce: Nonce
    lender_nonce: Nonce
    deadline: Annotated[
        int, Field(description="Last second to originate, Unix time", examples=[1774915200])
    ]

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementTerms:
        return cls.model_validate(agreement.to_json())
