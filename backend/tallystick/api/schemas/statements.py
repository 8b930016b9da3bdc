"""Receipts, account statements and amortization tables as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.loans import PaymentSource
from tallystick.api.schemas.types import (
    Address,
    Amount,
    AsOf,
    ChainRef,
    Date,
    Hash,
    Schema,
    SplitAmounts,
    Token,
)
from tallystick.loans.allocation import RowStatus
from tallystick.loans.statements.booking import Kind

RowNumber = Annotated[int, Field(ge=1, description="Number of the row, from 1", examples=[4])]
SignedAmount = Annotated[
    str,
    Field(
        pattern=r"^(0|-?[1-9][0-9]{0,38})$",
        description="Base units of the token, negative where it lowers what is owed",
        examples=["-106620000"],
    ),
]


class ReceiptRow(Schema):
    """What of a payment went to one row."""

    n: RowNumber
    due_date: Date
    interest: Amount
    principal: Amount
    prepaid: Annotated[
        str, Field(description="Principal paid ahead of its date, base units", examples=["0"])
    ]
    total: Amount
    completed: Annotated[
        bool, Field(description="Whether this payment completed the row", examples=[True])
    ]


class ReceiptAnswer(Schema):
    """How one payment was applied. The rows' totals and the penalty sum to the payment's total."""

    loan_id: Hash
    token: Token
    payment: Annotated[int, Field(ge=1, description="Number of the payment", examples=[2])]
    date: Date
    payer: Address
    source: Annotated[
        PaymentSource, Field(description="Where the money came from", examples=["collected"])
    ]
    split: SplitAmounts
    data: list[ReceiptRow]
    outstanding_before: Amount
    outstanding_after: Amount
    chain: ChainRef
    as_of: AsOf


class SignedSplit(Schema):
    """A change of what is owed, by component."""

    penalty: SignedAmount
    interest: SignedAmount
    fee: SignedAmount
    principal: SignedAmount
    total: SignedAmount


class AccountEntry(Schema):
    """One booking."""

    date: Date
    kind: Annotated[
        Kind, Field(description="What was charged, or a payment", examples=["interest_due"])
    ]
    item: Annotated[
        int | None,
        Field(description="Row of interest due, number of a payment", examples=[2]),
    ]
    change: SignedSplit
    balance: SplitAmounts


class StatementAnswer(Schema):
    """The account of a period, both days included. `opening` and all changes sum to `closing`."""

    loan_id: Hash
    token: Token
    first_date: Date
    last_date: Date
    opening: SplitAmounts
    data: list[AccountEntry]
    closing: SplitAmounts
    as_of: AsOf


class AmortizationEntry(Schema):
    """One row as agreed, and what was paid into it."""

    n: RowNumber
    due_date: Date
    principal: Amount
    interest: Amount
    total: Amount
    balance: Annotated[
        str, Field(description="Principal left after the row, as agreed", examples=["1105380000"])
    ]
    paid: Amount
    status: Annotated[RowStatus, Field(description="On the day of the answer", examples=["paid"])]


class AmortizationAnswer(Schema):
    """All rows of a loan."""

    loan_id: Hash
    token: Token
    data: list[AmortizationEntry]
    as_of: AsOf


Format = Literal["json", "csv", "pdf"]
