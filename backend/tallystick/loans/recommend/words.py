"""Reasons in words: one sentence per code, in English and 简体中文."""

from __future__ import annotations

from typing import NamedTuple

from tallystick.loans.offline.terms import Plan
from tallystick.loans.recommend.result import Reason, ReasonCode

KINDS: dict[Plan, tuple[str, str]] = {
    Plan.EQUAL_INSTALLMENTS: ("equal installments", "等额本息"),
    Plan.EQUAL_PRINCIPAL: ("equal principal", "等额本金"),
    Plan.INTEREST_ONLY: ("interest only, principal at the end", "先息后本"),
    Plan.BULLET: ("one payment at the end", "到期一次还本付息"),
    Plan.BALLOON: ("fixed principal with a balloon", "固定还本、期末付清余额"),
    Plan.CUSTOM: ("seasonal rows", "季节性自定义还款"),
}
"""What each kind of plan is called."""


class _Sentence(NamedTuple):
    en: str
    zh: str


_SENTENCES: dict[ReasonCode, _Sentence] = {
    ReasonCode.LEAST_INTEREST: _Sentence(
        en="Of all plans that fit, this one costs the least interest: {interest}.",
        zh="在所有可行方案中，本方案利息最低：{interest}。",
    ),
    ReasonCode.KEEPS_LIMITS: _Sentence(
        en=(
            "Even in the cautious scenario no month takes more than {share} % of free "
            "income; the tightest is {month}, with {due} due of at most {limit}."
        ),
        zh=(
            "即使在谨慎情形下，每月偿债也不超过可支配收入的 {share}%；最紧的是 {month}，应还 {due}"
            "，上限 {limit}。"
        ),
    ),
    ReasonCode.OTHER_TERM_EXCEEDS_LIMIT: _Sentence(
        en=(
            "Over {periods} periods it would not fit: {month} would take {due}, {over} "
            "above its limit of {limit}."
        ),
        zh="若为 {periods} 期则不可行：{month} 应还 {due}，超出上限 {limit} 共 {over}。",
    ),
    ReasonCode.SHORTEST_TERM: _Sentence(
        en="It is the shortest term that the product allows: {periods} periods.",
        zh="这已是产品允许的最短期限：{periods} 期。",
    ),
    ReasonCode.REPAYS_AS_EARLY_AS_POSSIBLE: _Sentence(
        en=(
            "Every row repays as much as its month bears, so no other rows on these dates "
            "cost less interest."
        ),
        zh="每期均按当月承受能力尽早还本，在这些还款日上不存在利息更低的安排。",
    ),
    ReasonCode.ROWS_LEFT_OUT: _Sentence(
        en=(
            "{count} dates bear no row, because cautious income there does not cover even "
            "the interest: {months}."
        ),
        zh="有 {count} 个还款日不安排还款，因为谨慎收入连利息也不足以支付：{months}。",
    ),
    ReasonCode.COSTS_MORE: _Sentence(
        en="It fits, but costs {more} more interest ({interest} over {periods} periods).",
        zh="可行，但利息多 {more}（共 {interest}，{periods} 期）。",
    ),
    ReasonCode.COSTS_THE_SAME: _Sentence(
        en="It fits and costs the same interest ({interest} over {periods} periods).",
        zh="可行，利息相同（共 {interest}，{periods} 期）。",
    ),
    ReasonCode.EXCEEDS_LIMIT: _Sentence(
        en=(
            "It does not fit: over {periods} periods {month} takes {due}, {over} above its "
            "limit of {limit}; no other term or grace comes nearer."
        ),
        zh=(
            "不可行：按 {periods} 期计，{month} 应还 {due}，超出上限 {limit} 共 {over}；"
            "其他期限和宽限期均不更接近可行。"
        ),
    ),
    ReasonCode.TERM_TOO_SHORT: _Sentence(
        en="It does not fit: no term that the product allows is longer than the grace.",
        zh="不可行：产品允许的期限均不长于宽限期。",
    ),
    ReasonCode.PRINCIPAL_LEFT: _Sentence(
        en=(
            "It does not fit: with every month at its limit, {left} of the principal is "
            "still unpaid after {periods} periods."
        ),
        zh="不可行：即使每月都还到上限，{periods} 期后仍有本金 {left} 未还。",
    ),
    ReasonCode.INTEREST_EXCEEDS_LIMIT: _Sentence(
        en=(
            "It does not fit: the limit of {month}, {limit}, does not cover the interest, "
            "and no row may be left out."
        ),
        zh="不可行：{month} 的上限 {limit} 不足以支付利息，而产品不允许跳过还款日。",
    ),
    ReasonCode.NO_PLAN_FITS: _Sentence(
        en=(
            "No plan of this product fits: everything was tried up to {periods} periods, "
            "until {until}."
        ),
        zh="本产品没有可行方案：已尝试至最长 {periods} 期（至 {until}）。",
    ),
    ReasonCode.NO_FREE_INCOME: _Sentence(
        en=(
            "In {count} months of that term nothing is left for a new loan in the cautious "
            "scenario, {month} first."
        ),
        zh="在该期限内有 {count} 个月在谨慎情形下没有可用于新贷款的余额，最早为 {month}。",
    ),
    ReasonCode.LARGEST_AMOUNT: _Sentence(
        en="The largest amount that would fit is {amount}: {en_kind}, {periods} periods.",
        zh="可行的最大金额为 {amount}：{zh_kind}，{periods} 期。",
    ),
    ReasonCode.NO_AMOUNT_FITS: _Sentence(
        en="No amount fits, however small.",
        zh="任何金额都不可行。",
    ),
}


def reason(code: ReasonCode, **values: str) -> Reason:
    """The reason with its sentences filled in."""
    sentence = _SENTENCES[code]
    shown = {name: value for name, value in values.items() if not name.endswith("_kind")}
    return Reason(code, shown, sentence.en.format(**values), sentence.zh.format(**values))
