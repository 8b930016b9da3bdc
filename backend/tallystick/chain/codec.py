"""Logs of the book to events, by fixed words.

Every event of the book has a fixed size, so that decoding by hand is simple and much faster than
the general ABI decoder. The tests compare it with eth_abi and the committed ABI.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from tallystick.chain.errors import LogUndecodable
from tallystick.chain.hashing import keccak
from tallystick.chain.words import (
    AGREEMENT,
    AGREEMENT_TUPLE,
    AMENDMENT,
    CONDITIONS,
    TERMS_SIZE,
    WORD,
    Terms,
    address,
    read_terms,
    terms_from_words,
    terms_of,
)
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Split
from tallystick.loans.events import (
    Accelerated,
    Amended,
    Assigned,
    AutopaySet,
    BookEvent,
    Claimed,
    Closed,
    CollateralAdded,
    CollateralReleased,
    CollateralSold,
    CollectFailed,
    Credited,
    Cured,
    Defaulted,
    EventRef,
    NonceRevoked,
    Originated,
    Paid,
    PaidThrough,
    RecourseRecorded,
    RecourseRepaid,
    Restored,
    Settled,
    WrittenOff,
)
from tallystick.loans.kinds import Source

_SOURCES = tuple(Source)
_AMENDED_TUPLES = f"{AGREEMENT_TUPLE},{CONDITIONS.tuple},{AMENDMENT.tuple}"

SIGNATURES = {
    "Originated": f"Originated(bytes32,address,address,{AGREEMENT_TUPLE},{CONDITIONS.tuple})",
    "Paid": "Paid(bytes32,address,uint8,uint256,uint256,uint256,uint256,uint256)",
    "PaidThrough": "PaidThrough(bytes32,bytes32,bytes32,uint256)",
    "Closed": "Closed(bytes32)",
    "Credited": "Credited(bytes32,address,address,uint256)",
    "Claimed": "Claimed(address,address,address,uint256)",
    "CollectFailed": "CollectFailed(bytes32,bytes4)",
    "NonceRevoked": "NonceRevoked(address,uint256)",
    "AutopaySet": "AutopaySet(bytes32,bool)",
    "Amended": f"Amended(bytes32,bytes32,{_AMENDED_TUPLES},uint256[3],uint256,uint256)",
    "Settled": "Settled(bytes32,uint256,uint256,uint256,uint8,bytes32)",
    "Restored": "Restored(bytes32)",
    "Defaulted": "Defaulted(bytes32,uint256)",
    "Cured": "Cured(bytes32)",
    "Accelerated": "Accelerated(bytes32,uint256,uint256)",
    "WrittenOff": "WrittenOff(bytes32,uint256)",
    "RecourseRecorded": "RecourseRecorded(bytes32,address,uint256)",
    "RecourseRepaid": "RecourseRepaid(bytes32,address,address,uint256)",
    "CollateralAdded": "CollateralAdded(bytes32,address,address,uint256)",
    "CollateralSold": "CollateralSold(bytes32,address,address,uint256,uint256)",
    "CollateralReleased": "CollateralReleased(bytes32,address,address,uint256)",
    "Assigned": "Assigned(bytes32,address,address,address,uint256)",
}
TOPICS = {name: keccak(text=signature) for name, signature in SIGNATURES.items()}
"""First topic of each event of the book."""

_PAID, _ORIGINATED = TOPICS["Paid"], TOPICS["Originated"]
_NAMES = {topic: name for name, topic in TOPICS.items()}
_OF_ACCOUNTS = {TOPICS["Claimed"], TOPICS["NonceRevoked"]}
_WITH_TERMS = {TOPICS["Originated"], TOPICS["Amended"]}
_NAMES_OF_TERMS = [name for _, _, name in AGREEMENT.members]
_ROWS_AT = WORD * _NAMES_OF_TERMS.index("rows")
_COUNT_AT = WORD * _NAMES_OF_TERMS.index("count")

_SHORT_AMOUNTS = struct.Struct(">" + 5 * "24xQ")

PaidAmounts = tuple[int, int, int, int, int]
"""Penalty, interest, fee and principal paid and the principal outstanding after, base units."""


def event_name(topics: bytes) -> str | None:
    """Name of the event that a log with these concatenated topics is, or None."""
    return _NAMES.get(topics[:WORD])


def loan_id_of(topics: bytes) -> bytes | None:
    """The loan that a log belongs to; None for logs about accounts (claims, nonces)."""
    return None if topics[:WORD] in _OF_ACCOUNTS else topics[32:64]


def decode(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    """The event in a log of the book; `topics` concatenated. Raises LogUndecodable.

    The `plan` of an agreement is not in the log and stays empty.
    """
    decoder, *sizes = _DECODERS.get(topics[:WORD], (_none, -1, -1))
    if sizes != [len(topics), len(data)]:
        raise _undecodable(topics, data, ref)
    try:
        return decoder(topics, data, ref)
    except (IndexError, ValueError) as error:  # no such kind, or conditions of another agreement
        raise _undecodable(topics, data, ref) from error


def paid_amounts(topics: bytes, data: bytes) -> PaidAmounts:
    """Of a log whose first topic is ``Paid``: the amounts. Raises LogUndecodable unless all of it
    is as it should be, its `paid_source` as well.
    """
    if len(topics) != 128 or len(data) != 160 or topics[127] >= len(_SOURCES):
        raise LogUndecodable(f"not a payment: {len(topics)} bytes of topics, {len(data)} of data")
    amounts = _SHORT_AMOUNTS.unpack(data)  # 64 bits hold nearly all there are
    if _SHORT_AMOUNTS.pack(*amounts) != data:
        amounts = tuple(_numbers(data))
    return amounts


Told = PaidAmounts | Terms


def told(topics: bytes, data: bytes) -> Told | None:
    """What takes longest to read of a log, in plain values: the amounts of a payment, which nearly
    all logs are, and the terms of an origination. None of others. Raises LogUndecodable.
    """
    if topics.startswith(_PAID):
        return paid_amounts(topics, data)
    if not topics.startswith(_ORIGINATED):
        return None
    if (len(topics), len(data)) != (128, TERMS_SIZE):
        raise LogUndecodable(f"no terms: {len(topics)} bytes of topics, {len(data)} of data")
    try:
        return read_terms(data)
    except (IndexError, ValueError) as error:
        raise LogUndecodable(f"no terms: {error}") from error


def paid_source(topics: bytes) -> Source:
    """Where the money came from, by the topics of a log that has `paid_amounts`."""
    return _SOURCES[topics[127]]


def rows_in(topics: bytes, data: bytes) -> tuple[str, int] | None:
    """Of a log that states terms with custom rows: where these stand, and how many they are."""
    if topics[:WORD] not in _WITH_TERMS:
        return None
    rows = data[_ROWS_AT + 12 : _ROWS_AT + WORD]
    count = int.from_bytes(data[_COUNT_AT : _COUNT_AT + WORD])
    return (address(rows), count) if any(rows) else None


def _undecodable(topics: bytes, data: bytes, ref: EventRef) -> LogUndecodable:
    return LogUndecodable(
        f"log {ref.log_index} of block {ref.block_number} is no event of the book: first topic "
        f"0x{topics[:32].hex()}, {len(topics)} bytes of topics, {len(data)} of data"
    )


_Decoder = Callable[[bytes, bytes, EventRef], BookEvent]


def _none(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    raise _undecodable(topics, data, ref)


def _originated(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    return originated(topics, read_terms(data), ref)


def originated(topics: bytes, terms: Terms, ref: EventRef) -> Originated:
    """The event in a log of which `told` gave the terms."""
    accounts = address(topics[76:96]), address(topics[108:128])
    return Originated(ref, topics[32:64], *accounts, terms_of(terms))


def _amended(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    amendment = Amendment(*AMENDMENT.decode(data[TERMS_SIZE:]))
    rest = data[TERMS_SIZE + AMENDMENT.size :]
    penalty, interest, principal, balance, deferred = _numbers(rest)
    return Amended(
        ref,
        topics[32:64],
        topics[64:96],
        terms_from_words(data),
        amendment,
        Split(penalty=penalty, interest=interest, principal=principal),
        balance,
        deferred,
    )


def _settled(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
    penalty, interest, principal, reason = _numbers(data[:128])
    waived = Split(penalty=penalty, interest=interest, principal=principal)
    return Settled(ref, topics[32:64], waived, reason, data[128:])


def _numbers(words: bytes) -> list[int]:
    return [int.from_bytes(words[at : at + WORD]) for at in range(0, len(words), WORD)]


_KINDS: dict[str, Callable[[bytes], Any]] = {
    "bytes32": bytes,
    "bytes4": lambda word: word[:4],
    "address": lambda word: address(word[12:]),
    "uint256": int.from_bytes,
    "uint8": lambda word: _SOURCES[int.from_bytes(word)],
    "bool": lambda word: word[31] == 1,
}


def _plain(event: Callable[..., BookEvent], indexed: int) -> tuple[_Decoder, int, int]:
    """Of an event whose members are one word each, the first `indexed` of them topics."""
    name = getattr(event, "__name__", "")
    kinds = SIGNATURES[name].removesuffix(")").partition("(")[2].split(",")
    readers = [_KINDS[kind] for kind in kinds]

    def decode_plain(topics: bytes, data: bytes, ref: EventRef) -> BookEvent:
        words = topics[WORD:] + data
        return event(
            ref,
            *(read(words[at * WORD : (at + 1) * WORD]) for at, read in enumerate(readers)),
        )

    return decode_plain, WORD * (1 + indexed), WORD * (len(kinds) - indexed)


_INDEXED: dict[type[BookEvent], int] = {
    Paid: 3,
    PaidThrough: 3,
    Closed: 1,
    Credited: 3,
    Claimed: 3,
    CollectFailed: 1,
    NonceRevoked: 1,
    AutopaySet: 1,
    Restored: 1,
    Defaulted: 1,
    Cured: 1,
    Accelerated: 1,
    WrittenOff: 1,
    RecourseRecorded: 2,
    RecourseRepaid: 3,
    CollateralAdded: 2,
    CollateralSold: 2,
    CollateralReleased: 2,
    Assigned: 3,
}
"""How many members of each plain event are topics."""

_DECODERS: dict[bytes, tuple[_Decoder, int, int]] = {
    TOPICS["Originated"]: (_originated, 128, TERMS_SIZE),
    TOPICS["Amended"]: (_amended, 96, TERMS_SIZE + AMENDMENT.size + 5 * WORD),
    TOPICS["Settled"]: (_settled, 64, 5 * WORD),
    **{TOPICS[event.__name__]: _plain(event, indexed) for event, indexed in _INDEXED.items()},
}
"""Decoder, bytes of topics and bytes of data of each event."""
