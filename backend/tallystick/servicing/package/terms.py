"""An agreement decoded into sentences, in English and Chinese."""

from __future__ import annotations

from typing import Final

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_from_ymd
from tallystick.loans.kinds import Kind
from tallystick.loans.members import NO_ADDRESS
from tallystick.loans.statements.sheet import Currency
from tallystick.statements.amounts import grouped
from tallystick.statements.words import Language

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "parties": (
        "{lender} lends {borrower} {principal} from {start} on.",
        "{lender} 自 {start} 起向 {borrower} 出借 {principal}。",
    ),
    "rate": (
        "Interest is {rate} % a year on {base}; {count}.",
        "年利率 {rate}%，按{base}计息；{count}。",
    ),
    "rows": (
        "It is repaid in {rows} rows ({kind}), every {every} {frequency}, first on {first}.",
        "分 {rows} 期偿还({kind})，每 {every} {frequency}一期，首期到期日为 {first}。",
    ),
    "penalty": (
        "What is overdue bears {penalty} % a year after {grace} days, for at most {cap} days.",
        "逾期 {grace} 日后按年利率 {penalty}% 计收罚息，最多计 {cap} 日。",
    ),
    "waterfall": (
        "A payment pays in this order: {order}.",
        "还款按以下顺序清偿：{order}。",
    ),
    "default": (
        (
            "The holder may declare default {default} days past due, call everything due after"
            " {acceleration}, and write the loan off after {write_off} (0: never)."
        ),
        (
            "逾期 {default} 日后可宣布违约，{acceleration} 日后可宣布全部到期，{write_off} 日后可"
            "核销（0 表示不适用）。"
        ),
    ),
    "guarantor": (
        "{guarantor} guarantees up to {guaranteed}, {days} days past due.",
        "保证人 {guarantor} 在逾期 {days} 日后承担保证，最高 {guaranteed}。",
    ),
    "collateral": (
        "Collateral: {amount} base units of {token}.",
        "抵押物：{token} 的 {amount} 个最小单位。",
    ),
    "custom": (
        "The rows are those listed at {rows}.",
        "各期金额以 {rows} 所列为准。",
    ),
    "level": ("level installments", "等额本息"),
    "equal_principal": ("equal principal", "等额本金"),
    "interest_only": ("interest only, principal at the end", "先息后本"),
    "bullet": ("everything at the end", "到期一次还本付息"),
    "declining": ("the balance", "余额"),
    "flat": ("all principal", "全部本金"),
    "thirty_360": ("months count 30 days, years 360", "每月按 30 日、每年按 360 日计算"),
    "actual_365": ("days count as they are, years 365", "按实际天数、每年 365 日计算"),
    "actual_360": ("days count as they are, years 360", "按实际天数、每年 360 日计算"),
    "days": ("days", "日"),
    "weeks": ("weeks", "周"),
    "months": ("months", "个月"),
    "penalty_interest_principal": ("penalty, interest, principal", "罚息、利息、本金"),
    "interest_principal_penalty": ("interest, principal, penalty", "利息、本金、罚息"),
    "penalty_principal_interest": ("penalty, principal, interest", "罚息、本金、利息"),
}


def sentences(agreement: Agreement, currency: Currency, language: Language) -> list[str]:
    """What both sides signed; the signed document is beside it and counts."""

    def say(key: str, **values: object) -> str:
        return _word(key, language).format(**values)

    def named(kind: Kind) -> str:
        return _word(kind.label, language) if kind.label in _WORDS else kind.label

    def money(amount: int) -> str:
        return f"{grouped(amount, currency)} {currency.symbol}".strip()

    conditions = agreement.conditions
    found = [
        say(
            "parties",
            lender=agreement.lender,
            borrower=agreement.borrower,
            principal=money(agreement.principal),
            start=date_from_ymd(agreement.start_date),
        ),
        say(
            "rate",
            rate=_percent(agreement.annual_rate),
            base=named(agreement.interest_method),
            count=named(agreement.day_count),
        ),
    ]
    if agreement.rows == NO_ADDRESS:
        found.append(
            say(
                "rows",
                rows=agreement.count,
                kind=named(agreement.amortization),
                every=agreement.every,
                frequency=named(agreement.frequency),
                first=date_from_ymd(agreement.first_due_date),
            )
        )
    else:
        found.append(say("custom", rows=agreement.rows))
    found += [
        say(
            "penalty",
            penalty=_percent(agreement.penalty_rate),
            grace=agreement.grace_days,
            cap=agreement.penalty_cap_days,
        ),
        say("waterfall", order=named(agreement.waterfall)),
        say(
            "default",
            default=conditions.default_days,
            acceleration=conditions.acceleration_days,
            write_off=conditions.write_off_days,
        ),
    ]
    if conditions.guarantor != NO_ADDRESS:
        found.append(
            say(
                "guarantor",
                guarantor=conditions.guarantor,
                guaranteed=money(conditions.guaranteed),
                days=conditions.guarantee_days,
            )
        )
    if conditions.collateral:
        token, amount = conditions.collateral_token, conditions.collateral
        found.append(say("collateral", amount=amount, token=token))
    return found


def _word(key: str, language: Language) -> str:
    return _WORDS[key][0 if language == "en" else 1]


def _percent(rate: int) -> str:
    """A yearly rate in per cent, exactly."""
    whole, rest = divmod(rate * 100, RATE_SCALE)
    digits = len(str(RATE_SCALE)) - 1
    return f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
