"""What is signed and logged, as ABI words of 32 bytes each, in the contract's order.

The members follow from the dataclasses. On chain, the last member of an agreement is the EIP-712
hash of its conditions; here it is the conditions themselves, as in the data that people sign.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import is_dataclass, replace
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.loans.agreement import Agreement
from tallystick.loans.conditions import Conditions
from tallystick.loans.consents import Amendment, Assignment, Settlement
from tallystick.loans.members import Member, members

WORD = 32


def word(number: int) -> bytes:
    """32 bytes, big-endian. Raises OverflowError for a number below 0 or over 256 bits."""
    return number.to_bytes(WORD, "big")


def address_word(account: str) -> bytes:
    """An address as a word."""
    return bytes.fromhex(account[2:]).rjust(WORD, b"\0")


@lru_cache(maxsize=65_536)
def address(raw: bytes) -> str:
    """EIP-55 form of 20 bytes. Cached: the checksum costs a hash, and accounts repeat."""
    return to_checksum_address(raw)


class Struct:
    """The members of a dataclass that fill one word each; nested structs are left out."""

    def __init__(self, kind: type) -> None:
        flat = [member for member in members(kind) if not is_dataclass(member.type)]
        self.members = tuple((m.kind, solidity_name(m.name), m.name) for m in flat)
        """Solidity type, Solidity name and Python name, in EIP-712 order."""
        self.size = WORD * len(flat)
        """Bytes."""
        self.tuple = f"({','.join(member.kind for member in flat)})"
        """Type in a function's signature."""
        self.values: Callable[[Any], tuple[Any, ...]] = attrgetter(*(m.name for m in flat))
        """The members of a value."""
        self._encoders = [_encoder(member) for member in flat]
        self._decoders = [_decoder(member) for member in flat]
        self._kinds = [
            (at, tuple(member.type))
            for at, member in enumerate(flat)
            if issubclass(member.type, IntEnum)
        ]
        self._words = struct.Struct(f"{WORD}s" * len(flat)).unpack_from

    @property
    def text(self) -> str:
        """The members as an EIP-712 type lists them."""
        return ",".join(f"{kind} {name}" for kind, name, _ in self.members)

    def encode(self, value: Any) -> bytes:
        """The members as words. Raises OverflowError for a number that fits no word."""
        pairs = zip(self._encoders, self.values(value), strict=True)
        return b"".join([encode(member) for encode, member in pairs])

    def decode(self, data: bytes) -> list[Any]:
        """The members in the first words of `data`, at least `size` bytes.

        Raises IndexError for an unknown kind.
        """
        return self.with_kinds(self.read(data))

    def read(self, data: bytes) -> list[Any]:
        """As `decode`, but kinds are their numbers, so that any process understands it."""
        pairs = zip(self._decoders, self._words(data), strict=True)
        return [decode(one) for decode, one in pairs]

    def with_kinds(self, values: list[Any]) -> list[Any]:
        """What `read` gave, changed to what `decode` gives."""
        for at, kinds in self._kinds:
            values[at] = kinds[values[at]]
        return values


def solidity_name(name: str) -> str:
    """A member's name in Solidity."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _encoder(member: Member) -> Callable[[Any], bytes]:
    if member.type is str:
        return address_word
    return bytes if member.type is bytes else word


def _decoder(member: Member) -> Callable[[bytes], Any]:
    if member.type is str:
        return lambda value: address(value[12:])
    if member.type is bytes:
        return bytes
    if member.type is bool:
        return lambda value: value[31] == 1
    if issubclass(member.type, IntEnum):
        return _Numbers(member.type).__getitem__
    return int.from_bytes


class _Numbers(dict[bytes, int]):
    """The numbers of an enumeration by their words."""

    def __init__(self, kinds: type[IntEnum]) -> None:
        super().__init__((word(kind), int(kind)) for kind in kinds)

    def __missing__(self, value: bytes) -> int:
        raise IndexError(f"no kind {value.hex()}")


CONDITIONS = Struct(Conditions)
AGREEMENT = Struct(Agreement)
"""Without its last member, the conditions."""
AMENDMENT = Struct(Amendment)
"""Without its first member in the signed data, the agreement."""
SETTLEMENT = Struct(Settlement)
ASSIGNMENT = Struct(Assignment)

CONDITIONS_TYPE = f"Conditions({CONDITIONS.text})"
CONDITIONS_TYPEHASH = keccak(text=CONDITIONS_TYPE)
AGREEMENT_TUPLE = AGREEMENT.tuple.removesuffix(")") + ",bytes32)"
AGREEMENT_SIZE = AGREEMENT.size + WORD
TERMS_SIZE = AGREEMENT_SIZE + CONDITIONS.size
"""Bytes of an agreement and its conditions, as the book logs them."""


Terms = tuple[list[Any], list[Any]]
"""The members of an agreement and of its conditions, kinds as numbers."""


def conditions_hash(conditions: Conditions) -> bytes:
    """EIP-712 struct hash: what stands for the conditions in the agreement's words."""
    return keccak(CONDITIONS_TYPEHASH + CONDITIONS.encode(conditions))


def agreement_values(agreement: Agreement) -> tuple[Any, ...]:
    """The members as a general ABI encoder takes them, the last one the hash."""
    return (*AGREEMENT.values(agreement), conditions_hash(agreement.conditions))


def agreement_words(agreement: Agreement) -> bytes:
    """The ABI encoding; raises OverflowError for a number below 0 or over 256 bits."""
    return AGREEMENT.encode(agreement) + conditions_hash(agreement.conditions)


def terms_words(agreement: Agreement) -> bytes:
    """The agreement and, after it, its conditions."""
    return agreement_words(agreement) + CONDITIONS.encode(agreement.conditions)


def terms_from_words(data: bytes) -> Agreement:
    """The inverse of `terms_words` for the beginning of `data`; `plan` is left empty.

    Raises IndexError for an unknown kind, ValueError when the conditions are not those of the
    agreement.
    """
    return terms_of(read_terms(data))


def read_terms(data: bytes) -> Terms:
    """What `terms_of` makes terms of, in plain values. Raises as `terms_from_words`."""
    hash_ = data[AGREEMENT.size : AGREEMENT_SIZE]
    conditions = data[AGREEMENT_SIZE:TERMS_SIZE]
    if keccak(CONDITIONS_TYPEHASH + conditions) != hash_:
        raise ValueError("the conditions are not those of the agreement")
    return AGREEMENT.read(data), CONDITIONS.read(conditions)


def terms_of(terms: Terms) -> Agreement:
    """The agreement with its conditions that `read_terms` read; `plan` is left empty."""
    agreement, conditions = terms
    members = AGREEMENT.with_kinds(agreement)
    members.append(Conditions(*CONDITIONS.with_kinds(conditions)))
    return Agreement(*members)


def plan_in(code: bytes, count: int) -> tuple[int, ...]:
    """The custom rows that the code of `Agreement.rows` lists: base units left after each.

    Raises ValueError unless it is a zero byte and 12 bytes for each of `count` rows.
    """
    if len(code) != 1 + 12 * count or code[0]:
        raise ValueError(f"{len(code)} bytes of code do not list {count} rows")
    return tuple(int.from_bytes(code[at : at + 12]) for at in range(1, len(code), 12))


def with_plan(agreement: Agreement, code: bytes) -> Agreement:
    """The agreement with its custom rows. Raises ValueError as `plan_in`."""
    return replace(agreement, plan=plan_in(code, agreement.count))


def plan_code(plan: tuple[int, ...]) -> bytes:
    """Runtime code of the contract that lists these balances, base units, left after each row."""
    return b"\0" + b"".join(balance.to_bytes(12, "big") for balance in plan)
