"""Our reading of sign-in messages beside that of the library `signinwithethereum`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siwe import SiweMessage

from tallystick.identity.access.errors import MessageRefused
from tallystick.identity.access.message import compose, parse_message

ADDRESS = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"
TEXT = compose(
    domain="ledger.example:8443",
    address=ADDRESS,
    statement="Sign in. It's free!",
    uri="https://ledger.example:8443",
    chain_id=31337,
    nonce="0123456789abcdef",
    times=("2027-01-15T08:00:00Z", "2027-01-15T08:05:00Z"),
)
FULL = f"https://{TEXT}\nNot Before: 2027-01-15T08:00:00+01:00\nRequest ID: a/b\nResources:\n- ipfs://x"


def theirs(text: str) -> SiweMessage | None:
    try:
        return SiweMessage.from_message(text)
    except ValueError:
        return None


def ours(text: str) -> bool:
    try:
        parse_message(text)
    except MessageRefused:
        return False
    return True


@pytest.mark.parametrize(
    "text", [TEXT, FULL.replace("a/b", "ab"), TEXT.replace("\nSign in. It's free!\n", "\n", 1)]
)
def test_both_read_the_same(text: str) -> None:
    mine, other = parse_message(text), theirs(text)
    assert other is not None
    assert (mine.domain, mine.address, mine.statement) == (
        other.domain,
        other.address,
        other.statement or None,
    )
    assert (mine.uri, mine.chain_id, mine.nonce) == (other.uri, other.chain_id, other.nonce)
    assert (mine.scheme or "") == (other.scheme or "")
    assert other.prepare_message() == mine.text


CHARACTERS = st.sampled_from("\n :/-#%0aZ\t\u202e\x00") | st.characters(max_codepoint=0x250)


@given(st.sampled_from((TEXT, FULL.replace("a/b", "ab"))), st.data())
def test_we_read_nothing_that_they_refuse(base: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(base)))
    drop = data.draw(st.integers(0, 3))
    text = base[:at] + data.draw(st.text(CHARACTERS, max_size=3)) + base[at + drop :]
    if ours(text):
        assert theirs(text) is not None, text
