"""The repair fund: its rules, its money, what it paid for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import (
    Address,
    Amount,
    AsOf,
    Block,
    Hash,
    Hex,
    Schema,
    Time,
    Token,
)


class FundRules(Schema):
    """Fixed when the fund was made: it has no owner."""

    gate: Address
    kind: Annotated[Hash, Field(description="Attestation that a borrower needs")]
    per_loan: Annotated[Amount, Field(description="Most that is ever paid for one loan")]
    per_borrower: Annotated[Amount, Field(description="Most that one borrower may owe it")]
    first_rows: Annotated[int, Field(description="Rows of an amended loan it pays", examples=[3])]
    lock_seconds: Annotated[int, Field(description="After a sponsor's deposit", examples=[86400])]


class FundAccount(Schema):
    """What one account has in the fund, and owes it."""

    address: Address
    shares: Amount
    worth: Annotated[Amount, Field(description="Of the shares now, base units")]
    unlocked_at: Time
    owes: Amount


class FundHelp(Schema):
    """A payment of the fund. The loan's own events show it with the channel `repair-fund`."""

    loan_id: Hash
    borrower: Address
    amount: Amount
    penalty_only: Annotated[bool, Field(examples=[False])]
    block_number: Block
    transaction_hash: Hash


class Fund(Schema):
    """The fund as it is at the node's latest block."""

    address: Address
    token: Token
    rules: FundRules
    available: Annotated[Amount, Field(description="What it can still pay")]
    sponsored: Annotated[Amount, Field(description="Of it, sponsors' money")]
    repaid: Annotated[Amount, Field(description="Of it, paid back by borrowers; used first")]
    lent: Annotated[Amount, Field(description="What borrowers owe it")]
    total_shares: Amount
    account: FundAccount | None
    helps: Annotated[list[FundHelp], Field(description="Newest first, at most 100")]
    as_of: AsOf


class FundTransaction(Schema):
    """`help`: the borrower lets the fund pay `amount` of what is due on `loan_id`, with its
    attestation; `pay_back` for `borrower`; `deposit`; `withdraw`, whose amount are shares."""

    kind: Annotated[Literal["help", "pay_back", "deposit", "withdraw"], Field(examples=["deposit"])]
    sender: Address
    amount: Amount
    loan_id: Hash | None = None
    attestation: Hex | None = None
    borrower: Address | None = None
