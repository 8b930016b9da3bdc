"""Payments that came back, as the texts of banks call them."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = re.compile(
    r"\b(returned|return(ed)? (item|payment|debit)|reversal|reversed|chargeback|bounced|unpaid item"
    r"|insufficient funds|nsf|r(ü|ue)cklastschrift|retoure|devoluci[oó]n|rejet|impay[eé])\b"
    r"|退票|退汇|退回|冲正|扣款失败|余额不足",
    re.IGNORECASE,
)


def is_return(text: str) -> bool:
    """Whether an entry's text says that a payment came back."""
    return _WORDS.search(text) is not None
