"""What a rule found: how bad, in words, and a hash of what it looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tallystick.screening.texts import words

Language = Literal["en", "zh"]
Fact = str | int | bool


class Severity(StrEnum):
    """What a hit means for the decision: nothing, a person looks at it, or no."""

    INFO = "info"
    REFER = "refer"
    DECLINE = "decline"

    @property
    def rank(self) -> int:
        """Larger is worse."""
        return _RANKS[self]


_RANKS = {Severity.INFO: 0, Severity.REFER: 1, Severity.DECLINE: 2}


@dataclass(frozen=True, slots=True)
class Hit:
    """`rule` found something. `facts` are what its text tells; they hold no personal data.

    `evidence` is the SHA-256, in hexadecimal digits, of everything that the rule compared: whoever
    has the same data and the same rules comes to the same hash.
    """

    rule: str
    severity: Severity
    facts: Mapping[str, Fact]
    evidence: str

    def text(self, language: Language = "en") -> str:
        """The finding as a sentence."""
        return words(self.rule, self.facts, language)


def found(
    rule: str, severity: Severity, facts: Mapping[str, Fact], compared: object, rules: str
) -> Hit:
    """A hit whose evidence is what was `compared` (JSON values) under rules of this digest."""
    evidence = {"rule": rule, "rules": rules, "facts": dict(facts), "compared": compared}
    text = json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Hit(rule, severity, dict(facts), hashlib.sha256(text.encode()).hexdigest())


def worst_first(hits: list[Hit]) -> list[Hit]:
    """Hits by severity, then by rule."""
    return sorted(hits, key=lambda hit: (-hit.severity.rank, hit.rule, hit.evidence))


def verdict(hits: list[Hit]) -> Severity | None:
    """The worst severity; None without hits."""
    return max((hit.severity for hit in hits), key=lambda severity: severity.rank, default=None)
