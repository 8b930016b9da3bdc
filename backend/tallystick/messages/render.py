"""A message as its reader gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from tallystick.messages.facts import FactKind, Facts, show
from tallystick.messages.kinds import PLACE, TEMPLATES, Kind
from tallystick.statements.words import Language

_FRAME: dict[Language, dict[str, str]] = {
    "en": {
        "open": "Open the loan",
        "why": "You get this because you have a loan recorded with Tallystick.",
        "stop": "Stop messages of this kind",
    },
    "zh": {
        "open": "查看贷款",
        "why": "您收到此消息是因为您有一笔贷款记录在 Tallystick 中。",
        "stop": "不再接收此类消息",
    },
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """`subject` and `short` are one line, `body` plain text, `text` a whole mail, `html` the same
    as a document."""

    subject: str
    body: str
    text: str
    html: str
    short: str


def render(
    kind: Kind, facts: Facts, language: Language, origin: str, stop: str | None = None
) -> Rendered:
    """A message for people. `origin` is where the pages are, `stop` the link that stops its group.

    Raises `FactsInvalid`.
    """
    kind.check(facts)
    words = kind.languages[language]
    frame = _FRAME[language]
    link = f"{origin}/loans/{facts['loan']}" if "loan" in facts else None
    subject, body, short = (
        _fill(kind, part, facts, language) for part in (words.subject, words.text, words.short)
    )
    text = [body]
    if link is not None:
        text.append(f"{frame['open']}: {link}")
    text.append(f"-- \n{frame['why']}" + (f"\n{frame['stop']}: {stop}" if stop else ""))
    html = _frame().render(
        language={"en": "en", "zh": "zh-Hans"}[language],
        subject=subject,
        paragraphs=[" ".join(part.split()) for part in re.split(r"\n\s*\n", body)],
        link=link,
        stop=stop,
        words=frame,
    )
    return Rendered(subject, body, "\n\n".join(text) + "\n", html, short)


def _fill(kind: Kind, template: str, facts: Facts, language: Language) -> str:
    words = kind.languages[language].words

    def value(place: re.Match[str]) -> str:
        name = place[1].partition(".")[0]
        if kind.facts[name] is FactKind.WORD:
            return words[place[1]][facts[name]]
        return show(kind.facts[name], facts[name], language)

    return PLACE.sub(value, template)


@cache
def _frame() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("email.html")
