"""When somebody who services loans should do something, and what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from tallystick.earlywarning.behaviour import Behaviour

Language = Literal["en", "zh"]

HIGH: Final = 0.20
"""Probability of falling late from which a loan is spoken about before it is late."""


class Action(StrEnum):
    """What is suggested to do."""

    REMIND = "remind"
    ASK_ALLOWANCE = "ask_allowance"
    CALL = "call"
    OFFER_REPAIR = "offer_repair"
    REVIEW_PLAN = "review_plan"
    TELL_GUARANTOR = "tell_guarantor"


@dataclass(frozen=True, slots=True)
class Rule:
    """A trigger: when it fires, how urgent it is (1 is most), what to do, and why in words."""

    code: str
    urgency: int
    action: Action
    when: Callable[[Behaviour, float | None], bool]
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule that fired for a loan; `pd` is None where no card was used."""

    code: str
    urgency: int
    action: Action
    facts: dict[str, int | float | None]

    def text(self, language: Language = "en") -> str:
        """Why, as a sentence."""
        rule = _BY_CODE[self.code]
        return (rule.en if language == "en" else rule.zh).format(**self.facts)


RULES: Final = (
    Rule(
        "late_30",
        1,
        Action.OFFER_REPAIR,
        lambda seen, _: seen.days_past_due >= 30,
        "{days_past_due} days past due: agree on new terms before default.",
        "已逾期 {days_past_due} 天：应在违约前协商新的还款条件。",
    ),
    Rule(
        "watch_broken",
        1,
        Action.REVIEW_PLAN,
        lambda seen, _: seen.on_watch > 0 and seen.days_past_due > 0,
        "Late by {days_past_due} days during the watch period after an amendment.",
        "变更后的观察期内逾期 {days_past_due} 天。",
    ),
    Rule(
        "guarantor_near",
        2,
        Action.TELL_GUARANTOR,
        lambda seen, _: (
            seen.days_past_due > 0
            and seen.guarantee_in_days is not None
            and 0 <= seen.guarantee_in_days <= 5
        ),
        "The guarantor can be drawn on in {guarantee_in_days} days.",
        "{guarantee_in_days} 天后可向保证人追偿。",
    ),
    Rule(
        "likely_late",
        2,
        Action.CALL,
        lambda seen, pd: pd is not None and pd >= HIGH and seen.days_past_due < 30,
        "Probability of {pd_percent} % to fall late, {days_past_due} days past due now.",
        "预计逾期概率为 {pd_percent}%，目前逾期 {days_past_due} 天。",
    ),
    Rule(
        "late_elsewhere",
        2,
        Action.CALL,
        lambda seen, _: seen.others_late_days >= 10 and seen.days_past_due < 30,
        "Another loan of the borrower is {others_late_days} days late.",
        "借款人的另一笔贷款已逾期 {others_late_days} 天。",
    ),
    Rule(
        "collection_failed",
        2,
        Action.ASK_ALLOWANCE,
        lambda seen, _: seen.failed_recent > 0 and seen.days_past_due > 0,
        "{failed_recent} collections failed in 30 days: allowance or balance is too small.",
        "30 天内 {failed_recent} 次扣款失败：授权额度或余额不足。",
    ),
    Rule(
        "late",
        3,
        Action.REMIND,
        lambda seen, _: 0 < seen.days_past_due < 30,
        "{days_past_due} days past due.",
        "已逾期 {days_past_due} 天。",
    ),
    Rule(
        "by_hand",
        3,
        Action.REMIND,
        lambda seen, _: seen.manual > 0 and seen.days_past_due == 0 and seen.days_to_due <= 3,
        "Due in {days_to_due} days, and autopay is off.",
        "{days_to_due} 天后到期，且未开启自动还款。",
    ),
)
_BY_CODE = {rule.code: rule for rule in RULES}


def triggers(seen: Behaviour, pd: float | None = None) -> list[Trigger]:
    """What fires for a loan, the most urgent first; `pd` from an early-warning card."""
    facts: dict[str, int | float | None] = {
        "days_past_due": seen.days_past_due,
        "days_to_due": seen.days_to_due,
        "others_late_days": seen.others_late_days,
        "failed_recent": seen.failed_recent,
        "guarantee_in_days": seen.guarantee_in_days,
        "pd_percent": None if pd is None else round(100 * pd),
    }
    fired: Iterable[Rule] = (rule for rule in RULES if rule.when(seen, pd))
    return [Trigger(rule.code, rule.urgency, rule.action, facts) for rule in fired]
