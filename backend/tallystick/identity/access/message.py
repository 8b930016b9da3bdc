"""Sign-in messages (ERC-4361): the text that a wallet shows and signs.

Read strictly: one form, one order, nothing before or after, so that a text and what it means are
the same thing. The account is written in EIP-55.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.identity.access.errors import MessageRefused

MOST_CHARACTERS = 4096

_URI_CHARACTERS = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_TIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_MESSAGE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.\-]*)://)?(?P<domain>[A-Za-z0-9.\-_:\[\]]+)"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    rf"(?:(?P<statement>(?:{_URI_CHARACTERS}| )+)\n)?\n"
    rf"URI: (?P<uri>{_URI_CHARACTERS}+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>[1-9][0-9]{0,17})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,64})\n"
    rf"Issued At: (?P<issued>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expires>{_TIME}))?"
    rf"(?:\nNot Before: (?P<begins>{_TIME}))?"
    rf"(?:\nRequest ID: (?P<request>(?:[A-Za-z0-9\-._~!$&'()*+,;=:@%])*))?"
    rf"(?:\nResources:(?P<resources>(?:\n- {_URI_CHARACTERS}+)*))?"
)


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What a text says. Times are Unix seconds; None where the text is silent."""

    text: str
    scheme: str | None
    domain: str
    address: str
    statement: str | None
    uri: str
    chain_id: int
    nonce: str
    issued_at: float
    expires_at: float | None
    not_before: float | None

    def digest(self) -> bytes:
        """What the wallet signs: EIP-191 over the text."""
        data = self.text.encode()
        return keccak(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data)


def parse_message(text: str) -> SignInMessage:
    """Reads a message. Raises `MessageRefused`."""
    found = _MESSAGE.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if found is None:
        raise MessageRefused("form", "The message is not a sign-in message (ERC-4361, version 1).")
    address = found["address"]
    if to_checksum_address(address) != address:
        raise MessageRefused("address", "The message's account must be in EIP-55.")
    return SignInMessage(
        text=text,
        scheme=found["scheme"],
        domain=found["domain"],
        address=address,
        statement=found["statement"],
        uri=found["uri"],
        chain_id=int(found["chain"]),
        nonce=found["nonce"],
        issued_at=_seconds(found["issued"]),
        expires_at=None if found["expires"] is None else _seconds(found["expires"]),
        not_before=None if found["begins"] is None else _seconds(found["begins"]),
    )


def compose(
    *,
    domain: str,
    address: str,
    statement: str,
    uri: str,
    chain_id: int,
    nonce: str,
    times: tuple[str, str],
) -> str:
    """The text to sign; `times` are issue and expiry, RFC 3339."""
    issued, expires = times
    return (
        f"{domain} wants you to sign in with your Ethereum account:\n{address}\n\n{statement}\n\n"
        f"URI: {uri}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\n"
        f"Issued At: {issued}\nExpiration Time: {expires}"
    )


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise MessageRefused("form", "The message has a time that does not exist.") from None
