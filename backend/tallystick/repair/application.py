"""What a borrower in trouble tells, sealed under its key, and how it is read again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tallystick.amendments.terms import Guaranty
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import Vault
from tallystick.repair.rules import Cause

RECORD = "repair"
"""How rights name these records; each is the vault's `repair:<case>`."""
REVIEW = "repair_review"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that shows the cause: its kind, a word, and its bytes."""

    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Application:
    """`budget` as `tallystick recommend` reads it, without this loan; `lump_sum` in whole tokens:
    what could be paid at once; `guaranty` somebody who would answer for the borrower."""

    cause: Cause
    text: str
    budget: dict[str, Any]
    lump_sum: str = "0"
    evidence: tuple[Evidence, ...] = ()
    guaranty: Guaranty | None = None

    def put(self, vault: Vault, subject: str, case_id: str) -> None:
        """Seals it under the subject's key. Raises `SubjectErased`."""
        guaranty = self.guaranty
        told = {
            "cause": self.cause.value,
            "text": self.text,
            "budget": self.budget,
            "lump_sum": self.lump_sum,
            "evidence": [one.kind for one in self.evidence],
            "guaranty": None
            if guaranty is None
            else [guaranty.guarantor, str(guaranty.guaranteed), guaranty.days],
        }
        fields = {"application": json.dumps(told, ensure_ascii=False).encode()}
        for number, one in enumerate(self.evidence):
            fields[f"evidence{number}"] = one.content
        vault.put(subject, record_of(case_id), fields)

    @classmethod
    def read(
        cls, vault: Vault, rights: Rights, subject: str, case_id: str, actor: str, purpose: str
    ) -> Application:
        """The application of a case; the read is in the trail.

        Raises `ReadRefused`, `SubjectErased`, `RecordUnknown`.
        """
        rights.admit(actor, subject, RECORD, purpose)
        fields = vault.get(subject, record_of(case_id)).fields
        told = json.loads(fields["application"])
        guaranty = told["guaranty"]
        return cls(
            Cause(told["cause"]),
            told["text"],
            told["budget"],
            told["lump_sum"],
            tuple(
                Evidence(kind, fields[f"evidence{number}"])
                for number, kind in enumerate(told["evidence"])
            ),
            guaranty and Guaranty(guaranty[0], int(guaranty[1]), guaranty[2]),
        )


def record_of(case_id: str) -> str:
    """Name of the vault's record."""
    return f"{RECORD}:{case_id}"
