"""Statements as OFX, SGML (1.x) or XML (2.x), through ofxtools' tolerant parser, which knows no
entities and opens nothing."""

from __future__ import annotations

import io
import re
from typing import Any, Final

from tallystick.intake.errors import DocumentRefused
from tallystick.intake.limits import MOST_ENTRIES, MOST_TAGS
from tallystick.intake.returns import is_return
from tallystick.intake.statement import Entry
from tallystick.intake.values import currency_of, decimals_of, plain_amount, read_dates

_DATE: Final = re.compile(r"(\d{8})(\d{6}(\.\d+)?)?(\[[^\]]*\])?")


def read_ofx(raw: bytes) -> tuple[list[Entry], dict[str, int], int | None]:
    """Entries in the file's order, decimals by currency, and the ledger balance at the end.

    Raises `DocumentRefused`; its row is the number of the entry.
    """
    from ofxtools.Parser import OFXTree

    if re.search(rb"<!(DOCTYPE|ENTITY)", raw, re.IGNORECASE):
        raise DocumentRefused("has a document type; OFX has none")
    if raw.count(b"<") > MOST_TAGS:
        raise DocumentRefused(f"has more than {MOST_TAGS} tags")
    if not raw.rstrip().upper().endswith(b"</OFX>"):  # the parser would close what is open
        raise DocumentRefused("is not OFX, or breaks off: </OFX> is not at its end")
    try:
        root = OFXTree().parse(io.BytesIO(raw))
    except (SyntaxError, ValueError, LookupError, RecursionError) as error:
        raise DocumentRefused(f"is not OFX ({_first_line(error)})") from None
    statements = [*root.iter("STMTRS"), *root.iter("CCSTMTRS")]
    if not statements:
        raise DocumentRefused("has no bank statement")
    if len({_text(one, "CURDEF") for one in statements}) > 1 or len(statements) > 1:
        raise DocumentRefused("has several accounts; hand them in one by one")
    return _entries(statements[0])


def _entries(statement: Any) -> tuple[list[Entry], dict[str, int], int | None]:
    currency = currency_of(_text(statement, "CURDEF") or "", row=0, column="CURDEF")
    decimals = decimals_of(currency)
    entries = []
    for row, item in enumerate(statement.iter("STMTTRN"), 1):
        if row > MOST_ENTRIES:
            raise DocumentRefused(f"has more than {MOST_ENTRIES} entries", row=row)
        amount = plain_amount(_text(item, "TRNAMT") or "", decimals, row=row, column="TRNAMT")
        parts = (_text(item, name) for name in ("NAME", "MEMO"))
        text = " ".join(" ".join(filter(None, parts)).split())
        day = _day(_text(item, "DTPOSTED") or "", row)
        entries.append(Entry(row, day, amount, currency, text, None, is_return(text)))
    if not entries:
        raise DocumentRefused("has no entries")
    closing = statement.find("LEDGERBAL/BALAMT")
    if closing is None:
        return entries, {currency: decimals}, None
    balance = plain_amount(closing.text or "", decimals, row=0, column="BALAMT")
    return entries, {currency: decimals}, balance


def _day(text: str, row: int) -> int:
    found = _DATE.fullmatch(text.strip())
    date = found.group(1) if found else text
    return read_dates([(row, date)], "DTPOSTED", "ymd")[0]


def _text(element: Any, name: str) -> str | None:
    found = element.find(name)
    return None if found is None else found.text


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
