"""Bank statements that applicants hand in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import Date, Schema, Time

StatementId = Annotated[
    str,
    Field(
        pattern=r"^statement_[a-z2-7]{26}$",
        description="Opaque",
        examples=["statement_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
Row = Annotated[int | None, Field(description="Where in the file first", examples=[None])]
Count = Annotated[int, Field(ge=0, examples=[0])]


class StatementQuality(Schema):
    """What the statement's own figures say about it."""

    entries: Annotated[int, Field(examples=[214])]
    first_day: Date
    last_day: Date
    currencies: Annotated[list[str], Field(examples=[["USD"]])]
    checked_balances: Annotated[
        int, Field(description="Compared with the one before and the amounts between", examples=[1])
    ]
    wrong_balances: Count
    wrong_row: Row
    repeats: Annotated[int, Field(description="Entries that equal an earlier one", examples=[0])]
    repeat_row: Row
    longest_gap: Annotated[int, Field(description="Days without entry", examples=[6])]
    gap_row: Row
    out_of_order: Count
    order_row: Row


class BankStatement(Schema):
    """What is kept of a statement: its hash, quality and features, and nothing of its entries."""

    statement_id: StatementId
    handed_in_at: Time
    format: Annotated[Literal["csv", "ofx", "camt"], Field(examples=["csv"])]
    document: Annotated[
        str, Field(description="SHA-256 of the file, hexadecimal", examples=["9c" * 32])
    ]
    currency: Annotated[str, Field(description="ISO 4217, of most entries", examples=["USD"])]
    quality: StatementQuality
    features: Annotated[
        dict[str, float | None],
        Field(
            description="Amounts in whole currency per 30 days, ratios from 0",
            examples=[{"income": 2500.0, "regular_share": 0.93}],
        ),
    ]


class BankStatements(Schema):
    data: list[BankStatement]
