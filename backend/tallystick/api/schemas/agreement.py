"""The agreement as both parties sign it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.types import (
    Address,
    Amortization,
    Amount,
    DayCount,
    Frequency,
    Hash,
    InterestMethod,
    Prepayment,
    Schema,
    Transfer,
    Waterfall,
)
from tallystick.loans.agreement import Agreement

NOBODY = "0x" + "00" * 20
NOTHING = "0x" + "00" * 32

Rate = Annotated[
    str, Field(description="Nominal, 1e-9 per year, an integer as string", examples=["120000000"])
]
Ymd = Annotated[int, Field(description="yyyymmdd", examples=[20260331])]
Nonce = Annotated[str, Field(description="Single use, uint256 as string", examples=["81230954423"])]
Days = Annotated[
    int, Field(description="Days past the oldest unpaid due date; 0: never", examples=[60])
]
OrNobody = Annotated[str, Field(description="The zero address for none", examples=[NOBODY])]
OrNothing = Annotated[str, Field(description="All zero for none", examples=[NOTHING])]


class AgreementConditions(Schema):
    """Consent, security, and what may happen when the borrower fails. docs/ledger.md."""

    document_hash: Hash
    borrower_nonce: Nonce
    lender_nonce: Nonce
    guarantor_nonce: Nonce
    deadline: Annotated[
        int, Field(description="Last second to take effect, Unix time", examples=[1774915200])
    ]
    default_days: Days
    acceleration_days: Days
    write_off_days: Days
    guarantor: OrNobody
    guaranteed: Annotated[str, Field(description="Most that the guarantor pays", examples=["0"])]
    guarantee_days: Days
    collateral_token: OrNobody
    collateral: Annotated[
        str, Field(description="Base units of the collateral's token", examples=["0"])
    ]
    collateral_price: Annotated[
        str, Field(description="At which its sale begins, for all of it", examples=["0"])
    ]
    collateral_floor: Annotated[
        str, Field(description="At which its sale ends, for all of it", examples=["0"])
    ]
    auction_days: Annotated[
        int, Field(description="Days from the first price to the last", examples=[0])
    ]
    transfer: Transfer
    transferees: Annotated[
        str, Field(description="listed: root of the accounts' Merkle tree", examples=[NOTHING])
    ]
    gate: OrNobody
    borrower_kind: OrNothing
    lender_kind: OrNothing


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
    prepayment_fee: Annotated[
        str, Field(description="1e-9 of principal paid before it is due", examples=["0"])
    ]
    grace_days: Annotated[
        int, Field(description="Days after a due date before penalty runs", examples=[3])
    ]
    penalty_cap_days: Annotated[
        int, Field(description="Most days of penalty a row can bear", examples=[365])
    ]
    amortization: Annotated[Amortization, Field(examples=["level"])]
    interest_method: InterestMethod
    day_count: DayCount
    prepayment: Prepayment
    waterfall: Waterfall
    frequency: Annotated[Frequency, Field(examples=["months"])]
    every: Annotated[int, Field(examples=[1])]
    count: Annotated[int, Field(examples=[12])]
    grace_principal: Annotated[
        int, Field(description="Rows at the beginning that repay no principal", examples=[0])
    ]
    grace_interest: Annotated[
        int, Field(description="Rows at the beginning that pay nothing", examples=[0])
    ]
    start_date: Ymd
    first_due_date: Ymd
    due_day: Annotated[
        int, Field(description="months: day of the month, clamped; otherwise 0", examples=[31])
    ]
    rows: Annotated[
        str,
        Field(
            description="custom: contract that lists the balances; otherwise the zero address",
            examples=[NOBODY],
        ),
    ]
    amends: Annotated[
        str, Field(description="Loan that these terms amend; all zero if new", examples=[NOTHING])
    ]
    conditions: AgreementConditions
    plan: Annotated[
        list[Amount],
        Field(
            default_factory=list,
            description="custom: balance left after each row, as `rows` lists it",
            examples=[[]],
        ),
    ]

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementTerms:
        return cls.model_validate(agreement.to_json())
