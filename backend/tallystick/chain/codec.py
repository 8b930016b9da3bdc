"""Logs of the book to events, and calls to calldata, by fixed words.

Every event of the book has a fixed size, so that decoding by hand is simple and much faster than
the general ABI decoder. The tests compare both directions with eth_abi and the committed ABI.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tallystick.chain.errors import LogUndecodable
from tallystick.chain.hashing import keccak
from tallystick.chain.words import (
    AGREEMENT_SIZE,
    MEMBERS,
    address,
    agreement_from_words,
    agreement_words,
)
from tallystick.loans.agreement import Agreement
from tallystick.loans.events import (
    BookEvent,
    Claimed,
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    NonceRevoked,
    Originated,
    Paid,
)

_TUPLE = "(" + ",".join(kind for kind, _, _ in MEMBERS) + ")"

SIGNATURES = {
    "Originated": f"Originated(bytes32,address,address,{_TUPLE})",
    "Paid": "Paid(bytes32,address,uint256,uint256,uint256,uint256,bool)",
    "Closed": "Closed(bytes32)",
    "Credited": "Credited(bytes32,address,address,uint256)",
    "Claimed": "Claimed(address,address,address,uint256)",
    "CollectFailed": "CollectFailed(bytes32,bytes4)",
    "NonceRevoked": "NonceRevoked(address,uint256)",
}
TOPICS = {name: keccak(text=signature) for name, signature in SIGNATURES.items()}
"""First topic of each event of the book."""

_NAMES = {topic: name for name, topic in TOPICS.items()}


def event_name(topics: bytes) -> str | None:
    """Name of the event that a log with these concatenated topics is, or None."""
    return _NAMES.get(topics[:32])


def loan_id_of(topics: bytes) -> bytes | None:
    """The loan that a log belongs to; None for logs about accounts (claims, nonces)."""
    return None if topics[:32] in _OF_ACCOUNTS else topics[32:64]


def decode(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    """The event in a log of the book; `topics` concatenated. Raises LogUndecodable."""
    decoder, *sizes = _DECODERS.get(topics[:32], (_closed, -1, -1))
    if sizes != [len(topics), len(data)]:
        raise _undecodable(topics, data, ref)
    try:
        return decoder(topics, data, ref)
    except IndexError as error:  # a kind that does not exist
        raise _undecodable(topics, data, ref) from error


def paid_amounts(topics: bytes, data: bytes) -> tuple[tuple[int, int, int, int], bool]:
    """Of a log whose first topic is ``Paid``: penalty, interest, principal and outstanding, base
    units, and whether it was collected. Raises LogUndecodable."""
    if len(topics) != 96 or len(data) != 160:
        raise LogUndecodable(f"not a payment: {len(topics)} bytes of topics, {len(data)} of data")
    return (
        _int(data[:32]),
        _int(data[32:64]),
        _int(data[64:96]),
        _int(data[96:128]),
    ), data[159] == 1


def _undecodable(topics: bytes, data: bytes, ref: EventRef) -> LogUndecodable:
    return LogUndecodable(
        f"log {ref.log_index} of block {ref.block_number} is no event of the book: first topic "
        f"0x{topics[:32].hex()}, {len(topics)} bytes of topics, {len(data)} of data"
    )


def _int(word: bytes) -> int:
    return int.from_bytes(word)


def _originated(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    agreement = agreement_from_words(data)
    return Originated(
        ref, topics[32:64], address(topics[76:96]), address(topics[108:128]), agreement
    )


def _paid(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    return Paid(
        ref,
        topics[32:64],
        address(topics[76:96]),
        _int(data[:32]),
        _int(data[32:64]),
        _int(data[64:96]),
        _int(data[96:128]),
        data[159] == 1,
    )


def _closed(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:  # noqa: ARG001
    return Closed(ref, topics[32:64])


def _credited(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    return Credited(
        ref, topics[32:64], address(topics[76:96]), address(topics[108:128]), _int(data)
    )


def _claimed(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    return Claimed(
        ref, address(topics[44:64]), address(topics[76:96]), address(topics[108:128]), _int(data)
    )


def _collect_failed(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    return CollectFailed(ref, topics[32:64], data[:4])


def _nonce_revoked(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    return NonceRevoked(ref, address(topics[44:64]), _int(data))


_Decoder = Callable[[bytes, bytes, EventRef], BookEvent]
_DECODERS: dict[bytes, tuple[_Decoder, int, int]] = {
    TOPICS["Originated"]: (_originated, 128, AGREEMENT_SIZE),
    TOPICS["Paid"]: (_paid, 96, 160),
    TOPICS["Closed"]: (_closed, 64, 0),
    TOPICS["Credited"]: (_credited, 128, 32),
    TOPICS["Claimed"]: (_claimed, 128, 32),
    TOPICS["CollectFailed"]: (_collect_failed, 64, 32),
    TOPICS["NonceRevoked"]: (_nonce_revoked, 64, 32),
}
"""Decoder, bytes of topics and bytes of data of each event."""

_OF_ACCOUNTS = {TOPICS["Claimed"], TOPICS["NonceRevoked"]}


def _selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


_ORIGINATE = _selector(f"originate({_TUPLE},bytes,bytes)")
_PAY = _selector(f"pay({_TUPLE},uint256)")
_PAYOFF = _selector(f"payoff({_TUPLE},uint256)")
_COLLECT = _selector(f"collect({_TUPLE})")
_COLLECT_MANY = _selector(f"collectMany({_TUPLE}[])")
_REVOKE_NONCE = _selector("revokeNonce(uint256)")
_CLAIM = _selector("claim(address,address)")


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address_word(account: str) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0")


def _bytes_tail(value: bytes) -> bytes:
    return _word(len(value)) + value + bytes(-len(value) % 32)


def originate_call(agreement: Agreement, borrower_sig: bytes, lender_sig: bytes) -> bytes:
    """Calldata of ``originate``; an empty signature where the party itself sends."""
    borrower_tail, lender_tail = _bytes_tail(borrower_sig), _bytes_tail(lender_sig)
    head = AGREEMENT_SIZE + 64
    offsets = _word(head) + _word(head + len(borrower_tail))
    return _ORIGINATE + agreement_words(agreement) + offsets + borrower_tail + lender_tail


def pay_call(agreement: Agreement, amount: int) -> bytes:
    """Calldata of ``pay``; `amount` in base units."""
    return _PAY + agreement_words(agreement) + _word(amount)


def payoff_call(agreement: Agreement, max_amount: int) -> bytes:
    """Calldata of ``payoff``; `max_amount` in base units."""
    return _PAYOFF + agreement_words(agreement) + _word(max_amount)


def collect_call(agreement: Agreement) -> bytes:
    """Calldata of ``collect``."""
    return _COLLECT + agreement_words(agreement)


def collect_many_call(agreements: Sequence[Agreement]) -> bytes:
    """Calldata of ``collectMany``."""
    words = b"".join(agreement_words(agreement) for agreement in agreements)
    return _COLLECT_MANY + _word(32) + _word(len(agreements)) + words


def revoke_nonce_call(nonce: int) -> bytes:
    """Calldata of ``revokeNonce``."""
    return _REVOKE_NONCE + _word(nonce)


def claim_call(token: str, to: str) -> bytes:
    """Calldata of ``claim``."""
    return _CLAIM + _address_word(token) + _address_word(to)
