"""Hits on sanctions lists: names in any spelling, wallets exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from tallystick.screening.application import Application
from tallystick.screening.hits import Fact, Hit, found
from tallystick.screening.rules import Rules
from tallystick.screening.sanctions.index import ListIndex, Match
from tallystick.screening.traces import Blinds

Birth = Literal["birth_same", "birth_year", "birth_other", "birth_unknown"]
_YEAR: Final = 4


def resembling(
    index: ListIndex, names: Iterable[str], birth_date: str | None, rules: Rules
) -> list[tuple[Match, Birth]]:
    """Entries whose name resembles one of a person's, each once, with what the birth dates say."""
    rule = rules.sanctions
    told: dict[tuple[str, str], tuple[Match, Birth]] = {}
    for name in names:
        for match in index.search(name, rule.likeness):
            birth = compare_births(birth_date, match.entry.births)
            if birth == "birth_other" and match.likeness < rule.likeness_other_birth:
                continue
            key = match.source.source, match.entry.entry
            if key not in told or told[key][0].likeness < match.likeness:
                told[key] = match, birth
    return list(told.values())


def sanctions(
    index: ListIndex, application: Application, rules: Rules, blinds: Blinds
) -> Iterable[Hit]:
    """Entries whose name resembles one of the applicant's, or that name one of its wallets.

    Evidence has names as blind indexes only: a plain hash of a name is easily guessed.
    """
    rule = rules.sanctions
    for match, birth in resembling(index, application.names, application.birth_date, rules):
        facts: dict[str, Fact] = {
            "list": match.source.label,
            "entry": match.entry.entry,
            "listed": match.listed,
            "likeness": match.likeness,
            "birth": birth,
        }
        person = "\n".join([*application.names, application.birth_date or ""])
        compared = [blinds.blind("person", person).hex(), match.source.sha256]
        yield found("sanctions_name", rule.severity, facts, compared, rules.digest)
    for wallet in application.wallets:
        listed = index.wallet(wallet)
        if listed is not None:
            entry, source = listed
            facts = {
                "wallet": wallet,
                "list": source.label,
                "entry": entry.entry,
                "listed": entry.names[0],
            }
            yield found("sanctions_wallet", rule.wallet, facts, source.sha256, rules.digest)


def compare_births(given: str | None, listed: tuple[str, ...]) -> Birth:
    """What a date of birth says about being one of the listed ones (dates, or years alone).

    Lists are often wrong by a year, and a year alone is `birth_year` within one.
    """
    if not given or not listed:
        return "birth_unknown"
    if given in listed:
        return "birth_same"
    year = int(given[:_YEAR])
    near = any(abs(year - int(birth[:_YEAR])) <= 1 for birth in listed)
    return "birth_year" if near else "birth_other"
