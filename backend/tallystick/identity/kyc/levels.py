"""Levels of knowing somebody, what each one takes, and how long it lasts."""

from __future__ import annotations

from enum import StrEnum

DAY = 86_400


class Kind(StrEnum):
    """Who is known."""

    PERSON = "person"
    FIRM = "firm"


class Level(StrEnum):
    """Each includes the ones before."""

    BASIC = "basic"
    VERIFIED = "verified"
    ENHANCED = "enhanced"


class Check(StrEnum):
    """What is looked at."""

    DOCUMENT = "document"
    SANCTIONS = "sanctions"
    LIVENESS = "liveness"
    ADDRESS = "address"


class Outcome(StrEnum):
    """`REVIEW`: a person must judge it."""

    PASSED = "passed"
    FAILED = "failed"
    REVIEW = "review"


class Part(StrEnum):
    """What a file shows."""

    DOCUMENT_FRONT = "document_front"
    DOCUMENT_BACK = "document_back"
    SELFIE = "selfie"
    ADDRESS_PROOF = "address_proof"


CHECKS: dict[Level, tuple[Check, ...]] = {
    Level.BASIC: (Check.DOCUMENT, Check.SANCTIONS),
    Level.VERIFIED: (Check.DOCUMENT, Check.SANCTIONS, Check.LIVENESS),
    Level.ENHANCED: (Check.DOCUMENT, Check.SANCTIONS, Check.LIVENESS, Check.ADDRESS),
}
PARTS: dict[Level, tuple[Part, ...]] = {
    Level.BASIC: (),
    Level.VERIFIED: (Part.DOCUMENT_FRONT, Part.SELFIE),
    Level.ENHANCED: (Part.DOCUMENT_FRONT, Part.SELFIE, Part.ADDRESS_PROOF),
}
LIFE_DAYS = {Level.BASIC: 3 * 365, Level.VERIFIED: 2 * 365, Level.ENHANCED: 365}
"""A level ends after this, and with its document if that ends before."""
KEEP_DAYS = 5 * 365
"""How long documents are kept (FATF recommendation 11: at least five years)."""
ABANDONED_DAYS = 90
"""After this a case that nobody goes on with is closed and its files are deleted."""
RECHECK_DAYS = 30
"""How often whoever has a level is looked up in the lists again."""


def attested_as(level: Level) -> str:
    """The name under which the issuer attests it."""
    return f"kyc_{level}"
