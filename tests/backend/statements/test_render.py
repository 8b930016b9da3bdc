from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from tallystick.loans.statements.sheet import Currency, Money, Sheet, Word
from tallystick.statements.amounts import grouped, plain
from tallystick.statements.csv import render_csv
from tallystick.statements.pdf import FONT, render_pdf
from tallystick.statements.words import WORDS, Language

USDT = Currency("USDT", 6)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def sheet(rows: int = 2) -> Sheet:
    return Sheet(
        title="account_statement",
        currency=USDT,
        facts=(("loan", "0x" + "ab" * 32), ("from", date(2026, 1, 31))),
        columns=("date", "entry", "item", "balance"),
        rows=tuple(
            (date(2026, 1, 31), Word("disbursement"), n + 1, Money(1_234_567_890 + n))
            for n in range(rows)
        ),
        totals=(None, None, None, Money(-5)),
    )


def pages(document: bytes) -> list[str]:
    # pypdf reads the font's two-byte codes one by one and so finds a zero before each character
    found = PdfReader(io.BytesIO(document)).pages
    return [page.extract_text().replace("\0", "") for page in found]


def test_amounts_are_exact_text() -> None:
    assert plain(-1, USDT) == "-0.000001"
    assert grouped(1_234_567_890, USDT) == "1,234.56789"
    assert grouped(1_000_000, USDT) == "1.00"
    assert grouped(-2_500_000_000, USDT) == "-2,500.00"
    assert grouped(2**96, Currency("", 0)) == "79,228,162,514,264,337,593,543,950,336"


@given(st.integers(-(2**130), 2**130), st.integers(0, 18))
def test_no_digit_is_lost(units: int, decimals: int) -> None:
    text = grouped(units, Currency("", decimals)).replace(",", "")
    whole, _, rest = text.partition(".")
    assert int(whole + rest.ljust(decimals, "0")) == units
    assert text.startswith("-") == (units < 0)


def test_csv_follows_rfc_4180() -> None:
    lines = render_csv(sheet()).split(b"\r\n")
    assert lines == [
        b"date,entry,item,balance",
        b"2026-01-31,disbursement,1,1234.567890",
        b"2026-01-31,disbursement,2,1234.567891",
        b"",
    ]


TEXTS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'a "quoted", cell\r\nof two lines', "plain"]


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_a_formula_and_every_text_survives(text: str) -> None:
    table = Sheet("receipt", USDT, (), ("payer", "total"), ((text, Money(-1_000_000)),))
    rows = list(csv.reader(io.StringIO(render_csv(table).decode(), newline="")))
    cell, amount = rows[1]
    assert cell[0] not in "=+-@\t\r"
    assert cell.removeprefix("'") == text
    assert amount == "-1.000000"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Account statement", "Disbursement", "1,234.56789", "Page 1 of 1", "USDT"]),
        ("zh", ["账户对账单", "放款", "1,234.56789", "第 1 页", "USDT"]),
    ],
)
def test_a_pdf_says_everything_in_its_language(language: Language, expected: list[str]) -> None:
    (text,) = pages(render_pdf(sheet(), language, NOON))
    for words in (*expected, "0x" + "ab" * 32, "2026-01-31", "-0.000005"):
        assert words in text


def test_a_long_pdf_repeats_its_heads_and_numbers_its_pages() -> None:
    found = pages(render_pdf(sheet(150), "en", NOON))
    assert len(found) > 2
    for number, text in enumerate(found, start=1):
        assert "Balance" in text
        assert f"Page {number} of {len(found)}" in text


def test_a_pdf_embeds_its_font_and_is_the_same_every_time() -> None:
    document = render_pdf(sheet(), "zh", NOON)
    assert document == render_pdf(sheet(), "zh", NOON)
    (page,) = PdfReader(io.BytesIO(document)).pages
    fonts = page["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_font_has_every_character_of_every_word() -> None:
    with TTFont(FONT) as font:
        held = set(font.getBestCmap())
    assert {char for pair in WORDS.values() for text in pair for char in text} <= set(
        map(chr, held)
    )


def test_a_symbol_the_font_lacks_does_not_stop_a_statement() -> None:
    odd = Sheet("receipt", Currency("₿🪙", 2), (), ("total",), ((Money(5),),))
    assert "0.05" in pages(render_pdf(odd, "en", NOON))[0]
