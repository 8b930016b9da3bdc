"""Kinds of messages, each a versioned file in `templates`: `<kind>.<version>.yaml`.

A released file is never edited: what was sent can be shown again exactly. A change is the next
version; a new kind is a new file and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tallystick.messages.errors import FactsInvalid, KindUnknown, TemplateInvalid
from tallystick.messages.facts import FactKind, Facts, check
from tallystick.statements.words import Language

TEMPLATES = Path(__file__).parent / "templates"
DUTY = "duty"
"""The group of what must be told: it cannot be stopped."""
GROUPS = (DUTY, "reminder", "receipt", "offer")
"""What one link stops; `duty` never."""
LANGUAGES: tuple[Language, ...] = ("en", "zh")
PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
"""A fact, or after a point another wording of the same word."""
_FILE = re.compile(r"([a-z][a-z_]{1,39})\.([1-9][0-9]{0,3})\.yaml")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language. `words` by name and value of a fact of kind word."""

    subject: str
    text: str
    short: str
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One version of a kind of message.

    `group` is what its reader may stop. An `urgent` one is told beyond the wished-for number a day,
    never beyond the lawful one. It is worth telling for `days`.
    """

    name: str
    version: int
    group: str
    urgent: bool
    days: int
    facts: Mapping[str, FactKind]
    languages: Mapping[Language, Words]

    @property
    def stoppable(self) -> bool:
        return self.group != DUTY

    def check(self, facts: Facts) -> None:
        """Raises `FactsInvalid` unless these are the facts that the kind needs."""
        for name in facts:
            if name not in self.facts:
                raise FactsInvalid(name, f"is no fact of {self.name}")
        for name, kind in self.facts.items():
            if name not in facts:
                raise FactsInvalid(name, f"is missing in {self.name}")
            check(name, kind, facts[name])
            if kind is FactKind.WORD and facts[name] not in self.languages["en"].words[name]:
                raise FactsInvalid(name, f"{self.name} has no word for it")


def kind_named(name: str, version: int | None = None) -> Kind:
    """The version, or the newest one. Raises `KindUnknown`."""
    versions = _all().get(name, {})
    found = versions.get(max(versions, default=0) if version is None else version)
    if found is None:
        raise KindUnknown(f"there is no message {name}")
    return found


def every_kind() -> Iterator[Kind]:
    """Every version of every kind."""
    for versions in _all().values():
        yield from versions.values()


@cache
def _all() -> dict[str, dict[int, Kind]]:
    found: dict[str, dict[int, Kind]] = {}
    for path in sorted(TEMPLATES.glob("*.yaml")):
        kind = read_kind(path.name, path.read_text())
        found.setdefault(kind.name, {})[kind.version] = kind
    return found


def read_kind(file: str, text: str) -> Kind:
    """The kind in a file of this name. Raises `TemplateInvalid`."""
    named = _FILE.fullmatch(file)
    if named is None:
        raise TemplateInvalid(f"{file}: is not named <kind>.<version>.yaml")
    try:
        data = yaml.safe_load(text)
        kind = Kind(
            name=named[1],
            version=int(named[2]),
            group=data["group"],
            urgent=data["urgent"],
            days=data["days"],
            facts={name: FactKind(form) for name, form in data["facts"].items()},
            languages={language: _words(data[language]) for language in LANGUAGES},
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TemplateInvalid(f"{file}: {error!r}") from None
    for rule in _broken(kind):
        raise TemplateInvalid(f"{file}: {rule}")
    return kind


def _words(data: Mapping[str, Any]) -> Words:
    return Words(
        data["subject"], data["text"].strip(), data["short"].strip(), data.get("words", {})
    )


def _broken(kind: Kind) -> Iterator[str]:
    if kind.group not in GROUPS:
        yield f"the group is none of {', '.join(GROUPS)}"
    if type(kind.urgent) is not bool or type(kind.days) is not int or kind.days < 1:
        yield "urgent is true or false, days a whole number from 1 on"
    for language in kind.languages:
        for rule in _ill_said(kind, language):
            yield f"{language}: {rule}"


def _ill_said(kind: Kind, language: Language) -> Iterator[str]:
    words = kind.languages[language]
    used = set(PLACE.findall(f"{words.subject} {words.text} {words.short}"))
    for place in used:
        name = place.partition(".")[0]
        form = kind.facts.get(name)
        if form is None:
            yield f"{place} is no fact"
        if "." in place and form is not FactKind.WORD:
            yield f"{place} has no other wording"
        if form is FactKind.WORD and place not in words.words:
            yield f"{place} has no words"
    unused = kind.facts.keys() - {place.partition(".")[0] for place in used} - {"loan"}
    if unused:
        yield f"does not use {', '.join(sorted(unused))}"
    for place, options in words.words.items():
        if options.keys() != kind.languages["en"].words.get(place, {}).keys():
            yield f"{place} has other words than in English"
    if "\n" in words.subject or "\n" in words.short:
        yield "subject and short text are one line"
