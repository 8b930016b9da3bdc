"""Statements as CSV. No bank writes it as another does, so columns are found by their names, and a
layout says what cannot be found."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from tallystick.intake.errors import DocumentRefused, LayoutInvalid
from tallystick.intake.limits import MOST_COLUMNS, MOST_ENTRIES
from tallystick.intake.returns import is_return
from tallystick.intake.statement import Entry
from tallystick.intake.values import (
    Cell,
    DateOrder,
    amount_of,
    currency_of,
    decimal_mark,
    decimals_of,
    read_dates,
)

_PREAMBLE: Final = 40
"""Lines in which the header is looked for."""
_NAMES_TEXT: Final = """
date: date | booking date | posting date | transaction date | value date | posted | buchungstag
date: buchungsdatum | fecha | data | 交易日期 | 记账日期 | 入账日期 | 日期 | 交易时间
amount: amount | transaction amount | betrag | importe | montant | value | umsatz
amount: 交易金额 | 金额 | 发生额 | 收支金额
debit: debit | withdrawal | withdrawals | paid out | money out | soll | cargo
debit: 支出 | 借方 | 借方发生额 | 支出金额
credit: credit | deposit | deposits | paid in | money in | haben | abono
credit: 收入 | 贷方 | 贷方发生额 | 收入金额 | 存入
balance: balance | running balance | saldo | kontostand | 余额 | 账户余额 | 交易后余额
currency: currency | ccy | währung | waehrung | moneda | 币种 | 货币
text: description | details | narrative | memo | payee | reference | name | verwendungszweck
text: concepto | 摘要 | 交易摘要 | 备注 | 附言 | 对方户名 | 交易说明
"""
_NAMES: Final[dict[str, list[str]]] = defaultdict(list)
for _line in _NAMES_TEXT.strip().splitlines():
    _kind, _, _listed = _line.partition(": ")
    _NAMES[_kind] += _listed.split(" | ")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a CSV file's columns are called and how it writes; None is found out.

    `credit` and `debit` are two columns of amounts without sign, instead of `amount`.
    """

    date: str | None = None
    amount: str | None = None
    debit: str | None = None
    credit: str | None = None
    balance: str | None = None
    currency: str | None = None
    text: str | None = None
    currency_code: str | None = None
    dates: DateOrder | None = None
    decimal: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8-sig"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Layout:
        """Raises `LayoutInvalid`."""
        known = {field.name for field in fields(cls)}
        for name, value in data.items():
            if name not in known:
                raise LayoutInvalid(name, f"is unknown; known are {', '.join(sorted(known))}")
            if not isinstance(value, str):
                raise LayoutInvalid(name, "must be a text")
        for name, allowed in (("dates", ("ymd", "dmy", "mdy")), ("decimal", (".", ","))):
            if data.get(name, allowed[0]) not in allowed:
                raise LayoutInvalid(name, f"must be one of {', '.join(allowed)}")
        try:
            "".encode(data.get("encoding", "utf-8"))
        except LookupError:
            raise LayoutInvalid("encoding", "is unknown") from None
        return cls(**data)


def read_csv(raw: bytes, layout: Layout) -> tuple[list[Entry], dict[str, int]]:
    """Entries in the file's order, and the decimals of its currencies. Raises `DocumentRefused`."""
    rows = _rows(_text(raw, layout.encoding), layout.delimiter)
    header, columns = _header(rows, layout)
    body = [(row, cells) for row, cells in rows if any(cell.strip() for cell in cells)]
    if not body:
        raise DocumentRefused("has a header and no entries")
    width = len(header)
    for row, cells in body:
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise DocumentRefused(f"has {len(cells)} cells, the header has {width}", row=row)
    table = {kind: [(row, cells[place]) for row, cells in body] for kind, place in columns.items()}
    names = {kind: header[place] for kind, place in columns.items()}
    return _entries(table, names, layout)


def _entries(
    table: dict[str, list[Cell]], names: dict[str, str], layout: Layout
) -> tuple[list[Entry], dict[str, int]]:
    days = read_dates(table["date"], names["date"], layout.dates)
    currencies = _currencies(table, names, layout)
    decimals = {code: decimals_of(code) for code in set(currencies)}
    money: dict[str, list[int | None]] = {}
    for kind in ("amount", "debit", "credit", "balance"):
        if kind not in table:
            continue
        cells = [(row, text) for row, text in table[kind] if text.strip()]
        mark = layout.decimal or decimal_mark(cells, names[kind])
        money[kind] = [
            amount_of(text, mark, decimals[code], row=row, column=names[kind])
            if text.strip()
            else None
            for (row, text), code in zip(table[kind], currencies, strict=True)
        ]
    entries = []
    for place, (row, _) in enumerate(table["date"]):
        text = " ".join(table["text"][place][1].split()) if "text" in table else ""
        amount = _amount(money, place, row, names)
        balance = money["balance"][place] if "balance" in money else None
        entry = Entry(row, days[place], amount, currencies[place], text, balance, is_return(text))
        entries.append(entry)
    return entries, decimals


def _amount(money: dict[str, list[int | None]], place: int, row: int, names: dict[str, str]) -> int:
    if "amount" in money:
        amount = money["amount"][place]
        if amount is None:
            raise DocumentRefused("has no amount", row=row, column=names["amount"])
        return amount
    went, came = money["debit"][place], money["credit"][place]
    if went and came:
        rule = f"has an amount in {names['debit']} and one in {names['credit']}"
        raise DocumentRefused(rule, row=row)
    if went is None and came is None:
        raise DocumentRefused("has no amount", row=row, column=names["debit"])
    return came or -abs(went or 0)


def _currencies(table: dict[str, list[Cell]], names: dict[str, str], layout: Layout) -> list[str]:
    if "currency" in table:
        column = names["currency"]
        return [currency_of(text, row=row, column=column) for row, text in table["currency"]]
    if layout.currency_code is None:
        raise DocumentRefused("has no column of currencies; name the currency as currency_code")
    code = currency_of(layout.currency_code, row=0, column="currency_code")
    return [code] * len(table["date"])


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        lines = raw[: error.start].split(b"\n")
        cells = lines[-1].replace(b";", b",").count(b",") + 1
        rule = f"byte 0x{raw[error.start]:02x} is not {encoding.removesuffix('-sig')}"
        raise DocumentRefused(
            f"{rule}; name the encoding, such as gb18030", row=len(lines), column=str(cells)
        ) from None


def _rows(text: str, delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise DocumentRefused("has a zero byte: not a text", row=row)
    first = text[:20_000].splitlines()[:_PREAMBLE]
    mark = delimiter or max(
        ",;\t|", key=lambda one: max((line.count(one) for line in first), default=0)
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ENTRIES + _PREAMBLE:
                raise DocumentRefused(f"has more than {MOST_ENTRIES} entries", row=reader.line_num)
            if len(cells) > MOST_COLUMNS:
                raise DocumentRefused(f"has more than {MOST_COLUMNS} cells", row=reader.line_num)
            yield reader.line_num, cells
    except csv.Error as error:
        raise DocumentRefused(f"is not CSV: {error}", row=reader.line_num) from None


def _header(
    rows: Iterator[tuple[int, list[str]]], layout: Layout
) -> tuple[list[str], dict[str, int]]:
    for _, (row, cells) in zip(range(_PREAMBLE), rows, strict=False):
        header = [" ".join(cell.split()) for cell in cells]
        columns = _columns(header, layout)
        if "date" in columns and ("amount" in columns or {"debit", "credit"} <= columns.keys()):
            for name in header:
                if name and header.count(name) > 1:
                    raise DocumentRefused("appears twice in the header", row=row, column=name)
            return header, columns
    rule = "no line with columns for date and amount; name them as date and amount"
    raise DocumentRefused(rule)


def _columns(header: list[str], layout: Layout) -> dict[str, int]:
    found: dict[str, int] = {}
    plain = [name.casefold() for name in header]
    for kind, names in _NAMES.items():
        wanted = getattr(layout, kind)
        if wanted is not None:
            if wanted in header:
                found[kind] = header.index(wanted)
            continue
        for name in names:
            if name in plain:
                found[kind] = plain.index(name)
                break
    if layout.amount is None and {"debit", "credit"} <= found.keys():
        found.pop("amount", None)
    return found
