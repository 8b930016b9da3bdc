"""Words of the API's schemas: each type with its form and an example."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tallystick.api.problems import FieldError, Problem
from tallystick.chain.hashing import to_checksum_address

ADDRESS_PATTERN = r"^0x[0-9a-fA-F]{40}$"
HASH_PATTERN = r"^0x[0-9a-f]{64}$"
SEARCH_PATTERN = r"^(0x)?[0-9a-fA-F]{4,64}$"
ADDRESS = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"
LENDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
DOLLAR = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
BOOK = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
HASH = "0x" + "9c" * 32


class Schema(BaseModel):
    """Base of all schemas: unknown members are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Address = Annotated[
    str,
    Field(pattern=ADDRESS_PATTERN, description="Account, EIP-55", examples=[ADDRESS]),
]
Hash = Annotated[str, Field(pattern=HASH_PATTERN, description="32 bytes, hex", examples=[HASH])]
Hex = Annotated[
    str,
    Field(
        pattern=r"^0x([0-9a-fA-F]{2})*$",
        max_length=65_538,
        description="Bytes, hex",
        examples=["0x1b"],
    ),
]
Amount = Annotated[
    str,
    Field(
        pattern=r"^(0|[1-9][0-9]{0,38})$",
        description="Base units of the token, an integer as string",
        examples=["12000000000"],
    ),
]
Percent = Annotated[
    str,
    Field(
        pattern=r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,7})?$",
        description="Nominal per cent a year, a decimal as string",
        examples=["12.5"],
    ),
]
Date = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="ISO 8601, UTC",
        examples=["2026-03-31"],
    ),
]
Time = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        description="RFC 3339, UTC, whole seconds",
        examples=["2026-03-31T09:30:00Z"],
    ),
]
Block = Annotated[int, Field(ge=0, description="Block number", examples=[18_204_331])]
ChainId = Annotated[int, Field(ge=1, description="EIP-155 chain id", examples=[31337])]
Amortization = Literal["level", "equal_principal", "interest_only", "bullet", "custom"]
Finality = Literal["latest", "safe", "finalized"]
Frequency = Literal["days", "weeks", "months"]
InterestMethod = Annotated[
    Literal["declining", "flat"],
    Field(description="What bears interest: the balance, or all principal", examples=["declining"]),
]
DayCount = Annotated[
    Literal["thirty_360", "actual_365", "actual_360"],
    Field(description="30-day months over 360, or actual days", examples=["thirty_360"]),
]
Prepayment = Annotated[
    Literal["shorter_term", "lower_installment"],
    Field(description="What prepaid principal does to later rows", examples=["shorter_term"]),
]
Waterfall = Annotated[
    Literal[
        "penalty_interest_principal", "interest_principal_penalty", "penalty_principal_interest"
    ],
    Field(
        description="Order in which money pays what is due", examples=["penalty_interest_principal"]
    ),
]
Transfer = Annotated[
    Literal["free", "consent", "listed"],
    Field(description="To whom the claim may be transferred", examples=["free"]),
]

MOST_TIME = 10_413_792_000
"""2300-01-01, Unix seconds: beyond every term of a loan."""


def rfc3339(timestamp: int) -> str:
    """Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_or_none(timestamp: int | None) -> str | None:
    """The same of a time that may be missing."""
    return None if timestamp is None else rfc3339(timestamp)


def parse_time(text: str, *, parameter: str | None = None, pointer: str | None = None) -> int:
    """RFC 3339 with any offset, to Unix seconds. Raises `Problem` naming the member."""
    try:
        moment = datetime.fromisoformat(text)
        seconds = int(moment.timestamp()) if moment.tzinfo else -1
    except (ValueError, OverflowError):
        seconds = -1
    if not 0 <= seconds < MOST_TIME:
        rule = "must be a time as in 2026-03-31T09:30:00Z, between 1970 and 2300"
        raise invalid(FieldError(rule, pointer=pointer, parameter=parameter))
    return seconds


def parse_date(text: str, pointer: str | None = None, *, parameter: str | None = None) -> date:
    """An ISO date. Raises `Problem` naming the member."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(
            FieldError("must be a real date", pointer=pointer, parameter=parameter)
        ) from None


def checksum(address: str, *, pointer: str | None = None, parameter: str | None = None) -> str:
    """The address as EIP-55; one in mixed case must be right, as its letters are a checksum.

    Raises `Problem` naming the member.
    """
    proper: str = to_checksum_address(address)
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and address != proper:
        raise invalid(
            FieldError(
                "has a wrong EIP-55 checksum; was a digit mistyped?",
                pointer=pointer,
                parameter=parameter,
            )
        )
    return proper


def invalid(error: FieldError) -> Problem:
    """A problem about one member."""
    where = error.pointer or error.parameter
    return Problem("validation_failed", f"Please check: {where}.", errors=[error])


def iso_text(value: object) -> object:
    """Before a date is read: digits alone would be a Unix time to pydantic. Raises ValueError."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date as in 2026-03-31")
    return value


def iso_date(day: int) -> str:
    """Days since 1970-01-01 as ISO date."""
    return date.fromordinal(day + date(1970, 1, 1).toordinal()).isoformat()


class Token(Schema):
    """The ERC-20 in which amounts beside it are counted. What it says of itself is not trusted."""

    address: Annotated[str, Field(description="Contract, EIP-55", examples=[DOLLAR])]
    symbol: Annotated[
        str | None,
        Field(description="As the token says, printable characters only", examples=["USDX"]),
    ]
    decimals: Annotated[
        int | None, Field(ge=0, le=255, description="Base units are 10^-decimals", examples=[6])
    ]


class AsOf(Schema):
    """The block at which an answer is true, and the day for which amounts due hold."""

    chain_id: ChainId
    book: Annotated[
        str | None,
        Field(description="The loan book's address; null: all books of the chain", examples=[BOOK]),
    ]
    block_number: Block
    block_hash: Hash
    block_time: Time
    proven_block: Annotated[
        int | None,
        Field(description="Up to here no event can be missing, by receipts roots", examples=[182]),
    ]
    safe_block: Annotated[
        int | None, Field(description="What the chain calls safe; null: not told", examples=[150])
    ]
    finalized_block: Annotated[
        int | None, Field(description="What the chain calls final; null: not told", examples=[118])
    ]
    today: Annotated[
        str, Field(description="Day for which amounts due hold, UTC", examples=["2026-03-31"])
    ]


class ChainRef(Schema):
    """Where on the chain a fact was recorded."""

    chain_id: ChainId
    block_number: Block
    block_hash: Hash
    block_time: Time
    transaction_hash: Hash
    log_index: Annotated[
        int, Field(ge=0, description="Index of the log in its block", examples=[3])
    ]
    confirmations: Annotated[
        int, Field(ge=1, description="Indexed blocks from this one to the latest", examples=[12])
    ]
    finality: Annotated[
        Finality, Field(description="How sure the chain is of this block", examples=["safe"])
    ]


class SplitAmounts(Schema):
    """Amounts by component; `fee` is that on principal paid ahead."""

    penalty: Amount
    interest: Amount
    fee: Amount
    principal: Amount
    total: Amount


class ProblemField(Schema):
    detail: Annotated[
        str, Field(description="What is wrong", examples=["Input should be greater than 0"])
    ]
    pointer: Annotated[
        str | None, Field(description="JSON pointer into the body", examples=["#/principal"])
    ] = None
    parameter: Annotated[
        str | None, Field(description="Query, path or header parameter", examples=["limit"])
    ] = None


class ProblemDocument(Schema):
    """RFC 9457. Further members may follow, such as `required` and `available`."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(examples=["urn:tallystick:problem:loan_not_found"])]
    title: Annotated[str, Field(examples=["No such loan"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["The index knows no loan with this id."])]
    code: Annotated[str, Field(description="Stable; branch on this", examples=["loan_not_found"])]
    trace_id: Annotated[str, Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])]
    errors: Annotated[list[ProblemField] | None, Field(examples=[[]])] = None


Json = dict[str, Any]
