"""Identity cases, levels, and what was attested of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.identity import SubjectId
from tallystick.api.schemas.types import Address, Schema, Time

CaseId = Annotated[
    str,
    Field(
        pattern=r"^case_[a-z2-7]{26}$",
        description="Opaque",
        examples=["case_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
KindName = Annotated[
    Literal["person", "firm"], Field(description="Who is known", examples=["person"])
]
LevelName = Annotated[
    Literal["basic", "verified", "enhanced"],
    Field(description="How well; each includes the ones before", examples=["verified"]),
]
PartName = Literal["document_front", "document_back", "selfie", "address_proof"]
CheckName = Annotated[
    Literal["document", "sanctions", "liveness", "address"],
    Field(description="What was looked at", examples=["document"]),
]
OutcomeName = Annotated[
    Literal["passed", "failed", "review"],
    Field(description="`review`: a person must judge it", examples=["passed"]),
]
CaseState = Annotated[
    Literal["open", "in_review", "approved", "refused", "withdrawn"],
    Field(description="`open`: its subject goes on", examples=["in_review"]),
]
Reason = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z_]{0,39}$",
        description="A word, nothing personal",
        examples=["image_unreadable"],
    ),
]


class CaseRequest(Schema):
    """As whom one wants to be known, and how well."""

    kind: KindName = "person"
    level: LevelName


class CaseDocument(Schema):
    """What the document says: the lines of its machine-readable zone (ICAO 9303), or its number."""

    type: Annotated[
        Literal["mrz", "cn_id", "cn_firm"],
        Field(
            description="`mrz`: passport or card; `cn_id`: GB 11643; `cn_firm`: GB 32100",
            examples=["mrz"],
        ),
    ]
    data: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="Lines as printed, or the number",
            examples=["11010519491231002X"],
        ),
    ]


class CheckResult(Schema):
    """One check and who made it."""

    check: CheckName
    outcome: OutcomeName
    reason: Annotated[str, Field(description="A word, or empty", examples=["name_differs"])]
    at: Time


class Case(Schema):
    """One case."""

    case_id: CaseId
    kind: KindName
    level: LevelName
    state: CaseState
    opened_at: Time
    changed_at: Time
    parts: Annotated[list[PartName], Field(description="Uploaded", examples=[["selfie"]])]
    checks: list[CheckResult]
    reason: Annotated[
        str | None, Field(description="Why it was refused", examples=["image_unreadable"])
    ]


class Standing(Schema):
    """A level that is in force."""

    kind: KindName
    level: LevelName
    granted_at: Time
    expires_at: Time


class OwnIdentity(Schema):
    """How well one is known here."""

    standing: Standing | None
    cases: list[Case]


class ReviewCase(Case):
    """A case as reviewers see it; what was handed in is read apart, for the trail."""

    subject: SubjectId
    approval_id: Annotated[
        str | None,
        Field(
            description="Proposed; another reviewer approves it",
            examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ]


class CasePage(Schema):
    data: list[ReviewCase]
    has_more: Annotated[bool, Field(examples=[False])]


class Evidence(Schema):
    """What the document says, and what its bearer said of itself."""

    document: CaseDocument
    person: Annotated[
        dict[str, str],
        Field(description="Fields of the record `person`", examples=[{"country": "UT"}]),
    ]


class Proposal(Schema):
    """What the reviewer saw, of checks that need eyes."""

    judged: Annotated[
        dict[CheckName, Literal["passed", "failed"]],
        Field(max_length=4, examples=[{"liveness": "passed"}]),
    ]


class Refusal(Schema):
    reason: Reason


class AttestationRequest(Schema):
    """For which of one's wallets."""

    address: Address


class Attestation(Schema):
    """Signed by the issuer: everything that another institution needs to check it."""

    chain_id: Annotated[int, Field(examples=[31337])]
    gate: Address
    issuer: Address
    subject: Address
    kind: Annotated[str, Field(description="keccak-256 of its name", examples=["0x" + "5e" * 32])]
    issued_at: Annotated[int, Field(description="Unix seconds", examples=[1767225600])]
    expires_at: Annotated[int, Field(description="Unix seconds", examples=[1798761600])]
    salt: Annotated[str, Field(examples=["0x" + "1f" * 32])]
    signature: Annotated[str, Field(examples=["0x" + "9c" * 65])]
    digest: Annotated[str, Field(description="What is revoked", examples=["0x" + "2a" * 32])]
    attestation: Annotated[str, Field(description="What the gate takes", examples=["0x..."])]
