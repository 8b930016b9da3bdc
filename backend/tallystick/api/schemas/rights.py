"""Consents, personal records, and requests about them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.identity import SignedMessage, SubjectId
from tallystick.api.schemas.types import HASH, Schema, Time

RecordName = Literal["person", "contact"]
PurposeName = Annotated[
    str, Field(max_length=64, description="As in the consent texts", examples=["scoring"])
]
TextVersion = Annotated[int, Field(ge=1, le=10**6, examples=[1])]
ErasureId = Annotated[str, Field(max_length=64, examples=["erasure_mfrggzdfmztwq2lknnwg23tpoa"])]
Values = Annotated[
    dict[str, str],
    Field(
        max_length=16,
        description="person: full_name, birth_date, country; contact: email, phone, street, city, "
        "postal_code, country",
        examples=[{"full_name": "Amara Okafor", "birth_date": "1990-02-28"}],
    ),
]


class ConsentText(Schema):
    """What is signed: the words in both languages, bound by their SHA-256."""

    purpose: PurposeName
    version: TextVersion
    records: Annotated[list[str], Field(description="What may be read", examples=[["person"]])]
    en: Annotated[str, Field(examples=["Tallystick may use ..."])]
    zh: Annotated[str, Field(examples=["我同意……"])]
    sha256: Annotated[str, Field(description="32 bytes, hex", examples=[HASH])]


class ConsentTexts(Schema):
    data: list[ConsentText]


class NewConsent(SignedMessage):
    """Signed by a wallet of one's own: act `give_consent` with purpose and version."""

    purpose: PurposeName
    version: TextVersion


class Consent(Schema):
    consent_id: Annotated[str, Field(examples=["consent_mfrggzdfmztwq2lknnwg23tpoa"])]
    purpose: PurposeName
    version: TextVersion
    sha256: Annotated[str, Field(description="Of the text, hex", examples=[HASH])]
    given_at: Time
    withdrawn_at: Annotated[
        str | None, Field(description="RFC 3339; null in force", examples=[None])
    ]


class Consents(Schema):
    data: list[Consent]


class Correction(Schema):
    """The record as it shall be, whole."""

    fields: Values


class PersonalRecord(Schema):
    record: Annotated[str, Field(examples=["person"])]
    version: Annotated[int, Field(ge=1, examples=[2])]
    written_at: Time
    fields: Values


class RecordVersion(Schema):
    version: Annotated[int, Field(ge=1, examples=[2])]
    written_at: Time


class RecordVersions(Schema):
    data: list[RecordVersion]


class RestrictionRequest(Schema):
    restricted: Annotated[bool, Field(examples=[True])]


class Restriction(Schema):
    restricted_since: Annotated[
        str | None,
        Field(description="RFC 3339; null when reads are not restricted", examples=[None]),
    ]


class TrailEntry(Schema):
    """Who did what, and why. Ids are random."""

    number: Annotated[int, Field(ge=1, examples=[17])]
    at: Time
    actor: Annotated[str, Field(examples=["subject_mfrggzdfmztwq2lknnwg23tpoa"])]
    act: Annotated[str, Field(examples=["read"])]
    object: Annotated[str, Field(examples=["subject_mfrggzdfmztwq2lknnwg23tpoa/person"])]
    purpose: Annotated[str, Field(examples=["own_request"])]


class Export(Schema):
    """Everything that is kept; bytes that are not text are 0x hex."""

    subject: SubjectId
    records: list[PersonalRecord]
    consents: list[Consent]
    restricted_since: Annotated[str | None, Field(examples=[None])]
    trail: list[TrailEntry]


class Erasure(Schema):
    """The receipt. `finished_at` is null until no deleted byte is left in any file."""

    erasure_id: ErasureId
    subject: SubjectId
    begun_at: Time
    finished_at: Annotated[str | None, Field(examples=["2026-03-31T09:30:00Z"])]
