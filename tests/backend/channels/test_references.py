"""References on paper: found however they are written, and never one that is not there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from tallystick.channels.catalogue import load_channels
from tallystick.channels.errors import ChannelsInvalid
from tallystick.channels.reference import prefix_of, reference_of, references_in, spaced
from tallystick.intake.read import parse_statement

ids = st.binary(min_size=32, max_size=32)
LOAN = bytes(range(32))


@given(ids, st.sampled_from(["", " ", "-", "."]), st.booleans())
def test_a_reference_is_found_as_people_write_it(loan: bytes, mark: str, small: bool) -> None:
    reference = reference_of(loan)
    assert iso11649.is_valid(reference)
    assert len(reference) == 20
    assert prefix_of(reference) == loan[:10]
    written = mark.join(reference) if mark else reference
    text = f"LOAN {written.lower() if small else written}, thank you"
    assert references_in(text) == ([reference], False)
    assert references_in(spaced(reference)) == ([reference], False)


@given(ids, st.integers(4, 19), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUV"))
def test_a_slip_of_the_pen_is_noticed(loan: bytes, place: int, character: str) -> None:
    reference = reference_of(loan)
    wrong = reference[:place] + character + reference[place + 1 :]
    if wrong != reference:
        assert references_in(wrong) == ([], True)


def test_what_is_no_reference_is_none() -> None:
    one, two = reference_of(LOAN), reference_of(LOAN[::-1])
    assert references_in(f"{one} and {two} and {one}") == ([one, two], False)
    for text in ("", "rent for June", "PERFECT 12 DAYS", "RF", "RFP 2026 OFFER", f"X{one}9Z"):
        assert references_in(text) == ([], False), text
    assert references_in(one[:-1]) == ([], True)


def test_channels_are_read_whole(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "channels.yaml"
    good = (
        "bank: {kind: bank, currency: USD,"
        " token: '0x5FbDB2315678afecb367f032d93F642f64180aa3', token_decimals: 6}"
    )
    path.write_text(good)
    channel = load_channels(path)["bank"]
    assert channel.units(12_34) == 12_340_000
    assert channel.tag == b"bank" + bytes(28)
    assert load_channels(None) == {}
    for old, new in [
        ("bank:", "Bank:"),
        ("kind: bank", "kind: shop"),
        ("USD", "dollars"),
        ("token_decimals: 6", "token_decimals: 1"),
        (", token_decimals: 6", ""),
        ("0x5F", "0xZZ"),
        ("bank: {", "- {"),
    ]:
        path.write_text(good.replace(old, new))
        with pytest.raises(ChannelsInvalid):
            load_channels(path)


CAMT = """<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="USD">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-31</Dt></BookgDt><AcctSvcrRef>BANK-1</AcctSvcrRef><NtryDtls>
<TxDtls><Amt Ccy="USD">10.00</Amt><RmtInf><Strd><CdtrRefInf><Tp/><Ref>{one}</Ref></CdtrRefInf>
</Strd></RmtInf></TxDtls>
<TxDtls><Amt Ccy="USD">{rest}</Amt><RmtInf><Ustrd>loan {two}</Ustrd></RmtInf></TxDtls>
</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"""


def test_payments_of_a_collective_entry_are_told_apart() -> None:
    one, two = reference_of(LOAN), reference_of(LOAN[::-1])
    (entry,) = parse_statement(CAMT.format(one=one, two=two, rest="20.00").encode()).entries
    assert (entry.amount, entry.bank_id) == (3000, "BANK-1")
    assert [(part.amount, references_in(part.text)[0]) for part in entry.parts] == [
        (1000, [one]),
        (2000, [two]),
    ]
    (entry,) = parse_statement(CAMT.format(one=one, two=two, rest="19.99").encode()).entries
    assert entry.parts == ()  # they do not add up: a person looks
    assert references_in(entry.text)[0] == [one, two]
