"""A sheet as CSV (RFC 4180), in UTF-8, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date

from tallystick.loans.statements.sheet import Cell, Currency, Money, Sheet, Word
from tallystick.statements.amounts import plain

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render_csv(sheet: Sheet) -> bytes:
    """A header of stable English names, then the rows; facts and totals are left to the reader.

    Amounts are decimal numbers with all decimals of the currency, dates ISO.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    writer.writerows([_text(cell, sheet.currency) for cell in row] for row in sheet.rows)
    return out.getvalue().encode()


def _text(cell: Cell, currency: Currency) -> str:
    match cell:
        case None:
            return ""
        case Money(units):
            return plain(units, currency)
        case Word(key):
            return key.rpartition(".")[2]
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case str():
            return _harmless(cell)


def _harmless(text: str) -> str:
    """Text that a spreadsheet would run as a formula is marked as text (OWASP, CSV injection)."""
    return "'" + text if text.startswith(_FORMULA) else text
