"""Messages to oneself, how one wishes to be told, and one's calendar."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tallystick.api.schemas.types import Schema, Time

NoteId = Annotated[
    str,
    Field(
        pattern=r"^note_[a-z2-7]{26}$",
        description="Opaque",
        examples=["note_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
Clock = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"


class Note(Schema):
    """A message in the words of the reader's language."""

    message_id: NoteId
    kind: Annotated[str, Field(examples=["due_soon"])]
    group: Annotated[
        str, Field(description="What one click stops; `duty` never", examples=["reminder"])
    ]
    subject: Annotated[str, Field(examples=["214.81 TUSD is due on March 31, 2026"])]
    text: Annotated[str, Field(description="Plain text", examples=["The next installment ..."])]
    facts: Annotated[
        dict[str, Any],
        Field(description="What the words were made of", examples=[{"due_date": "2026-03-31"}]),
    ]
    created_at: Time
    read_at: Annotated[str | None, Field(examples=["2026-03-31T09:30:00Z"])]


class NoteDelivery(Schema):
    """How a message left, or why it did not."""

    channel: Annotated[str, Field(examples=["email"])]
    state: Annotated[Literal["pending", "sent", "failed", "dropped"], Field(examples=["sent"])]
    reason: Annotated[
        str | None,
        Field(description="`stopped`, `no_address`, `superseded`, ...", examples=["stopped"]),
    ]


class NoteDetail(Note):
    """With its deliveries."""

    deliveries: list[NoteDelivery]


class NotePage(Schema):
    data: list[Note]
    has_more: Annotated[bool, Field(examples=[False])]


class Notifications(Schema):
    """How somebody wishes to be told. The inbox has everything, whatever is wished."""

    language: Annotated[Literal["en", "zh"], Field(examples=["zh"])] = "en"
    time_zone: Annotated[
        str | None,
        Field(
            max_length=64,
            description="IANA name; null: that of the service",
            examples=["Asia/Shanghai"],
        ),
    ] = None
    quiet: Annotated[
        str | None,
        Field(
            pattern=Clock,
            description="Hours in which nothing is sent, beside the lawful ones",
            examples=["22:00-07:30"],
        ),
    ] = None
    channels: Annotated[
        list[Literal["email", "sms", "chat", "webhook"]],
        Field(max_length=4, description="To the record `contact`", examples=[["email"]]),
    ] = ["email"]  # noqa: RUF012 - pydantic copies it
    most_per_day: Annotated[
        int, Field(ge=1, le=50, description="By all channels; urgent ones go beyond", examples=[5])
    ] = 5
    stopped: Annotated[
        list[Literal["reminder", "receipt", "offer"]],
        Field(max_length=3, description="Groups that are not sent", examples=[["receipt"]]),
    ] = []  # noqa: RUF012 - pydantic copies it


class CalendarLink(Schema):
    """Told this once. Whoever has it sees the due dates of all one's loans."""

    url: Annotated[str, Field(examples=["https://loans.example/v1/calendars/3q2-7wAAAA.ics"])]
