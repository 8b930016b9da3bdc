"""Every template in both languages: nothing is left open, nothing said that was not handed in."""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser
from typing import Any

import pytest

from tallystick.loans.statements.sheet import Currency
from tallystick.messages.errors import FactsInvalid, KindUnknown, TemplateInvalid
from tallystick.messages.facts import FactKind, money
from tallystick.messages.kinds import (
    GROUPS,
    LANGUAGES,
    TEMPLATES,
    Kind,
    every_kind,
    kind_named,
    read_kind,
)
from tallystick.messages.render import render
from tallystick.statements.words import Language

ORIGIN = "https://loans.example"
STOP = f"{ORIGIN}/stops/token"
MARKS: dict[FactKind, Any] = {
    FactKind.LOAN: "0x" + "1a" * 32,
    FactKind.HASH: "0x" + "2b" * 32,
    FactKind.ACCOUNT: "0x" + "3c" * 20,
    FactKind.MONEY: money(1_234_567_890, Currency("TUSD", 6)),
    FactKind.DAY: "2026-03-31",
    FactKind.NUMBER: 47,
    FactKind.CODE: "case_17",
}
SHOWN: dict[FactKind, dict[Language, str]] = {
    FactKind.HASH: dict.fromkeys(LANGUAGES, "0x2b2b2b2b…"),
    FactKind.ACCOUNT: dict.fromkeys(LANGUAGES, "0x3c3c3c3c…"),
    FactKind.MONEY: dict.fromkeys(LANGUAGES, "1,234.56789 TUSD"),
    FactKind.DAY: {"en": "March 31, 2026", "zh": "2026年3月31日"},
    FactKind.NUMBER: dict.fromkeys(LANGUAGES, "47"),
    FactKind.CODE: dict.fromkeys(LANGUAGES, "case_17"),
}


def facts_of(kind: Kind, word: int = 0) -> dict[str, Any]:
    """Facts of the right form; of each word the one at this place, from the start if too far."""
    options = {name: sorted(words) for name, words in kind.languages["en"].words.items()}
    return {
        name: options[name][word % len(options[name])] if form is FactKind.WORD else MARKS[form]
        for name, form in kind.facts.items()
    }


def all_facts(kind: Kind) -> list[dict[str, Any]]:
    most = max([len(words) for words in kind.languages["en"].words.values()], default=1)
    return [facts_of(kind, word) for word in range(most)]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.links, self.open = "", [], []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name == "href"]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*every_kind()], ids=lambda kind: f"{kind.name}.{kind.version}")
def test_every_place_is_filled_in_every_form(kind: Kind, language: Language) -> None:
    words = kind.languages[language]
    for facts in all_facts(kind):
        made = render(kind, facts, language, ORIGIN, STOP)
        page = Reader()
        page.feed(made.html)
        assert page.open == []
        loan = [f"{ORIGIN}/loans/{facts['loan']}"] if "loan" in facts else []
        assert page.links == [*loan, STOP]
        for text in (made.subject, made.text, made.short, page.text):
            assert not set("{}") & set(text)
        assert len(made.subject) < 110
        assert len(made.short) <= (160 if language == "en" else 134)  # two SMS at most
        for name, form in kind.facts.items():
            if form is FactKind.LOAN:
                continue
            shown = (
                words.words[name][facts[name]] if form is FactKind.WORD else SHOWN[form][language]
            )
            told = made.subject + made.text + made.short
            assert shown in told or any(
                options[facts[name]] in told
                for place, options in words.words.items()
                if place.startswith(f"{name}.")
            )
            if shown in made.text:
                assert shown in " ".join(page.text.split()) or shown in page.text


def test_a_released_template_is_never_edited() -> None:
    """A change of words is a new version: what was sent can be shown again."""
    released = dict(
        reversed(line.split("  ")) for line in (TEMPLATES / "SHA256SUMS").read_text().splitlines()
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in TEMPLATES.glob("*.yaml")
    }
    assert found == released, "sha256sum *.yaml >SHA256SUMS, if the file is new"


def test_what_a_contract_demands_cannot_be_stopped() -> None:
    duties = {kind.name for kind in every_kind() if not kind.stoppable}
    assert duties >= {"overdue", "pull_failed", "terms_changed", "claim_assigned", "correction"}
    assert {kind.group for kind in every_kind()} <= set(GROUPS)


def test_every_event_that_can_be_taken_back_has_its_words() -> None:
    words = kind_named("correction").languages["en"].words["about"]
    assert set(words) <= {kind.name for kind in every_kind()}


def test_hostile_facts_do_not_pass() -> None:
    kind = kind_named("payment_received")
    good = facts_of(kind)
    kind.check(good)
    for name, value in [
        ("loan", "0x" + "AB" * 32),
        ("loan", "<script>"),
        ("amount", {"units": "-5", "symbol": "TUSD", "decimals": 6}),
        ("amount", {"units": "5", "symbol": "T\nUSD", "decimals": 6}),
        ("amount", {"units": 5, "symbol": "TUSD", "decimals": 6}),
        ("amount", {"units": "5", "symbol": "TUSD", "decimals": True}),
        ("paid_on", "2026-02-30"),
        ("paid_on", "20260228"),
        ("tx", 7),
    ]:
        with pytest.raises(FactsInvalid, match=name):
            kind.check(good | {name: value})
    with pytest.raises(FactsInvalid, match="name"):
        kind.check(good | {"name": "Ada"})
    with pytest.raises(FactsInvalid, match="tx"):
        kind.check({name: value for name, value in good.items() if name != "tx"})
    with pytest.raises(FactsInvalid, match="reason"):
        kind_named("pull_failed").check(facts_of(kind_named("pull_failed")) | {"reason": "because"})


def test_a_token_cannot_put_markup_into_a_mail() -> None:
    kind = kind_named("due_today")
    facts = facts_of(kind) | {"amount": money(1, Currency("<b>&", 0))}
    made = render(kind, facts, "en", ORIGIN)
    assert "<b>" in made.text
    assert "<b>" not in made.html
    assert "&lt;b&gt;&amp;" in made.html
    assert STOP not in made.html


BASE = """
group: reminder
urgent: false
days: 3
facts: {loan: loan, amount: money, how: word}
en: {subject: "{amount}", text: "{how}", short: "s", words: {how: {a: x}}}
zh: {subject: "{amount}", text: "{how}", short: "s", words: {how: {a: y}}}
"""


def test_templates_that_break_a_rule_are_refused() -> None:
    assert read_kind("some_kind.3.yaml", BASE).version == 3
    for wrong, rule in [
        (BASE.replace("group: reminder", "group: noise"), "group"),
        (BASE.replace("days: 3", "days: 0"), "days"),
        (BASE.replace('zh: {subject: "{amount}"', 'zh: {subject: "{sum}"'), "sum is no fact"),
        (BASE.replace('zh: {subject: "{amount}"', 'zh: {subject: "x"'), "does not use amount"),
        (BASE.replace("{a: y}", "{b: y}"), "other words"),
        (BASE.replace('text: "{how}"', 'text: "{how.act}"'), "has no words"),
        (BASE.replace("amount: money", "amount: sum"), "sum"),
        (BASE.replace("en: {", "de: {"), "en"),
        ("- 1", "not"),
    ]:
        with pytest.raises(TemplateInvalid, match=rule):
            read_kind("some_kind.3.yaml", wrong)
    with pytest.raises(TemplateInvalid, match="named"):
        read_kind("SomeKind.yaml", BASE)
    with pytest.raises(KindUnknown):
        kind_named("due_soon", 99)
    with pytest.raises(KindUnknown):
        kind_named("nothing")
