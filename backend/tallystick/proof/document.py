"""The proof as a JSON document, and what it says about a loan in readable form.

Everything readable is a claim: `verify` derives it again from the proven bytes and compares.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from tallystick.chain.readable import values_of
from tallystick.loans.events import LoanEvent
from tallystick.loans.kinds import Status
from tallystick.proof.layout import Stored

FORMAT: Final = "tallystick-proof-2"

_EXAMPLE_HASH = "0x" + "9c" * 32
_EXAMPLE_ACCOUNT = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"

Hash = Annotated[
    str, Field(pattern=r"^0x[0-9a-f]{64}$", description="32 bytes, hex", examples=[_EXAMPLE_HASH])
]
Number = Annotated[int, Field(ge=0, lt=2**63, description="Block number", examples=[18_204_331])]
Decimal = Annotated[
    str,
    Field(pattern=r"^(0|[1-9][0-9]{0,38})$", description="Base units", examples=["12000000000"]),
]


Account = Annotated[
    str,
    Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="EIP-55", examples=[_EXAMPLE_ACCOUNT]),
]
Flag = Annotated[bool, Field(examples=[False])]

_Open = Literal["active", "closed", "defaulted", "written_off"]
_STATUSES: dict[Status, _Open] = {
    Status.ACTIVE: "active",
    Status.CLOSED: "closed",
    Status.DEFAULTED: "defaulted",
    Status.WRITTEN_OFF: "written_off",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProvenBlock(_Part):
    """A block; `timestamp` in Unix seconds."""

    number: Number
    hash: Hash
    timestamp: Annotated[int, Field(ge=0, examples=[1_774_949_400])]


class ProvenGuarantee(_Part):
    """What a guarantor paid for the loan, and what of it the borrower still owes it."""

    guarantor: Account
    drawn: Decimal
    recourse: Decimal


class ProvenState(_Part):
    """What the book's storage holds for the loan at the block."""

    status: Annotated[_Open, Field(examples=["active"])]
    balance: Decimal
    row_paid: Decimal
    row: Annotated[int, Field(ge=0, description="Open row, from 0", examples=[4])]
    accrued_to: Annotated[
        int, Field(ge=0, description="Days from the start date; 0: the row's begin", examples=[0])
    ]
    late: Flag
    carried: Flag
    accelerated: Flag
    manual: Flag
    assigned: Flag
    amended: Flag
    watch_left: Annotated[int, Field(ge=0, examples=[0])]
    watch_rows: Annotated[int, Field(ge=0, examples=[0])]
    penalty_points: Decimal
    penalty_paid: Decimal
    penalty_day: Annotated[int, Field(ge=0, examples=[0])]
    deferred: Decimal
    installment: Decimal
    terms: Annotated[
        Hash | None, Field(description="Digest of the terms in force; null: the loan id")
    ]
    holder: Annotated[Account | None, Field(description="Null: the lender of the terms in force")]
    escrow_token: Annotated[Account, Field(description="The zero address: nothing")]
    escrow_amount: Decimal
    guarantees: Annotated[
        list[ProvenGuarantee],
        Field(max_length=20_000, description="Of guarantors who paid, by address", examples=[[]]),
    ]

    @classmethod
    def of(cls, stored: Stored) -> Self:
        """The same as integers. Raises KeyError for a loan that is none."""
        debt, penalty, carry = stored.debt, stored.penalty, stored.carry
        return cls(
            status=_STATUSES[debt.status],
            balance=str(debt.balance),
            row_paid=str(debt.row_paid),
            row=debt.row,
            accrued_to=debt.accrued_to,
            late=debt.late,
            carried=debt.carried,
            accelerated=debt.accelerated,
            manual=debt.manual,
            assigned=debt.assigned,
            amended=debt.amended,
            watch_left=debt.watch_left,
            watch_rows=debt.watch_rows,
            penalty_points=str(penalty.points),
            penalty_paid=str(penalty.paid),
            penalty_day=penalty.day,
            deferred=str(carry.deferred),
            installment=str(carry.installment),
            terms=None if stored.terms is None else "0x" + stored.terms.hex(),
            holder=stored.holder,
            escrow_token=stored.escrow.token,
            escrow_amount=str(stored.escrow.amount),
            guarantees=[
                ProvenGuarantee(guarantor=who, drawn=str(paid.drawn), recourse=str(paid.recourse))
                for who, paid in sorted(stored.guarantees.items())
            ],
        )


class Step(_Part):
    """How the hash of `block` follows from block `of`, which was reached before.

    `parent`: it is the parent hash in the header of `of`. `history`: it stands in the storage of
    the history contract (EIP-2935) at `of`. `trusted`: it does not follow, it must be trusted.
    """

    block: Number
    hash: Hash
    by: Annotated[Literal["parent", "history", "trusted"], Field(examples=["history"])]
    of: Annotated[Number | None, Field(description="Null when trusted", examples=[18_204_340])]


class ProvenEvent(_Part):
    """An event of the loan; `log` counts the logs of its transaction from 0."""

    block: Number
    transaction_index: Annotated[int, Field(ge=0, lt=2**32, examples=[17])]
    log: Annotated[int, Field(ge=0, examples=[1])]
    timestamp: Annotated[int, Field(ge=0, description="Unix seconds", examples=[1_774_949_400])]
    name: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]*$", examples=["Paid"])]
    values: Annotated[
        dict[str, str | bool],
        Field(description="Its values; agreements stand beside", examples=[{}]),
    ]

    @classmethod
    def of(cls, event: LoanEvent, block: int, transaction_index: int, timestamp: int) -> Self:
        """An event whose `log_index` counts the logs of its transaction."""
        return cls(
            block=block,
            transaction_index=transaction_index,
            log=event.ref.log_index,
            timestamp=timestamp,
            name=type(event).__name__,
            values=values_of(event),
        )


class ProofDocument(_Part):
    """A proof of a loan's state, terms and history. See docs/audit.md."""

    format: Annotated[Literal["tallystick-proof-2"], Field(examples=[FORMAT])]
    chain_id: Annotated[int, Field(ge=1, lt=2**63, examples=[31337])]
    book: Account
    loan_id: Hash
    block: Annotated[ProvenBlock, Field(description="The block whose hash is trusted")]
    agreement: Annotated[
        dict[str, Any], Field(description="Terms, whose digest is the loan id", examples=[{}])
    ]
    amendments: Annotated[
        list[dict[str, Any]],
        Field(max_length=20_000, description="New terms, one for each Amended", examples=[[]]),
    ]
    state: ProvenState
    events: Annotated[list[ProvenEvent], Field(max_length=20_000)]
    steps: Annotated[list[Step], Field(max_length=20_000)]
    witness: Annotated[
        list[Annotated[str, Field(pattern=r"^0x([0-9a-f]{2})*$")]],
        Field(
            max_length=200_000,
            description="Headers, trie nodes and custom rows, each found by its keccak-256",
            examples=[["0xf90211a0"]],
        ),
    ]
