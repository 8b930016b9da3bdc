"""What reason codes say, in plain English and Chinese. A code keeps its meaning for ever; policies
may add codes of their own."""

from __future__ import annotations

import string
from collections.abc import Mapping
from decimal import Decimal

from tallystick.decisions.case import Reason
from tallystick.decisions.document import SCALE, Label


def _label(en: str, zh: str) -> Label:
    return Label(en=en, zh=zh)


REASONS = {
    # approved
    "meets_policy": _label(
        "Your application meets our rules for this product.", "您的申请符合本产品的要求。"
    ),
    "lower_amount": _label(
        "We offer {offered} instead of {asked}.", "我们可提供 {offered}，而非所申请的 {asked}。"
    ),
    # what limits an amount
    "limit_product": _label("This product is lent up to {limit}.", "本产品最高可借 {limit}。"),
    "limit_grade": _label(
        "For a risk grade of {grade} we lend up to {limit}.",
        "风险等级为 {grade} 时，最高可借 {limit}。",
    ),
    "limit_loss": _label(
        "The loss to be expected at this risk limits the amount to {limit}.",
        "按此风险水平的预期损失，金额不得超过 {limit}。",
    ),
    "limit_exposure": _label(
        "Together with what you owe or may still accept, {limit} is left of your limit.",
        "计入您现有的借款和未接受的要约后，剩余额度为 {limit}。",
    ),
    "limit_concentration": _label(
        "We lend only a share of our money to one kind of borrower; {limit} is left of it.",
        "我们对同一类借款人的放款有比例上限，目前剩余 {limit}。",
    ),
    "limit_budget": _label(
        "What is left of your income in the tightest month bears a loan of up to {limit}.",
        "按收支最紧的月份计算，您可负担的最高金额为 {limit}。",
    ),
    # refused or sent to a person
    "risk_too_high": _label(
        "The probability that the loan is not repaid is {pd_pct} %, too high for this product.",
        "贷款无法偿还的概率估计为 {pd_pct}%，超出本产品可接受的范围。",
    ),
    "price_above_law": _label(
        "At this risk we would have to ask more than the {cap_pct} % a year that the law allows.",
        "按此风险所需的利率高于法律允许的年利率 {cap_pct}%。",
    ),
    "price_above_grid": _label(
        "At this risk we would have to ask more than the {cap_pct} % a year of this product.",
        "按此风险所需的利率高于本产品的最高年利率 {cap_pct}%。",
    ),
    "amount_below_product": _label(
        "That is less than the {least} from which this product is lent.",
        "该金额低于本产品的最低金额 {least}。",
    ),
    "budget_too_small": _label(
        "No plan of this product fits what is left of your income each month.",
        "按您每月的结余，本产品没有可行的还款方案。",
    ),
    "plan_not_on_ledger": _label(
        "The plan has to be checked by hand before it can be signed.",
        "还款方案需人工核对后方可签署。",
    ),
    "kyc_too_low": _label(
        "Your identity is confirmed at level {kyc_level}; this product needs level {kyc_needed}.",
        "您的身份认证等级为 {kyc_level}，本产品要求等级 {kyc_needed}。",
    ),
    "documents_missing": _label(
        "Documents that we need are missing: {documents_missing}.",
        "缺少 {documents_missing} 份所需文件。",
    ),
    "data_unusual": _label(
        "{quality_issues} of your figures are unusual, so a person looks at them.",
        "您填写的数据中有 {quality_issues} 项不同寻常，需要人工核对。",
    ),
    "in_arrears": _label(
        "A loan with us is {books.days_late_now} days overdue.",
        "您在本平台有一笔借款已逾期 {books.days_late_now} 天。",
    ),
    "was_late": _label(
        "A loan with us was {books.worst_days_late} days overdue.",
        "您在本平台的借款曾逾期 {books.worst_days_late} 天。",
    ),
    "loss_before": _label("A loan with us was not repaid.", "您在本平台有一笔借款未能偿还。"),
    "amount_needs_review": _label(
        "A person decides on amounts of this size.", "该金额需人工审批。"
    ),
    "screening_refer": _label(
        "A check of identity and fraud has to be looked at by a person.",
        "有一项身份与反欺诈核查需人工处理。",
    ),
    "screening_decline": _label(
        "A check of identity and fraud did not pass.", "有一项身份与反欺诈核查未通过。"
    ),
    "information_missing": _label(
        "We need to know this to decide: {fact}.", "作出决定还需要以下信息：{fact}。"
    ),
    # behaviour
    "standing_up": _label(
        "You have paid {books.dues} installments and were never late, so we trust you with more.",
        "您已按时归还 {books.dues} 期，从未逾期，因此我们提高了您的额度。",
    ),
    "standing_down": _label(
        "You were up to {books.worst_days_late} days late, so we lend less for now.",
        "您曾逾期最多 {books.worst_days_late} 天，因此我们暂时降低了您的额度。",
    ),
    "standing_usual": _label("Your limit is the usual one.", "您的额度为标准额度。"),
}


def reason(code: str, values: Mapping[str, object], own: Mapping[str, Label]) -> Reason:
    """The reason with its sentences filled in; `own` are the policy's further codes."""
    label = own.get(code) or REASONS[code]
    wanted = {name for text in (label.en, label.zh) for name in placeholders(text)}
    shown = {name: _shown(values[name]) for name in sorted(wanted)}
    return Reason(code, shown, _fill(label.en, shown), _fill(label.zh, shown))


def placeholders(text: str) -> list[str]:
    """Names in braces."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def _shown(value: object) -> str:
    """People read at most two decimals of a figure; what it was exactly is in the case."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        long = isinstance(exponent, int) and exponent < -SCALE
        return f"{value:.{SCALE}f}" if long else f"{value:f}"
    return "?" if value is None else str(value)


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
