"""A case: everything that goes into one decision, and nothing else.

It is kept sealed under its subject's key, so that the decision can be made again as long as the
subject lets it; the decision keeps a salted hash of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from tallystick.decisions.document import Document, canonical

Severity = Literal["info", "refer", "decline"]


class Hit(Document):
    """What a fraud or identity rule found. `evidence` is the hash of what it saw."""

    rule: str
    severity: Severity
    en: str
    zh: str
    evidence: str = ""


class Issue(Document):
    """Something about the data that is possible and unusual."""

    field: str
    code: str
    en: str
    zh: str


class Exposure(Document):
    """Outstanding principal and open offers, hundredths: of the subject, of all its lender's loans,
    of those in the product's segment."""

    subject: int = 0
    total: int = 0
    segment: int = 0


class Standing(Document):
    """What behaviour has changed: grades up (or, below 0, down) and per cent of the usual limit."""

    grade_shift: int = 0
    limit_pct: int = 100


class SeenAt(Document):
    """The block of a chain up to which its past was read."""

    chain: int
    number: int
    hash: str


class Ledger(Document):
    """Where an offer would be made: parties are EIP-55 addresses."""

    lender: str
    token: str
    decimals: Annotated[int, Field(ge=0, le=255)]


class Case(Document):
    """`amount` in hundredths of the currency, `term` in repayments, `at` in Unix seconds on the
    chain's clock. `documents` maps kinds to SHA-256, `declared` names to decimals or levels.

    `bank`, `chain`, `wallet` and `signals` are what statements, our books, the borrowing wallet and
    shared signals tell, as decimals or words; `statements` are the reports behind the first,
    `seen_at` the blocks behind the next two, `left_out` signals that were not used, and why.
    """

    application_id: str
    at: int
    borrower: str
    consent: str
    product: str
    purpose: str
    jurisdiction: str
    amount: int
    term: int
    kyc_level: int
    documents: dict[str, str]
    declared: dict[str, str | None]
    budget: dict[str, Any]
    books: dict[str, int | None]
    exposure: Exposure
    standing: Standing
    hits: tuple[Hit, ...]
    quality: tuple[Issue, ...]
    ledger: Ledger
    bank: dict[str, str | None] = Field(default_factory=dict)
    chain: dict[str, str | None] = Field(default_factory=dict)
    wallet: dict[str, str | None] = Field(default_factory=dict)
    signals: dict[str, str | None] = Field(default_factory=dict)
    left_out: dict[str, str] = Field(default_factory=dict)
    statements: tuple[dict[str, Any], ...] = ()
    seen_at: tuple[SeenAt, ...] = ()

    def body(self) -> bytes:
        """The canonical bytes."""
        return canonical(self.model_dump(mode="json"))


class Reason(NamedTuple):
    """Why, for people: `values` are the figures that the sentences name."""

    code: str
    values: dict[str, str]
    en: str
    zh: str

    def to_json(self) -> dict[str, Any]:
        """As decisions keep and answer it."""
        return {"code": self.code, "values": self.values, "en": self.en, "zh": self.zh}
