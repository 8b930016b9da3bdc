"""A recommendation as plain text, in English or 简体中文."""

from __future__ import annotations

import unicodedata
from typing import Literal

from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.table import render_table
from tallystick.loans.recommend.result import Option, Reason, Recommendation
from tallystick.loans.recommend.terms import month_text
from tallystick.loans.recommend.words import KINDS

Language = Literal["en", "zh-Hans"]

_LABELS: dict[Language, dict[str, str]] = {
    "en": {
        "proposed": "Proposed: {kind}, {periods} periods until {until}",
        "none": "No plan fits",
        "largest": "Largest amount that fits: {amount}, {kind}, {periods} periods",
        "alternatives": "Alternatives",
        "head": "month free-income cautious other-debt limit due",
    },
    "zh-Hans": {
        "proposed": "建议方案：{kind}，{periods} 期，至 {until}",
        "none": "没有可行方案",
        "largest": "可行的最大金额：{amount}，{kind}，{periods} 期",
        "alternatives": "其他方案",
        "head": "月份 可支配收入 谨慎情形 已有债务 上限 应还",
    },
}


def render_recommendation(answer: Recommendation, language: Language = "en") -> str:
    """The plan with its reasons, schedule and months, and the other plans."""
    labels = _LABELS[language]
    scale = answer.money_scale
    shown = answer.plan or answer.largest
    lines: list[str] = []
    if answer.plan is None:
        lines.append(labels["none"])
    else:
        lines.append(_title(labels["proposed"], answer.plan, scale, language))
    lines += [f"- {_text(reason, language)}" for reason in answer.reasons]
    if shown is not None and shown.candidate is not None:
        if answer.plan is None:
            lines += ["", _title(labels["largest"], shown, scale, language)]
        lines += ["", render_table(shown.candidate.schedule)]
    lines += ["", *_months(answer, shown, labels["head"])]
    if answer.alternatives:
        lines += ["", labels["alternatives"]]
    lines += [
        f"- {_kind(option, language)}: {_text(reason, language)}"
        for option in answer.alternatives
        for reason in option.reasons
    ]
    return "\n".join(lines)


def _title(pattern: str, option: Option, scale: int, language: Language) -> str:
    candidate = option.candidate
    if candidate is None:
        return _kind(option, language)
    return pattern.format(
        kind=_kind(option, language),
        periods=candidate.periods,
        until=candidate.schedule.rows[-1].due_date.isoformat(),
        amount=decimal(candidate.terms.principal, scale),
    )


def _kind(option: Option, language: Language) -> str:
    return KINDS[option.kind][language != "en"]


def _text(reason: Reason, language: Language) -> str:
    return reason.en if language == "en" else reason.zh


def _months(answer: Recommendation, shown: Option | None, head: str) -> list[str]:
    scale = answer.money_scale
    strains = shown.candidate.strains if shown is not None and shown.candidate is not None else ()
    due = {strain.month: strain.due for strain in strains}
    last = max(due, default=answer.months[-1].month)
    lines = [head.split()]
    for month in answer.months:
        if month.month <= last:
            amounts = (
                month.free_expected,
                month.free_cautious,
                month.debt_service,
                month.limit,
                due.get(month.month, 0),
            )
            lines.append([month_text(month.month), *(decimal(value, scale) for value in amounts)])
    widths = [max(_width(line[i]) for line in lines) for i in range(len(lines[0]))]
    return [
        "  ".join(
            " " * (width - _width(cell)) + cell for cell, width in zip(line, widths, strict=True)
        )
        for line in lines
    ]


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
