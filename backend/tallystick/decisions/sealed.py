"""Inputs and outputs of decisions, sealed under their subject's key: erased with it."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from tallystick.decisions.case import Case
from tallystick.decisions.document import canonical
from tallystick.decisions.errors import InputsErased
from tallystick.decisions.store import Decision
from tallystick.identity.vault import RecordUnknown, SubjectErased, SubjectUnknown, Vault

RECORD = "application"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes into the vault for one decision, and the salted hashes that stay outside."""

    salt: bytes
    case: bytes
    outcome: bytes

    @classmethod
    def of(cls, case: Case, outcome: dict[str, Any]) -> Sealed:
        return cls(secrets.token_bytes(32), case.body(), canonical(outcome))

    @property
    def inputs(self) -> bytes:
        """SHA-256 over salt and case."""
        return hashlib.sha256(self.salt + self.case).digest()

    @property
    def output(self) -> bytes:
        """SHA-256 over salt and outcome."""
        return hashlib.sha256(self.salt + self.outcome).digest()

    def put(self, vault: Vault, subject: str, decision_id: str) -> None:
        """Raises `SubjectErased`."""
        fields = {"salt": self.salt.hex().encode(), "case": self.case, "outcome": self.outcome}
        vault.put(subject, f"{RECORD}:{decision_id}", fields, after=0)

    def read_case(self) -> Case:
        """The case as it was decided."""
        return Case.parse(self.case, "case")

    def read_outcome(self) -> dict[str, Any]:
        """The outcome as it was told."""
        outcome: dict[str, Any] = json.loads(self.outcome)
        return outcome


def open_sealed(vault: Vault, decision: Decision) -> Sealed:
    """What was sealed for a decision. The caller has asked for permission to read.

    Raises `InputsErased`, and `SealBroken` when either was altered.
    """
    try:
        fields = vault.get(decision.subject, f"{RECORD}:{decision.decision_id}").fields
    except (RecordUnknown, SubjectErased, SubjectUnknown) as error:
        raise InputsErased(decision.decision_id) from error
    return Sealed(bytes.fromhex(fields["salt"].decode()), fields["case"], fields["outcome"])
