from __future__ import annotations

from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from tallystick.api.schemas.types import Token
from tallystick.web import formats


def token(decimals: int | None, symbol: str | None = "T") -> Token:
    return Token(address="0x" + "11" * 20, symbol=symbol, decimals=decimals)


def test_amounts_are_exact_and_grouped() -> None:
    assert formats.amount("1234567890", token(6)) == "1,234.567890".rstrip("0")
    assert formats.amount("1200000000", token(6)) == "1,200.00"
    assert formats.amount("1", token(18)) == "0.000000000000000001"
    assert formats.amount("5", token(1)) == "0.5"
    assert formats.amount("1234", token(0)) == "1,234"
    assert formats.amount("1234", token(None)) == "1,234"
    assert formats.amount(2**96 - 1, token(18)) == "79,228,162,514.264337593543950335"


@given(st.integers(0, 2**128), st.integers(0, 77))
def test_nothing_is_lost(amount: int, decimals: int) -> None:
    whole, _, fraction = formats.amount(amount, token(decimals)).replace(",", "").partition(".")
    assert int(whole + fraction.ljust(decimals, "0")) == amount


def test_rates_keep_every_digit() -> None:
    assert formats.percent("120000000") == "12\u202f%"
    assert formats.percent(1) == "0.0000001\u202f%"
    assert formats.percent("125000000") == "12.5\u202f%"


def test_addresses_and_units() -> None:
    assert formats.short("0x" + "ab" * 20) == "0xabab…abab"
    assert formats.unit(token(6, None)) == "0x1111…1111"
    assert (
        str(formats.identifier('"><b>'))
        == '<abbr class="id" title="&#34;&gt;&lt;b&gt;">&#34;&gt;&lt;b&gt;</abbr>'
    )


def test_days_and_moments_name_themselves_to_machines() -> None:
    english, chinese = Locale.parse("en"), Locale.parse("zh_Hans")
    assert str(formats.day("2026-03-31", english)) == (
        '<time datetime="2026-03-31">Mar 31, 2026</time>'
    )
    assert "2026年3月31日" in formats.day(formats.ymd(20260331), chinese)
    assert "Mar 31, 2026 09:05 UTC" in formats.moment("2026-03-31T09:05:59Z", english)
