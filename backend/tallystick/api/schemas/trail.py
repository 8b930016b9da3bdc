"""The audit trail: entries, and whether it is whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.servicing import TrailStep
from tallystick.api.schemas.types import Address, Hash, Schema


class AuditEntry(TrailStep):
    """Who did what to what, and for which purpose: ids and words, never personal data."""

    object: Annotated[str, Field(examples=["case_mfrggzdfmztwq2lknnwg23tpoa"])]


class AuditPage(Schema):
    """Newest first."""

    data: list[AuditEntry]
    has_more: Annotated[bool, Field(examples=[False])]


class AuditFinding(Schema):
    """What is wrong with the trail. Numbers are those of the entries that it concerns."""

    kind: Annotated[str, Field(examples=["changed"])]
    first: Annotated[int, Field(examples=[71])]
    last: Annotated[int, Field(examples=[71])]
    text: Annotated[str, Field(examples=["entry 71 was changed, or another was put in its place"])]


class AuditRoot(Schema):
    """The newest root on chain."""

    sequence: Annotated[int, Field(description="In its stream, from 1", examples=[12])]
    root: Hash
    block_number: Annotated[int, Field(examples=[182])]
    transaction: Hash


class AuditVerification(Schema):
    """What was read and compared just now. `whole`: nothing is wrong with it."""

    whole: Annotated[bool, Field(examples=[True])]
    first: Annotated[int, Field(description="First entry that was read", examples=[1])]
    last: Annotated[int, Field(description="Last one; 0: the trail is empty", examples=[240])]
    chain_hash: Annotated[Hash, Field(description="After the last entry")]
    findings: list[AuditFinding]
    contract: Annotated[Address | None, Field(description="Null: the trail is not anchored")]
    keeper: Annotated[Address | None, Field(description="Whose stream of roots it is")]
    roots: Annotated[int, Field(description="On chain", examples=[12])]
    anchored: Annotated[int, Field(description="Entries that a root covers", examples=[230])]
    newest: Annotated[AuditRoot | None, Field(description="The newest root on chain")]
