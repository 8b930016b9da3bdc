"""Hits in words, for the people who judge them. Applicants are told less: a notice names the kind
of reason, never the list or the link that would teach how to avoid it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[dict[str, dict[str, str]]] = {
    "velocity": {
        "en": "{count} {counted} with the same {of} within {hours} hours; at most {most} are"
        " usual.",
        "zh": "{hours} 小时内有 {count} 个{counted}使用同一{of}，通常不超过 {most} 个。",
    },
    "duplicate": {
        "en": "The {of} of this application belongs to another applicant (others: {others}).",
        "zh": "本申请的{of}属于另一申请人（其他申请人数：{others}）。",
    },
    "known_fraud": {
        "en": "The {of} of this application stands in an application whose fraud was confirmed.",
        "zh": "本申请的{of}曾出现在已确认欺诈的申请中。",
    },
    "ring": {
        "en": "{subjects} applicants are linked through shared devices, identifiers or wallets;"
        " more than {most} is unusual.",
        "zh": "{subjects} 名申请人通过共用的设备、证件或钱包相互关联，超过 {most} 名即属异常。",
    },
    "ring_fraud": {
        "en": "An applicant whose fraud was confirmed is {steps} links away: {path}.",
        "zh": "与一名已确认欺诈的申请人相距 {steps} 步：{path}。",
    },
    "sanctions_name": {
        "en": "The name resembles {listed} on {list} (entry {entry}): likeness {likeness} of 100,"
        " {birth}.",
        "zh": "姓名与 {list} 名单上的 {listed}（条目 {entry}）相似：相似度 {likeness}/100"
        "，{birth}。",
    },
    "sanctions_wallet": {
        "en": "The wallet {wallet} is on {list} (entry {entry}: {listed}).",
        "zh": "钱包 {wallet} 在 {list} 名单上（条目 {entry}：{listed}）。",
    },
    "statement_arithmetic": {
        "en": "A bank statement does not add up: {wrong} balances differ from the amounts before"
        " them, first in row {row}.",
        "zh": "银行流水的算术不符：{wrong} 处余额与之前的金额不一致，首次出现在第 {row} 行。",
    },
    "statement_repeats": {
        "en": "{repeats} entries of a bank statement appear twice, first in row {row}.",
        "zh": "银行流水中有 {repeats} 条记录重复，首次出现在第 {row} 行。",
    },
    "statement_stale": {
        "en": "The newest bank statement ends {days} days before the application; at most {most}"
        " are usual.",
        "zh": "最新的银行流水在申请前 {days} 天结束，通常不超过 {most} 天。",
    },
    "statement_gap": {
        "en": "No entry for {days} days in a row in a bank statement, from row {row}; more than"
        " {most} is unusual.",
        "zh": "银行流水自第 {row} 行起连续 {days} 天没有记录，超过 {most} 天即属异常。",
    },
    "statement_currencies": {
        "en": "A bank statement mixes currencies: {currencies}.",
        "zh": "银行流水混有多种货币：{currencies}。",
    },
}
"""By rule and language; the same facts in both."""

NAMES: Final[dict[str, dict[str, str]]] = {
    "applications": {"en": "applications", "zh": "申请"},
    "subjects": {"en": "applicants", "zh": "申请人"},
    "applicant": {"en": "applicant", "zh": "申请人"},
    "wallet": {"en": "wallet", "zh": "钱包"},
    "device": {"en": "device", "zh": "设备"},
    "network": {"en": "network address", "zh": "网络地址"},
    "national_id": {"en": "identity document", "zh": "身份证件"},
    "phone": {"en": "phone number", "zh": "手机号码"},
    "email": {"en": "e-mail address", "zh": "电子邮箱"},
    "bank_account": {"en": "bank account", "zh": "银行账户"},
    "birth_same": {"en": "same date of birth", "zh": "出生日期相同"},
    "birth_year": {"en": "same year of birth", "zh": "出生年份相同"},
    "birth_other": {"en": "another date of birth", "zh": "出生日期不同"},
    "birth_unknown": {"en": "date of birth not comparable", "zh": "出生日期无法比较"},
}
"""Words that stand in facts; what is not here stands for itself."""


def words(rule: str, facts: Mapping[str, object], language: str) -> str:
    """The text of a hit."""
    told = {
        name: NAMES[value][language] if isinstance(value, str) and value in NAMES else value
        for name, value in facts.items()
    }
    return TEXTS[rule][language].format(**told)
