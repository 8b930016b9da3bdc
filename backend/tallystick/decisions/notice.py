"""The notice of a decision: what was decided, why, what would change it, and what one may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.decisions.case import Case
from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.changes import Change
from tallystick.decisions.facts import whole
from tallystick.decisions.roots import day_at
from tallystick.decisions.store import Decision

Language = Literal["en", "zh"]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Notice of a credit decision", "授信决定通知书"),
    "application": ("Application", "申请编号"),
    "date": ("Date", "日期"),
    "product": ("Product", "产品"),
    "asked": ("Asked for", "申请金额"),
    "approve": ("We offer you a loan.", "我们向您提供贷款。"),
    "refer": (
        "Your application is with a person, who decides on it.",
        "您的申请已转人工审批。",
    ),
    "decline": ("We cannot offer you this loan.", "我们无法向您提供此项贷款。"),
    "offer": (
        "{amount} at {rate} % a year in {count} repayments, {interest} interest in all.",
        "金额 {amount}，年利率 {rate}%，共 {count} 期，利息合计 {interest}。",
    ),
    "why": ("Why", "原因"),
    "score": (
        "What weighed most in estimating whether the loan is repaid",
        "还款能力评估中影响最大的因素",
    ),
    "changes": ("What would change it", "如何改变结果"),
    "rights": ("What you can do", "您的权利"),
    "right_person": (
        "This was decided by rules without a person. You may object; a person then looks at it.",
        "本决定由规则自动作出。您可以提出异议，由人工重新审查。",
    ),
    "right_data": (
        "It was decided on what you declared and on our books. You may see and correct all of it.",
        "决定依据为您申报的信息以及本平台的借款记录。您可以查阅并更正上述信息。",
    ),
    "right_versions": (
        "Decided by release {release}; the same data gives the same decision.",
        "所依据的规则版本为 {release}，相同数据将得出相同的决定。",
    ),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One language. `facts` are names and values for the top."""

    title: str
    language: Language
    facts: tuple[tuple[str, str], ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]


def notice_of(
    decision: Decision,
    case: Case,
    outcome: dict[str, Any],
    changes: Sequence[Change],
    catalogue: Catalogue,
    language: Language,
) -> Notice:
    """The notice of a decision, from what was decided and told."""

    def word(key: str) -> str:
        return _WORDS[key][0 if language == "en" else 1]

    facts = (
        (word("application"), decision.decision_id),
        (word("date"), day_at(decision.decided_at).isoformat()),
        (word("product"), getattr(catalogue.products[case.product].label, language)),
        (word("asked"), str(whole(case.amount))),
    )
    opening = [word(decision.outcome)]
    proposal = outcome["proposal"]
    if decision.outcome == "approve" and proposal is not None:
        opening.append(
            word("offer").format(
                amount=proposal["amount"],
                rate=proposal["annual_rate_pct"],
                count=proposal["repayments"],
                interest=proposal["interest"],
            )
        )
    sections = [
        Section(word("why"), _lines(outcome["reasons"], language)),
        Section(word("score"), _lines(outcome["score_reasons"], language)),
        Section(word("changes"), tuple(getattr(change, language) for change in changes)),
        Section(
            word("rights"),
            (
                word("right_person"),
                word("right_data"),
                word("right_versions").format(release=decision.release[:16]),
            ),
        ),
    ]
    kept = tuple(section for section in sections if section.lines)
    return Notice(word("title"), language, facts, tuple(opening), kept)


def _lines(reasons: list[dict[str, Any]], language: Language) -> tuple[str, ...]:
    return tuple(each[language] for each in reasons)
