"""Who checks an identity: an interface for providers, and the one that needs nobody else.

The local provider reads the document's data and asks the lists of sanctions. What only eyes can
compare (a face with a document, an address with a bill) it leaves to two reviewers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tallystick.identity.kyc.documents import Facts, same_name
from tallystick.identity.kyc.errors import ListsMissing
from tallystick.identity.kyc.levels import CHECKS, Check, Kind, Level, Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check and its reason, a word for machines."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a provider is told. `person` are the fields that the subject gave of itself.

    `document_taken`: another subject was approved with this document.
    """

    kind: Kind
    level: Level
    facts: Facts
    person: Mapping[str, str]
    document_taken: bool
    today: date


class Sanctions(Protocol):
    """Lists of those with whom nobody may deal."""

    def hits(
        self, names: Sequence[str], birth_date: str | None, country: str | None
    ) -> Sequence[str]:
        """Words that name the entries that may be this person. Raises `ListsMissing`."""


class Provider(Protocol):
    """Whoever checks identities."""

    name: str

    def check(self, submission: Submission) -> dict[Check, Finding]:
        """A finding for each check of the level. May raise: then nothing is decided."""


class LocalProvider:
    """Checks here, without sending anything to anybody."""

    name = "local"

    def __init__(self, sanctions: Sanctions | None = None) -> None:
        self._sanctions = sanctions

    def check(self, submission: Submission) -> dict[Check, Finding]:
        by_check = {
            Check.DOCUMENT: self._document,
            Check.SANCTIONS: self._listed,
            Check.LIVENESS: _eyes,
            Check.ADDRESS: _eyes,
        }
        return {check: by_check[check](submission) for check in CHECKS[submission.level]}

    def _document(self, given: Submission) -> Finding:
        facts, person = given.facts, given.person
        if given.document_taken:
            return Finding(Outcome.REVIEW, "document_of_another")
        if facts.birth_date and person.get("birth_date") != facts.birth_date.isoformat():
            return Finding(Outcome.FAILED, "birth_date_differs")
        if facts.names and not same_name(facts.names, person.get("full_name", "")):
            return Finding(Outcome.REVIEW, "name_differs")
        return Finding(Outcome.PASSED)

    def _listed(self, given: Submission) -> Finding:
        if self._sanctions is None:
            return Finding(Outcome.REVIEW, "no_list")
        names = [given.person["full_name"], *given.facts.names]
        try:
            hits = self._sanctions.hits(
                names, given.person.get("birth_date"), given.person.get("country")
            )
        except ListsMissing:
            return Finding(Outcome.REVIEW, "no_list")
        return Finding(Outcome.REVIEW, "listed") if hits else Finding(Outcome.PASSED)


def _eyes(_: Submission) -> Finding:
    return Finding(Outcome.REVIEW, "to_be_seen")
